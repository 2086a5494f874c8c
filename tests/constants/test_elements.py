import pytest

from vitreous._core import InputError
from vitreous.constants import atomic_number, element_symbol


def test_round_trip_of_all_elements():
    assert [atomic_number(element_symbol(z)) for z in range(1, 119)] == list(range(1, 119))


def test_deuterium_is_hydrogen():
    assert atomic_number("D") == 1


@pytest.mark.parametrize("symbol", ["FE", "fe", " Fe"])
def test_case_and_blanks_do_not_matter(symbol):
    assert atomic_number(symbol) == 26


@pytest.mark.parametrize("symbol", ["X", "Qq", "", "7"])
def test_unknown_symbols_are_named(symbol):
    with pytest.raises(InputError, match=repr(symbol)):
        atomic_number(symbol)


@pytest.mark.parametrize("z", [0, -1, 119])
def test_unknown_numbers_are_named(z):
    with pytest.raises(InputError, match=f"z={z}"):
        element_symbol(z)
