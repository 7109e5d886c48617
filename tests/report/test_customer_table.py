"""The customers to look at first: who they are, in which order, with which columns and filters."""

import pandas as pd

from pipeline.report.customer_table import MOST, Filter, GivenReason, customer_table, first_to_look_at
from pipeline.report.words import spoken
from tests.report_world import listed_customers

EN, IT = spoken("en"), spoken("it")


def test_the_listed_come_first_by_profit_then_the_riskiest_of_the_others() -> None:
    shown = first_to_look_at(listed_customers())
    assert list(shown["customer_id"]) == ["a1", "a2", "a3", "b1", "c1", "c2", "c3", "c4"]  # c5 has no probability


def test_each_list_has_its_share_of_the_table() -> None:
    listed = pd.DataFrame(
        {
            "customer_id": [str(n) for n in range(1500)],
            "status": "scored",
            "list": ["churn"] * 1200 + ["onboarding"] * 300,
            "expected_profit": [float(n) for n in range(1500)],
            "churn_probability": 0.5,
        }
    )
    shown = first_to_look_at(listed)
    assert len(shown) == MOST
    assert shown["list"].value_counts().to_dict() == {"churn": 400, "onboarding": 100}
    assert list(shown["expected_profit"][:101]) == [*(float(n) for n in range(1499, 1399, -1)), 1199.0]


def test_without_profits_the_listed_are_ordered_by_probability() -> None:
    ranked = listed_customers().assign(expected_profit=float("nan"))
    assert list(first_to_look_at(ranked)["customer_id"])[:4] == ["a1", "a2", "a3", "b1"]


def test_without_lists_the_riskiest_come_as_the_rows_do() -> None:
    plain = listed_customers()[["customer_id", "status", "churn_probability"]]
    assert list(first_to_look_at(plain)["customer_id"]) == ["a1", "a2", "a3", "c1", "c2", "c3", "c4"]


def test_a_row_has_words_numbers_and_reasons() -> None:
    table = customer_table(listed_customers(), IT)
    first, second = table.rows[:2]
    assert (first.customer_id, first.numbers["expected_profit"], first.words["list"]) == ("a1", 8.0, "Fidelizzazione")
    assert (first.words["arm"], first.words["lifecycle"], first.words["channel"]) == ("da contattare", "a rischio", "e-mail")
    assert second.reasons == (GivenReason("Opened 1 of 12 e-mails", True), GivenReason("Long a customer", False))
    assert table.rows[3].numbers["churn_probability"] is None
    assert table.of == 8


def test_who_has_no_forecast_is_told_by_their_silence() -> None:
    listed = listed_customers().assign(recency_days=1.0, churn_probability=[0.5, float("nan"), float("nan"), *[0.5] * 6])
    listed.loc[2, "recency_days"] = float("nan")
    told = {row.customer_id: row.unforeseen for row in customer_table(listed, EN).rows}
    assert (told["a1"], told["a2"], told["a3"]) == ("", "No forecast; latest activity 1 day ago", "No forecast; no activity yet")
    italian = {row.customer_id: row.unforeseen for row in customer_table(listed, IT).rows}
    assert italian["a2"] == "Nessuna previsione; ultima attività 1 giorno fa"


def test_filters_offer_the_values_there_are_with_their_counts() -> None:
    filters = {one.column: one for one in customer_table(listed_customers(), EN).filters}
    assert list(filters) == ["list", "segment", "lifecycle", "channel"]
    assert filters["list"] == Filter("list", (("churn", "Retention", 3), ("win_back", "Win-back", 1)))
    assert filters["channel"].options[0] == ("email", "e-mail", 4)


def test_before_there_are_lists_only_the_risk_can_be_chosen() -> None:
    plain = listed_customers()[["customer_id", "status", "churn_probability", "risk_segment", "recency_days"]]
    table = customer_table(plain, EN)
    assert [one.column for one in table.filters] == ["risk_segment"]
    assert table.columns == {"churn_probability", "recency_days", "risk_segment"}


def test_an_id_that_is_an_address_is_a_line_of_the_list_wherever_it_stands() -> None:
    customers = listed_customers()
    customers["customer_id"] = ["ann@example.com", *customers["customer_id"][1:]]
    moved = customers.iloc[::-1]
    shown = [row.customer_id for row in customer_table(moved, EN).rows]
    assert shown[0] == "line 10 of customers.csv"
    assert "ann@example.com" not in shown
