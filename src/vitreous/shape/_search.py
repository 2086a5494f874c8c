"""Which of many maps and structures have the shape of another."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Array, Float, Float32

from vitreous._core import InputError

from ._descriptor import DescriptorOptions


@dataclass(frozen=True, eq=False)
class ShapeIndex:
    """Descriptors of many maps and structures.

    Arguments:
        names: Of the entries.
        paths: Of their files.
        descriptors: Of norm 1, one row each.
        radii: Of the balls they were taken in, Å.
        options: What the descriptors mean.

    Raises:
        InputError: The numbers of names, paths, descriptors and radii differ, or there are none.

    Examples:
        >>> rows = np.eye(1, 5, dtype=np.float32)
        >>> index = ShapeIndex(("a",), (Path("a.mrc"),), rows, np.ones(1), DescriptorOptions(3))
        >>> round(search_index(index, np.array([3.0, 4, 0, 0, 0]), k=1)[0].similarity, 6)
        0.6
    """

    names: tuple[str, ...]
    paths: tuple[Path, ...]
    descriptors: Float32[np.ndarray, "entries numbers"]
    radii: Float[np.ndarray, " entries"]
    options: DescriptorOptions

    def __post_init__(self):
        counts = {len(x) for x in (self.names, self.paths, self.descriptors, self.radii)}
        if len(counts) != 1 or 0 in counts:
            raise InputError(
                f"an index of {len(self.names)} names, {len(self.paths)} paths, {len(self.descriptors)} descriptors "
                f"and {len(self.radii)} radii is none.",
                hint="Give one of each for every entry; vitreous.shape.build_index makes an index of files.",
            )


@dataclass(frozen=True)
class ShapeMatch:
    """An entry of an index that has been found.

    Attributes:
        name: Of the entry.
        path: Of its file.
        similarity: The scalar product of the two descriptors, 1 for the same shape.
        radius: Of its ball, Å.
    """

    name: str
    path: Path
    similarity: float
    radius: float


def search_index(
    index: ShapeIndex, descriptor: Float[Array | np.ndarray, " numbers"], k: int = 10
) -> tuple[ShapeMatch, ...]:
    """The entries whose shapes are most like a descriptor, the best first.

    All entries are compared, in one product of a matrix and a vector. Mirror images have one descriptor;
    `align_moments` tells them apart.

    Arguments:
        index: Descriptors of many maps.
        descriptor: Of one, made with the options of the index: `shape_of_file(path, index.options).descriptor`.
        k: How many entries to find, at most.

    Returns:
        The matches; all entries where there are fewer than k.

    Raises:
        InputError: The descriptor has another length, is zero, or k is not positive.

    Examples:
        >>> rows = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
        >>> index = ShapeIndex(tuple("abc"), (Path("a"), Path("b"), Path("c")), rows, np.ones(3), DescriptorOptions(2))
        >>> [match.name for match in search_index(index, np.array([0.0, 1.0]), k=2)]
        ['b', 'c']
    """
    if k < 1:
        raise InputError(f"k={k} entries are none.", hint="Ask for one or more.")
    wanted, numbers = np.asarray(descriptor, np.float32), index.descriptors.shape[1]
    if wanted.shape != (numbers,):
        raise InputError(
            f"a descriptor of {wanted.size} numbers cannot be compared with those of {numbers} of the index.",
            hint="Make it with the options of the index: shape_of_file(path, index.options).",
        )
    norm = np.linalg.norm(wanted)
    if not norm > 0:
        raise InputError("the descriptor is zero or not a number, and is like nothing.", hint="Check its map.")
    similarity = np.clip(np.matmul(index.descriptors, wanted / norm), -1, 1)
    k = min(k, len(similarity))
    best = np.argpartition(-similarity, k - 1)[:k]
    best = best[np.argsort(-similarity[best], kind="stable")]
    return tuple(ShapeMatch(index.names[i], index.paths[i], float(similarity[i]), float(index.radii[i])) for i in best)
