"""The model card: what the model is for, what it learned from, how good it is and for whom, and what it is not for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pipeline import markdown
from pipeline.config import Config
from pipeline.report import meanings
from pipeline.report.contest import contestants, dates, verdict
from pipeline.report.headline import foreseen
from pipeline.report.words import Words, spoken

NAMED = 10  # features
SHIFT = 0.05  # between what was predicted of a group and what happened
TWIN = "the same recipe trained only on snapshots whose outcomes were known by then, and judged on what happened afterwards."
SEEN = "How many will leave is forecast from earlier dates; the data shows the season to come a year before as well."
CONTACTED = (
    " Rows of customers whom a campaign contacted while their outcome was awaited count nothing; customers whom it held out at "
    "random stand for them."
)
UNSEEN = (
    " Unseen in training are above all customers who came after it: read their figures beside those of the youngest tenure, as "
    "of newcomers little is known."
)
SIMPLE = {"bg_nbd": "BG/NBD, fitted on the latest of them, which reads", "recency": "a curve, which reads"}

FIGURES = (
    "AUC: the chance that someone who left was ranked above someone who stayed; 0.5 is a coin, 1 is perfect.",
    "Log loss: how surprising the outcomes were, given the probabilities; lower is better.",
    "ECE, expected calibration error: how far predicted and real shares lie apart in groups of like probability, beyond what "
    "chance explains; 0.000 is no further than chance.",
    "Lift: how many times more often the riskiest tenth left than everybody.",
)

LIMITS = (
    "A probability says how likely a customer leaves if nothing is done. It does not say whom an offer would change.",
    "It speaks of customers at risk on the date of the list, not of those who lapsed, are too new or refuse profiling.",
    "A feature that sorts customers is no cause of their leaving.",
    "How many leave moves with season and news; a one-off shock is not foreseen.",
    "It was judged on this company's past. Other prices, another range or another way of recording orders make another company.",
)


def card(
    metrics: Mapping[str, Any],
    plan: Mapping[str, Any],
    shipped: Mapping[str, Any],
    ingest: Mapping[str, Mapping[str, Any]],
    importance: Mapping[str, float],
    config: Config,
) -> str:
    """The card as Markdown, from figures, fold plan, the shipped model as it was saved, accounts of rows, and shares of gain."""
    about, words = shipped["about"], spoken("en")
    t = date.fromisoformat(plan["score"])
    start, end = (words.day(when) for when in meanings.window(config.definition, t))
    leaves = meanings.leaving(config.definition, words)
    parts = [
        f"# Model card: {words.title(about['source'])}, {metrics['model_version']}",
        f"**{'Grade ' + metrics['grade'] if metrics['grade'] else 'Without a grade'}.** {metrics['grade_reason']}",
        "## What it says",
        f"For each customer at risk on {words.day(t)}, the probability that they will {leaves} between {start} and {end} "
        "if nothing is done. "
        f"{meanings.churn(config.definition, words)} At risk: {meanings.at_risk(config.definition, words)}",
        "## What it learned from",
        markdown.table(
            "table|rows accepted|rows set aside|dated", [_account(table, told, words) for table, told in ingest.items()]
        ),
        f"{about['rows']:,} rows of {_span(about['snapshots'], words)}; {_learner(shipped, importance, config, words)} "
        f"A snapshot is everybody at risk on one day, a row one of them.{CONTACTED if 'contacts' in ingest else ''}",
        "## How good it is",
        verdict(contestants(metrics, words), words),
        foreseen(metrics["level"]["today"], words) or SEEN,
        f"Each test date has a twin of the model, {TWIN}",
        _dates(metrics, plan, words),
        _together(metrics, words),
        _listed(FIGURES),
        "## For whom",
        _slices(metrics, words),
        "## What it is not for",
        _listed(LIMITS),
    ]
    return "\n\n".join(parts) + "\n"


def _listed(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _learner(shipped: Mapping[str, Any], importance: Mapping[str, float], config: Config, words: Words) -> str:
    """What reads the rows, and what of them."""
    read = "; ".join(meanings.features(list(importance)[:NAMED], config, words))
    if "kind" in shipped:
        return f"{SIMPLE[shipped['kind']]}: {read}."
    return f"LightGBM over {len(shipped['columns'])} features. These sort customers most: {read}."


def _account(table: str, told: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    days = [words.day(date.fromisoformat(told[end][:10])) for end in ("first", "last") if told.get(end)]
    return table, f"{told['accepted']:,}", f"{sum(told['quarantined'].values()):,}", " to ".join(days)


def _span(days: list[str], words: Words) -> str:
    first, last = (words.day(date.fromisoformat(day)) for day in (min(days), max(days)))
    return f"{words.counted(len(days), 'snapshot')} from {first} to {last}"


def _dates(metrics: Mapping[str, Any], plan: Mapping[str, Any], words: Words) -> str:
    rows = []
    for at, origin in zip(dates(metrics, words), plan["origins"], strict=True):
        own = at.figures
        rows.append(
            (
                at.day,
                _span(origin["train"], words),
                f"{own['customers']:,}",
                f"{own['predicted']:.1%}",
                f"{own['churn_rate']:.1%}",
                f"{own['auc']:.3f}",
                f"{own['log_loss']:.3f}",
                f"{own['ece']:.3f}",
            )
        )
    return markdown.table("test date|trained on|customers|expected to leave|left|AUC|log loss|ECE", rows)


def _together(metrics: Mapping[str, Any], words: Words) -> str:
    rows = [
        (row.name, *(f"{row.figures[name]:.3f}" for name in ("auc", "log_loss", "ece", "lift_at_10")))
        for row in contestants(metrics, words)
    ]
    return markdown.table("all dates together|AUC|log loss|ECE|lift in the top tenth", rows)


def _slices(metrics: Mapping[str, Any], words: Words) -> str:
    found = metrics["slices"]
    off = [f"{one['slice']} {one['group']}" for one in found if abs(one["predicted"] - one["churn_rate"]) > SHIFT]
    far = f"more than {100 * SHIFT:.0f} points off on average"
    warned = f"Groups {far}: {'; '.join(off)}." if off else f"No group is {far}."
    if any(one["group"] == "unseen in training" for one in found):
        warned += UNSEEN
    rows = [
        (
            str(one["slice"]),
            str(one["group"]),
            f"{one['customers']:,}",
            f"{one['predicted']:.1%}",
            f"{one['churn_rate']:.1%}",
            words.decimal(one["auc"]),
            f"{one['log_loss']:.3f}",
            f"{one['ece']:.3f}",
        )
        for one in found
    ]
    table = markdown.table("split by|group|customers|expected to leave|left|AUC|log loss|ECE", rows)
    return f"{warned}\n\n{table}"
