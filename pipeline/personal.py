"""What looks like personal data, by name and by value: it may be neither a feature nor an example in a message.

It is a net, not a proof: a person's name in a column called `note` is not found, and neither is a telephone number written as
digits only, which cannot be told from a customer number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import duckdb

LOOKS_PERSONAL = 0.2  # share of the values: a few stray ones do not make a column personal
LONGEST_EXAMPLE = 60

# Both are searched for, in Python and by DuckDB (RE2), and mean the same there: ASCII classes only, no look-around.
EMAIL_PATTERN = r"[^\s@<>,;:\"'()]+@[^\s@<>,;:\"'()]+\.[A-Za-z]{2,}"
PHONE_PATTERN = (
    r"^[ ]*(?:"
    r"\+[1-9][0-9]{0,2}(?:[ /()-]{0,2}[0-9]){7,12}"  # +49 (0)30 1234567, +393331234567
    r"|00[1-9][0-9]{0,2}[ /-](?:[ /()-]{0,2}[0-9]){7,12}"  # 0049 30 1234567
    r"|\(?0[1-9][0-9]{0,3}\)?[ /-][ /-]?[0-9]{5,9}"  # 030 1234567, 0171/1234567, (06) 12345678
    r"|0[1-9](?:[ .-][0-9]{2}){4}"  # 01 23 45 67 89
    r"|0[0-9]{1,3}[ -][0-9]{3,4}[ -][0-9]{3,4}"  # 020 7946 0958
    r"|\(?[2-9][0-9]{2}\)?[ .-][0-9]{3}[ .-][0-9]{4}"  # (555) 123-4567
    r"|3[0-9]{2}[ /][0-9]{6,7}"  # 333 1234567
    r")[ ]*$"
)

NAMES: dict[str, str] = {
    "e-mail": "email mail emailaddress mailaddress emailaddr emailid mailid emailadresse mailadresse adressemail adresseemail "
    "adresseelectronique correo correoelectronico direccioncorreo direccioncorreoelectronico direccionemail courriel "
    "indirizzoemail indirizzomail indirizzopostaelettronica postaelettronica pec",
    "phone": "phone telephone tel telefon telefono phonenumber telephonenumber telnumber telefonnumber numbertelefono "
    "numbertelephone handy handynumber mobile mobil mobilephone mobilenumber mobiltelefon mobilephonenumber cell cellphone "
    "cellnumber cellulare celular numbercellulare movil telefonomovil telefonomobile telefonocellulare telefonofisso portable "
    "telephoneportable telephonemobile fax faxnumber rufnumber festnetz gsm whatsapp msisdn",
    "name": "name firstname lastname fullname surname forename givenname familyname middlename maidenname username displayname "
    "nome cognome nomecognome nomeecognome cognomenome nomecompleto vorname nachname familienname zuname vornamename vollername "
    "prenom nom nomfamille nomcomplet nomprenom nombre apellido apellidos primerapellido segundoapellido nombrecompleto "
    "nombreapellidos nombreyapellidos",
    "address": "address addressline addr streetaddress street streetname streetnumber streetandnumber housenumber hausnumber "
    "strasse str strassenumber strassehausnumber anschrift adresse adressepostale postaladdress mailingaddress postanschrift "
    "indirizzo indirizzoresidenza residenza domicilio numbercivico direccion direccionpostal calle rue domicile wohnort",
    "IP address": "ip ipaddress ipaddr ipadresse adresseip indirizzoip direccionip",
    "bank account or card": "iban iban bic accountnumber bankaccount bankaccountnumber kontonumber bankverbindung "
    "creditcard creditcardnumber cardnumber kreditkarte kreditkartennumber cartacredito numbercarta numbercartacredito "
    "cartebancaire numbercarte tarjeta tarjetacredito numbertarjeta",
    "identity number": "taxcode taxid taxnumber fiscalcode codicefiscale codfiscale steuernumber steuerid "
    "steueridentifikationsnumber ssn socialsecurity socialsecuritynumber sozialversicherungsnumber nationalid "
    "nationalinsurancenumber nif nie dni passport passportnumber reisepass passaporto numberpassaporto pasaporte passeport "
    "cartaidentita ausweis ausweisnumber personalausweis numbersecuritesociale drivinglicence driverlicense fuhrerschein",
    "date of birth": "dateofbirth datebirth birthdate birthday dob geburtsdatum geburtstag datanascita datadinascita "
    "fechanacimiento datenaissance",
}
KINDS = {name: kind for kind, names in NAMES.items() for name in names.split()}

# Words that only say whose it is, which one, or join the others; any other word (consent, product, open, …) makes another name.
OWNERS = {
    "customer", "client", "kunde", "kunden", "cliente", "clienti", "user", "contact", "contatto", "account", "buyer",
    "member", "person", "personal", "persona", "billing", "shipping", "delivery", "invoice", "primary", "secondary", "main",
    "home", "work", "private", "privat", "office", "my", "your", "raw",
}  # fmt: skip
GLUE = {
    "of", "the", "di", "de", "del", "della", "da", "du", "des", "la", "le", "and", "und", "et",
}  # fmt: skip
NUMBERS = {
    "number", "num", "no", "nr", "n", "nummer", "numero", "numeros",
}  # fmt: skip
WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
FLAGS = {
    "y", "n", "yes", "no", "true", "false", "t", "f", "0", "1", "ja", "nein", "j", "oui", "non", "o", "si", "sì", "sí", "s", "x",
    "on", "off", "in", "out", "opt-in", "opt-out", "granted", "given", "withdrawn",
}  # fmt: skip

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
DIGITS = re.compile(r"(?<![0-9A-Za-z])[+(]?[0-9](?:[ /().-]{0,2}[0-9]){6,16}(?![0-9A-Za-z])")
DATE = re.compile(
    r"(?:19|20)[0-9]{2}(?:[-/. ]?[0-9]{1,2}){2}(?:[ .-]?[0-9]{1,2}){0,4}"
    r"|[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ](?:19|20)?[0-9]{2}(?: [0-9]{1,2})?"
)
AMOUNT = re.compile(r"[0-9]+[.][0-9]{1,6}|[0-9]{1,3}(?:[. ][0-9]{3})+|[1-9][0-9]{6,7}")


def looks_personal(name: str, sample: Iterable[str]) -> str | None:
    """What a column or attribute looks like ("e-mail", "phone", "name", "address", …), or None.

    By its name, unless every value is a yes or a no; and by its values, if more than a fifth match a pattern.
    """
    values = [value.strip() for value in sample if value and value.strip()]
    emails = sum(bool(re.search(EMAIL_PATTERN, value)) for value in values)
    phones = sum(bool(re.search(PHONE_PATTERN, value)) for value in values)
    only_flags = bool(values) and all(value.casefold() in FLAGS for value in values)
    return kind_of_values(len(values), emails, phones) or (None if only_flags else kind_of_name(name))


def kind_of_name(name: str) -> str | None:
    """What a name says in English, Italian, German, French or Spanish; None for `consent_email` or `product_name`."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [_plain(word) for word in WORDS.findall(plain)]
    for dropped in (GLUE, GLUE | OWNERS, GLUE | OWNERS | {"number"}):
        kind = KINDS.get("".join(word for word in words if word not in dropped))
        if kind:
            return kind
    return KINDS.get("".join(words))


def _plain(word: str) -> str:
    """A word in lower case, with what a number is called in these languages as `number`, also inside a compound."""
    lower = word.lower()
    if lower in NUMBERS:
        return "number"
    if lower.endswith("nummer"):
        return f"{lower.removesuffix('nummer')}number"
    return f"number{lower.removeprefix('numero')}" if lower.startswith("numero") else lower


def kind_of_values(given: int, emails: int, phones: int) -> str | None:
    """What the values look like, from how many are given and how many match each pattern."""
    counted = (("e-mail", emails), ("phone", phones))
    return next((kind for kind, found in counted if given and found / given > LOOKS_PERSONAL), None)


def matches_sql(text_sql: str, pattern: str) -> str:
    """DuckDB SQL predicate: a text matches EMAIL_PATTERN or PHONE_PATTERN; null where there is no text."""
    literal = pattern.replace("'", "''")
    return f"regexp_matches({text_sql}, '{literal}')"


def counts_sql(text_sql: str) -> str:
    """Three DuckDB aggregates, the arguments of `kind_of_values`: texts given, e-mail addresses, telephone numbers."""
    text = f"nullif(trim({text_sql}), '')"
    found = (f"count(*) FILTER (WHERE {matches_sql(text, pattern)})" for pattern in (EMAIL_PATTERN, PHONE_PATTERN))
    return ", ".join([f"count({text})", *found])


def personal_attributes(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The names in the table `attributes` that look personal, by name or by their values, with what they look like."""
    counted = connection.execute(f"SELECT name, {counts_sql('value')} FROM attributes GROUP BY name ORDER BY name").fetchall()
    looks = {name: kind_of_values(*counts) or kind_of_name(name) for name, *counts in counted}
    return {name: kind for name, kind in looks.items() if kind}


def is_contact(text: str) -> bool:
    """Whether one value is an e-mail address or a telephone number."""
    return bool(re.search(EMAIL_PATTERN, text) or re.search(PHONE_PATTERN, text))


def masked(text: str) -> str:
    """A value as a message may show it: `hidden`, and at most 60 characters."""
    shown = hidden(text)
    return shown if len(shown) <= LONGEST_EXAMPLE else shown[: LONGEST_EXAMPLE - 1] + "…"


def hidden(text: str) -> str:
    """A text without contacts, and on one line: control characters are escaped.

    Hidden are e-mail addresses and runs of digits that may be a telephone number; dates and amounts stay.
    """
    shown = re.sub(EMAIL_PATTERN, "[e-mail]", text)
    shown = DIGITS.sub(lambda run: run.group() if _is_harmless(run.group()) else "[digits]", shown)
    return CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), shown)


def _is_harmless(run: str) -> bool:
    return bool(DATE.fullmatch(run) or AMOUNT.fullmatch(run))
