"""A count with its noun, as one or as many, in what is said in English."""

from __future__ import annotations


def counted(number: int, noun: str, many: str = "") -> str:
    """1 order, 2,000 orders; `many` is the plural of a noun that does not take an s."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"
