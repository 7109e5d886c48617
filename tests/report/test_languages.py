"""The page in two languages: what is the same in both is data, and nothing English is left in the Italian page."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pipeline.config import Config
from pipeline.report.page import Material, render, view
from pipeline.report.words import spoken
from tests.kpis.test_beyond_periods import told
from tests.kpis.test_figures import SHOP
from tests.report.test_fit import MOVED

SPOKEN = ("aria-label", "placeholder", "title", "data-label")
ENGLISH = re.compile(
    r"\b(the|of|and|is|are|with|customers?|for|to|not|which|their|who|than|by|from|or|was|all(?!'))\b", re.IGNORECASE
)
# What the lists and the data say themselves; the first are sentences of other stages in the language of the configuration.
DATA = re.compile(
    r"\{\w+\}|No order for \d+ days|1 complaint|Opened 1 of 12 e-mails|Long a customer|Give points|Offer a discount|Leave alone"
    r"|Because\.|No values\.|BG/NBD|[\w./-]+\.(csv|json)|data/[\w/]+|campaign\.allocation\.budget|[a-z]+_[a-z_0-9]+"
    r"|tiny|Tiny|20240601-abc|AUC|ECE|Lift|Budget"
)


class Said(HTMLParser):
    """Every text and every spoken attribute of a page, without style and script."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in {"style", "script"}
        self.texts += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.texts.append(" ".join(data.split()))


def said(html: str) -> list[str]:
    page = Said()
    page.feed(html)
    (texts,) = re.findall(r'<script type="application/json" id="texts">(.*?)</script>', html)
    return page.texts + list(json.loads(texts).values())


@pytest.fixture
def both(listed_material: Material, report_config: Config) -> tuple[list[str], list[str]]:
    material = replace(listed_material, kpis=told(SHOP, "+kpis.targets.orders=3", by=("country",)), drift=MOVED)
    italian = report_config.model_copy(update={"locale": "it"})
    return said(render(view(material, report_config))), said(render(view(material, italian)))


def test_the_italian_page_has_no_english_text(both: tuple[list[str], list[str]]) -> None:
    _, italian = both
    assert len(italian) > 600
    assert [text for text in italian if ENGLISH.search(DATA.sub("", text))] == []


def test_what_is_the_same_in_both_languages_is_data(both: tuple[list[str], list[str]]) -> None:
    english, italian = both
    same = {text for text in set(english) & set(italian) if re.search("[a-z]{3}", DATA.sub("", text))}
    assert same <= {
        "e-mail",
        "e-mail (4)",
        "points",
        "tier",
        "IT",
        "<b>IT</b>",
        "<script>alert('x')</script>",
        "Country",
        "cat",
        "ann",
    }


def test_the_page_says_its_language_and_both_say_the_same_numbers(listed_material: Material, report_config: Config) -> None:
    pages = {
        locale: render(view(listed_material, report_config.model_copy(update={"locale": locale}))) for locale in ("en", "it")
    }
    assert '<html lang="en">' in pages["en"]
    assert '<html lang="it">' in pages["it"]
    assert len(re.findall("<td|<th", pages["en"])) == len(re.findall("<td|<th", pages["it"]))
    assert "al 1 giugno 2024" in pages["it"]
    assert spoken("it")("tiles.held_out") in pages["it"].replace("&#39;", "'")
