"""A network as the Fourier transform of a volume."""

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous._core import FloatLike, as_float, as_scalar

from ._fourier import AbstractFourierVolume
from ._network import Field, FourierFeatureNetwork


class NeuralFieldVolume(AbstractFourierVolume):
    r"""A volume whose Hartley transform is a network, learnt from images slice by slice.

    $$ \tilde U(k) = \tfrac12\bigl(h(k) + h(-k)\bigr) - \tfrac i2 \bigl(h(k) - h(-k)\bigr), \qquad
       h(k) = s\, f(k, z) $$

    with $h = \operatorname{Re}\tilde U - \operatorname{Im}\tilde U$ real, so that the volume is real whatever the
    network $f$ is. An image costs two evaluations at each of its frequencies and no grid (Zhong et al. 2021, Nat.
    Methods 18, 176, learn Hartley values of images likewise). A latent vector z makes it a family of volumes.

    Arguments:
        network: $f$, a `FourierFeatureNetwork` or any module of (frequencies "p 3", latent) with values "p".
        voxel_size: Å; the volume has no frequencies at or beyond `1 / (2 voxel_size)`.
        latent: z; none unless given.
        scale: s in Å, the size of the transform at low frequency: of the order of the sum of scattering factors.

    Examples:
        >>> import jax
        >>> volume = NeuralFieldVolume.initialise(20.0, 2.0, width=8, key=jax.random.key(0))
        >>> k = jnp.array([[0.01, 0.02, -0.03]])
        >>> bool(jnp.allclose(volume.values_at(-k), jnp.conj(volume.values_at(k))))
        True
    """

    network: Field
    voxel_size: Float[Array, ""]
    latent: Float[Array, " l"]
    scale: Float[Array, ""]
    rotation: Float[Array, "3 3"]

    def __init__(
        self,
        network: Field,
        voxel_size: FloatLike,
        *,
        latent: Float[Array | np.ndarray, " l"] | None = None,
        scale: FloatLike = 1.0,
    ):
        self.network = network
        self.voxel_size = as_scalar(voxel_size, name="voxel_size")
        self.latent = jnp.zeros(0) if latent is None else as_float(latent)
        self.scale = as_scalar(scale, name="scale")
        self.rotation = jnp.eye(3)

    @classmethod
    def initialise(
        cls,
        radius: FloatLike,
        voxel_size: FloatLike,
        *,
        n_features: int = 64,
        width: int = 64,
        depth: int = 2,
        latent: Float[Array | np.ndarray, " l"] | None = None,
        scale: FloatLike = 1.0,
        key: PRNGKeyArray,
    ) -> "NeuralFieldVolume":
        """A random start for a specimen of a given size.

        Arguments:
            radius: Of the specimen in Å; its transform turns over within the inverse of it.
            voxel_size: Å.
            n_features: Of the network.
            width: Of the network.
            depth: Of the network.
            latent: z.
            scale: s in Å.
            key: For the random start.
        """
        size = 0 if latent is None else len(latent)
        spread = radius / math.sqrt(5)  # that of points in a ball
        network = FourierFeatureNetwork(
            spread, n_features=n_features, width=width, depth=depth, latent_size=size, key=key
        )
        return cls(network, voxel_size, latent=latent, scale=scale)

    def object_values_at(self, frequencies: Float[Array, "p 3"]) -> Complex[Array, " p"]:
        """The transform (Å) before rotation."""
        both = self.scale * self.network(jnp.concatenate([frequencies, -frequencies]), self.latent)
        forward, backward = both[: len(frequencies)], both[len(frequencies) :]
        return 0.5 * (forward + backward) - 0.5j * (forward - backward)
