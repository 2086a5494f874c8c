"""The shape of a map or structure in few numbers that can be searched."""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Complex64, Float, Float32
from scipy.ndimage import affine_transform

from vitreous._core import InputError
from vitreous.datasets import load_volume
from vitreous.grids import fourier_crop
from vitreous.harmonics import ZernikePlan
from vitreous.io import read_atoms
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume

from ._invariants import normalised_invariants
from ._shape_frame import shape_frame

STRUCTURES = (".pdb", ".ent", ".cif", ".mmcif")
MAPS = (".mrc", ".map", ".ccp4", ".rec")
_SOLVENT_A = 10.0  # around a structure, so that the corners of its box are solvent
_RENDERED_VOXELS = 96  # of a structure's box: finer than what it is sampled to for any order to 40


@dataclass(frozen=True)
class DescriptorOptions:
    """What the descriptors of an index mean; only those with the same options can be compared.

    Arguments:
        order: The largest n of the moments.
        radius: Of the ball in Å, so that size counts; `gyrations` decides where it is `None`.
        gyrations: The radius in radii of gyration of each density, so that size drops out. A solid ball reaches to 1.3
            of its own, a rod to 1.7.
        by_order: Divide the norms of each order by their own norm, so that the fall-off with resolution drops out.

    Raises:
        InputError: An order below 1, or a length that is not positive and finite.

    Examples:
        >>> DescriptorOptions(order=10).gyrations
        1.8
    """

    order: int = 20
    radius: float | None = None
    gyrations: float = 1.8
    by_order: bool = False

    def __post_init__(self):
        if self.order < 1:
            raise InputError(f"order={self.order} leaves nothing to compare.", hint="Use 20.")
        for name in ("radius", "gyrations"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise InputError(f"{name}={value:g} must be positive and finite.", hint="Leave it out, or give a size.")


@dataclass(frozen=True, eq=False)
class MapShape:
    """The descriptor of a map, and the ball that it was taken in.

    Attributes:
        descriptor: Of norm 1; the scalar product of two tells how alike they are.
        center: Of the ball, (x, y, z) in Å from the voxel at index n // 2.
        radius: Of the ball, Å.
        moments: Of the density above its background in the ball, for `align_moments`.
    """

    descriptor: Float32[np.ndarray, " numbers"]
    center: Float[np.ndarray, "3"]
    radius: float
    moments: Complex64[np.ndarray, " moments"]


def shape_descriptor(
    moments: Complex[Array | np.ndarray, "*batch moments"], *, by_order: bool = False
) -> Float[Array, "*batch numbers"]:
    r"""What tells shapes apart, whatever their orientation, hand, scale and background.

    The norms $F_{nl}$ of all orders but n = 0, divided by the norm of them all. A constant that is added to a density
    changes $M_{000}$ alone, and a factor drops out, so that no contour level is needed.

    Arguments:
        moments: With $m \ge 0$, to order 1 or more.
        by_order: Divide the norms of each order by their own norm first, so that the fall-off of a map's power with
            resolution drops out.

    Returns:
        Vectors of norm 1, in the order of `vitreous.harmonics.invariant_labels` from its second pair on; zero where
        there is nothing but the mean.

    Raises:
        InputError: The number of moments is not that of any order.

    Examples:
        >>> shape_descriptor(jnp.array([7.0, 0.0, 0, 4.0, 0, 0, 0]) + 0j).tolist()
        [0.0, 1.0, 0.0]
    """
    varying = jnp.asarray(moments).at[..., 0].set(0)
    found = normalised_invariants(varying, by_order=by_order)[..., 1:]
    if by_order:  # each order has norm 1
        whole = jnp.sum(found**2, axis=-1, keepdims=True)
        found = found / jnp.sqrt(jnp.where(whole > 0, whole, 1))
    return found


def shape_of_map(
    volume: Float[Array | np.ndarray, "z y x"], voxel_size: float, options: DescriptorOptions | None = None
) -> MapShape:
    """The descriptor of a map, about its centre of mass.

    The map is resampled (Fourier cropping, then a cubic spline) onto a grid that has as many voxels to the ball's
    radius as the order, for which one plan serves all maps.

    Arguments:
        volume: A map of any box, protein bright.
        voxel_size: Å.
        options: Order, radius and normalisation.

    Returns:
        The descriptor and its ball.

    Raises:
        InputError: A value is NaN or infinite, or nothing rises above the background.

    Examples:
        >>> blob = np.exp(-np.sum(np.square(np.mgrid[:16, :16, :16] - 8) * [[[[1]]], [[[2]]], [[[3]]]], axis=0) / 16)
        >>> near, far = (shape_of_map(x, 3.0, DescriptorOptions(order=6)) for x in (blob, blob.T + 5))
        >>> float(near.descriptor.dot(far.descriptor)) > 0.9999
        True
    """
    options = options or DescriptorOptions()
    frame = shape_frame(volume, voxel_size)
    radius = options.gyrations * frame.gyration_radius if options.radius is None else options.radius
    if radius < voxel_size:
        raise InputError(
            f"a ball of {radius:g} Å holds no more than a voxel of {voxel_size:g} Å.", hint="Give a larger radius."
        )
    plan = _plan(options.order)
    values = np.asarray(volume, np.float32) - np.float32(frame.background)
    sampled = _sampled(values, voxel_size, frame.center, to=radius / plan.radius, box=plan.box)
    moments = np.asarray(plan.decompose(sampled))
    descriptor = shape_descriptor(moments, by_order=options.by_order)
    return MapShape(np.asarray(descriptor, np.float32), frame.center, float(radius), moments)


def shape_of_file(
    path: str | Path, options: DescriptorOptions | None = None, *, voxel_size: float | None = None
) -> MapShape:
    r"""The descriptor of a map file or of a structure, whose potential is drawn first.

    Arguments:
        path: A map (.mrc, .map, .ccp4, .rec) or a structure (.pdb, .ent, .cif, .mmcif; .gz as well).
        options: Order, radius and normalisation.
        voxel_size: Å, in place of what a map's header says.

    Returns:
        The descriptor and its ball; that of a structure is centred from the mean of its atoms.

    Raises:
        InputError: The file cannot be read, is neither, or holds nothing above its background.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.pdb"
        >>> line = "ATOM  {0:5d}  CA  GLY A {0:3d}     {1:7.3f}   2.000   3.000  1.00 20.00           C\n"
        >>> _ = path.write_text("".join(line.format(i, 3.8 * i) for i in range(1, 9)))
        >>> shape_of_file(path, DescriptorOptions(order=6)).radius > 10
        True
    """
    path = Path(path)
    structure = path.name.lower().removesuffix(".gz").endswith(STRUCTURES)
    try:
        drawn_or_read = _drawn(path) if structure else load_volume(path, voxel_size=voxel_size)
        return shape_of_map(*drawn_or_read, options)
    except InputError as error:
        if str(path) in error.message:
            raise
        raise InputError(f"{path}: {error.message}", hint=error.hint) from error


def _drawn(path: Path) -> tuple[Float[np.ndarray, "z y x"], float]:
    """The potential of a structure on voxels."""
    atoms, _ = read_atoms(path).centred()
    side = 2 * (float(np.abs(atoms.positions).max()) + _SOLVENT_A)
    n = _RENDERED_VOXELS
    draw = GaussianMixtureRenderFn((n, n, n), side / n)
    return np.asarray(draw(_filled_up(GaussianMixtureVolume.from_atoms(atoms)))), side / n


def _filled_up(volume: GaussianMixtureVolume) -> GaussianMixtureVolume:
    """The same with atoms of no amplitude to a power of two, so that few numbers of atoms are compiled for."""
    atoms, gaussians = volume.amplitudes.shape
    more = 2 ** math.ceil(math.log2(atoms)) - atoms
    return GaussianMixtureVolume(
        jnp.pad(volume.positions, ((0, more), (0, 0))),
        jnp.pad(volume.amplitudes, ((0, more), (0, 0))),
        jnp.concatenate([volume.variances, jnp.broadcast_to(volume.variances[-1], (more, gaussians))]),
    )


def _sampled(
    values: Float32[np.ndarray, "z y x"], voxel_size: float, center: Float[np.ndarray, "3"], *, to: float, box: int
) -> Float32[np.ndarray, "box box box"]:
    """A cubic box of voxels of another size about a point; zero where the map ends."""
    fewer = tuple(min(n, math.ceil(n * voxel_size / to)) for n in values.shape)
    steps = to / voxel_size * np.array(fewer) / np.array(values.shape)  # in voxels of the cropped map
    coarse = np.asarray(fourier_crop(values, fewer)) if fewer != values.shape else values
    middle = np.array(fewer) // 2 + center[::-1] / to * steps
    first: Any = middle - steps * (box // 2)  # SciPy's stubs know of one number only
    return affine_transform(coarse, steps, first, output_shape=(box, box, box), order=3)


@cache
def _plan(order: int) -> ZernikePlan:
    radius = max(order, 8)
    return ZernikePlan(order, 2 * radius + 4, radius=radius)
