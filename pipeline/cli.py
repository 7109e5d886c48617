"""The `churn` command: choices, acts and look-ups around the DVC pipeline."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from pipeline.errors import MEANING, ExitCode
from pipeline.stage import guarded, say

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Choices and acts around the pipeline, which itself runs with `dvc repro`.",
    epilog="Exit codes: " + " · ".join(f"{code.value} {MEANING[code]}" for code in ExitCode),
)


def _act(name: str, action: Callable[[], None]) -> None:
    raise typer.Exit(guarded(f"churn {name}", action))


@app.callback()
def churn() -> None:
    """Choices and acts around the pipeline, which itself runs with `dvc repro`."""


@app.command()
def compose(
    choices: Annotated[
        list[str] | None, typer.Argument(help="group=choice or key=value", metavar="[GROUP=CHOICE KEY=VALUE …]")
    ] = None,
) -> None:
    """Save choices in configs/config.yaml and write params.yaml; without choices, write params.yaml again."""

    def action() -> None:
        from pipeline.compose import choose

        for line in choose(choices or []):
            say(line)
        say("wrote configs/config.yaml and params.yaml; now run `dvc repro`")

    _act("compose", action)


def main() -> None:
    """Entry point; usage errors leave with the documented code."""
    app(prog_name="churn", standalone_mode=True)
    sys.exit(ExitCode.DONE)


if __name__ == "__main__":
    main()
