"""What names of columns and files mean, in English, Italian, German, French and Spanish."""

from __future__ import annotations

import re
import unicodedata

# A word ending in * also counts as the beginning of a longer one, as German compounds and plurals have it.
WORDS: dict[str, str] = {
    "customer": "customer* cust client* cliente* kunde* kdnr debitor* household* user* member* buyer* shopper* acheteur* socio "
    "mitglied* student* subscriber* abonne abonnent* utente* usuario* utilisateur* benutzer* nutzer* acquirente* comprador* "
    "iscritto guest patient",
    "order": "order* ordine* ordini bestell* auftrag* commande* pedido* invoice* fattura* rechnung* facture* factura* basket* "
    "receipt* scontrino* bon transaction* transazione* purchase* acquist* kauf* achat* compra compras beleg* ricevuta* sale "
    "vendit* vente* venta* verkauf* checkout cart warenkorb carrello panier carrito",
    "id": "id ids no nr num number* numero* nummer* code* codice* codigo* kennung key ref reference riferimento uuid n index",
    "date": "date* data datum* fecha* time* timestamp* at zeit* ora heure hora day tag giorno jour dia when am il quando "
    "bestelldatum kaufdatum rechnungsdatum auftragsdatum tstamp ts",
    "created": "created placed creato erstellt cree creado angelegt",
    "amount": "imponibil* amount* total* importo* totale* betrag* umsatz* montant* importe* monto* value revenue* sales paid net "
    "netto nettobetrag spend valore valeur summe gesamt* turnover fatturato dollars euro gesamtpreis gesamtbetrag bedrag",
    "price": "price* prezzo* preis* prix precio* unitprice einzelpreis stuckpreis stueckpreis unitario unitaire unitpreis",
    "quantity": "quantity* qty quantit* menge* anzahl* qte qta cantidad* units pezzi stuck stueck pieces cds",
    "product": "product* prodott* produkt* produit* producto* sku article* articol* artikel* articulo* item* stockcode ean asin",
    "category": "categor* kategorie* group gruppe warengruppe* gruppo famille familia department reparto rayon warengr",
    "channel": "channel* canale* kanal* canal via medium device vertriebskanal*",
    "discount": "discount* disc sconto* rabatt* remise* descuento* nachlass*",
    "margin": "margin* margine* marge* margen deckungsbeitrag*",
    "kind": "event* kind type action* evento* ereignis* evenement* tipo typ aktion azione",
    "line": "line riga zeile* position* ligne linea pos lineno",
    "recorded": "loaded recorded inserted imported received ingested",
    "subscription": "subscription* abo abbonament* abonnement* suscripcion* contract* contratt* vertrag* contrat* policy polizza "
    "membership* licen*",
    "plan": "plan tariff* tarif* piano",
    "status": "status stato statut estado zustand state bestellstatus",
    "start": "start* begin* inizio debut inicio from von dal beginn* attivazione",
    "end": "end fine ende fin expir* expiry scadenza* ablauf* until bis canceled cancelled kundigung* kuendigung* disdetta "
    "echeance vencimiento",
    "campaign": "campaign* campagna kampagne* campagne* campana* campanas",
    "contact": "contact* contatt* kontakt* sent inviato gesendet envoye enviado mailing* mailed",
    "arm": "arm variant treatment control holdout",
    "offer": "offer* offert* angebot* offre* oferta*",
    "cost": "cost costs costo kosten cout coste",
    "returned": "return* reso resi retour* devolucion* refund* storno* rimborso gutschrift*",
    "tax": "tax taxes vat iva mwst ust tva",
    "measure": "minutes duration rating score hours minuti dauer durata punteggio result minutos",
    "birth": "birth* born geburt* nascita naissance nacimiento dob",
    "changed": "updated modified changed geandert modificato modifie",
    "consent": "consent* newsletter* optin opt profiling marketing einwilligung consenso consensi "
    "consentement profilazione privacy gdpr trattamento",
    "currency": "currency valuta wahrung waehrung devise moneda divisa",
    "name": "name names naam bezeichnung denominazione libelle descripcion description descrizione beschreibung "
    "title titel titolo",
}
EVENTS: dict[str, str] = {  # engagements.kind by the words in a name or a value; the first that fits
    "email_opened": "open* opened apert* geoffnet ouvert abierto",
    "email_clicked": "click* clicked klick* clic* cliccat*",
    "email_sent": "emailsent sent inviat* gesendet newsletter* email* mail mails",
    "coupon_redeemed": "coupon* redemption* redeemed buono gutschein* voucher*",
    "complaint": "complaint* reclam* beschwerde* queja* plainte*",
    "chat": "chat*",
    "nps_response": "nps",
    "survey_response": "survey* sondaggio umfrage* sondage encuesta",
    "review": "review* rating* bewertung* recension* avis valutazion* resena*",
    "support_ticket": "ticket* support* service assistenza hilfe question* anfrage*",
    "content_use": "content* learning* course* exam* quiz* lesson* video* watch* listen* stream* article_read",
    "app_session": "app session* sessione sitzung*",
    "push_opened": "push",
    "referral": "referral*",
    "points_earned": "points punti punkte",
    "mail_sent": "campaign* campagn* kampagne* mailing* letter* brief*",
    "site_visit": "visit* visite besuch* web* page* view* login* log event* engagement* click* seen activity attivita",
}
STATUSES: dict[str, str] = {
    "trial": "trial* probe* prova essai prueba test",
    "cancelled": "cancel* gekundigt* gekuendigt* kundig* disdett* resili* baja cessat* annul* churn* terminated "
    "inactive inattiv*",
    "expired": "expire* scadut* abgelaufen* vencid*",
    "renewed": "renew* rinnov* verlanger* verlaenger* renouvel* renovad*",
    "active": "active* aktiv* attiv* actif* activo* laufend running",
}


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name: without accents, capitals, signs or camel's humps."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    humps = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return tuple(re.findall(r"[a-z]+|\d+", humps.lower()))


def fits(words: tuple[str, ...], list_: str) -> bool:
    """Whether one of the words, or all of them written together, is in a list of `WORDS`."""
    asked = {*words, "".join(words)}
    for word in list_.split():
        stem = word.rstrip("*")
        if stem in asked or (word.endswith("*") and any(one.startswith(stem) for one in words)):
            return True
    return False


def concepts(name: str) -> frozenset[str]:
    """What a name speaks of; a compound's later part counts too (`Kundennummer` is a customer's number)."""
    words = words_of(name)
    found = {concept for concept, list_ in WORDS.items() if fits(words, list_)}
    for word in words:
        for ending, concept in ENDINGS.items():
            if word.endswith(ending) and word != ending:
                found.add(concept)
    return frozenset(found)


ENDINGS = {
    "datum": "date",
    "beginn": "start",
    "ende": "end",
    "nummer": "id",
    "nr": "id",
    "preis": "price",
    "betrag": "amount",
    "menge": "quantity",
    "date": "date",
    "price": "price",
    "status": "status",
    "rabatt": "discount",
    "gruppe": "category",
    "typ": "kind",
}


def translated(text: str, lists: dict[str, str]) -> str | None:
    """The first key of `EVENTS` or `STATUSES` whose words a text has."""
    words = words_of(text)
    return next((key for key, list_ in lists.items() if key in ("_".join(words), text) or fits(words, list_)), None)
