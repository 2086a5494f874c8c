"""Optics groups of several files as one table."""

import warnings
from collections.abc import Sequence

import numpy as np

from vitreous._core import InputError
from vitreous.io import Table

_NUMBER, _NAME = "rlnOpticsGroup", "rlnOpticsGroupName"

Group = dict[str, str]
"""The columns of one optics group but its number."""


def joined_optics(files: Sequence[tuple[Table, Table]]) -> tuple[Table, list[Table]]:
    """One optics table for particles of several files, and their particles with its numbers.

    Groups are one where they agree in every column that all of the tables have. Any other keeps its number and name
    unless an earlier one has them; a `UserWarning` names each that had to change, and columns that were left out.

    Arguments:
        files: The optics table and the particles of each file.

    Raises:
        InputError: A particle's group is not in its optics table.
    """
    tables = [optics for optics, _ in files]
    shared = [name for name in tables[0].names if name != _NUMBER and all(name in table for table in tables)]
    lost = {name for table in tables for name in table.names} - {*shared, _NUMBER}
    if lost:
        warnings.warn(
            f"{tables[0].source}: joined without {', '.join(sorted(lost))}, which not all of the optics tables have.",
            UserWarning,
            stacklevel=4,
        )
    groups: dict[int, Group] = {}
    particles = []
    for optics, rows in files:
        numbers, changes = _take_in(groups, optics, shared)
        if changes:
            warnings.warn(f"{optics.source}: {', '.join(changes)}.", UserWarning, stacklevel=4)
        particles.append(_renumbered(rows, numbers))
    columns = {name: [group[name] for group in groups.values()] for name in shared}
    return Table({**columns, _NUMBER: list(groups)}, tables[0].source), particles


def group_numbers(optics: Table) -> list[int]:
    """The numbers of the groups, row by row; from 1 where there is no such column."""
    return optics.column(_NUMBER, int).tolist() if _NUMBER in optics else list(range(1, len(optics) + 1))


def _take_in(groups: dict[int, Group], optics: Table, shared: Sequence[str]) -> tuple[dict[int, int], list[str]]:
    """Add a file's groups to those there are; its numbers to the new ones, and what changed, in words."""
    numbers, changes = {}, []
    for row, number in enumerate(group_numbers(optics)):
        group = {name: str(optics[name][row]) for name in shared}
        now = next((known for known, other in groups.items() if _values(other) == _values(group)), None)
        if now is None:
            now = number if number not in groups else max(groups) + 1
            name = group.get(_NAME)
            if name in {other.get(_NAME) for other in groups.values()} and name is not None:
                group[_NAME] = f"{name}_{now}"
                changes.append(f"optics group name {name} became {group[_NAME]}")
            groups[now] = group
        if now != number:
            changes.append(f"optics group {number} became {now}")
        numbers[number] = now
    return numbers, changes


def _values(group: Group) -> list[float | str]:
    """What two groups are compared by: 300 and 300.000 are the same."""
    values: list[float | str] = []
    for text in group.values():
        try:
            values.append(float(text))
        except ValueError:
            values.append(text)
    return values


def _renumbered(particles: Table, numbers: dict[int, int]) -> Table:
    if _NUMBER in particles:
        old = particles.column(_NUMBER, int)
    elif len(numbers) == 1:
        old = np.full(len(particles), next(iter(numbers)))
    else:
        raise InputError(
            f"{particles.source}: has no column {_NUMBER}, and the optics table has {len(numbers)} groups.",
            hint=f"Add the column {_NUMBER} to the particles.",
        )
    present, place = np.unique(old, return_inverse=True)
    unknown = [number for number in present.tolist() if number not in numbers]
    if unknown:
        raise InputError(
            f"{particles.source}: names optics group {unknown[0]}, which its optics table lacks.",
            hint="Add the group to the optics table, or correct rlnOpticsGroup.",
        )
    return particles.with_columns({_NUMBER: np.array([numbers[number] for number in present.tolist()])[place]})
