"""champion (or challenger) + features -> scores: the probability that each customer at risk today leaves if nothing is done."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.config import Config
from pipeline.errors import DataUnfitError
from pipeline.model.champion import read_champion, scoring_model
from pipeline.model.rows import read_at, read_plan
from pipeline.stage import Files, stage


@stage(
    reads=("features", "snapshots", "challenger", "champion"),
    pinned=("registry",),
    writes=("scores",),
    params=("definition", "source.name"),
)
def score(files: Files, config: Config) -> str:
    """Score everyone at risk at today's snapshot."""
    plan = read_plan(files.read("snapshots"))
    model, version, role = scoring_model(
        read_champion(files.read("champion")), files.read("registry"), files.read("challenger"), config
    )
    rows = read_at(files.read("features"), plan.score)
    if rows.empty:
        raise DataUnfitError(f"nobody is at risk as of {plan.score}; check definition.active_days and snapshots.as_of")
    level, probability = model.level(plan.score), model.churn_probability(rows, plan.score)
    scores = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "t": rows["t"],
            "churn_probability": probability,
            "risk_score": percentile(probability),
            "model_version": version,
            "model_role": role,
        }
    )
    files.write("scores").mkdir()
    scores.to_parquet(files.write("scores") / "scores.parquet", index=False)
    said = f"{len(scores):,} customers scored by {role} {version}, mean churn probability {probability.mean():.3f}"
    if level is None:
        return f"{said} (without a grade: {model.about.get('ungraded', 'a simple rule')})"
    return f"{said} ± {level.rate_deviation(probability):.3f}" + (f" ({level.caution})" if level.caution else "")


def percentile(probability: np.ndarray) -> np.ndarray:
    """Risk score: 0 for the least, 100 for the most likely to leave; equal probabilities share the middle of their ranks."""
    ranks = pd.Series(probability).rank(method="average").to_numpy() - 1
    return np.round(100 * ranks / max(len(probability) - 1, 1), 1)


if __name__ == "__main__":
    score.main()
