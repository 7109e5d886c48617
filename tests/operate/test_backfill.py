"""Past days replayed one after the other: in order, once each, resumed after a kill, and what is told of them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import BusyError, ConfigError, DataUnfitError, ServiceError
from pipeline.lock import alone
from pipeline.operate import backfill as act
from pipeline.operate.backfill import Asked, backfill
from pipeline.operate.month_table import in_words, show_months
from pipeline.operate.replayed_copy import Ran
from pipeline.promotion.history import Entry, read_history
from tests.conftest import config_of

DAYS = (date(2024, 6, 1), date(2024, 7, 1), date(2024, 8, 1))
THREE = Asked(DAYS[0], DAYS[2])


@pytest.mark.parametrize(
    ("first", "last", "every", "days"),
    [
        ("2024-11-01", "2025-02-01", None, ["2024-11-01", "2024-12-01", "2025-01-01", "2025-02-01"]),
        ("2024-01-31", "2024-04-30", None, ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2024-11-01", "2024-11-30", None, ["2024-11-01"]),
        ("2024-12-25", "2025-01-08", 7, ["2024-12-25", "2025-01-01", "2025-01-08"]),
        ("2024-12-25", "2024-12-25", 10, ["2024-12-25"]),
    ],
)
def test_the_days_between(first, last, every, days):
    asked = Asked(date.fromisoformat(first), date.fromisoformat(last), every)
    assert [day.isoformat() for day in asked.days] == days


@pytest.fixture
def ran() -> list[str]:
    """The days that were run, in order."""
    return []


@pytest.fixture
def project(small_run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ran: list[str]) -> Path:
    """A project whose copy has the small run's clean tables; a run of a day writes what `churn retrain` would."""
    _, root = small_run
    copy = tmp_path / "data/backfill/project"
    shutil.copytree(root / "data/clean", copy / "data/clean")
    everybody = pd.read_parquet(root / "data/snapshots/customers.parquet")["customer_id"].sort_values()
    monkeypatch.setattr(act, "prepare", lambda *_: config_of())
    monkeypatch.setattr(act, "inputs_are_there", lambda *_: None)

    def run_day(_: Path, day: date) -> Ran:
        ran.append(str(day))
        write_day(copy, day, everybody)
        return Ran(0, "promoted")

    monkeypatch.setattr(act, "run_day", run_day)
    return tmp_path


def write_day(copy: Path, day: date, everybody: "pd.Series[str]") -> None:
    """What a run leaves, of a model that gives everybody one chance in two."""
    delivery = copy / f"data/deliveries/{day}"
    for folder in (delivery, copy / "data/scores", copy / "reports", copy / "models"):
        folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"customer_id": everybody, "churn_probability": 0.5}).to_parquet(copy / "data/scores/scores.parquet")
    (delivery / "customers.csv").write_text(
        "customer_id,arm,expected_profit\na,contact,2.5\nb,contact,1.25\nc,holdout,4\nd,none,\n", encoding="utf-8"
    )
    manifest = {"status": {"scored": 4}, "arms": {"contact": 2, "holdout": 1}, "allocation": {"listed": 3, "mode": "profit"}}
    (delivery / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (copy / "reports/retrain.json").write_text(json.dumps({"as_of": str(day)}), encoding="utf-8")
    kept = read_history(copy / "models/history.json")
    entry = Entry(str(day), f"v{day}", "promoted", "grade B: good", f"v{day}", "B", {"auc": 0.75})
    (copy / "models/history.json").write_text(
        json.dumps({"decisions": [asdict(one) for one in (*kept, entry)]}), encoding="utf-8"
    )


@pytest.fixture
def failing(project, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Ran | type[BaseException]], None]:
    """Let the run of a day end otherwise."""
    usual = act.run_day

    def fail(day: str, how: Ran | type[BaseException]) -> None:
        def run_day(root: Path, asked: date) -> Ran:
            if str(asked) != day:
                return usual(root, asked)
            if isinstance(how, Ran):
                return how
            raise how

        monkeypatch.setattr(act, "run_day", run_day)

    return fail


def told(project: Path) -> dict:
    return json.loads((project / "reports/backfill.json").read_text(encoding="utf-8"))


def test_every_day_is_run_in_order_and_told(project, ran):
    report = backfill(THREE, project)
    assert ran == ["2024-06-01", "2024-07-01", "2024-08-01"]
    assert told(project) == report
    assert {key: report[key] for key in ("from", "to", "every")} == {"from": "2024-06-01", "to": "2024-08-01", "every": "month"}
    june = report["months"][0]
    happened = june.pop("happened")
    assert june == {
        "as_of": "2024-06-01", "exit_code": 0, "decision": "promoted", "reason": "grade B: good", "challenger": "v2024-06-01",
        "champion": "v2024-06-01", "grade": "B", "figures": {"auc": 0.75}, "customers": 4, "listed": 3, "contacted": 2,
        "expected_profit": 3.75,
    }  # fmt: skip
    assert (happened["predicted"], happened["auc"]) == (0.5, 0.5)
    assert 0.2 < happened["churn_rate"] < 0.8
    assert happened["customers"] > 100


def test_what_is_done_is_not_done_again_and_a_later_end_goes_on(project, ran, capsys):
    first = backfill(Asked(DAYS[0], DAYS[1]), project)
    assert backfill(Asked(DAYS[0], DAYS[1]), project) == first
    assert ran == ["2024-06-01", "2024-07-01"]
    longer = backfill(THREE, project)
    assert ran == ["2024-06-01", "2024-07-01", "2024-08-01"]
    assert longer["months"][:2] == first["months"]
    assert "2024-07-01 and what was before it is done; `rm -r data/backfill` begins anew" in capsys.readouterr().out


def test_after_a_kill_the_next_call_goes_on_from_the_day(project, ran, failing):
    failing("2024-07-01", KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        backfill(THREE, project)
    assert not (project / "reports/backfill.json").exists()
    (project / "data/backfill/days/.2024-07-01.partial").mkdir()  # as left by one that was killed while it kept a day
    failing("never", KeyboardInterrupt)
    ran.clear()
    assert len(backfill(THREE, project)["months"]) == 3
    assert ran == ["2024-07-01", "2024-08-01"]
    assert sorted(path.name for path in (project / "data/backfill/days").iterdir()) == list(map(str, DAYS))


def test_a_run_that_fails_otherwise_ends_it_with_its_code(project, failing):
    failing("2024-07-01", Ran(6, "the disk is full"))
    with pytest.raises(ServiceError, match="2024-07-01: the disk is full; the same command goes on from there"):
        backfill(THREE, project)
    failing("2024-07-01", Ran(2, "no such key"))
    with pytest.raises(ConfigError, match="2024-07-01: no such key"):
        backfill(THREE, project)


def test_a_day_without_a_model_is_told_and_passed_over(project, ran, failing, capsys):
    failing("2024-06-01", Ran(3, "check: too little history"))
    report = backfill(THREE, project)
    assert ran == ["2024-07-01", "2024-08-01"]
    june = report["months"][0]
    assert (june["decision"], june["reason"], june["customers"], june["happened"]) == (
        "passed over", "check: too little history", None, None,
    )  # fmt: skip
    show_months(report)
    said = capsys.readouterr().out
    assert "2024-06-01 has no lists: check: too little history" in said
    ran.clear()
    backfill(THREE, project)
    assert ran == [], "what came after it stands on it"


def test_the_last_days_are_tried_again_where_they_had_no_data(project, ran, failing):
    failing("2024-08-01", Ran(3, "the data ends on 2024-07-20"))
    assert backfill(THREE, project)["months"][-1]["reason"] == "the data ends on 2024-07-20"
    failing("never", KeyboardInterrupt)
    ran.clear()
    assert backfill(THREE, project)["months"][-1]["decision"] == "promoted"
    assert ran == ["2024-08-01"]


def test_no_day_with_a_list_is_no_success(project, failing):
    failing("2024-06-01", Ran(4, "v1 was refused"))
    with pytest.raises(DataUnfitError, match="no day has a list; on the last, 2024-06-01: v1 was refused"):
        backfill(Asked(DAYS[0], DAYS[0]), project)


def test_two_at_once_do_not_mix(project, ran):
    with alone(project / "data/backfill", "backfill"), pytest.raises(BusyError, match="backfill is already running"):
        backfill(THREE, project)
    assert ran == []


def test_the_table_is_for_a_manager(project, capsys):
    report = {
        "known_until": "2024-10-01",
        "months": [
            {
                "as_of": "2024-06-01", "exit_code": 0, "decision": "promoted", "grade": "B", "champion": "v1",
                "customers": 1092, "contacted": 609,
                "expected_profit": 682.69,
                "happened": {"customers": 900, "predicted": 0.41, "churn_rate": 0.4, "auc": 0.8, "log_loss": 0.5, "ece": 0.02},
            },
            {
                "as_of": "2024-09-01", "exit_code": 0, "decision": "refused", "grade": None, "champion": "v1",
                "customers": 12, "contacted": 6,
                "expected_profit": None, "happened": None,
            },
        ],
    }  # fmt: skip
    show_months(report)
    head, _, june, september, *words = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in head.split("┃")][:5] == ["as of", "decision", "grade", "champion", "at risk"]
    assert [cell.strip() for cell in june.split("│")] == [
        "2024-06-01", "promoted", "B", "v1", "1,092", "609", "683", "41.0 %", "40.0 %", "0.800", "0.500", "0.020",
    ]  # fmt: skip
    assert [cell.strip() for cell in september.split("│")][:8] == [
        "2024-09-01", "refused", "none", "v1", "12", "6", "", "not yet known",
    ]  # fmt: skip
    assert " ".join(words).endswith("they lie 1.0 points apart on average of 1 day")
    nothing_known = in_words({"known_until": "2024-10-01", "months": report["months"][1:]})
    assert nothing_known.endswith("of none of these days the horizon has passed")
