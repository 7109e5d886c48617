"""churn compose: choices are saved with their comments, params.yaml is what Hydra composes, and a mistake writes nothing."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest
import yaml

from pipeline import config as configuration
from pipeline.compose import CHOICES, GROUPS, choose, composed, options
from pipeline.config import PARAMS
from pipeline.errors import ConfigError

ROOT = Path(__file__).parent.parent
START = """\
# Our own choices.
defaults:
- defaults
- sector: retail
- source: files      # the till's export
- model: lightgbm
- campaign: default
- experiment: none
- _self_

source:
  path: our/folder   # on the big disk
definition:
  horizon_days: 77   # agreed with marketing
"""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with choices of its own, composed; to be read only."""
    folder = tmp_path_factory.mktemp("start")
    copytree(ROOT / "configs", folder / "configs")
    (folder / CHOICES).write_text(START, encoding="utf-8")
    (folder / "our" / "folder").mkdir(parents=True)
    choose([], folder)
    return folder


@pytest.fixture
def company(start: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return copytree(start, tmp_path, dirs_exist_ok=True)


def saved(folder: Path) -> str:
    return (folder / CHOICES).read_text(encoding="utf-8")


def params(folder: Path) -> dict:
    return yaml.safe_load((folder / PARAMS).read_text(encoding="utf-8"))


def test_no_words_write_what_the_choices_mean_and_leave_them_alone(company: Path) -> None:
    assert saved(company) == START
    config = configuration.load(company / PARAMS)
    assert (config.source.path, config.definition.horizon_days, config.definition.active_days) == ("our/folder", 77, 120)


def test_a_key_is_saved_and_comments_stay(company: Path) -> None:
    assert choose(["definition.horizon_days=60", "campaign.bands.high=0.6", "snapshots.as_of=2020-02-03"], company) == [
        "still saved, over what the presets say: source.path"
    ]
    assert saved(company) == (
        START.replace("horizon_days: 77   #", "horizon_days: 60   #")
        + "campaign:\n  bands:\n    high: 0.6\nsnapshots:\n  as_of: 2020-02-03\n"
    )
    config = configuration.load(company / PARAMS)
    assert (config.definition.horizon_days, config.campaign.bands.high, str(config.snapshots.as_of)) == (60, 0.6, "2020-02-03")


def test_the_committed_parameters_are_what_hydra_composes_from_the_committed_choices() -> None:
    assert (ROOT / PARAMS).read_text(encoding="utf-8") == composed(ROOT / "configs")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sector=subscription", "definition.kind=purchase"],
        ["source=cdnow", "source.path=elsewhere", "experiment=fast"],
        ["model.params.num_leaves=15", "features.exclude=[recency_zscore, days_to_expiry]"],
    ],
)
def test_the_parameters_written_are_what_hydra_composes_from_the_choices_saved(company: Path, words: list[str]) -> None:
    choose(words, company)
    assert (company / PARAMS).read_text(encoding="utf-8") == composed(company / "configs")


def test_choosing_twice_changes_nothing(company: Path) -> None:
    words = ["source=cdnow", "source.path=elsewhere", "definition.horizon_days=60"]
    choose(words, company)
    once = saved(company), (company / PARAMS).read_text(encoding="utf-8")
    choose(words, company)
    assert (saved(company), (company / PARAMS).read_text(encoding="utf-8")) == once


def test_a_new_source_drops_the_saved_path_suggests_its_sector_and_says_so(company: Path) -> None:
    said = choose(["source=demo"], company)
    assert said == [
        "source.path: your saved value gives way to that of source=demo",
        "definition.horizon_days: your saved value gives way to that of sector=ecommerce",
        "sector=ecommerce is what this source suggests; name a sector to choose another",
    ]
    assert "- source: demo       # the till's export\n" in saved(company)
    assert "- sector: ecommerce\n" in saved(company)
    assert "our/folder" not in saved(company)
    config = configuration.load(company / PARAMS)
    assert (config.source.name, config.source.path, config.definition.horizon_days) == ("demo", "data/raw", 90)


def test_a_named_sector_is_kept_and_keys_given_with_a_group_win_over_it(company: Path) -> None:
    assert choose(["sector=b2b", "source=demo", "definition.horizon_days=33"], company) == [
        "source.path: your saved value gives way to that of source=demo",
        "campaign=b2b is the playbook of sector=b2b; name a campaign to choose another",
    ]
    config = configuration.load(company / PARAMS)
    assert (config.definition.horizon_days, config.features.windows[0]) == (33, 14)


def test_a_new_sector_brings_its_playbook_and_the_default_one_where_it_has_none(company: Path) -> None:
    choose(["sector=b2b"], company)
    assert "account_review" in configuration.load(company / PARAMS).campaign.playbook
    assert choose(["sector=ecommerce"], company) == [
        "campaign=default is the playbook of sector=ecommerce; name a campaign to choose another",
        "still saved, over what the presets say: source.path",
    ]
    assert "account_review" not in configuration.load(company / PARAMS).campaign.playbook


def test_a_playbook_that_was_named_or_is_the_companys_own_stays(company: Path) -> None:
    assert choose(["sector=b2b", "campaign=retail"], company) == [
        "definition.horizon_days: your saved value gives way to that of sector=b2b",
        "still saved, over what the presets say: source.path",
    ]
    assert "- campaign: retail\n" in saved(company)
    (company / "configs/campaign/ours.yaml").write_text(
        "defaults: [default, _self_]\nvalue_tiers: {top: 0.1}\n", encoding="utf-8"
    )
    choose(["campaign=ours"], company)
    assert choose(["sector=content"], company) == ["still saved, over what the presets say: source.path"]
    assert "- campaign: ours\n" in saved(company)
    assert configuration.load(company / PARAMS).campaign.value_tiers.top == 0.1


@pytest.mark.parametrize("campaign", options("campaign", ROOT))
def test_every_playbook_is_valid_and_serves_every_list(campaign: str) -> None:
    text = composed(ROOT / "configs", [f"campaign={campaign}"])
    offers = configuration.validate(yaml.safe_load(text), "composed").campaign.playbook
    assert {offer.list for offer in offers.values()} == {"churn", "win_back", "onboarding"}
    assert len(offers) >= 8


def test_a_source_without_a_path_of_its_own_asks_for_one(company: Path) -> None:
    with pytest.raises(ConfigError, match=r"^source\.path must be given: churn compose source\.path=VALUE$"):
        choose(["source=cdnow"], company)


def test_a_path_that_leads_nowhere_yet_is_saved_with_a_word_of_warning(company: Path) -> None:
    said = choose(["source.path=to/come"], company)
    assert said == [
        "still saved, over what the presets say: definition.horizon_days",
        "source.path: there is no folder to/come yet; `dvc repro` needs it",
    ]
    assert configuration.load(company / PARAMS).source.path == "to/come"


def test_a_new_source_drops_whatever_was_saved_of_the_old_one(company: Path) -> None:
    choose(["source=demo"], company)
    choose(["source.simulate.demo.customers=500"], company)
    said = choose(["source=cdnow", "source.path=elsewhere"], company)
    assert "source.simulate.demo.customers: your saved value gives way to that of source=cdnow" in said
    assert configuration.load(company / PARAMS).source.simulate == {}


REFUSED = [
    (["source=shopify"], r"^source=shopify: no such choice; there are cdnow, "),
    (["sector=ecommerce", "model=xgboost"], r"^model=xgboost: no such choice; there are lightgbm$"),
    (["definition.horizn_days=60"], r"^configuration: definition\.horizn_days: no such key"),
    (["definition.horizon_days=soon"], r"definition\.horizon_days: Input should be a valid integer; given 'soon'$"),
    (["definition.horizon_days="], r"definition\.horizon_days: Input should be a valid integer; given None$"),
    (["definition.horizon_days.days=1"], r"definition\.horizon_days: "),
    (["sectors=retail"], r"^configuration: sectors: no such key"),
    (["horizon"], r"^'horizon': write group=choice or key=value"),
    (["=60"], r"^'=60': write group=choice or key=value"),
    (["definition..horizon_days=60"], r"definition"),
    (["features.windows=[7, 30"], r"^features\.windows=\[7, 30: "),
    (["source.time_zone=: x"], r"^source\.time_zone: Incompatible key type 'NoneType'$"),
    (["source.time_zone=${"], r"^source\.time_zone: no viable alternative at input '\$\{'$"),
    (["source.path=${nowhere}"], r"^source\.path: Interpolation key 'nowhere' not found$"),
    (["campaign.bands.high=0.9"], r"bands must fall"),
    (["defaults=[]"], r"^configuration: "),
    (["source.tables.invoices.path=x"], r"invoices"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_a_mistake_is_one_line_and_nothing_is_written(company: Path, words: list[str], message: str) -> None:
    before = {path: path.read_bytes() for path in company.rglob("*") if path.is_file()}
    with pytest.raises(ConfigError, match=message) as refused:
        choose(["campaign.allocation.holdout_share=0.2", *words], company)
    assert "\n" not in str(refused.value)
    assert {path: path.read_bytes() for path in company.rglob("*") if path.is_file()} == before


def test_every_group_has_choices_and_every_file_of_configs_is_one() -> None:
    listed = {f"{group}/{option}.yaml" for group in GROUPS for option in options(group, ROOT)}
    assert {file.relative_to(ROOT / "configs").as_posix() for file in (ROOT / "configs").glob("*/*")} == listed


@pytest.mark.parametrize("source", options("source", ROOT))
@pytest.mark.parametrize("sector", options("sector", ROOT))
def test_every_source_in_every_sector_is_valid_with_every_experiment(source: str, sector: str) -> None:
    for experiment in set(options("experiment", ROOT)) - {"none"}:
        overrides = [f"source={source}", f"sector={sector}", f"experiment={experiment}", "source.path=somewhere"]
        config = configuration.validate(yaml.safe_load(composed(ROOT / "configs", overrides)), "composed")
        assert (config.source.name, config.source.path) == (source, "somewhere")


@pytest.mark.parametrize("source", options("source", ROOT))
def test_every_source_is_valid_without_an_experiment(source: str) -> None:
    overrides = [f"source={source}", "experiment=none", "source.path=somewhere"]
    config = configuration.validate(yaml.safe_load(composed(ROOT / "configs", overrides)), "composed")
    assert config.source.name == source


@pytest.mark.parametrize("text", ["defaults: [\n", "nonsense", "", "defaults: x\n", "\tseed: 3\n"])
def test_choices_broken_by_hand_are_one_line_and_stay_as_they_are(company: Path, text: str) -> None:
    path = company / "configs/config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.yaml: .*restore it from git"):
        choose(["seed=3"], company)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("content", [b"name: [\n", b"just text\n", b"- a\n", b"\xff\xfe"])
def test_a_choice_that_is_no_mapping_is_one_line_that_names_its_file(tmp_path: Path, content: bytes) -> None:
    copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "configs/source/zz.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"configs/source/zz\.yaml: not "):
        choose(["source=zz"], tmp_path)
