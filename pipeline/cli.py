"""The `churn` command: choices, acts and look-ups around the DVC pipeline."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_tracking import tracking_app
from pipeline.errors import MEANING, ConfigError, ExitCode
from pipeline.stage import guarded, say

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Choices and acts around the pipeline, which itself runs with `dvc repro`.",
    epilog="Exit codes: " + " · ".join(f"{code.value} {MEANING[code]}" for code in ExitCode),
)


def _act(name: str, action: Callable[[], None]) -> None:
    """Run an act in the project's folder, which is the current one or the nearest above it, as git does."""

    def in_project() -> None:
        os.chdir(_project_folder())
        action()

    raise typer.Exit(guarded(f"churn {name}", in_project))


def _tell_of_experiment() -> None:
    """An act on the results of an experiment may be meant, but not unawares."""
    from pipeline.compose import composed
    from pipeline.config import PARAMS

    if PARAMS.exists() and PARAMS.read_text(encoding="utf-8") != composed(Path("configs")):
        say("note: params.yaml is an experiment's, not what configs/ compose; `churn compose && dvc repro` goes back")


def _project_folder() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "dvc.yaml").is_file() and (folder / "configs").is_dir():
            return folder
    raise ConfigError(f"{here} is not in a churn project (no dvc.yaml and configs/ here or above); go to the project's folder")


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


@app.command("init-source")
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

    _act("init-source", action)


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="print the report as it is in reports/data_quality.json")] = False,
) -> None:
    """Say whether the data can carry a model, what looks wrong in them, and whether the horizon fits."""

    def action() -> None:
        from pipeline.operate.preflight import preflight

        preflight(as_json=as_json)

    _act("check", action)


@app.command()
def promote(
    force: Annotated[str | None, typer.Option(help="promote in spite of the gate, for this reason", metavar="REASON")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="have no champion: the fresh model scores")] = False,
) -> None:
    """Make the fresh model the champion, if it is worth it."""

    def action() -> None:
        from pipeline.lock import alone
        from pipeline.operate import promote as act

        _tell_of_experiment()
        with alone(Path(), "churn"):
            say(act.clear() if clear else act.promote(force=force))

    _act("promote", action)


@app.command()
def deliver(
    no_refresh: Annotated[bool, typer.Option("--no-refresh", help="do not look at the newest data first")] = False,
) -> None:
    """Freeze today's lists into the dated archive, without who has bought, complained or withdrawn consent since."""

    def action() -> None:
        from pipeline import config
        from pipeline.lock import alone
        from pipeline.operate.deliver import deliver

        _tell_of_experiment()
        with alone(Path(), "churn"):
            say(deliver(config.load(), refresh=not no_refresh))

    _act("deliver", action)


@app.command()
def kpis(
    by: Annotated[str | None, typer.Option(help="split by a dimension: country, channel, cohort, …", metavar="DIMENSION")] = None,
    period: Annotated[str | None, typer.Option(help="week, month, quarter, year or a number of days", metavar="PERIOD")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="a figure to show; may be given again", metavar="NAME")] = None,
    last: Annotated[int, typer.Option(help="how many periods to show", min=1)] = 12,
) -> None:
    """Show the retention figures of the clean tables, by period and one dimension."""

    def action() -> None:
        from pipeline import config
        from pipeline.kpis.terminal import show

        show(config.load(), by, period, tuple(metric or ()), last)

    _act("kpis", action)


@app.command()
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

    _act("forget", action)


app.add_typer(tracking_app(_act), name="tracking")


def main() -> None:
    """Entry point; usage errors leave with the documented code."""
    app(prog_name="churn", standalone_mode=True)
    sys.exit(ExitCode.DONE)


if __name__ == "__main__":
    main()
