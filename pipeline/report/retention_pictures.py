"""Which pictures of retention a source has figures for, with a question as the title and the answer under each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.report import flow_pictures
from pipeline.report.pictures import Picture
from pipeline.report.words import Words


def retention_pictures(kpis: Mapping[str, Any], words: Words) -> Iterator[Picture]:
    """Retention over time, cohorts, recommendation and concentration, those that there are."""
    yield from _stay(kpis, words)
    yield from _back(kpis, words)
    yield from _recommend(kpis, words)
    yield from _pays(kpis, words)


def _stay(kpis: Mapping[str, Any], words: Words) -> Iterator[Picture]:
    known = [p for p in kpis.get("periods", []) if p["figures"].get("retention_rate") is not None]
    periods = [p for p in known if not p["truncated"]] or known
    if periods:
        said = words("retention.stay")
        if len(periods) < len(known):
            said += " " + words("retention.stay_young", period=periods[0]["period"])
        drawn = flow_pictures.retention_curve(periods, words("retention.stay_label", said=said), words)
        yield Picture(words("retention.stay_title"), drawn, said)


def _back(kpis: Mapping[str, Any], words: Words) -> Iterator[Picture]:
    rows = [row for row in kpis.get("cohorts", {}).get("rows", []) if row["customers"]]
    if rows and max(len(row["active"]) for row in rows) > 1:
        said = words("retention.back")
        drawn = flow_pictures.cohort_map(rows, words("retention.back_label", said=said), words)
        yield Picture(words("retention.back_title"), drawn, said)


def _recommend(kpis: Mapping[str, Any], words: Words) -> Iterator[Picture]:
    asked = [p for p in kpis.get("periods", []) if p["figures"].get("nps") is not None and not p["partial"]]
    if asked:
        said = words("retention.recommend", answers=_answers(kpis, words))
        drawn = flow_pictures.nps_bars(asked, words("retention.recommend_label", said=said), words)
        yield Picture(words("retention.recommend_title"), drawn, said)


def _pays(kpis: Mapping[str, Any], words: Words) -> Iterator[Picture]:
    curve = kpis.get("concentration", {}).get("curve", [])
    if curve:
        best = next(p["share"] for p in curve if p["percent"] == 20)
        said = words("retention.pays", period=kpis["concentration"]["period"], share=words.percent(best))
        drawn = flow_pictures.concentration_curve(curve, words("retention.pays_label", said=said), words)
        yield Picture(words("retention.pays_title"), drawn, said)


def _answers(kpis: Mapping[str, Any], words: Words) -> str:
    nps = kpis.get("latest", {}).get("figures", {}).get("nps")
    if nps is None or nps["low"] is None:
        return words("retention.answers_few")
    low, high = (words.decimal(nps[end], 1) for end in ("low", "high"))
    answers = words.number(nps["denominator"])
    return words("retention.answers", answers=answers, period=kpis["latest"]["period"], low=low, high=high)
