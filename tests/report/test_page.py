"""The page: the view model says what the frames say, and the HTML escapes, stands alone and repeats."""

import re
from dataclasses import replace

import matplotlib as mpl
import pandas as pd
import pytest

from pipeline.config import Config
from pipeline.report.accounts import Account, Status
from pipeline.report.page import Material, render, view
from tests.report_world import AT, BASELINES, HOSTILE


def test_the_headline_sums_the_list(material: Material, report_config: Config) -> None:
    head = view(material, report_config).headline
    assert (head.as_of, head.until, head.known, head.scored) == ("1 June 2024", "29 August 2024", 4, 3)
    assert (head.expected, head.high_risk, head.high_risk_share) == (pytest.approx(1.5), 1, pytest.approx(1 / 3))
    assert (head.money, head.money_share) == (25.0, 0.025)
    assert (head.value_at_risk, head.value_at_risk_share) == (24.0, 9 / 24)


def test_an_id_that_is_an_address_is_a_line_of_the_list(material: Material, report_config: Config) -> None:
    customers = material.customers.assign(customer_id=["ann@example.com", "+39 333 1234567", "007", "d"])
    shown = view(replace(material, customers=customers), report_config)
    assert [row.customer_id for row in shown.table.rows] == [
        "line 2 of customers.csv",
        "line 3 of customers.csv",
        "007",
    ]
    assert "ann@" not in render(shown)
    assert "333 1234567" not in render(shown)


def test_ids_stay_text(material: Material, report_config: Config) -> None:
    assert [row.customer_id for row in view(material, report_config).table.rows] == [HOSTILE, "007", "NA"]


def test_statuses_and_raw_rows_are_accounted_for(material: Material, report_config: Config) -> None:
    made = view(material, report_config)
    assert made.statuses[0] == Status("Scored", 3, 0.75, "At risk on the date of the list: they have a probability.")
    assert (made.statuses[1].name, made.statuses[1].customers) == ("Lapsed", 1)
    rules = (("Customer id missing", 5), ("Amount unreadable", 2))
    assert made.accounts == (Account("Transactions", 100, 90, 3, 0, 7, rules, "2 January 2022 to 31 May 2024"),)


def test_captions_say_what_the_curves_say(material: Material, report_config: Config) -> None:
    found, exact, spread, earned = (picture.caption for picture in view(material, report_config).pictures)
    assert "riskiest 20\u202f% of the list contained 40\u202f% of all who left" in found
    assert "0 of 2 lie outside" in exact  # 0.2 apart; chance allows 0.1 · √(π/2) · 1.96 = 0.246
    assert spread == "Half of the 3 scored customers have a probability above 0.50."
    assert earned == (
        "Contacting whoever promised a profit, 25\u202f% of customers, would have earned 1.25 per customer at risk; contacting "
        "all −1.00. A customer of average value is worth contacting from a probability of leaving of 0.31 on; "
        "8\u202f% of customers are worth it at none. "
        "Most would have been earned by contacting the best 50\u202f% (95 % interval 40\u202f% to 60\u202f%): "
        "1.50 (1.20 to 1.80) per customer at risk. "
        "Today's lists may contact more or fewer. Here everybody at risk gets one offer, at the costs and chances of "
        "campaign.costs; on the lists each customer gets the offer that pays most, at its own, within consents, channels and "
        "limits, and newcomers and the lapsed are listed too."
    )


def test_a_hostile_id_is_text(material: Material, report_config: Config) -> None:
    html = render(view(material, report_config))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(" in html
    assert "&lt;b&gt;IT&lt;/b&gt;" in html


def test_the_page_stands_alone(material: Material, report_config: Config) -> None:
    html = render(view(material, report_config))
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", html)
    assert re.findall(r"https?://|@import|<link|<img|src=|url\((?!#)", without_namespaces) == []
    assert len(html.encode()) < 1_000_000


def test_ids_are_unique_and_references_resolve(material: Material, report_config: Config) -> None:
    html = render(view(material, report_config))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', html)) <= {(i, "") for i in ids} | {("", i) for i in ids}


def test_every_picture_is_described_and_every_table_has_headers(material: Material, report_config: Config) -> None:
    html = render(view(material, report_config))
    assert all('role="img" aria-label="' in tag for tag in re.findall(r"<svg[^>]*>", html))
    assert html.count("<table") == html.count("<caption") == html.count("<thead")
    assert all('scope="' in tag for tag in re.findall(r"<th\b[^>]*>", html))
    assert all(f'id="{name}"' in html for name in re.findall(r'aria-labelledby="([^"]*)"', html))


def test_same_inputs_same_bytes_and_nothing_left_in_matplotlib(material: Material, report_config: Config) -> None:
    before = dict(mpl.rcParams)
    first, second = render(view(material, report_config)), render(view(material, report_config))
    assert first == second
    assert dict(mpl.rcParams) == before


def test_a_users_own_style_changes_nothing(material: Material, report_config: Config) -> None:
    plain = render(view(material, report_config))
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert render(view(material, report_config)) == plain


def test_without_money_the_page_says_so(material: Material, report_config: Config) -> None:
    poor = replace(material, customers=material.customers.assign(revenue_total=float("nan")))
    made = view(poor, report_config)
    assert (made.headline.money, made.headline.money_share) == (None, None)
    html = render(made)
    assert "The source has no amounts" in html
    assert ">Revenue to date</th>" not in html


def test_without_values_the_page_has_no_value_at_risk_and_no_profit(material: Material, report_config: Config) -> None:
    customers = material.customers.assign(expected_value=float("nan"), value_at_risk=float("nan"))
    made = view(replace(material, customers=customers, profit=material.profit.head(0)), report_config)
    assert (made.headline.value_at_risk, made.headline.value_at_risk_share, len(made.pictures)) == (None, None, 3)
    html = render(made)
    assert "No values." in html
    assert ">Value at risk</th>" not in html
    assert render(view(material, report_config)).count(">Value at risk</th>") == 2


def test_an_empty_band_is_said_to_be_empty(material: Material, report_config: Config) -> None:
    html = render(view(material, report_config))
    assert "nobody was in this band" in html  # medium: nobody between 0.40 and 0.60 on the test date


def test_a_definition_without_bg_nbd(material: Material, report_config: Config) -> None:
    alone = {"recency": BASELINES["recency"]}
    metrics = {**material.metrics, "rolling": [AT | {"baselines": alone}], "pooled_baselines": alone}
    renewal = report_config.model_copy(update={"definition": report_config.definition.model_copy(update={"kind": "renewal"})})
    made = view(replace(material, metrics=metrics), renewal)
    assert [row.key for row in made.contestants] == ["churn_probability", "recency"]
    html = render(made)
    assert "BG/NBD" not in html
    assert "will not renew between" in html


def test_an_earlier_champion_is_not_confused_with_what_was_judged(material: Material, report_config: Config) -> None:
    manifest = {**material.manifest, "model_role": "champion", "model_version": "20240301-old"}
    assert "another model, 20240301-old, promoted earlier" in view(replace(material, manifest=manifest), report_config).learned
    promoted = {**material.manifest, "model_role": "champion"}
    assert view(replace(material, manifest=promoted), report_config).learned.endswith("refitted on everything known since.")


def test_lists_have_their_tiles_sections_and_slider(listed_material: Material, report_config: Config) -> None:
    made = view(listed_material, report_config)
    assert made.places == (
        "segments", "lists", "recut", "customers", "left_out", "trust", "drivers", "retention", "rows", "reading",
    )  # fmt: skip
    assert made.columns == (
        "customer_id", "churn_probability", "expected_profit", "value_at_risk", "reasons", "recommended_action", "channel",
        "list", "segment",
    )  # fmt: skip
    html = render(made)
    assert "to contact: 2 Retention, 1 Win-back" in html
    assert "expected profit of contacting them; 17 had nobody been held out, at least 85.0\u202f% of the most" in html
    assert 'max="5" step="1" value="3"' in html
    assert "The budget is spent on others who pay more." in html


def test_a_first_delivery_without_money_has_lists_and_no_slider(listed_material: Material, report_config: Config) -> None:
    customers = listed_material.customers.assign(
        expected_profit=float("nan"), expected_cost=float("nan"), expected_value=float("nan"), value_at_risk=float("nan")
    )
    manifest = {name: told for name, told in listed_material.manifest.items() if name not in {"turnover", "allocation"}}
    made = view(replace(listed_material, customers=customers, manifest=manifest), report_config)
    assert (made.recut, made.turnover) == (None, None)
    assert "recut" not in made.places
    assert made.table.rows[0].customer_id == "a1"
    html = render(made)
    assert ">Expected profit</th>" not in html
    assert "Since the last delivery" not in html
    assert 'id="budget"' not in html


def test_before_there_are_lists_the_table_has_the_plain_columns(material: Material, report_config: Config) -> None:
    made = view(material, report_config)
    assert made.columns == (
        "customer_id", "churn_probability", "value_at_risk", "risk_segment", "risk_score", "recency_days", "orders_count",
        "revenue_total",
    )  # fmt: skip
    assert [place for place in made.places if place in {"lists", "recut"}] == []
    assert made.statuses[0].name == "Scored"


def test_five_hundred_customers_fit_into_three_megabytes(listed_material: Material, report_config: Config) -> None:
    longest = listed_material.customers.assign(**{f"reason_{n}": "A sentence of a hundred letters. " * 3 for n in (1, 2, 3)})
    many = pd.concat([longest] * 60, ignore_index=True)
    html = render(view(replace(listed_material, customers=many), report_config))
    assert html.count('role="row"') == 1 + 60 * 8
    assert len(html.encode()) < 3_000_000
