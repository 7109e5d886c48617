"""Bootstrap over customers: the same draws for every set of probabilities, so that differences are paired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.model.level import Floats
from pipeline.model.metrics import auc, losses, places

ENDS = [0.025, 0.975]


@dataclass(frozen=True)
class Sampled:
    """AUC and log loss of one set of probabilities: on everybody, and on each bootstrap sample."""

    value: dict[str, float]
    draws: dict[str, Floats]

    def interval(self, measure: str) -> tuple[float, float]:
        """95 % percentile interval; nan where no sample allows the figure."""
        return _interval(self.draws[measure])

    def minus(self, other: Sampled, measure: str) -> dict[str, float]:
        """This figure less the other's on the same customers, with its 95 % percentile interval."""
        low, high = _interval(self.draws[measure] - other.draws[measure])
        return {"difference": self.value[measure] - other.value[measure], "low": low, "high": high}


def bootstrap(judged: pd.DataFrame, names: list[str], draws: int, seed: int) -> dict[str, Sampled]:
    """Resample customers, each with all their rows, and take the figures of every named column of probabilities.

    AUCs are those within the dates `t`, averaged by the weight of their rows: nobody chooses between customers of two dates.
    """
    customer = pd.factorize(judged["customer_id"])[0]
    y, weight = judged["y"].to_numpy(np.float64), judged["weight"].to_numpy(np.float64)
    rows = [np.flatnonzero(judged["t"] == t) for t in sorted(judged["t"].unique())]
    share = np.array([weight[of].sum() for of in rows])
    generator = np.random.default_rng(seed)
    times = [np.ones(len(y))]
    for _ in range(draws):
        drawn = generator.integers(0, customer.max() + 1, customer.max() + 1)
        times.append(np.bincount(drawn, minlength=customer.max() + 1)[customer].astype(np.float64))
    made = {}
    for name in names:
        probability = judged[name].to_numpy(np.float64)
        loss, ranked = losses(y, probability), [places(probability[of]) for of in rows]
        figures: dict[str, list[float]] = {"auc": [], "log_loss": []}
        for w in (weight * repeated for repeated in times):
            by_date = np.array([auc(y[of], place, w[of]) for of, place in zip(rows, ranked, strict=True)])
            known = ~np.isnan(by_date)
            figures["auc"].append(float(np.average(by_date[known], weights=share[known])) if known.any() else float("nan"))
            figures["log_loss"].append(float(np.dot(w, loss) / w.sum()) if w.sum() else float("nan"))
        value = {measure: found[0] for measure, found in figures.items()}
        made[name] = Sampled(value, {measure: np.array(found[1:]) for measure, found in figures.items()})
    return made


def _interval(draws: Floats) -> tuple[float, float]:
    known = draws[~np.isnan(draws)]
    low, high = np.quantile(known, ENDS) if len(known) else (float("nan"), float("nan"))
    return float(low), float(high)
