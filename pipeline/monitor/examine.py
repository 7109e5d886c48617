"""Snapshots, model, rows by period, outcomes and data check -> the body of `reports/drift.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from pipeline.errors import DataUnfitError
from pipeline.model.booster import ChurnModel
from pipeline.model.level_now import standing_at
from pipeline.model.simple import SimpleModel
from pipeline.monitor.checks import COLUMNS, Series, hindsights, moved, together
from pipeline.monitor.hindsight import Hindsight, hindsight, newest
from pipeline.monitor.intake import intake
from pipeline.monitor.snapshot_series import Snapshot, of_features, of_score, shares, unseen
from pipeline.monitor.summaries import Yardstick
from pipeline.monitor.verdict import verdict
from pipeline.outcomes.left_alone import left_alone

# Findings of the data check that are about today, and not about a month long past.
OF_TODAY = ("ended_early", "last_days_thin", "most_rows_quarantined")
TOLD = 20  # series of a check that the file has, the most telling ones


@dataclass(frozen=True)
class Material:
    """What is looked at: `rows` of past snapshots with `y` and `weight`, those of `today`, and the days of matured deliveries.

    `read_delivery` reads the rows of such a day; the newest that tells something is read, and no other.
    """

    today: date
    rows: pd.DataFrame
    at_risk: pd.DataFrame
    catalog: Sequence[Mapping[str, Any]]
    volumes: pd.DataFrame
    delivered: Sequence[date]
    read_delivery: Callable[[date], pd.DataFrame]
    quality: Mapping[str, Any]


def examine(
    material: Material, model: ChurnModel | SimpleModel, due: Sequence[Mapping[str, str]], rate: float, stride: int
) -> dict[str, Any]:
    """Compare everything; `due` is why a model is to be trained in any case, `rate` that of false alarms."""
    snapshots = _snapshots(material)
    trained_on = [date.fromisoformat(day) for day in model.about["snapshots"]]
    reference = material.rows[material.rows["t"].dt.date.isin(trained_on)]
    features = of_features(snapshots, Yardstick.learn(reference if len(reference) else material.rows, material.catalog))
    score, wrong = _score(snapshots, model)
    importance, seen = shares(model), in_hindsight(material, model)
    tables = [
        moved(features, score, importance, trained_on, stride, rate),
        unseen(features),
        intake(material.volumes, stride, rate),
        hindsights(seen, rate),
    ]
    compared = together(tables)
    found = [
        {"code": one["code"], "sentence": one["sentence"]} for one in material.quality["findings"] if one["code"] in OF_TODAY
    ]
    return {
        **verdict(compared, found, importance, [*due, *wrong]),
        "compared": _counts(compared),
        "findings": _findings(compared, importance),
        "data": found,
        "outcomes": [asdict(one) | {"t": one.t.isoformat()} for one in seen],
        "history": _history(features, score),
    }


def _snapshots(material: Material) -> list[Snapshot]:
    past = material.rows[(material.rows["weight"] > 0) & (material.rows["t"].dt.date < material.today)]
    told: list[Snapshot] = [
        (pd.Timestamp(str(t)).date(), past.iloc[places], past["weight"].to_numpy(np.float64)[places])
        for t, places in sorted(past.groupby("t").indices.items())
    ]
    return [*told, (material.today, material.at_risk, np.ones(len(material.at_risk)))]


def _score(snapshots: Sequence[Snapshot], model: ChurnModel | SimpleModel) -> tuple[Series | None, list[dict[str, str]]]:
    """The series of the score; none of a model without trees, or of one that cannot score, and why that is."""
    if isinstance(model, SimpleModel):
        return None, []
    try:
        return of_score(snapshots, model), []
    except DataUnfitError as error:
        return None, [{"code": "cannot_score", "sentence": f"the model cannot score today: {error}"}]


def in_hindsight(material: Material, model: ChurnModel | SimpleModel) -> list[Hindsight]:
    """The newest snapshot and the newest delivery whose outcomes the model did not know, where there are such."""
    if isinstance(model, SimpleModel):
        return []
    days, known_until = int(model.about["label_days"]), date.fromisoformat(model.about["known_until"])
    rows = material.rows[(material.rows["weight"] > 0) & material.rows["y"].notna()]
    t = newest(sorted(set(rows["t"].dt.date)), known_until, days, material.today)
    made = [day for day in material.delivered if day >= known_until]
    delivery = newest(made, known_until, days, material.today)
    found = []
    if t is not None:
        there, standing = rows[rows["t"].dt.date == t], standing_at(model, material.rows, t)
        p, y, w = standing.churn_probability(there, t), there["y"].to_numpy(np.float64), there["weight"].to_numpy(np.float64)
        found.append(hindsight(t, "snapshot", p, y, w, standing.level(t), days))
    if delivery is not None:
        listed = material.read_delivery(delivery)
        alone = left_alone(listed)
        p, y, w = (alone[name].to_numpy(np.float64) for name in ("churn_probability", "churned", "weight"))
        level = standing_at(model, material.rows, delivery).level(delivery)
        found.append(hindsight(delivery, "delivery", p[w > 0], y[w > 0], w[w > 0], level, days))
    return [one for one in found if one is not None]


def _counts(compared: pd.DataFrame) -> dict[str, dict[str, int]]:
    """By check, how many series were looked at, and how many gave an alarm."""
    return {
        str(check): {"series": len(those), "alarms": int(those["alarm"].astype(bool).sum())}
        for check, those in compared.groupby("check", sort=True)
    }


def _findings(compared: pd.DataFrame, importance: Mapping[str, float]) -> list[dict[str, Any]]:
    """The most telling series of every check, alarms first."""
    kept = compared.groupby("check", sort=False).head(TOLD)
    names = [name for name in COLUMNS if name != "weight"]
    told = [dict(zip(names, row, strict=True)) for row in kept[names].itertuples(index=False)]
    return sorted((one | {"importance": importance.get(one["subject"])} for one in told), key=lambda one: not one["alarm"])


def _history(features: Series, score: Series | None) -> dict[str, Any]:
    """The score at every snapshot, for the picture, and which snapshots there are."""
    days = [day.isoformat() for day in features.days]
    if score is None:
        return {"snapshots": days, "score_mean": None, "score_deviation": None}
    deviation = np.sqrt(score.variances[:, 0])
    return {"snapshots": days, "score_mean": score.values[:, 0].tolist(), "score_deviation": deviation.tolist()}
