"""Under pseudonyms the whole flow runs on keyed names: real ids are in the lists people use and in no other artifact."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipeline.campaign.archive import before
from pipeline.config import Config
from pipeline.contract.identity import pseudonym
from pipeline.errors import DataUnfitError
from pipeline.operate.deliver import deliver
from pipeline.spreadsheet import read_csv
from pipeline.tracking.store import local_uri
from tests.conftest import FLOW, run_stages
from tests.operate.test_deliver import holds

KEY = b"a secret of the company"
REAL = "'=c.' || customer_no || '@example.com'"
MARK = "@example.com"
PLACE = "data/deliveries/2025-07-01"


@pytest.fixture(scope="module")
def company(small_run: tuple[Config, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Config, Path]]:
    """The small shop, its customers called by e-mail addresses that look like formulas, under pseudonyms from ingest on."""
    config, _ = small_run
    root = tmp_path_factory.mktemp("pseudonyms")
    changed = config.model_dump()
    changed["source"]["pseudonym_key"] = "SHOP_KEY"
    changed["snapshots"]["count"] = 2  # no figure is looked at
    for mappings in changed["source"]["tables"].values():
        for mapping in mappings:
            mapping["columns"]["customer_id"] = REAL
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_KEY", KEY.decode())
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root / 'mlflow.db'}")
        config = Config.model_validate(changed)
        run_stages(config, root, FLOW[1:])
        deliver(config, root)
        assert local_uri() == f"sqlite:///{root / 'mlflow.db'}"
        yield config, root


def handed_over(root: Path) -> list[Path]:
    """The lists by channel of the delivery."""
    return sorted(path for path in (root / PLACE).glob("*_*.csv") if path.stem != "left_out")


def text_of(path: Path) -> str:
    """Everything a file says, decompressed."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv(index=False)
    return path.read_bytes().decode("utf-8", errors="replace")


def test_real_ids_are_in_the_lists_and_in_nothing_else(company):
    _, root = company
    files = [path for path in root.rglob("*") if path.is_file() and path.parent != root / "data/campaigns"]
    naming = {str(path.relative_to(root)) for path in files if MARK in text_of(path)}
    may = {"data/identities/identities.parquet", *(str(path.relative_to(root)) for path in handed_over(root))}
    assert naming == may
    places = {str(path.relative_to(root)).split("/")[0] for path in files}
    assert places >= {"data", "models", "reports", "mlflow.db"}
    with sqlite3.connect(root / "mlflow.db") as store:
        assert store.execute("SELECT count(*) FROM runs").fetchone() == (1,), "the run was logged to the store that was searched"


def test_the_lists_name_the_customers_of_the_scores(company):
    _, root = company
    listed = read_csv(root / "data/campaigns/customers.csv")
    assert listed["customer_id"].str.fullmatch(r"=c\.\d{8}@example\.com").all()
    assert (root / "data/campaigns/customers.csv").read_text(encoding="utf-8").splitlines()[1].startswith("'=c.")
    scores = pd.read_parquet(root / "data/scores/scores.parquet").set_index("customer_id")["churn_probability"].round(4)
    scored = listed[listed["status"] == "scored"]
    assert [scores[pseudonym(name, KEY)] for name in scored["customer_id"]] == list(scored["churn_probability"].astype(float))
    unscored = listed.loc[listed["status"] != "scored", "customer_id"]
    assert list(unscored) == sorted(unscored), "by the id people know"


def test_the_lists_are_those_of_the_same_shop_without_pseudonyms(company, small_run):
    listed = read_csv(company[1] / "data/campaigns/customers.csv")
    plain = read_csv(small_run[1] / "data/campaigns/customers.csv")
    known = ["status", "recency_days", "orders_count", "revenue_total"]
    listed["customer_id"] = listed["customer_id"].str.slice(3, 11)
    pd.testing.assert_frame_equal(
        listed.set_index("customer_id")[known].sort_index(), plain.set_index("customer_id")[known].sort_index()
    )


def test_a_delivery_keeps_pseudonyms_beside_the_lists_to_contact(company):
    _, root = company
    arms, archived = (read_csv(root / PLACE / f"{name}.csv") for name in ("assignments", "customers"))
    contact = pd.concat([read_csv(path) for path in handed_over(root)])
    assert [pseudonym(name, KEY) for name in contact["customer_id"]] != []
    assert {pseudonym(name, KEY) for name in contact["customer_id"]} == set(arms.query("arm == 'contact'")["customer_id"])
    assert contact["customer_id"].str.endswith(MARK).all()
    listed = read_csv(root / "data/campaigns/customers.csv")
    assert set(archived["customer_id"]) == {pseudonym(name, KEY) for name in listed["customer_id"]}
    unscored = archived.loc[archived["status"] != "scored", "customer_id"]
    assert list(unscored) == sorted(unscored), "the order of real ids would tell who is who"
    assert list(archived["churn_probability"]) == list(listed["churn_probability"])


def test_delivering_again_changes_nothing_and_the_page_shows_pseudonyms(company):
    config, root = company
    assert "was delivered before, unchanged" in deliver(config, root)
    archived = read_csv(root / "data/deliveries/2025-07-01/customers.csv")
    assert f">{archived['customer_id'].iloc[0]}</th>" in (root / "reports/report.html").read_text(encoding="utf-8")


@pytest.fixture
def copied(company: tuple[Config, Path], tmp_path: Path) -> tuple[Config, Path]:
    """A copy of it that a test may change, data included, with nothing delivered yet."""
    config, made = company
    root = tmp_path / "company"
    shutil.copytree(made, root)
    shutil.rmtree(root / "data/deliveries")
    (root / "data/deliveries.json").unlink()
    shutil.copytree(config.source.path, root / "data/raw")
    source = config.source.model_copy(update={"path": str(root / "data/raw")})
    return config.model_copy(update={"source": source}), root


def test_who_complained_since_is_taken_off_by_pseudonym_and_another_key_is_refused(copied, monkeypatch):
    config, root = copied
    arms = read_csv(root / "data/campaigns/assignments.csv")
    complained, stays = arms.loc[arms["arm"] == "contact", "customer_id"].iloc[:2]
    with (root / "data/raw/service_tickets.csv").open("a", encoding="utf-8") as file:
        file.write(f"T-new,{complained[3:11]},2025-07-02 09:00:00,COMPLAINT,delivery late,web,3.0\n")
    deliver(config, root)
    place, hidden = root / PLACE, [pseudonym(name, KEY) for name in (complained, stays)]
    listed = {name for path in handed_over(root) for name in read_csv(path)["customer_id"]}
    assert stays in listed
    assert not listed & {complained, *hidden}
    after = read_csv(place / "assignments.csv").set_index("customer_id")
    assert after.loc[hidden, "taken_off"].tolist() == ["complained_since", ""]
    assert read_csv(place / "left_out.csv").set_index("customer_id").loc[hidden[0], "left_out_reason"] == "complained_since"
    for name in ("customers.csv", "assignments.csv", "left_out.csv"):
        assert not set(read_csv(place / name)["customer_id"]) & set(read_csv(root / "data/campaigns" / name)["customer_id"])
    known = before(root / "data/deliveries", date(2025, 7, 8), {}, root / "data/deliveries.json")
    assert set(known.arms["customer_id"]) == set(after.index)
    holds(place)
    monkeypatch.setenv("SHOP_KEY", "another secret of the company")
    with pytest.raises(DataUnfitError, match="is in the newest data; bring the data or the key of the pseudonyms back"):
        deliver(config, root)


def test_arms_drawn_before_pseudonyms_began_still_hold(company, tmp_path):
    config, _ = company
    root = tmp_path / "company"
    shutil.copytree(company[1], root)
    earlier = root / "data/deliveries/2025-06-10"
    (root / PLACE).rename(earlier)
    real = pd.read_parquet(root / "data/identities/identities.parquet").set_index("customer_id")["identity"]
    for name in ("assignments", "customers"):
        rows = read_csv(earlier / f"{name}.csv")
        rows["customer_id"] = rows["customer_id"].map(real)
        rows["arm"] = rows["arm"].replace({"contact": "holdout", "holdout": "contact"})
        rows.assign(since="2025-06-10").to_csv(earlier / f"{name}.csv", index=False)
    (earlier / "manifest.json").unlink()  # its checksums are those of the lists before
    drawn = read_csv(earlier / "assignments.csv").set_index("customer_id")["arm"]
    run_stages(config, root, ("campaign",))
    again = read_csv(root / "data/campaigns/assignments.csv").set_index("customer_id")["arm"]
    both = again.index.intersection(drawn.index)
    assert len(both) > 100
    assert list(again[both]) == list(drawn[both])
