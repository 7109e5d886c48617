"""One delivery of those that were made -> what became of its customers, and the figures of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
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
from pipeline.outcomes.contact_log import contact_log
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
    complete, archived = matures_on(one.t, one.definition), [other.t for other in made]
    names, share = one.customers["customer_id"], share_of(config.value)
    known = what_happened(connection, names, one.t, today, one.definition, margin_share=share, archived=archived)
    known = with_costs(known, connection, one, made, today, complete)
    known = untreated(known, one.t, complete, draws(made))
    figures = read_out(one, known, config.campaign.bands, config.evaluate.calibration_bins)
    figures |= {"matures_on": complete.isoformat(), "definition": one.definition.model_dump(mode="json")}
    figures["log"] = contact_log(connection, one, today)
    return figures, everybody_after(one, known, suspect=figures["suspect"])
