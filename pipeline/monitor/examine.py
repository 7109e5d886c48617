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
from pipeline.model.level_now import scored_once
from pipeline.model.simple import SimpleModel
from pipeline.monitor.checks import COLUMNS, Series, compared_outcomes, moved, together
from pipeline.monitor.hindsight import Hindsight
from pipeline.monitor.intake import intake
from pipeline.monitor.past_forecasts import of_delivery, of_snapshot
from pipeline.monitor.snapshot_series import Snapshot, of_features, of_score, shares, unseen
from pipeline.monitor.summaries import Yardstick
from pipeline.monitor.verdict import verdict

# Findings of the data check that are about today, and not about a month long past.
OF_TODAY = ("ended_early", "last_days_thin", "most_rows_quarantined")
LISTED = 20  # series of a check that the file has, the most telling ones


@dataclass(frozen=True)
class Material:
    """What is looked at: `rows` of past snapshots with `y` and `weight`, those of `today`, and the days of matured deliveries.

    `read_delivery` reads the rows of such a day.
    """

    today: date
    rows: pd.DataFrame
    at_risk: pd.DataFrame
    catalog: Sequence[Mapping[str, Any]]
    volumes: pd.DataFrame
    matured: Sequence[date]
    read_delivery: Callable[[date], pd.DataFrame]
    quality: Mapping[str, Any]


def examine(
    material: Material,
    model: ChurnModel | SimpleModel,
    version: str,
    due: Sequence[Mapping[str, str]],
    rate: float,
    stride: int,
) -> dict[str, Any]:
    """Compare everything; `due` is why a model is to be trained in any case, `rate` that of false alarms."""
    trained_on = [date.fromisoformat(day) for day in model.about["snapshots"]]
    reference = material.rows[material.rows["t"].dt.date.isin(trained_on)]
    yardstick = Yardstick.learn(reference if len(reference) else material.rows, material.catalog)
    features = of_features(_snapshots(material.rows, material.at_risk, material.today), yardstick)
    scored, wrong = _scored(material, model)
    score = of_score(_snapshots(*scored, material.today)) if scored else None
    past, left_out = look_back(material, model, version, scored[0] if scored else None)
    importance = shares(model)
    tables = [
        moved(features, score, importance, trained_on, stride, rate),
        unseen(features),
        intake(material.volumes, stride, rate),
        compared_outcomes(past, rate),
    ]
    compared = together(tables)
    faults = [
        {"code": one["code"], "sentence": one["sentence"]} for one in material.quality["findings"] if one["code"] in OF_TODAY
    ]
    return {
        **verdict(compared, faults, importance, [*due, *wrong]),
        "compared": _counts(compared),
        "findings": _findings(compared, importance),
        "data": faults,
        "outcomes": [asdict(one) | {"t": one.t.isoformat()} for one in past],
        "deliveries_left_out": left_out,
        "history": _history(features, score),
    }


def _snapshots(rows: pd.DataFrame, at_risk: pd.DataFrame, today: date) -> list[Snapshot]:
    past = rows[(rows["weight"] > 0) & (rows["t"].dt.date < today)]
    found: list[Snapshot] = [
        (pd.Timestamp(str(t)).date(), past.iloc[places], past["weight"].to_numpy(np.float64)[places])
        for t, places in sorted(past.groupby("t").indices.items())
    ]
    return [*found, (today, at_risk, np.ones(len(at_risk)))]


def _scored(
    material: Material, model: ChurnModel | SimpleModel
) -> tuple[tuple[pd.DataFrame, pd.DataFrame] | None, list[dict[str, str]]]:
    """The rows of the past and of today as the model scores them; None of a rule, or of a model that cannot, and why that is."""
    if isinstance(model, SimpleModel):
        return None, []
    try:
        return (scored_once(model, material.rows), scored_once(model, material.at_risk)), []
    except DataUnfitError as error:
        return None, [{"code": "cannot_score", "sentence": f"the model cannot score today: {error}"}]


def look_back(
    material: Material, model: ChurnModel | SimpleModel, version: str, scored: pd.DataFrame | None
) -> tuple[list[Hindsight], list[dict[str, Any]]]:
    """The newest snapshot and delivery that may judge the model, where there are such, and which deliveries may not.

    `scored` are the rows of past snapshots, by `scored_once`; None where the model has no scores.
    """
    if isinstance(model, SimpleModel) or scored is None:
        return [], [{"code": "no_score", "deliveries": [], "sentence": "no delivery is judged, as the model has no scores"}]
    snapshot = of_snapshot(model, scored, material.today)
    delivery, left_out = of_delivery(model, version, scored, material.matured, material.read_delivery)
    return [one for one in (snapshot, delivery) if one is not None], left_out


def _counts(compared: pd.DataFrame) -> dict[str, dict[str, int]]:
    """By check, how many series were looked at, and how many gave an alarm."""
    return {
        str(check): {"series": len(those), "alarms": int(those["alarm"].astype(bool).sum())}
        for check, those in compared.groupby("check", sort=True)
    }


def _findings(compared: pd.DataFrame, importance: Mapping[str, float]) -> list[dict[str, Any]]:
    """The most telling series of every check, alarms first."""
    kept = compared.groupby("check", sort=False).head(LISTED)
    names = [name for name in COLUMNS if name != "weight"]
    listed = [dict(zip(names, row, strict=True)) for row in kept[names].itertuples(index=False)]
    return sorted((one | {"importance": importance.get(one["subject"])} for one in listed), key=lambda one: not one["alarm"])


def _history(features: Series, score: Series | None) -> dict[str, Any]:
    """The score at every snapshot, for the picture, and which snapshots there are."""
    days = [day.isoformat() for day in features.days]
    if score is None:
        return {"snapshots": days, "score_mean": None, "score_deviation": None}
    deviation = np.sqrt(score.variances[:, 0])
    return {"snapshots": days, "score_mean": score.values[:, 0].tolist(), "score_deviation": deviation.tolist()}
