"""scores + customers -> campaigns, under real ids: customers.csv, one CSV per risk segment, manifest.json."""

from __future__ import annotations

import json

import pandas as pd

from pipeline.campaign.lists import SEGMENTS, customer_list
from pipeline.campaign.manifest import MANIFEST, of_lists, text
from pipeline.config import Config
from pipeline.contract.identity import read_identities, renamed
from pipeline.disk import sha256
from pipeline.spreadsheet import write_csv
from pipeline.stage import Files, stage


@stage(reads=("scores", "snapshots", "metrics", "identities"), writes=("campaigns",), params=("campaign",))
def campaign(files: Files, config: Config) -> str:
    """Write the lists that people open, and what they are made of."""
    folder = files.write("campaigns")
    folder.mkdir()
    identities = read_identities(files.read("identities"))
    scores = renamed(pd.read_parquet(files.read("scores") / "scores.parquet"), identities)
    known = renamed(pd.read_parquet(files.read("snapshots") / "customers.parquet"), identities)
    listed = customer_list(known, scores, config.campaign.bands)
    lists = {"customers": listed} | {segment: listed[listed["risk_segment"] == segment] for segment in SEGMENTS}
    for name, rows in lists.items():
        write_csv(rows, folder / f"{name}.csv")
    metrics = json.loads(files.read("metrics").read_text(encoding="utf-8"))
    manifest = of_lists(
        listed,
        {name: scores[name].iloc[0] for name in ("model_version", "model_role")},
        config.campaign.model_dump(mode="json"),
        {"model_version": metrics["model_version"], **metrics["test"]},
        {f"{name}.csv": (len(rows), sha256(folder / f"{name}.csv")) for name, rows in lists.items()},
    )
    (folder / MANIFEST).write_text(text(manifest), encoding="utf-8")
    return f"{len(listed):,} customers, " + ", ".join(f"{segment} {len(lists[segment]):,}" for segment in SEGMENTS)


if __name__ == "__main__":
    campaign.main()
