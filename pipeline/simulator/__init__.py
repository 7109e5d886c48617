"""A simulated shop with known truth: raw-looking files to practise on, and a world in which campaigns can be run."""

from pipeline.simulator.campaigns import CONTACT_COLUMNS
from pipeline.simulator.offers import OFFERS, Offer
from pipeline.simulator.settings import Settings
from pipeline.simulator.world import World
from pipeline.simulator.writer import Later, raw_tables, run_history, write_history, write_raw

__all__ = [
    "CONTACT_COLUMNS",
    "OFFERS",
    "Later",
    "Offer",
    "Settings",
    "World",
    "raw_tables",
    "run_history",
    "write_history",
    "write_raw",
]
