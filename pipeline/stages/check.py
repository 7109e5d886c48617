"""clean tables + ingest report -> data quality: can the data carry a model, what looks wrong, does the horizon fit."""

from __future__ import annotations

import json

from pipeline.check.fitness import examine, report
from pipeline.config import Config
from pipeline.engine import engine
from pipeline.figure_files import read_figures
from pipeline.stage import Files, stage

MEMORY = "2GB"  # of the engine; what is larger spills to disk


@stage(
    reads=("clean", "ingest_report"),
    writes=("data_quality",),
    params=("definition", "snapshots", "source.static_attributes", "source.tables"),
)
def check(files: Files, config: Config) -> str:
    """Write what is found, errors too: the report is there when the data are hopeless."""
    accounts = read_figures(files.read("ingest_report"))
    with engine(memory=MEMORY) as connection:
        found = report(examine(connection, files.read("clean"), accounts, config.source, config.definition, config.snapshots))
    text = json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False)
    files.write("data_quality").write_text(text + "\n", encoding="utf-8")
    counts = found["counts"]
    return f"errors {counts['error']}, warnings {counts['warning']}, advice {counts['advice']}; `churn check` shows them"


if __name__ == "__main__":
    check.main()
