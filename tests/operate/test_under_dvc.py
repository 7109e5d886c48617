"""Which folders DVC is told of, and what is said where it cannot be."""

from pathlib import Path

import pytest

from pipeline.errors import DataUnfitError, ServiceError
from pipeline.model.champion import Champion, scoring_model, write_champion
from pipeline.operate import under_dvc
from pipeline.operate.under_dvc import bring_champion, bring_deliveries, keep_champion, keep_deliveries
from tests.conftest import config_of

VERSION = "20250701-2457b0f0"
KNOWN = f"models/registry/{VERSION}.dvc"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with DVC and a champion."""
    for folder in (".dvc", f"models/registry/{VERSION}", "data/deliveries"):
        (tmp_path / folder).mkdir(parents=True)
    write_champion(tmp_path / "models/champion.json", Champion(VERSION))
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What DVC was asked for."""
    words: list[str] = []
    monkeypatch.setattr(under_dvc, "_dvc", lambda given, _: words.append(" ".join(given)))
    return words


def test_a_champion_is_told_once(project, asked):
    assert keep_champion(project) == []
    (project / KNOWN).touch()
    assert keep_champion(project) == []
    assert asked == [f"add --quiet models/registry/{VERSION}"]


@pytest.mark.parametrize("lacking", [".dvc", f"models/registry/{VERSION}", "models/champion.json"])
def test_what_is_not_here_is_not_told(project, asked, lacking):
    place = project / lacking
    place.rmdir() if place.is_dir() else place.unlink()
    assert keep_champion(project) == []
    assert asked == []


def test_the_archive_is_told_only_where_someone_chose_to_share_it(project, asked):
    keep_deliveries(project)
    assert asked == []
    (project / "data/deliveries.dvc").touch()
    keep_deliveries(project)
    assert asked == ["add --quiet data/deliveries"]


def test_where_dvc_is_busy_the_line_says_what_makes_up_for_it(project, monkeypatch):
    monkeypatch.setattr(under_dvc, "_dvc", lambda *_: "Unable to acquire lock")
    place = f"models/registry/{VERSION}"
    assert keep_champion(project) == [f"{place} is not under DVC yet (Unable to acquire lock); `dvc add {place}` makes up for it"]


def test_a_champion_that_is_not_here_is_pulled_where_dvc_knows_it(project, asked, monkeypatch):
    assert bring_champion(project) == []
    (project / f"models/registry/{VERSION}").rmdir()
    assert bring_champion(project) == [], "it may be in another clone"
    (project / KNOWN).touch()
    assert bring_champion(project) == [f"the champion {VERSION} was not here; it was pulled"]
    assert asked == [f"pull --quiet {KNOWN}"]
    monkeypatch.setattr(under_dvc, "_dvc", lambda *_: "No remote provided")
    with pytest.raises(ServiceError, match=r"is not in models/registry, and `dvc pull` cannot bring it: No remote provided"):
        bring_champion(project)


def test_a_shared_archive_is_pulled_where_there_is_none(project, asked):
    (project / "data/deliveries").rmdir()
    assert bring_deliveries(project) == [], "nobody chose to share it"
    (project / "data/deliveries.dvc").touch()
    assert bring_deliveries(project) == ["the archive of deliveries was not here; it was pulled"]
    assert asked == ["pull --quiet data/deliveries.dvc"]


def test_the_score_says_how_the_champion_comes_here(project):
    (project / f"models/registry/{VERSION}").rmdir()
    (project / KNOWN).touch()
    with pytest.raises(DataUnfitError, match=rf"`dvc pull .*{VERSION}\.dvc` brings it"):
        scoring_model(Champion(VERSION), project / "models/registry", project / "no", config_of(), None)  # type: ignore[arg-type]
