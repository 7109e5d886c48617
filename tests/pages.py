"""Tables of the documentation, to be held against what the code writes."""

import re

from tests.conftest import ROOT


def first_column(page: str, heading: str) -> list[str]:
    """The first cells of the first table below the heading that ends like this, without its head."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    parts = re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]
    (section,) = [part for part in parts if part.splitlines()[0].strip("`").endswith(heading)]
    rows = re.findall(r"^\| (.*?) \|", section, re.MULTILINE)
    return rows[1:]


def keys_of(page: str, heading: str) -> list[str]:
    """The keys that the first column sets as code, several to a cell."""
    return [key for cell in first_column(page, heading) for key in re.findall(r"`(\w+)`", cell)]
