"""The history of decisions: added to, never twice, never rewritten."""

from dataclasses import replace

import pytest

from pipeline.errors import DataUnfitError
from pipeline.operate.model_history import show
from pipeline.promotion.history import Entry, enter, figures_of, read_history, taken_back

FIRST = Entry("2024-06-01", "20240601-0123abcd", "promoted", "grade A", "20240601-0123abcd", "A", {"log_loss": 0.5})
SECOND = Entry("2024-07-01", "20240701-89abcdef", "refused", "worse", "20240601-0123abcd", "B", {"log_loss": 0.6})


def test_decisions_stand_in_their_order_and_the_last_not_twice(tmp_path):
    path = tmp_path / "history.json"
    assert read_history(path) == []
    for entry in (FIRST, FIRST, SECOND, SECOND, FIRST):
        enter(path, entry)
    assert read_history(path) == [FIRST, SECOND, FIRST]


@pytest.mark.parametrize("text", ["", "[]", '{"decisions": [{"as_of": "2024-06-01"}]}', '{"decisions": 7}'])
def test_a_damaged_history_is_refused_by_name(tmp_path, text):
    (tmp_path / "history.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"history\.json is not a history of decisions; restore it from git"):
        read_history(tmp_path / "history.json")


def test_a_decision_is_remembered_with_the_figures_of_all_dates():
    pooled = {"customers": 10, "log_loss": 0.5, "auc": 0.8, "ece": 0.01, "brier": 0.2}
    assert figures_of({"pooled": pooled}) == {"customers": 10, "log_loss": 0.5, "auc": 0.8, "ece": 0.01}


def test_reasons_are_printed_whole(tmp_path, capsys):
    (tmp_path / "models").mkdir()
    words = [f"word{n}" for n in range(100)]
    enter(tmp_path / "models/history.json", replace(FIRST, reason=" ".join(words)))
    show(tmp_path)
    said = capsys.readouterr().out.split()
    assert [word for word in said if word.startswith("word")] == words


def decided(decision: str, champion: str | None, reason: str = "") -> Entry:
    return Entry("2024-08-01", champion or "none", decision, reason, champion, "A", {})


@pytest.mark.parametrize(
    ("decisions", "why"),
    [
        ([], ""),
        ([("promoted", "old"), ("promoted", "new")], ""),
        ([("promoted", "old"), ("promoted", "new"), ("rolled back", "old", "odd lists")], "odd lists"),
        # gone forward again, by rolling back a second time or by force
        ([("promoted", "new"), ("rolled back", "old", "odd lists"), ("rolled back", "new", "a mistake")], ""),
        ([("promoted", "new"), ("rolled back", "old", "odd lists"), ("forced", "new", "mended")], ""),
        # what happened to others since changes nothing
        ([("promoted", "new"), ("rolled back", "old", "odd lists"), ("refused", "old"), ("promoted", "newest")], "odd lists"),
        # to have no champion for a while says nothing against any
        ([("promoted", "new"), ("cleared", None)], ""),
        ([("cleared", None), ("rolled back", "new")], ""),
    ],
)
def test_a_model_that_was_rolled_back_from_is_remembered_until_it_is_champion_again(decisions, why):
    assert taken_back([decided(*one) for one in decisions], "new") == why
