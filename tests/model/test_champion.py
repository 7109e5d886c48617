import json
import shutil
from datetime import date

import pytest

from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.booster import fit
from pipeline.model.champion import Champion, read_champion, scoring_model, write_champion
from pipeline.model.saved import checksum_of, version_of

TODAY = date(2024, 7, 1)


@pytest.fixture(scope="module")
def trained(world, catalog, tmp_path_factory):
    """A challenger's folder, trained for the definition of the test configuration."""
    folder = tmp_path_factory.mktemp("models") / "challenger"
    folder.mkdir()
    definition = {"kind": "purchase", "horizon_days": 60, "active_days": 365, "gap_days": 0, "grace_days": 14}
    about = {
        "source": "shop",
        "definition": definition | {"min_tenure_days": 0},
        "first_day": "2022-07-02",
        "active_days": 365,
        "label_days": 60,
        "known_until": "2024-06-01",
        "as_of": "2024-06-01",
    }
    model = fit(world({"2024-01-01": 0.0}), catalog, {"num_leaves": 4}, rounds=5, seed=0, about=about)
    for name in ("ship", "twin"):
        model.save(folder, name)
    return folder


@pytest.fixture
def registry(trained, tmp_path):
    """A registry that holds the trained model under its version."""
    folder = tmp_path / "registry"
    shutil.copytree(trained, folder / version_of(trained))
    return folder


def test_a_pointer_reads_as_it_was_written(tmp_path):
    path = tmp_path / "champion.json"
    champion = Champion("20240601-0123abcd", "20240501-89abcdef", "0123abcdef")
    write_champion(path, champion)
    assert read_champion(path) == champion
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "version": "20240601-0123abcd",
        "previous": "20240501-89abcdef",
        "sha256": "0123abcdef",
    }


def test_writing_a_pointer_leaves_nothing_else_behind(tmp_path):
    write_champion(tmp_path / "champion.json", Champion("a"))
    write_champion(tmp_path / "champion.json", Champion("b", "a"))
    assert [path.name for path in tmp_path.iterdir()] == ["champion.json"]
    assert read_champion(tmp_path / "champion.json") == Champion("b", "a")


def test_a_missing_pointer_is_an_empty_one(tmp_path):
    assert read_champion(tmp_path / "champion.json") == Champion(None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '["a", "b"]',
        '{"model": "a"}',
        '{"version": 7}',
        '{"version": "a", "previous": ["b"]}',
        "\xff\xfe",
    ],
)
def test_a_corrupt_pointer_is_refused_by_name(tmp_path, text):
    (tmp_path / "champion.json").write_text(text, encoding="latin-1")
    with pytest.raises(DataUnfitError, match=r"champion\.json is not a champion pointer; restore it from git"):
        read_champion(tmp_path / "champion.json")


def test_without_a_champion_the_challenger_scores(trained, tmp_path, configure):
    model, version, role = scoring_model(Champion(), tmp_path / "nowhere", trained, configure(), TODAY)
    assert (version, role) == (version_of(trained), "challenger")
    assert model.about["source"] == "shop"


def test_without_a_champion_and_a_challenger_there_is_nothing_to_score_with(tmp_path, configure):
    with pytest.raises(DataUnfitError, match="not a complete model"):
        scoring_model(Champion(), tmp_path / "registry", tmp_path / "challenger", configure(), TODAY)


def test_the_champion_scores_even_when_the_challenger_is_missing(trained, registry, tmp_path, configure):
    version = version_of(trained)
    model, found, role = scoring_model(Champion(version), registry, tmp_path / "nowhere", configure(), TODAY)
    assert (found, role) == (version, "champion")
    assert model.about["as_of"] == "2024-06-01"


def test_a_champion_that_is_not_in_the_registry_is_unfit_data(trained, registry, configure):
    with pytest.raises(DataUnfitError, match="the champion 20230101-00000000 is not in"):
        scoring_model(Champion("20230101-00000000"), registry, trained, configure(), TODAY)


def test_a_missing_registry_is_unfit_data(trained, tmp_path, configure):
    with pytest.raises(DataUnfitError, match="bring that folder or promote again"):
        scoring_model(Champion("20230101-00000000"), tmp_path / "registry", trained, configure(), TODAY)


@pytest.mark.parametrize("name", ["ship.txt", "ship.json"])
def test_a_champion_without_one_of_its_files_is_unfit_data(trained, registry, configure, name):
    (registry / version_of(trained) / name).unlink()
    with pytest.raises(DataUnfitError, match="not a complete model"):
        scoring_model(Champion(version_of(trained)), registry, trained, configure(), TODAY)


def test_a_champion_whose_files_were_exchanged_for_another_whole_model_is_unfit_data(trained, registry, configure):
    version = version_of(trained)
    (registry / version).rename(registry / "20240601-ffffffff")
    with pytest.raises(DataUnfitError, match="not those that were promoted"):
        scoring_model(Champion("20240601-ffffffff"), registry, trained, configure(), TODAY)


def test_a_champion_of_another_checksum_than_its_pointer_names_is_unfit_data(trained, registry, configure):
    version, checksum = version_of(trained), checksum_of(trained)
    assert scoring_model(Champion(version, None, checksum), registry, trained, configure(), TODAY)[1] == version
    with pytest.raises(DataUnfitError, match="not those that were promoted"):
        scoring_model(Champion(version, None, checksum[:-1] + "x"), registry, trained, configure(), TODAY)


def test_a_champion_never_scores_a_day_whose_future_it_knows(trained, registry, configure):
    champion = Champion(version_of(trained))
    assert scoring_model(champion, registry, trained, configure(), date(2024, 6, 1))[2] == "champion"
    with pytest.raises(ConfigError, match=r"knows what happened until 2024-06-01, after snapshots\.as_of=2024-05-31"):
        scoring_model(champion, registry, trained, configure(), date(2024, 5, 31))


def test_a_champion_whose_levels_were_changed_is_unfit_data(trained, registry, configure):
    path = registry / version_of(trained) / "ship.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(body | {"levels": {"2024-01-01": 3.0}}), encoding="utf-8")
    with pytest.raises(DataUnfitError, match="20240601-"):
        scoring_model(Champion(version_of(trained)), registry, trained, configure(), TODAY)


@pytest.mark.parametrize(
    "other",
    [{"definition": {"horizon_days": 90}}, {"definition": {"kind": "activity"}}, {"source": {"name": "another shop"}}],
)
def test_a_champion_of_another_source_or_definition_is_wrong_configuration(trained, registry, configure, other):
    with pytest.raises(ConfigError, match="trained for source=shop"):
        scoring_model(Champion(version_of(trained)), registry, trained, configure(**other), TODAY)


def test_a_champion_may_score_under_other_settings_that_do_not_change_what_churn_means(trained, registry, configure):
    config = configure(model={"rounds": 7}, evaluate={"calibration_bins": 3}, snapshots={"count": 2})
    assert scoring_model(Champion(version_of(trained)), registry, trained, config, TODAY)[2] == "champion"
