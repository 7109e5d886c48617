"""Where customers speak up: tickets, complaints and chats with the service desk, and answers to surveys."""

import numpy as np
import pyarrow as pa

from pipeline.arrays import Floats, Ints
from pipeline.simulator.dirt import soiled
from pipeline.simulator.month import Happenings, Month, happen, labels, moments, numbered, packed
from pipeline.simulator.offers import first_month
from pipeline.simulator.population import CHANNELS, COOLING
from pipeline.simulator.settings import MONTH_DAYS

TICKET_TYPES = ("TICKET", "COMPLAINT", "CHAT")
TOPICS = ("delivery_late", "damaged_item", "wrong_item", "invoice", "app_problem", "question", "unwanted_contact")
# Monthly rates by state (loyal, cooling, gone): trouble rises before customers leave.
TICKET_RATES = np.array([0.05, 0.09, 0.012])
COMPLAINT_RATES = np.array([0.014, 0.13, 0.02])
CHAT_RATES = np.array([0.05, 0.07, 0.008])
SURVEYS = ("NPS", "SATISFACTION", "REVIEW")
ANSWER_RATES = np.array([[0.05, 0.045, 0.012], [0.04, 0.035, 0.006], [0.04, 0.02, 0.002]])


def tickets(month: Month) -> pa.Table:
    """Tickets, complaints and chats of one month with topic and hours to resolve."""
    traits, state = month.traits, month.condition.state
    temper = np.exp(0.35 * traits.discontent)
    annoyed = first_month(traits.annoyance, month.condition.offer, month.condition.offer_age)
    lived = (
        happen(month, "ticket", TICKET_RATES[state] * temper),
        happen(month, "complaint", COMPLAINT_RATES[state] * temper + 0.8 * annoyed),
        happen(month, "chat", CHAT_RATES[state] * traits.interest),
    )
    code = np.repeat([0, 1, 2], [len(one.customer) for one in lived])
    customer, nth, seconds = _joined(lived)
    key = nth * 3 + code
    hours = np.exp(2.6 + 0.9 * month.luck.normal("ticket/hours", month.number, customer, key))
    hours = np.where(code == 2, hours / 20, hours * np.where(state[customer] == COOLING, 1.6, 1.0))
    topic = (month.uniform("ticket/topic", customer, key) * (len(TOPICS) - 1)).astype(np.int64)
    unwanted = (code == 1) & (annoyed[customer] > 0.05)
    via = (month.uniform("ticket/via", customer, key) * 3).astype(np.int64)
    rows = pa.table({
        "ticket_no": numbered("T", packed(month, customer, nth * 3 + code), 13),
        "customer_no": month.names.take(pa.array(customer)),
        "opened_at": pa.array(month.instants(seconds)),
        "ticket_type": labels(TICKET_TYPES, code),
        "topic": labels(TOPICS, np.where(unwanted, len(TOPICS) - 1, topic)),
        "via": labels(("phone", "email", "web"), via),
        "hours_to_resolve": pa.array(np.round(hours, 1)),
    })  # fmt: skip
    return soiled(month, "ticket", rows, customer, key)


def surveys(month: Month) -> pa.Table:
    """Answers to NPS and satisfaction surveys, and product reviews, of one month."""
    state, everyone = month.condition.state, np.arange(len(month.condition.state))
    lived = []
    for name, rates in zip(SURVEYS, ANSWER_RATES, strict=True):
        answers = month.uniform(f"survey/{name}", everyone) < rates[state]
        who = np.flatnonzero(answers & (month.first_day == 0))
        day = MONTH_DAYS * month.uniform(f"survey/{name}/day", who)
        seconds = moments(day, month.uniform(f"survey/{name}/time", who))
        lived.append(Happenings(who, np.zeros(len(who), dtype=np.int64), seconds))
    code = np.repeat(np.arange(len(SURVEYS)), [len(one.customer) for one in lived])
    customer, _, seconds = _joined(tuple(lived))
    return pa.table({
        "response_no": numbered("Q", packed(month, customer, code), 13),
        "customer_no": month.names.take(pa.array(customer)),
        "answered_at": pa.array(month.instants(seconds)),
        "survey": labels(SURVEYS, code),
        "score": pa.array(_scores(month, customer, code)),
        "via": labels(CHANNELS, month.traits.channel[customer]),
    })  # fmt: skip


def _scores(month: Month, customer: Ints, code: Ints) -> Ints:
    """Scores 0-10 for NPS and 1-5 otherwise; contentment falls with discontent and with leaving."""
    mood: Floats = 8.4 - 0.9 * month.traits.discontent[customer]
    mood = mood - np.array([0.0, 1.8, 3.5])[month.condition.state[customer]]
    mood = mood + 1.3 * month.luck.normal("survey/score", month.number, customer, code)
    short = np.clip(np.rint(mood / 2), 1, 5)
    return np.where(code == 0, np.clip(np.rint(mood), 0, 10), short).astype(np.int64)


def _joined(lived: tuple[Happenings, ...]) -> tuple[Ints, Ints, Ints]:
    return (
        np.concatenate([one.customer for one in lived]),
        np.concatenate([one.nth for one in lived]),
        np.concatenate([one.seconds for one in lived]),
    )
