"""What a policy goes by when it plans the lists of a month: the playbook, what it has learned, or the truth of each offer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.lives import Life, Said, Standing, read_back
from pipeline.campaign.shown import NOTHING, Shown, read_shown
from pipeline.learning.learned import learned_from
from pipeline.learning.rates import Learned
from pipeline.learning.share_kept import as_chances
from pipeline.simulator.delivery_truth import WINDOW_DAYS
from pipeline.uplift.randomised import randomised
from pipeline.uplift.whether_used import judged, keep


def static(_life: Life, _now: Standing) -> tuple[Shown, Said]:
    """The playbook as it is written."""
    return NOTHING, {}


def learned(life: Life, _now: Standing) -> tuple[Shown, Said]:
    """What the stages outcomes and uplift would have written on this day, as the stage campaign reads it."""
    read, config, today = read_back(life), life.config, life.world.now.date()
    if not read:
        return NOTHING, {}
    trusted = [rows for figures, rows in read if not figures["suspect"]]
    rates, effects = life.root / "learned.json", life.root / "effects"
    rates.write_text(learned_from(trusted, [figures for figures, _ in read], today, config.campaign), encoding="utf-8")
    uplifts = {code: offer.stayer_uplift for code, offer in config.campaign.playbook.items()}
    everybody = randomised([rows for _, rows in read], uplifts)
    told, model = judged(everybody, config.campaign.allocation.detectable, config.seed)
    effects.mkdir(exist_ok=True)
    keep(effects, told, model)
    return read_shown(rates, effects), {"kept": _kept(json.loads(rates.read_text(encoding="utf-8"))), "uplift": _of_uplift(told)}


def oracle(life: Life, now: Standing) -> tuple[Shown, Said]:
    """The share kept with which the formula gives the change of churn that each offer makes on average to all who may get it."""
    truth = life.world.truth(WINDOW_DAYS).set_index("customer_id")
    known = now.scores[now.scores["customer_id"].isin(truth.index)].set_index("customer_id")
    aggrieved = now.profile.loc[now.profile["complaints_count_90d"] > 0, "customer_id"]
    chances: dict[tuple[str, str], dict[str | None, tuple[float, float]]] = {}
    kept = {}
    for code, offer in life.config.campaign.playbook.items():
        who = known.index[known.index.isin(aggrieved)] if offer.eligibility else known.index
        alone, asked = f"untreated_no_purchase_probability_{WINDOW_DAYS}d", f"no_purchase_probability_{WINDOW_DAYS}d_{code}"
        change = float((truth.loc[who, asked] - truth.loc[who, alone]).mean())
        p = float(known.loc[who, "churn_probability"].mean())
        kept[code] = {"used": ((1 - p) * offer.driven_away - change) / p}
        for channel in offer.channels:
            chances[code, channel] = {None: as_chances(kept[code]["used"], offer.driven_away, p)}
    return Shown(Learned(chances)), {"kept": kept}


def _kept(written: Mapping[str, Any]) -> Said:
    whole = [row for row in written["offers"] if row["segment"] is None]
    return {row["offer"]: {name: row[name] for name in ("assumed", "used", "low", "high", "contacted")} for row in whole}


def _of_uplift(told: Mapping[str, Any]) -> Said:
    policy = told.get("policy") or {}
    found = {name: told[name] for name in ("used", "verdict", "rows")} | {"look": (told["look"] or {}).get("number")}
    return found | {name: policy.get(name) for name in ("difference", "low", "left_alone")}
