"""Offers, their vocabulary and the named segments -> the page docs/reference/playbook.md."""

from __future__ import annotations

from pathlib import Path

import yaml

from pipeline.campaign.named_segments import NAMED_SEGMENTS, NamedSegment
from pipeline.campaign.profile_columns import COLUMNS, JUDGED, LIFECYCLES, RISKS, TIERS
from pipeline.compose import composed, options
from pipeline.config import validate
from pipeline.config.campaign_section import PlaybookOffer
from pipeline.markdown import code, table
from pipeline.playbook.predicate import OPERATORS

KEYS = (
    ("list", "which list it serves: `churn` everybody scored but the new, `win_back` the lapsed, `onboarding` the new"),
    ("name, action", "what it is called and what to do, in English and Italian"),
    (
        "cost, order_share",
        "d: what it costs when taken, in the currency, and as a share of the customer's mean order; they add up",
    ),
    (
        "channels",
        "by which channels; `contact` f is paid for every contact, `kept` stands for that of the offer where it differs",
    ),
    ("eligibility", "conditions that must all hold; of a list within the list any one"),
    ("kept", "γ: chance that a would-be churner stays for it"),
    ("taken_by_lost", "κ: chance that a churner takes it and leaves nevertheless"),
    ("taken_by_stayers", "ψ: chance that who stays anyway takes it"),
    ("driven_away", "ρ: chance that being contacted drives a stayer away"),
    ("stayer_uplift", "η: share by which being contacted raises what a stayer brings in; 0 where it is not given"),
    ("source", "where these come from"),
)


def playbook_page(root: Path) -> list[str]:
    """The page: keys, vocabulary, offers of each playbook, segments."""
    asked = ((code(c.name), c.kind, c.meaning, code(c.needs), code(c.words)) for c in (*COLUMNS, *JUDGED) if c.kind != "moment")
    parts = [
        "# Playbook",
        "Offers are declared in `configs/campaign/`, one file a playbook; `churn compose campaign=retail` chooses one, and a new "
        "sector brings its own. `campaign.offers.CODE` has these keys; `CODE: null` takes an offer of the default playbook away.",
        table("key|meaning", ((code(key), meaning) for key, meaning in KEYS)),
        "## Conditions",
        "`COLUMN OPERATOR VALUE`, for example `points_to_reward <= 60`, `lifecycle in [cooling, at_risk]`, `nps_last is known`. "
        "Of a customer of whom the column is unknown no condition holds but `is unknown` and one that ends in `or unknown`. An "
        "offer whose conditions need what the source has not is switched off, and that is said.",
        table("of a|operators", ((kind, code(operators)) for kind, operators in OPERATORS.items())),
        table("column|kind|meaning|needs|words", asked),
    ]
    for name in options("campaign", root):
        text = yaml.safe_load(composed(root / "configs", [f"campaign={name}"]))
        offers = validate(text, f"campaign={name}").campaign.playbook
        columns = "offer|list|name|conditions|cost|contact|γ|κ|ψ|ρ|η|source"
        parts += [f"## `campaign={name}`", table(columns, (_offer(offer, one) for offer, one in offers.items()))]
    return [
        *parts,
        "## Segments",
        "Risk × value × lifecycle; the first that takes a customer is theirs.",
        table("segment|in English|in Italian|meaning|risk|value|lifecycle|contact", map(_segment, NAMED_SEGMENTS)),
    ]


def _offer(name: str, offer: PlaybookOffer) -> tuple[str, ...]:
    conditions = code(" or ".join(any_of) for any_of in offer.eligibility)
    cost = " + ".join(
        filter(
            None, (f"{offer.cost:g}" if offer.cost else "", f"{offer.order_share:.0%} of an order" if offer.order_share else "")
        )
    )
    kept = [f"{offer.kept:g}", *(f"{terms.kept:g} by {by}" for by, terms in offer.channels.items() if terms.kept is not None)]
    contact = ", ".join(f"{by} {terms.contact:g}" for by, terms in offer.channels.items())
    chances = (offer.taken_by_lost, offer.taken_by_stayers, offer.driven_away, offer.stayer_uplift)
    said = f"{offer.name.en} / {offer.name.it}"
    rates = (", ".join(kept), *(f"{chance:g}" for chance in chances))
    return code(name), offer.list, said, conditions, cost or "0", contact, *rates, offer.source


def _segment(segment: NamedSegment) -> tuple[str, ...]:
    conditions = ((segment.risk, RISKS), (segment.value, TIERS), (segment.lifecycle, LIFECYCLES))
    taken = ("" if len(words) == len(every) + 1 else code(word or "unknown" for word in words) for words, every in conditions)
    return code(segment.code), segment.en, segment.it, segment.meaning, *taken, segment.intensity
