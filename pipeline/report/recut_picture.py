"""The picture of profit by customers contacted, in coordinates that the page's script shares to move its mark."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.report.recut import Recut
from pipeline.report.words import Words

WIDTH, HEIGHT = 420, 240
LEFT, RIGHT, TOP, BOTTOM = 74, 14, 18, 46
INTERVALS = 4


@dataclass(frozen=True)
class Tick:
    """A place on an axis, and its number."""

    at: float
    said: str


@dataclass(frozen=True)
class Drawing:
    """Lines and places in a box of 420 by 240; `data` is the curve for the script, as JSON that HTML may hold."""

    line: str
    area: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    x: float
    y: float
    data: Markup


def drawing_of(curve: Recut, words: Words) -> Drawing:
    """Place the curve; the largest number of customers and the largest profit are the ends of the axes."""
    last = curve.points[-1]
    most, top = max(last.customers, 1), max(last.profit, 1e-9)
    plot = {"left": LEFT, "top": TOP, "width": WIDTH - LEFT - RIGHT, "height": HEIGHT - TOP - BOTTOM}
    places = [(LEFT + plot["width"] * p.customers / most, TOP + plot["height"] * (1 - p.profit / top)) for p in curve.points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    floor = TOP + plot["height"]
    x, y = places[curve.chosen]
    return Drawing(
        line=line,
        area=f"{LEFT},{floor} {line} {places[-1][0]:.1f},{floor}",
        across=tuple(Tick(LEFT + plot["width"] * value / most, words.short(value)) for value in _ticks(most)),
        up=tuple(Tick(floor - plot["height"] * value / top, words.short(value)) for value in _ticks(top)),
        x=x,
        y=y,
        data=as_json(
            {
                "points": [
                    [p.customers, round(p.spend, 2), round(p.profit, 2), None if p.saves is None else round(p.saves, 1)]
                    for p in curve.points
                ],
                "chosen": curve.chosen,
                "plot": plot,
            }
        ),
    )


def as_json(value: Any) -> Markup:
    """JSON that can stand inside a script element: nothing in it ends the element."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(written.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 (escaped here)


def _ticks(most: float) -> Iterator[float]:
    """Round numbers from 0 on, at most five."""
    rough = most / INTERVALS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * nice for nice in (1, 2, 5, 10) if size * nice >= rough)
    yield from (step * at for at in range(math.floor(most / step) + 1))
