"""Does the model still fit? The verdict of `reports/drift.json` in a sentence, and what moved in plain words, ranked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.config import Config
from pipeline.report.fit_picture import fit_pictures
from pipeline.report.moved_figures import Moved, told
from pipeline.report.pictures import Picture
from pipeline.report.words import Words

# What is told first: a fault of the data may be the cause of all else; what reaches the scores comes before what feeds them.
RANKED = (
    ("rows", "sizes", "unseen"),
    ("level", "calibration", "score", "score_since_training"),
    ("features", "features_since_training"),
)
MOST = 5  # that are told of each rank


@dataclass(frozen=True)
class Fit:
    """The verdict in sentences, what to do, what the data check says of today, and what moved; alarms only."""

    said: tuple[str, ...]
    advice: str
    data: tuple[tuple[str, str], ...]
    moved: tuple[Moved, ...]
    counted: str
    pictures: tuple[Picture, ...]


def fit(drift: Mapping[str, Any], config: Config, words: Words) -> Fit | None:
    """What the page says of `reports/drift.json`; None where there is none."""
    if not drift:
        return None
    alarms = ranked([one for one in drift["findings"] if one["alarm"]])
    of = {kind: sum(check[kind] for check in drift["compared"].values()) for kind in ("series", "alarms")}
    return Fit(
        said=(*(_due(one["code"], drift, words) for one in drift["due"]), *_moved(drift, alarms, of["series"], words)),
        advice=_advice(drift, words),
        data=tuple((words(f"fit.data_{one['code']}"), one["sentence"]) for one in drift["data"]),
        moved=told(alarms, config, words),
        counted=words("fit.counted", alarms=words.number(of["alarms"]), series=words.number(of["series"])),
        pictures=tuple(fit_pictures(drift, words)) if drift["alarm"] else (),
    )


def ranked(alarms: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By rank, then most telling first as the file has them; each subject once, at most so many of a rank."""
    return [one for checks in RANKED for one in list(_once(alarms, checks))[:MOST]]


def _once(alarms: list[Mapping[str, Any]], checks: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Those of some checks: of a feature its most telling figure, of all else each figure."""
    seen = set()
    for one in alarms:
        of = one["subject"] if one["check"].startswith("features") else (one["check"], one["subject"], one["what"])
        if one["check"].startswith("score"):
            of = one["what"]
        if one["check"] in checks and of not in seen:
            seen.add(of)
            yield one


def _moved(drift: Mapping[str, Any], alarms: list[Mapping[str, Any]], series: int, words: Words) -> Iterator[str]:
    """Whether the model fits, by what moved; nothing of a model that is due while nothing moved."""
    if drift["alarm"]:
        severe = drift["severity"] == "high"
        yield words(f"fit.high_{_severe(alarms)}" if severe else f"fit.alarm_{drift['severity']}")
    elif drift["verdict"] == "fits":
        yield words("fit.fits", series=words.number(series))
    elif drift["verdict"] == "unknown":
        yield words("fit.unknown")


def _severe(alarms: list[Mapping[str, Any]]) -> str:
    """What a high severity rests on, the surest first: what customers did, how they look to the model, what it looks at."""
    checks = {one["check"] for one in alarms}
    if checks & {"level", "calibration"}:
        return "outcomes"
    return "scores" if checks & {"score", "score_since_training"} else "features"


def _advice(drift: Mapping[str, Any], words: Words) -> str:
    """What to do by the verdict; the sentences of the others say it themselves."""
    if drift["mend_first"]:
        return words(f"fit.mend_{drift['verdict']}")
    return words("fit.train") if drift["verdict"] == "retrain" else ""


def _due(code: str, drift: Mapping[str, Any], words: Words) -> str:
    days = (date.fromisoformat(drift["as_of"]) - date.fromisoformat(drift["known_until"])).days
    return words(f"fit.due_{code}", days=words.counted(days, "day"))
