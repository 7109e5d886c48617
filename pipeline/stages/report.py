"""lists + metrics -> report, model card: one self-contained page of figures and pictures, and what the model is and is not."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.contract.identity import read_identities
from pipeline.figure_files import read_figures
from pipeline.report.card import card
from pipeline.report.listed import listed
from pipeline.report.page import Material, render, view
from pipeline.report.recut import kept_rates
from pipeline.stage import Files, stage

FIGURES = ("drift", "kpis", "metrics", "outcomes", "uplift")  # of other stages


@stage(
    reads=("campaigns", "judged", "snapshots", "challenger", "identities", "plots", "ingest_report", *FIGURES),
    writes=("report", "model_card"),
    params=("campaign", "definition", "evaluate", "features", "locale", "source.reward_points", "source.tier_spending"),
)
def report(files: Files, config: Config) -> str:
    """Read what the stages before wrote, and put it on one page, and the model's own figures on its card."""
    shipped = read_figures(files.read("challenger") / "ship.json")
    plots: dict[str, Any] = {
        name: pd.read_csv(files.read("plots") / f"{name}.csv") for name in ("gain", "reliability", "importance", "profit")
    }
    figures: dict[str, Any] = {name: read_figures(files.read(name)) for name in FIGURES}
    material = Material(
        customers=listed(files.read("campaigns") / "customers.csv", read_identities(files.read("identities"))),
        judged=pd.read_parquet(files.read("judged") / "test.parquet"),
        manifest=read_figures(files.read("campaigns") / "manifest.json"),
        plan=read_figures(files.read("snapshots") / "plan.json"),
        ingest=read_figures(files.read("ingest_report")),
        source=shipped["about"]["source"],
        kept=kept_rates(config.campaign),
        **plots,
        **figures,
    )
    importance = dict(zip(plots["importance"]["feature"], plots["importance"]["share"], strict=True))
    on_card = card(material.metrics, material.plan, shipped, material.ingest, importance, config)
    files.write("model_card").write_text(on_card, encoding="utf-8")
    written = files.write("report").write_text(render(view(material, config)), encoding="utf-8")
    return f"one page of {written / 1e6:.2f} million characters"


if __name__ == "__main__":
    report.main()
