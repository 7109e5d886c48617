"""A reason and a customer's figures make a sentence that a colleague could have written, in English and in Italian."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reasons.declared import reasons
from pipeline.reasons.phrases import Locale, Reason
from pipeline.reasons.sentences import PLACEHOLDER, sentences
from pipeline.reasons.tongue import NOUNS, Tongue
from tests.worlds import WINDOWS, definition, every_feature

MADE = reasons(WINDOWS, 90)


def sentence(reason: Reason, row: dict[str, object], locale: Locale, *, raises: bool = True, currency: str = "") -> str | None:
    """What is said to one customer."""
    return sentences(reason, pd.DataFrame([row]), np.array([raises]), Tongue(locale, currency))[0]


SAID = [
    (
        "silence",
        {"purchases_recency_days": 94.2, "purchases_gap_days_median_all": 30.6, "purchases_days_all": 3.0},
        "No order for 94 days; usually one every 31 days",
        "Nessun ordine da 94 giorni; di solito uno ogni 31 giorni",
    ),
    (
        "silence",  # 94 days have passed, as `recency_days` of the list says, and 31 is the nearest to 30.6
        {"purchases_recency_days": 94.8, "purchases_gap_days_median_all": 30.6, "purchases_days_all": 3.0},
        "No order for 94 days; usually one every 31 days",
        "Nessun ordine da 94 giorni; di solito uno ogni 31 giorni",
    ),
    (
        "silence",
        {"purchases_recency_days": 2.4, "purchases_gap_days_median_all": 1.2, "purchases_days_all": 9.0},
        "No order for 2 days; usually one a day",
        "Nessun ordine da 2 giorni; di solito uno al giorno",
    ),
    (
        "silence",
        {"purchases_recency_days": 41.0, "purchases_gap_days_median_all": 0.2, "purchases_days_all": 3.0},
        "No order for 41 days",
        "Nessun ordine da 41 giorni",
    ),
    (
        "silence",
        {"purchases_recency_days": 40.0, "only_purchase_recency_days": 40.0, "purchases_gap_days_median_all": None},
        "First and only order 40 days ago",
        "Primo e unico ordine 40 giorni fa",
    ),
    (
        "silence",
        {"purchases_recency_days": 40.0, "purchases_gap_days_median_all": 30.0, "purchases_days_all": 2.0},
        "No order for 40 days",
        "Nessun ordine da 40 giorni",
    ),
    (
        "order_frequency",
        {"purchases_recency_days": 40.0, "only_purchase_recency_days": 40.0, "purchases_count_90d": 1.0},
        "First and only order 40 days ago",
        "Primo e unico ordine 40 giorni fa",
    ),
    (
        "order_frequency",
        {"purchases_count_90d": 0.0, "purchases_count_365d": 0.0},
        "No orders in the last 365 days",
        "Nessun ordine negli ultimi 365 giorni",
    ),
    (
        "order_rhythm",
        {"purchases_gap_days_median_all": 31.0, "purchases_gap_days_max_all": 120.0, "purchases_days_all": 4.0},
        "Orders: usually one every 31 days; longest pause 120 days",
        "Ordini: di solito uno ogni 31 giorni; pausa più lunga: 120 giorni",
    ),
    (
        "order_frequency",
        {"purchases_count_90d": 1.0, "purchases_count_365d": 7.0},
        "1 order in the last 90 days, 7 in the last 365",
        "1 ordine negli ultimi 90 giorni, 7 negli ultimi 365",
    ),
    (
        "order_trend",
        {"purchases_count_90d": 0.0, "purchases_count_180d": 5.0},
        "No orders in the last 90 days; 5 in the 90 before",
        "Nessun ordine negli ultimi 90 giorni; 5 nei 90 precedenti",
    ),
    (
        "order_trend",
        {"purchases_count_90d": 3.0, "purchases_count_180d": 5.0},
        "3 orders in the last 90 days",
        "3 ordini negli ultimi 90 giorni",
    ),
    (
        "season",
        {"purchases_count_year_ago_90d": 2.0, "purchases_tenure_days": 365.0},
        "A year ago, 2 orders in the 90 days that followed",
        "Un anno fa, 2 ordini nei 90 giorni successivi",
    ),
    (
        "history",
        {"purchases_tenure_days": 800.0, "purchases_count_all": 1234.0},
        "Customer for 2 years, 1,234 orders in all",
        "Cliente da 2 anni, 1.234 ordini in tutto",
    ),
    (
        "history",
        {"purchases_tenure_days": 700.0, "purchases_count_all": 1.0},
        "Customer for 23 months, 1 order in all",
        "Cliente da 23 mesi, 1 ordine in tutto",
    ),
    (
        "first_order",
        {"baskets_products_first": 3.0, "purchases_amount_first": 42.4},
        "First order: 3 different products for EUR 42",
        "Primo ordine: 3 prodotti diversi per 42 EUR",
    ),
    (
        "order_times",
        {"purchases_weekend_share": 0.001},
        "Orders at weekends: under 1%",
        "Ordini nel fine settimana: meno dell'1%",
    ),
    (
        "spending",
        {"purchases_amount_sum_90d": 4.5, "purchases_amount_sum_180d": 1204.5},
        "Spent EUR 4.50 in the last 90 days; EUR 1,200 in the 90 before",
        "Spesa degli ultimi 90 giorni: 4,50 EUR; nei 90 precedenti: 1.200 EUR",
    ),
    (
        "order_value",
        {"purchases_amount_last": 18.0, "purchases_amount_mean_all": 41.7},
        "Latest order EUR 18; on average EUR 42",
        "Ultimo ordine 18 EUR; in media 42 EUR",
    ),
    (
        "basket_size",
        {"baskets_products_last": 1.0, "baskets_products_mean_all": 2.46},
        "1 product in the latest order; on average 2.5",
        "1 prodotto nell'ultimo ordine; in media 2,5",
    ),
    (
        "variety",
        {"lines_products_all": 12.0, "lines_categories_all": 1.0},
        "12 different products in 1 category so far",
        "12 prodotti diversi in 1 categoria finora",
    ),
    (
        "channel",
        {"purchases_channel_last": "mobile_app"},
        "Latest order through: mobile app",
        "Canale dell'ultimo ordine: mobile app",
    ),
    (
        "discounts",
        {"discount_share": 0.344, "coupons_count_180d": 3.0},
        "Discounts in the last 365 days: 34% of spending",
        "Sconti negli ultimi 365 giorni: 34% della spesa",
    ),
    (
        "discounts",
        {"discount_share": 0.0, "coupons_count_180d": 1.0},
        "1 coupon redeemed in the last 180 days",
        "1 buono usato negli ultimi 180 giorni",
    ),
    (
        "returns",
        {"returns_count_365d": 2.0, "returns_recency_days": 20.0},
        "2 returns in the last 365 days, the latest 20 days ago",
        "2 resi negli ultimi 365 giorni, l'ultimo 20 giorni fa",
    ),
    (
        "activity",
        {"engagements_days_90d": 1.0, "engagements_days_180d": 13.0},
        "1 day of activity besides orders in the last 90 days; 12 in the 90 before",
        "1 giorno di attività oltre agli ordini negli ultimi 90 giorni; 12 nei 90 precedenti",
    ),
    (
        "visits",
        {"visits_count_30d": 0.0, "visits_count_90d": 25.0},
        "No visits in the last 30 days; 25 in the 60 before",
        "Nessuna visita negli ultimi 30 giorni; 25 nei 60 precedenti",
    ),
    (
        "visits",
        {"visits_count_30d": 0.0, "visits_count_90d": 0.0},
        "No visits in the last 90 days",
        "Nessuna visita negli ultimi 90 giorni",
    ),
    (
        "visits",
        {"visits_count_30d": 9.0, "visits_count_90d": 25.0, "purchases_count_90d": 0.0},
        "25 visits and no orders in the last 90 days",
        "25 visite e nessun ordine negli ultimi 90 giorni",
    ),
    (
        "basket_size",
        {"baskets_quantity_sum_90d": 0.0, "baskets_quantity_sum_365d": 7.0},
        "No items bought in the last 90 days, 7 in the last 365",
        "Nessun pezzo acquistato negli ultimi 90 giorni, 7 negli ultimi 365",
    ),
    (
        "content",
        {"content_value_sum_30d": 0.0, "content_value_sum_90d": 0.0},
        "No content in the last 90 days",
        "Nessun contenuto negli ultimi 90 giorni",
    ),
    (
        "content",
        {"content_value_sum_30d": 12.0, "content_value_sum_90d": 340.0},
        "12 minutes of content in the last 30 days; 328 in the 60 before",
        "12 minuti di contenuti negli ultimi 30 giorni; 328 nei 60 precedenti",
    ),
    (
        "email",
        {"emails_opened_count_90d": 1.0, "emails_opened_count_180d": 8.0, "email_open_rate": 1 / 12},
        "1 e-mail opened (8% of those received) in the last 90 days; 7 in the 90 before",
        "1 e-mail aperta (8% di quelle ricevute) negli ultimi 90 giorni; 7 nei 90 precedenti",
    ),
    (
        "email",
        {"emails_opened_count_90d": 2.0, "emails_opened_count_180d": 5.0, "email_open_rate": None},
        "2 e-mails opened in the last 90 days; 3 in the 90 before",
        "2 e-mail aperte negli ultimi 90 giorni; 3 nei 90 precedenti",
    ),
    (
        "email",
        {"emails_opened_count_90d": 0.0, "emails_opened_count_180d": 7.0, "email_open_rate": 0.0},
        "No e-mails opened in the last 90 days; 7 in the 90 before",
        "Nessuna e-mail aperta negli ultimi 90 giorni; 7 nei 90 precedenti",
    ),
    (
        "service",
        {"tickets_count_180d": 2.0, "tickets_value_mean_180d": 30.4},
        "2 support tickets in the last 180 days; 30 hours to resolve on average",
        "2 richieste di assistenza negli ultimi 180 giorni; in media 30 ore per la soluzione",
    ),
    (
        "complaints",
        {"complaints_count_180d": 1.0, "complaints_recency_days": 12.0, "complaints_topic_last": "late_delivery"},
        "1 complaint in the last 180 days; the latest 12 days ago: late delivery",
        "1 reclamo negli ultimi 180 giorni; l'ultimo 12 giorni fa: late delivery",
    ),
    (
        "nps",
        {"nps_value_last": 3.0, "nps_value_mean_all": 6.5},
        "Latest NPS answer 3 of 10; on average 6.5",
        "Ultima risposta NPS: 3 su 10; in media 6,5",
    ),
    ("nps", {"nps_value_last": 3.0, "nps_value_mean_all": 3.0}, "Latest NPS answer 3 of 10", "Ultima risposta NPS: 3 su 10"),
    ("nps", {"nps_value_last": None, "nps_count_all": 0.0}, "No NPS answers so far", "Nessuna risposta NPS finora"),
    ("reviews", {"reviews_value_last": None}, "No reviews so far", "Nessuna recensione finora"),
    (
        "service",
        {"tickets_count_180d": 0.0, "chats_count_180d": 0.0, "chats_recency_days": 200.0},
        "Latest chat 200 days ago",
        "Ultima chat 200 giorni fa",
    ),
    (
        "reviews",
        {"reviews_value_last": 2.0, "reviews_value_mean_all": 3.04},
        "Latest review 2 of 5; on average 3",
        "Ultima recensione: 2 su 5; in media 3",
    ),
    (
        "rewards",
        {"points_to_reward": 120.0, "points_balance": 80.0},
        "120 points from the next reward",
        "120 punti al prossimo premio",
    ),
    ("rewards", {"points_to_reward": 0.0, "points_balance": 1.0}, "Balance of 1 point", "Saldo di 1 punto"),
    (
        "referrals",
        {"referrals_count_180d": 0.0},
        "No referrals in the last 180 days",
        "Nessun amico invitato negli ultimi 180 giorni",
    ),
    ("tier", {"tier": "gold", "spending_to_tier": None}, "Loyalty tier: gold", "Livello fedeltà: gold"),
    (
        "tier",
        {"tier": "gold", "spending_to_tier": 30.2},
        "Loyalty tier gold, EUR 30 from the next",
        "Livello fedeltà gold, 30 EUR al prossimo",
    ),
    (
        "expiry",
        {"days_to_expiry": None, "renewals_count_all": 0.0},
        "No paid subscription so far",
        "Nessun abbonamento a pagamento finora",
    ),
    (
        "history",
        {"days_to_expiry": None, "renewals_count_all": 0.0, "purchases_count_all": 0.0},
        "No paid subscription so far",
        "Nessun abbonamento a pagamento finora",
    ),
    ("history", {"purchases_count_all": 0.0}, "No orders so far", "Nessun ordine finora"),
    ("expiry", {"days_to_expiry": 12.0}, "Subscription ends in 12 days", "Abbonamento in scadenza tra 12 giorni"),
    ("expiry", {"days_to_expiry": -1.0}, "Subscription ended 1 day ago", "Abbonamento scaduto da 1 giorno"),
    (
        "plan",
        {"periods_plan_last": "Basic", "periods_price_last": 9.9},
        "Plan Basic at EUR 9.90",
        "Piano Basic a 9,90 EUR",
    ),
    ("renewals", {"cancellations_count_all": 2.0, "renewals_count_all": 5.0}, "2 cancellations so far", "2 disdette finora"),
    ("renewals", {"cancellations_count_all": 0.0, "renewals_count_all": 5.0}, "5 paid periods so far", "5 periodi pagati finora"),
    ("profile", {"country": "Italy"}, "Country: Italy", "Paese: Italy"),
    ("profile", {"acquisition_channel": "paid_search"}, "First came through: paid search", "Canale di acquisizione: paid search"),
    (
        "profile",
        {"country": "Italy", "acquisition_channel": "paid_search"},
        "Country: Italy; first came through: paid search",
        "Paese: Italy; canale di acquisizione: paid search",
    ),
    (
        "renewals",
        {"periods_recency_days": 3.0},
        "Latest change of the subscription 3 days ago",
        "Ultima modifica dell'abbonamento 3 giorni fa",
    ),
    (
        "contacts",
        {"contacts_count_90d": 1.0},
        "1 contact by a campaign in the last 90 days",
        "1 contatto da una campagna negli ultimi 90 giorni",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "row", "english", "italian"), SAID)
def test_what_raises_the_risk_is_said_with_the_customers_own_figures(
    code: str, row: dict[str, object], english: str, italian: str
) -> None:
    assert sentence(MADE[code], row, "en", currency="EUR") == english
    assert sentence(MADE[code], row, "it", currency="EUR") == italian


def test_every_reason_is_among_the_sentences_above() -> None:
    assert {code for code, *_ in SAID} == set(MADE)


@pytest.mark.parametrize(
    ("code", "row", "english", "italian"),
    [
        (
            "silence",
            {"purchases_recency_days": 5.0, "purchases_gap_days_median_all": 31.0, "purchases_days_all": 3.0},
            "Latest order 5 days ago; usually one every 31 days",
            "Ultimo ordine 5 giorni fa; di solito uno ogni 31 giorni",
        ),
        (
            "complaints",
            {"complaints_count_180d": 0.0},
            "No complaints in the last 180 days",
            "Nessun reclamo negli ultimi 180 giorni",
        ),
        (
            "service",
            {"tickets_count_180d": 0.0},
            "No support tickets in the last 180 days",
            "Nessuna richiesta di assistenza negli ultimi 180 giorni",
        ),
        (
            "silence",
            {"purchases_recency_days": 0.3, "purchases_gap_days_median_all": float("nan")},
            "Latest order less than a day ago",
            "Ultimo ordine meno di un giorno fa",
        ),
        (
            "visits",
            {"visits_count_30d": 10.0, "visits_count_90d": 25.0},
            "10 visits in the last 30 days; 15 in the 60 before",
            "10 visite negli ultimi 30 giorni; 15 nei 60 precedenti",
        ),
        (
            "reviews",
            {"reviews_value_last": 5.0, "reviews_value_mean_all": 4.5},
            "Latest review 5 of 5; on average 4.5",
            "Ultima recensione: 5 su 5; in media 4,5",
        ),
        ("returns", {"returns_count_365d": 0.0}, "No returns in the last 365 days", "Nessun reso negli ultimi 365 giorni"),
        (
            "renewals",
            {"cancellations_count_all": 2.0, "renewals_count_all": 1.0},
            "1 paid period so far",
            "1 periodo pagato finora",
        ),
    ],
)  # fmt: skip
def test_what_lowers_the_risk_has_words_of_its_own(code: str, row: dict[str, object], english: str, italian: str) -> None:
    assert sentence(MADE[code], row, "en", raises=False) == english
    assert sentence(MADE[code], row, "it", raises=False) == italian


def test_where_churn_is_the_end_of_activity_orders_are_not_mentioned() -> None:
    reason = reasons(WINDOWS, 45, "activity")["activity"]
    row: dict[str, object] = {"engagements_days_90d": 0.0, "engagements_days_180d": 4.0}
    assert sentence(reason, row, "en") == "No activity in the last 90 days; 4 in the 90 before"
    assert sentence(reason, row, "it") == "Nessuna attività negli ultimi 90 giorni; 4 nei 90 precedenti"


def test_who_was_no_customer_a_year_ago_is_not_told_of_then() -> None:
    row: dict[str, object] = {"purchases_count_year_ago_90d": 0.0, "purchases_tenure_days": 177.0}
    assert sentence(MADE["season"], row, "en") is None
    known = row | {"purchases_tenure_days": 365.0}
    assert sentence(MADE["season"], known, "en") == "A year ago, no orders in the 90 days that followed"


def test_who_spent_nothing_is_not_told_that_nothing_was_spent() -> None:
    row: dict[str, object] = {"purchases_amount_sum_90d": 0.0, "purchases_amount_sum_180d": 0.0}
    assert sentence(MADE["spending"], row, "en") is None
    assert sentence(MADE["spending"], row | {"purchases_amount_sum_90d": 3.5}, "en") == "Spent 3.50 in the last 90 days"


def test_nothing_that_did_not_happen_is_said_to_raise_the_risk() -> None:
    assert sentence(MADE["complaints"], {"complaints_count_180d": 0.0}, "en") is None
    assert (
        sentence(MADE["service"], {"tickets_count_180d": 0.0, "chats_count_180d": 2.0}, "it") == "2 chat negli ultimi 180 giorni"
    )


def test_nothing_is_said_against_the_direction_of_the_risk() -> None:
    waits = {"purchases_recency_days": 11.0, "purchases_gap_days_median_all": 212.0, "purchases_days_all": 3.0}
    assert sentence(MADE["silence"], waits, "en") is None, "still within the customer's rhythm"
    assert sentence(MADE["nps"], {"nps_value_last": 9.0, "nps_value_mean_all": 9.0}, "en") is None
    assert sentence(MADE["nps"], {"nps_value_last": 3.0, "nps_value_mean_all": 3.0}, "en", raises=False) is None
    assert sentence(MADE["complaints"], {"complaints_count_180d": 1.0}, "en", raises=False) is None
    assert sentence(MADE["returns"], {"returns_count_365d": 1.0, "returns_recency_days": 3.0}, "en", raises=False) is None


def test_each_customer_hears_what_is_their_own() -> None:
    rows = pd.DataFrame({"visits_count_30d": [0.0, 5.0, None, 0.0], "visits_count_90d": [3.0, 6.0, 7.0, 0.0]}, index=[7, 7, 1, 2])
    raises = np.array([True, False, True, True])
    assert sentences(MADE["visits"], rows, raises, Tongue("en")).tolist() == [
        "No visits in the last 30 days; 3 in the 60 before",
        "5 visits in the last 30 days; 1 in the 60 before",
        None,
        "No visits in the last 90 days",
    ]


@pytest.mark.parametrize("nothing", [None, float("nan"), np.float32("nan"), float("inf"), pd.NA, "", "  "])
def test_without_figures_nothing_is_said(nothing: object) -> None:
    row = {feature.name: nothing for feature in every_feature(definition(kind="activity"))}
    for code, reason in MADE.items():
        assert sentence(reason, row, "en") == ("No reviews so far" if code == "reviews" else None)
        assert sentence(reason, {"other": 1.0}, "it") is None


def test_a_number_of_the_matrix_is_a_number() -> None:
    row = {
        "purchases_recency_days": np.float32(94.2),
        "purchases_gap_days_median_all": np.float64(30),
        "purchases_days_all": np.float32(3),
    }
    assert sentence(MADE["silence"], row, "en") == "No order for 94 days; usually one every 30 days"


def test_money_without_a_currency_is_a_number() -> None:
    row = {"purchases_amount_last": 1234.0, "purchases_amount_mean_all": 41.7}
    assert sentence(MADE["order_value"], row, "it", raises=False) == "Ultimo ordine 1.234; in media 42"
    assert sentence(MADE["order_value"], row, "it") == "Ordini di 42 in media"


def test_what_a_customer_wrote_is_never_a_placeholder() -> None:
    row = {"purchases_channel_last": "{tier:word}", "tier": "gold"}
    assert sentence(MADE["channel"], row, "en") == "Latest order through: {tier:word}"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.005, "0.01"), (9.99, "9.99"), (9.996, "10"), (10.5, "11"), (1234567, "1,234,567")],
)
def test_money_is_whole_from_ten_up(value: float, said: str) -> None:
    assert Tongue("en").money(value) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [(0.4, "less than a day"), (0.5, "1 day"), (60.0, "60 days"), (61.0, "2 months"), (730.0, "24 months"), (731, "2 years")],
)
def test_long_times_have_long_units(days: float, said: str) -> None:
    assert Tongue("en").span(days) == said


FEATURES = {feature.name: feature for feature in every_feature(definition(kind="activity"))}
FIGURES = st.lists(
    st.one_of(st.floats(width=32), st.sampled_from([None, 0.0, 1.0, 2.0, 0.5, 1.5, 0.004, 1e6])), min_size=3, max_size=12
)


@given(FIGURES, st.sampled_from(["en", "it"]), st.booleans())
def test_whatever_the_figures_a_sentence_reads_well(figures: list[float | None], locale: Locale, raises: bool) -> None:
    row = pd.DataFrame([{name: figures[place % len(figures)] for place, name in enumerate(FEATURES)}])
    for reason in MADE.values():
        said = sentences(reason, row, np.array([raises]), Tongue(locale))[0]
        if said is None:
            continue
        assert said == said.strip()
        assert said[0].isdigit() or said[0].isupper()
        assert not re.search(r"nan|inf\b|None|[{}<>]|_|  ", said)
        assert not PLACEHOLDER.search(said)
        wrong = ("1 days", "1 orders", "1 returns") if locale == "en" else ("1 giorni", "1 ordini", "1 resi")
        assert not any(re.search(rf"(^|[^\d.,]){words}\b", said) for words in wrong)


def test_every_noun_has_three_forms_in_both_languages() -> None:
    for noun, forms in NOUNS.items():
        assert set(forms) == {"en", "it"}, noun
        assert all(len(words) == 3 and all(words) for words in forms.values()), noun
