"""Which particles belong together: groups, parts and half-sets."""

from enum import StrEnum
from pathlib import Path

import jax
import numpy as np
from jaxtyping import Int, PRNGKeyArray

from vitreous._core import InputError

from ._metadata import ParticleMetadata


class GroupBy(StrEnum):
    """What particles are grouped by."""

    OPTICS_GROUP = "optics-group"
    MICROGRAPH = "micrograph"
    CLASS = "class"
    HALF_SET = "half-set"


def group_rows(metadata: ParticleMetadata, by: GroupBy, *, source: Path) -> dict[int | str, Int[np.ndarray, " _"]]:
    """The rows of each group, in the order in which groups first occur.

    Arguments:
        metadata: Of the particles.
        by: What to group by.
        source: Their file, for errors.

    Raises:
        InputError: The metadata do not say.
    """
    labels = {
        GroupBy.OPTICS_GROUP: metadata.optics_groups,
        GroupBy.MICROGRAPH: metadata.micrograph_of,
        GroupBy.CLASS: metadata.class_numbers,
        GroupBy.HALF_SET: metadata.half_sets,
    }[by]
    if labels is None:
        raise InputError(
            f"{source}: does not say of which {by.value} its particles are.", hint="Group by something else."
        )
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    names = metadata.micrographs if by is GroupBy.MICROGRAPH else None
    groups = {int(labels[rows[0]]): rows for rows in sorted(parts, key=lambda rows: rows[0])}
    return {names[label] if names else label: rows for label, rows in groups.items()}


def split_rows(count: int, parts: int, *, source: Path, key: PRNGKeyArray | None = None) -> list[Int[np.ndarray, " _"]]:
    """Row numbers in parts of nearly equal size; with a key drawn at random, each part in the order of the file.

    Arguments:
        count: How many rows there are.
        parts: How many parts to make.
        source: Their file, for errors.
        key: For the draw.

    Raises:
        InputError: There are fewer rows than parts.
    """
    if not 1 <= parts <= count:
        raise InputError(f"{source}: {count} particles cannot be split into {parts} parts.", hint="Ask for fewer.")
    rows = np.arange(count) if key is None else np.asarray(jax.random.permutation(key, count))
    return [np.sort(part) for part in np.array_split(rows, parts)]


def checked_half_sets(metadata: ParticleMetadata, *, source: Path) -> Int[np.ndarray, " n"] | None:
    """The half-set, 1 or 2, of each particle; `None` where the metadata assign none.

    Raises:
        InputError: A value is neither 1 nor 2.
    """
    halves = metadata.half_sets
    if halves is not None and not np.isin(halves, (1, 2)).all():
        row = int(np.argmin(np.isin(halves, (1, 2))))
        raise InputError(
            f"{source}: the half-set (rlnRandomSubset) of particle {row + 1} is {halves[row]}, not 1 or 2.",
            hint="Correct the column, or remove it to have half-sets assigned.",
        )
    return halves


def random_half_sets(groups: Int[np.ndarray, " n"], *, key: PRNGKeyArray) -> Int[np.ndarray, " n"]:
    """Half-sets 1 and 2 at random, in each group as many of one as of the other but for one particle.

    Arguments:
        groups: The optics group of each particle.
        key: For the draw.
    """
    shuffled = np.asarray(jax.random.permutation(key, len(groups)))
    order = shuffled[np.argsort(groups[shuffled], kind="stable")]
    halves = np.empty(len(groups), np.int64)
    halves[order] = 1 + np.arange(len(groups)) % 2
    return halves
