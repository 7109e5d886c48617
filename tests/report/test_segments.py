"""Segments: today's customers beside what happened to their like on the test date."""

import pandas as pd
import pytest

from pipeline.config.campaign_section import Bands
from pipeline.report.segments import Measured, segments
from pipeline.report.words import spoken
from pipeline.statistics.intervals import wilson

BANDS = Bands(critical=0.8, high=0.6, medium=0.4)
SCORED = pd.DataFrame(
    {
        "churn_probability": [0.9, 0.8, 0.5, 0.1],
        "risk_segment": ["critical", "critical", "medium", "low"],
        "revenue_total": [100.0, 50.0, 50.0, 200.0],
        "value_at_risk": [9.0, 4.0, None, 1.0],
    }
)
JUDGED = pd.DataFrame({"y": [1, 1, 0, 0, 1], "weight": [1.0, 1.0, 2.0, 1.0, 3.0], "churn_probability": [0.8, 0.6, 0.6, 0.2, 0.3]})


def test_a_segment_counts_today_and_measures_the_test_date() -> None:
    critical, high, _, low = segments(SCORED, JUDGED, BANDS, spoken("en"))
    assert (critical.customers, critical.share, critical.expected, critical.revenue) == (2, 0.5, pytest.approx(1.7), 150.0)
    assert critical.revenue_share == pytest.approx(0.375)
    assert (critical.bounds, high.bounds, low.bounds) == ("0.80 or more", "0.60 to 0.80", "below 0.40")
    assert high.measured is not None
    assert (high.measured.customers, high.measured.rate) == (2, pytest.approx(1 / 3))
    assert low.measured is not None
    assert low.measured.rate == pytest.approx(0.75)


def test_weights_widen_the_interval() -> None:
    _, high, _, _ = segments(SCORED, JUDGED, BANDS, spoken("en"))
    low_end, high_end = wilson(1 / 3 * 9 / 5, 9 / 5)  # weights 1 and 2 are worth (1 + 2)² / (1 + 4) customers
    assert high.measured == Measured(2, pytest.approx(0.6), pytest.approx(1 / 3), pytest.approx(low_end), pytest.approx(high_end))


def test_value_at_risk_is_summed_by_segment_and_unknown_where_nobody_has_any() -> None:
    assert [segment.value_at_risk for segment in segments(SCORED, JUDGED, BANDS, spoken("en"))] == [13.0, 0.0, 0.0, 1.0]
    unknown = segments(SCORED.assign(value_at_risk=float("nan")), JUDGED, BANDS, spoken("en"))
    assert [segment.value_at_risk for segment in unknown] == [None] * 4


def test_an_empty_band_has_no_mean_and_no_measurement() -> None:
    _, high, medium, _ = segments(SCORED, JUDGED, BANDS, spoken("en"))
    assert (high.customers, high.expected, high.mean_probability, high.revenue) == (0, 0.0, None, 0.0)
    assert medium.measured is None


def test_without_money_no_segment_has_any() -> None:
    made = segments(SCORED.assign(revenue_total=float("nan")), JUDGED, BANDS, spoken("en"))
    assert [(segment.revenue, segment.revenue_share) for segment in made] == [(None, None)] * 4
