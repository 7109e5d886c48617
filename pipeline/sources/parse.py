"""Text -> canonical types, as SQL: null where it cannot be read, nothing guessed."""

from __future__ import annotations

import re

from pipeline.contract.tables import TIME
from pipeline.engine import quoted

GROUPED = {".": r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", ",": r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"}
DAY = r"\d{1,4}-\d{1,2}-\d{1,2}"
NAIVE = rf"{DAY}([ T]\d{{1,2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?)?"
USES_ROW = re.compile(r"\b_row\b", re.IGNORECASE)
FIRST, LAST = "TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"  # what Python can tell, and no infinity
DOUBLES = ("DOUBLE", "FLOAT")
EXACT = 2**53  # beyond it a floating-point number is no longer every whole number


def text_of(expression: str, type: str) -> str:
    """SQL: an expression of a DuckDB type as text; blanks are null, whole floating-point numbers have no `.0`."""
    if type in DOUBLES:
        whole = f"({expression}) = trunc({expression}) AND abs({expression}) < {EXACT}"
        return f"CASE WHEN {whole} THEN CAST(CAST(({expression}) AS BIGINT) AS VARCHAR) ELSE CAST(({expression}) AS VARCHAR) END"
    return f"nullif(trim(CAST(({expression}) AS VARCHAR)), '')"


def number(text: str, type: str, decimal: str | None) -> str:
    """SQL: a number from text. A decimal mark that is given also allows the groups of three that go with it: 1.234,56."""
    plain = f"TRY_CAST({text} AS {type})"
    if decimal == ",":
        bare = f"replace(replace({text}, '.', ''), ',', '.')"
        return f"CASE WHEN regexp_full_match({text}, '{GROUPED[',']}') THEN TRY_CAST({bare} AS {type}) END"
    if decimal == ".":
        bare = f"replace({text}, ',', '')"
        return f"coalesce({plain}, CASE WHEN regexp_full_match({text}, '{GROUPED['.']}') THEN TRY_CAST({bare} AS {type}) END)"
    return plain


def time(text: str, time_format: str | None, zone: str) -> str:
    """SQL: a UTC timestamp from text. An offset in the text counts; a time without one is of `zone`; a mere day is that day.

    A day stays a day in every zone: moved to the evening before, it would be known before it happened.
    """
    if time_format and "%z" not in time_format.lower():
        read = f"try_strptime({text}, {quoted(time_format)})"
        of_day = _has_time(time_format)
        return _sane(_shifted(read, zone) if of_day else read)
    if time_format:
        return _sane(f"CAST(try_strptime({text}, {quoted(time_format)}) AS TIMESTAMP)")
    # a plain cast to TIMESTAMP would drop an offset, or AM and PM, without a word
    with_offset = f"TRY_CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS TIMESTAMP)"
    if zone == "UTC":
        return _sane(with_offset)
    naive = f"TRY_CAST({text} AS TIMESTAMP)"
    return _sane(
        f"CASE WHEN regexp_full_match({text}, '{DAY}') THEN {naive} WHEN regexp_full_match({text}, '{NAIVE}') "
        f"THEN {_shifted(naive, zone)} ELSE {with_offset} END"
    )


def _has_time(time_format: str) -> bool:
    return any(f"%{letter}" in time_format for letter in "HIcXTRs")


def _shifted(naive: str, zone: str) -> str:
    return naive if zone == "UTC" else f"CAST(timezone({quoted(zone)}, {naive}) AS TIMESTAMP)"


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
