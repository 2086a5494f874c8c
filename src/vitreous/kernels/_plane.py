"""The modes of an image's half spectrum that take part in slicing and insertion."""

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Bool, Float, Int

from vitreous._core import InputError


@dataclass(frozen=True)
class Plane:
    r"""Modes $(k_x, k_y)$ of the half spectrum of an image, as whole numbers of cycles per image edge.

    Arguments:
        shape: Shape (y, x) of the image; its half spectrum has x // 2 + 1 columns.
        columns: How many modes of each row take part, from $k_x = 0$ on, in the order of the spectrum's rows.

    Raises:
        InputError: The numbers of modes do not fit the shape.

    Examples:
        >>> Plane.disc((8, 8)).columns
        (4, 4, 4, 3, 0, 3, 4, 4)
    """

    shape: tuple[int, int]
    columns: tuple[int, ...]

    def __post_init__(self):
        y, x = self.shape
        if min(y, x) < 1 or len(self.columns) != y or not all(0 <= n <= x // 2 + 1 for n in self.columns):
            raise InputError(
                f"an image of shape {self.shape} has no half spectrum with rows of {self.columns} modes.",
                hint="Use Plane.disc(shape) or Plane.full(shape).",
            )

    @classmethod
    def disc(cls, shape: tuple[int, int]) -> "Plane":
        """The modes strictly inside the Nyquist frequency of the axis with more pixels, the same from every direction.

        Arguments:
            shape: Shape (y, x) of the image.
        """
        y, x = shape
        widest = max(y, x)
        ky = np.fft.fftfreq(y, 1 / max(y, 1))[:, None] * (widest / y) if y else np.zeros((0, 1))
        kx = np.arange(x // 2 + 1) * (widest / max(x, 1))
        # In units of the longest axis the squared radius of a mode is a whole number on square images; half a unit
        # below the squared Nyquist radius, rounding cannot move a mode across the limit.
        inside = kx**2 + ky**2 < (widest / 2) ** 2 - 0.5
        return cls((y, x), tuple(map(int, inside.sum(axis=1))))

    @classmethod
    def full(cls, shape: tuple[int, int]) -> "Plane":
        """All modes of the half spectrum.

        Arguments:
            shape: Shape (y, x) of the image.
        """
        y, x = shape
        return cls((y, x), (x // 2 + 1,) * y)

    @property
    def spectrum_shape(self) -> tuple[int, int]:
        """Shape (y, xh) of the half spectrum."""
        return self.shape[0], self.shape[1] // 2 + 1

    @property
    def places(self) -> Int[np.ndarray, " modes"]:
        """Where each mode in use is in the flattened half spectrum."""
        return _places(self)

    @property
    def mask(self) -> Bool[np.ndarray, "y xh"]:
        """Which modes of the half spectrum are in use."""
        return np.arange(self.spectrum_shape[1]) < np.asarray(self.columns)[:, None]

    @property
    def modes(self) -> Float[np.ndarray, "y xh 2"]:
        """The modes $(k_x, k_y)$ of the half spectrum, in use or not."""
        y, xh = self.spectrum_shape
        ky = np.rint(np.fft.fftfreq(y, 1 / y))
        return np.stack(np.broadcast_arrays(np.arange(xh, dtype=np.float64), ky[:, None]), axis=-1)

    def positions(self, matrices: Float[Array, "*b 3 2"]) -> Float[Array, "*b 3 y xh"]:
        r"""The points $u = A\,(k_x, k_y)^T$ of every mode.

        Arguments:
            matrices: A.
        """
        modes = self.modes.astype(matrices.dtype)
        return matrices[..., 0, None, None] * modes[..., 0] + matrices[..., 1, None, None] * modes[..., 1]


@functools.cache
def _places(plane: Plane) -> Int[np.ndarray, " modes"]:
    return np.flatnonzero(plane.mask)
