"""How good the probabilities are, on real data and on a company whose truth is known: `python -m benchmarks.quality [--write]`.

One set of defaults for all: nothing is chosen per dataset but its sector. Every figure is out of time.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.flow import ROOT, choices, run
from benchmarks.oracle import Oracle, learn, replays
from pipeline import markdown
from pipeline.artifacts import ARTIFACTS
from pipeline.model.metrics import auc, losses, places
from pipeline.model.snapshot_rows import read_rows
from pipeline.report.words import spoken

PAGE = ROOT / "docs" / "quality.md"
SHARED = Path(os.environ.get("CHURN_SHARED_DATA", ROOT.parent / "shared" / "data"))
FLOW = ("ingest", "snapshots", "features", "train", "evaluate")
DATES = "test date|customers|left|expected|AUC|best baseline|log loss|best baseline|ECE"
TOGETHER = "data|dates|rows|AUC|lead over the best baseline|log loss|lead over the best baseline|ECE|grade"
ORACLE = "seed|test date|AUC|of the oracle|share of (AUC − .5)|log loss|of the oracle|above it"


@dataclass(frozen=True)
class Trial:
    """A source, how it is called, and the choices it is run with."""

    name: str
    overrides: tuple[str, ...]


def trials(seeds: list[int]) -> Iterator[Trial]:
    """The published datasets that are there, and the simulated company under each seed."""
    for name, source, sector in (
        ("Online Retail II", "online_retail_ii", "ecommerce"),
        ("CDNOW", "cdnow", "ecommerce"),
        ("Complete Journey", "complete_journey", "retail"),
        ("learn365", "learn365", "content"),
    ):
        if (SHARED / source).is_dir():
            path = (SHARED / source).resolve()
            yield Trial(name, (f"source={source}", f"source.path={path}", f"sector={sector}"))
        else:
            print(f"{name} is left out: {source} is not in CHURN_SHARED_DATA", flush=True)
    for seed in seeds:
        yield Trial(f"demo, seed {seed}", ("source=demo", f"seed={seed}"))


def judged(trial: Trial, oracle: Oracle | None) -> tuple[dict[str, Any], list[tuple[str, ...]]]:
    """The figures of a run, and for the simulated company a row per date beside the oracle's."""
    with TemporaryDirectory(prefix="churn-quality-") as place:
        root = Path(place)
        simulated = "source=demo" in trial.overrides
        if simulated:
            run(choices(*trial.overrides, f"source.path={root / ARTIFACTS['raw']}"), root, ("simulate", *FLOW))
        else:
            run(choices(*trial.overrides), root, FLOW)
        metrics: dict[str, Any] = json.loads((root / ARTIFACTS["metrics"]).read_text(encoding="utf-8"))
        if oracle is None or not simulated:
            return metrics, []
        rows = read_rows(root / ARTIFACTS["features"], root / ARTIFACTS["snapshots"])
        return metrics, list(_beside(oracle, metrics, rows, trial.name.removeprefix("demo, seed ")))


def _beside(oracle: Oracle, metrics: dict[str, Any], rows: pd.DataFrame, seed: str) -> Iterator[tuple[str, ...]]:
    for at in metrics["rolling"]:
        t = pd.Timestamp(at["t"])
        test = rows[rows["t"] == t]
        y, weight = test["y"].to_numpy(np.float64), test["weight"].to_numpy(np.float64)
        best = oracle.churn_probability(test, t)
        reach, loss = auc(y, places(best), weight), float(np.average(losses(y, best), weights=weight))
        share, above = (at["auc"] - 0.5) / (reach - 0.5), at["log_loss"] / loss - 1
        figures = [f"{at['auc']:.3f}", f"{reach:.3f}", f"{share:.1%}", f"{at['log_loss']:.3f}", f"{loss:.3f}", f"{above:+.1%}"]
        yield seed, at["t"], *figures


def by_date(metrics: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row for every test date, the latest first."""
    named = spoken("en").named
    for at in metrics["rolling"]:
        rank = max(at["baselines"], key=lambda name: float(at["baselines"][name]["auc"]))
        loss = min(at["baselines"], key=lambda name: float(at["baselines"][name]["log_loss"]))
        yield (
            at["t"], f"{at['customers']:,}", f"{at['churn_rate']:.3f}", f"{at['predicted']:.3f}",
            f"{at['auc']:.3f}", f"{at['baselines'][rank]['auc']:.3f} {named('rivals', rank)}",
            f"{at['log_loss']:.3f}", f"{at['baselines'][loss]['log_loss']:.3f} {named('rivals', loss)}", f"{at['ece']:.3f}",
        )  # fmt: skip


def together(name: str, metrics: dict[str, Any]) -> tuple[str, ...]:
    """All dates of a dataset in a row; leads are over the baseline that comes closest, with their 95 % interval."""
    pooled, paired = metrics["pooled"], metrics["paired"]
    rank = min((lead["auc"] for lead in paired.values()), key=lambda lead: float(lead["difference"]))
    loss = max((lead["log_loss"] for lead in paired.values()), key=lambda lead: float(lead["difference"]))
    return (
        name, str(pooled["dates"]), f"{pooled['customers']:,}", f"{pooled['auc']:.3f}",
        f"{rank['difference']:+.3f} ({rank['low']:+.3f} to {rank['high']:+.3f})", f"{pooled['log_loss']:.3f}",
        f"{-loss['difference']:+.3f} ({-loss['high']:+.3f} to {-loss['low']:+.3f})", f"{pooled['ece']:.3f}", metrics["grade"],
    )  # fmt: skip


def page(found: dict[str, dict[str, Any]], beside: list[tuple[str, ...]], count: int) -> str:
    """The figures as a page of the documentation."""
    parts = [
        "# How good the probabilities are",
        "Written by `make bench-quality`; [what the figures mean](definitions.md#figures). One set of defaults for all datasets. "
        "Models are trained on what was known at each date, and judged on what happened afterwards; the baselines score the same "
        "customers. A lead is how much better the model is than the baseline that comes closest.",
        markdown.table(TOGETHER, [together(name, metrics) for name, metrics in found.items()]),
    ]
    for name, metrics in found.items():
        parts += [
            f"## {name}",
            f"Grade {metrics['grade']}: {metrics['grade_reason']}",
            markdown.table(DATES, list(by_date(metrics))),
        ]
    if beside:
        parts += [
            "## Beside the best that can be foreseen",
            f"The oracle learned from {count} replays of the simulated company under other seeds, at the very dates to be "
            "foreseen: what no company has ([how](../benchmarks/oracle.py)).",
            markdown.table(ORACLE, beside),
        ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def main() -> None:
    """Run everything, print the page, and with --write keep it."""
    parser = argparse.ArgumentParser(description="Figures of the probabilities on every dataset, out of time.")
    parser.add_argument("--seeds", type=int, nargs="*", default=[42, 7, 8, 9], help="of the simulated company")
    parser.add_argument("--replays", type=int, default=12, help="companies that the oracle learns from; 0: no oracle")
    parser.add_argument("--write", action="store_true", help="write docs/quality.md")
    asked = parser.parse_args()
    oracle = learn(list(replays(asked.replays))) if asked.replays else None
    found: dict[str, dict[str, Any]] = {}
    beside: list[tuple[str, ...]] = []
    for trial in trials(asked.seeds):
        found[trial.name], rows = judged(trial, oracle)
        beside += rows
    made = page(found, beside, asked.replays)
    print(made)
    if asked.write:
        PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
