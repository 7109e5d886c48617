"""What customers do besides buying: visits, app sessions, social interactions, referrals, coupons and e-mails."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.arrays import Floats, Ints
from pipeline.simulator.dirt import delays, soiled
from pipeline.simulator.month import Happenings, Month, happen, labels, numbered, packed, within
from pipeline.simulator.orders import order_seconds, takes_coupon
from pipeline.simulator.population import CONSENTS
from pipeline.simulator.settings import ACTIVE_DAYS, DAY_SECONDS, MONTH_DAYS


@dataclass(frozen=True)
class Habit:
    """A kind of event: monthly rate of a loyal customer, and the share of it left when cooling and when gone."""

    kind: str
    rate: float
    cooling: float
    gone: float
    app_only: bool = False


# Interest fades before buying stops: these shares fall faster than the buying pace.
HABITS = (
    Habit("site_visit", rate=2.2, cooling=0.45, gone=0.09),
    Habit("app_session", rate=2.6, cooling=0.35, gone=0.05, app_only=True),
    Habit("social_interaction", rate=0.22, cooling=0.4, gone=0.1),
    Habit("content_use", rate=0.3, cooling=0.5, gone=0.1),
    Habit("referral", rate=0.025, cooling=0.15, gone=0.02),
)
WEB_KINDS = (*(habit.kind for habit in HABITS), "coupon_redeemed")
NEWSLETTER_DAYS = (4, 18)
OPENS = np.array([0.34, 0.2, 0.06])
CLICKS = np.array([0.24, 0.14, 0.08])
MAIL_ACTIONS = ("sent", "opened", "clicked")


def habit_rates(month: Month, habit: Habit) -> Floats:
    """Monthly rate of a habit for every customer in the state they hold."""
    share = np.array([1.0, habit.cooling, habit.gone])[month.condition.state]
    rate = habit.rate * share * month.traits.interest
    return np.where(month.traits.app_user, rate, 0.0) if habit.app_only else rate


def web_events(month: Month) -> pa.Table:
    """Visits, sessions and the like of one month, late rows and nameless visits included."""
    lived = [happen(month, habit.kind, habit_rates(month, habit)) for habit in HABITS]
    taken = np.flatnonzero(takes_coupon(month))
    bought = month.purchases
    lived.append(Happenings(bought.customer[taken], bought.nth[taken], order_seconds(month)[taken]))
    code = np.repeat(np.arange(len(lived)), [len(one.customer) for one in lived])
    customer = np.concatenate([one.customer for one in lived])
    nth = np.concatenate([one.nth for one in lived])
    seconds = np.concatenate([one.seconds for one in lived])
    key = nth * len(WEB_KINDS) + code
    late, delay = delays(month, "web", customer, key)
    minutes = np.round(1 + 9 * -np.log(month.uniform("web/minutes", customer, key)), 1)
    device = np.where(code == 1, 1, np.where(month.uniform("web/device", customer, key) < 0.45, 1, 0))
    rows = pa.table({
        "event_no": pa.array(packed(month, customer, nth, kind=0) * len(WEB_KINDS) + code),
        "customer_no": month.names.take(pa.array(customer)),
        "event_time": pa.array(month.instants(seconds)),
        "event_type": labels(WEB_KINDS, code),
        "device": labels(("desktop", "mobile"), device),
        "minutes": pa.array(minutes, mask=code == 4),
        "received_at": pa.array(month.instants(seconds + delay), mask=~late),
    })  # fmt: skip
    return soiled(month, "web", rows, customer, key)


def mailed(month: Month) -> Ints:
    """Customers who get the newsletter: consented, arrived before this month, bought within a year."""
    recent = month.condition.last_purchase >= MONTH_DAYS * month.number - ACTIVE_DAYS
    consented = month.traits.consents[:, list(CONSENTS).index("email")]
    return np.flatnonzero(recent & consented & (month.first_day == 0))


def email_events(month: Month) -> pa.Table:
    """Newsletters sent, opened and clicked in one month."""
    readers, issues = mailed(month), len(NEWSLETTER_DAYS)
    customer = np.tile(readers, issues)
    issue = np.repeat(np.arange(issues), len(readers))
    state, interest = month.condition.state[customer], month.traits.interest[customer]
    sent = np.asarray(NEWSLETTER_DAYS)[issue] * DAY_SECONDS + 8 * 3600
    sent = sent + (1800 * month.uniform("mail/sent", customer, issue)).astype(np.int64)
    opens = month.uniform("mail/opens", customer, issue) < np.minimum(OPENS[state] * interest, 0.9)
    clicks = opens & (month.uniform("mail/clicks", customer, issue) < np.minimum(CLICKS[state] * interest, 0.8))
    wait = -np.log(month.uniform("mail/wait", customer, issue)) * 7 * 3600
    opened = within(sent + 60 + wait)
    clicked = within(opened + 10 + 110 * month.uniform("mail/read", customer, issue))
    row = np.concatenate([np.arange(len(customer)), np.flatnonzero(opens), np.flatnonzero(clicks)])
    code = np.repeat([0, 1, 2], [len(customer), int(opens.sum()), int(clicks.sum())])
    when = np.choose(code, [sent[row], opened[row], clicked[row]])
    rows = pa.table({
        "message_no": numbered("M", packed(month, customer, issue), 13).take(pa.array(row)),
        "customer_no": month.names.take(pa.array(customer[row])),
        "event_time": pa.array(month.instants(when)),
        "action": labels(MAIL_ACTIONS, code),
        "mailing": labels(tuple(f"NL-{month.number * issues + i:03d}" for i in range(issues)), issue[row]),
    })  # fmt: skip
    return soiled(month, "mail", rows, customer[row], issue[row] * 3 + code)
