"""Every figure per period, declared once: the list is what runs, and what docs/reference/kpis.md is generated from."""

from __future__ import annotations

from pipeline.kpis.contracts import CONTRACT_METRICS
from pipeline.kpis.event_metrics import ENGAGEMENT, FEEDBACK, SERVICE, loyalty, users
from pipeline.kpis.flow_metrics import FLOW_METRICS
from pipeline.kpis.metric import Metric
from pipeline.kpis.sales_metrics import SALES_METRICS, TOP20
from pipeline.kpis.spans import Grid


def declared(grid: Grid, point_value: float | None) -> tuple[Metric, ...]:
    """Every figure, in the order in which they are shown."""
    return (
        *FLOW_METRICS,
        *SALES_METRICS,
        TOP20,
        *FEEDBACK,
        *ENGAGEMENT,
        *users(grid),
        *SERVICE,
        *loyalty(point_value),
        *CONTRACT_METRICS,
    )
