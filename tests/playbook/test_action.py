"""What people are told to do, in both languages."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.campaign.list_columns import ARMS
from pipeline.campaign.profile_columns import CHANNELS
from pipeline.config.campaign_section import Campaign
from pipeline.playbook.action import BY, LEFT_ALONE, recommended_action
from tests.conftest import config_of


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    """The default playbook."""
    return config_of().campaign


def test_an_action_is_what_to_do_and_by_which_channel(campaign):
    offer = pd.Series(pd.Categorical(["welcome", "service_recovery", None, "welcome", None]), index=[4, 5, 6, 7, 8])
    channel = pd.Series(pd.Categorical(["email", "phone", None, "email", None]), index=[4, 5, 6, 7, 8])
    arm = pd.Series(["contact", "contact", "none", "holdout", "control"], index=[4, 5, 6, 7, 8])
    assert recommended_action(offer, channel, arm, campaign.playbook, "en").to_dict() == {
        4: "Welcome them, and show what to buy next (by e-mail)",
        5: "Apologise and settle the complaint (by phone)",
        6: "Leave alone",
        7: "Leave alone: held out, to measure the effect",
        8: "Leave alone: control group, to measure the effect",
    }
    assert list(recommended_action(offer, channel, arm, campaign.playbook, "it")) == [
        "Dare il benvenuto e suggerire il prossimo acquisto (via e-mail)",
        "Scusarsi e risolvere il reclamo (per telefono)",
        "Lasciare in pace",
        "Lasciare in pace: escluso a caso, per misurare l'effetto",
        "Lasciare in pace: gruppo di controllo, per misurare l'effetto",
    ]


def test_every_channel_has_words_in_both_languages():
    assert {locale: set(words) for locale, words in BY.items()} == {"en": set(CHANNELS), "it": set(CHANNELS)}
    assert {arm: set(words) for arm, words in LEFT_ALONE.items()} == {arm: {"en", "it"} for arm in ARMS if arm != "contact"}


def test_an_offer_is_made_by_the_channels_that_the_company_has(campaign):
    assert set(campaign.playbook["service_recovery"].channels) == {"phone", "email"}
    without = campaign.model_copy(update={"channels": ("push",), "offers": campaign.offers | {"welcome": None}})
    assert {"welcome", "service_recovery"}.isdisjoint(without.playbook)
    assert {by for offer in without.playbook.values() for by in offer.channels} == {"push"}
