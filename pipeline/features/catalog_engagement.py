"""The part of the catalogue that reads engagements: actions, e-mail, feedback, service, content, loyalty."""

from __future__ import annotations

from dataclasses import replace

from pipeline.features.spec import (
    Feature,
    Rows,
    count,
    distinct,
    last,
    latest_word,
    maximum,
    mean,
    minimum,
    ratio,
    recency,
    tenure,
    total,
    trends,
)


def _events(name: str, words: str, group: str, *kinds: str) -> Rows:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return Rows("events", name, words, group, (f"engagements:{'|'.join(kinds)}",), f"kind IN ({listed})")


def _topics(rows: Rows) -> Rows:
    return replace(rows, needs=(*rows.needs, "engagements.topic"))


ENGAGED = Rows("events", "engagements", "actions of the customer", "engagement", ("engagements",), "by_customer")
VISITS = _events("visits", "site visits and app sessions", "engagement", "site_visit", "app_session")
OPENED = _events("emails_opened", "e-mails opened", "email", "email_opened")
CLICKED = _events("emails_clicked", "e-mails clicked", "email", "email_clicked")
SENT = _events("emails_sent", "e-mails received", "email", "email_sent")
SOCIAL = _events("social", "social interactions", "engagement", "social_interaction")
CHATS = _events("chats", "chats and questions", "service", "chat")
TICKETS = _events("tickets", "support tickets", "service", "support_ticket")
COMPLAINTS = _events("complaints", "complaints", "service", "complaint")
NPS = _events("nps", "NPS answers", "feedback", "nps_response")
REVIEWS = _events("reviews", "reviews", "feedback", "review")
CONTENT = _events("content", "uses of content", "engagement", "content_use")
COUPONS = _events("coupons", "coupons redeemed", "loyalty", "coupon_redeemed")
EARNED = _events("points_earned", "points earned", "loyalty", "points_earned")
REDEEMED = _events("points_redeemed", "points redeemed", "loyalty", "points_redeemed")
REFERRALS = _events("referrals", "referrals", "loyalty", "referral")
TICKET_TOPICS = _topics(TICKETS)
COMPLAINT_TOPICS = _topics(COMPLAINTS)
COUNTED_EVENTS = (ENGAGED, VISITS, OPENED, CLICKED, SOCIAL, CHATS, TICKETS, COMPLAINTS, CONTENT, COUPONS, REDEEMED, REFERRALS)


def engagement(windows: tuple[int, ...], purchases: Rows) -> list[Feature]:
    """What customers did, said and were sent, and their visits beside their `purchases`."""
    _, middle, long = nearest = [min(windows, key=lambda days: abs(days - wanted)) for wanted in (30, 90, 180)]
    looked = tuple(dict.fromkeys(nearest))  # fewer than three where the configured windows are few
    counted: list[Feature] = []
    for rows in COUNTED_EVENTS:
        counts = [count(rows, days) for days in looked]
        counted += [*counts, recency(rows), *trends(counts, looked)]
    return [
        *counted,
        *_email(middle),
        *_feedback(),
        *_service(long),
        *_content(middle, looked, purchases),
        *_loyalty(long),
        tenure(ENGAGED),
        *(distinct(ENGAGED, "CAST(happened_at AS DATE)", "days", "days", days) for days in looked),
    ]


def _email(days: int) -> list[Feature]:
    sent, opened, clicked = (count(rows, days) for rows in (SENT, OPENED, CLICKED))
    return [
        ratio("email_open_rate", opened, sent, f"e-mails opened per e-mail received in the last {days} days"),
        ratio("email_click_rate", clicked, sent, f"e-mails clicked per e-mail received in the last {days} days"),
        replace(sent, in_matrix=False),  # what the company sends encodes whom it targeted
    ]


def _feedback() -> list[Feature]:
    nps_mean, nps_last = mean(NPS, "value", "score", None), last(NPS, "value", "score")
    return [
        nps_mean,
        nps_last,
        minimum(NPS, "value", "score", None),
        count(NPS, None),
        recency(NPS),
        Feature(
            "nps_trend", "feedback", "score", "the latest NPS answer, against the mean of all", None,
            f"{nps_last.name} - {nps_mean.name}", NPS.needs,
        ),
        mean(REVIEWS, "value", "score", None),
        last(REVIEWS, "value", "score"),
        recency(REVIEWS),
    ]  # fmt: skip


def _service(days: int) -> list[Feature]:
    return [
        mean(TICKETS, "value", "hours", days),
        maximum(TICKETS, "value", "hours", days),
        mean(COMPLAINTS, "value", "hours", days),
        *(distinct(rows, "topic", "topics", "topics", None) for rows in (TICKET_TOPICS, COMPLAINT_TOPICS)),
        *(latest_word(rows, "topic") for rows in (TICKET_TOPICS, COMPLAINT_TOPICS)),
    ]


def _content(middle: int, looked: tuple[int, ...], purchases: Rows) -> list[Feature]:
    minutes = [total(CONTENT, "value", "minutes", days) for days in looked]
    visits, bought = count(VISITS, middle), count(purchases, middle)
    return [
        *minutes,
        *trends(minutes, looked),
        mean(CONTENT, "value", "minutes", looked[-1]),
        ratio("visits_per_purchase", visits, bought, f"visits per purchase in the last {middle} days"),
    ]


def _loyalty(days: int) -> list[Feature]:
    earned, redeemed = (total(rows, "value", "points", None) for rows in (EARNED, REDEEMED))
    return [
        total(EARNED, "value", "points", days),
        total(REDEEMED, "value", "points", days),
        *(replace(points, in_matrix=False) for points in (earned, redeemed)),
        Feature(
            "points_balance", "loyalty", "points", "points earned and not yet redeemed, as far as the data goes back", None,
            f"{earned.name} - {redeemed.name}", (*EARNED.needs, *REDEEMED.needs), zero=True,
        ),
    ]  # fmt: skip
