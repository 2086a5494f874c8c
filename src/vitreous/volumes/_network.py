"""A small network that is a function of space."""

from collections.abc import Callable
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, as_scalar

Field = Callable[[Float[Array, "p 3"], Float[Array, " l"]], Float[Array, " p"]]
"""A function of space: from points and a latent vector to a number at each point."""


class FourierFeatureNetwork(eqx.Module):
    r"""A number at each point of space: a multilayer perceptron on Fourier features and a latent vector.

    $$ f(v, z) = \mathrm{MLP}\bigl(\sin 2\pi F v,\ \cos 2\pi F v,\ z\bigr) $$

    with random rows of F, which let a small network hold fine detail (Tancik et al. 2020, NeurIPS 33, 7537). All its
    arrays can be trained, F included; it is smooth (softplus), and it has no other leaves than arrays.

    Arguments:
        scale: Standard deviation of the entries of F, in the inverse unit of v: how fine the detail is.
        n_features: Rows of F.
        width: Neurons in each hidden layer.
        depth: Hidden layers.
        latent_size: Length of z.
        key: For the random start.

    Examples:
        >>> network = FourierFeatureNetwork(0.1, n_features=8, width=16, depth=1, key=jax.random.key(0))
        >>> network(jnp.zeros((5, 3)), jnp.zeros(0)).shape
        (5,)
    """

    frequencies: Float[Array, "m 3"]
    layers: tuple[eqx.nn.Linear, ...]

    def __init__(
        self,
        scale: FloatLike,
        *,
        n_features: int = 64,
        width: int = 64,
        depth: int = 2,
        latent_size: int = 0,
        key: PRNGKeyArray,
    ):
        for_features, for_layers = jax.random.split(key)
        self.frequencies = as_scalar(scale, name="scale") * jax.random.normal(for_features, (n_features, 3))
        keys = jax.random.split(for_layers, depth + 1)
        inputs = [2 * n_features + latent_size, *[width] * depth]
        outputs: list[int | Literal["scalar"]] = [*[width] * depth, "scalar"]
        self.layers = tuple(eqx.nn.Linear(i, o, key=k) for i, o, k in zip(inputs, outputs, keys, strict=True))

    def __call__(self, points: Float[Array, "p 3"], latent: Float[Array, " l"]) -> Float[Array, " p"]:
        """The value at each point."""
        turns = jnp.matmul(points, self.frequencies.T, precision=jax.lax.Precision.HIGHEST)
        angles = 2 * jnp.pi * turns
        shared = jnp.broadcast_to(latent.astype(points.dtype), (points.shape[0], latent.shape[0]))
        features = jnp.concatenate([jnp.sin(angles), jnp.cos(angles), shared], axis=1)
        return jax.vmap(self._perceptron)(features)

    def _perceptron(self, features: Float[Array, " i"]) -> Float[Array, ""]:
        for layer in self.layers[:-1]:
            features = jax.nn.softplus(layer(features))
        return self.layers[-1](features)
