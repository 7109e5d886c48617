"""Every word of the feature language against loops over plain rows: no SQL, no windows, no shared code."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.random_rows import CUSTOMERS, DEAR, FUTURE, PAST, T, tables, tangled
from tests.worlds import Row, Tables, definition, every_need, features_of, left_out

ACTIVITY = definition(kind="activity")
DAY = timedelta(days=1)
DATES = (T, T - 45 * DAY)
NUMBERS = Sequence[float]


def _known_at(row: Row, dated_by: str) -> datetime:
    happened, recorded = row[dated_by], row.get("recorded_at")
    return max(happened, recorded) if recorded else happened  # type: ignore[type-var, return-value]


class Past:
    """What one customer's rows tell at one snapshot, by loops."""

    def __init__(self, world: Tables, customer: str, t: datetime) -> None:
        self.t = t
        self.mine = {table: [row for row in rows if row["customer_id"] == customer] for table, rows in world.items()}
        self.lines = self._seen("transactions", "ordered_at")
        self.events = self._seen("engagements", "occurred_at")
        self.periods = self._seen("subscriptions", "changed_at")
        self.contacts = [row for row in self._seen("contacts", "contacted_at") if row["arm"] == "contact"]
        self.parts = self._parts()
        self.orders = sorted((part for part in self.parts if part["opens"]), key=lambda part: (part["at"], part["order"]))
        self.returned = [line for line in self.lines if line["amount"] < 0]
        self.gaps = [
            (after["at"] - before["at"]).total_seconds() / 86_400
            for before, after in zip(self.orders, self.orders[1:], strict=False)
        ]

    def _seen(self, table: str, dated_by: str) -> list[Row]:
        return [row for row in self.mine[table] if row[dated_by] < self.t and _known_at(row, dated_by) < self.t]

    def _parts(self) -> list[dict]:
        """Orders, split by when their lines became known; the earliest known part with money opens its order."""
        lines = defaultdict(list)
        for line in self.lines:
            if line["amount"] >= 0:
                lines[line["order_id"], _known_at(line, "ordered_at")].append(line)
        parts: list[dict] = []
        for (order, known), members in sorted(lines.items()):
            if sum(line["amount"] for line in members) > 0:
                opens = all(part["order"] != order for part in parts)
                parts.append(
                    {
                        "order": order,
                        "at": min(line["ordered_at"] for line in members),
                        "opens": opens,
                        "amount": float(sum(line["amount"] for line in members)),
                        "products": len({line["product_id"] for line in members} - {None}),
                        "quantity": float(sum(line["quantity"] or 0 for line in members)),
                        "discount": _sum_of_given([line["discount"] for line in members]),
                        "margin": float(sum(line["margin"] or 0 for line in members)),
                        "channel": min((line["channel"] for line in members if line["channel"]), default=None),
                        "category": min((line["category"] for line in members if line.get("category")), default=None),
                        "known": known,
                    }
                )
        return parts

    def age(self, when: datetime) -> float:
        return (self.t - when).total_seconds() / 86_400

    def within(self, days: float, rows: list[dict], at: str = "at") -> list[dict]:
        return [row for row in rows if row[at] >= self.t - days * DAY]

    def kind(self, *kinds: str) -> list[Row]:
        return [event for event in self.events if event["kind"] in kinds]

    def recency(self, rows: list[dict], at: str = "at") -> float | None:
        return min((self.age(row[at]) for row in rows), default=None)

    def tenure(self, rows: list[dict], at: str = "at") -> float | None:
        return max((self.age(row[at]) for row in rows), default=None)

    def spent(self, days: float) -> float:
        return sum(part["amount"] for part in self.within(days, self.parts))

    def attribute(self, name: str) -> object:
        held = [row for row in self.mine["attributes"] if row["name"] == name and row["valid_from"] < self.t and row["value"]]
        return max(held, key=lambda row: (row["valid_from"], row["value"]))["value"] if held else None

    def bought(self) -> list[Row]:
        return [line for line in self.lines if line["amount"] >= 0]

    def live(self) -> list[Row]:
        return [row for row in self.periods if row["status"] in ("trial", "active", "renewed")]


def _mean(values: NUMBERS) -> float | None:
    return statistics.fmean(values) if values else None


def _std(values: NUMBERS) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def _over(numerator: float | None, denominator: float | None) -> float | None:
    return None if numerator is None or not denominator else numerator / denominator


def _values(rows: list[Row]) -> list[float]:
    return [float(row["value"]) for row in rows if row["value"] is not None]  # type: ignore[arg-type]


def _last_value(rows: list[Row]) -> float | None:
    given = [row for row in rows if row["value"] is not None]
    return float(max(given, key=lambda row: (row["occurred_at"], row["value"]))["value"]) if given else None  # type: ignore[arg-type]


def _last_word(rows: list[dict], column: str, at: str) -> object:
    return max(((row[at], row[column]) for row in rows if row[column] is not None), default=(None, None))[1]


def _first_word(rows: list[dict], column: str) -> object:
    return min(((row["at"], row[column]) for row in rows if row[column] is not None), default=(None, None))[1]


def _sum_of_given(values: Sequence[object]) -> float | None:
    given = [float(value) for value in values if value is not None]  # type: ignore[arg-type]
    return sum(given) if given else None


def _top_share(words: list[str]) -> float | None:
    return max(words.count(word) for word in words) / len(words) if words else None


def _to_next(value: float, steps: tuple[int, ...]) -> float:
    return min((step - value for step in steps if value < step), default=0)


def _less(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _zscore(past: Past) -> float | None:
    mean, std = _mean(past.gaps), _std(past.gaps)
    return None if mean is None or std is None else (past.recency(past.orders) - mean) / (std + 1)  # type: ignore[operator]


def _to_expiry(past: Past) -> float | None:
    ends = [row["expires_at"] for row in past.live() if row["expires_at"]]
    return -past.age(max(ends)) if ends else None  # type: ignore[type-var, arg-type]


def _period_length(past: Past) -> float | None:
    whole = [row for row in past.live() if row["started_at"] and row["expires_at"]]
    if not whole:
        return None
    latest = max(row["changed_at"] for row in whole)  # type: ignore[type-var]
    ends = max(row["expires_at"] for row in whole if row["changed_at"] == latest)  # type: ignore[type-var]
    lengths = [row["expires_at"] - row["started_at"] for row in whole if (row["changed_at"], row["expires_at"]) == (latest, ends)]  # type: ignore[operator]
    return lengths[0].total_seconds() / 86_400 if len(set(lengths)) == 1 else math.nan


def _engaged(past: Past) -> list[dict]:
    from pipeline.contract.tables import COMPANY_INITIATED

    return [{"at": event["occurred_at"]} for event in past.events if event["kind"] not in COMPANY_INITIATED]


def _activity(past: Past) -> list[dict]:
    return [*past.orders, *_engaged(past)]


ORACLE: dict[str, Callable[[Past], object]] = {
    # count, distinct, recency, tenure, decayed, year_ago, trend
    **{f"purchases_count_{days}d": lambda p, days=days: len(p.within(days, p.orders)) for days in (7, 30, 90, 180, 365)},
    "purchases_count_all": lambda p: len(p.orders),
    "purchases_days_90d": lambda p: len({order["at"].date() for order in p.within(90, p.orders)}),
    "purchases_days_all": lambda p: len({order["at"].date() for order in p.orders}),
    "purchases_recency_days": lambda p: p.recency(p.orders),
    "purchases_tenure_days": lambda p: p.tenure(p.orders),
    "purchases_count_decayed_30d": lambda p: sum(math.exp(-p.age(order["at"]) / 30) for order in p.orders),
    "purchases_count_year_ago_90d": lambda p: len([o for o in p.orders if p.t - 365 * DAY <= o["at"] < p.t - 275 * DAY]),
    "purchases_count_trend_30v60d": lambda p: _over(len(p.within(30, p.orders)) / 30, len(p.within(60, p.orders)) / 60),
    # gaps
    "purchases_gap_days_mean_all": lambda p: _mean(p.gaps),
    "purchases_gap_days_std_all": lambda p: _std(p.gaps),
    "purchases_gap_days_median_all": lambda p: statistics.median(p.gaps) if p.gaps else None,
    "purchases_gap_days_max_all": lambda p: max(p.gaps, default=None),
    "purchases_gap_days_min_all": lambda p: min(p.gaps, default=None),
    "recency_per_gap_mean": lambda p: _over(p.recency(p.orders), _mean(p.gaps)),
    "recency_per_gap_max": lambda p: _over(p.recency(p.orders), max(p.gaps, default=None)),
    "recency_per_tenure": lambda p: _over(p.recency(p.orders), p.tenure(p.orders)),
    "recency_zscore": _zscore,
    "recency_gap_survival": lambda p: (
        (1 + sum(gap > p.recency(p.orders) for gap in p.gaps)) / (2 + len(p.gaps)) if p.gaps else None
    ),
    "only_purchase_recency_days": lambda p: p.recency(p.orders) if len(p.orders) == 1 else None,
    "purchases_weekend_share": lambda p: _mean([order["at"].isoweekday() >= 6 for order in p.orders]),
    "purchases_hour_mean": lambda p: _mean([order["at"].hour for order in p.orders]),
    # money and baskets
    "purchases_amount_sum_90d": lambda p: p.spent(90),
    "purchases_amount_mean_all": lambda p: _mean([part["amount"] for part in p.parts]),
    "purchases_amount_max_180d": lambda p: max((part["amount"] for part in p.within(180, p.parts)), default=None),
    "purchases_amount_std_all": lambda p: _std([part["amount"] for part in p.parts]),
    "purchases_amount_last": lambda p: max(((part["at"], part["amount"]) for part in p.parts), default=(None, None))[1],
    "purchases_amount_decayed_90d": lambda p: sum(part["amount"] * math.exp(-p.age(part["at"]) / 90) for part in p.parts),
    "purchases_amount_sum_trend_90v365d": lambda p: _over(p.spent(90) / 90, p.spent(365) / 365),
    "purchases_amount_first": lambda p: min(((part["at"], part["amount"]) for part in p.parts), default=(None, None))[1],
    "purchases_amount_min_365d": lambda p: min((part["amount"] for part in p.within(365, p.parts)), default=None),
    "purchases_margin_sum_365d": lambda p: sum(part["margin"] for part in p.within(365, p.parts)),
    "margin_share": lambda p: _over(sum(part["margin"] for part in p.within(365, p.parts)), p.spent(365)),
    "lines_products_90d": lambda p: len({row["product_id"] for row in p.within(90, p.bought(), "ordered_at")} - {None}),
    "lines_products_all": lambda p: len({row["product_id"] for row in p.bought()} - {None}),
    "lines_new_product_share": lambda p: _over(len({row["product_id"] for row in p.bought()} - {None}), len(p.bought())),
    "lines_categories_365d": lambda p: len({row["category"] for row in p.within(365, p.bought(), "ordered_at")} - {None}),
    "purchases_channels_all": lambda p: len({order["channel"] for order in p.orders} - {None}),
    "purchases_channel_last": lambda p: _last_word(p.orders, "channel", "at"),
    "purchases_top_channel_share": lambda p: _top_share([o["channel"] for o in p.orders if o["channel"]]),
    "baskets_products_first": lambda p: min(((part["at"], part["products"]) for part in p.parts), default=(None, None))[1],
    "purchases_discount_first": lambda p: _first_word(p.parts, "discount"),
    "purchases_channel_first": lambda p: _first_word(p.orders, "channel"),
    "purchases_category_first": lambda p: _first_word(p.parts, "category"),
    "spending_to_tier": lambda p: _to_next(p.spent(365), (20, 1_000)) if p.spent(365) > 0 else None,
    "purchases_discount_sum_365d": lambda p: sum(part["discount"] or 0 for part in p.within(365, p.parts)),
    "discount_share": lambda p: _over(sum(part["discount"] or 0 for part in p.within(365, p.parts)), p.spent(365)),
    "baskets_products_mean_all": lambda p: _mean([part["products"] for part in p.parts]),
    "baskets_products_last": lambda p: max(((part["at"], part["products"]) for part in p.parts), default=(None, None))[1],
    "baskets_quantity_sum_60d": lambda p: sum(part["quantity"] for part in p.within(60, p.parts)),
    "returns_count_365d": lambda p: len(p.within(365, p.returned, "ordered_at")),
    "returns_amount_sum_365d": lambda p: float(sum(r["amount"] for r in p.within(365, p.returned, "ordered_at"))),
    "returns_recency_days": lambda p: p.recency(p.returned, "ordered_at"),
    # engagements
    "visits_count_90d": lambda p: len(p.within(90, p.kind("site_visit", "app_session"), "occurred_at")),
    "visits_recency_days": lambda p: p.recency(p.kind("site_visit", "app_session"), "occurred_at"),
    "email_open_rate": lambda p: _over(
        len(p.within(90, p.kind("email_opened"), "occurred_at")), len(p.within(90, p.kind("email_sent"), "occurred_at"))
    ),
    "nps_value_mean_all": lambda p: _mean(_values(p.kind("nps_response"))),
    "nps_value_last": lambda p: _last_value(p.kind("nps_response")),
    "nps_value_min_all": lambda p: min(_values(p.kind("nps_response")), default=None),
    "nps_count_all": lambda p: len(p.kind("nps_response")),
    "nps_trend": lambda p: _less(_last_value(p.kind("nps_response")), _mean(_values(p.kind("nps_response")))),
    "reviews_value_last": lambda p: _last_value(p.kind("review")),
    "tickets_value_max_180d": lambda p: max(_values(p.within(180, p.kind("support_ticket"), "occurred_at")), default=None),
    "complaints_value_mean_180d": lambda p: _mean(_values(p.within(180, p.kind("complaint"), "occurred_at"))),
    "tickets_topics_all": lambda p: len({row["topic"] for row in p.kind("support_ticket")} - {None}),
    "complaints_topic_last": lambda p: _last_word(p.kind("complaint"), "topic", "occurred_at"),
    "visits_per_purchase": lambda p: _over(
        len(p.within(90, p.kind("site_visit", "app_session"), "occurred_at")), len(p.within(90, p.orders))
    ),
    "content_value_sum_trend_30v90d": lambda p: _over(
        sum(_values(p.within(30, p.kind("content_use"), "occurred_at"))) / 30,
        sum(_values(p.within(90, p.kind("content_use"), "occurred_at"))) / 90,
    ),
    "points_balance": lambda p: sum(_values(p.kind("points_earned"))) - sum(_values(p.kind("points_redeemed"))),
    "points_to_reward": lambda p: (
        _to_next(sum(_values(p.kind("points_earned"))) - sum(_values(p.kind("points_redeemed"))), (200, 500))
        if sum(_values(p.kind("points_earned"))) > 0
        else None
    ),
    # what the company sent
    "emails_sent_count_90d": lambda p: len(p.within(90, p.kind("email_sent"), "occurred_at")),
    "pushes_sent_count_180d": lambda p: len(p.within(180, p.kind("push_sent"), "occurred_at")),
    "mails_sent_recency_days": lambda p: p.recency(p.kind("mail_sent"), "occurred_at"),
    "surveys_sent_count_30d": lambda p: len(p.within(30, p.kind("survey_sent"), "occurred_at")),
    "contacts_count_90d": lambda p: len(p.within(90, p.contacts, "contacted_at")),
    "contacts_recency_days": lambda p: p.recency(p.contacts, "contacted_at"),
    "engagements_days_90d": lambda p: len({row["at"].date() for row in p.within(90, _engaged(p))}),
    "tickets_value_mean_180d": lambda p: _mean(_values(p.within(180, p.kind("support_ticket"), "occurred_at"))),
    "content_value_sum_180d": lambda p: sum(_values(p.within(180, p.kind("content_use"), "occurred_at"))),
    "points_earned_value_sum_180d": lambda p: sum(_values(p.within(180, p.kind("points_earned"), "occurred_at"))),
    # subscriptions, attributes, activity
    "periods_recency_days": lambda p: p.recency(p.periods, "changed_at"),
    "renewals_count_all": lambda p: len([row for row in p.periods if row["status"] in ("active", "renewed")]),
    "cancellations_count_all": lambda p: len([row for row in p.periods if row["status"] == "cancelled"]),
    "periods_plan_last": lambda p: _last_word(p.periods, "plan", "changed_at"),
    "periods_status_last": lambda p: _last_word(p.periods, "status", "changed_at"),
    "periods_price_last": lambda p: _last_word(p.periods, "price", "changed_at"),
    "periods_price_first": lambda p: min(
        ((row["changed_at"], row["price"]) for row in p.periods if row["price"] is not None), default=(None, None)
    )[1],
    "days_to_expiry": _to_expiry,
    "period_length_days": _period_length,
    "country": lambda p: p.attribute("country"),
    "tier": lambda p: p.attribute("tier"),
    "activity_count_90d": lambda p: len(p.within(90, _activity(p))),
    "activity_recency_days": lambda p: p.recency(_activity(p)),
    "activity_days_all": lambda p: len({row["at"].date() for row in _activity(p)}),
}

# Squares and decays are summed as decimals of four and six places, which is what makes them independent of the rows' order.
ROUNDED = {"purchases_gap_days_std_all": 2e-3, "recency_zscore": 2e-3, "purchases_amount_std_all": 2e-3}


@DEAR
@given(tables(st.one_of(PAST, PAST, FUTURE), st.one_of(st.none(), st.none(), PAST, FUTURE), size=60), tangled())
def test_features_are_what_loops_over_rows_say(world: Tables, orders: list[Row]) -> None:
    world = world | {"transactions": [*world["transactions"], *orders, _money()]}
    risk, has, include = [(customer, t) for customer in CUSTOMERS for t in DATES], every_need(ACTIVITY), left_out(ACTIVITY)
    made = features_of(world, risk, churn=ACTIVITY, has=has, include=include)
    assert made == features_of(world, risk, churn=ACTIVITY, has=has, include=include, often=False)
    for (customer, t), features in made.items():
        past = Past(world, customer, t)
        for name, loop in ORACLE.items():
            expected = loop(past)
            if isinstance(expected, float) and math.isnan(expected):
                continue  # two periods begin and end alike but differ in length: either may be the latest
            if isinstance(expected, (int, float)):
                tolerance = ROUNDED.get(name, 2e-5)
                assert features[name] == pytest.approx(expected, rel=1e-5, abs=tolerance), (name, customer, t)
            else:
                assert features[name] == expected, (name, customer, t)


def _money() -> Row:
    """One old amount of somebody else: a table is without money only if no row of it has any."""
    return {"customer_id": "zoe", "order_id": "0", "ordered_at": datetime(2010, 1, 1), "amount": Decimal(1)} | dict.fromkeys(
        ("quantity", "product_id", "discount", "recorded_at")
    )
