"""Registration of JAX primitives: the only file that touches JAX's low-level public interfaces."""

import functools
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.sharding import PartitionSpec


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

    def evaluate(*operands: Any, **parameters: Any) -> Any:
        # Where a caller has disabled jit, a compiled `bind` would be this function again.
        with jax.disable_jit(False):
            return compiled(tuple(sorted(parameters.items())))(*operands)

    primitive.def_impl(evaluate)
    primitive.def_abstract_eval(functools.partial(_abstract, rules))
    for platform, form in {None: rules.implementation, **rules.platforms}.items():
        mlir.register_lowering(primitive, mlir.lower_fun(form, multiple_results=rules.several), platform=platform)
    ad.primitive_jvps[primitive] = rules.jvp
    ad.primitive_transposes[primitive] = rules.transpose
    batching.primitive_batchers[primitive] = rules.batch
    return lambda *operands, **parameters: primitive.bind(*_vary_alike(operands), **parameters)


# Within `jax.shard_map` types say over which axes of the mesh a value varies. An operation takes operands of one kind:
# where a grid is the same on all devices and the images are not, the grid is declared to vary, and the transpose of
# that sums its gradient over the devices.
def _vary_alike(operands: tuple) -> list:
    axes = [_varying(jax.typeof(operand)) for operand in operands]
    every = frozenset().union(*axes)
    return [
        jax.lax.pcast(operand, tuple(every - own), to="varying") if every - own else operand
        for operand, own in zip(operands, axes, strict=True)
    ]


def _varying(aval: ShapedArray) -> frozenset:
    return aval.manual_axis_type.varying


def _abstract(rules: Rules, *avals: ShapedArray, **parameters: Any) -> Any:
    results = rules.abstract(*avals, **parameters)
    if not _varying(avals[0]):
        return results

    def like_operands(result: ShapedArray) -> ShapedArray:
        sharding = avals[0].sharding.update(spec=PartitionSpec(*[None] * len(result.shape)))
        kind = avals[0].manual_axis_type
        return ShapedArray(result.shape, result.dtype, sharding=sharding, manual_axis_type=kind)

    return [like_operands(result) for result in results] if rules.several else like_operands(results)


def array_type(shape: tuple[int, ...], dtype: Any) -> ShapedArray:
    """The abstract value of an array, as `Rules.abstract` returns it."""
    return ShapedArray(shape, dtype)


def is_zero(tangent: object) -> bool:
    """Whether a tangent or cotangent is symbolically zero."""
    return isinstance(tangent, ad.Zero)


def is_undefined(operand: object) -> bool:
    """Whether an operand is the linear one in a transposition."""
    return ad.is_undefined_primal(operand)
