"""The flow of customers through a period, and the rates made from it."""

from __future__ import annotations

from pipeline.kpis.metric import OWN, Good, Metric, Sum, customers

TEXTBOOK = "Farris, Bendle, Pfeifer and Reibstein 2010, Marketing Metrics"
START, ENDING = customers("starting"), customers("ending")


def _count(name: str, formula: str, condition: str, good: Good, looks_back: bool = True) -> Metric:
    return Metric(
        name,
        "customers",
        "customers",
        formula,
        OWN,
        good,
        "count",
        customers(condition),
        looks_back=looks_back,
    )


COUNTS = (
    _count("customers_start", "customers active at the period's start, T0", "starting", "up"),
    _count("customers_acquired", "not active at T0, active for the first time ever in the period", "acquired", "up"),
    _count("customers_reactivated", "not active at T0 though active before, and again in the period", "reactivated", "up"),
    _count("customers_retained", "active at T0 and still at the period's end, T1", "starting AND ending", "up"),
    _count("customers_lost", "active at T0, acquired or reactivated, and not active at T1", "present AND NOT ending", "down"),
    _count("customers_lost_start", "lost of those active at T0", "starting AND NOT ending", "down"),
    _count("customers_lost_acquired", "lost of those acquired in the period", "acquired AND NOT ending", "down"),
    _count("customers_lost_reactivated", "lost of those reactivated in the period", "reactivated AND NOT ending", "down"),
    _count("customers_end", "active at T1 = start + acquired + reactivated − lost", "ending", "up"),
    _count("customers_present", "start + acquired + reactivated", "present", "up"),
)

RATES = (
    Metric(
        "retention_rate", "customers", "share", "retained / start", OWN, "up", "share",
        customers("starting AND ending"), START, looks_back=True,
    ),
    Metric(
        "churn_rate", "customers", "share", "lost of those active at T0 / start = 1 − retention_rate", OWN, "down", "share",
        customers("starting AND NOT ending"), START, looks_back=True,
    ),
    Metric(
        "retention_rate_textbook", "customers", "share",
        "(end − acquired) / start; more than retention_rate by the reactivated who stay, less by those won and lost within",
        TEXTBOOK, "up", "ratio",
        Sum("customers", "count(*) FILTER (WHERE ending) - count(*) FILTER (WHERE acquired)"), START, looks_back=True,
    ),
    Metric(
        "churn_rate_textbook", "customers", "share",
        "(start − end) / start: net of everyone won, below zero where more came than left", TEXTBOOK, "down", "ratio",
        Sum("customers", "count(*) FILTER (WHERE starting) - count(*) FILTER (WHERE ending)"), START, looks_back=True,
    ),
    Metric(
        "lifetime_periods", "customers", "periods",
        "start / lost of start: how long a customer would last if this churn rate stayed",
        TEXTBOOK, "up", "ratio", START, customers("starting AND NOT ending"), looks_back=True,
    ),
    Metric(
        "lifetime_days", "customers", "days",
        "days from first to last activity of those lost in the period, mean; the silence after it is not counted", OWN, "up",
        "mean",
        Sum("customers", "sum(date_diff('second', first_at, last_at)) FILTER (WHERE present AND NOT ending)"),
        customers("present AND NOT ending"),
        Sum(
            "customers",
            "sum(CAST(date_diff('second', first_at, last_at) AS HUGEINT) * date_diff('second', first_at, last_at)) "
            "FILTER (WHERE present AND NOT ending)",
        ),
        scale=1 / 86_400,
        looks_back=True,
    ),
)  # fmt: skip
FLOW_METRICS = COUNTS + RATES
