"""How many must be held out to see an effect, which effect is seen with how many, and whether arms have the sizes drawn for.

Churn in two arms is compared by the two-sided test of two proportions; the sample size is that of Fleiss, Tytun & Ury (1980,
Biometrics 36, 343–346) without correction for continuity, for equal arms the formula of R's `power.prop.test`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import chi2

from pipeline.arrays import Floats
from pipeline.config.allocation_section import Detectable

SMALL = 10  # variance of a count below which its distribution is taken as it is
TIE = 1e-9  # likelihoods that differ by less are the same
SUSPECT = 0.001  # below this p-value arms were not assigned as drawn (Fabijan et al. 2019 use bounds of this size)


def power(first_rate: float, second_rate: float, first: float, second: float, alpha: float) -> float:
    """The chance that arms of `first` and `second` customers show that their rates differ, at the two-sided level `alpha`."""
    pooled = (first * first_rate + second * second_rate) / (first + second)
    under_none = np.sqrt(pooled * (1 - pooled) * (1 / first + 1 / second))
    under_some = np.sqrt(first_rate * (1 - first_rate) / first + second_rate * (1 - second_rate) / second)
    difference = abs(first_rate - second_rate)
    if under_some == 0:
        return float(difference > 0)
    return float(ndtr((difference - ndtri(1 - alpha / 2) * under_none) / under_some))


def needed(first_rate: float, second_rate: float, first_share: float, asked: Detectable) -> float:
    """Customers in both arms together, of whom `first_share` are in the first, to tell two rates apart; infinite if equal.

    n = [z_{1−α/2} √(p̄(1−p̄)(1/s + 1/(1−s))) + z_{power} √(p₁(1−p₁)/s + p₂(1−p₂)/(1−s))]² / (p₁ − p₂)², not rounded.
    """
    if first_rate == second_rate or not 0 < first_share < 1:
        return float("inf")
    second_share = 1 - first_share
    pooled = first_share * first_rate + second_share * second_rate
    under_none = np.sqrt(pooled * (1 - pooled) * (1 / first_share + 1 / second_share))
    under_some = np.sqrt(first_rate * (1 - first_rate) / first_share + second_rate * (1 - second_rate) / second_share)
    spread = ndtri(1 - asked.alpha / 2) * under_none + ndtri(asked.power) * under_some
    return float((spread / (first_rate - second_rate)) ** 2)


def detectable(rate: float, first: float, second: float, asked: Detectable) -> float | None:
    """By how much churn of the second arm must be below `rate`, that of the first, to be seen; None: no fall is enough."""
    if min(first, second) <= 0 or rate <= 0 or power(rate, 0.0, first, second, asked.alpha) < asked.power:
        return None

    def lacking(effect: float) -> float:
        return power(rate, rate - effect, first, second, asked.alpha) - asked.power

    return float(brentq(lacking, 1e-12, rate, xtol=1e-12))


class Readout(NamedTuple):
    """What a comparison can show: sizes, expected churn of the arm without, the effect and its power, what is needed.

    `needed` is the size of both arms together that would show `effect` with the power asked for, None where none would;
    `detectable` the effect that these sizes show with it, None where even no churn at all would not.
    """

    comparison: str
    without: int
    treated: int
    rate: float
    effect: float
    power: float | None
    needed: int | None
    detectable: float | None


def readout(comparison: str, rate: float, without: int, treated: int, share: float, asked: Detectable) -> Readout:
    """What arms of these sizes can show; `share` is that of the arm without, as drawn, `rate` its expected churn."""
    effect = min(asked.effect, rate)
    size = needed(rate, rate - effect, share, asked)
    found = power(rate, rate - effect, without, treated, asked.alpha) if without and treated else None
    enough = int(np.ceil(size)) if np.isfinite(size) else None
    return Readout(comparison, without, treated, rate, effect, found, enough, detectable(rate, without, treated, asked))


def readouts(listed: pd.DataFrame, holdout_share: float, asked: Detectable) -> list[Readout]:
    """Contact against hold-out per list, and offer against offer where one was drawn; needs `churn_probability` beside the arms.

    Offers are compared among those contacted; `effect` is there the difference between two offers.
    """
    found = []
    for name, rows in listed.groupby("list"):
        held, contacted = (int((rows["arm"] == arm).sum()) for arm in ("holdout", "contact"))
        rate = float(rows["churn_probability"].mean())
        found.append(readout(f"{name}: holdout, contact", rate, held, contacted, holdout_share, asked))
    tested = listed[(listed["offer_probability"] < 1) & (listed["arm"] == "contact")]
    for name, rows in tested.groupby("intended_offer"):
        meant = rows["offer"] == name
        share = float(np.where(meant, rows["offer_probability"], 1 - rows["offer_probability"]).mean())
        others = ", ".join(sorted(rows.loc[~meant, "offer"].unique())) or "the other"
        rate = float(rows["churn_probability"].mean())
        found.append(readout(f"{name}, {others}", rate, int(meant.sum()), int((~meant).sum()), share, asked))
    return found


def ratio_check(listed: pd.DataFrame, strata: list[str]) -> pd.DataFrame:
    """Sample-ratio check per stratum and in all: contacted and those expected by their probabilities, χ² of one degree, p-value.

    χ² = (observed − Σp)² / Σp(1−p), which is Pearson's where all probabilities are one; a stratum in which nothing was drawn has
    none. Where the variance Σp(1−p) is below SMALL the p-value is exact, as χ² calls a handful suspect too often. `suspect` where
    it is below SUSPECT.
    """
    rows = listed.assign(contacted=(listed["arm"] == "contact").astype(np.float64), variance=_variance(listed), all="all")
    columns = {"contacted": "sum", "assignment_probability": "sum", "variance": "sum", "arm": "size"}
    parts = [rows.groupby(by, dropna=False).agg(columns).reset_index(names="stratum") for by in ("all",)]
    parts += [rows.groupby(by).agg(columns).reset_index(names="stratum").assign(by=by) for by in strata]
    out = pd.concat([part.assign(by=part.get("by", "all")) for part in parts], ignore_index=True)
    out = out.rename(columns={"arm": "customers", "assignment_probability": "expected"})
    drawn = out["variance"] > 0
    out["chi_square"] = ((out["contacted"] - out["expected"]) ** 2 / out["variance"].where(drawn)).astype(np.float64)
    out["p_value"] = chi2.sf(out["chi_square"], 1)
    for place in out.index[drawn & (out["variance"] < SMALL)]:
        by, stratum = out.loc[place, ["by", "stratum"]]
        chances = rows.loc[rows[by] == stratum, "assignment_probability"].to_numpy(np.float64)
        out.loc[place, "p_value"] = exact(chances, int(out.loc[place, "contacted"]))
    out["suspect"] = out["p_value"] < SUSPECT
    return out[["by", "stratum", "customers", "contacted", "expected", "chi_square", "p_value", "suspect"]]


def exact(chances: Floats, contacted: int) -> float:
    """How likely a count of contacted is that is no likelier than this one, if each is drawn by their own chance (two-sided)."""
    likely = np.ones(1)
    for chance in chances[(chances > 0) & (chances < 1)]:
        likely = np.convolve(likely, [1 - chance, chance])
    seen = contacted - int((chances >= 1).sum())
    if not 0 <= seen < len(likely):
        return 0.0
    return float(min(likely[likely <= likely[seen] * (1 + TIE)].sum(), 1.0))


def _variance(listed: pd.DataFrame) -> pd.Series:
    return listed["assignment_probability"] * (1 - listed["assignment_probability"])
