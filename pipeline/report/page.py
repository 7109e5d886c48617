"""Lists, judged rows and figures -> the view model, and the view model -> one self-contained HTML page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from pipeline.config import Config
from pipeline.reasons.phrases import Locale
from pipeline.report import figures, meanings
from pipeline.report.accounts import Account, Status, account, statuses
from pipeline.report.contest import AtDate, Contestant, contestants, dates, verdict
from pipeline.report.corrected import Corrected, corrected, rates_used
from pipeline.report.customer_table import Table, customer_table, first_to_look_at
from pipeline.report.drivers import Driver, Driving, drivers, driving, repeated
from pipeline.report.earnings import worth
from pipeline.report.fit import Fit, fit
from pipeline.report.headline import Headline, foreseen, headline, learned, level
from pipeline.report.lifetime_value import predicted_lifetime_value
from pipeline.report.lists_told import Lists, Size, TopReason, Turnover, lists, sizes, top_reasons, turnover
from pipeline.report.pictures import Picture, pictures, profit_picture
from pipeline.report.recut import Recut, recut
from pipeline.report.recut_picture import Drawing, as_json, drawing_of
from pipeline.report.retention import Retention, retention
from pipeline.report.segments import Measured, Segment, measured, revenue_of, segments
from pipeline.report.words import Words, spoken
from pipeline.report.worked import Worked, worked

DIGITS_OF_CHECKSUM = 16
# The table of customers: columns that are shown where anybody has a value, with their headings; the last only without reasons.
HEADS = {
    "customer_id": "head.customer", "churn_probability": "head.probability", "expected_profit": "head.expected_profit",
    "value_at_risk": "head.value_at_risk", "reasons": "head.reasons", "recommended_action": "head.action",
    "channel": "head.channel", "list": "head.list", "segment": "head.segment", "risk_segment": "head.segment",
    "risk_score": "head.risk_score", "recency_days": "head.recency", "orders_count": "head.orders",
    "revenue_total": "head.revenue",
}  # fmt: skip
WITHOUT_REASONS = ("risk_score", "recency_days", "orders_count", "revenue_total")
NUMERIC = ("churn_probability", "expected_profit", "value_at_risk", *WITHOUT_REASONS)
SAID_BY_SCRIPT = {
    "customers": ("shown", "of_all", "nobody", "more", "sort_hint"),
    "recut": ("at_chosen", "customers", "profit", "more_profit", "less_profit"),
}


@dataclass(frozen=True)
class Material:
    """What the page is made from: frames and plain values as the stages before wrote them; `judged` are those of all dates.

    `kept` is the assumed chance that an offer keeps a customer, by the code of the offer.
    """

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
    outcomes: Mapping[str, Any]
    source: str
    kept: Mapping[str, float] = field(default_factory=dict)
    uplift: Mapping[str, Any] = field(default_factory=dict)
    drift: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """Everything the template shows, computed; the template only places it."""

    locale: Locale
    headline: Headline
    segments: tuple[Segment, ...]
    test: Measured | None
    test_date: str
    level: str
    lists: Lists | None
    sizes: tuple[Size, ...]
    turnover: Turnover | None
    worked: Worked | None
    corrected: tuple[Corrected, ...]
    reasoned: int
    top_reasons: tuple[TopReason, ...]
    recut: Recut | None
    drawing: Drawing | None
    table: Table
    together: str
    statuses: tuple[Status, ...]
    pictures: tuple[Picture, ...]
    grade: str | None
    grade_reason: str
    contestants: tuple[Contestant, ...]
    dates: tuple[AtDate, ...]
    slices: tuple[Mapping[str, Any], ...]
    verdict: str
    draws: int
    learned: str
    fit: Fit | None
    drivers: tuple[Driver, ...]
    driving: tuple[Driving, ...]
    repeated: str
    worth: str
    retention: Retention
    accounts: tuple[Account, ...]
    definitions: tuple[tuple[str, str], ...]
    starts: str
    leaving: str
    example: int
    checksum: str
    files: tuple[str, ...]
    heads: Mapping[str, str] = field(default_factory=lambda: HEADS)
    numeric: tuple[str, ...] = NUMERIC

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table of customers."""
        known = self.table.columns | {"customer_id"}
        absent = {"risk_segment"} if "segment" in known else {"segment"}
        absent |= set(WITHOUT_REASONS) if "reasons" in known else set()
        return tuple(column for column in self.heads if column in known - absent)

    @property
    def places(self) -> tuple[str, ...]:
        """The sections there are, in their order."""
        ours = (
            *(("lists",) if self.lists else ()),
            *(("worked",) if self.worked else ()),
            *(("recut",) if self.drawing else ()),
            "customers",
            "left_out",
        )
        return ("segments", *ours, "trust", *(("fit",) if self.fit else ()), "drivers", "retention", "rows", "reading")


def view(material: Material, config: Config) -> View:
    """Compute what the page says, in the language of the configuration, from what the stages wrote."""
    words = spoken(config.locale)
    manifest, bands, customers = material.manifest, config.campaign.bands, material.customers
    t, test = date.fromisoformat(manifest["snapshot_date"]), material.metrics["test"]
    scored = customers[customers["status"] == "scored"]
    latest = material.judged[material.judged["t"] == pd.Timestamp(test["t"])]
    whole, curve = measured(latest), recut(customers, rates_used(manifest, material.kept))
    reasoned, most = top_reasons(customers, meanings.reason_titles(config, words))
    said = (level(whole, words), foreseen(material.metrics["level"]["today"], words))
    return View(
        locale=config.locale,
        headline=headline(customers, manifest, material.source, config.definition, bands, words),
        segments=segments(scored, latest, bands, words),
        test=whole,
        test_date=words.day(date.fromisoformat(test["t"])),
        level=" ".join(filter(None, said)),
        lists=lists(customers, manifest, words),
        sizes=sizes(manifest, words),
        turnover=turnover(manifest, words),
        worked=worked(material.outcomes, words, material.uplift),
        corrected=corrected(manifest, config.campaign.playbook, words),
        reasoned=reasoned,
        top_reasons=most,
        recut=curve,
        drawing=drawing_of(curve, words) if curve else None,
        table=customer_table(customers, words),
        together=_together(customers, scored, words),
        statuses=statuses(customers, manifest, config.definition, words),
        retention=retention(material.kpis, words, predicted_lifetime_value(scored, material.metrics["value"], words)),
        accounts=tuple(account(table, told, words) for table, told in material.ingest.items()),
        definitions=meanings.definitions(config.definition, t, words),
        starts=words.day(meanings.window(config.definition, t)[0]),
        leaving=meanings.leaving(config.definition, words),
        example=round(100 * bands.critical),
        checksum=manifest["files"]["customers.csv"]["sha256"][:DIGITS_OF_CHECKSUM],
        files=tuple(name for name in manifest["files"] if name not in ("customers.csv", "assignments.csv")),
        **_of_the_model(material, scored, config, words),
    )


def _of_the_model(material: Material, scored: pd.DataFrame, config: Config, words: Words) -> dict[str, Any]:
    """How good the model is and what it looks at."""
    metrics = material.metrics
    rows, test = contestants(metrics, words), metrics["test"]
    train = material.plan["origins"][0]["train"]
    return {
        "pictures": (
            *pictures(material.gain, material.reliability, scored, float(test["churn_rate"]), words),
            *profit_picture(material.profit, metrics["profit"], words),
        ),
        "grade": metrics["grade"],
        "grade_reason": metrics["grade_reason"],
        "contestants": rows,
        "dates": dates(metrics, words),
        "slices": tuple(metrics["slices"]),
        "verdict": verdict(rows, words),
        "draws": config.evaluate.bootstrap_draws,
        "learned": learned(train, test["t"], words, judged=metrics["model_version"], scoring=material.manifest["model_version"]),
        "fit": fit(material.drift, config, words),
        "drivers": drivers(material.importance, config, words),
        "driving": driving(metrics["explanation"], config, words),
        "repeated": repeated(metrics["explanation"], words),
        "worth": worth(metrics["value"], words),
    }


def _together(customers: pd.DataFrame, scored: pd.DataFrame, words: Words) -> str:
    money, everything = revenue_of(first_to_look_at(customers)), revenue_of(scored)
    if money is None or not everything or everything < 0:
        return ""
    return words("customers.together", money=words.number(money), share=words.percent(money / everything, 1))


def render(view: View) -> str:
    """The page as HTML: everything inlined, every value escaped, no script but the page's own allowed to run."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder, words = Path(__file__).parent, spoken(view.locale)
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        name: getattr(words, name) for name in ("number", "counted", "percent", "decimal", "short", "signed", "title")
    }
    environment.filters |= {"foreign": words.foreign, "slice_name": lambda name: words.named("slice", name)}
    environment.globals["t"] = words.markup
    css, script = (Markup((folder / f"page.{kind}").read_text(encoding="utf-8")) for kind in ("css", "js"))  # noqa: S704 (own files)
    said = {key: words.texts[f"{section}.{key}"] for section, keys in SAID_BY_SCRIPT.items() for key in keys}
    return environment.get_template("page.html").render(
        view=view,
        css=css,
        script=script,
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
        texts=as_json(said),
        risk=figures.RISK,
    ) + "\n"  # fmt: skip
