"""How the feature matrix grows with rows and snapshots: `python -m benchmarks.scaling [--up-to 25000000] [--write]`.

One snapshot of everybody at 1, 5, 10 and 25 million made-up rows, and 50 where asked; then 1, 3, 6 and 12 snapshots of 5 million.
Beside each the bare GROUP BY of both files. On a busy machine the seconds of all cores say more than those of the clock.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.features import PER_CUSTOMER, at_risk, world
from benchmarks.run import ROOT, apart, measure, table

PAGE = ROOT / "benchmarks" / "scaling.md"
MILLIONS = (1, 5, 10, 25, 50)
SNAPSHOTS = (1, 3, 6, 12)
SHOWN = 5  # million rows of which several snapshots are shown
HEADER = (
    "million rows|customers|snapshots|seconds|of all cores|peak MB|floor seconds|of all cores|ratio|of all cores|"
    "seconds of all cores per million rows and snapshot"
)


def growth(millions: int, counts: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """Rows of the table for one size and several numbers of snapshots."""
    script = (sys.executable, "-m", "benchmarks.features")
    with TemporaryDirectory(prefix="churn-benchmark-") as place:
        folder = Path(place)
        apart(world, folder, millions * 1_000_000)
        least = min((measure(*script, "bare", place, folder=folder, source=ROOT) for _ in range(2)), key=lambda took: took.cpu)
        for count in counts:
            apart(at_risk, folder, count)
            took = measure(*script, "matrix", place, folder=folder, source=ROOT)
            sizes = (str(millions), f"{millions * 1_000_000 // PER_CUSTOMER:,}", str(count))
            mine = (f"{took.seconds:.1f}", f"{took.cpu:.1f}", f"{took.megabytes:,.0f}")
            floor = (f"{least.seconds:.2f}", f"{least.cpu:.2f}")
            ratios = (f"{took.seconds / least.seconds:.1f}", f"{took.cpu / least.cpu:.1f}", f"{took.cpu / millions / count:.2f}")
            print(*sizes, *mine, *floor, *ratios, flush=True)
            yield (*sizes, *mine, *floor, *ratios)


def main() -> None:
    """Measure, print, and with --write keep the table."""
    parser = argparse.ArgumentParser(description="Seconds and memory of the feature matrix as rows and snapshots grow.")
    parser.add_argument("--up-to", type=int, default=25_000_000, help="rows of the largest tables")
    parser.add_argument("--write", action="store_true", help="write benchmarks/scaling.md")
    asked = parser.parse_args()
    rows = [line for millions in MILLIONS if millions * 1_000_000 <= asked.up_to for line in growth(millions, SNAPSHOTS[:1])]
    rows += growth(SHOWN, SNAPSHOTS)
    made = f"# The feature matrix as it grows\n\n`python -m benchmarks.scaling --write`: {table(rows, HEADER)}"
    print(made)
    if asked.write:
        PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
