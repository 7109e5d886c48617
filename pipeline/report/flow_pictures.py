"""Pictures of retention: over time, by cohort, NPS, concentration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from pipeline.report.figures import ACCENT, INK, LINE, MUTED, RISK, as_svg, drawing, shares
from pipeline.report.words import Words

MOST_COHORTS = 24
MOST_BARS = 12
PARTS = (("nps_detractors", RISK["high"]), ("nps_passives", LINE), ("nps_promoters", ACCENT))


def retention_curve(periods: Sequence[Mapping[str, Any]], label: str, words: Words) -> Markup:
    """Retention rate of each period with its interval; hollow where the period is partial or truncated."""
    with drawing("retention") as figure:
        axes = figure.subplots()
        place = np.arange(len(periods))
        rate = np.array([p["figures"]["retention_rate"] for p in periods])
        low, high = (np.array([p["intervals"]["retention_rate"][end] for p in periods]) for end in (0, 1))
        sound = np.array([not (p["partial"] or p["truncated"]) for p in periods])
        axes.fill_between(place, low, high, color=ACCENT, alpha=0.15, linewidth=0)
        axes.plot(place, rate, color=ACCENT, linewidth=1.2, alpha=0.55)
        axes.scatter(place[sound], rate[sound], s=20, color=ACCENT, zorder=3)
        axes.scatter(place[~sound], rate[~sound], s=20, facecolor="white", edgecolor=MUTED, linewidth=1, zorder=3)
        axes.yaxis.set_major_formatter(lambda value, _: f"{words.tick(round(100 * value, 6))} %")
        axes.set_ylim(max(0.0, float(low.min()) - 0.02), min(1.003, float(high.max()) + 0.02))
        _labelled(axes, [str(p["period"]) for p in periods])
        axes.set_ylabel(words("charts.active"))
        return as_svg(figure, "retention", label)


def cohort_map(rows: Sequence[Mapping[str, Any]], label: str, words: Words) -> Markup:
    """Share of a cohort active in each month of its life after the first, darker is more."""
    shown = list(rows)[-MOST_COHORTS:]
    longest = max(len(row["active"]) for row in shown)
    share = np.full((len(shown), longest - 1), np.nan)
    for number, row in enumerate(shown):
        for age, active in enumerate(row["active"][1:]):
            share[number, age] = active / row["customers"]
    with drawing("cohorts") as figure:
        axes = figure.subplots()
        mesh = axes.pcolormesh(np.ma.masked_invalid(share), cmap="Blues", vmin=0, vmax=float(np.nanmax(share)) or 1.0)
        mesh.set_edgecolor("white")
        mesh.set_linewidth(0.4)
        axes.invert_yaxis()
        axes.grid(visible=False)
        step = max(1, len(shown) // 6)
        axes.set_yticks(np.arange(0, len(shown), step) + 0.5, [str(row["cohort"]) for row in shown[::step]])
        axes.set_xticks(np.arange(0, longest - 1, max(1, longest // 6)) + 0.5)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value + 0.5:.0f}")
        axes.set_xlabel(words("charts.months"))
        bar = figure.colorbar(mesh, ax=axes, format=lambda value, _: f"{100 * value:.0f} %")
        bar.outline.set_visible(False)  # type: ignore[operator]
        return as_svg(figure, "cohorts", label)


def nps_bars(periods: Sequence[Mapping[str, Any]], label: str, words: Words) -> Markup:
    """Detractors, passives and promoters of each period, and the score above them."""
    shown = list(periods)[-MOST_BARS:]
    with drawing("nps") as figure:
        axes = figure.subplots()
        place, below = np.arange(len(shown)), np.zeros(len(shown))
        for name, colour in PARTS:
            height = np.array([p["figures"][name] for p in shown])
            axes.bar(place, height, 0.8, bottom=below, color=colour, linewidth=0, label=words(f"charts.{name}"))
            below += height
        for number, p in enumerate(shown):
            axes.annotate(f"{p['figures']['nps']:.0f}", (number, 1.02), ha="center", color=INK, size=8.5)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        axes.set_ylim(0, 1.1)
        axes.grid(visible=False, axis="x")
        _labelled(axes, [str(p["period"]) for p in shown])
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3, frameon=False, labelcolor=MUTED)
        return as_svg(figure, "nps", label)


def concentration_curve(curve: Sequence[Mapping[str, Any]], label: str, words: Words) -> Markup:
    """Share of revenue of the best customers, against equal ones."""
    with drawing("concentration") as figure:
        axes = figure.subplots()
        shares(axes, x=words("charts.best_first"), y=words("charts.revenue"))
        best, share = [0.0, *(p["percent"] / 100 for p in curve)], [0.0, *(p["share"] for p in curve)]
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
        axes.fill_between(best, best, share, color=ACCENT, alpha=0.10, linewidth=0)
        axes.plot(best, share, color=ACCENT, linewidth=2.2, clip_on=False)
        axes.annotate(words("charts.alike"), (0.72, 0.72), (7, -13), textcoords="offset points", color=MUTED)
        return as_svg(figure, "concentration", label)


def _labelled(axes: Any, names: Sequence[str]) -> None:
    step = max(1, -(-len(names) // 4))
    axes.set_xticks(np.arange(0, len(names), step), list(names)[::step])
