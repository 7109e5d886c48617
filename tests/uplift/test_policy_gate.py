"""Whether lists may go by an effect: literal policies, planned looks, noise refused, a planted effect accepted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.config.allocation_section import Detectable
from pipeline.figure_files import sealed
from pipeline.uplift.cross_fitted import fit
from pipeline.uplift.policy_gate import Look, compared, fewest, lacking, latest_look, pays
from pipeline.uplift.randomised import randomised
from pipeline.uplift.whether_used import judged
from tests.uplift.trials import nothing, planted, trial

ALL = np.ones(40, dtype=bool)
ASKED = Detectable(effect=0.1, alpha=0.05, power=0.8)


def test_nobody_is_contacted_against_the_effect_or_for_less_than_it_costs():
    found = randomised([trial(4, 1, nothing)], {"reward": 0.5})
    # what stayers bring beside: (1 − .5) × .5 × 100 − 1 = 24
    assert found.besides.tolist() == [24.0] * 4
    assert pays(np.array([0.1, 0.0, -0.01, -0.5]), found).tolist() == [True, True, False, False]
    plain = randomised([trial(3, 1, nothing)], {})
    assert pays(np.array([0.02, 0.01, 0.005]), plain).tolist() == [True, False, False]


def test_what_the_policy_brings_is_what_those_left_alone_would_have_lost():
    found = randomised([trial(4, 1, nothing)], {})
    score, effect = np.array([1.0, 0.5, -0.5, -1.5]), np.array([0.2, 0.2, -0.2, -0.2])
    made = compared(found, score, effect, ALL[:4], Look(0, 4), samples=50, seed=1)
    # gains of contacting 99, 49, −51, −151; the last two are left alone
    assert (made.difference, made.all, made.left_alone) == ((51 + 151) / 4, (99 + 49 - 51 - 151) / 4, 0.5)
    assert 0 <= made.low <= made.low_95 <= made.difference <= made.high_95 <= made.high
    assert made.level == 0.025


def test_both_policies_contact_whoever_has_an_offer_that_the_model_does_not_speak_of():
    found = randomised([trial(4, 1, nothing)], {})
    score, effect = np.array([1.0, 0.5, -0.5, -1.5]), np.array([0.2, 0.2, -0.2, -0.2])
    made = compared(found, score, effect, np.array([True, True, True, False]), Look(0, 4), samples=50, seed=1)
    assert (made.difference, made.left_alone) == (51 / 4, 0.25)


@pytest.mark.parametrize("arm", [True, False])
@pytest.mark.parametrize(("stayed", "left", "fewest_of_them"), [(10, 10, 10), (9, 90, 9), (90, 9, 9), (90, 0, 0)])
def test_a_handful_left_alone_proves_nothing(arm, stayed, left, fewest_of_them):
    """Each of 300 left alone would lose the same, so the interval lies above 0; one arm of them stayed and left so often."""
    at = np.arange(400)
    ours = at < stayed + left
    fate = np.where(ours, at < stayed, at % 2 == 0).astype(float)
    found = replace(randomised([trial(400, 1, nothing)], {}), contacted=ours == arm, stayed=fate)
    effect = np.where(at < 300, -0.2, 0.2)
    made = compared(found, np.where(effect < 0, -0.5, 0.5), effect, np.ones(400, bool), Look(0, 400), samples=50, seed=1)
    assert made.low > 0
    enough = fewest_of_them >= 10
    assert (made.fewest_left_alone, made.better, made.handful) == (fewest_of_them, enough, not enough)


def test_ends_of_the_interval_cut_half_the_level_each():
    """A thousand who gain one or lose one alike, the mean 0: ends of the normal curve at 1.25 % and 2.5 %."""
    found = replace(randomised([trial(1000, 1, nothing)], {}), besides=np.zeros(1000), worth=np.ones(1000))
    score = np.where(np.arange(1000) % 2, 1.0, -1.0)
    made = compared(found, score, np.full(1000, -0.2), np.ones(1000, bool), Look(0, 1000), samples=10_000, seed=1)
    ends = np.array([made.low, made.low_95, made.high_95, made.high]) * np.sqrt(1000)
    assert ends == pytest.approx([-2.2414, -1.96, 1.96, 2.2414], rel=0.05)


def test_customers_of_several_rows_are_drawn_whole():
    """Twenty customers of five equal rows each: the interval is that of twenty, five draws of one are no more than one."""
    rows = pd.concat([trial(20, 1, nothing, since=f"2024-0{month}-01") for month in range(1, 6)], ignore_index=True)
    found = randomised([rows], {})
    score = np.where(found.customer % 2, -1.5, 0.5)
    made = compared(found, score, np.full(100, -0.2), np.ones(100, bool), Look(0, 100), samples=2000, seed=1)
    spread = np.std(-(score * found.worth + found.besides)[:20])
    assert (made.high_95 - made.low_95) / (2 * 1.96 * spread / np.sqrt(20)) == pytest.approx(1, abs=0.1)


def test_without_money_saves_are_compared():
    rows = trial(4, 1, nothing).assign(expected_value=np.nan, expected_cost=np.nan)
    found = randomised([rows], {"reward": 0.5})
    made = compared(
        found, np.array([1.0, 1.0, -1.0, -1.0]), np.array([0.1, -0.1, -0.1, 0.1]), ALL[:4], Look(0, 4), samples=10, seed=1
    )
    assert not found.with_money
    assert (made.difference, made.all) == (0.0, 0.0)


def test_a_policy_that_leaves_nobody_alone_is_not_better():
    found = randomised([trial(40, 1, nothing)], {})
    made = compared(found, np.ones(40), np.full(40, 0.5), ALL, Look(0, 40), samples=10, seed=1)
    assert (made.difference, made.low, made.better) == (0, 0, False)


@pytest.mark.parametrize(("rows", "seen"), [(99, None), (100, (0, 100)), (199, (0, 100)), (200, (1, 200)), (450, (2, 400))])
def test_looks_are_planned_and_stand_until_the_next(rows, seen):
    days = [trial(25, day, nothing, since=f"2024-03-{day + 1:02d}") for day in range(18)]
    found = randomised(days, {}).taken(np.arange(rows))
    look = latest_look(found, 100)
    assert (look and (look.number, look.rows)) == seen


def test_a_day_of_draws_is_seen_whole():
    days = [trial(30, day, nothing, since=f"2024-03-{day + 1:02d}") for day in range(5)]
    assert latest_look(randomised(days, {}), 100) == Look(0, 120)


def test_the_levels_of_all_looks_add_up_to_one_in_twenty():
    levels = [Look(number, 1).level for number in range(10_000)]
    assert levels[0] == 0.025
    assert sum(levels) == pytest.approx(0.05, rel=1e-3)
    assert sum(levels) < 0.05


def test_the_least_number_is_that_of_two_proportions_around_a_half():
    # Fleiss, Tytun & Ury for .5 against .4 with a fifth held out
    assert fewest(randomised([trial(100, 1, nothing)], {}), ASKED) == 1202
    assert fewest(randomised([], {}), ASKED) is None


def test_looks_stay_where_they_were_planned_when_less_is_held_out_later():
    """400 a day, the first four days with a fifth held out, then a tenth: at 1,202, 2,404 and 4,808 rows, whole days."""
    days = [trial(400, day, nothing, since=f"2024-03-{day + 1:02d}", held_out=0.2 if day < 4 else 0.1) for day in range(13)]
    known = [randomised(days[: day + 1], {}) for day in range(13)]
    assert {fewest(found, ASKED) for found in known} == {1202}
    looks = [latest_look(found, fewest(found, ASKED)) for found in known]
    assert looks == [None] * 3 + [Look(0, 1600)] * 3 + [Look(1, 2800)] * 6 + [Look(2, 5200)]


def test_arms_in_which_nearly_everybody_stays_tell_nothing():
    rows = trial(400, 1, nothing)
    assert lacking(randomised([rows.assign(churned=False)], {})) == "0 of the arm contact left, 25 are needed"
    assert lacking(randomised([rows], {})) is None


def test_before_the_first_look_there_is_no_model_and_a_reason():
    told, model = judged(randomised([trial(300, 1, planted)], {}), ASKED, seed=1)
    assert (told["used"], told["verdict"], model) == (False, "few", None)
    assert told["why"] == "300 draws for contact or hold-out matured, 1,202 are needed"
    told, model = judged(randomised([], {}), ASKED, seed=1)
    assert (told["used"], told["verdict"], told["rows"], model) == (False, "nobody", 0, None)


def test_a_planted_effect_is_found_and_used():
    found = randomised([trial(2500, 1, planted)], {})
    told, model = judged(found, ASKED, seed=1)
    assert (told["used"], told["verdict"], told["unit"]) == (True, "used", "money")
    assert 0.25 < told["policy"]["left_alone"] < 0.6
    assert told["policy"]["low"] > 0
    assert told["qini"]["low"] > 0
    right = np.sign(model.effect(found.rows)) == np.sign(planted(found.rows))
    assert right.mean() > 0.85
    assert told["draws"] == [
        {"since": "2024-03-01", "contact": int(found.contacted.sum()), "holdout": int((~found.contacted).sum())}
    ]
    assert sealed(told) == sealed(judged(found, ASKED, seed=1)[0])


def test_harm_done_by_an_offer_that_the_model_does_not_speak_of_opens_no_gate():
    """Lists contact whoever has the rare offer all the same, so leaving them alone is nothing that lists would do."""

    def rare_harm(rows):
        return np.where(np.arange(len(rows)) < 200, -0.45, 0.2)

    rows = trial(2500, 1, rare_harm)
    rows.loc[:199, "offer"] = "rare"  # a fifth of them held out: 40, and 50 are asked for
    found = randomised([rows], {})
    told, model = judged(found, ASKED, seed=1)
    assert (told["verdict"], model.offers) == ("not_better", ("reward",))
    assert told["policy"]["left_alone"] < 0.01
    assert (model.effect(found.rows[:200]) < 0).mean() > 0.9


def test_a_verdict_of_a_handful_is_told_as_one(monkeypatch):
    monkeypatch.setattr("pipeline.uplift.policy_gate.FEWEST_LEFT_ALONE", 10_000)
    told, _ = judged(randomised([trial(2500, 1, planted)], {}), ASKED, seed=1)
    assert (told["used"], told["verdict"]) == (False, "handful")
    assert told["policy"]["low"] > 0
    assert f"but in an arm only {told['policy']['fewest_left_alone']} of them stayed or left" in told["why"]


def test_the_decision_is_of_the_look_and_the_model_of_all_rows():
    first, later = trial(1300, 1, planted), trial(700, 2, planted, since="2024-03-08")
    found = randomised([first, later], {})
    told, model = judged(found, ASKED, seed=1)
    only, of_the_look = judged(randomised([first], {}), ASKED, seed=1)
    assert (told["look"]["rows"], told["rows"]) == (1300, 2000)
    assert (told["policy"], told["why"]) == (only["policy"], only["why"])
    assert model == fit(found, 1)
    assert model.mean != of_the_look.mean


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_refused(seed):
    """Contacts change nothing and cost nothing: leaving some alone can only look better by chance."""
    rows = trial(1300, seed, nothing).assign(expected_cost=0.0)
    told, model = judged(randomised([rows], {}), ASKED, seed=seed)
    assert (told["used"], told["verdict"]) == (False, "not_better")
    assert model is not None
