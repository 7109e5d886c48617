"""The forecasts that the monitor looks back at: the newest snapshot and delivery that the model did not know."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from pipeline.errors import DataUnfitError
from pipeline.model.booster import ChurnModel, fit
from pipeline.model.level_now import scored_once
from pipeline.model.simple import SimpleModel
from pipeline.monitor.examine import Material, examine, look_back
from pipeline.monitor.hindsight import Hindsight

ABOUT = {
    "first_day": "2022-01-01", "active_days": 365, "label_days": 60, "definition": {"gap_days": 0}, "known_until": "2024-02-01",
    "snapshots": ["2023-06-01", "2023-09-01", "2023-12-01"],
}  # fmt: skip
THEN = {"2023-06-01": 0.0, "2023-09-01": 0.0, "2023-12-01": 0.0}
SINCE = {"2024-03-01": 1.0, "2024-06-01": 1.0, "2024-08-15": 1.0}
TODAY = date(2024, 11, 1)
NEVER = pd.Timestamp(None)


@pytest.fixture
def rows(world) -> pd.DataFrame:
    """Everyone at six dates; from March on the level is higher by 1, and who came back was known to after ten days."""
    made = world(THEN | SINCE, customers=1500)
    back = pd.to_datetime(made["t"]) + pd.Timedelta(days=10)
    return made.assign(kept_known_at=back.where(made["y"] == 0, NEVER), first_contact_at=NEVER)


@pytest.fixture
def champion(world, catalog) -> ChurnModel:
    """Trained in February, before the level rose."""
    known = world(THEN, customers=1500).assign(kept_known_at=NEVER)
    return fit(known, catalog, {"num_leaves": 7}, rounds=40, seed=0, about=ABOUT)


def material(rows: pd.DataFrame, delivered: dict[date, pd.DataFrame]) -> Material:
    empty = pd.DataFrame()
    return Material(TODAY, rows, empty, [], empty, sorted(delivered), delivered.__getitem__, {})


def seen(rows: pd.DataFrame, model: ChurnModel, delivered: dict[date, pd.DataFrame]) -> tuple[list[Hindsight], list[dict]]:
    """What is looked back at of the model `m`, and the deliveries that are left out."""
    return look_back(material(rows, delivered), model, "m", scored_once(model, rows))


def a_delivery(off: float, weight: float = 1.0, customers: int = 2000) -> pd.DataFrame:
    """Chances of customers, a fifth of whom were contacted and weigh 0, and outcomes whose log-odds are higher by `off`."""
    generator = np.random.default_rng(3)
    p = generator.uniform(0.2, 0.8, customers)
    churned = generator.random(customers) < 1 / (1 + np.exp(-logit(p) - off))
    stands_for = np.where(np.arange(customers) % 5 == 0, 0.0, weight)
    return pd.DataFrame(
        {"churn_probability": p, "churned": churned, "weight": stands_for, "model_version": "m", "suspect": False}
    )


def test_the_newest_snapshot_is_held_against_the_level_of_its_day_not_that_of_the_training(rows, champion):
    (found,), _ = seen(rows, champion, {})
    assert (found.t, found.of, found.customers) == (date(2024, 8, 15), "snapshot", 1500)
    assert found.level_p > 0.05
    frozen = champion.churn_probability(rows[rows["t"] == "2024-08-15"], date(2024, 8, 15)).mean()
    assert found.foreseen > frozen + 0.1, "the level of the training was too low"


JUNE, JULY = date(2024, 6, 1), date(2024, 7, 1)


def test_of_deliveries_the_newest_is_judged_and_who_was_contacted_does_not_count(rows, champion):
    delivered = {date(2024, 1, 15): a_delivery(9.0), JUNE: a_delivery(9.0), JULY: a_delivery(0.0)}
    (_, found), left_out = seen(rows, champion, delivered)
    assert (found.t, found.of, found.customers) == (JULY, "delivery", 1600)
    assert found.level_p > 0.05
    assert left_out == []
    (_, wrong), _ = seen(rows, champion, {JULY: a_delivery(2.5)})
    assert wrong.level_p < 0.005


NOT_THIS_MODEL = [
    ({"model_version": "n"}, "other_model", "another model scored it"),
    ({"model_version": np.nan}, "unknown_model", "the list does not say which model scored it"),
    ({"model_version": ""}, "unknown_model", "the list does not say which model scored it"),
    ({"model_version": ["m"] * 1000 + ["n"] * 1000}, "unknown_model", "the list does not say which model scored it"),
    (
        {"suspect": True},
        "suspect",
        "the arms have not the sizes that were drawn, so that nobody knows for whom those left alone stand",
    ),
    ({"churned": True}, "too_few", "fewer than 30 of those left alone left, or stayed"),
]


@pytest.mark.parametrize(("said", "code", "why"), NOT_THIS_MODEL)
def test_a_delivery_that_may_not_judge_the_model_is_left_out_and_the_one_before_judges(rows, champion, said, code, why):
    newest = a_delivery(9.0).assign(**said)
    left_out = [{"code": code, "deliveries": ["2024-07-01"], "sentence": f"delivery of 2024-07-01 not judged: {why}"}]
    (_, found), told = seen(rows, champion, {JUNE: a_delivery(0.0), JULY: newest})
    assert (found.t, told) == (JUNE, left_out)
    assert found.level_p > 0.05
    assert seen(rows, champion, {JULY: newest})[1] == left_out
    assert [one.of for one in seen(rows, champion, {JULY: newest})[0]] == ["snapshot"]


def test_reasons_name_the_newest_three_and_a_list_that_scored_some_customers_has_their_version(rows, champion):
    others, days = a_delivery(9.0).assign(model_version="n"), [date(2024, 6, day) for day in (1, 8, 15, 22)]
    _, told = seen(rows, champion, {JULY: a_delivery(0.0).assign(suspect=True)} | dict.fromkeys(days, others))
    assert [(one["code"], one["deliveries"]) for one in told] == [
        ("other_model", ["2024-06-22", "2024-06-15", "2024-06-08", "2024-06-01"]),
        ("suspect", ["2024-07-01"]),
    ]
    assert told[0]["sentence"].startswith("deliveries of 2024-06-22, 2024-06-15, 2024-06-08 and 1 more not judged: another model")
    some = a_delivery(0.0)
    some.loc[:99, ["churn_probability", "model_version"]] = [np.nan, ""]
    assert seen(rows, champion, {JULY: some})[0][1].customers == 1520


def test_deliveries_of_before_the_model_are_not_read(rows, champion):
    _, told = seen(rows, champion, {})
    said = "no delivery of this model has matured yet, so none judges it"
    assert told == [{"code": "none_matured", "deliveries": [], "sentence": said}]
    assert seen(rows, champion, {date(2024, 1, 31): pd.DataFrame()}) == seen(rows, champion, {}), "rows without columns"


@pytest.mark.parametrize("column", ["model_version", "suspect", "weight"])
def test_rows_of_an_earlier_version_are_refused(rows, champion, column):
    with pytest.raises(DataUnfitError, match=r"^data/matured is of an earlier version: it does not say .* makes it anew$"):
        seen(rows, champion, {JULY: a_delivery(0.0).drop(columns=column)})


def test_three_leavers_who_stand_for_thirty_are_still_three(rows, champion):
    few = a_delivery(0.0, weight=10.0, customers=40).assign(churned=np.arange(40) % 13 == 1)
    found, told = seen(rows, champion, {JULY: few})
    assert [one.of for one in found] == ["snapshot"]
    assert [one["code"] for one in told] == ["too_few"]


def test_a_rule_foresees_no_level(rows):
    rule = SimpleModel("recency", {"intercept": 0.0, "slope": 1.0}, ("purchases_recency_days",), {})
    found, told = look_back(material(rows, {}), rule, "m", None)
    assert (found, [one["code"] for one in told]) == ([], ["no_score"])


def test_a_model_whose_features_are_gone_is_due_and_the_rest_is_compared(rows, champion):
    gone = rows.drop(columns=champion.columns.names[0])
    volumes = pd.DataFrame(columns=["t", "source", "kind", "rows", "sized", "typical", "variance"])
    whole = Material(TODAY, gone, gone[gone["t"] == "2024-08-15"], [], volumes, [], {}.__getitem__, {"findings": []})
    body = examine(whole, champion, "m", [], 0.05, 90)
    assert [one["code"] for one in body["due"]] == ["cannot_score"]
    assert (body["retrain"], body["outcomes"], body["history"]["score_mean"]) == (True, [], None)
