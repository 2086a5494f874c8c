"""What the colours of dots mean: categories, or numbers on a scale."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int, Shaped

from ._marks import COLOURS, MUTED
from ._values import drawable, value_limits


@dataclass(frozen=True, eq=False, kw_only=True)
class Colouring:
    """The colour of each dot, as a category or as a place on a scale.

    Arguments:
        label: What the colours mean, with the unit.
        missing: Which dots have no value.
        names: The categories, sorted; none for numbers on a scale.
        palette: The categories' colours.
        category_of: The category of each dot.
        fraction: The place of each dot on the scale, from 0 to 1.
        limits: The values at the ends of the scale.
    """

    label: str
    missing: Bool[np.ndarray, " n"]
    names: tuple[str, ...]
    palette: tuple[str, ...]
    category_of: Int[np.ndarray, " n"]
    fraction: Float64[np.ndarray, " n"]
    limits: tuple[float, float]


def colouring_of(values: Shaped[np.ndarray, " n"], *, label: str) -> Colouring:
    """Text, and up to six different whole numbers, as categories; other numbers on a scale.

    Arguments:
        values: One for each dot.
        label: What they are, with their unit.
    """
    is_text = values.dtype.kind not in "fiub"
    missing = np.zeros(len(values), bool) if is_text else ~drawable(values)
    present = values[~missing]
    if is_text or _are_few_whole_numbers(present):
        keys = values if is_text else np.where(missing, 0, values).astype(np.int64)
        names, palette, category_of = _categories(keys, missing)
        fraction, limits = np.zeros(len(values)), (0.0, 1.0)
    else:
        names, palette, category_of = (), (), np.zeros(len(values), np.int64)
        limits = _limits_of_most(present.astype(float))
        numbers = np.where(missing, limits[0], values.astype(float))
        fraction = ((numbers - limits[0]) / (limits[1] - limits[0])).clip(0, 1)
    return Colouring(
        label=label,
        missing=missing,
        names=names,
        palette=palette,
        category_of=category_of,
        fraction=fraction,
        limits=limits,
    )


def _are_few_whole_numbers(values: Shaped[np.ndarray, " m"]) -> bool:
    if values.dtype.kind == "f" and not np.array_equal(values, np.round(values)):
        return False
    return len(values) > 0 and len(np.unique(values)) <= len(COLOURS)


def _categories(
    values: Shaped[np.ndarray, " n"], missing: Bool[np.ndarray, " n"]
) -> tuple[tuple[str, ...], tuple[str, ...], Int[np.ndarray, " n"]]:
    """The names and colours of categories, at most as many as there are colours, and the category of each value."""
    distinct, index = np.unique(values, return_inverse=True)
    counts = np.bincount(index[~missing], minlength=len(distinct))
    shown = np.flatnonzero(counts)
    names, palette = [str(distinct[k]) for k in shown], COLOURS[: len(shown)]
    if len(shown) > len(COLOURS):
        shown = np.sort(np.argsort(-counts, kind="stable")[: len(COLOURS) - 1])
        others = np.count_nonzero(counts) - len(shown)
        names = [*(str(distinct[k]) for k in shown), f"{others} others"]
        palette = (*COLOURS[: len(shown)], MUTED)
    category_of_distinct = np.full(len(distinct), len(names) - 1)
    category_of_distinct[shown] = np.arange(len(shown))
    return tuple(names), palette, category_of_distinct[index.reshape(len(values))]


def _limits_of_most(values: Float64[np.ndarray, " m"]) -> tuple[float, float]:
    """From the 1st to the 99th percentile, so that a few strays do not take all the colours."""
    if len(values) == 0:
        return 0.0, 1.0
    low, high = np.percentile(values, (1, 99))
    return value_limits(np.array([low, high]), margin=0.0)
