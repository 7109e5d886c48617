"""clean tables -> kpis: the retention figures by period, dimension and cohort, each with its definition."""

from __future__ import annotations

import csv

from pipeline.config import Config
from pipeline.counted import counted
from pipeline.engine import engine
from pipeline.figure_files import sealed
from pipeline.kpis.compute import MEMORY, figures
from pipeline.kpis.summary import summary
from pipeline.kpis.tabulate import COLUMNS, lines
from pipeline.stage import Files, stage


@stage(reads=("clean",), writes=("kpis", "kpis_table"), params=("definition", "kpis", "snapshots.as_of", "source.currency"))
def kpis(files: Files, config: Config) -> str:
    """Compute every declared figure the source carries, and say why the others are absent."""
    with engine(memory=MEMORY) as connection:
        found = figures(connection, files.read("clean"), config, config.kpis.dimensions)
        told = summary(connection, found, config)
    with files.write("kpis_table").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(lines(found.rows))
    files.write("kpis").write_text(sealed(told), encoding="utf-8")
    figures_told = f"{counted(len(found.metrics), 'figure')} ({len(found.absent)} absent)"
    by = f"{counted(len(found.grid.spans), 'period')} by {counted(len(found.dimensions), 'dimension')}"
    return f"{figures_told} in {by}: {counted(len(found.rows), 'row')}"


if __name__ == "__main__":
    kpis.main()
