"""params.yaml -> one frozen, typed object; the only place that reads it, once per command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from pipeline.config.campaign_section import Campaign
from pipeline.config.key_types import Count, Date, Days, Names, PositiveDays, Section, Share, Windows
from pipeline.config.source_section import Source
from pipeline.errors import ConfigError

PARAMS = Path("params.yaml")


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
    origins: Count
    stride_days: PositiveDays
    min_history_days: Days
    max_stale_days: Days
    max_rows: Count


class Features(Section):
    """Look-back windows in days, attributes that are features, and features to bring in or leave out by name."""

    windows: Windows
    attributes: Names
    include: Names
    exclude: Names

    @model_validator(mode="after")
    def _said_once(self) -> Features:
        if len(set(self.windows)) < len(self.windows):
            raise ValueError("features.windows: give each number of days once")
        both = sorted(set(self.include) & set(self.exclude))
        if both:
            raise ValueError(f"{both[0]!r} is in include and in exclude; name it once")
        return self


class Model(Section):
    """The classifier: `params` go to LightGBM as they are.

    With `monotone` the trees keep the directions that the catalogue declares. With `early_stopping_rounds` the number of trees is
    that beyond which so many more do not help on dates before the oldest test date, and `rounds` is not read.
    """

    name: Literal["lightgbm"]
    rounds: Count
    early_stopping_rounds: Count | None
    monotone: bool
    params: dict[str, int | float | str | bool]


class Search(Section):
    """How many recipes are tried, the one of `model` first; 0: none, that one is taken."""

    trials: Annotated[int, Field(ge=0, le=10_000)]


class Train(Section):
    """How the classifier is trained, and below how many customers at risk it is not.

    With `half_life_days` a row so many days older than another counts half as much.
    """

    min_customers: Count
    half_life_days: PositiveDays | None
    search: Search


class Evaluate(Section):
    """How the model is judged."""

    calibration_bins: Annotated[int, Field(ge=2)]
    bootstrap_draws: Count
    slices: Names


class Value(Section):
    """What a customer who stays is worth: the margin of so many days, or of the churn horizon.

    `margin_share` of an amount counts where a source has no margin; without it only margins count.
    """

    days: PositiveDays | None
    margin_share: Share | None


def _as_period(value: object) -> object:
    if (isinstance(value, int) and value > 0) or value in ("week", "month", "quarter", "year"):
        return value
    raise ValueError("give week, month, quarter, year or a number of days")


class Kpis(Section):
    """Periods and dimensions of the retention figures, and what they should be."""

    period: Annotated[Literal["week", "month", "quarter", "year"] | PositiveDays, BeforeValidator(_as_period)]
    dimensions: Names
    point_value: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None
    targets: dict[str, Annotated[float, Field(allow_inf_nan=False)]]


class Promotion(Section):
    """What a fresh model has to show against the champion: log loss within half of `margin`, or better with another recipe.

    A champion whose data are older than `max_age_days` only has to be matched.
    """

    margin: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    max_age_days: PositiveDays


class Monitor(Section):
    """At which share of looks at a company where nothing changes the monitor may give an alarm."""

    false_alarms: Annotated[float, Field(gt=0, lt=0.5)]


class Retrain(Section):
    """Commands of the shell that `churn retrain` runs when it has ended: well, or otherwise."""

    on_success: str | None
    on_failure: str | None


class Tracking(Section):
    """Name of the MLflow experiment."""

    experiment: str


class Config(Section):
    """Everything a run is told."""

    seed: Annotated[int, Field(ge=0, lt=2**31)]
    locale: Literal["en", "it"]
    source: Source
    definition: Definition
    snapshots: Snapshots
    features: Features
    model: Model
    train: Train
    evaluate: Evaluate
    value: Value
    kpis: Kpis
    campaign: Campaign
    promotion: Promotion
    monitor: Monitor
    retrain: Retrain
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
    except (yaml.YAMLError, ValueError, RecursionError, IsADirectoryError) as error:
        line = " ".join(str(error).split())[:200]
        raise ConfigError(f"{path} is not YAML ({line}); run `churn compose` to write it again") from None
    return validate(raw, str(path))
