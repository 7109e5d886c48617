"""Bootstrap samples of rows, and of customers."""

import numpy as np

from pipeline.statistics.resampling import resampled


def test_rows_of_a_customer_are_drawn_together():
    for times in resampled(np.ones(5), np.array([0, 0, 4, 4, 4]), 5, seed=1):
        assert times[0] == times[1]
        assert times[2] == times[3] == times[4]
        assert times[0] + times[2] == 2


def test_a_row_counts_by_its_weight_as_often_as_it_is_drawn():
    # the generator of seed 0 draws of three rows 2, 1, 1 and then 0, 0, 0
    made = [sample.tolist() for sample in resampled(np.array([1.0, 10.0, 100.0]), None, 2, seed=0)]
    assert made == [[0, 20, 100], [3, 0, 0]]


def test_samples_of_nobody_are_empty():
    assert [sample.tolist() for sample in resampled(np.ones(0), None, 2, seed=0)] == [[], []]
