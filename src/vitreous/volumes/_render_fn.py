"""The interface of everything that draws volumes on voxels."""

from abc import abstractmethod
from typing import Generic, TypeVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError, positive
from vitreous.grids import irfftn

from ._base import AbstractVolumeRepresentation

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


def check_voxels(shape: tuple[int, ...], voxel_size: FloatLike) -> tuple[int, int, int]:
    """The shape as whole numbers, refused where it has no voxels or the voxel size is known and not positive."""
    if len(shape) != 3 or min(shape) < 1:
        raise InputError(
            f"shape={shape} is no shape of a volume.", hint="Use three positive sizes, as (128, 128, 128)."
        )
    positive(voxel_size, name="voxel_size", hint="Give it in Å, such as 1.5.")
    return int(shape[0]), int(shape[1]), int(shape[2])


def rendered(
    half: Complex[Array, "z y xh"],
    shape: tuple[int, int, int],
    *,
    outputs_real_space: bool,
    outputs_rfft: bool,
    fftshifted: bool,
) -> Float[Array, "z y x"] | Complex[Array, "z y xk"]:
    """A half spectrum in the form that a renderer was asked for, see `AbstractVolumeRenderFn`."""
    if outputs_real_space:
        return irfftn(half, shape)
    spectrum = half if outputs_rfft else _full_spectrum(half, shape)
    axes = (0, 1) if outputs_rfft else (0, 1, 2)
    return jnp.fft.fftshift(spectrum, axes=axes) if fftshifted else spectrum


def _full_spectrum(half: Complex[Array, "z y xh"], shape: tuple[int, int, int]) -> Complex[Array, "z y x"]:
    """All modes of a real volume's spectrum, by Friedel's law."""
    columns = half[..., 1 : shape[2] - shape[2] // 2]
    mates = jnp.conj(jnp.roll(columns[::-1, ::-1, ::-1], (1, 1), axis=(0, 1)))
    return jnp.concatenate([half, mates], axis=-1)
