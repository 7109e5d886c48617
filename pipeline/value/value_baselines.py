"""What people would use for a customer's value instead: last year's spend, own rate shrunk to everybody's, Gamma-Gamma.

Money here is margin in the currency; predictions are for customers who stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, gammaln, hyp2f1

from pipeline.arrays import Floats
from pipeline.errors import DataUnfitError
from pipeline.model.baselines import bg_nbd_fit, bg_nbd_no_purchase
from pipeline.model.purchase_history import COUNTED, columns_of, history_of_features

YEAR_DAYS = 365
STARTS = ((1.0, 1.5), (0.0, 1.0), (2.0, 0.5))


def last_year(spent: Floats, days: float) -> Floats:
    """Margin of the last 365 days, scaled to `days`; who has only returns is worth 0."""
    return np.maximum(spent, 0.0) * days / YEAR_DAYS


SPENDING = re.compile(r"purchases_(margin|amount)_sum_(\d+)d")


def own_spending(frame: pd.DataFrame, margin_share: float) -> tuple[Floats, Floats]:
    """Margin that each customer brought in the longest window there is a feature of, less returns, and the days they had for it.

    Amounts count at `margin_share` where there is no margin. Rows without such features have 0 of both: no evidence of their own.
    """
    longest = _longest(frame)
    if longest is None or "purchases_tenure_days" not in frame:
        return np.zeros(len(frame)), np.zeros(len(frame))
    margin, days = longest
    spent = _known(frame, f"purchases_{'margin' if margin else 'amount'}_sum_{days}d") * (1.0 if margin else margin_share)
    if f"returns_amount_sum_{days}d" in frame:
        spent += _known(frame, f"returns_amount_sum_{days}d") * margin_share
    return np.maximum(spent, 0.0), np.clip(_known(frame, "purchases_tenure_days"), 1, days)


def last_spending(frame: pd.DataFrame, margin_share: float | None, days: float) -> Floats:
    """Margin of the longest window there is a feature of, less returns, scaled to `days`: with the default windows `last_year`.

    NaN without such a feature, and where it is an amount and none of it is known to be margin.
    """
    longest = _longest(frame)
    if longest is None or not (longest[0] or margin_share):
        return np.full(len(frame), np.nan)
    share = margin_share or 0.0
    spent, _ = own_spending(frame.assign(purchases_tenure_days=longest[1]), share)
    return np.asarray(spent * days / longest[1], dtype=np.float64)


def _longest(frame: pd.DataFrame) -> tuple[bool, int] | None:
    """Whether it is margin, and the days, of the longest window that spending is known of; margin goes before amounts."""
    found = [(kind == "margin", int(days)) for column in frame for kind, days in SPENDING.findall(str(column))]
    return max(found, default=None)


def _known(frame: pd.DataFrame, column: str) -> Floats:
    return np.nan_to_num(frame[column].to_numpy(np.float64))


def shrunken_fit(spent: Floats, exposure: Floats, value: Floats, weight: Floats, days: float) -> dict[str, float]:
    """The prior that foretells values best from own spending (least Tweedie deviance of power 1.5), as `shrunken` reads it."""
    mean = float(np.average(value, weights=weight))

    def loss(logs: Floats) -> float:
        root = np.sqrt(shrunken(_prior(logs, mean), spent, exposure, days))
        return float(np.average(value / root + root, weights=weight)) / np.sqrt(mean)

    fit = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 3000, "xatol": 1e-5, "fatol": 1e-9})
    return _prior(fit.x, mean)


def _prior(logs: Floats, mean: float) -> dict[str, float]:
    money, periods, scale = np.exp(np.clip(logs, -12, 12))
    return {"money": float(money * mean), "periods": float(periods), "scale": float(scale)}


def shrunken(prior: Mapping[str, float], spent: Floats, exposure: Floats, days: float) -> Floats:
    """Own rate shrunk to everybody's, as a margin per `days`: scale · (money + spent) / (periods + exposure / days); above 0.

    It is the posterior mean of a gamma prior of `periods` horizons in which `money` was earned, times the `scale` of who stays.
    """
    return np.asarray(prior["scale"] * (prior["money"] + spent) / (prior["periods"] + exposure / days))


def gamma_gamma_fit(purchases: Floats, mean: Floats) -> dict[str, float]:
    """Maximum likelihood of Gamma-Gamma (Fader & Hardie 2013, eq. 1a): number of purchases, and their mean money.

    Customers without purchases or with a mean not above 0 tell nothing and are left out; raises DataUnfitError when none is left.
    Returns p, q and gamma.
    """
    used = (purchases > 0) & (mean > 0)
    if not used.any():
        raise DataUnfitError(f"none of {len(mean):,} customers has a purchase that earned anything; there is no value to predict")
    x, z = purchases[used], mean[used] / mean[used].mean()
    log_x, log_z = np.log(x), np.log(z)
    repeated, of = np.unique(x, return_inverse=True)  # what depends on the number of purchases alone is computed once for each

    def loss(logs: Floats) -> float:
        p, q, v = np.exp(np.clip(logs, -12, 12))
        constant = (gammaln(p * repeated + q) - gammaln(p * repeated) - gammaln(q))[of]
        return -float(np.mean(constant + q * np.log(v) + (p * x - 1) * log_z + p * x * log_x - (p * x + q) * np.log(v + x * z)))

    fits = [
        minimize(loss, (*start, 0.0), method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-10})
        for start in STARTS
    ]
    p, q, v = np.exp(np.clip(min(fits, key=lambda fit: float(fit.fun)).x, -12, 12))
    return {"p": float(p), "q": float(q), "gamma": float(v * mean[used].mean())}


def gamma_gamma_mean(parameters: Mapping[str, float], purchases: Floats, mean: Floats) -> Floats:
    """Expected money of a customer's next purchase (eq. 5): own mean and everybody's, the more purchases the more of the own."""
    p, q, gamma = (parameters[name] for name in ("p", "q", "gamma"))
    return np.asarray((gamma + purchases * np.maximum(mean, 0.0)) * p / (p * purchases + max(q, 1.001) - 1))


def bg_nbd_purchases(parameters: Mapping[str, float], repeats: Floats, last: Floats, age: Floats, days: float) -> Floats:
    """Expected purchase days in (T, T + days] (Fader, Hardie & Lee 2005, eq. 10); arguments as of `bg_nbd_no_purchase`.

    The hypergeometric function is taken after Euler's transformation, which keeps it finite for customers of many purchases.
    Where parameters at their bounds make it infinite nevertheless, nobody drops out: the gamma-Poisson rate, times being alive.
    """
    if not days:
        return np.zeros(len(repeats))
    r, alpha, a, b = (parameters[name] for name in ("r", "alpha", "a", "b"))
    a += 1e-6 if abs(a - 1) < 1e-6 else 0  # removable singularity
    gone_by = days / (alpha + age + days)
    with np.errstate(invalid="ignore", over="ignore"):
        series = (1 - gone_by) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + repeats - 1, gone_by)
    log_odds = np.log(a / (b + np.maximum(repeats, 1) - 1)) + (r + repeats) * np.log((alpha + age) / (alpha + last))
    alive = np.where(repeats > 0, expit(-log_odds), 1.0)
    steady = (r + repeats) / (alpha + age) * days
    return np.where(np.isfinite(series), (a + b + repeats - 1) / (a - 1) * (1 - series), steady) * alive


def purchases_of_who_stays(
    parameters: Mapping[str, float], repeats: Floats, last: Floats, age: Floats, *, churn_days: float, days: float
) -> Floats:
    """Expected purchase days in (T, T + days] given at least one in (T, T + churn_days]; `days` ≥ `churn_days`. At least 1."""
    nothing = bg_nbd_no_purchase(parameters, repeats, last, age, churn_days)
    later = bg_nbd_purchases(parameters, repeats, last, age + churn_days, days - churn_days)
    whole = bg_nbd_purchases(parameters, repeats, last, age, days)
    return np.maximum((whole - nothing * later) / np.maximum(1 - nothing, 1e-12), 1.0)


def bought_fit(history: pd.DataFrame) -> dict[str, float]:
    """BG/NBD and Gamma-Gamma together, of the rows of a history: r, alpha, a, b, p, q and gamma, as `bought` reads them.

    `history` has a row a customer who bought: `repeats`, `last` and `age` as BG/NBD reads them, and `mean`, the margin of a
    purchase day. Raises DataUnfitError when no purchase earned anything.
    """
    repeats, last, age = columns_of(history)
    return bg_nbd_fit(repeats, last, age) | gamma_gamma_fit(repeats + 1, history["mean"].to_numpy(np.float64))


def bought(parameters: Mapping[str, float], history: pd.DataFrame, *, churn_days: float, days: float) -> Floats:
    """Margin in the next `days` of each customer of a history who stays: purchase days of BG/NBD times money of Gamma-Gamma.

    Who stays buys within `churn_days`, or within `days` if those are fewer. A missing history (NaN) is that of a new customer.
    """
    repeats, last, age = map(np.nan_to_num, columns_of(history))
    mean = np.nan_to_num(history["mean"].to_numpy(np.float64))
    days_bought = np.where(history["mean"].isna(), 0.0, repeats + 1)
    purchases = purchases_of_who_stays(parameters, repeats, last, age, churn_days=min(churn_days, days), days=days)
    return purchases * gamma_gamma_mean(parameters, days_bought, mean)


def history_of(frame: pd.DataFrame, margin_share: float) -> pd.DataFrame | None:
    """The history of purchases that feature rows tell of, amounts at `margin_share`; None where a feature of it is left out."""
    reads = COUNTED["purchase"]
    if not {*reads, "purchases_amount_sum_all"} <= set(frame):
        return None
    history = history_of_features(frame, reads)
    return history.assign(mean=_known(frame, "purchases_amount_sum_all") * margin_share / (history["repeats"] + 1))
