"""The world as an instrument: deterministic, stepped from outside, and without side effects between customers."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.simulator import Settings, World, raw_tables, run_history, write_history, write_raw


def contacts(world: World, customer_ids: list[str], offer: str, arm: str = "contact") -> pd.DataFrame:
    """Contacts made at the world's boundary."""
    return pd.DataFrame({
        "customer_id": customer_ids,
        "offer": offer,
        "arm": arm,
        "campaign_id": f"test_{world.month}",
        "assignment_probability": 0.5,
        "channel": "email",
        "cost": 0.1,
        "contacted_at": world.now + pd.Timedelta(hours=9),
    })  # fmt: skip


def rows_of_others(table: pa.Table, customer_ids: set[str]) -> pd.DataFrame:
    """The rows of everybody else, nameless rows left out."""
    frame = table.to_pandas()
    return frame[frame["customer_no"].notna() & ~frame["customer_no"].isin(customer_ids)].reset_index(drop=True)


def test_equal_settings_write_equal_bytes(small: Settings, tmp_path: Path) -> None:
    write_history(small, tmp_path / "a" / "raw", tmp_path / "a" / "truth")
    write_history(small, tmp_path / "b" / "raw", tmp_path / "b" / "truth")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 13
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_another_seed_is_another_world(small: Settings) -> None:
    _, tables, _ = run_history(small)
    _, others, _ = run_history(Settings(seed=4, customers=600, months=8, truth_boundaries=4))
    assert not tables["order_lines"].equals(others["order_lines"])


def test_writing_again_replaces_what_was_there_and_leaves_nothing_beside(small: Settings, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "old.csv").write_text("old")
    write_history(small, tmp_path / "raw", tmp_path / "truth")
    assert not (tmp_path / "raw" / "old.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw", "truth"]


def test_progress_counts_the_months(small: Settings) -> None:
    seen: list[tuple[int, int]] = []
    run_history(small, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(month, 8) for month in range(1, 9)]


def test_stepping_by_hand_gives_the_history(small: Settings) -> None:
    _, tables, _ = run_history(small)
    world = World(small)
    months = [world.step(world.past_contacts()) for _ in range(small.months)]
    for name, table in months[0].items():
        assert pa.concat_tables([month[name] for month in months]).equals(tables[name]), name
        assert table.num_rows or name == "campaign_contacts"


def test_the_world_goes_on_for_three_years_after_the_history(small: Settings) -> None:
    world, _, _ = run_history(small)
    arrived = len(world.state())
    assert arrived == small.customers
    for _ in range(36):
        month = world.step()
        assert month["order_lines"].num_rows > 0
    assert world.now == pd.Timestamp("2025-07-01") + pd.Timedelta(days=36 * 30)
    assert len(world.state()) > arrived
    assert 0.1 < world.truth()["untreated_no_purchase_probability_90d"].mean() < 0.7


def test_months_after_the_history_are_written_like_the_history(small: Settings, tmp_path: Path) -> None:
    world, tables, _ = run_history(small)
    again = copy.deepcopy(world)
    months = [world.step() for _ in range(2)]
    assert again.step()["order_lines"].equals(months[0]["order_lines"])
    more = raw_tables(world, [{name: table for name, table in tables.items() if name != "customers"}, *months])
    write_raw(tmp_path / "raw", more)
    lines = pd.read_csv(tmp_path / "raw" / "order_lines.csv", dtype="str")
    assert len(lines) == tables["order_lines"].num_rows + sum(month["order_lines"].num_rows for month in months)
    assert pd.Timestamp("2025-07-01") < pd.Timestamp(lines["loaded_at"].max()) < world.now
    assert more["customers"].num_rows == len(world.state()) > small.customers


@pytest.mark.parametrize("offer", ["discount_10", "loyalty_bonus", "service_call"])
def test_what_happens_to_others_does_not_depend_on_who_is_contacted(small: Settings, offer: str) -> None:
    left, right = World(small), World(small)
    for _ in range(3):
        left.step(), right.step()
    treated = right.state()["customer_id"].sample(frac=0.5, random_state=0).tolist()
    changed = 0
    for month in range(4):
        quiet, busy = left.step(), right.step(contacts(right, treated, offer) if month == 0 else None)
        for name in quiet.keys() - {"campaign_contacts"}:
            others = rows_of_others(quiet[name], set(treated)), rows_of_others(busy[name], set(treated))
            pd.testing.assert_frame_equal(*others, obj=name)
        changed += not quiet["order_lines"].equals(busy["order_lines"])
    assert changed, "the contacts must change something for the contacted"
    states = (world.state().set_index("customer_id").drop(treated) for world in (left, right))
    pd.testing.assert_frame_equal(*states)


def test_a_holdout_row_is_logged_and_has_no_effect(small: Settings) -> None:
    quiet, held = World(small), World(small)
    log = held.step(contacts(held, ["00000001", "00000002"], "discount_10", arm="holdout"))
    month = quiet.step()
    assert log["campaign_contacts"].column("arm").to_pylist() == ["holdout", "holdout"]
    assert log["order_lines"].equals(month["order_lines"])
    pd.testing.assert_frame_equal(quiet.state(), held.state())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offer": "free_pony"}, "2 rows with an unknown offer, such as 'free_pony'"),
        ({"customer_id": ["00000001", "99999999"]}, "1 rows of customers not known yet, such as '99999999'"),
        ({"customer_id": ["00000001", "00000001"]}, "contacted twice in one month"),
        ({"contacted_at": pd.Timestamp("2030-01-01")}, "2 rows outside"),
    ],
)
def test_contacts_that_cannot_be_are_refused(small: Settings, change: dict[str, object], message: str) -> None:
    world = World(small)
    wrong = contacts(world, ["00000001", "00000002"], "discount_10").assign(**change)
    with pytest.raises(ValueError, match=message):
        world.step(wrong)


def test_a_missing_column_of_contacts_is_named(small: Settings) -> None:
    world = World(small)
    with pytest.raises(ValueError, match="columns missing: arm"):
        world.step(contacts(world, ["00000001"], "discount_10").drop(columns="arm"))


@pytest.mark.parametrize("wrong", [{"customers": 0}, {"months": 0}, {"customers": 1 << 20}])
def test_sizes_that_cannot_be_simulated_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Settings(seed=1, **wrong)


def test_customers_arrive_month_by_month_and_all_by_the_end() -> None:
    settings = Settings(seed=1, customers=1000, months=10)
    arrived = np.array([settings.arrived(month) for month in range(12)])
    assert settings.base == 350
    assert arrived[9] == 1000
    assert set(np.diff(arrived)) == {65}
