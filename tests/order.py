"""Which worker takes which files, and when: the dearest first, so that none is left alone at the end; one server, one worker."""

from __future__ import annotations

import pytest

# Files whose tests use one server, or one world that only a session of theirs makes: they are taken by one worker.
TOGETHER = ("tests/tracking/",)
# By seconds, the most first; what is not named follows. Measured with `--durations=0`.
DEAREST = (
    "tests/tracking/",
    "tests/test_dvc.py",
    "tests/test_cut_data.py",
    "tests/test_real_data.py",
    "tests/operate/test_deliver.py",
    "tests/features/test_boundary.py",
    "tests/test_consent.py",
    "tests/contract/test_pseudonyms_in_the_flow.py",
    "tests/operate/test_forget.py",
    "tests/report/test_page.py",
    "tests/check/test_fitness.py",
    "tests/simulator/test_world_truth.py",
    "tests/test_libreoffice.py",
)


def unit(nodeid: str) -> str:
    """What a worker takes as a whole: a file, or a folder of TOGETHER."""
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])


def place(nodeid: str) -> int:
    """The place of a test's unit in DEAREST."""
    return DEAREST.index(unit(nodeid)) if unit(nodeid) in DEAREST else len(DEAREST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """That of --dist=loadfile, in our order and by our units."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByUnit(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    config.option.loadscopereorder = False
    return ByUnit(config, log)
