"""champion (or challenger) + snapshots + volumes + outcomes -> drift: does the model still fit, and is it to be retrained."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.figure_files import read_figures, sealed
from pipeline.model.champion import read_champion, scoring_model
from pipeline.model.snapshot_rows import read_at, read_catalog, read_plan, read_rows
from pipeline.monitor.examine import Material, examine
from pipeline.monitor.verdict import SAID, age
from pipeline.monitor.volumes import volumes
from pipeline.outcomes.earlier import matured_files
from pipeline.stage import Files, stage


@stage(
    reads=("clean", "snapshots", "features", "challenger", "champion", "matured", "data_quality"),
    pinned=("registry",),
    writes=("drift",),
    params=("definition", "monitor", "promotion.max_age_days", "snapshots.stride_days", "source.name"),
)
def monitor(files: Files, config: Config) -> str:
    """Hold today against the company's own past, and say whether the model that scores is to be replaced."""
    plan, stride = read_plan(files.read("snapshots")), config.snapshots.stride_days
    champion, rate = read_champion(files.read("champion")), config.monitor.false_alarms
    model, version, role = scoring_model(champion, files.read("registry"), files.read("challenger"), config, plan.score)
    periods = max(1, (plan.score - plan.first).days // stride)
    days = [plan.score - timedelta(days=stride * number) for number in reversed(range(periods))]
    matured = matured_files(files.read("matured"))
    with engine() as connection:
        open_facts(connection, files.read("clean"), config.definition)
        counted = volumes(connection, days, stride)
    material = Material(
        plan.score,
        read_rows(files.read("features"), files.read("snapshots")),
        read_at(files.read("features"), plan.score),
        read_catalog(files.read("features")),
        counted,
        list(matured),
        lambda day: pd.read_parquet(matured[day]),
        read_figures(files.read("data_quality")),
    )
    known_until = date.fromisoformat(model.about["known_until"])
    due = age(champion.version, known_until, plan.score, config.promotion.max_age_days)
    of_model = {"model_version": version, "model_role": role, "known_until": known_until.isoformat()}
    body: dict[str, Any] = {"as_of": plan.score.isoformat()} | of_model
    body |= {"false_alarms": rate} | examine(material, model, version, due, rate, stride)
    files.write("drift").write_text(sealed(body), encoding="utf-8")
    return f"{SAID[body['verdict']]}: {body['why'][0]}"


if __name__ == "__main__":
    monitor.main()
