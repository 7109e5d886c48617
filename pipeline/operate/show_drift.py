"""`churn monitor`: bring the monitor up to date, and say whether the model still fits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.artifacts import ARTIFACTS
from pipeline.operate.reproduce import reproduce
from pipeline.stage import say


def monitor(*, as_json: bool = False) -> None:
    """Run the stages up to the monitor, then print the verdict."""
    reproduce("monitor")
    path = ARTIFACTS["drift"]
    text = path.read_text(encoding="utf-8")
    if as_json:
        print(text, end="", flush=True)
        return
    for line in sentences(json.loads(text)):
        say(line)
    say(f"all figures: {path}")


def sentences(drift: Mapping[str, Any]) -> Iterator[str]:
    """The verdict of `reports/drift.json` in lines."""
    model = f"{drift['model_role']} {drift['model_version']}"
    yield f"retrain: {'yes' if drift['retrain'] else 'no'}, {model} on {drift['as_of']}" + (
        f" (severity {drift['severity']})" if drift["alarm"] else ""
    )
    for why in drift["why"]:
        yield f"- {why}"
    if drift["mend_first"]:
        yield "look at the data first: a model that is trained on broken data learns the fault"
