"""`python -m pipeline.reference` writes the generated pages, `--check` verifies them."""

from __future__ import annotations

import sys

from pipeline.errors import ConfigError
from pipeline.reference.pages import FOLDER, pages, stale
from pipeline.stage import guarded, say


def main(arguments: list[str]) -> None:
    """Write the pages, or with `--check` raise ConfigError when one is not current."""
    if arguments not in ([], ["--check"]):
        raise ConfigError("usage: python -m pipeline.reference [--check]")
    if arguments and stale():
        raise ConfigError(f"{FOLDER}: {', '.join(stale())} not current; run `make docs` and commit the result")
    for path, text in pages().items() if not arguments else ():
        path.write_text(text, encoding="utf-8")
        say(f"wrote {path}")


sys.exit(guarded("reference", lambda: main(sys.argv[1:])))
