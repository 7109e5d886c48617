"""The picture of the fit: how risky the customers at risk looked to the model at every snapshot, and what is usual today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from markupsafe import Markup

from pipeline.arrays import Floats
from pipeline.monitor.summaries import MEAN
from pipeline.report.figures import ACCENT, INK, MUTED, RISK, as_svg, drawing
from pipeline.report.pictures import Picture
from pipeline.report.words import Words

TICKS = 4


def fit_pictures(drift: Mapping[str, Any], words: Words) -> Iterator[Picture]:
    """Riskiness over time beside what the past explains today; nothing where there are no scores, or too short a past."""
    found = [one for one in drift["findings"] if one["check"].startswith("score") and one["what"] == MEAN]
    means = drift["history"]["score_mean"]
    if not found or means is None:
        return
    of = found[0]  # of the two, that since the snapshot before and that since training, the more telling
    risky = 100 * np.exp(np.array(means) - of["usual"])
    low, high = (float(100 * np.exp(of[end] - of["usual"])) for end in ("low", "high"))
    figures = {name: words.number(value) for name, value in (("today", risky[-1]), ("low", low), ("high", high))}
    said = words("fit.picture_outside" if of["alarm"] else "fit.picture_inside", **figures)
    days = [date.fromisoformat(day) for day in drift["history"]["snapshots"]]
    drawn = riskiness(days, risky, (low, high), words("fit.picture_label", said=said), words, outside=of["alarm"])
    yield Picture(words("fit.picture_title"), drawn, said)


def riskiness(
    days: Sequence[date], risky: Floats, explained: tuple[float, float], label: str, words: Words, *, outside: bool
) -> Markup:
    """A line by snapshot, 100 is what was to be expected today; at today a grey bar from one end of it to the other."""
    with drawing("fit") as figure:
        axes = figure.subplots()
        axes.use_sticky_edges = False  # else the bar would end where the axis does
        place = np.array([day.toordinal() for day in days])
        width = max(float(place[-1] - place[0]) / 30, 1.0)
        axes.bar(place[-1:], explained[1] - explained[0], width, bottom=explained[0], color=MUTED, alpha=0.3, linewidth=0)
        axes.plot([place[-1] - width / 2, place[-1] + width / 2], [100, 100], color=INK, linewidth=1)
        axes.plot(place, risky, color=ACCENT, linewidth=1.4, alpha=0.75)
        axes.scatter(place[:-1], risky[:-1], s=14, color=ACCENT, zorder=3)
        today = RISK["critical"] if outside else ACCENT
        axes.scatter(place[-1:], risky[-1:], s=42, color=today, edgecolor="white", linewidth=0.8, zorder=4)
        step = max(1, -(-len(days) // TICKS))
        axes.set_xticks(place[::-1][::step][::-1], [day.isoformat()[:7] for day in days[::-1][::step][::-1]])
        axes.yaxis.set_major_formatter(words.tick)
        axes.set_ylabel(words("charts.riskiness"))
        axes.grid(visible=False, axis="x")
        return as_svg(figure, "fit", label)
