"""Two clones of a project that share a DVC remote: promoted and delivered in one, scored in the other with the same bytes."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import SMALL
from tests.projects import fresh_copy, shell


@pytest.fixture(scope="module")
def team(small_run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A project whose stages have run, committed and pushed, and a clone that has pulled nothing yet."""
    here = fresh_copy(tmp_path_factory.mktemp("here"), "source=demo", *SMALL)
    for part in ("data", "models", "reports"):
        shutil.copytree(small_run[1] / part, here / part, dirs_exist_ok=True)
    shell("dvc", "commit", "--force", "--quiet", cwd=here)
    store = tmp_path_factory.mktemp("store")
    shell("dvc", "remote", "add", "--quiet", "-d", "store", str(store), cwd=here)
    there = tmp_path_factory.mktemp("there") / "clone"
    shell("git", "add", "-A", cwd=here)
    shell("git", "commit", "-qm", "first run", cwd=here)
    shell("git", "clone", "-q", str(here), str(there), cwd=here)
    return here, there


def shared(here: Path) -> None:
    """Commit and push, as the page says after a run."""
    shell("dvc", "push", "--quiet", cwd=here)
    shell("git", "add", "-u", cwd=here)
    shell("git", "add", "models", "data/deliveries.json", cwd=here)
    shell("git", "commit", "-qm", "weekly run", cwd=here)


def files(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_what_one_promotes_and_delivers_the_other_scores_and_holds_with_the_same_bytes(team):
    here, there = team
    assert shell("churn", "promote", cwd=here).stdout.startswith("promoted 20")
    version = json.loads((here / "models/champion.json").read_text(encoding="utf-8"))["version"]
    pointer = f"models/registry/{version}.dvc"
    assert shell("git", "status", "--porcelain", "-uall", "models/registry", cwd=here).stdout == f"?? {pointer}\n"
    shell("churn", "deliver", "--no-refresh", cwd=here)
    shell("dvc", "add", "--quiet", "data/deliveries", cwd=here)
    shell("git", "add", "data/deliveries.dvc", cwd=here)
    shell("dvc", "repro", "--quiet", "--single-item", "score", cwd=here)
    shared(here)

    shell("git", "pull", "-q", cwd=there)
    shell("dvc", "pull", "--quiet", "data/features", "data/snapshots", "models/challenger", cwd=there)
    without = shell("dvc", "repro", "--single-item", "--force", "score", cwd=there, check=False)
    assert f"the champion {version} is not in models/registry; `dvc pull {pointer}` brings it" in without.stderr

    shell("dvc", "pull", "--quiet", pointer, "data/deliveries.dvc", cwd=there)
    shell("dvc", "repro", "--quiet", "--single-item", "--force", "score", cwd=there)
    for place in (f"models/registry/{version}", "data/deliveries", "data/scores"):
        assert files(there / place) == files(here / place), place
    assert shell("git", "status", "--porcelain", "-uall", cwd=there).stdout == "", "the same lock as well"
