"""Pseudonyms in the engine are those of Python's hmac, and lead back; tombstones can be checked and nothing else."""

import hashlib
import hmac

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract.identity import key_from_environment, pseudonym, pseudonym_sql, read_identities, renamed
from pipeline.contract.tombstones import bury, forgotten_sql, read_tombstones, tombstone
from pipeline.errors import ConfigError, DataUnfitError

KEY = b"a secret of the company"
ENGINE = duckdb.connect()  # one for all texts: to open it takes longer than to ask it


def in_engine(expression: str, value: str | None) -> str | None:
    return ENGINE.execute(f"SELECT {expression} FROM (SELECT CAST($1 AS VARCHAR) AS id)", [value]).fetchone()[0]


def test_the_pseudonym_of_a_literal_id():
    assert pseudonym("what do ya want for nothing?", b"Jefe") == "5bdcc146bf60754e6a042426089575c7"  # RFC 4231, case 2
    assert in_engine(pseudonym_sql("id", b"Jefe"), "what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c7"


@pytest.mark.parametrize("key", [b"k" * 16, KEY, b"x" * 64, b"x" * 65, bytes(range(256))])
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
def test_the_engine_and_python_agree(key, text):
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]
    assert pseudonym(text, key) == expected
    assert in_engine(pseudonym_sql("id", key), text) == expected


def test_no_id_has_no_pseudonym():
    assert in_engine(pseudonym_sql("id", KEY), None) is None


@pytest.mark.parametrize(("value", "words"), [(None, "is not set"), ("", "is not set"), ("fifteen bytes..", "holds 15 bytes")])
def test_a_key_that_is_missing_or_short_is_one_line_without_the_key(monkeypatch, value, words):
    monkeypatch.delenv("SHOP_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SHOP_KEY", value)
    with pytest.raises(ConfigError, match=f"the environment variable SHOP_KEY {words}; set a secret") as refused:
        key_from_environment("SHOP_KEY")
    assert "fifteen" not in str(refused.value)


def test_a_key_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "sixteen bytes é!")
    assert key_from_environment("SHOP_KEY") == "sixteen bytes é!".encode()


def test_names_lead_back_and_an_unknown_one_is_said(tmp_path):
    with pytest.raises(DataUnfitError, match=r"identities\.parquet is missing; run `dvc repro`"):
        read_identities(tmp_path)
    pd.DataFrame({"customer_id": ["p1", "p2"], "identity": ["007", "=x"]}).to_parquet(tmp_path / "identities.parquet")
    identities = read_identities(tmp_path)
    frame = pd.DataFrame({"customer_id": ["p2", "p1"], "orders": [2, 1]})
    assert renamed(frame, identities).to_dict("list") == {"customer_id": ["=x", "007"], "orders": [2, 1]}
    assert renamed(frame, {}) is frame
    with pytest.raises(DataUnfitError, match=r"1 of 2 customers are not in data/identities; run `dvc repro`"):
        renamed(frame, {"p1": "007"})


def test_a_tombstone_holds_no_id_and_is_found_in_the_engine(tmp_path):
    path = tmp_path / "forgotten.csv"
    assert read_tombstones(path) == ("", [])
    path.write_text("salt,tombstone\n", encoding="utf-8")
    assert read_tombstones(path) == ("", [])
    assert bury(["007", "o'hara", "Zoë"], path) == 3
    assert bury(["o'hara", "-17"], path) == 1
    salt, stones = read_tombstones(path)
    assert len(salt) == 32
    assert stones == sorted(stones)
    assert len(stones) == 4
    for name in ("007", "o'hara", "Zoë", "-17"):
        assert in_engine(forgotten_sql("id", salt), name) == tombstone(name, salt) in stones
    assert tombstone("7", salt) not in stones
    assert in_engine(forgotten_sql("id", salt), None) is None
    assert not any(name in path.read_text(encoding="utf-8") for name in ("o'hara", "Zoë"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not hold lines"),
        ("salt,tombstone\nm\udcfcller,0\n", "does not hold lines"),
        ("id\n007\n", "does not hold lines"),
        ("salt,tombstone\nab,cd\n", "does not hold lines"),
        (f"salt,tombstone\na,{'0' * 64}\nb,{'1' * 64}\n", "holds 2 salts"),
    ],
)
def test_a_damaged_file_of_tombstones_forgets_nobody_silently(tmp_path, text, words):
    (tmp_path / "forgotten.csv").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DataUnfitError, match=words):
        read_tombstones(tmp_path / "forgotten.csv")
