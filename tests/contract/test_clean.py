"""The contract: every row is accepted, merged or quarantined under a rule's name; the same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Mapping
from pipeline.contract.clean import Account, clean_table
from pipeline.contract.rules import EXTRA, rules
from pipeline.contract.tables import TABLES
from pipeline.engine import engine
from pipeline.errors import DataUnfitError
from pipeline.sources.files import read_mapping
from tests.random_rows import BRIEF

Text = dict[str, str]

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


def clean(folder: Path, table: str, *files: Sequence[Text], columns: tuple[str, ...] = ()) -> Account:
    """Clean one mapping per file of text rows whose columns are named as the canonical ones; write below folder/clean."""
    folder.mkdir(parents=True, exist_ok=True)
    mapped = columns or tuple(dict.fromkeys(name for rows in files for row in rows for name in row))
    with engine() as connection:
        views = []
        for number, rows in enumerate(files):
            write_csv(folder / f"{number}.csv", [dict.fromkeys(mapped, "") | row for row in rows])
            mapping = Mapping(path=f"{number}.csv", columns={name: name for name in mapped})
            views.append(read_mapping(connection, folder, table, number, mapping))
        return clean_table(connection, table, views, mapped, folder / "clean")


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
        if column.type != "VARCHAR"
    ],
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


@pytest.mark.parametrize(("table", "rule", "change"), BROKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_a_row_that_breaks_a_rule_is_quarantined_under_its_name_with_its_text(
    tmp_path: Path, table: str, rule: str, change: Text
) -> None:
    account = clean(tmp_path, table, [REQUIRED[table], REQUIRED[table] | change])
    assert (account.rows_in, account.accepted, account.merged, account.quarantined) == (2, 1, 0, {rule: 1})
    (name, text) = next(iter(change.items()))
    assert quarantined(tmp_path, table, "rule", name) == [(rule, text.strip() or None)]


def test_every_rule_of_every_table_is_among_those_tried_above() -> None:
    declared = {(table, rule.name) for table in TABLES for rule in rules(table, tuple(TABLES[table].columns))}
    assert declared == {(table, rule) for table, rule, _ in BROKEN}
    assert all(rule.sentence for table in EXTRA for rule in EXTRA[table])


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("engagements", {"kind": "nps_response", "value": "0"}),
        ("engagements", {"kind": "nps_response", "value": "10"}),
        ("engagements", {"kind": "nps_response", "value": ""}),
        ("engagements", {"kind": "review", "value": "11"}),
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
    names = [rule.name for rule in rules("engagements", ("customer_id", "occurred_at", "kind", "value"))]
    assert names == [
        "customer_id_missing",
        "occurred_at_missing",
        "kind_missing",
        "occurred_at_unreadable",
        "value_unreadable",
        "kind_unknown",
        "nps_out_of_range",
    ]


def test_a_literal_account(tmp_path: Path) -> None:
    row = {"customer_id": "007", "order_id": "A", "ordered_at": "2020-01-02 03:04:05", "amount": "1.50"}
    rows = [row, row, row | {"amount": "1.5"}, row | {"amount": "-2"}, row | {"customer_id": ""}, row | {"ordered_at": "soon"}]
    account = clean(tmp_path, "transactions", rows)
    assert account.as_dict() == {
        "rows_in": 6,
        "accepted": 2,
        "merged": 2,
        "quarantined": {"customer_id_missing": 1, "ordered_at_unreadable": 1},
        "first": "2020-01-02 03:04:05",
        "last": "2020-01-02 03:04:05",
    }
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
    assert accepted(tmp_path, "engagements", "customer_id", "engagement_id") == [("7", "x1"), ("8", "1")]


@pytest.mark.parametrize("text", ["customer_id,order_id,ordered_at\n", "customer_id,order_id,ordered_at"])
def test_a_file_with_only_a_header_has_no_rows(tmp_path: Path, text: str) -> None:
    (tmp_path / "0.csv").write_text(text, encoding="utf-8")
    mapping = Mapping(path="0.csv", columns={name: name for name in REQUIRED["transactions"]})
    with engine() as connection:
        view = read_mapping(connection, tmp_path, "transactions", 0, mapping)
        with pytest.raises(DataUnfitError, match=r"transactions: no rows; check source\.tables\.transactions\.path and \.where"):
            clean_table(connection, "transactions", [view], mapping.mapped, tmp_path / "clean")


def test_a_table_of_which_no_row_is_usable_names_the_rule_most_break(tmp_path: Path) -> None:
    rows = [REQUIRED["transactions"] | {"ordered_at": f"{day}.1.2020"} for day in range(1, 4)]
    with pytest.raises(DataUnfitError, match="transactions: none of 4 rows is usable; 3 break ordered_at_unreadable"):
        clean(tmp_path, "transactions", [*rows, REQUIRED["transactions"] | {"customer_id": ""}])


RAGGED = "customer_id,order_id,ordered_at\n" + "7,A,2020-01-01\n" * 30_000 + "7,A,2020-01-01,one too many\n"


def test_a_file_that_breaks_off_in_the_middle_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "0.csv").write_text(RAGGED, encoding="utf-8")
    mapping = Mapping(path="0.csv", columns={name: name for name in REQUIRED["transactions"]})
    with engine() as connection:
        view = read_mapping(connection, tmp_path, "transactions", 0, mapping)
        with pytest.raises(DataUnfitError, match=r"transactions: .*0\.csv") as refused:
            clean_table(connection, "transactions", [view], mapping.mapped, tmp_path / "clean")
    assert "\n" not in str(refused.value)


def test_an_expression_that_fails_on_a_row_is_refused_with_that_value(tmp_path: Path) -> None:
    write_csv(tmp_path / "0.csv", [REQUIRED["transactions"], REQUIRED["transactions"] | {"ordered_at": "no date"}])
    columns = {name: name for name in REQUIRED["transactions"]} | {"ordered_at": "strptime(ordered_at, '%Y-%m-%d')"}
    mapping = Mapping(path="0.csv", columns=columns)
    with engine() as connection:
        view = read_mapping(connection, tmp_path, "transactions", 0, mapping)
        with pytest.raises(DataUnfitError, match=r"transactions: .*no date"):
            clean_table(connection, "transactions", [view], mapping.mapped, tmp_path / "clean")


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
    assert first == second
    for name in ("clean/transactions.parquet", "clean/quarantine/transactions.parquet"):
        assert (folder / "whole" / name).read_bytes() == (folder / "split" / name).read_bytes()
