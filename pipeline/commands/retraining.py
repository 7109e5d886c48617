"""The one command that a schedule calls, and its past replayed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.act import act, tell_of_experiment
from pipeline.errors import ConfigError
from pipeline.stage import say

MONTH = re.compile(r"\d{4}-\d{2}")
MOST_DAYS = 10_000  # of an age or a step


def retrain(
    as_of: Annotated[str | None, typer.Option(help="the day to be, instead of that of params.yaml", metavar="YYYY-MM-DD")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="wait for another act to end, instead of leaving with 5")] = False,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="write the lists, but deliver nothing")] = False,
    no_refresh: Annotated[bool, typer.Option("--no-refresh", help="do not look at the newest data once more first")] = False,
    if_needed: Annotated[
        bool, typer.Option("--if-needed", help="train only if the monitor says that the model no longer fits")
    ] = False,
    max_age: Annotated[
        int | None,
        typer.Option(
            min=0, max=MOST_DAYS, metavar="DAYS", help="leave with 3 if the data end more days ago than this, by the clock (UTC)"
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")] = False,
) -> None:
    """Check, train, promote if it is worth it, score, and deliver: all that a week needs, in one command."""

    def action() -> None:
        from pipeline.lock import alone
        from pipeline.operate.retrain import Age, Asked
        from pipeline.operate.retrain import retrain as run
        from pipeline.operate.would_do import would_do

        day = _day("--as-of", as_of) if as_of is not None else None
        if day and (dry_run or max_age is not None):
            asks = "--dry-run asks what would be done now" if dry_run else "--max-age asks how old the newest data are"
            raise ConfigError(f"{asks}, --as-of is a day of the past; give one of them")
        if dry_run:
            for line in would_do(deliver=not no_deliver, if_needed=if_needed):
                say(line)
            return
        with alone(Path(), "churn", wait=wait):
            tell_of_experiment()
            # of a day that is past, the newest data are what nobody knew then
            refresh = not no_refresh and day is None
            age = None if max_age is None else Age(datetime.now(UTC).date(), max_age)
            say(run(Asked(day, deliver=not no_deliver, refresh=refresh, if_needed=if_needed, age=age)))

    act("retrain", action)


def backfill(
    since: Annotated[str, typer.Option("--from", help="the first day; a month is its first day", metavar="YYYY-MM[-DD]")],
    to: Annotated[
        str, typer.Option("--to", help="the last day that may be one; a month is its first day", metavar="YYYY-MM[-DD]")
    ],
    every: Annotated[str, typer.Option(help="month, week, or a number of days", metavar="month|week|N")] = "month",
) -> None:
    """Replay past months in a copy, each seeing only its own past: what would have been decided and listed, and what happened."""

    def action() -> None:
        from pipeline.operate.backfill import Asked
        from pipeline.operate.backfill import backfill as run
        from pipeline.operate.month_table import show_months

        asked = Asked(_day("--from", since), _day("--to", to), _step(every))
        if asked.last < asked.first:
            raise ConfigError(f"--to {to} lies before --from {since}; give the earlier one as --from")
        tell_of_experiment()
        show_months(run(asked))

    act("backfill", action)


def _day(option: str, text: str) -> date:
    months = option != "--as-of"
    try:
        return date.fromisoformat(f"{text}-01" if months and MONTH.fullmatch(text) else text)
    except ValueError:
        raise ConfigError(f"{option} {text}: no date; write it as 2025-07-01{' or 2025-07' if months else ''}") from None


def _step(every: str) -> int | None:
    """Days from one run to the next, None for months."""
    days = {"month": None, "week": 7}.get(every, every)
    if isinstance(days, str) and not (days.isascii() and days.isdecimal() and 0 < int(days) < MOST_DAYS):
        raise ConfigError(f"--every {every}: give month, week, or a number of days")
    return int(days) if days is not None else None
