"""Models on disk: what was written is read, what was changed is refused."""

import json

import pytest

from pipeline.errors import DataUnfitError
from pipeline.model.sealed import read_body, read_sealed, write_sealed

# printf 'tree{"about": {"rows": 3}}' | sha256sum
CHECKSUM = "5602babffba99cb4e70c3066ce223b05b44fa991448862ff47e15231c335c36f"


def test_body_and_trees_come_back_with_the_checksum_of_both(tmp_path):
    write_sealed(tmp_path, "ship", {"about": {"rows": 3}}, "tree")
    body, trees = read_sealed(tmp_path, "ship", trees=True)
    assert (body, trees) == ({"about": {"rows": 3}, "sha256": CHECKSUM}, "tree")


def test_without_trees_there_is_one_file(tmp_path):
    write_sealed(tmp_path, "ship", {"kind": "recency"})
    assert [path.name for path in tmp_path.iterdir()] == ["ship.json"]
    assert read_sealed(tmp_path, "ship", trees=False)[0]["kind"] == "recency"


@pytest.mark.parametrize("changed", ["ship.txt", "ship.json"])
def test_a_change_in_either_file_is_refused(tmp_path, changed):
    write_sealed(tmp_path, "ship", {"about": {"rows": 3}}, "tree of 3")
    (tmp_path / changed).write_text((tmp_path / changed).read_text().replace("3", "4", 1))
    with pytest.raises(DataUnfitError, match="the files are not those their checksum names"):
        read_sealed(tmp_path, "ship", trees=True)


@pytest.mark.parametrize("cut", ["", "{", "[1]", "null", "7", '"text"', "\x00\xff"])
def test_what_is_no_body_is_not_complete(tmp_path, cut):
    (tmp_path / "ship.json").write_text(cut, encoding="latin-1")
    with pytest.raises(DataUnfitError, match="ship: not a complete model of value"):
        read_body(tmp_path, "ship", "model of value")


def test_a_missing_seal_is_not_complete(tmp_path):
    (tmp_path / "ship.json").write_text(json.dumps({"about": {}}))
    with pytest.raises(DataUnfitError, match="ship: not a complete model "):
        read_sealed(tmp_path, "ship", trees=False)


@pytest.mark.parametrize("name", ["ship.txt", "ship.json"])
def test_a_file_that_is_missing_or_cut_short_is_refused(tmp_path, name):
    write_sealed(tmp_path, "ship", {"about": {"rows": 3}}, "tree of 3")
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataUnfitError, match=r"ship: (the files are not those|not a complete model)"):
        read_sealed(tmp_path, "ship", trees=True)
    (tmp_path / name).unlink()
    with pytest.raises(DataUnfitError, match="ship: not a complete model of value"):
        read_sealed(tmp_path, "ship", trees=True, what="model of value")
