"""Discrete conformations."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from vitreous._core import InputError, as_float, may_hold

from ._base import AbstractVolumeParametrization, AbstractVolumeRepresentation
from ._stack import stack_volumes


class MixtureVolume(AbstractVolumeParametrization):
    r"""One of several volumes, drawn with its probability: the discrete conformations or classes of a specimen.

    The probabilities are $w_i = e^{l_i}/\sum_j e^{l_j}$ of `log_weights` l, which may be fitted without a constraint.
    `get_representation(rng_key)` draws one; to sum a likelihood over all of them, `jax.vmap` over `volumes` and use
    `jax.nn.log_softmax(log_weights)`.

    Arguments:
        volumes: Volumes of one type and shape, stacked: one volume each of whose arrays has a leading axis;
            `from_volumes` stacks them.
        log_weights: One number for each, up to a common constant.

    Raises:
        InputError: There is not one number for each volume.
    """

    volumes: AbstractVolumeParametrization
    log_weights: Float[Array, " n"]

    def __init__(self, volumes: AbstractVolumeParametrization, log_weights: Float[Array | np.ndarray, " n"]):
        self.volumes = volumes
        self.log_weights = as_float(log_weights)
        stacked = {leaf.shape[:1] for leaf in jax.tree.leaves(volumes)}
        if stacked != {self.log_weights.shape}:
            raise InputError(
                f"log_weights of shape {self.log_weights.shape} do not go with a stack of {sorted(stacked)} volumes.",
                hint="Stack the volumes with MixtureVolume.from_volumes(volumes, weights), one weight for each.",
            )

    @classmethod
    def from_volumes(
        cls,
        volumes: Sequence[AbstractVolumeParametrization],
        weights: Float[Array | np.ndarray, " n"] | Sequence[float] | None = None,
    ) -> "MixtureVolume":
        """From volumes one by one.

        Arguments:
            volumes: Of one type and shape.
            weights: Their probabilities, or numbers proportional to them; equal unless given.

        Raises:
            InputError: The volumes cannot be stacked, a weight is negative, or there is not one for each.

        Examples:
            >>> from vitreous.volumes import GaussianMixtureVolume
            >>> open_, closed = (GaussianMixtureVolume(jnp.full((2, 3), x), 1.0, 1.0) for x in (5.0, 0.0))
            >>> mixture = MixtureVolume.from_volumes([open_, closed], [3.0, 1.0])
            >>> [round(float(weight), 3) for weight in mixture.weights]
            [0.75, 0.25]
            >>> mixture.get_representation(jax.random.key(0)).positions.shape
            (2, 3)
        """
        stack = stack_volumes(volumes)
        given = jnp.ones(len(volumes)) if weights is None else jnp.asarray(weights, float)
        if not may_hold(lambda weights: (weights >= 0) & np.any(weights > 0), given):
            raise InputError(f"weights {np.asarray(given)} are no probabilities.", hint="Give numbers from 0 on.")
        return cls(stack, jnp.log(given))

    @property
    def weights(self) -> Float[Array, " n"]:
        """The probabilities, which sum to 1."""
        return jax.nn.softmax(self.log_weights)

    def component(self, index: int | Int[Array, ""]) -> AbstractVolumeParametrization:
        """One of the volumes; the index may be traced.

        Arguments:
            index: From 0.
        """
        return jax.tree.map(lambda leaf: leaf[index], self.volumes)

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> AbstractVolumeRepresentation:
        """A volume drawn with its probability.

        Arguments:
            rng_key: What to draw with. Without one, the most probable volume is returned.
        """
        if rng_key is None:
            return self.component(jnp.argmax(self.log_weights)).get_representation()
        choice, rest = jax.random.split(rng_key)
        return self.component(jax.random.categorical(choice, self.log_weights)).get_representation(rest)
