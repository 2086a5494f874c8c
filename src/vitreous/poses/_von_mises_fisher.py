"""Preferred viewing directions."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_scalar, may_hold

from ._base import as_vector
from ._law import AbstractOrientationLaw
from ._sampling import check_number
from ._view import rotation_to_beam, turn_in_plane


class VonMisesFisherOrientations(AbstractOrientationLaw):
    r"""Viewing directions around a mean one, with every in-plane rotation alike: preferred orientation.

    $$p(R) = \frac{\kappa}{\sinh\kappa} \, e^{\kappa \mu \cdot d}, \qquad d = R^\mathsf{T} \hat z$$

    relative to the uniform law: von Mises and Fisher's law on the sphere (Fisher, *Proc. R. Soc. A* 1953, 217, 295).
    $\kappa = 0$ is the uniform law; for large $\kappa$ the directions scatter by $1/\sqrt\kappa$ radians each way.

    Arguments:
        mean_direction: $\mu$, of any length but zero, in the object's frame.
        concentration: $\kappa$, not negative. $-\kappa$ would be $-\mu$.

    Raises:
        InputError: The direction is no direction, or the concentration negative.

    Examples:
        >>> law = VonMisesFisherOrientations((0.0, 0.0, 1.0), 50.0)
        >>> rotations = jax.jit(lambda key: law.sample(1000, key=key))(jax.random.key(0))
        >>> round(float(rotations[:, 2, 2].mean()), 2)
        0.98
    """

    mean_direction: Float[Array, "3"]
    concentration: Float[Array, ""]

    def __init__(self, mean_direction: Float[Array, "3"] | tuple[float, float, float], concentration: FloatLike):
        self.mean_direction = as_vector(mean_direction, name="mean_direction", length=3)
        self.concentration = as_scalar(concentration, name="concentration")
        if not may_hold(lambda values: (values**2).sum() > 0, mean_direction):
            raise InputError(
                f"mean_direction={np.asarray(mean_direction).tolist()} is no direction.",
                hint="The beam's is (0.0, 0.0, 1.0).",
            )
        if not may_hold(lambda value: value >= 0, concentration):
            raise InputError(
                f"concentration={float(concentration)} is negative or no number.",
                hint="Use 0.0 for uniform directions, 100.0 for a scatter of 6°.",
            )

    def sample(self, n: int, *, key: PRNGKeyArray) -> Float[Array, "n 3 3"]:
        r"""`n` independent orientations, as active rotation matrices.

        The distribution of $\mu \cdot d$ is inverted in closed form, $1 + \log(u + (1 - u) e^{-2\kappa}) / \kappa$.

        Arguments:
            n: How many.
            key: A JAX random key.

        Returns:
            The rotations, differentiable in the law's parameters.

        Raises:
            InputError: `n` is negative.
        """
        check_number(n)
        mean = self._unit_direction()
        u, azimuth, turns = jax.random.uniform(key, (3, n), mean.dtype)
        # 1 − μ·d, which keeps its digits where κ is large; the bound moves it by less than 1e-6.
        concentration = jnp.maximum(self.concentration, 1e-6).astype(mean.dtype)
        depth = jnp.clip(-jnp.log1p((1 - u) * jnp.expm1(-2 * concentration)) / concentration, 0, 2)
        across = jnp.sqrt(jnp.maximum(depth * (2 - depth), jnp.finfo(mean.dtype).tiny))
        azimuth = 2 * jnp.pi * azimuth
        directions = jnp.stack([across * jnp.cos(azimuth), across * jnp.sin(azimuth), 1 - depth], axis=1)
        rotations = jax.vmap(turn_in_plane)(360 * turns, jax.vmap(rotation_to_beam)(directions))
        return jnp.matmul(rotations, rotation_to_beam(mean), precision=lax.Precision.HIGHEST)

    def log_prob(self, rotation: Float[Array, "3 3"]) -> Float[Array, ""]:
        """The logarithm of the density at one orientation, relative to the uniform law.

        Arguments:
            rotation: An active rotation.

        Returns:
            The log-density, differentiable in the law's parameters, at a concentration of zero too.

        Examples:
            >>> law = VonMisesFisherOrientations((0.0, 0.0, 1.0), 0.0)
            >>> abs(float(law.log_prob(jnp.eye(3))))
            0.0
        """
        difference = rotation[2] - self._unit_direction()
        return -self.concentration * jnp.sum(difference**2) / 2 - _log_mean_decay(2 * self.concentration)

    def _unit_direction(self) -> Array:
        return self.mean_direction / jnp.sqrt(jnp.sum(self.mean_direction**2))


def _log_mean_decay(x: Array) -> Array:
    """log((1 − e⁻ˣ) / x), 0 at 0."""
    small = x < 1e-2
    series = 1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5 * (1 - x / 6))))  # the next term is 1e-12 / 5040
    return jnp.log(jnp.where(small, series, -jnp.expm1(-x) / jnp.where(small, 1.0, x)))
