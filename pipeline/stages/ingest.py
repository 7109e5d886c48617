"""raw files -> clean tables: typed, judged, de-duplicated, every row accounted for."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.config import Config
from pipeline.contract.clean import Account, clean_table
from pipeline.engine import engine
from pipeline.progress import track
from pipeline.sources.files import read_mapping
from pipeline.stage import Files, stage


@stage(reads=(), writes=("clean", "ingest_report"), params=("source",))
def ingest(files: Files, config: Config) -> str:
    """Read every configured table, judge its rows, and write clean and quarantined ones with the account of both."""
    clean = files.write("clean")
    accounts: dict[str, Account] = {}
    for table, mappings in track(config.source.tables.items(), "ingest"):
        with engine() as connection:
            views = [
                read_mapping(connection, Path(config.source.path), table, number, mapping)
                for number, mapping in enumerate(mappings)
            ]
            mapped = tuple(dict.fromkeys(name for mapping in mappings for name in mapping.mapped))
            accounts[table] = clean_table(connection, table, views, mapped, clean)
    report = {table: account.as_dict() for table, account in accounts.items()}
    files.write("ingest_report").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return ", ".join(f"{table} {account}" for table, account in accounts.items())


if __name__ == "__main__":
    ingest.main()
