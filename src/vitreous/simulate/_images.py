"""Batches of noise-free images, and the noise on them."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int, PRNGKeyArray

from vitreous._core import InputError
from vitreous.detector import PoissonDetector
from vitreous.grids import ImageConfig
from vitreous.imaging import make_image_model
from vitreous.optics import CTF, Contrast
from vitreous.poses import AbstractPose
from vitreous.volumes import FourierVoxelGridVolume

from ._white_noise import standard_normal


@jax.jit
def noise_free_images(
    volume: FourierVoxelGridVolume, image_config: ImageConfig, particles: tuple[AbstractPose, CTF]
) -> Float[Array, "n y x"]:
    """Images −C of a batch, protein bright, as particle stacks hold them.

    Arguments:
        volume: The potential.
        image_config: Shape and pixel size.
        particles: Poses and optics, batched in the leading axis of each field.
    """

    def one(pose: AbstractPose, optics: CTF) -> Float[Array, "y x"]:
        model = make_image_model(volume, image_config, pose=pose, optics=optics, contrast=Contrast.BRIGHT)
        return model.simulate()

    return jax.vmap(one)(*particles)


@jax.jit
def with_white_noise(
    images: Float[Array | np.ndarray, "n y x"],
    indices: Int[Array | np.ndarray, " n"],
    *,
    variance: Float[Array, ""],
    key: PRNGKeyArray,
) -> Float[Array, "n y x"]:
    """Images plus white noise; the noise of a particle depends on its index and the key alone."""
    scale = jnp.sqrt(variance)

    def one(image: Array, i: Array) -> Array:
        return image + scale * standard_normal(image.shape, key=jax.random.fold_in(key, i))

    return jax.vmap(one)(jnp.asarray(images), jnp.asarray(indices))


def with_counting_noise(
    images: Float[np.ndarray, "n y x"], indices: Int[np.ndarray, " n"], *, detector: PoissonDetector, seed: int
) -> Float32[np.ndarray, "n y x"]:
    r"""Images as a counting detector records them, $(1 - \text{counts}/\text{expected})/2$, protein bright.

    The counts of a particle depend on its expected ones, its index and the seed alone: they are drawn by NumPy, whose
    rejection sampler takes a tenth of the time of JAX's, with a generator of its own for each particle (Philox, keyed
    by seed and index).

    Raises:
        InputError: A pixel would receive no electrons: its contrast reaches −1/2, beyond the linear theory.
    """
    lowest = float(-images.max())
    if 1 + 2 * lowest <= 0:
        raise InputError(
            f"the contrast reaches {lowest:.3g}, where the expected number of electrons is not positive.",
            hint="The potential is too strong for the linear theory, or not in Å⁻²: use --snr instead of --dose.",
        )
    expected = np.asarray(detector.expected_counts(jnp.asarray(-images)))
    counts = np.empty_like(images)
    for index, mean, drawn in zip(indices, expected, counts, strict=True):
        generator = np.random.Generator(np.random.Philox(key=np.array([seed, index], np.uint64)))
        drawn[:] = generator.poisson(mean)
    return -np.asarray(detector.contrast_from_counts(jnp.asarray(counts)), np.float32)
