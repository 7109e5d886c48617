"""Who is contacted, who is left out, and what changed, in figures and words."""

from pipeline.report.accounts import Status, statuses
from pipeline.report.lists_told import Lists, Size, TopReason, Turnover, lists, sizes, top_reasons, turnover
from pipeline.report.page import Material
from pipeline.report.words import spoken
from tests.conftest import config_of
from tests.report_world import listed_customers

EN, IT = spoken("en"), spoken("it")


def test_the_lists_are_counted_by_arm_and_priced(listed_material: Material) -> None:
    assert lists(listed_material.customers, listed_material.manifest, EN) == Lists(
        contact=3,
        held_out=1,
        by_list="2 Retention, 1 Win-back",
        profit=17.0,
        whole=17.0,
        bound_share=0.85,
        sentence="Of 9 customers known, 3 are to be contacted; 1 of the same lists, drawn at random, are left alone, so that the "
        "effect can be measured. Had nobody been held out, the contacts would cost 6 of a budget of 10. No choice of offers "
        "could then bring more than 20; this one would bring 17.",
    )


def test_without_money_or_lists_there_are_no_figures_of_them(listed_material: Material) -> None:
    ranked = lists(listed_customers().assign(expected_profit=float("nan")), {}, EN)
    assert ranked is not None
    assert (ranked.profit, ranked.bound_share) == (None, None)
    assert "cost" not in ranked.sentence
    assert lists(listed_customers().drop(columns=["arm"]), listed_material.manifest, EN) is None


def test_ranked_lists_say_that_they_are() -> None:
    told = lists(listed_customers().assign(expected_profit=float("nan")), {"allocation": {"mode": "ranked"}}, EN)
    assert told is not None
    assert told.sentence.endswith("ranked by how many customers an offer is expected to keep; no profit is known.")


def test_without_a_budget_nothing_limits_the_contacts() -> None:
    told = lists(listed_customers(), {"allocation": {"mode": "profit", "spent_at_most": 6.0, "budget": None}}, IT)
    assert told is not None
    assert told.sentence.endswith("Senza gruppo escluso a caso i contatti costerebbero 6; nessun budget li limita.")


def test_the_forecast_is_said_in_words_the_largest_first(listed_material: Material) -> None:
    assert sizes(listed_material.manifest, EN) == (
        Size("About to leave", "Retention", 2, 1, 11.0),
        Size("Lost", "Win-back", 1, 0, 3.0),
    )
    assert sizes({}, EN) == ()


def test_turnover_is_counted_against_the_last_delivery(listed_material: Material) -> None:
    told = turnover(listed_material.manifest, EN)
    assert told == Turnover(1, 3, 2, "1 entered the lists; of the 5 listed then, 2 left and 3 stayed.")
    assert turnover({"turnover": {"entered": 1, "left": 1, "stayed": 2}}, IT) == Turnover(
        1, 2, 1, "Nelle liste: 1 entrati, 1 usciti, 2 rimasti; è cambiato il 50\u202f% di chi è o era in lista."
    )
    assert turnover({}, EN) is None


def test_top_reasons_are_those_that_raise_the_risk_of_the_listed() -> None:
    # a1 silence, complaints; a2 email (history lowers); a3 silence; b1 has none
    reasoned, told = top_reasons(listed_customers(), str.upper)
    assert reasoned == 3
    assert told == (TopReason("SILENCE", 2 / 3, 2 / 3), TopReason("EMAIL", 1 / 3, 1 / 3), TopReason("COMPLAINTS", 0.0, 1 / 3))
    assert top_reasons(listed_customers().drop(columns=["reason_1_code"]), str.upper) == (0, ())


def test_everybody_is_in_exactly_one_line_of_who_is_left_out(listed_material: Material) -> None:
    told = statuses(listed_material.customers, listed_material.manifest, config_of().definition, EN)
    assert sum(one.customers for one in told) == len(listed_material.customers)
    assert [(one.name, one.customers) for one in told] == [
        ("In a list, to contact", 3), ("In a list, held out", 1), ("Control group", 1), ("Budget spent", 1), ("Channel full", 1),
        ("No consent to profiling", 1), ("No offer pays", 1),
    ]  # fmt: skip
    assert told[3] == Status("Budget spent", 1, 1 / 9, "The budget is spent on others who pay more.")
    assert told[5].why.startswith("They do not agree to profiling")


def test_a_code_that_the_catalogue_does_not_have_keeps_its_name() -> None:
    manifest = {"left_out": {"eclipse_of_the_sun": 2}}
    told = statuses(listed_customers(), manifest, config_of().definition, IT)
    assert told[-1] == Status("Eclipse of the sun", 2, 2 / 7, "")
