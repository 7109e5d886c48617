"""Failures a user can mend: one line each, one exit code each (docs/reference/exit-codes.md is generated from this list)."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What every command returns; schedulers read it."""

    DONE = 0
    BUG = 1
    USAGE = 2
    DATA_UNFIT = 3
    GATE_REFUSED = 4
    BUSY = 5
    SERVICE_FAILED = 6


MEANING: dict[ExitCode, str] = {
    ExitCode.DONE: "done",
    ExitCode.BUG: "unexpected failure: a bug, please report it with the traceback",
    ExitCode.USAGE: "wrong usage or configuration",
    ExitCode.DATA_UNFIT: "the data cannot carry what was asked",
    ExitCode.GATE_REFUSED: "the gate refused the model and there is no champion",
    ExitCode.BUSY: "busy: another run holds the lock",
    ExitCode.SERVICE_FAILED: "an outside service failed",
}


class PipelineError(Exception):
    """A failure with a one-line message for the user and an exit code for the scheduler."""

    exit_code = ExitCode.BUG


class ConfigError(PipelineError):
    """A wrong key, value, group or argument."""

    exit_code = ExitCode.USAGE


class DataUnfitError(PipelineError):
    """A file, table or column that cannot carry what was asked of it."""

    exit_code = ExitCode.DATA_UNFIT


class GateRefusedError(PipelineError):
    """A model that is not good enough, with no champion to fall back on."""

    exit_code = ExitCode.GATE_REFUSED


class BusyError(PipelineError):
    """Another run holds the lock."""

    exit_code = ExitCode.BUSY


class ServiceError(PipelineError):
    """Something outside (tracking server, database) did not answer."""

    exit_code = ExitCode.SERVICE_FAILED
