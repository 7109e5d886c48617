"""raw files -> clean tables: typed, judged, de-duplicated, every row accounted for."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Config
from pipeline.contract.account import Account
from pipeline.contract.clean import clean_table
from pipeline.contract.identity import Identity, join_identities, key_from_environment, pseudonym_sql
from pipeline.contract.rules import Limits
from pipeline.contract.tombstones import forgotten_sql, read_tombstones
from pipeline.engine import engine, quoted
from pipeline.figure_files import sealed
from pipeline.progress import track
from pipeline.sources.mapping import read
from pipeline.stage import Files, stage

MEMORY = "2GB"  # of the engine; tables that are larger spill to disk


@stage(reads=("forgotten",), writes=("clean", "identities", "ingest_report"), params=("source",))
def ingest(files: Files, config: Config) -> str:
    """Read every configured table, judge its rows, and write clean and quarantined ones with the account of both."""
    source, clean, identities = config.source, files.write("clean"), files.write("identities")
    limits = Limits(source.first_day, source.last_day, source.currency)
    who = _identity(source.pseudonym_key, files.read("forgotten"))
    accounts: dict[str, Account] = {}
    for table, mappings in track(source.tables.items(), "ingest"):
        mapped = tuple(dict.fromkeys(name for mapping in mappings for name in mapping.mapped))
        pairs = identities / f"{table}.parquet" if who.pseudonym else None
        with engine(memory=MEMORY) as connection:
            batches = (rows for number in range(len(mappings)) for rows in read(connection, source, table, number))
            accounts[table] = clean_table(connection, table, batches, mapped, clean, limits, who, pairs)
    join_identities(identities)
    report = sealed({table: account.as_dict() for table, account in accounts.items()})
    files.write("ingest_report").write_text(report, encoding="utf-8")
    return ", ".join(f"{table} {account}" for table, account in accounts.items())


def _identity(key_variable: str | None, tombstones: Path) -> Identity:
    """What becomes of identifiers: pseudonyms if an environment variable is named for their key, nobody who is forgotten."""
    salt, forgotten = read_tombstones(tombstones)
    known = ", ".join(quoted(one) for one in forgotten)
    key = key_from_environment(key_variable) if key_variable else None
    return Identity(
        pseudonym=(lambda text: pseudonym_sql(text, key)) if key else None,
        forgotten=(lambda text: f"coalesce({forgotten_sql(text, salt)} IN ({known}), false)") if forgotten else None,
    )


if __name__ == "__main__":
    ingest.main()
