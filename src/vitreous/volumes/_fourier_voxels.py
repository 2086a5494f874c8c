"""What volumes of Fourier voxels share: how a map becomes a grid that can be read between its points."""

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError, as_float, may_hold, positive
from vitreous.filters import AbstractFilter
from vitreous.grids import frequencies, irfftn, make_frequency_slice, rfftn
from vitreous.kernels import Interpolant, Plane, add_apron, apron_width, fourier_gather, fourier_slice, padded_size

from ._fourier import AbstractFourierVolume

PAD_SCALE = 1.5
_NOT_REAL = 1e-3  # of the largest value: far above the rounding of single precision


class AbstractFourierVoxelVolume(AbstractFourierVolume):
    r"""The Fourier transform of a voxel map, on a padded grid that is interpolated.

    Attributes:
        voxel_size: Å; one number for the three axes.
        rotation: Active rotation of the object.
        shape: Shape (z, y, x) of the map in real space.
        padded_shape: Shape (z, y, x) of the padded box: that of the pages' full Fourier grid.
        interpolant: The window.
    """

    shape: eqx.AbstractVar[tuple[int, int, int]]
    padded_shape: eqx.AbstractVar[tuple[int, int, int]]
    interpolant: eqx.AbstractVar[Interpolant]

    @property
    @abstractmethod
    def coefficients(self) -> Complex[Array, "za ya xa"]:
        """The half spectrum that is interpolated, with the apron of `vitreous.kernels.add_apron`."""

    @classmethod
    @abstractmethod
    def from_real_voxel_grid(
        cls, real_voxel_grid: Float[Array | np.ndarray, "z y x"], voxel_size: FloatLike, **options: Any
    ) -> "AbstractFourierVoxelVolume":
        """Prepare a map for slicing."""

    @classmethod
    def from_centred_fourier_voxel_grid(
        cls,
        fourier_voxel_grid: Complex[Array | np.ndarray, "z y x"],
        voxel_size: FloatLike,
        *,
        exponent_sign: int = -1,
        **options: Any,
    ) -> "AbstractFourierVoxelVolume":
        r"""From all modes of a map's discrete transform, zero frequency at index n // 2 of each axis.

        The grid is $F(k) = \sum_r U(r)\, e^{s\, 2\pi i k\cdot r}$ with phases measured from voxel n // 2, that is
        `fftshift(fftn(ifftshift(map)))` where s = −1. It is transformed back to the map, which is then prepared as by
        `from_real_voxel_grid`.

        The sign decides the handedness of the specimen. −1 is numpy's `fftn`, with which cryoJAX fills its grids. Its
        documentation writes the transform with the opposite exponent: grids that follow that equation need
        `exponent_sign=+1`.

        Arguments:
            fourier_voxel_grid: The grid, even or odd, not necessarily a cube.
            voxel_size: Å.
            exponent_sign: The sign s, −1 or +1.
            options: Those of `from_real_voxel_grid`. A grid that was padded already needs `pad_scale=1.0` only.

        Raises:
            InputError: The sign is not ±1, or the grid is not the transform of a real map.

        Examples:
            >>> from vitreous.volumes import FourierVoxelGridVolume
            >>> grid = jnp.fft.fftshift(jnp.fft.fftn(jnp.fft.ifftshift(jnp.ones((8, 8, 8)))))
            >>> FourierVoxelGridVolume.from_centred_fourier_voxel_grid(grid, 2.0).shape
            (8, 8, 8)
        """
        if exponent_sign not in (-1, 1):
            raise InputError(f"exponent_sign={exponent_sign} is no sign.", hint="Use -1 (numpy's fftn) or +1.")
        grid = jnp.asarray(fourier_voxel_grid)
        spectrum = jnp.fft.ifftshift(grid if exponent_sign == -1 else jnp.conj(grid))
        voxels = jnp.fft.fftshift(jnp.fft.ifftn(spectrum))
        if not may_hold(lambda values: abs(values.imag).max() <= _NOT_REAL * abs(values.real).max(), voxels):
            raise InputError(
                "this is not the transform of a real map: values at k and −k are not each other's conjugates.",
                hint="Put the zero frequency at index n // 2 of each axis, with jnp.fft.fftshift(spectrum).",
            )
        return cls.from_real_voxel_grid(voxels.real, voxel_size, **options)

    @property
    def frequency_slice_in_pixels(self) -> Float[Array, "1 y x 3"]:
        """The frequencies (x, y, z), in cycles per voxel, at which the projection of the turned volume reads it.

        All modes of the padded plane, zero frequency at index n // 2, as `vitreous.grids.make_frequency_slice` lists
        them; a pose turns it by its inverse.
        """
        plane = make_frequency_slice(self.padded_shape[1:], outputs_rfft=False, fftshifted=True)
        rotation = self.rotation.astype(plane.dtype)
        return jnp.matmul(plane, rotation, precision=lax.Precision.HIGHEST).astype(self.rotation.dtype)

    def object_values_at(self, frequencies: Float[Array, "p 3"]) -> Complex[Array, " p"]:
        """The map's transform (Å) before rotation; beyond the Nyquist frequency it is periodic, as samples have it."""
        size = jnp.asarray(self.padded_shape[::-1], frequencies.dtype)
        cycles = frequencies * self.voxel_size
        points = (cycles - jnp.round(cycles)) * size
        return fourier_gather(self.coefficients, points, self.interpolant) * self.voxel_size**3

    def central_slice(self, plane: Plane, extent: Float[Array, "2"]) -> Complex[Array, "y xh"]:
        r"""The transform (Å) of the turned volume at the modes of an image, as `values_at` gives it, in one pass.

        Arguments:
            plane: Which modes $(k_x, k_y)$; the others are zero.
            extent: Size (x, y) of the image in Å: the modes' frequencies are $(k_x/X, k_y/Y, 0)$.
        """
        steps = self.voxel_size * jnp.asarray(self.padded_shape[::-1], self.rotation.dtype)
        matrix = (self.rotation[:2] * steps / extent[:, None]).T
        return fourier_slice(self.coefficients, matrix, self.interpolant, plane=plane) * self.voxel_size**3


def prepare(
    real_voxel_grid: Float[Array | np.ndarray, "z y x"],
    voxel_size: FloatLike,
    *,
    interpolant: Interpolant,
    divisor: Callable[[np.ndarray], np.ndarray] | None,
    pad_scale: float,
    pad_mode: str,
    filter: AbstractFilter | None,
) -> tuple[Complex[Array, "za ya xa"], dict[str, Any]]:
    """The half spectrum of a map with its apron, and the fields that every volume of Fourier voxels has.

    The padded, filtered map is divided along each axis by `divisor`, a function of the position in units of the box.
    """
    grid = as_float(real_voxel_grid)
    if grid.ndim != 3:
        raise InputError(f"a map has axes (z, y, x), not the shape {grid.shape}.", hint="Prepare maps one by one.")
    z, y, x = grid.shape
    voxel_size = positive(voxel_size, name="voxel_size", hint="Give it in Å, such as 1.5.")
    if pad_scale < 1:
        raise InputError(f"pad_scale={pad_scale} would cut the map.", hint="Use 1.5, or at least 1.")
    padded_shape = (padded_size(z, pad_scale), padded_size(y, pad_scale), padded_size(x, pad_scale))
    padded = _pad(grid, padded_shape, pad_mode)
    if filter is not None:
        padded = irfftn(filter(rfftn(padded), frequencies(padded_shape, voxel_size)), padded_shape)
    divisors = [] if divisor is None else [divisor((np.arange(n) - n // 2) / n) for n in padded_shape]
    return _half_grid(padded, [jnp.asarray(d, grid.dtype) for d in divisors], apron=apron_width(interpolant.width)), {
        "voxel_size": voxel_size,
        "rotation": jnp.eye(3, dtype=grid.dtype),
        "shape": (z, y, x),
        "padded_shape": padded_shape,
    }


@partial(jax.jit, static_argnames="apron")
def _half_grid(padded: Float[Array, "z y x"], divisors: list[Array], *, apron: int) -> Complex[Array, "za ya xa"]:
    """In one program, so that the divisions are one pass over the map."""
    for axis, values in enumerate(divisors):
        padded = padded / jnp.expand_dims(values, [i for i in range(3) if i != axis])
    return add_apron(rfftn(padded), x_size=padded.shape[2], apron=apron)


def _pad(grid: Float[Array, "z y x"], shape: tuple[int, int, int], mode: str) -> Float[Array, "pz py px"]:
    """The map in a larger box, its origin voxel the box's origin voxel, filled as `jax.numpy.pad` does."""
    before = [m // 2 - n // 2 for n, m in zip(grid.shape, shape, strict=True)]
    widths = [(b, m - n - b) for b, n, m in zip(before, grid.shape, shape, strict=True)]
    return jnp.pad(grid, widths, mode=mode)
