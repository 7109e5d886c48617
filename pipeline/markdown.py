"""Markdown of the generated pages: tables and code."""

from __future__ import annotations

from collections.abc import Iterable


def table(header: str, rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; the header's cells are separated by bars."""
    lines = [header.split("|"), ["---"] * (header.count("|") + 1)]
    lines += [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(words: str | Iterable[str]) -> str:
    """A word as code, several separated by commas; nothing for none."""
    return ", ".join(f"`{word}`" for word in ([words] if isinstance(words, str) else words) if word)
