"""What earlier deliveries showed, as lists go by it: the chances of offers, and who can be saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import DataUnfitError
from pipeline.figure_files import read_figures
from pipeline.learning.rates import PLAYBOOK_ALONE, Learned, learned_rates
from pipeline.uplift.effect_model import EffectModel
from pipeline.uplift.whether_used import read_effects

READS = ("learned", "effects")  # the artifacts it is read from


@dataclass(frozen=True)
class Shown:
    """`learned` corrects the playbook; `effects` says who can be saved, None where lists do not go by it.

    `figures` are what the manifest says of both.
    """

    learned: Learned = PLAYBOOK_ALONE
    effects: EffectModel | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


NOTHING = Shown()


def read_shown(learned: Path, effects: Path) -> Shown:
    """What the stages outcomes and uplift wrote: `reports/learned.json`, and the folder of the effects.

    Raises DataUnfitError where one of them does not say what is asked.
    """
    try:
        rates = learned_rates(read_figures(learned)["offers"])
        model, verdict = read_effects(effects)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataUnfitError(
            f"{learned} or {effects} is damaged ({type(error).__name__}: {error}); remove both and run `dvc repro`"
        ) from None
    return Shown(rates, model, {"uplift": verdict} | ({"learned": list(rates.rows)} if rates.rows else {}))
