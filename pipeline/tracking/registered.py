"""The registered model: a version for each promoted one, aliases for what it is now, in the local store first as runs are.

What the server has not heard of yet is marked in the local store: a version with the tag `churn.pending`, the move of
an alias with `churn.pending.<alias>` on the registered model. `bring_registered` brings it over and takes the mark off.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pipeline.config import Config
from pipeline.errors import BusyError
from pipeline.tracking.evaluation import MODEL_VERSION, log_model
from pipeline.tracking.keeping import left_here, turn, way_to
from pipeline.tracking.pending import bring_one
from pipeline.tracking.store import StoreError, as_store_errors, client, environment, experiment_of, local_uri, server_uri, shown
from pipeline.tracking.transfer import PENDING, Way, runs_of

Alias = Literal["champion", "challenger"]


def register(config: Config, version: str, folder: Path, alias: Alias, tags: dict[str, str]) -> str | None:
    """Make the model of a run tagged `model_version` a version of the registered model, tag it, and point an alias at it.

    Where no run has logged that model, it is logged from its folder. Registered again, it stays one version. Returns a sentence
    where it is in one store only, or in none. No store raises.
    """
    name = name_of(config)

    def here(asked: Any) -> None:
        number = _number(asked, name, version) or _enter(asked, config.tracking.experiment, name, version, folder)
        for key, value in (tags | {PENDING: "true"}).items():
            asked.set_model_version_tag(name, number, key, value)
        _point(asked, name, alias, version, number)

    return _kept(here, name)


def move_alias(config: Config, version: str, alias: Alias) -> str | None:
    """Point an alias at a registered version. Returns a sentence where that is in one store only, or in none. No store raises."""
    name = name_of(config)

    def here(asked: Any) -> None:
        number = _number(asked, name, version)
        if number is None:
            raise StoreError(f"has no version {version} of {name}")
        _point(asked, name, alias, version, number)

    return _kept(here, name)


def name_of(config: Config) -> str:
    """The registered model bears the experiment's name, without the folder that Databricks puts before it."""
    return config.tracking.experiment.rpartition("/")[2]


def _kept(here: Any, name: str) -> str | None:
    with environment():
        local, server = local_uri(), server_uri()
        try:
            asked = client(local)
            with as_store_errors():
                here(asked)
        except StoreError as broken:
            return f"the tracking store {shown(local)} {broken}; the registered model {name} is as it was"
        if server is None:
            return None
        try:
            way = way_to(server, local)
            with as_store_errors(), turn():
                bring_registered(way)
        except (StoreError, BusyError) as away:
            return left_here(f"what changed of the registered model {name} is", server, away)
    return None


def _number(asked: Any, name: str, version: str) -> str | None:
    """The number under which a version is registered."""
    found = [one for one in _versions(asked, name) if one.tags.get(MODEL_VERSION) == version]
    return str(min(int(one.version) for one in found)) if found else None


def _versions(asked: Any, name: str) -> list[Any]:
    found: list[Any] = []
    token = None
    while True:
        page = asked.search_model_versions(f"name = '{name}'", page_token=token)
        found, token = [*found, *page], page.token
        if not token:
            return found


def _enter(asked: Any, experiment: str, name: str, version: str, folder: Path) -> str:
    uri = local_uri()
    place = experiment_of(asked, uri, experiment)
    runs = [run for run in runs_of(asked, [place], only=f"tags.{MODEL_VERSION} = '{version}'") if run.outputs.model_outputs]
    run = runs[0] if runs else _from_folder(asked, uri, place, version, folder)
    return _made(asked, name, version, run)


def _from_folder(asked: Any, uri: str, experiment: str, version: str, folder: Path) -> Any:
    import mlflow

    mlflow.set_tracking_uri(uri)
    with mlflow.start_run(experiment_id=experiment, run_name=version, tags={MODEL_VERSION: version}) as run:
        log_model(mlflow, folder)
    return asked.get_run(run.info.run_id)


def _made(asked: Any, name: str, version: str, run: Any) -> str:
    """A new version of the registered model from the model of a run; its number."""
    import mlflow
    from mlflow.exceptions import MlflowException

    mlflow.set_tracking_uri(asked.tracking_uri)  # a registry in a database looks the model up there, whatever its own address
    model = run.outputs.model_outputs[0].model_id
    try:
        asked.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    made = asked.create_model_version(
        name, f"models:/{model}", run.info.run_id, tags={MODEL_VERSION: version}, model_id=model, await_creation_for=10
    )
    return str(made.version)


def _point(asked: Any, name: str, alias: str, version: str, number: str) -> None:
    asked.set_registered_model_tag(name, f"{PENDING}.{alias}", version)
    asked.set_registered_model_alias(name, alias, number)


def bring_registered(way: Way, champion: str | None = None) -> int:
    """Bring every marked version and alias to the server; how many versions and aliases that were. Raises StoreError.

    Who comes last is right, but for the alias `champion`: a move that waited is dropped when the pointer (`champion`, the version
    it names, where it is known) has gone on to another version meanwhile, as somebody else promoted that one.
    """
    with as_store_errors():
        return sum(_bring_one(way, model, champion) for model in list(way.here.search_registered_models()))


def _bring_one(way: Way, model: Any, champion: str | None) -> int:
    name, brought = model.name, 0
    for local in _versions(way.here, name):
        if PENDING in local.tags:
            way.in_time()
            number = _number(way.there, name, local.tags[MODEL_VERSION]) or _made_there(way, name, local)
            for key, value in local.tags.items():
                if key != PENDING:
                    way.there.set_model_version_tag(name, number, key, value)
            way.here.delete_model_version_tag(name, local.version, PENDING)
            brought += 1
    for key, version in model.tags.items():
        alias = key.removeprefix(f"{PENDING}.")
        if alias != key:
            if alias != "champion" or champion in (None, version):
                way.there.set_registered_model_alias(name, alias, _number(way.there, name, version))
                brought += 1
            way.here.delete_registered_model_tag(name, key)
    return brought


def _made_there(way: Way, name: str, local: Any) -> str:
    remote = bring_one(way, local.run_id)
    return _made(way.there, name, local.tags[MODEL_VERSION], way.there.get_run(remote))
