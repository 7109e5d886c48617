"""What values and profits say, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.report.words import Words


def worth(value: Mapping[str, Any], words: Words) -> str:
    """How good the expected values were where they could be checked."""
    if "off" in value:
        return str(value["off"])
    pooled = value["pooled"]
    off = pooled["bias"]
    ginis = {name: figures["gini"] for name, figures in pooled["baselines"].items()}
    beside = (words("worth.beside", gini=words.decimal(gini, 2), rival=words(f"worth.{name}")) for name, gini in ginis.items())
    return words(
        "worth.said",
        mean=words.decimal(pooled["mean"], 2),
        days=value["days"],
        dates=words.counted(pooled["dates"], "test_date"),
        off=words.percent(abs(off), 1),
        side=words("worth.much" if off > 0 else "worth.little"),
        gini=words.decimal(pooled["gini"], 2),
        beside="".join(beside),
    )


def earned(profit: Mapping[str, Any], words: Words) -> str:
    """What contacting customers would have earned under the campaign's costs, by the rule and at the best cut."""
    campaign = profit["campaign"]
    rule, best = campaign["rule"], campaign["best_cut"]["expected_profit"]
    said = words(
        "worth.rule",
        share=words.percent(rule["share"]),
        profit=words.decimal(rule["profit"], 2),
        everybody=words.decimal(campaign["everybody"], 2),
    )
    said += f" {_break_even(campaign['break_even'], words)}"
    if best["share"] == 0:
        return f"{said} {words('worth.nothing')}"
    shares = {name: words.percent(best[name]) for name in ("share", "share_low", "share_high")}
    profits = {name: words.decimal(best[name], 2) for name in ("profit", "profit_low", "profit_high")}
    return f"{said} {words('worth.best', **shares, **profits)}"


def _break_even(found: Mapping[str, Any], words: Words) -> str:
    never = words.percent(found["never"])
    if found["of_mean_value"] is None:
        return words("worth.break_even_none", never=never)
    return words("worth.break_even", probability=words.decimal(found["of_mean_value"], 2), never=never)
