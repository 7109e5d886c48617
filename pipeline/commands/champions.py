"""Which model scores: the gate, the way back, and what was decided when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.act import act, tell_of_experiment
from pipeline.stage import say


def promote(
    force: Annotated[str | None, typer.Option(help="promote in spite of the gates, for this reason", metavar="REASON")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be decided, and change nothing")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="have no champion: the fresh model scores")] = False,
) -> None:
    """Make the fresh model the champion, if it is worth it."""

    def action() -> None:
        from pipeline import config
        from pipeline.lock import alone
        from pipeline.operate.promote import promote as decide
        from pipeline.operate.promote import refuse_to_go_on
        from pipeline.operate.rollback import clear as point_at_none
        from pipeline.operate.tell_tracking import tell_decision
        from pipeline.operate.under_dvc import bring_champion, keep_champion

        tell_of_experiment()
        with alone(Path(), "churn"):
            if clear:
                say(point_at_none())
                return
            settings = config.load()
            for line in bring_champion():
                say(line)
            decided = decide(settings, force=force, dry_run=dry_run)
            if dry_run:
                say(decided.said)
                return
            told = tell_decision(settings, decided)
            refuse_to_go_on(decided)
            for line in (decided.said, *told, *keep_champion()):
                say(line)
            if decided.decision in ("promoted", "forced"):
                say("run `dvc repro` to score with it")

    act("promote", action)


def rollback(
    version: Annotated[
        str | None, typer.Argument(help="of `churn models`; the champion before otherwise", metavar="[VERSION]")
    ] = None,
    reason: Annotated[str, typer.Option(help="why, for the history", metavar="REASON")] = "by hand",
) -> None:
    """Make an earlier champion the champion again."""

    def action() -> None:
        from pipeline import config
        from pipeline.lock import alone
        from pipeline.operate.rollback import rollback as go_back
        from pipeline.operate.tell_tracking import tell_champion
        from pipeline.operate.under_dvc import keep_champion

        with alone(Path(), "churn"):
            for line in (go_back(version=version, reason=reason), *tell_champion(config.load()), *keep_champion()):
                say(line)

    act("rollback", action)


def models(
    as_json: Annotated[bool, typer.Option("--json", help="print the history as it is in models/history.json")] = False,
) -> None:
    """Show every decision on a model: when, on which figures, and why."""

    def action() -> None:
        from pipeline.operate.model_history import show

        show(as_json=as_json)

    act("models", action)
