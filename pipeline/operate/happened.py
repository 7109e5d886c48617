"""What became of the customers that a past day's scores were of, as far as it is known today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.config import Config
from pipeline.contract.facts import activity_span, open_facts
from pipeline.engine import engine
from pipeline.model.labels import dates_table, labelled
from pipeline.model.metrics import SMALLEST, auc, ece, losses, places


def came_true(clean: Path, scores: Mapping[date, pd.DataFrame], config: Config) -> tuple[date, dict[date, dict[str, Any]]]:
    """Today, and by day what became of those scored then; a day whose horizon has not passed today is left out.

    `scores` have (customer_id, churn_probability). The labels are those of training, so who was contacted since weighs nothing
    and who was held out stands for them. Today is snapshots.as_of, or the day after the data's last.
    """
    with engine() as connection:
        open_facts(connection, clean, config.definition)
        today = config.snapshots.as_of or activity_span(connection, None)[1] + timedelta(days=1)
        if not scores:
            return today, {}
        connection.execute(dates_table(tuple(scores)))
        known = f"SELECT customer_id, t, y, weight FROM ({labelled(config.definition, today)}) WHERE y IS NOT NULL AND weight > 0"
        rows = connection.execute(f"{known} ORDER BY t, customer_id").df()
    bins = config.evaluate.calibration_bins
    judged = {day: scored.merge(rows[rows["t"] == pd.Timestamp(day)], on="customer_id") for day, scored in scores.items()}
    return today, {day: became(of_day, bins) for day, of_day in judged.items() if len(of_day)}


def became(judged: pd.DataFrame, bins: int) -> dict[str, Any]:
    """Churn that came and churn that was predicted, AUC (None of one outcome only), log loss and debiased ECE.

    `judged` has churn_probability, y and weight; `customers` are its rows.
    """
    y, probability, weight = (judged[name].to_numpy(np.float64) for name in ("y", "churn_probability", "weight"))
    area = auc(y, places(probability), weight)
    found = {
        "churn_rate": float(np.average(y, weights=weight)),
        "predicted": float(np.average(probability, weights=weight)),
        "auc": None if np.isnan(area) else area,
        "log_loss": float(np.average(losses(y, probability), weights=weight)),
        "ece": ece(y, np.clip(probability, SMALLEST, 1 - SMALLEST), weight, bins),
    }
    return {"customers": len(judged), **{name: None if value is None else round(value, 8) for name, value in found.items()}}
