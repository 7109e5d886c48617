"""The truth folder says what is true: probabilities are met, outcomes happen, effects have the sign of their kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pipeline.simulator import OFFERS, Settings, World
from pipeline.simulator.truth import kind_of

if TYPE_CHECKING:
    from tests.simulator.conftest import Demo

OFFER_NAMES = [offer.name for offer in OFFERS]


def deciles(probability: pd.Series, happened: pd.Series) -> pd.DataFrame:
    """Mean probability, frequency and count by tenth of probability."""
    tenth = pd.qcut(probability, 10, labels=False, duplicates="drop")
    frame = pd.DataFrame({"p": probability, "y": happened.astype(float), "tenth": tenth})
    return frame.groupby("tenth").agg(p=("p", "mean"), y=("y", "mean"), n=("p", "size"))


@pytest.mark.parametrize("way", ["untreated", *OFFER_NAMES])
def test_every_tenth_of_customers_does_what_its_probability_says(demo: Demo, way: str) -> None:
    snapshots = demo.snapshots()
    name = "untreated_no_purchase_probability_90d" if way == "untreated" else f"no_purchase_probability_90d_{way}"
    table = deciles(snapshots[name], snapshots[f"no_purchase_90d_{way}"])
    # Windows of one customer overlap by up to two months, so a third of the rows is what counts.
    error = np.sqrt(table["p"] * (1 - table["p"]) / (table["n"] / 3))
    assert len(table) == 10
    assert ((table["y"] - table["p"]).abs() < 4 * error).all(), table


@pytest.mark.parametrize("state", ["loyal", "cooling", "gone"])
def test_the_probability_is_met_in_every_state(demo: Demo, state: str) -> None:
    rows = demo.snapshots().query("state == @state and not under_offer")
    assert rows["untreated_no_purchase_probability_90d"].mean() == pytest.approx(
        rows["no_purchase_90d_untreated"].mean(), abs=0.015
    )


def test_longer_horizons_are_never_more_likely_to_stay_silent(demo: Demo) -> None:
    snapshots = demo.snapshots()
    by_horizon = [snapshots[f"untreated_no_purchase_probability_{days}d"] for days in (30, 60, 90)]
    assert (by_horizon[0] >= by_horizon[1]).all()
    assert (by_horizon[1] >= by_horizon[2]).all()
    assert by_horizon[2].between(0, 1).all()


@pytest.mark.parametrize("offer", [None, *OFFER_NAMES])
def test_the_outcome_in_the_truth_is_what_the_world_then_does(small: Settings, offer: str | None) -> None:
    world = World(small)
    for _ in range(4):
        world.step()
    truth = world.truth(only_eligible=False).set_index("customer_id")
    contacts = None
    if offer:
        contacts = pd.DataFrame({
            "customer_id": truth.index, "offer": offer, "arm": "contact", "campaign_id": "all", "channel": "email",
            "assignment_probability": 1.0, "cost": 0.0, "contacted_at": world.now,
        })  # fmt: skip
    before = world.now
    for month in range(3):
        world.step(contacts if month == 0 else None)
    after = world.state().set_index("customer_id").loc[truth.index]
    silent = after["silent_days"] > (world.now - before).days
    assert (silent == truth[f"no_purchase_90d_{offer or 'untreated'}"]).all()


@pytest.mark.parametrize("offer", OFFER_NAMES)
def test_all_four_kinds_of_customer_exist_and_react_as_their_name_says(demo: Demo, offer: str) -> None:
    rows = demo.snapshots().query("not under_offer")
    kinds = rows.groupby(f"kind_{offer}")
    shares = kinds.size() / len(rows)
    effect = kinds[f"no_purchase_90d_{offer}"].mean() - kinds["no_purchase_90d_untreated"].mean()
    assert set(shares.index) == {"persuadable", "sleeping_dog", "sure_thing", "lost_cause"}
    assert shares.min() > 0.04
    assert effect["persuadable"] < -0.04
    assert effect["sleeping_dog"] > 0.04
    assert abs(effect["sure_thing"]) < 0.02
    assert abs(effect["lost_cause"]) < 0.02
    untreated = kinds["no_purchase_90d_untreated"].mean()
    assert untreated["lost_cause"] > 0.7 > 0.3 > untreated["sure_thing"]


@pytest.mark.parametrize("offer", OFFER_NAMES)
def test_some_are_saved_some_lost_some_stay_and_some_are_driven_away(demo: Demo, offer: str) -> None:
    rows = demo.snapshots()
    cells = pd.crosstab(rows["no_purchase_90d_untreated"], rows[f"no_purchase_90d_{offer}"], normalize=True)
    saved, lost, stayed, annoyed = cells[False][True], cells[True][True], cells[False][False], cells[True][False]
    assert 0.02 < saved < 0.12
    assert lost > 0.3
    assert stayed > 0.4
    assert 0.003 < annoyed < 0.05


def test_passes_are_renewed_as_often_as_the_truth_says(demo: Demo) -> None:
    truth = pd.read_parquet(demo.truth / "renewals.parquet")
    log = demo.csv("memberships").query("status in ('active', 'renewed')")
    log = log.assign(expires_at=pd.to_datetime(log["changed_at"]), renewed=True)[["membership_no", "expires_at", "renewed"]]
    ended = truth[truth["expires_at"] < "2025-07-01"].merge(log, on=["membership_no", "expires_at"], how="left")
    table = deciles(ended["untreated_no_renewal_probability"], ended["renewed"].isna())
    error = np.sqrt(table["p"] * (1 - table["p"]) / (table["n"] / 3))
    assert len(table) >= 5
    # Some members were made an offer after the boundary, which the truth leaves out.
    assert ((table["y"] - table["p"]).abs() < 4 * error + 0.01).all(), table
    assert table["p"].iloc[-1] > table["p"].iloc[0] + 0.3


def test_kinds_follow_from_the_two_probabilities() -> None:
    kinds = kind_of(np.array([0.2, 0.8, 0.6, 0.3]), np.array([0.19, 0.81, 0.4, 0.5]))
    assert kinds.tolist() == [0, 1, 2, 3]


def test_a_horizon_that_is_no_whole_number_of_months_is_refused(small: Settings) -> None:
    with pytest.raises(ValueError, match="multiple of 30"):
        World(small).truth(horizon_days=45)
