"""Whether the gates decide rightly, on companies whose truth is known: `python -m benchmarks.promotion [--rows FILE] [--write]`.

Each seed is a simulated company that retrains in each of its last 24 months. The refresh challenges the champion, which is
carried along; beside it challengers are planted that are known to be good or bad, and every second company changes its behaviour.
What a model is truly worth needs no luck: every customer's true chance of leaving is known.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.challengers import USUAL, WAYS, Made, Workshop, decision, evidence, expected_auc
from benchmarks.changed import CHANGES, CHANGES_AT, WATCHED, oracle
from benchmarks.flow import ROOT, run
from benchmarks.promotion_page import page
from benchmarks.resumed import resumed
from benchmarks.retrained import BROKEN, CUSTOMERS, FIRST, MONTHS, Company, Month, config_of, live, month_of, prepare
from pipeline.artifacts import ARTIFACTS
from pipeline.check.sheet import verdict
from pipeline.config import Config
from pipeline.errors import DataUnfitError
from pipeline.simulator.settings import USUAL as AS_EVER
from pipeline.simulator.settings import Settings

BROKEN_AT = 21  # boundary of the first month whose data may be broken
PAGE = ROOT / "docs" / "promotion.md"
FIRST_SEED = 1  # of those reported; gates are developed on seeds from 501 on
Row = dict[str, Any]


def change_of(seed: int) -> str | None:
    """How the company of a seed changes: every second one does, in turn."""
    return list(CHANGES)[seed // 2 % len(CHANGES)] if seed % 2 == 0 else None


def judged(seed: int) -> Row:
    """All decisions of a company, and how near the champion is to the oracle after its change."""
    change = change_of(seed)
    settings = Settings(
        seed, CUSTOMERS, MONTHS, changes_at=CHANGES_AT if change else None, changed=CHANGES.get(change or "", AS_EVER)
    )
    company = live(settings, range(FIRST, MONTHS + 1))
    with TemporaryDirectory(prefix="churn-promotion-") as place:
        root = Path(place)
        prepare(company.tables, config_of(seed, root, f"snapshots.count={MONTHS}"), root)
        rows, recovery = _lived(company, root, seed, change)
    return {"seed": seed, "change": change, "decisions": rows, "recovery": recovery}


def _lived(company: Company, root: Path, seed: int, change: str | None) -> tuple[list[Row], list[Row]]:
    config = config_of(seed, root)
    shop = Workshop(config, root / "models")
    champion: Made | None = None
    before: Month | None = None
    rows: list[Row] = []
    recovery: list[Row] = []
    for number in company.truth:
        told = len(rows)
        month = month_of(_as_of(config, company, number), root)
        truth = company.truth[number]
        fresh, metrics = shop.make(month, "usual", USUAL)
        if before is not None and champion is not None:
            rows += list(_planted(company, number, shop, (before, month), (fresh, metrics), champion))
            if number == BROKEN_AT + seed % 20:
                rows += list(_broken(company, number, champion, root, seed))
        found = evidence(month, fresh, metrics, champion, shop)
        row = decision(month, found, fresh, champion, truth, config)
        rows.append({"month": number, "kind": "refresh", "what": "refresh", **row})
        print(*map(json.dumps, rows[told:]), sep="\n", flush=True)
        champion = fresh if row["promoted"] else champion
        if change and champion is not None and CHANGES_AT <= number <= CHANGES_AT + WATCHED:
            recovery.append(_recovered(change, number, month, champion, company))
        before = month
    return rows, recovery


def _as_of(config: Config, company: Company, number: int) -> Config:
    snapshots = config.snapshots.model_copy(update={"as_of": company.day(number)})
    return config.model_copy(update={"snapshots": snapshots})


def _planted(
    company: Company, number: int, shop: Workshop, months: tuple[Month, Month], fresh: tuple[Made, Row], champion: Made
) -> Iterator[Row]:
    """A bad challenger of the champion, or the fresh model as the challenger of a bad one of the month before, in turn."""
    before, month = months
    truth, config, names = company.truth[number], shop.config, list(WAYS)
    turn = number + company.settings.seed
    name = names[turn // 2 % len(names)]
    if turn % 2 == 0:
        poor, _ = shop.make(before, name, WAYS[name])
        row = decision(month, evidence(month, fresh[0], fresh[1], poor, shop), fresh[0], poor, truth, config)
        yield {"month": number, "kind": "good", "what": name, **row}
    elif not WAYS[name].halved:  # without features that the champion reads nothing is left to compare
        worse, metrics = shop.make(month, name, WAYS[name])
        row = decision(month, evidence(month, worse, metrics, champion, shop), worse, champion, truth, config)
        yield {"month": number, "kind": "bad", "what": name, **row}


def _broken(company: Company, number: int, champion: Made, root: Path, seed: int) -> Iterator[Row]:
    """The refresh of a month whose data are broken, against the champion of the months before."""
    name = list(BROKEN)[seed % len(BROKEN)]
    place = root / "broken"
    tables = BROKEN[name](company.tables, company.settings.boundary(number - 1), company.settings.boundary(number))
    config = config_of(seed, place, f"snapshots.as_of={company.day(number)}")
    # The columns are those of the company, which knows all its dates: as of this one some might not be there yet.
    prepare(tables, config_of(seed, place, f"snapshots.count={MONTHS}"), place)
    run(config, place, ("check",))
    try:
        month = month_of(config, place)
    except DataUnfitError as error:  # no model is made of it, so there is nothing whose truth could be told
        yield {"month": number, "kind": "broken", "what": name, "promoted": False, "refused_by": ["data"], "said": str(error)}
        return
    report = json.loads((place / ARTIFACTS["data_quality"]).read_text(encoding="utf-8"))
    shop = Workshop(config, place / "models")
    fresh, metrics = shop.make(month, "usual", USUAL)
    found = evidence(month, fresh, metrics, champion, shop, "" if report["fit"] else verdict(report))
    row = decision(month, found, fresh, champion, company.truth[number], config)
    yield {"month": number, "kind": "broken", "what": name, "warnings": report["counts"]["warning"], **row}


def _recovered(change: str, number: int, month: Month, champion: Made, company: Company) -> Row:
    """AUC to be expected of the champion, after so many retrainings since the change, and of the oracle."""
    truth = company.truth[number].reindex(month.today["customer_id"].astype(str)).to_numpy(np.float64)
    ours = champion.ship.churn_probability(month.today, month.plan.score)
    best = oracle(change).churn_probability(month)
    return {"retrains": number - CHANGES_AT, "auc": expected_auc(truth, ours), "oracle": expected_auc(truth, best)}


def main() -> None:
    """Judge every seed and print."""
    parser = argparse.ArgumentParser(description="Whether the gates decide rightly, on simulated companies.")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(range(FIRST_SEED, FIRST_SEED + 12)))
    parser.add_argument("--rows", type=Path, help="a file that keeps what each seed gave, so that a run that was stopped goes on")
    parser.add_argument("--write", action="store_true", help="write docs/promotion.md")
    asked = parser.parse_args()
    made = page(list(resumed(asked.seeds, asked.rows, judged)))
    print(made)
    if asked.write:
        PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
