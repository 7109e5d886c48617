"""A first mapping is what an analyst would write, loads, and marks what it guessed."""

from __future__ import annotations

import codecs
import gzip
import json
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.compose import choose
from pipeline.config.source_section import Input
from pipeline.draft.filling import YES
from pipeline.draft.guess import guesses
from pipeline.draft.parts import identifier
from pipeline.draft.sample import Sample, samples
from pipeline.draft.values import look
from pipeline.engine import engine
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.operate.init_source import init_source
from pipeline.personal import FLAGS

ROOT = Path(__file__).parents[2]
GERMAN = """\
Kundennummer;Bestellnummer;Bestelldatum;Artikelnummer;Warengruppe;Menge;Stückpreis;E-Mail
00012;B1;13.01.2024 10:30;A-1;Tee;2;1.234,50;a@b.de
00012;B2;14.01.2024 10:30;A-2;Tee;1;7,5;a@b.de
00013;B3;05.02.2024 10:30;A-1;Tee;1;0,99;c@b.de
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the committed choices and nothing else."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "configs", root / "configs")
    (root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    (root / "shop").mkdir()
    return root


def mapping(folder: Path, table: str = "transactions") -> dict:
    """What is written for the only file of a table, after making sure that it composes."""
    init_source([folder / "shop"], "mine", folder)
    choose(["source=mine"], folder)
    return yaml.safe_load((folder / "configs/source/mine.yaml").read_text(encoding="utf-8"))["tables"][table]


def put(project: Path, name: str, text: str, encoding: str = "utf-8") -> None:
    (project / "shop" / name).write_bytes(text.encode(encoding))


@pytest.mark.parametrize(
    ("values", "time", "ambiguous"),
    [
        (["2024-01-02", "2024-01-02T03:04:05Z", "2024-01-02 03:04:05.123+02:00"], "iso", False),
        (["01.02.2024 10:30", "13.02.2024 00:00"], "%d.%m.%Y %H:%M", False),
        (["01/02/2024", "03/04/2024"], "%d/%m/%Y", True),
        (["01/02/2024", "01/13/2024"], "%m/%d/%Y", False),
        (["1/2/24 1:30 PM"], "%m/%d/%y %I:%M %p", True),
        (["20240131", "20240201"], "%Y%m%d", False),
        (["1700000000", "1700000001"], "seconds", False),
        (["1700000000000"], "milliseconds", False),
        (["Jan 5, 2024"], "%b %d, %Y", False),
        (["A1", "2024-01-02"], None, False),
        (["", None], None, False),
    ],
)
def test_times_are_understood_from_their_values(values: list[str | None], time: str | None, ambiguous: bool) -> None:
    found = look(values)
    assert (found.time, found.ambiguous) == (time, ambiguous)


def test_the_formats_guessed_are_those_that_the_engine_reads() -> None:
    texts = {"13.02.2024 10:30": datetime(2024, 2, 13, 10, 30), "2/13/24 1:30 PM": datetime(2024, 2, 13, 13, 30)}
    with engine() as connection:
        for text, expected in texts.items():
            assert connection.execute("SELECT try_strptime(?, ?)", [text, look([text]).time]).fetchall() == [(expected,)]


@pytest.mark.parametrize(
    ("values", "decimal", "certain", "sign"),
    [
        (["1.234,56", "7"], ",", True, None),
        (["1,234.56", "7"], ".", True, None),
        (["1,234", "2,345"], ".", False, None),
        (["€ 3,50", "-1,00 €"], ",", True, "€"),
        (["$7.25"], ".", True, "$"),
        (["A1", "7"], None, False, None),
    ],
)
def test_decimals_and_currencies_are_understood(values: list[str], decimal: str, certain: bool, sign: str | None) -> None:
    found = look(values)
    assert (found.decimal, found.certain, found.sign) == (decimal, certain, sign)


@pytest.mark.parametrize(
    "header",
    [
        "customer_id,order_no,order_date,amount,qty,sku",
        "Codice cliente,N. ordine,Data ordine,Importo,Quantità,Articolo",
        "Kundennr,Auftragsnummer,Auftragsdatum,Betrag,Menge,Artikel",
        "N° client,N° commande,Date de commande,Montant,Quantité,Produit",
        "ID cliente,Número de pedido,Fecha,Importe,Cantidad,Producto",
        "CustomerID,InvoiceNo,InvoiceDate,Total,Quantity,StockCode",
    ],
)
def test_orders_are_known_in_five_languages(header: str) -> None:
    names = header.split(",")
    rows = [
        ["7", "A1", "2024-01-02", "9.50", "2", "x1"],
        ["7", "A2", "2024-02-02", "7", "1", "x2"],
        ["8", "A3", "2024-03-02", "7", "1", "x2"],
    ]
    columns: dict[str, list[str | None]] = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    (guess,) = guesses([Sample(Input(path="file1.csv", format="csv"), columns)])
    assert guess.table == "transactions"
    roles = ("customer_id", "order_id", "ordered_at", "amount", "quantity", "product_id")
    assert {role: sql for role, (sql, _) in guess.columns.items()} == {
        r: identifier(n) for r, n in zip(roles, names, strict=True)
    }


def test_a_german_export_becomes_what_an_analyst_would_write(project: Path) -> None:
    put(project, "Bestellungen.csv", GERMAN, "windows-1252")
    assert mapping(project) == {
        "path": "Bestellungen.csv",
        "encoding": "windows-1252",
        "delimiter": ";",
        "decimal": ",",
        "time_format": "%d.%m.%Y %H:%M",
        "columns": {
            "customer_id": "Kundennummer",
            "order_id": "Bestellnummer",
            "ordered_at": "Bestelldatum",
            "quantity": "Menge",
            "amount": 'number(Menge) * number("Stückpreis")',
            "product_id": "Artikelnummer",
            "category": "Warengruppe",
        },
    }
    text = (project / "configs/source/mine.yaml").read_text(encoding="utf-8")
    assert "path: shop\n" in text
    assert "# left out on purpose, personal data that no model needs: E-Mail" in text
    assert text.count("# guessed: ") == 10


def test_day_and_month_that_cannot_be_told_apart_are_said(project: Path) -> None:
    put(project, "orders.csv", "customer,order,date,total\n1,A,01/02/2024,5\n1,B,03/04/2024,6\n2,C,05/06/2024,6\n")
    said = init_source([project / "shop" / "orders.csv"], "mine", project)
    assert "  check: day and month cannot be told apart: no value seen has a day after the 12th" in said
    text = (project / "configs/source/mine.yaml").read_text(encoding="utf-8")
    assert "time_format: '%d/%m/%Y'   # guessed: day and month cannot be told apart" in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_separator_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = GERMAN.replace(",", ".").replace(";", delimiter)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    (sample,) = samples(tmp_path / "a.csv", tmp_path)
    assert (sample.given.encoding, sample.given.delimiter) == (codecs.lookup(encoding.removesuffix("-sig")).name, delimiter)
    assert list(sample.columns) == GERMAN.splitlines()[0].split(";")
    assert sample.columns["Kundennummer"] == ["00012", "00012", "00013"]


def test_an_umlaut_far_behind_the_sample_still_tells_the_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"customer,city\n" + b"1,Rome\n" * 900_000 + "2,Köln\n".encode("windows-1252"))
    assert samples(tmp_path / "a.csv", tmp_path)[0].given.encoding == "cp1252"


def test_the_end_of_a_file_sorted_by_day_tells_the_day_from_the_month(tmp_path: Path) -> None:
    rows = b"1,A,01/02/2024\n" * 400_000 + b"2,B,13/02/2024\n"
    (tmp_path / "a.csv").write_bytes(b"customer,order,date\n" + rows)
    found = look(samples(tmp_path / "a.csv", tmp_path)[0].columns["date"])
    assert (found.time, found.ambiguous) == ("%d/%m/%Y", False)


def test_lines_break_within_quotes_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes('customer,order,note\r\n1,A,"two\r\nlines"\r\n2,B,a\u2028b\r\n'.encode())
    assert samples(tmp_path / "a.csv", tmp_path)[0].columns["note"] == ["two\r\nlines", "a\u2028b"]


def test_compressed_and_other_formats_are_looked_at(tmp_path: Path) -> None:
    text = "customer,order\n1,A\n2,B\n"
    expected = {"customer": ["1", "2"], "order": ["A", "B"]}
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    with pa.CompressedOutputStream(str(tmp_path / "a.csv.zst"), "zstd") as file:
        file.write(text.encode())
    pq.write_table(pa.table({"customer": [1, 2], "order": ["A", "B"]}), tmp_path / "a.parquet")
    records = [{"customer": 1, "order": "A"}, {"customer": 2, "order": "B"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    book = openpyxl.Workbook()
    for row in (["customer", "order"], [1, "A"], [2, "B"]):
        book.active.append(row)
    book.create_sheet("empty")
    book.save(tmp_path / "a.xlsx")
    found = {path.name: samples(path, tmp_path) for path in sorted(tmp_path.iterdir())}
    assert {name: (len(one), one[0].given.format, one[0].columns) for name, one in found.items()} == {
        "a.csv.gz": (1, "csv", expected),
        "a.csv.zst": (1, "csv", expected),
        "a.jsonl": (1, "json", expected),
        "a.parquet": (1, "parquet", expected),
        "a.xlsx": (1, "excel", expected),
    }


def test_names_that_sql_reserves_are_quoted() -> None:
    names = ["customer", "Order no", "order", "group", 'a"b', "select", "Stückpreis", "2nd", "_row2"]
    assert [identifier(name) for name in names] == [
        "customer", '"Order no"', '"order"', '"group"', '"a""b"', '"select"', '"Stückpreis"', '"2nd"', "_row2",
    ]  # fmt: skip


def test_every_expression_is_sql_over_the_columns(project: Path) -> None:
    header = '"order","Customer No.","when","Net, total","select","sku","it\'s ""new"""'
    put(
        project,
        "sales_2023.csv",
        header + '\n1,"00007",1/13/2023 1:05 PM,"$1,100.25",a,x,y\n2,"00007",2/1/2023 1:05 PM,$7,a,y,y\n',
    )
    put(project, "sales_2024.csv", header + '\n3,"00008",1/13/2024 1:05 PM,$7.25,a,x,n\n')
    put(project, "products.csv", "sku,Category\nx,tea\ny,cup\n")
    found = mapping(project)
    assert (found["path"], found["decimal"], found["lookups"]) == (
        "sales_*.csv",
        ".",
        {"products": {"path": "products.csv", "delimiter": ",", "key": ["sku"]}},
    )
    with engine() as connection:
        connection.execute(f"CREATE VIEW file AS FROM read_csv('{project}/shop/sales_*.csv', all_varchar = true)")
        connection.execute(f"CREATE VIEW products AS FROM read_csv('{project}/shop/products.csv', all_varchar = true)")
        columns = ", ".join(found["columns"][name] for name in ("customer_id", "order_id", "ordered_at", "amount", "category"))
        rows = connection.execute(
            f"SELECT {columns} FROM file AS raw LEFT JOIN products USING (sku) ORDER BY 2 LIMIT 1"
        ).fetchall()
    assert rows == [("00007", "1", "1/13/2023 1:05 PM", "1,100.25", "tea")]


def test_people_visits_contracts_and_campaigns_find_their_tables(project: Path) -> None:
    put(project, "orders.csv", "customer,order,date,total\n1,A,2024-01-02,5\n1,B,2024-01-03,6\n2,C,2024-01-04,6\n")
    put(
        project,
        "Kunden.csv",
        "Kunde;Vorname;Telefon;Geburtsdatum;Land;Newsletter\n1;Eva;+49 170 12345678;13.05.1980;DE;ja\n2;Jo;;1.2.1990;AT;nein\n",
    )
    put(project, "visite.csv", "Cliente,Quando\n1,1700000000\n1,1700000001\n2,1700000002\n")
    put(
        project,
        "Verträge.csv",
        "Vertragsnr,Kundennr,Tarif,Status,Vertragsbeginn,Vertragsende\nV1,1,M,aktiv,2023-01-01,2023-12-31\nV2,2,M,gekündigt,2023-01-01,2023-12-31\n",
    )
    put(
        project,
        "events.jsonl",
        "\n".join(
            json.dumps({"user_id": i % 2, "event": e, "ts": f"2024-01-0{i + 1}T10:00:00Z"})
            for i, e in enumerate(["login", "newsletter_open", "zzz"])
        ),
    )
    put(project, "mailing.csv", "client_id,campaign,sent_at,variant\n1,spring,2024-01-01,contact\n2,spring,2024-01-01,control\n")
    put(project, "notes.csv", "just,some\nhello,world\n")
    said = init_source([project / "shop"], "mine", project)
    choose(["source=mine"], project)
    text = (project / "configs/source/mine.yaml").read_text(encoding="utf-8")
    tables = yaml.safe_load(text)["tables"]
    assert tables["attributes"]["unpivot"] == {
        "birth_year": "year(try_strptime(Geburtsdatum, '%d.%m.%Y'))",
        "land": "Land",
        "consent_email": f"lower(Newsletter) IN {YES}",
    }
    assert "# left out on purpose, personal data that no model needs: Vorname, Telefon" in text
    assert {one["path"]: one["columns"]["kind"] for one in tables["engagements"]} == {
        "events.jsonl": "CASE event WHEN 'login' THEN 'site_visit' WHEN 'newsletter_open' THEN 'email_opened' END",
        "visite.csv": "'site_visit'",
    }
    assert tables["engagements"][1]["columns"]["occurred_at"] == "TRY(make_timestamp(CAST(Quando AS BIGINT) * 1000000))"
    assert tables["subscriptions"]["columns"] == {
        "customer_id": "Kundennr",
        "subscription_id": "Vertragsnr",
        "changed_at": "Vertragsbeginn",
        "plan": "Tarif",
        "status": "CASE Status WHEN 'aktiv' THEN 'active' WHEN 'gekündigt' THEN 'cancelled' END",
        "started_at": "Vertragsbeginn",
        "expires_at": "Vertragsende",
    }
    assert list(tables["contacts"]["columns"]) == ["customer_id", "campaign_id", "contacted_at", "arm"]
    assert "# not placed: notes.csv: no column looks like a customer's number" in text
    assert "notes.csv: not placed: no column looks like a customer's number" in said
    assert "  check: event: not understood and so quarantined: zzz" in said
    assert said[-2:] == ["  churn compose source=mine", "  churn check"]


def test_words_between_blanks_are_columns_too(project: Path) -> None:
    put(
        project,
        "master.txt",
        "customer date cds dollars\n" + "".join(f" 0000{i}  1997011{i}  {i}  11.7{i}\n" for i in range(1, 5)),
    )
    assert mapping(project) == {
        "path": "master.txt",
        "format": "lines",
        "time_format": "%Y%m%d",
        "columns": {
            "customer_id": "word[1]",
            "order_id": "_row",
            "ordered_at": "word[2]",
            "quantity": "word[3]",
            "amount": "word[4]",
        },
        "where": "word[1] <> 'customer'",
    }


def test_customers_of_data_frames_lose_their_decimals(project: Path) -> None:
    table = {"Customer ID": [17850.0, None, 17851.0], "Invoice": ["A", "B", "C"], "InvoiceDate": [datetime(2024, 1, 2)] * 3}
    pq.write_table(pa.table(table | {"Quantity": [1, 2, 3], "Price": [1.5, 2.5, 3.5]}), project / "shop" / "retail.parquet")
    assert mapping(project)["columns"] == {
        "customer_id": '"Customer ID"',
        "order_id": "Invoice",
        "ordered_at": "InvoiceDate",
        "quantity": "Quantity",
        "amount": "number(Quantity) * number(Price)",
    }
    assert "33% of the rows seen have no customer" in (project / "configs/source/mine.yaml").read_text(encoding="utf-8")


def test_a_mapping_is_not_overwritten(project: Path) -> None:
    put(project, "orders.csv", GERMAN)
    with pytest.raises(ConfigError, match=r"configs/source/demo\.yaml exists and is not overwritten; give another --name"):
        init_source([project / "shop"], "demo", project)
    with pytest.raises(ConfigError, match=r"--name \.\./x: write small letters"):
        init_source([project / "shop"], "../x", project)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "no such file or folder; correct the name, or leave it out"),
        ("empty.csv", b"", "is empty"),
        ("a.parquet", b"PAR1 no", "too small to be a Parquet file"),
        ("a.xlsx", b"no zip", "is no .xlsx workbook"),
        ("a.csv", b"\x00\x01\x02" + b"abcdefghi" * 50, "not readable (binary, not text)"),
        ("a.csv.gz", b"no gzip", "a.csv.gz: "),
        ("a.pdf", b"%PDF", "not a kind of file this reads"),
        ("a.jsonl", b'{"a": 1}\n{"a"', "Malformed JSON"),
        ("a.csv", b"customer,order\n", "has no rows below its header"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(project: Path, name: str, content: bytes | None, message: str) -> None:
    put(project, "orders.csv", GERMAN)
    if content is not None:
        (project / "shop" / name).write_bytes(content)
    with pytest.raises(DataUnfitError) as caught:
        init_source([project / "shop" / "orders.csv", project / "shop" / name], "mine", project)
    assert name in str(caught.value)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert not (project / "configs/source/mine.yaml").exists()


def test_files_without_orders_are_refused_with_what_they_are(project: Path) -> None:
    put(project, "people.csv", "customer,land\n1,DE\n2,AT\n")
    put(project, "data.csv", "1,2024-01-02,7.5\n2,2024-01-02,7.5\n")
    put(project, "titled.csv", "Report of May\n\ncustomer;order\n1;2\n")
    with pytest.raises(DataUnfitError) as caught:
        init_source([project / "shop"], "mine", project)
    assert str(caught.value) == (
        "none of the files looks like orders (a customer, an order number and a time): data.csv: its first line looks like data, "
        "and must be the header; people.csv: attributes; titled.csv: no separator found; is there a title above the header?; "
        "nothing written"
    )


def test_the_command_writes_where_the_project_is_and_reads_from_where_one_stands(project: Path) -> None:
    put(project, "orders.csv", GERMAN)
    command = [sys.executable, "-m", "pipeline.cli", "init-source", "orders.csv"]
    run = subprocess.run(
        command, cwd=project / "shop", env={"PYTHONPATH": str(ROOT)}, check=False, capture_output=True, text=True, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "orders.csv -> transactions: customer_id, order_id, ordered_at, quantity, amount, product_id, category" in run.stdout
    written = yaml.safe_load((project / "configs/source/shop.yaml").read_text(encoding="utf-8"))
    assert written["path"] == "shop"
    assert list(written["tables"]) == ["transactions"]


@pytest.mark.parametrize(
    ("codes", "currency", "asked"), [("EUR EUR", "EUR", False), ("EUR USD", None, True), ("x y", None, False)]
)
def test_one_currency_is_taken_and_several_are_asked_about(codes: str, currency: str | None, asked: bool) -> None:
    columns = {"customer": ["7", "8"], "order": ["A", "B"], "date": ["2024-01-02", "2024-01-03"], "total": ["5", "6.5"]}
    (guess,) = guesses([Sample(Input(path="a.csv", format="csv"), columns | {"currency": list(codes.split())})])
    assert guess.currency == currency
    assert ("several currencies; money must be in one" in guess.checks) == asked


def test_what_looks_personal_is_left_out_but_the_year_of_a_birth_and_numbers_named_so(project: Path) -> None:
    put(project, "orders.csv", "customer,order,date,total\n7,A,2024-01-02,5\n7,B,2024-01-03,6\n8,C,2024-01-04,6\n")
    put(
        project,
        "clienti.csv",
        "customer_id,pec,steuer_id,whatsapp,username,customer name,other,birthday,product no,newsletter,tier\n"
        "020 7946 0001,a,12,3331234567,eva,Eva,a@b.it,1980-05-13,020 7946 0958,sì,gold\n"
        "020 7946 0002,b,13,3331234568,jo,Jo,c@d.it,1990-02-01,020 7946 0959,no,plain\n",
    )
    found = mapping(project, "attributes")
    assert (found["columns"], list(found["unpivot"])) == (
        {"customer_id": "customer_id"},
        ["birth_year", "product_no", "consent_email", "tier"],
    )
    text = (project / "configs/source/mine.yaml").read_text(encoding="utf-8")
    assert "that no model needs: pec, steuer_id, whatsapp, username, customer name, other\n" in text


def test_every_yes_or_no_is_known_for_which_it_is() -> None:
    assert FLAGS - set(YES) == {"0", "false", "no", "n", "f", "nein", "non", "off", "out", "opt-out", "withdrawn"}
    assert set(YES) <= FLAGS
