"""The raw files look like a shop's export, dirt included, and the demo's mapping reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.conftest import Demo

END = pd.Timestamp("2025-07-01")
START = END - pd.Timedelta(days=900)
KINDS = {
    "site_visit", "app_session", "social_interaction", "content_use", "referral", "coupon_redeemed",
    "email_sent", "email_opened", "email_clicked", "support_ticket", "complaint", "chat",
    "nps_response", "survey_response", "review", "points_earned", "points_redeemed",
}  # fmt: skip


@pytest.fixture(scope="module")
def lines(demo: Demo) -> pd.DataFrame:
    """The order lines, typed."""
    frame = demo.csv("order_lines")
    times = {name: pd.to_datetime(frame[name]) for name in ("order_time", "loaded_at")}
    numbers = {name: frame[name].astype(float) for name in ("quantity", "unit_price", "discount", "line_total", "margin")}
    return frame.assign(**times, **numbers)


def test_nothing_is_dated_or_known_outside_the_history(demo: Demo, lines: pd.DataFrame) -> None:
    dated = [lines["order_time"], lines["loaded_at"]]
    dated += [demo.parquet("web_events")["event_time"], demo.parquet("email_events")["event_time"]]
    dated += [demo.parquet("web_events")["received_at"].dropna()]
    for name, column in (
        ("service_tickets", "opened_at"),
        ("surveys", "answered_at"),
        ("loyalty_points", "booked_at"),
        ("tier_changes", "changed_on"),
        ("memberships", "changed_at"),
        ("campaign_contacts", "contacted_at"),
    ):
        dated.append(pd.to_datetime(demo.csv(name)[column]))
    for times in dated:
        assert times.min() >= START
        assert times.max() < END


def test_the_export_has_the_dirt_of_an_export(demo: Demo, lines: pd.DataFrame) -> None:
    assert lines["customer_no"].isna().mean() == pytest.approx(0.005, abs=0.001)
    assert lines.duplicated().mean() == pytest.approx(0.003, abs=0.001)
    assert lines[["order_no", "line_no"]].duplicated().sum() == lines.duplicated().sum()
    late = lines["loaded_at"] - lines["order_time"] > pd.Timedelta(hours=2)
    assert late.mean() == pytest.approx(0.01, abs=0.002)
    web = demo.parquet("web_events")
    assert web["customer_no"].isna().mean() == pytest.approx(0.005, abs=0.001)
    assert web["received_at"].notna().mean() == pytest.approx(0.01, abs=0.002)


def test_customer_numbers_keep_their_leading_zeros(demo: Demo, lines: pd.DataFrame) -> None:
    assert demo.csv("customers")["customer_no"].tolist() == [f"{number:08d}" for number in range(1, 20_001)]
    assert set(lines["customer_no"].dropna()) <= set(demo.csv("customers")["customer_no"])


def test_line_totals_are_price_times_quantity_less_discount(lines: pd.DataFrame) -> None:
    expected = lines["unit_price"] * lines["quantity"] - lines["discount"]
    assert (lines["line_total"] - expected).abs().max() < 0.011
    assert 0.1 < (lines["discount"] != 0).mean() < 0.4
    assert 0.2 < lines["margin"].sum() / lines["line_total"].sum() < 0.45


def test_returns_take_back_a_line_of_an_earlier_order(lines: pd.DataFrame) -> None:
    unique = lines.drop_duplicates(["order_no", "line_no"])
    back = unique[unique["line_type"] == "RETURN"]
    sales = unique.set_index(["order_no", "line_no"])
    origin = sales.loc[list(zip(back["original_order_no"], back["line_no"], strict=True))]
    assert 0.02 < len(back) / len(unique) < 0.1
    assert (back["order_time"].to_numpy() > origin["order_time"].to_numpy()).all()
    assert (back["line_total"].to_numpy() == -origin["line_total"].to_numpy()).all()


def test_there_are_gift_lines_and_orders_of_value_zero(lines: pd.DataFrame) -> None:
    gifts = lines[lines["sku"] == "GIFT-SAMPLE"]
    assert (gifts["line_total"] == 0).all()
    alone = lines.groupby("order_no")["line_total"].max()
    assert 100 < (alone[alone.index.str.startswith("S")] == 0).sum() < 3000
    assert 500 < len(gifts) < 5000


def test_the_membership_log_tells_each_change_when_it_happens(demo: Demo) -> None:
    log = demo.csv("memberships")
    for name in ("changed_at", "started_at", "expires_at"):
        log[name] = pd.to_datetime(log[name])
    assert not log.duplicated(["membership_no", "changed_at"]).any()
    assert 0.25 <= log["customer_no"].nunique() / 20_000 <= 0.35
    by_status = dict(iter(log.groupby("status")))
    assert by_status.keys() == {"trial", "active", "renewed", "cancelled", "expired"}
    assert (by_status["cancelled"]["changed_at"] < by_status["cancelled"]["expires_at"]).all()
    assert (by_status["expired"]["changed_at"] == by_status["expired"]["expires_at"]).all()
    following = by_status["renewed"]["expires_at"] - by_status["renewed"]["changed_at"]
    assert set(following.dt.days) == {30, 360}
    first = log.sort_values("changed_at").groupby("membership_no")["status"].first()
    assert set(first) == {"trial", "active"}


def test_members_who_are_leaving_renew_less(demo: Demo) -> None:
    log = demo.csv("memberships").query("status in ('renewed', 'expired')")
    log = log.assign(t=pd.to_datetime(log["changed_at"]))
    truth = demo.snapshots()[["customer_id", "t", "state"]]
    joined = _with_state(log, truth)
    renewed = (joined["status"] == "renewed").groupby(joined["state"]).mean()
    assert renewed["loyal"] > renewed["cooling"] + 0.05 > renewed["gone"] + 0.1


def _with_state(log: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """The log with the state held in the month of each change, which is the state at the boundary that ends it."""
    boundary = END - np.ceil((END - log["t"]) / pd.Timedelta(days=30)) * pd.Timedelta(days=30) + pd.Timedelta(days=30)
    return log.assign(t=boundary).merge(truth, left_on=["customer_no", "t"], right_on=["customer_id", "t"])


def test_past_campaigns_have_a_random_holdout_and_leave_most_customers_alone(demo: Demo) -> None:
    log = demo.csv("campaign_contacts")
    assert not log["contact_no"].duplicated().any()
    assert log["campaign"].nunique() == 9
    assert (log["assignment_probability"].astype(float) == 0.8).all()
    assert (log["arm"] == "contact").mean() == pytest.approx(0.8, abs=0.015)
    assert set(log["offer"]) == {"discount_10", "loyalty_bonus", "service_call"}
    treated = log.loc[log["arm"] == "contact", "customer_no"].nunique()
    assert 3000 < treated < 10_000
    consents = demo.csv("customers").set_index("customer_no")
    for channel, rows in log.groupby("channel"):
        assert (consents.loc[rows["customer_no"], f"consent_{channel}"] == "Y").all()


def test_few_refuse_profiling(demo: Demo) -> None:
    assert (demo.csv("customers")["consent_profiling"] == "N").mean() == pytest.approx(0.02, abs=0.005)


def test_interest_fades_and_complaints_rise_before_customers_stop_buying(demo: Demo) -> None:
    t = END - pd.Timedelta(days=90)
    truth = demo.snapshots().query("t == @t and not under_offer").set_index("customer_id")
    cooling, loyal = truth.query("state == 'cooling'").index, truth.query("state == 'loyal'").index

    def per_head(events: pd.DataFrame, time: str) -> tuple[float, float]:
        when = pd.to_datetime(events[time])
        recent = events[(when >= t - pd.Timedelta(days=30)) & (when < t)]["customer_no"].value_counts()
        return recent.reindex(cooling).fillna(0).mean(), recent.reindex(loyal).fillna(0).mean()

    web, mail = demo.parquet("web_events"), demo.parquet("email_events")
    tickets = demo.csv("service_tickets")
    for fading in (
        per_head(web[web["event_type"].isin(["site_visit", "app_session"])], "event_time"),
        per_head(mail[mail["action"] == "opened"], "event_time"),
    ):
        assert fading[0] < 0.7 * fading[1]
    complaints = per_head(tickets[tickets["ticket_type"] == "COMPLAINT"], "opened_at")
    assert complaints[0] > 4 * complaints[1]


def test_the_mapping_reads_every_raw_file(demo: Demo, pytestconfig: pytest.Config) -> None:
    mapping = yaml.safe_load((pytestconfig.rootpath / "configs" / "source" / "demo.yaml").read_text())
    connection, read, kinds = duckdb.connect(), set(), set()
    for name, blocks in mapping["tables"].items():
        for block in [blocks] if isinstance(blocks, dict) else blocks:
            raw = _relation(demo.raw / block["path"])
            columns = block["columns"] | block.get("unpivot", {})
            counted = ", ".join(f"count({expression}) AS {column}" for column, expression in columns.items())
            filled = connection.sql(f"SELECT {counted} FROM {raw}").df().iloc[0]
            # The shop's own past campaigns came from no delivery of this pipeline.
            assert filled.drop("delivery_id", errors="ignore").min() > 1000, block["path"]
            read.add(block["path"])
            if name == "engagements":
                found = connection.sql(f"SELECT DISTINCT {columns['kind']} FROM {raw}").fetchall()
                kinds |= {kind for (kind,) in found}
    assert read == {path.name for path in demo.raw.iterdir()}
    assert kinds == KINDS


def _relation(path: Path) -> str:
    return f"'{path}'" if path.suffix == ".parquet" else f"read_csv('{path}', all_varchar = true)"
