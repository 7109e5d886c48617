"""Reasons that speak of orders."""

from __future__ import annotations

from pipeline.reasons.phrases import Phrase, Reason, before, latest, within

PURCHASE_REASONS: tuple[Reason, ...] = (
    Reason(
        "silence", Phrase("Time since the latest order", "Tempo dall'ultimo ordine"), "own rhythm", True,
        (
            Phrase(
                "First and only order {only_purchase_recency_days:days} ago",
                "Primo e unico ordine {only_purchase_recency_days:days} fa",
            ),
            Phrase(
                "No order for {purchases_recency_days:days}; usually {purchases_gap_days_median_all:every}",
                "Nessun ordine da {purchases_recency_days:days}; di solito {purchases_gap_days_median_all:every}",
                "raises",
            ),
            Phrase(
                "Latest order {purchases_recency_days:days} ago; usually {purchases_gap_days_median_all:every}",
                "Ultimo ordine {purchases_recency_days:days} fa; di solito {purchases_gap_days_median_all:every}",
            ),
            latest("purchases", "order", "Ultimo ordine"),
        ),
    ),
    Reason(
        "order_rhythm", Phrase("Rhythm of orders", "Ritmo degli ordini"), "other customers", False,
        (
            Phrase(
                "Orders: usually {purchases_gap_days_median_all:every}; longest pause {purchases_gap_days_max_all:days}",
                "Ordini: di solito {purchases_gap_days_median_all:every}; pausa più lunga {purchases_gap_days_max_all:days}",
            ),
        ),
    ),
    Reason(
        "order_frequency", Phrase("Number of orders", "Numero di ordini"), "other customers", True,
        (
            Phrase(
                "{purchases_count_<90>d:order} in the last <90> days, {purchases_count_<365>d:number} in the last <365>",
                "{purchases_count_<90>d:order} negli ultimi <90> giorni, {purchases_count_<365>d:number} negli ultimi <365>",
            ),
            within("purchases", "count", "order", "90"),
        ),
    ),
    Reason(
        "order_trend", Phrase("Orders now and before", "Ordini di oggi e di prima"), "own past", True,
        (before("purchases", "count", "order", 90, 180), within("purchases", "count", "order", "90")),
    ),
    Reason(
        "season", Phrase("Orders a year ago", "Ordini di un anno fa"), "own past", True,
        (
            Phrase(
                "A year ago, {purchases_count_year_ago_<horizon>d:order} in the <horizon> days that followed",
                "Un anno fa, {purchases_count_year_ago_<horizon>d:order} nei <horizon> giorni successivi",
            ),
        ),
    ),
    Reason(
        "history", Phrase("History as a customer", "Storia come cliente"), "other customers", False,
        (
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
            Phrase(
                "Spent {purchases_amount_sum_<90>d:money} in the last <90> days; "
                "{purchases_amount_sum_<180>d-purchases_amount_sum_<90>d:money} in the <180-90> before",
                "Spesa degli ultimi <90> giorni: {purchases_amount_sum_<90>d:money}; "
                "nei <180-90> precedenti: {purchases_amount_sum_<180>d-purchases_amount_sum_<90>d:money}",
            ),
            Phrase(
                "Spent {purchases_amount_sum_<90>d:money} in the last <90> days",
                "Spesa degli ultimi <90> giorni: {purchases_amount_sum_<90>d:money}",
            ),
        ),
    ),
    Reason(
        "order_value", Phrase("Value of orders", "Valore degli ordini"), "own past", False,
        (
            Phrase(
                "Latest order {purchases_amount_last:money}; on average {purchases_amount_mean_all:money}",
                "Ultimo ordine {purchases_amount_last:money}; in media {purchases_amount_mean_all:money}",
            ),
        ),
    ),
    Reason(
        "basket_size", Phrase("Size of orders", "Dimensione degli ordini"), "own past", False,
        (
            Phrase(
                "{baskets_products_last:+product} in the latest order; on average {baskets_products_mean_all:score}",
                "{baskets_products_last:+product} nell'ultimo ordine; in media {baskets_products_mean_all:score}",
            ),
            within("baskets", "quantity_sum", "unit", "90"),
        ),
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
                "{returns_count_<long>d:+return} in the last <long> days, the latest {returns_recency_days:days} ago",
                "{returns_count_<long>d:+return} negli ultimi <long> giorni, l'ultimo {returns_recency_days:days} fa",
            ),
            within("returns", "count", "return", "long", "lowers"),
        ),
    ),
)  # fmt: skip
