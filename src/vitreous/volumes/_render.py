"""Gaussian mixtures drawn on voxels."""

from collections.abc import Mapping

import equinox as eqx
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError
from vitreous.grids import Sampling, rfftn
from vitreous.kernels import spread_gaussians_3d

from ._gaussian_mixture import GaussianMixtureVolume
from ._render_fn import AbstractVolumeRenderFn, check_voxels, rendered


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
        batch_options: The same as a dictionary: `{"batch_size": …}`, or the number of batches over the positions,
            `{"n_batches": …}`. Atoms are drawn in windows around them, so there are no planes to batch.

    Raises:
        InputError: The shape has no voxels, the voxel size is not positive, or `batch_options` says something else.

    Examples:
        >>> import jax.numpy as jnp
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
    n_batches: int | None = eqx.field(static=True)

    def __init__(
        self,
        shape: tuple[int, int, int],
        voxel_size: FloatLike,
        *,
        sampling: Sampling = Sampling.BANDLIMITED,
        half_width: int | None = None,
        accuracy: float = 1e-5,
        batch_size: int | None = None,
        batch_options: Mapping[str, int] | None = None,
    ):
        self.shape = check_voxels(shape, voxel_size)
        self.voxel_size = voxel_size
        self.sampling = sampling
        self.half_width = half_width
        self.accuracy = accuracy
        options = {} if batch_options is None else dict(batch_options)
        self.batch_size = options.pop("batch_size", batch_size)
        self.n_batches = options.pop("n_batches", None)
        if options or (self.n_batches is not None and (self.n_batches < 1 or self.batch_size is not None)):
            raise InputError(
                f"batch_options={batch_options} with batch_size={batch_size} do not say how to batch the positions.",
                hint='Use either {"batch_size": 1024} or {"n_batches": 4}, with positive numbers.',
            )

    def __call__(
        self,
        volume_representation: GaussianMixtureVolume,
        *,
        outputs_real_space: bool = True,
        outputs_rfft: bool = True,
        fftshifted: bool = False,
    ) -> Float[Array, "z y x"] | Complex[Array, "z y xk"]:
        """The mixture on voxels, in Å⁻², or its spectrum, as in `AbstractVolumeRenderFn`."""
        n = volume_representation.positions.shape[0]
        result = spread_gaussians_3d(
            volume_representation.positions,
            volume_representation.amplitudes,
            volume_representation.variances,
            shape=self.shape,
            voxel_size=self.voxel_size,
            sampling=self.sampling,
            half_width=self.half_width,
            accuracy=self.accuracy,
            batch_size=self.batch_size if self.n_batches is None else max(1, -(-n // self.n_batches)),
        )
        is_real = self.sampling is Sampling.AVERAGE
        if is_real and outputs_real_space:
            return result
        return rendered(
            rfftn(result) if is_real else result,
            self.shape,
            outputs_real_space=outputs_real_space,
            outputs_rfft=outputs_rfft,
            fftshifted=fftshifted,
        )
