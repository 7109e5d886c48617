"""Reasons and customers' own figures -> sentences, in English or Italian.

A placeholder is `{feature:form}`, or `{one-other:form}` for a difference. The form is one of `FORMS`, or a noun that is counted;
with `+` before it the figure must be above zero, with `-` below, else not below. A phrase is said if all its placeholders have
figures and what it rests on holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.arrays import Bools, Floats
from pipeline.reasons.phrases import Holds, Phrase, Reason
from pipeline.reasons.tongue import FORMS, WORD, Tongue

Texts = NDArray[np.object_]
PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)(?:-([a-z0-9_]+))?:([+-]?)([a-z_]+)\}")
ROUNDING = 0.005  # two sums may differ so much where they are equal
# A rhythm of less than half a day is that of one order split in two.
LEAST = {"every": 0.5}


def sentences(reason: Reason, rows: pd.DataFrame, raises: Bools, tongue: Tongue) -> Texts:
    """What to say of a reason to each row of features: the first phrase that has its figures, None where none has.

    `raises` tells, row by row, whether the reason raises or lowers the customer's risk. A feature that is absent, null or not a
    number has no figure.
    """
    said = np.full(len(rows), None, dtype=object)
    for phrase in reason.phrases:
        open_ = (said == np.array(None)) & {"raises": raises, "lowers": ~raises, "either": True}[phrase.when]
        for condition in phrase.holds:
            open_ &= _holds(condition, rows)
        places = np.flatnonzero(open_)
        if len(places):
            said[places] = _filled(phrase, rows, places, tongue)
    return said


def _holds(condition: Holds, rows: pd.DataFrame) -> Bools:
    if condition.missing:
        return np.full(len(rows), condition.feature in rows) & np.isnan(_numbers(rows, condition.feature))
    value = _numbers(rows, condition.feature)
    if condition.than:
        short, long = map(int, condition.part)
        value = value - short / long * _numbers(rows, condition.than)
    return np.asarray((value >= condition.least) & (value <= condition.most))


def _filled(phrase: Phrase, rows: pd.DataFrame, places: NDArray[np.intp], tongue: Tongue) -> Texts:
    """The phrase with the figures of the rows at `places`; None where one is missing."""
    text = phrase.text(tongue.locale)
    found = [_figures(placeholder, rows, places, tongue) for placeholder in PLACEHOLDER.finditer(text)]
    between = PLACEHOLDER.sub("{}", text)
    made = np.full(len(places), None, dtype=object)
    for place, figures in enumerate(zip(*found, strict=True) if found else [()] * len(places)):
        if None not in figures:
            said = between.format(*figures)
            made[place] = said[0].upper() + said[1:]
    return made


def _figures(placeholder: re.Match[str], rows: pd.DataFrame, places: NDArray[np.intp], tongue: Tongue) -> Texts:
    """The words of one placeholder, None where there is no figure: each different figure is put into words once."""
    name, minus, sign, form = placeholder.groups()
    if form == WORD:
        return _words(rows, name, places)
    value = _numbers(rows, name)[places]
    if minus:
        value = value - _numbers(rows, minus)[places]
        value = np.where(value >= -ROUNDING, np.maximum(value, 0.0), np.nan)
    value = {"+": np.where(value > 0, value, np.nan), "-": np.where(value < 0, -value, np.nan)}.get(sign, value)
    value = np.where(value >= LEAST.get(form, 0.0), value, np.nan)
    return _each(value, lambda figure: FORMS[form](tongue, figure) if form in FORMS else tongue.counted(figure, form))


def _each(value: Floats, words: Callable[[float], str]) -> Texts:
    different, which = np.unique(value, return_inverse=True)
    said = np.array([None if np.isnan(figure) else words(float(figure)) for figure in different], dtype=object)
    return said[which]


def _words(rows: pd.DataFrame, name: str, places: NDArray[np.intp]) -> Texts:
    if name not in rows:
        return np.full(len(places), None, dtype=object)
    which, different = pd.factorize(rows[name].iloc[places].astype(object))
    said = [word.replace("_", " ").strip() or None if isinstance(word, str) else None for word in different]
    return np.array([*said, None], dtype=object)[which]  # what is missing has place -1


def _numbers(rows: pd.DataFrame, name: str) -> Floats:
    """A feature as numbers, NaN where it is absent, not a number or infinite."""
    if name not in rows:
        return np.full(len(rows), np.nan)
    value = pd.to_numeric(rows[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(value), value, np.nan)
