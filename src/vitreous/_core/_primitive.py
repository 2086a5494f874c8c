"""Registration of JAX primitives: the only file that touches JAX's low-level public interfaces."""

import functools
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir


@dataclass(frozen=True)
class Rules:
    """What JAX needs to know of an operation.

    Arguments:
        implementation: Pure-JAX meaning, `f(*operands, **parameters)`.
        abstract: Shape and dtype of the result, `f(*avals, **parameters)`, see `array_type`.
        jvp: `f(primals, tangents, **parameters) -> (result, tangent)`; zero tangents are `ad.Zero`.
        transpose: `f(cotangent, *operands, **parameters)`, a cotangent per operand (`None` where not linear).
        batch: `f(operands, axes, **parameters) -> (result, axis)`.
        platforms: Other forms of the implementation, of the same signature, for the platforms of these names;
            `None` stands for all others.
        several: There is more than one result: where one is named above, a sequence is meant.
    """

    implementation: Callable
    abstract: Callable
    jvp: Callable
    transpose: Callable
    batch: Callable
    platforms: Mapping[str | None, Callable] = field(default_factory=dict)
    several: bool = False


def define_primitive(name: str, rules: Rules) -> Callable:
    """A JAX operation `f(*operands, **parameters)` that follows `rules` under every transformation.

    Derivatives are those of the rules and never of the implementation, so a native form that replaces the
    implementation cannot change a gradient.
    """
    primitive = Primitive(name)
    primitive.multiple_results = rules.several

    @functools.cache
    def compiled(parameters: tuple[tuple[str, Hashable], ...]) -> Callable:
        return jax.jit(functools.partial(primitive.bind, **dict(parameters)))

    primitive.def_impl(lambda *operands, **parameters: compiled(tuple(sorted(parameters.items())))(*operands))
    primitive.def_abstract_eval(rules.abstract)
    for platform, form in {None: rules.implementation, **rules.platforms}.items():
        mlir.register_lowering(primitive, mlir.lower_fun(form, multiple_results=rules.several), platform=platform)
    ad.primitive_jvps[primitive] = rules.jvp
    ad.primitive_transposes[primitive] = rules.transpose
    batching.primitive_batchers[primitive] = rules.batch
    return primitive.bind


def array_type(shape: tuple[int, ...], dtype: Any) -> ShapedArray:
    """The abstract value of an array, as `Rules.abstract` returns it."""
    return ShapedArray(shape, dtype)


def is_zero(tangent: object) -> bool:
    """Whether a tangent or cotangent is symbolically zero."""
    return isinstance(tangent, ad.Zero)


def is_undefined(operand: object) -> bool:
    """Whether an operand is the linear one in a transposition."""
    return ad.is_undefined_primal(operand)
