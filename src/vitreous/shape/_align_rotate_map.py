"""A map turned, moved and mirrored."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, as_float, positive
from vitreous.grids import coordinates, rfftn
from vitreous.kernels import nufft_type2

from ._align import Alignment

_EPS = {32: 1e-6, 64: 1e-12}  # of the Fourier series, by the bits of a number


def rotate_map(
    volume: Float[Array | np.ndarray, "z y x"],
    rotation: Float[Array | np.ndarray, "3 3"],
    *,
    shift: Float[Array | np.ndarray, "3"] | None = None,
    voxel_size: FloatLike = 1.0,
    mirrored: bool = False,
) -> Float[Array, "z y x"]:
    r"""A map that is turned about the middle of its box, and then moved.

    $$ g(x) = f(\pm R^{-1} (x - t)) $$

    with the minus where it is mirrored. Between its voxels the map is its own Fourier series, by a NUFFT, so nothing is
    lost but what leaves the box, and frequencies in the corners of the spectrum that turn out of it. Beyond the box the
    map is zero. Differentiable in map, rotation and shift.

    Arguments:
        volume: The map f.
        rotation: R, active, on vectors (x, y, z).
        shift: t in Å, (x, y, z); none unless given.
        voxel_size: Å.
        mirrored: Whether to mirror the map through its centre first.

    Returns:
        The map g, on the same voxels.

    Raises:
        InputError: The voxel size is not positive.

    Examples:
        >>> point = jnp.zeros((5, 5, 5)).at[2, 2, 4].set(1.0)  # two voxels along x
        >>> quarter = jnp.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # about z
        >>> round(float(rotate_map(point, quarter)[2, 4, 2]), 4)
        1.0
    """
    values = as_float(volume)
    size = positive(voxel_size, name="voxel_size", hint="Give it in Å, such as 1.5.")
    moved = (
        jnp.zeros(3, values.dtype) if shift is None else jnp.asarray(shift, values.dtype) / size.astype(values.dtype)
    )
    return _rotate_map(values, jnp.asarray(rotation, values.dtype), moved, mirrored=mirrored)


def aligned_map(
    moving: Float[Array | np.ndarray, "z y x"], alignment: Alignment, *, voxel_size: FloatLike
) -> Float[Array, "z y x"]:
    """A map laid on another, as an alignment says.

    Arguments:
        moving: The map that moves.
        alignment: From `align_maps(reference, moving)`, or of their moments.
        voxel_size: Å.

    Returns:
        The map as it agrees with the reference, on its own voxels; see `rotate_map`.

    Raises:
        InputError: The voxel size is not positive.

    Examples:
        >>> still = Alignment(np.eye(3), 1.0, mirrored=False, other_hand=None)
        >>> bool(jnp.allclose(aligned_map(jnp.ones((4, 4, 4)), still, voxel_size=2.0), 1.0, atol=1e-5))
        True
    """
    return rotate_map(
        moving, alignment.rotation, shift=alignment.shift, voxel_size=voxel_size, mirrored=alignment.mirrored
    )


@partial(jax.jit, static_argnames="mirrored")
def _rotate_map(
    volume: Float[Array, "z y x"], rotation: Float[Array, "3 3"], shift: Float[Array, "3"], *, mirrored: bool
) -> Float[Array, "z y x"]:
    shape = volume.shape
    box = np.array(shape[::-1])
    places = jnp.matmul(coordinates(shape).astype(volume.dtype) - shift, rotation, precision=jax.lax.Precision.HIGHEST)
    places = -places if mirrored else places
    # Half a voxel beyond the outermost ones the box ends.
    inside = (places >= -(box // 2) - 0.5) & (places <= box - box // 2 - 0.5)
    points = jnp.where(inside, places, 0) / box.astype(volume.dtype)
    spectrum = rfftn(volume) / volume.size
    values = nufft_type2(spectrum, points.reshape(-1, 3), shape=shape, eps=_EPS[jnp.finfo(volume.dtype).bits])
    return jnp.where(inside.all(-1), values.reshape(shape), 0)
