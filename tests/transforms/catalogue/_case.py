"""A class at work in a function of floating arrays, on which every transformation is tried."""

from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp

# Sizes of images, (y, x), and one that is a stranger to the others.
EVEN, ODD, RECTANGULAR = (8, 8), (9, 9), (6, 9)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is tried, and the accuracy that its arithmetic allows; all errors are relative to the largest value.

    Attributes:
        classes: The rows of the table that it fills.
        build: The function and its arguments, pytrees of floating arrays; on images of a shape, if it is `shaped`.
        rounding: Between two orders of the same sums.
        single: Between float32 and float64.
        quotient: Between a derivative and the best difference quotient.
        draws: Whether it draws random numbers, which in single precision are others.
        again: Whether its classes are differentiated in other cases too, so that the full run suffices.
        constant: Names of leaves that do not change the result; all others must.
    """

    name: str
    classes: tuple[type, ...]
    build: Callable[..., tuple[Callable, tuple]] = field(repr=False)
    shaped: bool
    draws: bool
    again: bool
    rounding: float
    single: float
    quotient: float
    constant: tuple[str, ...]

    def at(self, shape: tuple[int, int] = EVEN) -> tuple[Callable, tuple]:
        """The function, with one real vector as its result, and its arguments."""
        function, arguments = self.build(shape) if self.shaped else self.build()

        def flat(*arguments):
            return jnp.concatenate([_real(leaf) for leaf in jax.tree.leaves(function(*arguments))])

        # Of strong type: Python's numbers are weak, and beside arrays would be compiled once more.
        return flat, jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.asarray(leaf).dtype), arguments)


CASES: dict[str, Case] = {}


def case(
    *classes: type,
    shaped: bool = True,
    draws: bool = False,
    again: bool = False,
    rounding: float = 1e-11,  # sums of some hundred terms
    single: float = 5e-6,  # the same in float32
    quotient: float = 1e-6,  # central differences: h² and 1e-16 / h, at h = 1e-5, of a derivative of order one
    constant: tuple[str, ...] = (),
) -> Callable:
    """Adds what the decorated function builds to the catalogue."""

    def add(build):
        name = build.__name__.strip("_")
        assert name not in CASES, f"two cases are named {name}"
        CASES[name] = Case(
            name=name,
            classes=classes,
            build=build,
            shaped=shaped,
            draws=draws,
            again=again,
            rounding=rounding,
            single=single,
            quotient=quotient,
            constant=constant,
        )
        return build

    return add


def _real(leaf):
    return jnp.ravel(jnp.stack([leaf.real, leaf.imag]) if jnp.iscomplexobj(leaf) else leaf)
