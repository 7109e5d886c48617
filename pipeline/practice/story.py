"""The story of a delivery, played in a copy of the project: `python -m pipeline.practice.story [KEY=VALUE …]`.

The commands are those of the page "Did it work?", read from it: what the page says is what is run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from pipeline.artifacts import ARTIFACTS
from pipeline.disk import scratch, write_text
from pipeline.errors import ServiceError
from pipeline.operate.project_copy import LEADING_AWAY, copy_project
from pipeline.process import die_with_parent
from pipeline.stage import guarded, say

PAGE = Path("docs/did-it-work.md")
CHAPTER = "## Practise it"
CHOOSE = "churn compose source=demo"  # how the chapter begins; a shorter story has choices besides


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


def main() -> None:
    """Play in a folder that goes afterwards."""
    with scratch("churn-story") as place:
        play(Path(), place, sys.argv[1:])
        say(f"\nthis was a copy of the project, which is gone; in your own the same commands leave {ARTIFACTS['report']}")


if __name__ == "__main__":
    die_with_parent()
    raise SystemExit(guarded("story", main))
