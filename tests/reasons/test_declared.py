"""Every feature of the matrix has one reason, and every reason has its words in both languages, of figures that exist."""

from __future__ import annotations

import re
from string import punctuation

import pytest

from pipeline.reasons.declared import NOUN_OF_ACTIVITY, REASONS, reasons
from pipeline.reasons.phrases import Phrase
from pipeline.reasons.sentences import PLACEHOLDER
from pipeline.reasons.tongue import FORMS, NOUNS, WORD
from tests.worlds import WINDOWS, definition, every_feature

ACTIVITY = definition(kind="activity")
SECTOR_WINDOWS = [WINDOWS, (14, 30, 60, 90, 180, 365, 730), (30, 60, 90, 180, 365, 730), (7, 14, 30, 60, 90, 180)]
ODD_WINDOWS = [(30, 90), (365, 730), (7, 1000, 2000)]
PHRASES = [
    pytest.param(phrase, id=f"{reason.code}-{n}")
    for reason in REASONS
    for n, phrase in enumerate((reason.title, *reason.phrases))
]


def spoken(phrase: Phrase) -> list[tuple[str, ...]]:
    return sorted(found.groups("") for found in PLACEHOLDER.finditer(phrase.en))


def test_every_feature_has_a_reason_and_every_reason_a_feature() -> None:
    assert {feature.reason for feature in every_feature(ACTIVITY)} == {reason.code for reason in REASONS}


def test_codes_are_said_once() -> None:
    codes = [reason.code for reason in REASONS]
    assert len(codes) == len(set(codes))
    assert 20 <= len(codes) <= 32


@pytest.mark.parametrize("windows", SECTOR_WINDOWS + ODD_WINDOWS)
def test_every_placeholder_is_a_feature_of_its_reason(windows: tuple[int, ...]) -> None:
    """Of its reason, or of another that people see as the same: the figure it is compared with."""
    features = {feature.name: feature for feature in every_feature(ACTIVITY, windows)}
    for reason in reasons(windows, ACTIVITY.horizon_days).values():
        for phrase in reason.phrases:
            names = [name for found in spoken(phrase) for name in found[:2] if name]
            assert set(names) <= features.keys(), (reason.code, windows)
            rests_on = {name for one in phrase.holds for name in (one.feature, one.than) if name}
            assert rests_on <= features.keys(), (reason.code, windows)
            assert all(features[name].type == "number" for name in rests_on)
            assert all(part.isdigit() for one in phrase.holds for part in one.part)
            assert all((features[f].type == "category") == (form == WORD) for f, _, _, form in spoken(phrase)), reason.code


@pytest.mark.parametrize("phrase", PHRASES)
def test_both_languages_speak_of_the_same_figures(phrase: Phrase) -> None:
    assert phrase.en
    assert phrase.it
    figures = [sorted(re.findall(r"\{.+?\}", text)) for text in (phrase.en, phrase.it)]
    assert figures[0] == figures[1]
    assert sorted(re.findall("<.+?>", phrase.en)) == sorted(re.findall("<.+?>", phrase.it))


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_is_short_and_does_not_end_like_a_sentence(phrase: Phrase) -> None:
    for text in (phrase.en, phrase.it):
        said = re.sub(r"<.+?>", "90", re.sub(r"\{.*?\}", "123 days", text))
        assert len(said) <= 110
        assert said[-1] not in punctuation.replace("%", "").replace(")", "")
        assert not re.search(r"_|[{}]", said)


@pytest.mark.parametrize("windows", SECTOR_WINDOWS)
def test_nothing_is_left_to_fill_in_but_placeholders(windows: tuple[int, ...]) -> None:
    for reason in reasons(windows, 45).values():
        for phrase in reason.phrases:
            assert not re.search(r"[<>{}]", PLACEHOLDER.sub("", phrase.en + phrase.it)), reason.code


def test_every_form_and_noun_is_known_and_used() -> None:
    forms = {form for reason in REASONS for phrase in reason.phrases for form in re.findall(r":[+-]?(\w+)\}", phrase.en)}
    assert forms <= {*FORMS, *NOUNS, WORD}
    forms |= {NOUN_OF_ACTIVITY[1].strip(":}")}  # where churn is the end of activity
    assert set(NOUNS) - forms == {"day", "month", "year"}  # of durations
    assert set(FORMS) - forms == set()


@pytest.mark.parametrize("windows", SECTOR_WINDOWS + ODD_WINDOWS)
def test_a_reason_without_two_windows_to_compare_has_a_shorter_phrase(windows: tuple[int, ...]) -> None:
    made = reasons(windows, 90)
    assert [code for code, reason in made.items() if not reason.phrases] == []


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        (WINDOWS, "{purchases_count_90d:order} in the last 90 days, {purchases_count_365d:number} in the last 365"),
        ((30, 90), "{purchases_count_90d:order} in the last 90 days"),
        ((14, 28, 730), "{purchases_count_28d:order} in the last 28 days"),  # 28 is nearer to 365 than 730 is
    ],
)
def test_windows_are_the_nearest_that_are_configured(windows: tuple[int, ...], said: str) -> None:
    assert reasons(windows, 90)["order_frequency"].phrases[2].en == said  # behind what is said of none and of one


def test_the_horizon_is_that_of_the_definition() -> None:
    said = reasons(WINDOWS, 45)["season"].phrases[0]
    assert said.en == "A year ago, {purchases_count_year_ago_45d:order} in the 45 days that followed"


def test_a_campaign_can_act_on_most_reasons_but_not_on_the_past() -> None:
    inert = {reason.code for reason in REASONS if not reason.actionable}
    assert inert == {"order_rhythm", "history", "order_times", "order_value", "basket_size", "profile"}
