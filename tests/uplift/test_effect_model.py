"""The effect of each customer: ridge against an account in plain algebra, its bounds, its file, and honest folds."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pipeline.errors import DataUnfitError
from pipeline.uplift import effect_model
from pipeline.uplift.cross_fitted import FOLDS, cross_fitted, fit, folds
from pipeline.uplift.effect_model import EffectModel, fit_effect
from pipeline.uplift.randomised import randomised
from tests.uplift.trials import nothing, planted, trial


def test_a_penalty_is_chosen_by_leaving_out_each_row_in_turn(monkeypatch):
    monkeypatch.setattr(effect_model, "PENALTIES", (0.01, 0.3, 10.0))
    generator = np.random.default_rng(1)
    columns = generator.standard_normal((40, 3))
    columns -= columns.mean(axis=0)
    score = columns @ [0.4, 0.0, 0.0] + generator.standard_normal(40)

    def slopes(x, z, penalty):
        return np.linalg.solve(x.T @ x / 40 + penalty * np.eye(3), x.T @ z / 40)

    errors = {}
    for penalty in (0.01, 0.3, 10.0):
        hat = 1 / 40 + columns @ np.linalg.solve(columns.T @ columns / 40 + penalty * np.eye(3), columns.T) / 40
        fitted = hat @ score
        errors[penalty] = np.square((score - fitted) / (1 - np.diag(hat))).sum()
    best = min(errors, key=errors.get)
    assert effect_model._shrunk(columns, score) == pytest.approx(slopes(columns, score - score.mean(), best))


def test_scores_without_a_pattern_give_everybody_the_mean():
    rows = trial(200, 1, nothing)
    model = fit_effect(rows, np.tile([1.0, -0.6], 100))
    assert model.mean == pytest.approx(0.2)
    assert model.effect(rows) == pytest.approx(np.full(200, 0.2))


def test_an_effect_stays_within_what_a_customers_own_chance_allows():
    rows = trial(3, 1, nothing).assign(churn_probability=[0.1, 0.5, 0.9])
    high = fit_effect(rows, np.full(3, 0.3))
    low = fit_effect(rows, np.full(3, -0.3))
    assert high.effect(rows).tolist() == [0.1, 0.3, 0.3]
    assert low.effect(rows) == pytest.approx([-0.3, -0.3, -0.1])


def test_unknown_words_and_numbers_are_at_the_mean():
    rows = trial(300, 1, planted)
    model = fit_effect(rows, planted(rows))
    strange = rows.head(1).assign(orders_count=np.nan, lifecycle="unheard_of")
    assert np.isfinite(model.effect(strange)).all()


def test_a_model_is_read_as_it_was_written_and_damage_is_told(tmp_path):
    rows = trial(300, 1, planted)
    model = fit_effect(rows, planted(rows), ("reward",))
    model.save(tmp_path)
    assert EffectModel.load(tmp_path) == model
    first = (tmp_path / "effect.json").read_bytes()
    model.save(tmp_path)
    assert (tmp_path / "effect.json").read_bytes() == first
    body = json.loads(first) | {"mean": 0.9}
    (tmp_path / "effect.json").write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(DataUnfitError, match="not those their checksum names"):
        EffectModel.load(tmp_path)


def test_rows_of_a_customer_share_a_fold_and_newcomers_move_nobody():
    one, again = trial(100, 1, nothing), trial(100, 1, nothing, since="2024-09-01")
    found = randomised([one, again], {})
    fold = folds(found, "1/uplift")
    assert (fold[:100] == fold[100:]).all()
    assert sorted(set(fold)) == list(range(FOLDS))
    assert (folds(randomised([one, trial(50, 2, nothing)], {}), "1/uplift")[:100] == fold[:100]).all()


def test_neither_a_customers_own_outcome_nor_a_later_one_reaches_their_effect_or_the_models_of_their_score():
    rows = trial(600, 1, planted)
    found = randomised([rows], {})
    fold = folds(found, "1/uplift")
    ours, sooner, later = fold == 2, (fold == 1), fold > 2
    turned = randomised([rows.assign(churned=rows["churned"] ^ ours)], {})
    before, after = cross_fitted(found, 1), cross_fitted(turned, 1)
    assert np.isnan(before.effect[fold == 0]).all()
    assert (before.effect[sooner | ours] == after.effect[sooner | ours]).all()
    assert (before.score[sooner] == after.score[sooner]).all()
    assert (before.effect[later] != after.effect[later]).any()
    a, e = found.contacted.astype(float), found.chance
    moved = (a - e) / (e * (1 - e)) * (turned.stayed - found.stayed)
    assert after.score[ours] == pytest.approx((before.score + moved)[ours])


def test_of_an_offer_that_has_few_rows_in_earlier_folds_their_models_do_not_speak():
    """A fifth of 500 rows is held out, a hundred in five folds: 20 before the first that is judged, some 80 before the last."""
    rows = trial(2500, 1, nothing)
    rows.loc[:499, "offer"] = "new"
    found = randomised([rows], {})
    cross, new = cross_fitted(found, 1), (found.rows["offer"] == "new").to_numpy()
    spoken_of = [cross.spoken_of[new & (cross.fold == one)].tolist() for one in range(FOLDS)]
    assert [set(said) for said in spoken_of] == [{False}, {False}, {False}, {True}, {True}]
    assert cross.spoken_of[~new & (cross.fold > 0)].all()


def test_offers_with_few_rows_are_not_spoken_of():
    rows = trial(1000, 1, nothing)
    rows.loc[:80, "offer"] = "rare"
    assert fit(randomised([rows], {}), 1).offers == ("reward",)
