import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.grids import (
    FourierCorrelation,
    ImageConfig,
    crop,
    fourier_crop,
    fourier_pad,
    fourier_ring_correlation,
    irfftn,
    normalise,
    pad,
    power_spectrum,
    radius,
    rescale,
    rfftn,
    shell_average,
    shift_image,
    shift_phases,
)

# Transforms of some 64 numbers near one.
FEW = {"rounding": 1e-13, "single": 3e-6}


def image(shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


@case(ImageConfig, **FEW)
def points_of_an_image(shape):
    def points(pixel_size):
        config = ImageConfig(shape, pixel_size, padded_shape=(10, 11))
        return config.frequencies, config.coordinates

    return points, (1.5,)


@case(FourierCorrelation, **FEW)
def ring_correlation(shape):
    def correlation(a, b, mask):
        return fourier_ring_correlation(a, b, pixel_size=1.5, mask=mask).correlation

    return correlation, (image(shape), image(shape, 1), jnp.abs(image(shape, 2)))


@case(**FEW)
def resampling(shape):
    y, x = shape

    def resampled(image, offset, spacing, value):
        return (
            crop(image, (y - 2, x - 3)),
            pad(image, (y + 3, x + 2), value=value),
            fourier_crop(image, (y - 2, x - 3)),
            fourier_pad(image, (y + 3, x + 2)),
            shift_image(image, offset, spacing),
            rescale(image, 1.0, new_spacing=spacing, shape=(5, 5)),
        )

    return resampled, (image(shape), jnp.array([0.7, -1.3]), 1.31, 0.5)


@case(**FEW)
def spectra(shape):
    def spectra(image, offset, spacing):
        squared = irfftn(rfftn(image) ** 2, shape)
        shells = shell_average(jnp.abs(rfftn(image)) ** 2, shape)
        lengths = radius(jnp.stack([image, 2 - image], axis=-1))
        return squared, shells, power_spectrum(image), normalise(image), lengths, shift_phases(offset, shape, spacing)

    return spectra, (image(shape), jnp.array([0.7, -1.3]), 1.2)
