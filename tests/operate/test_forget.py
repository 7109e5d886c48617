"""Forgetting: gone from every place, kept out for good, whatever the id looks like and whenever the command is killed."""

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipeline.artifacts import ARTIFACTS, DECLARED, HOLD_CUSTOMERS
from pipeline.config import Config
from pipeline.contract.identity import pseudonym
from pipeline.contract.tombstones import read_tombstones, tombstone
from pipeline.errors import BusyError, ConfigError, DataUnfitError
from pipeline.lock import alone
from pipeline.operate.deliver import deliver
from pipeline.operate.delivered import read_delivered, register
from pipeline.operate.forget import forget, nothing_runs, read_ids
from pipeline.spreadsheet import PLAIN, Layout, freed, layout_of, read_cells, read_csv, write_csv
from tests.conftest import FLOW, config_of
from tests.random_rows import DEEP
from tests.worlds import write_tables

T_JUNE = datetime(2024, 6, 1)
ABROAD = Layout(bom=True, delimiter=";", decimal=",")
KEY = "a secret of the company"
ODD = ("007", "-17", "o'hara", 'Zoë, "Z"', "=1+1", "00012345678901234567", "naïve\u2028id")


@pytest.fixture(scope="module")
def config() -> Config:
    return config_of()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop of odd ids and two plain ones with something in every place, as its stages write it."""
    return build(tmp_path, dict(zip([*ODD, "bob", "cat"], [*ODD, "bob", "cat"], strict=True)))


def build(root: Path, names: dict[str, str]) -> Path:
    """Write every place for customers called `names[real id]` inside the pipeline."""
    inside, off = list(names.values()), list(names) == list(names.values())
    orders = [{"customer_id": name, "order_id": f"{n}", "ordered_at": T_JUNE, "amount": n} for n, name in enumerate(inside * 2)]
    write_tables(root / "data/clean", {"transactions": orders})
    for place, columns in {
        "clean/quarantine/transactions": {"customer_id": [*inside, None], "rule": "amount_unreadable"},
        "snapshots/labelled": {"customer_id": inside, "t": T_JUNE, "y": 1},
        "snapshots/customers": {"customer_id": inside, "t": T_JUNE, "refused_channels": ""},
        "features/features": {"customer_id": inside, "t": T_JUNE, "recency": 1.5},
        "judged/test": {"customer_id": inside, "y": 1},
        "scores/scores": {"customer_id": inside, "churn_probability": 0.5},
        "identities/identities": {"customer_id": [] if off else inside, "identity": [] if off else list(names)},
    }.items():
        (root / f"data/{place}.parquet").parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(columns).to_parquet(root / f"data/{place}.parquet", index=False)
    lists(root / "data/campaigns", list(names))
    lists(root / "data/deliveries/2024-06-01", inside, contact=list(names))
    register(root / "data/deliveries", root / "data/deliveries.json")
    (root / "reports").mkdir()
    (root / "reports/report.html").write_text(f'<th scope="row">{inside[0]}</th>', encoding="utf-8")
    (root / "data/forgotten.csv").write_text("salt,tombstone\n", encoding="utf-8")
    return root


def lists(folder: Path, ids: list[str], contact: list[str] | None = None) -> None:
    """Lists and their manifest as `campaign` and `deliver` write them; half the customers are held out, the last was taken off.

    The list by channel and who is left out are laid out for a spreadsheet of another country.
    """
    folder.mkdir(parents=True)
    arms = [("holdout", "contact")[n % 2] for n in range(len(ids))]
    everyone = pd.DataFrame({"customer_id": ids, "status": "scored", "list": "churn", "arm": arms, "left_out_reason": ""})
    sent = everyone.assign(customer_id=contact or ids, revenue_total=-1.5)[everyone["arm"] == "contact"]
    files = {"customers.csv": everyone, "assignments.csv": everyone[["customer_id", "arm"]], "churn_email.csv": sent}
    manifest: dict[str, object] = {"campaign": {}, **counts(arms), "delivery_id": "2024-06-01"}
    if contact is not None:
        off = [""] * (len(ids) - 1) + ["bought_since"]
        files["assignments.csv"] = files["assignments.csv"].assign(taken_off=off)
        files["left_out.csv"] = everyone[["customer_id"]].assign(because="has; bought since").tail(1)
        manifest["taken_off"] = {arms[-1]: {"bought_since": 1}}
    for name, frame in files.items():
        write_csv(frame, folder / name, ABROAD if name in ("churn_email.csv", "left_out.csv") else PLAIN)
    manifest["files"] = {name: {"rows": len(frame), "sha256": sha256(folder / name)} for name, frame in files.items()}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def counts(arms: list[str]) -> dict[str, dict[str, int]]:
    """What a manifest counts of customers who are all on the churn list."""
    by_arm = {arm: arms.count(arm) for arm in ("contact", "holdout") if arm in arms}
    return {"status": {"scored": len(arms)}, "lists": {"churn": len(arms)}, "arms": by_arm, "left_out": {}}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def everything(root: Path) -> dict[str, list[str]]:
    """Every cell of text of every table, list and page below a folder."""
    held = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file() and not path.name.endswith(".lock")):
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
            held[str(path.relative_to(root))] = [str(cell) for name in frame for cell in frame[name]]
        elif path.suffix == ".csv" and path.name != "forgotten.csv":
            frame = cells(path)
            held[str(path.relative_to(root))] = [cell for name in frame for cell in frame[name]]
        else:
            held[str(path.relative_to(root))] = [path.read_text(encoding="utf-8")]
    return held


def holders(root: Path, name: str) -> list[str]:
    return [place for place, cells in everything(root).items() if name in cells]


def manifests_hold(root: Path) -> None:
    for path in root.rglob("manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for name, about in manifest["files"].items():
            assert sha256(path.parent / name) == about["sha256"], path
            assert len(cells(path.parent / name)) == about["rows"]
        arms = list(read_csv(path.parent / "customers.csv")["arm"])
        assert {name: manifest[name] for name in ("status", "lists", "arms", "left_out")} == counts(arms)
        if "taken_off" in manifest:
            off = read_csv(path.parent / "assignments.csv").query("taken_off != ''")
            assert manifest["taken_off"] == {arm: {"bought_since": 1} for arm in off["arm"]}
    delivered = {path.parent.name: sha256(path) for path in (root / "data/deliveries").glob("*/manifest.json")}
    assert read_delivered(root / "data/deliveries.json") == delivered


def cells(path: Path) -> pd.DataFrame:
    """A list in whichever layout it has."""
    read = read_cells(path, layout_of(path, "customer_id"))
    return read.map(freed)


@pytest.mark.parametrize("name", ODD)
def test_a_customer_is_gone_from_every_place_and_nobody_else(shop, config, name):
    places = holders(shop, name)
    assert len(places) >= 9
    others = {other: len(holders(shop, other)) for other in ("bob", "cat")}
    said = forget([name], config, shop)
    assert holders(shop, name) == []
    assert {other: len(holders(shop, other)) for other in others} == others
    manifests_hold(shop)
    salt, stones = read_tombstones(shop / "data/forgotten.csv")
    assert stones == [tombstone(name, salt)]
    assert not any(name in line for line in said if name not in ("007",))
    assert "data/clean: 3 rows removed from 2 files" in said
    assert not any("not found" in line for line in said)
    quarantine = pd.read_parquet(shop / "data/clean/quarantine/transactions.parquet")
    assert int(quarantine["customer_id"].isna().sum()) == 1, "a row without a customer stays"
    assert not list(shop.rglob(".*.partial"))


def test_rows_that_stay_keep_their_order_and_lists_their_bytes(shop, config):
    lines = (shop / "data/deliveries/2024-06-01/customers.csv").read_bytes().splitlines(keepends=True)
    orders = pd.read_parquet(shop / "data/clean/transactions.parquet")
    forget(["bob"], config, shop)
    kept = (shop / "data/deliveries/2024-06-01/customers.csv").read_bytes().splitlines(keepends=True)
    assert kept == [line for line in lines if not line.startswith(b"bob")]
    expected = orders[orders["customer_id"] != "bob"].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_parquet(shop / "data/clean/transactions.parquet"), expected)


def state(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file() and ".lock" not in path.name
    }


def test_twice_changes_nothing_more(shop, config):
    forget(["bob", "007"], config, shop)
    before = state(shop)
    said = forget(["007", "bob"], config, shop)
    assert state(shop) == before
    assert "2 customers to forget, 0 not forgotten before" in said[0]
    assert "not found in any place: 2 of 2 ids (1., 2. of those given); they have a tombstone all the same" in said


def test_an_unknown_id_is_said_and_has_a_tombstone_and_no_table_is_written(shop, config):
    before = state(shop)
    said = forget(["bob?", "nobody"], config, shop)
    after = state(shop)
    assert [name for name in after if after[name] != before[name]] == ["data/forgotten.csv"]
    assert len(read_tombstones(shop / "data/forgotten.csv")[1]) == 2
    assert any("not found in any place: 2 of 2 ids" in line for line in said)
    assert not any("nobody" in line for line in said)


@pytest.mark.parametrize("on", [False, True], ids=["real ids", "pseudonyms"])
def test_killed_anywhere_the_next_call_ends_what_was_begun(tmp_path, config, monkeypatch, on):
    if on:
        monkeypatch.setenv("SHOP_KEY", KEY)
        config = config.model_copy(update={"source": config.source.model_copy(update={"pseudonym_key": "SHOP_KEY"})})
    names = {name: pseudonym(name, KEY.encode()) if on else name for name in ("007", "bob", "cat", "dan")}
    monkeypatch.setattr("pipeline.contract.tombstones.secrets.token_hex", lambda size: "5" * 32)
    build(tmp_path / "whole", names)
    forget(["007", "bob"], config, tmp_path / "whole")
    first, step = (0, 1) if DEEP > 1 else (int(on), 4)
    expected, real, killed = state(tmp_path / "whole"), Path.replace, first
    while True:
        root, left = build(tmp_path / f"killed-{killed}", names), [killed]

        def replace(self: Path, target: Path, left: list[int] = left) -> Path:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return real(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        try:
            forget(["007"], config, root)
        except KeyboardInterrupt:
            monkeypatch.setattr(Path, "replace", real)
            if killed > 1:
                assert len(read_tombstones(root / "data/forgotten.csv")[1]) == 1, "the tombstone comes first"
        else:
            break
        forget(["007", "bob"] if killed == 0 else ["bob"], config, root)  # killed before it wrote down whom: nothing was begun
        assert state(root) == expected
        killed += step
    assert killed > 12


def test_under_pseudonyms_real_ids_lead_to_every_place(tmp_path, config, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", KEY)
    config = config.model_copy(update={"source": config.source.model_copy(update={"pseudonym_key": "SHOP_KEY"})})
    names = {name: pseudonym(name, KEY.encode()) for name in (*ODD, "bob")}
    root = build(tmp_path, names)
    said = forget(["=1+1"], config, root)
    assert holders(root, "=1+1") == []
    assert holders(root, names["=1+1"]) == []
    assert not any("not found" in line for line in said)
    assert "data/identities: 1 row removed from 1 file" in said
    salt, stones = read_tombstones(root / "data/forgotten.csv")
    assert stones == [tombstone("=1+1", salt)], "the tombstone is that of the id which ingest sees"
    manifests_hold(root)
    monkeypatch.delenv("SHOP_KEY")
    before = state(root)
    with pytest.raises(ConfigError, match="SHOP_KEY is not set"):
        forget(["bob"], config, root)
    assert state(root) == before


def test_a_list_changed_by_hand_is_purged_but_not_made_good(shop, config):
    path = shop / "data/deliveries/2024-06-01/customers.csv"
    path.write_text(path.read_text(encoding="utf-8") + "eve,scored,churn,contact,\n", encoding="utf-8")
    forget(["bob"], config, shop)
    manifest = json.loads((path.parent / "manifest.json").read_text(encoding="utf-8"))
    assert "bob" not in list(read_csv(path)["customer_id"])
    assert manifest["files"]["customers.csv"]["sha256"] != sha256(path)
    assert manifest["files"]["churn_email.csv"]["sha256"] == sha256(path.parent / "churn_email.csv")


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b'customer_id,"arm\nbob', b"", b"customer_id,arm\nbob,contact,7\n"])
def test_a_list_that_cannot_be_read_is_named_and_the_next_call_ends_what_was_begun(shop, config, text):
    path = shop / "data/deliveries/2024-06-01/customers.csv"
    whole = path.read_bytes()
    path.write_bytes(text)
    with pytest.raises(DataUnfitError, match=r"/customers\.csv cannot be read as a list .* forget the same customers again"):
        forget(["bob"], config, shop)
    path.write_bytes(whole)
    forget(["bob"], config, shop)
    assert holders(shop, "bob") == []
    manifests_hold(shop)


def test_a_list_that_lost_a_column_by_hand_is_purged_all_the_same(shop, config):
    folder = shop / "data/deliveries/2024-06-01"
    (folder / "assignments.csv").write_text("customer_id,arm\nbob,contact\ncat,holdout\n", encoding="utf-8")
    (folder / "left_out.csv").unlink()
    forget(["bob"], config, shop)
    assert (folder / "assignments.csv").read_text(encoding="utf-8") == "customer_id,arm\ncat,holdout\n"
    assert holders(shop, "bob") == []


def test_the_page_goes_if_it_lists_the_customer(shop, config):
    said = forget(["bob"], config, shop)
    assert (shop / "reports/report.html").exists()
    said = forget(["007"], config, shop)
    assert not (shop / "reports/report.html").exists()
    assert any(line.startswith("reports/report.html: removed") for line in said)


def test_what_cannot_be_purged_is_named(shop, config):
    said = "\n".join(forget(["bob"], config, shop))
    for words in ("your own files in data/raw", "dvc gc --workspace --cloud", "dvc exp remove --all-commits", "MLflow", "CRM"):
        assert words in said


def test_left_overs_of_killed_stages_go_as_well(shop, config):
    shutil.copytree(shop / "data/clean", shop / "data/.clean.partial")
    shutil.copytree(shop / "data/deliveries/2024-06-01", shop / "data/deliveries/.2024-07-01.partial")
    forget(["bob"], config, shop)
    assert holders(shop, "bob") == []


def test_a_delivery_after_forgetting_is_the_same_as_before(small_run, tmp_path):
    config, small = small_run
    root = tmp_path / "company"
    shutil.copytree(small, root, ignore=shutil.ignore_patterns("truth", "features", "registry"))
    deliver(config, root)
    place = root / "data/deliveries/2025-07-01"
    customers = read_csv(place / "customers.csv")
    gone = [customers.loc[customers["arm"] == arm, "customer_id"].iloc[0] for arm in ("contact", "holdout", "control", "none")]
    forget(gone, config, root)
    assert [holders(place, name) for name in gone] == [[]] * 4
    pinned = read_delivered(root / "data/deliveries.json")
    assert pinned == {"2025-07-01": sha256(place / "manifest.json")}
    assert "was delivered before, unchanged" in deliver(config, root)
    assert read_delivered(root / "data/deliveries.json") == pinned


def test_a_manifest_that_is_not_the_pinned_one_is_purged_but_not_made_good(shop, config):
    manifest = shop / "data/deliveries/2024-06-01/manifest.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace('"campaign": {}', '"campaign": {"by": "hand"}'), encoding="utf-8"
    )
    pinned = (shop / "data/deliveries.json").read_bytes()
    forget(["bob"], config, shop)
    assert (shop / "data/deliveries.json").read_bytes() == pinned
    assert holders(shop / "data/deliveries", "bob") == []


def test_ids_come_from_words_and_a_file_each_once(tmp_path):
    (tmp_path / "ids.txt").write_bytes("\ufeff-17\r\n 007 \n\nbob\n=1\tx".encode())
    assert read_ids(["bob", " -17"], tmp_path / "ids.txt") == ["bob", "-17", "007", "=1\tx"]
    with pytest.raises(ConfigError, match="nobody to forget"):
        read_ids([" "], None)
    with pytest.raises(ConfigError, match="is no file; give a text file with one customer id per line"):
        read_ids([], tmp_path / "nowhere")
    (tmp_path / "ids.xlsx").write_bytes(b"PK\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read_ids([], tmp_path / "ids.xlsx")
    with pytest.raises(ConfigError, match="an id is not UTF-8 text"):
        read_ids(["\udcff"], None)


def test_it_waits_for_no_stage_and_no_dvc(tmp_path):
    with alone(tmp_path, "score"), pytest.raises(BusyError, match="score is already running"), nothing_runs(tmp_path):
        pass
    with nothing_runs(tmp_path), pytest.raises(BusyError), alone(tmp_path, "ingest"):
        pass
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / ".dvc/tmp/lock").touch()
    code = "import zc.lockfile, sys; lock = zc.lockfile.LockFile(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path / ".dvc/tmp/lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as dvc:
        assert dvc.stdout is not None
        assert dvc.stdin is not None
        assert dvc.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match="dvc is running"), nothing_runs(tmp_path):
            pass
        dvc.stdin.close()
    with nothing_runs(tmp_path):
        pass


def test_the_map_to_the_real_ids_is_purged_last():
    assert HOLD_CUSTOMERS[-1] == "identities"


def test_a_replayed_past_forgets_as_well_and_its_deliveries_still_verify(shop, config):
    copy, kept = shop / "data/backfill/project", shop / "data/backfill/days/2024-06-01"
    build(copy, {"bob": "bob", "cat": "cat"})
    kept.mkdir(parents=True)
    pd.DataFrame({"customer_id": ["bob", "cat"], "churn_probability": 0.5}).to_parquet(kept / "scores.parquet")
    raw = copy / "data/raw/customers.csv"  # in the layout of whoever exported it, and none of our business
    raw.parent.mkdir()
    raw.write_bytes(b"customer_no;n\xe4me\r\nbob;1\r\n")
    said = forget(["bob"], config, shop)
    assert raw.read_bytes() == b"customer_no;n\xe4me\r\nbob;1\r\n"
    raw.unlink()
    assert (
        "data/backfill/project/reports/report.html: removed, it listed a forgotten customer; `dvc repro` writes it anew" in said
    )
    assert holders(shop / "data/backfill", "bob") == []
    assert len(holders(shop / "data/backfill", "cat")) > 8
    register(copy / "data/deliveries", copy / "data/deliveries.json")
    with alone(shop / "data/backfill", "backfill"), pytest.raises(BusyError, match="backfill is already"), nothing_runs(shop):
        pass


@pytest.mark.parametrize("name", FLOW)
def test_every_stage_is_waited_for(tmp_path, name):
    with alone(tmp_path, name), pytest.raises(BusyError, match=f"{name} is already running"), nothing_runs(tmp_path):
        pass


WRITTEN = {output for name in FLOW for output in getattr(import_module(f"pipeline.stages.{name}"), name).writes}
SIMULATED = {"truth"}  # customers of the demo only, who cannot ask to be forgotten


@pytest.mark.parametrize("name", sorted(WRITTEN - SIMULATED))
def test_an_artifact_holds_customers_exactly_if_it_is_declared_so(small_run, later_run, name):
    _, root = later_run if name == "matured" else small_run  # there must be a delivery whose outcome is known
    ids = set(pd.read_parquet(root / "data/snapshots/customers.parquet")["customer_id"])
    place = root / ARTIFACTS[name]
    files = [path for path in (place, *place.rglob("*")) if path.is_file()]
    found = any(word in ids for path in files for word in words(path))
    off = name == "identities"  # pseudonyms are off in this run
    assert found == (DECLARED[name].holds != "nobody" and not off)


def words(path: Path) -> set[str]:
    """The words of a file: of text, or of the cells of a table."""
    if path.suffix != ".parquet":
        return set(re.findall(r"[\w-]+", path.read_text(encoding="utf-8")))
    return {str(cell) for _, column in pd.read_parquet(path).items() for cell in column}


def test_the_command_says_what_it_did_and_takes_ids_that_begin_with_a_dash(shop):
    root = Path(__file__).parents[2]
    for name in ("configs", "dvc.yaml", "params.yaml"):
        (shop / name).symlink_to(root / name)
    command = [sys.executable, "-m", "pipeline.cli", "forget"]
    run = partial(subprocess.run, cwd=shop, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False)
    done = run([*command, "--", "-17", "007"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 customers to forget, 2 not forgotten before" in done.stdout
    assert holders(shop, "-17") == holders(shop, "007") == []
    with alone(shop, "train"):
        busy = subprocess.run(
            [*command, "bob"], cwd=shop, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False
        )
    assert busy.returncode == 5
    assert busy.stderr == "churn forget: train is already running in this folder; try again when it has ended\n"
    assert len(holders(shop, "bob")) > 8


def test_the_file_of_tombstones_is_a_table_that_git_and_people_can_read(shop, config):
    forget(["bob"], config, shop)
    with (shop / "data/forgotten.csv").open(encoding="utf-8", newline="") as file:
        header, row = list(csv.reader(file))
    assert header == ["salt", "tombstone"]
    with duckdb.connect() as connection:
        assert connection.execute("SELECT sha256($1 || 'bob')", [row[0]]).fetchone() == (row[1],)


def test_lines_that_could_not_be_cut_lose_their_text_whoever_is_forgotten(shop, config):
    path = shop / "data/clean/quarantine/transactions.parquet"
    kept = pd.DataFrame({"customer_id": ["bob", None], "rule": ["amount_unreadable", "line_broken"], "record": [None, "cat;7"]})
    kept.to_parquet(path, index=False)
    forget(["cat"], config, shop)
    left = pd.read_parquet(path)
    assert left["customer_id"].iloc[0] == "bob"
    assert left["record"].isna().all()
    assert len(left) == 2


def test_another_key_than_that_of_the_pseudonyms_is_refused_before_anything_is_written(tmp_path, config, monkeypatch):
    root = build(tmp_path, {name: pseudonym(name, KEY.encode()) for name in ("ann", "bob")})
    on = config.model_copy(update={"source": config.source.model_copy(update={"pseudonym_key": "SHOP_KEY"})})
    monkeypatch.setenv("SHOP_KEY", "another secret of 16 bytes")
    before = everything(root)
    with pytest.raises(ConfigError, match="made with another key than source"):
        forget(["ann"], on, root)
    assert everything(root) == before
    assert read_tombstones(root / "data/forgotten.csv") == ("", [])
