"""Masks in the shape of a map."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy import ndimage

from vitreous._core import InputError, as_float, is_concrete, not_negative, positive

from ._base import AbstractMask, filter_image
from ._edges import cosine_edge
from ._passes import LowPassFilter


class VoxelMask(AbstractMask):
    """A mask given by its voxels (or pixels), such as one made from a map.

    Arguments:
        voxels: The factor at each voxel, for arrays of this one shape.

    Examples:
        >>> ball = np.hypot(*np.mgrid[-8:8, -8:8]) < 4
        >>> mask = VoxelMask.from_volume(ball.astype(float), 0.5, voxel_size=1.0, extend=2.0, soft_edge=2.0)
        >>> mask.values((16, 16))[8, 8:].round(2).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0]
    """

    voxels: Float[Array, "*n"]

    def __init__(self, voxels: Float[Array | np.ndarray, "*n"]):
        self.voxels = as_float(voxels)

    @classmethod
    def from_volume(
        cls,
        volume: Float[Array | np.ndarray, "*n"],
        threshold: float,
        *,
        voxel_size: float,
        low_pass_a: float | None = None,
        extend: float = 0.0,
        soft_edge: float = 5.0,
    ) -> "VoxelMask":
        r"""The region where a map is at least a threshold, widened and with a soft edge.

        With $d$ the distance to the nearest voxel of that region, from `scipy.ndimage.distance_transform_edt`, the mask
        is 1 up to $d =$ `extend`, falls as a raised cosine over `soft_edge`, and is 0 beyond. (The steps of RELION's
        mask creation.) Not for use under `jax.jit`.

        Arguments:
            volume: A map "z y x" or an image "y x", about its origin pixel as always.
            threshold: In the map's units.
            voxel_size: Å.
            low_pass_a: Filter the map to this resolution in Å before the threshold is applied; not unless given.
            extend: How far the region is widened, in Å.
            soft_edge: Width of the edge beyond that, in Å; 0 for a step.

        Raises:
            InputError: The map or a number is traced by JAX, a length is negative, or no voxel reaches the threshold.
        """
        plateau, edge = (not_negative(x, name=name) for x, name in ((extend, "extend"), (soft_edge, "soft_edge")))
        smooth = as_float(volume)
        if low_pass_a is not None:
            smooth = filter_image(smooth, LowPassFilter(low_pass_a, width=0.2 / low_pass_a), pixel_size=voxel_size)
        if not all(map(is_concrete, (smooth, threshold, voxel_size))):
            raise InputError(
                "A mask cannot be made from a map that JAX traces, since thresholds have no derivative.",
                hint="Make the mask outside of jax.jit and jax.grad; then use it inside.",
            )
        spacing = float(positive(voxel_size, name="voxel_size"))
        outside = ~(np.asarray(smooth) >= threshold)
        if outside.all():
            raise InputError(
                f"No voxel reaches threshold={threshold:g}: the largest is {float(jnp.max(smooth)):g}.",
                hint="Use a lower threshold.",
            )
        distance = jnp.asarray(ndimage.distance_transform_edt(outside, sampling=spacing), smooth.dtype)
        return cls(cosine_edge(distance, plateau, edge))

    def values(self, shape: tuple[int, ...]) -> Float[Array, "*n"]:
        """The mask's voxels, for an array of their shape."""
        if tuple(shape) != self.voxels.shape:
            raise InputError(
                f"A mask of shape {self.voxels.shape} does not fit an array of shape {tuple(shape)}.",
                hint="Crop, pad or rescale the map of which the mask is made (vitreous.grids).",
            )
        return self.voxels
