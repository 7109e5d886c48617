"""Why a customer may leave, or will not, in up to three sentences with the customer's own figures.

Which reasons are given, and in which order:

1. Of customers at high risk only reasons that raise the risk count; of the others whatever moves it, either way.
2. A reason counts from `LEAST` in log-odds, if there is something to say of it: a phrase that suits its direction and has the
   customer's figures.
3. Those that a campaign can act on come first if they are at least `CLOSE` to the strongest; the others follow. Each part is in
   the order of strength.
4. Of reasons with one theme the first is given, and no sentence is given twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Bools, Floats, Ints
from pipeline.explanation.contributions import CHUNK, GIVEN, LEAST, group_contributions, reasons_of
from pipeline.explanation.moved import rule_contributions
from pipeline.model.booster import ChurnModel
from pipeline.model.design_matrix import Columns
from pipeline.model.simple import SimpleModel
from pipeline.reasons.phrases import Phrase, Reason
from pipeline.reasons.sentences import PLACEHOLDER, Texts, sentences
from pipeline.reasons.tongue import Tongue

CLOSE = 0.5


@dataclass(frozen=True)
class Telling:
    """The reasons there are, in the words of which language."""

    reasons: Mapping[str, Reason]
    tongue: Tongue


def given_reasons(
    model: ChurnModel | SimpleModel,
    rows: pd.DataFrame,
    risky: Bools,
    everyone: pd.DataFrame,
    catalog: Sequence[Mapping[str, Any]],
    telling: Telling,
) -> pd.DataFrame:
    """`customer_id`, and `reason_<n>_code`, `reason_<n>`, `reason_<n>_direction` for n = 1 … 3: one row for each of `rows`.

    `risky` tells who of `rows` is at high risk. `everyone` are the features of all who were scored, with whom a simple rule
    compares; trees do not need them. The direction, `raises` or `lowers`, is the sign of what the reason contributes. Null where
    there are fewer reasons. Raises DataUnfitError where the model's columns are not those of `rows` and `catalog`.
    """
    columns = model.columns if isinstance(model, ChurnModel) else Columns(model.columns, {})
    groups = reasons_of(columns, catalog)
    if isinstance(model, SimpleModel):
        telling = replace(telling, reasons=_of_what_is_read(telling.reasons, model.columns))
    parts = []
    for start in range(0, len(rows), CHUNK):
        part = rows.iloc[start : start + CHUNK]
        if isinstance(model, ChurnModel):
            contributed = group_contributions(model.booster, model.columns, part, groups)
        else:
            contributed = rule_contributions(model, part, everyone, groups)
        parts.append(_given(part, contributed, risky[start : start + CHUNK], telling))
    return pd.concat(parts, ignore_index=True) if parts else _frame(rows, *([np.empty((0, GIVEN), dtype=object)] * 3))


def _of_what_is_read(made: Mapping[str, Reason], read: Sequence[str]) -> dict[str, Reason]:
    """Reasons with those of their phrases that speak of a column which a rule reads."""

    def speaks(phrase: Phrase) -> bool:
        return any(name in read for found in PLACEHOLDER.finditer(phrase.en) for name in found.groups()[:2])

    return {code: replace(one, phrases=tuple(filter(speaks, one.phrases))) for code, one in made.items()}


def _given(rows: pd.DataFrame, contributed: pd.DataFrame, risky: Bools, telling: Telling) -> pd.DataFrame:
    moved = contributed.to_numpy(np.float64)
    strength = np.where(risky[:, None], moved, np.abs(moved))
    strength = np.where(strength >= LEAST, strength, 0.0)
    known = [telling.reasons[code] for code in contributed.columns]
    texts = np.full(moved.shape, None, dtype=object)
    for place, reason in enumerate(known):
        counts = np.flatnonzero(strength[:, place])
        texts[counts, place] = sentences(reason, rows.iloc[counts], moved[counts, place] > 0, telling.tongue)
    strength = np.where(texts == np.array(None), 0.0, strength)
    order = _order(strength, np.array([reason.actionable for reason in known]))
    chosen = _chosen(order, strength, texts, [reason.theme or reason.code for reason in known])
    codes = np.array([*contributed.columns, None], dtype=object)[chosen]
    at = np.arange(len(rows))[:, None]
    texts = np.where(chosen < 0, np.array(None), texts[at, chosen])
    directions = np.where(chosen < 0, np.array(None), np.where(moved[at, chosen] > 0, "raises", "lowers"))
    return _frame(rows, codes, texts, directions)


def _order(strength: Floats, actionable: Bools) -> Ints:
    """Places of the reasons, first one first: those that can be acted on and are close to the strongest, then the others."""
    first = actionable & (strength >= CLOSE * strength.max(axis=1, keepdims=True, initial=0.0))
    return np.lexsort((-strength, ~first), axis=1)


def _chosen(order: Ints, strength: Floats, texts: Texts, themes: Sequence[str]) -> Ints:
    """Places of the reasons that are given, −1 where there are fewer."""
    number, theme = np.unique(themes, return_inverse=True)
    told = np.zeros((len(order), len(number)), dtype=bool)
    chosen, given = np.full((len(order), GIVEN), -1), np.zeros(len(order), dtype=np.int64)
    rows = np.arange(len(order))
    for place in order.T:
        said = texts[rows, place]
        again = np.any([(chosen[:, n] >= 0) & (texts[rows, chosen[:, n]] == said) for n in range(GIVEN)], axis=0)
        takes = (strength[rows, place] > 0) & ~told[rows, theme[place]] & ~again & (given < GIVEN)
        chosen[rows[takes], given[takes]] = place[takes]
        told[rows[takes], theme[place[takes]]] = True
        given[takes] += 1
    return chosen


def _frame(rows: pd.DataFrame, codes: Texts, texts: Texts, directions: Texts) -> pd.DataFrame:
    made = {"customer_id": rows["customer_id"].to_numpy()}
    for n in range(GIVEN):
        made[f"reason_{n + 1}_code"] = codes[:, n]
        made[f"reason_{n + 1}"] = texts[:, n]
        made[f"reason_{n + 1}_direction"] = directions[:, n]
    return pd.DataFrame(made).astype("str")
