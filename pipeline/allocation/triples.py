"""Candidates -> the arrays of a problem: customers in the order of a keyed draw, which is what breaks ties."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.allocation.optimum import Choice
from pipeline.allocation.problem import Problem
from pipeline.arrays import Bools, Floats, Ints
from pipeline.config.allocation_section import Allocation
from pipeline.errors import DataUnfitError
from pipeline.statistics.keyed_uniform import keyed_uniform


def is_ranked(candidates: pd.DataFrame) -> bool:
    """Nobody has an expected profit: a source without money, ranked by how many customers a contact is expected to keep."""
    return bool(candidates["expected_profit"].isna().all())


def worth(candidates: pd.DataFrame) -> Floats:
    """What is added up: the expected profit, or without money the expected saves; 0 where it is not known."""
    column = "expected_saves" if is_ranked(candidates) else "expected_profit"
    return np.nan_to_num(candidates[column].to_numpy(dtype=np.float64, na_value=np.nan), nan=0.0)


def tie_key(seed: int, delivery_id: str) -> str:
    """The key of the draw that breaks ties; it goes on record."""
    return f"{seed}/tie/{delivery_id}"


def in_order(candidates: pd.DataFrame, customers: pd.Series, key: str) -> pd.DataFrame:
    """Candidates by the draw of their customer, then by customer, offer, channel and list; their own order is lost.

    `place` is that of the customer among the sorted `customers`. Raises ValueError for a candidate that stands there twice.
    """
    places, at = np.unique(candidates["place"].to_numpy(), return_inverse=True)
    drawn = keyed_uniform(customers.to_numpy(dtype=object)[places], key)
    code = np.empty(len(places), dtype=np.int64)
    code[np.argsort(drawn, kind="stable")] = np.arange(len(places))
    code = code[at]
    for name in ("offer", "channel", "list"):
        codes, names = pd.factorize(candidates[name], sort=True)
        code = code * max(len(names), 1) + codes
    order = np.argsort(code, kind="stable")
    if (np.diff(code[order]) == 0).any():
        raise ValueError("a customer's offer on a channel stands there twice")
    return candidates.iloc[order].reset_index(drop=True)


def problem_of(triples: pd.DataFrame, rules: Allocation) -> Problem:
    """The problem of ordered candidates; `against` is the offer a triple may be swapped for, `most` what it may cost then.

    A swapped customer takes neither more money nor a place that was not kept: the dearer cost, and one of both offers. Raises
    DataUnfitError for a budget over costs that are not known.
    """
    customer = triples["place"].to_numpy()
    start = np.flatnonzero(np.append(True, customer[1:] != customer[:-1])) if len(triples) else np.empty(0, dtype=np.int64)
    cost = triples["most"].to_numpy(dtype=np.float64, na_value=np.nan)
    if rules.budget is not None and np.isnan(cost).any():
        raise DataUnfitError(
            f"campaign.allocation.budget: {int(np.isnan(cost).sum()):,} candidates have no cost; give capacities in place of it"
        )
    group, uses = _groups(triples, rules)
    limits = np.array([*rules.capacity.values(), *rules.offer_limits.values()], dtype=np.float64)
    budget = np.inf if rules.budget is None else rules.budget
    return Problem(start.astype(np.int64), worth(triples), np.nan_to_num(cost), group, uses, limits, budget)


def limit_names(rules: Allocation) -> list[str]:
    """What the limits of a problem are called."""
    return [f"capacity.{name}" for name in rules.capacity] + [f"offer_limits.{name}" for name in rules.offer_limits]


def _groups(triples: pd.DataFrame, rules: Allocation) -> tuple[Ints, Bools]:
    """Triples that use the same limits have one group; which limits that are."""
    columns = [pd.factorize(triples[name], sort=True) for name in ("channel", "offer", "against")]
    code = np.zeros(len(triples), dtype=np.int64)
    for codes, names in columns:
        code = code * (len(names) + 1) + codes + 1
    present, first, group = np.unique(code, return_index=True, return_inverse=True)
    example = triples.iloc[first]
    uses = [example["channel"] == name for name in rules.capacity]
    uses += [(example["offer"] == name) | (example["against"] == name) for name in rules.offer_limits]
    filled = np.array(uses, dtype=bool).reshape(len(uses), len(present)).T
    return group.astype(np.int64), filled


def evened(problem: Problem, choice: Choice) -> Choice:
    """Of customers with the same triples those of the lower draws get the better ones; nothing else changes."""
    count = len(problem.start)
    if not len(choice.triples) or len(choice.triples) == count:
        return choice
    place = np.full(count, -1)
    place[problem.customer[choice.triples]] = choice.triples - problem.start[problem.customer[choice.triples]]
    earned = np.zeros(count)
    earned[problem.customer[choice.triples]] = problem.profit[choice.triples]
    alike = _alike(problem)
    customers, outcomes = np.argsort(alike, kind="stable"), np.lexsort((place, -earned, alike))
    given = np.empty(count, dtype=np.int64)
    given[customers] = place[outcomes]
    chosen = np.flatnonzero(given >= 0)
    return choice._replace(triples=problem.start[chosen] + given[chosen])


def _alike(problem: Problem) -> Ints:
    """A number a customer, equal for those whose triples are equal (a 64-bit checksum)."""
    within = np.arange(len(problem.profit)) - problem.start[problem.customer]
    frame = pd.DataFrame({"profit": problem.profit, "cost": problem.cost, "group": problem.group, "within": within})
    hashed = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return np.asarray(np.add.reduceat(hashed, problem.start).view(np.int64))
