"""The history of decisions: added to, never twice, never rewritten."""

import pytest

from pipeline.errors import DataUnfitError
from pipeline.promotion.history import Entry, enter, figures_of, read_history

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
