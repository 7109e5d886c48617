"""The part of the catalogue that reads engagements: actions, e-mail, feedback, service, content, loyalty."""

from __future__ import annotations

from dataclasses import replace

from pipeline.features.combinations import missing, ratio, trends
from pipeline.features.spec import (
    Feature,
    Rows,
    count,
    directed,
    distinct,
    last,
    latest_word,
    maximum,
    mean,
    minimum,
    nearest,
    recency,
    tenure,
    total,
)


def _events(name: str, words: str, one: str, group: str, reason: str, *kinds: str) -> Rows:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return Rows("events", name, words, one, group, reason, (f"engagements:{'|'.join(kinds)}",), f"kind IN ({listed})")


def _topics(rows: Rows) -> Rows:
    return replace(rows, needs=(*rows.needs, "engagements.topic"))


ENGAGED = Rows(
    "events", "engagements", "actions of the customer", "action of the customer", "engagement", "activity", ("engagements",),
    "by_customer",
)  # fmt: skip
VISITS = _events("visits", "site visits and app sessions", "visit", "engagement", "visits", "site_visit", "app_session")
OPENED = _events("emails_opened", "e-mails opened", "e-mail opened", "email", "email", "email_opened")
CLICKED = _events("emails_clicked", "e-mails clicked", "e-mail clicked", "email", "email", "email_clicked")
SENT = _events("emails_sent", "e-mails received", "e-mail received", "contacts", "contacts", "email_sent")
PUSHED = _events("pushes_sent", "push messages received", "push message received", "contacts", "contacts", "push_sent")
MAILED = _events("mails_sent", "mailings received", "mailing received", "contacts", "contacts", "mail_sent")
SURVEYED = _events("surveys_sent", "surveys received", "survey received", "contacts", "contacts", "survey_sent")
CONTACTED = Rows("contacted", "contacts", "contacts by campaigns", "contact by a campaign", "contacts", "contacts", ("contacts",))
BY_THE_COMPANY = (SENT, PUSHED, MAILED, SURVEYED, CONTACTED)
SOCIAL = _events("social", "social interactions", "social interaction", "engagement", "activity", "social_interaction")
CHATS = _events("chats", "chats and questions", "chat or question", "service", "service", "chat")
TICKETS = _events("tickets", "support tickets", "support ticket", "service", "service", "support_ticket")
COMPLAINTS = _events("complaints", "complaints", "complaint", "service", "complaints", "complaint")
NPS = _events("nps", "NPS answers", "NPS answer", "feedback", "nps", "nps_response")
REVIEWS = _events("reviews", "reviews", "review", "feedback", "reviews", "review")
CONTENT = _events("content", "uses of content", "use of content", "engagement", "content", "content_use")
COUPONS = _events("coupons", "coupons redeemed", "coupon redeemed", "loyalty", "discounts", "coupon_redeemed")
EARNED = _events("points_earned", "points earned", "points earned", "loyalty", "rewards", "points_earned")
REDEEMED = _events("points_redeemed", "points redeemed", "points redeemed", "loyalty", "rewards", "points_redeemed")
REFERRALS = _events("referrals", "referrals", "referral", "loyalty", "referrals", "referral")
TICKET_TOPICS = _topics(TICKETS)
COMPLAINT_TOPICS = _topics(COMPLAINTS)
PRESENCE = (ENGAGED, VISITS)  # of no other kind it is agreed: who complains is still there, who asks may be about to leave
COUNTED_EVENTS = (ENGAGED, VISITS, OPENED, CLICKED, SOCIAL, CHATS, TICKETS, COMPLAINTS, CONTENT, COUPONS, REDEEMED, REFERRALS)


def engagement(windows: tuple[int, ...], purchases: Rows, reward_points: tuple[int, ...]) -> list[Feature]:
    """What customers did, said and were sent; their visits beside their `purchases`, their points beside those of a reward."""
    _, middle, long = three = [nearest(windows, wanted) for wanted in (30, 90, 180)]
    looked = tuple(dict.fromkeys(three))  # fewer than three where the configured windows are few
    counted: list[Feature] = []
    for rows in COUNTED_EVENTS:
        counts = [count(rows, days) for days in looked]
        since = [recency(rows)]
        if rows in PRESENCE:
            counts, since = directed(counts, "lowers"), directed(since, "raises")
        counted += [*counts, *since, *trends(counts, looked)]
    return [
        *counted,
        *_email(middle),
        *_sent(looked),
        *_feedback(),
        *_service(long),
        *_content(middle, looked, purchases),
        *_loyalty(long, reward_points),
        tenure(ENGAGED),
        *(distinct(ENGAGED, "CAST(happened_at AS DATE)", "days", "days", days) for days in looked),
    ]


def _email(days: int) -> list[Feature]:
    sent, opened, clicked = (count(rows, days) for rows in (SENT, OPENED, CLICKED))
    return [
        ratio("email_open_rate", opened, sent, f"e-mails opened per e-mail received in the last {days} days"),
        ratio("email_click_rate", clicked, sent, f"e-mails clicked per e-mail received in the last {days} days"),
    ]


def _sent(looked: tuple[int, ...]) -> list[Feature]:
    """Left out of the matrix unless included: what the company sends encodes whom it targeted."""
    features = [feature for rows in BY_THE_COMPANY for feature in (*(count(rows, days) for days in looked), recency(rows))]
    return [replace(feature, in_matrix=False) for feature in features]


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
            f"{nps_last.name} - {nps_mean.name}", NPS.needs, reason=NPS.reason,
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


def _loyalty(days: int, reward_points: tuple[int, ...]) -> list[Feature]:
    earned, redeemed = (total(rows, "value", "points", None) for rows in (EARNED, REDEEMED))
    balance = Feature(
        "points_balance", "loyalty", "points", "points earned and not yet redeemed, as far as the data goes back", None,
        f"{earned.name} - {redeemed.name}", (*EARNED.needs, *REDEEMED.needs), zero=True, reason=EARNED.reason,
    )  # fmt: skip
    lacks = "points that the balance lacks to the next reward"
    return [
        total(EARNED, "value", "points", days),
        total(REDEEMED, "value", "points", days),
        *(replace(points, in_matrix=False) for points in (earned, redeemed)),
        balance,
        *([missing("points_to_reward", balance, earned, reward_points, lacks)] if reward_points else ()),
    ]
