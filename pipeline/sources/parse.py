"""Text -> canonical types, as SQL: null where it cannot be read, nothing guessed."""

from __future__ import annotations

import re

from pipeline.contract.tables import TIME
from pipeline.engine import quoted

GROUPED = {".": r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", ",": r"[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?"}
OFFSET = r":\d{2}(\.\d+)?\s*([zZ]|UTC|GMT|[+-]\d{1,2}(:?\d{2})?)$"  # behind a time of day
USES_ROW, USES_FILE = re.compile(r"\b_row\b", re.IGNORECASE), re.compile(r"\b_file\b", re.IGNORECASE)
FIRST, LAST = "TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"  # what Python can tell, and no infinity
DOUBLES = ("DOUBLE", "FLOAT")
EXACT = 2**53  # beyond it a floating-point number is no longer every whole number


def text_of(expression: str, type: str) -> str:
    """SQL: an expression of a DuckDB type as text; blanks are null, whole floating-point numbers have no `.0`."""
    if type in DOUBLES:
        finite = f"CASE WHEN NOT isnan({expression}) THEN CAST(({expression}) AS VARCHAR) END"  # pandas writes NaN for nothing
        whole = f"({expression}) = trunc({expression}) AND abs({expression}) < {EXACT}"
        return f"CASE WHEN {whole} THEN CAST(CAST(({expression}) AS BIGINT) AS VARCHAR) ELSE {finite} END"
    return f"nullif(trim(CAST(({expression}) AS VARCHAR)), '')"


def number(text: str, type: str, decimal: str | None) -> str:
    """SQL: a number from text. A decimal mark that is given also allows the groups of three that go with it: 1.234,56."""
    plain = f"CASE WHEN NOT contains({text}, '_') THEN TRY_CAST({text} AS {type}) END"  # the engine takes 1_000 for 1000
    if decimal == ",":
        bare = f"replace(replace({text}, '.', ''), ',', '.')"
        return f"CASE WHEN regexp_full_match({text}, '{GROUPED[',']}') THEN TRY_CAST({bare} AS {type}) END"
    if decimal == ".":
        bare = f"replace({text}, ',', '')"
        return f"coalesce({plain}, CASE WHEN regexp_full_match({text}, '{GROUPED['.']}') THEN TRY_CAST({bare} AS {type}) END)"
    return plain


def time(text: str, time_format: str | None, zone: str) -> str:
    """SQL: a UTC timestamp from text. An offset in the text counts; a time without one is of `zone`; midnight is that day.

    A day stays a day in every zone, however it is written (2024-01-31 or 2024-01-31 00:00:00): moved to the evening before, it
    would be known before it happened.
    """
    if time_format:
        read = f"CAST(try_strptime({text}, {quoted(time_format)}) AS TIMESTAMP)"
        return _sane(read if "%z" in time_format.lower() else _shifted(read, zone))
    # a plain cast to TIMESTAMP would drop an offset, or AM and PM, without a word; the engine's own zone is UTC
    read = f"TRY_CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS TIMESTAMP)"
    if zone == "UTC":
        return _sane(read)
    return _sane(f"CASE WHEN regexp_matches({text}, '{OFFSET}') THEN {read} ELSE {_shifted(read, zone)} END")


def _shifted(naive: str, zone: str) -> str:
    if zone == "UTC":
        return naive
    there = f"CAST(timezone({quoted(zone)}, {naive}) AS TIMESTAMP)"
    return f"CASE WHEN CAST({naive} AS TIME) = TIME '00:00:00' THEN {naive} ELSE {there} END"


def _sane(time: str) -> str:
    return f"CASE WHEN {time} BETWEEN {FIRST} AND {LAST} THEN {time} END"


def typed(text: str, type: str, *, is_text: bool, decimal: str | None, time_format: str | None, zone: str) -> str:
    """SQL: text as a canonical type. `decimal` and `time_format` speak of what was text already, not of typed expressions."""
    if type == "VARCHAR":
        return text
    if type == TIME:
        return time(text, time_format if is_text else None, zone)
    if type.startswith(("DECIMAL", "DOUBLE")):
        return number(text, type, decimal if is_text else None)
    return f"TRY_CAST({text} AS {type})"
