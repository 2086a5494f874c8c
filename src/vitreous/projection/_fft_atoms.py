"""Projections of atoms by non-uniform FFTs."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError
from vitreous.grids import ImageConfig, block_offset, block_reduce_downsample, frequencies, irfftn, rfftn
from vitreous.kernels import NufftOptions
from vitreous.poses import AxisAnglePose
from vitreous.volumes import IndependentAtomVolume

from ._base import AbstractVolumeIntegrator
from ._resize import crop_or_pad


class FFTAtomProjection(AbstractVolumeIntegrator[IndependentAtomVolume]):
    r"""Integrate atoms along z: a non-uniform FFT of their positions, times their scattering factors.

    $$ F_k = \frac1{p^2} \sum_t f_t(k) \sum_{i\in t} e^{-2\pi i\,k\cdot r_i} $$

    for each kind t of atom, exactly up to Nyquist and nothing beyond (`Sampling.BANDLIMITED`). The time is that of an
    FFT for each kind and does not grow with the atoms' width. Atoms beyond the padded image are wrapped around.

    Arguments:
        antialias: Multiply by $\mathrm{sinc}(k_x p)\,\mathrm{sinc}(k_y p)$: a pixel is then the average over its area,
            of the band-limited projection.
        upsample_factor: Compute on pixels that many times smaller, and average them to the image's
            (`vitreous.grids.block_reduce_downsample`): a pixel is then the average over its area of a projection with
            that many times the frequencies, aliases included, as `Sampling.AVERAGE` means it. With `antialias` the
            average is over all of the area, otherwise over points in it.
        shape: Compute only this central part (y, x) of the padded image and fill the rest with zeros; it saves time
            where the padded image is much larger than the particle. None computes all of it.
        eps: Relative accuracy of the NUFFT, from 1e-6 in single and 1e-14 in double precision.
        opts: How the NUFFT is computed.

    Raises:
        InputError: `upsample_factor` is not positive, or `shape` has no pixels.

    Examples:
        >>> from vitreous.volumes import GaussianScatteringFactor
        >>> volume = IndependentAtomVolume(jnp.zeros((1, 3)), GaussianScatteringFactor([2.0], [200.0]))
        >>> image = FFTAtomProjection().integrate(volume, ImageConfig((32, 32), 1.0), outputs_real_space=True)
        >>> round(float(image.sum()), 3)  # Å
        2.0
    """

    antialias: bool = eqx.field(static=True)
    upsample_factor: int = eqx.field(static=True)
    shape: tuple[int, int] | None = eqx.field(static=True)
    eps: float = eqx.field(static=True)
    opts: NufftOptions | None = eqx.field(static=True)

    def __init__(
        self,
        *,
        antialias: bool = False,
        upsample_factor: int | None = None,
        shape: tuple[int, int] | None = None,
        eps: float = 1e-6,
        opts: NufftOptions | None = None,
    ):
        if upsample_factor is not None and upsample_factor < 1:
            raise InputError(f"upsample_factor={upsample_factor} is not positive.", hint="Use 2, or leave it out.")
        if shape is not None and (len(shape) != 2 or min(shape) < 1):
            raise InputError(f"shape={shape} has no pixels.", hint="Give (rows, columns), or leave it out.")
        self.antialias = antialias
        self.upsample_factor = 1 if upsample_factor is None else upsample_factor
        self.shape = None if shape is None else (int(shape[0]), int(shape[1]))
        self.eps = eps
        self.opts = opts

    @eqx.filter_jit
    def integrate(
        self, volume_representation: IndependentAtomVolume, image_config: ImageConfig, outputs_real_space: bool = False
    ) -> Complex[Array, "y xh"] | Float[Array, "y x"]:
        """The projection on the padded grid of an image, as in `AbstractVolumeIntegrator`.

        Arguments:
            volume_representation: The atoms, already turned and moved to their pose.
            image_config: The image's padded shape and pixel size.
            outputs_real_space: Return the image instead of its half spectrum.

        Raises:
            InputError: `eps` is beyond the precision of the positions.
        """
        shape = image_config.padded_shape if self.shape is None else self.shape
        if self.upsample_factor == 1:
            spectrum = self._spectrum(volume_representation, shape, image_config.pixel_size)
            if shape == image_config.padded_shape:
                return irfftn(spectrum, shape) if outputs_real_space else spectrum
            image = irfftn(spectrum, shape)
        else:
            image = self._averaged(volume_representation, shape, image_config.pixel_size)
        image = crop_or_pad(image, image_config.padded_shape)
        return image if outputs_real_space else rfftn(image)

    def _spectrum(
        self, volume: IndependentAtomVolume, shape: tuple[int, int], pixel_size: Float[Array, ""]
    ) -> Complex[Array, "y xh"]:
        grid = frequencies(shape, pixel_size)
        spectrum = volume.half_spectrum(shape, pixel_size, frequencies=grid, eps=self.eps, options=self.opts)
        if not self.antialias:
            return spectrum
        return spectrum * jnp.prod(jnp.sinc(grid * pixel_size), axis=-1).astype(spectrum.real.dtype)

    def _averaged(
        self, volume: IndependentAtomVolume, shape: tuple[int, int], pixel_size: Float[Array, ""]
    ) -> Float[Array, "y x"]:
        """The mean over blocks of finer pixels, the atoms moved such that blocks are centred as the pixels are."""
        factor = self.upsample_factor
        fine = pixel_size / factor
        y, x = (block_offset(n, factor) * fine for n in shape)
        moved = volume.translate_to_pose(AxisAnglePose(offset_x=x, offset_y=y))
        spectrum = self._spectrum(moved, (shape[0] * factor, shape[1] * factor), fine)
        image = irfftn(spectrum, (shape[0] * factor, shape[1] * factor))
        return block_reduce_downsample(image, factor, keep_origin=False)
