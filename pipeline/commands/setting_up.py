"""What a run is told: the company's choices, and a first mapping of its files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.act import act
from pipeline.stage import say


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

    act("compose", action)


def init_source(
    files: Annotated[list[Path], typer.Argument(help="files, or folders of files", metavar="FILES…")],
    name: Annotated[str | None, typer.Option(help="what to call the source; the folder's name otherwise", metavar="NAME")] = None,
) -> None:
    """Look at files and write a first mapping, configs/source/NAME.yaml, every guess marked."""
    named = [file.absolute() for file in files]

    def action() -> None:
        from pipeline.operate.init_source import init_source as act

        for line in act(named, name, Path()):
            say(line)

    act("init-source", action)
