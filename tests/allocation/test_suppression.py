from pathlib import Path

import pytest

from pipeline.allocation.suppression import read_suppressed, refuse_lost_zeros
from pipeline.errors import DataUnfitError


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        ("ann\nbob\n", {"ann", "bob"}),
        ("\ufeffcustomer_id\r\nann\r\n\r\n bob \r\n", {"ann", "bob"}),
        ("name;customer_id\nAnn, the first;007\nBob;'=1\n", {"007", "'=1", "=1"}),
        ('customer_id,why\n"a,b",asked\n', {"a,b"}),
        ("customer_id\tday\nann\t2026-01-01", {"ann"}),
        ("", set()),
        ("customer_id\n", set()),
    ],
)
def test_lists_as_people_keep_them(tmp_path, content, ids):
    path = tmp_path / "never.csv"
    path.write_bytes(content.encode())
    assert read_suppressed(path) == ids


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,day\nann,2026-01-01\n", "never.csv has several columns, none of them customer_id; name it"),
        (b"customer_id,day\nann,1\nbob\n", "never.csv has 1 columns in row 3 and 2 in its first"),
        (b"m\xfcller\n", "never.csv cannot be read"),
        (b'customer_id,why\n"ann,1\n', "never.csv cannot be read"),
    ],
)
def test_a_list_in_doubt_lets_nobody_through(tmp_path, content, message):
    path = tmp_path / "never.csv"
    path.write_bytes(content)
    with pytest.raises(DataUnfitError, match=message):
        read_suppressed(path)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(DataUnfitError, match=r"campaign\.allocation\.suppression: .*never\.csv cannot be read"):
        read_suppressed(tmp_path / "never.csv")


def test_ids_without_their_leading_zeros_are_refused_with_an_example():
    with pytest.raises(
        DataUnfitError, match=r"never\.csv names '7', who is nobody, and not '007', who is a customer; 2 ids have lost"
    ):
        refuse_lost_zeros(Path("never.csv"), frozenset({"7", "8", "9", "nobody", "12"}), ["007", "08", "9", "12", "0012", "ann"])


@pytest.mark.parametrize("listed", [{"nobody"}, {"007"}, {"007", "7"}, {"70"}, set()])
def test_ids_of_nobody_are_no_mistake(listed):
    refuse_lost_zeros(Path("never.csv"), frozenset(listed), ["007", "08", "ann"])
