"""Shuffling through a window of images, so that each stack is read once and from its beginning to its end."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int


def reading_order(
    stack_of: Int[np.ndarray, " n"], index_in_stack: Int[np.ndarray, " n"], generator: np.random.Generator
) -> Int[np.ndarray, " n"]:
    """The particles stack by stack, the stacks in random order and each stack's images as they lie in it.

    Examples:
        >>> reading_order(np.array([0, 1, 0]), np.array([5, 0, 2]), np.random.default_rng(0)).tolist()
        [2, 0, 1]
    """
    stacks, which = np.unique(stack_of, return_inverse=True)
    return np.lexsort((index_in_stack, generator.permutation(len(stacks))[which]))


def leaving_places(
    count: int, generator: np.random.Generator, *, window: int, batch_size: int
) -> Iterator[Int[np.ndarray, " b"]]:
    """Which places of the window each batch is taken from, all drawn alike and without replacement.

    The first `window` of `count` images fill the window. What a batch takes is replaced by the images that come next,
    in the order of its places; when no more come, the window empties, and the last batch takes what is left.

    Arguments:
        count: Images of the epoch.
        generator: Draws the places.
        window: How many images wait at a time.
        batch_size: How many leave at a time.

    Examples:
        >>> [len(places) for places in leaving_places(5, np.random.default_rng(0), window=3, batch_size=2)]
        [2, 2, 1]
    """
    filled = np.arange(min(window, count))
    to_come = count - len(filled)
    while len(filled):
        picked = generator.choice(len(filled), min(batch_size, len(filled)), replace=False)
        yield filled[picked]
        refilled = min(to_come, len(picked))
        to_come -= refilled
        if refilled < len(picked):
            filled = np.delete(filled, picked[refilled:])
