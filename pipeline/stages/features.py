"""clean tables + snapshots -> features: one row per customer at risk and snapshot, seeing only what was known then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.config import Config, Features
from pipeline.contract.facts import open_facts, timestamp
from pipeline.engine import engine, quoted
from pipeline.errors import ConfigError
from pipeline.features.catalog import catalog
from pipeline.features.compile import looked_at_often, offered, open_attributes, open_ready, usable
from pipeline.features.foresight import refuse_foresight
from pipeline.features.screening import said, screen
from pipeline.features.spec import Feature
from pipeline.features.writing import write_matrix
from pipeline.model.folds import Plan
from pipeline.model.labels import read_by_models
from pipeline.model.snapshot_rows import read_plan
from pipeline.stage import Files, stage

MEMORY = "5GB"  # of the engine; what is larger spills to disk

AT_RISK = """CREATE TABLE at_risk AS
    SELECT customer_id, t FROM read_parquet({labelled}) WHERE {read}
    UNION ALL SELECT customer_id, t FROM read_parquet({customers}) WHERE status = 'scored'"""


# Of what the twin learns from: the choice of columns must not know the rows that it is judged on.
SCREENED_ROWS = 20_000
SCREENED = """SELECT features.*, y FROM read_parquet({matrix}) AS features JOIN (
        SELECT customer_id, t, CAST(NOT coalesce(kept_known_at < {test}, false) AS TINYINT) AS y
        FROM read_parquet({labelled}) WHERE weight > 0 AND CAST(t AS DATE) IN ({t})
        ORDER BY md5(customer_id || t), customer_id, t LIMIT {rows}
    ) USING (customer_id, t) ORDER BY t, customer_id"""


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
    _refuse_unknown(config.features, declared)
    with engine(memory=MEMORY) as connection:
        present = open_facts(connection, files.read("clean"), config.definition, with_products=True)
        labelled, customers = (quoted(snapshots / f"{name}.parquet") for name in ("labelled", "customers"))
        plan = read_plan(snapshots)
        connection.execute(AT_RISK.format(labelled=labelled, customers=customers, read=read_by_models(plan)))
        static = config.source.static_attributes
        personal = open_attributes(connection, static)
        chosen = usable(declared, offered(connection, present, plan.score), config.features)
        often = looked_at_often(connection)
        open_ready(connection, chosen, often)
        connection.execute("DROP TABLE purchases")  # large, and ready
        found = connection.execute("SELECT DISTINCT CAST(t AS DATE) AS t FROM at_risk ORDER BY t").fetchall()
        dates = tuple(t for (t,) in found) or (plan.score,)
        path = folder / "features.parquet"
        rows = write_matrix(connection, chosen, dates, config.definition.horizon_days, path, often=often)
        middle = dates[(len(dates) - 1) // 2]  # the last has no future that could be taken away
        refuse_foresight(connection, chosen, middle, config.definition, path, static=static, personal=tuple(personal))
        names = [feature.name for feature in chosen if feature.in_matrix]
        seen = _seen_in_training(connection, path, labelled, plan)
    screened = screen(seen, names)
    files.write("screening").write_text(json.dumps(screened, indent=1) + "\n", encoding="utf-8")
    matrix = [asdict(feature) for feature in chosen if feature.in_matrix]
    (folder / "catalog.json").write_text(json.dumps(matrix, indent=2) + "\n", encoding="utf-8")
    notes = "; ".join(filter(None, (_left_out(declared, personal), said(screened))))
    return f"{rows:,} rows × {len(matrix)} features{f' ({notes})' if notes else ''}"


def _refuse_unknown(features: Features, declared: tuple[Feature, ...]) -> None:
    names = {feature.name for feature in declared}
    for key, named in (("include", features.include), ("exclude", features.exclude)):
        if set(named) - names:
            unknown = sorted(set(named) - names)[0]
            raise ConfigError(f"features.{key}: there is no feature {unknown!r}; docs/reference/features.md lists them")


def _seen_in_training(connection: duckdb.DuckDBPyConnection, matrix: Path, labelled: str, plan: Plan) -> pd.DataFrame:
    """A sample of the rows that the twin learns from, with the label as it was known then."""
    t = ", ".join(f"DATE '{day}'" for day in plan.train) or "NULL"
    return connection.execute(
        SCREENED.format(matrix=quoted(matrix), labelled=labelled, rows=SCREENED_ROWS, t=t, test=timestamp(plan.test))
    ).df()


def _left_out(declared: tuple[Feature, ...], personal: Mapping[str, str]) -> str:
    """The features that do not exist because the attribute they read looks like personal data."""
    needed = {need.removeprefix("attributes:") for feature in declared for need in feature.needs if ":" in need}
    refused = [f"{name} looks like {kind}" for name, kind in personal.items() if name in needed]
    return f"{', '.join(refused)}: left out as personal" if refused else ""


if __name__ == "__main__":
    features.main()
