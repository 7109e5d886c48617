"""The champion pointer: which model scores; a small file in git that names a version and the checksum of its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from pipeline.config import Config
from pipeline.disk import from_here, write_text
from pipeline.errors import ConfigError, DataUnfitError
from pipeline.model.booster import ChurnModel
from pipeline.model.saved import checksum_of, load, version_of
from pipeline.model.simple import SimpleModel


@dataclass(frozen=True)
class Champion:
    """`version` names a folder of the registry; None while nothing was promoted. `sha256` is that of the files that score."""

    version: str | None = None
    previous: str | None = None
    sha256: str | None = None


def read_champion(path: Path) -> Champion:
    """The pointer; a missing file is an empty one. Raises DataUnfitError when it cannot be read."""
    if not path.exists():
        return Champion()
    try:
        champion = Champion(**json.loads(path.read_text(encoding="utf-8")))
        if not all(text is None or isinstance(text, str) for text in asdict(champion).values()):
            raise TypeError("versions and checksums are text")
    except (ValueError, TypeError):
        raise DataUnfitError(f"{path} is not a champion pointer; restore it from git") from None
    return champion


def write_champion(path: Path, champion: Champion) -> None:
    """Replace the pointer in one step."""
    write_text(path, json.dumps(asdict(champion), indent=2) + "\n")


def scoring_model(
    champion: Champion, registry: Path, challenger: Path, config: Config, t: date
) -> tuple[ChurnModel | SimpleModel, str, str]:
    """The model that scores at `t`, its version, and its role: the champion if there is one, else the fresh challenger.

    Raises DataUnfitError when the champion's files are missing or changed, ConfigError when it was trained for another source
    or churn definition, or knows what happened after `t`.
    """
    if champion.version is None:
        return load(challenger, "ship"), version_of(challenger), "challenger"
    registry = from_here(registry)
    folder = registry / champion.version
    if not folder.is_dir():
        known = registry / f"{champion.version}.dvc"
        how = f"`dvc pull {known}` brings it" if known.exists() else "bring that folder or promote again"
        raise DataUnfitError(f"the champion {champion.version} is not in {registry}; {how}")
    model = load(folder, "ship")
    if version_of(folder) != champion.version or champion.sha256 not in (None, checksum_of(folder)):
        raise DataUnfitError(f"the files in {folder} are not those that were promoted; bring the right ones or promote again")
    theirs = (model.about["source"], model.about["definition"])
    if theirs != (config.source.name, config.definition.model_dump()):
        raise ConfigError(
            f"the champion {champion.version} was trained for source={theirs[0]} with another source or churn definition than "
            "params.yaml; run `churn promote --clear` to score with the fresh model, or `churn compose` to go back"
        )
    if date.fromisoformat(model.about["known_until"]) > t:
        raise ConfigError(
            f"the champion {champion.version} knows what happened until {model.about['known_until']}, after snapshots.as_of={t}; "
            "run `churn promote --clear` to score with the fresh model, or `churn backfill` to replay the past"
        )
    return model, champion.version, "champion"
