"""Which runs a server lacks, and bringing them: parents first, halves of an earlier attempt thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.tracking.store import as_store_errors, experiment_of
from pipeline.tracking.transfer import COMPLETE, LOCAL_RUN, PARENT, SYNCED, Way, runs_of

ENDED = ("FINISHED", "FAILED", "KILLED")


@dataclass(frozen=True)
class Brought:
    """How many runs came over, were there already, and stay because they, or those above them, have not ended."""

    came: int = 0
    known: int = 0
    open: int = 0

    def __add__(self, other: Brought) -> Brought:
        return Brought(self.came + other.came, self.known + other.known, self.open + other.open)


def bring_runs(way: Way) -> Brought:
    """Every run of the local store that the server lacks; every run that came over stays, whatever happens to the next.

    Raises StoreError.
    """
    with as_store_errors():
        experiments = list(way.here.search_experiments())
        return sum((_bring_experiment(way, experiment) for experiment in experiments), Brought())


def bring_one(way: Way, local: str) -> str:
    """The remote run of a local one, which is brought unless it is there. Raises StoreError."""
    with as_store_errors():
        run = way.here.get_run(local)
        experiment = experiment_of(way.there, way.server, way.here.get_experiment(run.info.experiment_id).name)
        _look(way, experiment, {local}, f"tags.`{LOCAL_RUN}` = '{local}'")
        return way.ids[local] if local in way.ids else way.bring(run, experiment)


def _bring_experiment(way: Way, experiment: Any) -> Brought:
    runs = sorted(runs_of(way.here, [experiment.experiment_id]), key=lambda run: (run.info.start_time, PARENT in run.data.tags))
    if not runs:
        return Brought()
    mine = {run.info.run_id for run in runs}
    remote = experiment_of(way.there, way.server, experiment.name)
    _look(way, remote, mine)
    known = [run for run in runs if run.info.run_id in way.ids]
    for run in known:
        if SYNCED not in run.data.tags:  # killed between the two stores
            way.note(run.info.run_id)
    came = 0
    for run in runs:
        above = run.data.tags.get(PARENT)
        if run.info.run_id in way.ids or run.info.status not in ENDED or (above in mine and above not in way.ids):
            continue
        way.bring(run, remote)
        came += 1
    return Brought(came, len(known), len(runs) - len(known) - came)


def _look(way: Way, experiment: str, mine: set[str], only: str = "") -> None:
    """What the server has of `mine`: complete runs go into `way.ids`, halves into the bin.

    A complete run that somebody has deleted on the server stays deleted: it was brought.
    """
    for run in list(runs_of(way.there, [experiment], only=only, deleted=True)):
        local = run.data.tags.get(LOCAL_RUN)
        if local in mine and COMPLETE in run.data.tags:
            way.ids[local] = run.info.run_id
        elif local in mine and run.info.lifecycle_stage == "active":
            for model in way.there.search_logged_models([experiment], f"source_run_id = '{run.info.run_id}'"):
                way.there.delete_logged_model(model.model_id)
            way.there.delete_run(run.info.run_id)
