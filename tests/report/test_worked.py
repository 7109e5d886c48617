"""What the page says of earlier deliveries, from literal outcomes."""

import pytest

from pipeline.report.corrected import corrected, rates_used
from pipeline.report.page import render, view
from pipeline.report.words import NOTHING, spoken
from pipeline.report.worked import worked

EN, IT = spoken("en"), spoken("it")
SIZES = {"contacted": 1600, "held_out": 400}
ARMS = {"contact": {"customers": 1600}, "holdout": {"customers": 400}, "control": {"customers": 20}}
INTERVALS = {"saves": [10.0, 110.0], "profit": [-200.0, 900.0], "revenue": None, "margin": [-70.0, 1030.0]}
MAY = {
    "as_of": "2024-05-01", "matured": True, "predicted": 0.412, "realised": 0.398, "arms": ARMS, "saves": 60.0, "profit": 350.0,
    "margin": 480.0, "cost": 130.0,
    "effect": {"churn_difference": -0.04, "low": -0.08, "high": -0.01, **SIZES}, "intervals": INTERVALS, "suspect": False,
    "suspect_lists": [], "cost_from": "contacts", "why_not": None, "log": {"doubts": []},
}  # fmt: skip
APRIL = MAY | {"as_of": "2024-04-01", "effect": {"churn_difference": 0.01, "low": -0.02, "high": 0.04, **SIZES}, "suspect": True}
NOBODY = {"code": "nobody_held_out", "smaller_arm": 0, "needed": 20}
MARCH = MAY | {
    "as_of": "2024-03-01", "effect": None, "intervals": INTERVALS | {"saves": None, "profit": None}, "why_not": NOBODY,
}  # fmt: skip
JUNE = {"as_of": "2024-06-01", "matured": False, "matures_on": "2024-08-30", "data_end": None}
OUTCOMES = {"as_of": "2024-08-01", "deliveries": [MARCH, APRIL, MAY, JUNE]}


def test_deliveries_are_told_newest_first_on_one_scale():
    may, april, march = worked(OUTCOMES, EN).read
    assert (may.delivery, may.expected, may.left) == (
        "1 May 2024",
        "41.2\N{NARROW NO-BREAK SPACE}%",
        "39.8\N{NARROW NO-BREAK SPACE}%",
    )
    assert (may.change, may.interval) == ("\N{MINUS SIGN}4.0", "\N{MINUS SIGN}8.0 to \N{MINUS SIGN}1.0")
    assert (may.saves, may.saves_interval) == ("60", "10 to 110")
    assert (may.margin, may.margin_interval, may.cost, may.cost_from) == ("480", "−70 to 1,030", "130", "by the contact log")
    assert (may.profit, may.profit_interval) == ("350", "−200 to 900")
    assert (may.span.low, may.span.middle, may.span.high, may.span.zero) == (0, 25, 43.75, 50)
    assert april.span.high == 75
    assert (march.change, march.saves, march.saves_interval, march.span) == (NOTHING, NOTHING, "", None)


@pytest.mark.parametrize(
    ("words", "kept"), [(EN, "Contacting kept customers who would have left."), (IT, "Il contatto ha trattenuto")]
)
def test_each_has_a_verdict_in_both_languages(words, kept):
    may, april, march = worked(OUTCOMES, words).read
    assert may.sentence.startswith(kept)
    assert april.sentence == f"{words('worked.unsure')} {words('worked.suspect')} {words('worked.cost_contacts')}"
    assert march.sentence == words("worked.unmeasured", why=words("worked.why_nobody_held_out"))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"cost_from": "playbook"}, "Costs are what the playbook expects, as the contact log has none."),
        (
            {"why_not": {"code": "few", "smaller_arm": 1, "needed": 20}},
            "No profit is told, as one arm has 1 customer and amounts need 20.",
        ),
        (
            {"why_not": {"code": "no_margin", "smaller_arm": 400, "needed": 20}},
            "No profit is told, as the source has no amounts.",
        ),
    ],
)
def test_where_costs_come_from_and_why_there_is_no_profit_are_said(told, said):
    (may,) = worked({"deliveries": [MAY | told]}, EN).read
    assert may.sentence == f"Contacting kept customers who would have left. {said}"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"cost_from": "playbook"}, ("130", "by the playbook", "dal playbook")),
        ({"cost_from": "both"}, ("130", "by log and playbook", "da registro e playbook")),
        ({"cost_from": "playbook", "cost": None}, (NOTHING, "", "")),
    ],
)
def test_the_cost_of_contact_stands_with_who_says_so(told, shown):
    ((en,), (it,)) = (worked({"deliveries": [MAY | told]}, words).read for words in (EN, IT))
    assert (en.cost, en.cost_from, it.cost_from) == shown


@pytest.mark.parametrize(
    ("words", "doubt"),
    [
        (
            EN,
            "The arms of Retention and Win-back have not the sizes that were drawn, so do not trust these figures; the next "
            "lists learn nothing of it.",
        ),
        (
            IT,
            "I gruppi di Fidelizzazione e Riconquista non hanno le dimensioni estratte: queste cifre non sono affidabili e le "
            "prossime liste non ne imparano nulla.",
        ),
    ],
)
def test_lists_whose_arms_are_off_are_named(words, doubt):
    (april,) = worked({"deliveries": [APRIL | {"suspect_lists": ["churn", "win_back"]}]}, words).read
    assert april.sentence == f"{words('worked.unsure')} {doubt} {words('worked.cost_contacts')}"


@pytest.mark.parametrize(
    ("words", "said"),
    [(EN, "The contact log lacks 1,200 of 1,600 contacts"), (IT, "Al registro dei contatti mancano 1.200 contatti su 1.600:")],
)
def test_what_is_doubtful_in_the_contact_log_stands_behind_the_verdict(words, said):
    doubt = {"sentence": "The contact log lacks 1,200 of 1,600 contacts: it is late, it is cut, or they were not made."}
    (one,) = worked({"deliveries": [MAY | {"log": {"doubts": [doubt]}}]}, words).read
    (shown,) = one.doubts
    assert shown.startswith(said)


def test_those_still_running_are_told_and_none_is_no_section(report_config, material):
    assert "Still running: 1 delivery. The next will be known on 30 August 2024" in worked(OUTCOMES, EN).waiting
    cut = {"deliveries": [JUNE | {"data_end": "2024-07-01"}]}
    assert worked(cut, EN).waiting.startswith("Not known: 1 delivery, as the data end on 1 July 2024,")
    assert worked({"deliveries": []}, EN) is None
    assert "Did it work?" not in render(view(material, report_config))


def test_the_section_is_on_the_page_and_in_its_contents(report_config, material):
    from dataclasses import replace

    page = render(view(replace(material, outcomes=OUTCOMES), report_config))
    assert '<a href="#worked">' in page
    assert 'style="left:0.0%;width:43.8%"' in page
    assert "Contacting kept customers who would have left." in page


LEARNED = {
    "offer": "loyalty_reward", "channel": "email", "segment": None, "contacted": 1200, "held_out": 300, "assumed": 0.15,
    "measured": -0.021, "measured_low": -0.1, "measured_high": 0.058, "used": -0.01, "low": -0.06, "high": 0.04, "origin": "both",
    "from_customers": 0.712, "kept": 0.0, "driven_away": 0.01,
}  # fmt: skip


def test_what_was_learned_stands_beside_what_was_assumed(report_config, material):
    from dataclasses import replace

    rows = [LEARNED, LEARNED | {"segment": "leaving", "used": 0.1, "origin": "measured"}]
    told = replace(material, outcomes=OUTCOMES, manifest={**material.manifest, "learned": rows})
    (offer,) = view(told, report_config).corrected
    (segment,) = offer.segments
    assert (offer.name, offer.folded, offer.customers) == ("loyalty_reward, e-mail", "1 segment", "1,500")
    assert offer.drives_away
    assert offer.origin == "both, 71\N{NARROW NO-BREAK SPACE}% measured"
    assert (segment.name, segment.drives_away, segment.origin) == ("About to leave", False, "measured on the whole offer")
    for locale, said in (("en", "What the offers really do"), ("it", "Che cosa fanno davvero le offerte")):
        assert said in render(view(told, report_config.model_copy(update={"locale": locale})))
    assert view(replace(material, outcomes=OUTCOMES), report_config).corrected == ()


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ({"contacted": 20, "held_out": 20}, ("−2.1\u202f%", "−2,1\u202f%")),
        ({"contacted": 1200, "held_out": 19}, ("too few yet (19 of 20)", "ancora troppo pochi (19 di 20)")),
        ({"contacted": 0, "held_out": 4, "measured": None}, ("too few yet (0 of 20)", "ancora troppo pochi (0 di 20)")),
    ],
)
def test_a_share_measured_on_few_is_not_shown_nor_are_such_segments(arms, said):
    rows = [LEARNED | arms, LEARNED | arms | {"segment": "leaving"}]
    for words, text in zip((EN, IT), said, strict=True):
        (whole,) = corrected({"learned": rows}, {}, words)
        assert whole.measured == text
        told = arms["held_out"] == 20
        assert (bool(whole.measured_interval), len(whole.segments)) == (told, int(told))


def test_segments_stand_with_their_offer_and_rest_on_the_whole_of_it():
    rows = [LEARNED, LEARNED | {"segment": "leaving"}, LEARNED | {"segment": "loyal"}, LEARNED | {"channel": "push"}]
    for words, folded, origin in (
        (EN, "2 segments", "both, 71\u202f% measured on the whole offer"),
        (IT, "2 segmenti", "entrambe, 71\u202f% misurata sull'intera offerta"),
    ):
        by_email, by_push = corrected({"learned": rows}, {}, words)
        assert (by_email.folded, [one.origin for one in by_email.segments]) == (folded, [origin, origin])
        assert (by_push.folded, by_push.segments) == ("", ())


def test_the_budget_picture_counts_saves_as_the_lists_do():
    rows = [LEARNED, LEARNED | {"channel": "push", "kept": 0.3}, LEARNED | {"segment": "leaving", "kept": 0.9}]
    assumed = {"loyalty_reward": 0.15, "survey": 0.04}
    assert rates_used({"learned": rows}, assumed) == {"loyalty_reward": 0.0, "survey": 0.04}
    assert rates_used({}, assumed) == assumed


FEW = {"verdict": "few", "rows": 4321, "needed": 8669, "unit": "money"}
POLICY = {"left_alone": 0.125, "difference": 0.4, "low": 0.1, "high": 0.7}


def test_whether_lists_go_by_what_was_learned_is_said_with_the_reason():
    assert (
        "4,321 customers who were drawn for contact or hold-out have had the time to come back, 8,669 are needed"
        in worked(OUTCOMES, EN, FEW).saved
    )
    used = worked(OUTCOMES, EN, FEW | {"verdict": "used", "policy": POLICY}).saved
    assert used.startswith("The lists go by what contacting was seen to change: leaving alone the 12.5")
    assert "brings +0.40 a customer (+0.10 to +0.70)" in used
    saves = FEW | {"verdict": "not_better", "policy": POLICY, "unit": "saves"}
    assert "+0.4000" in worked(OUTCOMES, EN, saves).saved
    handful = FEW | {"verdict": "handful", "policy": POLICY}
    assert "(+0.10 to +0.70), but in one of the arms too few of them stayed" in worked(OUTCOMES, EN, handful).saved
    assert "ma in uno dei gruppi troppo pochi di loro sono rimasti" in worked(OUTCOMES, IT, handful).saved
    assert worked(OUTCOMES, EN).saved == ""


@pytest.mark.parametrize("verdict", ["nobody", "few", "one_sided"])
def test_every_reason_for_no_model_has_its_sentence_in_both_languages(verdict):
    told = {"verdict": verdict, "rows": 0, "needed": None, "unit": "saves"}
    assert worked(OUTCOMES, EN, told).saved.startswith("Not known yet")
    assert worked(OUTCOMES, IT, told).saved.startswith("Non ancora noto")


def test_who_can_be_saved_is_on_the_page(report_config, material):
    from dataclasses import replace

    page = render(view(replace(material, outcomes=OUTCOMES, uplift=FEW), report_config))
    assert "Who can be saved." in page
