"""Lists, judged rows and figures -> the view model, and the view model -> one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from pipeline.config import Config, Definition
from pipeline.personal import is_contact
from pipeline.report import figures, words
from pipeline.report.contest import AtDate, Contestant, contestants, dates, verdict
from pipeline.report.drivers import Driver, Driving, drivers, driving, repeated
from pipeline.report.earnings import worth
from pipeline.report.headline import Headline, foreseen, headline, learned, level
from pipeline.report.lifetime_value import predicted_lifetime_value
from pipeline.report.pictures import Picture, pictures, profit_picture
from pipeline.report.retention import Retention, retention
from pipeline.report.segments import Measured, Segment, measured, revenue_of, segments

LISTED = 50
DIGITS_OF_CHECKSUM = 16


@dataclass(frozen=True)
class Material:
    """What the page is made from: frames and plain values as the stages before wrote them; `judged` are those of all dates."""

    customers: pd.DataFrame
    judged: pd.DataFrame
    gain: pd.DataFrame
    reliability: pd.DataFrame
    importance: pd.DataFrame
    profit: pd.DataFrame
    manifest: Mapping[str, Any]
    metrics: Mapping[str, Any]
    ingest: Mapping[str, Mapping[str, Any]]
    plan: Mapping[str, Any]
    kpis: Mapping[str, Any]
    source: str


@dataclass(frozen=True)
class Customer:
    """One of the riskiest; None where a value is not known."""

    customer_id: str
    probability: float
    risk_score: float
    segment: str
    recency_days: float | None
    orders: float | None
    revenue: float | None
    value_at_risk: float | None


@dataclass(frozen=True)
class Status:
    """Customers of one status, their share of all known, and why they have it."""

    name: str
    customers: int
    share: float
    why: str


@dataclass(frozen=True)
class Account:
    """Where the raw rows of one table went; `rules` are those that were broken, with the rows that broke them."""

    table: str
    rows_in: int
    accepted: int
    merged: int
    left_out: int
    quarantined: int
    rules: tuple[tuple[str, int], ...]
    span: str


@dataclass(frozen=True)
class View:
    """Everything the template shows, computed; the template only places it."""

    headline: Headline
    segments: tuple[Segment, ...]
    test: Measured | None
    test_date: str
    level: str
    pictures: tuple[Picture, ...]
    grade: str | None
    grade_reason: str
    contestants: tuple[Contestant, ...]
    dates: tuple[AtDate, ...]
    slices: tuple[Mapping[str, Any], ...]
    verdict: str
    draws: int
    learned: str
    drivers: tuple[Driver, ...]
    driving: tuple[Driving, ...]
    repeated: str
    worth: str
    riskiest: tuple[Customer, ...]
    riskiest_words: str
    retention: Retention
    statuses: tuple[Status, ...]
    accounts: tuple[Account, ...]
    definitions: tuple[tuple[str, str], ...]
    starts: str
    leaving: str
    example: int
    checksum: str


def view(material: Material, config: Config) -> View:
    """Compute what the page says from what the stages wrote."""
    manifest, metrics, bands = material.manifest, material.metrics, config.campaign.bands
    t, test = date.fromisoformat(manifest["snapshot_date"]), metrics["test"]
    scored = material.customers[material.customers["status"] == "scored"]
    rows, latest = contestants(metrics), material.judged[material.judged["t"] == pd.Timestamp(test["t"])]
    whole = measured(latest)
    of_profit = profit_picture(material.profit, metrics["profit"])
    return View(
        headline=headline(material.customers, manifest, material.source, config.definition, bands),
        segments=segments(scored, latest, bands),
        test=whole,
        test_date=words.day(date.fromisoformat(test["t"])),
        level=" ".join(filter(None, (level(whole), foreseen(metrics["level"]["today"])))),
        pictures=(*pictures(material.gain, material.reliability, scored, float(test["churn_rate"])), *of_profit),
        grade=metrics["grade"],
        grade_reason=metrics["grade_reason"],
        contestants=rows,
        dates=dates(metrics),
        slices=tuple(metrics["slices"]),
        verdict=verdict(rows),
        draws=config.evaluate.bootstrap_draws,
        learned=learned(
            material.plan["origins"][0]["train"], test["t"], judged=metrics["model_version"], scoring=manifest["model_version"]
        ),
        drivers=drivers(material.importance, config),
        driving=driving(metrics["explanation"], config),
        repeated=repeated(metrics["explanation"]),
        worth=worth(metrics["value"]),
        riskiest=_riskiest(scored),
        riskiest_words=_riskiest_words(scored),
        retention=retention(material.kpis, predicted_lifetime_value(scored, material.metrics["value"])),
        statuses=_statuses(manifest["status"], config.definition),
        accounts=tuple(_account(table, account) for table, account in material.ingest.items()),
        definitions=_definitions(config.definition, t),
        starts=words.day(words.window(config.definition, t)[0]),
        leaving=words.leaving(config.definition),
        example=round(100 * bands.critical),
        checksum=manifest["files"]["customers.csv"]["sha256"][:DIGITS_OF_CHECKSUM],
    )


def _riskiest(scored: pd.DataFrame) -> tuple[Customer, ...]:
    """An id that is an e-mail address or a telephone number is not shown: its line in the list is named instead."""
    columns = ["customer_id", "churn_probability", "risk_score", "risk_segment", "recency_days", "orders_count", "revenue_total"]
    columns.append("value_at_risk")
    plain = scored.head(LISTED)[columns].astype(object)
    plain["customer_id"] = [
        f"line {line} of customers.csv" if is_contact(name) else name for line, name in enumerate(plain["customer_id"], start=2)
    ]
    return tuple(Customer(*row) for row in plain.where(plain.notna(), None).itertuples(index=False, name=None))


def _riskiest_words(scored: pd.DataFrame) -> str:
    money, everything = revenue_of(scored.head(LISTED)), revenue_of(scored)
    if money is None or not everything or everything < 0:
        return "The top of the list, riskiest first."
    return (
        f"Together they brought {words.number(money)} in revenue to date, {words.percent(money / everything, 1)} of that of all "
        "scored customers: probability says how likely, revenue how much."
    )


def _statuses(status: Mapping[str, int], definition: Definition) -> tuple[Status, ...]:
    """The scored first, then by size."""
    known = max(sum(status.values()), 1)
    order = sorted(status, key=lambda name: (name != "scored", -status[name], name))
    return tuple(Status(words.title(name), status[name], status[name] / known, words.status(name, definition)) for name in order)


def _account(table: str, account: Mapping[str, Any]) -> Account:
    rules = sorted(account["quarantined"].items(), key=lambda item: (-item[1], item[0]))
    days = [words.day(date.fromisoformat(account[end][:10])) for end in ("first", "last") if account.get(end)]
    return Account(
        table=words.title(table),
        rows_in=account["rows_in"],
        accepted=account["accepted"],
        merged=account["merged"],
        left_out=account["left_out"] + account["forgotten"],
        quarantined=sum(account["quarantined"].values()),
        rules=tuple((words.title(rule), count) for rule, count in rules),
        span=" to ".join(days),
    )


def _definitions(definition: Definition, t: date) -> tuple[tuple[str, str], ...]:
    start, end = (words.day(when) for when in words.window(definition, t))
    return (
        ("Leaving (churn)", words.churn(definition)),
        ("At risk", words.at_risk(definition)),
        ("The days that count", f"{definition.horizon_days} days: from {start} to {end}, both included."),
        ("Time to act", words.gap(definition)),
        (
            "Risk score",
            "The customer's place in today's list: 100 is the riskiest, 50 the middle, 0 the safest. It is not a probability.",
        ),
        ("Revenue to date", "Sales less returns so far, in the currency of the source. It is not what would be lost."),
        (
            "Value at risk",
            "The probability of leaving times the margin expected of the customer if they stay: what is lost on average if "
            "nothing is done. What contacting somebody saves of it is another question.",
        ),
    )


def render(view: View) -> str:
    """The page as HTML: everything inlined, every value escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {name: getattr(words, name) for name in ("number", "percent", "decimal", "short", "signed", "title")}
    css = Markup((folder / "page.css").read_text(encoding="utf-8"))  # noqa: S704 (the project's own file)
    return environment.get_template("page.html").render(view=view, css=css, risk=figures.RISK) + "\n"
