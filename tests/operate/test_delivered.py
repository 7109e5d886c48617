"""The file that pins the archive: every delivery once, by the checksum of its manifest."""

import hashlib
import json
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, DataUnfitError
from pipeline.operate.delivered import follow, read_delivered, refuse_absent, register


def delivery(archive: Path, day: str, text: str) -> Path:
    (archive / day).mkdir(parents=True)
    (archive / day / "manifest.json").write_text(text, encoding="utf-8")
    return archive / day


def checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_is_in_the_archive_is_entered_in_order_and_once(tmp_path):
    pins = tmp_path / "deliveries.json"
    delivery(tmp_path / "archive", "2024-07-01", "b")
    delivery(tmp_path / "archive", ".2024-08-01.partial", "half")
    register(tmp_path / "archive", pins)
    delivery(tmp_path / "archive", "2024-06-01", "a")
    register(tmp_path / "archive", pins)
    written = json.loads(pins.read_text(encoding="utf-8"))
    assert written == {
        "deliveries": [{"id": "2024-06-01", "sha256": checksum("a")}, {"id": "2024-07-01", "sha256": checksum("b")}]
    }
    before = pins.stat().st_mtime_ns
    register(tmp_path / "archive", pins)
    assert pins.stat().st_mtime_ns == before


def test_without_deliveries_nothing_is_written(tmp_path):
    register(tmp_path / "archive", tmp_path / "deliveries.json")
    assert not (tmp_path / "deliveries.json").exists()


def test_an_entry_without_its_folder_stays_and_is_no_room_for_another(tmp_path):
    pins, archive = tmp_path / "deliveries.json", tmp_path / "archive"
    place = delivery(archive, "2024-06-01", "a")
    register(archive, pins)
    place.rename(tmp_path / "elsewhere")
    register(archive, pins)
    assert read_delivered(pins) == {"2024-06-01": checksum("a")}
    refuse_absent(tmp_path / "elsewhere", place, pins)
    with pytest.raises(ConfigError, match="names another delivery of 2024-06-01, which is not here"):
        refuse_absent(delivery(tmp_path, "growing", "b"), place, pins)


def test_a_manifest_that_changed_is_refused_and_a_damaged_file_as_well(tmp_path):
    pins, archive = tmp_path / "deliveries.json", tmp_path / "archive"
    place = delivery(archive, "2024-06-01", "a")
    register(archive, pins)
    (place / "manifest.json").write_text("changed", encoding="utf-8")
    with pytest.raises(DataUnfitError, match="is not the one that"):
        register(archive, pins)
    for damaged in ("{", '{"deliveries": [{"id": "2024-06-01"}]}', "[]"):
        pins.write_text(damaged, encoding="utf-8")
        with pytest.raises(DataUnfitError, match="restore it from git"):
            register(archive, pins)


def test_a_pin_follows_only_a_manifest_that_it_named(tmp_path):
    pins, archive = tmp_path / "deliveries.json", tmp_path / "archive"
    place = delivery(archive, "2024-06-01", "a")
    register(archive, pins)
    follow(pins, place, "next")
    assert read_delivered(pins) == {"2024-06-01": checksum("next")}
    follow(pins, place, "next")  # killed before the manifest was replaced: it is still the former one
    assert read_delivered(pins) == {"2024-06-01": checksum("next")}
    follow(pins, place, "of somebody else")
    assert read_delivered(pins) == {"2024-06-01": checksum("next")}
