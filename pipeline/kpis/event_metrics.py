"""What customers say and do: feedback, engagement, service, loyalty."""

from __future__ import annotations

from pipeline.kpis.deeds import BLOCK, blocks_active, days_active
from pipeline.kpis.metric import Good, Metric, Sum, customers, events, kinds, sales
from pipeline.kpis.spans import Grid

VOCABULARY = "docs/reference/data-contract.md: kinds of engagements"
REICHHELD = "Reichheld 2003, The one number you need to grow"
PRESENT = customers("present")
ANSWERS = Sum("events", "sum(promoters) + sum(passives) + sum(detractors)")
ANSWERED = "promoters + passives + detractors > 0"


def _count(name: str, group: str, formula: str, sql: str, kind: str, good: Good = "up", unit: str = "count") -> Metric:
    return Metric(name, group, unit, formula, VOCABULARY, good, "count", events(sql), needs=kinds(kind))


def _mean(name: str, group: str, unit: str, formula: str, good: Good, column: str, kind: str) -> Metric:
    total, squares, n = (events(f"sum({column}_{part})") for part in ("sum", "squares", "n"))
    return Metric(
        name, group, unit, formula, VOCABULARY, good, "mean", total, n, squares, needs=kinds(*kind.split("|")), unknown=True
    )


def _ratio(name: str, formula: str, part: str, whole: str, *kinds: str) -> Metric:
    return Metric(
        name, "engagement", "share", formula, VOCABULARY, "up", "ratio",
        events(f"coalesce(sum({part}), 0)"), events(f"sum({whole})"),
        needs=tuple(f"engagements:{kind}" for kind in kinds),
    )  # fmt: skip


def _per_100(name: str, words: str, column: str, kind: str, good: Good) -> Metric:
    return Metric(
        name, "service" if good == "down" else "loyalty", "per 100 customers", f"100 × {words} of present customers / present",
        VOCABULARY, good, "ratio", events(f"coalesce(sum({column}) FILTER (WHERE present), 0)"), PRESENT,
        scale=100.0, needs=kinds(kind),
    )  # fmt: skip


PARTS: tuple[tuple[str, str, Good], ...] = (("promoters", "9–10", "up"), ("passives", "7–8", ""), ("detractors", "0–6", "down"))

FEEDBACK = (
    Metric(
        "nps", "feedback", "points", "100 × (promoters, 9–10, − detractors, 0–6) / answers from 0 to 10", REICHHELD, "up", "mean",
        events("sum(promoters) - sum(detractors)"), ANSWERS, events("sum(promoters) + sum(detractors)"), scale=100.0,
        needs=kinds("nps_response"),
    ),
    *(
        Metric(
            f"nps_{part}", "feedback", "share", f"{part} ({scores}) / answers", REICHHELD, good, "share",
            events(f"sum({part})"), ANSWERS, needs=kinds("nps_response"),
        )
        for part, scores, good in PARTS
    ),
    Metric(
        "nps_response_rate", "feedback", "share", "customers who answered the NPS question / customers sent a survey", REICHHELD,
        "up", "share", events(f"count(*) FILTER (WHERE surveys_sent > 0 AND {ANSWERED})"),
        events("count(*) FILTER (WHERE surveys_sent > 0)"), needs=kinds("nps_response") + kinds("survey_sent"),
    ),
    Metric(
        "nps_silent_share", "feedback", "share", "present customers who gave no NPS answer in the period / present", REICHHELD,
        "down", "share", events(f"count(*) FILTER (WHERE present AND {ANSWERED})"), PRESENT, complement=True,
        needs=kinds("nps_response"),
    ),
    _mean("review_score", "feedback", "score", "mean score of reviews", "up", "reviewed", "review"),
    _count("reviews", "feedback", "reviews", "sum(reviewed_n)", "review"),
    _mean("survey_score", "feedback", "score", "mean score of other survey answers", "up", "surveyed", "survey_response"),
)  # fmt: skip

ENGAGEMENT = (
    _count("visits", "engagement", "site visits", "sum(visits)", "site_visit"),
    _count("sessions", "engagement", "app sessions", "sum(sessions)", "app_session"),
    _count("social_interactions", "engagement", "social interactions", "sum(social)", "social_interaction"),
    _count("content_uses", "engagement", "uses of content", "sum(content)", "content_use"),
    _count("emails_sent", "engagement", "e-mails sent", "sum(emails_sent)", "email_sent", ""),
    _ratio("email_open_rate", "e-mails opened / sent", "emails_opened", "emails_sent", "email_sent", "email_opened"),
    _ratio("email_click_rate", "e-mails clicked / sent", "emails_clicked", "emails_sent", "email_sent", "email_clicked"),
    _ratio(
        "email_click_to_open", "e-mails clicked / opened", "emails_clicked", "emails_opened",
        "email_opened", "email_clicked",
    ),
    _ratio("push_open_rate", "push messages opened / sent", "pushes_opened", "pushes_sent", "push_sent", "push_opened"),
    Metric(
        "engaged_share", "engagement", "share", "present customers who did something other than buy / present", VOCABULARY, "up",
        "share", events("count(*) FILTER (WHERE present AND own > 0)"), PRESENT, needs=("engagements",),
    ),
)  # fmt: skip

PER_TOPIC = (
    _per_100("tickets_per_100", "support tickets", "tickets", "support_ticket", "down"),
    _per_100("complaints_per_100", "complaints", "complaints", "complaint", "down"),
)
HOURS = _mean(
    "hours_to_resolve", "service", "hours", "mean value of tickets and complaints", "down", "resolved", "support_ticket|complaint"
)
HOURS_MEDIAN = Metric(
    "hours_to_resolve_median", "service", "hours", "median value of tickets and complaints",
    VOCABULARY, "down", "median", Sum("answers", "median"), HOURS.denominator, needs=HOURS.needs,
)  # fmt: skip
SERVICE = (
    *PER_TOPIC,
    Metric(
        "complaining_share", "service", "share", "present customers with a complaint / present", VOCABULARY, "down", "share",
        events("count(*) FILTER (WHERE present AND complaints > 0)"), PRESENT, needs=kinds("complaint"),
    ),
    HOURS,
    HOURS_MEDIAN,
)  # fmt: skip


def loyalty(point_value: float | None) -> tuple[Metric, ...]:
    """Members, points and what they cost; the cost needs the value of a point, `kpis.point_value`."""
    return (
        Metric(
            "members", "loyalty", "customers", "present customers who have earned or redeemed points by the period's end",
            VOCABULARY, "up", "count", customers("present AND member"), needs=kinds("points_earned", "points_redeemed"),
        ),
        _count("points_earned", "loyalty", "points earned", "sum(points_earned)", "points_earned", "", "points"),
        _count("points_redeemed", "loyalty", "points redeemed", "sum(points_redeemed)", "points_redeemed", "", "points"),
        Metric(
            "reward_cost_share", "loyalty", "share", "points redeemed × kpis.point_value / margin_net of members", VOCABULARY,
            "down", "ratio", events("sum(points_redeemed)"), sales("sum(margin) FILTER (WHERE member)"),
            scale=point_value or 0.0, n=customers("present AND member"),
            needs=(*kinds("points_redeemed"), "transactions.margin", "kpis.point_value"),
        ),
        _count("coupons_redeemed", "loyalty", "coupons redeemed", "sum(coupons)", "coupon_redeemed", ""),
        _count("referrals", "loyalty", "referrals", "sum(referrals)", "referral"),
        _per_100("referrals_per_100", "referrals", "referrals", "referral", "up"),
    )  # fmt: skip


def users(grid: Grid) -> tuple[Metric, ...]:
    """Customers who did something on a day, in seven days, in 28 days: means over the whole blocks of the period."""
    words = (("dau", "a day", 1), ("wau", "seven days", 7), ("mau", f"{BLOCK} days", BLOCK))
    sums = [days_active(grid), *(blocks_active(grid, block) for _, _, block in words[1:])]
    return tuple(
        Metric(
            name, "engagement", "customers",
            f"customers who did something other than buy within {said}, mean over the whole ones from the period's start",
            VOCABULARY, "up", "ratio", events(f"sum({sql or '0'})"), block=block, needs=("engagements",),
        )
        for (name, said, block), sql in zip(words, sums, strict=True)
    )  # fmt: skip
