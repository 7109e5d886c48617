"""What earlier deliveries say about today's lists."""

import json
from datetime import date

import pandas as pd
import pytest

from pipeline.campaign.archive import before
from pipeline.disk import sha256
from pipeline.errors import DataUnfitError

DAY = date(2024, 6, 1)


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
    found = before(archive, DAY, {})
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
    found = before(archive, DAY, {"p1": "=bob"})
    assert list(found.arms["customer_id"]) == ["ann", "p1", "ann", "cem"]
    assert list(found.labels["customer_id"]) == ["ann", "p1", "cem"]


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("assignments.csv", "customer_id,list,arm,assignment_probability,since\n", "it is not the file its manifest names"),
        ("customers.csv", "customer_id,risk_segment,arm,left_out_reason\n", "it is not the file its manifest names"),
        ("manifest.json", '{"files": {', "Expecting property name"),
        ("manifest.json", '{"files": {}}', "'assignments.csv'"),
        ("assignments.csv", None, "No such file"),
    ],
)
def test_a_delivery_that_is_not_as_it_was_made_stops_the_lists(archive, file, text, words):
    folder = archive / "2024-05-01"
    files = {name: {"sha256": sha256(folder / name)} for name in ("assignments.csv", "customers.csv")}
    (folder / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    assert before(archive, DAY, {}).delivery == "2024-05-01"
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(DataUnfitError, match=rf"2024-05-01/.*: the delivery cannot be read as it was made \(.*{words}"):
        before(archive, DAY, {})


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
        before(archive, DAY, {})


def test_only_what_was_delivered_before_the_day_counts(archive):
    assert before(archive, date(2024, 5, 1), {}).delivery == "2024-04-01"
    assert before(archive, date(2024, 6, 2), {}).delivery == "2024-06-01"


@pytest.mark.parametrize("day", [date(2024, 4, 1), date(2020, 1, 1)])
def test_before_the_first_delivery_there_is_nothing(archive, day):
    found = before(archive, day, {})
    assert (found.delivery, len(found.arms), len(found.labels)) == (None, 0, 0)
    assert list(found.arms.columns) == ["customer_id", "arm", "since", "assignment_probability"]


def test_without_an_archive_there_is_nothing(tmp_path):
    assert before(tmp_path / "nowhere", DAY, {}).delivery is None


def test_a_delivery_that_is_entered_but_not_here_is_asked_for(archive, tmp_path_factory):
    entered = tmp_path_factory.mktemp("entries") / "deliveries.json"
    entries = [{"id": day, "sha256": "1"} for day in ("2024-04-01", "2024-05-01", "2024-06-08")]
    entered.write_text(json.dumps({"deliveries": entries}), encoding="utf-8")
    assert before(archive, DAY, {}, entered).delivery == "2024-05-01", "one of a later day is not asked for"
    (archive / "2024-04-01").rename(archive / "elsewhere")
    with pytest.raises(
        DataUnfitError, match=r"names the delivery of 2024-04-01, which is not in .*; bring that folder, or remove"
    ):
        before(archive, DAY, {}, entered)
    archive.with_name(f"{archive.name}.dvc").touch()
    with pytest.raises(DataUnfitError, match=r"`dvc pull .*\.dvc` brings it"):
        before(archive, DAY, {}, entered)
