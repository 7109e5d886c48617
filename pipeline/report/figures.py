"""Pictures as inline SVG: no clock, no random ids, no state left in matplotlib, so the same numbers give the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from pipeline.report.words import Words
from pipeline.statistics.intervals import Z95

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, LINE, ACCENT = "#14263a", "#566678", "#dfe5ec", "#1f5f8b"
RISK = {"critical": "#8e1b3a", "high": "#c84e1f", "medium": "#e9b44c", "low": "#8fb0c4"}
NOTHING_BUT_THE_PICTURE = {"Creator": None, "Date": None, "Format": None, "Type": None}
BAR_WIDTH = 0.05
FIFTHS = [0, 0.2, 0.4, 0.6, 0.8, 1]
# matplotlib reads text sizes from DejaVu Sans, which it brings along; the page's own font is drawn in its place.
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "xtick.major.pad": 5,
    "ytick.major.size": 0,
}


@contextmanager
def drawing(name: str) -> Iterator[Figure]:
    """An empty figure under this page's style, whatever the user's own is; theirs is back afterwards."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE | {"svg.hashsalt": name})
        yield Figure(figsize=(4.1, 3.1), layout="constrained")


def as_svg(figure: Figure, name: str, label: str) -> Markup:
    """The figure as an SVG element that scales, is read aloud as `label`, and shares no id with others on the page."""
    written = io.StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata=NOTHING_BUT_THE_PICTURE)
    text = written.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1), count=1)
    text = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", text)
    return Markup(text.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1))  # noqa: S704 (matplotlib's own)


def shares(axes: Axes, *, x: str, y: str) -> None:
    """Both axes from 0 to 100 %."""
    for axis, name in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_ticks(FIFTHS)
        axis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        axis.set_label_text(name)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_ticks(FIFTHS[1:])  # the corner says 0 once


def gain_curve(gain: pd.DataFrame, churn_rate: float, label: str, words: Words) -> Markup:
    """Share of churners found by contacting the riskiest, between a list in random order and one that knows the future."""
    with drawing("gain") as figure:
        axes = figure.subplots()
        shares(axes, x=words("charts.contacted"), y=words("charts.found"))
        axes.plot([0, churn_rate, 1], [0, 1, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
        axes.fill_between(gain["contacted"], gain["contacted"], gain["found"], color=ACCENT, alpha=0.10, linewidth=0)
        axes.plot(gain["contacted"], gain["found"], color=ACCENT, linewidth=2.2, clip_on=False)
        axes.annotate(words("charts.perfect"), (churn_rate, 1), (-4, -11), textcoords="offset points", ha="right", color=MUTED)
        axes.annotate(words("charts.random"), (0.72, 0.72), (7, -13), textcoords="offset points", color=MUTED)
        axes.annotate(
            words("charts.this"),
            (0.6, float(np.interp(0.6, gain["contacted"], gain["found"]))),
            (4, -17),
            textcoords="offset points",
            color=ACCENT,
            weight="bold",
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.6},  # a longer word may reach the diagonal
        )
        return as_svg(figure, "gain", label)


def chance(reliability: pd.DataFrame) -> pd.Series:
    """How far 95 % of the groups of an exact model would lie from the diagonal at most; `noise` is their mean distance."""
    return reliability["noise"] * np.sqrt(np.pi / 2) * Z95


def reliability_curve(reliability: pd.DataFrame, earlier: Iterable[pd.DataFrame], label: str, words: Words) -> Markup:
    """Churn observed against churn predicted in groups of equal size, with what chance alone would do to an exact model.

    Curves of `earlier` dates are thin lines behind.
    """
    with drawing("reliability") as figure:
        axes = figure.subplots()
        shares(axes, x=words("charts.predicted"), y=words("charts.really"))
        predicted, by_chance = reliability["predicted"], chance(reliability)
        axes.fill_between(
            predicted,
            (predicted - by_chance).clip(0, 1),
            (predicted + by_chance).clip(0, 1),
            color=MUTED,
            alpha=0.22,
            linewidth=0,
        )
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        for curve in earlier:
            axes.plot(curve["predicted"], curve["observed"], color=ACCENT, linewidth=0.8, alpha=0.4)
        axes.plot(predicted, reliability["observed"], color=ACCENT, linewidth=1.4, alpha=0.75)
        axes.scatter(predicted, reliability["observed"], s=24, color=ACCENT, edgecolor="white", linewidth=0.8, zorder=3)
        axes.annotate(words("charts.more_left"), (0.04, 0.95), color=MUTED)
        axes.annotate(words("charts.fewer_left"), (0.96, 0.05), color=MUTED, ha="right")
        return as_svg(figure, "reliability", label)


def distribution(scored: pd.DataFrame, label: str, words: Words) -> Markup:
    """How many customers have which probability today, in the colours of their risk segments."""
    edges = np.linspace(0, 1, round(1 / BAR_WIDTH) + 1)
    with drawing("distribution") as figure:
        axes = figure.subplots()
        below = np.zeros(len(edges) - 1)
        for name in reversed(RISK):
            probability = scored.loc[scored["risk_segment"] == name, "churn_probability"]
            height = np.histogram(probability, edges)[0]
            axes.bar(edges[:-1], height, BAR_WIDTH * 0.88, bottom=below, align="edge", color=RISK[name], linewidth=0)
            below += height
        axes.xaxis.set_ticks(FIFTHS)
        axes.xaxis.set_major_formatter(words.tick)
        axes.yaxis.set_major_formatter(words.tick)
        axes.set_xlim(0, 1)
        axes.set_xlabel(words("charts.probability"))
        axes.set_ylabel(words("charts.customers"))
        axes.grid(visible=False, axis="x")
        return as_svg(figure, "distribution", label)


def profit_curves(curves: pd.DataFrame, best: Mapping[str, float], label: str, words: Words) -> Markup:
    """Profit per customer at risk by the share contacted, for a list by expected profit and one by probability; the best cut."""
    with drawing("profit") as figure:
        axes = figure.subplots()
        axes.axhline(0, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.axvspan(best["share_low"], best["share_high"], color=MUTED, alpha=0.22, linewidth=0)
        axes.plot(
            curves["contacted"], curves["churn_probability"], color=MUTED, linewidth=1.4, label=words("charts.by_probability")
        )
        axes.plot(curves["contacted"], curves["expected_profit"], color=ACCENT, linewidth=2.2, label=words("charts.by_profit"))
        axes.scatter([best["share"]], [best["profit"]], s=24, color=ACCENT, edgecolor="white", linewidth=0.8, zorder=3)
        axes.xaxis.set_ticks(FIFTHS)
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        axes.set_xlim(0, 1)
        axes.yaxis.set_major_formatter(words.tick)
        axes.set_xlabel(words("charts.contacted_best"))
        axes.set_ylabel(words("charts.profit_each"))
        axes.legend(frameon=False, loc="lower left")
        return as_svg(figure, "profit", label)
