"""Damaged files in DVC's cache are removed before DVC brings them back, and a promoted model is found in it again."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.figure_files import read_figures
from pipeline.model.champion import Champion, read_champion, write_champion
from pipeline.model.saved import checksum_of, version_of
from pipeline.operate.dvc_cache import bring_back, mend_cache
from pipeline.operate.recover import recover
from pipeline.promotion.history import Entry, enter

OBJECTS = ".dvc/cache/files/md5"


def put(root: Path, content: bytes, ending: str = "") -> str:
    """Store an object as DVC does; its name."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest() + ending
    place = root / OBJECTS / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return md5


def put_folder(root: Path, folder: Path) -> dict[str, object]:
    """Store a folder; what a run says of it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    listed = [{"md5": put(root, file.read_bytes()), "relpath": file.relative_to(folder).as_posix()} for file in files]
    return {"md5": put(root, json.dumps(listed).encode(), ".dir"), "size": sum(file.stat().st_size for file in files)}


def remember(root: Path, name: str, run: dict[str, object]) -> None:
    place = root / ".dvc/cache/runs/ab" / name / "run"
    place.parent.mkdir(parents=True)
    place.write_text(yaml.safe_dump({"cmd": f"python -m pipeline.stages.{name}", **run}), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which `ingest` wrote two files, which are in the cache and in their place."""
    (tmp_path / "data/clean").mkdir(parents=True)
    (tmp_path / "data/clean/a.parquet").write_bytes(b"0123456789")
    (tmp_path / "data/clean/b.parquet").write_bytes(b"abcde")
    run = {"outs": [{"path": "data/clean", **put_folder(tmp_path, tmp_path / "data/clean")}]}
    remember(tmp_path, "ingest", run)
    lock = {"schema": "2.0", "stages": {"ingest": {"cmd": "python -m pipeline.stages.ingest", **run}}}
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump(lock), encoding="utf-8")
    return tmp_path


def place_of(root: Path, content: bytes) -> Path:
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return root / OBJECTS / md5[:2] / md5[2:]


def test_a_whole_cache_stays(project):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert mend_cache(project) == []
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_file_cut_short_goes_with_the_output_that_was_made_of_it(project):
    place_of(project, b"0123456789").write_bytes(b"01234")
    (project / "data/clean/a.parquet").write_bytes(b"01234")
    assert mend_cache(project) == [f"1 damaged files of {project / OBJECTS} were removed; what they were part of is made anew"]
    assert not place_of(project, b"0123456789").exists()
    assert place_of(project, b"abcde").exists()
    assert not (project / "data/clean").exists()


def test_a_damaged_list_of_a_folder_goes_and_a_whole_output_stays(project):
    (listing,) = (project / OBJECTS).glob("??/*.dir")
    listing.write_bytes(listing.read_bytes()[:20])
    assert len(mend_cache(project)) == 1
    assert not listing.exists()
    assert (project / "data/clean/a.parquet").read_bytes() == b"0123456789"


def test_a_note_of_a_run_that_was_cut_short_goes(project):
    note = project / ".dvc/cache/runs/ab/ingest/run"
    note.write_text("cmd: [", encoding="utf-8")
    assert mend_cache(project) == []
    assert not note.exists()


@pytest.fixture
def promoted(small_run, tmp_path: Path) -> tuple[Path, str]:
    """A project whose champion is also in DVC's cache, as the run of `evaluate` that judged it tells."""
    small = small_run[1]
    model, version = put_folder(tmp_path, small / "models/challenger"), version_of(small / "models/challenger")
    figures = put(tmp_path, (small / "reports/metrics.json").read_bytes())
    deps = [{"path": "models/challenger", **model}]
    remember(tmp_path, "evaluate", {"deps": deps, "outs": [{"path": "reports/metrics.json", "md5": figures}]})
    shutil.copytree(small / "models/challenger", tmp_path / "models/registry" / version)
    metrics = read_figures(small / "reports/metrics.json")
    (tmp_path / "models/registry" / version / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    checksum = checksum_of(tmp_path / "models/registry" / version)
    write_champion(tmp_path / "models/champion.json", Champion(version, None, checksum))
    return tmp_path, version


@pytest.mark.parametrize("name", ["ship.txt", "ship.json", "metrics.json"])
def test_a_damaged_champion_is_brought_back_byte_for_byte(promoted, name):
    root, version = promoted
    place = root / "models/registry" / version
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    (place / name).write_bytes((place / name).read_bytes()[:100])
    assert recover(root) == [f"the files of {version} are damaged: they were brought back from DVC's cache"]
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before
    assert read_champion(root / "models/champion.json").version == version


def test_a_champion_and_its_pointer_damaged_together_come_back_with_the_checksum(promoted):
    root, version = promoted
    whole = (root / "models/champion.json").read_bytes()
    enter(root / "models/history.json", Entry("2025-07-01", version, "promoted", "grade A", version, "A", {}))
    (root / "models/champion.json").write_text("{", encoding="utf-8")
    (root / "models/registry" / version / "ship.txt").write_text("tree", encoding="utf-8")
    assert len(recover(root)) == 2
    assert (root / "models/champion.json").read_bytes() == whole


def test_a_model_that_is_damaged_in_the_cache_as_well_is_not_brought_back(promoted):
    root, version = promoted
    place = place_of(root, (root / "models/registry" / version / "ship.txt").read_bytes())
    place.write_bytes(b"tree")
    assert not bring_back(root, version)
    assert not bring_back(root, "20200101-00000000")
