"""What a person reads in a log and on a terminal."""

import io

from rich.console import Console

from pipeline.check.sheet import show, verdict

ERROR = {"code": "no_plan", "severity": "error", "sentence": "too little history: " + "9 days, " * 30, "remedy": "bring [more]"}
REPORT = {
    "fit": False,
    "counts": {"error": 1, "warning": 0, "advice": 0},
    "findings": [ERROR],
    "today": "2024-06-30",
    "tables": {
        "contacts": {
            "rows_in": 1,
            "rows": 1,
            "quarantined": {},
            "merged": 0,
            "left_out": 0,
            "forgotten": 0,
            "first": None,
            "last": None,
        },
        "transactions": {"rows_in": 1205, "rows": 1000, "quarantined": {"x": 150, "y": 30}, "merged": 20, "left_out": 5}
        | {"forgotten": 0, "first": "2024-01-01", "last": "2024-06-29"},
    },
    "orders": {"customers": 7, "orders": 90, "share_with_one_order": 0.5, "lines_with_amount": 0}
    | {"revenue_positive": 0.0, "revenue_negative": 0.0},
    "definition": {"kind": "purchase"},
    "rhythm": {
        "days": 90,
        "share_within": 0.8,
        "median_days": 20,
        "covering_days": 120,
        "proposed_days": 126,
        "watched_days": 300,
    },
    "horizons": {
        "double": {"days": 180, "problem": "too little history: …"},
        "chosen": {"days": 90, "t": "2024-04-01", "churn_rate": 0.256, "lost": 300, "kept": 900},
        "half": {"days": 45, "t": "2024-05-16", "churn_rate": None, "lost": 0, "kept": 0},
    },
}


def printed(report: dict, **console: object) -> list[str]:
    out = io.StringIO()
    show(report, Console(file=out, width=100, **console))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_log_has_whole_sentences_and_no_colour():
    lines = printed(REPORT)
    assert lines[:3] == [
        "table         rows in  accepted  quarantined  merged  left out       first        last",
        "transactions    1,205     1,000          180      20         5  2024-01-01  2024-06-29",
        "contacts            1         1            0       0         0           –           –",
    ]
    assert "7 customers (50 % ordered once), 90 orders, no amounts; today is 2024-06-30" in lines
    assert f"- {ERROR['sentence']} [no_plan]" in lines
    assert "  → bring [more]" in lines
    assert lines[lines.index("HORIZON") + 2 :] == [
        "horizon  days          churn rate  customers   test date",
        "half       45      nobody at risk          –  2024-05-16",
        "chosen     90                26 %      1,200  2024-04-01",
        "double    180  too little history          –           –",
    ]
    assert "\x1b" not in "".join(lines)


def test_a_terminal_wraps_sentences_and_marks_errors():
    lines = printed(REPORT, force_terminal=True)
    assert "\x1b[1;31mERRORS (1)\x1b[0m" in lines
    (first,) = [number for number, line in enumerate(lines) if line.startswith("- too little history: ")]
    assert all(len(line) <= 100 for line in lines[first : first + 3])
    assert lines[first + 2].endswith("[no_plan]")


def test_the_tables_fit_into_80_characters():
    tables = {name: table | {"left_out": 0} for name, table in REPORT["tables"].items()}
    tables["subscriptions"] = tables["transactions"] | {"rows_in": 2_226_466, "rows": 2_210_401}
    assert max(len(line) for line in printed(REPORT | {"tables": tables})[:4]) <= 80
    assert "left out" not in printed(REPORT | {"tables": tables})[0]


def test_the_columns_of_the_tables_add_up_with_those_forgotten():
    tables = {name: table | {"left_out": 0} for name, table in REPORT["tables"].items()}
    tables["transactions"] |= {"forgotten": 5}
    assert printed(REPORT | {"tables": tables})[:2] == [
        "table         rows in  accepted  quarantined  merged  forgotten       first        last",
        "transactions    1,205     1,000          180      20          5  2024-01-01  2024-06-29",
    ]


def test_horizons_without_any_date_are_not_shown():
    assert printed(REPORT | {"horizons": {"chosen": {"days": 90, "problem": "none"}}})[-1].startswith("of all returns")


def test_the_verdict_has_the_first_error():
    assert verdict(REPORT) == f"cannot train: {ERROR['sentence']}"
    assert verdict(REPORT | {"findings": [ERROR, ERROR]}).endswith(" (and 1 more)")
    calm = {"fit": True, "counts": {"error": 0, "warning": 0, "advice": 3}}
    assert verdict(calm) == "fit to train"
    assert verdict(calm | {"counts": {"error": 0, "warning": 2, "advice": 0}}) == "fit to train, with 2 warnings to look at"
