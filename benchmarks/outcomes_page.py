"""How often the intervals of outcomes held the truth -> a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest
from scipy.stats import t as student

from pipeline.markdown import table

Rows = Sequence[Mapping[str, Any]]
CHANCE, ALL, LIVED = "chance", "chance_of_all", "lived"
TRUTHS = {
    CHANCE: "mean difference of the chances of those contacted",
    ALL: "the same of everybody drawn",
    LIVED: "what those contacted did, less what they did without",
}
MEASURES = (("churn", CHANCE), ("churn", ALL), ("churn", LIVED), ("margin", LIVED), ("profit", LIVED))
HOW = {
    "apart": "Deliveries three months apart, so that every draw is a new one",
    "monthly": "Monthly deliveries: arms hold for three months, and each draw counts once",
}


RHYTHM = {"apart": "three months apart", "monthly": "a month apart"}
INTRODUCTION = """Written by `make bench-outcomes`: {deliveries}. The companies are
simulated, of 1,000 to 2,000 customers, with hold-outs of 10, 20 and 50 %, half of them with the demo's playbook and
half with the three offers that the company itself knows. The lists are the pipeline's own, but for the score, which is
the true chance with noise: a read-out must be right whatever the score. The company goes on with the contacts made, its
exports are read in, and each delivery is read back as the stage `outcomes` does.

**The truth** is known twice. *By chance*: the mean difference between every contacted customer's chance to leave with
the offer and without. *As lived*: what those contacted did less what they did in another life with the same luck
and no contact. For money only the second is exact. `margin` is that of those contacted less what it would have been,
`profit` the same less what contacting cost. A share is rejected where a two-sided binomial test at 95 % says that it
is not 95 %. `off` is the mean distance of the figure from the truth in standard errors, which is 0 without bias;
of amounts it lies above, as an arm that happens to lack the large orders has a small standard error as well.
Deliveries of one company share what is left to chance, so their shares vary a little more than the test allows for:
the interval "by company" takes companies, and not deliveries, as what was drawn."""
SMALL = """A tenth of what a monthly delivery of such a company draws is a few dozen customers. Such an arm often lacks the large
orders, and no formula knows of orders that are not there: there the intervals are widest, and the first to hold the truth too
rarely. A larger hold-out or fewer deliveries are what helps."""
PARTS = """Parts of one delivery share what is left to chance, so their shares vary more than the test allows for. Money
is told where each arm has at least 20 customers, as few skewed amounts rarely contain the large order that matters; its
intervals are moved by the skewness of amounts ([why](decisions/0025-outcomes.md))."""
FORECAST = """Churn of those who were left alone, by this delivery and by later ones in its window, beside the mean chance of
leaving untreated of all whom they stand for. The difference is in points, the mean of the companies' means, with an
interval over companies. `stood for` is the sum of weights by the number of those whom they stand for, 1 where the
chances of the draws are right."""


def page(found: Mapping[str, Rows]) -> str:
    """Coverage of whole deliveries, and of their parts, for each rhythm that was tried."""
    many = [
        f"{len(list(_parts(rows, 'whole'))):,} deliveries {RHYTHM[how]} of {len(rows)} companies" for how, rows in found.items()
    ]
    parts = ["# Do the intervals hold the truth?", INTRODUCTION.format(deliveries=" and ".join(many))]
    parts += [_verdict(rows, how) for how, rows in found.items() if rows]
    for how, rows in found.items():
        if rows:
            parts += [f"## {HOW[how]}", _table(rows, "whole", MEASURES)]
    parts += ["## Money by the share held out", SMALL, _by_share(found)]
    parts += ["## The forecast", FORECAST, _forecasts(found)]
    parts += ["## Parts of a delivery", PARTS]
    parts += [
        f"{part.capitalize()}s, deliveries {RHYTHM[how]}:\n\n{_table(rows, part, MEASURES[:1] + MEASURES[3:])}"
        for part in ("list", "segment", "offer")
        for how, rows in found.items()
        if rows
    ]
    return "\n\n".join(parts) + "\n"


def _by_share(found: Mapping[str, Rows]) -> str:
    lines = []
    for how, rows in found.items():
        for share in sorted({company["holdout_share"] for company in rows}):
            of = [company for company in rows if company["holdout_share"] == share]
            held, many, _ = _counted(of, "whole", "margin", LIVED)
            sizes = [part["held_out"] for part in _parts(of, "whole") if "margin" in part]
            lines.append((RHYTHM[how], f"{share:.0%}", f"{np.median(sizes):.0f}", f"{many:,}", f"{held / many:.1%}"))
    return table("deliveries|held out|customers of it (median)|intervals of the margin|held the truth", lines)


def _forecasts(found: Mapping[str, Rows]) -> str:
    lines = []
    for how, rows in found.items():
        means = np.array(
            [
                np.mean(
                    [[one["forecast"][name] for name in ("realised", "chance", "stood_for")] for one in company["deliveries"]], 0
                )
                for company in rows
            ]
        )
        off = 100 * (means[:, 0] - means[:, 1])
        half = float(student.ppf(0.975, len(off) - 1) * off.std(ddof=1) / np.sqrt(len(off)))
        realised, chance, stood = means.mean(axis=0)
        differs = f"{off.mean():+.2f} ({off.mean() - half:+.2f} to {off.mean() + half:+.2f})"
        lines.append((RHYTHM[how], str(len(rows)), f"{realised:.1%}", f"{chance:.1%}", differs, f"{stood:.3f}"))
    return table("deliveries|companies|realised|the truth|difference|stood for", lines)


def _verdict(rows: Rows, how: str) -> str:
    said = []
    for measure, truth in MEASURES:
        held, many, _ = _counted(rows, "whole", measure, truth)
        if truth != ALL:
            p = binomtest(held, many, 0.95).pvalue
            by = _by_company(rows, measure, truth)
            verdict = "rejected" if p < 0.05 else "not rejected"
            said.append(f"{measure} ({truth}) {held} of {many}, {held / many:.1%}, {verdict} (p = {p:.2f}; {by})")
    return f"**Of whole deliveries {RHYTHM[how]} the interval held the truth**: {'; '.join(said)}."


def _by_company(rows: Rows, measure: str, truth: str) -> str:
    """The interval of the share if companies, and not their deliveries, are what was drawn."""
    counted = np.array([_counted([company], "whole", measure, truth)[:2] for company in rows], dtype=np.float64)
    share = counted[:, 0].sum() / counted[:, 1].sum()
    spread = np.sqrt(np.square(counted[:, 0] - share * counted[:, 1]).sum() * len(rows) / max(len(rows) - 1, 1))
    half = float(student.ppf(0.975, max(len(rows) - 1, 1)) * spread / counted[:, 1].sum())
    return f"by company {share - half:.1%} to {share + half:.1%}"


def _table(rows: Rows, part: str, measures: tuple[tuple[str, str], ...]) -> str:
    lines = []
    for measure, truth in measures:
        held, many, off = _counted(rows, part, measure, truth)
        if many:
            low, high = binomtest(held, many).proportion_ci(method="wilson")
            p = binomtest(held, many, 0.95).pvalue
            lines.append(
                (measure, TRUTHS[truth], f"{many:,}", f"{held / many:.1%} ({low:.1%} to {high:.1%})", f"{p:.3f}", f"{off:+.2f}")
            )
    return table("figure|truth|intervals|held the truth|p|off", lines)


def _counted(rows: Rows, part: str, measure: str, truth: str) -> tuple[int, int, float]:
    """How many intervals held the truth, of how many, and how far off the figures are on average, in standard errors."""
    told = [one[measure] for one in _parts(rows, part) if measure in one]
    read = np.array([one.get("churn_difference", one.get("read")) for one in told], dtype=np.float64)
    low, high, true = (np.array([one[name] for one in told], dtype=np.float64) for name in ("low", "high", truth))
    wide = high > low
    off = (read - true)[wide] / (high - low)[wide] * 2 * 1.96
    return int(((low <= true) & (true <= high)).sum()), len(told), float(off.mean()) if wide.any() else 0.0


def _parts(rows: Rows, part: str) -> Iterator[Mapping[str, Any]]:
    for company in rows:
        for delivery in company["deliveries"]:
            yield from (one for one in delivery["parts"] if one["part"] == part)
