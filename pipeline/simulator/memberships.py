"""The delivery pass: a paid membership whose renewal depends on how the customer feels, as a log of changes."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.arrays import Bools, Ints
from pipeline.simulator.month import Month, labels, numbered
from pipeline.simulator.orders import order_seconds
from pipeline.simulator.population import Columns
from pipeline.simulator.settings import DAY_SECONDS, MONTH_SECONDS

PLANS = ("pass_monthly", "pass_annual")
PLAN_DAYS = np.array([30, 360])
PLAN_PRICES = np.array([4.9, 49.0])
TRIAL_DAYS = 30
NONE, TRIAL, ACTIVE, CANCELLED = 0, 1, 2, 3
LOGGED = ("trial", "active", "renewed", "cancelled", "expired")
# Chance to go on at the end of a term, by state (loyal, cooling, gone).
AFTER_TRIAL = np.array([0.7, 0.35, 0.08])
RENEWS = np.array([[0.95, 0.8, 0.5], [0.82, 0.45, 0.12]])
# Monthly chance to end an annual pass before its term, by state.
EARLY = np.array([0.002, 0.03, 0.06])
JOINS = np.array([0.2, 0.07, 0.01])


@dataclass
class Passes(Columns):
    """Each customer's pass: how many so far, status, plan, start and expiry in seconds since the history's start."""

    number: Ints
    status: Ints
    plan: Ints
    started: Ints
    expires: Ints

    @classmethod
    def none(cls, count: int) -> "Passes":
        """`count` customers without a pass."""
        return cls(*(np.zeros(count, dtype=np.int64) for _ in range(5)))


def membership_numbers(customer: Ints, number: Ints) -> pa.Array:
    """The number of each customer's `number`-th pass."""
    return numbered("D", (customer + 1) * 100 + number, 10)


class ChangeLog:
    """Rows of the membership log, collected in the order in which they are decided."""

    def __init__(self, month: Month, passes: Passes) -> None:
        """An empty log over the given passes."""
        self._month, self._passes = month, passes
        self._rows: list[tuple[Ints, ...]] = []

    def write(self, who: Ints, status: str, at: Ints) -> None:
        """Note that the passes of `who` take on a status at the given seconds since the history's start."""
        passes = self._passes
        row = (who, np.full(len(who), LOGGED.index(status)), at, passes.number[who], passes.plan[who])
        self._rows.append((*row, passes.started[who], passes.expires[who]))

    def table(self) -> pa.Table:
        """The log's rows as exported."""
        who, status, at, number, plan, started, expires = (np.concatenate(column) for column in zip(*self._rows, strict=True))

        def instants(seconds: Ints) -> pa.Array:
            return pa.array(self._month.settings.start + seconds.astype("timedelta64[s]"))

        return pa.table({
            "membership_no": membership_numbers(who, number),
            "customer_no": self._month.names.take(pa.array(who)),
            "changed_at": instants(at),
            "plan": labels(PLANS, plan),
            "status": labels(LOGGED, status),
            "started_at": instants(started),
            "expires_at": instants(expires),
            "price": pa.array(np.where(status == 0, 0.0, PLAN_PRICES[plan])),
        })  # fmt: skip


def membership_changes(month: Month, passes: Passes) -> pa.Table:
    """What happens to the passes in one month: renewals, cancellations, expiries, early ends, new passes."""
    log = ChangeLog(month, passes)
    ending = (passes.status != NONE) & (passes.expires < (month.number + 1) * MONTH_SECONDS)
    _end_terms(month, passes, log, np.flatnonzero(ending))
    _cancel_early(month, passes, log, ~ending)
    _join(month, passes, log, (passes.status == NONE) & ~ending)
    return log.table()


def _end_terms(month: Month, passes: Passes, log: ChangeLog, who: Ints) -> None:
    state, status = month.condition.state[who], passes.status[who]
    stays = np.where(status == TRIAL, AFTER_TRIAL[state], RENEWS[passes.plan[who], state])
    renewed = (month.uniform("pass/renew", who) < stays) & (status != CANCELLED)
    expiry = passes.expires[who]
    passes.expires[who[renewed]] += PLAN_DAYS[passes.plan[who[renewed]]] * DAY_SECONDS
    for was, word in ((TRIAL, "active"), (ACTIVE, "renewed")):
        chosen = renewed & (status == was)
        log.write(who[chosen], word, expiry[chosen])
    passes.status[who[renewed]] = ACTIVE
    left = ~renewed
    # Two of three say so beforehand; the others just let it lapse.
    said = left & (status != CANCELLED) & (month.uniform("pass/say", who) < 0.65)
    opened = month.number * MONTH_SECONDS
    told = opened + ((expiry - opened) * month.uniform("pass/told", who)).astype(np.int64)
    log.write(who[said], "cancelled", np.maximum(told, passes.started[who])[said])
    log.write(who[left], "expired", expiry[left])
    passes.status[who[left]] = NONE


def _cancel_early(month: Month, passes: Passes, log: ChangeLog, running: Bools) -> None:
    annual = running & (passes.status == ACTIVE) & (passes.plan == 1)
    who = np.flatnonzero(annual)
    who = who[month.uniform("pass/early", who) < EARLY[month.condition.state[who]]]
    at = month.number * MONTH_SECONDS + (MONTH_SECONDS * month.uniform("pass/early_at", who)).astype(np.int64)
    log.write(who, "cancelled", at)
    passes.status[who] = CANCELLED


def _join(month: Month, passes: Passes, log: ChangeLog, free: Bools) -> None:
    bought = month.purchases
    buyer, row = np.unique(bought.customer, return_index=True)
    willing = free[buyer] & month.traits.pass_prone[buyer]
    willing &= month.uniform("pass/join", buyer) < JOINS[month.condition.state[buyer]]
    who = buyer[willing]
    began = month.number * MONTH_SECONDS + order_seconds(month)[row[willing]]
    trial = month.uniform("pass/trial", who) < 0.5
    passes.number[who] += 1
    passes.plan[who] = month.uniform("pass/plan", who) < 0.4
    passes.status[who] = np.where(trial, TRIAL, ACTIVE)
    passes.started[who] = began
    passes.expires[who] = began + np.where(trial, TRIAL_DAYS, PLAN_DAYS[passes.plan[who]]) * DAY_SECONDS
    log.write(who[trial], "trial", began[trial])
    log.write(who[~trial], "active", began[~trial])
