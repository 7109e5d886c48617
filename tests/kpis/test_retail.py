"""Online Retail II: the main figures recomputed with pandas from the publisher's file, without any of the pipeline's SQL."""

import csv

import numpy as np
import pandas as pd
import pytest

from tests.conftest import config_of, run_stages
from tests.test_real_data import DATA

NOT_SALES = {"B", "BANK CHARGES", "AMAZONFEE", "CRUK", "ADJUST", "ADJUST2", "S"}


@pytest.fixture(scope="module")
def computed(tmp_path_factory) -> dict[tuple[str, str], dict[str, str]]:
    folder = DATA / "online_retail_ii"
    if not folder.is_dir():
        pytest.skip("online_retail_ii is not there: put the publisher's file into it and name its parent in CHURN_SHARED_DATA")
    root = tmp_path_factory.mktemp("retail")
    config = config_of("source=online_retail_ii", f"source.path={folder}", "kpis.dimensions=[cohort]")
    run_stages(config, root, ("ingest", "kpis"))
    with (root / "reports" / "kpis.csv").open(encoding="utf-8") as file:
        return {(r["period"], r["metric"]): r for r in csv.DictReader(file) if r["dimension"] == "all"}


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    frame = pd.read_parquet(DATA / "online_retail_ii" / "online_retail_ii.parquet")
    code, invoice = frame["StockCode"].astype(str), frame["Invoice"].astype(str)
    frame = frame[
        frame["Customer ID"].notna() & ~invoice.str.startswith("A") & ~code.isin(NOT_SALES) & ~code.str.startswith("TEST")
    ]
    # the source does not map the description: lines that differ in nothing else are copies of one another
    frame = frame.drop_duplicates(["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID"])
    money = (frame["Quantity"] * (frame["Price"] * 1000).round()) / 1000
    return frame.assign(money=money, back=frame["Invoice"].astype(str).str.startswith("C"), who=frame["Customer ID"].astype(str))


def test_the_main_figures_are_what_pandas_finds(computed, raw):
    orders = raw[~raw["back"]].groupby(["who", "Invoice"]).agg(at=("InvoiceDate", "min"), money=("money", "sum")).reset_index()
    orders = orders[orders["money"] > 0]
    first = orders.groupby("who")["at"].min()
    for month in pd.period_range("2010-12", "2011-11", freq="M"):
        start, end = month.start_time, (month + 1).start_time

        def active(when: pd.Timestamp) -> set[str]:
            return set(orders.loc[(orders["at"] < when) & (orders["at"] >= when - pd.Timedelta(days=365)), "who"])

        before, after = active(start), active(end)
        bought = orders[(orders["at"] >= start) & (orders["at"] < end)]
        buyers = set(bought["who"])
        lines = raw[(raw["InvoiceDate"] >= start) & (raw["InvoiceDate"] < end)]
        spent = lines.groupby("who")["money"].sum().round(3)
        best = np.sort(spent[spent > 0].to_numpy())[::-1]
        times = bought.groupby("who").size()
        expected = {
            "customers_start": len(before),
            "customers_acquired": sum(first[who] >= start for who in buyers),
            "customers_reactivated": sum(first[who] < start and who not in before for who in buyers),
            "customers_retained": len(before & after),
            "customers_lost": len(before - after),
            "customers_end": len(after),
            "retention_rate": len(before & after) / len(before),
            "churn_rate": len(before - after) / len(before),
            "buyers": len(buyers),
            "orders": len(bought),
            "repeat_purchase_rate": (times > 1).mean(),
            "purchase_frequency": len(bought) / len(buyers),
            "revenue_net": lines["money"].sum(),
            "average_transaction_value": lines["money"].sum() / len(bought),
            "repeat_revenue_share": spent[[first.get(w, end) < start for w in spent.index]].sum() / spent.sum(),
            "top20_revenue_share": best[: int(np.ceil(len(best) / 5))].sum() / best.sum(),
        }
        found = {name: float(computed[str(month), name]["figure"]) for name in expected}
        assert found == pytest.approx(expected, rel=1e-9), month
        assert computed[str(month), "retention_rate"]["mark"] == ""


def test_the_month_in_which_the_data_ends_is_marked(computed):
    assert "partial" in computed["2011-12", "revenue_net"]["mark"].split()
    assert computed["2010-11", "retention_rate"]["mark"] == "truncated"
