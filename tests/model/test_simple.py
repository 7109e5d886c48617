"""What scores a small company: BG/NBD where buying is free, a curve over recency elsewhere; saved, loaded, refused."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from pipeline.errors import DataUnfitError
from pipeline.model.baselines import bg_nbd_fit, bg_nbd_no_purchase
from pipeline.model.saved import load, version_of
from pipeline.model.simple import fit_simple, too_few

T = date(2024, 6, 1)
ABOUT = {"definition": {"kind": "purchase", "horizon_days": 60}, "as_of": "2024-08-01", "source": "corner shop"}
RENEWAL = ABOUT | {"definition": {"kind": "renewal", "horizon_days": 60}}


def customers(size: int = 300, seed: int = 0) -> pd.DataFrame:
    """Rows of two dates: who came lately and often stays."""
    generator = np.random.default_rng(seed)
    age = generator.uniform(100, 700, size)
    days = 1 + generator.poisson(3, size)
    recency = np.where(days > 1, age * generator.beta(1, 3, size), age)
    return pd.DataFrame(
        {
            "customer_id": [f"c{who}" for who in range(size)],
            "t": np.where(np.arange(size) % 2, pd.Timestamp("2024-03-01"), pd.Timestamp("2024-02-01")),
            "y": (generator.random(size) < 1 / (1 + np.exp(4 - np.log1p(recency)))).astype(int),
            "weight": 1.0,
            "purchases_days_all": days.astype(np.float32),
            "purchases_tenure_days": age.astype(np.float32),
            "purchases_recency_days": recency.astype(np.float32),
        }
    )


def test_a_buyer_is_scored_by_bg_nbd_fitted_on_the_latest_date() -> None:
    rows = customers()
    model = fit_simple(rows, ABOUT)
    latest = rows[rows["t"] == "2024-03-01"]

    def read(frame: pd.DataFrame) -> list[np.ndarray]:
        days, age, recency = (frame[name].to_numpy(float) for name in model.columns)
        return [days - 1, age - recency, age]

    assert model.kind == "bg_nbd"
    assert model.parameters == bg_nbd_fit(*read(latest))
    assert model.churn_probability(rows, T) == pytest.approx(bg_nbd_no_purchase(model.parameters, *read(rows), days=60))
    assert model.level(T) is None
    assert sum(model.importance().values()) == pytest.approx(1)


def test_a_renewal_is_scored_by_a_curve_over_recency() -> None:
    rows = customers(2000)
    model = fit_simple(rows, RENEWAL)
    expected = LogisticRegression(C=np.inf).fit(np.log1p(rows[["purchases_recency_days"]]), rows["y"])
    assert model.kind == "recency"
    assert model.parameters["slope"] == pytest.approx(expected.coef_[0, 0], abs=0.02)
    told = model.churn_probability(rows, T)
    assert told.mean() == pytest.approx(rows["y"].mean(), abs=0.001)
    assert (np.diff(told[np.argsort(rows["purchases_recency_days"])]) >= 0).all()


def test_who_never_bought_has_a_probability_too() -> None:
    rows = customers()
    silent = rows.head(3).assign(purchases_days_all=np.nan, purchases_tenure_days=np.nan, purchases_recency_days=np.nan)
    for about in (ABOUT, RENEWAL):
        told = fit_simple(rows, about).churn_probability(silent, T)
        assert ((told > 0) & (told < 1)).all()


@pytest.mark.parametrize("about", [ABOUT, RENEWAL])
def test_what_is_saved_is_loaded_and_a_change_is_noticed(about: dict, tmp_path) -> None:
    rows = customers()
    model = fit_simple(rows, about)
    model.save(tmp_path, "ship")
    assert load(tmp_path, "ship") == model
    assert version_of(tmp_path).startswith("20240801-")
    path = tmp_path / "ship.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    name = next(iter(body["parameters"]))
    path.write_text(json.dumps(body | {"parameters": body["parameters"] | {name: 9.0}}), encoding="utf-8")
    with pytest.raises(DataUnfitError, match="not those their checksum names"):
        load(tmp_path, "ship")
    del body["about"]
    path.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(DataUnfitError):
        load(tmp_path, "ship")


def test_a_column_that_is_missing_at_scoring_is_named() -> None:
    model = fit_simple(customers(), ABOUT)
    with pytest.raises(DataUnfitError, match="the column purchases_days_all that the model needs is missing"):
        model.churn_probability(customers().drop(columns="purchases_days_all"), T)


def test_nobody_and_one_outcome_are_refused_where_nothing_can_be_fitted() -> None:
    with pytest.raises(DataUnfitError, match="nobody was at risk"):
        fit_simple(customers().head(0), ABOUT)
    with pytest.raises(DataUnfitError, match="too few customers for trees, and nothing simpler to fit"):
        fit_simple(customers().assign(y=0), RENEWAL)


def test_fewer_customers_than_trees_need_get_a_simple_rule_and_are_told_why():
    assert too_few(500, T, 500) == ""
    assert too_few(499, T, 500) == (
        "499 customers were at risk on 2024-06-01, trees need 500 (train.min_customers): the list is that of a simple rule"
    )
