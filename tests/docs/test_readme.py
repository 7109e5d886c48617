"""What the pages for people say about the flow and the list is what the code has."""

import csv
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.campaign.list_columns import NAMES
from pipeline.contract.tables import GIVEN
from pipeline.model.labels import STATUSES
from pipeline.reference.pages import stages

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LIST = (ROOT / "docs" / "how-to-read-the-list.md").read_text(encoding="utf-8")


def feeding() -> set[tuple[str, str]]:
    """Which stage feeds which, without the edges that a longer way implies."""
    listed = stages(ROOT)
    makes = {out: name for name, stage in listed.items() for out in stage["outs"]} | {"${source.path}": "simulate"}
    feeds = {name: {makes[dep] for dep in stage["deps"] if dep in makes} for name, stage in listed.items()}

    def before(name: str) -> set[str]:
        return feeds[name].union(*map(before, feeds[name]))

    return {(a, b) for b in feeds for a in feeds[b] if not any(a in before(other) for other in feeds[b])}


def test_the_picture_shows_the_flow_of_dvc_yaml():
    (picture,) = re.findall(r"```mermaid\n(.*?)```", README, re.DOTALL)
    drawn = set()
    for line in picture.splitlines():
        if "-." not in line:
            drawn |= set(pairwise(re.sub(r"\[.*?\]", "", node).strip() for node in line.split("-->")))
    assert drawn == feeding()


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("cdnow", "CDNOW"),
        ("online_retail_ii", "Online Retail II"),
        ("complete_journey", "Complete Journey"),
        ("learn365", "learn365"),
    ],
)
def test_the_figures_of_published_data_are_those_of_the_page_on_quality(source: str, title: str):
    quality = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8").split(f"## {title}\n")[1]
    latest = re.search(r"^\| \d{4}-.*$", quality, re.MULTILINE)
    told = re.search(rf"^\| `{source}` .*$", README, re.MULTILINE)
    assert latest
    assert told
    _, _, _, _, auc, rival_auc, loss, rival_loss, _ = (cell.split()[0].lstrip("0") for cell in latest[0].strip("| ").split("|"))
    assert [cell.strip() for cell in told[0].strip("| ").split("|")][-4:] == [auc, rival_auc, loss, rival_loss]


def test_every_column_of_the_list_is_explained_in_order():
    dictionary = (ROOT / "docs" / "reference" / "customers.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", dictionary, re.MULTILINE)[: len(NAMES)] == list(NAMES)
    assert "(reference/customers.md)" in LIST


def test_the_schema_is_that_of_the_columns():
    schema = json.loads((ROOT / "docs" / "customers.schema.json").read_text(encoding="utf-8"))
    assert [field["name"] for field in schema["fields"]] == list(NAMES)
    assert set(schema) == {"fields", "primaryKey", "missingValues"}
    assert (schema["primaryKey"], schema["missingValues"]) == (["customer_id"], [""])
    assert {field["type"] for field in schema["fields"]} == {"string", "number", "integer", "date"}
    field = {field["name"]: field.get("constraints", {}) for field in schema["fields"]}
    assert field["customer_id"] == {"required": True, "unique": True}
    assert field["churn_probability"] == {"minimum": 0, "maximum": 1}
    assert field["expected_profit"] == {"minimum": 0.01}
    assert field["arm"] == {"required": True, "enum": ["contact", "holdout", "control", "none"]}
    assert field["reason_1"] == {}


def test_the_examples_of_the_list_have_its_columns():
    for page in (README, LIST):
        (example,) = re.findall(r"^```\n(customer_id,churn_probability.*?)^```", page, re.DOTALL | re.MULTILINE)
        header, *rows = csv.reader(example.splitlines())
        assert set(header) <= set(NAMES)
        assert len(rows) >= 4
        assert all(len(row) == len(header) for row in rows)


def test_every_status_is_defined():
    definitions = (ROOT / "docs" / "definitions.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", definitions, re.MULTILINE)) >= set(STATUSES)


def test_every_word_that_counts_as_a_yes_is_told():
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"Only a clear yes is a yes: (.*?),\s+in\s+any case", page, re.DOTALL)
    assert tuple(re.findall(r"`(.+?)`", told)) == GIVEN


def test_every_decision_is_listed():
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert f"({page.name})" in listed
