"""settings + deliveries -> raw files of the demo company, and the truth about it that no stage may read."""

from __future__ import annotations

from datetime import date

import numpy as np

from pipeline.campaign.entries import deliveries_before
from pipeline.config import Config
from pipeline.contract.identity import key_from_environment, pseudonym
from pipeline.progress import counter
from pipeline.simulator import Later, Settings, write_history
from pipeline.simulator.going_on import contacts_of
from pipeline.simulator.month import customer_numbers
from pipeline.stage import Files, stage


@stage(
    reads=("delivered",),
    pinned=("deliveries",),
    writes=("raw", "truth"),
    params=("source.pseudonym_key", "source.simulate", "seed"),
)
def simulate(files: Files, config: Config) -> str:
    """Let the simulated shop live its history, and what came later with the contacts made; write what it would have exported."""
    (size,) = config.source.simulate.values()
    settings = Settings(seed=config.seed, customers=size.customers, months=size.months)
    later = Later()
    if size.later_months:
        key = key_from_environment(config.source.pseudonym_key) if config.source.pseudonym_key else None
        everybody = customer_numbers(np.arange(settings.arrived(settings.months + size.later_months))).to_pylist()
        made = deliveries_before(files.read("deliveries"), files.read("delivered"), date.max)
        names = {pseudonym(name, key) if key else name: name for name in everybody}
        later = Later(size.later_months, contacts_of(made, settings, size.later_months, names))
    with counter("simulate: months") as progress:
        write_history(settings, files.write("raw"), files.write("truth"), progress, later)
    contacted = sum(len(rows) for rows in later.contacts.values())
    went_on = f", and {size.later_months} more with {contacted:,} in arms of deliveries" if size.later_months else ""
    return f"{size.customers:,} customers over {size.months} months{went_on}"


if __name__ == "__main__":
    simulate.main()
