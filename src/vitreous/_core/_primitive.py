"""Registration of JAX primitives: the only file that touches JAX's low-level public interfaces."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir


@dataclass(frozen=True)
class Rules:
    """What JAX needs to know of an operation with one result.

    Arguments:
        implementation: Pure-JAX meaning, `f(*operands, **parameters)`.
        abstract: Shape and dtype of the result, `f(*avals, **parameters)`, see `array_type`.
        jvp: `f(primals, tangents, **parameters) -> (result, tangent)`; zero tangents are `ad.Zero`.
        transpose: `f(cotangent, *operands, **parameters)`, a cotangent per operand (`None` where not linear).
        batch: `f(operands, axes, **parameters) -> (result, axis)`.
    """

    implementation: Callable
    abstract: Callable
    jvp: Callable
    transpose: Callable
    batch: Callable


def define_primitive(name: str, rules: Rules) -> Callable:
    """A JAX operation `f(*operands, **parameters)` that follows `rules` under every transformation.

    Derivatives are those of the rules and never of the implementation, so a native form that replaces the
    implementation cannot change a gradient.
    """
    primitive = Primitive(name)
    primitive.def_impl(lambda *operands, **parameters: _compiled(rules, parameters)(*operands))
    primitive.def_abstract_eval(rules.abstract)
    mlir.register_lowering(primitive, mlir.lower_fun(rules.implementation, multiple_results=False))
    ad.primitive_jvps[primitive] = rules.jvp
    ad.primitive_transposes[primitive] = rules.transpose
    batching.primitive_batchers[primitive] = rules.batch
    return primitive.bind


_cache: dict = {}


def _compiled(rules: Rules, parameters: dict) -> Callable:
    key = (rules, tuple(sorted(parameters.items())))
    if key not in _cache:
        _cache[key] = jax.jit(lambda *operands: rules.implementation(*operands, **parameters))
    return _cache[key]


def array_type(shape: tuple[int, ...], dtype: Any) -> ShapedArray:
    """The abstract value of an array, as `Rules.abstract` returns it."""
    return ShapedArray(shape, dtype)


def is_zero(tangent: object) -> bool:
    """Whether a tangent or cotangent is symbolically zero."""
    return isinstance(tangent, ad.Zero)


def is_undefined(operand: object) -> bool:
    """Whether an operand is the linear one in a transposition."""
    return ad.is_undefined_primal(operand)
