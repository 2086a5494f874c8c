"""Displacement fields: where each point of a specimen moves."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float, as_scalar
from vitreous.kernels import map_coordinates

Displacement = Callable[[Float[Array, "n 3"]], Float[Array, "n 3"]]
"""What a deformation needs: a function (an Equinox module, if it is to be fitted) from points to displacements in Å."""


class DisplacementModes(eqx.Module):
    r"""Displacements of given atoms along modes: $d_i = \sum_m c_m\, v_{mi}$, whatever the positions are.

    Normal modes, or principal components of a trajectory.

    Arguments:
        modes: The vectors $v$, (x, y, z) for each mode and atom.
        amplitudes: The coefficients $c$; in Å where the modes have no unit.

    Raises:
        InputError: There is not one amplitude for each mode.

    Examples:
        >>> bend = DisplacementModes(np.ones((1, 4, 3)), jnp.array([0.5]))
        >>> bend(jnp.zeros((4, 3)))[0].tolist()
        [0.5, 0.5, 0.5]
    """

    modes: Float[Array, "m n 3"]
    amplitudes: Float[Array, " m"]

    def __init__(self, modes: Float[Array | np.ndarray, "m n 3"], amplitudes: Float[Array | np.ndarray, " k"]):
        self.modes, self.amplitudes = as_float(modes), as_float(amplitudes)
        if self.modes.ndim != 3 or self.modes.shape[::2] != (*self.amplitudes.shape, 3):
            raise InputError(
                f"modes {self.modes.shape} and amplitudes {self.amplitudes.shape} do not go together.",
                hint="Give modes (m, n, 3) for n atoms, and m amplitudes.",
            )

    def __call__(self, positions: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
        """The displacement of each atom in Å.

        Raises:
            InputError: There is another number of atoms.
        """
        if positions.shape != self.modes.shape[1:]:
            raise InputError(
                f"modes of {self.modes.shape[1]} atoms do not move positions of shape {positions.shape}.",
                hint="Give modes for exactly these atoms, in their order.",
            )
        moved = jnp.tensordot(self.amplitudes, self.modes, 1, precision=jax.lax.Precision.HIGHEST)
        return moved.astype(positions.dtype)


class GridDisplacement(eqx.Module):
    r"""A smooth field given at the points of a coarse grid: the cubic spline through its vectors.

    A free-form deformation (Rueckert et al. 1999, IEEE Trans. Med. Imaging 18, 712) whose parameters are the
    displacements at the grid points themselves. Beyond the grid, the vectors of its border continue.

    Arguments:
        vectors: Displacements (x, y, z) in Å at the grid points; the origin is at point n // 2 of each axis.
        spacing: Å from one grid point to the next.

    Raises:
        InputError: The vectors are not on a grid of three axes.

    Examples:
        >>> shift = GridDisplacement(jnp.full((4, 4, 4, 3), 2.0), spacing=10.0)
        >>> shift(jnp.array([[3.0, -7.0, 12.0]])).round(3).tolist()
        [[2.0, 2.0, 2.0]]
    """

    vectors: Float[Array, "z y x 3"]
    spacing: Float[Array, ""]

    def __init__(self, vectors: Float[Array | np.ndarray, "z y x 3"], spacing: FloatLike):
        self.vectors = as_float(vectors)
        self.spacing = as_scalar(spacing, name="spacing")
        if self.vectors.ndim != 4 or self.vectors.shape[-1] != 3:
            raise InputError(
                f"vectors of shape {self.vectors.shape} are no displacements on a grid.",
                hint="Give (x, y, z) in the last axis, at the points (z, y, x) of a grid.",
            )

    def __call__(self, positions: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
        """The displacement at each position in Å."""
        shape = jnp.asarray(self.vectors.shape[:3])
        points = positions[:, ::-1] / self.spacing.astype(positions.dtype) + shape // 2

        def component(values: Float[Array, "z y x"]) -> Float[Array, " n"]:
            return map_coordinates(values.astype(positions.dtype), points.T, order=3, mode="nearest")

        return jax.vmap(component, in_axes=-1, out_axes=-1)(self.vectors)
