"""A small company that goes on after a delivery: who is contacted, what is logged, and what is read beside the truth."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import ConfigError, DataUnfitError, ServiceError
from pipeline.practice import story
from pipeline.practice.compare import compare
from pipeline.simulator import Settings
from pipeline.simulator.going_on import contacts_of
from pipeline.simulator.played import PLAYED, played_codes
from tests.conftest import ROOT, config_of

DAY = "2025-07-01"
SETTINGS = Settings(seed=1, customers=100, months=6)
NAMES = {"00000001": "00000001", "00000002": "00000002", "x": "00000003"}
HEADER = "customer_id,channel,offer,arm,assignment_probability,taken_off"


def archive(folder: Path, **lists: tuple[str, ...]) -> list[Path]:
    """The folders of deliveries, each by its day, of such lines."""
    for day, lines in lists.items():
        place = folder / day.replace("_", "-").strip("-")
        place.mkdir(parents=True)
        (place / "assignments.csv").write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return sorted(folder.iterdir())


def test_who_is_drawn_and_still_there_is_in_the_log_and_only_the_contacted_cost(tmp_path):
    made = archive(
        tmp_path,
        _2025_07_01=(
            "00000001,phone,service_recovery,contact,0.9,",
            "00000002,email,exclusive_offer,contact,0.9,bought_since",
            "x,push,loyalty_reward,holdout,0.9,",
            "00000004,,,control,0,",
        ),
    )
    (month, rows), = contacts_of(made, SETTINGS, 4, NAMES).items()  # fmt: skip
    told = rows[["customer_id", "offer", "arm", "channel", "cost", "delivery_id"]].to_numpy().tolist()
    assert month == 6
    assert told == [
        ["00000001", "service_recovery", "contact", "phone", 6.0, DAY],
        ["00000003", "loyalty_reward", "holdout", "push", 0.0, DAY],
    ]
    assert rows["contacted_at"].unique().tolist() == [pd.Timestamp("2025-07-01 09:00")]


def test_a_month_takes_in_the_deliveries_since_the_one_before_and_the_first_counts(tmp_path):
    line = "00000001,push,welcome,{},0.9,"
    made = archive(
        tmp_path,
        _2025_06_30=(line.format("contact"),),
        _2025_07_02=(line.format("contact"),),
        _2025_07_31=(line.format("holdout"),),
        _2025_08_01=(line.format("contact"),),
    )
    found = contacts_of(made, SETTINGS, 2, NAMES)
    assert {month: rows["delivery_id"].tolist() for month, rows in found.items()} == {7: ["2025-07-02"]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("00000009,push,welcome,contact,0.9,", "1 customers are not of the simulated company, such as '00000009'"),
        ("00000001,push,free_pony,contact,0.9,", "does not know the offer 'free_pony'"),
    ],
)
def test_what_the_company_does_not_know_is_refused(tmp_path, line, said):
    with pytest.raises(DataUnfitError, match=said):
        contacts_of(archive(tmp_path, _2025_07_01=(line,)), SETTINGS, 4, NAMES)


def test_every_offer_of_a_playbook_is_played():
    offers = {
        code for sector in ("ecommerce", "b2b", "content") for code in config_of(f"campaign={CAMPAIGN[sector]}").campaign.offers
    }
    assert offers <= set(PLAYED)
    assert played_codes(pd.Series(["exclusive_offer", "tier_upgrade", "service_recovery", "welcome"])).tolist() == [0, 1, 2, -1]


CAMPAIGN = {"ecommerce": "default", "b2b": "b2b", "content": "content"}


def test_the_company_contacts_whom_the_delivery_says_and_nobody_else(later_run):
    _, root = later_run
    drawn = pd.read_csv(root / f"data/deliveries/{DAY}/assignments.csv", dtype="str", keep_default_na=False)
    log = pd.read_csv(root / "data/raw/campaign_contacts.csv", dtype={"customer_no": "str", "delivery": "str"})
    log = log[log["delivery"] == DAY]
    for arm in ("contact", "holdout"):
        assert sorted(log.loc[log["arm"] == arm, "customer_no"]) == sorted(drawn.loc[drawn["arm"] == arm, "customer_id"])
    assert (log.loc[log["arm"] == "contact", "cost"] > 0).all()
    assert (log.loc[log["arm"] == "holdout", "cost"] == 0).all()


def test_what_is_read_holds_the_truth(later_run):
    rows = compare(*later_run)
    assert [row["figure"] for row in rows] == ["churn, points", "saves", "margin", "profit"]
    assert all(row["held"] for row in rows)
    assert rows[0]["true"] < 0


def test_truth_that_nobody_knows_is_not_compared(later_run, small_run):
    config, root = later_run
    with pytest.raises(DataUnfitError, match=r"deliveries\.parquet is missing"):
        compare(*small_run)
    other = config.model_copy(update={"definition": config.definition.model_copy(update={"gap_days": 7})})
    with pytest.raises(DataUnfitError, match="not of this definition"):
        compare(other, root)


def test_the_story_runs_what_the_page_says():
    assert story.commands((ROOT / story.PAGE).read_text(encoding="utf-8")) == [
        "churn compose source=demo",
        "dvc repro",
        "churn deliver",
        "churn compose source.simulate.demo.later_months=4",
        "churn outcomes",
        "dvc repro report",
        "python -m pipeline.practice.compare",
    ]


def test_each_command_is_said_before_it_runs_in_the_copy_and_a_failure_ends_it(tmp_path, monkeypatch, capfd):
    seen = "import pathlib, pipeline; print(pathlib.Path(pipeline.__file__).parts[-3])"
    monkeypatch.setattr(story, "commands", lambda page: [f"python -c '{seen}'", "python -c 'raise SystemExit(3)'", "true"])
    with pytest.raises(ServiceError, match=r"raise SystemExit\(3\)'` ended with 3"):
        story.play(ROOT, tmp_path / "copy", [])
    assert capfd.readouterr().out.split("\n$ ")[1].splitlines()[1:2] == ["copy"]
    assert not (tmp_path / "copy/data/deliveries").exists()


@pytest.mark.parametrize(("choices", "left"), [(["--keep", "{there}/story"], True), ([], False)])
def test_what_one_looks_at_is_left_where_it_was_asked_for(tmp_path, monkeypatch, capsys, choices, left):
    def played(root: Path, place: Path, chosen: list[str]) -> None:
        for name in (
            "reports/report.html",
            "data/campaigns/customers.csv",
            f"data/deliveries/{DAY}/manifest.json",
            f"data/matured/{DAY}",
        ):
            (place / name).parent.mkdir(parents=True)
            (place / name).write_text(" ".join(chosen), encoding="utf-8")

    monkeypatch.setattr(story, "play", played)
    monkeypatch.setattr("sys.argv", ["story", *(one.format(there=tmp_path) for one in choices), "seed=2"])
    story.main()
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    if not left:
        assert found == []
        return
    assert found == [
        "story/data/campaigns/customers.csv", f"story/data/deliveries/{DAY}/manifest.json", f"story/data/matured/{DAY}",
        "story/reports/report.html",
    ]  # fmt: skip
    assert (tmp_path / "story/reports/report.html").read_text(encoding="utf-8") == "seed=2"
    assert f"its report is {tmp_path / 'story/reports/report.html'}" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="story is there already, and not an empty folder"):
        story.main()
