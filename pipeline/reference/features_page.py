"""The catalogue and the reasons -> their pages of docs/reference."""

from __future__ import annotations

import math
from itertools import chain
from pathlib import Path

from pipeline.config import Definition, Features
from pipeline.features.catalog import catalog
from pipeline.features.spec import Feature
from pipeline.markdown import code, table
from pipeline.reasons.declared import reasons
from pipeline.reasons.phrases import Holds
from pipeline.reference.schema import read

STEPS = (1,)  # any: what they are changes no name and no meaning


def features_page(root: Path) -> list[str]:
    """The catalogue by group."""
    preset = read(root / "configs" / "defaults.yaml")
    features, definition = Features(**preset["features"]), Definition(**preset["definition"])
    listed = catalog(features, definition)
    everything = catalog(features, definition.model_copy(update={"kind": "activity"}), STEPS, STEPS)
    promised = [f for f in everything if f not in listed and f.name.endswith(("_to_reward", "_to_tier"))]
    more = [f for f in everything if f not in listed and f not in promised]
    groups = {group: [f for f in listed if f.group == group] for group in dict.fromkeys(f.group for f in listed)}
    groups["more where `definition.kind=activity`"] = more
    groups["more where `source.reward_points` and `source.tier_spending` are set"] = promised
    return [
        "# Features",
        f"The list that `pipeline/features/catalog.py` puts together for `features.windows={list(features.windows)}`: "
        f"{len(listed)} features, {len(more)} more where `definition.kind=activity`. The last n days are `[t − n days, t)` for "
        "the snapshot `t`; a fact counts only if it happened and was known before `t`. A feature exists where the source has "
        "what it *needs*: a table, a column that is not empty, an event kind or an attribute. *Empty* is its value without any "
        "such rows. The *reason* is the one it counts towards ([reasons](reasons.md)). What is not in the matrix serves other "
        "features; it is brought in by its name in `features.include`. *Risk*: the direction in which more of it moves that, "
        "where declared (`model.monotone`, [why these](../decisions/0016-monotone.md)).",
        *chain(*((f"## {group.capitalize()} ({len(members)})", _features(members)) for group, members in groups.items())),
    ]


def _features(listed: list[Feature]) -> str:
    meaning = {f.name: f.meaning + ("" if f.in_matrix else " (not in the matrix)") for f in listed}
    rows = (
        (code(f.name), f.unit, meaning[f.name], code(f.needs), "0" if f.zero else "null", code(f.reason), f.monotone or "")
        for f in listed
    )
    return table("feature|unit|meaning|needs|empty|reason|risk", rows)


def reasons_page(root: Path) -> list[str]:
    """Every reason and its phrases, in both languages."""
    preset = read(root / "configs" / "defaults.yaml")
    made = reasons(tuple(preset["features"]["windows"]), preset["definition"]["horizon_days"]).values()
    said = ((code(r.code), p.when, "; ".join(map(_condition, p.holds)), code(p.en), code(p.it)) for r in made for p in r.phrases)
    return [
        "# Reasons",
        "What a customer's risk is put down to, in words. Every feature of the matrix counts towards exactly one reason "
        "([features](features.md)). Of a reason's phrases the first is said whose figures the customer has, and which suits the "
        "direction in which the reason moves the risk; without one the reason is not given. *Actionable*: a campaign can change "
        "it. Of reasons with one *theme* a customer is given one. Which are given, and in which order, is in "
        "[definitions](../definitions.md#reasons).",
        table(
            "reason|name|nome|compared with|actionable|theme",
            ((code(r.code), r.title.en, r.title.it, r.compared, "yes" if r.actionable else "no", r.theme) for r in made),
        ),
        "## Phrases",
        "For the default windows and horizon. `{feature:form}` is a customer's figure: a duration, money, a share, a score, a "
        "word, or a number of what the form names; `{one-other:form}` is a difference. `+` asks for a figure above zero, `-` for "
        "one below.",
        table("reason|where it|only if|English|Italian", said),
    ]


def _condition(holds: Holds) -> str:
    """What a phrase rests on, in a few signs."""
    if holds.missing:
        return f"no {code(holds.feature)}"
    short, long = holds.part
    part = f"{short}/{long} of " if short != long else ""
    than = f" − {part}{code(holds.than)}" if holds.than else ""
    bounds = [f"{sign} {bound:g}" for sign, bound in (("≥", holds.least), ("≤", holds.most)) if math.isfinite(bound)]
    return f"{code(holds.feature)}{than} {' and '.join(bounds)}"
