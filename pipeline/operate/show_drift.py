"""`churn monitor`: bring the monitor up to date, and say whether the model still fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.artifacts import ARTIFACTS
from pipeline.monitor.verdict import SAID
from pipeline.operate.up_to_date import up_to_date
from pipeline.stage import say


def monitor(*, as_json: bool = False) -> None:
    """Run the stages up to the monitor, then print the verdict, or its report as it is."""
    drift = up_to_date("monitor", "drift", as_json=as_json)
    if as_json:
        return
    for line in sentences(drift):
        say(line)
    say(f"all figures: {ARTIFACTS['drift']}")


def sentences(drift: Mapping[str, Any]) -> Iterator[str]:
    """The verdict of `reports/drift.json` in lines."""
    model = f"{drift['model_role']} {drift['model_version']}"
    severity = f" (severity {drift['severity']})" if drift["alarm"] else ""
    yield f"{SAID[drift['verdict']]}: {model} on {drift['as_of']}{severity}"
    for why in drift["why"]:
        yield f"- {why}"
    for one in drift["deliveries_left_out"]:
        yield f"- {one['sentence']}"
    if drift["mend_first"]:
        yield "look at the data first: a model that is trained on broken data learns the fault"
