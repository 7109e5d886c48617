"""The simulated shop: stepped month by month, taking contacts in and giving raw tables out."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import Floats, Ints
from pipeline.simulator.behaviour import eligible, next_state, pace, season, transitions
from pipeline.simulator.campaigns import past_contacts
from pipeline.simulator.contacts import contact_rows, positions_of
from pipeline.simulator.engagement import email_events, web_events
from pipeline.simulator.loyalty import Points, order_totals, point_entries, tier_changes
from pipeline.simulator.luck import Luck
from pipeline.simulator.memberships import Passes, membership_changes
from pipeline.simulator.month import Month, customer_numbers
from pipeline.simulator.offers import EFFECT_MONTHS, NO_OFFER
from pipeline.simulator.orders import Basket, order_lines, sample_orders
from pipeline.simulator.population import STATES, base_condition, first_condition, new_traits
from pipeline.simulator.purchases import MOST_PER_MONTH, Purchases, buy
from pipeline.simulator.renewals import renewal_table
from pipeline.simulator.service import surveys, tickets
from pipeline.simulator.settings import ACTIVE_DAYS, MONTH_DAYS, Settings
from pipeline.simulator.truth import truth_table

# The time by which a raw table is ordered, and the time at which a late table's rows become known.
ORDERED_BY = {
    "order_lines": "loaded_at",
    "web_events": "event_time",
    "email_events": "event_time",
    "service_tickets": "opened_at",
    "surveys": "answered_at",
    "loyalty_points": "booked_at",
    "tier_changes": "changed_on",
    "memberships": "changed_at",
    "campaign_contacts": "contacted_at",
}
KNOWN_AT = {"order_lines": "loaded_at", "web_events": "received_at"}


class World:
    """A shop at a month boundary; `month` is the number of the month that begins there.

    What a customer does depends on the settings, the customer and the contacts made to that customer, never on contacts
    made to others: all luck is drawn per customer.
    """

    def __init__(self, settings: Settings) -> None:
        """A world at the start of its history."""
        self.settings, self.luck, self.month = settings, Luck(settings.seed), 0
        self.traits = new_traits(self.luck, np.arange(settings.base), joined=-1)
        self.condition = base_condition(self.luck, self.traits)
        self._points, self._passes = Points.none(settings.base), Passes.none(settings.base)
        self._pending: dict[str, pa.Table] = {}

    @property
    def now(self) -> pd.Timestamp:
        """The boundary at which the world stands, UTC."""
        return pd.Timestamp(self.settings.boundary(self.month))

    def past_contacts(self) -> pd.DataFrame:
        """The contacts of the shop's own past campaign at this boundary (empty outside the history)."""
        return past_contacts(self.settings, self.luck, self.traits, self.condition, self.month)

    def step(self, contacts: pd.DataFrame | None = None) -> dict[str, pa.Table]:
        """Live one month with these contacts made at its start; returns the raw rows that became known in it.

        Contacts have the columns of `CONTACT_COLUMNS`; a contact acts on the whole month, at whatever hour it is made.
        Rows of another arm than `contact` are logged without effect. Late rows come with the month that learns of them.
        """
        log = self._contact(contacts)
        self._move()
        month = self._live()
        self.month += 1
        tables = self._raw_tables(month) | {"campaign_contacts": log}
        made = self.condition.offer != NO_OFFER
        self.condition.offer_age[made] += 1
        self.condition.offer[self.condition.offer_age >= EFFECT_MONTHS] = NO_OFFER
        return {name: self._known(name, table, month.end) for name, table in tables.items()}

    def state(self) -> pd.DataFrame:
        """Every customer at this boundary: latent state, days since the last purchase, offer in effect (-1 none)."""
        condition = self.condition
        return pd.DataFrame({
            "customer_id": self._names().to_pandas(),
            "state": np.asarray(STATES)[condition.state],
            "silent_days": MONTH_DAYS * self.month - condition.last_purchase,
            "offer": condition.offer,
            "months_since_contact": np.where(condition.offer == NO_OFFER, -1, condition.offer_age),
        })  # fmt: skip

    def truth(self, horizon_days: int = 90, *, only_eligible: bool = True) -> pd.DataFrame:
        """The truth at this boundary, one row per customer: see `truth.truth_table`; `t` is the boundary."""
        traits, condition = self.traits, self.condition
        if only_eligible:
            rows = np.flatnonzero(eligible(condition.last_purchase, MONTH_DAYS * self.month, ACTIVE_DAYS))
            traits, condition = traits.taken(rows), condition.taken(rows)
        table = truth_table(self.settings, self.luck, traits, condition, self.month, horizon_days)
        names = self._names().take(pa.array(table.pop("customer").to_numpy())).to_pandas()
        table.insert(0, "customer_id", names)
        table.insert(1, "t", self.now)
        return table

    def renewal_truth(self) -> pd.DataFrame:
        """The passes whose term ends in the next three months, with the chance of no renewal if nothing is offered."""
        return renewal_table(self.settings, self.traits, self.condition, self._passes, self.month)

    def _names(self) -> pa.Array:
        return customer_numbers(self.traits.customer)

    def _contact(self, contacts: pd.DataFrame | None) -> pa.Table:
        chosen, offers = positions_of(contacts, len(self.traits.customer))
        self.condition.offer[chosen] = offers
        self.condition.offer_age[chosen] = 0
        return contact_rows(contacts, self.settings.boundary(self.month), self.settings.boundary(self.month + 1))

    def _move(self) -> None:
        condition = self.condition
        uniform = self.luck.uniform("state", self.month, self.traits.customer)
        chances = transitions(self.traits, condition.offer, condition.offer_age, self.settings.habits(self.month))
        condition.state = next_state(chances, condition.state, uniform)

    def _live(self) -> Month:
        number, known = self.month, len(self.traits.customer)
        self._welcome(known)
        traits, condition = self.traits, self.condition
        everyone = np.arange(len(traits.customer))
        newcomer = everyone[known:]
        first_day = np.zeros(len(everyone))
        first_day[known:] = MONTH_DAYS * self.luck.uniform("arrival", number, newcomer)
        condition.last_purchase[known:] = MONTH_DAYS * number + first_day[known:]
        habits = self.settings.habits(number)
        paces = pace(traits, condition.offer, condition.offer_age, season(self.settings, number), habits)
        exposure = paces[condition.state, everyone] * (1 - first_day / MONTH_DAYS)
        later = buy(self.luck, number, traits, condition, exposure, first_day)
        purchases = _with_first(newcomer, first_day[known:], later)
        return Month(self.settings, number, self.luck, traits, condition, first_day, purchases, self._names())

    def _welcome(self, known: int) -> None:
        newcomers = np.arange(known, self.settings.arrived(self.month))
        traits = new_traits(self.luck, newcomers, joined=self.month)
        self.traits = self.traits.extended(traits)
        self.condition = self.condition.extended(first_condition(self.luck, traits))
        self._points = self._points.extended(Points.none(len(newcomers)))
        self._passes = self._passes.extended(Passes.none(len(newcomers)))

    def _raw_tables(self, month: Month) -> dict[str, pa.Table]:
        basket = Basket(month)
        totals = order_totals(month, basket)
        return {
            "order_lines": pa.concat_tables([order_lines(month, basket), sample_orders(month)]),
            "web_events": web_events(month),
            "email_events": email_events(month),
            "service_tickets": tickets(month),
            "surveys": surveys(month),
            "loyalty_points": point_entries(month, self._points, totals),
            "tier_changes": tier_changes(month, self._points, totals),
            "memberships": membership_changes(month, self._passes),
        }

    def _known(self, name: str, table: pa.Table, end: np.datetime64) -> pa.Table:
        """The rows known by the month's end, in order of time; the others wait for the month in which they come in."""
        if name in KNOWN_AT:
            if name in self._pending:
                table = pa.concat_tables([self._pending[name], table])
            late = pc.fill_null(pc.greater_equal(table.column(KNOWN_AT[name]), pa.scalar(end)), False)
            self._pending[name] = table.filter(late)
            table = table.filter(pc.invert(late))
        keys = [(ORDERED_BY[name], "ascending")] + [
            (key, "ascending") for key in table.column_names[:2] if key != ORDERED_BY[name]
        ]
        return table.sort_by(keys)


def _with_first(newcomer: Ints, day: Floats, later: Purchases) -> Purchases:
    """The month's purchases with the first ones of the newcomers, which bear the number after all others."""
    customer = np.concatenate([later.customer, newcomer])
    nth = np.concatenate([later.nth, np.full(len(newcomer), MOST_PER_MONTH)])
    return Purchases(customer, np.concatenate([later.day, day]), nth)
