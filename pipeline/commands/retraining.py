"""The one command that a schedule calls."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.act import act, tell_of_experiment
from pipeline.errors import ConfigError
from pipeline.stage import say


def retrain(
    as_of: Annotated[str | None, typer.Option(help="the day to be, instead of that of params.yaml", metavar="YYYY-MM-DD")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="wait for another act to end, instead of leaving with 5")] = False,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="write the lists, but deliver nothing")] = False,
    no_refresh: Annotated[bool, typer.Option("--no-refresh", help="do not look at the newest data once more first")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")] = False,
) -> None:
    """Check, train, promote if it is worth it, score, and deliver: all that a week needs, in one command."""

    def action() -> None:
        from pipeline.lock import alone
        from pipeline.operate.retrain import Asked
        from pipeline.operate.retrain import retrain as run
        from pipeline.operate.would_do import would_do

        day = _day(as_of)
        if dry_run:
            for line in would_do(deliver=not no_deliver):
                say(line)
            return
        with alone(Path(), "churn", wait=wait):
            tell_of_experiment()
            # of a day that is past, the newest data are what nobody knew then
            say(run(Asked(day, deliver=not no_deliver, refresh=not no_refresh and day is None)))

    act("retrain", action)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise ConfigError(f"--as-of {text}: no date; write it as 2025-07-01") from None
