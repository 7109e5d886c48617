"""features + snapshots -> challenger: the model that is shipped, and its twins that are judged behind the embargo."""

from __future__ import annotations

import json
from functools import partial

import pandas as pd

from pipeline.config import Config
from pipeline.model.booster import check_params, fit
from pipeline.model.folds import Plan, label_days
from pipeline.model.search import PATIENCE, Recipe, folds, search, stopped
from pipeline.model.simple import fit_simple
from pipeline.model.snapshot_rows import read_catalog, read_plan, read_rows, running_rows, ship_rows, twin_rows
from pipeline.progress import counter, track
from pipeline.stage import Files, stage
from pipeline.value.expected import learn_value, of_value


@stage(
    reads=("features", "snapshots"),
    pinned=("searches",),
    writes=("challenger",),
    params=("definition", "model", "seed", "source.name", "train", "value"),
)
def train(files: Files, config: Config) -> str:
    """Fit the same recipe on all that is labelled (`ship`), and for each test date on what was labelled by then (its twin)."""
    check_params(config.model.params)
    folder = files.write("challenger")
    folder.mkdir()
    catalog, plan = read_catalog(files.read("features")), read_plan(files.read("snapshots"))
    rows = read_rows(files.read("features"), files.read("snapshots"))
    few = _too_few(rows, plan, config.train.min_customers)
    recipe = Recipe({}, 0) if few else _recipe(files, config, rows, plan)
    trained = []
    wanted = [(origin.twin, origin.train, partial(twin_rows, rows, origin)) for origin in plan.origins]
    wanted.append(("ship", plan.ship, partial(ship_rows, rows, plan)))
    for (known_until, running), (name, days, select) in track(list(zip(plan.early, wanted, strict=True)), "train"):
        frame, early = select(), running_rows(rows, running, known_until)
        about = {
            "source": config.source.name,
            "definition": config.definition.model_dump(),
            "first_day": plan.first.isoformat(),
            "known_until": known_until.isoformat(),
            "active_days": config.definition.active_days,
            "label_days": label_days(config.definition),
            "as_of": plan.score.isoformat(),
            "snapshots": [day.isoformat() for day in days],
            "rows": len(frame),
            "rounds": recipe.rounds,
        }
        if few:
            fit_simple(frame, about | {"ungraded": few}).save(folder, name)
            continue
        learn = partial(fit, frame, catalog, recipe.params, rounds=recipe.rounds, half_life_days=config.train.half_life_days)
        model = learn(seed=config.seed, about=about, running=early, monotone=config.model.monotone)
        model.save(folder, name)
        value = learn_value(frame, catalog, recipe, config, plan)
        if value is not None:
            value.save(folder, of_value(name))
        trained.append(f"{name} {len(frame):,} rows of {len(days)} snapshots" + (" (and its value)" if value else ""))
    return few or ", ".join(trained)


def _too_few(rows: pd.DataFrame, plan: Plan, least: int) -> str:
    """Why no trees are trained, if customers at risk at the latest test date are too few; the same for all models of a run."""
    customers = int(((rows["t"].dt.date == plan.test) & (rows["weight"] > 0)).sum())
    if customers >= least:
        return ""
    return (
        f"{customers:,} customers were at risk on {plan.test}, trees need {least:,} (train.min_customers): the list is that of a "
        "simple rule"
    )


def _recipe(files: Files, config: Config, rows: pd.DataFrame, plan: Plan) -> Recipe:
    """The recipe of `model`, its number of trees, or the best of a search behind the oldest test date (its trials are kept)."""
    asked, wanted, oldest = config.model, config.train.search.trials, plan.origins[-1]
    given, patience = Recipe(asked.params, asked.rounds), asked.early_stopping_rounds
    if not wanted and patience is None:
        return given
    catalog, wait = read_catalog(files.read("features")), label_days(config.definition)
    made = folds(twin_rows(rows, oldest), catalog, oldest.train, wait, asked.params, monotone=asked.monotone)
    if not wanted:
        return stopped(made, given, config.seed, patience or PATIENCE)
    storage = f"sqlite:///{files.read('searches').resolve()}"
    with counter("search") as tell:
        best, tried = search(made, given, wanted, config.seed, storage, tell, patience or PATIENCE)
    (files.write("challenger") / "search.json").write_text(json.dumps(tried, indent=1) + "\n", encoding="utf-8")
    return best


if __name__ == "__main__":
    train.main()
