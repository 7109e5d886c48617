"""What a run that nobody watches mends by itself, and what it leaves for a person."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import DataUnfitError
from pipeline.model.champion import Champion, read_champion, write_champion
from pipeline.model.saved import checksum_of, version_of
from pipeline.operate.delivered import read_delivered
from pipeline.operate.recover import recover
from pipeline.promotion.history import Entry, enter, read_history
from tests.processes import working


def promoted(root: Path, small: Path, number: int) -> str:
    """Put a model into the registry of `root` as the champion, a different file each time; its version."""
    place = root / "models/registry/new"
    shutil.copytree(small / "models/challenger", place)
    path = place / "ship.json"
    path.write_text(path.read_text(encoding="utf-8").replace("\n}", "\n" * (number + 1) + "}", 1), encoding="utf-8")
    shutil.copyfile(small / "reports/metrics.json", place / "metrics.json")
    version = version_of(place)
    place.rename(place.parent / version)
    before = read_champion(root / "models/champion.json").version
    write_champion(root / "models/champion.json", Champion(version, before, checksum_of(place.parent / version)))
    enter(root / "models/history.json", Entry("2025-07-01", version, "promoted", "grade A", version, "A", {}))
    return version


@pytest.fixture
def two(small_run, tmp_path: Path) -> tuple[Path, str, str]:
    """A project with two promoted models, the older one first."""
    return tmp_path, promoted(tmp_path, small_run[1], 1), promoted(tmp_path, small_run[1], 2)


def damage(root: Path, version: str) -> None:
    (root / "models/registry" / version / "ship.txt").write_text("tree", encoding="utf-8")


def test_nothing_is_touched_where_all_is_whole(two):
    root, _, _ = two
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert recover(root) == []
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_pointer_cut_short_is_written_again(two):
    root, first, second = two
    whole = read_champion(root / "models/champion.json")
    (root / "models/champion.json").write_text('{"version": "2025', encoding="utf-8")
    assert recover(root)[0].endswith(f"it was written again from the history of decisions: {second}")
    assert read_champion(root / "models/champion.json") == whole
    assert whole.previous == first


def test_a_damaged_champion_gives_way_to_the_one_before(two):
    root, first, second = two
    damage(root, second)
    assert recover(root)[0].startswith(f"the files of {second} are damaged: {first} is the champion again")
    assert read_champion(root / "models/champion.json").version == first
    assert read_history(root / "models/history.json")[-1].reason == f"the files of {second} are damaged"


def test_where_every_model_is_damaged_the_fresh_one_scores(two):
    root, first, second = two
    damage(root, first)
    damage(root, second)
    assert "no champion now" in recover(root)[0]
    assert read_champion(root / "models/champion.json").version is None


def test_a_champion_of_another_clone_is_left_for_a_person(two):
    root, _, second = two
    shutil.rmtree(root / "models/registry" / second)
    assert recover(root) == []
    assert read_champion(root / "models/champion.json").version == second


def commit(root: Path) -> None:
    for words in (["init", "-q"], ["add", "models/history.json", "data"], ["commit", "-qm", "a week"]):
        who = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
        subprocess.run(["git", *who, *words], cwd=root, check=True)


def delivered(root: Path, day: str) -> None:
    (root / "data/deliveries" / day).mkdir(parents=True)
    (root / "data/deliveries" / day / "manifest.json").write_text("{}", encoding="utf-8")


def test_a_history_cut_short_is_that_of_the_last_commit(two):
    root, _, second = two
    delivered(root, "2025-07-01")
    commit(root)
    whole = (root / "models/history.json").read_bytes()
    (root / "models/history.json").write_bytes(whole[:100])
    (root / "models/champion.json").write_text("{", encoding="utf-8")
    assert "is that of the last commit again" in recover(root)[0]
    assert (root / "models/history.json").read_bytes() == whole
    assert read_champion(root / "models/champion.json").version == second


def test_a_pointer_that_is_gone_is_written_again(two):
    root, _, second = two
    (root / "models/champion.json").unlink()
    assert recover(root)[0].startswith(f"{root / 'models/champion.json'} is missing; it was written again")
    assert read_champion(root / "models/champion.json").version == second


def test_a_delivery_that_a_killed_run_had_not_entered_is_entered(two):
    root, _, _ = two
    delivered(root, "2025-07-01")
    assert recover(root) == []
    assert list(read_delivered(root / "data/deliveries.json")) == ["2025-07-01"]


def test_half_a_delivery_of_another_day_and_half_a_model_go(two):
    root, first, second = two
    for name in ("data/deliveries/.2025-06-01.partial", "models/registry/.20250601-00000000.partial"):
        (root / name).mkdir(parents=True)
        (root / name / "customers.csv").write_text("customer_id\n", encoding="utf-8")
    assert recover(root) == []
    assert list((root / "data/deliveries").iterdir()) == []
    assert sorted(place.name for place in (root / "models/registry").iterdir()) == sorted([first, second])


HALF = ("data/.clean.partial", "data/.deliveries.json.partial", "models/.champion.json.partial", "reports/.drift.json.partial")


def half_written(root: Path) -> list[str]:
    (root / "data/.clean.partial").mkdir(parents=True)
    (root / "data/.clean.partial/transactions.parquet").write_bytes(b"half")
    for name in HALF[1:]:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text('{"half": ', encoding="utf-8")
    return [name for name in HALF if (root / name).exists()]


def test_what_killed_stages_and_acts_left_growing_goes(two):
    root, _, _ = two
    assert half_written(root) == list(HALF)
    recover(root)
    assert [name for name in HALF if (root / name).exists()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not show the command of a process")
def test_what_a_stage_writes_that_runs_by_hand_stays(two):
    root, _, _ = two
    half_written(root)
    with working("dvc", "repro") as by_hand:
        notes = {"write": {str(root / "data/clean"): {"pid": by_hand, "cmd": "dvc repro"}}, "read": {}}
        (root / ".dvc/tmp").mkdir(parents=True, exist_ok=True)
        (root / ".dvc/tmp/rwlock").write_text(json.dumps(notes), encoding="utf-8")
        recover(root)
    assert [name for name in HALF if (root / name).exists()] == list(HALF)


def test_a_list_of_deliveries_cut_short_is_that_of_the_last_commit_and_what_came_since(two):
    root, _, _ = two
    for name in ("2025-05-01", "2025-06-01"):
        delivered(root, name)
    recover(root)
    commit(root)
    shutil.rmtree(root / "data/deliveries/2025-05-01")  # it was moved to another machine
    delivered(root, "2025-07-01")
    (root / "data/deliveries.json").write_text('{"deliv', encoding="utf-8")
    assert recover(root)[0].endswith("it is that of the last commit again, with what the archive holds")
    assert list(read_delivered(root / "data/deliveries.json")) == ["2025-05-01", "2025-06-01", "2025-07-01"]


def test_a_list_of_deliveries_cut_short_is_made_anew_where_there_is_no_git(two):
    root, _, _ = two
    delivered(root, "2025-07-01")
    (root / "data/deliveries.json").write_text('{"deliv', encoding="utf-8")
    assert recover(root)[0].endswith("it is made anew, with what the archive holds")
    assert list(read_delivered(root / "data/deliveries.json")) == ["2025-07-01"]


def test_without_a_readable_history_a_person_must_look(two):
    root, _, _ = two
    (root / "models/champion.json").write_text("{", encoding="utf-8")
    (root / "models/history.json").write_text(json.dumps({}), encoding="utf-8")
    with pytest.raises(DataUnfitError, match="restore it from git"):
        recover(root)
