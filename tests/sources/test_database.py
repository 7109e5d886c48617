"""A query becomes a Parquet file of text that loses nothing; what goes wrong is one line, without the password."""

from __future__ import annotations

import logging
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ConfigError, PipelineError, ServiceError
from pipeline.sources.address import address_of
from pipeline.sources.cell import as_text
from pipeline.sources.database import spool
from tests.sources.postgres import PASSWORD, Server

ROOT = Path(__file__).parents[2]
WHERE = "source.tables.transactions"
ENCODED = "x7-Quetzal%2540%2F%C3%BC"


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A small SQLite database and its URL."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, customer TEXT, paid REAL, day TEXT, note BLOB)")
        rows = [(9007199254740993, "00123", 10.5, "2024-01-02", b"\x00\xff"), (2, "ünal", 7.0, None, None)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    return f"sqlite:///{tmp_path / 'shop.db'}"


def rows(database: str, query: str, folder: Path) -> list[dict]:
    spool(database, query, folder / "rows.parquet", WHERE)
    assert [path.name for path in folder.iterdir() if path.suffix in {".partial", ".parquet"}] == ["rows.parquet"]
    table = pq.read_table(folder / "rows.parquet")
    assert set(table.schema.types) == {pa.string()}
    return table.to_pylist()


def refusal(kind: type[PipelineError], database: str, query: str, folder: Path) -> str:
    """The one line of a failure that leaves nothing behind and, wherever one looks, does not tell the password."""
    before = set(folder.iterdir())
    with pytest.raises(kind) as caught:
        spool(database, query, folder / "rows.parquet", WHERE)
    assert set(folder.iterdir()) == before
    assert len(str(caught.value).splitlines()) == 1
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not re.search("Quetzal|S3cret", told)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("007 ", "007 "),
        (True, "true"),
        (False, "false"),
        (2**63 + 1, "9223372036854775809"),
        (Decimal("1E-10"), "0.0000000001"),
        (Decimal("1E+20"), "100000000000000000000"),
        (Decimal("10.500"), "10.500"),
        (7.0, "7"),
        (-7.5, "-7.5"),
        (2.0**53, "9007199254740992.0"),
        (float("nan"), "nan"),
        (datetime(2024, 1, 2, 3, 4, 5), "2024-01-02 03:04:05"),
        (datetime(2024, 1, 2, 3, 4, 5, 60, UTC), "2024-01-02 03:04:05.000060+00:00"),
        (datetime(2024, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=5, minutes=30))), "2024-01-02 03:04:00+05:30"),
        (date(2024, 1, 2), "2024-01-02"),
        (b"\x00\xff", "00ff"),
        (memoryview(b"\x01"), "01"),
        ({"ü": [1, Decimal("1.10")]}, '{"ü": [1, "1.10"]}'),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_a_value_becomes_text_that_loses_nothing(value: object, text: str | None) -> None:
    assert as_text(value) == text


def test_rows_of_sqlite_are_text(shop: str, tmp_path: Path) -> None:
    assert rows(shop, "SELECT * FROM orders ORDER BY id DESC", tmp_path) == [
        {"id": "9007199254740993", "customer": "00123", "paid": "10.5", "day": "2024-01-02", "note": "00ff"},
        {"id": "2", "customer": "ünal", "paid": "7", "day": None, "note": None},
    ]


def test_the_url_may_be_in_an_environment_variable(shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", shop)
    assert rows("env:SHOP_URL", "SELECT count(*) AS n FROM orders", tmp_path) == [{"n": "2"}]
    monkeypatch.delenv("SHOP_URL")
    assert "source.database: SHOP_URL: no such environment variable; set it" in refusal(
        ConfigError, "env:SHOP_URL", "SELECT 1", tmp_path
    )


def test_no_rows_still_have_columns(shop: str, tmp_path: Path) -> None:
    assert rows(shop, "SELECT id, customer FROM orders WHERE false", tmp_path) == []
    assert pq.read_schema(tmp_path / "rows.parquet").names == ["id", "customer"]


def test_signs_that_mean_something_to_drivers_reach_the_database(shop: str, tmp_path: Path) -> None:
    query = "SELECT id AS \"o.id\" FROM orders WHERE customer LIKE '%123' AND '12:30:x' <> ':id' -- 100 %;"
    assert rows(shop, query, tmp_path) == [{"o.id": "9007199254740993"}]


def test_more_rows_than_a_batch_keep_their_order(shop: str, tmp_path: Path) -> None:
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120001) SELECT i FROM n"
    assert [row["i"] for row in rows(shop, query, tmp_path)] == [str(i) for i in range(1, 120002)]


@pytest.mark.parametrize("query", ["SELECT id, id FROM orders", "SELECT id, customer AS ID FROM orders"])
def test_two_columns_of_one_name_are_refused(shop: str, tmp_path: Path, query: str) -> None:
    assert "two columns are called 'id'" in refusal(ConfigError, shop, query, tmp_path).lower()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM order_lines", r"transactions\.query: no such table: order_lines; correct the query"),
        ("SELEC 1", r'transactions\.query: near "SELEC": syntax error; correct the query'),
        ("DROP TABLE orders", r"transactions\.query: attempt to write a readonly database"),
        ("DELETE FROM orders RETURNING id", r"transactions\.query: attempt to write a readonly database"),
        ("PRAGMA user_version = 1", r"transactions\.query: (attempt to write|it gives no columns)"),
    ],
)
def test_a_wrong_or_writing_query_is_the_users_mistake(shop: str, tmp_path: Path, query: str, message: str) -> None:
    assert re.search(message, refusal(ConfigError, shop, query, tmp_path))
    assert rows(shop, "SELECT count(*) AS n FROM orders", tmp_path) == [{"n": "2"}]


def test_a_missing_sqlite_file_is_named_and_not_made(tmp_path: Path) -> None:
    assert "shop.db; correct the URL" in refusal(ServiceError, f"sqlite:///{tmp_path / 'shop.db'}", "SELECT 1", tmp_path)


def test_a_file_that_is_no_database_is_a_failed_service(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_text("customer;order\n" * 100, encoding="utf-8")
    assert "file is not a database" in refusal(
        ServiceError, f"sqlite:///{tmp_path / 'shop.db'}", "SELECT * FROM orders", tmp_path
    )


@pytest.mark.parametrize(
    ("url", "kind", "message"),
    [
        ("not a url S3cret", ConfigError, "not a database URL"),
        ("postgresql://u:S3cret@host:port/db", ConfigError, "not a database URL"),
        ("postgresql://u:a@S3cret@127.0.0.1/db", ConfigError, "write the one in the user or password as %40"),
        ("oracul://u:S3cret@127.0.0.1/db", ConfigError, "SQLAlchemy has no dialect oracul"),
        (
            "mysql+pymysql://u:S3cret@127.0.0.1/db",
            ServiceError,
            "the driver pymysql is not installed; run `pip install 'pymysql'`",
        ),
        ("mysql://u:S3cret@127.0.0.1/db", ServiceError, "run `pip install 'mysqlclient'`"),
        ("postgresql+asyncpg://u:S3cret@127.0.0.1/db", ConfigError, "the driver asyncpg is asynchronous"),
        ("postgresql://u:S3cret@127.0.0.1:1/db", ServiceError, "postgresql://127.0.0.1:1/db cannot be reached: "),
        ("postgres://u:S3cret@127.0.0.1:1/S3cret", ServiceError, "postgresql://127.0.0.1:1/*** cannot be reached: "),
        ("postgresql://127.0.0.1:1/db?password=S3cret&user=u", ServiceError, "cannot be reached: "),
        ("postgresql://u:S3cret@nowhere.invalid/db", ServiceError, "postgresql://nowhere.invalid/db cannot be reached: "),
        ("postgresql://u:S3cret@127.0.0.1:1/db?nonsense=S3cret", ConfigError, "correct the URL"),
        ("sqlite:////tmp/none?nonsense=S3cret", PipelineError, "source.database: "),
    ],
)
def test_a_database_that_cannot_be_asked_is_one_line_without_the_password(
    url: str,
    kind: type[PipelineError],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SHOP_URL", url)
    assert message in refusal(kind, "env:SHOP_URL", "SELECT 1", tmp_path)
    assert "S3cret" not in caplog.text


def test_a_host_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        url = f"postgresql://u:S3cret@127.0.0.1:{deaf.getsockname()[1]}/db?connect_timeout=2"
        assert "cannot be reached: connection timeout expired" in refusal(ServiceError, url, "SELECT 1", tmp_path)


def test_an_address_does_not_show_its_password() -> None:
    address = address_of("postgresql://u:S3cret%2F@h/db?sslpassword=S3cret2")
    assert "S3cret" not in repr(address).replace("sslpassword=S3cret2", "")
    assert address.told(ValueError("at postgresql://u:S3cret%2F@h/db?sslpassword=S3cret2 or S3cret/")) == (
        "at postgresql://u:***@h/db?sslpassword=*** or ***"
    )


TYPES = """
SELECT 12345678901234567890.0123456789::numeric(30, 10) AS exact, 9007199254740993::bigint AS id, 0.1::real AS small,
    '2024-03-31 01:30:00+02'::timestamptz AS moment, '2024-01-02 03:04:05.06'::timestamp AS local, '2024-01-02'::date AS day,
    'infinity'::timestamptz AS forever, '0044-03-15 BC'::date AS ides, '24:00'::time AS midnight,
    '1 month 2 days'::interval AS term, '007'::text AS code, 'x'::char(3) AS padded,
    NULL::int AS nothing, 'Żółć 🌱'::text AS letters, true AS flag,
    '\\x00ff'::bytea AS bytes, '{"a": 0.12345678901234567890}'::jsonb AS json, ARRAY[1, 2] AS list, 1e-10::numeric AS tiny,
    '11111111-2222-3333-4444-555555555555'::uuid AS uuid, 'NaN'::numeric AS nan
"""


def test_types_of_postgresql_come_out_exactly(postgres: Server, tmp_path: Path) -> None:
    assert rows(postgres.url, TYPES, tmp_path) == [
        {
            "exact": "12345678901234567890.0123456789",
            "id": "9007199254740993",
            "small": "0.1",
            "moment": "2024-03-30 23:30:00+00:00",
            "local": "2024-01-02 03:04:05.060000",
            "day": "2024-01-02",
            "forever": "infinity",
            "ides": "0044-03-15 BC",
            "midnight": "24:00:00",
            "term": "1 mon 2 days",
            "code": "007",
            "padded": "x  ",
            "nothing": None,
            "letters": "Żółć 🌱",
            "flag": "true",
            "bytes": "00ff",
            "json": '{"a": 0.12345678901234567890}',
            "list": "[1, 2]",
            "tiny": "0.0000000001",
            "uuid": "11111111-2222-3333-4444-555555555555",
            "nan": "NaN",
        }
    ]


def test_percent_signs_colons_and_semicolons_reach_postgresql(postgres: Server, tmp_path: Path) -> None:
    assert rows(postgres.url, "SELECT 'a%b'::text AS a, ':x' AS b WHERE 'abc' LIKE 'a%';", tmp_path) == [{"a": "a%b", "b": ":x"}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM order_lines", 'transactions.query: relation "order_lines" does not exist; correct the query'),
        ("SELEC 1", 'transactions.query: syntax error at or near "SELEC"; correct the query'),
        ("", "transactions.query: "),
        ("CREATE TABLE gone (x int)", "transactions.query: "),
        ("SELECT nextval('ids')", "transactions.query: cannot execute nextval() in a read-only transaction"),
        ("SELECT 1 / 0", "transactions.query: division by zero"),
        ("SELECT 'S3cret'::int", "transactions.query: invalid input syntax"),
    ],
)
def test_a_wrong_or_writing_query_to_postgresql_is_the_users_mistake(
    postgres: Server, tmp_path: Path, query: str, message: str
) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE SEQUENCE IF NOT EXISTS ids")
    assert message in refusal(ConfigError, postgres.url.replace("/postgres", "/postgres?sslpassword=S3cret"), query, tmp_path)


def test_a_wrong_password_is_a_failed_service(postgres: Server, tmp_path: Path) -> None:
    for url in (postgres.url.replace("x7-Quetzal", "y8-Quetzal"), postgres.url.replace("/postgres", "/S3cretless")):
        message = refusal(ServiceError, url.replace("S3cretless", "none"), "SELECT 1", tmp_path)
        assert re.search('password authentication failed for user "churn"|database "none" does not exist', message)
        assert message.endswith("; check host, user and password")


def _ends_connections(server: Server, after: Callable[[], bool]) -> None:
    with server.connect() as connection:
        while not after():
            pass
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


def test_a_connection_that_ends_midway_leaves_no_file(postgres: Server, tmp_path: Path) -> None:
    target = tmp_path / "rows.parquet"
    partial = target.with_name(".rows.parquet.partial")
    query = "SELECT i, repeat(md5(i::text), 20) AS story FROM generate_series(1, 3000000) AS i"
    killer = threading.Thread(target=_ends_connections, args=(postgres, partial.exists))
    killer.start()
    try:
        message = refusal(ServiceError, postgres.url, query, tmp_path)
    finally:
        partial.touch()
        killer.join(30)
        partial.unlink(missing_ok=True)
    assert re.fullmatch(
        r"source\.tables\.transactions\.query: postgresql://127\.0\.0\.1:\d+/postgres failed: "
        r"(terminating connection due to administrator command|.*connection.*); run again when it answers",
        message,
    )


PEAK = """
import resource, sys
from pathlib import Path
from pipeline.sources.database import spool
spool(sys.argv[1], sys.argv[2], Path(sys.argv[3]), "source.tables.transactions")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def _peak_mb(server: Server, count: int, target: Path) -> int:
    columns = "i AS id, md5(i::text) AS a, md5((i + 1)::text) AS b, i * 0.01 AS c, now() AS d"
    query = f"SELECT {columns} FROM generate_series(1, {count}) AS i"
    command = [sys.executable, "-c", PEAK, server.url, query, str(target)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    assert pq.read_metadata(target).num_rows == count
    return int(run.stdout)


def test_ten_times_the_rows_need_no_more_memory(postgres: Server, tmp_path: Path) -> None:
    few, many = (_peak_mb(postgres, count, tmp_path / "rows.parquet") for count in (30_000, 300_000))
    assert many < few + 80


def test_the_password_is_the_one_the_messages_are_searched_for() -> None:
    assert address_of(f"postgresql://u:{ENCODED}@h/db").url.password == PASSWORD
