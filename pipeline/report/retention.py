"""The section on how customers come and go: reports/kpis.json in words, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.report import flow_pictures, words
from pipeline.report.pictures import Picture

SHOWN = (
    "customers_start", "customers_acquired", "customers_reactivated", "customers_lost", "customers_end", "retention_rate",
    "churn_rate", "repeat_purchase_rate", "purchase_frequency", "average_transaction_value", "revenue_net",
    "repeat_revenue_share", "net_revenue_retention", "gross_revenue_retention", "top20_revenue_share", "clv_historical", "nps",
    "complaints_per_100", "renewal_rate", "logo_churn_rate",
)  # fmt: skip
DIFFERENCES = 10
NAMES = {
    "nps": "NPS",
    "clv_historical": "Customer lifetime value, historical",
    "top20_revenue_share": "Revenue share of the top 20 %",
}
MARKS = {
    "partial": "the period is not complete",
    "truncated": "looks back beyond the data",
    "small": "rests on fewer than 30",
}


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


def retention(kpis: Mapping[str, Any], foreseen: tuple[Figure, ...] = ()) -> Retention:
    """Compute the section from what the kpis stage wrote, with what the model foresees of the same customers."""
    latest = kpis.get("latest") or {}
    figures = latest.get("figures", {})
    leaving = kpis.get("leaving", {})
    return Retention(
        lead=_lead(latest),
        meaning=_meaning(kpis["definition"]) if "definition" in kpis else "",
        period=str(latest.get("period", "")),
        pictures=tuple(_pictures(kpis)),
        figures=(*(_figure(name, figures[name], kpis["metrics"][name]) for name in SHOWN if name in figures), *foreseen),
        targets=tuple(_target(target, kpis["metrics"]) for target in kpis.get("targets", [])),
        compared=_compared(leaving),
        differences=tuple(_difference(row) for row in leaving.get("differences", [])[:DIFFERENCES]),
        reasons=tuple((r["reason"], words.number(r["customers"])) for r in kpis.get("cancel_reasons", {}).get("reasons", [])),
        segments=_segments(kpis.get("rfm", {})),
        second=_second(kpis.get("second_purchase", {})),
        worth=_worth(kpis.get("worth", {}), kpis.get("currency")),
        absent=_absent(kpis.get("absent", {})),
    )


def _lead(latest: Mapping[str, Any]) -> str:
    rate = latest.get("figures", {}).get("retention_rate")
    if rate is None or rate["figure"] is None:
        return "There is no complete period with customers at its start yet."
    flow = {name: words.number(latest["figures"][f"customers_{name}"]["figure"]) for name in ("lost", "acquired", "reactivated")}
    note = f" ({_note(rate)})" if _note(rate) else ""
    return (
        f"In {latest['period']}, {words.percent(rate['figure'], 1)} of the {words.number(rate['denominator'])} customers "
        f"active at its start stayed active{note}: {flow['lost']} were lost, {flow['acquired']} acquired, "
        f"{flow['reactivated']} came back."
    )


def _meaning(definition: Mapping[str, Any]) -> str:
    if definition["kind"] == "renewal":
        return "Active means here: with a contract that runs."
    did = "bought" if definition["kind"] == "purchase" else "did something"
    days, horizon = definition["active_days"], definition["horizon_days"]
    return (
        f"Active means here: {did} within the last {days} days, so a customer counts as lost only after {days} days of silence. "
        f"The lists above ask something else: whether nothing will happen in the next {horizon} days."
    )


def _note(figure: Mapping[str, Any]) -> str:
    return ", ".join(MARKS[mark] for mark in figure["mark"].split() if mark in MARKS)


def _figure(name: str, figure: Mapping[str, Any], metric: Mapping[str, Any]) -> Figure:
    low, high = figure["low"], figure["high"]
    interval = "" if low is None else f"{_value(low, metric['unit'])} to {_value(high, metric['unit'])}"
    return Figure(
        NAMES.get(name, words.title(name)), _value(figure["figure"], metric["unit"]), interval, metric["formula"], _note(figure)
    )


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return words.NOTHING
    if unit == "share":
        return words.percent(value, 1)
    return words.number(value) if unit in {"customers", "money", "orders"} else words.decimal(value, 2)


def _difference(row: Mapping[str, Any]) -> Difference:
    share = row["measure"] == "risk difference"
    lost, retained = (words.percent(row[key], 1) if share else words.decimal(row[key], 2) for key in ("lost", "retained"))
    effect, low, high = (f"{100 * row[key]:+.1f}" if share else f"{row[key]:+.2f}" for key in ("effect", "low", "high"))
    name = row["words"][:1].upper() + row["words"][1:]
    return Difference(name, lost, retained, f"{effect} {'points' if share else 'SD'}", f"{low} to {high}")


def _compared(leaving: Mapping[str, Any]) -> str:
    if "differences" not in leaving:
        return ""
    return (
        f"{words.number(leaving['lost'])} customers lost in {', '.join(leaving['periods'])} against "
        f"{words.number(leaving['retained'])} who stayed, in the {leaving['past_periods']} periods before. Of "
        f"{leaving['compared']} comparisons {len(leaving['differences'])} have an interval without zero; about "
        f"{words.number(leaving['compared'] / 20)} would by chance. Less buying and visiting is what leaving means; none "
        "of it need be a cause."
    )


def _target(target: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    name = NAMES.get(target["metric"], words.title(target["metric"]))
    if target["status"] == "absent":
        return f"{name}: no figure to compare with the target of {target['target']:g}: {target['reason']}"
    unit = metrics[target["metric"]]["unit"]
    reached, wanted = _value(target["figure"], unit), _value(target["target"], unit)
    open_ = ", which its interval contains: too few customers to tell" if target["status"] == "open" else ""
    return f"{name}: {reached} against a target of {wanted}: {target['status']}{open_}"


def _segments(rfm: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Name, customers, share of customers and revenue to date of each segment at the end of the latest period."""
    sizes = rfm.get("sizes") or []
    latest = [size for size in sizes if size["period"] == sizes[-1]["period"]]
    everybody = sum(size["customers"] for size in latest)
    return tuple(
        (
            words.title(size["segment"]), words.number(size["customers"]), words.percent(size["customers"] / everybody, 1),
            words.NOTHING if size["revenue"] is None else words.number(size["revenue"]),
        )
        for size in latest
        if everybody
    )  # fmt: skip


def _second(second: Mapping[str, Any]) -> str:
    within = second.get("within") or []
    if not within:
        return ""
    said = ", ".join(f"{words.percent(w['share'], 1)} within {w['days']} days" for w in within)
    return f"Of {words.number(second['customers'])} customers who bought, so many bought a second time: {said}."


def _worth(worth: Mapping[str, Any], currency: str | None) -> str:
    if "retention" not in worth:
        return ""
    money = worth.get("margin") or worth["revenue"]
    what, unit = ("margin" if "margin" in worth else "revenue"), f" {currency}" if currency else ""
    new = worth["new_customers"]
    of_new = (
        f", {words.number(money['more_of_new_customers'])}{unit} for the {words.number(new)} acquired in that time" if new else ""
    )
    return (
        f"Retention over {worth['unit_days']} days was {words.percent(worth['retention'], 1)}. With five points more, a customer "
        f"would bring {words.decimal(money['per_customer_more'], 2)}{unit} more than the "
        f"{words.decimal(money['per_customer'], 2)}{unit} of {what} over the ages seen so far "
        f"({words.percent(money['more_share'], 1)}){of_new}. {' '.join(worth['assumptions'])}"
    )


def _answers(kpis: Mapping[str, Any]) -> str:
    nps = kpis.get("latest", {}).get("figures", {}).get("nps")
    if nps is None or nps["low"] is None:
        return "with few of them"
    around = f"{words.decimal(nps['low'], 1)} to {words.decimal(nps['high'], 1)}"
    return f"{words.number(nps['denominator'])} in {kpis['latest']['period']}, a score between {around}"


def _absent(absent: Mapping[str, str]) -> str:
    said = "; ".join(f"{words.title(name)} {why}" for name, why in absent.items())
    return f"Absent: {said}." if said else ""


def _pictures(kpis: Mapping[str, Any]) -> list[Picture]:
    made = []
    known = [p for p in kpis.get("periods", []) if p["figures"].get("retention_rate") is not None]
    periods = [p for p in known if not p["truncated"]] or known
    if periods:
        said = "Share of the customers active at a period's start who were at its end; hollow where the period is not complete."
        if len(periods) < len(known):
            said += f" Before {periods[0]['period']} the data is too young for anybody to be lost."
        made.append(Picture("Do they stay?", flow_pictures.retention_curve(periods, f"Retention over time. {said}"), said))
    rows = [row for row in kpis.get("cohorts", {}).get("rows", []) if row["customers"]]
    if rows and max(len(row["active"]) for row in rows) > 1:
        said = "Each row is the customers first active in a month: how many of them did something within each later month."
        made.append(Picture("Do they come back?", flow_pictures.cohort_map(rows, f"Cohort heat map. {said}"), said))
    asked = [p for p in kpis.get("periods", []) if p["figures"].get("nps") is not None and not p["partial"]]
    if asked:
        said = f"Detractors, passives and promoters among the answers ({_answers(kpis)}); the number above is the score."
        made.append(Picture("Do they recommend?", flow_pictures.nps_bars(asked, f"Net promoter score. {said}"), said))
    curve = kpis.get("concentration", {}).get("curve", [])
    if curve:
        best = next(p["share"] for p in curve if p["percent"] == 20)
        said = (
            f"The best fifth of the customers of {kpis['concentration']['period']} brought {words.percent(best)} of its revenue."
        )
        made.append(Picture("Who pays?", flow_pictures.concentration_curve(curve, f"Concentration. {said}"), said))
    return made
