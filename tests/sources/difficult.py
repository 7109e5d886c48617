"""Files that are made to be difficult, each in the way of its format: enormous, deep, wide, contradictory, or a bomb."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

from tests.sources.damage import MEGABYTE, NAMES, Dice, as_csv, as_jsonl, as_parquet, as_xlsx, repacked, rows

BOMB = 50 * MEGABYTE
HUGE = (
    "1e400",
    "-1e400",
    "9" * 400,
    "0." + "0" * 400 + "1",
    "1e-400",
    "nan",
    "inf",
    "-0",
    "0x10",
    "1_000",
    "٣",
    "99999999999999",
)
TIMES = ("infinity", "-infinity", "epoch", "0000-00-00", "294247-01-10", "2020-01-01 00:00:00+99", "-4713-01-01", "24:00", "1e9")
CELL = ("00001", "A", "2020-01-01", "1.00", "")


def _csv_with_header(header: str, lines: int = 50) -> bytes:
    return "\n".join([header, *[",".join(CELL)] * lines]).encode() + b"\n"


def _wide_csv(dice: Dice) -> bytes:
    names = [*NAMES, *(f"c{number}" for number in range(10_000))]
    line = ",".join([*CELL, *["x"] * 10_000])
    return "\n".join([",".join(names), *[line] * 3]).encode()


def _odd_values(dice: Dice) -> list[tuple[str, ...]]:
    return [(*row[:2], dice.choice([row[2], *TIMES]), dice.choice([row[3], *HUGE]), row[4]) for row in rows(dice)]


def _csv_line(*cells: str) -> bytes:
    return as_csv([(*CELL[:4], "")]) + ",".join(cells).encode() + b"\n" + ",".join(CELL).encode() + b"\n"


CSV: dict[str, Callable[[Dice], bytes]] = {
    "a cell of 10 MB": lambda dice: _csv_line(*CELL[:4], "x" * 10 * MEGABYTE),
    "a quoted cell of 10 MB of lines": lambda dice: _csv_line(*CELL[:4], '"' + "line\n" * (2 * MEGABYTE) + '"'),
    "an identifier of 10 MB": lambda dice: _csv_line("7" * 10 * MEGABYTE, *CELL[1:]),
    "a date of 10 MB": lambda dice: _csv_line(*CELL[:2], "x" * 10 * MEGABYTE, *CELL[3:]),
    "only a date of 10 MB": lambda dice: ",".join(NAMES).encode() + b"\n7,A," + b"x" * 10 * MEGABYTE + b",1,\n",
    "a line of 20 MB": lambda dice: _csv_line(*CELL[:4], "x" * 20 * MEGABYTE),
    "a header of 5 MB": lambda dice: _csv_with_header(",".join(NAMES[:4]) + "," + "n" * 5 * MEGABYTE),
    "10,000 columns": _wide_csv,
    "2,000,000 columns": lambda dice: b"," * 2_000_000 + b"\n" + b"," * 2_000_000,
    "10,000 columns of one name": lambda dice: (",".join(["a"] * 10_000) + "\n" + ",".join(["1"] * 10_000)).encode(),
    "a bomb of one letter": lambda dice: b"a" * BOMB,
    "a bomb of rows": lambda dice: _csv_with_header(",".join(NAMES), BOMB // 40),
    "a bomb of newlines": lambda dice: ",".join(NAMES).encode() + b"\n" * BOMB,
    "a bomb of separators": lambda dice: ",".join(NAMES).encode() + b"\n" + b"," * BOMB,
    "odd values": lambda dice: as_csv(_odd_values(dice)),
    "one column": lambda dice: b"customer_id\n" + b"7\n" * 50,
    "one column and ragged": lambda dice: b"customer_id\n7\n8,9\n\n10\n",
    "a header with an open quote": lambda dice: _csv_with_header('"' + ",".join(NAMES)),
    "a header with an open quote at its end": lambda dice: _csv_with_header(",".join(NAMES) + '"'),
    "a header of many lines": lambda dice: _csv_with_header(",".join(NAMES[:4]) + ',"no' + "\nte" * 1_000 + '"'),
    "a header with control characters": lambda dice: _csv_with_header(
        "\x1b[2J\x07customer_id,order_id,ordered_at,amount,no\x00te"
    ),
    "a header with escapes": lambda dice: _csv_with_header(",".join([*NAMES[:3], "\x1b]0;amount\x07", "\u202enote"])),
    "a header of quotes": lambda dice: _csv_with_header("'customer_id','order_id',\"';DROP\",}amount{,[note]"),
    "a header with our own names": lambda dice: _csv_with_header(
        dice.choice(["_file", "_row", "raw"]) + ",_kept,line,word,verdict"
    ),
    "a header that is repeated": lambda dice: as_csv(rows(dice)).replace(
        b"\n", b"\n" + b",".join(n.encode() for n in NAMES) + b"\n"
    ),
    "ragged": lambda dice: b"\n".join(b",".join([b"x"] * dice.randrange(9)) for _ in range(500)),
    "an open quote": lambda dice: as_csv(rows(dice)) + b'7,A,"2020-01-01,5,\n' + as_csv(rows(dice, 5_000)),
    "other separators": lambda dice: as_csv(rows(dice), dice.choice(["~", ":", "\x01", " ", "ü"])),
}


def _objects(*objects: object) -> bytes:
    return as_jsonl([CELL]) + "\n".join(map(json.dumps, objects)).encode() + b"\n"


def _nested(open: str, close: str, depth: int) -> bytes:
    return as_jsonl([CELL]) + (f'{{"note": {open * depth}1{close * depth}}}\n').encode()


GOOD = dict(zip(NAMES, CELL, strict=True))
JSON: dict[str, Callable[[Dice], bytes]] = {
    "deep lists": lambda dice: _nested("[", "]", dice.choice([100, 1_000, 10_000, 1_000_000])),
    "deep objects": lambda dice: _nested('{"a":', "}", dice.choice([100, 1_000, 10_000, 500_000])),
    "deep and open": lambda dice: b"[" * dice.choice([1_000, 1_000_000]),
    "a cell of 10 MB": lambda dice: _objects(GOOD | {"note": "x" * 10 * MEGABYTE}),
    "an object of 20 MB": lambda dice: _objects(GOOD | {"note": "x" * 20 * MEGABYTE}),
    "an identifier of 10 MB": lambda dice: _objects(GOOD | {"customer_id": "x" * 10 * MEGABYTE}),
    "10,000 keys": lambda dice: _objects(GOOD | {f"k{number}": number for number in range(10_000)}),
    "every row other keys": lambda dice: _objects(*(GOOD | {f"k{number}": number} for number in range(1_000))),
    "huge numbers": lambda dice: "\n".join(f'{{"customer_id": {n}, "amount": {n}}}' for n in HUGE[:5] * 3).encode(),
    "odd values": lambda dice: as_jsonl(_odd_values(dice)),
    "no objects": lambda dice: dice.choice(
        [b"1\n2\n", b'"text"\n', b"null\n", b"[]\n", b"{}\n", b"[1, 2]\n", b"[[{}]]", b"true"]
    ),
    "keys twice": lambda dice: b'{"customer_id": 1, "customer_id": 2, "Customer_ID": 3}\n',
    "odd keys": lambda dice: _objects(GOOD | {"": 1, "_file": 2, '"': 3, "'; DROP": 4, "\x1b[2J": 5, "a\x00b": 6, "_row": 7}),
    "lone surrogates": lambda dice: b'{"customer_id": "\\ud800", "order_id": "\\udfff\\ud800"}\n',
    "NaN": lambda dice: b'{"customer_id": NaN, "amount": Infinity, "note": undefined}\n',
    "every type": lambda dice: _objects(*(dict.fromkeys(NAMES, one) for one in (1, 1.5, "x", None, True, [1], {"a": 1}))),
    "a bomb of rows": lambda dice: as_jsonl([CELL]) * (BOMB // 100),
    "a bomb of blanks": lambda dice: as_jsonl([CELL]) + b" " * BOMB,
    "a bomb of one text": lambda dice: b'{"customer_id": "' + b"x" * BOMB,
}


def _parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({name: [value, value] for name, value in zip(NAMES, CELL, strict=True)} | columns), out)
    return out.getvalue()


def _many_rows(many: int) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({name: pa.repeat(value, many) for name, value in zip(NAMES, CELL, strict=True)}), out)
    return out.getvalue()


def _wide_parquet(dice: Dice) -> bytes:
    return _parquet(**{f"c{number}": pa.array([1, 2], pa.int8()) for number in range(10_000)})


def _twice_named(dice: Dice) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["1"])] * 3, names=["customer_id", "customer_id", "Customer_ID"]), out)
    return out.getvalue()


def _footer_of_another_length(dice: Dice) -> bytes:
    content = as_parquet(rows(dice))
    return content[:-8] + dice.choice([0, 1, 7, 2**31 - 1, 2**32 - 1, len(content)]).to_bytes(4, "little") + b"PAR1"


PARQUET: dict[str, Callable[[Dice], bytes]] = {
    "a cell of 10 MB": lambda dice: _parquet(note=["x" * 10 * MEGABYTE, ""]),
    "an identifier of 10 MB": lambda dice: _parquet(customer_id=["x" * 10 * MEGABYTE, "7"]),
    "10,000 columns": _wide_parquet,
    "no rows": lambda dice: as_parquet([]),
    "columns twice": _twice_named,
    "our own names": lambda dice: _parquet(_file=[1, 2], _row=[1, 2], filename=[1, 2], _kept=[1, 2]),
    "odd names": lambda dice: _parquet(**{"": [1, 2], '"': [1, 2], "\x1b[2J": [1, 2]}),
    "binary": lambda dice: _parquet(customer_id=[b"\xff\x00", b"7"], note=[b"\x80", None]),
    "lists and objects": lambda dice: _parquet(customer_id=[[1], [2]], amount=[{"a": 1}, {"a": None}], note=pa.nulls(2)),
    "other types": lambda dice: _parquet(
        ordered_at=pa.array([2**62, -(2**62)], pa.timestamp("us")), amount=[float("nan"), float("inf")], customer_id=[1e300, -0.0]
    ),
    "a bomb of rows": lambda dice: _many_rows(500_000),
    "a footer of another length": _footer_of_another_length,
    "a footer that is flipped": lambda dice: _flipped_footer(as_parquet(rows(dice)), dice),
}


def _flipped_footer(content: bytes, dice: Dice) -> bytes:
    changed = bytearray(content)
    length = int.from_bytes(content[-8:-4], "little")
    for _ in range(dice.randrange(1, 4)):
        changed[-9 - dice.randrange(length)] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _repacked(change: Callable[[str, bytes], bytes | None]) -> bytes:
    return repacked(as_xlsx([CELL, CELL]), change)


def _archive(dice: Dice) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(zipfile.ZipInfo("orders.csv"), as_csv(rows(dice)))
    return out.getvalue()


def _sheet(pattern: str, text: str) -> Callable[[Dice], bytes]:
    """A workbook in whose sheet what matches is replaced."""

    def change(name: str, part: bytes) -> bytes:
        return re.sub(pattern, lambda _: text, part.decode(), count=1).encode() if "sheet1" in name else part

    return lambda dice: _repacked(change)


def _broken_part(dice: Dice) -> bytes:
    with zipfile.ZipFile(io.BytesIO(as_xlsx([CELL]))) as book:
        chosen = dice.choice(book.namelist())
    how = dice.choice([lambda b: b[: len(b) // 2], lambda b: b"<a>", lambda b: b"", lambda b: b"\xff" + b, lambda b: None])
    return _repacked(lambda name, part: how(part) if name == chosen else part)


def _row(reference: str, cell: str) -> str:
    return f'<row r="{reference}">{cell}</row></sheetData>'


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def _laughing(dice: Dice) -> bytes:
    cell = _row("9", '<c r="A9" t="inlineStr"><is><t>&i;</t></is></c>').encode()
    return _repacked(
        lambda name, part: (LAUGHS + "]>").encode() + part.replace(b"</sheetData>", cell) if "sheet1" in name else part
    )


EXCEL: dict[str, Callable[[Dice], bytes]] = {
    "a broken part": _broken_part,
    "a claim of 1,048,576 rows": _sheet(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"'),
    "a claim that is none": _sheet(r'<dimension ref="[^"]*"', '<dimension ref="many"'),
    "a row far below": _sheet("</sheetData>", _row("1048576", '<c r="XFD1048576"><v>1</v></c>')),
    "a row beyond every sheet": _sheet("</sheetData>", _row("99999999", '<c r="A99999999"><v>1</v></c>')),
    "a row that is none": _sheet("</sheetData>", _row("-7", '<c r="??"><v>1</v></c>')),
    "a text that is not there": _sheet("</sheetData>", _row("9", '<c r="A9" t="s"><v>99999</v></c>')),
    "a number that is none": _sheet("</sheetData>", _row("9", '<c r="A9" t="n"><v>many</v></c>')),
    "a date beyond time": _sheet("</sheetData>", _row("9", '<c r="A9" t="d"><v>99999-99-99</v></c>')),
    "an error and a formula": _sheet("</sheetData>", _row("9", '<c r="A9" t="e"><v>#DIV/0!</v></c><c r="B9"><f>1/0</f></c>')),
    "a cell of 10 MB": _sheet("</sheetData>", _row("9", f'<c r="A9" t="inlineStr"><is><t>{"x" * 10 * MEGABYTE}</t></is></c>')),
    "16,384 columns": _sheet("</row>", "".join('<c t="inlineStr"><is><t>n</t></is></c>' for _ in range(16_379)) + "</row>"),
    "a bomb of blanks": _sheet("</sheetData>", " " * BOMB + "</sheetData>"),
    "a bomb of rows": _sheet("</sheetData>", '<row><c t="n"><v>7</v></c></row>' * 200_000 + "</sheetData>"),
    "a bomb of entities": _laughing,
    "entities that are used": _sheet("</sheetData>", _row("9", '<c r="A9" t="inlineStr"><is><t>&i;</t></is></c>')),
    "no sheet": lambda dice: _repacked(lambda name, part: None if "sheet1" in name else part),
    "an archive of something else": _archive,
}

DIFFICULT = {"csv": CSV, "jsonl": JSON, "json": JSON, "parquet": PARQUET, "xlsx": EXCEL}
