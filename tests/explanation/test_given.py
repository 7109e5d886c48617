"""Which reasons a customer is given, in which order, and that they say what the row says."""

import numpy as np
import pandas as pd
import pytest

from pipeline.errors import DataUnfitError
from pipeline.explanation import given
from pipeline.explanation.contributions import group_contributions, reasons_of
from pipeline.explanation.given import Telling, given_reasons
from pipeline.model.booster import fit
from pipeline.model.simple import SimpleModel
from pipeline.reasons.declared import reasons
from pipeline.reasons.tongue import Tongue

MADE = reasons((30, 90), 90)
EN = Telling(MADE, Tongue("en"))
ABOUT = {"first_day": "2022-07-02", "active_days": 365, "label_days": 60, "known_until": "2024-06-01", "as_of": "2024-08-01"}
REASON = {"purchases_recency_days": "silence", "purchases_tenure_days": "history", "purchases_count_all": "history"}
REASON |= {"purchases_gap_days_mean_all": "order_rhythm", "tier": "tier"}


def told(contributed, rows, risky=True):
    """Codes that are given to one customer, whose log-odds the reasons move so."""
    frame = given._given(pd.DataFrame([{"customer_id": "c1", **rows}]), pd.DataFrame([contributed]), np.array([risky]), EN)
    found = [(frame[f"reason_{n}_code"][0], frame[f"reason_{n}_direction"][0]) for n in (1, 2, 3)]
    return [(code, direction) for code, direction in found if not pd.isna(code)]


FIGURES = {
    "purchases_recency_days": 94.0, "purchases_gap_days_median_all": 31.0, "purchases_gap_days_max_all": 60.0,
    "purchases_days_all": 7.0, "purchases_count_90d": 0.0, "purchases_count_all": 7.0, "purchases_tenure_days": 400.0,
    "visits_count_30d": 0.0, "visits_count_90d": 9.0, "engagements_days_90d": 2.0, "complaints_count_180d": 0.0,
    "tier": "gold", "country": "IT",
}  # fmt: skip


def test_those_that_a_campaign_can_act_on_come_first_if_they_are_close_to_the_strongest():
    assert told({"history": 1.0, "tier": 0.5, "visits": 0.9}, FIGURES) == [
        ("visits", "raises"), ("tier", "raises"), ("history", "raises"),
    ]  # fmt: skip
    assert told({"history": 1.0, "profile": 0.7, "visits": 0.49, "tier": 0.6}, FIGURES) == [
        ("tier", "raises"), ("history", "raises"), ("profile", "raises"),
    ]  # fmt: skip


def test_at_high_risk_only_what_raises_it_counts_and_else_whatever_moves_it():
    moved = {"visits": 0.3, "tier": -0.9, "history": 0.06}
    assert told(moved, FIGURES) == [("visits", "raises"), ("history", "raises")]
    assert told(moved, FIGURES, risky=False) == [("tier", "lowers"), ("visits", "raises"), ("history", "raises")]


def test_what_hardly_moves_the_risk_is_no_reason():
    assert told({"visits": 0.049, "tier": 0.051}, FIGURES) == [("tier", "raises")]
    assert told({"visits": 0.0, "tier": -0.2}, FIGURES) == []


def test_one_story_is_told_once():
    assert told({"silence": 0.5, "order_rhythm": 0.9, "visits": 0.2, "activity": 0.3}, FIGURES) == [
        ("silence", "raises"), ("activity", "raises"),
    ]  # fmt: skip


def test_two_reasons_with_the_same_words_are_one():
    only = {"only_purchase_recency_days": 40.0, "purchases_recency_days": 40.0, "tier": "gold"}
    moved = {"silence": 0.5, "order_frequency": 0.4, "history": 0.9, "tier": 0.1}
    assert told(moved, only) == [("silence", "raises"), ("tier", "raises")]


def test_a_reason_of_which_nothing_can_be_said_gives_way():
    assert told({"complaints": 0.9, "season": 0.8, "tier": 0.2}, FIGURES) == [("tier", "raises")]


@pytest.fixture(scope="module")
def catalog_of_reasons(catalog):
    return [feature | {"reason": REASON[feature["name"]]} for feature in catalog]


@pytest.fixture(scope="module")
def model(world, catalog):
    params = {"num_leaves": 5, "learning_rate": 0.1}
    return fit(world({"2024-03-01": 0.0}, customers=800), catalog, params, rounds=30, seed=0, about=ABOUT)


@pytest.fixture(scope="module")
def rows(world):
    """With what the sentences need beside what the model reads."""
    made = world({"2024-06-01": 0.0}, customers=300, seed=9)
    return made.assign(purchases_gap_days_median_all=20.0, purchases_days_all=made["purchases_count_all"])


def test_directions_are_the_signs_of_the_contributions(model, rows, catalog_of_reasons):
    risky = np.arange(len(rows)) % 2 == 0
    found = given_reasons(model, rows, risky, rows, catalog_of_reasons, EN)
    assert found["customer_id"].tolist() == rows["customer_id"].tolist()
    moved = group_contributions(model.booster, model.columns, rows, reasons_of(model.columns, catalog_of_reasons))
    seen = 0
    for n in (1, 2, 3):
        for place in np.flatnonzero(found[f"reason_{n}_code"].notna()):
            contribution = moved[found[f"reason_{n}_code"][place]].iloc[place]
            assert abs(contribution) >= 0.05
            assert found[f"reason_{n}_direction"][place] == ("raises" if contribution > 0 else "lowers")
            assert contribution > 0 or not risky[place]
            seen += 1
    assert seen > 300
    assert (found["reason_1_direction"] == "lowers").any()


def test_who_is_explained_beside_them_and_in_which_order_changes_nothing(model, rows, catalog_of_reasons, monkeypatch):
    risky = np.arange(len(rows)) % 2 == 0
    whole = given_reasons(model, rows, risky, rows, catalog_of_reasons, EN)
    monkeypatch.setattr(given, "CHUNK", 7)
    some = np.random.default_rng(1).permutation(len(rows))[:50]
    few = given_reasons(model, rows.iloc[some], risky[some], rows, catalog_of_reasons, EN)
    pd.testing.assert_frame_equal(few, whole.iloc[some].reset_index(drop=True))


def test_nobody_has_no_reasons(model, rows, catalog_of_reasons):
    found = given_reasons(model, rows.head(0), np.array([], dtype=bool), rows, catalog_of_reasons, EN)
    assert len(found) == 0
    assert found.columns.tolist()[:4] == ["customer_id", "reason_1_code", "reason_1", "reason_1_direction"]
    assert len(found.columns) == 10


def test_a_column_without_a_reason_is_refused(model, rows, catalog_of_reasons):
    with pytest.raises(DataUnfitError, match="have no reason"):
        given_reasons(model, rows, np.ones(len(rows), dtype=bool), rows, catalog_of_reasons[:-1], EN)


RULE = SimpleModel("recency", {"intercept": -4.0, "slope": 1.0}, ("purchases_recency_days",), {})
PEOPLE = pd.DataFrame(
    {
        "customer_id": ["late", "usual", "early", "only"],
        "t": pd.Timestamp("2024-06-01"),
        "purchases_recency_days": [200.0, 50.0, 5.0, 50.0],
        "purchases_gap_days_median_all": [20.0, 20.0, 20.0, np.nan],
        "purchases_days_all": [4.0, 4.0, 4.0, 1.0],
        "purchases_tenure_days": [400.0, 400.0, 400.0, 50.0],
        "purchases_count_all": [4.0, 4.0, 4.0, 1.0],
    }
)
CATALOG = [{"name": name, "reason": reason} for name, reason in REASON.items()] + [
    {"name": "purchases_days_all", "reason": "history"}
]


def test_a_rule_over_recency_is_explained_by_recency():
    found = given_reasons(RULE, PEOPLE, np.zeros(4, dtype=bool), PEOPLE, CATALOG, Telling(MADE, Tongue("it")))
    assert found["reason_1"].tolist()[:1] + found["reason_1"].tolist()[2:3] == [
        "Nessun ordine da 200 giorni; di solito uno ogni 20 giorni",
        "Ultimo ordine 5 giorni fa; di solito uno ogni 20 giorni",
    ]
    assert found["reason_1_direction"].tolist()[::2] == ["raises", "lowers"]
    assert found["reason_1"].isna().tolist() == [False, True, False, True], "as long ago as is usual for everyone: no reason"
    assert found["reason_2"].isna().all()


def test_bg_nbd_is_explained_by_what_it_reads():
    reads = ("purchases_days_all", "purchases_tenure_days", "purchases_recency_days")
    model = SimpleModel("bg_nbd", {"r": 0.5, "alpha": 30.0, "a": 0.8, "b": 2.5}, reads, {"horizon_days": 90})
    found = given_reasons(model, PEOPLE, np.zeros(4, dtype=bool), PEOPLE, CATALOG, EN).set_index("customer_id")
    assert found.loc["late", ["reason_1", "reason_1_direction"]].tolist() == [
        "No order for 200 days; usually one every 20 days", "raises",
    ]  # fmt: skip
    assert found.loc["early", ["reason_1_code", "reason_1_direction"]].tolist() == ["silence", "lowers"]
    assert "Customer for 50 days, 1 order in all" in found.loc["only"].tolist()
    assert set(found[["reason_1_code", "reason_2_code"]].stack().dropna()) <= {"silence", "history"}
