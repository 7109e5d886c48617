"""Whatever arrives, the door reads it or refuses it in one line; `make test-fuzz` tries more of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import fuzz
from tests.sources.fuzz import SOUND, Verdict

FILES, SEED = 60, 7


def test_no_damaged_file_passes_the_door_without_a_verdict(tmp_path: Path) -> None:
    verdicts = list(fuzz.fuzz(SEED, FILES, tmp_path))
    assert [str(one) for one in verdicts if one.verdict not in SOUND] == []
    assert [one.number for one in verdicts] == list(range(FILES))
    assert {one.verdict for one in verdicts} == set(SOUND)


WORKER = """
import json, os, sys, time
for number in range(int(sys.argv[1]), 4):
    print(json.dumps({"number": number, "file": "f"}), flush=True)
    time.sleep(60 if number == 1 else 0)
    os._exit(7) if number == 2 else None
    print(json.dumps({"number": number, "file": "f", "verdict": "read"}), flush=True)
"""


def test_a_file_that_hangs_or_kills_its_reader_is_told_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "SECONDS", 1)
    monkeypatch.setattr(fuzz, "_command", lambda seed, first, files, folder: [fuzz.sys.executable, "-c", WORKER, str(first)])
    told = list(fuzz.fuzz(SEED, 4, tmp_path))
    assert [(one.number, one.verdict) for one in told] == [(0, "read"), (1, "hung"), (2, "crashed"), (3, "read")]
    assert told[2] == Verdict(2, "f", "crashed", "exit 7 ")


def test_the_files_of_a_seed_are_always_the_same() -> None:
    made = [[fuzz.damaged(fuzz.random.Random(f"3-{number}")) for number in range(60)] for _ in range(2)]
    assert made[0] == made[1]
