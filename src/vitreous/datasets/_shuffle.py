"""Shuffling in blocks, so that each stack is read once and from its beginning to its end."""

import numpy as np
from jaxtyping import Int


def reading_order(
    stack_of: Int[np.ndarray, " n"], index_in_stack: Int[np.ndarray, " n"], generator: np.random.Generator | None
) -> Int[np.ndarray, " n"]:
    """The particles stack by stack, the stacks in random order and each stack's images as they lie in it.

    Arguments:
        stack_of: The stack of each particle.
        index_in_stack: Its image there.
        generator: For the order of the stacks, which are taken as they are numbered where there is none.

    Examples:
        >>> reading_order(np.array([0, 1, 0]), np.array([5, 0, 2]), np.random.default_rng(0)).tolist()
        [2, 0, 1]
    """
    stacks, which = np.unique(stack_of, return_inverse=True)
    rank = np.arange(len(stacks)) if generator is None else generator.permutation(len(stacks))
    return np.lexsort((index_in_stack, rank[which]))


def block_size(count: int, *, window: int, batch_size: int) -> int:
    """How many images are shuffled at a time: all where the window holds them, else whole batches in half of it.

    The other half of the window holds the block that is read meanwhile.

    Examples:
        >>> block_size(100, window=100, batch_size=8), block_size(1000, window=100, batch_size=8)
        (100, 48)
    """
    return count if count <= window else max(1, window // (2 * batch_size)) * batch_size


def shuffled_in_blocks(
    order: Int[np.ndarray, " n"], size: int, generator: np.random.Generator
) -> Int[np.ndarray, " n"]:
    """The same particles, with each block of `size` of them in an order that is as likely as any other.

    Examples:
        >>> shuffled_in_blocks(np.arange(6), 3, np.random.default_rng(0)).tolist()
        [2, 0, 1, 5, 4, 3]
    """
    shuffled = order.copy()
    for first in range(0, len(order), size):
        generator.shuffle(shuffled[first : first + size])
    return shuffled
