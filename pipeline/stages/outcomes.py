"""earlier deliveries + clean tables -> outcomes: what became of whom, how true the forecasts were, what contacting changed."""

from __future__ import annotations

from pipeline.config import Config
from pipeline.contract.identity import read_identities
from pipeline.counted import counted
from pipeline.figure_files import sealed
from pipeline.learning.learned import learned_from
from pipeline.model.snapshot_rows import read_plan
from pipeline.outcomes.archived import read_archive
from pipeline.outcomes.data_end import data_end
from pipeline.outcomes.read_delivery import facts_by_definition, read_delivery
from pipeline.outcomes.tell import deliveries_table, parts_table, waiting
from pipeline.outcomes.what_happened import matures_on
from pipeline.progress import track
from pipeline.stage import Files, stage


@stage(
    reads=("clean", "snapshots", "identities", "delivered"),
    pinned=("deliveries",),
    writes=("outcomes", "outcome_tables", "matured", "learned"),
    params=("campaign", "definition", "evaluate.calibration_bins", "source.pseudonym_key", "value"),
)
def outcomes(files: Files, config: Config) -> str:
    """Read every delivery whose window has passed in the data; say of the others when it will have; learn from all of them."""
    today = read_plan(files.read("snapshots")).score
    pseudonyms = {name: pseudonym for pseudonym, name in read_identities(files.read("identities")).items()}
    found, trusted, tables, rows = [], [], files.write("outcome_tables"), files.write("matured")
    tables.mkdir()
    rows.mkdir()
    delivered = read_archive(files.read("deliveries"), files.read("delivered"), today, pseudonyms, config.definition)
    with facts_by_definition(files.read("clean")) as facts:
        for name, one in track([(one.t.isoformat(), one) for one in delivered], "outcomes"):
            complete = matures_on(one.t, one.definition)
            ended = data_end(facts(one.definition), complete) if complete <= today else None
            if complete > today or ended:
                found.append(waiting(one, complete, ended))
                continue
            read, after = read_delivery(facts(one.definition), one, delivered, today, config)
            found.append(read)
            after.to_parquet(rows / f"{name}.parquet", index=False)
            trusted += [] if read["suspect"] else [after]
            parts_table(read).to_csv(tables / f"{name}.csv", index=False, lineterminator="\n")
    deliveries_table(found).to_csv(tables / "deliveries.csv", index=False, lineterminator="\n")
    files.write("outcomes").write_text(sealed({"as_of": today.isoformat(), "deliveries": found}), encoding="utf-8")
    files.write("learned").write_text(learned_from(trusted, found, today, config.campaign), encoding="utf-8")
    matured = sum(one["matured"] for one in found)
    return (
        f"{counted(len(found), 'delivery', 'deliveries')}, {matured:,} of them matured by {today}" if found else "no delivery yet"
    )


if __name__ == "__main__":
    outcomes.main()
