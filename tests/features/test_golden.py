"""The query of a snapshot in both dialects, as it was last looked at: `python -m tests.features.test_golden` writes it again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlglot

from pipeline.features.compile import compile_features
from tests.worlds import definition, every_feature

FOLDER = Path(__file__).with_name("golden")
DIALECTS = ("duckdb", "spark")


def query(dialect: str) -> str:
    """The whole catalogue at one snapshot, a line for each clause and column."""
    churn = definition(kind="activity")
    compiled = compile_features(every_feature(churn), date(2020, 6, 1), churn.horizon_days, often=True)
    made = sqlglot.transpile(compiled, read="duckdb", write=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE)
    return "\n".join(made) + "\n"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_query_is_the_one_that_was_looked_at(dialect: str) -> None:
    assert query(dialect) == (FOLDER / f"{dialect}.sql").read_text(encoding="utf-8")


if __name__ == "__main__":
    for name in DIALECTS:
        (FOLDER / f"{name}.sql").write_text(query(name), encoding="utf-8")
