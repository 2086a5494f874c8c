"""The mask that undoes what interpolation in Fourier space does to an image."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError

from ._base import AbstractMask


class InverseSincMask(AbstractMask):
    r"""Corrects an image or volume whose spectrum was interpolated by splines: 1 over the transform of their window.

    Values between the samples of a spectrum, taken with a window $w(k)$, are those of the object times the window's
    transform $W$, along each axis at $u = x / n$ where $x$ is the voxel's distance from the origin and $n$ the
    number of samples that the spectrum had on that axis. So the object is had back by

    $$\prod_\text{axes} \frac1{W(u)}, \qquad
    W_0 = \operatorname{sinc} u, \quad W_1 = \operatorname{sinc}^2 u, \quad
    W_3 = \frac{3 \operatorname{sinc}^4 u}{2 + \cos 2\pi u}$$

    for the nearest sample, for *linear* interpolation (two sincs, since the triangle is a box convolved with itself:
    one sinc is a mistake that has been published in code) and for cubic splines with prefiltered coefficients
    (Unser 1999, IEEE Signal Process. Mag. 16(6), 22). Here $\operatorname{sinc} u = \sin(\pi u)/\pi u$.

    It multiplies either the result (an image that was made from interpolated values), along the axes that it has, or
    the object before its transform, along all.

    Arguments:
        order: Order of the spline: 0, 1 or 3.
        padded_shape: The shape of the padded object whose spectrum is interpolated; that of the masked array unless
            given. The more it was padded, the weaker the correction.

    Raises:
        InputError: The order is another one, or the padded shape is smaller than the masked array or has other axes.

    Examples:
        >>> linear = InverseSincMask(padded_shape=(8, 8))
        >>> [round(float(v), 4) for v in linear.values((4, 4))[2]]
        [1.2337, 1.053, 1.0, 1.053]
    """

    order: int = eqx.field(static=True)
    padded_shape: tuple[int, ...] | None = eqx.field(static=True)

    def __init__(self, order: int = 1, *, padded_shape: tuple[int, ...] | None = None):
        if order not in (0, 1, 3):
            raise InputError(
                f"There is no correction for splines of order {order}.",
                hint="Use 0 (nearest), 1 (linear) or 3 (cubic).",
            )
        self.order = order
        self.padded_shape = None if padded_shape is None else tuple(int(n) for n in padded_shape)

    def values(self, shape: tuple[int, ...]) -> Float[Array, "*n"]:
        """The factor at each pixel of an array of this shape."""
        padded = tuple(shape) if self.padded_shape is None else self.padded_shape
        if len(padded) != len(shape) or any(p < n for p, n in zip(padded, shape, strict=True)):
            raise InputError(
                f"A spectrum of shape {padded} in real space was not that of an array of shape {tuple(shape)}.",
                hint="Give padded_shape as many axes as the masked array has, and none of them smaller.",
            )
        product = np.ones(())
        for n, p in zip(shape, padded, strict=True):
            product = product[..., None] / _window_transform(self.order, (np.arange(n) - n // 2) / p)
        return jnp.asarray(product, dtype=float)


def _window_transform(order: int, u: np.ndarray) -> np.ndarray:
    spline = np.sinc(u) ** (order + 1)
    return 3 * spline / (2 + np.cos(2 * np.pi * u)) if order == 3 else spline
