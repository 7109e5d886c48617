"""Values, profits and reasons in sentences."""

import pandas as pd
import pytest

from pipeline.report.drivers import Driver, Driving, drivers, driving, repeated
from pipeline.report.earnings import earned, worth
from pipeline.report.lifetime_value import predicted_lifetime_value
from pipeline.report.words import spoken
from tests.conftest import config_of

EN = spoken("en")
VALUE = {
    "days": 90,
    "pooled": {"mean": 44.6, "bias": 0.02, "dates": 4, "gini": 0.49, "baselines": {"last_year": {"gini": 0.41}}},
}
CUT = {"share": 0.18, "share_low": 0.16, "share_high": 0.22, "profit": 0.47, "profit_low": 0.43, "profit_high": 0.51}
PROFIT = {
    "campaign": {
        "everybody": -3.8,
        "break_even": {"of_mean_value": 0.284, "never": 0.12},
        "rule": {"share": 0.19, "profit": 0.46},
        "best_cut": {"expected_profit": CUT},
    }
}


def test_expected_values_are_compared_with_what_happened() -> None:
    assert worth(VALUE, EN) == (
        "Expected values: who stayed brought 44.60 in 90 days on average over 4 test dates; 2.0\u202f% too much was expected. "
        "The model orders them with a Gini of 0.49, 0.41 by last year's spending; 1 is perfect, 0 random."
    )
    pooled = {**VALUE["pooled"], "bias": -0.1, "dates": 1}
    assert "1 test date; 10.0\u202f% too little was expected" in worth({**VALUE, "pooled": pooled}, EN)
    assert worth({"off": "Nothing is known."}, EN) == "Nothing is known."


def test_what_customers_will_bring_is_their_value_times_the_chance_that_they_stay() -> None:
    scored = pd.DataFrame({"churn_probability": [0.5, 0.2, 0.9], "expected_value": [10.0, 20.0, None]})
    (figure,) = predicted_lifetime_value(scored, VALUE, EN)
    assert figure.value == "10.50"  # (5 + 16) / 2
    assert figure.formula == "(1 − churn_probability) × expected_value, mean of 2 scored customers, next 90 days"
    assert predicted_lifetime_value(scored.assign(expected_value=None), VALUE, EN) == ()
    assert predicted_lifetime_value(scored, {"off": "No value is known."}, EN) == ()


def test_profits_are_those_of_the_rule_of_everybody_and_of_the_best_cut() -> None:
    assert earned(PROFIT, EN) == (
        "Contacting whoever promised a profit, 19\u202f% of customers, would have earned 0.46 per customer at risk; contacting "
        "all −3.80. A customer of average value is worth contacting from a probability of leaving of 0.28 on; 12\u202f% of "
        "customers are worth it at none. Most would have been earned by contacting the best 18\u202f% (95 % interval 16\u202f% "
        "to 22\u202f%): 0.47 (0.43 to 0.51) per customer at risk."
    )
    none = {**PROFIT["campaign"], "break_even": {"of_mean_value": None, "never": 0.9}}
    assert "is worth contacting at no probability; neither are 90\u202f% of customers." in earned({"campaign": none}, EN)
    nothing = {**PROFIT["campaign"], "best_cut": {"expected_profit": {**CUT, "share": 0.0}}}
    assert earned({"campaign": nothing}, EN).endswith(
        "No share of the list would have earned anything under the campaign's costs."
    )


def reason(code: str, contribution: float, feature: str, direction: float | None) -> dict[str, object]:
    return {"reason": code, "contribution": contribution, "raises": 0.25, "feature": feature, "direction": direction}


def test_reasons_are_said_in_words_with_what_more_of_their_strongest_feature_does() -> None:
    found = [
        reason("silence", 0.6, "purchases_recency_days", 0.9),
        reason("order_frequency", 0.3, "purchases_count_90d", -0.9),
        reason("gone_since", 0.1, "tier", None),
        reason("history", 0.0, "purchases_tenure_days", 0.1),
    ]
    first, second, third, last = driving({"reasons": found}, config_of(), EN)
    assert first == Driving(
        "Time since the latest order", pytest.approx(0.6), 1.0, "Days since the latest purchase: more of it raises the risk", 0.25
    )
    assert second.direction == "Number of purchases in the last 90 days: more of it lowers the risk"
    assert (third.words, third.width, third.direction) == ("Gone since", pytest.approx(1 / 6), "Tier: either way")
    assert last.direction.endswith(": either way")


def test_a_simple_rule_has_no_reasons() -> None:
    assert driving({}, config_of(), EN) == ()
    assert repeated({}, EN) == ""


def test_features_keep_their_share_of_the_gain() -> None:
    importance = pd.DataFrame({"feature": ["purchases_recency_days", "forgotten"], "share": [0.8, 0.2]})
    first, second = drivers(importance, config_of(), EN)
    assert (first.name, first.share, first.width) == ("purchases_recency_days", 0.8, 1.0)
    assert second == Driver("Forgotten", "forgotten", 0.2, 0.25)


def test_how_far_reasons_are_repeated_is_a_sentence() -> None:
    stability = {"rows": 2000, "models": 5, "reasons": 3, "first": 0.83, "all": 0.52, "overlap": 0.81}
    assert repeated({"stability": stability}, EN) == (
        "Trained again a label later, the model gives 83\u202f% of customers the same first reason, and of the 3 strongest keeps "
        "81\u202f% (2,000 customers, 5 models)."
    )
    assert repeated({"stability": {**stability, "models": 1}}, EN) == ""


def test_in_italian_features_are_called_like_their_reasons_and_keep_their_names_beside() -> None:
    found = [reason("silence", 0.6, "purchases_recency_days", 0.9)]
    (one,) = driving({"reasons": found}, config_of(), spoken("it"))
    assert one.words == "Tempo dall'ultimo ordine"
    assert one.direction == "Tempo dall'ultimo ordine (purchases_recency_days): se cresce, il rischio sale"
    importance = pd.DataFrame({"feature": ["purchases_recency_days", "forgotten"], "share": [0.8, 0.2]})
    assert [d.words for d in drivers(importance, config_of(), spoken("it"))] == ["Tempo dall'ultimo ordine", "forgotten"]
