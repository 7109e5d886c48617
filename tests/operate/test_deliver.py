"""The archive of deliveries: dated, complete, never overwritten, without who has moved on since, with arms that hold."""

import hashlib
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from pipeline.campaign.archive import before
from pipeline.config import Config
from pipeline.config.campaign_section import Export
from pipeline.contract.tombstones import bury
from pipeline.errors import BusyError, ConfigError, DataUnfitError
from pipeline.figure_files import read_figures, sealed
from pipeline.lock import alone
from pipeline.operate.deliver import deliver
from pipeline.operate.delivered import read_delivered
from pipeline.spreadsheet import read_csv, write_csv
from tests.conftest import run_stages
from tests.random_rows import DEEP

DAY = "2025-07-01"
CRM = [
    "customer_id",
    "list",
    "channel",
    "offer",
    "recommended_action",
    "segment",
    "preferred_category",
    "reason_1",
    "reason_2",
    "reason_3",
]


@pytest.fixture
def company(small_run: tuple[Config, Path], tmp_path: Path) -> tuple[Config, Path]:
    """A copy of the small run that a test may change, data included."""
    config, root = small_run
    shutil.copytree(root, tmp_path / "company", ignore=shutil.ignore_patterns("truth"))
    source = config.source.model_copy(update={"path": str(tmp_path / "company/data/raw")})
    return config.model_copy(update={"source": source}), tmp_path / "company"


def of_campaign(config: Config, **changes: object) -> Config:
    return config.model_copy(update={"campaign": config.campaign.model_copy(update=changes)})


def of_allocation(config: Config, **changes: object) -> Config:
    return of_campaign(config, allocation=config.campaign.allocation.model_copy(update=changes))


def lists_of(place: Path) -> dict[str, pd.DataFrame]:
    fixed = ("customers", "assignments", "left_out")
    return {path.stem: read_csv(path) for path in sorted(place.glob("*.csv")) if path.stem not in fixed}


def contents(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.iterdir()}


def holds(place: Path) -> dict[str, object]:
    """The manifest of a complete folder: every file it names, and no other, has its checksum and rows."""
    manifest: dict[str, object] = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    files = manifest["files"]
    assert isinstance(files, dict)
    assert {path.name for path in place.iterdir()} == {*files, "manifest.json"}
    for name, file in files.items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == file["sha256"]
        assert len(read_csv(place / name)) == file["rows"]
    return manifest


def append(root: Path, file: str, *lines: str) -> None:
    with (root / "data/raw" / file).open("a", encoding="utf-8") as opened:
        opened.writelines(f"{line}\n" for line in lines)


def refuse(root: Path, customer: str, consent: str) -> None:
    path = root / "data/raw/customers.csv"
    people = pd.read_csv(path, dtype=str, keep_default_na=False)
    people.loc[people["customer_no"] == customer, f"consent_{consent}"] = "N"
    people.to_csv(path, index=False)


def test_a_delivery_is_the_lists_as_they_are_where_nothing_happened_since(company, capsys):
    config, root = company
    said = deliver(config, root)
    printed = capsys.readouterr()
    assert (printed.out, "ingest: 1/" in printed.err) == ("", True)  # what the command prints is what is said, at the end
    campaigns, place = root / "data/campaigns", root / "data/deliveries" / DAY
    assert {path.name for path in place.iterdir()} == {path.name for path in campaigns.iterdir()}
    for name in {path.name for path in campaigns.iterdir()} - {"manifest.json", "assignments.csv"}:
        assert (place / name).read_bytes() == (campaigns / name).read_bytes(), name
    before_, after = read_csv(campaigns / "assignments.csv"), read_csv(place / "assignments.csv")
    assert list(after) == [*before_, "taken_off"]
    assert set(after.pop("taken_off")) == {""}
    pd.testing.assert_frame_equal(after, before_)
    assert len(lists_of(place)) > 3
    assert all(list(rows) == CRM for rows in lists_of(place).values())
    arms = after["arm"].value_counts()
    assert sum(map(len, lists_of(place).values())) == arms["contact"]
    sizes = f"{arms['contact']:,} to contact, {arms['holdout']:,} held out, {arms['control']:,} in the control"
    assert said.endswith(f"{DAY}: {sizes}; taken off: nobody")


def test_the_manifest_says_what_was_handed_over(company):
    config, root = company
    deliver(config, root)
    manifest = holds(root / "data/deliveries" / DAY)
    metrics = json.loads((root / "reports/metrics.json").read_text(encoding="utf-8"))
    judged = pd.read_parquet(root / "data/judged/test.parquet")
    assert (manifest["delivery_id"], manifest["snapshot_date"], manifest["schema_version"]) == (DAY, DAY, 1)
    assert (manifest["grade"], manifest["grade_reason"]) == (metrics["grade"], metrics["grade_reason"])
    assert manifest["bands"]["model_version"] == metrics["model_version"]
    rows = {name: band["rows"] for name, band in manifest["bands"].items() if name != "model_version"}
    p = judged.loc[judged["weight"] > 0, "churn_probability"]
    assert rows == {
        "critical": (p >= 0.7).sum(),
        "high": ((p >= 0.5) & (p < 0.7)).sum(),
        "medium": ((p >= 0.3) & (p < 0.5)).sum(),
        "low": (p < 0.3).sum(),
    }
    assert manifest["budget"] is None
    assert manifest["seeds"] == {"seed": 42, "ties": "42/tie/2025-07-01", "control": "42/control/4107"}
    assert manifest["refresh"]["done"]
    assert manifest["refresh"]["latest_activity_known_at"].startswith("2025-06-30")
    assert (manifest["taken_off"], manifest["forgotten"]) == ({}, 0)
    checksum = hashlib.sha256((root / "data/deliveries" / DAY / "manifest.json").read_bytes()).hexdigest()
    assert read_delivered(root / "data/deliveries.json") == {DAY: checksum}


def test_whoever_moved_on_since_is_taken_off_and_nobody_else(company):
    config, root = company
    stopped = root / "never.csv"
    stopped.write_text("customer_id\n", encoding="utf-8")
    config = of_allocation(config, suppression=str(stopped))
    run_stages(config, root, ("campaign",))
    arms = read_csv(root / "data/campaigns/assignments.csv")
    contacts, held = arms[arms["arm"] == "contact"], arms.loc[arms["arm"] == "holdout", "customer_id"].tolist()
    bought, complained, contacted, elsewhere, unwilling, hidden, never = contacts["customer_id"][:7]
    order = "A-new-{0},1,SALE,{0},2025-07-02 10:00:00,GAR-000,garden,web,1,4.99,0,4.99,1.8,,2025-07-02 10:05:00"
    append(root, "order_lines.csv", order.format(bought), order.format(held[0]))
    append(root, "service_tickets.csv", f"T-new,{complained},2025-07-02 09:00:00,COMPLAINT,delivery late,web,3.0")
    contact = "K-{1}-{0},other,,{0},2025-07-02 09:00:00,email,discount_10,{1},0.8,0.1"
    append(root, "campaign_contacts.csv", contact.format(contacted, "contact"), contact.format(elsewhere, "holdout"))
    refuse(root, unwilling, contacts.set_index("customer_id").loc[unwilling, "channel"])
    refuse(root, hidden, "profiling")
    stopped.write_text(f"customer_id\n{never}\n", encoding="utf-8")
    clean = {path: path.read_bytes() for path in (root / "data/clean").rglob("*.parquet")}
    said = deliver(config, root)
    place = root / "data/deliveries" / DAY
    reasons = {
        bought: "bought_since",
        complained: "complained_since",
        contacted: "contacted_since",
        elsewhere: "held_out_since",
        unwilling: "consent_withdrawn",
        hidden: "profiling_withdrawn",
        never: "suppressed_since",
    }
    after = read_csv(place / "assignments.csv")
    assert dict(after.loc[after["taken_off"] != "", ["customer_id", "taken_off"]].to_numpy()) == {
        **reasons,
        held[0]: "bought_since",
    }
    pd.testing.assert_frame_equal(after.drop(columns="taken_off"), arms)
    listed = [name for rows in lists_of(place).values() for name in rows["customer_id"]]
    assert sorted(listed) == sorted(set(contacts["customer_id"]) - set(reasons))
    left = read_csv(place / "left_out.csv").set_index("customer_id")
    assert left.loc[list(reasons), "left_out_reason"].to_dict() == reasons
    assert left.loc[bought].tolist() == ["scored", "bought_since", "has bought since"]
    assert held[0] not in left.index
    assert set(left.index) == {*read_csv(root / "data/campaigns/left_out.csv")["customer_id"], *reasons}
    manifest = holds(place)
    assert manifest["taken_off"] == {"contact": dict.fromkeys(sorted(reasons.values()), 1), "holdout": {"bought_since": 1}}
    assert "2 bought_since, 1 complained_since, 1 consent_withdrawn" in said
    assert {path: path.read_bytes() for path in (root / "data/clean").rglob("*.parquet")} == clean
    assert not list((root / "data/deliveries").glob(".*"))


def test_without_the_refresh_the_manifest_says_so_and_only_the_suppression_list_counts(company):
    config, root = company
    append(root, "order_lines.csv", "not,a,line")
    said = deliver(config, root, refresh=False)
    manifest = holds(root / "data/deliveries" / DAY)
    assert manifest["refresh"] == {"done": False, "latest_activity_known_at": None}
    assert said.endswith("not refreshed, taken off: nobody")


def test_data_that_cannot_be_read_now_stop_the_delivery(company):
    config, root = company
    (root / "data/raw/order_lines.csv").write_bytes(b"")
    with pytest.raises(DataUnfitError, match=r"order_lines\.csv is empty"):
        deliver(config, root)
    assert not list((root / "data/deliveries").iterdir())
    assert not (root / "data/deliveries.json").exists()


def test_who_was_forgotten_elsewhere_is_in_no_file_of_a_delivery(company):
    config, root = company
    arms = read_csv(root / "data/campaigns/assignments.csv")
    gone = [arms.loc[arms["arm"] == arm, "customer_id"].iloc[0] for arm in ("contact", "holdout")]
    bury([*gone, read_csv(root / "data/campaigns/left_out.csv")["customer_id"].iloc[0]], root / "data/forgotten.csv")
    said = deliver(config, root)
    place = root / "data/deliveries" / DAY
    manifest = holds(place)
    assert manifest["forgotten"] == 3
    assert not any(name in read_csv(path)["customer_id"].tolist() for path in place.glob("*.csv") for name in gone)
    assert manifest["arms"]["contact"] == (arms["arm"] == "contact").sum() - 1
    assert "3 forgotten: run `churn forget` for them here as well" in said


def test_delivering_again_changes_nothing(company):
    config, root = company
    deliver(config, root)
    before_ = contents(root / "data/deliveries" / DAY) | {"pins": (root / "data/deliveries.json").read_bytes()}
    for refresh in (True, False):
        assert "was delivered before, unchanged" in deliver(config, root, refresh=refresh)
        after = contents(root / "data/deliveries" / DAY) | {"pins": (root / "data/deliveries.json").read_bytes()}
        assert after == before_


def test_another_delivery_of_the_same_date_is_refused_and_the_first_kept(company):
    config, root = company
    deliver(config, root)
    before_ = contents(root / "data/deliveries" / DAY)
    customer = lists_of(root / "data/deliveries" / DAY)["churn_email"]["customer_id"].iloc[0]
    append(root, "service_tickets.csv", f"T-new,{customer},2025-07-02 09:00:00,COMPLAINT,delivery late,web,3.0")
    with pytest.raises(ConfigError, match="these lists, but 1 customer would by now be taken off, or not; deliveries are never"):
        deliver(config, root)
    other = of_allocation(config, holdout_share=0.3)
    run_stages(other, root, ("campaign",))
    with pytest.raises(ConfigError, match="holds another delivery of that date; deliveries are never overwritten"):
        deliver(other, root)
    assert contents(root / "data/deliveries" / DAY) == before_
    assert not list((root / "data/deliveries").glob(".*"))


def test_lists_for_a_spreadsheet_of_another_country(company):
    config, root = company
    plain = {path.name: read_csv(path) for path in (root / "data/campaigns").glob("*.csv")}
    config = of_campaign(config, export=config.campaign.export.model_validate({"bom": True, "delimiter": ";", "decimal": ","}))
    run_stages(config, root, ("campaign",))
    deliver(config, root)
    for place in (root / "data/campaigns", root / "data/deliveries" / DAY):
        for path in place.glob("*.csv"):
            fixed = path.name in ("customers.csv", "assignments.csv")
            assert path.read_bytes().startswith(b"customer_id," if fixed else b"\xef\xbb\xbfcustomer_id;")
            how = {} if fixed else {"sep": ";", "encoding": "utf-8-sig"}
            found = pd.read_csv(path, dtype=str, keep_default_na=False, **how).drop(columns="taken_off", errors="ignore")
            assert found.to_numpy().tolist() == plain[path.name].to_numpy().tolist(), path


def test_a_comma_cannot_part_cells_and_decimals():
    with pytest.raises(ValidationError, match="a comma cannot part cells and decimals"):
        Export.model_validate({"decimal": ","})
    assert Export.model_validate({"delimiter": ";", "decimal": ","}).layout == (False, ";", ",")


@pytest.mark.parametrize(("section", "name"), [("seed", "seed"), ("locale", "locale"), ("campaign", "campaign")])
def test_settings_that_are_not_those_of_the_lists_are_refused(company, section, name):
    config, root = company
    changed = {
        "seed": config.model_copy(update={"seed": 7}),
        "locale": config.model_copy(update={"locale": "it"}),
        "campaign": of_allocation(config, holdout_share=0.5),
    }
    with pytest.raises(ConfigError, match=rf"with another `{name}` than params\.yaml has now; run `dvc repro` first"):
        deliver(changed[section], root)


def test_a_list_changed_by_hand_and_figures_of_another_model_are_refused(company):
    config, root = company
    path = root / "reports/metrics.json"
    metrics = read_figures(path)
    path.write_text(sealed(metrics | {"model_version": "another"}), encoding="utf-8")
    with pytest.raises(DataUnfitError, match="judges another, the lists were made beside the figures of"):
        deliver(config, root)
    with (root / "data/campaigns/left_out.csv").open("a", encoding="utf-8") as file:
        file.write("X,scored,budget,why\n")
    with pytest.raises(DataUnfitError, match=r"left_out\.csv is not the file its manifest names"):
        deliver(config, root)
    assert not list((root / "data/deliveries").iterdir())


@pytest.mark.parametrize(("version", "shown"), [(0, "0"), (None, "None")])
def test_lists_of_another_version_are_refused(company, version, shown):
    config, root = company
    path = root / "data/campaigns/manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "schema_version": version}), encoding="utf-8")
    with pytest.raises(DataUnfitError, match=f"the lists are of version {shown}, this is version 1; run `dvc repro` first"):
        deliver(config, root, refresh=False)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"manifest\.json holds no names and figures.*; run `dvc repro campaign`"):
        deliver(config, root, refresh=False)
    assert not list((root / "data/deliveries").glob("*"))


def test_a_suppression_list_that_lost_its_zeros_stops_the_delivery(company):
    config, root = company
    stopped = root / "never.csv"
    stopped.write_text("customer_id\n", encoding="utf-8")
    config = of_allocation(config, suppression=str(stopped))
    run_stages(config, root, ("campaign",))
    someone = read_csv(root / "data/campaigns/customers.csv")["customer_id"].min()
    assert someone.startswith("0")
    stopped.write_text(f"customer_id\n{someone.lstrip('0')}\n", encoding="utf-8")
    with pytest.raises(DataUnfitError, match=f"who is nobody, and not '{someone}', who is a customer; 1 ids have lost"):
        deliver(config, root, refresh=False)
    with pytest.raises(DataUnfitError, match=f"who is nobody, and not '{someone}', who is a customer; 1 ids have lost"):
        run_stages(config, root, ("campaign",))


def test_without_lists_there_is_nothing_to_deliver(small_run, tmp_path):
    with pytest.raises(DataUnfitError, match="run `dvc repro campaign` first"):
        deliver(small_run[0], tmp_path)
    assert not (tmp_path / "data").exists()


def earlier(root: Path, day: str, flip: slice) -> pd.DataFrame:
    """Turn the delivery of today into one of an earlier day in which some were drawn otherwise; its assignments."""
    place = root / "data/deliveries" / day
    (root / "data/deliveries" / DAY).rename(place)
    (root / "data/deliveries.json").unlink()
    arms = read_csv(place / "assignments.csv")
    rows = arms.index[arms["arm"].isin(["contact", "holdout"])][flip]
    arms.loc[rows, "arm"] = arms.loc[rows, "arm"].map({"contact": "holdout", "holdout": "contact"})
    arms["since"] = day
    write_csv(arms, place / "assignments.csv")
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["assignments.csv"]["sha256"] = hashlib.sha256((place / "assignments.csv").read_bytes()).hexdigest()
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return arms


def test_the_next_lists_read_two_and_three_deliveries(company):
    config, root = company
    archive = root / "data/deliveries"
    deliver(config, root)
    first = earlier(root, "2025-05-20", slice(0, 40))
    run_stages(config, root, ("campaign",))
    deliver(config, root)
    second = earlier(root, "2025-06-10", slice(40, 60))
    run_stages(config, root, ("campaign",))
    manifest = json.loads((root / "data/campaigns/manifest.json").read_text(encoding="utf-8"))
    now = read_csv(root / "data/campaigns/assignments.csv").set_index("customer_id")
    drawn = first.set_index("customer_id")
    both = now.index.intersection(drawn.index)
    assert len(both) > 300
    assert now.loc[both, "arm"].equals(drawn.loc[both, "arm"]), "the first arm holds until its horizon has passed"
    assert set(now.loc[both, "since"]) == {"2025-05-20"}
    assert manifest["turnover"]["left"] == manifest["turnover"]["entered"] == 0, (
        "customers.csv of the latest delivery says who was"
    )
    assert manifest["turnover"]["stayed"] > 300
    deliver(config, root)
    assert list(read_delivered(root / "data/deliveries.json")) == ["2025-05-20", "2025-06-10", DAY]
    known = before(archive, date(2025, 7, 8), {}, root / "data/deliveries.json")
    assert known.delivery == DAY
    assert len(known.arms) == len(first) + len(second) + len(now)
    assert known.arms["assignment_probability"].between(0, 1).all()
    customers = read_csv(archive / DAY / "customers.csv").set_index("customer_id")
    labels = known.labels.set_index("customer_id")
    assert labels["risk_segment"].fillna("").equals(customers["risk_segment"])
    assert set(labels["state"]) == {"contact", "holdout", "control", "left_out"}
    assert before(archive, date(2025, 6, 10), {}, root / "data/deliveries.json").delivery == "2025-05-20"


KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.config import load
from pipeline.operate.deliver import deliver

root, at = Path(sys.argv[1]), int(sys.argv[2])
seen = []

def hook(event, args):
    writes = event in ("os.rename", "os.mkdir", "os.remove") or event == "open" and set(str(args[1])) & set("wax+")
    if writes and "/data/" in str(args[0]) and "deliveries" in str(args[0]):
        seen.append(f"{event} {Path(str(args[0])).relative_to(root)}")
        if len(seen) == at:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
deliver(load(root / "params.yaml"), root, refresh=False)
print(*seen, sep="\\n")
"""


def killed_at(root: Path, at: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, str(root), str(at)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def ready(company: tuple[Config, Path]) -> tuple[Config, Path]:
    """A company with its parameters on disk and an earlier delivery that nobody may touch."""
    config, root = company
    (root / "params.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json")), encoding="utf-8")
    (root / "data/deliveries/2025-06-01").mkdir(parents=True)
    (root / "data/deliveries/2025-06-01/manifest.json").write_text("{}", encoding="utf-8")
    return config, root


def test_killed_at_any_moment_nobody_sees_half_and_the_next_call_ends_it(ready):
    config, root = ready
    archive, place, pins = root / "data/deliveries", root / "data/deliveries" / DAY, root / "data/deliveries.json"
    whole = killed_at(root, 0)
    assert whole.returncode == 0, whole.stderr
    moments = [line for line in whole.stdout.splitlines() if line.startswith(("open ", "os."))]
    expected, pinned = contents(place), pins.read_bytes()
    renamed = moments.index(f"os.rename data/deliveries/.{DAY}.partial")
    every = {1, renamed // 3, renamed // 2, renamed, renamed + 1, renamed + 2, len(moments)}
    points = sorted(every if DEEP > 1 else {renamed // 2, renamed, renamed + 1})
    for point in points:
        shutil.rmtree(place)
        pins.unlink()
        dead = killed_at(root, point)
        assert dead.returncode == -9, dead.stderr
        seen = [folder.name for folder in archive.iterdir() if not folder.name.startswith(".")]
        assert seen in (["2025-06-01"], ["2025-06-01", DAY], [DAY, "2025-06-01"])
        if DAY in seen:
            assert contents(place) == expected
        deliver(config, root, refresh=False)
        assert (contents(place), pins.read_bytes()) == (expected, pinned), moments[point - 1]
        assert {path.name for path in archive.iterdir()} == {"2025-06-01", DAY}
    assert (archive / "2025-06-01/manifest.json").read_text(encoding="utf-8") == "{}"


def test_a_second_act_at_the_same_time_is_told_so(tmp_path):
    with alone(tmp_path, "churn"):
        words = f"from pathlib import Path\nfrom pipeline.lock import alone\nwith alone(Path({str(tmp_path)!r}), 'churn'): pass"
        second = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=60, check=False)
        assert "BusyError" in second.stderr
        with pytest.raises(BusyError), alone(tmp_path, "churn"):
            pass
    with alone(tmp_path, "churn"):
        pass


def test_a_promoted_model_scores_and_the_lists_say_so(company):
    from pipeline.operate.promote import promote

    config, root = company
    before_ = read_csv(root / "data/campaigns/customers.csv")
    promote(config, root)
    run_stages(config, root, ("score", "campaign"))
    manifest = json.loads((root / "data/campaigns/manifest.json").read_text(encoding="utf-8"))
    assert manifest["model_role"] == "champion"
    pd.testing.assert_frame_equal(read_csv(root / "data/campaigns/customers.csv"), before_)
