"""What a score would be if a customer's figures of one reason were the usual ones: whether that agrees with the reason's sign."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy.special import logit

from pipeline.arrays import Bools, Floats
from pipeline.explanation.contributions import LEAST
from pipeline.model.booster import ChurnModel
from pipeline.model.simple import SimpleModel

ALMOST = 1e-9  # probabilities of a rule may be 0 or 1


def usual(matrix: pd.DataFrame, categories: Collection[str] = ()) -> pd.Series:
    """The median of each number, and the most frequent level of each category, the first of those alike; NaN if all are."""
    found = {}
    for name, column in matrix.items():
        most = column.mode().head(1) if name in categories else column  # the lowest of the most frequent codes
        found[name] = float(most.median())
    return pd.Series(found, dtype=np.float64)


def _moved(matrix: pd.DataFrame, names: list[str], to: pd.Series) -> tuple[pd.DataFrame, Bools]:
    """The matrix with some columns as usual, and whose rows that changes."""
    made, changes = matrix.copy(deep=False), np.zeros(len(matrix), dtype=bool)
    for name in names:
        was = matrix[name]
        now = np.full(len(matrix), to[name]).astype(was.to_numpy().dtype)
        made[name] = now
        changes |= ~((was == now) | (was.isna() & np.isnan(now))).to_numpy(bool)
    return made, changes


def rule_contributions(model: SimpleModel, rows: pd.DataFrame, everyone: pd.DataFrame, groups: Mapping[str, str]) -> pd.DataFrame:
    """What each reason does to the log-odds of a simple rule: those of each row, less those with its figures as usual.

    `groups` are the reasons of the columns that the rule reads. Columns by the alphabet, rows as in `rows`; they do not add up.
    """
    read = list(model.columns)
    matrix, to = rows[read].astype(np.float64), usual(everyone[read].astype(np.float64))

    def odds(frame: pd.DataFrame) -> Floats:
        probability = model.churn_probability(frame, rows["t"].iloc[0].date())
        return np.asarray(logit(np.clip(probability, ALMOST, 1 - ALMOST)), dtype=np.float64)

    known = odds(matrix)
    made = {
        reason: known - odds(_moved(matrix, [name for name in read if groups[name] == reason], to)[0])
        for reason in sorted(set(groups.values()))
    }
    return pd.DataFrame(made, index=rows.index)


def sign_agrees(model: ChurnModel, shown: pd.DataFrame, contributed: pd.DataFrame, groups: Mapping[str, str]) -> pd.DataFrame:
    """Whether the score moves as a reason's sign says when its features become the usual ones of `shown`: 1 or 0.

    A reason that raises the risk agrees if the score falls, one that lowers it if the score grows. Rows and columns as in
    `contributed`; NaN where the reason contributes less than `LEAST`, and where the customer's features are the usual ones.
    """
    matrix = pd.DataFrame(model.columns.matrix(shown), columns=list(model.columns.names))
    to = usual(matrix, model.columns.levels)
    known = np.asarray(model.booster.predict(matrix.to_numpy(), raw_score=True), dtype=np.float64)
    made = pd.DataFrame(np.nan, index=contributed.index, columns=contributed.columns)
    for place, reason in enumerate(contributed.columns):
        moved = contributed[reason].to_numpy(np.float64)
        counts = np.flatnonzero(np.abs(moved) >= LEAST)
        if not len(counts):
            continue
        other, changes = _moved(matrix.iloc[counts], [name for name, group in groups.items() if group == reason], to)
        fall = known[counts] - np.asarray(model.booster.predict(other.to_numpy(), raw_score=True), dtype=np.float64)
        made.iloc[counts, place] = np.where(changes, np.sign(fall) == np.sign(moved[counts]), np.nan)
    return made
