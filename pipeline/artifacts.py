"""Every file and folder the pipeline writes, by name; no path is spelled out anywhere else."""

from __future__ import annotations

from pathlib import Path

ARTIFACTS: dict[str, Path] = {
    # what the stages write: a function of data, params and code
    "raw": Path("data/raw"),
    "truth": Path("data/truth"),
    "clean": Path("data/clean"),
    "identities": Path("data/identities"),
    "ingest_report": Path("reports/ingest.json"),
    "data_quality": Path("reports/data_quality.json"),
    "snapshots": Path("data/snapshots"),
    "features": Path("data/features"),
    "challenger": Path("models/challenger"),
    "judged": Path("data/judged"),
    "metrics": Path("reports/metrics.json"),
    "plots": Path("reports/plots"),
    "scores": Path("data/scores"),
    "campaigns": Path("data/campaigns"),
    "report": Path("reports/report.html"),
    # what the acts keep: state
    "champion": Path("models/champion.json"),
    "registry": Path("models/registry"),
    "deliveries": Path("data/deliveries"),
    "forgotten": Path("data/forgotten.csv"),
}
