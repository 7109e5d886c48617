"""features + snapshots -> challenger: the model that is shipped, and its twin that is judged behind the embargo."""

from __future__ import annotations

from datetime import timedelta

from pipeline.config import Config
from pipeline.model.booster import fit
from pipeline.model.rows import read_catalog, read_plan, read_rows, ship_rows, twin_rows
from pipeline.progress import track
from pipeline.stage import Files, stage


@stage(reads=("features", "snapshots"), writes=("challenger",), params=("definition", "model", "seed", "source.name"))
def train(files: Files, config: Config) -> str:
    """Fit the same recipe twice: `twin` on snapshots whose labels end before the test, `ship` on all that are labelled."""
    folder = files.write("challenger")
    folder.mkdir()
    catalog, plan = read_catalog(files.read("features")), read_plan(files.read("snapshots"))
    rows = read_rows(files.read("features"), files.read("snapshots"))
    trained = []
    for name, days, frame in track(
        (("twin", plan.train, twin_rows(rows, plan)), ("ship", plan.ship, ship_rows(rows, plan))), "train"
    ):
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
