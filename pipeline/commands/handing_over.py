"""What is done with lists and customers: a delivery, and forgetting."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.act import act, tell_of_experiment
from pipeline.stage import say


def deliver(
    no_refresh: Annotated[bool, typer.Option("--no-refresh", help="do not look at the newest data first")] = False,
) -> None:
    """Freeze today's lists into the dated archive, without who has bought, complained or withdrawn consent since."""

    def action() -> None:
        from pipeline import config
        from pipeline.lock import alone
        from pipeline.operate.deliver import deliver
        from pipeline.operate.under_dvc import keep_deliveries

        tell_of_experiment()
        with alone(Path(), "churn"):
            for line in (deliver(config.load(), refresh=not no_refresh), *keep_deliveries()):
                say(line)

    act("deliver", action)


def forget(
    customers: Annotated[
        list[str] | None, typer.Argument(help="ids as in your data; those that begin with - after --", metavar="[CUSTOMER_ID…]")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="a text file with one id per line", metavar="FILE")] = None,
) -> None:
    """Remove customers from every local table, list and delivery, and keep them out of every later run."""
    given = file.absolute() if file else None

    def action() -> None:
        from pipeline import config
        from pipeline.lock import alone
        from pipeline.operate import forget as act

        ids = act.read_ids(customers or [], given)
        with alone(Path(), "churn"), act.nothing_runs(Path()):
            for line in act.forget(ids, config.load()):
                say(line)

    act("forget", action)
