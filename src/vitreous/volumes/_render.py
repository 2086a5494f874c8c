"""Volumes drawn on voxels."""

from abc import abstractmethod
from typing import Generic, TypeVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError, is_concrete
from vitreous.grids import Sampling, irfftn, rfftn
from vitreous.kernels import spread_gaussians_3d

from ._base import AbstractVolumeRepresentation
from ._gaussian_mixture import GaussianMixtureVolume

VolumeT = TypeVar("VolumeT", bound=AbstractVolumeRepresentation)


class AbstractVolumeRenderFn(eqx.Module, Generic[VolumeT]):
    """A way to draw a volume on a grid of voxels."""

    @abstractmethod
    def __call__(
        self,
        volume_representation: VolumeT,
        *,
        outputs_real_space: bool = True,
        outputs_rfft: bool = True,
        fftshifted: bool = False,
    ) -> Float[Array, "z y x"] | Complex[Array, "z y xk"]:
        """The volume on voxels, in Å⁻², or its spectrum.

        Arguments:
            volume_representation: The volume.
            outputs_real_space: Return voxel values; otherwise their spectrum, phases measured from voxel n // 2.
            outputs_rfft: Of a spectrum, return the half (as everywhere in vitreous); otherwise all of it. Not used in
                real space.
            fftshifted: Of a spectrum, put the zero frequency into the centre of each full axis. Not used in real
                space.
        """


class GaussianMixtureRenderFn(AbstractVolumeRenderFn[GaussianMixtureVolume]):
    r"""Draw a Gaussian mixture on voxels: a structure as a potential map.

    A voxel's value is, with `Sampling.BANDLIMITED`, the potential at its centre without the frequencies beyond Nyquist;
    with `Sampling.AVERAGE`, its mean over the voxel. See `vitreous.kernels.spread_gaussians_3d`.

    Arguments:
        shape: Number of voxels (z, y, x); need not be a cube.
        voxel_size: Å.
        sampling: What a voxel means.
        half_width: Half the width in voxels of the window around each atom; needed where the volume's variances are
            traced by JAX (`vitreous.kernels.gaussian_half_width` tells it), otherwise they decide.
        accuracy: What is left out of each Gaussian, relative to it.
        batch_size: Number of positions in flight at a time.

    Raises:
        InputError: The shape has no voxels, or the voxel size is not positive.

    Examples:
        >>> volume = GaussianMixtureVolume(jnp.zeros((1, 3)), amplitudes=2.0, variances=1.5)
        >>> voxels = GaussianMixtureRenderFn((16, 16, 16), 1.0)(volume)
        >>> voxels.shape, round(float(voxels.sum()), 3)  # integral of the potential in Å
        ((16, 16, 16), 2.0)
    """

    shape: tuple[int, int, int] = eqx.field(static=True)
    voxel_size: FloatLike
    sampling: Sampling = eqx.field(static=True)
    half_width: int | None = eqx.field(static=True)
    accuracy: float = eqx.field(static=True)
    batch_size: int | None = eqx.field(static=True)

    def __init__(
        self,
        shape: tuple[int, int, int],
        voxel_size: FloatLike,
        *,
        sampling: Sampling = Sampling.BANDLIMITED,
        half_width: int | None = None,
        accuracy: float = 1e-5,
        batch_size: int | None = None,
    ):
        if len(shape) != 3 or min(shape) < 1:
            raise InputError(
                f"shape={shape} is no shape of a volume.", hint="Use three positive sizes, as (128, 128, 128)."
            )
        if is_concrete(voxel_size) and not 0 < float(voxel_size) < float("inf"):
            raise InputError(f"voxel_size={voxel_size} Å must be positive.", hint="Give it in Å, such as 1.5.")
        self.shape = (int(shape[0]), int(shape[1]), int(shape[2]))
        self.voxel_size = voxel_size
        self.sampling = sampling
        self.half_width = half_width
        self.accuracy = accuracy
        self.batch_size = batch_size

    def __call__(
        self,
        volume_representation: GaussianMixtureVolume,
        *,
        outputs_real_space: bool = True,
        outputs_rfft: bool = True,
        fftshifted: bool = False,
    ) -> Float[Array, "z y x"] | Complex[Array, "z y xk"]:
        """The mixture on voxels, in Å⁻², or its spectrum, as in `AbstractVolumeRenderFn`."""
        result = spread_gaussians_3d(
            volume_representation.positions,
            volume_representation.amplitudes,
            volume_representation.variances,
            shape=self.shape,
            voxel_size=self.voxel_size,
            sampling=self.sampling,
            half_width=self.half_width,
            accuracy=self.accuracy,
            batch_size=self.batch_size,
        )
        is_real = self.sampling is Sampling.AVERAGE
        if outputs_real_space:
            return result if is_real else irfftn(result, self.shape)
        half = rfftn(result) if is_real else result
        spectrum = half if outputs_rfft else _full_spectrum(half, self.shape)
        axes = (0, 1) if outputs_rfft else (0, 1, 2)
        return jnp.fft.fftshift(spectrum, axes=axes) if fftshifted else spectrum


def _full_spectrum(half: Complex[Array, "z y xh"], shape: tuple[int, int, int]) -> Complex[Array, "z y x"]:
    """All modes of a real volume's spectrum, by Friedel's law."""
    columns = half[..., 1 : shape[2] - shape[2] // 2]
    mates = jnp.conj(jnp.roll(columns[::-1, ::-1, ::-1], (1, 1), axis=(0, 1)))
    return jnp.concatenate([half, mates], axis=-1)
