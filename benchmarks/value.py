"""Expected value of who stays, against baselines and other losses: `python -m benchmarks.value [--days 90] [--dates 3]`.

Reads the clean tables, snapshots and features of the project it is run in. Each test date is judged on the customers who stayed,
by models that learned from values known before it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from pipeline import config
from pipeline.arrays import Floats
from pipeline.artifacts import ARTIFACTS
from pipeline.contract.facts import open_facts
from pipeline.engine import engine, quoted
from pipeline.model.design_matrix import Columns
from pipeline.model.judged_rows import summary_before
from pipeline.model.snapshot_rows import read_catalog, read_plan, read_rows
from pipeline.value.value_baselines import bought, bought_fit, last_year, own_spending, shrunken, shrunken_fit
from pipeline.value.value_figures import value_figures
from pipeline.value.value_label import money_before, value_days, value_label
from pipeline.value.value_model import FIXED, fit, stayed

MARGIN_SHARE = 0.3
LOSSES = {"tweedie 1.1": 1.1, "tweedie 1.5": 1.5, "tweedie 1.9": 1.9}


class World:
    """The rows of a project with their values, and the history of every customer at a date."""

    def __init__(self, days: int | None) -> None:
        self.config = config.load()
        self.days = days or self.config.definition.horizon_days
        self.plan = read_plan(Path(ARTIFACTS["snapshots"]))
        self.catalog = read_catalog(Path(ARTIFACTS["features"]))
        rows = read_rows(Path(ARTIFACTS["features"]), Path(ARTIFACTS["snapshots"]))
        with engine() as connection:
            open_facts(connection, Path(ARTIFACTS["clean"]), self.config.definition)
            labelled = quoted(Path(ARTIFACTS["snapshots"]) / "labelled.parquet")
            label = value_label(
                self.config.definition,
                self.plan.score,
                days=self.days,
                margin_share=MARGIN_SHARE,
                rows=f"read_parquet({labelled})",
            )
            rows = rows.drop(columns=[name for name in rows if str(name).startswith("value")])  # of the configured horizon
            rows = rows[rows["weight"] > 0]
            self.rows = rows.merge(connection.execute(label).df(), on=["customer_id", "t"], validate="1:1")

    def dates(self, count: int) -> list[date]:
        """The latest test dates, a value horizon apart."""
        wait = timedelta(days=max(value_days(self.config.definition, self.days), self.config.definition.horizon_days))
        grid = sorted(set(self.rows.loc[self.rows["value"].notna(), "t"].dt.date))
        chosen: list[date] = []
        for t in reversed(grid):
            if (not chosen or t + wait <= chosen[-1]) and len(chosen) < count and grid[0] + wait <= t:
                chosen.append(t)
        return sorted(chosen)

    def split(self, t: date) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Everybody at the latest dates whose values were known before `t`, and who stayed at `t`."""
        wait = timedelta(days=max(value_days(self.config.definition, self.days), self.config.definition.horizon_days))
        day = self.rows["t"].dt.date
        known = sorted({one for one in set(day) if one + wait <= t})[-self.config.snapshots.count :]
        return self.rows[day.isin(known)].reset_index(drop=True), stayed(self.rows[day == t]).reset_index(drop=True)

    def history(self, t: date) -> pd.DataFrame:
        """What BG/NBD and Gamma-Gamma read of every customer before `t`."""
        with engine() as connection:
            open_facts(connection, Path(ARTIFACTS["clean"]), self.config.definition)
            counts = summary_before(connection, t, self.plan.score)
            return counts.merge(connection.execute(money_before(t, MARGIN_SHARE)).df(), on="customer_id", validate="1:1")


def trees(world: World, train: pd.DataFrame, test: pd.DataFrame, params: dict[str, Any], target: Floats) -> Floats:
    """LightGBM with the model's own settings and another loss; of the rows it learned from and of the test."""
    columns = Columns.learn(train, world.catalog)
    data = columns.dataset(columns.matrix(train), target, weight=train["weight"])
    settings = {**world.config.model.params, **FIXED, "boost_from_average": True, "seed": world.config.seed, **params}
    booster = lgb.train(settings, data, world.config.model.rounds)
    return np.asarray(booster.predict(columns.matrix(pd.concat([train, test], ignore_index=True))), dtype=np.float64)


def ridge(world: World, train: pd.DataFrame, test: pd.DataFrame, target: Floats) -> Floats:
    """Ridge regression on the signed logarithms of the numbers."""
    names = [feature["name"] for feature in world.catalog if feature["type"] == "number"]
    numbers = pd.concat([train, test], ignore_index=True)[names].astype(np.float64)
    filled = numbers.fillna(train[names].astype(np.float64).median()).fillna(0).to_numpy()
    scaled = (
        StandardScaler().fit(np.sign(filled) * np.log1p(np.abs(filled))).transform(np.sign(filled) * np.log1p(np.abs(filled)))
    )
    model = Ridge(10.0).fit(scaled[: len(train)], target, sample_weight=train["weight"])
    return np.minimum(np.asarray(model.predict(scaled), dtype=np.float64), target.max())


def from_logarithm(predicted: Floats, train: pd.DataFrame) -> Floats:
    """Values of the test from logarithms of train and test, scaled so that those of train add up to what happened."""
    values = np.maximum(np.expm1(predicted), 0)
    scale = np.average(train["value"], weights=train["weight"]) / np.average(values[: len(train)], weights=train["weight"])
    return values[len(train) :] * scale


def foretold(world: World, t: date, test: pd.DataFrame) -> Floats:
    """Gamma-Gamma and BG/NBD of the history of all customers."""
    history = world.history(t)
    known = test[["customer_id"]].merge(history, on="customer_id", how="left", validate="1:1")
    return bought(bought_fit(history), known, churn_days=world.config.definition.horizon_days, days=world.days)


def rivals(world: World, t: date, everybody: pd.DataFrame, test: pd.DataFrame) -> dict[str, Callable[[], Floats]]:
    """Everything that is compared, by name."""
    train = stayed(everybody).reset_index(drop=True)
    value, weight = np.maximum(train["value"].to_numpy(), 0), train["weight"].to_numpy(np.float64)
    spending = [own_spending(rows, MARGIN_SHARE) for rows in (train, test)]
    definition, model = world.config.definition.model_dump(), world.config.model
    about = {"definition": definition, "days": world.days, "margin_share": MARGIN_SHARE, "as_of": t.isoformat()}
    about["comparable_from"] = (world.plan.first + timedelta(days=definition["active_days"] // 2)).isoformat()

    def shipped(told: dict[str, Any]) -> Floats:
        made = fit(everybody, world.catalog, model.params, rounds=model.rounds, seed=world.config.seed, about=told)
        return made.expected_value(test, t)

    made: dict[str, Callable[[], Floats]] = {
        "last year": lambda: last_year(spending[1][0], world.days),
        "own rate, shrunken": lambda: shrunken(shrunken_fit(*spending[0], value, weight, world.days), *spending[1], world.days),
        "Gamma-Gamma × BG/NBD": lambda: foretold(world, t, test),
        "ridge of log": lambda: from_logarithm(ridge(world, train, test, np.log1p(value)), train),
        "log-normal trees": lambda: from_logarithm(trees(world, train, test, {"objective": "l2"}, np.log1p(value)), train),
        "squared error": lambda: np.maximum(trees(world, train, test, {"objective": "l2"}, value)[len(train) :], 0),
        "own purchases, trees, level": lambda: shipped(about),
        "own rate, trees, level": lambda: shipped(about | {"definition": definition | {"kind": "activity"}}),
    }
    return made | {name: partial(_tweedie, world, train, test, value, power) for name, power in LOSSES.items()}


def _tweedie(world: World, train: pd.DataFrame, test: pd.DataFrame, value: Floats, power: float) -> Floats:
    return trees(world, train, test, {"tweedie_variance_power": power}, value)[len(train) :]


def main() -> None:
    """Print one table: the mean over the test dates, and the bias at each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, help="value horizon; the churn horizon unless given")
    parser.add_argument("--dates", type=int, default=3)
    given = parser.parse_args()
    world = World(given.days)
    rows = []
    for t in world.dates(given.dates):
        train, test = world.split(t)
        actual, weight = test["value"].to_numpy(), test["weight"].to_numpy(np.float64)
        for name, predict in rivals(world, t, train, test).items():
            rows.append({"rival": name, "t": t.isoformat(), **value_figures(actual, predict(), weight)})
    found = pd.DataFrame(rows)
    print(f"{world.config.source.name}, {world.days} days, test dates {', '.join(sorted(set(found['t'])))}\n")
    print("| | MAE | RMSE | Gini | decile error | bias at each date |\n|---|---|---|---|---|---|")
    for name in found["rival"].unique():
        of = found[found["rival"] == name]
        mean = of[["mae", "rmse", "gini", "decile_error"]].mean()
        shown = f"{mean['mae']:.2f} | {mean['rmse']:.2f} | {mean['gini']:.3f} | {mean['decile_error']:.3f}"
        print(f"| {name} | {shown} | {' '.join(f'{bias:+.2f}' for bias in of['bias'])} |")


if __name__ == "__main__":
    main()
