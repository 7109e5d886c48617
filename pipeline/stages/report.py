"""lists + metrics -> report: one self-contained page of figures and pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.report.page import Material, render, view
from pipeline.stage import Files, stage

# An id may read "NA" or "007": only numbers have gaps, and only an empty cell is one.
NUMBERS = ("churn_probability", "risk_score", "recency_days", "orders_count", "revenue_total")


@stage(
    reads=("campaigns", "judged", "snapshots", "challenger", "ingest_report", "metrics", "plots"),
    writes=("report",),
    params=("campaign", "definition", "evaluate"),
)
def report(files: Files, config: Config) -> str:
    """Read what the stages before wrote, and put it on one page."""
    plots = {name: pd.read_csv(files.read("plots") / f"{name}.csv") for name in ("gain", "reliability", "importance")}
    listed = pd.read_csv(files.read("campaigns") / "customers.csv", dtype=str, keep_default_na=False)
    material = Material(
        customers=listed.assign(**{name: pd.to_numeric(listed[name].replace("", None)) for name in NUMBERS}),
        judged=pd.read_parquet(files.read("judged") / "test.parquet"),
        manifest=_json(files.read("campaigns") / "manifest.json"),
        metrics=_json(files.read("metrics")),
        ingest=_json(files.read("ingest_report")),
        plan=_json(files.read("snapshots") / "plan.json"),
        source=_json(files.read("challenger") / "ship.json")["about"]["source"],
        **plots,
    )
    page = render(view(material, config))
    files.write("report").write_text(page, encoding="utf-8")
    return f"one page of {len(page.encode()) / 1e6:.2f} MB"


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    report.main()
