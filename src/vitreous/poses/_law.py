"""What every law of random orientations is, and the uniform one."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ._sampling import uniform_rotations


class AbstractOrientationLaw(eqx.Module):
    r"""A probability law of orientations.

    Densities are relative to the uniform law (the Haar measure with total one): the uniform law has density 1, and
    the mean of `exp(law.log_prob(R))` over the cells of a `RotationGrid` is 1. Relative to the volume element in
    radians, divide by $8\pi^2$.
    """

    @abstractmethod
    def sample(self, n: int, *, key: PRNGKeyArray) -> Float[Array, "n 3 3"]:
        """`n` independent orientations, as active rotation matrices.

        Arguments:
            n: How many.
            key: A JAX random key.

        Raises:
            InputError: `n` is negative.
        """

    @abstractmethod
    def log_prob(self, rotation: Float[Array, "3 3"]) -> Float[Array, ""]:
        """The logarithm of the density at one orientation, relative to the uniform law.

        Arguments:
            rotation: An active rotation; use `jax.vmap` for many.
        """


class UniformOrientations(AbstractOrientationLaw):
    """Every orientation alike: `uniform_rotations` as a law.

    Examples:
        >>> float(UniformOrientations().log_prob(jnp.eye(3)))
        0.0
    """

    def sample(self, n: int, *, key: PRNGKeyArray) -> Float[Array, "n 3 3"]:
        """`n` independent orientations, as active rotation matrices."""
        return uniform_rotations(n, key=key)

    def log_prob(self, rotation: Float[Array, "3 3"]) -> Float[Array, ""]:
        """0."""
        return jnp.zeros((), rotation.dtype)
