"""Why a known customer is in no list: every code with its words, for lists, pages and documentation alike."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.reasons.phrases import Locale


@dataclass(frozen=True)
class LeftOut:
    """A reason for being in no list: what such customers are called, and words on one of them that follow "because"."""

    code: str
    name_en: str
    name_it: str
    en: str
    it: str

    def name(self, locale: Locale) -> str:
        """Such customers, in one language."""
        return self.name_en if locale == "en" else self.name_it

    def text(self, locale: Locale) -> str:
        """Why one of them is in no list, in one language."""
        return self.en if locale == "en" else self.it


# In the order in which they count: what was said by the customer before what has to do with us.
LEFT_OUT = (
    LeftOut(
        "suppressed", "On the suppression list", "Nella lista di esclusione",
        "is on the suppression list", "è nella lista di esclusione",
    ),
    LeftOut(
        "no_profiling_consent", "No consent to profiling", "Senza consenso alla profilazione",
        "has not consented to profiling", "non ha acconsentito alla profilazione",
    ),
    LeftOut(
        "too_new", "Too new", "Troppo recenti",
        "is too new for a forecast", "è cliente da troppo poco tempo per una previsione",
    ),
    LeftOut(
        "never_active", "Never active", "Mai attivi",
        "has long been known and never been active, and no offer fits",
        "è noto da tempo ma non è mai stato attivo, e nessuna offerta è adatta",
    ),
    LeftOut(
        "lapsed", "Lapsed", "Inattivi",
        "lapsed long ago, and winning back would not pay", "è inattivo da tempo e riconquistarlo non conviene",
    ),
    LeftOut(
        "not_due", "Not due", "Non in scadenza",
        "has no renewal due", "non ha un rinnovo in scadenza",
    ),
    LeftOut(
        "not_risky", "Not at the risk contacted", "Rischio sotto quello contattato",
        "is not in a risk segment that is contacted without money to weigh",
        "non è in un segmento di rischio che si contatta senza importi da pesare",
    ),
    LeftOut(
        "sleeping_dog", "Better left alone", "Meglio non disturbare",
        "is rather driven away by a contact, as earlier hold-outs show",
        "verrebbe piuttosto allontanato da un contatto, come mostrano i gruppi di controllo passati",
    ),
    LeftOut(
        "value_unknown", "Value not known", "Valore non noto",
        "has no known value to weigh a contact against", "non ha un valore noto con cui valutare un contatto",
    ),
    LeftOut(
        "not_profitable", "No offer pays", "Nessuna offerta conviene",
        "no offer is expected to pay", "nessuna offerta dovrebbe convenire",
    ),
    LeftOut(
        "no_consent", "No consent to a channel", "Senza consenso a un canale",
        "refuses every channel of a suitable offer", "rifiuta ogni canale di un'offerta adatta",
    ),
    LeftOut(
        "contacted_lately", "Contacted lately", "Contattati da poco",
        "was contacted only lately", "è stato contattato da poco",
    ),
    LeftOut(
        "contacted_often", "Contacted often enough", "Contattati già abbastanza",
        "was contacted often enough", "è già stato contattato abbastanza",
    ),
    LeftOut(
        "budget", "Budget spent", "Budget esaurito",
        "the budget is spent on others who pay more", "il budget va ad altri che rendono di più",
    ),
    LeftOut(
        "capacity", "Channel full", "Canale al completo",
        "the channel is full with others who pay more", "il canale è al completo con altri che rendono di più",
    ),
    LeftOut(
        "offer_limit", "Offer used up", "Offerta esaurita",
        "the offer has gone to others who pay more", "l'offerta è andata ad altri che rendono di più",
    ),
)  # fmt: skip
CODES = tuple(reason.code for reason in LEFT_OUT)
