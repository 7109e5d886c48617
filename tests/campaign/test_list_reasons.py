"""Who is given reasons: everybody in an arm who was scored, and the riskiest, by the model that scores."""

import pandas as pd
import pytest

from pipeline.campaign import list_reasons
from pipeline.model.booster import fit
from tests.campaign.small_plan import config

ABOUT = {"first_day": "2022-07-02", "active_days": 365, "label_days": 60, "known_until": "2024-06-01", "as_of": "2024-08-01"}
REASON = {"purchases_recency_days": "silence", "purchases_tenure_days": "history", "purchases_count_all": "history"}
REASON |= {"purchases_gap_days_mean_all": "order_rhythm", "tier": "tier"}
PROBABILITIES = [0.95, 0.9, 0.85, 0.5, 0.3, 0.1, None]
ARMS = ["none", "none", "none", "contact", "holdout", "none", "control"]


@pytest.fixture(scope="module")
def explain(world, catalog):
    """The reasons of seven customers, the last one without a score."""
    params = {"num_leaves": 5, "learning_rate": 0.1}
    model = fit(world({"2024-03-01": 0.0}, customers=800), catalog, params, rounds=30, seed=0, about=ABOUT)
    rows = world({"2024-06-01": 0.0}, customers=300, seed=9)
    rows = rows.assign(purchases_gap_days_median_all=20.0, purchases_days_all=rows["purchases_count_all"])
    names = [*rows["customer_id"][:6], "lapsed"]
    planned = pd.DataFrame({"customer_id": names, "churn_probability": PROBABILITIES, "arm": ARMS})

    def make(locale="en", order=None):
        known = planned if order is None else planned.iloc[order]
        features = [feature | {"reason": REASON[feature["name"]]} for feature in catalog]
        return names, list_reasons.list_reasons(model, rows, features, known, config(locale=locale))

    return make


def test_everybody_in_an_arm_and_the_riskiest_are_told_and_nobody_else(explain, monkeypatch):
    monkeypatch.setattr(list_reasons, "SHOWN", 2)
    names, found = explain()
    assert set(found["customer_id"]) == {names[place] for place in (0, 1, 3, 4)}
    assert found["customer_id"].is_unique
    assert found["reason_1"].notna().any()


def test_at_high_risk_only_what_raises_the_risk_is_told(explain):
    names, found = explain()
    risky = found[found["customer_id"].isin(names[:4])]
    directions = risky[[f"reason_{n}_direction" for n in (1, 2, 3)]].stack()
    assert set(directions.dropna()) == {"raises"}


def test_the_order_of_the_customers_does_not_matter(explain):
    pd.testing.assert_frame_equal(explain()[1], explain(order=[6, 2, 0, 4, 5, 1, 3])[1])


def test_sentences_are_in_the_language_of_the_lists(explain):
    english, italian = explain()[1], explain("it")[1]
    assert (english["reason_1_code"].dropna() == italian["reason_1_code"].dropna()).all()
    said = english["reason_1"].notna()
    assert not (english.loc[said, "reason_1"] == italian.loc[said, "reason_1"]).any()
