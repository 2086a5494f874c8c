"""Pixels that do not count alike."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError, as_float, may_hold


class Gain(eqx.Module):
    r"""The gain reference of a camera, by which raw images are multiplied.

    $$\text{counts}_i = g_i\, \text{raw}_i$$

    A pixel whose reference is 0 is dead: it records nothing, and its corrected value is 0.

    Arguments:
        reference: $g$ of each pixel, about 1; 0 for a dead pixel.

    Raises:
        InputError: A reference is negative or not finite.

    Examples:
        >>> gain = Gain(jnp.array([[0.5, 1.0], [2.0, 0.0]]))
        >>> raw = gain.apply(jnp.full((2, 2), 10.0))
        >>> raw.tolist(), gain.correct(raw).tolist()
        ([[20.0, 10.0], [5.0, 0.0]], [[10.0, 10.0], [10.0, 0.0]])
    """

    reference: Float[Array, "y x"]

    def __init__(self, reference: Float[Array | np.ndarray, "y x"]):
        self.reference = as_float(reference)
        if not may_hold(lambda gain: (gain >= 0) & (gain < np.inf), reference):
            raise InputError(
                "a gain reference is negative or not finite in some pixels.", hint="Use 0 for dead pixels."
            )

    @classmethod
    def from_flat_images(cls, images: Float[Array | np.ndarray, "n y x"]) -> "Gain":
        r"""The reference measured on raw images of the empty, even beam: the mean of all pixels over that of each.

        Pixels that never counted are dead, and have no part in the mean.

        Arguments:
            images: Raw images; the relative error of the result is $1/\sqrt{}$ of the counts in a pixel of all images.
        """
        mean = jnp.mean(as_float(images), axis=0)
        alive = mean > 0
        level = jnp.sum(mean) / jnp.sum(alive)
        return cls(jnp.where(alive, level / jnp.where(alive, mean, 1), 0))

    def correct(self, raw: Float[Array, "y x"]) -> Float[Array, "y x"]:
        """A raw image, corrected to counts.

        Arguments:
            raw: As the camera gave it.
        """
        return raw * self.reference.astype(raw.dtype)

    def apply(self, counts: Float[Array, "y x"]) -> Float[Array, "y x"]:
        """Counts as the camera gives them: the inverse of `correct`, for simulation.

        Arguments:
            counts: Electrons in each pixel.
        """
        alive = self.reference > 0
        return jnp.where(alive, counts / jnp.where(alive, self.reference, 1).astype(counts.dtype), 0)
