"""The stage outcomes on an archive of two deliveries: one whose window has passed, one whose has not."""

import csv
import json
import re
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import Config
from pipeline.contract.identity import pseudonym
from pipeline.disk import sha256
from pipeline.errors import DataUnfitError
from pipeline.figure_files import read_figures
from pipeline.operate.delivered import register
from pipeline.operate.forget import forget
from pipeline.stages.outcomes import outcomes
from tests.conftest import ROOT, config_of, write_identities
from tests.pages import keys_of
from tests.worlds import write_tables

PAGE = ROOT / "docs/did-it-work.md"
MARCH, JULY = date(2024, 3, 1), date(2024, 7, 1)
# Of each arm of the list so many customers, and how many of them bought again: 80 of 160 contacted, 10 of 40 held out.
ARMS = {"contact": (160, 80), "holdout": (40, 10), "control": (20, 8), "none": (80, 60)}


def customers() -> pd.DataFrame:
    """Everybody with the forecast they had; every second of the listed at .8, the others at .5, who is in no list at .2."""
    rows = [
        {"customer_id": f"{arm}-{number:03d}", "arm": arm, "stays": number < stayed, "odd": number % 2}
        for arm, (many, stayed) in ARMS.items()
        for number in range(many)
    ]
    found = pd.DataFrame(rows)
    risk = found["odd"].map({0: 0.8, 1: 0.5}).where(found["arm"] != "none", 0.2)
    return found.assign(churn_probability=risk)


def assignments(found: pd.DataFrame) -> pd.DataFrame:
    listed = found["arm"].isin(["contact", "holdout"])
    drawn = found[found["arm"] != "none"].assign(
        list="churn",
        segment="leaving",
        channel="email",
        offer="reward",
        intended_offer="reward",
        offer_probability=1.0,
        assignment_probability=0.8,
        since=MARCH.isoformat(),
        risk_segment="high",
        expected_value=100.0,
        expected_profit=5.0,
        expected_cost=0.5,
        taken_off="",
    )
    drawn.loc[~listed, ["list", "segment", "channel", "offer", "intended_offer"]] = ""
    drawn.loc[~listed, ["assignment_probability", "expected_cost"]] = 0.0
    return drawn.drop(columns=["stays", "odd"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = customers()
    orders = [{"customer_id": name, "order_id": f"{name}/0", "ordered_at": datetime(2024, 1, 5)} for name in found["customer_id"]]
    orders += [
        {"customer_id": name, "order_id": f"{name}/1", "ordered_at": datetime(2024, 4, 5)}
        for name, stays in zip(found["customer_id"], found["stays"], strict=True)
        if stays
    ]
    write_tables(tmp_path / "data/clean", {"transactions": [order | {"amount": 60} for order in orders]})
    write_identities(tmp_path, {})
    plan = {"first": "2023-01-01", "score": "2024-07-15", "origins": [], "ship": [], "running": []}
    (tmp_path / "data/snapshots").mkdir()
    (tmp_path / "data/snapshots/plan.json").write_text(json.dumps(plan), encoding="utf-8")
    for day in (MARCH, JULY):
        folder = tmp_path / "data/deliveries" / day.isoformat()
        folder.mkdir(parents=True)
        found[["customer_id", "churn_probability", "arm"]].to_csv(folder / "customers.csv", index=False)
        assignments(found).to_csv(folder / "assignments.csv", index=False)
    return tmp_path


@pytest.fixture
def config() -> Config:
    return config_of("value.margin_share=0.5", "campaign.bands={critical: 0.75, high: 0.4, medium: 0.3}")


@pytest.fixture
def march(root, config) -> dict:
    """What was read of the delivery of March."""
    assert outcomes.run(config, root) == "2 deliveries, 1 of them matured by 2024-07-15"
    return json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]


def test_one_that_is_still_running_says_when_it_will_have_matured(root, config, march):
    july = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][1]
    assert (july["as_of"], july["matured"], july["matures_on"]) == ("2024-07-01", False, "2024-09-29")
    assert july["arms"]["holdout"] == {"customers": 40, "churn_rate": None}


def test_the_page_names_every_key_of_a_delivery(root, march):
    told = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))
    july = told["deliveries"][1]
    assert sorted(march | july) == sorted(keys_of("did-it-work.md", "reports/outcomes.json"))
    (section,) = re.findall(r"^## `reports/outcomes.json`$(.*?)^\|", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", section)) == {*told, *july}


def test_the_arms_are_what_they_are(march):
    assert march["arms"] == {
        "contact": {"customers": 160, "churn_rate": 0.5},
        "holdout": {"customers": 40, "churn_rate": 0.75},
        "control": {"customers": 20, "churn_rate": 0.6},
    }
    assert (march["customers"], march["taken_off"], march["sample_ratio_p"], march["suspect"]) == (300, 0, 1, False)


def test_contacting_kept_a_quarter_of_them(march):
    """Forecasts are the same in both arms, so the effect is the plain difference of the two shares."""
    effect = march["effect"]
    assert effect["churn_difference"] == pytest.approx(-0.25)
    assert (effect["contacted"], effect["held_out"]) == (160, 40)
    assert -0.42 < effect["low"] < -0.38
    assert -0.12 < effect["high"] < -0.08
    assert march["saves"] == pytest.approx(40)
    assert march["revenue"] == pytest.approx(160 * 60 * 0.25)
    assert march["margin"] == pytest.approx(160 * 30 * 0.25)
    assert (march["cost"], march["cost_from"], march["why_not"]) == (80, "playbook", None)
    assert march["profit"] == pytest.approx(1200 - 80)
    low, high = march["intervals"]["profit"]
    assert low < 1120 < high


def test_the_forecast_is_judged_by_who_was_left_alone_and_stands_for_all(march):
    """Held out: 30 of 40 left, each standing for five; control 12 of 20; in no list 20 of 80."""
    assert march["realised"] == pytest.approx((5 * 30 + 12 + 20) / (5 * 40 + 20 + 80))
    predicted = (5 * (20 * 0.8 + 20 * 0.5) + 10 * 0.8 + 10 * 0.5 + 80 * 0.2) / 300
    assert march["predicted"] == pytest.approx(predicted)
    assert march["bands"]["low"] | {"low": None, "high": None} == {
        "customers": 80, "predicted": pytest.approx(0.2), "realised": 0.25, "low": None, "high": None,
    }  # fmt: skip
    assert 0.5 < march["auc"] < 1


def test_who_was_contacted_by_a_later_delivery_does_not_count_as_left_alone(root, config):
    """Of the 80 in no list of March, 60 of whom stayed, 8 who stayed are contacted in May, and 2 of whom one left held out."""
    found = customers().set_index("customer_id")
    names = [*(f"none-{number:03d}" for number in range(9)), "none-079"]
    later = found.loc[names].reset_index().assign(arm=["contact"] * 8 + ["holdout"] * 2)
    folder = root / "data/deliveries/2024-05-01"
    folder.mkdir()
    rows = assignments(later).assign(since="2024-05-01", assignment_probability=0.75)
    rows.to_csv(folder / "assignments.csv", index=False)
    rows[["customer_id", "churn_probability", "arm"]].to_csv(folder / "customers.csv", index=False)
    outcomes.run(config, root)
    march = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert march["bands"]["low"]["customers"] == 72
    assert march["bands"]["low"]["realised"] == pytest.approx((19 + 4) / (70 + 2 * 4))
    kept = pd.read_parquet(root / "data/matured/2024-03-01.parquet").set_index("customer_id")["weight"]
    asked = ["none-000", "none-008", "none-009", "none-079", "holdout-001", "contact-001", "control-001"]
    assert kept[asked].tolist() == pytest.approx([0, 4, 1, 4, 5, 0, 1])


def test_the_four_groups_need_enough_of_each(march):
    assert march["four_groups"] == {
        "measurable": False,
        "why": "low_contacted has 0 customers, 30 are needed",
    }


def test_a_table_for_the_spreadsheet_has_the_whole_each_list_segment_and_offer(root, config, march):
    with (root / "reports/outcomes/2024-03-01.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["list"], row["segment"], row["intended_offer"]) for row in rows] == [
        ("all", "", ""), ("churn", "", ""), ("churn", "leaving", ""), ("churn", "", "reward"),
    ]  # fmt: skip
    assert {(row["contacted"], row["saves"], row["profit"]) for row in rows} == {("160", "40.0", "1120.0")}
    assert not (root / "reports/outcomes/2024-07-01.csv").exists()
    with (root / "reports/outcomes/deliveries.csv").open(encoding="utf-8") as file:
        march_, july = csv.DictReader(file)
    assert (march_["delivery"], march_["matured"], march_["saves"], march_["churn_difference"]) == (
        "2024-03-01",
        "True",
        "40.0",
        "-0.25",
    )
    assert (march_["margin"], march_["cost"], march_["cost_from"], march_["profit"]) == ("1200.0", "80.0", "playbook", "1120.0")
    assert (july["delivery"], july["matured"], july["matures_on"], july["saves"]) == ("2024-07-01", "False", "2024-09-29", "")


def with_log(root: Path, config: Config, costs: list[float | None]) -> dict:
    """What is read of the delivery of March where the log has the first so many of its contacts, at these costs."""
    sent = [
        {"customer_id": f"contact-{number:03d}", "contacted_at": datetime(2024, 3, 2), "channel": "email", "cost": cost}
        for number, cost in enumerate(costs)
    ]
    write_tables(root / "data/clean", {"contacts": [row | {"delivery_id": "2024-03-01"} for row in sent]})
    outcomes.run(config, root)
    return json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]


@pytest.mark.parametrize(
    ("costs", "cost", "come"),
    [
        ([2.0] * 160, 320, "contacts"),
        ([2.0] * 80, 80 * 2 + 80 * 0.5, "both"),
        ([6.0], 6 + 159 * 0.5, "both"),
        ([6.0] * 2 + [None] * 158, 2 * 6 + 158 * 0.5, "both"),
        ([None] * 160, 160 * 0.5, "playbook"),
    ],
)
def test_a_contact_without_a_cost_in_the_log_costs_what_the_playbook_expected(root, config, costs, cost, come):
    found = with_log(root, config, costs)
    assert (found["cost"], found["cost_from"]) == (cost, come)
    assert found["profit"] == pytest.approx(1200 - cost)
    assert {part["cost"] for part in found["parts"]} == {cost}


def test_where_neither_log_nor_playbook_knows_a_cost_there_is_no_profit(root, config):
    path = root / "data/deliveries/2024-03-01/assignments.csv"
    pd.read_csv(path, keep_default_na=False).assign(expected_cost="").to_csv(path, index=False)
    found = with_log(root, config, [6.0] * 159)
    assert (found["cost"], found["profit"], found["margin"]) == (None, None, pytest.approx(1200))
    assert found["why_not"]["code"] == "no_cost"


@pytest.mark.parametrize(
    ("change", "code", "smaller_arm"),
    [
        (lambda rows: rows.assign(since="2024-02-01"), "nobody_drawn", 0),
        (lambda rows: rows[rows["arm"] != "contact"], "nobody_contacted", 0),
        (lambda rows: rows[rows["arm"] != "holdout"], "nobody_held_out", 0),
        (lambda rows: rows.drop(rows.index[rows["arm"] == "holdout"][19:]), "few", 19),
    ],
)
def test_why_there_is_no_effect_or_no_profit_is_written(root, config, change, code, smaller_arm):
    path = root / "data/deliveries/2024-03-01/assignments.csv"
    change(pd.read_csv(path, keep_default_na=False)).to_csv(path, index=False)
    outcomes.run(config, root)
    found = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert found["why_not"] == {"code": code, "smaller_arm": smaller_arm, "needed": 20}
    assert (found["effect"] is None, found["profit"]) == (smaller_arm == 0, None)


def test_the_log_of_contacts_says_who_was_reached(root, config):
    found = with_log(root, config, [2.0] * 80)
    assert found["reached"]["share_of_contacted"] == 0.5
    assert found["reached"]["churn_difference"] == pytest.approx(-0.5)
    assert found["effect"]["churn_difference"] == pytest.approx(-0.25)


def test_who_was_taken_off_at_the_hand_over_counts_in_neither_arm(root, config):
    path = root / "data/deliveries/2024-03-01/assignments.csv"
    rows = pd.read_csv(path, keep_default_na=False)
    rows.loc[rows["customer_id"].isin(["contact-159", "holdout-039"]), "taken_off"] = "bought_since"
    rows.to_csv(path, index=False)
    outcomes.run(config, root)
    effect = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]["effect"]
    assert (effect["contacted"], effect["held_out"]) == (159, 39)


def test_a_row_for_everybody_says_what_was_said_of_them_how_they_were_drawn_and_what_became_of_them(root, config, march):
    (file,) = (root / "data/matured").iterdir()
    rows = pd.read_parquet(file).set_index("customer_id")
    assert (file.name, len(rows)) == ("2024-03-01.parquet", 300)
    asked = ["arm", "drawn", "churn_probability", "assignment_probability", "intended_offer", "since", "churned", "margin"]
    assert rows.loc["contact-001", asked].tolist() == ["contact", True, 0.5, 0.8, "reward", "2024-03-01", False, 30]
    assert rows.loc["holdout-039", asked].tolist() == ["holdout", True, 0.5, 0.8, "reward", "2024-03-01", True, 0]
    assert rows.loc["none-000", ["drawn", "churn_probability", "churned"]].tolist() == [False, 0.2, False]
    assert rows["suspect"].tolist() == [False] * 300
    assert rows["drawn"].groupby(rows["arm"]).sum().to_dict() == {"contact": 160, "control": 0, "holdout": 40, "none": 0}


def test_a_row_says_which_model_scored_the_customer_where_the_list_says_it(root, config, march):
    kept = root / "data/matured/2024-03-01.parquet"
    assert pd.read_parquet(kept)["model_version"].isna().all(), "lists of before there was the column"
    path = root / "data/deliveries/2024-03-01/customers.csv"
    listed = pd.read_csv(path)
    listed.assign(model_version=["20240301-a"] * 299 + [""]).to_csv(path, index=False)
    outcomes.run(config, root)
    assert pd.read_parquet(kept).set_index("customer_id")["model_version"].value_counts().to_dict() == {"20240301-a": 299, "": 1}


def named_in_customers(path: Path) -> None:
    """What lists say of channel and segment, which draws are told apart by."""
    listed = customers()[["customer_id", "churn_probability", "arm"]].assign(channel="email", segment="leaving")
    listed.to_csv(path, index=False)


def test_what_the_offer_did_corrects_the_playbook_for_the_next_lists(root, config):
    """Of a mean forecast of .65 contacting kept .25 of all, so .25 / .65 of those who would have left."""
    path = root / "data/deliveries/2024-03-01/assignments.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",reward", ",loyalty_reward"), encoding="utf-8")
    named_in_customers(path.with_name("customers.csv"))
    outcomes.run(config, root)
    learned = json.loads((root / "reports/learned.json").read_text(encoding="utf-8"))
    offer, segment = (row for row in learned["offers"] if (row["offer"], row["channel"]) == ("loyalty_reward", "email"))
    assert (learned["draws"], offer["assumed"], offer["measured"]) == (200, 0.15, pytest.approx(0.25 / 0.65))
    assert 0.15 < offer["used"] < 0.25 / 0.65
    assert (offer["origin"], offer["contacted"], offer["held_out"], segment["segment"]) == ("both", 160, 40, "leaving")
    others = [row["origin"] for row in learned["offers"] if row["origin"] != "playbook"]
    assert others == ["both", "both"]


@pytest.mark.parametrize("redeemed", [0, 40])
@pytest.mark.parametrize("again", [0, 80])
def test_who_is_contacted_again_has_not_taken_more_offers(root, config, redeemed, again):
    """160 e-mails at .05, so many of them with 5 for points that were redeemed, and so many again a fortnight later."""
    path = root / "data/deliveries/2024-03-01/assignments.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",reward", ",loyalty_reward"), encoding="utf-8")
    named_in_customers(path.with_name("customers.csv"))
    sent = [("2024-03-01", 2, number, 5.05 if number < redeemed else 0.05) for number in range(160)]
    sent += [("2024-03-15", 16, number, 0.05) for number in range(again)]
    rows = [
        {"customer_id": f"contact-{number:03d}", "contacted_at": datetime(2024, 3, day), "delivery_id": of, "cost": cost}
        for of, day, number, cost in sent
    ]
    write_tables(root / "data/clean", {"contacts": [row | {"channel": "email"} for row in rows]})
    outcomes.run(config, root)
    learned = json.loads((root / "reports/learned.json").read_text(encoding="utf-8"))["offers"]
    offer = next(row for row in learned if (row["offer"], row["channel"]) == ("loyalty_reward", "email"))
    kept, told = offer["kept"], offer["take_up"]
    if redeemed:
        expected = 160 * 5 * (0.65 * (1 - kept) * 0.05 + 0.35 * 0.6)
        assert told["measured"] == pytest.approx((40 * 5 - 160 * 5 * 0.65 * kept) / expected)
        assert (told["customers"], told["why_not"]) == (160, None)
    else:
        assert (told["measured"], told["used"], told["origin"]) == (None, 1.0, "playbook")
        assert told["why_not"].startswith("every contact has the same logged cost")


def test_a_delivery_whose_arms_have_not_the_sizes_that_were_drawn_teaches_nothing(root, config):
    path = root / "data/deliveries/2024-03-01/assignments.csv"
    rows = pd.read_csv(path, keep_default_na=False)
    rows.assign(assignment_probability=rows["assignment_probability"] * 0.5).to_csv(path, index=False)
    outcomes.run(config, root)
    learned = json.loads((root / "reports/learned.json").read_text(encoding="utf-8"))
    assert (learned["draws"], learned["deliveries_left_out"]) == (0, ["2024-03-01"])
    assert pd.read_parquet(root / "data/matured/2024-03-01.parquet")["suspect"].tolist() == [True] * 300


def in_two_lists(root: Path, contacted: int, held_out: int, chance: float) -> None:
    """So many of either arm stay in the list `churn`, which was drawn by .8; the others are in `win_back`, drawn by `chance`."""
    path = root / "data/deliveries/2024-03-01/assignments.csv"
    rows = pd.read_csv(path, keep_default_na=False)
    number = rows["customer_id"].str[-3:].astype(int)
    others = (rows["arm"] == "contact") & (number >= contacted) | (rows["arm"] == "holdout") & (number >= held_out)
    rows.loc[others, ["list", "assignment_probability"]] = ["win_back", chance]
    rows.to_csv(path, index=False)


def test_two_lists_that_are_off_in_opposite_directions_are_each_found(root, config):
    """Of 100 a list 80 were to be contacted, and 95 and 65 are; in all they are 160 of 200, as was drawn."""
    in_two_lists(root, 95, 5, 0.8)
    outcomes.run(config, root)
    march = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert (march["sample_ratio_p"], march["suspect"], march["suspect_lists"]) == (1, True, ["churn", "win_back"])
    learned = json.loads((root / "reports/learned.json").read_text(encoding="utf-8"))
    assert learned["deliveries_left_out"] == ["2024-03-01"]


@pytest.mark.parametrize(("contacted", "held_out", "chance", "found"), [(137, 13, 23 / 50, []), (138, 12, 22 / 50, ["churn"])])
def test_one_of_two_lists_is_held_to_half_the_bound(root, config, contacted, held_out, chance, found):
    """Of 150 with .8 each, 137 contacted have p = .00052 and 138 have .00024; the other is as drawn, the whole not suspect."""
    in_two_lists(root, contacted, held_out, chance)
    outcomes.run(config, root)
    march = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert march["sample_ratio_p"] > 0.001
    assert (march["suspect"], march["suspect_lists"]) == (bool(found), found)


def test_before_the_first_delivery_there_is_nothing_to_read(root, config):
    (root / "data/deliveries").rename(root / "data/elsewhere")
    assert outcomes.run(config, root) == "no delivery yet"
    told = read_figures(root / "reports/outcomes.json")
    assert (told["as_of"], told["deliveries"]) == ("2024-07-15", [])
    (only,) = (root / "reports/outcomes").iterdir()
    assert only.read_text(encoding="utf-8").startswith("delivery,matured,matures_on,customers,predicted,realised,")


def enter(root: Path) -> None:
    """Give both deliveries their manifests and enter them, as `churn deliver` does."""
    for day in (MARCH, JULY):
        folder = root / f"data/deliveries/{day}"
        files = {path.name: {"rows": 300, "sha256": sha256(path)} for path in folder.glob("*.csv")}
        (folder / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    register(root / "data/deliveries", root / "data/deliveries.json")


def test_a_delivery_that_is_entered_but_not_here_is_not_taken_for_none(root, config):
    enter(root)
    assert outcomes.run(config, root) == "2 deliveries, 1 of them matured by 2024-07-15"
    (root / "data/deliveries/2024-03-01").rename(root / "data/elsewhere")
    with pytest.raises(DataUnfitError, match=r"names the delivery of 2024-03-01, which is not in .*bring that folder"):
        outcomes.run(config, root)


def test_a_delivery_that_was_changed_together_with_its_manifest_tells_no_other_outcome(root, config):
    enter(root)
    (root / "data/deliveries.json").rename(root / "data/entered.json")
    path = root / "data/deliveries/2024-03-01/assignments.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("holdout,", "contact,", 1), encoding="utf-8")
    enter(root)
    outcomes.run(config, root)
    (root / "data/entered.json").rename(root / "data/deliveries.json")
    before = (root / "reports/outcomes.json").read_bytes()
    with pytest.raises(DataUnfitError, match=r"2024-03-01/manifest\.json is not the one that .*deliveries\.json names; restore"):
        outcomes.run(config, root)
    assert (root / "reports/outcomes.json").read_bytes() == before


def test_who_is_forgotten_leaves_the_outcome_of_a_delivery_and_nobody_else_moves(root, config):
    """Of 160 contacted, of whom 80 stayed, one goes who had stayed; those who were left alone are the same as before."""
    enter(root)
    outcomes.run(config, root)
    path, report = root / "data/matured/2024-03-01.parquet", root / "reports/outcomes.json"
    rows, march = pd.read_parquet(path), read_figures(report)["deliveries"][0]
    forget(["contact-000"], config, root)
    assert outcomes.run(config, root) == "2 deliveries, 1 of them matured by 2024-07-15"
    after = read_figures(report)["deliveries"][0]
    assert after["arms"] == march["arms"] | {"contact": {"customers": 159, "churn_rate": pytest.approx(80 / 159)}}
    assert (after["customers"], after["suspect"], after["realised"]) == (299, False, march["realised"])
    assert after["bands"] == march["bands"]
    others = rows[rows["customer_id"] != "contact-000"].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_parquet(path), others)


def test_a_delivery_from_before_there_were_pseudonyms_has_the_same_outcome(root, config, march):
    """March has real ids, July has pseudonyms by now, and so has the data; their order is another."""
    pseudonyms = {name: f"{name[::-1]}#" for name in customers()["customer_id"]}
    path, july = root / "data/clean/transactions.parquet", root / "data/deliveries/2024-07-01"
    orders = pd.read_parquet(path)
    orders.assign(customer_id=orders["customer_id"].map(pseudonyms)).to_parquet(path, index=False)
    for file in july.glob("*.csv"):
        rows = pd.read_csv(file, dtype="str", keep_default_na=False)
        rows.assign(customer_id=rows["customer_id"].map(pseudonyms)).to_csv(file, index=False)
    (root / "data/identities/identities.parquet").unlink()
    write_identities(root, {pseudonym: name for name, pseudonym in pseudonyms.items()})
    outcomes.run(config, root)
    assert read_figures(root / "reports/outcomes.json")["deliveries"][0] == march
    kept = pd.read_parquet(root / "data/matured/2024-03-01.parquet")
    assert set(kept["customer_id"]) == set(pseudonyms.values()), "no real id is written where pseudonyms are on"


def test_a_list_of_the_archive_that_lacks_a_column_is_refused(root, config):
    (root / "data/deliveries/2024-03-01/assignments.csv").write_text("customer_id\nann\n", encoding="utf-8")
    with pytest.raises(DataUnfitError, match=r"2024-03-01/assignments\.csv: .*it has no column list"):
        outcomes.run(config, root)


def test_same_inputs_same_bytes(root, config):
    written = []
    for _ in range(2):
        outcomes.run(config, root)
        written.append([path.read_bytes() for path in sorted((root / "reports").rglob("*")) if path.is_file()])
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("name", "column", "cell", "said"),
    [
        ("customers", "churn_probability", "abc", "Unable to parse string"),
        ("assignments", "assignment_probability", "7", "assignment_probability is not a number from 0 to 1"),
        ("assignments", "customer_id", "contact-001", "it has a customer twice"),
    ],
)
def test_a_list_of_the_archive_with_a_damaged_cell_is_refused(root, config, name, column, cell, said):
    path = root / f"data/deliveries/2024-03-01/{name}.csv"
    rows = pd.read_csv(path, dtype="str", keep_default_na=False)
    rows.loc[0, column] = cell
    rows.to_csv(path, index=False)
    with pytest.raises(DataUnfitError, match=said):
        outcomes.run(config, root)


@pytest.mark.parametrize(
    ("called", "said"),
    [
        (lambda name: "x" + name, r"data/deliveries.json$"),
        (
            lambda name: pseudonym(name, b"k" * 16),
            r"; [0-9a-f]{32} looks like a pseudonym: if it is, set source.pseudonym_key and",
        ),
    ],
    ids=["another company's", "pseudonyms were on"],
)
def test_a_delivery_of_strangers_is_refused_instead_of_all_of_them_having_left(root, config, called, said):
    for path in (root / "data/deliveries/2024-03-01").iterdir():
        rows = pd.read_csv(path, dtype="str", keep_default_na=False)
        rows.assign(customer_id=rows["customer_id"].map(called)).to_csv(path, index=False)
    with pytest.raises(DataUnfitError, match=f"none of its 300 customers is in the data.*{said}"):
        outcomes.run(config, root)


def test_a_source_without_amounts_has_saves_and_no_profit(root, config):
    path = root / "data/clean/transactions.parquet"
    rows = pd.read_parquet(path)
    write_tables(path.parent, {"transactions": [row | {"amount": None} for row in rows.dropna(axis=1).to_dict("records")]})
    outcomes.run(config, root)
    found = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert (found["saves"], found["revenue"], found["margin"], found["profit"]) == (pytest.approx(40), None, None, None)


def with_manifest(root: Path, day: date, **definition: object) -> None:
    """The delivery of a day with a manifest that says by which definition it was made."""
    folder = root / "data/deliveries" / day.isoformat()
    files = {name: {"sha256": sha256(folder / name)} for name in ("customers.csv", "assignments.csv")}
    (folder / "manifest.json").write_text(json.dumps({"files": files, "definition": definition}), encoding="utf-8")


def test_a_delivery_is_judged_by_the_definition_it_was_made_by(root, config, march):
    """Orders came 35 days after it: within the 90 days that it foresaw, not within the 30 that are asked of deliveries now."""
    asked = config.definition.model_dump(mode="json")
    with_manifest(root, MARCH, **asked)
    with_manifest(root, JULY, **asked | {"horizon_days": 10})
    short = config_of(
        "value.margin_share=0.5", "campaign.bands={critical: 0.75, high: 0.4, medium: 0.3}", "definition.horizon_days=30"
    )
    assert outcomes.run(short, root) == "2 deliveries, 2 of them matured by 2024-07-15"
    first, second = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"]
    assert (first["effect"], first["arms"], first["bands"]) == (march["effect"], march["arms"], march["bands"])
    assert (first["matures_on"], second["matures_on"]) == ("2024-05-30", "2024-07-11")
    assert (first["definition"]["horizon_days"], second["definition"]["horizon_days"]) == (90, 10)
    assert second["arms"]["contact"]["churn_rate"] == 1


def test_a_manifest_with_a_damaged_definition_is_refused(root, config):
    with_manifest(root, MARCH, kind="purchase")
    with pytest.raises(DataUnfitError, match=r"2024-03-01/manifest.json does not say by which definition"):
        outcomes.run(config, root)


def test_what_the_log_says_of_the_contacts_stands_beside(root, config):
    found = with_log(root, config, [0.5] * 120)["log"]
    assert (found["to_contact"], found["contacted"]) == (160, 120)
    assert [(one["code"], one["customers"], one["of"]) for one in found["doubts"]] == [("few", 40, 160)]


def test_customers_whom_the_data_know_no_more_have_not_left(root, config, march):
    """Every second of the 60 in no list who came back, and of the held out who did not, is lacking in the export."""
    lost = [*(f"none-{number:03d}" for number in range(0, 60, 2)), *(f"holdout-{number:03d}" for number in range(10, 40, 2))]
    kept = customers()[~customers()["customer_id"].isin(lost)]
    orders = [{"customer_id": name, "order_id": f"{name}/0", "ordered_at": datetime(2024, 1, 5)} for name in kept["customer_id"]]
    orders += [
        {"customer_id": name, "order_id": f"{name}/1", "ordered_at": datetime(2024, 4, 5)}
        for name in kept.loc[kept["stays"], "customer_id"]
    ]
    write_tables(root / "data/clean", {"transactions": [row | {"amount": 60} for row in orders]})
    outcomes.run(config, root)
    found = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert (found["customers"], found["effect"]["held_out"], found["bands"]["low"]["customers"]) == (300 - 45, 25, 50)
    assert found["bands"]["low"]["realised"] == 20 / 50
    assert [one["code"] for one in found["log"]["doubts"]] == ["absent", "vanished"]
    assert found["log"]["doubts"][1]["sentence"].startswith("45 of 300 scored customers are in the data no more and left out")


def test_the_effect_on_the_reached_is_that_on_the_drawn_by_how_many_more_of_them_were(root, config):
    """Of 160 to contact 120 were, of 40 held out 10: 25 points less churn of the drawn are 50 of the reached."""
    names = [*(f"contact-{number:03d}" for number in range(120)), *(f"holdout-{number:03d}" for number in range(10))]
    sent = {"contacted_at": datetime(2024, 3, 2), "channel": "email", "delivery_id": "2024-03-01"}
    write_tables(root / "data/clean", {"contacts": [sent | {"customer_id": name} for name in names]})
    outcomes.run(config, root)
    found = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert (found["reached"]["share_of_contacted"], found["reached"]["share_of_held_out"]) == (0.75, 0.25)
    assert found["reached"]["churn_difference"] == pytest.approx(-0.25 / 0.5)
    assert found["reached"]["low"] == pytest.approx(2 * found["effect"]["low"])


@pytest.mark.parametrize(
    ("swapped", "intended_mean", "other_mean"),
    [
        (range(40), 2 / 3, 0),  # forty who all stayed; of the others 80 of 120 left
        (range(120, 160), 1 / 3, 1),
        (range(0, 160, 4), 1 / 2, 1 / 2),  # forty of one forecast, which says nothing of them
    ],
)
def test_an_offer_is_compared_with_the_one_that_others_were_drawn_for(root, config, swapped, intended_mean, other_mean):
    file = root / "data/deliveries/2024-03-01/assignments.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    got_other = rows["customer_id"].isin([f"contact-{number:03d}" for number in swapped])
    rows["offer"] = rows["offer"].mask(got_other, "points")
    rows["offer_probability"] = rows["offer_probability"].mask(rows["arm"] == "contact", "0.75")
    rows.to_csv(file, index=False)
    outcomes.run(config, root)
    (found,) = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]["offers_against"]
    effect = found["effect"]
    assert (found["offer"], found["against"], effect["intended"], effect["other"]) == ("reward", "points", 120, 40)
    assert (effect["intended_mean"], effect["other_mean"]) == pytest.approx((intended_mean, other_mean))
    assert effect["churn_difference"] == pytest.approx(intended_mean - other_mean)


def test_who_was_taken_off_is_in_no_arm(root, config):
    file = root / "data/deliveries/2024-03-01/assignments.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    rows["taken_off"] = rows["taken_off"].mask(rows["customer_id"] == "contact-000", "complained")
    rows.to_csv(file, index=False)
    outcomes.run(config, root)
    found = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert (found["arms"]["contact"]["customers"], found["effect"]["contacted"], found["taken_off"]) == (159, 159, 1)


def test_where_all_of_those_left_alone_left_the_shares_are_told_and_no_ranking(root, config):
    orders = [{"customer_id": name, "order_id": name, "ordered_at": datetime(2024, 1, 5)} for name in customers()["customer_id"]]
    write_tables(root / "data/clean", {"transactions": [order | {"amount": 60} for order in orders]})
    outcomes.run(config, root)
    found = json.loads((root / "reports/outcomes.json").read_text(encoding="utf-8"))["deliveries"][0]
    assert (found["realised"], found["auc"]) == (1, None)
    assert found["predicted"] == pytest.approx((5 * (20 * 0.8 + 20 * 0.5) + 10 * 0.8 + 10 * 0.5 + 80 * 0.2) / 300)
