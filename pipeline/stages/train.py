"""features + snapshots -> challenger: the model that is shipped, and its twins that are judged behind the embargo."""

from __future__ import annotations

from functools import partial

from pipeline.config import Config
from pipeline.counted import counted
from pipeline.model.about import about_of
from pipeline.model.booster import check_params, fit
from pipeline.model.recipe import recipe_of, record_of
from pipeline.model.search import Recipe
from pipeline.model.simple import fit_simple, too_few
from pipeline.model.snapshot_rows import at_risk_at, read_catalog, read_plan, read_rows, running_rows, ship_rows, twin_rows
from pipeline.progress import track
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
    few = too_few(at_risk_at(files.read("snapshots"), plan.test), plan.test, config.train.min_customers)
    recipe = Recipe({}, 0) if few else recipe_of(rows, catalog, plan, config, storage=files.read("searches"), challenger=folder)
    record_of(recipe, catalog, config, trees=not few).save(folder)
    trained = []
    wanted = [(origin.twin, origin.train, partial(twin_rows, rows, origin)) for origin in plan.origins]
    wanted.append(("ship", plan.ship, partial(ship_rows, rows, plan)))
    known = [(*model, *early) for model, early in zip(wanted, plan.early, strict=True)]
    for name, days, select, known_until, running in track(known, "train"):
        frame, early = select(), running_rows(rows, running, known_until)
        about = about_of(plan, days, known_until, config) | {"rows": len(frame), "rounds": recipe.rounds}
        if few:
            fit_simple(frame, about | {"ungraded": few}).save(folder, name)
            continue
        learn = partial(fit, frame, catalog, recipe.params, rounds=recipe.rounds, half_life_days=config.train.half_life_days)
        model = learn(seed=config.seed, about=about, running=early, monotone=config.model.monotone)
        model.save(folder, name)
        value = learn_value(frame, catalog, recipe, config, plan)
        if value is not None:
            value.save(folder, of_value(name))
        trained.append(
            f"{name} {counted(len(frame), 'row')} of {counted(len(days), 'snapshot')}" + (" (and its value)" if value else "")
        )
    return few or ", ".join(trained)


if __name__ == "__main__":
    train.main()
