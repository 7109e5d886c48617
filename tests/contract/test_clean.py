"""The contract: every row is accepted, merged or quarantined under a rule's name; the same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract.account import Account, Fates
from pipeline.contract.clean import clean_table
from pipeline.contract.identity import Identity
from pipeline.contract.rules import EXTRA, Limits, rules
from pipeline.contract.tables import TABLES
from pipeline.engine import engine
from pipeline.errors import DataUnfitError
from pipeline.sources.mapping import read
from tests.random_rows import BRIEF
from tests.sources.test_mapping import source_of

Text = dict[str, str]
ANY, SAME = Limits(), Identity()

REQUIRED: dict[str, Text] = {
    "transactions": {"customer_id": "7", "order_id": "A", "ordered_at": "2020-01-01"},
    "engagements": {"customer_id": "7", "occurred_at": "2020-01-01", "kind": "chat"},
    "attributes": {"customer_id": "7", "name": "tier", "value": "gold"},
    "subscriptions": {"customer_id": "7", "subscription_id": "S", "changed_at": "2020-01-01", "status": "active"},
    "contacts": {"customer_id": "7", "contacted_at": "2020-01-01"},
}


def write_csv(path: Path, rows: Sequence[Text]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(f'"{row.get(name, "")}"' for name in names) for row in rows]
    path.write_text("\n".join([",".join(names), *lines]) + "\n", encoding="utf-8")


def clean(
    folder: Path, table: str, *files: Sequence[Text], columns: tuple[str, ...] = (), limits: Limits = ANY, **keys: object
) -> Account:
    """Clean one mapping per file of text rows whose columns are named as the canonical ones; write below folder/clean."""
    folder.mkdir(parents=True, exist_ok=True)
    mapped = columns or tuple(dict.fromkeys(name for rows in files for row in rows for name in row))
    for number, rows in enumerate(files):
        write_csv(folder / f"{number}.csv", [dict.fromkeys(mapped, "") | row for row in rows])
    mappings = [{"path": f"{number}.csv", "columns": {name: name for name in mapped}} | keys for number in range(len(files))]
    return clean_mappings(folder, table, mappings, limits)


def clean_mappings(
    folder: Path, table: str, mappings: Sequence[dict], limits: Limits = ANY, identity: Identity = SAME
) -> Account:
    """Clean the mappings of one table whose files lie in a folder; write below folder/clean."""
    source = source_of(folder, table, *mappings)
    mapped = tuple(dict.fromkeys(name for mapping in source.tables[table] for name in mapping.mapped))
    with engine() as connection:
        batches = (rows for number in range(len(mappings)) for rows in read(connection, source, table, number))
        return clean_table(connection, table, batches, mapped, folder / "clean", limits, identity)


def accepted(folder: Path, table: str, *wanted: str) -> list[tuple]:
    return duckdb.sql(f"SELECT {', '.join(wanted)} FROM '{folder}/clean/{table}.parquet'").fetchall()


def quarantined(folder: Path, table: str, *wanted: str) -> list[tuple]:
    return duckdb.sql(f"SELECT {', '.join(wanted)} FROM '{folder}/clean/quarantine/{table}.parquet'").fetchall()


BROKEN: list[tuple[str, str, Text]] = [
    *[
        (table, f"{name}_missing", {name: "  "})
        for table, declared in TABLES.items()
        for name, column in declared.columns.items()
        if column.never_null
    ],
    *[
        (table, f"{name}_unreadable", {name: "later"})
        for table, declared in TABLES.items()
        for name, column in declared.columns.items()
        if column.type != "VARCHAR" and name != "cost"
    ],
    *[
        (table, f"{name}_control", {name: f"7\x07{name}"})
        for table, declared in TABLES.items()
        for name in declared.columns
        if name.endswith("_id")
    ],
    ("transactions", "customer_id_rounded", {"customer_id": "1.23457E+12"}),
    ("transactions", "customer_id_rounded", {"customer_id": "1,23457E+12"}),
    ("transactions", "customer_id_rounded", {"customer_id": "1.5E15"}),
    ("transactions", "order_id_rounded", {"order_id": "5e+11"}),
    ("engagements", "customer_id_rounded", {"customer_id": "1.23457E+12"}),
    ("attributes", "customer_id_rounded", {"customer_id": "1.23457E+12"}),
    ("subscriptions", "customer_id_rounded", {"customer_id": "1.23457E+12"}),
    ("subscriptions", "subscription_id_rounded", {"subscription_id": "1E+10"}),
    ("contacts", "customer_id_rounded", {"customer_id": "1.23457E+12"}),
    *[
        (table, f"{declared.dated_by}_too_early", {declared.dated_by: "1989-12-31 23:59:59"})
        for table, declared in TABLES.items()
    ],
    *[(table, f"{declared.dated_by}_too_late", {declared.dated_by: "2021-01-01"}) for table, declared in TABLES.items()],
    ("transactions", "currency_foreign", {"currency": "USD"}),
    ("transactions", "amount_missing", {"amount": " "}),
    ("transactions", "amount_too_large", {"amount": "1000000000000"}),
    ("transactions", "amount_too_large", {"amount": "-99999999999999.99"}),
    ("transactions", "quantity_negative", {"quantity": "-1", "amount": "5"}),
    ("transactions", "quantity_negative", {"quantity": "-1", "is_return": "false", "amount": "-5"}),
    ("engagements", "value_negative", {"kind": "content_use", "value": "-1"}),
    ("engagements", "kind_unknown", {"kind": "Chat"}),
    ("engagements", "nps_out_of_range", {"kind": "nps_response", "value": "11"}),
    ("engagements", "nps_out_of_range", {"kind": "nps_response", "value": "-1"}),
    ("subscriptions", "status_unknown", {"status": "paused"}),
    ("subscriptions", "period_backwards", {"started_at": "2020-02-02", "expires_at": "2020-02-01"}),
    ("contacts", "arm_unknown", {"arm": "treated"}),
    ("contacts", "probability_out_of_range", {"assignment_probability": "1.01"}),
    ("contacts", "probability_out_of_range", {"assignment_probability": "-0.01"}),
    ("contacts", "probability_out_of_range", {"assignment_probability": "nan"}),
]
LIMITS = Limits(first_day=date(1990, 1, 1), last_day=date(2020, 12, 31), currency="EUR")
MONEY = {"transactions": {"amount": "1.50"}}


@pytest.mark.parametrize(("table", "rule", "change"), BROKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_a_row_that_breaks_a_rule_is_quarantined_under_its_name_with_its_text(
    tmp_path: Path, table: str, rule: str, change: Text
) -> None:
    row = REQUIRED[table] | MONEY.get(table, {})
    account = clean(tmp_path, table, [row, row | change], limits=LIMITS)
    assert (account.rows_in, account.accepted, account.merged, account.quarantined) == (2, 1, 0, {rule: 1})
    (name, text) = next(iter(change.items()))
    wanted = quarantined(tmp_path, table, "rule", name, "file", "line", "record")
    assert wanted == [(rule, text.strip() or None, "0.csv", 3, None)]


def test_every_rule_of_every_table_is_among_those_tried_above() -> None:
    declared = {
        (table, rule.name)
        for table in TABLES
        for rule in rules(table, tuple(TABLES[table].columns), LIMITS)
        if rule.severity == "error"
    }
    assert declared == {(table, rule) for table, rule, _ in BROKEN}
    assert all(rule.sentence for table in EXTRA for rule in EXTRA[table])


def test_an_amount_is_below_a_million_millions(tmp_path: Path) -> None:
    account = clean(tmp_path, "transactions", [REQUIRED["transactions"] | {"amount": "999999999999.9999"}])
    assert (account.accepted, account.quarantined) == (1, {})


WARNED: list[tuple[str, str, Text, str]] = [
    ("transactions", "amount_zero", {"amount": "0"}, "0.0000"),
    ("transactions", "return_positive", {"is_return": "true", "amount": "5"}, "5.0000"),
    ("transactions", "discount_negative", {"discount": "-1", "amount": "1"}, "-1.0000"),
    ("transactions", "margin_above_amount", {"margin": "6", "amount": "5"}, "6.0000"),
    *[(table, "customer_id_decimal", {"customer_id": "12345.0"}, "12345.0") for table in TABLES],
    *[
        (table, "recorded_before", {declared.dated_by: "2020-02-01", "recorded_at": "2020-01-31"}, "2020-01-31 00:00:00")
        for table, declared in TABLES.items()
        if "recorded_at" in declared.columns
    ],
    ("engagements", "review_out_of_range", {"kind": "review", "value": "11"}, "11.0000"),
    ("attributes", "consent_unclear", {"name": "consent_email", "value": "perhaps"}, "perhaps"),
    ("subscriptions", "price_negative", {"price": "-1"}, "-1.0000"),
    ("contacts", "cost_impossible", {"cost": "-1"}, "-1.0000"),
    ("contacts", "cost_unreadable", {"cost": "n/a yet"}, "n/a yet"),
]


@pytest.mark.parametrize(
    ("table", "rule", "change", "example"), WARNED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_row_that_breaks_a_warning_is_kept_and_counted(
    tmp_path: Path, table: str, rule: str, change: Text, example: str
) -> None:
    account = clean(tmp_path, table, [REQUIRED[table] | change])
    assert (account.accepted, account.quarantined) == (1, {})
    assert {name: (warned.rows, warned.example) for name, warned in account.warnings.items()} == {rule: (1, example)}


def test_a_contact_whose_cost_cannot_be_read_is_one_whose_cost_is_not_known(tmp_path: Path) -> None:
    rows = [REQUIRED["contacts"] | {"customer_id": name, "cost": cost} for name, cost in [("A", "free"), ("B", "0.5"), ("C", "")]]
    account = clean(tmp_path, "contacts", rows)
    assert accepted(tmp_path, "contacts", "customer_id", "CAST(cost AS DOUBLE)") == [("A", None), ("B", 0.5), ("C", None)]
    assert {name: warned.rows for name, warned in account.warnings.items()} == {"cost_unreadable": 1}


def test_every_warning_of_every_table_is_among_those_tried_above() -> None:
    declared = {
        (table, rule.name)
        for table in TABLES
        for rule in rules(table, tuple(TABLES[table].columns), LIMITS)
        if rule.severity == "warning"
    }
    assert declared == {(table, rule) for table, rule, _, _ in WARNED}


def test_an_amount_beyond_the_far_fence_is_kept_and_warned_of(tmp_path: Path) -> None:
    # log10 of 10 and 100 are the quartiles: the fence is 100 · (100 / 10)³ = 100,000
    amounts = ["10"] * 30 + ["100"] * 30 + ["90000", "150000", "-200000"]
    rows = [REQUIRED["transactions"] | {"line_id": str(line), "amount": amount} for line, amount in enumerate(amounts)]
    account = clean(tmp_path, "transactions", rows)
    assert account.accepted == len(rows)
    assert account.warnings["amount_absurd"].rows == 2


def test_amounts_so_scattered_that_no_amount_lies_beyond_the_fence_are_no_failure(tmp_path: Path) -> None:
    rows = [REQUIRED["transactions"] | {"line_id": amount, "amount": amount} for amount in ("0.0001", "1", "999999999999")]
    account = clean(tmp_path, "transactions", rows)
    assert (account.accepted, account.warnings) == (3, {})


def test_an_example_of_ten_thousand_letters_is_told_in_part(tmp_path: Path) -> None:
    row = REQUIRED["attributes"] | {"name": "consent_email", "value": "x" * 10_000}
    assert clean(tmp_path, "attributes", [row]).warnings["consent_unclear"].example == "x" * 59 + "…"
    with pytest.raises(DataUnfitError, match=r"e\.g\. 'x{59}…'; correct source\.tables\.transactions\.columns\.ordered_at$"):
        clean(tmp_path, "transactions", [REQUIRED["transactions"] | {"ordered_at": "x" * 10_000}])


def test_prices_that_are_nearly_all_one_price_make_no_other_price_absurd(tmp_path: Path) -> None:
    rows = [REQUIRED["transactions"] | {"line_id": str(line), "amount": "9.99"} for line in range(50)]
    account = clean(tmp_path, "transactions", [*rows, REQUIRED["transactions"] | {"amount": "14.99", "line_id": "x"}])
    assert account.warnings == {}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("engagements", {"kind": "nps_response", "value": "0"}),
        ("engagements", {"kind": "nps_response", "value": "10"}),
        ("engagements", {"kind": "nps_response", "value": ""}),
        ("subscriptions", {"started_at": "2020-02-01", "expires_at": "2020-02-01"}),
        ("contacts", {"assignment_probability": "0"}),
        ("contacts", {"assignment_probability": "1"}),
        ("attributes", {"value": ""}),
        ("transactions", {"amount": ""}),
    ],
)
def test_the_edge_of_a_rule_is_accepted(tmp_path: Path, table: str, change: Text) -> None:
    account = clean(tmp_path, table, [REQUIRED[table] | change])
    assert (account.accepted, account.quarantined) == (1, {})


def test_a_row_that_breaks_several_rules_is_counted_once_under_the_first() -> None:
    names = [rule.name for rule in rules("engagements", ("customer_id", "occurred_at", "kind", "value"), Limits())]
    assert names == [
        "customer_id_missing",
        "occurred_at_missing",
        "kind_missing",
        "occurred_at_unreadable",
        "value_unreadable",
        "customer_id_control",
        "customer_id_rounded",
        "customer_id_decimal",
        "occurred_at_too_early",
        "kind_unknown",
        "nps_out_of_range",
        "value_negative",
        "review_out_of_range",
    ]


def test_a_literal_account(tmp_path: Path) -> None:
    row = {"customer_id": "007", "order_id": "A", "ordered_at": "2020-01-02 03:04:05", "amount": "1.50"}
    rows = [row, row, row | {"amount": "1.5"}, row | {"amount": "-2"}, row | {"customer_id": ""}, row | {"ordered_at": "soon"}]
    account = clean(tmp_path, "transactions", rows)
    fates = {
        "rows_in": 6,
        "accepted": 2,
        "merged": 2,
        "left_out": 0,
        "forgotten": 0,
        "quarantined": {"customer_id_missing": 1, "ordered_at_unreadable": 1},
    }
    span = {"first": "2020-01-02 03:04:05", "last": "2020-01-02 03:04:05"}
    assert account.as_dict() == fates | {"files": {"0.csv": fates}, "warnings": {}} | span
    assert accepted(tmp_path, "transactions", "customer_id", "line_id", "ordered_at", "amount", "is_return") == [
        ("007", "1", datetime(2020, 1, 2, 3, 4, 5), Decimal("-2.0000"), True),
        ("007", "2", datetime(2020, 1, 2, 3, 4, 5), Decimal("1.5000"), False),
    ]
    assert quarantined(tmp_path, "transactions", "rule", "customer_id", "ordered_at", "amount") == [
        ("customer_id_missing", None, "2020-01-02 03:04:05", "1.50"),
        ("ordered_at_unreadable", "007", "soon", "1.50"),
    ]


def test_rows_equal_but_for_a_line_number_of_the_source_are_two_rows(tmp_path: Path) -> None:
    row = REQUIRED["transactions"]
    account = clean(tmp_path, "transactions", [row | {"line_id": "1"}, row | {"line_id": "2"}, row | {"line_id": "2"}])
    assert (account.accepted, account.merged) == (2, 1)
    assert accepted(tmp_path, "transactions", "line_id") == [("1",), ("2",)]


def test_what_a_source_does_not_say_is_filled_in(tmp_path: Path) -> None:
    clean(tmp_path, "contacts", [REQUIRED["contacts"]])
    assert accepted(tmp_path, "contacts", "contact_id", "arm") == [("1", "contact")]
    clean(tmp_path, "transactions", [REQUIRED["transactions"] | {"amount": "-1", "is_return": ""}])
    assert accepted(tmp_path, "transactions", "is_return") == [(True,)]


def test_only_files_that_number_their_events_keep_their_numbers(tmp_path: Path) -> None:
    event = REQUIRED["engagements"]
    clean(tmp_path, "engagements", [event | {"engagement_id": "x1"}], [event | {"customer_id": "8"}])
    assert accepted(tmp_path, "engagements", "customer_id", "engagement_id") == [("7", "x1"), ("8", "#1")]


IDENTITY = {name: name for name in REQUIRED["transactions"]}


@pytest.mark.parametrize("text", ["customer_id,order_id,ordered_at\n", "customer_id,order_id,ordered_at"])
def test_a_file_with_only_a_header_has_no_rows(tmp_path: Path, text: str) -> None:
    (tmp_path / "0.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"transactions: no rows; check source\.tables\.transactions\.path"):
        clean_mappings(tmp_path, "transactions", [{"path": "0.csv", "columns": IDENTITY}])


def test_a_table_of_which_no_row_is_usable_names_the_rule_most_break(tmp_path: Path) -> None:
    rows = [REQUIRED["transactions"] | {"ordered_at": f"{day}.1.2020"} for day in range(1, 4)]
    with pytest.raises(DataUnfitError, match="transactions: none of 4 rows is usable; 3 break ordered_at_unreadable"):
        clean(tmp_path, "transactions", [*rows, REQUIRED["transactions"] | {"customer_id": ""}])


RAGGED = "customer_id,order_id,ordered_at\n" + "7,A,2020-01-01\n" * 30_000


def test_a_line_that_does_not_fit_the_header_is_quarantined_whole(tmp_path: Path) -> None:
    broken = '7,A,2020-01-02,one too many\n8,B\n9,C,soon\n9,"cut off\n'
    (tmp_path / "0.csv").write_text(RAGGED + broken, encoding="utf-8")
    account = clean_mappings(tmp_path, "transactions", [{"path": "0.csv", "columns": IDENTITY}])
    assert (account.rows_in, account.accepted, account.merged) == (30_004, 1, 29_999)
    assert account.quarantined == {"line_broken": 3, "ordered_at_unreadable": 1}
    assert quarantined(tmp_path, "transactions", "rule", "line", "customer_id", "record") == [
        ("line_broken", 30_002, None, "7,A,2020-01-02,one too many"),
        ("line_broken", 30_003, None, "8,B"),
        ("line_broken", 30_005, None, '9,"cut off'),
        ("ordered_at_unreadable", 30_004, "9", None),
    ]


def test_the_line_is_right_behind_a_lookup_that_is_larger_than_the_file(tmp_path: Path) -> None:
    rows = [{"customer_id": str(n), "order_id": str(n), "sku": str(n), "ordered_at": "2020-01-01"} for n in range(1_000)]
    write_csv(tmp_path / "0.csv", [*rows[:7], rows[7] | {"ordered_at": "soon"}, *rows[8:]])
    write_csv(tmp_path / "skus.csv", [{"sku": str(n), "kind": f"kind {n % 7}"} for n in range(60_000)])
    mapping = {
        "path": "0.csv",
        "columns": IDENTITY | {"category": "skus.kind"},
        "lookups": {"skus": {"path": "skus.csv", "key": ["sku"]}},
    }
    account = clean_mappings(tmp_path, "transactions", [mapping])
    assert (account.accepted, quarantined(tmp_path, "transactions", "order_id", "line")) == (999, [("7", 9)])


def test_numbers_that_are_made_up_differ_from_those_that_were_given(tmp_path: Path) -> None:
    row = REQUIRED["transactions"]
    rows = [row | {"line_id": line, "amount": str(amount)} for amount, line in enumerate(("1", "", "2", "", "#1"), 1)]
    clean(tmp_path, "transactions", rows)
    found = [(line, int(amount)) for line, amount in accepted(tmp_path, "transactions", "line_id", "amount")]
    assert sorted(found) == [("##1", 2), ("##2", 4), ("#1", 5), ("1", 1), ("2", 3)]


def test_lines_that_cannot_be_cut_name_nobody_once_names_are_kept_out(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text("customer_id,order_id,ordered_at\n7,A,2020-01-01\nann,cut\n", encoding="utf-8")
    mapping = {"path": "0.csv", "columns": IDENTITY}
    for identity in (Identity(pseudonym=lambda text: f"upper({text})"), Identity(forgotten=lambda text: "false")):
        clean_mappings(tmp_path, "transactions", [mapping], identity=identity)
        assert quarantined(tmp_path, "transactions", "rule", "line", "record") == [("line_broken", 3, None)]


def test_many_broken_lines_push_the_rows_behind_them_down(tmp_path: Path) -> None:
    lines = ["customer_id,order_id,ordered_at"]
    for number in range(20_000):
        lines.append("cut,off" if number % 2 else f"7,A{number},soon" if number % 5 == 0 else f"7,A{number},2020-01-01")
    (tmp_path / "0.csv").write_text("\n".join(lines), encoding="utf-8")
    account = clean_mappings(tmp_path, "transactions", [{"path": "0.csv", "columns": IDENTITY}])
    assert (account.rows_in, account.quarantined) == (20_000, {"line_broken": 10_000, "ordered_at_unreadable": 2_000})
    placed = quarantined(tmp_path, "transactions", "order_id", "line")
    assert {(order, line) for order, line in placed if order} == {(f"A{n}", n + 2) for n in range(0, 20_000, 10)}


def test_a_quote_that_swallows_the_lines_after_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text(RAGGED + '7,A,"2020-01-01\n8,B,2020-01-01\n', encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"0\.csv: a quote that opens near line 30002 does not close there"):
        clean_mappings(tmp_path, "transactions", [{"path": "0.csv", "columns": IDENTITY}])


def test_an_expression_that_fails_on_a_row_is_refused_with_that_value(tmp_path: Path) -> None:
    write_csv(tmp_path / "0.csv", [REQUIRED["transactions"], REQUIRED["transactions"] | {"ordered_at": "no date"}])
    columns = IDENTITY | {"ordered_at": "strptime(ordered_at, '%Y-%m-%d')"}
    with pytest.raises(DataUnfitError, match=r"transactions: .*0\.csv: .*no date"):
        clean_mappings(tmp_path, "transactions", [{"path": "0.csv", "columns": columns}])


def test_rows_that_where_leaves_out_are_counted_and_their_expressions_never_tried(tmp_path: Path) -> None:
    write_csv(tmp_path / "0.csv", [REQUIRED["transactions"], REQUIRED["transactions"] | {"ordered_at": "no date"}])
    columns = IDENTITY | {"ordered_at": "strptime(ordered_at, '%Y-%m-%d')"}
    mapping = {"path": "0.csv", "columns": columns, "where": "ordered_at <> 'no date'"}
    account = clean_mappings(tmp_path, "transactions", [mapping])
    assert (account.rows_in, account.accepted, account.left_out, account.quarantined) == (2, 1, 1, {})


def test_rows_of_one_key_that_differ_are_all_quarantined(tmp_path: Path) -> None:
    row = REQUIRED["transactions"] | {"line_id": "1", "amount": "5"}
    rows = [row, row | {"amount": "6"}, row | {"amount": "6.00"}, row | {"line_id": "2"}]
    account = clean(tmp_path, "transactions", rows)
    assert (account.accepted, account.merged, account.quarantined) == (1, 1, {"key_conflict": 2})
    assert quarantined(tmp_path, "transactions", "rule", "line", "amount") == [
        ("key_conflict", 2, "5.0000"),
        ("key_conflict", 3, "6.0000"),
    ]


def test_a_row_exported_again_is_one_row_known_since_the_first_time(tmp_path: Path) -> None:
    row = REQUIRED["transactions"] | {"line_id": "1", "recorded_at": "2020-01-05"}
    account = clean(tmp_path, "transactions", [row, row | {"recorded_at": "2020-01-03"}, row | {"recorded_at": "2020-01-09"}])
    assert (account.accepted, account.merged) == (1, 2)
    assert accepted(tmp_path, "transactions", "recorded_at") == [(datetime(2020, 1, 3),)]


def test_an_undated_fact_that_is_told_in_two_ways_is_quarantined(tmp_path: Path) -> None:
    fact = {"customer_id": "7", "name": "country", "value": "IT", "valid_from": ""}
    account = clean(tmp_path, "attributes", [fact, fact | {"value": "FR"}, fact | {"name": "tier"}])
    assert (account.accepted, account.quarantined) == (1, {"key_conflict": 2})


def test_no_refusal_is_lost_to_a_rule(tmp_path: Path) -> None:
    word = {"customer_id": "7", "name": "consent_email", "value": "yes", "valid_from": "2020-01-01"}
    rows = [word, word | {"value": "no"}, word | {"value": "no", "valid_from": "31.12.2020"}]
    account = clean(tmp_path, "attributes", rows)
    assert (account.accepted, account.quarantined) == (3, {})
    assert accepted(tmp_path, "attributes", "value", "valid_from") == [
        ("no", datetime(2020, 1, 1)),
        ("yes", datetime(2020, 1, 1)),
        ("no", None),
    ]


def test_lines_of_consents_that_cannot_be_read_are_no_permission(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text("customer_id,word\n7,no\n8,no,;\n", encoding="utf-8")
    mapping = {"path": "0.csv", "columns": {"customer_id": "customer_id"}, "unpivot": {"consent_email": "word"}}
    with pytest.raises(DataUnfitError, match=r"0\.csv: line 3 does not fit its header \(1 in all\), and the file holds consents"):
        clean_mappings(tmp_path, "attributes", [mapping])


def test_broken_lines_of_a_file_without_consents_are_quarantined_beside_one_with_them(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text("customer_id,tier\n7,gold\n8,blue,;\n", encoding="utf-8")
    (tmp_path / "1.csv").write_text("customer_id,word\n7,no\n", encoding="utf-8")
    mappings = [
        {"path": f"{number}.csv", "columns": {"customer_id": "customer_id"}, "unpivot": {name: column}}
        for number, (name, column) in enumerate([("tier", "tier"), ("consent_email", "word")])
    ]
    for order in (mappings, mappings[::-1]):
        account = clean_mappings(tmp_path, "attributes", order)
        assert (account.accepted, account.quarantined) == (2, {"line_broken": 1})


def test_under_pseudonyms_a_message_names_nobody(tmp_path: Path) -> None:
    write_csv(tmp_path / "0.csv", [REQUIRED["transactions"] | {"customer_id": "ROSSI-MARIO-77"}])
    mapping = {"path": "0.csv", "columns": IDENTITY | {"customer_id": "CAST(customer_id AS INTEGER)"}}
    with pytest.raises(DataUnfitError, match="Could not convert string '…' to INT32"):
        clean_mappings(tmp_path, "transactions", [mapping], identity=Identity(pseudonym=lambda text: f"upper({text})"))


def test_a_table_without_any_amount_has_no_missing_ones(tmp_path: Path) -> None:
    account = clean(tmp_path, "transactions", [REQUIRED["transactions"] | {"amount": ""}])
    assert (account.accepted, account.quarantined) == (1, {})


def test_money_of_two_currencies_is_never_added_up(tmp_path: Path) -> None:
    row = REQUIRED["transactions"] | {"amount": "5", "line_id": "1", "currency": "EUR"}
    with pytest.raises(DataUnfitError, match=r"transactions: 2 currencies \(EUR 1, USD 1\); convert amounts"):
        clean(tmp_path, "transactions", [row, row | {"line_id": "2", "currency": "USD"}])


def test_a_customer_is_renamed_everywhere_or_dropped(tmp_path: Path) -> None:
    rows = [REQUIRED["transactions"] | {"customer_id": name, "order_id": name} for name in ("ann", "bob")]
    write_csv(tmp_path / "0.csv", [*rows, rows[0] | {"ordered_at": "soon"}])
    identity = Identity(pseudonym=lambda text: f"upper({text})", forgotten=lambda text: f"{text} = 'bob'")
    account = clean_mappings(tmp_path, "transactions", [{"path": "0.csv", "columns": IDENTITY}], identity=identity)
    assert (account.accepted, account.forgotten, account.quarantined) == (1, 1, {"ordered_at_unreadable": 1})
    assert accepted(tmp_path, "transactions", "customer_id") == [("ANN",)]
    assert quarantined(tmp_path, "transactions", "customer_id") == [("ANN",)]


def test_an_account_that_misses_a_row_cannot_be_made() -> None:
    with pytest.raises(AssertionError, match="rows are missing"):
        Fates(rows_in=3, accepted=1, merged=1, left_out=0, forgotten=0, quarantined={})


LINES = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["1", "01", "", "x y"]),
        "order_id": st.sampled_from(["A", "B", ""]),
        "ordered_at": st.sampled_from(["2020-01-01", "2020-01-01 00:00:00", "2020-02-30", "", "2020-01-02"]),
        "amount": st.sampled_from(["1", "1.0", "-1", "", "one"]),
        "is_return": st.sampled_from(["", "true", "no", "maybe"]),
        "product_id": st.sampled_from(["", "tea", " tea"]),
    }
)
WORLDS = st.lists(LINES, min_size=1, max_size=40).map(lambda rows: [*rows, REQUIRED["transactions"]])


@BRIEF
@given(WORLDS)
def test_rows_in_are_accepted_merged_and_quarantined(tmp_path_factory: pytest.TempPathFactory, rows: list[Text]) -> None:
    folder = tmp_path_factory.mktemp("clean")
    account = clean(folder, "transactions", rows)
    assert account.rows_in == len(rows)
    assert account.rows_in == account.accepted + account.merged + sum(account.quarantined.values())
    assert account.accepted == len(set(accepted(folder, "transactions", "order_id", "line_id")))
    assert sum(account.quarantined.values()) == len(quarantined(folder, "transactions", "rule"))
    whole = ", ".join(name for name in TABLES["transactions"].columns if name != "line_id")
    assert account.accepted == len(set(accepted(folder, "transactions", whole)))


@BRIEF
@given(WORLDS, st.randoms(use_true_random=False), st.integers(1, 3))
def test_neither_the_order_of_rows_nor_their_spread_over_files_changes_a_byte(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Text], dice, parts: int
) -> None:
    folder = tmp_path_factory.mktemp("clean")
    shuffled = dice.sample(rows, len(rows))
    split = [shuffled[number::parts] for number in range(parts)]
    columns = tuple(TABLES["transactions"].columns)
    columns = tuple(name for name in columns if name != "line_id")
    first = clean(folder / "whole", "transactions", rows, columns=columns)
    second = clean(folder / "split", "transactions", *[part for part in split if part], columns=columns)
    assert replace(first, files={}) == replace(second, files={})
    assert (folder / "whole/clean/transactions.parquet").read_bytes() == (
        folder / "split/clean/transactions.parquet"
    ).read_bytes()
    rejected = [sorted(quarantined(folder / part, "transactions", "rule", *columns), key=str) for part in ("whole", "split")]
    assert rejected[0] == rejected[1]
