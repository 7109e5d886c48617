"""features + snapshots -> challenger: the model that is shipped, and its twins that are judged behind the embargo."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from pipeline.config import Config
from pipeline.model.booster import fit
from pipeline.model.rows import read_catalog, read_plan, read_rows, ship_rows, twin_rows
from pipeline.progress import track
from pipeline.stage import Files, stage


@stage(reads=("features", "snapshots"), writes=("challenger",), params=("definition", "model", "seed", "source.name"))
def train(files: Files, config: Config) -> str:
    """Fit the same recipe on all that is labelled (`ship`), and for each test date on what was labelled by then (its twin)."""
    folder = files.write("challenger")
    folder.mkdir()
    catalog, plan = read_catalog(files.read("features")), read_plan(files.read("snapshots"))
    rows = read_rows(files.read("features"), files.read("snapshots"))
    trained = []
    wanted = [*((origin.twin, origin.train, partial(twin_rows, rows, origin)) for origin in plan.origins)]
    for name, days, select in track([*wanted, ("ship", plan.ship, partial(ship_rows, rows, plan))], "train"):
        frame = select()
        about = {
            "source": config.source.name,
            "definition": config.definition.model_dump(),
            "comparable_from": (plan.first + timedelta(days=config.definition.active_days // 2)).isoformat(),
            "as_of": plan.score.isoformat(),
            "snapshots": [day.isoformat() for day in days],
            "rows": len(frame),
        }
        model = fit(frame, catalog, config.model.params, rounds=config.model.rounds, seed=config.seed, about=about)
        model.save(folder, name)
        trained.append(f"{name} {len(frame):,} rows of {len(days)} snapshots")
    return ", ".join(trained)


if __name__ == "__main__":
    train.main()
