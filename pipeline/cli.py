"""The `churn` command: choices, acts and look-ups around the DVC pipeline."""

from __future__ import annotations

import sys

import typer

from pipeline.commands.champions import models, promote, rollback
from pipeline.commands.handing_over import deliver, forget
from pipeline.commands.looking import check, kpis, monitor, outcomes
from pipeline.commands.retraining import backfill, retrain
from pipeline.commands.runs import tracking
from pipeline.commands.setting_up import compose, init_source
from pipeline.errors import MEANING, ExitCode

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Choices and acts around the pipeline, which itself runs with `dvc repro`.",
    epilog="Exit codes: " + " · ".join(f"{code.value} {MEANING[code]}" for code in ExitCode),
)
# In the order in which they are met.
COMMANDS = (compose, init_source, check, retrain, backfill, promote, rollback, models, deliver, outcomes, monitor, kpis, forget)
for command in COMMANDS:
    app.command()(command)
app.add_typer(tracking, name="tracking")


@app.callback()
def churn() -> None:
    """Choices and acts around the pipeline, which itself runs with `dvc repro`."""


def main() -> None:
    """Entry point; usage errors leave with the documented code."""
    app(prog_name="churn", standalone_mode=True)
    sys.exit(ExitCode.DONE)


if __name__ == "__main__":
    main()
