"""The section on retention says what reports/kpis.json says, draws what there is, and leaves out what there is not."""

import pytest

from pipeline.report.retention import Difference, Retention, retention
from pipeline.report.words import spoken
from tests.kpis.test_beyond_periods import told
from tests.kpis.test_figures import SHOP

EN = spoken("en")


@pytest.fixture(scope="module")
def section() -> Retention:
    return retention(told(SHOP, "+kpis.targets.orders=3", by=("country",)), EN)


def test_the_lead_counts_who_came_and_went(section):
    assert section.lead.startswith(
        "In 2024-04, 100.0\N{NARROW NO-BREAK SPACE}% of the 3 customers active at its start stayed active"
    )
    assert section.lead.endswith("(rests on fewer than 30): 0 were lost, 1 acquired, 1 came back.")


def test_every_figure_has_its_definition(section):
    figures = {figure.name: figure for figure in section.figures}
    # April: 60 + 30 + 5 by ann, cem and fay in three orders
    assert figures["Revenue net"].value == "95"
    assert figures["Average transaction value"].value == "31.67"
    assert figures["Average transaction value"].formula.startswith("revenue_net / orders")
    assert section.targets == ("Orders: 3 against a target of 3: met",)
    # all six who ever bought
    assert [name for name, *_ in section.segments] == ["Champions", "Loyal", "New", "Promising", "At risk", "Hibernating"]
    assert sum(int(customers) for _, customers, *_ in section.segments) == 6
    assert section.second.startswith("Of 6 customers who bought")
    assert section.meaning.startswith(
        "Active means here: bought within the last 60 days, so a customer counts as lost only after"
    )
    assert "Push open rate needs engagements:push_sent" in section.absent


def test_four_pictures_that_repeat_to_the_byte(section):
    assert [picture.title for picture in section.pictures] == [
        "Do they stay?", "Do they come back?", "Do they recommend?", "Who pays?",
    ]  # fmt: skip
    again = retention(told(SHOP, "+kpis.targets.orders=3", by=("country",)), EN)
    assert [picture.svg for picture in again.pictures] == [picture.svg for picture in section.pictures]
    # April: ann 60, cem 30, fay 5: the best fifth of three is one
    assert section.pictures[3].caption.endswith("brought 63\N{NARROW NO-BREAK SPACE}% of its revenue.")


def test_nothing_to_show_is_said():
    empty = retention({}, EN)
    assert empty.lead == "There is no complete period with customers at its start yet."
    assert (empty.pictures, empty.figures, empty.differences, empty.worth) == ((), (), (), "")


def test_differences_are_in_points_or_standard_deviations():
    rows = [
        {"words": "had a complaint", "measure": "risk difference",
         "lost": 0.5, "retained": 0.2, "effect": 0.3, "low": 0.1, "high": 0.5},
        {"words": "visits", "measure": "standardised mean difference",
         "lost": 1, "retained": 3, "effect": -1, "low": -2, "high": 0},
    ]  # fmt: skip
    leaving = {"differences": rows, "lost": 10, "retained": 20, "periods": ["2024-04"], "past_periods": 2, "compared": 9}
    thin = "\N{NARROW NO-BREAK SPACE}"
    assert retention({"leaving": leaving}, EN).differences == (
        Difference("Had a complaint", f"50.0{thin}%", f"20.0{thin}%", "+30.0 points", "+10.0 to +50.0"),
        Difference("Visits", "1.00", "3.00", "\N{MINUS SIGN}1.00 SD", "\N{MINUS SIGN}2.00 to +0.00"),
    )
