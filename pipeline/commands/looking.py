"""What the data say, on a terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.commands.act import act


def check(
    as_json: Annotated[bool, typer.Option("--json", help="print the report as it is in reports/data_quality.json")] = False,
) -> None:
    """Say whether the data can carry a model, what looks wrong in them, and whether the horizon fits."""

    def action() -> None:
        from pipeline.operate.preflight import preflight

        preflight(as_json=as_json)

    act("check", action)


def outcomes(
    as_json: Annotated[bool, typer.Option("--json", help="print the report as it is in reports/outcomes.json")] = False,
) -> None:
    """Read matured deliveries back: who left, how true the forecasts were, what contacting changed and brought in."""

    def action() -> None:
        from pipeline.operate.show_outcomes import outcomes as read_back

        read_back(as_json=as_json)

    act("outcomes", action)


def monitor(
    as_json: Annotated[bool, typer.Option("--json", help="print the report as it is in reports/drift.json")] = False,
) -> None:
    """Say whether the model still fits: what moved by more than the company's own past explains, and whether to retrain."""

    def action() -> None:
        from pipeline.operate.show_drift import monitor as look

        look(as_json=as_json)

    act("monitor", action)


def kpis(
    by: Annotated[str | None, typer.Option(help="split by a dimension: country, channel, cohort, …", metavar="DIMENSION")] = None,
    period: Annotated[str | None, typer.Option(help="week, month, quarter, year or a number of days", metavar="PERIOD")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="a figure to show; may be given again", metavar="NAME")] = None,
    last: Annotated[int, typer.Option(help="how many periods to show", min=1, metavar="N")] = 12,
) -> None:
    """Show the retention figures of the clean tables, by period and one dimension."""

    def action() -> None:
        from pipeline import config
        from pipeline.kpis.terminal import show

        show(config.load(), by, period, tuple(metric or ()), last)

    act("kpis", action)
