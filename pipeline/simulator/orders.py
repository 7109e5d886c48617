"""Order lines as the shop exports them: sales with discounts and gifts, and the returns that refer to them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.arrays import Bools, Floats, Ints
from pipeline.simulator.dirt import delays, soiled
from pipeline.simulator.luck import poisson, repeat
from pipeline.simulator.month import Month, happen, labels, moments, numbered, packed
from pipeline.simulator.offers import EFFECT_MONTHS, OFFER_NAMES
from pipeline.simulator.population import CATEGORIES, CHANNELS, COOLING, LOYAL
from pipeline.simulator.settings import DAY_SECONDS

PRODUCTS_PER_CATEGORY = 25
MOST_LINES = 12
_LOW = np.array([1.5, 2.5, 4, 12, 9, 6, 5, 18])
_HIGH = np.array([18, 30, 45, 120, 140, 70, 90, 400])
_MARGIN = np.array([0.22, 0.3, 0.45, 0.5, 0.38, 0.35, 0.36, 0.18])
_RETURNED = np.array([0.005, 0.02, 0.03, 0.16, 0.08, 0.04, 0.03, 0.07])
_STEPS = np.arange(PRODUCTS_PER_CATEGORY) / (PRODUCTS_PER_CATEGORY - 1)
PRICES = np.round(_LOW[:, None] * (_HIGH / _LOW)[:, None] ** _STEPS, 1) - 0.01
GIFT = "GIFT-SAMPLE"
SKUS = (*(f"{name[:3].upper()}-{number:03d}" for name in CATEGORIES for number in range(PRODUCTS_PER_CATEGORY)), GIFT)
DISCOUNTS = np.array([0.05, 0.1, 0.15, 0.2])


class Basket:
    """The sale lines of a month as arrays, one entry per line; `order` is the position of the line's purchase."""

    def __init__(self, month: Month) -> None:
        """Fill the baskets of all the month's purchases."""
        bought = month.purchases
        traits, state = month.traits, month.condition.state[bought.customer]
        more = np.where(state == LOYAL, 1.4, 0.9)
        extra = poisson(month.uniform("order/lines", bought.customer, bought.nth), more, most=MOST_LINES - 1)
        self.order, self.line = repeat(np.arange(len(bought.nth)), 1 + extra)
        self.customer = bought.customer[self.order]
        self.key = bought.nth[self.order] * MOST_LINES + self.line
        liked = month.uniform("line/liked", self.customer, self.key) < 0.55
        other = (month.uniform("line/category", self.customer, self.key) * len(CATEGORIES)).astype(np.int64)
        self.category = np.where(liked, traits.favourite[self.customer], other)
        dear = month.uniform("line/product", self.customer, self.key) ** np.exp(-0.35 * traits.spending[self.customer] + 0.7)
        self.product = (dear * PRODUCTS_PER_CATEGORY).astype(np.int64)
        self.quantity = 1 + poisson(month.uniform("line/quantity", self.customer, self.key), np.full(len(self.key), 0.25), most=5)
        self.gift = (self.line > 0) & (month.uniform("line/gift", self.customer, self.key) < 0.006)
        self.quantity[self.gift] = 1
        self.price = np.where(self.gift, 0.0, PRICES[self.category, self.product])
        self.discount = np.round(self.price * self.quantity * order_discounts(month)[self.order], 2)
        self.total = np.round(self.price * self.quantity - self.discount, 2)
        cost = PRICES[self.category, self.product] * (1 - _MARGIN[self.category]) * np.where(self.gift, 0.2, self.quantity)
        self.margin = np.round(self.total - cost, 2)


def takes_coupon(month: Month) -> Bools:
    """Which of the month's purchases use the discount coupon in effect (one boolean per purchase)."""
    bought, condition = month.purchases, month.condition
    open_coupon = condition.offer[bought.customer] == OFFER_NAMES.index("discount_10")
    open_coupon &= condition.offer_age[bought.customer] < EFFECT_MONTHS
    taken: Bools = open_coupon & (month.uniform("order/coupon", bought.customer, bought.nth) < 0.6)
    return taken


def order_discounts(month: Month) -> Floats:
    """Discount rate of each purchase: promotions (more before Christmas, more for the cooling) and coupons."""
    bought = month.purchases
    calendar = int(str(month.start)[5:7])
    chance = 0.16 + 0.14 * (calendar in (11, 12)) + 0.08 * (month.condition.state[bought.customer] == COOLING)
    promoted = month.uniform("order/promotion", bought.customer, bought.nth) < chance
    step = (month.uniform("order/discount", bought.customer, bought.nth) * len(DISCOUNTS)).astype(np.int64)
    return np.where(takes_coupon(month), 0.1, np.where(promoted, DISCOUNTS[step], 0.0))


def order_seconds(month: Month) -> Ints:
    """Seconds since the month's start of each purchase."""
    bought = month.purchases
    return moments(bought.day, month.uniform("order/time", bought.customer, bought.nth))


def return_chances(month: Month, basket: Basket) -> Floats:
    """The chance of each line to come back: by category, more of the discontented, none of gifts."""
    chance = _RETURNED[basket.category] * (1 + 0.6 * (month.traits.discontent[basket.customer] > 1))
    return np.where(basket.gift, 0.0, chance)


def order_lines(month: Month, basket: Basket) -> pa.Table:
    """The sales and returns that the month's purchases lead to; a return may fall in a later month."""
    bought, lines = month.purchases, basket.order
    numbers = packed(month, bought.customer, bought.nth)
    chance = return_chances(month, basket)
    back = np.flatnonzero(month.uniform("line/return", basket.customer, basket.key) < chance)
    wait = (3 + 15 * month.uniform("line/return_day", basket.customer, basket.key)[back]) * DAY_SECONDS
    seconds = order_seconds(month)[lines]
    row = np.concatenate([np.arange(len(lines)), back])
    when = np.concatenate([seconds, seconds[back] + wait.astype(np.int64)])
    returned = np.arange(len(row)) >= len(lines)
    _, delay = delays(month, "order", bought.customer, bought.nth)
    table = _line_columns(month, basket, row, returned, numbers)
    table["order_time"] = pa.array(month.instants(when))
    table["loaded_at"] = pa.array(month.instants(when + delay[lines][row]))
    return soiled(month, "line", pa.table(table), basket.customer[row], basket.key[row] * 2 + returned)


def _line_columns(month: Month, basket: Basket, row: Ints, returned: Bools, numbers: Ints) -> dict[str, pa.Array]:
    bought, sign = month.purchases, np.where(returned, -1, 1)
    own = month.traits.channel
    used = np.where(month.uniform("order/usual", bought.customer, bought.nth) < 0.8, own[bought.customer],
                    (month.uniform("order/channel", bought.customer, bought.nth) * 3).astype(np.int64))  # fmt: skip
    sale_no = numbered("A", numbers, 13)
    order, gift = basket.order[row], basket.gift[row]
    placed = sale_no.take(pa.array(order))
    returned_no = numbered("R", numbers, 13).take(pa.array(order))
    sku = np.where(gift, len(SKUS) - 1, basket.category[row] * PRODUCTS_PER_CATEGORY + basket.product[row])
    return {
        "order_no": pc.if_else(pa.array(returned), returned_no, placed),
        "line_no": pa.array(basket.line[row] + 1),
        "line_type": labels(("SALE", "RETURN"), returned.astype(np.int64)),
        "customer_no": month.names.take(pa.array(basket.customer[row])),
        "order_time": pa.nulls(len(row)),
        "sku": labels(SKUS, sku),
        "category": labels(CATEGORIES, basket.category[row]),
        "sales_channel": labels(CHANNELS, used[order]),
        "quantity": pa.array(basket.quantity[row] * sign),
        "unit_price": pa.array(basket.price[row]),
        "discount": pa.array(basket.discount[row] * sign),
        "line_total": pa.array(basket.total[row] * sign),
        "margin": pa.array(basket.margin[row] * sign),
        "original_order_no": pc.if_else(pa.array(returned), placed, pa.scalar(None, pa.string())),
        "loaded_at": pa.nulls(len(row)),
    }


def sample_orders(month: Month) -> pa.Table:
    """Free samples sent on request: orders of value zero, which are no purchases."""
    sent = happen(month, "sample", np.where(month.condition.state == LOYAL, 0.004, 0.001))
    count = len(sent.customer)
    _, delay = delays(month, "sample", sent.customer, sent.nth)
    zero = pa.array(np.zeros(count))
    return pa.table({
        "order_no": numbered("S", packed(month, sent.customer, sent.nth), 13),
        "line_no": pa.array(np.ones(count, dtype=np.int64)),
        "line_type": labels(("SALE",), np.zeros(count, dtype=np.int64)),
        "customer_no": month.names.take(pa.array(sent.customer)),
        "order_time": pa.array(month.instants(sent.seconds)),
        "sku": labels((GIFT,), np.zeros(count, dtype=np.int64)),
        "category": labels(CATEGORIES, month.traits.favourite[sent.customer]),
        "sales_channel": labels(CHANNELS, np.zeros(count, dtype=np.int64)),
        "quantity": pa.array(np.ones(count, dtype=np.int64)),
        "unit_price": zero,
        "discount": zero,
        "line_total": zero,
        "margin": pa.array(np.full(count, -1.5)),
        "original_order_no": pa.nulls(count, pa.string()),
        "loaded_at": pa.array(month.instants(sent.seconds + delay)),
    })  # fmt: skip
