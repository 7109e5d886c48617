"""One run from the local store to a server, whole: a remote run without the tag `churn.complete` counts as not brought.

The remote run bears the id of the local one in `churn.local_run`; that is how it is known again after a kill.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from pipeline.tracking.store import StoreError, as_store_errors, shown

LOCAL_RUN, COMPLETE, SYNCED, PENDING = "churn.local_run", "churn.complete", "churn.synced", "churn.pending"
PARENT = "mlflow.parentRunId"
PAGE = 500  # runs
BATCH = 100  # params and metrics of a request: a server takes no more params


def unhurried() -> None:
    """No time limit."""


def within(seconds: float) -> Callable[[], None]:
    """A limit to ask between requests. What it returns raises StoreError once the time is over."""
    end = time.monotonic() + seconds

    def ask() -> None:
        if time.monotonic() > end:
            raise StoreError(f"takes longer than {seconds:.0f} s")

    return ask


@dataclass(frozen=True)
class Way:
    """From the local client `here` to the server's `there`; `ids` are the remote runs of local ones, filled on the way."""

    here: Any
    there: Any
    server: str
    in_time: Callable[[], None] = unhurried
    ids: dict[str, str] = field(default_factory=dict)

    def bring(self, run: Any, experiment: str) -> str:
        """Make the remote run of a local one that has ended, in a remote experiment; its id. Its parent's is in `ids`.

        Raises StoreError; then the remote run is not complete, and the next that looks for it there throws it away.
        """
        with as_store_errors():
            tags = {name: value for name, value in run.data.tags.items() if name != SYNCED}
            if PARENT in tags:
                tags[PARENT] = self.ids.get(tags[PARENT], tags[PARENT])
            made = self.there.create_run(
                experiment, start_time=run.info.start_time, tags=tags | {LOCAL_RUN: run.info.run_id}, run_name=run.info.run_name
            )
            remote = str(made.info.run_id)
            models = self._models(run, remote, experiment)
            self._values(run, remote, models)
            self._artifacts(run, remote)
            self.there.set_terminated(remote, run.info.status, run.info.end_time)
            self.there.set_tag(remote, COMPLETE, "true")
            self.ids[run.info.run_id] = remote
            self.note(run.info.run_id)
        return remote

    def note(self, local: str) -> None:
        """Write on the local run where it is on the server, for whoever looks at it."""
        self.here.set_tag(local, SYNCED, f"{shown(self.server)} {self.ids[local]}")

    def _values(self, run: Any, remote: str, models: dict[str, str]) -> None:
        from mlflow.entities import LoggedModelInput, LoggedModelOutput, Metric, Param

        params = [Param(name, value) for name, value in run.data.params.items()]
        metrics = [
            Metric(m.key, m.value, m.timestamp, m.step, models.get(m.model_id), m.dataset_name, m.dataset_digest)
            for name in run.data.metrics
            for m in self.here.get_metric_history(run.info.run_id, name)
        ]
        for start in range(0, max(len(params), len(metrics)), BATCH):
            self.in_time()
            self.there.log_batch(remote, params=params[start : start + BATCH], metrics=metrics[start : start + BATCH])
        read = [LoggedModelInput(models.get(one.model_id, one.model_id)) for one in run.inputs.model_inputs]
        if run.inputs.dataset_inputs or read:
            self.there.log_inputs(remote, datasets=run.inputs.dataset_inputs, models=read)
        if models:
            self.there.log_outputs(remote, [LoggedModelOutput(models[m.model_id], m.step) for m in run.outputs.model_outputs])

    def _artifacts(self, run: Any, remote: str) -> None:
        self.in_time()
        if self.here.list_artifacts(run.info.run_id):
            with TemporaryDirectory() as folder:
                self.here.download_artifacts(run.info.run_id, "", folder)
                self.there.log_artifacts(remote, folder)

    def _models(self, run: Any, remote: str, experiment: str) -> dict[str, str]:
        """The remote models of those that the run has logged, by their local ids."""
        outputs = run.outputs.model_outputs if run.outputs else []
        return {one.model_id: self._model(self.here.get_logged_model(one.model_id), remote, experiment) for one in outputs}

    def _model(self, model: Any, remote: str, experiment: str) -> str:
        """A logged model, its own page written for its new place."""
        from mlflow.artifacts import download_artifacts

        self.in_time()
        made = self.there.create_logged_model(experiment, model.name, remote, model.tags, model.params, model.model_type)
        with TemporaryDirectory() as folder:
            copy = Path(download_artifacts(artifact_uri=model.artifact_location, dst_path=folder))
            page = copy / "MLmodel"
            if page.exists():
                said = yaml.safe_load(page.read_text(encoding="utf-8"))
                said |= {"model_id": made.model_id, "run_id": remote, "artifact_path": made.artifact_location}
                page.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
            self.in_time()
            self.there.log_model_artifacts(made.model_id, str(copy))
        self.there.finalize_logged_model(made.model_id, model.status)
        return str(made.model_id)


def runs_of(asked: Any, experiments: list[str], *, only: str = "", deleted: bool = False) -> Iterator[Any]:
    """Every run of these experiments, or those of a filter; with `deleted` those in the bin as well. Raises StoreError."""
    from mlflow.entities import ViewType

    token, view = None, ViewType.ALL if deleted else ViewType.ACTIVE_ONLY
    while experiments:
        with as_store_errors():
            page = asked.search_runs(experiments, only, view, PAGE, None, token)
        yield from page
        token = page.token
        if not token:
            return
