r"""Fourier sums between a box of whole frequencies and points anywhere: one closed family of two operations.

With $s = \pm 1$ and positions x in periods,

$$ \text{type 1:}\quad F_k = \sum_p v_p\,e^{2\pi i\,s\,k\cdot x_p}, \qquad
   \text{type 2:}\quad v_p = \sum_k F_k\,e^{2\pi i\,s\,k\cdot x_p}. $$

Each is the transpose of the other, and the derivative of either in the points is the same operation with values, or
frequencies, multiplied in. So every derivative of any order is one of the two, and needs only their values.

Both take a batch b of point sets and a number t of transforms that share the points of each: `vmap` over values adds
to t, `vmap` over points to b, and neither repeats what is not batched.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, Complex

from vitreous._core import Rules, array_type, define_primitive, is_zero

from ._nufft_backends import transform_type1, transform_type2


def _slopes(form: dict, dtype: jnp.dtype) -> Complex[Array, "d *modes"]:
    r"""$2\pi i\,s\,k_j$ along x, y, …: what a derivative in $x_j$ multiplies the modes by."""
    axes = [jnp.asarray(axis, dtype) for axis in form["modes"]]
    grids = jnp.meshgrid(*axes, indexing="ij")
    return 2j * math.pi * form["sign"] * jnp.stack(grids[::-1])


def _merge(array: Array, axis: int) -> Array:
    """The axis and the one after it as one."""
    return array.reshape(*array.shape[:axis], -1, *array.shape[axis + 2 :])


def _type1_jvp(primals, tangents, **form):
    (values, points), (values_dot, points_dot) = primals, tangents
    result = type1(values, points, **form)
    moving, factors = [], []
    if not is_zero(values_dot):
        moving.append(values_dot[:, :, None])
        factors.append(jnp.ones((1, *result.shape[2:]), result.dtype))
    if not is_zero(points_dot):
        moving.append(values[:, :, None] * jnp.moveaxis(points_dot, -1, 1)[:, None].astype(values.dtype))
        factors.append(_slopes(form, points.dtype))
    stack = jnp.concatenate(moving, axis=2)
    sums = type1(_merge(stack, 1), points, **form).reshape(*stack.shape[:3], *result.shape[2:])
    return result, (sums * jnp.concatenate(factors)).sum(2)


def _type2_jvp(primals, tangents, **form):
    (coefficients, points), (coefficients_dot, points_dot) = primals, tangents
    if is_zero(points_dot):
        result, tangent = type2(coefficients, points, **form), 0.0
    else:
        slopes = _slopes(form, points.dtype)
        factors = jnp.concatenate([jnp.ones_like(slopes[:1]), slopes])
        stack = _merge(coefficients[:, :, None] * factors, 1)
        b, t = coefficients.shape[:2]
        values = type2(stack, points, **form).reshape(b, t, -1, points.shape[1])
        result = values[:, :, 0]
        tangent = (values[:, :, 1:] * jnp.moveaxis(points_dot, -1, 1)[:, None].astype(values.dtype)).sum(2)
    if not is_zero(coefficients_dot):
        tangent = tangent + type2(coefficients_dot, points, **form)
    return result, tangent


def _type1_transpose(cotangent, values, points, **form):
    return (None if is_zero(cotangent) else type2(cotangent, points, **form)), None


def _type2_transpose(cotangent, coefficients, points, **form):
    return (None if is_zero(cotangent) else type1(cotangent, points, **form)), None


def _batch_type1(operands, axes, **form):
    (values, points), (values_axis, points_axis) = operands, axes
    if points_axis is None:
        values = jnp.moveaxis(values, values_axis, 1)
        b, n, t, _ = values.shape
        sums = type1(_merge(values, 1), points, **form)
        return sums.reshape(b, n, t, *sums.shape[2:]), 1
    values, points = _together(operands, axes)
    return _split(type1(_merge(values, 0), _merge(points, 0), **form), values.shape[0]), 0


def _batch_type2(operands, axes, **form):
    (coefficients, points), (coefficients_axis, points_axis) = operands, axes
    if points_axis is None:
        coefficients = jnp.moveaxis(coefficients, coefficients_axis, 1)
        b, n, t, *_ = coefficients.shape
        return type2(_merge(coefficients, 1), points, **form).reshape(b, n, t, -1), 1
    if coefficients_axis is None:  # one box read at more points
        points = jnp.moveaxis(points, points_axis, 1)
        b, n, p, _ = points.shape
        values = type2(coefficients, _merge(points, 1), **form)
        return values.reshape(b, values.shape[1], n, p), 2
    coefficients, points = _together(operands, axes)
    return _split(type2(_merge(coefficients, 0), _merge(points, 0), **form), points.shape[0]), 0


def _together(operands, axes):
    """Both operands with the batch in front, repeated where one has none."""
    size = next(x.shape[axis] for x, axis in zip(operands, axes, strict=True) if axis is not None)

    def front(operand: Array, axis: int | None) -> Array:
        if axis is None:
            return jnp.broadcast_to(operand, (size, *operand.shape))
        return jnp.moveaxis(operand, axis, 0)

    return [front(operand, axis) for operand, axis in zip(operands, axes, strict=True)]


def _split(array: Array, size: int) -> Array:
    return array.reshape(size, -1, *array.shape[1:])


def _type1_abstract(values, points, *, modes, **_):
    return array_type((*values.shape[:2], *map(len, modes)), values.dtype)


def _type2_abstract(coefficients, points, **_):
    return array_type((*coefficients.shape[:2], points.shape[1]), coefficients.dtype)


type1 = define_primitive(
    "nufft_type1", Rules(transform_type1, _type1_abstract, _type1_jvp, _type1_transpose, _batch_type1)
)
type2 = define_primitive(
    "nufft_type2", Rules(transform_type2, _type2_abstract, _type2_jvp, _type2_transpose, _batch_type2)
)
