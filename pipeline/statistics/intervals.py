"""95 % intervals of shares, means and AUCs."""

from __future__ import annotations

from math import sqrt

import numpy as np

from pipeline.arrays import Floats

Z95 = 1.959963984540054


def wilson(successes: float, n: float) -> tuple[float, float]:
    """Interval of a share (Wilson 1927): never outside 0 … 1, and open to surprise where nothing happened."""
    p, z2 = successes / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def effective_size(weight: Floats) -> float:
    """How many rows of one weight say as much of a mean as these do: (Σw)² / Σw² (Kish 1965); not all may be 0."""
    return float(weight.sum()) ** 2 / float(np.square(weight).sum())


def normal(total: float, squares: float, n: float) -> tuple[float, float] | None:
    """Interval of a mean from the sum and the sum of squares of n values; None with fewer than two."""
    if n < 2:
        return None
    variance = max(squares - total * total / n, 0.0) / (n - 1)
    half = Z95 * sqrt(variance / n)
    return total / n - half, total / n + half


def risk_difference(a: float, n_a: float, b: float, n_b: float) -> tuple[float, float, float]:
    """Difference of two shares a/n_a − b/n_b with its interval (Newcombe 1998, method 10: two Wilson intervals)."""
    p, q = a / n_a, b / n_b
    (p_low, p_high), (q_low, q_high) = wilson(a, n_a), wilson(b, n_b)
    low = sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return p - q, p - q - low, p - q + high


def mean_difference(first: tuple[float, float, float], second: tuple[float, float, float]) -> tuple[float, float, float] | None:
    """Standardised mean difference of two groups, each (sum, sum of squares, n), with its interval (Hedges & Olkin 1985).

    None where a group has fewer than two members or nothing varies.
    """
    (a, a2, n), (b, b2, m) = first, second
    if n < 2 or m < 2:
        return None
    pooled = (max(a2 - a * a / n, 0.0) + max(b2 - b * b / m, 0.0)) / (n + m - 2)
    if pooled <= 0:
        return None
    d = (a / n - b / m) / sqrt(pooled)
    half = Z95 * sqrt((n + m) / (n * m) + d * d / (2 * (n + m)))
    return d, d - half, d + half


def auc_half_width(auc: float, lost: int, kept: int) -> float | None:
    """Half of the interval of an AUC found on so many customers (Hanley & McNeil 1982); None without both kinds.

    At .75: ± .059 on 100 and 400, ± .043 on 250 and 250, ± .021 on 1,000 and 1,000.
    """
    if not lost or not kept:
        return None
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (lost - 1) * (q1 - auc**2) + (kept - 1) * (q2 - auc**2)
    return Z95 * sqrt(variance / (lost * kept))
