"""The retention figures beside a bare GROUP BY: `python -m benchmarks.kpis [--events 25000000]` on made-up clean tables.

Four events of five are engagements, one is an order line; 30 months, five dimensions. The floor is DuckDB counting and adding up
the same two files per customer and month. `bare` and `figures` are the two halves, each a process.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from benchmarks.run import in_halves, measure, row
from pipeline.artifacts import ARTIFACTS
from pipeline.compose import composed
from pipeline.config import validate
from pipeline.contract.tables import TABLES
from pipeline.engine import engine, quoted
from pipeline.stages.kpis import MEMORY, kpis

ROOT = Path(__file__).parents[1]
DAYS = 912
PER_CUSTOMER = 125  # events
KINDS = "['site_visit', 'site_visit', 'site_visit', 'email_sent', 'email_sent', 'email_opened', 'email_clicked', 'app_session', "
KINDS += (
    "'points_earned', 'points_redeemed', 'social_interaction', 'content_use', 'support_ticket', 'complaint', 'nps_response', "
)
KINDS += "'review', 'referral', 'survey_response', 'chat', 'coupon_redeemed']"
# A customer's activity fades at a speed of their own, so that some leave and some stay.
WHEN = "TIMESTAMP '2022-01-01' + to_seconds(CAST(86400.0 * (born + ({days} - born) * pow(u, speed)) AS BIGINT))"
WHO = """
SELECT i, {key} AS c,
    'C' || lpad(CAST({key} AS VARCHAR), 8, '0') AS customer_id, {days} * 0.6 * (hash({key}) % 1000) / 1000.0 AS born,
    (hash(i * 31 + {salt}) % 1000000) / 1000000.0 AS u, 1 + 4 * (hash({key} * 7) % 100) / 100.0 AS speed
FROM range({rows}) AS range(i)
"""
LINES = """
SELECT customer_id, 'O' || (i // 3) AS order_id, CAST(i % 3 + 1 AS VARCHAR) AS line_id, {when} AS ordered_at,
    CAST(1 + (hash(i * 7) % 9000) / 100.0 AS DECIMAL(18,4)) * CASE WHEN hash(i // 3) % 20 = 0 THEN -1 ELSE 1 END AS amount,
    1 AS quantity, 'P' || hash(i) % 5000 AS product_id, 'category ' || hash(i) % 30 AS category,
    ['web', 'shop', 'app'][CAST(hash(i // 3) % 3 AS INTEGER) + 1] AS channel, 0.5 AS discount, hash(i // 3) % 20 = 0 AS is_return,
    CAST(0.3 * (1 + (hash(i * 7) % 9000) / 100.0) AS DECIMAL(18,4)) AS margin
FROM ({who})
"""
EVENTS = """
SELECT customer_id, CAST(i AS VARCHAR) AS engagement_id, {when} AS occurred_at,
    {kinds}[CAST(hash(i * 13) % 20 AS INTEGER) + 1] AS kind, CAST(hash(i * 3) % 11 AS DECIMAL(18,4)) AS value,
    'topic ' || hash(i) % 5 AS topic
FROM ({who})
"""
PEOPLE = """
SELECT 'C' || lpad(CAST(c AS VARCHAR), 8, '0') AS customer_id, name,
    CASE name WHEN 'country' THEN ['DE', 'AT', 'CH', 'FR', 'IT'][CAST(hash(c) % 5 AS INTEGER) + 1]
        ELSE ['basic', 'silver', 'gold'][CAST(hash(c + step) % 3 AS INTEGER) + 1] END AS value,
    CASE name WHEN 'tier' THEN TIMESTAMP '2022-01-01' + INTERVAL 300 DAY * step END AS valid_from
FROM range({customers}) AS range(c) CROSS JOIN (VALUES ('country', 0), ('tier', 0), ('tier', 1), ('tier', 2)) AS v(name, step)
"""


def make(folder: Path, events: int) -> Path:
    """Write transactions, engagements and attributes as the ingest stage would leave them: typed, sorted by customer."""
    clean = folder / ARTIFACTS["clean"]
    clean.mkdir(parents=True)
    customers, when = events // PER_CUSTOMER, WHEN.format(days=DAYS)
    lines = WHO.format(key=f"hash(i // 3) % {customers}", days=DAYS, salt=1, rows=events // 5).replace(
        "hash(i * 31", "hash(i // 3 * 31"
    )
    done = WHO.format(key=f"hash(i * 17) % {customers}", days=DAYS, salt=2, rows=events - events // 5)
    queries = {
        "transactions": LINES.format(who=lines, when=when),
        "engagements": EVENTS.format(who=done, when=when, kinds=KINDS),
        "attributes": PEOPLE.format(customers=customers),
    }
    with engine(memory=MEMORY) as connection:
        for name, query in queries.items():
            typed = ", ".join(f"CAST(NULL AS {column.type}) AS {key}" for key, column in TABLES[name].columns.items())
            whole = f"SELECT * FROM (SELECT {typed} WHERE false) UNION ALL BY NAME {query}"
            order = f"customer_id, {TABLES[name].dated_by}"
            connection.execute(f"COPY (SELECT * FROM ({whole}) ORDER BY {order}) TO {quoted(clean / f'{name}.parquet')}")
    return clean


def bare(folder: Path) -> None:
    """Count and add up both files per customer and month."""
    with engine(memory=MEMORY) as connection:
        for name, when, value in (("transactions", "ordered_at", "amount"), ("engagements", "occurred_at", "value")):
            relation = f"read_parquet({quoted(folder / ARTIFACTS['clean'] / f'{name}.parquet')})"
            cell = f"customer_id, date_trunc('month', {when}) AS m, count(*) AS n, sum({value}) AS s"
            grouped = f"SELECT {cell} FROM {relation} GROUP BY ALL"
            print(connection.execute(f"SELECT count(*), sum(n), sum(s) FROM ({grouped})").fetchone())


def figures(folder: Path) -> None:
    """Run the kpis stage on the tables."""
    config = validate(yaml.safe_load(composed(ROOT / "configs", ["source=files", f"source.path={folder}"])), "benchmark")
    print(kpis.run(config, folder))


def compare(events: int, folder: Path) -> tuple[str, ...]:
    """The row of the table."""
    make(folder, events)
    script = (sys.executable, "-m", "benchmarks.kpis")
    (folder / ".git").mkdir(exist_ok=True)
    least = measure(*script, "bare", str(folder), folder=folder, source=ROOT)
    took = measure(*script, "figures", str(folder), folder=folder, source=ROOT)
    print(took.output.splitlines()[-1])
    what = f"all figures of {events:,} events by month and five dimensions"
    return row("kpis", what, took.seconds, took.megabytes, "GROUP BY customer and month", least.seconds)


if __name__ == "__main__":
    in_halves(
        "Seconds and memory of the retention figures beside a bare GROUP BY.",
        "events",
        25_000_000,
        {"bare": bare, "figures": figures},
        compare,
    )
