"""What a reason says is what would move the score: the raw data of customers are changed, features and score made again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.explanation.contributions import LEAST, group_contributions, reasons_of
from pipeline.model.booster import ChurnModel, fit
from tests.worlds import Row, Tables, definition, every_feature, features_of

T = datetime(2024, 1, 1)
DAY = timedelta(days=1)
WINDOWS = (30, 90, 180, 365)
CUSTOMERS = [f"c{number:03d}" for number in range(500)]
ABOUT = {"first_day": "2022-01-01", "active_days": 365, "label_days": 90, "known_until": "2024-04-01", "as_of": "2024-04-01"}


def order(customer: str, at: datetime) -> Row:
    return {"customer_id": customer, "order_id": f"{customer} {at}", "ordered_at": at, "amount": 20}


def company() -> tuple[Tables, pd.Series]:
    """Customers who order, each at a pace of their own, until they lose interest; and who left."""
    generator, left = np.random.default_rng(5), {}
    orders: list[Row] = []
    for customer in CUSTOMERS:
        start, pace = T - generator.uniform(200, 700) * DAY, generator.uniform(10, 50)
        until = start + (60 + generator.exponential(800)) * DAY
        ordered = [start, *(start + float(days) * DAY for days in np.cumsum(generator.gamma(4, pace / 4, 100)))]
        left[customer] = int(not any(T <= at < min(until, T + 90 * DAY) for at in ordered))
        orders += [order(customer, at) for at in ordered if at < min(until, T)]
    return {"transactions": orders}, pd.Series(left)


def looked_at(tables: Tables) -> pd.DataFrame:
    """The features of everyone at T."""
    made = features_of(tables, [(customer, T) for customer in CUSTOMERS], windows=WINDOWS)
    frame = pd.DataFrame.from_dict({customer: row for (customer, _), row in made.items()}, orient="index")
    return frame.loc[CUSTOMERS].astype(
        {name: float for name in frame if frame[name].dtype == object and name != "purchases_gaps"}
    )


@pytest.fixture(scope="module")
def world() -> tuple[Tables, pd.DataFrame, ChurnModel, pd.DataFrame]:
    """The raw rows, the features, a model of who left, and what each reason contributes."""
    tables, left = company()
    frame = looked_at(tables)
    catalog: list[dict[str, Any]] = [
        {"name": feature.name, "type": "number", "reason": feature.reason}
        for feature in every_feature(definition(), WINDOWS)
        if feature.in_matrix and feature.name in frame
    ]
    rows = frame.assign(t=pd.Timestamp(T), y=left, weight=1.0)
    model = fit(rows, catalog, {"num_leaves": 7, "learning_rate": 0.05, "min_data_in_leaf": 20}, rounds=120, seed=0, about=ABOUT)
    groups = reasons_of(model.columns, catalog)
    return tables, rows, model, group_contributions(model.booster, model.columns, rows, groups)


def with_order_yesterday(tables: Tables, who: set[str]) -> Tables:
    return tables | {"transactions": [*tables["transactions"], *(order(customer, T - DAY) for customer in sorted(who))]}


def without_orders_of_late(tables: Tables, who: set[str]) -> Tables:
    """Silent for 150 days, but for whoever came only then."""
    kept = [
        row
        for row in tables["transactions"]
        if row["customer_id"] not in who or row["ordered_at"] < T - 150 * DAY  # type: ignore[operator]
    ]
    return tables | {"transactions": kept}


@pytest.mark.parametrize(
    ("reason", "sign", "change"),
    [
        ("silence", 1, with_order_yesterday),
        ("silence", -1, without_orders_of_late),
    ],
)
def test_the_score_moves_against_the_reason_when_its_ground_is_taken_away(
    world: tuple[Tables, pd.DataFrame, ChurnModel, pd.DataFrame],
    reason: str,
    sign: int,
    change: Callable[[Tables, set[str]], Tables],
) -> None:
    tables, rows, model, contributed = world
    who = contributed.index[sign * contributed[reason] >= LEAST]
    assert len(who) >= 50, "the model has this reason"
    again = looked_at(change(tables, set(who)))
    moved = model.score(again.loc[who]) - model.score(rows.loc[who])
    assert (sign * moved < 0).mean() >= 0.95
    assert np.array_equal(model.score(again.drop(index=who)), model.score(rows.drop(index=who))), "nobody else's"
