"""matured deliveries -> uplift: the effect of a contact by customer, how well it ranks, and whether the lists go by it."""

from __future__ import annotations

import pandas as pd

from pipeline.config import Config
from pipeline.figure_files import sealed
from pipeline.outcomes.earlier import matured_files
from pipeline.stage import Files, stage
from pipeline.uplift.randomised import randomised
from pipeline.uplift.whether_used import judged, keep


@stage(
    reads=("matured",),
    writes=("uplift", "effects"),
    params=("campaign.allocation.detectable", "campaign.offers", "seed"),
)
def uplift(files: Files, config: Config) -> str:
    """Learn who can be saved from everybody who was drawn; judge it against the lists that were made without it."""
    matured = [pd.read_parquet(path) for path in matured_files(files.read("matured")).values()]
    offers = {code: offer.stayer_uplift for code, offer in config.campaign.offers.items() if offer is not None}
    told, model = judged(randomised(matured, offers), config.campaign.allocation.detectable, config.seed)
    files.write("effects").mkdir()
    keep(files.write("effects"), told, model)
    files.write("uplift").write_text(sealed(told), encoding="utf-8")
    return f"{'used' if told['used'] else 'not used'}: {told['why']}"


if __name__ == "__main__":
    uplift.main()
