"""The grade: what the figures of all dates together say of the model, in a letter and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CALIBRATED, CALIBRATED_AT_A_DATE = 0.03, 0.06  # debiased ECE
NOT_WORSE = 0.005  # of AUC


def grade(metrics: Mapping[str, Any]) -> tuple[str, str]:
    """A, B or C, and why, from the `rolling`, `pooled` and `paired` figures of `reports/metrics.json`.

    A: at two dates or more, log loss below that of every baseline and AUC above, the first beyond its 95 % interval, and
    calibrated: ECE at most .03 of all dates together and .06 at each. B: calibrated, and AUC not below any baseline's by .005 or
    more within the interval. C: all else.
    """
    off = _miscalibrated(metrics)
    behind = [name for name, lead in metrics["paired"].items() if lead["auc"]["low"] <= -NOT_WORSE]
    unbeaten = [
        name for name, lead in metrics["paired"].items() if not (lead["log_loss"]["high"] < 0 and lead["auc"]["difference"] > 0)
    ]
    dates = len(metrics["rolling"])
    over = f"over {dates} test dates" if dates > 1 else "at the one test date there is"
    if off:
        return "C", f"The probabilities cannot be taken at their word: {off}."
    if behind:
        return "C", f"The model may rank worse than {_listed(behind)} {over}."
    if dates == 1:
        return "B", f"Calibrated and ranking no worse than any baseline {over}; one date is not enough for an A."
    if unbeaten:
        return "B", f"Calibrated and ranking no worse than any baseline {over}, but {_listed(unbeaten)} may be as good."
    return "A", f"Calibrated, and closer to what happened than every baseline, beyond chance, {over}."


def _miscalibrated(metrics: Mapping[str, Any]) -> str:
    pooled, worst = metrics["pooled"], max(metrics["rolling"], key=lambda at: float(at["ece"]))
    if pooled["ece"] > CALIBRATED:
        return f"they are off by {100 * pooled['ece']:.1f} in 100 on average (ECE), {100 * CALIBRATED:.0f} are allowed"
    if worst["ece"] > CALIBRATED_AT_A_DATE:
        return (
            f"at {worst['t']} they were off by {100 * worst['ece']:.1f} in 100 (ECE), {100 * CALIBRATED_AT_A_DATE:.0f} are "
            f"allowed: {100 * worst['predicted']:.0f} % were expected to leave, {100 * worst['churn_rate']:.0f} % did"
        )
    return ""


def _listed(names: list[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
