"""Why a customer is taken off at the hand-over: one reason each, the first of a declared list that is true of the newest data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb
import pandas as pd

from pipeline.config import Config
from pipeline.contract.facts import seen_at, timestamp
from pipeline.contract.tables import TABLES
from pipeline.errors import DataUnfitError
from pipeline.model.labels import refused
from pipeline.reasons.phrases import Locale


@dataclass(frozen=True)
class TakenOff:
    """A reason in words that follow "because", and SQL of the `customer_id`s it is true of.

    `kind` is the churn definition it belongs to, None for all.
    """

    code: str
    en: str
    it: str
    sql: str
    kind: Literal["purchase", "activity", "renewal"] | None = None

    def text(self, locale: Locale) -> str:
        """In one language."""
        return self.en if locale == "en" else self.it


SUPPRESSED = TakenOff(
    "suppressed_since",
    "was put on the suppression list",
    "è entrato nella lista di esclusione",
    "SELECT customer_id FROM stopped",
)
VANISHED = "vanished"
RETURNED = "SELECT customer_id FROM activity WHERE {new_activity}"
# In the order in which they count: what was said by the customer before what has to do with us. A row is new if it is dated, or
# became known, at t or later: exactly what the lists could not see.
TAKEN_OFF = (
    SUPPRESSED,
    TakenOff(VANISHED, "is no longer in the data", "non è più nei dati", "SELECT customer_id FROM meant EXCEPT {everybody}"),
    TakenOff(
        "profiling_withdrawn", "withdrew the consent to profiling", "ha revocato il consenso alla profilazione",
        "SELECT customer_id FROM ({refused}) WHERE name = 'consent_profiling'",
    ),
    TakenOff(
        "consent_withdrawn", "withdrew the consent to the channel", "ha revocato il consenso al canale",
        "SELECT customer_id FROM meant JOIN ({refused}) AS refusals USING (customer_id) WHERE name = 'consent_' || channel "
        "UNION ALL SELECT customer_id FROM meant WHERE {silence_refuses} AND channel <> '' AND NOT EXISTS (FROM attributes "
        "WHERE attributes.customer_id = meant.customer_id AND lower(trim(name)) = 'consent_' || channel)",
    ),
    TakenOff(
        "complained_since", "has complained since", "nel frattempo ha fatto un reclamo",
        "SELECT customer_id FROM events WHERE kind = 'complaint' AND {new_events}",
    ),
    TakenOff("bought_since", "has bought since", "nel frattempo ha acquistato", RETURNED, "purchase"),
    TakenOff("active_since", "has been active since", "nel frattempo è stato attivo", RETURNED, "activity"),
    TakenOff("renewed_since", "has renewed since", "nel frattempo ha rinnovato", RETURNED, "renewal"),
    TakenOff(
        "contacted_since", "was contacted by another campaign since", "nel frattempo è stato contattato da un'altra campagna",
        "SELECT customer_id FROM contacts WHERE arm = 'contact' AND {of_others}",
    ),
    TakenOff(
        "held_out_since", "was held out by another campaign since", "nel frattempo è stato escluso a caso da un'altra campagna",
        "SELECT customer_id FROM contacts WHERE arm <> 'contact' AND {of_others}",
    ),
)  # fmt: skip
BY_CODE = {reason.code: reason for reason in TAKEN_OFF}


def taken_off(
    connection: duckdb.DuckDBPyConnection,
    meant: pd.DataFrame,
    stopped: frozenset[str],
    day: date,
    config: Config,
    newest: bool = True,
) -> pd.Series:
    """The code of each customer of `meant` (customer_id, channel; "" for none) who is to be taken off lists of `day`, by id.

    The facts of the newest data are open; without `newest` only the suppression list, `stopped`, is looked at. Contacts of the
    delivery itself do not count: it is named by its day. Raises DataUnfitError when nobody is in the newest data any more.
    """
    connection.execute("CREATE TABLE stopped AS SELECT unnest($1::VARCHAR[]) AS customer_id", [sorted(stopped)])
    connection.execute(
        "CREATE TABLE meant AS SELECT unnest($1::VARCHAR[]) AS customer_id, unnest($2::VARCHAR[]) AS channel",
        [meant["customer_id"].tolist(), meant["channel"].tolist()],
    )
    asked = [one for one in TAKEN_OFF if one.kind in (None, config.definition.kind)] if newest else [SUPPRESSED]
    words = _words(day, config)
    each = " UNION ALL ".join(
        f"SELECT customer_id, {place} AS place FROM ({reason.sql.format(**words)})" for place, reason in enumerate(asked)
    )
    first = f"SELECT customer_id, min(place) FROM ({each}) JOIN meant USING (customer_id) GROUP BY customer_id ORDER BY 1"
    found = {customer: asked[place].code for customer, place in connection.execute(first).fetchall()}
    if found and list(found.values()).count(VANISHED) == len(meant):
        raise DataUnfitError(
            f"none of the {len(meant):,} customers of the lists is in the newest data; bring the data or the key of the "
            "pseudonyms back, or run `dvc repro`"
        )
    return pd.Series(found, dtype=object)


def _words(day: date, config: Config) -> dict[str, str]:
    t = timestamp(day)
    return {
        "new_activity": f"NOT ({seen_at(t, 'activity')})",
        "new_events": f"NOT ({seen_at(t, 'events')})",
        "of_others": f"contacted_at >= {t} AND delivery_id IS DISTINCT FROM '{day.isoformat()}'",
        "refused": refused(day),
        "silence_refuses": str(config.campaign.allocation.consent.unknown == "refused"),
        "everybody": " EXCEPT ".join(f"SELECT customer_id FROM {table}" for table in TABLES),
    }
