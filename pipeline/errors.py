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


LONGEST = 380  # characters of a message; what to do stands at its end


def plain(text: str) -> str:
    """One printable line: what a terminal would obey is spelled out, and what is too long loses its middle."""
    line = " ".join(part.strip() for part in text.splitlines())
    if len(line) > LONGEST:
        line = f"{line[: LONGEST - 160]} … {line[-150:]}"
    shown = "".join(character if character.isprintable() else repr(character)[1:-1] for character in line)
    return shown if len(shown) <= LONGEST else plain(shown)


class PipelineError(Exception):
    """A failure with a one-line message for the user and an exit code for the scheduler."""

    exit_code = ExitCode.BUG

    def __str__(self) -> str:
        """The message as it is shown: files and databases have their say in it."""
        return plain(super().__str__())


class ConfigError(PipelineError):
    """A key, value, group or argument that does not exist or does not fit: correct what the message names."""

    exit_code = ExitCode.USAGE


class DataUnfitError(PipelineError):
    """A file, table or column that is missing or cannot carry what was asked: mend what the message names."""

    exit_code = ExitCode.DATA_UNFIT


class GateRefusedError(PipelineError):
    """A fresh model that is not good enough, and no champion to score instead: mend the data, or `--force REASON`."""

    exit_code = ExitCode.GATE_REFUSED


class BusyError(PipelineError):
    """Another act or stage works in the same folder: try again when it has ended."""

    exit_code = ExitCode.BUSY


class ServiceError(PipelineError):
    """Something outside failed, a tracking server, a database or the disk: see to it, then run again."""

    exit_code = ExitCode.SERVICE_FAILED
