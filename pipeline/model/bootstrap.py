"""Bootstrap over customers: the same samples for every set of probabilities, so that differences are paired."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.model.metrics import Ints, auc, losses, places
from pipeline.statistics.resampling import PERCENTILES, resampled


@dataclass(frozen=True)
class Sampled:
    """AUC and log loss of one set of probabilities: on everybody, and on each bootstrap sample."""

    value: dict[str, float]
    samples: dict[str, Floats]

    def interval(self, measure: str) -> tuple[float, float]:
        """95 % percentile interval; nan where no sample allows the figure."""
        return _interval(self.samples[measure])

    def minus(self, other: Sampled, measure: str) -> dict[str, float]:
        """This figure less the other's on the same customers, with its 95 % percentile interval."""
        low, high = _interval(self.samples[measure] - other.samples[measure])
        return {"difference": self.value[measure] - other.value[measure], "low": low, "high": high}


@dataclass(frozen=True)
class _Date:
    """The rows of one date: who they are, what they count, and of every column the places and the losses."""

    customer: Ints
    y: Floats
    weight: Floats
    places: dict[str, Ints]
    losses: dict[str, Floats]


def bootstrap(judged: pd.DataFrame, names: list[str], samples: int, seed: int) -> dict[str, Sampled]:
    """Resample customers, each with all their rows, and take the figures of every named column of probabilities.

    AUCs are those within the dates `t`, averaged by the weight of their rows: nobody chooses between customers of two dates.
    """
    customer, known = pd.factorize(judged["customer_id"])
    dates = [_date(judged[judged["t"] == t], customer[judged["t"] == t], names) for t in sorted(judged["t"].unique())]
    share = np.array([date.weight.sum() for date in dates])
    everybody = np.ones(len(known))
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for times in chain([everybody], resampled(everybody, None, samples, seed)):
        weights = [date.weight * times[date.customer] for date in dates]
        for name in names:
            found[name].append(_figures(dates, weights, share, name))
    made = {}
    for name, figures in found.items():
        table = dict(zip(("auc", "log_loss"), np.array(figures).T, strict=True))
        made[name] = Sampled({measure: float(row[0]) for measure, row in table.items()}, {m: row[1:] for m, row in table.items()})
    return made


def _date(rows: pd.DataFrame, customer: Ints, names: list[str]) -> _Date:
    y, weight = rows["y"].to_numpy(np.float64), rows["weight"].to_numpy(np.float64)
    columns = {name: rows[name].to_numpy(np.float64) for name in names}
    ranked = {name: places(probability) for name, probability in columns.items()}
    return _Date(customer, y, weight, ranked, {name: losses(y, probability) for name, probability in columns.items()})


def _figures(dates: list[_Date], weights: list[Floats], share: Floats, name: str) -> tuple[float, float]:
    """AUC and log loss of one column under the weights of one sample; nan where they are not defined."""
    by_date = np.array([auc(date.y, date.places[name], w) for date, w in zip(dates, weights, strict=True)])
    known = ~np.isnan(by_date)
    lost = sum(float(np.sum(w * date.losses[name])) for date, w in zip(dates, weights, strict=True))
    total = sum(float(w.sum()) for w in weights)
    within = float(np.average(by_date[known], weights=share[known])) if known.any() else float("nan")
    return within, lost / total if total else float("nan")


def _interval(samples: Floats) -> tuple[float, float]:
    known = samples[~np.isnan(samples)]
    low, high = np.quantile(known, PERCENTILES) if len(known) else (float("nan"), float("nan"))
    return float(low), float(high)
