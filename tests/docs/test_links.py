"""What the documentation names exists: pages, headings, paths, commands, targets, stages, choices and keys."""

import re
from pathlib import Path

import pytest
import typer

from pipeline.cli import app
from pipeline.compose import GROUPS, options
from pipeline.config import Config
from pipeline.reference.pages import stages
from pipeline.reference.schema import keys_of

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), ROOT / "data" / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("benchmarks/*.md"))
)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"^```[^\n]*\n(.*?)^```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
COMMANDS = vars(typer.main.get_command(app))["commands"]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
SCHEMA = Config.model_json_schema()
KEYS = [
    re.compile(re.escape(key).replace("NAME", r"\w+") + (r"(\.\w+)?" if kind.startswith("map") else ""))
    for key, kind, _ in keys_of(SCHEMA, SCHEMA["$defs"], "")
]


def named(page: Path) -> object:
    return pytest.param(page, id=str(page.relative_to(ROOT)))


def code_of(page: Path) -> str:
    """Everything set as code, a line each."""
    return "\n".join(block or span for block, span in CODE.findall(page.read_text(encoding="utf-8")))


def slugs(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


every_page = pytest.mark.parametrize("page", [named(page) for page in PAGES])


@every_page
def test_links_lead_somewhere(page):
    for target, heading in LINK.findall(page.read_text(encoding="utf-8")):
        place = (page.parent / target).resolve() if target else page
        assert place.exists(), f"{page.name} links to {target}, which does not exist"
        assert not heading or heading in slugs(place), f"{page.name} links to {target}#{heading}, which has no such heading"


@every_page
def test_paths_exist(page):
    for path in re.findall(r"(?<![\w/.-])(?:pipeline|configs|docs|notebooks|benchmarks)/[\w/.-]*\w", code_of(page)):
        assert (ROOT / path).exists(), f"{page.name} names {path}, which does not exist"


@every_page
def test_commands_exist(page):
    for name, words in re.findall(r"(?:^|&& |\$ )churn ([a-z-]+)(?![\w:])((?: (?!&&|#)\S+)*)", code_of(page), re.MULTILINE):
        assert name in COMMANDS, f"{page.name}: there is no `churn {name}`"
        members = vars(COMMANDS[name]).get("commands")
        assert members is None or words.split()[0].rstrip(":") in members, f"{page.name}: there is no `churn {name}{words}`"
        known = {"--help", "--", *(option for parameter in COMMANDS[name].params for option in parameter.opts)}
        unknown = {word.split("=")[0] for word in words.split() if word.startswith("--")} - known
        assert not unknown, f"{page.name}: `churn {name}` has no {unknown}"


@every_page
def test_targets_and_stages_exist(page):
    for name in re.findall(r"(?:^|&& |\$ )make ([a-z-]+)", code_of(page), re.MULTILINE):
        assert name in TARGETS, f"{page.name}: there is no `make {name}`"
    for words in re.findall(r"dvc repro((?: [\w-]+)*)", code_of(page)):
        for name in words.split():
            assert name in stages(ROOT) or name.startswith("-"), f"{page.name}: dvc.yaml has no stage {name}"


@every_page
def test_keys_and_choices_exist(page):
    for key in re.findall(r"(?<![\w.-])([a-z_]+(?:\.\w+)+)=", code_of(page)):
        assert any(known.fullmatch(key) for known in KEYS), f"{page.name}: there is no key {key}"
    for group, choice in re.findall(rf"(?<![\w.])({'|'.join(GROUPS)})=(\w+)", code_of(page)):
        made_here = re.findall(r"churn init-source .*--name (\w+)", code_of(page))
        assert choice in [*options(group, ROOT), *made_here], f"{page.name}: {group} has no choice {choice}"


@every_page
def test_no_page_carries_a_host_of_its_own(page):
    """Pages point into the repository and at publications, never at the machine or registry they were written on."""
    assert not re.search(r"localhost:\d|file://|(?<![\w.])/(?:home|root|work|Users)/", page.read_text(encoding="utf-8"))
