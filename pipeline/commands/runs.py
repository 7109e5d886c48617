"""What the tracking server is told of runs that were logged here."""

from __future__ import annotations

import typer

from pipeline.commands.act import act
from pipeline.stage import say

tracking = typer.Typer(no_args_is_help=True, help="Runs in MLflow.")


@tracking.callback()
def runs() -> None:
    """Runs in MLflow."""


@tracking.command()
def sync() -> None:
    """Bring runs and registered models that only the local store has to the server in MLFLOW_TRACKING_URI."""

    def action() -> None:
        from pipeline.operate import sync_tracking

        say(sync_tracking.sync())

    act("tracking sync", action)
