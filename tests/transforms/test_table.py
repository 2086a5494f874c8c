"""Every class under every transformation, and the table of it in the documentation."""

import inspect
from math import ceil, log10

import equinox as eqx
import pytest

from tests.architecture.walk import public_names
from tests.data import ROOT
from tests.transforms import measure
from tests.transforms.catalogue import CASES

PAGE = ROOT / "docs" / "transformations.md"
START, END = "<!-- begin: table -->", "<!-- end: table -->"
COLUMNS = ("jit", "vmap", "jvp", "vjp", "float32", "even", "odd", "rectangular")


def test_every_class_is_in_the_catalogue():
    tried = {cls for case in CASES.values() for cls in case.classes}
    ours = {
        value
        for _, _, value in public_names()
        if inspect.isclass(value) and issubclass(value, eqx.Module) and not inspect.isabstract(value)
    }
    assert tried == ours, f"not tried: {ours - tried}; not public: {tried - ours}"


@pytest.fixture(scope="module")
def table():
    """What the tests below measured, written into the page when all of them have run."""
    rows: dict[str, dict[str, float]] = {}
    yield rows
    if rows.keys() == CASES.keys():
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.split(START)[0], text.split(END)[1]
        PAGE.write_text(before + "\n".join([START, *lines(rows), END]) + after, encoding="utf-8")


@pytest.mark.full
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_row(case, table):
    row = {"jit": measure.jit(case), "vmap": measure.vmap(case)}
    assert max(row.values()) <= case.rounding, row
    row["jvp"], row["vjp"] = measure.derivatives(case)  # which asserts, leaf by leaf
    if not case.draws:
        row["float32"] = measure.float32(case)
        row |= measure.shapes(case) if case.shaped else {}
        assert max(row[name] for name in COLUMNS[4:] if name in row) <= case.single, row
    table[case.name] = row


def lines(rows):
    """The table: a class on each line, with the worst of the cases that it has a part in."""
    yield f"| class | {' | '.join(COLUMNS)} |"
    yield "|---|" + "---|" * len(COLUMNS)
    names = sorted({(cls.__module__.split(".")[1], cls.__name__) for case in CASES.values() for cls in case.classes})
    for room, name in names:
        mine = [rows[case.name] for case in CASES.values() if name in {cls.__name__ for cls in case.classes}]
        cells = [magnitude([row[column] for row in mine if column in row]) for column in COLUMNS]
        yield f"| `{room}.{name}` | {' | '.join(cells)} |"


def magnitude(errors):
    """The worst, rounded up to a power of ten."""
    if not errors:
        return "–"
    worst = max(max(errors), 1e-16)
    return f"10<sup>{ceil(log10(worst))}</sup>"
