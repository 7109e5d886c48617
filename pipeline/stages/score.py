"""champion (or challenger) + features -> scores: how likely each customer at risk leaves if nothing is done, value at risk."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.config import Config
from pipeline.errors import DataUnfitError
from pipeline.model.champion import read_champion, scoring_model
from pipeline.model.level_now import with_levels_of_today
from pipeline.model.risk_score import percentile
from pipeline.model.snapshot_rows import read_at, read_plan
from pipeline.stage import Files, stage
from pipeline.value.expected import expected_value, load_value


@stage(
    reads=("features", "snapshots", "challenger", "champion"),
    pinned=("registry",),
    writes=("scores",),
    params=("definition", "source.name", "value"),
)
def score(files: Files, config: Config) -> str:
    """Score everyone at risk at today's snapshot."""
    features, snapshots = files.read("features"), files.read("snapshots")
    plan = read_plan(snapshots)
    registry, challenger = files.read("registry"), files.read("challenger")
    model, version, role = scoring_model(read_champion(files.read("champion")), registry, challenger, config, plan.score)
    rows = read_at(features, plan.score)
    if rows.empty:
        raise DataUnfitError(f"nobody is at risk as of {plan.score}; check definition.active_days and snapshots.as_of")
    if role == "champion":
        model = with_levels_of_today(model, features, snapshots, plan)
    level, probability = model.level(plan.score), model.churn_probability(rows, plan.score)
    of_value = load_value(registry / version if role == "champion" else challenger, "ship", config)
    value = expected_value(of_value, rows, pd.Timestamp(plan.score), config)
    scores = rows[["customer_id", "t"]].assign(
        churn_probability=probability,
        risk_score=percentile(probability),
        model_version=version,
        model_role=role,
        expected_value=value,
        value_at_risk=probability * value,
    )
    files.write("scores").mkdir()
    scores.to_parquet(files.write("scores") / "scores.parquet", index=False)
    said = f"{len(scores):,} customers scored by {role} {version}, mean churn probability {probability.mean():.3f}"
    by = "" if of_value else " by last year's spending, as there is no model of value"
    worth = "no values" if np.isnan(value).all() else f"value at risk {np.nansum(probability * value):,.0f}{by}"
    if level is None:
        return f"{said}, {worth} (without a grade: {model.about.get('ungraded', 'a simple rule')})"
    return f"{said} ± {level.rate_deviation(probability):.3f}, {worth}" + (f" ({level.caution})" if level.caution else "")


if __name__ == "__main__":
    score.main()
