import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine import engine, one_line, quoted, scalar, write_parquet


def test_times_are_utc_wherever_the_machine_stands(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    with engine() as connection:
        assert scalar(connection, "SELECT current_setting('TimeZone')") == "UTC"
        assert scalar(connection, "SELECT CAST(TIMESTAMPTZ '2024-06-01 00:30:00+02' AS VARCHAR)") == "2024-05-31 22:30:00+00"


def test_nothing_is_fetched_from_the_network():
    with engine() as connection:
        assert scalar(connection, "SELECT current_setting('autoinstall_known_extensions')") is False


def test_the_folder_to_spill_to_is_private_and_removed():
    with engine() as connection:
        spill = Path(str(scalar(connection, "SELECT current_setting('temp_directory')")))
        assert spill.is_dir()
        assert spill.stat().st_mode & 0o777 == 0o700
        with engine() as other:
            assert scalar(other, "SELECT current_setting('temp_directory')") != str(spill)
    assert not spill.exists()


def test_the_folder_is_removed_and_the_connection_closed_after_a_failure():
    with pytest.raises(duckdb.CatalogException), engine() as connection:  # noqa: PT012
        spill = Path(str(scalar(connection, "SELECT current_setting('temp_directory')")))
        connection.execute("SELECT * FROM nowhere")
    assert not spill.exists()
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


def test_the_folder_of_a_killed_process_goes_with_the_next_engine_and_that_of_a_living_one_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code = "import sys\nfrom pipeline.engine import engine\nwith engine():\n    print('open', flush=True)\n    sys.stdin.read()"
    words, environment = [sys.executable, "-c", code], {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        (spill,) = tmp_path.iterdir()
        assert f"-{other.pid}-" in spill.name
        (spill / "spilled").write_bytes(b"rows")
        with engine():
            assert (spill / "spilled").exists(), "it lives"
        other.kill()
        other.wait()
    elsewhere = tmp_path / spill.name.replace(platform.node(), f"{platform.node()}x")
    elsewhere.mkdir()
    (tmp_path / "churn-engine-notes").mkdir()
    assert spill.exists()
    with engine():
        assert not spill.exists()
    assert {path.name for path in tmp_path.iterdir()} == {elsewhere.name, "churn-engine-notes"}


def test_a_query_is_written_sorted_and_its_rows_counted(tmp_path):
    path = tmp_path / "new" / "it's.parquet"
    with engine() as connection:
        rows = write_parquet(connection, "SELECT * FROM (VALUES (2, 'b'), (1, 'z'), (2, 'a')) AS v(n, c)", path, "n, c")
        assert rows == 3
        assert connection.execute(f"SELECT * FROM read_parquet({quoted(path)})").fetchall() == [(1, "z"), (2, "a"), (2, "b")]


def test_no_rows_are_a_file_with_columns(tmp_path):
    path = tmp_path / "none.parquet"
    with engine() as connection:
        assert write_parquet(connection, "SELECT 1 AS n WHERE false", path, "n") == 0
        assert connection.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(path)})").fetchall()[0][:2] == ("n", "INTEGER")


def test_the_same_rows_in_another_order_and_with_other_threads_give_the_same_bytes(tmp_path):
    seen = set()
    for number, (threads, order) in enumerate([(1, "n"), (2, "n DESC"), (os.cpu_count() or 1, "hash(n)")]):
        given = f"SELECT n, n % 97 AS c FROM range(300000) AS r(n) ORDER BY {order}"
        path = tmp_path / f"{number}.parquet"
        with engine() as connection:
            connection.execute(f"SET threads = {threads}")
            connection.execute(f"CREATE TABLE given AS {given}")
            write_parquet(connection, "SELECT c, count(*) AS rows, sum(n) AS total FROM given GROUP BY c", path, "c")
        seen.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(seen) == 1


@pytest.fixture(scope="module")
def connection():
    with engine() as opened:
        yield opened


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_a_quoted_text_reads_as_itself(connection, text):
    assert connection.execute(f"SELECT {quoted(text)}").fetchone() == (text,)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "SELECT count(a) FROM read_csv({path}, all_varchar = true, header = true, quote = '\"', escape = '\"')",
            "file = {file} Invalid Input Error: CSV Error on Line: 4001 Expected Number of Columns: 2 Found: 3",
        ),
        (
            "SELECT CAST(x AS INTEGER) FROM (SELECT 'ann@example.com' AS x)",
            "Conversion Error: Could not convert string '[e-mail]' to INT32 when casting from source column x",
        ),
        (
            "SELECT CAST(x AS DATE) FROM (SELECT '+39 333 1234567' AS x)",
            'Conversion Error: invalid date field format: "[digits]", expected format is (YYYY-MM-DD) '
            "when casting from source column x",
        ),
    ],
)
def test_what_the_engine_complains_of_shows_no_row_and_no_contact(tmp_path, query, expected):
    path = tmp_path / "ragged.csv"
    path.write_text("a,b\n" + "1,2\n" * 3999 + "ann@example.com,0171 1234567,Ann\n", encoding="utf-8")
    with engine() as connection, pytest.raises(duckdb.Error) as refused:
        connection.execute(query.format(path=quoted(path))).fetchall()
    assert one_line(refused.value) == expected.format(file=path)


def test_a_query_without_rows_has_no_value():
    with engine() as connection:
        assert scalar(connection, "SELECT 1 WHERE false") is None
        assert scalar(connection, "SELECT 7, 8") == 7
