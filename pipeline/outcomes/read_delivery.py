"""One delivery of those that were made -> what became of its customers, and the figures of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb
import pandas as pd

from pipeline.config import Config
from pipeline.outcomes.archived import Delivered
from pipeline.outcomes.contact_log import contact_log
from pipeline.outcomes.read_out import everybody_after, read_out
from pipeline.outcomes.untreated import draws, untreated
from pipeline.outcomes.what_happened import matures_on, what_happened
from pipeline.value.horizon import share_of


def read_delivery(
    connection: duckdb.DuckDBPyConnection, one: Delivered, made: Sequence[Delivered], today: date, config: Config
) -> tuple[dict[str, Any], pd.DataFrame]:
    """The figures (`read_out`, with its `log`) and the rows (`everybody_after`) of a delivery whose window has passed.

    The facts are open. `made` are all deliveries before today, as whom a later one contacts is not left alone by this one.
    """
    complete, archived = matures_on(one.t, config.definition), [other.t for other in made]
    names, share = one.customers["customer_id"], share_of(config.value)
    known = what_happened(connection, names, one.t, today, config.definition, margin_share=share, archived=archived)
    known = untreated(known, one.t, complete, draws(made))
    figures = read_out(one, known, config.campaign.bands, config.evaluate.calibration_bins)
    figures["log"] = contact_log(connection, one, today, config.definition)
    return figures, everybody_after(one, known, suspect=figures["suspect"])
