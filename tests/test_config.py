"""params.yaml -> Config: frozen, strict, and every mistake one line that names the key."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from pipeline import config as configuration
from pipeline.config import Config
from pipeline.errors import ConfigError, ExitCode

ROOT = Path(__file__).parent.parent
COMMITTED: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
VALID: dict[str, Any] = COMMITTED | {
    "source": COMMITTED["source"]
    | {
        "name": "shop",
        "path": "data/input",
        "sector": None,
        "simulate": {},
        "static_attributes": ["birth_year"],
        "tables": {
            "transactions": {
                "path": "orders.csv",
                "columns": {"customer_id": "customer", "order_id": "number", "ordered_at": "date"},
            }
        },
    }
}
GONE = object()


def changed(key: str, value: object) -> dict[str, Any]:
    """The valid parameters with one key set, or removed."""
    raw = copy.deepcopy(VALID)
    *sections, last = key.split("/")
    section = raw
    for part in sections:
        section = section[part]
    if value is GONE:
        del section[last]
    else:
        section[last] = value
    return raw


def test_valid_parameters_become_typed_sections() -> None:
    config = configuration.validate(VALID, "params.yaml")
    assert isinstance(config, Config)
    assert config.source.static_attributes == ("birth_year",)
    assert config.source.tables["transactions"][0].mapped == ("customer_id", "order_id", "ordered_at")
    assert config.campaign.bands.critical > config.campaign.bands.high > config.campaign.bands.medium


def test_several_mappings_may_fill_one_table() -> None:
    mapping = VALID["source"]["tables"]["transactions"]
    config = configuration.validate(changed("source/tables/transactions", [mapping, mapping]), "params.yaml")
    assert len(config.source.tables["transactions"]) == 2


@pytest.mark.parametrize(("given", "expected"), [("2011-12-10", date(2011, 12, 10)), (date(2011, 12, 10), date(2011, 12, 10))])
def test_a_date_may_be_text_or_a_date_of_yaml(given: object, expected: date) -> None:
    assert configuration.validate(changed("snapshots/as_of", given), "params.yaml").snapshots.as_of == expected


COLUMNS = "source/tables/transactions/columns"
ELIGIBILITY = "campaign/offers/welcome/eligibility"
ALLOCATION = "campaign/allocation"
WRONG = [
    ("definition/horizn_days", 30, "definition.horizn_days: no such key; remove it or correct its spelling"),
    ("colour", "red", "colour: no such key"),
    ("seed", GONE, "seed: missing"),
    ("definition/horizon_days", GONE, "definition.horizon_days: missing"),
    ("definition/horizon_days", "30", "definition.horizon_days: Input should be a valid integer; given '30'"),
    ("definition/horizon_days", 30.5, "definition.horizon_days: Input should be a valid integer; given 30.5"),
    ("definition/horizon_days", True, "definition.horizon_days: Input should be a valid integer; given True"),
    ("definition/horizon_days", 10**9, "definition.horizon_days: Input should be less than or equal to 36525; given 1000000000"),
    ("seed", 2**31, "seed: Input should be less than 2147483648; given 2147483648"),
    ("definition/horizon_days", 0, "definition.horizon_days: Input should be greater than or equal to 1; given 0"),
    ("definition/gap_days", -1, "definition.gap_days: Input should be greater than or equal to 0; given -1"),
    ("definition/kind", "silence", "definition.kind: Input should be 'purchase', 'activity' or 'renewal'; given 'silence'"),
    ("definition", None, "definition: "),
    ("snapshots/as_of", "10.12.2011", "snapshots.as_of: Invalid isoformat string: '10.12.2011'; given '10.12.2011'"),
    ("features/windows", [30], "features.windows: "),
    ("features/windows", [30, 90, 30], "features: features.windows: give each number of days once"),
    ("features/windows", [0, 30], "features.windows.0: Input should be greater than or equal to 1; given 0"),
    ("features/exclude", "recency_zscore", "features.exclude: Input should be a valid tuple; given 'recency_zscore'"),
    (
        "features",
        {"windows": [30, 90], "attributes": [], "include": ["recency_zscore"], "exclude": ["recency_zscore"]},
        "features: 'recency_zscore' is in include and in exclude; name it once",
    ),
    ("source/reward_points", [0], "source.reward_points.0: Input should be greater than or equal to 1; given 0"),
    ("campaign/bands/high", 0.9, "campaign.bands: campaign.bands must fall: critical > high > medium"),
    ("campaign/bands/high", 0.8, "campaign.bands: campaign.bands must fall"),
    ("campaign/bands/critical", 80, "campaign.bands.critical: Input should be less than or equal to 1; given 80"),
    (
        "campaign/segments",
        ["urgent"],
        "(top): campaign.segments: 'urgent' is no risk segment; give critical, high, medium or low",
    ),
    ("campaign/holdout_share", 0.1, "campaign.holdout_share: no such key; remove it or correct its spelling"),
    ("campaign/offers/welcome/kept", 1.5, "campaign.offers.welcome.kept: Input should be less than or equal to 1; given 1.5"),
    ("campaign/offers/welcome/gamma", 0.5, "campaign.offers.welcome.gamma: no such key; remove it or correct its spelling"),
    ("campaign/offers/welcome/source", " ", "campaign.offers.welcome.source: String should have at least 1 character; given ' '"),
    ("campaign/offers/welcome/list", "vip", "campaign.offers.welcome.list: Input should be 'churn', 'win_back' or 'onboarding'"),
    ("campaign/offers/welcome/channels", {}, "campaign.offers.welcome.channels: Dictionary should have at least 1 item"),
    ("campaign/offers/welcome/channels", {"fax": {"contact": 1.0}}, "campaign.offers.welcome.channels.fax.[key]: Input should"),
    ("campaign/offers/Welcome back", None, "campaign.offers: 'Welcome back' is no code of an offer; write small letters"),
    (ELIGIBILITY, ["points < 5"], "campaign.offers.welcome.eligibility: 'points < 5': there is no column 'points'; there are"),
    (ELIGIBILITY, ["nps_last"], "campaign.offers.welcome.eligibility: 'nps_last' is no condition; write COLUMN OPERATOR VALUE"),
    (ELIGIBILITY, ["nps_last in [1]"], "campaign.offers.welcome.eligibility: 'nps_last in [1]': nps_last is a number, and takes"),
    (ELIGIBILITY, [["tier = gold", "lifecycle = old"]], "campaign.offers.welcome.eligibility: 'lifecycle = old': lifecycle is"),
    (ELIGIBILITY, [[]], "campaign.offers.welcome.eligibility.0: Value should have at least 1 item"),
    ("campaign/channels", [], "campaign.channels: Value should have at least 1 item"),
    ("campaign/channels", ["fax"], "campaign.channels.0: Input should be 'email', 'sms', 'phone' or 'push'; given 'fax'"),
    ("campaign/value_tiers", {"top": 0.7, "middle": 0.4}, "campaign.value_tiers: campaign.value_tiers: top and middle are more"),
    (f"{ALLOCATION}/capacity", {"pigeon": 5}, "campaign.allocation.capacity.pigeon.[key]: Input should be 'email', 'sms'"),
    (f"{ALLOCATION}/capacity", {"phone": -1}, "campaign.allocation.capacity.phone: Input should be greater than or equal to 0"),
    (f"{ALLOCATION}/budget", -5.0, "campaign.allocation.budget: Input should be greater than or equal to 0; given -5.0"),
    (f"{ALLOCATION}/consent/unknown", "maybe", "campaign.allocation.consent.unknown: Input should be 'refused' or 'allowed'"),
    (f"{ALLOCATION}/holdout_share", 1.0, "campaign.allocation.holdout_share: Input should be less than 1; given 1.0"),
    (
        f"{ALLOCATION}/offer_limits",
        {"welcome": 5, "vip_event": 50},
        "campaign: allocation.offer_limits: 'vip_event' is no offer of the playbook; there are ",
    ),
    (
        f"{ALLOCATION}/offer_arms",
        {"welcome": {"against": "vip_event", "share": 0.5}},
        "campaign: allocation.offer_arms: 'vip_event' is no offer of the playbook; there are ",
    ),
    (
        f"{ALLOCATION}/offer_arms",
        {"gift": {"against": "gift", "share": 0.5}},
        "campaign.allocation: offer_arms: 'gift' stands there",
    ),
    ("source/tables/invoices", {"path": "i.csv", "columns": {}}, "source: tables.invoices: no such canonical table; there are"),
    ("source/tables", {}, "source: tables.transactions is missing; it is the one table every source needs"),
    (f"{COLUMNS}/price", "paid", "source: columns.price: no such canonical column; there are customer_id, order_id"),
    (f"{COLUMNS}/ordered_at", GONE, "source: columns.ordered_at is missing (when the order was placed (UTC)); give a column"),
    (f"{COLUMNS}/amount", 5, "source.tables.transactions.0.columns.amount: Input should be a valid string; given 5"),
    ("source/tables/transactions/formt", "csv", "source.tables.transactions.0.formt: no such key"),
    ("source/tables/transactions/format", "xml", "source.tables.transactions.0.format: Input should be 'csv', 'parquet'"),
    ("source/tables/transactions", [], "source.tables.transactions: "),
    ("source/tables/transactions/unpivot", {"tier": "level"}, "source: tables.transactions.unpivot: only attributes have names"),
    ("source/static_attributes", ["birth_year", "E-Mail"], "source: static_attributes: 'E-Mail' looks personal (e-mail), which"),
    ("source/simulate", {"demo": {"customers": 5, "months": 5}}, "source.simulate.demo.months: Input should be greater than"),
]


@pytest.mark.parametrize(("key", "value", "message"), WRONG)
def test_a_mistake_is_one_line_that_names_the_key(key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        configuration.validate(changed(key, value), "params.yaml")
    assert str(refused.value).startswith(f"params.yaml: {message}")
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == ExitCode.USAGE == 2


def test_the_first_of_several_mistakes_is_told_with_how_many_more_there_are() -> None:
    raw = changed("definition/horizon_days", 0)
    raw["seed"] = -1
    with pytest.raises(ConfigError, match=r"params\.yaml: seed: .* given -1 \(and 1 more\)$"):
        configuration.validate(raw, "params.yaml")


@pytest.mark.parametrize("raw", [None, [], "seed: 0", 7])
def test_what_is_no_mapping_is_refused(raw: object) -> None:
    with pytest.raises(ConfigError, match=r"params\.yaml: \(top\): "):
        configuration.validate(raw, "params.yaml")


def test_the_configuration_is_frozen() -> None:
    config = configuration.validate(VALID, "params.yaml")
    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 1  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        config.definition.horizon_days = 1  # type: ignore[misc]


def test_the_committed_parameters_are_valid() -> None:
    assert configuration.load(ROOT / "params.yaml").definition.horizon_days > 0


def test_missing_parameters_say_how_to_write_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"params\.yaml is missing; run `churn compose`"):
        configuration.load(tmp_path / "params.yaml")


@pytest.mark.parametrize("text", ["seed: [0", "seed: 0\n\tdefinition: 1\n", "<<<<<<< ours\nseed: 0\n=======\nseed: 1\n"])
def test_parameters_that_are_no_yaml_are_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"params\.yaml is not YAML \(.*line \d.*\); run `churn compose`") as refused:
        configuration.load(tmp_path / "params.yaml")
    assert "\n" not in str(refused.value)


def test_a_message_of_the_loaded_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(changed("seed", "x")), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"params\.yaml: seed: Input should be a valid integer; given 'x'$"):
        configuration.load(tmp_path / "params.yaml")
