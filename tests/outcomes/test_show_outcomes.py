"""The sentence on a delivery, from literal figures."""

import pytest

from pipeline.learning.reported_rates import reported
from pipeline.operate.show_outcomes import COLUMNS, delivery_row, learned_row, verdict

JUNE = {
    "as_of": "2024-06-01", "matured": True, "suspect": False, "suspect_lists": [], "cost_from": "contacts", "why_not": None,
}  # fmt: skip
COSTS = "; costs are those of the contact log"


def effect(difference: float, low: float, high: float) -> dict:
    return JUNE | {"effect": {"churn_difference": difference, "low": low, "high": high}}


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            {"as_of": "2024-06-01", "matured": False, "matures_on": "2024-08-30", "data_end": None},
            "2024-06-01: not known before 2024-08-30, when the window of its customers has passed",
        ),
        (
            {"as_of": "2024-06-01", "matured": False, "matures_on": "2024-08-30", "data_end": "2024-07-01"},
            "2024-06-01: not known: the data end on 2024-07-01, before the window of its customers did on 2024-08-30; "
            "bring newer files",
        ),
        (effect(-0.04, -0.07, -0.01), f"2024-06-01: contacting kept customers: -4.0 points of churn (-7.0 to -1.0){COSTS}"),
        (effect(0.04, 0.01, 0.07), f"2024-06-01: contacting drove customers away: +4.0 points of churn (+1.0 to +7.0){COSTS}"),
        (effect(-0.01, -0.03, 0.01), f"2024-06-01: no effect to be told from chance: -1.0 points of churn (-3.0 to +1.0){COSTS}"),
        (
            effect(-0.01, -0.03, 0.01) | {"suspect": True},
            "2024-06-01: no effect to be told from chance: -1.0 points of churn (-3.0 to +1.0); the arms have not the sizes that "
            f"were drawn: do not trust it, the next lists learn nothing of it{COSTS}",
        ),
        (
            effect(-0.04, -0.07, -0.01) | {"suspect": True, "suspect_lists": ["churn", "win_back"]},
            "2024-06-01: contacting kept customers: -4.0 points of churn (-7.0 to -1.0); the arms of churn, win_back have not "
            f"the sizes that were drawn: do not trust it, the next lists learn nothing of it{COSTS}",
        ),
        (
            effect(-0.01, -0.03, 0.01) | {"cost_from": "both"},
            f"2024-06-01: no effect to be told from chance: -1.0 points of churn (-3.0 to +1.0){COSTS}, and of contacts that it "
            "lacks what the playbook expects",
        ),
        (
            effect(-0.01, -0.03, 0.01) | {"why_not": {"code": "few", "smaller_arm": 1, "needed": 20}},
            "2024-06-01: no effect to be told from chance: -1.0 points of churn (-3.0 to +1.0); no profit is told, as one arm "
            "has 1 customer and amounts need 20",
        ),
        (
            JUNE | {"effect": None, "why_not": {"code": "nobody_held_out", "smaller_arm": 0, "needed": 20}},
            "2024-06-01: not measurable: nobody of its lists was held out by chance",
        ),
    ],
)
def test_the_sentence_on_a_delivery(one, said):
    assert verdict(one) == said


def test_what_was_learned_of_an_offer_in_a_line():
    row = {
        "offer": "gift", "channel": "email", "segment": None, "contacted": 1200, "held_out": 300, "assumed": 0.4,
        "measured": -0.021, "measured_low": -0.1, "measured_high": 0.058, "used": 0.1, "low": 0.03, "high": 0.17,
        "origin": "both", "from_customers": 0.712,
    }  # fmt: skip
    figures = ("1,200", "300", "40.0 %", "-2.1 % (-10 to 6)", "10.0 % (3 to 17)")
    whole, segment = map(learned_row, reported([row, row | {"segment": "leaving", "origin": "measured"}]))
    assert whole == ("gift, email", *figures, "both, 71 % measured")
    assert segment == ("  leaving", *figures, "measured")
    (few,) = map(learned_row, reported([row | {"held_out": 7}, row | {"held_out": 7, "segment": "leaving"}]))
    assert few == ("gift, email", "1,200", "7", "40.0 %", "too few yet (7 of 20)", "10.0 % (3 to 17)", "both, 71 % measured")


def test_a_delivery_in_a_line_says_what_it_cost_and_brought():
    figures = {"predicted": 0.451, "realised": 0.462, "auc": None, "ece": None, "effect": None, "cost": 711.2, "profit": 31155.0}
    spans = {"saves": None, "profit": [9644.0, 49777.0]}
    row = dict(zip(COLUMNS, delivery_row(JUNE | figures | {"intervals": spans}), strict=True))
    assert (row["cost"], row["profit"]) == ("711", "31,155 (9,644 to 49,777)")
    unknown = delivery_row(JUNE | figures | {"intervals": spans, "cost": None})
    assert dict(zip(COLUMNS, unknown, strict=True))["cost"] == ""
