"""A hand-over opened in LibreOffice with the import that the docs describe: every id and every number is kept, cell by cell."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from pipeline.campaign.lists import SENT
from pipeline.spreadsheet import Layout, freed, read_cells, write_csv

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
UTF_8, AS_TEXT, ENGLISH_USA, ITALIAN = 76, 2, 1033, 1040
IDS = (
    "00000935", "2024-06-01", "12345678901234567890", "TRUE", "=1+1", "1e5", "-17", "+39 333", "'quoted'", "1/2", "10%", "1,5",
    "1.5", "3-4", "12:30", "a;b", 'say "x"', "two\nlines", "@ann", "è", "two  spaces", "007.0", "NA", "1.234.567", "(5)", "€5",
)  # fmt: skip
NUMBERS = [0.0, -0.25, 1234.5, 0.1, 5.31, 1e-05, 98765432.1]
LAYOUTS = {
    "comma": Layout(),
    "comma, byte order mark": Layout(bom=True),
    "semicolon, decimal comma": Layout(delimiter=";", decimal=","),
    "semicolon, decimal comma, byte order mark": Layout(bom=True, delimiter=";", decimal=","),
}
# Each costs the start of an office; the one that differs from the plain one in everything is tried by default.
TRIED = LAYOUTS if "CHURN_DEEP" in os.environ else dict(list(LAYOUTS.items())[-1:])


@pytest.fixture(scope="module")
def soffice() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if not found:
        pytest.skip("no LibreOffice here: apt-get install libreoffice-calc")
    return found


def customers() -> pd.DataFrame:
    """A row for each id, which is the preferred category too, with numbers and dates beside it."""
    rows = pd.DataFrame({"customer_id": IDS, "preferred_category": IDS[::-1], "snapshot_date": "2025-07-01", "list": "churn"})
    numbers = np.resize(NUMBERS, len(IDS))
    return rows.assign(
        expected_profit=np.where(np.arange(len(IDS)) % 5 == 4, np.nan, numbers),
        orders_count=pd.array(range(len(IDS)), dtype="Int64"),
        reason_1="1 order in the last 90 days, 3 in the last 365; usually one every 31 days",
    )


def imported(soffice: str, path: Path, layout: Layout, texts: list[int]) -> list[list[str | float]]:
    """The cells of a file in LibreOffice Calc; columns of the places `texts`, from 1, are of the type Text, the others Standard.

    The options are those of https://wiki.openoffice.org/wiki/Documentation/DevGuide/Spreadsheets/Filter_Options: delimiter,
    quotes, character set, first line, columns, language, quoted fields as text, special numbers.
    """
    language = ENGLISH_USA if layout.decimal == "." else ITALIAN
    columns = "/".join(f"{place}/{AS_TEXT}" for place in texts)
    options = f"{ord(layout.delimiter)},34,{UTF_8},1,{columns},{language},false,false"
    command = [
        soffice, "--headless", f"-env:UserInstallation={(path.parent / 'profile').as_uri()}",
        f"--infilter=Text - txt - csv (StarCalc):{options}", "--convert-to", "fods", "--outdir", str(path.parent), str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    book = ElementTree.parse(path.with_suffix(".fods"))
    return [[*_row(row)] for row in book.iter(f"{TABLE}table-row")]


def _row(row: ElementTree.Element) -> Iterator[str | float]:
    for cell in row.iter(f"{TABLE}table-cell"):
        assert f"{TABLE}formula" not in cell.attrib
        number = cell.get(f"{OFFICE}value")
        text = "\n".join(_said(one) for one in cell.iter(f"{TEXT}p"))
        value = text if number is None else float(number)
        yield from [cell.get(f"{OFFICE}date-value", value)] * int(cell.get(f"{TABLE}number-columns-repeated", "1"))


def _said(paragraph: ElementTree.Element) -> str:
    """A paragraph; several spaces are an element."""
    parts = [paragraph.text or ""]
    for one in paragraph:
        parts += [" " * int(one.get(f"{TEXT}c", "1")) if one.tag == f"{TEXT}s" else _said(one), one.tail or ""]
    return "".join(parts)


@pytest.mark.parametrize("layout", TRIED.values(), ids=TRIED.keys())
def test_the_documented_import_keeps_every_cell_of_customers(soffice: str, tmp_path: Path, layout: Layout) -> None:
    rows, path = customers(), tmp_path / "customers.csv"
    write_csv(rows, path, layout)
    header, *cells = imported(soffice, path, layout, [1, 2])
    assert header == list(rows.columns)
    assert len(cells) == len(IDS)
    kept = pd.DataFrame(cells, columns=header)
    assert [freed(one) for one in kept["customer_id"]] == list(IDS)
    assert [freed(one) for one in kept["preferred_category"]] == list(IDS[::-1])
    assert list(kept["snapshot_date"]) == ["2025-07-01"] * len(IDS)
    assert [None if one == "" else one for one in kept["expected_profit"]] == [
        None if pd.isna(one) else one for one in rows["expected_profit"]
    ]
    assert list(kept["orders_count"]) == list(range(len(IDS)))
    assert list(kept["reason_1"]) == list(rows["reason_1"])


@pytest.mark.parametrize("layout", TRIED.values(), ids=TRIED.keys())
def test_a_list_by_channel_has_every_cell_when_all_columns_are_text(soffice: str, tmp_path: Path, layout: Layout) -> None:
    rows, path = pd.DataFrame(dict.fromkeys(SENT, IDS)), tmp_path / "churn_email.csv"
    write_csv(rows, path, layout)
    header, *cells = imported(soffice, path, layout, list(range(1, len(SENT) + 1)))
    assert (header, cells) == (SENT, read_cells(path, layout).to_numpy().tolist())


def test_a_double_click_would_not_keep_ids(soffice: str, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    write_csv(customers(), path)
    _, first, *_ = imported(soffice, path, Layout(), [2])
    assert first[0] == 935.0
