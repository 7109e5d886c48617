"""What a contact does to each customer: a ridge regression of doubly robust scores on what the list says.

At the sizes of hold-outs a score says next to nothing of its own customer, so the second stage of the learner (Kennedy 2023,
Electronic Journal of Statistics 17, 3008-3049) is linear in few columns and shrunk towards the mean effect, as far as
rows outside the fit ask for (decision 0023 has what trees made of it). Numbers of a long tail are taken by their logarithm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.arrays import Floats
from pipeline.model.sealed import of_this_version, read_sealed, write_sealed
from pipeline.uplift.randomised import NUMBERS, WORDS

NAME = "effect"
SHARES = ("churn_probability", "risk_score")  # as they are; the others are counts, days and money
PENALTIES = (*np.logspace(-2, 2, 17).tolist(), np.inf)  # per row; the last is the mean effect for everybody
LEAST = 1e-9  # variance along an axis, of columns of variance 1: below, they say the same
DIGITS = 10  # sums of products differ in the last digits between machines


@dataclass(frozen=True)
class EffectModel:
    """The mean effect, and by how much each column, centred and of variance 1, moves it; `words` are the known ones.

    `offers` are those with enough rows in both arms: of others nothing is said.
    """

    mean: float
    slopes: tuple[float, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    words: Mapping[str, tuple[str, ...]]
    offers: tuple[str, ...]

    def effect(self, rows: pd.DataFrame) -> Floats:
        """By how much contacting raises each customer's chance of staying, within what their own chance allows: −(1 − p) … p."""
        p = rows["churn_probability"].to_numpy(np.float64)
        raw = self.mean + _standard(_matrix(rows, self.words), np.array(self.centre), np.array(self.scale)) @ np.array(
            self.slopes
        )
        return np.asarray(np.clip(raw, p - 1, p))

    def save(self, folder: Path) -> None:
        """Write `effect.json`, sealed."""
        write_sealed(folder, NAME, asdict(self))

    @classmethod
    def load(cls, folder: Path) -> EffectModel:
        """Read what `save` wrote. Raises DataUnfitError when it is missing, was changed, or is of another version."""
        body, _ = read_sealed(folder, NAME, trees=False)
        with of_this_version(folder, NAME):
            lists: dict[str, Any] = {name: tuple(body[name]) for name in ("slopes", "centre", "scale", "offers")}
            return cls(body["mean"], words={name: tuple(words) for name, words in body["words"].items()}, **lists)


def fit_effect(rows: pd.DataFrame, score: Floats, offers: tuple[str, ...] = ()) -> EffectModel:
    """The effect by what the list says; the penalty is the one that foretells each score best from all others.

    Rows of a customer are taken for different ones: their draws are, and so the noise of their scores.
    """
    words = {name: tuple(sorted(rows[name].dropna().astype(str).unique())) for name in WORDS}
    matrix = _matrix(rows, words)
    centre, scale = _moments(matrix)
    slopes = _shrunk(_standard(matrix, centre, scale), score)
    mean = _digits(score.mean(keepdims=True))
    return EffectModel(mean[0], _digits(slopes), _digits(centre), _digits(scale), words, offers)


def _digits(numbers: Floats) -> tuple[float, ...]:
    return tuple(float(f"{number:.{DIGITS}g}") for number in numbers)


def _matrix(rows: pd.DataFrame, words: Mapping[str, tuple[str, ...]]) -> Floats:
    columns = []
    for name in NUMBERS:
        number = rows[name].to_numpy(np.float64, na_value=np.nan)
        columns.append(number if name in SHARES else np.sign(number) * np.log1p(np.abs(number)))
    for name, known in words.items():
        said = rows[name].astype(object).to_numpy()
        columns.extend((said == word).astype(np.float64) for word in known)
    return np.column_stack(columns)


def _moments(matrix: Floats) -> tuple[Floats, Floats]:
    """Means and standard deviations of the columns, of what is known; 0 and 1 where nothing is."""
    known = np.isfinite(matrix)
    many = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, matrix, 0).sum(axis=0) / many
    spread = np.sqrt(np.square(np.where(known, matrix - centre, 0)).sum(axis=0) / many)
    return centre, np.where(spread > 1e-9, spread, 1.0)


def _standard(matrix: Floats, centre: Floats, scale: Floats) -> Floats:
    """Centred columns of variance 1, what is missing at the mean."""
    made = (matrix - centre) / scale
    return np.where(np.isfinite(made), made, 0.0)


def _shrunk(columns: Floats, score: Floats) -> Floats:
    """Slopes [X'X / n + λ I]⁻¹ X'(z − z̄) / n at the λ of least leave-one-out error; of equal ones the largest.

    Without row i the residual is r_i / (1 − h_i) of the one with it, h being the diagonal of the matrix that maps scores to fits.
    """
    n, centred = len(score), score - score.mean()
    values, vectors = np.linalg.eigh(columns.T @ columns / n)
    vectors = vectors[:, values > LEAST]
    values = values[values > LEAST]
    axes = columns @ vectors / np.sqrt(n * values)
    along = axes.T @ centred
    errors = []
    for penalty in PENALTIES:
        kept = values / (values + penalty)
        leverage = 1 / n + np.square(axes) @ kept
        errors.append(float(np.square((centred - axes @ (kept * along)) / (1 - leverage)).sum()))
    best = PENALTIES[int(np.flatnonzero(np.array(errors) <= min(errors) * (1 + 1e-12))[-1])]
    return np.asarray(vectors @ (np.sqrt(values / n) * along / (values + best)))
