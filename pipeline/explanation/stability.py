"""Whether the reasons that are given for a score would be given again: by a model of another seed, or of other customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import lightgbm as lgb
import numpy as np
import pandas as pd

from pipeline.explanation.contributions import Reasons, group_contributions, top_reasons
from pipeline.model.design_matrix import Columns


@dataclass(frozen=True)
class Agreement:
    """How far two sets of reasons for the same rows agree: shares of rows, 0 … 1.

    `first` have the same strongest reason, `all` the same reasons in any order; `overlap` is the mean share of a row's reasons
    that it keeps. Rows without a reason in either are left out; without any row all three are NaN.
    """

    first: float
    all: float
    overlap: float


def agreement(reasons: Reasons, again: Reasons) -> Agreement:
    """Compare the reasons of one model with those that another gives for the same rows."""
    pairs = [
        (one[0] == two[0], set(one) - {None}, set(two) - {None})
        for one, two in zip(reasons.groups, again.groups, strict=True)
        if one[0] is not None or two[0] is not None
    ]
    if not pairs:
        return Agreement(float("nan"), float("nan"), float("nan"))
    kept = [(same, one == two, len(one & two) / max(len(one), len(two))) for same, one, two in pairs]
    first, every, overlap = np.mean(np.array(kept, dtype=np.float64), axis=0)
    return Agreement(float(first), float(every), float(overlap))


class Fitted(Protocol):
    """What is explained: trees and the columns they read."""

    @property
    def booster(self) -> lgb.Booster:
        """The trees."""

    @property
    def columns(self) -> Columns:
        """The columns of their matrix."""


def stability(
    refit: Callable[[pd.DataFrame, int], Fitted],
    train: pd.DataFrame,
    shown: pd.DataFrame,
    groups: Mapping[str, str],
    *,
    draws: int,
    seed: int,
    k: int = 3,
    towards: int = 1,
) -> dict[str, Agreement]:
    """Whether the reasons of the rows `shown` outlive another seed (`seeds`) and another sample of customers (`resampling`).

    `refit(rows, seed)` trains the model; it is called 1 + 2 · `draws` times: once as it is, with other seeds on the same rows,
    and with the same seed on bootstrap samples of the customers of `train`. Each figure is the mean over the draws.
    """

    def reasons(rows: pd.DataFrame, with_seed: int) -> Reasons:
        model = refit(rows, with_seed)
        return top_reasons(group_contributions(model.booster, model.columns, shown, groups), k, towards=towards)

    usual = reasons(train, seed)
    numbers = range(seed + 1, seed + 1 + draws)
    seeds = [agreement(usual, reasons(train, number)) for number in numbers]
    samples = [agreement(usual, reasons(resampled(train, number), seed)) for number in numbers]
    return {name: _mean(found) for name, found in (("seeds", seeds), ("resampling", samples))}


def _mean(found: Sequence[Agreement]) -> Agreement:
    first, every, overlap = np.mean([(one.first, one.all, one.overlap) for one in found], axis=0)
    return Agreement(float(first), float(every), float(overlap))


def resampled(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """A bootstrap sample of the customers of `train`, each with all of its rows, in the order of `train`."""
    customer, inverse = np.unique(train["customer_id"].to_numpy(dtype=str), return_inverse=True)
    drawn = np.bincount(np.random.default_rng(seed).integers(0, len(customer), len(customer)), minlength=len(customer))
    return train.iloc[np.repeat(np.arange(len(train)), drawn[inverse])].reset_index(drop=True)
