"""Which fresh models pass which gate, from literal figures."""

from datetime import date

import pytest

from pipeline.config import Promotion
from pipeline.promotion.comparison import Comparison
from pipeline.promotion.gates import Evidence, Opponent, accepted, judge_gates, refusal

LIMITS = Promotion(margin=0.005, max_age_days=180)
METRICS = {"grade": "A", "grade_reason": "Good.", "pooled": {"auc": 0.8}, "pooled_baselines": {"recency": {"auc": 0.7}}}


def compared(difference: float, width: float = 0.001, ece: tuple[float, float] = (0.01, 0.01)) -> Comparison:
    errors = dict(zip(("challenger", "champion"), ece, strict=True))
    return Comparison(difference, difference - width, difference + width, 0.0, errors, 1000, ["2024-03-01"])


def opponent(**known) -> Opponent:
    return Opponent(**{"version": "20240501-89abcdef", "as_of": date(2024, 5, 1), "grade": "A", "aged": compared(0.0)} | known)


def evidence(champion: Opponent | None = None, **known) -> Evidence:
    return Evidence(**{"today": date(2024, 6, 1), "fit": "", "scores": "", "metrics": METRICS, "champion": champion} | known)


def refused(given: Evidence) -> list[str]:
    """Names of the gates that refuse."""
    return [name for name, found in judge_gates(given, LIMITS).items() if found.passed is False]


def graded(letter: str | None, auc: float = 0.8) -> dict:
    return METRICS | {"grade": letter, "pooled": {"auc": auc}}


@pytest.mark.parametrize(
    ("given", "by"),
    [
        (evidence(), []),
        (evidence(opponent()), []),
        (evidence(fit="cannot train: too short"), ["data"]),
        (evidence(scores="the column tier is missing"), ["schema"]),
        (evidence(opponent(), taken_back="lists looked odd"), ["taken_back"]),
        # the first may be miscalibrated, but not rank worse than a rule of thumb
        (evidence(metrics=graded("C")), []),
        (evidence(metrics=graded("C", auc=0.696)), []),
        (evidence(metrics=graded("C", auc=0.694)), ["grade"]),
        (evidence(metrics=graded(None)), []),
        # against a champion, C passes only where the champion is no better
        (evidence(opponent(), metrics=graded("B")), []),
        (evidence(opponent(), metrics=graded("C")), ["grade"]),
        (evidence(opponent(grade="C"), metrics=graded("C")), []),
        # the same recipe on newer data: not worse by more than the margin
        (evidence(opponent(aged=compared(0.005))), []),
        (evidence(opponent(aged=compared(0.0051))), ["not_worse"]),
        (evidence(opponent(aged=compared(0.0, ece=(0.03, 0.001)))), []),
        (evidence(opponent(aged=compared(0.0, ece=(0.05, 0.06)))), []),
        (evidence(opponent(aged=compared(0.0, ece=(0.05, 0.04)))), ["calibration"]),
        # another recipe: better beyond its interval
        (evidence(opponent(recipe=compared(-0.002))), []),
        (evidence(opponent(recipe=compared(-0.0005))), ["better"]),
        (evidence(opponent(recipe=compared(-0.002), aged=compared(0.01))), ["not_worse"]),
        # a champion too old only has to be matched
        (evidence(opponent(recipe=compared(0.002), as_of=date(2023, 12, 4))), ["better"]),
        (evidence(opponent(recipe=compared(0.002), as_of=date(2023, 12, 3))), []),
        (evidence(opponent(recipe=compared(0.006), as_of=date(2023, 12, 3))), ["better"]),
        # another definition cannot be compared
        (evidence(opponent(aged=None, unlike="it was trained for another churn definition")), []),
    ],
)
def test_the_gates_that_refuse(given, by):
    assert refused(given) == by


def test_a_refusal_says_every_reason():
    found = judge_gates(evidence(opponent(aged=compared(0.01)), fit="cannot train: too short"), LIMITS)
    assert refusal(found) == (
        "cannot train: too short; log loss +0.0100 (+0.0090 to +0.0110) against the champion as old as it is today, at most "
        "+0.0050 is allowed"
    )
    assert found["not_worse"].passed is False
    assert refusal(judge_gates(evidence(), LIMITS)) == ""


def test_sentences_that_end_with_a_full_stop_are_joined_without_it():
    assert accepted(judge_gates(evidence(opponent()), LIMITS)) == (
        "grade A: Good; calibration error 0.010, the champion's 0.010; log loss +0.0000 (-0.0010 to +0.0010) against the "
        "champion as old as it is today, at most +0.0050 is allowed"
    )
    assert accepted(judge_gates(evidence(), LIMITS)) == "grade A: Good"
    assert refusal(judge_gates(evidence(taken_back="Lists looked odd."), LIMITS)) == "it was rolled back from: Lists looked odd"


def test_what_cannot_be_asked_is_said_and_refuses_nothing():
    found = judge_gates(evidence(opponent(aged=None, unlike="it reads tier, which is no feature any more")), LIMITS)
    assert (found["not_worse"].passed, found["not_worse"].said) == (None, "it reads tier, which is no feature any more")
    assert found["better"].passed is None
