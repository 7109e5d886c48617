"""The frozen default world: its figures, and how hard its churn is to foresee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import lightgbm
import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln
from sklearn.metrics import roc_auc_score

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.conftest import Demo

END = pd.Timestamp("2025-07-01")
FROZEN_ROWS = {
    "campaign_contacts": 9_317,
    "customers": 20_000,
    "email_events": 854_957,
    "loyalty_points": 122_158,
    "memberships": 40_551,
    "order_lines": 431_034,
    "service_tickets": 48_263,
    "surveys": 37_782,
    "tier_changes": 25_598,
    "web_events": 1_163_306,
}
FROZEN = {"eligible": 15_986, "churn": 0.4355, "probability": 0.4383, "oracle_auc": 0.8636}
RFM = ["recency", "tenure", "orders", "orders_30", "orders_90", "orders_180", "revenue_180"]
ENGAGEMENT = ["visits_30", "visits_90", "last_visit", "opens_30", "opens_90", "complaints_90", "nps"]


def observed(demo: Demo, days_before_end: list[int]) -> pd.DataFrame:
    """What a shop sees of its customers at some dates, with the truth; customers contacted around them left out."""
    connection = duckdb.connect()
    connection.sql(f"""
        CREATE TABLE orders AS
        SELECT customer_no AS c, min(order_time)::TIMESTAMP AS ts, sum(line_total::DOUBLE) AS amount
        FROM read_csv('{demo.raw}/order_lines.csv', all_varchar = true)
        WHERE line_type = 'SALE' AND customer_no IS NOT NULL GROUP BY c, order_no HAVING amount > 0""")
    connection.sql(f"""
        CREATE TABLE events AS
        SELECT customer_no AS c, event_time AS ts, 'visit' AS kind, NULL AS score FROM '{demo.raw}/web_events.parquet'
        WHERE event_type IN ('site_visit', 'app_session')
        UNION ALL SELECT customer_no, event_time, action, NULL
        FROM '{demo.raw}/email_events.parquet' WHERE action = 'opened'
        UNION ALL SELECT customer_no, opened_at::TIMESTAMP, 'complaint', NULL
        FROM read_csv('{demo.raw}/service_tickets.csv', all_varchar = true) WHERE ticket_type = 'COMPLAINT'
        UNION ALL SELECT customer_no, answered_at::TIMESTAMP, 'nps', score::DOUBLE
        FROM read_csv('{demo.raw}/surveys.csv', all_varchar = true) WHERE survey = 'NPS'""")
    connection.sql(f"""
        CREATE TABLE contacted AS SELECT customer_no AS c, contacted_at::TIMESTAMP AS ts
        FROM read_csv('{demo.raw}/campaign_contacts.csv', all_varchar = true) WHERE arm = 'contact'""")
    return pd.concat([_observed_at(connection, demo, END - pd.Timedelta(days=days)) for days in days_before_end])


def _observed_at(connection: duckdb.DuckDBPyConnection, demo: Demo, t: pd.Timestamp) -> pd.DataFrame:
    return connection.sql(f"""
        WITH bought AS (SELECT *, date_diff('second', ts, TIMESTAMP '{t}') / 86400.0 AS age FROM orders),
        past AS (SELECT c, min(age) AS recency, max(age) AS tenure, count(DISTINCT ts::DATE) AS orders,
            count(*) FILTER (age < 30) AS orders_30, count(*) FILTER (age < 90) AS orders_90,
            count(*) FILTER (age < 180) AS orders_180, sum(amount) FILTER (age < 180) AS revenue_180
            FROM bought WHERE age > 0 GROUP BY c),
        seen AS (SELECT *, date_diff('second', ts, TIMESTAMP '{t}') / 86400.0 AS age FROM events),
        signs AS (SELECT c, count(*) FILTER (kind = 'visit' AND age < 30) AS visits_30,
            count(*) FILTER (kind = 'visit' AND age < 90) AS visits_90, min(age) FILTER (kind = 'visit') AS last_visit,
            count(*) FILTER (kind = 'opened' AND age < 30) AS opens_30,
            count(*) FILTER (kind = 'opened' AND age < 90) AS opens_90,
            count(*) FILTER (kind = 'complaint' AND age < 90) AS complaints_90,
            arg_min(score, age) FILTER (kind = 'nps') AS nps FROM seen WHERE age BETWEEN 0 AND 365 GROUP BY c)
        SELECT past.*, signs.* EXCLUDE (c), truth.* EXCLUDE (customer_id),
            past.c NOT IN (SELECT c FROM bought WHERE age <= 0 AND age > -90) AS churned
        FROM '{demo.truth}/snapshots.parquet' AS truth
        JOIN past ON past.c = customer_id LEFT JOIN signs ON signs.c = past.c
        WHERE t = TIMESTAMP '{t}' AND past.c NOT IN (
            SELECT c FROM contacted WHERE abs(date_diff('day', ts, TIMESTAMP '{t}')) <= 90)
        ORDER BY past.c""").df()


def bgnbd_no_purchase(rows: pd.DataFrame, horizon: float) -> np.ndarray:
    """P(no purchase within `horizon` days) of BG/NBD (Fader, Hardie, Lee 2005), fitted by maximum likelihood."""
    fitted = rows.iloc[::4]

    def cost(logs: np.ndarray) -> float:
        x, seen, age = fitted["orders"] - 1, fitted["tenure"] - fitted["recency"], fitted["tenure"]
        r, alpha, a, b = np.exp(logs)
        buying = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        staying = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        alive = -(r + x) * np.log(alpha + age)
        left = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + seen)
        return -float(np.mean(buying + staying + np.where(x > 0, np.logaddexp(alive, left), alive)))

    start = np.log([1.0, 60.0, 0.5, 3.0])
    r, alpha, a, b = np.exp(minimize(cost, start, method="Nelder-Mead", options={"maxiter": 600}).x)
    x, seen, age = rows["orders"] - 1, rows["tenure"] - rows["recency"], rows["tenure"]
    odds = (a / (b + np.maximum(x, 1) - 1)) * ((alpha + age) / (alpha + seen)) ** (r + x)
    alive = 1 / (1 + np.where(x > 0, odds, 0))
    return np.asarray(1 - alive + alive * ((alpha + age) / (alpha + age + horizon)) ** (r + x))


@pytest.fixture(scope="module")
def seen(demo: Demo) -> pd.DataFrame:
    """Dates for training (six to eight months before the end) and the last date with a complete window."""
    return observed(demo, [240, 210, 180, 90])


@pytest.fixture(scope="module")
def last(seen: pd.DataFrame) -> pd.DataFrame:
    """The last date with a complete window."""
    return seen[seen["t"] == END - pd.Timedelta(days=90)]


def test_the_default_world_is_frozen(demo: Demo) -> None:
    rows = {path.stem: _rows(path) for path in demo.raw.iterdir()}
    snapshots = demo.snapshots()
    last = snapshots[snapshots["t"] == END - pd.Timedelta(days=90)]
    assert rows == pytest.approx(FROZEN_ROWS, rel=0.0005)
    assert len(last) == pytest.approx(FROZEN["eligible"], rel=0.0005)
    assert last["no_purchase_90d_untreated"].mean() == pytest.approx(FROZEN["churn"], abs=0.001)
    assert last["untreated_no_purchase_probability_90d"].mean() == pytest.approx(FROZEN["probability"], abs=0.0005)
    oracle = roc_auc_score(last["no_purchase_90d_untreated"], last["untreated_no_purchase_probability_90d"])
    assert oracle == pytest.approx(FROZEN["oracle_auc"], abs=0.001)
    assert snapshots["t"].nunique() == 14


def _rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(parquet.read_metadata(path).num_rows)
    return path.read_bytes().count(b"\n") - 1


def test_churn_is_between_a_quarter_and_a_half_at_every_date(seen: pd.DataFrame) -> None:
    assert seen.groupby("t")["churned"].mean().between(0.25, 0.5).all()


def test_the_truth_is_met_by_what_the_raw_files_show(last: pd.DataFrame) -> None:
    assert last["churned"].mean() == pytest.approx(last["untreated_no_purchase_probability_90d"].mean(), abs=0.015)


@pytest.fixture(scope="module")
def bgnbd_auc(last: pd.DataFrame) -> float:
    """What BG/NBD ranks at the last date."""
    return float(roc_auc_score(last["churned"], bgnbd_no_purchase(last, 90)))


def test_churn_is_as_hard_to_foresee_as_in_real_data(last: pd.DataFrame, bgnbd_auc: float) -> None:
    oracle = roc_auc_score(last["churned"], last["untreated_no_purchase_probability_90d"])
    assert 0.80 <= oracle <= 0.88
    assert 0.70 <= bgnbd_auc <= 0.78


def test_engagement_tells_what_purchases_alone_do_not(seen: pd.DataFrame, last: pd.DataFrame, bgnbd_auc: float) -> None:
    train = seen[seen["t"] <= END - pd.Timedelta(days=180)]
    settings = {
        "n_estimators": 150,
        "learning_rate": 0.05,
        "num_leaves": 15,
        "n_jobs": 1,
        "verbose": -1,
        "random_state": 0,
    }

    def auc(columns: list[str]) -> float:
        model = lightgbm.LGBMClassifier(**settings).fit(train[columns], train["churned"])
        return float(roc_auc_score(last["churned"], model.predict_proba(last[columns])[:, 1]))

    purchases, both = auc(RFM), auc(RFM + ENGAGEMENT)
    assert both > purchases + 0.02
    assert both > bgnbd_auc + 0.035
