"""clean tables + snapshots -> features: one row per customer at risk and snapshot, seeing only what was known then."""

from __future__ import annotations

import json
from dataclasses import asdict

from pipeline.config import Config
from pipeline.contract.facts import OF_LINES, open_facts
from pipeline.contract.offered import offered
from pipeline.engine import engine
from pipeline.features.at_risk import open_at_risk, seen_in_training
from pipeline.features.catalog import catalog
from pipeline.features.choices import left_out, refuse_unknown
from pipeline.features.compile import looked_at_often, open_attributes, open_ready, usable
from pipeline.features.foresight import refuse_foresight
from pipeline.features.screening import said, screen
from pipeline.features.writing import write_matrix
from pipeline.model.snapshot_rows import read_plan
from pipeline.stage import Files, stage

MEMORY = "5GB"  # of the engine; what is larger spills to disk


@stage(
    reads=("clean", "snapshots"),
    writes=("features", "screening"),
    params=("definition", "features", "source.reward_points", "source.static_attributes", "source.tier_spending"),
)
def features(files: Files, config: Config) -> str:
    """Compile the catalogue for what the source has and run it over every labelled row and everyone to be scored."""
    folder, snapshots = files.write("features"), files.read("snapshots")
    folder.mkdir()
    declared = catalog(config.features, config.definition, config.source.reward_points, config.source.tier_spending)
    refuse_unknown(config.features, declared)
    with engine(memory=MEMORY) as connection:
        present = open_facts(connection, files.read("clean"), config.definition, OF_LINES)
        static = config.source.static_attributes
        personal = open_attributes(connection, static)
        plan = read_plan(snapshots)
        dates = open_at_risk(connection, snapshots, plan) or (plan.score,)
        chosen = usable(declared, offered(connection, present, plan.score, "facts_of"), config.features)
        often = looked_at_often(connection)
        open_ready(connection, chosen, often)
        connection.execute("DROP TABLE purchases")  # large, and ready
        path = folder / "features.parquet"
        rows = write_matrix(connection, chosen, dates, config.definition.horizon_days, path, often=often)
        middle = dates[(len(dates) - 1) // 2]  # the last has no future that could be taken away
        refuse_foresight(connection, chosen, middle, config.definition, path, static=static, personal=tuple(personal))
        seen = seen_in_training(connection, path, snapshots, plan)
    matrix = [asdict(feature) for feature in chosen if feature.in_matrix]
    screened = screen(seen, [feature["name"] for feature in matrix])
    files.write("screening").write_text(json.dumps(screened, indent=1) + "\n", encoding="utf-8")
    (folder / "catalog.json").write_text(json.dumps(matrix, indent=2) + "\n", encoding="utf-8")
    notes = "; ".join(filter(None, (left_out(declared, personal), said(screened))))
    return f"{rows:,} rows × {len(matrix)} features{f' ({notes})' if notes else ''}"


if __name__ == "__main__":
    features.main()
