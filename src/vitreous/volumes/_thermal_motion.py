"""Atoms that shake."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_float, may_hold

from ._atoms import move_atoms
from ._base import AbstractAtomVolume, AbstractVolumeParametrization


class ThermalMotionVolume(AbstractVolumeParametrization):
    r"""Atoms that are found somewhere else each time: independent Gaussian displacements of variance $B/8\pi^2$.

    The mean over draws of the potential is that of the same atoms with the B-factors added, since
    $\langle e^{-2\pi i k\cdot u}\rangle = e^{-B k^2/4}$ (Debye 1913; Waller 1923): frozen phonons, of which multislice
    needs the draws and weak phase only the mean.

    Arguments:
        atoms: The atoms where they rest, without these B-factors.
        b_factors: $B$ in Å², one for all, or one for each atom.

    Raises:
        InputError: A B-factor is negative.

    Examples:
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> shaking = ThermalMotionVolume(GaussianMixtureVolume(np.zeros((2, 3)), 1.0, 1.0), 20.0)
        >>> frames = [shaking.get_representation(key).positions for key in jax.random.split(jax.random.key(0))]
        >>> bool(jnp.any(frames[0] != frames[1]))
        True
    """

    atoms: AbstractVolumeParametrization
    b_factors: Float[Array, "..."]

    def __init__(self, atoms: AbstractVolumeParametrization, b_factors: FloatLike | Float[Array | np.ndarray, " n"]):
        self.atoms = atoms
        self.b_factors = as_float(b_factors)
        if not may_hold(lambda b: b >= 0, b_factors):
            raise InputError(
                f"b_factors down to {np.min(np.asarray(b_factors))} Å² are no variances of a motion.",
                hint="Give B-factors of 0 or more.",
            )

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> AbstractAtomVolume:
        """The atoms at one moment, of their own type.

        Arguments:
            rng_key: What to draw with. Without one, the atoms are where they rest.

        Raises:
            InputError: The volume has no atoms.
        """
        if rng_key is None:
            return move_atoms(self.atoms.get_representation(), lambda positions: positions)
        ours, rest = jax.random.split(rng_key)
        keys = _endless(ours)
        moving = self.b_factors > 0  # the derivative of the square root is finite for those only
        deviation = jnp.where(moving, jnp.sqrt(jnp.where(moving, self.b_factors, 1.0) / (8 * math.pi**2)), 0.0)
        deviation = deviation[:, None] if deviation.ndim else deviation

        def shake(positions: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
            drawn = jax.random.normal(next(keys), positions.shape, positions.dtype)
            return positions + deviation.astype(positions.dtype) * drawn

        return move_atoms(self.atoms.get_representation(rest), shake)


def _endless(key: PRNGKeyArray):
    """A new key each time: one for each array of positions."""
    while True:
        key, subkey = jax.random.split(key)
        yield subkey
