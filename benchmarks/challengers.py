"""Models as a retraining makes them, usual ones and planted bad ones, and the decision on them by the pipeline's functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from benchmarks.retrained import Month
from pipeline.arrays import Floats
from pipeline.config import Config
from pipeline.contract.facts import open_facts
from pipeline.engine import engine
from pipeline.model.about import about_of
from pipeline.model.booster import ChurnModel, fit
from pipeline.model.folds import Origin
from pipeline.model.judge import GIVEN, MODEL, judge, measure
from pipeline.model.judged_rows import summary_before
from pipeline.model.level_now import with_levels_of
from pipeline.model.metrics import SMALLEST, auc, losses, places
from pipeline.model.recipe import Record, record_of
from pipeline.model.search import Recipe
from pipeline.model.simple import SimpleModel
from pipeline.model.snapshot_rows import KEYS, rows_of_test, running_rows, ship_rows, twin_rows
from pipeline.promotion.comparison import Comparison, compare
from pipeline.promotion.embargoed import Pairs, beside, graded, kept_twins, refitted
from pipeline.promotion.gates import Evidence, Opponent, judge_gates, refusal


@dataclass(frozen=True)
class Way:
    """How a model is made: what differs from the default recipe, and what is spoilt.

    `shuffled` is the share of the labels of each date that are dealt out by lot; `halved` leaves out every second feature.
    """

    params: Mapping[str, float] = field(default_factory=dict)
    rounds: int | None = None
    shuffled: float = 0.0
    halved: bool = False


USUAL = Way()
# Deep trees on few rows, at the defaults' number of trees.
LOOSE = {"num_leaves": 63, "min_data_in_leaf": 5, "lambda_l2": 0.0}
WAYS: Mapping[str, Way] = {
    "5 trees": Way(rounds=5),
    "20 trees": Way(rounds=20),
    "learning rate 1": Way({"learning_rate": 1.0}),
    "learning rate .4": Way({"learning_rate": 0.4}),
    "63 leaves of 5 rows": Way(LOOSE),
    "a third of the labels drawn by lot": Way(shuffled=0.33),
    "two thirds of the labels drawn by lot": Way(shuffled=0.67),
    "every second feature": Way(halved=True),
}


@dataclass(frozen=True)
class Made:
    """A model as it is kept: its folder with the twins, its recipe, what it ships, its grade, and until when it learned."""

    folder: Path
    record: Record
    ship: ChurnModel
    twins: Pairs
    grade: str | None
    known_until: date


class Workshop:
    """Makes models of one company.

    A twin is made of what was known at its own date, so that of a date is the same whenever its recipe is trained again, and so
    are the baselines there: each is made once.
    """

    def __init__(self, config: Config, root: Path) -> None:
        """In a folder for the models."""
        self.config, self.root = config, root
        self._twins: dict[tuple[str, date], ChurnModel] = {}
        self._rivals: dict[date, pd.DataFrame] = {}

    def make(self, month: Month, name: str, way: Way) -> tuple[Made, dict[str, Any]]:
        """A model, its twins, and the figures of `reports/metrics.json` but those of slices."""
        config, folder = _chosen(self.config, way), self.root / f"{month.plan.score}-{name}"
        folder.mkdir(parents=True)
        catalog = [one for place, one in enumerate(month.catalog) if not (way.halved and place % 2)]
        recipe = Recipe(config.model.params, config.model.rounds)
        learn = partial(fit, params=recipe.params, catalog=catalog, rounds=recipe.rounds, seed=config.seed)
        twins: Pairs = []
        for origin in month.plan.origins:
            key = (name, origin.test)
            if key not in self._twins:
                frame = _shuffled(twin_rows(month.rows, origin), way.shuffled, config.seed)
                about = about_of(month.plan, origin.train, origin.test, config)
                early = running_rows(month.rows, origin.running, origin.test)
                self._twins[key] = learn(frame, about=about, running=early)
            self._twins[key].save(folder, origin.twin)
            twins.append((origin, self._twins[key]))
        plan = month.plan
        frame = _shuffled(ship_rows(month.rows, plan), way.shuffled, config.seed)
        early = running_rows(month.rows, plan.running, plan.score)
        ship = learn(frame, about=about_of(plan, plan.ship, plan.score, config), running=early)
        record = record_of(recipe, catalog, config, trees=True)
        metrics = measure(self.judged(month, twins), pd.DataFrame(), plan.origins, None, config)
        return Made(folder, record, ship, twins, metrics["grade"], plan.score), metrics

    def judged(self, month: Month, twins: Pairs) -> pd.DataFrame:
        """The judged rows of all test dates, with the baselines beside."""
        return pd.concat([self._at(month, origin, twin) for origin, twin in twins], ignore_index=True)

    def _at(self, month: Month, origin: Origin, twin: ChurnModel | SimpleModel) -> pd.DataFrame:
        test = rows_of_test(month.rows, origin)
        if origin.test not in self._rivals:
            with engine() as connection:
                open_facts(connection, month.clean, self.config.definition)
                history = summary_before(connection, origin.test, month.plan.score)
            train = twin_rows(month.rows, origin)
            found = judge(origin, twin, train, test, history, month.catalog, self.config)
            self._rivals[origin.test] = found.drop(columns=[name for name in GIVEN if name not in KEYS])
        known = test[[*KEYS, "y", "weight"]].assign(**{MODEL: twin.churn_probability(test, origin.test)})
        return known.merge(self._rivals[origin.test], on=KEYS, how="inner", validate="1:1")


def _chosen(config: Config, way: Way) -> Config:
    params, rounds = {**config.model.params, **way.params}, way.rounds or config.model.rounds
    return config.model_copy(update={"model": config.model.model_copy(update={"params": params, "rounds": rounds})})


def _shuffled(frame: pd.DataFrame, share: float, seed: int) -> pd.DataFrame:
    """With the labels of a share of each date's rows dealt out among them by lot."""
    if not share:
        return frame
    generator, y = np.random.default_rng(seed), frame["y"].to_numpy(copy=True)
    for places_of in frame.groupby("t").indices.values():
        drawn = generator.permutation(places_of)[: round(share * len(places_of))]
        y[drawn] = y[generator.permutation(drawn)]
    return frame.assign(y=y)


def evidence(
    month: Month, challenger: Made, metrics: Mapping[str, Any], champion: Made | None, shop: Workshop, fitness: str = ""
) -> Evidence:
    """What the gates ask for, as `churn promote` gathers it."""
    if champion is None:
        return Evidence(month.plan.score, fitness, "", metrics, None)
    judged, config = shop.judged(month, challenger.twins), shop.config
    twins = kept_twins(champion.folder, month.plan.origins, month.rows)

    def against(models: Pairs) -> Comparison:
        bins, samples = config.evaluate.calibration_bins, config.evaluate.bootstrap_draws
        return compare(beside(judged, month.rows, models), samples, config.seed, bins)

    recipe = None
    if not champion.record.same_as(challenger.record):
        recipe = against(refitted(champion.record, month.rows, month.catalog, month.plan, config))
    grade = graded(judged, beside(judged, month.rows, twins), month.plan.origins, config)
    opponent = Opponent(champion.folder.name, champion.known_until, grade, "", against(twins), recipe)
    return Evidence(month.plan.score, fitness, "", metrics, opponent)


def decision(
    month: Month, found: Evidence, challenger: Made, champion: Made | None, truth: pd.Series, config: Config
) -> dict[str, Any]:
    """What the gates said, and what the truth says of both models on everyone at risk today."""
    gates = judge_gates(found, config.promotion)
    ours = _true(challenger.ship, month, truth)
    of_today = _chances(month, truth)
    row: dict[str, Any] = {
        "t": month.plan.score.isoformat(),
        "promoted": not refusal(gates),
        "refused_by": [name for name, gate in gates.items() if gate.passed is False],
        "log_loss": ours[0],
        "auc": ours[1],
    }
    if champion is None or found.champion is None:
        return row
    standing = _standing(champion.ship, month)
    theirs = _true(standing, month, truth)
    ours_at, theirs_at = (at_level(of_today, _said(model, month)) for model in (challenger.ship, standing))
    in_order = expected_log_loss(of_today, ours_at) - expected_log_loss(of_today, theirs_at)
    compared = {name: _told(one) for name, one in (("aged", found.champion.aged), ("recipe", found.champion.recipe)) if one}
    of_champion = {"champion_auc": theirs[1], "age_days": (month.plan.score - champion.known_until).days}
    return row | {"truly": ours[0] - theirs[0], "at_one_level": in_order} | of_champion | compared


def _standing(champion: ChurnModel, month: Month) -> ChurnModel:
    """The champion as it scores on the month's day: with the levels that are known by then."""
    return with_levels_of(champion, month.rows, month.plan.score, month.plan.ship, month.plan.running)


def _told(found: Comparison) -> list[float]:
    return [found.difference, found.low, found.high, found.ece["challenger"], found.ece["champion"]]


def _true(model: ChurnModel, month: Month, truth: pd.Series) -> tuple[float, float]:
    probability, p = _said(model, month), _chances(month, truth)
    return expected_log_loss(p, probability), expected_auc(p, probability)


def _said(model: ChurnModel, month: Month) -> Floats:
    return model.churn_probability(month.today, month.plan.score)


def _chances(month: Month, truth: pd.Series) -> Floats:
    return truth.reindex(month.today["customer_id"].astype(str)).to_numpy(np.float64)


def at_level(truth: Floats, probability: Floats) -> Floats:
    """Probabilities whose log-odds are moved by one number so that as many are expected to leave as truly do."""
    known, odds = ~np.isnan(truth), logit(np.clip(probability, SMALLEST, 1 - SMALLEST))
    moved = brentq(lambda by: float(np.mean(expit(odds[known] + by) - truth[known])), -20, 20)
    return np.asarray(expit(odds + moved), dtype=np.float64)


def expected_log_loss(truth: Floats, probability: Floats) -> float:
    """Log loss to be expected of customers who leave with the chances `truth`; those without one do not count."""
    p, q = truth[~np.isnan(truth)], probability[~np.isnan(truth)]
    one = np.ones(len(p))
    return float(np.mean(p * losses(one, q) + (1 - p) * losses(0 * one, q)))


def expected_auc(truth: Floats, probability: Floats) -> float:
    """AUC to be expected: every customer is one who left, as much as they are likely to, and one who stayed."""
    p, q = truth[~np.isnan(truth)], probability[~np.isnan(truth)]
    y = np.repeat([1.0, 0.0], len(p))
    return auc(y, places(np.tile(q, 2)), np.concatenate([p, 1 - p]))
