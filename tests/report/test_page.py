"""The page: the view model says what the frames say, and the HTML escapes, stands alone and repeats."""

import re
from dataclasses import replace

import matplotlib as mpl
import pandas as pd
import pytest

from pipeline.config import Config, validate
from pipeline.report.page import Account, Customer, Material, Status, render, view
from tests.conftest import DEFAULTS, SOURCE

HOSTILE = "<script>alert('x')</script>"
FIGURES = {"auc": 1.0, "log_loss": 0.3, "ece": 0.01, "lift_at_10": 2.0}
SAMPLE = {"t": "2024-01-01", "customers": 4, "churn_rate": 0.5, "predicted": 0.5}
AT = {**SAMPLE, **FIGURES, "auc_low": 0.9, "auc_high": 1.0}
BASELINES = {"recency": {**SAMPLE, **FIGURES, "auc": 0.875}, "bg_nbd": {**SAMPLE, **FIGURES, "auc": 0.625}}
PAIRED = {
    "log_loss": {"difference": -0.04, "low": -0.05, "high": -0.01},
    "auc": {"difference": 0.03, "low": -0.01, "high": 0.06},
}
CUT = {"share": 0.5, "share_low": 0.4, "share_high": 0.6, "profit": 1.5, "profit_low": 1.2, "profit_high": 1.8}
CAMPAIGN = {
    "everybody": -1.0,
    "rule": {"share": 0.25, "profit": 1.25, "promised": 1.5},
    "best_cut": {"expected_profit": CUT, "churn_probability": CUT},
}
EXPLANATION = {
    "reasons": [
        {"reason": "silence", "contribution": 0.6, "raises": 0.4, "feature": "purchases_recency_days", "direction": 0.9},
        {"reason": "tier", "contribution": 0.2, "raises": 0.75, "feature": "tier", "direction": None},
    ],
    "stability": {"rows": 2000, "models": 3, "reasons": 3, "first": 0.83, "all": 0.5, "overlap": 0.81},
}
SLICE = {**AT, "slice": "country", "group": "<b>IT</b>"}


@pytest.fixture
def config() -> Config:
    raw = {
        "seed": 0,
        "locale": "en",
        "source": SOURCE
        | {
            "name": "tiny",
            "path": "data/raw",
            "sector": None,
            "simulate": {},
            "static_attributes": [],
            "tables": {"transactions": {"path": "t.csv", "columns": {"customer_id": "c", "order_id": "o", "ordered_at": "d"}}},
        },
        "definition": {
            "kind": "purchase",
            "horizon_days": 90,
            "active_days": 365,
            "gap_days": 0,
            "grace_days": 14,
            "min_tenure_days": 0,
        },
        "snapshots": {
            "as_of": None,
            "count": 2,
            "origins": 1,
            "stride_days": 30,
            "min_history_days": 45,
            "max_stale_days": 7,
            "max_rows": 1_000_000,
        },
        "features": {"windows": [30, 90], "attributes": [], "include": [], "exclude": []},
        "model": {"name": "lightgbm", "rounds": 10, "early_stopping_rounds": None, "monotone": False, "params": {}},
        "train": {"min_customers": 1, "half_life_days": None, "search": {"trials": 0}},
        "evaluate": {"calibration_bins": 2, "bootstrap_draws": 50, "slices": []},
        "campaign": {
            "bands": {"critical": 0.8, "high": 0.6, "medium": 0.4},
            "costs": {
                "offer": 10.0,
                "contact": 1.0,
                "kept": 0.3,
                "taken_by_lost": 0.0,
                "taken_by_stayers": 1.0,
                "driven_away": 0.0,
            },
            "segments": ["critical"],
            "offer": "none",
            "channel": "email",
            "holdout_share": 0.1,
            "allocation": DEFAULTS["campaign"]["allocation"],
        },
        "kpis": {"period": "month", "dimensions": [], "point_value": None, "targets": {}},
        "value": {"days": None, "margin_share": 0.3},
        "tracking": {"experiment": "churn"},
    }
    return validate(raw, "test")


@pytest.fixture
def material() -> Material:
    return Material(
        customers=pd.DataFrame(
            {
                "customer_id": [HOSTILE, "007", "NA", "d"],
                "status": ["scored", "scored", "scored", "lapsed"],
                "churn_probability": [0.9, 0.5, 0.1, None],
                "risk_score": [100.0, 50.0, 0.0, None],
                "risk_segment": ["critical", "medium", "low", ""],
                "recency_days": [200.0, 30.0, None, 400.0],
                "orders_count": [1, 2, 30, 1],
                "revenue_total": [25.0, 75.0, 900.0, 5.0],
                "expected_value": [10.0, 20.0, 50.0, None],
                "value_at_risk": [9.0, 10.0, 5.0, None],
            }
        ),
        judged=pd.DataFrame(
            {
                "t": pd.Timestamp(SAMPLE["t"]),
                "y": [1, 1, 0, 0],
                "weight": [1.0] * 4,
                "churn_probability": [0.9, 0.7, 0.3, 0.1],
            }
        ),
        gain=pd.DataFrame({"contacted": [0.0, 0.5, 1.0], "found": [0.0, 1.0, 1.0]}),
        reliability=pd.DataFrame(
            {"predicted": [0.2, 0.8], "observed": [0.0, 1.0], "weight": [2.0, 2.0], "noise": [0.1, 0.3], "t": SAMPLE["t"]}
        ),
        importance=pd.DataFrame({"feature": ["purchases_recency_days", "tier"], "share": [0.8, 0.2]}),
        profit=pd.DataFrame(
            {"contacted": [0.0, 0.5, 1.0], "expected_profit": [0.0, 1.5, -1.0], "churn_probability": [0.0, 1.0, -1.0]}
        ),
        manifest={
            "snapshot_date": "2024-06-01",
            "model_version": "20240601-abc",
            "model_role": "challenger",
            "status": {"lapsed": 1, "scored": 3},
            "files": {"customers.csv": {"sha256": "0123456789abcdef0123"}},
        },
        metrics={
            "model_version": "20240601-abc",
            "test": AT,
            "rolling": [AT | {"baselines": BASELINES}],
            "pooled": AT,
            "pooled_baselines": BASELINES,
            "paired": dict.fromkeys(BASELINES, PAIRED),
            "slices": [SLICE],
            "level": {"today": {"t": "2024-06-01", "season_seen": True}},
            "value": {"off": "No values."},
            "profit": {"campaign": CAMPAIGN},
            "explanation": EXPLANATION,
            "grade": "B",
            "grade_reason": "Because.",
        },
        ingest={
            "transactions": {
                "rows_in": 100,
                "accepted": 90,
                "merged": 3,
                "left_out": 0,
                "forgotten": 0,
                "quarantined": {"amount_unreadable": 2, "customer_id_missing": 5},
                "first": "2022-01-02 07:45:00",
                "last": "2024-05-31 12:50:00",
            }
        },
        kpis={},
        plan={"origins": [{"test": SAMPLE["t"], "train": ["2023-07-01", "2023-08-01"]}]},
        source="tiny",
    )


def test_the_headline_sums_the_list(material: Material, config: Config) -> None:
    head = view(material, config).headline
    assert (head.as_of, head.until, head.known, head.scored) == ("1 June 2024", "29 August 2024", 4, 3)
    assert (head.expected, head.high_risk, head.high_risk_share) == (pytest.approx(1.5), 1, pytest.approx(1 / 3))
    assert (head.money, head.money_share) == (25.0, 0.025)
    assert (head.value_at_risk, head.value_at_risk_share) == (24.0, 9 / 24)


def test_an_id_that_is_an_address_is_a_line_of_the_list(material: Material, config: Config) -> None:
    customers = material.customers.assign(customer_id=["ann@example.com", "+39 333 1234567", "007", "d"])
    shown = view(replace(material, customers=customers), config)
    assert [customer.customer_id for customer in shown.riskiest] == [
        "line 2 of customers.csv",
        "line 3 of customers.csv",
        "007",
    ]
    assert "ann@" not in render(shown)
    assert "333 1234567" not in render(shown)


def test_the_riskiest_keep_their_ids_as_text(material: Material, config: Config) -> None:
    riskiest = view(material, config).riskiest
    assert riskiest[0] == Customer(HOSTILE, 0.9, 100.0, "critical", 200.0, 1, 25.0, 9.0)
    assert riskiest[1].customer_id == "007"
    assert riskiest[2] == Customer("NA", 0.1, 0.0, "low", None, 30, 900.0, 5.0)


def test_statuses_and_raw_rows_are_accounted_for(material: Material, config: Config) -> None:
    made = view(material, config)
    assert made.statuses[0] == Status("Scored", 3, 0.75, "At risk on the date of the list: they have a probability.")
    assert (made.statuses[1].name, made.statuses[1].customers) == ("Lapsed", 1)
    rules = (("Customer id missing", 5), ("Amount unreadable", 2))
    assert made.accounts == (Account("Transactions", 100, 90, 3, 0, 7, rules, "2 January 2022 to 31 May 2024"),)


def test_captions_say_what_the_curves_say(material: Material, config: Config) -> None:
    found, exact, spread, earned = (picture.caption for picture in view(material, config).pictures)
    assert "riskiest 20\u202f% of the list contained 40\u202f% of all who left" in found
    assert "0 of 2 lie outside" in exact  # 0.2 apart; chance allows 0.1 · √(π/2) · 1.96 = 0.246
    assert spread == "Half of the 3 scored customers have a probability above 0.50."
    assert earned == (
        "Contacting whoever promised a profit, 25\u202f% of customers, would have earned 1.25 per customer at risk; contacting "
        "all -1.00. The best cut is at 50\u202f% (95 % interval 40\u202f% to 60\u202f%) and earns 1.50 (1.20 to 1.80)."
    )


def test_a_hostile_id_is_text(material: Material, config: Config) -> None:
    html = render(view(material, config))
    assert "<script" not in html
    assert "&lt;script&gt;alert(" in html
    assert "&lt;b&gt;IT&lt;/b&gt;" in html


def test_the_page_stands_alone(material: Material, config: Config) -> None:
    html = render(view(material, config))
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", html)
    assert re.findall(r"https?://|@import|<link|<img|src=|url\((?!#)", without_namespaces) == []
    assert len(html.encode()) < 1_000_000


def test_ids_are_unique_and_references_resolve(material: Material, config: Config) -> None:
    html = render(view(material, config))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', html)) <= {(i, "") for i in ids} | {("", i) for i in ids}


def test_every_picture_is_described_and_every_table_has_headers(material: Material, config: Config) -> None:
    html = render(view(material, config))
    assert all('role="img" aria-label="' in tag for tag in re.findall(r"<svg[^>]*>", html))
    assert html.count("<table") == html.count("<caption") == html.count("<thead")
    assert all('scope="' in tag for tag in re.findall(r"<th\b[^>]*>", html))


def test_same_inputs_same_bytes_and_nothing_left_in_matplotlib(material: Material, config: Config) -> None:
    before = dict(mpl.rcParams)
    first, second = render(view(material, config)), render(view(material, config))
    assert first == second
    assert dict(mpl.rcParams) == before


def test_a_users_own_style_changes_nothing(material: Material, config: Config) -> None:
    plain = render(view(material, config))
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert render(view(material, config)) == plain


def test_without_money_the_page_says_so(material: Material, config: Config) -> None:
    poor = replace(material, customers=material.customers.assign(revenue_total=float("nan")))
    made = view(poor, config)
    assert (made.headline.money, made.headline.money_share) == (None, None)
    html = render(made)
    assert "The source has no amounts" in html
    assert ">Revenue to date</th>" not in html


def test_without_values_the_page_has_no_value_at_risk_and_no_profit(material: Material, config: Config) -> None:
    customers = material.customers.assign(expected_value=float("nan"), value_at_risk=float("nan"))
    made = view(replace(material, customers=customers, profit=material.profit.head(0)), config)
    assert (made.headline.value_at_risk, made.headline.value_at_risk_share, len(made.pictures)) == (None, None, 3)
    html = render(made)
    assert "No values." in html
    assert ">Value at risk</th>" not in html
    assert render(view(material, config)).count(">Value at risk</th>") == 2


def test_an_empty_band_is_said_to_be_empty(material: Material, config: Config) -> None:
    html = render(view(material, config))
    assert "nobody was in this band" in html  # medium: nobody between 0.40 and 0.60 on the test date


def test_a_definition_without_bg_nbd(material: Material, config: Config) -> None:
    alone = {"recency": BASELINES["recency"]}
    metrics = {**material.metrics, "rolling": [AT | {"baselines": alone}], "pooled_baselines": alone}
    renewal = config.model_copy(update={"definition": config.definition.model_copy(update={"kind": "renewal"})})
    made = view(replace(material, metrics=metrics), renewal)
    assert [row.key for row in made.contestants] == ["churn_probability", "recency"]
    html = render(made)
    assert "BG/NBD" not in html
    assert "will not renew between" in html


def test_an_earlier_champion_is_not_confused_with_what_was_judged(material: Material, config: Config) -> None:
    manifest = {**material.manifest, "model_role": "champion", "model_version": "20240301-old"}
    assert "another model, 20240301-old, promoted earlier" in view(replace(material, manifest=manifest), config).learned
    promoted = {**material.manifest, "model_role": "champion"}
    assert view(replace(material, manifest=promoted), config).learned.endswith("refitted on everything known since.")
