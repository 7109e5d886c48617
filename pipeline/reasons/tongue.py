"""How numbers, counted things, durations, shares and money are said in English and Italian."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.reasons.phrases import Locale

DAYS_OF_MONTH, DAYS_OF_YEAR = 30.44, 365.25

# None of it, one, many.
NOUNS: dict[str, dict[Locale, tuple[str, str, str]]] = {
    "active_day": {
        "en": ("no activity besides orders", "day of activity besides orders", "days of activity besides orders"),
        "it": (
            "nessuna attività oltre agli ordini",
            "giorno di attività oltre agli ordini",
            "giorni di attività oltre agli ordini",
        ),
    },
    "activity_day": {
        "en": ("no activity", "day of activity", "days of activity"),
        "it": ("nessuna attività", "giorno di attività", "giorni di attività"),
    },
    "answer": {
        "en": ("no NPS answers", "NPS answer", "NPS answers"),
        "it": ("nessuna risposta NPS", "risposta NPS", "risposte NPS"),
    },
    "cancellation": {
        "en": ("no cancellations", "cancellation", "cancellations"),
        "it": ("nessuna disdetta", "disdetta", "disdette"),
    },
    "category": {"en": ("no categories", "category", "categories"), "it": ("nessuna categoria", "categoria", "categorie")},
    "chat": {"en": ("no chats", "chat", "chats"), "it": ("nessuna chat", "chat", "chat")},
    "clicked": {
        "en": ("no e-mails clicked", "e-mail clicked", "e-mails clicked"),
        "it": ("nessun clic nelle e-mail", "clic nelle e-mail", "clic nelle e-mail"),
    },
    "complaint": {"en": ("no complaints", "complaint", "complaints"), "it": ("nessun reclamo", "reclamo", "reclami")},
    "contact": {
        "en": ("no contacts by campaigns", "contact by a campaign", "contacts by campaigns"),
        "it": ("nessun contatto da campagne", "contatto da una campagna", "contatti da campagne"),
    },
    "coupon": {
        "en": ("no coupons redeemed", "coupon redeemed", "coupons redeemed"),
        "it": ("nessun buono usato", "buono usato", "buoni usati"),
    },
    "day": {"en": ("less than a day", "day", "days"), "it": ("meno di un giorno", "giorno", "giorni")},
    "hour": {"en": ("less than an hour", "hour", "hours"), "it": ("meno di un'ora", "ora", "ore")},
    "mailing": {"en": ("no mailings", "mailing", "mailings"), "it": ("nessun invio postale", "invio postale", "invii postali")},
    "minute": {
        "en": ("no content", "minute of content", "minutes of content"),
        "it": ("nessun contenuto", "minuto di contenuti", "minuti di contenuti"),
    },
    "month": {"en": ("less than a month", "month", "months"), "it": ("meno di un mese", "mese", "mesi")},
    "opened": {
        "en": ("no e-mails opened", "e-mail opened", "e-mails opened"),
        "it": ("nessuna e-mail aperta", "e-mail aperta", "e-mail aperte"),
    },
    "order": {"en": ("no orders", "order", "orders"), "it": ("nessun ordine", "ordine", "ordini")},
    "period": {
        "en": ("no paid periods", "paid period", "paid periods"),
        "it": ("nessun periodo pagato", "periodo pagato", "periodi pagati"),
    },
    "point": {"en": ("less than a point", "point", "points"), "it": ("meno di un punto", "punto", "punti")},
    "product": {
        "en": ("no products", "product", "different products"),
        "it": ("nessun prodotto", "prodotto", "prodotti diversi"),
    },
    "referral": {
        "en": ("no referrals", "referral", "referrals"),
        "it": ("nessun amico invitato", "amico invitato", "amici invitati"),
    },
    "return": {"en": ("no returns", "return", "returns"), "it": ("nessun reso", "reso", "resi")},
    "ticket": {
        "en": ("no support tickets", "support ticket", "support tickets"),
        "it": ("nessuna richiesta di assistenza", "richiesta di assistenza", "richieste di assistenza"),
    },
    "unit": {
        "en": ("no items bought", "item bought", "items bought"),
        "it": ("nessun pezzo acquistato", "pezzo acquistato", "pezzi acquistati"),
    },
    "visit": {"en": ("no visits", "visit", "visits"), "it": ("nessuna visita", "visita", "visite")},
    "year": {"en": ("less than a year", "year", "years"), "it": ("meno di un anno", "anno", "anni")},
}


@dataclass(frozen=True)
class Tongue:
    """A language, and what money is called."""

    locale: Locale
    currency: str = ""

    def number(self, value: float, digits: int = 0) -> str:
        """With separators as people write them."""
        plain = f"{_rounded(value, digits):,.{digits}f}"
        return plain if self.locale == "en" else plain.translate(str.maketrans(",.", ".,"))

    def counted(self, value: float, noun: str) -> str:
        """A whole number with its noun."""
        none, one, many = NOUNS[noun][self.locale]
        whole = _rounded(value)
        return none if not whole else f"{self.number(whole)} {one if whole == 1 else many}"

    def every(self, value: float) -> str:
        """How often something happens that happens once in so many days, at least half a one."""
        if _rounded(value) == 1:
            return {"en": "one a day", "it": "uno al giorno"}[self.locale]
        return f"{ {'en': 'one every', 'it': 'uno ogni'}[self.locale] } {self.counted(value, 'day')}"

    def past(self, value: float) -> str:
        """How long ago something was: the whole days that have passed, as `recency_days` of the list counts them."""
        return self.counted(math.floor(value), "day")

    def span(self, value: float) -> str:
        """A long time in the unit that people would use."""
        for noun, days, least in (("year", DAYS_OF_YEAR, 2), ("month", DAYS_OF_MONTH, 2)):
            if value >= least * days:
                return self.counted(value / days, noun)
        return self.counted(value, "day")

    def percent(self, value: float) -> str:
        """A share; a small one is not none."""
        if 0 < value < 0.005:
            return {"en": "under 1%", "it": "meno dell'1%"}[self.locale]
        return f"{self.number(100 * value)}%"

    def score(self, value: float) -> str:
        """One digit after the point where it is not 0."""
        return self.number(value, 0 if _rounded(value, 1) == _rounded(value) else 1)

    def money(self, value: float) -> str:
        """Whole from 10 up, with the currency where it is known."""
        digits = 0 if value >= 9.995 or value == _rounded(value) else 2
        amount = self.number(value, digits)
        return " ".join(filter(None, (self.currency, amount) if self.locale == "en" else (amount, self.currency)))


FORMS: dict[str, Callable[[Tongue, float], str]] = {
    "days": lambda tongue, value: tongue.counted(value, "day"),
    "past": Tongue.past,
    "every": Tongue.every,
    "span": Tongue.span,
    "percent": Tongue.percent,
    "score": Tongue.score,
    "money": Tongue.money,
    "number": Tongue.number,
}
WORD = "word"


def _rounded(value: float, digits: int = 0) -> float:
    """Halves away from zero, as people round; never -0."""
    scale = 10.0**digits
    return math.copysign(math.floor(abs(value) * scale + 0.5), value) / scale + 0.0
