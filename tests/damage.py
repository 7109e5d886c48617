"""Models whose files were changed after they were written."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import DataUnfitError


def refused_when_changed(file: Path, pattern: str, instead: str, load: Callable[[], object]) -> None:
    """Change the first place of a file that matches, and expect `load` to refuse the model for its checksum."""
    whole = file.read_text(encoding="utf-8")
    changed = re.sub(pattern, instead, whole, count=1)
    assert changed != whole
    file.write_text(changed, encoding="utf-8")
    with pytest.raises(DataUnfitError, match="not those their checksum names"):
        load()
