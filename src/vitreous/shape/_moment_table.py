"""Arrays of moments read by their labels, and the tables that are printed of them."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from jaxtyping import Complex, Float, Int, Shaped

from vitreous._core import InputError
from vitreous.harmonics import invariant_labels, moment_index, moment_labels, moment_order

Label = tuple[int, ...]


class LabelledArray(Mapping[Label, np.generic]):
    """An array read like a dictionary, `{(n, l, m): value}` or `{(n, l): value}`, without making one.

    Arguments:
        array: The values.
        labels: A column of numbers for each value.
        index: Where the value of a label stands, or an `InputError` if it stands nowhere.
    """

    def __init__(
        self, array: Shaped[np.ndarray, " n"], labels: Int[np.ndarray, "k n"], index: Callable[..., int]
    ) -> None:
        self.array = array.view()
        self.array.flags.writeable = False
        self._labels = labels
        self._index = index

    def __getitem__(self, label: Label) -> np.generic:
        try:
            return self.array[self._index(*label)]
        except (InputError, IndexError, TypeError) as error:
            raise KeyError(label) from error

    def __iter__(self) -> Iterator[Label]:
        return map(tuple, self._labels.T.tolist())

    def __len__(self) -> int:
        return len(self.array)

    def __repr__(self) -> str:
        return f"<{len(self)} values by {', '.join('nlm'[: len(self._labels)])}>"


class LabelledRows(Mapping[int, LabelledArray]):
    """Rows of an array by their number, each a `LabelledArray`."""

    def __init__(self, array: Shaped[np.ndarray, "dimensions n"], row: Callable[..., LabelledArray]) -> None:
        self.array = array.view()
        self.array.flags.writeable = False
        self._row = row

    def __getitem__(self, dimension: int) -> LabelledArray:
        if dimension not in range(len(self.array)):
            raise KeyError(dimension)
        return self._row(self.array[dimension])

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.array)))

    def __len__(self) -> int:
        return len(self.array)


def moments_by_label(moments: Shaped[np.ndarray, " moments"]) -> LabelledArray:
    """Moments as a mapping of (n, l, m)."""
    return LabelledArray(moments, moment_labels(moment_order(len(moments))), moment_index)


def invariants_by_label(invariants: Shaped[np.ndarray, " pairs"]) -> LabelledArray:
    """Invariants as a mapping of (n, l)."""
    # Pairs of all orders to n: (n + 2)² / 4, rounded down.
    order = round(2 * len(invariants) ** 0.5) - 2
    return LabelledArray(invariants, invariant_labels(order), invariant_index)


def invariant_index(n: int, l: int) -> int:
    """Where $F_{nl}$ stands in an array of invariants.

    Raises:
        InputError: There is no such invariant.
    """
    moment_index(n, l, 0)
    return ((n + 1) // 2) * ((n + 2) // 2) + l // 2


def listing(values: Mapping[Label, np.generic], n_max: int | None = None) -> str:
    """A line for each value, its label and it, to an order."""
    # Not by format, which would make a Python number of a value in single precision, with its sixteen digits.
    return "\n".join(f"{label} {value!s}" for label, value in values.items() if n_max is None or label[0] <= n_max)


def statistics(
    moments: Complex[np.ndarray, " moments"],
    dimensions: int,
    *,
    invariants: Float[np.ndarray, "dimensions pairs"] | None,
    latents: Float[np.ndarray, "particles k"] | None,
) -> str:
    """A framed table of how much there is of what; `moments` are those of one volume."""
    facts: list[tuple[str, object]] = [
        ("Dimensions", dimensions),
        ("Moments", len(moments)),
        ("Order", moment_order(len(moments))),
        ("nbytes", moments.nbytes * max(dimensions, 1)),
        ("type", moments.dtype),
        ("", ""),
        ("Invariants", invariants is not None),
    ]
    if invariants is not None:
        facts += [("Total", invariants.shape[1]), ("nbytes", invariants.nbytes), ("type", invariants.dtype)]
    if latents is not None:
        facts.append(("particles", latents.shape))
    lines = ["Moment statistics", *(f"   {name}: {value}" if name else "" for name, value in facts)]
    edge = f"+{'-' * 55}+"
    return "\n".join([edge, *(f"|{line:<55}|" for line in lines), edge])
