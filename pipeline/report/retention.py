"""The section on how customers come and go: reports/kpis.json in words, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.report.pictures import Picture
from pipeline.report.retention_pictures import retention_pictures
from pipeline.report.words import NOTHING, Words

SHOWN = (
    "customers_start", "customers_acquired", "customers_reactivated", "customers_lost", "customers_end", "retention_rate",
    "churn_rate", "repeat_purchase_rate", "purchase_frequency", "average_transaction_value", "revenue_net",
    "repeat_revenue_share", "net_revenue_retention", "gross_revenue_retention", "top20_revenue_share", "clv_historical", "nps",
    "complaints_per_100", "renewal_rate", "logo_churn_rate",
)  # fmt: skip
DIFFERENCES = 10


@dataclass(frozen=True)
class Figure:
    """A figure of the last complete period as text; the interval is empty where there is none."""

    name: str
    value: str
    interval: str
    formula: str
    note: str


@dataclass(frozen=True)
class Difference:
    """What lost and retained customers differ in, as text."""

    name: str
    lost: str
    retained: str
    effect: str
    interval: str


@dataclass(frozen=True)
class Retention:
    """Everything the section shows; what the source does not carry is empty."""

    lead: str
    meaning: str
    period: str
    pictures: tuple[Picture, ...]
    figures: tuple[Figure, ...]
    targets: tuple[str, ...]
    compared: str
    differences: tuple[Difference, ...]
    reasons: tuple[tuple[str, str], ...]
    segments: tuple[tuple[str, ...], ...]
    second: str
    worth: str
    absent: str


def retention(kpis: Mapping[str, Any], words: Words, foreseen: tuple[Figure, ...] = ()) -> Retention:
    """Compute the section from what the kpis stage wrote, with what the model foresees of the same customers."""
    latest = kpis.get("latest") or {}
    figures = latest.get("figures", {})
    leaving = kpis.get("leaving", {})
    shown = (_figure(name, figures[name], kpis["metrics"][name], words) for name in SHOWN if name in figures)
    return Retention(
        lead=_lead(latest, words),
        meaning=_meaning(kpis["definition"], words) if "definition" in kpis else "",
        period=str(latest.get("period", "")),
        pictures=tuple(retention_pictures(kpis, words)),
        figures=(*shown, *foreseen),
        targets=tuple(_target(target, kpis["metrics"], words) for target in kpis.get("targets", [])),
        compared=_compared(leaving, words),
        differences=tuple(_difference(row, words) for row in leaving.get("differences", [])[:DIFFERENCES]),
        reasons=tuple((r["reason"], words.number(r["customers"])) for r in kpis.get("cancel_reasons", {}).get("reasons", [])),
        segments=_segments(kpis.get("rfm", {}), words),
        second=_second(kpis.get("second_purchase", {}), words),
        worth=_worth(kpis.get("worth", {}), kpis.get("currency"), words),
        absent=_absent(kpis.get("absent", {}), words),
    )


def _lead(latest: Mapping[str, Any], words: Words) -> str:
    rate = latest.get("figures", {}).get("retention_rate")
    if rate is None or rate["figure"] is None:
        return words("retention.none")
    flow = {name: words.number(latest["figures"][f"customers_{name}"]["figure"]) for name in ("lost", "acquired", "reactivated")}
    note = _note(rate, words)
    return words(
        "retention.lead",
        period=latest["period"],
        rate=words.percent(rate["figure"], 1),
        customers=words.number(rate["denominator"]),
        note=f" ({note})" if note else "",
        **flow,
    )


def _meaning(definition: Mapping[str, Any], words: Words) -> str:
    return words(f"retention.active_{definition['kind']}", days=definition["active_days"], horizon=definition["horizon_days"])


def _note(figure: Mapping[str, Any], words: Words) -> str:
    return ", ".join(words(f"mark.{mark}") for mark in figure["mark"].split() if f"mark.{mark}" in words.texts)


def _figure(name: str, figure: Mapping[str, Any], metric: Mapping[str, Any], words: Words) -> Figure:
    low, high = (_value(figure[end], metric["unit"], words) for end in ("low", "high"))
    interval = "" if figure["low"] is None else words("trust.span", low=low, high=high)
    return Figure(
        words.metric(name), _value(figure["figure"], metric["unit"], words), interval, metric["formula"], _note(figure, words)
    )


def _value(value: float | None, unit: str, words: Words) -> str:
    if unit == "share":
        return words.percent(value, 1)
    return words.number(value) if unit in {"customers", "money", "orders"} else words.decimal(value, 2)


def _difference(row: Mapping[str, Any], words: Words) -> Difference:
    share = row["measure"] == "risk difference"
    lost, retained = (words.percent(row[key], 1) if share else words.decimal(row[key], 2) for key in ("lost", "retained"))
    effect, low, high = (
        words.local(f"{100 * row[key]:+.1f}" if share else f"{row[key]:+.2f}") for key in ("effect", "low", "high")
    )
    name = words.written(row["words"])
    effect = words("retention.points" if share else "retention.deviations", effect=effect)
    return Difference(name[:1].upper() + name[1:], lost, retained, effect, words("trust.span", low=low, high=high))


def _compared(leaving: Mapping[str, Any], words: Words) -> str:
    if "differences" not in leaving:
        return ""
    return words(
        "retention.compared",
        lost=words.number(leaving["lost"]),
        periods=", ".join(leaving["periods"]),
        retained=words.number(leaving["retained"]),
        past=leaving["past_periods"],
        compared=leaving["compared"],
        differences=len(leaving["differences"]),
        chance=words.number(leaving["compared"] / 20),
    )


def _target(target: Mapping[str, Any], metrics: Mapping[str, Any], words: Words) -> str:
    name = words.metric(target["metric"])
    if target["status"] == "absent":
        reason = words.written(target["reason"])
        return words("retention.target_absent", name=name, target=words.local(f"{target['target']:g}"), reason=reason)
    unit = metrics[target["metric"]]["unit"]
    reached, wanted = _value(target["figure"], unit, words), _value(target["target"], unit, words)
    return words(f"retention.target_{target['status']}", name=name, reached=reached, wanted=wanted)


def _segments(rfm: Mapping[str, Any], words: Words) -> tuple[tuple[str, ...], ...]:
    """Name, customers, share of customers and revenue to date of each segment at the end of the latest period."""
    sizes = rfm.get("sizes") or []
    latest = [size for size in sizes if size["period"] == sizes[-1]["period"]]
    everybody = sum(size["customers"] for size in latest)
    return tuple(
        (
            words.named("rfm", size["segment"]), words.number(size["customers"]), words.percent(size["customers"] / everybody, 1),
            NOTHING if size["revenue"] is None else words.number(size["revenue"]),
        )
        for size in latest
        if everybody
    )  # fmt: skip


def _second(second: Mapping[str, Any], words: Words) -> str:
    within = second.get("within") or []
    if not within:
        return ""
    shares = (words("retention.within", share=words.percent(w["share"], 1), days=w["days"]) for w in within)
    return words("retention.second", customers=words.number(second["customers"]), shares=", ".join(shares))


def _worth(worth: Mapping[str, Any], currency: str | None, words: Words) -> str:
    if "retention" not in worth:
        return ""
    money = worth.get("margin") or worth["revenue"]
    unit, new = f" {currency}" if currency else "", worth["new_customers"]
    more = words.number(money["more_of_new_customers"]) if new else ""
    said = words(
        "retention.worth",
        days=worth["unit_days"],
        retention=words.percent(worth["retention"], 1),
        more=words.decimal(money["per_customer_more"], 2),
        unit=unit,
        money=words.decimal(money["per_customer"], 2),
        what=words("retention.margin" if "margin" in worth else "retention.of_revenue"),
        share=words.percent(money["more_share"], 1),
        of_new=words("retention.of_new", money=more, unit=unit, customers=words.number(new)) if new else "",
    )
    return " ".join((said, *map(words.written, worth["assumptions"])))


def _absent(absent: Mapping[str, str], words: Words) -> str:
    figures = "; ".join(f"{words.metric(name)} {words.written(why)}" for name, why in absent.items())
    return words("retention.absent", figures=figures) if figures else ""
