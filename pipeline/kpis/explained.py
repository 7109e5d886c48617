"""What stands above and below the lists of docs/reference/kpis.md."""

from __future__ import annotations

EXPLAINED = (
    "The lists in `pipeline/kpis`; `reports/kpis.csv` has a row per period, value of a dimension and figure, `churn kpis` "
    "shows them. A figure exists where the source has what it *needs*; otherwise `reports/kpis.json` says why it is absent.",
    "A period is `[T0, T1)`. *Active* at T is what the churn definition says: active in `[T − active_days, T)`, or for "
    "renewals a subscription that runs to T or longer; so the flow agrees with who is at risk in the model. Everything is "
    "as known today, so an order recorded late counts where it happened (one whose lines became known at different times: where "
    "the part known first happened), and nothing before the first period is looked at. *Revenue* is the amount of all lines, "
    "sales less returns.",
    "A dimension splits customers, not rows: each customer has one value per period, the one at its start (who had none by "
    "then: the first in it), and every figure of a cell is about its customers, so that cells add up to `all`. `channel` is "
    "that of the latest purchase before the period, `category` that of the dearest line of the latest period with a "
    "purchase, `cohort` the month of the first activity (the quarter or year where those are the period), anything else an "
    "attribute; beyond the 30 most frequent values it is `(other)`, without one `(unknown)`. Besides, `topic` splits tickets "
    "and complaints, over all present customers, and `plan` and `month_of_life` split contracts.",
    "Marks: `partial`, the data does not cover the whole period (or, for revenue retention, the one before); `truncated`, "
    "the days in which a customer counts as active begin before the data, so actives and losses are too few, and acquired "
    "may be old; `small`, it rests on fewer than 30 customers, orders or answers; `empty`, nothing to divide by; `undated`, "
    "the attribute is only known as of today. Intervals are 95 %: Wilson (1927) for shares, normal for means. Ratios have "
    "none.",
    "In every cell `customers_start + customers_acquired + customers_reactivated − customers_lost = customers_end`, "
    "asserted on every run. `retention_rate_textbook` differs from `retention_rate` by the reactivated and by customers won and "
    "lost within the period; `churn_rate_textbook` is net of everyone won, so the two do not add up to 1.",
    "Where the churn definition allows long silence, nobody can be lost before the data is as old as that: the first periods "
    "are `truncated`, their retention is 100 % by construction, and `survival` cannot fall earlier either.",
)
KAPLAN = "Kaplan and Meier 1958; Greenwood 1926; log-log interval of Kalbfleisch and Prentice 1980"
BEYOND: tuple[tuple[str, str, str], ...] = (
    ("`cohorts`", "by month of first activity and month of life: customers active, their revenue; only months that are over", ""),
    (
        "`survival`",
        "share of customers who have never stopped being active by the churn definition, by days since the first activity; it "
        "cannot fall before `active_days`",
        KAPLAN,
    ),
    ("`second_purchase`", "days from first to second purchase, and the share that has bought again within 30 to 365", KAPLAN),
    (
        "`rfm`",
        "recency, frequency and monetary value of everybody who ever bought, in fifths at each period's end (equal customers "
        "share the lower fifth), six named segments, and the moves between them",
        "Hughes 1994",
    ),
    (
        "`leaving`",
        "customers lost in the last three complete periods against those retained in all of them, each once, by what they were "
        "and did in the `active_days` before: risk differences, standardised mean differences, largest (Cohen's h, d) first; "
        "only those whose interval excludes zero, of so many `compared`, of which one in twenty would by chance; not causes",
        "Newcombe 1998; Hedges and Olkin 1985; Cohen 1988",
    ),
    ("`cancel_reasons`", "values of the attribute `cancel_reason`, counted", ""),
    (
        "`worth`",
        "retention over a year (90 or 30 days where the data is short), the revenue and margin of a customer by the pooled "
        "cohorts, and how much more five points of retention make it; its assumptions stand beside it",
        "the pooled cohorts",
    ),
    (
        "`targets`",
        "`kpis.targets` against the last complete period: `met`, `missed`, `open` where the interval contains the target, "
        "`absent` with the reason",
        "",
    ),
)
