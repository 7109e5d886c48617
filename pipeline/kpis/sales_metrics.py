"""What customers bought: one meaning of revenue throughout, all amounts of the period net of returns."""

from __future__ import annotations

from pipeline.kpis.flow_metrics import TEXTBOOK
from pipeline.kpis.metric import Good, Metric, Sum, sales

PRACTICE = "subscription practice, carried over to customers without a contract"
OWN_SALES = "docs/definitions.md: a purchase is an order that is no return and whose amount is positive"
ORDERED, MONEY, MARGIN = ("transactions",), ("transactions.amount",), ("transactions.margin",)
BUYERS = sales("count(*) FILTER (WHERE orders > 0)")
ORDERS = sales("sum(orders)")
REVENUE = sales("sum(revenue)")
NEW_BUYERS = sales("count(*) FILTER (WHERE first_buys)")
BASE = sales("count(*) FILTER (WHERE starting AND revenue_before > 0)")


def _sum(name: str, formula: str, sql: str, good: Good, needs: tuple[str, ...] = MONEY, unit: str = "money") -> Metric:
    return Metric(name, "sales", unit, formula, OWN_SALES, good, "count", sales(sql), needs=needs)


SUMS = (
    _sum("buyers", "customers with a purchase in the period", BUYERS.sql, "up", ORDERED, "customers"),
    _sum("orders", "purchases in the period", ORDERS.sql, "up", ORDERED, "orders"),
    _sum("revenue_net", "amounts of all lines, sales less returns", REVENUE.sql, "up"),
    _sum("revenue_gross", "amounts of purchases", "sum(gross)", "up"),
    _sum("revenue_returned", "amounts returned or refunded, positive", "sum(returned)", "down"),
    _sum("margin_net", "margins of all lines, sales less returns", "sum(margin)", "up", MARGIN),
)

RATIOS = (
    Metric(
        "repeat_purchase_rate", "sales", "share", "customers with ≥ 2 purchases in the period / customers with ≥ 1", TEXTBOOK,
        "up", "share", sales("count(*) FILTER (WHERE orders > 1)"), BUYERS, needs=ORDERED,
    ),
    Metric(
        "returning_buyer_share", "sales", "share", "buyers who had bought before the period / buyers", TEXTBOOK, "up", "share",
        sales("count(*) FILTER (WHERE orders > 0 AND bought_before)"), BUYERS, needs=ORDERED, looks_back=True,
    ),
    Metric(
        "purchase_frequency", "sales", "orders per buyer", "orders / customers with a purchase", TEXTBOOK, "up", "ratio",
        ORDERS, BUYERS, needs=ORDERED,
    ),
    Metric(
        "average_transaction_value", "sales", "money per order",
        "revenue_net / orders, so that buyers × purchase_frequency × average_transaction_value = revenue_net",
        TEXTBOOK, "up", "ratio", REVENUE, ORDERS, needs=MONEY,
    ),
    Metric(
        "revenue_per_buyer", "sales", "money per buyer", "revenue_net / customers with a purchase", TEXTBOOK, "up", "ratio",
        REVENUE, BUYERS, needs=MONEY,
    ),
    Metric(
        "repeat_revenue_share", "sales", "share", "revenue_net of customers who had bought before the period / revenue_net",
        TEXTBOOK, "up", "ratio", sales("sum(revenue) FILTER (WHERE bought_before)"), REVENUE, n=BUYERS, needs=MONEY,
        looks_back=True,
    ),
    Metric(
        "return_share", "sales", "share", "revenue_returned / revenue_gross", OWN_SALES, "down", "ratio",
        sales("coalesce(sum(returned), 0)"), sales("sum(gross)"), n=BUYERS, needs=MONEY,
    ),
    Metric(
        "discount_share", "sales", "share", "discounts / (revenue_gross + discounts)", OWN_SALES, "down", "ratio",
        sales("sum(discount)"), sales("coalesce(sum(gross), 0) + coalesce(sum(discount), 0)"), n=BUYERS,
        needs=(*MONEY, "transactions.discount"),
    ),
    Metric(
        "margin_share", "sales", "share", "margin_net / revenue_net", OWN_SALES, "up", "ratio",
        sales("sum(margin)"), REVENUE, n=BUYERS, needs=(*MONEY, *MARGIN), unknown=True,
    ),
)  # fmt: skip

KEPT = (
    Metric(
        "gross_revenue_retention", "sales", "share",
        "of customers active at T0: the part of their revenue of the period before that came again, no more than before from "
        "anyone / their revenue of the period before",
        PRACTICE, "up", "ratio",
        Sum(
            "sales",
            "sum(least(greatest(coalesce(revenue, 0), 0), revenue_before)) FILTER (WHERE starting AND revenue_before > 0)",
        ),
        sales("sum(revenue_before) FILTER (WHERE starting AND revenue_before > 0)"),
        n=BASE, needs=MONEY, looks_back=True, previous=True,
    ),
    Metric(
        "net_revenue_retention", "sales", "share",
        "revenue_net of customers active at T0 / the same customers' revenue_net of the period before",
        PRACTICE, "up", "ratio", sales("sum(revenue) FILTER (WHERE starting)"),
        sales("sum(revenue_before) FILTER (WHERE starting)"), n=BASE, needs=MONEY, looks_back=True, previous=True,
    ),
    Metric(
        "revenue_to_date_per_customer", "sales", "money per customer",
        "revenue_net of all periods so far / customers who bought in them", TEXTBOOK, "up", "ratio",
        REVENUE, NEW_BUYERS, needs=MONEY, to_date=True,
    ),
    Metric(
        "clv_historical", "sales", "money per customer", "margin_net of all periods so far / customers who bought in them",
        TEXTBOOK, "up", "ratio", sales("sum(margin)"), NEW_BUYERS, needs=MARGIN, to_date=True, unknown=True,
    ),
)  # fmt: skip
TOP20 = Metric(
    "top20_revenue_share", "sales", "share",
    "revenue_net of the top 20 % of customers (rounded up) / of all; customers with a positive revenue_net in the period",
    "Pareto 1896; Farris et al. 2010", "", "ratio", Sum("ranks", "top"), Sum("ranks", "whole"),
    n=Sum("ranks", "spenders"), needs=MONEY,
)  # fmt: skip
SALES_METRICS = SUMS + RATIOS + KEPT
