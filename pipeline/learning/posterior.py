"""What is assumed and what was measured, weighed against each other: normal prior × normal measurement."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pipeline.statistics.intervals import Z95

MEASURED_FROM = 0.95  # share of an estimate that comes from customers, from which on it is called measured

Origin = Literal["playbook", "both", "measured"]


class Normal(NamedTuple):
    """A figure that is not known exactly: its mean and its variance, which is infinite where nothing is known."""

    mean: float
    variance: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        half = Z95 * self.variance**0.5
        return self.mean - half, self.mean + half


def posterior(prior: Normal, measured: Normal | None) -> Normal:
    """The two weighed by the inverse of their variances; the prior where nothing was measured.

    A prior of variance 0 is not moved, a measurement of variance 0 is taken as it is.
    """
    if measured is None or prior.variance == 0:
        return prior
    share = share_measured(prior, measured)
    return Normal(prior.mean + share * (measured.mean - prior.mean), (1 - share) * prior.variance)


def share_measured(prior: Normal, measured: Normal | None) -> float:
    """How much of the posterior mean comes from the measurement, 0 … 1."""
    if measured is None or prior.variance == 0:
        return 0.0
    return prior.variance / (prior.variance + measured.variance)


def origin(share: float) -> Origin:
    """Where an estimate comes from, in a word, by the share that was measured."""
    if share == 0:
        return "playbook"
    return "measured" if share >= MEASURED_FROM else "both"
