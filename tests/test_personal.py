"""What looks personal and what does not, by name and by value, in Python and in the engine."""

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.personal import (
    EMAIL_PATTERN,
    PHONE_PATTERN,
    counts_sql,
    is_contact,
    kind_of_values,
    looks_personal,
    masked,
    matches_sql,
)

PERSONAL_NAMES = {
    "e-mail": "email|e_mail|E-Mail|EMailAddress|customerEmail|email_address|Kunden-E-Mail|indirizzo_e-mail|adresse e-mail",
    "phone": "phone|phone_1|telefono|Telefon-Nr.|Handynummer|handy|mobile|MOBILE_PHONE|numero di telefono|téléphone|móvil",
    "name": "name|first_name|firstName|nome|cognome|vorname|Nachname|surname|full_name|customer_name|prénom|nom|apellidos|NOMBRE",
    "address": "address|billing_address|indirizzo|Straße|strasse|street_name|dirección|address_line_2|rue",
    "bank account or card": "iban|IBAN|account_number|credit card no",
    "identity number": "tax_code|Codice Fiscale|steuernummer|ssn|DNI|passport_number",
    "date of birth": "date_of_birth|Geburtsdatum|data di nascita|birthdate",
    "IP address": "ip|ip_address",
}
HARMLESS_NAMES = [
    "product_name",
    "campaign_name",
    "campaign",
    "category",
    "channel",
    "preferred_channel",
    "consent_email",
    "consent_phone",
    "consent_sms",
    "email_opt_in",
    "emails_opened",
    "email_open_rate",
    "product_id",
    "order_no",
    "customer_id",
    "tier",
    "country",
    "birth_year",
    "plan",
    "status",
    "topic",
    "via",
    "city_name",
    "postcode",
    "plan_name",
    "nome_prodotto",
    "acquisition_channel",
    "offer",
    "event_name",
    "segment",
    "store_name",
    "mobile_sessions",
    "phone_model",
]
CONTACTS = [
    "anna@example.com",
    "Anna <a.b@x.co.uk>",
    "+49 30 1234567",
    "+39 333 1234567",
    "+393331234567",
    "030 1234567",
    "0171/1234567",
    "(555) 123-4567",
    "555-123-4567",
    "01 23 45 67 89",
    "020 7946 0958",
    "333 1234567",
    "+49 (0)30 1234567",
    "0049 30 1234567",
    "+1-555-123-4567",
]
HARMLESS_VALUES = [
    "web",
    "email",
    "phone",
    "sms",
    "SKU-123456",
    "4006381333931",
    "85123A",
    "2024-06-01",
    "01.02.2024",
    "01-02-2024",
    "12/31/2024",
    "2024-06-01 10:30:00",
    "01/02/24",
    "12.50",
    "-1234567.89",
    "+12.50",
    "+1234567.89",
    "00006091",
    "1234567890",
    "100-200-300",
    "06/2024",
    "2024-06-01T10:30:00Z",
    "978-3-16-148410-0",
    "0012345678",
    "1.234.567,89",
    "20240601",
    "gold",
    "A-1",
    "@home",
]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in PERSONAL_NAMES.items() for name in names.split("|")])
def test_a_personal_name_is_found(kind, name):
    assert looks_personal(name, []) == kind


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_a_harmless_name_is_no_alarm(name):
    assert looks_personal(name, ["web", "shop", "email", "phone"]) is None


@pytest.mark.parametrize("value", CONTACTS)
def test_values_that_are_contacts_are_found(value):
    assert looks_personal("reference", [value, value, "x"]) == ("e-mail" if "@" in value else "phone")
    assert is_contact(value)


@pytest.mark.parametrize("value", HARMLESS_VALUES)
def test_ids_dates_and_amounts_are_no_contacts(value):
    assert looks_personal("reference", [value] * 10) is None
    assert not is_contact(value)


def test_a_column_is_personal_above_a_fifth_of_its_values():
    assert looks_personal("topic", ["a@b.com", "x", "x", "x", "x"]) is None
    assert looks_personal("topic", ["a@b.com", "x", "x", "x"]) == "e-mail"
    assert looks_personal("topic", ["a@b.com", "x", "x", "x", "", "  "]) == "e-mail", "blanks do not count"


def test_a_yes_or_no_about_the_phone_is_no_telephone_number():
    assert looks_personal("phone", ["Y", "n", "yes"]) is None
    assert looks_personal("phone", ["Y", "ask me"]) == "phone"


def test_the_engine_counts_what_python_counts():
    values = [*CONTACTS, *HARMLESS_VALUES, "", None]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (v VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?)", [[value] for value in values])
        counts = connection.execute(f"SELECT {counts_sql('v')} FROM t").fetchone()
    assert counts == (len(CONTACTS) + len(HARMLESS_VALUES), 2, len(CONTACTS) - 2)
    assert kind_of_values(*counts) == "phone"


@given(st.text(st.sampled_from("0123456789+-/(). a@b.com'\n\tÉ٣"), max_size=20))
def test_the_patterns_mean_the_same_in_the_engine(text):
    with duckdb.connect() as connection:
        for pattern in (EMAIL_PATTERN, PHONE_PATTERN):
            found = connection.execute(f"SELECT {matches_sql('v', pattern)} FROM (SELECT $1 AS v)", [text]).fetchone()
            assert found == (bool(re.search(pattern, text)),)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("anna@example.com", "[e-mail]"),
        ("call 0171 1234567 or anna@x.com, order 12345678", "call [digits] or [e-mail], order 12345678"),
        ("+39 333 1234567", "[digits]"),
        ("3331234567", "[digits]"),
        ("2024-13-45", "2024-13-45"),
        ("31.02.2024 10:00:00", "31.02.2024 10:00:00"),
        ("-1234567.89", "-1234567.89"),
        ("1.234.567,89", "1.234.567,89"),
        ("a\nb\x1b[31m\u2028", "a\\nb\\x1b[31m\\u2028"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_an_example_in_a_message_is_masked(text, shown):
    assert masked(text) == shown


@given(st.text(max_size=200))
def test_a_masked_text_is_one_short_line(text):
    shown = masked(text)
    assert len(shown) <= 60
    assert len(shown.splitlines()) <= 1
