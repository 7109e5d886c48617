"""What a sentence says of a customer is true: its figures, read back, are those of the row within their rounding."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.reasons.declared import reasons
from pipeline.reasons.phrases import Locale, Phrase
from pipeline.reasons.sentences import PLACEHOLDER, sentences
from pipeline.reasons.tongue import NOUNS, Tongue
from tests.worlds import WINDOWS, definition, every_feature

MADE = reasons(WINDOWS, 90)
FEATURES = every_feature(definition(kind="activity"))
AVERAGES = {"month": 30.44, "year": 365.25}


def drawn(rows: int, seed: int) -> pd.DataFrame:
    """Figures of every feature as a matrix could hold them: whole or not, none, missing; windows grow with their days."""
    generator = np.random.default_rng(seed)
    made: dict[str, object] = {}
    for feature in FEATURES:
        size = generator.choice([0.0, 0.004, 0.3, 1.0, 2.0, 7.4, 31.0, 94.6, 412.0, 1234.5], rows)
        size = np.where(generator.random(rows) < 0.5, size, generator.exponential(50, rows))
        size = np.round(size) if feature.unit == "count" else size
        made[feature.name] = np.where(generator.random(rows) < 0.15, np.nan, size).astype(np.float32)
        if feature.type == "category":
            made[feature.name] = generator.choice(["gold", "late_delivery", None], rows)
    whole = pd.DataFrame(made)
    for family in {re.sub(r"_\d+d$", "", name) for name in whole if re.search(r"_\d+d$", name)}:
        names = sorted((n for n in whole if re.fullmatch(rf"{family}_\d+d", n)), key=lambda n: int(n.split("_")[-1][:-1]))
        if "trend" not in family:
            whole[names] = whole[names].cumsum(axis=1, skipna=False)
    whole["days_to_expiry"] *= generator.choice([-1, 1], rows)
    return whole


def number(text: str, locale: Locale) -> tuple[float, float]:
    """What was written, and half of its last digit."""
    plain = text.replace(",", "") if locale == "en" else text.replace(".", "").replace(",", ".")
    digits = len(plain.partition(".")[2])
    return float(plain), 0.5 * 10.0**-digits


def span(text: str, form: str, locale: Locale) -> tuple[float, float]:
    """The least and the most that the words of a placeholder can mean, in the unit of the feature."""
    noun = {"days": "day", "past": "day", "every": "day", "span": "day"}.get(form, form)
    if form == "percent":
        if text in ("under 1%", "meno dell'1%"):
            return 0.0, 0.005
        value, half = number(text.rstrip("%"), locale)
        return (value - half) / 100, (value + half) / 100
    if form in ("money", "score", "number"):
        value, half = number(text.replace("EUR", "").strip(), locale)
        return value - half, value + half
    if form == "every" and text in ("one a day", "uno al giorno"):
        return 0.5, 1.5
    if form == "every":
        text = re.sub("^(one every|uno ogni) ", "", text)
    for unit in (noun, *(AVERAGES if form == "span" else ())):
        none, one, many = NOUNS[unit][locale]
        if text.lower() == none.lower():
            return 0.0, 1.0 if form == "past" else 0.5
        found = re.fullmatch(rf"([\d.,]+) ({re.escape(one)}|{re.escape(many)})", text)
        if found:
            value, half = number(found[1], locale)
            assert (found[2] == one) == (value == 1) or one == many, text
            if form == "past":
                return value, value + 1.0
            days = AVERAGES.get(unit, 1.0)
            return (value - half) * days, (value + half) * days
    raise AssertionError(f"{text!r} is no {form}")


def true(phrase: Phrase, said: str, row: Mapping[str, Any], locale: Locale) -> bool:
    """Whether `said` is this phrase of the row: its words are, and every figure read back from it is the row's."""
    text = phrase.text(locale)
    between = [re.escape(part) for part in re.split(r"\{.*?\}", text)]
    found = re.fullmatch("(.+?)".join(between), said, re.IGNORECASE | re.DOTALL)
    if not found:
        return False
    for words, placeholder in zip(found.groups(), PLACEHOLDER.finditer(text), strict=True):
        name, minus, _, form = placeholder.groups()
        if form == "word":
            if words.lower() != row[name].replace("_", " "):
                return False
            continue
        value = abs(row[name] - (row[minus] if minus else 0.0))
        try:
            least, most = span(words, form, locale)
        except (AssertionError, ValueError):
            return False
        if not least - 1e-6 - 1e-6 * value <= value <= most + 1e-6 + 1e-6 * value:
            return False
    return True


@pytest.mark.parametrize(("locale", "raises"), list(product(("en", "it"), (True, False))))
def test_the_figures_of_every_sentence_are_those_of_the_row(locale: Locale, raises: bool) -> None:
    rows = drawn(300, seed=7)
    records = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    spoken: set[Phrase] = set()
    for reason in MADE.values():
        said = sentences(reason, rows, np.full(len(rows), raises), Tongue(locale, "EUR"))
        for place, text in enumerate(said):
            if text is None:
                continue
            meant = [phrase for phrase in reason.phrases if true(phrase, text, records[place], locale)]
            assert meant, f"{reason.code}: {text!r} is not what row {place} says"
            assert any(phrase.when in ("either", "raises" if raises else "lowers") for phrase in meant)
            spoken.update(meant)
    silent = [
        p.en for r in MADE.values() for p in r.phrases if p not in spoken and p.when in ("either", ("lowers", "raises")[raises])
    ]
    assert len(silent) <= 6, silent  # shadowed by another phrase where no figure is missing


def test_a_figure_that_is_not_the_rows_is_found_out() -> None:
    phrase = MADE["silence"].phrases[1]
    row = {"purchases_recency_days": 94.4, "purchases_gap_days_median_all": 31.0}
    assert true(phrase, "No order for 94 days; usually one every 31 days", row, "en")
    assert not true(phrase, "No order for 95 days; usually one every 31 days", row, "en")
    assert not true(phrase, "No order for 94 days; usually one a day", row, "en")


@pytest.mark.parametrize(
    ("text", "form", "locale", "meant"),
    [
        ("1,234 orders", "order", "en", (1233.5, 1234.5)),
        ("1.234 ordini", "order", "it", (1233.5, 1234.5)),
        ("2 years", "span", "en", (1.5 * 365.25, 2.5 * 365.25)),
        ("34%", "percent", "it", (0.335, 0.345)),
        ("4,50 EUR", "money", "it", (4.495, 4.505)),
        ("nessun reso", "return", "it", (0.0, 0.5)),
    ],
)
def test_words_are_read_back(text: str, form: str, locale: Locale, meant: tuple[float, float]) -> None:
    assert span(text, form, locale) == pytest.approx(meant)
    assert math.isfinite(sum(meant))
