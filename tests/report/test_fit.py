"""What the page says of the monitor's verdict, from literal findings."""

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from pipeline.contract.tables import KINDS
from pipeline.monitor.checks import COLUMNS, SHARES
from pipeline.monitor.examine import OF_TODAY
from pipeline.monitor.verdict import SAID
from pipeline.monitor.verdict import verdict as judge
from pipeline.operate.show_drift import sentences
from pipeline.report.fit import MOST, RANKED, fit, ranked
from pipeline.report.moved_figures import Bar, told
from pipeline.report.page import render, view
from pipeline.report.words import spoken

EN, IT = spoken("en"), spoken("it")
CALM = {
    "as_of": "2024-06-01", "known_until": "2024-05-01", "verdict": "fits",
    "retrain": False, "alarm": False, "severity": "none", "mend_first": False,
    "due": [], "why": ["nothing moved by more than the past explains"], "findings": [], "data": [],
    "compared": {"features": {"series": 490, "alarms": 0}, "rows": {"series": 21, "alarms": 0}},
    "history": {
        "snapshots": ["2024-03-01", "2024-04-01", "2024-05-01", "2024-06-01"], "score_mean": [-0.1, 0.1, 0.0, 0.3],
        "score_deviation": [0.01] * 4,
    },
}  # fmt: skip


def finding(check: str, subject: str, what: str, today: float, usual: float, **known: Any) -> dict[str, Any]:
    ends = {"low": usual - 0.1, "high": usual + 0.1}
    return {"check": check, "subject": subject, "what": what, "today": today, "usual": usual} | ends | {
        "alarm": True, "importance": None,
    } | known  # fmt: skip


VISITS = finding("rows", "engagements", "site_visit", math.log(35), math.log(100), low=math.log(80), high=math.log(125))
SIZES = finding("sizes", "orders", "order", math.log(1.3), 0.0)
TIER = finding("unseen", "tier", "(never seen before)", 0.25, 0.0, low=0.0, high=0.005, importance=0.02)
RECENCY = finding("features", "purchases_recency_days", "(place)", 0.26, 0.47, low=0.34, high=0.6, importance=0.3)
KNOWN = finding("features", "purchases_recency_days", "(known)", 0.9, 1.0, importance=0.3)
GOLD = finding("features_since_training", "tier", "gold", 0.2, 0.1, low=-0.05, high=0.15, importance=0.02)
RISKIER = finding("score", "score", "mean log-odds", 0.3, 0.0)
SPREAD = finding("score_since_training", "score", "log of their spread", math.log(2), 0.0)
LEFT = finding("level", "delivery", "2024-03-01", 0.525, 0.412, low=None, high=None)
SLOPE = finding("calibration", "snapshot", "2024-03-01", 0.55, 1.0, low=0.6, high=1.4)
ALL = [RECENCY, VISITS, KNOWN, RISKIER, TIER, GOLD, SPREAD, LEFT, SLOPE, SIZES]
MOVED = CALM | {
    "verdict": "retrain", "retrain": True, "alarm": True, "severity": "high", "mend_first": True, "findings": ALL,
    "compared": {"features": {"series": 490, "alarms": 3}, "rows": {"series": 21, "alarms": 7}},
}  # fmt: skip


def test_all_is_well_is_one_line(report_config, material):
    found = fit(CALM, report_config, EN)
    assert found.said == (
        "Yes. Of 511 figures of today none has moved by more than the company's own past explains. There is nothing to do.",
    )
    assert (found.advice, found.data, found.moved, found.pictures) == ("", (), (), ())
    page = render(view(replace(material, drift=CALM), report_config))
    section = page.split('<section id="fit"')[1].split("</section>")[0]
    assert section.count("<p") == 1
    assert not any(part in section for part in ("<table", "<svg", "<ul"))
    assert '<a href="#fit">' in page


def test_without_a_verdict_there_is_no_section(report_config, material):
    assert fit({}, report_config, EN) is None
    assert 'id="fit"' not in render(view(material, report_config))


STALE = {"code": "old", "sentence": "the champion's data are 213 days old"}
NONE = {"code": "no_champion", "sentence": "there is no champion yet"}
HALF = [{"code": "ended_early", "sentence": "visits end in May"}]
NOTHING, ONE = (
    pd.DataFrame(columns=list(COLUMNS)),
    pd.DataFrame([["features", "tier", "gold", *[0.5] * 8, False]], columns=list(COLUMNS)),
)
VERDICTS = [
    (ONE, [], [], "fits", "Yes. Of 511 figures of today none has moved"),
    (NOTHING, [], [], "unknown", "Not known yet: the past is too short"),
    (ONE, HALF, [], "mend", "The scores are as usual, but what comes in is not."),
    (ONE.assign(alarm=True), [], [], "retrain", "Largely: some of what the model looks at has moved"),
    (ONE, [], [STALE], "retrain", "It is due to be trained anew: what it learned from ends 31 days before this list."),
    (
        NOTHING,
        [],
        [NONE],
        "promote",
        "There is no champion yet: the model that was trained today makes the lists. “churn promote”",
    ),
    (ONE, HALF, [NONE, STALE], "promote", "There is no champion yet"),
]


@pytest.mark.parametrize(("rows", "data", "due", "verdict", "page"), VERDICTS)
def test_the_page_says_what_the_terminal_says(report_config, rows, data, due, verdict, page):
    drift = (
        CALM
        | judge(rows, data, {}, due)
        | {"data": data, "model_role": "champion", "model_version": "m", "deliveries_left_out": []}
    )
    assert drift["verdict"] == verdict
    assert next(sentences(drift)).startswith(f"{SAID[verdict]}: champion m on 2024-06-01")
    said = " ".join(fit(drift, report_config, EN).said)
    assert said.startswith(page)
    assert said.startswith("Yes") == (verdict == "fits")
    assert drift["retrain"] == (verdict in ("retrain", "promote"))


def test_every_verdict_is_tried():
    assert {one[3] for one in VERDICTS} == set(SAID)


TRAIN = "Have a new model trained: “churn retrain” does it, and takes the new one over only if it is good enough."


@pytest.mark.parametrize(("due", "said"), [([STALE], TRAIN), ([NONE], "")])
def test_what_moved_is_told_beside_why_a_model_is_due_and_who_has_none_is_told_to_promote(report_config, due, said):
    found = fit(CALM | judge(ONE.assign(alarm=True), [], {}, due), report_config, EN)
    assert len(found.said) == 2
    assert found.said[1].startswith("Largely: ")
    assert found.advice == said


def test_data_come_first_then_what_reaches_the_scores_and_each_feature_once(report_config):
    assert {check for checks in RANKED for check in checks} == {*SHARES, "unseen"}
    assert ranked(ALL) == [VISITS, TIER, SIZES, RISKIER, SPREAD, LEFT, SLOPE, RECENCY, GOLD]
    both = [RISKIER, RISKIER | {"check": "score_since_training"}]
    assert ranked(both) == [RISKIER]
    many = [VISITS | {"what": f"kind {n}"} for n in range(MOST + 3)]
    assert ranked([*many, RECENCY]) == [*many[:MOST], RECENCY]
    assert fit(MOVED, report_config, EN).counted.startswith("10 of 511 figures have moved")


IN_PLAIN_WORDS = [
    (VISITS, "Visits to the site; came in, of what was to be expected; 35 %; 80 % to 125 %"),
    (SIZES, "Orders; typical size, of what was to be expected; 130 %; 90 % to 111 %"),
    (TIER, "Tier; customers with a word that the model never learned; 25.0 %; 0.0 % to 0.5 %; 2 %"),
    (RECENCY, "Days since the latest purchase; lower: the typical customer's rank among those learned from; "
        "26 %; 34 % to 60 %; 30 %"),
    (KNOWN, "Days since the latest purchase; customers of whom it is known; 90.0 %; 90.0 % to 100.0 %; 30 %"),
    (GOLD, "Tier; customers with “gold”; 20.0 %; 0.0 % to 15.0 %; 2 %"),
    (RISKIER, "How risky customers look to the model; of what was to be expected; 135 %; 90 % to 111 %"),
    (SPREAD, "How far apart their risks lie; of what was to be expected; 200 %; 90 % to 111 %"),
    (LEFT, "Customers of the list of 1 March 2024; left, of those left alone, beside the forecast; 52.5 %; 41.2 %"),
    (SLOPE, "Customers of 1 March 2024; the risky left less often and the safe more often than the model said; 1 is right; "
        "0.55; 0.60 to 1.40"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "row"), IN_PLAIN_WORDS)
def test_each_finding_in_plain_words(one, row, report_config):
    (found,) = told([one], report_config, EN)
    cells = (found.name, found.about, found.today, found.expected, found.weight)
    assert "; ".join(filter(None, cells)).replace("\N{NARROW NO-BREAK SPACE}", " ") == row


def test_the_bar_shows_how_far_out_today_lies(report_config):
    bars = [one.bar for one in told([GOLD, SLOPE, LEFT, VISITS], report_config, EN)]
    third = (pytest.approx(100 / 3), pytest.approx(200 / 3))
    assert bars[0] == Bar(*third, pytest.approx(75.0))  # 0.15 above the middle of what reaches 0.1 to each side
    assert bars[1] == Bar(*third, pytest.approx(31.25))
    assert bars[2] is None
    assert bars[3] == Bar(*third, 3.0)  # beyond the edge


def test_outside_english_features_that_are_called_alike_are_told_apart(report_config):
    recency, other = told([RECENCY, RECENCY | {"subject": "gone"}], report_config, IT)
    assert recency.name.endswith(" (purchases_recency_days)")
    assert other.name == "gone"


@pytest.mark.parametrize(
    ("usual", "alarm", "said"), [(0.0, True, "90 to 111. Today it is 135."), (0.3, False, "Today it is 100")]
)
def test_the_picture_says_whether_customers_look_as_risky_as_usual(usual, alarm, said, report_config):
    drift = MOVED | {"findings": [finding("score", "score", "mean log-odds", 0.3, usual, alarm=alarm), VISITS]}
    (picture,) = fit(drift, report_config, EN).pictures
    assert said in picture.caption
    assert picture.svg.startswith('<svg role="img" aria-label="Mean risk by snapshot.')
    assert ("#8e1b3a" in picture.svg) == alarm


def test_without_scores_there_is_no_picture(report_config):
    nothing = CALM["history"] | {"score_mean": None}
    assert fit(MOVED | {"history": nothing}, report_config, EN).pictures == ()
    assert fit(MOVED | {"findings": [VISITS]}, report_config, EN).pictures == ()


@pytest.mark.parametrize(
    ("found", "en", "it"),
    [
        ([SLOPE, RISKIER, RECENCY], "No longer as it should: what customers did", "Non più come dovrebbe: ciò che i clienti"),
        ([LEFT], "No longer as it should: what customers did", "Non più come dovrebbe: ciò che i clienti"),
        ([RISKIER, RECENCY], "Perhaps no longer: how risky customers look", "Forse non più: quanto i clienti sembrano a rischio"),
        ([SPREAD], "Perhaps no longer: how risky customers look", "Forse non più: quanto i clienti sembrano a rischio"),
        ([RECENCY, VISITS], "Perhaps no longer: what has moved is much of what", "Forse non più: ciò che si è spostato è molto"),
    ],
)
def test_a_high_severity_says_what_it_rests_on_the_surest_first(report_config, found, en, it):
    for words, said in ((EN, en), (IT, it)):
        (sentence,) = fit(MOVED | {"findings": [*found, RISKIER | {"alarm": False}]}, report_config, words).said
        assert sentence.startswith(said)


@pytest.mark.parametrize(
    ("told", "en", "it"),
    [
        ({}, "Look at the data before you contact anybody: a", "Prima di contattare qualcuno si guardino i dati: una"),
        ({"verdict": "promote"}, "Look at the data before you promote the model", "Prima di promuovere il modello"),
        ({"verdict": "mend"}, "Look at the data before you contact anybody,", "Prima di contattare qualcuno si guardino"),
        ({"mend_first": False}, "Have a new model trained:", "Conviene far addestrare un nuovo modello:"),
        ({"mend_first": False, "alarm": False}, "Have a new model trained:", "Conviene far addestrare un nuovo modello:"),
        ({"mend_first": False, "verdict": "promote"}, "", ""),
    ],
)
def test_every_verdict_says_what_to_do_and_data_are_looked_at_before_training(report_config, told, en, it):
    for words, said in ((EN, en), (IT, it)):
        advice = fit(MOVED | told, report_config, words).advice
        assert advice.startswith(said)
        assert bool(advice) == bool(said)


def test_the_page_has_it_in_both_languages_and_escapes_words(report_config, material):
    hostile = GOLD | {"what": "<b>gold</b>"}
    data = [{"code": "ended_early", "sentence": "chat end on 2024-05-02"}]
    drift = MOVED | {"findings": [hostile, *ALL], "data": data}
    for locale, said in (("en", "Something no longer comes in."), ("it", "Qualcosa non arriva più.")):
        page = render(view(replace(material, drift=drift), report_config.model_copy(update={"locale": locale})))
        assert said in page
        assert "<b>gold" not in page
        assert "&lt;b&gt;gold" in page
        assert 'style="left:31.2%"' in page


def test_every_code_and_kind_has_its_words():
    for words in (EN, IT):
        assert [code for code in OF_TODAY if f"fit.data_{code}" not in words.texts] == []
        assert [kind for kind in (*KINDS, "line", "order", "return", "change") if f"kind.{kind}" not in words.texts] == []
        assert {"fit.alarm_low", "fit.alarm_moderate"} <= set(words.texts)
