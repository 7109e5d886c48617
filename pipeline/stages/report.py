"""lists + metrics -> report: one self-contained page of figures and pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.report.page import Material, render, view
from pipeline.stage import Files, stage

NUMBERS = ("churn_probability", "risk_score", "recency_days", "orders_count", "revenue_total")


@stage(
    reads=("campaigns", "judged", "snapshots", "challenger", "ingest_report", "kpis", "metrics", "plots"),
    writes=("report",),
    params=("campaign", "definition", "evaluate"),
)
def report(files: Files, config: Config) -> str:
    """Read what the stages before wrote, and put it on one page."""
    plots = {name: pd.read_csv(files.read("plots") / f"{name}.csv") for name in ("gain", "reliability", "importance")}
    material = Material(
        customers=listed(files.read("campaigns") / "customers.csv"),
        judged=pd.read_parquet(files.read("judged") / "test.parquet"),
        manifest=_json(files.read("campaigns") / "manifest.json"),
        metrics=_json(files.read("metrics")),
        ingest=_json(files.read("ingest_report")),
        plan=_json(files.read("snapshots") / "plan.json"),
        kpis=_json(files.read("kpis")),
        source=_json(files.read("challenger") / "ship.json")["about"]["source"],
        **plots,
    )
    written = files.write("report").write_text(render(view(material, config)), encoding="utf-8")
    return f"one page of {written / 1e6:.2f} million characters"


def listed(path: Path) -> pd.DataFrame:
    """The people-facing list; ids may read NA or 007, so only numbers have gaps, and only an empty cell is one."""
    return pd.read_csv(path, dtype={"customer_id": str}, keep_default_na=False, na_values={name: [""] for name in NUMBERS})


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    report.main()
