"""Which series may alarm how easily, and what the verdict makes of it."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from pipeline.monitor.checks import COLUMNS, SHARES, Series, compared_outcomes, moved, weights_of
from pipeline.monitor.hindsight import Hindsight
from pipeline.monitor.intake import intake
from pipeline.monitor.snapshot_series import unseen
from pipeline.monitor.summaries import KNOWN, UNSEEN
from pipeline.monitor.verdict import age, verdict

DAYS = tuple(date(2024, 1, 1) + timedelta(days=30 * place) for place in range(12))


def series(*columns: tuple[str, str, list[float]], variance: float = 1e-6) -> Series:
    values = np.array([column[2] for column in columns]).T
    return Series(DAYS, tuple((column[0], column[1]) for column in columns), values, np.full(values.shape, variance))


def test_the_false_alarms_of_all_checks_are_those_asked_for():
    assert sum(SHARES.values()) == pytest.approx(1)


def test_half_of_the_weight_goes_by_what_the_model_looks_at():
    names = [("orders", "a"), ("orders", "b"), ("tier", "a"), ("visits", "a")]
    found = weights_of(names, {"orders": 0.9, "tier": 0.1})
    assert found == pytest.approx([(1 / 6 + 0.45) / 2, (1 / 6 + 0.45) / 2, 1 / 6 + 0.05, 1 / 6])
    assert weights_of(names[1:], {}) == pytest.approx([1 / 3, 1 / 3, 1 / 3])


def test_what_moved_is_found_and_what_moves_always_is_not():
    calm, wild = [0.5, 0.51] * 5 + [0.5, 0.8], [0.1, 0.9] * 6
    found = moved(series(("visits", KNOWN, calm), ("season", KNOWN, wild)), None, {"visits": 1.0}, DAYS[:8], 30, 0.05)
    alarms = found[found["alarm"].astype(bool)]
    assert set(alarms["subject"]) == {"visits"}
    first = alarms[alarms["check"] == "features"].iloc[0]
    assert (first["today"], first["usual"]) == (0.8, pytest.approx(0.5))
    inside = (found["low"] <= found["today"]) & (found["today"] <= found["high"])
    assert inside.tolist() == (~found["alarm"].astype(bool)).tolist()


def test_odds_alarm_outside_of_what_is_explained_and_of_a_level_there_is_its_own_uncertainty_only():
    one = Hindsight(DAYS[3], "snapshot", 900, 0.4, 0.38, -0.3, 0.75, 1.6, 0.1, 6.0, 0.0018)
    level, calibration = compared_outcomes([one], 0.05).to_dict("records")
    assert (level["alarm"], calibration["alarm"]) == (False, True)
    assert np.isnan([level["low"], level["high"]]).all()
    assert (calibration["low"], calibration["high"]) == (pytest.approx(0.523, abs=0.001), pytest.approx(1.477, abs=0.001))


def test_words_never_seen_alarm_where_there_were_hardly_any_before():
    rare, new = [0.0] * 11 + [0.004], [0.0] * 11 + [0.2]
    usual = [0.1] * 11 + [0.15]
    found = unseen(series(("rare", UNSEEN, rare), ("tier", UNSEEN, new), ("city", UNSEEN, usual), ("tier", "gold", new)))
    assert found.loc[found["alarm"], "subject"].tolist() == ["tier"]


def test_of_words_never_seen_there_is_one_check_which_takes_no_weight_of_the_others():
    calm, new = [0.5, 0.51] * 6, [0.0] * 11 + [0.2]
    tier = series(("tier", "gold", calm), ("tier", UNSEEN, new))
    found = moved(tier, None, {}, DAYS[:3], 30, 0.05)
    assert list(zip(found["check"], found["what"], found["weight"], strict=True)) == [("features", "gold", 1.0)]
    assert unseen(tier)["alarm"].tolist() == [True]


def volumes(last: int, size: float) -> pd.DataFrame:
    rows = [1000 + 20 * (place % 3) for place in range(11)] + [last]
    sizes = [2.0 + 0.01 * (place % 2) for place in range(11)] + [size]
    return pd.DataFrame(
        {"t": pd.to_datetime(list(DAYS)), "source": "orders", "kind": "order", "rows": rows, "sized": rows, "typical": sizes}
    ).assign(variance=1.0)


@pytest.mark.parametrize(
    ("last", "size", "alarms"), [(1010, 2.0, []), (500, 2.0, ["rows"]), (1010, 6.6, ["sizes"]), (0, 2.0, ["rows"])]
)
def test_half_the_rows_and_another_unit_alarm(last, size, alarms):
    found = intake(volumes(last, size), 30, 0.05)
    assert found.loc[found["alarm"].astype(bool), "check"].tolist() == alarms


def test_the_verdict_says_why_and_what_to_look_at_first():
    body = verdict(intake(volumes(500, 2.0), 30, 0.05), [], {}, [])
    assert (body["retrain"], body["mend_first"], body["severity"]) == (True, True, "low")
    assert body["why"] == ["not as many rows came in as usual: orders 49 % of what was expected"]
    calm, jump = [0.5, 0.51] * 6, [0.5, 0.51] * 5 + [0.5, 0.8]
    rows = moved(series(("visits", KNOWN, jump), ("orders", KNOWN, calm)), None, {"visits": 0.4}, [], 30, 0.05)
    body = verdict(rows, [], {"visits": 0.4}, [])
    assert (body["retrain"], body["mend_first"], body["severity"]) == (True, False, "high")
    assert body["why"] == [
        "moved since the snapshot before by more than ever: visits (40 % of what the model looks at); visits is known of 80.0 % "
        "instead of about 50.0 % of customers"
    ]


def test_without_an_alarm_only_age_and_a_missing_champion_ask_for_training():
    calm = pd.DataFrame(columns=list(COLUMNS))
    assert verdict(calm, [], {}, [])["why"] == ["the past is too short to tell what is usual"]
    assert not verdict(calm, [], {}, [])["retrain"]
    judged = intake(volumes(1010, 2.0), 30, 0.05)
    assert verdict(judged, [], {}, [])["why"] == ["nothing moved by more than the past explains"]
    words = unseen(series(("tier", UNSEEN, [0.0] * 12)))
    assert verdict(words, [], {}, [])["verdict"] == "unknown", "words alone are not a past"
    ended = {"code": "ended_early", "sentence": "visits end in May"}
    told = verdict(calm, [ended], {}, [])
    assert (told["retrain"], told["alarm"], told["mend_first"], told["severity"]) == (False, True, True, "low")
    assert age("20240101-a", date(2024, 1, 1), date(2024, 6, 1), 180) == []
    assert age("20240101-a", date(2024, 1, 1), date(2024, 8, 1), 180) == [
        {"code": "old", "sentence": "the champion's data are 213 days old, more than promotion.max_age_days=180"}
    ]
    said = "there is no champion yet, so the challenger scores; `churn promote` makes it the champion if it passes the gates"
    none = [{"code": "no_champion", "sentence": said}]
    assert age(None, date(2024, 1, 1), date(2024, 1, 1), 180) == none
    told = verdict(calm, [], {}, none)
    assert (told["retrain"], told["alarm"], told["due"], told["why"]) == (True, False, none, [said])
