"""What earlier deliveries say about today's lists."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipeline.campaign.archive import before
from pipeline.disk import sha256
from pipeline.errors import DataUnfitError

DAY = date(2024, 6, 1)
NONE_ENTERED = Path("nothing was delivered.json")


@pytest.fixture
def archive(tmp_path):
    """Two deliveries before the day, one of the day itself, and something that is none."""

    def deliver(day, assignments, customers):
        (tmp_path / day).mkdir()
        (tmp_path / day / "assignments.csv").write_text(
            "customer_id,list,arm,assignment_probability,since\n" + assignments, encoding="utf-8"
        )
        (tmp_path / day / "customers.csv").write_text(
            "customer_id,risk_segment,arm,left_out_reason\n" + customers, encoding="utf-8"
        )

    deliver("2024-04-01", "ann,churn,holdout,0.9,2024-04-01\n'=bob,churn,contact,0.9,2024-04-01\n", "ann,high,holdout,\n")
    deliver(
        "2024-05-01",
        "ann,churn,holdout,0.9,2024-04-01\ncem,,control,0.0,2024-05-01\n",
        "ann,critical,holdout,\n'=bob,low,none,not_profitable\ncem,,control,\n",
    )
    deliver("2024-06-01", "zoe,churn,contact,0.9,2024-06-01\n", "zoe,high,contact,\n")
    (tmp_path / "2024-05-15.partial").mkdir()
    return tmp_path


def rows(frame: pd.DataFrame) -> list[tuple]:
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


def test_all_arms_before_the_day_and_the_labels_of_the_latest_delivery(archive):
    found = before(archive, DAY, {}, NONE_ENTERED)
    assert found.delivery == "2024-05-01"
    assert list(found.arms.columns) == ["customer_id", "arm", "since", "assignment_probability"]
    assert rows(found.arms) == [
        ("ann", "holdout", "2024-04-01", 0.9),
        ("=bob", "contact", "2024-04-01", 0.9),
        ("ann", "holdout", "2024-04-01", 0.9),
        ("cem", "control", "2024-05-01", 0.0),
    ]
    assert list(found.labels.columns) == ["customer_id", "risk_segment", "state", "left_out_reason"]
    assert rows(found.labels) == [
        ("ann", "critical", "holdout", None),
        ("=bob", "low", "left_out", "not_profitable"),
        ("cem", None, "control", None),
    ]


def test_who_was_delivered_under_a_real_id_is_known_by_the_pseudonym(archive):
    found = before(archive, DAY, {"p1": "=bob"}, NONE_ENTERED)
    assert list(found.arms["customer_id"]) == ["ann", "p1", "ann", "cem"]
    assert list(found.labels["customer_id"]) == ["ann", "p1", "cem"]


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("assignments.csv", "customer_id,list,arm,assignment_probability,since\n", "it is not the file its manifest names"),
        ("customers.csv", "customer_id,risk_segment,arm,left_out_reason\n", "it is not the file its manifest names"),
        ("manifest.json", '{"files": {', "Expecting property name"),
        ("manifest.json", '{"files": {}}', "it names no checksum of assignments.csv"),
        ("manifest.json", "[]", "it names no checksum of assignments.csv"),
        ("manifest.json", '{"files": {"assignments.csv": {"sha256": null}}}', "it is not the file its manifest names"),
        ("assignments.csv", None, "No such file"),
    ],
)
def test_a_delivery_that_is_not_as_it_was_made_stops_the_lists(archive, file, text, words):
    folder = archive / "2024-05-01"
    files = {name: {"sha256": sha256(folder / name)} for name in ("assignments.csv", "customers.csv")}
    (folder / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    assert before(archive, DAY, {}, NONE_ENTERED).delivery == "2024-05-01"
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text, encoding="utf-8")
    at_fault = "assignments.csv" if "null" in str(text) else file
    with pytest.raises(DataUnfitError, match=rf"2024-05-01/{at_fault}: the delivery cannot be read as it was made \(.*{words}"):
        before(archive, DAY, {}, NONE_ENTERED)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Empty CSV file"),
        ("customer_id,arm,assignment_probability\nann,contact,0.9\n", "it has no column since"),
        ('customer_id,"arm\n', "unexpected end of data"),
        ("\u00ff", "it has no column customer_id"),
    ],
)
def test_a_delivery_of_another_format_stops_the_lists(archive, text, words):
    (archive / "2024-04-01/assignments.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataUnfitError, match=rf"2024-04-01/assignments\.csv: the delivery cannot be read .*{words}"):
        before(archive, DAY, {}, NONE_ENTERED)


def test_only_what_was_delivered_before_the_day_counts(archive):
    assert before(archive, date(2024, 5, 1), {}, NONE_ENTERED).delivery == "2024-04-01"
    assert before(archive, date(2024, 6, 2), {}, NONE_ENTERED).delivery == "2024-06-01"


@pytest.mark.parametrize("day", [date(2024, 4, 1), date(2020, 1, 1)])
def test_before_the_first_delivery_there_is_nothing(archive, day):
    found = before(archive, day, {}, NONE_ENTERED)
    assert (found.delivery, len(found.arms), len(found.labels)) == (None, 0, 0)
    assert list(found.arms.columns) == ["customer_id", "arm", "since", "assignment_probability"]


def test_without_an_archive_there_is_nothing(tmp_path):
    assert before(tmp_path / "nowhere", DAY, {}, NONE_ENTERED).delivery is None


@pytest.fixture
def entered(archive, tmp_path_factory):
    """The file that enters the two deliveries before the day and one of a later day, each by its manifest."""
    path = tmp_path_factory.mktemp("entries") / "deliveries.json"
    entries = [{"id": "2024-06-08", "sha256": "1"}]
    for day in ("2024-04-01", "2024-05-01"):
        (archive / day / "manifest.json").write_text(manifest_of(archive / day), encoding="utf-8")
        entries.append({"id": day, "sha256": sha256(archive / day / "manifest.json")})
    path.write_text(json.dumps({"deliveries": entries}), encoding="utf-8")
    return path


def manifest_of(folder: Path) -> str:
    return json.dumps({"files": {name: {"sha256": sha256(folder / name)} for name in ("assignments.csv", "customers.csv")}})


def test_a_delivery_that_is_entered_but_not_here_is_asked_for(archive, entered):
    assert before(archive, DAY, {}, entered).delivery == "2024-05-01", "one of a later day is not asked for"
    (archive / "2024-04-01").rename(archive / "elsewhere")
    with pytest.raises(
        DataUnfitError, match=r"names the delivery of 2024-04-01, which is not in .*; bring that folder, or remove"
    ):
        before(archive, DAY, {}, entered)
    archive.with_name(f"{archive.name}.dvc").touch()
    with pytest.raises(DataUnfitError, match=r"`dvc pull .*\.dvc` brings it"):
        before(archive, DAY, {}, entered)


def test_a_delivery_that_was_changed_together_with_its_manifest_is_refused(archive, entered):
    """Else whoever turns a hold-out into a contact only has to write the new checksum beside it."""
    folder = archive / "2024-04-01"
    lines = (folder / "assignments.csv").read_text(encoding="utf-8")
    (folder / "assignments.csv").write_text(lines.replace("holdout", "contact"), encoding="utf-8")
    (folder / "manifest.json").write_text(manifest_of(folder), encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"2024-04-01/manifest\.json is not the one that .*deliveries\.json names; restore"):
        before(archive, DAY, {}, entered)


def test_a_delivery_that_is_entered_and_has_no_manifest_is_refused(archive, entered):
    (archive / "2024-05-01/manifest.json").unlink()
    with pytest.raises(DataUnfitError, match=r"2024-05-01/manifest\.json is missing: it is the one that .* names; restore both"):
        before(archive, DAY, {}, entered)


def test_one_that_a_kill_left_without_an_entry_holds_as_well(archive, entered):
    kept = [one for one in json.loads(entered.read_text(encoding="utf-8"))["deliveries"] if one["id"] != "2024-05-01"]
    entered.write_text(json.dumps({"deliveries": kept}), encoding="utf-8")
    assert before(archive, DAY, {}, entered).delivery == "2024-05-01"


@pytest.mark.parametrize("name", ["2024-05-xx", "2024-13-01", "2024-02-30"])
def test_a_folder_that_is_named_by_no_day_is_not_passed_over(archive, name):
    (archive / "2024-05-01").rename(archive / name)
    with pytest.raises(DataUnfitError, match=rf"{name} is named by no day, .*; give it the name of its day, or move it away"):
        before(archive, DAY, {}, NONE_ENTERED)


def test_two_entries_of_one_delivery_are_refused(archive, entered):
    """Whoever merges two branches of git may keep both; the one that is read would be luck."""
    both = [*json.loads(entered.read_text(encoding="utf-8"))["deliveries"], {"id": "2024-05-01", "sha256": "2"}]
    entered.write_text(json.dumps({"deliveries": both}), encoding="utf-8")
    with pytest.raises(DataUnfitError, match="does not list deliveries by id and sha256, each once; restore it from git"):
        before(archive, DAY, {}, entered)
