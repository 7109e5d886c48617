"""The pictures of the page, each with a question as its title and the answer in numbers under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from pipeline.report import figures
from pipeline.report.earnings import earned
from pipeline.report.words import Words

CONTACTED = 0.2


@dataclass(frozen=True)
class Picture:
    """A picture, its title and the sentence under it."""

    title: str
    svg: Markup
    caption: str


def pictures(
    gain: pd.DataFrame, reliability: pd.DataFrame, scored: pd.DataFrame, churn_rate: float, words: Words
) -> tuple[Picture, ...]:
    """Gain on the latest test date, reliability at all of them, and the distribution of probability today."""
    latest = reliability[reliability["t"] == reliability["t"].max()]
    earlier = [curve for t, curve in reliability.groupby("t") if t != reliability["t"].max()]
    found, exact, spread = _found(gain, words), _exact(latest, len(earlier), words), _spread(scored, words)
    label = {
        name: words(f"pictures.{name}_label", said=said)
        for name, said in (("found", found), ("exact", exact), ("spread", spread))
    }
    return (
        Picture(words("pictures.found_title"), figures.gain_curve(gain, churn_rate, label["found"], words), found),
        Picture(words("pictures.exact_title"), figures.reliability_curve(latest, earlier, label["exact"], words), exact),
        Picture(words("pictures.spread_title"), figures.distribution(scored, label["spread"], words), spread),
    )


def profit_picture(curves: pd.DataFrame, profit: Mapping[str, Any], words: Words) -> tuple[Picture, ...]:
    """Profit by the share contacted, all test dates together; none where no value is expected."""
    if curves.empty:
        return ()
    said = earned(profit, words)
    best = profit["campaign"]["best_cut"]["expected_profit"]
    drawn = figures.profit_curves(curves, best, words("pictures.profit_label", said=said), words)
    return (Picture(words("pictures.profit_title"), drawn, f"{said} {words('worth.another')}"),)


def _found(gain: pd.DataFrame, words: Words) -> str:
    share = float(np.interp(CONTACTED, gain["contacted"], gain["found"]))
    return words("pictures.found", contacted=words.percent(CONTACTED), share=words.percent(share))


def _exact(latest: pd.DataFrame, earlier: int, words: Words) -> str:
    apart = (latest["observed"] - latest["predicted"]).abs()
    outside = int((apart > figures.chance(latest)).sum())
    said = words("pictures.exact", groups=len(latest), outside=outside)
    return f"{said} {words('pictures.exact_earlier', dates=words.counted(earlier, 'earlier'))}" if earlier else said


def _spread(scored: pd.DataFrame, words: Words) -> str:
    middle = words.decimal(float(scored["churn_probability"].median()), 2)
    return words("pictures.spread", customers=words.counted(len(scored), "scored"), middle=middle)
