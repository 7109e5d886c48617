"""The keys of the configuration: their types from the schema, their defaults and comments from configs/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DEFAULTS = {"": "defaults.yaml", "model.": "model/lightgbm.yaml", "campaign.": "campaign/default.yaml"}
COMMENTED_KEY = re.compile(r"( *)(\w+):[^#]*?(?:#\s*(.+))?")


def read(path: Path) -> Any:
    """A YAML file as plain values."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def defaults(configs: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Default values below configs/ and the comments beside them, by full key."""
    values: dict[str, Any] = {}
    comments: dict[str, str] = {}
    for prefix, name in DEFAULTS.items():
        values |= dict(leaves(read(configs / name), prefix))
        path: list[str] = []
        for match in map(COMMENTED_KEY.fullmatch, (configs / name).read_text(encoding="utf-8").splitlines()):
            indent, key, comment = match.groups() if match else ("", "", "")
            path = [*path[: len(indent) // 2], key]
            comments[prefix + ".".join(path)] = comment or ""
    return values, comments


def leaves(tree: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Full keys and values of a tree; a list or an empty mapping is a value."""
    for key, value in tree.items():
        yield from leaves(value, f"{prefix}{key}.") if isinstance(value, dict) and value else [(f"{prefix}{key}", value)]


def keys_of(declared: dict[str, Any], named: dict[str, Any], key: str) -> Iterator[tuple[str, str, str]]:
    """Keys, their types and what their declaration says of them.

    A section is its keys, a map its entries (`NAME`), a list of sections the keys of one.
    """
    inner = declared.get("additionalProperties") or declared.get("items") or {}
    sections = [one for one in declared.get("anyOf", ()) if "$ref" in one]  # a section that may be null
    if sections:
        yield from keys_of(sections[0], named, key)
    elif "$ref" in declared:
        yield from keys_of(named[declared["$ref"].split("/")[-1]], named, f"{key}.")
    elif "properties" in declared:
        for name, part in declared["properties"].items():
            yield from keys_of(part, named, f"{key}{name}")
    elif inner.get("items") or "$ref" in inner or "anyOf" in inner:
        yield from keys_of(inner, named, key if "items" in declared else f"{key}.NAME")
    else:
        yield key, _kind(declared), declared.get("description", "")


def _kind(declared: dict[str, Any]) -> str:
    if "anyOf" in declared:
        return " or ".join(_kind(one) for one in declared["anyOf"])
    if "enum" in declared or "const" in declared:
        return " or ".join(declared.get("enum", [declared.get("const")]))
    word = declared.get("format") or {"string": "text", "array": "list", "object": "map"}.get(declared["type"], declared["type"])
    inner = declared.get("items") or declared.get("additionalProperties")
    limits = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {declared[limit]:g}" for limit, sign in limits.items() if limit in declared]
    return ", ".join([f"{word} of {_kind(inner)}" if inner else word, *bounds])
