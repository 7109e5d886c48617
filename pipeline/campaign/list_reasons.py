"""Why each customer may leave: the reasons of everybody in an arm, and of the riskiest, who are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.explanation.given import Telling, given_reasons
from pipeline.model.booster import ChurnModel
from pipeline.model.simple import SimpleModel
from pipeline.reasons.declared import reasons
from pipeline.reasons.tongue import Tongue

SHOWN = 500  # of the riskiest: the report's table


def list_reasons(
    model: ChurnModel | SimpleModel,
    everyone: pd.DataFrame,
    catalog: Sequence[Mapping[str, Any]],
    planned: pd.DataFrame,
    config: Config,
) -> pd.DataFrame:
    """`customer_id` and the columns of `given_reasons`, by the model that scores, of customers in an arm and the riskiest.

    `everyone` are the features of all who were scored. Explaining takes much longer than scoring, so nobody is explained whom
    nobody looks at. Risky are customers whose probability is at least that of the band medium.
    """
    scored = planned[planned["churn_probability"].notna()]
    riskiest = scored.sort_values(["churn_probability", "customer_id"], ascending=[False, True]).head(SHOWN)
    wanted = set(scored.loc[scored["arm"] != "none", "customer_id"]) | set(riskiest["customer_id"])
    rows = everyone[everyone["customer_id"].isin(wanted)].reset_index(drop=True)
    probability = scored.set_index("customer_id")["churn_probability"].reindex(rows["customer_id"])
    risky = (probability >= config.campaign.bands.medium).to_numpy(bool)
    telling = Telling(
        reasons(config.features.windows, config.definition.horizon_days, config.definition.kind),
        Tongue(config.locale, config.source.currency or ""),
    )
    return given_reasons(model, rows, risky, everyone, catalog, telling)
