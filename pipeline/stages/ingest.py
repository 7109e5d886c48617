"""raw files -> clean tables: typed, judged, de-duplicated, every row accounted for."""

from __future__ import annotations

import json

from pipeline.config import Config
from pipeline.contract.account import Account
from pipeline.contract.clean import clean_table
from pipeline.contract.judge import Identity
from pipeline.contract.rules import Limits
from pipeline.engine import engine
from pipeline.progress import track
from pipeline.sources.mapping import read
from pipeline.stage import Files, stage

MEMORY = "2GB"  # of the engine; tables that are larger spill to disk


@stage(reads=(), writes=("clean", "ingest_report"), params=("source",))
def ingest(files: Files, config: Config) -> str:
    """Read every configured table, judge its rows, and write clean and quarantined ones with the account of both."""
    source, clean = config.source, files.write("clean")
    limits = Limits(source.first_day, source.last_day, source.currency)
    accounts: dict[str, Account] = {}
    for table, mappings in track(source.tables.items(), "ingest"):
        mapped = tuple(dict.fromkeys(name for mapping in mappings for name in mapping.mapped))
        with engine(memory=MEMORY) as connection:
            batches = (rows for number in range(len(mappings)) for rows in read(connection, source, table, number))
            accounts[table] = clean_table(connection, table, batches, mapped, clean, limits, Identity())
    report = {table: account.as_dict() for table, account in accounts.items()}
    files.write("ingest_report").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return ", ".join(f"{table} {account}" for table, account in accounts.items())


if __name__ == "__main__":
    ingest.main()
