"""Effects of customers by models that have not seen them, and doubly robust scores whose mean is the effect whatever the models.

The score of a customer is m₁ − m₀ + (a − e) / (e (1 − e)) · (y − m_a): a is 1 for the contacted, e the chance of that, which is
known, y is 1 for who stayed and m_a the chance to stay in either arm, by a model fitted on other customers. As e is known the
score is unbiased even where m is wrong; a good m makes it less noisy (Kennedy 2023, Electronic Journal of Statistics 17,
3008-3049; Chernozhukov et al. 2018, Econometrics Journal 21, C1-C68). Folds part customers, never rows of one customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from pipeline.arrays import Bools, Floats, Ints
from pipeline.model.design_matrix import Columns
from pipeline.statistics.keyed_uniform import keyed_uniform
from pipeline.uplift.effect_model import EffectModel, fit_effect
from pipeline.uplift.randomised import CATALOG, Randomised

FOLDS = 5
FEWEST_OF_AN_OFFER = 50  # held out and contacted alike: below, an offer's own column is noise
ROUNDS = 50
TREES = {
    "objective": "binary", "num_leaves": 4, "learning_rate": 0.1, "min_data_in_leaf": 50, "lambda_l2": 10.0,
    "deterministic": True, "force_col_wise": True, "verbosity": -1,
}  # fmt: skip


@dataclass(frozen=True)
class CrossFitted:
    """Of each row its fold, score and effect; both by models of earlier folds only, so those of fold 0 are NaN.

    `spoken_of` says whether that model speaks of the row's offer; of others lists go by risk and value, whatever the effect.
    """

    fold: Ints
    score: Floats
    effect: Floats
    spoken_of: Bools


def cross_fitted(found: Randomised, seed: int) -> CrossFitted:
    """Scores and effects, fold by fold, each by models of the folds before it.

    Not by those of all other folds: where a contact changes nothing, whether fold 1 is left alone would hang on fold 2 and the
    other way round, their gains would go together, and an interval that takes customers for independent would be too narrow
    (Luedtke & van der Laan 2016, Annals of Statistics 44, 713-742, who go forward in the same way).
    """
    fold = folds(found, f"{seed}/uplift")
    score, effect = np.full(len(found), np.nan), np.full(len(found), np.nan)
    spoken_of = np.zeros(len(found), dtype=bool)
    for one in range(1, FOLDS):
        before, now = fold < one, fold == one
        score[now] = _scores_of(found, before, now, seed)
        model = fit(found.taken(before), seed)
        effect[now] = model.effect(found.rows[now])
        spoken_of[now] = found.rows.loc[now, "offer"].isin(model.offers)
    return CrossFitted(fold, score, effect, spoken_of)


def fit(found: Randomised, seed: int) -> EffectModel:
    """The effect model of all these rows: scores fold by fold, then a regression of them."""
    inner = folds(found, f"{seed}/uplift/inner")
    score = np.full(len(found), np.nan)
    for one in range(FOLDS):
        score[inner == one] = _scores_of(found, inner != one, inner == one, seed)
    return fit_effect(found.rows, score, _offers(found))


def folds(found: Randomised, key: str) -> Ints:
    """A fold for each customer, by keyed hash: whoever comes later changes nobody else's."""
    return np.floor(FOLDS * keyed_uniform(found.rows["customer_id"], key)).astype(np.int64)


def _scores_of(found: Randomised, seen: Bools, scored: Bools, seed: int) -> Floats:
    """The scores of the rows `scored` by models of those `seen`."""
    learned, others = found.taken(seen), found.taken(scored)
    stays_contacted, stays_alone = _outcomes(learned, others, seed)
    a, e = others.contacted.astype(np.float64), others.chance
    missed = others.stayed - np.where(others.contacted, stays_contacted, stays_alone)
    return np.asarray(stays_contacted - stays_alone + (a - e) / (e * (1 - e)) * missed)


def _outcomes(learned: Randomised, others: Randomised, seed: int) -> tuple[Floats, Floats]:
    """The chance to stay of the others, contacted and left alone; trees on what the list said, with the arm as a column."""
    columns = Columns.learn(learned.rows, CATALOG)
    arm = learned.contacted.astype(np.float32)
    data = lgb.Dataset(np.column_stack([columns.matrix(learned.rows), arm]), learned.stayed)
    booster = lgb.train({**TREES, "seed": seed}, data, ROUNDS)
    matrix = columns.matrix(others.rows)
    contacted, alone = (
        booster.predict(np.column_stack([matrix, np.full(len(matrix), arm, dtype=np.float32)])) for arm in (1.0, 0.0)
    )
    return np.asarray(contacted, dtype=np.float64), np.asarray(alone, dtype=np.float64)


def _offers(found: Randomised) -> tuple[str, ...]:
    offer = found.rows["offer"].astype(str)
    arms = [offer[who].value_counts() for who in (found.contacted, ~found.contacted)]
    return tuple(sorted(name for name in offer.unique() if all(arm.get(name, 0) >= FEWEST_OF_AN_OFFER for arm in arms)))
