"""The story of a delivery, played in a copy of the project: `python -m pipeline.practice.story [--keep FOLDER] [KEY=VALUE …]`.

The commands are those of the page "Did it work?", read from it: what the page says is what is run. The copy goes afterwards; with
`--keep` its reports, lists and deliveries are left in a folder.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.disk import scratch, write_text
from pipeline.errors import ConfigError, ServiceError
from pipeline.operate.project_copy import LEADING_AWAY, copy_project
from pipeline.process import die_with_parent
from pipeline.stage import guarded, say

PAGE = Path("docs/did-it-work.md")
CHAPTER = "## Practise it"
CHOOSE = "churn compose source=demo"  # how the chapter begins; a shorter story has choices besides
KEPT = (ARTIFACTS["report"].parent, ARTIFACTS["campaigns"], ARTIFACTS["deliveries"], ARTIFACTS["matured"])  # what one looks at


def commands(page: str) -> list[str]:
    """The commands of the chapter, in the order in which they stand there, without what is said beside them."""
    chapter = page.split(f"{CHAPTER}\n")[1].split("\n## ", maxsplit=1)[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", chapter, re.DOTALL | re.MULTILINE)
    return [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def play(root: Path, place: Path, choices: list[str]) -> None:
    """Run every command of the page in the copy `place`, the first with these choices besides; each is said before it runs.

    Raises ServiceError for a command that fails.
    """
    copy_project(root, place)
    write_text(place / ARTIFACTS["forgotten"], "salt,tombstone\n")
    write_text(place / "data/nobody.csv", "customer_id\n")
    for line in commands((root / PAGE).read_text(encoding="utf-8")):
        whole = " ".join([line, *choices]) if line == CHOOSE else line
        say(f"\n$ {whole}")
        if code := subprocess.run(shlex.split(whole), cwd=place, env=_environment(place), check=False).returncode:
            raise ServiceError(f"`{whole}` ended with {code}")


def _environment(place: Path) -> dict[str, str]:
    """The copy's code before any other, and the commands of this environment."""
    kept = {key: value for key, value in os.environ.items() if key not in LEADING_AWAY}
    above = str(Path(sys.executable).parent)
    return kept | {"PYTHONPATH": str(place.resolve()), "PATH": os.pathsep.join([above, kept.get("PATH", "")])}


def keep(place: Path, folder: Path) -> None:
    """Copy what one looks at out of the copy, under the same names."""
    for part in KEPT:
        shutil.copytree(place / part, folder / part)


def refuse_what_is_there(folder: Path) -> None:
    """Raise ConfigError for a place to keep things in that has something in it, before minutes are spent."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is there already, and not an empty folder; name another to keep the story's report in")


def main() -> None:
    """Play in a folder that goes afterwards, and keep what was asked for."""
    asked = argparse.ArgumentParser(
        prog="python -m pipeline.practice.story", description="Play a delivery of the demo in a copy."
    )
    asked.add_argument("--keep", type=Path, metavar="FOLDER", help="where to leave the reports, lists and deliveries")
    asked.add_argument(
        "choices", nargs="*", metavar="KEY=VALUE", help="choices besides, such as source.simulate.demo.customers=1500"
    )
    given = asked.parse_args()
    if given.keep:
        refuse_what_is_there(given.keep)
    with scratch("churn-story") as place:
        play(Path(), place, given.choices)
        if given.keep:
            keep(place, given.keep)
    if given.keep:
        report, lists = (given.keep / ARTIFACTS[name] for name in ("report", "campaigns"))
        say(f"\nthis was a copy of the project, which is gone; its report is {report}, its lists are in {lists}/")
    else:
        say(f"\nthis was a copy of the project, which is gone; in your own the same commands leave {ARTIFACTS['report']}")


if __name__ == "__main__":
    die_with_parent()
    raise SystemExit(guarded("story", main))
