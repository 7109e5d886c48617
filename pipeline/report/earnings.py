"""What values and profits say, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.report import words

RIVALS = {"last_year": "last year's spending", "own_purchases": "own purchases alone"}


def worth(value: Mapping[str, Any]) -> str:
    """How good the expected values were where they could be checked."""
    if "off" in value:
        return str(value["off"])
    pooled = value["pooled"]
    off = pooled["bias"]
    ginis = {name: figures["gini"] for name, figures in pooled["baselines"].items()}
    beside = "".join(f", {words.decimal(gini, 2)} by {RIVALS[name]}" for name, gini in ginis.items())
    return (
        f"Expected values: who stayed brought {words.decimal(pooled['mean'], 2)} in {value['days']} days on average over"
        f" {words.counted(pooled['dates'], 'test date', 'test dates')}; {words.percent(abs(off), 1)} too "
        f"{'much' if off > 0 else 'little'} was expected. The model orders them with a Gini of {words.decimal(pooled['gini'], 2)}"
        f"{beside}; 1 is perfect, 0 random."
    )


def earned(profit: Mapping[str, Any]) -> str:
    """What contacting customers would have earned under the campaign's costs, by the rule and at the best cut."""
    campaign = profit["campaign"]
    rule, best = campaign["rule"], campaign["best_cut"]["expected_profit"]
    said = (
        f"Contacting whoever promised a profit, {words.percent(rule['share'])} of customers, would have earned "
        f"{words.decimal(rule['profit'], 2)} per customer at risk; contacting all {words.decimal(campaign['everybody'], 2)}. "
    )
    if best["share"] == 0:
        return said + "No share of the list would have earned anything under the campaign's costs."
    return said + (
        f"The best cut is at {words.percent(best['share'])} (95 % interval {words.percent(best['share_low'])} to "
        f"{words.percent(best['share_high'])}) and earns {words.decimal(best['profit'], 2)} "
        f"({words.decimal(best['profit_low'], 2)} to {words.decimal(best['profit_high'], 2)})."
    )
