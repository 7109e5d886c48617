"""params.yaml -> one frozen, typed object; the only place that reads it, once per command."""

from __future__ import annotations

import codecs
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipeline.contract.tables import TABLES
from pipeline.errors import ConfigError
from pipeline.personal import kind_of_name

PARAMS = Path("params.yaml")
UNPIVOTED = ("name", "value")
PASSWORD = re.compile(r"://[^/@]*:[^/]*@|[?&;]\s*(password|pwd)=", re.IGNORECASE)


class Section(BaseModel):
    """A part of the configuration: frozen, no unknown keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _as_date(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Date = Annotated[date, BeforeValidator(_as_date)]
Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=0, le=36_525)]  # a hundred years: beyond it dates themselves end
PositiveDays = Annotated[int, Field(ge=1, le=36_525)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
Windows = Annotated[tuple[PositiveDays, ...], BeforeValidator(_as_tuple), Field(min_length=2)]
Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


Format = Literal["csv", "parquet", "excel", "json", "lines"]


def _as_encoding(value: object) -> object:
    try:
        return codecs.lookup(value).name if isinstance(value, str) and not "".encode(value) else value
    except (LookupError, UnicodeError):
        raise ValueError(f"{value!r} is no encoding; give utf-8, latin-1, windows-1252, utf-16, …") from None


def _as_zone(value: object) -> object:
    try:
        return ZoneInfo(value).key if isinstance(value, str) else value
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone; give a name such as Europe/Rome, or UTC") from None


Encoding = Annotated[str, BeforeValidator(_as_encoding)]
Zone = Annotated[str, BeforeValidator(_as_zone)]


class Input(Section):
    """Where the rows of a mapping or lookup come from, and how they were written.

    Either `path`, files below `source.path`, or `query`, an SQL query to `source.database`.
    """

    path: str | None = None
    query: str | None = None
    format: Format | None = None
    sheet: str | Names | None = None
    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Input:
        if (self.path is None) == (self.query is None):
            raise ValueError("give either `path` (files below source.path) or `query` (to source.database)")
        return self

    @property
    def origin(self) -> str:
        """What messages call it."""
        return self.path if self.path is not None else "query"


class Lookup(Input):
    """A second input joined to the first by equal columns `key`, which must be unique in it, so rows never multiply."""

    key: Names


class Mapping(Input):
    """One input and how its columns become a canonical table (DuckDB SQL over the raw columns)."""

    decimal: Literal[".", ","] | None = None
    time_format: str | None = None
    time_zone: Zone | None = None
    lookups: dict[str, Lookup] = Field(default_factory=dict)
    columns: dict[str, str]
    unpivot: dict[str, str] = Field(default_factory=dict)
    where: str | None = None

    @model_validator(mode="after")
    def _expressions_say_something(self) -> Mapping:
        for key, expressions in (("columns", self.columns), ("unpivot", self.unpivot)):
            for name, expression in expressions.items():
                if not expression.strip():
                    raise ValueError(f"{key}.{name} is empty; give a column, an expression, or leave the key out")
                if re.search(r"\bunnest\s*\(", expression, re.IGNORECASE):
                    raise ValueError(f"{key}.{name}: unnest makes several rows of one; use `unpivot`, or a file of its own")
        return self

    @property
    def mapped(self) -> tuple[str, ...]:
        """The canonical columns this mapping fills."""
        return tuple(self.columns) + (UNPIVOTED if self.unpivot else ())


class Simulate(Section):
    """Size of a simulated world; only the demo source has one."""

    customers: Count
    months: Annotated[int, Field(ge=6)]


def _as_mappings(value: object) -> object:
    return (value,) if isinstance(value, dict) else _as_tuple(value)


Mappings = Annotated[tuple[Mapping, ...], BeforeValidator(_as_mappings), Field(min_length=1)]


class Source(Section):
    """Where the raw data is and what it means."""

    name: str
    path: str
    sector: str | None
    database: str | None
    time_zone: Zone
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None
    first_day: Date
    last_day: Date | None
    pseudonym_key: str | None
    simulate: Annotated[dict[str, Simulate], Field(max_length=1)]
    static_attributes: Names
    tables: dict[str, Mappings]

    @model_validator(mode="after")
    def _tables_and_columns_are_canonical(self) -> Source:
        for table, mappings in self.tables.items():
            if table not in TABLES:
                raise ValueError(f"tables.{table}: no such canonical table; there are {', '.join(TABLES)}")
            for mapping in mappings:
                if mapping.unpivot and table != "attributes":
                    raise ValueError(f"tables.{table}.unpivot: only attributes have names and values to unpivot into")
                if self.database is None and any(one.query for one in (mapping, *mapping.lookups.values())):
                    raise ValueError(
                        f"tables.{table}.query needs source.database; give a URL, or env:NAME of a variable that holds one"
                    )
                TABLES[table].check_mapping(mapping.mapped)
        if self.database is not None and PASSWORD.search(self.database):
            raise ValueError("database holds a password; put the URL in an environment variable and give database: env:NAME")
        for name in self.static_attributes:
            if kind := kind_of_name(name):
                raise ValueError(f"static_attributes: {name!r} looks personal ({kind}), which is never a feature; remove it")
        if "transactions" not in self.tables:
            raise ValueError("tables.transactions is missing; it is the one table every source needs")
        return self


class Definition(Section):
    """What churn means here (docs/definitions.md)."""

    kind: Literal["purchase", "activity", "renewal"]
    horizon_days: PositiveDays
    active_days: PositiveDays
    gap_days: Days
    grace_days: Days
    min_tenure_days: Days


class Snapshots(Section):
    """Which dates the customers are looked at."""

    as_of: Date | None
    count: Count
    stride_days: PositiveDays
    min_history_days: Days
    max_stale_days: Days


class Features(Section):
    """Look-back windows in days, and features to leave out by name."""

    windows: Windows
    exclude: Names

    @model_validator(mode="after")
    def _windows_differ(self) -> Features:
        if len(set(self.windows)) < len(self.windows):
            raise ValueError("features.windows: give each number of days once")
        return self


class Model(Section):
    """The classifier: `params` go to LightGBM as they are."""

    name: Literal["lightgbm"]
    rounds: Count
    params: dict[str, int | float | str | bool]


class Evaluate(Section):
    """How the model is judged."""

    calibration_bins: Annotated[int, Field(ge=2)]
    bootstrap_draws: Count


class Bands(Section):
    """Lower bounds on churn_probability; below `medium` is `low`."""

    critical: Share
    high: Share
    medium: Share

    @model_validator(mode="after")
    def _fall(self) -> Bands:
        if not self.critical > self.high > self.medium:
            raise ValueError("campaign.bands must fall: critical > high > medium")
        return self


class Campaign(Section):
    """Bands, and who is meant to be contacted with what."""

    bands: Bands
    segments: Names
    offer: str
    channel: Literal["email", "sms", "phone", "push"]
    holdout_share: Annotated[float, Field(ge=0, lt=1)]


def _as_period(value: object) -> object:
    if isinstance(value, int) or value in ("week", "month", "quarter", "year"):
        return value
    raise ValueError("give week, month, quarter, year or a number of days")


class Kpis(Section):
    """Periods and dimensions of the retention figures, and what they should be."""

    period: Annotated[Literal["week", "month", "quarter", "year"] | PositiveDays, BeforeValidator(_as_period)]
    dimensions: Names
    point_value: Annotated[float, Field(gt=0)] | None
    targets: dict[str, float]


class Tracking(Section):
    """Name of the MLflow experiment."""

    experiment: str


class Config(Section):
    """Everything a run is told."""

    seed: Annotated[int, Field(ge=0, lt=2**31)]
    source: Source
    definition: Definition
    snapshots: Snapshots
    features: Features
    model: Model
    evaluate: Evaluate
    kpis: Kpis
    campaign: Campaign
    tracking: Tracking

    @model_validator(mode="after")
    def _sections_agree(self) -> Config:
        unknown = set(self.campaign.segments) - {"critical", "high", "medium", "low"}
        if unknown:
            raise ValueError(f"campaign.segments: {sorted(unknown)[0]!r} is no risk segment; give critical, high, medium or low")
        return self


def validate(raw: object, origin: str) -> Config:
    """Turn plain YAML values into a `Config`; the first wrong key or value becomes one line naming it."""
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        first, *others = error.errors()
        where = ".".join(str(part) for part in first["loc"]) or "(top)"
        more = f" (and {len(others)} more)" if others else ""
        raise ConfigError(f"{origin}: {where}: {_sentence(first)}{more}") from None


def _sentence(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return "no such key; remove it or correct its spelling"
    if error["type"] == "missing":
        return "missing"
    given = error.get("input")
    return message if isinstance(given, (dict, list, tuple)) else f"{message}; given {given!r}"


def load(path: Path = PARAMS) -> Config:
    """Read and validate the committed parameters."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} is missing; run `churn compose` in the project's folder to write it") from None
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
        IsADirectoryError,
    ) as error:
        line = " ".join(str(error).split())[:200]
        raise ConfigError(f"{path} is not YAML ({line}); run `churn compose` to write it again") from None
    return validate(raw, str(path))
