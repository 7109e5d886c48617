"""Every notebook runs on a small simulated world, and none carries outputs in git."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WORLD = {"one_delivery": "later_run"}
every_notebook = pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in NOTEBOOKS])


@every_notebook
def test_notebook_runs_on_a_small_world(path: Path, request, monkeypatch):
    """It reads the world's artifacts relative to its folder, and the package from this tree."""
    _, root = request.getfixturevalue(WORLD.get(path.stem, "small_run"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))))
    monkeypatch.setenv("MPLBACKEND", "agg")
    folder = root / "notebooks"
    folder.mkdir(exist_ok=True)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()


@every_notebook
def test_notebook_has_no_outputs(path: Path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert not any(cell.outputs or cell.execution_count for cell in cells), f"{path.name}: clear all outputs before committing"


@every_notebook
def test_notebook_defines_nothing(path: Path):
    """What is worth a function is worth a place in the package, where it is tested."""
    code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    assert not [line for line in code.splitlines() if line.lstrip().startswith(("def ", "class "))]
