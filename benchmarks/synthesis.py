"""The feature matrix beside Featuretools' defaults: `python -m benchmarks.synthesis [--events 200000] [--python PATH]`.

Featuretools is no dependency of the project: PATH is the Python of an environment that has it, and where it has not, this says
so. Both are given the same made-up clean tables and the same date, both read them and write a matrix, both are a process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.features import LAST, at_risk, world
from benchmarks.run import ROOT, apart, measure, row, table
from pipeline.artifacts import ARTIFACTS

HAS = "import importlib.util, sys; sys.exit(importlib.util.find_spec('featuretools') is None)"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Seconds and memory of Featuretools' defaults beside the feature matrix.")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--python", default=sys.executable, help="a Python that has Featuretools")
    asked = parser.parse_args()
    if subprocess.run([asked.python, "-c", HAS], check=False).returncode:
        print(f"{asked.python} has no Featuretools: nothing to compare with")
        return
    with TemporaryDirectory(prefix="churn-benchmark-") as place:
        folder = Path(place)
        apart(world, folder, asked.events)
        apart(at_risk, folder, 1)
        mine = measure(sys.executable, "-m", "benchmarks.features", "matrix", place, folder=folder, source=ROOT)
        script, clean = str(ROOT / "benchmarks" / "dfs.py"), str(folder / ARTIFACTS["clean"])
        theirs = measure(asked.python, script, clean, LAST.isoformat(), folder=folder, source=ROOT)
    ours, synthesised = (took.output.splitlines()[-1] for took in (mine, theirs))
    what, least = f"Featuretools' defaults: {synthesised}", f"the features stage: {ours} in {mine.megabytes:,.0f} MB"
    print(table([row(f"{asked.events:,} rows", what, theirs.seconds, theirs.megabytes, least, mine.seconds)]))


if __name__ == "__main__":
    main()
