"""The pictures of the page, each with a question as its title and the answer in numbers under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from pipeline.report import figures, words
from pipeline.report.earnings import earned

CONTACTED = 0.2


@dataclass(frozen=True)
class Picture:
    """A picture, its title and the sentence under it."""

    title: str
    svg: Markup
    caption: str


def pictures(gain: pd.DataFrame, reliability: pd.DataFrame, scored: pd.DataFrame, churn_rate: float) -> tuple[Picture, ...]:
    """Gain on the latest test date, reliability at all of them, and the distribution of probability today."""
    latest = reliability[reliability["t"] == reliability["t"].max()]
    earlier = [curve for t, curve in reliability.groupby("t") if t != reliability["t"].max()]
    found, exact, spread = _found(gain), _exact(latest, len(earlier)), _spread(scored)
    return (
        Picture("Does the list find those who leave?", figures.gain_curve(gain, churn_rate, f"Gain curve. {found}"), found),
        Picture(
            "Is a probability what it says?", figures.reliability_curve(latest, earlier, f"Reliability curve. {exact}"), exact
        ),
        Picture("How is risk spread today?", figures.distribution(scored, f"Histogram of probabilities. {spread}"), spread),
    )


def profit_picture(curves: pd.DataFrame, profit: Mapping[str, Any]) -> tuple[Picture, ...]:
    """Profit by the share contacted, all test dates together; none where no value is expected."""
    if curves.empty:
        return ()
    said = earned(profit)
    best = profit["campaign"]["best_cut"]["expected_profit"]
    return (Picture("How many are worth contacting?", figures.profit_curves(curves, best, f"Profit curves. {said}"), said),)


def _found(gain: pd.DataFrame) -> str:
    share = float(np.interp(CONTACTED, gain["contacted"], gain["found"]))
    return (
        f"The riskiest {words.percent(CONTACTED)} of the list contained {words.percent(share)} of all who left on the test date."
    )


def _exact(latest: pd.DataFrame, earlier: int) -> str:
    apart = (latest["observed"] - latest["predicted"]).abs()
    outside = int((apart > figures.chance(latest)).sum())
    others = f" Thin lines: {words.counted(earlier, 'earlier date', 'earlier dates')}." if earlier else ""
    return (
        f"Each dot is one of {len(latest)} groups of equal size. Exact probabilities would stay within the grey band 95 "
        f"times in 100; {outside} of {len(latest)} lie outside it.{others}"
    )


def _spread(scored: pd.DataFrame) -> str:
    middle = words.decimal(float(scored["churn_probability"].median()), 2)
    return f"Half of the {words.counted(len(scored), 'scored customer', 'scored customers')} have a probability above {middle}."
