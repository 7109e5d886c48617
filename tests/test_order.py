"""What a worker takes as a whole, and in which order."""

import pytest

from tests.conftest import ROOT
from tests.order import DEAREST, TOGETHER, place, unit


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/tracking/test_sync.py::test_a[1::2]", "tests/tracking/"),
        ("tests/tracking/test_away.py::test_b", "tests/tracking/"),
        ("tests/test_dvc.py::test_c", "tests/test_dvc.py"),
        ("tests/test_links.py::test_d[tests/tracking/]", "tests/test_links.py"),
    ],
)
def test_a_file_is_a_unit_and_so_is_a_folder_whose_tests_share_a_server(nodeid, expected):
    assert unit(nodeid) == expected


def test_what_is_named_comes_in_its_order_and_before_the_rest():
    named = [f"{name}test_x.py::test_x" if name in TOGETHER else f"{name}::test_x" for name in DEAREST]
    assert [place(one) for one in [*named, "tests/test_links.py::test_d"]] == list(range(len(DEAREST) + 1))


@pytest.mark.parametrize("name", [*TOGETHER, *DEAREST])
def test_what_is_named_is_there(name):
    assert (ROOT / name).exists()
