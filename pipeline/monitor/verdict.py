"""All that was compared -> does the model still fit: retrain yes or no, why, how bad, and what to look at first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from pipeline.monitor.checks import SHARES
from pipeline.monitor.summaries import KNOWN, PLACE

# What may be a fault of the data as well as a change of the customers; then a fresh model would learn the fault.
OF_DATA = ("rows", "sizes", "unseen", "data")
# The verdicts, and what the terminal says of each; the page has its own words for the same.
SAID = {
    "promote": "promote",
    "retrain": "retrain",
    "mend": "look at the data",
    "unknown": "not known yet whether the model fits",
    "fits": "the model fits",
}
HEAVY = 0.2  # of what the model looks at, beyond which moved features are severe
NAMED = 3


def age(champion: str | None, known_until: date, today: date, most: int) -> list[dict[str, str]]:
    """Why a model is to be trained whatever the data are like: `code` and `sentence`."""
    if champion is None:
        said = "there is no champion yet, so the challenger scores; `churn promote` makes it the champion if it passes the gates"
        return [{"code": "no_champion", "sentence": said}]
    days = (today - known_until).days
    said = f"the champion's data are {days} days old, more than promotion.max_age_days={most}"
    return [{"code": "old", "sentence": said}] if days > most else []


def verdict(
    rows: pd.DataFrame, faults: Sequence[Mapping[str, str]], importance: Mapping[str, float], due: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """`verdict` (a key of SAID) and what it rests on; `faults` are findings of the data check, `due` is by `age`."""
    alarms = rows[rows["alarm"].astype(bool)]
    by_check = {check: alarms[alarms["check"] == check] for check in (*SHARES, "unseen") if (alarms["check"] == check).any()}
    why = [*(one["sentence"] for one in due), *(sentence(check, those, importance) for check, those in by_check.items())]
    mend = [name for name in by_check if name in OF_DATA] + (["data"] if faults else [])
    known = bool(rows["p"].notna().any())
    calm = "nothing moved by more than the past explains" if known else "the past is too short to tell what is usual"
    return {
        "verdict": _verdict({one["code"] for one in due}, moved=bool(by_check), faults=bool(faults), known=known),
        "retrain": bool(due) or bool(by_check),
        "alarm": bool(by_check) or bool(faults),
        "severity": _severity(by_check, importance, faults),
        "mend_first": bool(mend),
        "due": list(due),
        "why": [*why, *(one["sentence"] for one in faults)] or [calm],
    }


def _verdict(due: Collection[str], *, moved: bool, faults: bool, known: bool) -> str:
    """What to do comes before what is known."""
    if "no_champion" in due:
        return "promote"
    if due or moved:
        return "retrain"
    if faults:
        return "mend"
    return "fits" if known else "unknown"


def sentence(check: str, alarms: pd.DataFrame, importance: Mapping[str, float]) -> str:
    """What one check found, in a sentence."""
    subjects = list(dict.fromkeys(alarms["subject"]))
    first = alarms.iloc[0]
    what = f"those left alone of the {first['subject']} of {first['what']}"
    more = f" and {len(subjects) - NAMED} more" if len(subjects) > NAMED else ""
    named, of = ", ".join(subjects[:NAMED]) + more, _of(first)
    share = f"{100 * sum(importance.get(subject, 0.0) for subject in subjects):.0f} % of what the model looks at"
    usual, today = first["usual"], first["today"]
    said = {
        "features": lambda: f"moved since the snapshot before by more than ever: {named} ({share}); {of}",
        "features_since_training": lambda: f"far from what the model was trained on: {named} ({share}); {of}",
        "score": lambda: f"the scores moved since the snapshot before by more than ever: {of}",
        "score_since_training": lambda: f"the scores lie far from those of the snapshots trained on: {of}",
        "rows": lambda: f"not as many rows came in as usual: {_shares(alarms)}",
        "sizes": lambda: f"figures are not as large as usual: {_shares(alarms)}",
        "unseen": lambda: f"words that training never saw: {named}, {100 * today:.1f} % of customers",
        "level": lambda: f"of {what} {100 * usual:.1f} % were expected to leave and {100 * today:.1f} % did",
        "calibration": lambda: (
            f"the odds of {what} are too {'narrow' if today > 1 else 'extreme'}: slope {today:.2f}, 1 is right"
        ),
    }
    return said[check]()


def _of(one: pd.Series) -> str:
    """A figure of a feature or score beside what was usual."""
    share = f"{100 * one['today']:.1f} % instead of about {100 * one['usual']:.1f} %"
    if one["what"] == KNOWN:
        return f"{one['subject']} is known of {share} of customers"
    if one["what"] == PLACE:
        return (
            f"{one['subject']} lies at {one['today']:.2f} instead of about {one['usual']:.2f} (0 lowest of training, 1 highest)"
        )
    if one["check"].startswith("score"):
        return f"{one['what']} {one['today']:.3f} instead of about {one['usual']:.3f}"
    return f"{one['subject']} is '{one['what']}' for {share}"


def _shares(alarms: pd.DataFrame) -> str:
    """Rows or sizes as shares of what was expected; figures are logarithms."""

    def one(row: pd.Series) -> str:
        name = row["what"] if row["subject"] == "engagements" else row["subject"]
        return f"{name} {100 * np.exp(row['today'] - row['usual']):.0f} % of what was expected"

    return ", ".join(one(row) for _, row in alarms.head(NAMED).iterrows())


def _severity(by_check: Mapping[str, pd.DataFrame], importance: Mapping[str, float], faults: Sequence[Any]) -> str:
    """none, low, moderate or high, by what it says of the scores."""
    if not by_check:
        return "low" if faults else "none"
    moved = [by_check[check] for check in ("features", "features_since_training") if check in by_check]
    subjects = {subject for those in moved for subject in those["subject"]}
    heavy = sum(importance.get(subject, 0.0) for subject in subjects) >= HEAVY
    if heavy or any(check in by_check for check in ("score", "score_since_training", "level", "calibration")):
        return "high"
    return "moderate" if subjects else "low"
