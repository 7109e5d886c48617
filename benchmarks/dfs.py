"""Featuretools' default features of every customer at one date: `python benchmarks/dfs.py CLEAN DATE`, where it is installed.

It stands alone, as Featuretools may need older versions of what the project needs. `synthesis.py` measures it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pandas as pd

NUMBERS = ("amount", "quantity", "discount", "margin", "value")


def read(clean: Path, name: str) -> pd.DataFrame:
    """A clean table without the columns that are empty, its decimals as the floats that Featuretools knows."""
    frame = pd.read_parquet(clean / f"{name}.parquet").dropna(axis="columns", how="all")
    return frame.astype({column: "float64" for column in frame if column in NUMBERS})


def synthesis(clean: Path, t: pd.Timestamp) -> pd.DataFrame:
    """Deep feature synthesis as it comes, over customers, their order lines and their engagements before t."""
    featuretools = import_module("featuretools")
    lines, events = read(clean, "transactions"), read(clean, "engagements")
    lines["line"] = lines["order_id"] + "/" + lines.pop("line_id")
    entities = featuretools.EntitySet("shop")
    customers = pd.DataFrame({"customer_id": sorted(lines["customer_id"].unique())})
    entities.add_dataframe(dataframe=customers, dataframe_name="customers", index="customer_id")
    for name, frame, index, when in (
        ("transactions", lines, "line", "ordered_at"),
        ("engagements", events, "engagement_id", "occurred_at"),
    ):
        entities.add_dataframe(dataframe=frame, dataframe_name=name, index=index, time_index=when)
        entities.add_relationship("customers", "customer_id", name, "customer_id")
    matrix, _ = featuretools.dfs(entityset=entities, target_dataframe_name="customers", cutoff_time=t)
    return matrix


if __name__ == "__main__":
    made = synthesis(Path(sys.argv[1]), pd.Timestamp(sys.argv[2]))
    made.to_parquet(Path(sys.argv[1]) / "synthesis.parquet")
    print(f"{len(made):,} rows × {len(made.columns)} features")
