"""Facts -> what a training would get: the plan, who is at risk at each snapshot, how many left, and at other horizons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from pipeline.check.findings import Check, Evidence, percent
from pipeline.config import Definition, Snapshots
from pipeline.contract.facts import activity_span
from pipeline.contract.tables import GIVEN
from pipeline.counted import counted
from pipeline.errors import DataUnfitError
from pipeline.model.folds import Plan, plan
from pipeline.model.labels import dates_table, labelled, refused, standing
from pipeline.statistics.intervals import auc_half_width

TYPICAL_AUC = 0.75
ELIGIBLE, CLASS = 500, 100
WIDTH = auc_half_width(TYPICAL_AUC, CLASS, ELIGIBLE - CLASS)
RARE, COMMON, REFUSING = 0.02, 0.95, 0.5
TRANSLATE = "if they did agree, turn the words of your file into yes and no, in source.tables.attributes"
ENOUGH_SNAPSHOTS = 3
NOBODY = (0, 0, 0, 0, Decimal(0), Decimal(0))
Span = tuple[date, date]

CLASSES = """
SELECT CAST(t AS DATE) AS t, count(*), count(*) FILTER (WHERE weight = 0), count(*) FILTER (WHERE weight > 0 AND y = 1),
    count(*) FILTER (WHERE weight > 0 AND y = 0),
    coalesce(sum(CAST(weight AS DECIMAL(18, 6))) FILTER (WHERE y = 1), 0), sum(CAST(weight AS DECIMAL(18, 6)))
FROM ({rows}) GROUP BY t ORDER BY t
"""

CONSENT = """
SELECT count(*), count(*) FILTER (WHERE customer_id IN (SELECT customer_id FROM ({refused}) WHERE name = 'consent_profiling'))
FROM ({standing}) WHERE status = 'scored'
"""


def span(connection: duckdb.DuckDBPyConnection, snapshots: Snapshots) -> Span | str:
    """First and last day of activity, or why there is none to plan with."""
    try:
        return activity_span(connection, snapshots.as_of)
    except DataUnfitError as problem:
        return str(problem)


def attempt(days: Span | str, definition: Definition, snapshots: Snapshots) -> Plan | str:
    """The fold planner's plan, or its own sentence why there is none."""
    if isinstance(days, str):
        return days
    try:
        return plan(*days, definition, snapshots)
    except DataUnfitError as problem:
        return str(problem)


def described(planned: Plan | str, snapshots: Snapshots) -> Evidence:
    """The plan in plain values, or its problem; how many training snapshots there are of those asked."""
    if isinstance(planned, str):
        return {"problem": planned, "training_snapshots": 0, "asked": snapshots.count}
    dates = {"first": planned.first, "test": planned.test, "train_first": planned.train[0], "train_last": planned.train[-1]}
    return {name: day.isoformat() for name, day in dates.items()} | {
        "problem": None,
        "training_snapshots": len(planned.train),
        "asked": snapshots.count,
    }


def classes(connection: duckdb.DuckDBPyConnection, definition: Definition, planned: Plan) -> Evidence:
    """Customers at risk, contacted by campaigns (they teach nothing), lost and kept: per snapshot, in training, at the test."""
    rows = {t: _class(connection, definition, planned, t) for t in planned.labelled}
    training = [sum(column) for column in zip(*(rows[t] for t in planned.train), strict=True)]
    width = auc_half_width(TYPICAL_AUC, *rows[planned.test][2:4])
    return {
        "snapshots": [{"t": t.isoformat()} | _counts(*counts) for t, counts in rows.items()],
        "train": _counts(*training),
        "test": {"t": planned.test.isoformat()} | _counts(*rows[planned.test]) | {"auc_half_width": width},
        "consent": _consent(connection, definition, planned),
    }


def _consent(connection: duckdb.DuckDBPyConnection, definition: Definition, planned: Plan) -> Evidence:
    """Customers who would be at risk at the test snapshot, how many of them refuse profiling, and the words that give consent."""
    connection.execute(dates_table((planned.test,)))
    words = {"standing": standing(definition), "refused": refused(planned.score)}
    everybody, refusing = connection.execute(CONSENT.format(**words)).fetchone() or (0, 0)
    return {"would_be_at_risk": everybody, "refuse_profiling": refusing, "words": list(GIVEN)}


def _class(connection: duckdb.DuckDBPyConnection, definition: Definition, planned: Plan, t: date) -> tuple[Any, ...]:
    """The classes at one snapshot; one at a time, so that what is held grows with the customers, not with the snapshots too."""
    connection.execute(dates_table((t,)))
    found = connection.execute(CLASSES.format(rows=labelled(definition, planned.score))).fetchone()
    return found[1:] if found else NOBODY


def _counts(at_risk: int, contacted: int, lost: int, kept: int, lost_weight: Decimal, weight: Decimal) -> Evidence:
    """The churn rate is weighted, as that of `reports/metrics.json`: those held out stand for those contacted."""
    rate = float(lost_weight / weight) if weight else None
    return {"at_risk": at_risk, "contacted": contacted, "lost": lost, "kept": kept, "churn_rate": rate}


def horizons(
    connection: duckdb.DuckDBPyConnection, days: Span | str, definition: Definition, snapshots: Snapshots, proposed: int | None
) -> Evidence:
    """Churn rate at the test snapshot that half, the chosen, double and the proposed horizon would have, or why there is none."""
    chosen = definition.horizon_days
    wanted = {"half": max(chosen // 2, 1), "chosen": chosen, "double": 2 * chosen}
    found: Evidence = {}
    for name, horizon in (wanted | ({"proposed": proposed} if proposed else {})).items():
        other = definition.model_copy(update={"horizon_days": horizon})
        planned = attempt(days, other, snapshots)
        found[name] = {"days": horizon} | (
            _rate(connection, other, planned) if isinstance(planned, Plan) else {"problem": planned}
        )
    return found


def _rate(connection: duckdb.DuckDBPyConnection, definition: Definition, planned: Plan) -> Evidence:
    return {"t": planned.test.isoformat()} | _counts(*_class(connection, definition, planned, planned.test))


def _no_plan(evidence: Evidence) -> Iterator[tuple[str, str]]:
    problem = evidence["plan"]["problem"]
    if problem:
        said, _, remedy = problem.rpartition("; ")
        yield (said, remedy) if said else (problem, "mend that")


def _no_classes(evidence: Evidence) -> Iterator[str | tuple[str, str]]:
    for name, where in (("test", "at the test snapshot {t} "), ("train", "at the training snapshots ")):
        found = evidence["classes"].get(name)
        if found and not (found["lost"] and found["kept"]):
            refusals = _refusals(evidence)
            said = f"{where.format(**found)}{_who(found)}{refusals or '; those who leave and those who stay are both needed'}"
            yield (said, TRANSLATE) if refusals else said
            return


def _refusals(evidence: Evidence) -> str:
    """Why so few are at risk, where most are left out because they refuse profiling."""
    found = evidence["classes"].get("consent") or {"would_be_at_risk": 0, "refuse_profiling": 0}
    if found["refuse_profiling"] <= REFUSING * found["would_be_at_risk"]:
        return ""
    return (
        f"; {found['refuse_profiling']:,} of {found['would_be_at_risk']:,} refuse profiling: consent_profiling is read as given "
        f"only for the words {', '.join(found['words'])}"
    )


def _who(found: Evidence) -> str:
    if not found["at_risk"]:
        return "nobody is at risk"
    if not found["lost"] + found["kept"]:
        return f"all {found['at_risk']:,} customers at risk were contacted by campaigns"
    everybody = counted(found["lost"] + found["kept"], "customer")
    return f"all of {everybody} at risk left" if found["lost"] else f"none of {everybody} at risk left"


def _few(evidence: Evidence) -> Iterator[str | tuple[str, str]]:
    found, refusals = evidence["classes"].get("test"), _refusals(evidence)
    if found and found["lost"] and found["kept"]:
        usable = found["lost"] + found["kept"]
        if usable < ELIGIBLE or min(found["lost"], found["kept"]) < CLASS:
            said = (
                f"at the test snapshot {found['t']} there are {counted(usable, 'customer')}, {found['lost']:,} who left and "
                f"{found['kept']:,} who stayed: an AUC of {TYPICAL_AUC} will be known to ± {found['auc_half_width']:.3f} only, "
                f"so a good and a mediocre model can hardly be told apart{refusals}"
            )
            yield (said, TRANSLATE) if refusals else said


def _snapshots(evidence: Evidence, few: bool) -> Iterator[str]:
    number, asked = evidence["plan"]["training_snapshots"], evidence["plan"]["asked"]
    enough = number >= ENOUGH_SNAPSHOTS
    if 0 < number < asked and (not enough if few else enough and number < asked / 2):
        yield f"the history has room for {counted(number, 'training snapshot')} of the {asked} asked"


def _extreme(evidence: Evidence) -> Iterator[str]:
    found = evidence["classes"].get("test")
    if found and found["lost"] and found["kept"] and not RARE <= found["churn_rate"] <= COMMON:
        kind = "hardly anybody" if found["churn_rate"] < RARE else "nearly everybody"
        yield f"{percent(found['churn_rate'])} of the customers at risk at {found['t']} left: {kind} does by this definition"


CHECKS = (
    Check(
        "no_plan",
        "error",
        "the fold planner finds no room for a training and a test snapshot, or does not know where history begins and ends; the "
        "sentence is its own",
        "bring more history, or shorten definition.horizon_days or snapshots.min_history_days",
        _no_plan,
    ),
    Check(
        "one_class",
        "error",
        "at the test snapshot, or at all training snapshots together, nobody is at risk (or all were contacted), nobody left or "
        "everybody did",
        "check definition.kind, definition.horizon_days and definition.active_days against how often your customers come, and "
        "that the customer identifiers are those of people, not of orders",
        _no_classes,
    ),
    Check(
        "few_customers",
        "warning",
        f"fewer than {ELIGIBLE} customers at risk at the test snapshot, or fewer than {CLASS} who left or who stayed. At "
        f"{CLASS} and {ELIGIBLE - CLASS} the 95 % interval of an AUC of {TYPICAL_AUC} is ± {WIDTH:.3f} "
        "(Hanley and McNeil 1982), about what separates a good model from a mediocre one",
        "bring more customers or a longer history; until then trust a simple list (longest silence first) as much as the model",
        _few,
    ),
    Check(
        "few_snapshots",
        "warning",
        f"the history has room for fewer than {ENOUGH_SNAPSHOTS} training snapshots, and more are asked",
        "bring more history, or shorten definition.horizon_days or snapshots.stride_days",
        lambda evidence: _snapshots(evidence, few=True),
    ),
    Check(
        "churn_rate_extreme",
        "warning",
        f"at the test snapshot less than {percent(RARE)} or more than {percent(COMMON)} of the customers at risk left",
        "choose another definition.horizon_days or definition.active_days: see the churn rate at other horizons below",
        _extreme,
    ),
    Check(
        "fewer_snapshots",
        "advice",
        "the history has room for fewer than half of the training snapshots asked in `snapshots.count`",
        "nothing; the model learns from those there are",
        lambda evidence: _snapshots(evidence, few=False),
    ),
)
