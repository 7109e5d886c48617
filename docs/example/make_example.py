"""Write the files of docs/bring-your-own-data.md to data/input: a small shop's exports as they might come out of its systems."""

from pathlib import Path

import numpy as np
import pandas as pd

CUSTOMERS, DAYS, START = 900, 420, pd.Timestamp("2024-01-01")
PRODUCTS = pd.DataFrame({"Article": ["T-1", "T-2", "C-1", "C-2", "M-1"], "Group": ["tea", "tea", "coffee", "coffee", "mugs"]})


def orders(random: np.random.Generator) -> pd.DataFrame:
    """Order lines of customers who buy at a pace of their own until, some of them, they stop."""
    pace, stops = random.gamma(2.0, 25.0, CUSTOMERS) + 5, random.uniform(0, 2.5 * DAYS, CUSTOMERS)
    gaps = random.exponential(pace[:, None], (CUSTOMERS, 60))
    days = random.uniform(0, DAYS / 2, CUSTOMERS)[:, None] + gaps.cumsum(axis=1) - gaps[:, :1]
    customer, number = np.nonzero(days < np.minimum(stops, DAYS)[:, None])
    frame = pd.DataFrame({"Customer": customer + 1000, "at": START + pd.to_timedelta(days[customer, number], unit="D")})
    frame = frame.sort_values("at", ignore_index=True)
    frame["Order no"] = [f"A{n:05d}" for n in range(len(frame))]
    frame["Status"] = np.where(random.random(len(frame)) < 0.01, "TEST", "SHIPPED")
    frame["Article"] = PRODUCTS["Article"].to_numpy()[random.integers(0, len(PRODUCTS), len(frame))]
    frame["Total"] = [f"{value:.2f}".replace(".", ",") for value in random.lognormal(3, 0.6, len(frame))]
    frame["Order date"] = frame["at"].dt.strftime("%d.%m.%Y %H:%M")
    return frame[["Customer", "Order no", "Order date", "Article", "Total", "Status"]]


def main() -> None:
    """Write orders.csv, products.csv, visits.csv and customers.csv."""
    random = np.random.default_rng(7)
    folder = Path("data/input")
    folder.mkdir(parents=True, exist_ok=True)
    bought = orders(random)
    visits = bought.sample(frac=0.6, random_state=7)[["Customer", "Order date"]].rename(columns={"Order date": "Seen"})
    people = pd.DataFrame({"Customer": np.arange(1000, 1000 + CUSTOMERS)})
    people["Country"] = random.choice(["DE", "FR", "NL"], CUSTOMERS)
    people["Newsletter"] = random.choice(["yes", "no"], CUSTOMERS)
    people["Profiling"] = random.choice(["yes", "no"], CUSTOMERS, p=[0.97, 0.03])
    for name, frame in {"orders": bought, "products": PRODUCTS, "visits": visits, "customers": people}.items():
        frame.to_csv(folder / f"{name}.csv", index=False, sep=";")


if __name__ == "__main__":
    main()
