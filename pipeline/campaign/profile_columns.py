"""Every column of a customer's profile, declared once: what lists and offers may ask of a customer at the date of the score.

`profile.py` compiles the list to SQL; the eligibility of offers may name these columns, those of `JUDGED`, and no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["number", "word", "flag", "moment"]
Channel = Literal["email", "sms", "phone", "push"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
RISKS = ("critical", "high", "medium", "low")
TIERS = ("top", "middle", "low")
LIFECYCLES = ("new", "one_time", "active", "cooling", "at_risk", "lapsed")
RECENT_DAYS = 90


@dataclass(frozen=True)
class ProfileColumn:
    """One column: `sql` aggregates the rows of a `relation` that were seen before `t`; without one it combines other columns.

    `needs` is what a source must have for the column ("transactions.amount", "engagements:complaint", "engagements:a|b",
    "source.reward_points"); where it has not, the column is null. `zero`: a customer without rows has 0. `words` are the only
    ones a word can be, where they are known.
    """

    name: str
    kind: Kind
    meaning: str
    relation: str | None = None
    sql: str = ""
    needs: tuple[str, ...] = ()
    zero: bool = False
    words: tuple[str, ...] = ()


def _since(name: str, relation: str, meaning: str, needs: tuple[str, ...], where: str = "true") -> ProfileColumn:
    sql = f"date_diff('second', max(happened_at) FILTER (WHERE {where}), {{t}}) // 86400"
    return ProfileColumn(name, "number", f"days since {meaning}", relation, sql, needs)


def _lately(name: str, relation: str, meaning: str, needs: tuple[str, ...], where: str = "true") -> ProfileColumn:
    sql = f"count(*) FILTER (WHERE happened_at >= {{t}} - INTERVAL {RECENT_DAYS} DAY AND {where})"
    return ProfileColumn(name, "number", f"{meaning} in the last {RECENT_DAYS} days", relation, sql, needs, zero=True)


def _kinds(*kinds: str) -> tuple[tuple[str, ...], str]:
    """What events of these kinds need, and which rows they are."""
    return (f"engagements:{'|'.join(kinds)}",), f"kind IN ({', '.join(map(repr, kinds))})"


def _fact(name: str, meaning: str, words: tuple[str, ...] = ()) -> ProfileColumn:
    value = "lower(trim(value))" if words else "value"
    sql = f"arg_max({value}, struct_pack(a := said_at, b := value)) FILTER (WHERE name = '{name}')"
    return ProfileColumn(name, "word", meaning, "said", sql, (f"attributes:{name}",), words=words)


def _consent(channel: str) -> ProfileColumn:
    name = f"consent_{channel}"
    meaning = f"whether {channel} is allowed: true after a clear yes, false after any other word, null without a word"
    sql = f"bool_and(NOT refused) FILTER (WHERE name = '{name}')"
    return ProfileColumn(name, "flag", meaning, "consents", sql, (f"attributes:{name}",))


def _points(kind: str) -> str:
    return f"coalesce(sum(value) FILTER (WHERE kind = '{kind}'), 0)"


AMOUNTS, POINTS = ("transactions.amount",), ("engagements:points_earned", "engagements:points_redeemed")
SPAN = "date_diff('day', min(happened_at), max(happened_at))"
DAYS = "count(DISTINCT CAST(happened_at AS DATE))"
OPEN = "kind = 'support_ticket' AND coalesce(happened_at + to_seconds(CAST(value * 3600 AS BIGINT)) >= {t}, true)"
COMPLAINED, TICKETS, NPS = _kinds("complaint"), _kinds("support_ticket"), _kinds("nps_response")
SURVEYED, REFERRED = _kinds("survey_sent", "survey_response", "nps_response"), _kinds("referral")

COLUMNS: tuple[ProfileColumn, ...] = (
    ProfileColumn("status", "word", "scored, lapsed, too_new, not_due or no_profiling_consent", "customers", "status"),
    ProfileColumn("recency_days", "number", "days since the latest activity", "customers", "recency_days"),
    ProfileColumn("orders_count", "number", "orders so far", "customers", "orders_count"),
    ProfileColumn(
        "known_days", "number", "days since the first trace of the customer in any table", "traces",
        "date_diff('second', min(happened_at), {t}) // 86400",
    ),
    ProfileColumn("activity_days", "number", "different days with activity", "activity", DAYS, zero=True),
    ProfileColumn(
        "tenure_days", "number", "days since the first activity", "activity",
        "date_diff('second', min(happened_at), {t}) // 86400",
    ),
    ProfileColumn(
        "rhythm_days", "number", "own rhythm: mean days from one day with activity to the next, from three such days on",
        "activity", f"CASE WHEN {DAYS} >= 3 THEN {SPAN} / ({DAYS} - 1) END",
    ),
    ProfileColumn("first_purchase_at", "moment", "when the first purchase was made", "purchases", "min(happened_at)"),
    ProfileColumn(
        "order_amount_mean", "number", "mean amount of an order", "purchases",
        "CAST(sum(amount) AS DOUBLE) / nullif(count(*) FILTER (WHERE opens), 0)", AMOUNTS,
    ),
    ProfileColumn(
        "spending_365d", "number", "amounts of the last 365 days, returns subtracted", "lines",
        "coalesce(sum(amount) FILTER (WHERE happened_at >= {t} - INTERVAL 365 DAY), 0)", AMOUNTS, zero=True,
    ),
    ProfileColumn(
        "margin_of_year", "number", "margin a year, returns subtracted, from the first payment to the last, over a year at least",
        "earned", f"CAST(sum(money) AS DOUBLE) * 365 / greatest({SPAN}, 365)", ("money",),
    ),
    ProfileColumn(
        "preferred_category", "word", "category of most order lines, the more recent of equal ones", "categories",
        "arg_max(category, struct_pack(a := lines, b := latest, c := category))", ("transactions.category",),
    ),
    _since("engagement_recency_days", "events", "the latest action of the customer", ("engagements",), "by_customer"),
    _lately("complaints_count_90d", "events", "complaints", *COMPLAINED),
    _since("complaint_recency_days", "events", "the latest complaint", *COMPLAINED),
    _lately("tickets_count_90d", "events", "support tickets", *TICKETS),
    _lately("tickets_open_90d", "events", "support tickets not resolved at t, opened", (*TICKETS[0], "engagements.value"), OPEN),
    ProfileColumn(
        "nps_last", "number", "latest NPS answer, 0 to 10", "events",
        f"arg_max(value, struct_pack(a := happened_at, b := -value)) FILTER (WHERE {NPS[1]} AND value IS NOT NULL)", NPS[0],
    ),
    _since("survey_recency_days", "events", "the latest survey sent or answered", *SURVEYED),
    _lately("referrals_count_90d", "events", "referrals", *REFERRED),
    ProfileColumn(
        "points_balance", "number", "loyalty points earned and not redeemed, null where none were earned", "events",
        f"CASE WHEN {_points('points_earned')} > 0 THEN {_points('points_earned')} - {_points('points_redeemed')} END", POINTS,
    ),
    ProfileColumn(
        "answers_channel", "word", "channel whose messages the customer opens most", "answers",
        "arg_max(channel, struct_pack(a := answers, b := channel))",
        ("engagements:email_opened|email_clicked|push_opened",), words=("email", "push"),
    ),
    _since("contact_recency_days", "contacted", "the latest contact by a campaign", ("contacts",)),
    _lately("contacts_count_90d", "contacted", "contacts by campaigns", ("contacts",)),
    *(
        _since(
            f"contact_{by}_recency_days", "contacted", f"the latest contact by {by}", ("contacts.channel",), f"through = '{by}'"
        )
        for by in CHANNELS
    ),
    _fact("tier", "loyalty tier"),
    _fact("preferred_channel", "channel the customer prefers"),
    *(_consent(channel) for channel in CHANNELS),
    ProfileColumn(
        "plan", "word", "plan of the latest change of a subscription", "periods",
        "arg_max(plan, struct_pack(a := happened_at, b := known_at, c := plan))", ("subscriptions.plan",),
    ),
    ProfileColumn(
        "days_to_expiry", "number", "days until the last running period ends, below 0 when it has", "cover",
        "date_diff('day', {t}, nullif(min(cover_end), TIMESTAMP '9999-01-01'))", ("subscriptions.expires_at",),
    ),
    ProfileColumn(
        "points_to_reward", "number", "points that the balance lacks to the next reward, 0 from the last on", None,
        "{to_reward}", (*POINTS, "source.reward_points"),
    ),
    ProfileColumn(
        "spending_to_tier", "number", "spending of 365 days that lacks to the next tier, 0 from the last on", None,
        "{to_tier}", (*AMOUNTS, "source.tier_spending"),
    ),
)  # fmt: skip

# What is known of a customer once they are scored, which offers may ask for as well.
JUDGED: tuple[ProfileColumn, ...] = (
    ProfileColumn("churn_probability", "number", "chance of leaving if nothing is done; unknown where there is no score"),
    ProfileColumn("expected_value", "number", "margin over the value horizon if the customer stays", needs=("money",)),
    ProfileColumn("risk_segment", "word", "band of the probability", words=RISKS),
    ProfileColumn("value_tier", "word", "tier of the expected value", needs=("money",), words=TIERS),
    ProfileColumn("lifecycle", "word", "where the customer stands", words=LIFECYCLES),
)
VOCABULARY: dict[str, ProfileColumn] = {column.name: column for column in (*COLUMNS, *JUDGED)}
