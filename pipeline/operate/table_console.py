"""Where the acts print their tables."""

from __future__ import annotations

import sys

from rich.console import Console

LOG_WIDTH = 160  # of a table where there is no terminal to fit


def table_console() -> Console:
    """Standard output, as wide as the terminal, or wide enough for a log."""
    return Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
