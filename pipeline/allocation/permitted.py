"""Which (customer, offer, channel) may be used at all: consent, suppression list, cool-down and contact cap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.arrays import Bools
from pipeline.config.allocation_section import Allocation
from pipeline.contract.tables import GIVEN


class Barred(NamedTuple):
    """What stands against known customers, each true or false a customer in the order of `known`.

    `refused` has a column a channel; `lately` is the cool-down, `often` the contact cap.
    """

    suppressed: Bools
    unprofiled: Bools
    lately: Bools
    often: Bools
    refused: dict[str, Bools]

    @property
    def forever(self) -> Bools:
        """Neither to be contacted nor to be compared with who is."""
        return self.suppressed | self.unprofiled

    @property
    def anyhow(self) -> Bools:
        """Barred from every channel."""
        return self.forever | self.lately | self.often


def barred(known: pd.DataFrame, channels: list[str], rules: Allocation) -> Barred:
    """Hold the rules against `known`: status, suppressed, days_since_contact, contacts_recent and consent_<channel>.

    `days_since_contact` is null for who never was contacted; less than `cool_down_days` bars. `contacts_recent` counts the
    contacts of the last `contact_cap.days`. A consent is true, false, null, or a word, of which only a clear yes is one; a
    channel without a column is unknown for everybody. A `suppressed` that is null counts as suppressed.
    """
    days = known["days_since_contact"].to_numpy(dtype=np.float64, na_value=np.nan)
    recent = known["contacts_recent"].to_numpy(dtype=np.float64, na_value=0)
    cap = rules.contact_cap
    return Barred(
        suppressed=known["suppressed"].to_numpy(dtype=bool, na_value=True),
        unprofiled=(known["status"] == "no_profiling_consent").to_numpy(dtype=bool),
        lately=days < rules.cool_down_days,
        often=recent >= (cap.contacts if cap else np.inf),
        refused={channel: _refused(known, channel, rules.consent.unknown == "refused") for channel in channels},
    )


def _refused(known: pd.DataFrame, channel: str, unknown: bool) -> Bools:
    name = f"consent_{channel}"
    if name not in known:
        return np.full(len(known), unknown)
    said = known[name]
    yes = said if pd.api.types.is_bool_dtype(said) else said.map(_is_yes, na_action="ignore").astype("boolean")
    return np.asarray(np.where(said.isna(), unknown, ~yes.fillna(False).to_numpy(dtype=bool)), dtype=bool)


def _is_yes(word: object) -> bool:
    return word if isinstance(word, bool) else str(word).strip().lower() in GIVEN
