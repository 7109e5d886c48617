"""Reasons that speak of actions, feedback, service, loyalty, contracts and facts."""

from __future__ import annotations

from pipeline.reasons.phrases import Phrase, Reason, before, latest, within

ENGAGEMENT_REASONS: tuple[Reason, ...] = (
    Reason(
        "activity", Phrase("Activity", "Attività"), "own past", True,
        (
            before("engagements", "days", "active_day", 90, 180),
            within("engagements", "days", "active_day", "90"),
            latest("activity", "activity", "Ultima attività"),
        ),
    ),
    Reason(
        "visits", Phrase("Visits to site and app", "Visite a sito e app"), "own past", True,
        (before("visits", "count", "visit", 30, 90), within("visits", "count", "visit", "90")),
    ),
    Reason(
        "content", Phrase("Use of content", "Uso dei contenuti"), "own past", True,
        (
            before("content", "value_sum", "minute", 30, 90, of_en=" of content", of_it=" di contenuti"),
            latest("content", "use of content", "Ultimo contenuto visto"),
        ),
    ),
    Reason(
        "email", Phrase("Interest in e-mails", "Interesse per le e-mail"), "own past", True,
        (
            before(
                "emails_opened", "count", "opened", 90, 180,
                of_en=" ({email_open_rate:+percent} of those received)", of_it=" ({email_open_rate:+percent} di quelle ricevute)",
            ),
            before("emails_opened", "count", "opened", 90, 180),
            within("emails_opened", "count", "opened", "90"),
            within("emails_clicked", "count", "clicked", "90"),
        ),
    ),
    Reason(
        "service", Phrase("Contacts with customer service", "Contatti con il servizio clienti"), "other customers", True,
        (
            Phrase(
                "{tickets_count_<180>d:+ticket} in the last <180> days; {tickets_value_mean_<180>d:+hour} to resolve on average",
                "{tickets_count_<180>d:+ticket} negli ultimi <180> giorni; "
                "in media {tickets_value_mean_<180>d:+hour} per la soluzione",
            ),
            within("tickets", "count", "ticket", "180", "raises"),
            within("chats", "count", "chat", "180", "raises"),
            within("tickets", "count", "ticket", "180", "lowers"),
            within("chats", "count", "chat", "180", "lowers"),
        ),
    ),
    Reason(
        "complaints", Phrase("Complaints", "Reclami"), "other customers", True,
        (
            Phrase(
                "{complaints_count_<180>d:+complaint} in the last <180> days; "
                "the latest {complaints_recency_days:days} ago: {complaints_topic_last:word}",
                "{complaints_count_<180>d:+complaint} negli ultimi <180> giorni; "
                "l'ultimo {complaints_recency_days:days} fa: {complaints_topic_last:word}",
            ),
            within("complaints", "count", "complaint", "180", "raises"),
            latest("complaints", "complaint", "Ultimo reclamo", "raises"),
            within("complaints", "count", "complaint", "180", "lowers"),
        ),
    ),
    Reason(
        "nps", Phrase("NPS answers", "Risposte NPS"), "own past", True,
        (
            Phrase(
                "Latest NPS answer {nps_value_last:score} of 10; on average {nps_value_mean_all:score}",
                "Ultima risposta NPS: {nps_value_last:score} su 10; in media {nps_value_mean_all:score}",
            ),
            Phrase("{nps_count_all:answer} so far", "{nps_count_all:answer} finora"),
        ),
    ),
    Reason(
        "reviews", Phrase("Reviews", "Recensioni"), "own past", True,
        (
            Phrase(
                "Latest review {reviews_value_last:score} of 5; on average {reviews_value_mean_all:score}",
                "Ultima recensione: {reviews_value_last:score} su 5; in media {reviews_value_mean_all:score}",
            ),
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
        (within("referrals", "count", "referral", "180"),),
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
        ),
    ),
    Reason(
        "profile", Phrase("Customer profile", "Profilo del cliente"), "other customers", False,
        (Phrase("Country: {country:word}", "Paese: {country:word}"),),
    ),
    Reason(
        "contacts", Phrase("Contacts by past campaigns", "Contatti di campagne passate"), "own past", True,
        (within("contacts", "count", "contact", "90"), within("mails_sent", "count", "mailing", "90")),
    ),
)  # fmt: skip
