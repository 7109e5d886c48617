"""`churn tracking`: what the tracking store is told."""

from __future__ import annotations

from collections.abc import Callable

import typer

from pipeline.stage import say


def tracking_app(act: Callable[[str, Callable[[], None]], None]) -> typer.Typer:
    """The commands of the group; `act` runs each in the project's folder."""
    app = typer.Typer(no_args_is_help=True, help="Runs in MLflow.")

    @app.callback()
    def tracking() -> None:
        """Runs in MLflow."""

    @app.command()
    def sync() -> None:
        """Bring runs and registered models that only the local store has to the server in MLFLOW_TRACKING_URI."""

        def action() -> None:
            from pipeline.operate import sync_tracking

            say(sync_tracking.sync())

        act("tracking sync", action)

    return app
