"""Which particle of one file is which of another."""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped

from ._metadata import ParticleMetadata


class MatchedBy(StrEnum):
    """What tells which particles of two files are the same."""

    UID = "uid"
    IMAGE = "image"
    ROW = "row"


class Pairs(NamedTuple):
    """Rows of two files that are of one particle each."""

    by: MatchedBy
    a: Int[np.ndarray, " m"]
    b: Int[np.ndarray, " m"]


def pair_particles(a: ParticleMetadata, b: ParticleMetadata, *, shift: int = 0) -> Pairs:
    """Particles of two files by their uid; where these are not in both, by their image; else by their row.

    Rows count where no image of one file is in the other, as when the images were stacked anew, and both files have as
    many particles. Stacks are the same whose paths are, or, where no path is in both files, whose names are.

    Arguments:
        a: Of one file.
        b: Of the other.
        shift: What is taken from the indices of `b` in their stacks, to try another start of counting.
    """
    if shift == 0 and a.uids is not None and b.uids is not None:
        pairs = _matched(MatchedBy.UID, a.uids, b.uids)
        if len(pairs.a):
            return pairs
    images = _image_keys(a, b, shift)
    if images is not None and (len((pairs := _matched(MatchedBy.IMAGE, *images)).a) or shift):
        return pairs
    rows = np.arange(len(a) if len(a) == len(b) else 0)
    return Pairs(MatchedBy.ROW, rows, rows)


def index_differences(a: ParticleMetadata, b: ParticleMetadata, pairs: Pairs) -> Int[np.ndarray, " m"]:
    """What is added to the index in the stack from one file to the other; nothing where the images are others."""
    if a.index_in_stack is None or b.index_in_stack is None:
        return np.zeros(len(pairs.a), np.int64)
    if pairs.by is MatchedBy.ROW:
        return np.zeros(len(pairs.a), np.int64)
    # A file of one image needs no number, so that none is the first one.
    return np.maximum(b.index_in_stack[pairs.b], 0) - np.maximum(a.index_in_stack[pairs.a], 0)


def _matched(by: MatchedBy, a: Shaped[np.ndarray, " n"], b: Shaped[np.ndarray, " m"]) -> Pairs:
    """Rows with the same key. What is listed twice, as after a symmetry expansion, is matched in the order of rows."""
    _, codes = np.unique(np.concatenate([a, b]), return_inverse=True)
    first, second = (_unrepeated(part, len(codes)) for part in np.split(codes.reshape(-1), [len(a)]))
    _, rows_a, rows_b = np.intersect1d(first, second, return_indices=True)
    order = np.argsort(rows_a)
    return Pairs(by, rows_a[order], rows_b[order])


def _unrepeated(codes: Int[np.ndarray, " n"], most: int) -> Int[np.ndarray, " n"]:
    """Each code with how often it came before, which is less than `most`, as one number."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    before = np.empty(len(codes), np.int64)
    before[order] = np.arange(len(codes)) - np.repeat(starts, np.diff(starts, append=len(codes)))
    return codes * most + before


def _image_keys(
    a: ParticleMetadata, b: ParticleMetadata, shift: int
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " m"]] | None:
    """A number for each image, the same in both files."""
    if a.stack_of is None or b.stack_of is None or a.index_in_stack is None or b.index_in_stack is None:
        return None
    names = a.stacks, b.stacks
    if not set(a.stacks) & set(b.stacks):
        names = tuple(tuple(PurePosixPath(path).name for path in paths) for paths in names)
    numbers = {name: number for number, name in enumerate(dict.fromkeys([*names[0], *names[1]]))}
    stack_a, stack_b = (
        np.array([numbers[path] for path in paths], np.int64)[stack_of]
        for paths, stack_of in zip(names, (a.stack_of, b.stack_of), strict=True)
    )
    index_a, index_b = np.maximum(a.index_in_stack, 0), np.maximum(b.index_in_stack, 0) - shift
    # Below zero, after the shift, an index would run into the numbers of another stack.
    return stack_a * 2**32 + index_a + 1, stack_b * 2**32 + index_b + 1
