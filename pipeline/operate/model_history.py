"""`churn models`: the history of decisions on models, as a manager reads it."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from pipeline.artifacts import ARTIFACTS
from pipeline.model.champion import read_champion
from pipeline.operate.table_console import table_console
from pipeline.promotion.history import Entry, as_kept, read_history
from pipeline.stage import say

COLUMNS = ("as of", "model", "decision", "grade", "log loss", "AUC", "ECE", "why")


def show(root: Path = Path(), *, as_json: bool = False) -> None:
    """Print every decision with its whole reason, oldest first, and which model is the champion."""
    decisions = read_history(root / ARTIFACTS["history"])
    if as_json:
        say(as_kept(decisions))
        return
    table = Table(*COLUMNS, show_edge=False)
    for one in decisions:
        table.add_row(*_row(one))
    if decisions:
        table_console().print(table)
    champion = read_champion(root / ARTIFACTS["champion"]).version
    say(f"the champion is {champion}" if champion else "there is no champion; the fresh model scores")


def _row(one: Entry) -> tuple[str, ...]:
    figures = (f"{one.figures[name]:.3f}" if name in one.figures else "" for name in ("log_loss", "auc", "ece"))
    return (one.as_of, one.version, one.decision, one.grade or "none", *figures, one.reason)
