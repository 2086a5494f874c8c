"""A specimen's potential, cut along the beam."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from vitreous._core import InputError, map_batches
from vitreous.grids import ImageConfig
from vitreous.optics import AbstractOptics
from vitreous.projection import AbstractVolumeIntegrator, project_magnified
from vitreous.volumes import AbstractVolumeRepresentation, GaussianMixtureVolume, IndependentAtomVolume

from ._ewald_slice import below_nyquist, require_transform

_NARROWEST = 1e-6  # Å²: a narrower Gaussian is a point along the beam


@runtime_checkable
class _OnVoxels(Protocol):
    """A volume that has a box."""

    shape: tuple[int, ...]
    voxel_size: Array


def slice_potential(
    volume: AbstractVolumeRepresentation,
    image_config: ImageConfig,
    edges: Sequence[float] | Float[np.ndarray, " edges"],
    *,
    optics: AbstractOptics,
    integrator: AbstractVolumeIntegrator,
) -> Complex[Array, "n y xh"]:
    r"""The projections $\int_{e_j}^{e_{j+1}} U\,dz$ of slices of a volume, exact for edges anywhere.

    What lies before the first edge is counted to the first slice and what lies behind the last to the last, so that
    the slices add up to the whole projection.

    A Gaussian mixture is cut Gaussian by Gaussian: `integrator` projects, for each slice, the mixture whose amplitudes
    are multiplied by the part of each Gaussian in it, $\tfrac12\operatorname{erf}((e - z_i)/\sqrt2\sigma)$ between
    the edges. That costs a projection for each slice.

    Any other volume must know its Fourier transform (`values_at`). It is read once at all frequencies
    $(q_x, q_y, m/P)$ below Nyquist of a period $P$ along the beam, the volume's largest extent (its `shape` times its
    `voxel_size`, or else the longer side of the image), and each slice integrates that band-limited potential:

    $$ \frac1P \sum_m \tilde U(q, \tfrac mP) \int_{e_j}^{e_{j+1}} e^{2\pi i m z / P}\,dz. $$

    The specimen must fit into the period. `integrator` is not used. Independent atoms give all of these frequencies by
    one NUFFT.

    Arguments:
        volume: The potential, turned to its pose.
        image_config: Shape and pixel size.
        edges: $e_0 < e_1 < \dots$ in Å, along the beam.
        optics: The microscope, for its magnification.
        integrator: How Gaussian mixtures are projected.

    Returns:
        Half spectra at the padded shape, in the order in which the beam meets the slices.

    Raises:
        InputError: The edges do not grow, or the volume does not know its Fourier transform.

    Examples:
        >>> from vitreous.optics import CTF
        >>> from vitreous.projection import GaussianMixtureProjection
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), amplitudes=2.0, variances=1.0)
        >>> how = {"optics": CTF(), "integrator": GaussianMixtureProjection()}
        >>> slices = slice_potential(atom, ImageConfig((16, 16), 1.0), (-3.0, 0.0, 3.0), **how)
        >>> [round(float(s[0, 0].real), 6) for s in slices]  # a half of the atom on either side of z = 0
        [1.0, 1.0]
    """
    planes = np.asarray(edges, np.float64)
    if planes.ndim != 1 or len(planes) < 2 or not np.all(np.diff(planes) > 0):
        raise InputError(f"edges={edges} are no edges of slices.", hint="Give at least two growing numbers, in Å.")
    if isinstance(volume, GaussianMixtureVolume):

        def project(part: GaussianMixtureVolume) -> Complex[Array, "y xh"]:
            return project_magnified(part, optics, image_config, integrator=integrator)

        return _cut_gaussians(volume, planes, project)
    return _cut_transform(volume, planes, image_config, optics)


def _cut_gaussians(
    volume: GaussianMixtureVolume,
    edges: Float[np.ndarray, " edges"],
    project: Callable[[GaussianMixtureVolume], Complex[Array, "y xh"]],
) -> Complex[Array, "n y xh"]:
    dtype = volume.positions.dtype
    z = volume.positions[:, 2:]
    inverse_width = jax.lax.rsqrt(2 * jnp.maximum(volume.variances, _NARROWEST))
    inner = jnp.asarray(edges, dtype)
    last = len(edges) - 2

    def below(edge: Float[Array, ""]) -> Float[Array, "n g"]:
        return (1 + jax.lax.erf((edge - z) * inverse_width)) / 2

    def cut(index: Int[Array, ""]) -> Complex[Array, "y xh"]:
        start = jnp.where(index == 0, 0, below(inner[index]))
        stop = jnp.where(index == last, 1, below(inner[index + 1]))
        amplitudes = volume.amplitudes * (stop - start)
        return project(GaussianMixtureVolume(volume.positions, amplitudes, volume.variances))

    return map_batches(cut, jnp.arange(last + 1), batch_size=1)


def _cut_transform(
    volume: AbstractVolumeRepresentation,
    edges: Float[np.ndarray, " edges"],
    image_config: ImageConfig,
    optics: AbstractOptics,
) -> Complex[Array, "n y xh"]:
    heights, values, period = _planes(volume, image_config, optics)

    bounds = jnp.clip(jnp.asarray(edges, period.dtype), -period / 2, period / 2)
    bounds = bounds.at[0].set(-period / 2).at[-1].set(period / 2)
    middle, width = (bounds[1:] + bounds[:-1]) / 2, bounds[1:] - bounds[:-1]
    turn = 2 * math.pi * middle[:, None] * heights
    part = width[:, None] * jnp.sinc(width[:, None] * heights) / period
    weights = jax.lax.complex(part * jnp.cos(turn), part * jnp.sin(turn))
    slices = jnp.einsum("nm,myx->nyx", weights, values, precision=jax.lax.Precision.HIGHEST)
    return slices / image_config.pixel_size**2


def _planes(
    volume: AbstractVolumeRepresentation, image_config: ImageConfig, optics: AbstractOptics
) -> tuple[Float[Array, " m"], Complex[Array, "m y xh"], Float[Array, ""]]:
    """Heights $m/P$, the transform (Å) in the plane of each, and the period $P$; an odd number of planes."""
    sizes, step = image_config.padded_shape, image_config.pixel_size
    if isinstance(volume, IndependentAtomVolume) and optics.magnification is None:
        count = max(sizes) | 1
        heights = jnp.fft.fftfreq(count, dtype=step.dtype) / step
        return heights, volume.half_spectrum((count, *sizes), step) * step**3, count * step

    transform = require_transform(volume)
    if isinstance(volume, _OnVoxels):
        sizes, step = volume.shape, volume.voxel_size
    count = max(sizes) | 1
    heights = jnp.fft.fftfreq(count, dtype=step.dtype) / step
    plane = optics.true_frequencies(image_config.frequencies)
    shape = (count, *plane.shape[:2])
    lifted = jnp.broadcast_to(heights[:, None, None, None], (*shape, 1))
    points = jnp.concatenate([jnp.broadcast_to(plane, (*shape, 2)), lifted], axis=-1)
    inside = below_nyquist(points, volume, image_config)
    values = jnp.where(inside, transform.values_at(jnp.where(inside[..., None], points, 0.0)), 0.0)
    return heights, values, count * step
