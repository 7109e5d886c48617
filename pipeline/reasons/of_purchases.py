"""Reasons that speak of orders."""

from __future__ import annotations

from dataclasses import replace

from pipeline.reasons.phrases import (
    NEVER_PAID,
    Holds,
    Phrase,
    Reason,
    before,
    either,
    fell,
    latest,
    none,
    rose,
    sided,
    some,
    within,
)

ONLY = Phrase(
    "First and only order {purchases_recency_days:past} ago",
    "Primo e unico ordine {purchases_recency_days:past} fa",
    "raises",
    (Holds("only_purchase_recency_days", least=0),),
)
# Longer than usual since the latest order; more than one pause to tell what is usual.
OVERDUE = Holds("purchases_recency_days", least=0, than="purchases_gap_days_median_all")
OFTEN = Holds("purchases_days_all", least=3)
SPENT, SPENT_BEFORE = "purchases_amount_sum_<90>d", "purchases_amount_sum_<180>d"
NOW_AND_BEFORE = (
    "Spent {purchases_amount_sum_<90>d:money} in the last <90> days; "
    "{purchases_amount_sum_<180>d-purchases_amount_sum_<90>d:money} in the <180-90> before",
    "Spesa degli ultimi <90> giorni: {purchases_amount_sum_<90>d:money}; "
    "nei <180-90> precedenti: {purchases_amount_sum_<180>d-purchases_amount_sum_<90>d:money}",
)
LATEST_VALUE = (
    "Latest order {purchases_amount_last:money}; on average {purchases_amount_mean_all:money}",
    "Ultimo ordine {purchases_amount_last:money}; in media {purchases_amount_mean_all:money}",
)

PURCHASE_REASONS: tuple[Reason, ...] = (
    Reason(
        "silence", Phrase("Time since the latest order", "Tempo dall'ultimo ordine"), "own rhythm", True,
        (
            ONLY,
            Phrase(
                "No order for {purchases_recency_days:past}; usually {purchases_gap_days_median_all:every}",
                "Nessun ordine da {purchases_recency_days:past}; di solito {purchases_gap_days_median_all:every}",
                "raises",
                (OVERDUE, OFTEN),
            ),
            Phrase(
                "No order for {purchases_recency_days:past}",
                "Nessun ordine da {purchases_recency_days:past}",
                "raises",
                (OVERDUE,),
            ),
            Phrase(
                "Latest order {purchases_recency_days:past} ago; usually {purchases_gap_days_median_all:every}",
                "Ultimo ordine {purchases_recency_days:past} fa; di solito {purchases_gap_days_median_all:every}",
                "lowers",
                (OFTEN,),
            ),
            latest("purchases", "order", "Ultimo ordine", "lowers"),
        ),
        "rhythm",
    ),
    Reason(
        "order_rhythm", Phrase("Rhythm of orders", "Ritmo degli ordini"), "other customers", False,
        (
            Phrase(
                "Orders: usually {purchases_gap_days_median_all:every}; longest pause {purchases_gap_days_max_all:days}",
                "Ordini: di solito {purchases_gap_days_median_all:every}; pausa più lunga: {purchases_gap_days_max_all:days}",
                holds=(OFTEN,),
            ),
        ),
        "rhythm",
    ),
    Reason(
        "order_frequency", Phrase("Number of orders", "Numero di ordini"), "other customers", True,
        (
            ONLY,
            replace(within("purchases", "count", "order", "365"), when="raises", holds=(none("purchases_count_<365>d"),)),
            *sided(
                Phrase(
                    "{purchases_count_<90>d:order} in the last <90> days, {purchases_count_<365>d:number} in the last <365>",
                    "{purchases_count_<90>d:order} negli ultimi <90> giorni, {purchases_count_<365>d:number} negli ultimi <365>",
                ),
                "purchases_count_<90>d",
            ),
            *either("purchases", "count", "order", "90"),
        ),
        "orders",
    ),
    Reason(
        "order_trend", Phrase("Orders now and before", "Ordini di oggi e di prima"), "own past", True,
        (ONLY, *before("purchases", "count", "order", 90, 180), *either("purchases", "count", "order", "90")),
        "orders",
    ),
    Reason(
        "season", Phrase("Orders a year ago", "Ordini di un anno fa"), "own past", True,
        (
            Phrase(
                "A year ago, {purchases_count_year_ago_<horizon>d:order} in the <horizon> days that followed",
                "Un anno fa, {purchases_count_year_ago_<horizon>d:order} nei <horizon> giorni successivi",
                holds=(Holds("purchases_tenure_days", least=365),),
            ),
        ),
    ),
    Reason(
        "history", Phrase("History as a customer", "Storia come cliente"), "other customers", False,
        (
            ONLY,
            replace(NEVER_PAID, holds=(none("purchases_count_all"), *NEVER_PAID.holds)),
            Phrase("No orders so far", "Nessun ordine finora", "raises", (none("purchases_count_all"),)),
            Phrase(
                "Customer for {purchases_tenure_days:span}, {purchases_count_all:order} in all",
                "Cliente da {purchases_tenure_days:span}, {purchases_count_all:order} in tutto",
            ),
        ),
    ),
    Reason(
        "first_order", Phrase("First order", "Primo ordine"), "other customers", True,
        (
            Phrase(
                "First order: {baskets_products_first:+product} for {purchases_amount_first:money}",
                "Primo ordine: {baskets_products_first:+product} per {purchases_amount_first:money}",
            ),
            Phrase("First order of {purchases_amount_first:money}", "Primo ordine di {purchases_amount_first:money}"),
        ),
    ),
    Reason(
        "order_times", Phrase("Days and hours of orders", "Giorni e ore degli ordini"), "other customers", False,
        (
            Phrase(
                "Orders at weekends: {purchases_weekend_share:percent}",
                "Ordini nel fine settimana: {purchases_weekend_share:percent}",
            ),
        ),
    ),
    Reason(
        "spending", Phrase("Spending", "Spesa"), "own past", True,
        (
            Phrase(*NOW_AND_BEFORE, "raises", (fell(SPENT, 90, SPENT_BEFORE, 180),)),
            Phrase(*NOW_AND_BEFORE, "lowers", (rose(SPENT, 90, SPENT_BEFORE, 180), some(SPENT))),
            Phrase(  # of who spent nothing the number of orders says it
                "Spent {purchases_amount_sum_<90>d:money} in the last <90> days",
                "Spesa degli ultimi <90> giorni: {purchases_amount_sum_<90>d:money}",
                holds=(some(SPENT),),
            ),
        ),
    ),
    Reason(
        "order_value", Phrase("Value of orders", "Valore degli ordini"), "own past", False,
        (
            Phrase(*LATEST_VALUE, "raises", (Holds("purchases_amount_last", most=0, than="purchases_amount_mean_all"),)),
            Phrase(*LATEST_VALUE, "lowers", (Holds("purchases_amount_last", least=0, than="purchases_amount_mean_all"),)),
            Phrase(
                "Orders of {purchases_amount_mean_all:money} on average", "Ordini di {purchases_amount_mean_all:money} in media"
            ),
        ),
    ),
    Reason(
        "basket_size", Phrase("Items bought", "Pezzi acquistati"), "own past", False,
        (
            *sided(
                Phrase(
                    "{baskets_quantity_sum_<90>d:unit} in the last <90> days, "
                    "{baskets_quantity_sum_<365>d:number} in the last <365>",
                    "{baskets_quantity_sum_<90>d:unit} negli ultimi <90> giorni, "
                    "{baskets_quantity_sum_<365>d:number} negli ultimi <365>",
                ),
                "baskets_quantity_sum_<90>d",
            ),
            *either("baskets", "quantity_sum", "unit", "90"),
            Phrase(
                "{baskets_products_last:+product} in the latest order; on average {baskets_products_mean_all:score}",
                "{baskets_products_last:+product} nell'ultimo ordine; in media {baskets_products_mean_all:score}",
            ),
        ),
        "orders",
    ),
    Reason(
        "variety", Phrase("Variety of what is bought", "Varietà degli acquisti"), "other customers", True,
        (
            Phrase(
                "{lines_products_all:+product} in {lines_categories_all:+category} so far",
                "{lines_products_all:+product} in {lines_categories_all:+category} finora",
            ),
            Phrase("{lines_products_all:+product} so far", "{lines_products_all:+product} finora"),
            Phrase("{lines_categories_all:+category} so far", "{lines_categories_all:+category} finora"),
        ),
    ),
    Reason(
        "channel", Phrase("Channel of orders", "Canale degli ordini"), "other customers", True,
        (
            Phrase(
                "Latest order through: {purchases_channel_last:word}", "Canale dell'ultimo ordine: {purchases_channel_last:word}"
            ),
        ),
    ),
    Reason(
        "discounts", Phrase("Discounts and coupons", "Sconti e buoni"), "other customers", True,
        (
            Phrase(
                "Discounts in the last <long> days: {discount_share:+percent} of spending",
                "Sconti negli ultimi <long> giorni: {discount_share:+percent} della spesa",
            ),
            within("coupons", "count", "coupon", "180"),
        ),
    ),
    Reason(
        "returns", Phrase("Returns", "Resi"), "other customers", True,
        (
            Phrase(
                "{returns_count_<long>d:+return} in the last <long> days, the latest {returns_recency_days:past} ago",
                "{returns_count_<long>d:+return} negli ultimi <long> giorni, l'ultimo {returns_recency_days:past} fa",
                "raises",
            ),
            replace(within("returns", "count", "return", "long", "lowers"), holds=(none("returns_count_<long>d"),)),
        ),
    ),
)  # fmt: skip
