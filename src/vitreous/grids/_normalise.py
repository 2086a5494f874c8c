"""Images of mean 0 and standard deviation 1."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import as_float


def normalise(image: Float[Array | np.ndarray, "*n"]) -> Float[Array, "*n"]:
    r"""An image or volume brought to mean 0 and standard deviation 1.

    $$(f - \bar f) \,/\, \sqrt{\overline{(f - \bar f)^2}}$$

    Arguments:
        image: An image "y x" or volume "z y x".

    Returns:
        The normalised image; zeros (with finite gradients) where the image is constant.

    Examples:
        >>> import jax.numpy as jnp
        >>> normalise(jnp.array([[1.0, 3.0]])).tolist()
        [[-1.0, 1.0]]
    """
    return _normalise(as_float(image))


@jax.jit
def _normalise(image: Float[Array, "*n"]) -> Float[Array, "*n"]:
    centred = image - jnp.mean(image)
    variance = jnp.mean(centred**2)
    varies = variance > 0
    return jnp.where(varies, centred / jnp.sqrt(jnp.where(varies, variance, 1)), 0)
