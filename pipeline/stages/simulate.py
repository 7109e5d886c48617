"""settings -> raw files of the demo company, and the truth about it that no stage may read."""

from __future__ import annotations

from pipeline.config import Config
from pipeline.progress import counter
from pipeline.simulator import Settings, write_history
from pipeline.stage import Files, stage


@stage(reads=(), writes=("raw", "truth"), params=("source.simulate", "seed"))
def simulate(files: Files, config: Config) -> str:
    """Let the simulated shop live its history and write what it would have exported."""
    (size,) = config.source.simulate.values()
    settings = Settings(seed=config.seed, customers=size.customers, months=size.months)
    with counter("simulate: months") as progress:
        write_history(settings, files.write("raw"), files.write("truth"), progress)
    return f"{size.customers:,} customers over {size.months} months"


if __name__ == "__main__":
    simulate.main()
