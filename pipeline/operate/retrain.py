"""`churn retrain`: check, train, judge, promote if it is worth it, score, list, deliver; one JSON says what was done and why."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import config as configuration
from pipeline.artifacts import ARTIFACTS
from pipeline.check.sheet import verdict
from pipeline.config import Config
from pipeline.errors import ConfigError, DataUnfitError, ExitCode, PipelineError
from pipeline.figure_files import read_figures
from pipeline.model.champion import read_champion
from pipeline.monitor.verdict import SAID
from pipeline.operate.as_of import pinned, put_back
from pipeline.operate.deliver import deliver
from pipeline.operate.preflight import inputs_are_there
from pipeline.operate.promote import promote, refuse_to_go_on
from pipeline.operate.recover import recover
from pipeline.operate.reproduce import reproduce
from pipeline.operate.run_log import Log, unfinished
from pipeline.operate.tell_tracking import tell_decision
from pipeline.operate.under_dvc import keep_champion, keep_deliveries
from pipeline.promotion.history import figures_of
from pipeline.stage import say

HOOK_SECONDS = 600
BEFORE_MONITOR = ("features", "outcomes")
AFTER_TRAINING = ("score", "kpis", "uplift", "campaign", "report")
OF_TRAINING = ("challenger", "judged", "metrics", "plots")
PROGRESS = re.compile(r"[a-z]+: (months )?\d+/\d+")


@dataclass(frozen=True)
class Age:
    """How many days ago the data may end at most, by a clock that says `today`."""

    today: date
    most: int


@dataclass(frozen=True)
class Asked:
    """What a run is to do: as of which day (None: that of params.yaml), deliver, look at newer data, train only if needed.

    Data of another `age` are refused.
    """

    as_of: date | None = None
    deliver: bool = True
    refresh: bool = True
    if_needed: bool = False
    age: Age | None = None


def retrain(asked: Asked, root: Path = Path()) -> str:
    """Run every step in the current folder, and return what came of it.

    `reports/retrain.json` has it in full, also when a step fails; then the command `retrain.on_failure` runs, else `on_success`.
    Raises what the step raised that failed.
    """
    put_back(root)
    log = Log(root / ARTIFACTS["retraining"])
    again = unfinished(log.path)
    started = time.perf_counter()
    hooks = configuration.load(root / configuration.PARAMS).retrain
    try:
        log.write(started_at=datetime.now(UTC).isoformat(timespec="seconds"), exit_code=None, at=None, error=None, steps=[])
        with interruptible(), pinned(asked.as_of, root):
            said = _steps(asked, configuration.load(root / configuration.PARAMS), log, root, again=again)
    except BaseException as error:
        code = _code_of(error)
        told = str(error) or type(error).__name__
        with suppress(OSError):  # on a full disk; the exit code and the command after the run still tell
            log.write(exit_code=int(code), error=told, seconds=round(time.perf_counter() - started, 1))
        _hook(hooks.on_failure, log.path, code)
        raise
    log.write(exit_code=int(ExitCode.DONE), seconds=round(time.perf_counter() - started, 1))
    _hook(hooks.on_success, log.path, ExitCode.DONE)
    return said


def _steps(asked: Asked, config: Config, log: Log, root: Path, *, again: bool) -> str:
    with log.step("recover") as tell:
        for line in recover(root):
            say(line)
            tell(line)
    with log.step("check") as tell:
        inputs_are_there(config.source)
        if config.source.database:  # nothing tells DVC that a database has new rows
            _each(reproduce("--single-item", "--force", "ingest"), tell)
        _each(reproduce("check"), tell)
        quality = read_figures(root / ARTIFACTS["data_quality"])
        log.write(as_of=quality["today"], rows=_rows(root))
        if not quality["fit"]:
            raise DataUnfitError(verdict(quality))
        if asked.age:
            _refuse_by_age(date.fromisoformat(quality["today"]) - timedelta(days=1), asked.age, config)
    with log.step("monitor") as tell:
        fit = _fit(root, tell)
        tell(fit["why"][0])
        log.write(monitor=fit)
    if asked.if_needed and not fit["retrain"]:
        with log.step("score") as tell:
            for name in AFTER_TRAINING:  # each alone: what it reads of a model is that of the last training
                _each(reproduce("--single-item", name), tell)
        said = f"{SAID[fit['verdict']]}: {fit['why'][0]}; nothing was trained"
        return _handed_over(asked, said, config, log, root, quality["today"])
    with log.step("train") as tell:
        _each(reproduce("evaluate"), tell)
        metrics = read_figures(root / ARTIFACTS["metrics"])
        log.write(challenger=metrics["model_version"], grade=metrics["grade"], figures=figures_of(metrics))
    with log.step("promote") as tell:
        decided = promote(config, root)
        log.write(decision=asdict(decided), champion=decided.champion)
        told = tell_decision(config, decided, root, again=again)
        refuse_to_go_on(decided)
        for line in (decided.said, *told, *keep_champion(root)):
            tell(line)
    with log.step("score") as tell:
        _each(reproduce(), tell)
    return _handed_over(asked, decided.said, config, log, root, quality["today"])


def _refuse_by_age(ended: date, age: Age, config: Config) -> None:
    """An export that is written no more looks like a week in which nothing has to be done.

    Dates may be a day ahead of UTC.
    """
    oldest, chosen = age.today - timedelta(days=age.most), config.snapshots.as_of
    if ended < oldest:
        mend = (
            "`churn compose snapshots.as_of=null` takes the newest day" if chosen else "look whether the export is still written"
        )
        said = f"with snapshots.as_of={chosen} the data end" if chosen else "the data end"
        raise DataUnfitError(f"{said} on {ended}, before {oldest}, the oldest day that --max-age allows: {mend}")
    if ended > age.today + timedelta(days=1):
        raise DataUnfitError(
            f"the data end on {ended}, after today by the clock, {age.today} (UTC), so that --max-age cannot tell their age: "
            "set the clock, or correct the dates of the data"
        )


def _handed_over(asked: Asked, said: str, config: Config, log: Log, root: Path, today: str) -> str:
    """Deliver the lists that were written, if that was asked for, and say what came of the run."""
    manifest = read_figures(root / ARTIFACTS["campaigns"] / "manifest.json")
    log.write(scored_by={name: manifest[name] for name in ("model_version", "model_role")}, arms=manifest["arms"])
    log.write(outcomes=_outcomes(root))
    if not asked.deliver:
        return f"{said}; lists are written, nothing was delivered"
    with log.step("deliver") as tell:
        delivered = deliver(config, root, refresh=asked.refresh)
        for line in (delivered, *keep_deliveries(root)):
            tell(line)
        log.write(delivery=str(ARTIFACTS["deliveries"] / today))
    return f"{said}; {delivered}"


def _outcomes(root: Path) -> dict[str, Any]:
    """How many deliveries were made before, how many of them matured, and what contacting changed in the latest of these."""
    deliveries = read_figures(root / ARTIFACTS["outcomes"])["deliveries"]
    matured = [one for one in deliveries if one["matured"]]
    latest = {name: matured[-1][name] for name in ("as_of", "suspect", "effect", "saves", "profit")} if matured else None
    return {"deliveries": len(deliveries), "matured": len(matured), "latest": latest}


def _fit(root: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """What the monitor says of the champion, before anything is trained; it is not asked where there is none."""
    body = {"verdict": "retrain", "retrain": True, "severity": "none", "mend_first": False}
    if read_champion(root / ARTIFACTS["champion"]).version is None:
        return body | {"verdict": "promote", "why": ["there is no champion yet"]}
    if not all((root / ARTIFACTS[name]).exists() for name in OF_TRAINING):
        return body | {"why": ["the figures of the last training are not here"]}
    for name in BEFORE_MONITOR:
        _each(reproduce(name), tell)
    try:
        _each(reproduce("--single-item", "monitor"), tell)
    except (ConfigError, DataUnfitError) as error:  # a champion that cannot be looked at: a fresh one mends it, or says why not
        return body | {"why": [str(error)]}
    drift = read_figures(root / ARTIFACTS["drift"])
    return {name: drift[name] for name in (*body, "why")}


def _each(lines: list[str], tell: Callable[[str], None]) -> None:
    """What the stages said at their end; how far they were is nobody's interest afterwards."""
    for line in lines:
        if not PROGRESS.match(line):
            tell(line)


def _code_of(error: BaseException) -> ExitCode:
    """The code that the command will leave with."""
    if isinstance(error, PipelineError):
        return error.exit_code
    return ExitCode.SERVICE_FAILED if isinstance(error, OSError) else ExitCode.BUG


def _rows(root: Path) -> dict[str, int]:
    """Accepted rows by table, as the ingest counted them."""
    return {name: table["accepted"] for name, table in read_figures(root / ARTIFACTS["ingest_report"]).items()}


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM, by which schedulers end what takes too long, be an interruption like Ctrl-C: what is open is closed."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt("ended by SIGTERM")

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _hook(command: str | None, log: Path, code: ExitCode) -> None:
    """Run a command of the user's; what becomes of it changes nothing here, but is said."""
    if command is None:
        return
    told = os.environ | {"CHURN_RETRAIN": str(log.resolve()), "CHURN_EXIT_CODE": str(int(code))}
    try:
        done = subprocess.run(["/bin/sh", "-c", command], env=told, timeout=HOOK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"retrain: the command after the run failed: {error}", file=sys.stderr, flush=True)
        return
    if done.returncode:
        print(f"retrain: the command after the run left with {done.returncode}", file=sys.stderr, flush=True)
