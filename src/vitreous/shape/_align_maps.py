"""One map laid on another, turned and moved."""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError, as_float, positive
from vitreous.harmonics import ZernikePlan

from ._align import Alignment, align_moments, mirror_moments
from ._align_envelope import density_center, density_mask, mask_radius
from ._align_peaks import refine_rotations
from ._align_rotate_map import rotate_map
from ._align_shift import best_shift
from ._resolution_rule import resolution_for_order
from ._rotations import directional

_ROUNDS = 6  # of shift and rotation: each takes what the other left, which is a tenth or less
_SETTLED = 0.01  # voxels
_ROOM = 1.25  # between noisy maps at order 30, angles were a third worse in the least ball
_STEP = 4  # voxels, of the lengths for which something is compiled


def align_maps(
    reference: Float[Array | np.ndarray, "z y x"],
    moving: Float[Array | np.ndarray, "w v u"],
    *,
    voxel_size: float,
    order: int = 30,
    radius: float | None = None,
    mirror: bool = True,
    mask: bool = True,
    weights: Float[Array | np.ndarray, " orders"] | None = None,
) -> Alignment:
    r"""The rotation, shift and hand by which one map is laid on another.

    Moments of a ball know how they turn about its centre, but not how they move. So each map, masked softly
    (`density_mask`), is first decomposed about the centre of its density (`density_center`), and these moments are
    aligned over all rotations (`align_moments`). Then in turn the map so laid is moved to where it correlates best with
    the reference, at the resolution of the order, which says where the centre of its ball should have been; it is
    decomposed about that; and the rotation is refined with the new moments. It ends when the shift changes by less
    than 0.01 voxels.

    Arguments:
        reference: The map that stays; a cube.
        moving: The map that moves, of the same shape and voxel size.
        voxel_size: Å.
        order: Of the moments. Where noise is stronger than signal beyond a resolution, the order of that resolution,
            `order_for_resolution`.
        radius: Of the balls in Å; unless given, a quarter more than what holds the masks of both maps, at most half
            the box.
        mirror: Whether to try the other hand as well.
        mask: Whether to mask the maps. Noise beyond the specimen costs accuracy, and so does a mask that cuts into
            it: give masked maps, and False, where there are better masks.
        weights: Of each n, as for `align_moments`.

    Returns:
        The alignment. `aligned_map(moving, alignment, voxel_size=voxel_size)` lies on the reference.

    Raises:
        InputError: The maps are not two cubes of one shape, one has no positive density or no features, or an option
            is out of range.

    Examples:
        >>> from vitreous.grids import coordinates
        >>> def blobs(*centers):
        ...     return sum(jnp.exp(-jnp.sum((coordinates((24, 24, 24)) - jnp.array(c)) ** 2, -1) / 8) for c in centers)
        >>> still, moved = blobs((4.0, 0, 0), (-2, 3, 0), (0, 0, -3)), blobs((5.0, 0, 0), (-1, 3, 0), (1, 0, -3))
        >>> found = align_maps(still, moved, voxel_size=2.0, order=8, mirror=False)
        >>> (found.shift.round(1) + 0).tolist(), bool(np.allclose(found.rotation, np.eye(3), atol=1e-2))
        ([-2.0, 0.0, 0.0], True)
    """
    voxel_size = float(positive(voxel_size, name="voxel_size", hint="Give it in Å, such as 1.5."))
    still, turning = as_float(reference), as_float(moving)
    _check_cubes(still.shape, turning.shape)
    centers = [np.asarray(density_center(one), float) for one in (still, turning)]
    masks = [density_mask(one) for one in (still, turning)]
    reach = _ball(masks, centers) if radius is None else radius / voxel_size
    if mask:
        still, turning = still * masks[0], turning * masks[1]
    finest = resolution_for_order(order, reach)
    anchor, center = centers
    farthest = _farthest(anchor, center)
    plan = _plan(order, len(still), reach, farthest)
    target = _moments_about(plan, still, anchor)
    found = align_moments(target, _moments_about(plan, turning, center), mirror=mirror, weights=weights)
    target = directional(target, weights)
    for _ in range(_ROUNDS):
        laid = rotate_map(turning, found.rotation, shift=_shift(found, anchor, center), mirrored=found.mirrored)
        missing = np.asarray(best_shift(still, laid, finest=finest), float)
        center = center - np.dot(missing, _operation(found))
        if np.abs(center).max() > farthest:
            farthest = _farthest(center)
            plan = _plan(order, len(still), reach, farthest)
        moments = directional(_moments_about(plan, turning, center), weights)
        moments = mirror_moments(moments) if found.mirrored else moments
        rotations, scores = refine_rotations(target, moments, found.rotation[None])
        found = replace(found, rotation=rotations[0], correlation=float(scores[0]))
        if np.linalg.norm(missing) < _SETTLED:
            break
    return replace(found, shift=_shift(found, anchor, center) * voxel_size)


def _operation(alignment: Alignment) -> Float[np.ndarray, "3 3"]:
    """The rotation, with the mirror."""
    return -alignment.rotation if alignment.mirrored else alignment.rotation


def _shift(
    alignment: Alignment, anchor: Float[np.ndarray, "3"], center: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "3"]:
    """The shift in voxels, after the rotation, that lays one centre on another."""
    return anchor - np.dot(_operation(alignment), center)


def _plan(order: int, box: int, radius: float, farthest: float) -> ZernikePlan:
    """A plan whose ball may lie about any centre to a distance along the axes, so that all share one compilation."""
    return ZernikePlan(order, box, radius=radius, center=(farthest, farthest, farthest))


def _farthest(*centers: Float[np.ndarray, "3"]) -> float:
    """How far along an axis centres are in voxels, and some more, as they move."""
    return _whole(float(np.abs(centers).max())) + _STEP


def _ball(masks: list[Array], centers: list[np.ndarray]) -> float:
    """The radius in voxels of a ball with some room around both masks, at most half the box."""
    least = max(map(mask_radius, masks, centers))
    return min(_whole(_ROOM * least), float(len(masks[0]) // 2))


def _moments_about(plan: ZernikePlan, volume: Array, center: np.ndarray) -> Complex[Array, " moments"]:
    """The moments of a ball about a centre, whatever that of the plan."""
    return eqx.tree_at(lambda plan: plan.center, plan, jnp.asarray(center, volume.dtype)).decompose(volume)


def _whole(length: float) -> float:
    """A length in voxels rounded up to one that other maps share, so that little is compiled again."""
    return float(np.ceil(length / _STEP) * _STEP)


def _check_cubes(reference: tuple[int, ...], moving: tuple[int, ...]) -> None:
    if reference != moving or len(set(reference)) != 1:
        raise InputError(
            f"maps of shapes {reference} and {moving} cannot be laid on each other.",
            hint="Give two cubes of one shape and voxel size: crop, pad or rescale with vitreous.grids.",
        )
