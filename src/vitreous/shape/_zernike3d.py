"""The moments of the tool zernike3d, which are scaled and turned against ours."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError
from vitreous.harmonics import moment_labels, moment_order, rotate_moments

# The tool's (x, y, z) are our (y, z, x): it lets `numpy.meshgrid` exchange the first two axes of the map's (z, y, x).
_TO_ITS_AXES = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])


def zernike3d_ball(box: int) -> tuple[float, tuple[float, float, float]]:
    r"""The ball about the map that zernike3d decomposes in, for a `vitreous.harmonics.ZernikePlan` that does the same.

    Its coordinates go from $-1/\sqrt3$ to $1/\sqrt3$ on each axis, from the first voxel's centre to the last's. So
    the radius is $\sqrt3\,(N-1)/2$ voxels, about the index (N − 1)/2, half a voxel below N // 2 if N is even.

    Arguments:
        box: Edge N of the map, voxels.

    Returns:
        The radius in voxels, and the (x, y, z) of the centre from index N // 2 in voxels.

    Raises:
        InputError: A box of fewer than two voxels, which has no such ball.

    Examples:
        >>> radius, center = zernike3d_ball(64)
        >>> round(radius, 3), center
        (54.56, (-0.5, -0.5, -0.5))
    """
    if box < 2:
        raise InputError(f"box={box} voxels have no ball about them.", hint="Give the edge of the map in voxels.")
    offset = (box - 1) / 2 - box // 2
    return 3**0.5 * (box - 1) / 2, (offset, offset, offset)


def from_zernike3d(
    coefficients: Complex[Array | np.ndarray, "*batch moments"], *, box: int
) -> Complex[Array, "*batch moments"]:
    r"""Moments from the coefficients of zernike3d.

    Its coefficients are $\chi = \frac{2(2n+3)}{3\sqrt3\,\pi N^3} \sum f\, \overline{R_{nl} Y_{lm}}$ over the N³
    voxels (its `zernike_master.py`). With the voxel's edge $2 / (\sqrt3\,(N-1))$ in units of the ball's radius, that is

    $$ \chi_{nlm} = \frac{\sqrt{2n+3}}{4\pi} \left(\frac{N-1}{N}\right)^3 M'_{nlm}, $$

    where M′ are the moments of the map with its axes exchanged in a cycle, (x′, y′, z′) = (y, z, x), a rotation by
    120° that is undone here.

    Arguments:
        coefficients: χ with m ≥ 0, in the order of `vitreous.harmonics.moment_labels`, which is the tool's too.
        box: Edge N of the map that was decomposed, voxels.

    Returns:
        Moments in the ball of `zernike3d_ball`.

    Raises:
        InputError: The number of coefficients is not that of any order, or the box has fewer than two voxels.

    Examples:
        >>> print(round(float(from_zernike3d(jnp.array([1.0 + 0j]), box=64)[0].real), 3))
        7.606
    """
    values = jnp.asarray(coefficients)
    return rotate_moments(values / _scale(values, box), _rotation(values).T)


def to_zernike3d(
    moments: Complex[Array | np.ndarray, "*batch moments"], *, box: int
) -> Complex[Array, "*batch moments"]:
    r"""The coefficients that zernike3d would have found for a map; the inverse of `from_zernike3d`.

    Arguments:
        moments: Moments in the ball of `zernike3d_ball`.
        box: Edge N of the map, voxels.

    Returns:
        The tool's χ with m ≥ 0.

    Raises:
        InputError: As in `from_zernike3d`.

    Examples:
        >>> print(round(float(to_zernike3d(jnp.array([7.606 + 0j]), box=64)[0].real), 3))
        1.0
    """
    values = jnp.asarray(moments)
    return rotate_moments(values, _rotation(values)) * _scale(values, box)


def _rotation(values: Complex[Array, "*batch moments"]) -> Float[Array, "3 3"]:
    return jnp.asarray(_TO_ITS_AXES, jnp.finfo(values.dtype).dtype)


def _scale(values: Complex[Array, "*batch moments"], box: int) -> Float[Array, " moments"]:
    zernike3d_ball(box)
    n = moment_labels(moment_order(values.shape[-1]))[0]
    scale = np.sqrt(2 * n + 3) / (4 * np.pi) * ((box - 1) / box) ** 3
    return jnp.asarray(scale, jnp.finfo(values.dtype).dtype)
