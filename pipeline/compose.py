"""Hydra groups + saved choices -> params.yaml, as `dvc exp run` would compose them; the choices stay in configs/config.yaml."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from pipeline import config as configuration
from pipeline import disk
from pipeline.errors import ConfigError

CHOICES = Path("configs/config.yaml")
SET_ASIDE = Path(".params.before.partial")  # params.yaml, while a run is as of another day
GROUPS = ("source", "sector", "model", "campaign", "experiment")


def composed(folder: Path, overrides: list[str] | None = None) -> str:
    """The text of params.yaml: the saved choices in `folder`/config.yaml, with Hydra `overrides` on top."""
    try:
        with initialize_config_dir(str(folder.resolve()), version_base=None):
            config = hydra_compose(config_name="config", overrides=overrides or [])
        missing = sorted(OmegaConf.missing_keys(config))
        if missing:
            raise ConfigError(f"{missing[0]} must be given: churn compose {missing[0]}=VALUE")
        OmegaConf.resolve(config)
        return str(OmegaConf.to_yaml(config))
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(_one_line(error)) from None


def _one_line(error: BaseException) -> str:
    if not str(error).strip():  # Hydra wraps some errors in an empty one
        return _one_line(error.__cause__) if error.__cause__ else f"the choices do not compose ({type(error).__name__})"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [
        line
        for line in lines
        if not line.startswith(("See ", "full_key", "object_type", "set_struct", "Available", "Config search"))
    ]
    options = [line for line in kept[1:] if "/" not in line and len(line.split()) == 1]
    keys = [line.removeprefix("full_key: ") + ":" for line in lines if line.startswith("full_key: ")]
    return " ".join(dict.fromkeys(keys[:1] + kept[:2] + options))


def choose(words: list[str], root: Path = Path()) -> list[str]:
    """Save `group=choice` and `key=value` words in config.yaml, write params.yaml, and return what to tell the user.

    Nothing is written unless the result is valid. A new source, model or campaign drops what was saved below it; a new sector or
    experiment drops the saved keys which it sets itself, and a sector brings its playbook. What remains saved is told.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1000
    path = root / CHOICES
    try:
        choices: CommentedMap = yaml.load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, YAMLError) as error:
        raise ConfigError(f"{path}: not readable ({' '.join(str(error).split())[:200]}); restore it from git") from None
    if not isinstance(choices, dict) or not isinstance(choices.get("defaults"), list):
        raise ConfigError(f"{path}: the list of `defaults` is missing; restore it from git")
    said: list[str] = []
    pairs = [_pair(word) for word in words]
    for group, option in ((key, value) for key, value in pairs if key in GROUPS):
        said += _choose_group(choices, group, option, root, {key for key, _ in pairs})
    suggested = _suggested_sector(pairs, root)
    if suggested:
        said += _choose_group(choices, "sector", suggested, root, {key for key, _ in pairs})
        said.append(f"sector={suggested} is what this source suggests; name a sector to choose another")
    said += _follow_sector(choices, pairs, suggested, root)
    said += _surviving(choices, {key for key, _ in pairs})
    for key, value in ((key, value) for key, value in pairs if key not in GROUPS):
        _set(choices, key.split("."), _value(yaml, key, value))
    buffer = io.StringIO()
    yaml.dump(choices, buffer)
    text = _composed_with(buffer.getvalue(), root)
    configuration.validate(OmegaConf.to_object(OmegaConf.create(text)), "configuration")
    folder = OmegaConf.create(text).source
    if not folder.simulate and not (root / folder.path).is_dir():
        said.append(f"source.path: there is no folder {folder.path} yet; `dvc repro` needs it")
    disk.write_text(path, buffer.getvalue())
    disk.write_text(root / configuration.PARAMS, text)
    (root / SET_ASIDE).unlink(missing_ok=True)  # what a killed run would put back is of older choices
    return said


def _pair(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals or not key:
        raise ConfigError(f"{word!r}: write group=choice or key=value, e.g. source=cdnow definition.horizon_days=60")
    return key.strip(), value


def _value(yaml: YAML, key: str, text: str) -> Any:
    try:
        return yaml.load(text)
    except YAMLError as error:
        raise ConfigError(f"{key}={text}: not a value of YAML ({' '.join(str(error).split())}); quote it") from None


def _choose_group(choices: CommentedMap, group: str, option: str, root: Path, given: set[str]) -> list[str]:
    available = options(group, root)
    if option not in available:
        raise ConfigError(f"{group}={option}: no such choice; there are {', '.join(available)}")
    for entry in choices["defaults"]:
        if isinstance(entry, dict) and group in entry:
            entry[group] = option
    preset = _preset(group, option, root)
    if set(preset) == {group}:  # the group's own section: what was saved there was said of another choice
        saved = {group: choices.pop(group)} if group in choices else {}
        dropped = [key for key, leaf in _keys(saved).items() if leaf]
    else:
        dropped = [key for key, leaf in _keys(preset).items() if _drop(choices, key.split("."), whole=leaf)]
    return [f"{key}: your saved value gives way to that of {group}={option}" for key in dropped if key not in given]


def _surviving(choices: CommentedMap, given: set[str]) -> list[str]:
    """What was saved before and still goes over the presets, but for what is given anew."""
    saved = {key: choices[key] for key in choices if key != "defaults"}
    kept = sorted(key for key, leaf in _keys(saved).items() if leaf and key not in given)
    return [f"still saved, over what the presets say: {', '.join(kept)}"] if kept else []


def options(group: str, root: Path = Path()) -> list[str]:
    """The choices of a group."""
    return sorted(file.stem for file in (root / CHOICES).parent.joinpath(group).glob("*.yaml"))


def _preset(group: str, option: str, root: Path) -> dict[str, Any]:
    """What a group's choice sets, as full keys."""
    path = (root / CHOICES).parent / group / f"{option}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
        body = YAML(typ="safe").load(text) or {}
    except (ValueError, YAMLError) as error:
        raise ConfigError(f"{path}: not readable as YAML ({' '.join(str(error).split())[:200]}); correct it") from None
    if not isinstance(body, dict):
        raise ConfigError(f"{path}: not a mapping of keys to values; correct it")
    return body if "@package _global_" in text else {group: body}


def _suggested_sector(pairs: list[tuple[str, str]], root: Path) -> str | None:
    chosen = dict(pairs)
    if "source" not in chosen or "sector" in chosen:
        return None
    sector = _preset("source", chosen["source"], root)["source"].get("sector")
    return sector if isinstance(sector, str) else None


def _follow_sector(choices: CommentedMap, pairs: list[tuple[str, str]], suggested: str | None, root: Path) -> list[str]:
    """A new sector brings its playbook, unless the company named one or has one of its own."""
    chosen, listed = dict(pairs), [entry for entry in choices["defaults"] if isinstance(entry, dict) and "campaign" in entry]
    sector, playbooks = chosen.get("sector") or suggested, options("campaign", root)
    if sector is None or "campaign" in chosen or not listed:
        return []
    present, wanted = listed[0]["campaign"], sector if sector in playbooks else "default"
    if present == wanted or present not in ("default", *options("sector", root)):
        return []
    said = _choose_group(choices, "campaign", wanted, root, set(chosen))
    return [*said, f"campaign={wanted} is the playbook of sector={sector}; name a campaign to choose another"]


def _keys(tree: dict[str, Any], prefix: str = "") -> dict[str, bool]:
    """Every key below a tree, deepest first, and whether it is a leaf: a value, a list or an empty mapping."""
    found = {}
    for key, value in tree.items():
        found[f"{prefix}{key}"] = not (isinstance(value, dict) and value)
        if isinstance(value, dict):
            found |= _keys(value, f"{prefix}{key}.")
    return dict(sorted(found.items(), key=lambda item: -item[0].count(".")))


def _drop(tree: Any, path: list[str], whole: bool) -> bool:
    """Remove a value (a branch only if `whole`) and the branches it leaves empty; True when something was there."""
    head, *rest = path
    if not isinstance(tree, dict) or head not in tree:
        return False
    if not rest:
        if isinstance(tree[head], dict) and not whole:
            return False
        del tree[head]
        return True
    dropped = _drop(tree[head], rest, whole)
    if dropped and tree[head] == {}:
        del tree[head]
    return dropped


def _set(tree: CommentedMap, path: list[str], value: Any) -> None:
    for part in path[:-1]:
        if not isinstance(tree.get(part), dict):
            tree[part] = CommentedMap()
        tree = tree[part]
    tree[path[-1]] = value


def _composed_with(choices: str, root: Path) -> str:
    """Compose with other choices than the saved ones, without touching them."""
    from shutil import copytree
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        trial = Path(folder) / "configs"
        copytree((root / CHOICES).parent, trial)
        (trial / "config.yaml").write_text(choices, encoding="utf-8")
        return composed(trial)
