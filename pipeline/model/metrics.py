"""Figures of a list of probabilities against what happened; all weighted, so that hold-outs can stand for the contacted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss

from pipeline.arrays import Floats
from pipeline.statistics.intervals import Z95

Ints = NDArray[np.int64]

SMALLEST = 1e-6


def figures(y: Floats, probability: Floats, weight: Floats, bins: int) -> dict[str, float]:
    """AUC, average precision, log loss, Brier score, debiased ECE, mean prediction, calibration slope, lift in the top tenth.

    Both classes are there. Log loss, Brier score and ECE take probabilities clipped to 1e-6 … 1 − 1e-6; AUC, average precision
    and lift only look at their order.
    """
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return {
        "auc": auc(y, places(probability), weight),
        "average_precision": float(average_precision_score(y, probability, sample_weight=weight)),
        "log_loss": float(np.average(losses(y, probability), weights=weight)),
        "brier": float(brier_score_loss(y, p, sample_weight=weight)),
        "ece": ece(y, p, weight, bins),
        "predicted": float(np.average(p, weights=weight)),
        "slope": slope(y, probability, weight),
        "lift_at_10": lift(y, probability, weight, 0.1),
    }


def reliability(y: Floats, probability: Floats, weight: Floats, bins: int) -> pd.DataFrame:
    """Equal-mass bins by probability: mean `predicted`, `observed` rate, `weight`, and `noise`.

    `noise` is the expected |observed − predicted| of a perfectly calibrated model (normal approximation: sd · √(2/π)).
    """
    order = np.argsort(probability, kind="stable")
    mass = np.cumsum(weight[order]) - weight[order] / 2
    bin_of = np.minimum((mass / weight.sum() * bins).astype(int), bins - 1)
    rows = []
    for number in np.unique(bin_of):
        chosen = order[bin_of == number]
        w, p = weight[chosen], probability[chosen]
        sd = np.sqrt(np.sum(w**2 * p * (1 - p))) / w.sum()
        rows.append((np.average(p, weights=w), np.average(y[chosen], weights=w), w.sum(), sd * np.sqrt(2 / np.pi)))
    return pd.DataFrame(rows, columns=["predicted", "observed", "weight", "noise"])


def ece(y: Floats, probability: Floats, weight: Floats, bins: int) -> float:
    """Expected calibration error over equal-mass bins, less what a perfect model would show at this sample size; at least 0."""
    curve = reliability(y, probability, weight, bins)
    share = curve["weight"] / curve["weight"].sum()
    return max(0.0, float((share * ((curve["observed"] - curve["predicted"]).abs() - curve["noise"])).sum()))


def lift(y: Floats, probability: Floats, weight: Floats, share: float) -> float:
    """Churn rate among the `share` of customers with the highest probability, over the churn rate of all.

    A customer across the bound counts in part, and customers of equal probability count alike.
    """
    contacted, found = _shares(y, probability, weight)
    return float(np.interp(share, contacted, found)) / share


def auc(y: Floats, place: Ints, weight: Floats) -> float:
    """Chance that one who left is ranked above one who stayed, ties counting half; nan where there is but one class.

    `place` numbers the probabilities from the lowest (`places`), so that other weights need no new sorting.
    """
    left, stayed = np.bincount(place, weight * y), np.bincount(place, weight * (1 - y))
    pairs = left.sum() * stayed.sum()
    # not np.dot, whose threads wait for each other where cores are busy
    return float(np.sum(left * (np.cumsum(stayed) - stayed / 2)) / pairs) if pairs else float("nan")


def auc_interval(customer: Ints, y: Floats, probability: Floats, weight: Floats, date: Ints) -> tuple[float, float]:
    """95 % interval of the mean of the dates' AUCs, weighted by their rows; nan where no date has both classes.

    Each row moves its date's AUC by how often it is ranked rightly less how often rows of its class are (DeLong, DeLong &
    Clarke-Pearson 1988); a customer moves it by all their rows. The interval is normal in log-odds. `customer` and `date` number
    the customers and the dates.
    """
    moved, value, share = np.zeros(customer.max(initial=0) + 1), 0.0, 0.0
    for number in range(date.max(initial=-1) + 1):
        rows = np.flatnonzero(date == number)
        of, w = auc(y[rows], places(probability[rows]), weight[rows]), weight[rows]
        if np.isnan(of):
            continue
        class_weight = np.where(y[rows] == 1, np.dot(w, y[rows]), np.dot(w, 1 - y[rows]))
        lead = _wins(y[rows], places(probability[rows]), w) - of
        moved += np.bincount(customer[rows], w.sum() * w / class_weight * lead, len(moved))
        value, share = value + w.sum() * of, share + w.sum()
    if not share:
        return float("nan"), float("nan")
    value, deviation = value / share, float(np.sqrt(np.sum(moved**2))) / share
    if not 0 < value < 1:
        return value, value
    odds, half = np.log(value / (1 - value)), Z95 * deviation / (value * (1 - value))
    return float(expit(odds - half)), float(expit(odds + half))


def _wins(y: Floats, place: Ints, weight: Floats) -> Floats:
    """For each row, the weighted share of the other class it is ranked rightly against; equal places count half."""
    left, stayed = np.bincount(place, weight * y), np.bincount(place, weight * (1 - y))
    against_stayed = (np.cumsum(stayed) - stayed / 2) / stayed.sum()
    against_left = 1 - (np.cumsum(left) - left / 2) / left.sum()
    return np.where(y == 1, against_stayed[place], against_left[place])


def places(probability: Floats) -> Ints:
    """Number of each probability among the different ones, from the lowest."""
    return np.asarray(np.unique(probability, return_inverse=True)[1], dtype=np.int64)


def losses(y: Floats, probability: Floats) -> Floats:
    """Log loss of each row, of probabilities clipped to 1e-6 … 1 − 1e-6."""
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return np.asarray(-np.where(y == 1, np.log(p), np.log1p(-p)))


def slope(y: Floats, probability: Floats, weight: Floats) -> float:
    """Slope of a logistic regression of the outcome on the log-odds predicted: 1 is right, below 1 the odds are too extreme.

    Cox (1958). nan where all probabilities are the same.
    """
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    odds = np.log(p / (1 - p))
    if np.ptp(odds) == 0:
        return float("nan")
    return float(LogisticRegression(C=np.inf).fit(odds[:, None], y, sample_weight=weight).coef_[0, 0])


def gain(y: Floats, probability: Floats, weight: Floats, points: int = 101) -> pd.DataFrame:
    """Share of all churners found (`found`) when the riskiest `contacted` share of customers is taken."""
    grid = np.linspace(0, 1, points)
    return pd.DataFrame({"contacted": grid, "found": np.interp(grid, *_shares(y, probability, weight))})


def _shares(y: Floats, probability: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Shares of customers and of churners from the riskiest down, one step per probability: row order is irrelevant."""
    group = np.unique(-probability, return_inverse=True)[1]
    steps = (np.bincount(group, weight), np.bincount(group, weight * y))
    contacted, found = (np.concatenate([[0.0], np.cumsum(step) / step.sum()]) for step in steps)
    return contacted, found
