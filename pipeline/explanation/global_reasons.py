"""What the shipped model looks at, by reason, on a sample of the latest test rows; and whether a model trained again agrees.

Contributions are in log-odds of churn (`explanation.py`). A reason is what features that say one thing share
(`reasons/declared.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.explanation.contributions import GIVEN, group_contributions, importance, reasons_of, top_reasons
from pipeline.explanation.moved import sign_agrees
from pipeline.explanation.stability import agreement
from pipeline.model.booster import ChurnModel
from pipeline.model.simple import SimpleModel

ROWS = 5_000  # of the latest test date: the third digit of a mean contribution no longer changes
COMPARED = 2_000  # of those, by all models: a share of rows is known to a point


def by_hash(rows: pd.DataFrame, limit: int = ROWS) -> pd.DataFrame:
    """At most `limit` rows, those whose customers have the smallest hashes: the same on every run, blind to order."""
    drawn = rows["customer_id"].map(lambda customer: hashlib.md5(customer.encode(), usedforsecurity=False).hexdigest())
    return rows.loc[drawn.sort_values(kind="stable").index[:limit].sort_values()]


def explain(
    models: Sequence[ChurnModel | SimpleModel], test: pd.DataFrame, catalog: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The object `explanation` of the metrics: reasons by importance, of the first of `models`, and whether the next ones agree.

    `models` are the shipped one and the twins, newest first, and `test` the rows of the latest test date. Empty for a simple
    rule.
    """
    trees = [model for model in models if isinstance(model, ChurnModel)]
    if not trees or len(trees) < len(models) or test.empty:
        return {}
    shown = by_hash(test)
    reasons = reasons_of(trees[0].columns, catalog)
    contributed = group_contributions(trees[0].booster, trees[0].columns, shown, reasons)
    few = by_hash(shown, COMPARED)
    agrees = _agrees(trees[0], few, contributed.loc[few.index], reasons)
    return {
        "t": str(pd.Timestamp(shown["t"].iloc[0]).date()),
        "rows": len(shown),
        "reasons": [one | {"agrees": agrees[one["reason"]]} for one in _by_importance(trees[0], shown, reasons, contributed)],
        "agrees": {"rows": len(few), "reasons": GIVEN, "share": agrees[""]},
        "stability": _retrained(trees, few, reasons),
    }


def _by_importance(
    model: ChurnModel, shown: pd.DataFrame, reasons: Mapping[str, str], contributed: pd.DataFrame
) -> list[dict[str, Any]]:
    """Every reason, largest first: its `contribution` and `raises`, and its strongest feature with the `direction` of that.

    `contribution` is the weighted mean of the reason's absolute contributions, `raises` the weighted share of customers whose
    risk it raises.
    """
    weight = shown["weight"].to_numpy(np.float64)
    columns = importance(model.booster, model.columns, shown, reasons, weight)
    found = []
    for reason in contributed.columns:
        moved, of = contributed[reason].to_numpy(np.float64), columns[columns["group"] == reason]
        size = float(np.average(np.abs(moved), weights=weight))
        raises = float(np.average(moved > 0, weights=weight))
        first = {"feature": str(of["feature"].iloc[0]), "direction": float(of["direction"].iloc[0])}
        found.append({"reason": str(reason), "contribution": size, "raises": raises, **first})
    return sorted(found, key=lambda one: (-one["contribution"], one["reason"]))


def _agrees(
    model: ChurnModel, shown: pd.DataFrame, contributed: pd.DataFrame, reasons: Mapping[str, str]
) -> dict[str, float | None]:
    """Weighted share of customers whose score moves as the sign says, by reason; under "" of the strongest that raise a risk.

    None where nobody has the reason.
    """
    found, weight = sign_agrees(model, shown, contributed, reasons), shown["weight"].to_numpy(np.float64)

    def share(agrees: Floats, weighs: Floats) -> float | None:
        known = ~np.isnan(agrees) & (weighs > 0)
        return float(np.average(agrees[known], weights=weighs[known])) if known.any() else None

    strongest = top_reasons(contributed, GIVEN)
    given = np.array([np.isin(strongest, reason).any(axis=1) for reason in contributed.columns]).T
    values = found.to_numpy(np.float64)
    made = {str(reason): share(values[:, place], weight) for place, reason in enumerate(contributed.columns)}
    return made | {"": share(values[given], np.broadcast_to(weight[:, None], values.shape)[given])}


def _retrained(trees: Sequence[ChurnModel], shown: pd.DataFrame, reasons: Mapping[str, str]) -> dict[str, Any]:
    """How far the reasons that raise a risk outlive training again a label later: mean over each model and the next older one."""
    given = [top_reasons(group_contributions(model.booster, model.columns, shown, reasons), GIVEN) for model in trees]
    pairs = [asdict(agreement(newer, older)) for newer, older in pairwise(given)]
    means = {name: float(np.mean([pair[name] for pair in pairs])) for name in ("first", "all", "overlap")}
    return {"rows": len(shown), "reasons": GIVEN, "models": len(trees), **means}
