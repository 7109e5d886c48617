"""The generated pages are what the declarations say."""

from pathlib import Path

from pipeline.features.catalog import catalog
from pipeline.features.spec import Feature
from pipeline.markdown import table
from pipeline.reference import features_page
from pipeline.reference.pages import FOLDER, stale
from pipeline.reference.schema import read

ROOT = Path(__file__).parents[2]


def test_generated_pages_are_current():
    assert not stale(ROOT), "the declarations changed: run `make docs` and commit docs/reference"


def test_a_new_feature_makes_the_feature_page_stale(monkeypatch):
    added = Feature("purchases_luck", "rhythm", "count", "luck", "purchases", "count(*)")
    monkeypatch.setattr(features_page, "catalog", lambda *configured: (*catalog(*configured), added))
    assert stale(ROOT) == ["features.md"]


def leaves(tree: dict, prefix: str = "") -> list[str]:
    return [
        name
        for key, value in tree.items()
        for name in (leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"])
    ]


def test_every_key_with_a_default_is_in_the_table():
    text = (ROOT / FOLDER / "configuration.md").read_text(encoding="utf-8")
    missing = [key for key in leaves(read(ROOT / "configs" / "defaults.yaml")) if f"| `{key}` |" not in text]
    assert not missing


def test_a_bar_in_a_cell_stays_in_its_cell():
    assert table("a|b", [("one | two", "three")]).splitlines()[-1] == "| one \\| two | three |"
