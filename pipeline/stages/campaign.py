"""scores + clean tables + earlier deliveries -> campaigns, under real ids: customers.csv, lists by channel, who is left out."""

from __future__ import annotations

import pandas as pd

from pipeline.campaign.archive import before
from pipeline.campaign.entries import MANIFEST
from pipeline.campaign.known import known_customers
from pipeline.campaign.list_columns import FIXED
from pipeline.campaign.list_reasons import list_reasons
from pipeline.campaign.lists import customer_list, tables_of
from pipeline.campaign.manifest import of_lists, settings, text
from pipeline.campaign.planning import SCORES, figures, plan_lists, said
from pipeline.campaign.shown import READS, read_shown
from pipeline.config import Config
from pipeline.contract.identity import read_identities, renamed
from pipeline.figure_files import read_figures
from pipeline.model.champion import read_champion, scoring_model
from pipeline.model.snapshot_rows import read_at, read_catalog, read_plan
from pipeline.spreadsheet import write_tables
from pipeline.stage import Files, stage


@stage(
    reads=("clean", "scores", "snapshots", "features", "challenger", "champion", "metrics", "identities", "delivered", *READS),
    pinned=("registry", "deliveries"),
    writes=("campaigns",),
    params=("campaign", "definition", "features.windows", "locale", "seed", "source", "value"),
)
def campaign(files: Files, config: Config) -> str:
    """Decide who is meant to be contacted with what, explain, and write the lists that people open."""
    features, folder = files.read("features"), files.write("campaigns")
    folder.mkdir()
    snapshots, identities = files.read("snapshots"), read_identities(files.read("identities"))
    day, scores = read_plan(snapshots).score, pd.read_parquet(files.read("scores") / "scores.parquet")
    profile, has = known_customers(files.read("clean"), snapshots / "customers.parquet", identities, day, config)
    earlier = before(files.read("deliveries"), day, identities, files.read("delivered"))
    champion = read_champion(files.read("champion"))
    shown = read_shown(files.read("learned"), files.read("effects"))
    planned = plan_lists(profile, scores[list(SCORES)], earlier, config, day, has, shown)
    model, *_ = scoring_model(champion, files.read("registry"), files.read("challenger"), config, day)
    reasons = list_reasons(model, read_at(features, day), read_catalog(features), planned.customers, config)
    listed = customer_list(renamed(planned.customers, identities), renamed(reasons, identities))
    tables, layout = tables_of(planned.customers, listed, identities, config.locale), config.campaign.export.layout
    metrics = read_figures(files.read("metrics"))
    manifest = of_lists(
        listed,
        {name: scores[name].iloc[0] for name in ("model_version", "model_role")},
        config.campaign.model_dump(mode="json"),
        figures(planned, config.campaign.allocation) | settings(config) | dict(shown.figures),
        {"model_version": metrics["model_version"], **metrics["test"]},
        write_tables(tables, folder, layout, plain=FIXED),
    )
    (folder / MANIFEST).write_text(text(manifest), encoding="utf-8")
    return said(planned, listed)


if __name__ == "__main__":
    campaign.main()
