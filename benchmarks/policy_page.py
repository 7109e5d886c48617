"""What each seed of `benchmarks.policy` gave -> a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.policy_text import AGAINST_TRUTH, GATE, INTRODUCTION, LIVED, MONTHS, PAID, SUMMARY, WHY
from pipeline.arrays import Floats
from pipeline.markdown import table

STATIC, LEARNED, TESTED, ORACLE = "static", "learned", "tested", "oracle"
RIVALS = (LEARNED, TESTED, ORACLE)
NAMES = {
    STATIC: "static playbook",
    LEARNED: "with what was learned",
    TESTED: "with what was learned and offers tested against each other",
    ORACLE: "with the true share kept of each offer",
}
MADE, WITHOUT = "made", "without_effects"
LAST = 6  # months
UNLEARNED = 3  # months in which nothing has matured
FEWEST = 15  # companies of which an interval is told; a bootstrap-t of fewer is wider than the companies themselves
LONG, SHORT = "12", "3"
SAMPLES = 4_000
Found = Sequence[dict[str, Any]]


def page(found: Found) -> str:
    """The figures of all companies: in all, month by month, of the uplift gate, of what was learned, and as it was lived."""
    first = found[0]
    deliveries = len(first["months"])
    about = {"companies": len(found), "customers": first["customers"], "deliveries": deliveries, "fewest": FEWEST}
    about["seeds"] = f"{first['seed']} to {found[-1]['seed']}"
    about |= {"right": sum(one["right"] for one in found), "limited": sum(one["limited"] for one in found)}
    parts = [
        "# What lists that learn truly earn",
        INTRODUCTION.format(**about),
        _verdict(found),
        f"## The last {LAST} months",
        SUMMARY.format(last=LAST),
        *(f"{PAID[end]}\n\n{_summary(found, end, LAST)}" for end in (LONG, SHORT)),
        WHY,
        "## All months since the first delivery had matured",
        *(f"{PAID[end]}\n\n{_summary(found, end, deliveries - UNLEARNED)}" for end in (LONG, SHORT)),
        "## Month by month",
        MONTHS,
        *(f"{PAID[end]}\n\n{_months(found, end)}" for end in (LONG, SHORT)),
        "## Who can be saved",
        GATE.format(**_gate(found)),
        "## What was learned",
        AGAINST_TRUTH,
        _learned(found),
        "## The same, as it was lived",
        LIVED,
        _lived(found),
        "## Seed by seed",
        _seeds(found),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def bootstrapped(values: Floats, samples: int = SAMPLES) -> tuple[float, float]:
    """The 95 % interval of the mean by the bootstrap-t, as companies are few; the mean twice where all are equal.

    (Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 12.)
    """
    mean, n = float(values.mean()), len(values)
    if n < 2 or np.ptp(values) == 0:
        return mean, mean
    error = values.std(ddof=1) / np.sqrt(n)
    drawn = values[np.random.default_rng(0).integers(0, n, (samples, n))]
    spread = drawn.std(axis=1, ddof=1) / np.sqrt(n)
    told = spread > 0
    high, low = np.quantile((drawn.mean(axis=1)[told] - mean) / spread[told], (0.025, 0.975))
    return mean - float(low) * float(error), mean - float(high) * float(error)


def added(found: Found, name: str, end: str, of_list: str = MADE) -> Floats:
    """What the contacts of a policy add, by company and month; of a list that a month has not, what the one made adds."""
    return np.array(
        [[(paid := month[name]["paid"]).get(of_list, paid[MADE])["added"][end] for month in one["months"]] for one in found]
    )


def _told(values: Floats) -> str:
    if not values.any():
        return "0"
    if len(values) < FEWEST:
        return f"{values.mean():+,.0f}"
    low, high = bootstrapped(values)
    return f"{values.mean():+,.0f} ({low:+,.0f} to {high:+,.0f})"


def _share(more: Floats) -> str:
    """In how many companies there is more; those where nothing differs are told apart."""
    same = int((more == 0).sum())
    return f"{int((more > 0).sum())} of {len(more)}{f', the same in {same}' if same else ''}"


def _verdict(found: Found) -> str:
    said = []
    for name in (LEARNED, TESTED):
        more = (added(found, name, LONG) - added(found, STATIC, LONG))[:, -LAST:].sum(axis=1)
        low, high = bootstrapped(more) if len(more) >= FEWEST else (-np.inf, np.inf)
        word = "more than" if low > 0 else "less than" if high < 0 else "neither more nor less, as far as can be told, than"
        said.append(f"lists {NAMES[name]} earned {word} those of the static playbook: {_told(more)}, more in {_share(more)}")
    return f"**Over the last {LAST} months**, a company, counted over {LONG} months after each contact: {'; '.join(said)}."


def _groups(found: Found) -> Iterator[tuple[str, Found]]:
    groups = {
        "all": found,
        "the right playbook": [one for one in found if one["right"]],
        "a wrong playbook": [one for one in found if not one["right"]],
        "of them, too much said of the discount": [one for one in found if not one["right"] and _too_high(one)],
        "of them, too little": [one for one in found if not one["right"] and not _too_high(one)],
        "no limits": [one for one in found if not one["limited"]],
        "a budget and limits": [one for one in found if one["limited"]],
    }
    yield from ((word, group) for word, group in groups.items() if group)


def _too_high(one: dict[str, Any], offer: str = "discount_10") -> bool:
    """Whether the playbook says more of an offer than is true."""
    return bool(one["months"][-1][LEARNED]["kept"][offer]["assumed"] > _truth(one, offer))


def _truth(one: dict[str, Any], offer: str) -> float:
    return float(np.mean([month[ORACLE]["kept"][offer]["used"] for month in one["months"]]))


def _summary(found: Found, end: str, last: int) -> str:
    lines = []
    for word, group in _groups(found):
        base = added(group, STATIC, end)[:, -last:].sum(axis=1)
        for name in RIVALS:
            more = added(group, name, end)[:, -last:].sum(axis=1) - base
            means = (f"{base.mean():,.0f}", _told(more), f"{more.sum() / base.sum():+.1%}")
            lines.append((word, str(len(group)), NAMES[name], *means, _share(more)))
    return table("companies with|how many|lists|static earned|more than static|in per cent|better in", lines)


def _months(found: Found, end: str) -> str:
    of = {name: added(found, name, end) for name in NAMES}
    lines = []
    for place in range(of[STATIC].shape[1]):
        base, more = of[STATIC][:, place], {name: of[name][:, place] - of[STATIC][:, place] for name in RIVALS}
        means = [f"{base.mean():,.0f}", f"{of[LEARNED][:, place].mean():,.0f}"]
        lines.append((str(place + 1), *means, *map(_told, more.values()), _share(more[LEARNED])))
    return table("month|static|learned|learned less static|tested less static|oracle less static|learned better in", lines)


def _gate(found: Found) -> dict[str, Any]:
    """How often the gate looked and opened, and what the effect earned in the months in which lists went by it."""
    lives = [[month[name] for month in one["months"]] for one in found for name in (LEARNED, TESTED)]
    told = [[month.get("uplift") or {"used": False, "look": None, "rows": 0} for month in life] for life in lives]
    looked = [[month["look"] for month in life if month["look"] is not None] for life in told]
    opened = sum(any(month["used"] for month in life) for life in told)
    used = [
        month["paid"][MADE]["added"][LONG] - month["paid"][WITHOUT]["added"][LONG]
        for life in lives
        for month in life
        if WITHOUT in month["paid"]
    ]
    judged = [month["difference"] for life in told for month in life if month.get("difference") is not None]
    return {
        "lives": len(lives),
        "looked": sum(bool(looks) for looks in looked),
        "looks": sum(len(set(looks)) for looks in looked),
        "opened": opened,
        "rows": f"{np.mean([life[-1]['rows'] for life in told]):,.0f}",
        "judged": f"{np.mean(judged):+.2f}" if judged else "nothing",
        "earned": _earned(np.array(used)),
    }


def _earned(more: Floats) -> str:
    if not len(more):
        return "So lists never went by it, and what it would have earned cannot be said."
    return (
        f"In the {len(more)} months in which lists went by it, they truly earned {more.mean():+,.0f} a month beyond the lists "
        f"of the same day without it; {int((more > 0).sum())} of those months were better."
    )


def _learned(found: Found) -> str:
    """How far shares kept are from the truth in the last month: those that the playbook says too high, too low and right."""
    cells: dict[str, list[tuple[float, ...]]] = {}
    for one in found:
        last = one["months"][-1]
        for code, row in last[LEARNED]["kept"].items():
            truth = _truth(one, code)
            known = (row["assumed"], row["used"], last[TESTED]["kept"][code]["used"])
            how = "right" if one["right"] else "too high" if _too_high(one, code) else "too low"
            drawn = (row["contacted"], last[TESTED]["kept"][code]["contacted"])
            cells.setdefault(f"{code}, {how}", []).append((truth, *known, *drawn))
    lines = []
    for word, rows in sorted(cells.items()):
        truth, *said, contacted, of_tested = np.array(rows).T
        errors = [f"{np.sqrt(np.square(one - truth).mean()):.3f}" for one in said]
        lines.append(
            (word, str(len(rows)), f"{truth.mean():.3f}", *errors, f"{contacted.mean():,.0f}", f"{of_tested.mean():,.0f}")
        )
    head = "offer, and what the playbook says|companies|true|playbook off by|learned off by|tested off by"
    return table(f"{head}|contacted|when tested", lines)


def _lived(found: Found) -> str:
    """The whole company's margin in each life, less that of the static one, beside what is expected of all contacts."""
    lines = []
    for name in RIVALS:
        expected = (added(found, name, LONG) - added(found, STATIC, LONG)).sum(axis=1)
        lived = np.array([one["lived"][name] - one["lived"][STATIC] for one in found])
        lines.append((NAMES[name], _told(expected), _told(lived), _share(lived)))
    return table("lists|expected of all contacts, less static|the company's margin as lived, less static|more in", lines)


def _seeds(found: Found) -> str:
    lines = []
    for one in found:
        of = {name: added([one], name, LONG)[0, -LAST:].sum() for name in NAMES}
        words = ("right" if one["right"] else "wrong", "limits" if one["limited"] else "none")
        lines.append((str(one["seed"]), *words, f"{of[STATIC]:,.0f}", *(f"{of[name] - of[STATIC]:+,.0f}" for name in RIVALS)))
    return table(
        f"seed, last {LAST} months|playbook|limits|static|learned less static|tested less static|oracle less static", lines
    )
