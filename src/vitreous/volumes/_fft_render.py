"""Atoms drawn on voxels through their Fourier transform."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError
from vitreous.grids import frequencies
from vitreous.kernels import NufftOptions

from ._independent_atoms import IndependentAtomVolume
from ._render_fn import AbstractVolumeRenderFn, check_voxels, rendered


class FFTAtomRenderFn(AbstractVolumeRenderFn[IndependentAtomVolume]):
    r"""Draw atoms on voxels: a non-uniform FFT of their positions, times their scattering factors.

    $$ F_k = \frac1{v^3} \sum_t f_t(k) \sum_{i\in t} e^{-2\pi i\,k\cdot r_i}, $$

    the voxels being the potential at their centres without the frequencies beyond Nyquist (`Sampling.BANDLIMITED`).
    Nothing is aliased: the sum is of the frequencies themselves. The time is that of an FFT for each kind of atom and
    does not grow with the atoms' width. Atoms beyond the box are wrapped around.

    Arguments:
        shape: Number of voxels (z, y, x); need not be a cube.
        voxel_size: v in Å.
        frequency_grid: The frequencies of the half spectrum in Å⁻¹ (`vitreous.grids.frequencies(shape, voxel_size)`),
            to compute them only once. See also `from_centred_frequency_grid`.
        antialias: Multiply by $\mathrm{sinc}(k_x v)\,\mathrm{sinc}(k_y v)\,\mathrm{sinc}(k_z v)$: each voxel is then
            the average over its volume, of the band-limited potential.
        eps: Relative accuracy of the NUFFT, from 1e-6 in single and 1e-14 in double precision.
        opts: How the NUFFT is computed.

    Raises:
        InputError: The shape has no voxels, the voxel size is not positive, or the frequencies are of another shape.

    Examples:
        >>> from vitreous.volumes import GaussianScatteringFactor
        >>> volume = IndependentAtomVolume(jnp.zeros((1, 3)), GaussianScatteringFactor([2.0], [90.0]))
        >>> voxels = FFTAtomRenderFn((16, 16, 18), 1.0)(volume)
        >>> voxels.shape, round(float(voxels.sum()), 3)  # integral of the potential in Å
        ((16, 16, 18), 2.0)
    """

    shape: tuple[int, int, int] = eqx.field(static=True)
    voxel_size: FloatLike
    frequency_grid: Float[Array, "z y xh 3"] | None
    antialias: bool = eqx.field(static=True)
    eps: float = eqx.field(static=True)
    opts: NufftOptions | None = eqx.field(static=True)

    def __init__(
        self,
        shape: tuple[int, int, int],
        voxel_size: FloatLike,
        *,
        frequency_grid: Float[Array | np.ndarray, "z y xh 3"] | None = None,
        antialias: bool = False,
        eps: float = 1e-6,
        opts: NufftOptions | None = None,
    ):
        self.shape = check_voxels(shape, voxel_size)
        half = (*self.shape[:2], self.shape[2] // 2 + 1, 3)
        if frequency_grid is not None and frequency_grid.shape != half:
            raise InputError(
                f"frequencies of shape {frequency_grid.shape} are not those of the half spectrum of voxels of shape "
                f"{self.shape}, which has shape {half}.",
                hint="Give vitreous.grids.frequencies(shape, voxel_size); a centred full grid goes to "
                "FFTAtomRenderFn.from_centred_frequency_grid.",
            )
        self.voxel_size = voxel_size
        self.frequency_grid = None if frequency_grid is None else jnp.asarray(frequency_grid)
        self.antialias = antialias
        self.eps = eps
        self.opts = opts

    @classmethod
    def from_centred_frequency_grid(
        cls,
        frequency_grid: Float[Array | np.ndarray, "z y x 3"],
        voxel_size: FloatLike,
        *,
        antialias: bool = False,
        eps: float = 1e-6,
        opts: NufftOptions | None = None,
    ) -> "FFTAtomRenderFn":
        """The same from the frequencies of all modes, zero in the centre; the shape is theirs.

        Arguments:
            frequency_grid: Frequencies (x, y, z) in Å⁻¹, the zero frequency at index n // 2 of each axis.
            voxel_size: Å.
            antialias: Average over the voxels, as in the class.
            eps: Relative accuracy of the NUFFT.
            opts: How the NUFFT is computed.

        Examples:
            >>> from vitreous.grids import make_frequency_grid
            >>> grid = make_frequency_grid((8, 8, 8), 1.5, outputs_rfft=False, fftshifted=True)
            >>> FFTAtomRenderFn.from_centred_frequency_grid(grid, 1.5).frequency_grid.shape
            (8, 8, 5, 3)
        """
        z, y, x, _ = frequency_grid.shape
        half = jnp.fft.ifftshift(jnp.asarray(frequency_grid), axes=(0, 1, 2))[:, :, : x // 2 + 1]
        options = {"antialias": antialias, "eps": eps, "opts": opts}
        return cls((z, y, x), voxel_size, frequency_grid=half, **options)

    def __call__(
        self,
        volume_representation: IndependentAtomVolume,
        *,
        outputs_real_space: bool = True,
        outputs_rfft: bool = True,
        fftshifted: bool = False,
    ) -> Float[Array, "z y x"] | Complex[Array, "z y xk"]:
        """The atoms on voxels, in Å⁻², or their spectrum, as in `AbstractVolumeRenderFn`."""
        grid = frequencies(self.shape, self.voxel_size) if self.frequency_grid is None else self.frequency_grid
        half = volume_representation.half_spectrum(
            self.shape, self.voxel_size, frequencies=grid, eps=self.eps, options=self.opts
        )
        if self.antialias:
            half = half * jnp.prod(jnp.sinc(grid * self.voxel_size), axis=-1).astype(half.real.dtype)
        return rendered(
            half,
            self.shape,
            outputs_real_space=outputs_real_space,
            outputs_rfft=outputs_rfft,
            fftshifted=fftshifted,
        )
