"""The forecasts that the monitor looks back at: the newest snapshot and delivery that the model did not know."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from pipeline.model.booster import ChurnModel, fit
from pipeline.model.simple import SimpleModel
from pipeline.monitor.examine import Material, in_hindsight

ABOUT = {
    "first_day": "2022-01-01", "active_days": 365, "label_days": 60, "definition": {"gap_days": 0}, "known_until": "2024-02-01",
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


def a_delivery(off: float, weight: float = 1.0, customers: int = 2000) -> pd.DataFrame:
    """Chances of customers, a fifth of whom were contacted and weigh 0, and outcomes whose log-odds are higher by `off`."""
    generator = np.random.default_rng(3)
    p = generator.uniform(0.2, 0.8, customers)
    churned = generator.random(customers) < 1 / (1 + np.exp(-logit(p) - off))
    stands_for = np.where(np.arange(customers) % 5 == 0, 0.0, weight)
    return pd.DataFrame({"churn_probability": p, "churned": churned, "weight": stands_for})


def test_the_newest_snapshot_is_held_against_the_level_of_its_day_not_that_of_the_training(rows, champion):
    (found,) = in_hindsight(material(rows, {}), champion)
    assert (found.t, found.of, found.customers) == (date(2024, 8, 15), "snapshot", 1500)
    assert found.level_p > 0.05
    frozen = champion.churn_probability(rows[rows["t"] == "2024-08-15"], date(2024, 8, 15)).mean()
    assert found.foreseen > frozen + 0.1, "the level of the training was too low"


def test_of_deliveries_the_newest_that_is_complete_is_read_and_who_was_contacted_does_not_count(rows, champion):
    delivered = {date(2024, 1, 15): a_delivery(9.0), date(2024, 7, 1): a_delivery(0.0), date(2024, 10, 1): a_delivery(9.0)}
    _, found = in_hindsight(material(rows, delivered), champion)
    assert (found.t, found.of, found.customers) == (date(2024, 7, 1), "delivery", 1600)
    assert found.level_p > 0.05
    wrong = in_hindsight(material(rows, {date(2024, 7, 1): a_delivery(2.5)}), champion)[1]
    assert wrong.level_p < 0.005


def test_three_leavers_who_stand_for_thirty_are_still_three(rows, champion):
    few = a_delivery(0.0, weight=10.0, customers=40).assign(churned=np.arange(40) % 13 == 1)
    assert [one.of for one in in_hindsight(material(rows, {date(2024, 7, 1): few}), champion)] == ["snapshot"]


def test_a_rule_foresees_no_level(rows):
    rule = SimpleModel("recency", {"intercept": 0.0, "slope": 1.0}, ("purchases_recency_days",), {})
    assert in_hindsight(material(rows, {}), rule) == []
