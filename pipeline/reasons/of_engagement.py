"""Reasons that speak of actions, feedback, service, loyalty, contracts and facts."""

from __future__ import annotations

from dataclasses import replace

from pipeline.reasons.phrases import NEVER_PAID, Holds, Phrase, Reason, before, either, latest, none, sided, within


def answered(rows: str, en: str, it: str, best: int, *, poor: int, good: int) -> tuple[Phrase, ...]:
    """The latest score of so many, beside the mean where that differs: up to `poor` it raises, from `good` it lowers the risk."""
    last, mean = f"{rows}_value_last", f"{rows}_value_mean_all"
    alike = Holds(last, -0.05, 0.05, than=mean)
    alone = (f"{en} {{{last}:score}} of {best}", f"{it}: {{{last}:score}} su {best}")
    beside = (f"{alone[0]}; on average {{{mean}:score}}", f"{alone[1]}; in media {{{mean}:score}}")
    poorly, well = Holds(last, most=poor), Holds(last, least=good)
    return (
        Phrase(*alone, "raises", (poorly, alike)),
        Phrase(*alone, "lowers", (well, alike)),
        Phrase(*beside, "raises", (poorly,)),
        Phrase(*beside, "lowers", (well,)),
    )


def without(rows: str, noun: str, days: str) -> Phrase:
    """That there was none in the latest days, which lowers the risk."""
    return replace(within(rows, "count", noun, days, "lowers"), holds=(none(f"{rows}_count_<{days}>d"),))


ENGAGEMENT_REASONS: tuple[Reason, ...] = (
    Reason(
        "activity", Phrase("Activity", "Attività"), "own past", True,
        (
            *before("engagements", "days", "active_day", 90, 180),
            *either("engagements", "days", "active_day", "90"),
            latest("activity", "activity", "Ultima attività"),
        ),
        "activity",
    ),
    Reason(
        "visits", Phrase("Visits to site and app", "Visite a sito e app"), "own past", True,
        (
            *before("visits", "count", "visit", 30, 90),
            *sided(
                Phrase(
                    "{visits_count_<90>d:visit} and {purchases_count_<90>d:order} in the last <90> days",
                    "{visits_count_<90>d:visit} e {purchases_count_<90>d:order} negli ultimi <90> giorni",
                ),
                "visits_count_<90>d",
            ),
        ),
        "activity",
    ),
    Reason(
        "content", Phrase("Use of content", "Uso dei contenuti"), "own past", True,
        (
            *before("content", "value_sum", "minute", 30, 90),
            *either("content", "value_sum", "minute", "90"),
            latest("content", "use of content", "Ultimo contenuto fruito"),
        ),
        "activity",
    ),
    Reason(
        "email", Phrase("Interest in e-mails", "Interesse per le e-mail"), "own past", True,
        (
            *before(
                "emails_opened", "count", "opened", 90, 180,
                of_en=" ({email_open_rate:+percent} of those received)", of_it=" ({email_open_rate:+percent} di quelle ricevute)",
            ),
            *before("emails_opened", "count", "opened", 90, 180),
            *either("emails_opened", "count", "opened", "90"),
            *either("emails_clicked", "count", "clicked", "90"),
        ),
    ),
    Reason(
        "service", Phrase("Contacts with customer service", "Contatti con il servizio clienti"), "other customers", True,
        (
            Phrase(
                "{tickets_count_<180>d:+ticket} in the last <180> days; {tickets_value_mean_<180>d:+hour} to resolve on average",
                "{tickets_count_<180>d:+ticket} negli ultimi <180> giorni; "
                "in media {tickets_value_mean_<180>d:+hour} per la soluzione",
                "raises",
            ),
            within("tickets", "count", "ticket", "180", "raises"),
            within("chats", "count", "chat", "180", "raises"),
            latest("tickets", "support ticket", "Ultima richiesta di assistenza", "raises"),
            latest("chats", "chat", "Ultima chat", "raises"),
            without("tickets", "ticket", "180"),
            without("chats", "chat", "180"),
        ),
    ),
    Reason(
        "complaints", Phrase("Complaints", "Reclami"), "other customers", True,
        (
            Phrase(
                "{complaints_count_<180>d:+complaint} in the last <180> days; "
                "the latest {complaints_recency_days:past} ago: {complaints_topic_last:word}",
                "{complaints_count_<180>d:+complaint} negli ultimi <180> giorni; "
                "l'ultimo {complaints_recency_days:past} fa: {complaints_topic_last:word}",
                "raises",
            ),
            within("complaints", "count", "complaint", "180", "raises"),
            latest("complaints", "complaint", "Ultimo reclamo", "raises"),
            without("complaints", "complaint", "180"),
        ),
    ),
    Reason(
        "nps", Phrase("NPS answers", "Risposte NPS"), "own past", True,
        (
            *answered("nps", "Latest NPS answer", "Ultima risposta NPS", 10, poor=8, good=7),
            Phrase("{nps_count_all:answer} so far", "{nps_count_all:answer} finora", "raises", (none("nps_count_all"),)),
        ),
    ),
    Reason(
        "reviews", Phrase("Reviews", "Recensioni"), "own past", True,
        (
            *answered("reviews", "Latest review", "Ultima recensione", 5, poor=4, good=3),
            Phrase("No reviews so far", "Nessuna recensione finora", "raises", (Holds("reviews_value_last", missing=True),)),
        ),
    ),
    Reason(
        "rewards", Phrase("Points and rewards", "Punti e premi"), "own past", True,
        (
            Phrase("{points_to_reward:+point} from the next reward", "{points_to_reward:+point} al prossimo premio"),
            Phrase("Balance of {points_balance:+point}", "Saldo di {points_balance:+point}"),
        ),
    ),
    Reason(
        "referrals", Phrase("Referrals", "Amici invitati"), "other customers", True,
        either("referrals", "count", "referral", "180"),
    ),
    Reason(
        "tier", Phrase("Loyalty tier", "Livello fedeltà"), "other customers", True,
        (
            Phrase(
                "Loyalty tier {tier:word}, {spending_to_tier:+money} from the next",
                "Livello fedeltà {tier:word}, {spending_to_tier:+money} al prossimo",
            ),
            Phrase("Loyalty tier: {tier:word}", "Livello fedeltà: {tier:word}"),
        ),
    ),
    Reason(
        "expiry", Phrase("End of the subscription", "Scadenza dell'abbonamento"), "own rhythm", True,
        (
            Phrase("Subscription ends in {days_to_expiry:+days}", "Abbonamento in scadenza tra {days_to_expiry:+days}"),
            NEVER_PAID,
            Phrase("Subscription ended {days_to_expiry:-days} ago", "Abbonamento scaduto da {days_to_expiry:-days}"),
        ),
    ),
    Reason(
        "plan", Phrase("Plan and price", "Piano e prezzo"), "other customers", True,
        (
            Phrase(
                "Plan {periods_plan_last:word} at {periods_price_last:money}",
                "Piano {periods_plan_last:word} a {periods_price_last:money}",
            ),
            Phrase("Plan {periods_plan_last:word}", "Piano {periods_plan_last:word}"),
            Phrase("Price of the plan: {periods_price_last:money}", "Prezzo del piano: {periods_price_last:money}"),
        ),
    ),
    Reason(
        "renewals", Phrase("Renewals and cancellations", "Rinnovi e disdette"), "own past", True,
        (
            Phrase("{cancellations_count_all:+cancellation} so far", "{cancellations_count_all:+cancellation} finora", "raises"),
            Phrase("{renewals_count_all:period} so far", "{renewals_count_all:period} finora"),
            latest("periods", "change of the subscription", "Ultima modifica dell'abbonamento"),
        ),
    ),
    Reason(
        "profile", Phrase("Customer profile", "Profilo del cliente"), "other customers", False,
        (
            Phrase(
                "Country: {country:word}; first came through: {acquisition_channel:word}",
                "Paese: {country:word}; canale di acquisizione: {acquisition_channel:word}",
            ),
            Phrase("Country: {country:word}", "Paese: {country:word}"),
            Phrase("First came through: {acquisition_channel:word}", "Canale di acquisizione: {acquisition_channel:word}"),
        ),
    ),
    Reason(
        "contacts", Phrase("Contacts by past campaigns", "Contatti di campagne passate"), "own past", True,
        (within("contacts", "count", "contact", "90"), within("mails_sent", "count", "mailing", "90")),
    ),
)  # fmt: skip
