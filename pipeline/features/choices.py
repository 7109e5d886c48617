"""What the configuration says of features, held against those that are declared."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.config import Features
from pipeline.errors import ConfigError
from pipeline.features.spec import Feature


def refuse_unknown(features: Features, declared: tuple[Feature, ...]) -> None:
    """Raise ConfigError where a feature is included or excluded that there is not."""
    names = {feature.name for feature in declared}
    for key, named in (("include", features.include), ("exclude", features.exclude)):
        if set(named) - names:
            unknown = sorted(set(named) - names)[0]
            raise ConfigError(f"features.{key}: there is no feature {unknown!r}; docs/reference/features.md lists them")


def left_out(declared: tuple[Feature, ...], personal: Mapping[str, str]) -> str:
    """The features that do not exist because the attribute they read looks like personal data."""
    needed = {need.removeprefix("attributes:") for feature in declared for need in feature.needs if ":" in need}
    refused = [f"{name} looks like {kind}" for name, kind in personal.items() if name in needed]
    return f"{', '.join(refused)}: left out as personal" if refused else ""
