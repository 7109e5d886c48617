"""What `dvc plots` and the report draw of the judged rows, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.model.metrics import gain, reliability

MODEL = "churn_probability"


def write_plots(folder: Path, judged: pd.DataFrame, importance: Mapping[str, float], bins: int) -> None:
    """CSV files for `dvc plots`: reliability at every date, gain at the latest, and importance."""
    folder.mkdir()
    by_date = {str(pd.Timestamp(t).date()): _columns(judged[judged["t"] == t]) for t in sorted(judged["t"].unique())}
    curves = [reliability(*of, bins).assign(t=t) for t, of in by_date.items()]
    pd.concat(curves).round(6).to_csv(folder / "reliability.csv", index=False)
    gain(*by_date[max(by_date)]).round(6).to_csv(folder / "gain.csv", index=False)
    shares = pd.Series(importance, name="share").rename_axis("feature").head(25)
    shares.round(6).to_csv(folder / "importance.csv")


def _columns(rows: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    y, probability, weight = (rows[column].to_numpy(np.float64) for column in ("y", MODEL, "weight"))
    return y, probability, weight
