"""Intervals of shares: published figures, and what weighted rows are worth."""

import numpy as np
import pytest

from pipeline.statistics.intervals import effective_size, wilson


@pytest.mark.parametrize(("successes", "interval"), [(5, (0.2366, 0.7634)), (0, (0.0, 0.2775)), (10, (0.7225, 1.0))])
def test_wilson_is_the_published_interval(successes, interval):
    assert wilson(successes, 10) == pytest.approx(interval, abs=1e-4)


@pytest.mark.parametrize(("some", "of", "interval"), [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605))])
def test_wilson_is_that_of_newcombes_table(some, of, interval):
    # Newcombe (1998), table I
    assert wilson(some, of) == pytest.approx(interval, abs=5e-5)


def test_rows_of_one_weight_count_as_many_as_they_are_and_others_less():
    assert effective_size(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_size(np.array([1.0, 2.0])) == pytest.approx(9 / 5)
    assert effective_size(np.array([1.0, 0.0])) == 1
