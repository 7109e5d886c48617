"""The section `source` of the configuration: where raw data is, and how each input becomes a canonical table."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from pipeline.config.key_types import Count, Date, Encoding, Names, Section, Steps, Zone, as_tuple
from pipeline.contract.tables import TABLES
from pipeline.personal import kind_of_name

UNPIVOTED = ("name", "value")
# Whatever stands between :// and the last @ and has a colon in it, or is named like a secret, also percent-encoded.
PASSWORD = re.compile(r"://[^@\s]*:[^\s]*@|(password|passwd|pwd|token|secret)\s*(=|%3D)", re.IGNORECASE)

Format = Literal["csv", "parquet", "excel", "json", "lines"]


class Input(Section):
    """Where the rows of a mapping or lookup come from, and how they were written.

    Either `path`, files below `source.path`, or `query`, an SQL query to `source.database`.
    """

    path: str | None = Field(default=None, description="file, or pattern such as 2024/*.csv, below source.path")
    query: str | None = Field(default=None, description="SQL to source.database, in place of a path")
    format: Format | None = Field(default=None, description="null: by the ending of the path")
    sheet: str | Names | None = Field(
        default=None, description="of a workbook; several are read one after the other; null: the first; '*': all"
    )
    encoding: Encoding = Field(default="utf-8", description="of text files; utf-8 where nothing is said")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        default=None, description="of CSV; null: found out"
    )

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

    key: Names = Field(description="columns of both by which it is joined; unique in the lookup")


class Mapping(Input):
    """One input and how its columns become a canonical table (DuckDB SQL over the raw columns)."""

    decimal: Literal[".", ","] | None = Field(
        None, description="decimal mark of numbers in text, then also grouped ones: 1.234,56; null: a point"
    )
    time_format: str | None = Field(
        default=None, description="how times are written, in the words of strptime, e.g. %d/%m/%Y; null: ISO"
    )
    time_zone: Zone | None = Field(default=None, description="of times without an offset; null: that of the source")
    lookups: dict[str, Lookup] = Field(default_factory=dict)
    columns: dict[str, str] = Field(description="canonical column: column of the file, or SQL over its columns")
    unpivot: dict[str, str] = Field(
        default_factory=dict, description="attributes only; name of the fact: column or SQL, a row each"
    )
    where: str | None = Field(default=None, description="SQL; rows of which it is not true are left out, and counted")

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

    customers: Count = Field(description="customers of the simulated company")
    months: Annotated[int, Field(ge=6, description="months of its history")]
    later_months: Annotated[int, Field(ge=0, le=120)] = Field(
        default=0, description="months of 30 days that passed since, in which those were contacted whom deliveries said"
    )


def _as_mappings(value: object) -> object:
    return (value,) if isinstance(value, dict) else as_tuple(value)


Mappings = Annotated[tuple[Mapping, ...], BeforeValidator(_as_mappings), Field(min_length=1)]


class Source(Section):
    """Where the raw data is and what it means."""

    name: str = Field(description="what the source is called; a champion of another one does not score")
    path: str = Field(description="folder of its files; anywhere on the machine")
    sector: str | None = Field(description="the sector it suggests to `churn compose`")
    database: str | None
    time_zone: Zone
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None
    first_day: Date
    last_day: Date | None
    pseudonym_key: str | None
    simulate: Annotated[dict[str, Simulate], Field(max_length=1)]
    static_attributes: Names = Field(description="undated facts that never change, such as a birth year, and may be features")
    reward_points: Steps
    tier_spending: Steps
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
