"""Feature rows -> a few shares and means of every feature at every snapshot, in which a shift of its distribution shows.

Of a number: the share of customers who have a value, and the mean place of the values among those of the reference snapshots (0
the lowest, 1 the highest), which no outlier moves and any rescaling does. Of a category: the share of each level there was, and
of words never seen. All of them lie in [0, 1], and each has the variance that it would have if customers were drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Bools, Floats
from pipeline.statistics.intervals import effective_size

CUTS = np.arange(0.02, 1.0, 0.02)
UNSEEN = "(never seen before)"
KNOWN, PLACE = "(known)", "(place)"
MEAN, SPREAD = "mean log-odds", "log of their spread"  # of the score
EVENLY = 1 / 12  # variance of places spread evenly


@dataclass(frozen=True)
class Yardstick:
    """What the values of the reference snapshots are: quantiles of numbers, levels of categories."""

    quantiles: Mapping[str, Floats]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def learn(cls, rows: pd.DataFrame, catalog: Sequence[Mapping[str, Any]]) -> Yardstick:
        """From the rows of the reference snapshots; features that these lack are left out."""
        quantiles, levels = {}, {}
        for feature in catalog:
            name = feature["name"]
            if name not in rows:
                continue
            known = rows[name].dropna()
            if feature["type"] == "category":
                levels[name] = tuple(sorted(known.astype(str).unique()))
            else:
                values = known.to_numpy(np.float64)
                quantiles[name] = np.quantile(values, CUTS) if len(values) else np.zeros(0)
        return cls(quantiles, levels)

    def summary(self, rows: pd.DataFrame, weight: Floats) -> pd.DataFrame:
        """(feature, what, value, variance) of the rows of one snapshot; a feature that is not there is known of nobody."""
        figures: list[tuple[str, str, float, float]] = []
        for name, cuts in self.quantiles.items():
            values = rows[name].to_numpy(np.float64) if name in rows else np.full(len(rows), np.nan)
            there = ~np.isnan(values)
            figures.append((name, KNOWN, *_share(there, weight)))
            figures.append((name, PLACE, *_mean(_places(values[there], cuts), weight[there])))
        for name, levels in self.levels.items():
            words = rows[name].astype(object) if name in rows else pd.Series(None, index=rows.index, dtype=object)
            known = words.notna().to_numpy()
            places = pd.Index(levels, dtype=object).get_indexer(pd.Index(words.astype(str), dtype=object))
            figures.append((name, KNOWN, *_share(known, weight)))
            figures += [(name, level, *_share(known & (places == place), weight)) for place, level in enumerate(levels)]
            figures.append((name, UNSEEN, *_share(known & (places < 0), weight)))
        return pd.DataFrame(figures, columns=["feature", "what", "value", "variance"])


def _places(values: Floats, cuts: Floats) -> Floats:
    """Where values lie among the quantiles, 0 to 1; one that equals several lies in their middle."""
    below, up_to = np.searchsorted(cuts, values, "left"), np.searchsorted(cuts, values, "right")
    return np.asarray((below + up_to) / (2 * max(len(cuts), 1)), dtype=np.float64)


def _share(some: Bools, weight: Floats) -> tuple[float, float]:
    """A share, and its variance with half a customer added to each side, so that none or all of them is not certain."""
    total = float(weight.sum())
    if not total:
        return 0.0, 1.0
    count, customers = float(weight[some].sum()), effective_size(weight)
    smoothed = (count / total * customers + 0.5) / (customers + 1)
    return count / total, smoothed * (1 - smoothed) / (customers + 1)


def _mean(place: Floats, weight: Floats) -> tuple[float, float]:
    """Mean and variance of the mean; of too few values to tell, the middle, and that of places spread evenly."""
    if len(place) < 2:
        return 0.5, EVENLY
    mean = float(np.average(place, weights=weight))
    spread = float(np.average(np.square(place - mean), weights=weight))
    customers = effective_size(weight)
    return mean, (spread * customers + EVENLY) / (customers + 1) / customers
