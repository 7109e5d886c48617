"""dvc.yaml, params.yaml, the typed config and the stages say the same thing."""

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest
import yaml

from pipeline.allocation.suppression import read_suppressed
from pipeline.artifacts import ARTIFACTS
from pipeline.compose import composed
from pipeline.stage import Stage
from tests.conftest import config_of

ROOT = Path(__file__).parents[1]
FLOW = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
STAGES = sorted(path.stem for path in (ROOT / "pipeline" / "stages").glob("[a-z]*.py"))

# What every stage imports and none depends on: values of the configuration trigger through `params`, and a change in how
# artifacts are written or failures are told does not change what is in them. Where it does: `dvc repro --force`.
PLUMBING = {
    "arrays",
    "artifacts",
    "config",
    "counted",
    "disk",
    "engine",
    "errors",
    "figure_files",
    "progress",
    "rounded",
    "stage",
    "tracking",
}


def declared(name: str) -> Stage:
    return getattr(importlib.import_module(f"pipeline.stages.{name}"), name)


def written(name: str) -> dict:
    stage = FLOW[name]
    return stage.get("do", stage)


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Modules of the package that a file imports, as paths below pipeline/."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    modules |= {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if (ROOT / node.module.replace(".", "/") / f"{alias.name}.py").exists()
    }
    ours = (module for module in modules if module.startswith("pipeline."))
    return frozenset(module.removeprefix("pipeline.").replace(".", "/") for module in ours)


def closure(path: Path) -> set[str]:
    seen: set[str] = set()
    queue = [path]
    while queue:
        for module in imports_of(queue.pop()) - seen:
            seen.add(module)
            for file in (ROOT / "pipeline" / f"{module}.py", ROOT / "pipeline" / module / "__init__.py"):
                if file.exists() and module.split("/")[0] not in PLUMBING:
                    queue.append(file)
    return {module for module in seen if module.split("/")[0] not in PLUMBING}


def test_every_stage_module_is_in_the_flow_and_the_other_way_round():
    assert sorted(FLOW) == STAGES


@pytest.mark.parametrize("name", STAGES)
def test_stage_reads_and_writes_what_dvc_knows(name):
    stage, entry = declared(name), written(name)
    paths = {path for path in entry["deps"] if not path.startswith(("pipeline", "${"))}
    assert paths == {str(ARTIFACTS[artifact]) for artifact in stage.reads}
    outputs = [*entry.get("outs", []), *entry.get("metrics", []), *entry.get("plots", [])]
    assert set(outputs) == {str(ARTIFACTS[artifact]) for artifact in stage.writes}
    assert set(entry["params"]) == set(stage.params)


def test_files_of_the_user_are_dependencies_and_the_defaults_are_there():
    named = {(name, path) for name in STAGES for path in written(name)["deps"] if path.startswith("${")}
    assert named == {("ingest", "${source.path}"), ("campaign", "${campaign.allocation.suppression}")}
    assert config_of().campaign.allocation.suppression == "data/nobody.csv"
    assert read_suppressed(ROOT / "data/nobody.csv") == frozenset()


@pytest.mark.parametrize("name", STAGES)
def test_stage_has_one_name_and_one_sentence(name):
    module = importlib.import_module(f"pipeline.stages.{name}")
    assert declared(name).name == name
    assert written(name)["cmd"] == f"python -m pipeline.stages.{name}"
    assert written(name)["desc"] == (module.__doc__ or "").splitlines()[0].rstrip(".")


@pytest.mark.parametrize("name", STAGES)
def test_stage_depends_on_the_code_it_imports(name):
    path = ROOT / "pipeline" / "stages" / f"{name}.py"
    code = [dep.removeprefix("pipeline/").removesuffix(".py") for dep in written(name)["deps"] if dep.startswith("pipeline")]
    uncovered = {module for module in closure(path) if not any(module == dep or module.startswith(f"{dep}/") for dep in code)}
    assert not uncovered, f"dvc.yaml: {name} imports pipeline/{sorted(uncovered)[0]} but does not depend on it"
    needless = {
        dep for dep in code if dep != f"stages/{name}" and not any(m == dep or m.startswith(f"{dep}/") for m in closure(path))
    }
    assert not needless, f"dvc.yaml: {name} depends on pipeline/{sorted(needless)[0]} but does not import it"


def test_committed_params_are_the_composed_choices():
    assert (ROOT / "params.yaml").read_text(encoding="utf-8") == composed(ROOT / "configs"), "run `churn compose`"


def test_no_two_modules_share_a_name():
    paths = [path for path in (ROOT / "pipeline").rglob("[a-z]*.py") if path.parent.name != "stages"]
    names = [path.stem for path in paths]
    assert not {name for name in names if names.count(name) > 1}


def test_no_stage_may_read_the_truth():
    assert not [name for name in STAGES if "truth" in declared(name).reads]
    assert not [name for name in STAGES if any("truth" in dep for dep in written(name)["deps"])]
    readers = [path for path in (ROOT / "pipeline").rglob("*.py") if "data/truth" in path.read_text(encoding="utf-8")]
    assert readers == [ROOT / "pipeline" / "artifacts.py"]


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_modules_are_short_and_stages_shorter():
    assert not {path.name: lines_of(path) for path in (ROOT / "pipeline" / "stages").glob("*.py") if lines_of(path) > 60}
    assert not {path.name: lines_of(path) for path in (ROOT / "pipeline").rglob("*.py") if lines_of(path) > 250}


def test_every_function_fits_a_screen():
    found = [
        (path.name, node.name, node.end_lineno - node.lineno + 1)
        for path in (ROOT / "pipeline").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(found) > 500
    assert not [one for one in found if one[2] > 40]
