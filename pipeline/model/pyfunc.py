"""The model as MLflow loads it: code plus the text files of a saved model; nothing is pickled."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

from pipeline.model.saved import load


class ChurnPyfunc(PythonModel):  # type: ignore[misc]
    """Feature rows in, churn probabilities out; the parameter `t` (ISO date) is the snapshot they were taken at."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the model, verifying its checksum."""
        self.model = load(Path(context.artifacts["challenger"]), "ship")

    def predict(self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> np.ndarray:
        """Probability of churning after `t` if nothing is done, one per row."""
        t = (params or {}).get("t") or self.model.about["as_of"]
        return self.model.churn_probability(model_input, date.fromisoformat(t))


set_model(ChurnPyfunc())
