"""Figures of groups of customers: where the model is good and where it is not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from pipeline.contract.facts import timestamp
from pipeline.engine import quoted
from pipeline.model.metrics import auc, auc_interval, ece, losses, places

TENURE_DAYS = (-np.inf, 90, 365, np.inf)
TENURE = ("up to 90 days", "up to a year", "beyond a year")
FEWEST = 30  # customers of whom a figure says anything
MOST = 12  # values of one attribute
UNKNOWN, OTHER = "(unknown)", "(other)"
# Undated attributes are what is known today: no feature may read them, but whom the model serves well is a question of today.
VALUES = """SELECT customer_id, value FROM attributes
    WHERE name = {name} AND coalesce(valid_from < {t} AND coalesce(recorded_at, valid_from) < {t}, true)
    QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY valid_from DESC NULLS LAST, recorded_at DESC, value) = 1"""


def values_at(connection: duckdb.DuckDBPyConnection, names: Collection[str], t: date) -> pd.DataFrame:
    """The value of each attribute that holds at `t`, a column per name, indexed by customer; undated ones are today's."""
    columns = {}
    for name in names:
        found = connection.execute(VALUES.format(name=quoted(name), t=timestamp(t))).df()
        columns[name] = found.set_index("customer_id")["value"]
    return pd.DataFrame(columns)


def groups(test: pd.DataFrame, history: pd.DataFrame, seen: Collection[str], values: pd.DataFrame) -> pd.DataFrame:
    """The group of each row of `test` in every slice: tenure, orders, whether known from training, and each of `values`.

    `history` has `repeats` and `age` of customers, `seen` are the customers that the model was trained on. An attribute of the
    name of one of the first three is told from it by a word.
    """
    customer = test["customer_id"]
    known = history.set_index("customer_id").reindex(customer)
    tenure = pd.cut(known["age"].to_numpy(), TENURE_DAYS, labels=list(TENURE), right=False)
    made = {
        "tenure": np.asarray(tenure, dtype=object),
        "orders": np.where(known["repeats"].to_numpy() > 0, "repeat", "one-time"),
        "training": np.where(customer.isin(seen), "seen in training", "unseen in training"),
    }
    for name, column in values.items():
        made[f"{name} (attribute)" if name in made else str(name)] = column.reindex(customer).to_numpy(dtype=object)
    return pd.DataFrame(made, index=test.index).fillna(UNKNOWN)


def slices(judged: pd.DataFrame, grouped: pd.DataFrame, bins: int) -> list[dict[str, Any]]:
    """Figures of every group of at least 30 rows, all dates together: who they are, their churn, what was predicted, how well.

    `judged` and `grouped` have the same rows. `auc` and its interval are nan where a group has one class only at every date.
    """
    found = []
    for name in grouped:
        group = _fewer(grouped[name])
        for value in sorted(group.unique(), key=_place):
            rows = judged[(group == value).to_numpy()]
            if len(rows) >= FEWEST:
                found.append({"slice": name, "group": value} | _figures(rows, bins))
    return found


def _place(value: str) -> tuple[int, str]:
    """Tenures by length, other values by name, and what stands for none or several values last."""
    last = (*TENURE, UNKNOWN, OTHER)
    return (last.index(value) + 1 if value in last else 0), value


def _fewer(group: pd.Series) -> pd.Series:
    """The commonest values; all others are one."""
    common = group.value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:MOST]
    return group.where(group.isin(common), OTHER)


def _figures(rows: pd.DataFrame, bins: int) -> dict[str, Any]:
    y, weight, probability = (rows[name].to_numpy(np.float64) for name in ("y", "weight", "churn_probability"))
    return {
        "customers": len(rows),
        "churn_rate": float(np.average(y, weights=weight)),
        "predicted": float(np.average(probability, weights=weight)),
        "log_loss": float(np.average(losses(y, probability), weights=weight)),
        "ece": ece(y, probability, weight, bins),
        "auc": auc_within_dates(rows),
        **auc_ends(rows),
    }


def auc_within_dates(rows: pd.DataFrame) -> float:
    """Mean of the AUCs of the dates that have both classes, weighted by their rows; nan where none has."""
    found = [
        (auc(at["y"].to_numpy(np.float64), places(at["churn_probability"].to_numpy()), at["weight"].to_numpy(np.float64)), at)
        for _, at in rows.groupby("t")
    ]
    known = [(value, float(at["weight"].sum())) for value, at in found if not np.isnan(value)]
    share = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / share if share else float("nan")


def auc_ends(rows: pd.DataFrame) -> dict[str, float]:
    """The 95 % interval of the AUC within dates, as `auc_low` and `auc_high`."""
    customer, date = (pd.factorize(rows[name])[0] for name in ("customer_id", "t"))
    y, probability, weight = (rows[name].to_numpy(np.float64) for name in ("y", "churn_probability", "weight"))
    return dict(zip(("auc_low", "auc_high"), auc_interval(customer, y, probability, weight, date), strict=True))
