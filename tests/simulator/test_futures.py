"""Futures of the benchmark of lists: their mean is the truth that the simulator knows exactly."""

import numpy as np

from benchmarks.futures import futures
from pipeline.simulator import Settings, run_history


def test_futures_agree_with_the_exact_chances_and_spare_who_is_not_asked_for():
    world, _, _ = run_history(Settings(seed=3, customers=300, months=8))
    exact = world.truth().set_index("customer_id")["untreated_no_purchase_probability_90d"]
    who = exact.index.to_series()
    lived = futures(world, who, (1, 3), range(7_000, 7_400))
    assert list(lived) == [1, 3]
    assert list(lived[3]["customer_id"]) == sorted(exact.index)
    left = 1 - lived[3].set_index("customer_id")["stays"].loc[exact.index]
    spread = np.sqrt(exact * (1 - exact) / 400)
    assert abs((left - exact).mean()) < 0.01
    assert ((left - exact).abs() < 4.5 * spread + 0.005).all()
    assert (lived[3]["nothing"] >= lived[1]["nothing"] - 1).mean() > 0.95


def test_the_same_seeds_give_the_same_futures_and_the_world_stays_as_it_was():
    world, _, _ = run_history(Settings(seed=3, customers=60, months=4))
    who, before = world.state()["customer_id"], world.state()
    first, second = (futures(world, who, (2,), range(3))[2] for _ in range(2))
    assert first.equals(second)
    assert before.equals(world.state())
