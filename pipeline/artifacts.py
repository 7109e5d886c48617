"""Every file and folder the pipeline writes, by name, and who is in it; no path is spelled out anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Artifact:
    """A place below the project's folder, and what of it `churn forget` has to do with: rows of customers, a page, or nothing."""

    path: Path
    holds: Literal["customers", "a page of customers", "nobody", "what is the user's"]


DECLARED: dict[str, Artifact] = {
    # what the stages write: a function of data, params and code
    "raw": Artifact(Path("data/raw"), "what is the user's"),
    "truth": Artifact(Path("data/truth"), "nobody"),  # of a simulated company
    "clean": Artifact(Path("data/clean"), "customers"),
    "ingest_report": Artifact(Path("reports/ingest.json"), "nobody"),
    "data_quality": Artifact(Path("reports/data_quality.json"), "nobody"),
    "kpis": Artifact(Path("reports/kpis.json"), "nobody"),
    "kpis_table": Artifact(Path("reports/kpis.csv"), "nobody"),
    "snapshots": Artifact(Path("data/snapshots"), "customers"),
    "features": Artifact(Path("data/features"), "customers"),
    "screening": Artifact(Path("reports/features.json"), "nobody"),
    "challenger": Artifact(Path("models/challenger"), "nobody"),
    "judged": Artifact(Path("data/judged"), "customers"),
    "metrics": Artifact(Path("reports/metrics.json"), "nobody"),
    "plots": Artifact(Path("reports/plots"), "nobody"),
    "scores": Artifact(Path("data/scores"), "customers"),
    "campaigns": Artifact(Path("data/campaigns"), "customers"),
    "outcomes": Artifact(Path("reports/outcomes.json"), "nobody"),
    "outcome_tables": Artifact(Path("reports/outcomes"), "nobody"),
    "matured": Artifact(Path("data/matured"), "customers"),  # a file for each delivery whose outcome is known
    "learned": Artifact(Path("reports/learned.json"), "nobody"),
    "uplift": Artifact(Path("reports/uplift.json"), "nobody"),
    "effects": Artifact(Path("models/uplift"), "nobody"),  # who can be saved, and whether lists go by it
    "drift": Artifact(Path("reports/drift.json"), "nobody"),
    "model_card": Artifact(Path("reports/model_card.md"), "nobody"),
    "report": Artifact(Path("reports/report.html"), "a page of customers"),
    # what the acts keep: state
    "searches": Artifact(Path("models/search.db"), "nobody"),  # trials done so far, so that a search can go on
    "champion": Artifact(Path("models/champion.json"), "nobody"),
    "history": Artifact(Path("models/history.json"), "nobody"),  # every decision on a model
    "promotion": Artifact(Path("reports/promotion.json"), "nobody"),
    "retraining": Artifact(Path("reports/retrain.json"), "nobody"),
    "registry": Artifact(Path("models/registry"), "nobody"),
    "deliveries": Artifact(Path("data/deliveries"), "customers"),
    "delivered": Artifact(Path("data/deliveries.json"), "nobody"),  # which there are, and their checksums: pins the archive
    "backfill": Artifact(Path("data/backfill"), "customers"),  # the past replayed, in a project of its own
    "backfilled": Artifact(Path("reports/backfill.json"), "nobody"),
    "forgotten": Artifact(Path("data/forgotten.csv"), "nobody"),
    # the map back to the real ids, purged last: until then, what remains can still be found
    "identities": Artifact(Path("data/identities"), "customers"),
}
ARTIFACTS: dict[str, Path] = {name: artifact.path for name, artifact in DECLARED.items()}
HOLD_CUSTOMERS = tuple(name for name, artifact in DECLARED.items() if artifact.holds == "customers")
# Of a backfill: the copy of the project that it runs in, with places of its own as above, and what came of each day.
REPLAYED, REPLAYED_DAYS = ARTIFACTS["backfill"] / "project", ARTIFACTS["backfill"] / "days"
