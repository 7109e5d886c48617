"""`churn outcomes`: bring the outcomes up to date, and say of every delivery whether it worked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from pipeline.artifacts import ARTIFACTS
from pipeline.campaign.entries import read_delivered
from pipeline.counted import counted
from pipeline.figure_files import read_figures
from pipeline.learning.reported_rates import FEWEST_REPORTED, Reported, reported
from pipeline.operate.table_console import table_console
from pipeline.operate.up_to_date import up_to_date
from pipeline.stage import say

COLUMNS = (
    "delivery",
    "forecast",
    "of those left",
    "AUC",
    "ECE",
    "contacted",
    "held out",
    "change of churn",
    "saves",
    "cost",
    "profit",
)
COSTS = {
    "contacts": "costs are those of the contact log",
    "playbook": "costs are what the playbook expects, as the contact log has none",
    "both": "costs are those of the contact log, and of contacts that it lacks what the playbook expects",
}
WHY_NOT = {
    "nobody_drawn": "nobody was drawn on its day: no hold-out was asked for, or the arms of earlier deliveries still hold",
    "nobody_contacted": "nobody was drawn for contact",
    "nobody_held_out": "nobody of its lists was held out by chance",
    "few": "no profit is told, as one arm has {customers} and amounts need {needed}",
    "no_margin": "no profit is told, as the source has no amounts",
    "no_cost": "no profit is told, as neither the contact log nor the playbook knows what each contact cost",
}
LEARNED = ("offer", "contacted", "held out", "kept: assumed", "measured", "used next", "from")


def outcomes(*, as_json: bool = False) -> None:
    """Run the stages up to the outcomes, then print them, or their report as it is."""
    report = up_to_date("outcomes", "outcomes", as_json=as_json)
    if as_json:
        return
    found = report["deliveries"]
    matured = [one for one in found if one["matured"]]
    if matured:
        table = Table(*COLUMNS, show_edge=False)
        for one in matured:
            table.add_row(*delivery_row(one))
        table_console().print(table)
    for one in found:
        for line in (verdict(one), *(f"  {doubt['sentence']}" for doubt in one.get("log", {}).get("doubts", ()))):
            say(line)
    _show_learned(read_figures(ARTIFACTS["learned"]))
    later = sorted(set(read_delivered(ARTIFACTS["delivered"])) - {one["as_of"] for one in found})
    for day in later:
        say(unread(day, report["as_of"]))
    if found:
        say(f"all figures: {ARTIFACTS['outcomes']}, by segment and offer: {ARTIFACTS['outcome_tables']}/")
    elif not later:
        say("no delivery yet")


def unread(day: str, today: str) -> str:
    """Why nothing is said of a delivery of the day that is looked from, or of a later one, as data or configuration went back."""
    if day == today:
        return f"{day}: made as of the newest data, so nothing is known of it before there are newer ones"
    return (
        f"{day}: made after {today}, the day that is looked from, so nothing is said of it and nothing learned; bring newer "
        "data, or compose without snapshots.as_of"
    )


def _show_learned(learned: Mapping[str, Any]) -> None:
    """What the next lists take the offers to do, where it was measured; nothing before that."""
    rows = [learned_row(one) for one in reported(learned["offers"]) if one.row["origin"] != "playbook"]
    if rows:
        table = Table(*LEARNED, show_edge=False)
        for row in rows:
            table.add_row(*row)
        table_console().print(table)
        say(f"learned from {counted(learned['draws'], 'draw')}, used by the next lists: {ARTIFACTS['learned']}")
    for one in learned["offers_left_out"]:
        draws = counted(one["draws"], "draw")
        say(f"{draws} of {one['offer']} by {one['channel']} teach nothing: the playbook does not have it")


def learned_row(one: Reported) -> tuple[str, ...]:
    """An offer by a channel, or one segment of it, in a line of the table: shares kept in per cent."""
    row = one.row
    few = f"too few yet ({one.smaller_arm} of {FEWEST_REPORTED})"
    return (
        f"{row['offer']}, {row['channel']}" if row["segment"] is None else f"  {row['segment']}",
        f"{row['contacted']:,}",
        f"{row['held_out']:,}",
        f"{100 * row['assumed']:.1f} %",
        _share(row, "measured", "measured_") if one.enough else few,
        _share(row, "used", ""),
        f"{row['origin']}, {100 * row['from_customers']:.0f} % measured" if row["origin"] == "both" else row["origin"],
    )


def _share(row: Mapping[str, Any], name: str, ends: str) -> str:
    low, high = (100 * row[f"{ends}{end}"] for end in ("low", "high"))
    return f"{100 * row[name]:.1f} % ({low:.0f} to {high:.0f})"


def verdict(one: Mapping[str, Any]) -> str:
    """Whether a delivery worked, in a sentence."""
    if not one["matured"]:
        if one["data_end"]:
            why = f"the data end on {one['data_end']}, before the window of its customers did on {one['matures_on']}"
            return f"{one['as_of']}: not known: {why}; bring newer files"
        return f"{one['as_of']}: not known before {one['matures_on']}, when the window of its customers has passed"
    effect, why_not = one["effect"], one["why_not"]
    money = COSTS[one["cost_from"]]
    if why_not:
        customers = counted(why_not["smaller_arm"], "customer")
        money = WHY_NOT[why_not["code"]].format(customers=customers, needed=why_not["needed"])
    if effect is None:
        return f"{one['as_of']}: not measurable: {money}"
    low, high = (100 * effect[end] for end in ("low", "high"))
    change = f"{100 * effect['churn_difference']:+.1f} points of churn ({low:+.1f} to {high:+.1f})"
    if effect["high"] < 0:
        said = f"contacting kept customers: {change}"
    elif effect["low"] > 0:
        said = f"contacting drove customers away: {change}"
    else:
        said = f"no effect to be told from chance: {change}"
    of = f" of {', '.join(one['suspect_lists'])}" if one["suspect_lists"] else ""
    suspect = f"; the arms{of} have not the sizes that were drawn: do not trust it, the next lists learn nothing of it"
    return f"{one['as_of']}: {said}{suspect if one['suspect'] else ''}; {money}"


def delivery_row(one: Mapping[str, Any]) -> tuple[str, ...]:
    """A matured delivery in a line of the table: shares in per cent, intervals behind what was measured."""

    def share(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.1f} %"

    def money(name: str) -> str:
        ends = one["intervals"][name]
        return f"{one[name]:,.0f} ({ends[0]:,.0f} to {ends[1]:,.0f})" if ends else ""

    effect = one["effect"]
    points = (f"{100 * effect[end]:+.1f}" for end in ("churn_difference", "low", "high")) if effect else ()
    return (
        one["as_of"],
        share(one["predicted"]),
        share(one["realised"]),
        "" if one["auc"] is None else f"{one['auc']:.3f}",
        "" if one["ece"] is None else f"{one['ece']:.3f}",
        *(f"{effect[side]:,}" if effect else "" for side in ("contacted", "held_out")),
        "{} ({} to {})".format(*points) if effect else "",
        money("saves"),
        "" if one["cost"] is None else f"{one['cost']:,.0f}",
        money("profit"),
    )
