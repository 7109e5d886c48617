"""One delivery of those that were made -> what became of its customers, and the figures of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipeline.config import Config, Definition
from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.outcomes.archived import Delivered
from pipeline.outcomes.contact_costs import with_costs
from pipeline.outcomes.contact_log import contact_log, doubt
from pipeline.outcomes.read_out import everybody_after, read_out
from pipeline.outcomes.untreated import draws, untreated
from pipeline.outcomes.what_happened import matures_on, what_happened
from pipeline.value.horizon import share_of


@contextmanager
def facts_by_definition(clean: Path) -> Iterator[Callable[[Definition], duckdb.DuckDBPyConnection]]:
    """The facts as a definition has them, opened once for each that is asked for."""
    with ExitStack() as stack:

        @cache
        def facts(definition: Definition) -> duckdb.DuckDBPyConnection:
            connection = stack.enter_context(engine())
            open_facts(connection, clean, definition, of_lines=())
            return connection

        yield facts


def read_delivery(
    connection: duckdb.DuckDBPyConnection, one: Delivered, made: Sequence[Delivered], today: date, config: Config
) -> tuple[dict[str, Any], pd.DataFrame]:
    """The figures (`read_out`, with `matures_on`, `definition` and `log`) and the rows (`everybody_after`) of a delivery.

    Its window has passed, and the facts are open by its definition. `made` are all deliveries before today, as whom a later one
    contacts is not left alone by this one.
    """
    complete, drawn = matures_on(one.t, one.definition), draws(made)
    whole, one = one, _still_known(connection, one)
    known = what_happened(
        connection,
        one.customers["customer_id"],
        one.t,
        today,
        one.definition,
        margin_share=share_of(config.value),
        archived=[other.t for other in made],
        held_out=_held_out(drawn, one.t, complete),
    )
    known = with_costs(known, connection, one, made, today, complete)
    known = untreated(known, one.t, complete, drawn)
    figures = read_out(one, known, config.campaign.bands, config.evaluate.calibration_bins)
    figures |= {"matures_on": complete.isoformat(), "definition": one.definition.model_dump(mode="json")}
    figures["log"] = contact_log(connection, one, made, today)
    figures["log"]["doubts"] += _vanished(whole, one)
    return figures, everybody_after(one, known, suspect=figures["suspect"])


def _still_known(connection: duckdb.DuckDBPyConnection, one: Delivered) -> Delivered:
    """The delivery without scored customers who are not active in the data any more.

    Whoever was scored had been active: an export that lacks them now would make them seem to leave. If it lacks all, nobody is
    left out, and what happened refuses them.
    """
    active = connection.execute("SELECT DISTINCT customer_id FROM activity").df()["customer_id"]
    scored = one.customers["churn_probability"].notna()
    gone = one.customers.loc[scored & ~one.customers["customer_id"].isin(active), "customer_id"]
    if len(gone) == scored.sum():
        return one
    customers, assignments = (rows[~rows["customer_id"].isin(gone)] for rows in (one.customers, one.assignments))
    return replace(one, customers=customers, assignments=assignments)


def _vanished(whole: Delivered, one: Delivered) -> list[dict[str, Any]]:
    gone, scored = len(whole.customers) - len(one.customers), int(whole.customers["churn_probability"].notna().sum())
    said = f"{gone:,} of {scored:,} scored customers are in the data no more and left out: they would seem to have left."
    return [doubt("vanished", gone, scored, said)] if gone else []


def _held_out(drawn: pd.DataFrame, t: date, complete: date) -> pd.DataFrame:
    """Whom the archive held out by a draw that holds in the window, and with which chance of a contact."""
    since = drawn["since"]
    out = drawn[(drawn["arm"] == "holdout") & (since > pd.Timestamp(t - (complete - t))) & (since < pd.Timestamp(complete))]
    return pd.DataFrame({"customer_id": out["customer_id"], "chance": out["assignment_probability"].astype(float).round(6)})
