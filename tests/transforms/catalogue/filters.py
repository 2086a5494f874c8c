import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.filters import (
    AntiAliasingFilter,
    BandPassFilter,
    BFactorFilter,
    CircularMask,
    CylindricalMask,
    HighPassFilter,
    InverseSincMask,
    LowPassFilter,
    ProductFilter,
    ProductMask,
    RectangularMask,
    SphericalMask,
    SquareMask,
    VoxelMask,
    WhiteningFilter,
    filter_image,
    noise_power,
)
from vitreous.grids import frequencies

# float32 rounding of 1/cutoff − width/2, divided by the width: a few times 6e-8 · 0.2 / 0.1 · π.
# Cut-offs and edges lie between the frequencies and the pixels, so that none sits on a kink.
EDGES = {"rounding": 1e-13, "single": 5e-6, "quotient": 1e-5}


def transfers(shape, *filters):
    def transfer(filters, q):
        return [filter.transfer(q) for filter in filters]

    return transfer, (filters, frequencies(shape, 1.5))


@case(
    AntiAliasingFilter,
    LowPassFilter,
    HighPassFilter,
    BandPassFilter,
    BFactorFilter,
    ProductFilter,
    WhiteningFilter,
    **EDGES,
)
def filters(shape):
    return transfers(
        shape,
        AntiAliasingFilter(1.4, 0.8, width=0.41),
        BandPassFilter(8.3, 4.1, coarse_width=0.07, fine_width=0.11),
        HighPassFilter(6.3, 0.11),
        ProductFilter(LowPassFilter(6.3, 0.11), BFactorFilter(40.0)),
        WhiteningFilter(jnp.array([0.01, 0.11, 0.23]), jnp.array([2.0, 1.0, 0.7])),
    )


@case(CircularMask, SquareMask, RectangularMask, ProductMask, VoxelMask, **EDGES)
def masks_of_images(shape):
    masks = (
        CircularMask(1.3, 2.1, pixel_size=1.3),
        RectangularMask(3.1, 2.1, soft_edge=2.2, angle_deg=20.0, pixel_size=1.3),
        ProductMask(CircularMask(1.3, 2.1, pixel_size=1.3), SquareMask(2.1, 2.2, pixel_size=1.3)),
        VoxelMask(jnp.asarray(np.random.default_rng(0).normal(size=shape))),
    )
    return lambda masks: [mask.values(shape) for mask in masks], (masks,)


@case(SphericalMask, CylindricalMask, **EDGES)
def masks_of_maps(shape):
    masks = SphericalMask(1.3, 2.1, voxel_size=1.3), CylindricalMask(1.4, 3.3, soft_edge=2.1, voxel_size=1.3)
    return lambda masks: [mask.values((4, *shape)) for mask in masks], (masks,)


@case(InverseSincMask)
def inverse_sinc(shape):
    # No parameters: the correction of an image, which is the argument.
    return lambda image: InverseSincMask()(image), (jnp.asarray(np.random.default_rng(0).normal(size=shape)),)


@case(LowPassFilter, **EDGES, again=True)
def filtered_image(shape):
    def filtered(image, cutoff, pixel_size):
        return filter_image(image, LowPassFilter(cutoff, 0.11), pixel_size=pixel_size)

    return filtered, (jnp.asarray(np.random.default_rng(0).normal(size=shape)), 6.3, 1.5)


@case(WhiteningFilter, **EDGES | {"single": 2e-5}, again=True)  # a quotient of sums of squares
def whitening_at_another_pixel_size(shape):
    def transfer(image, pixel_size, target):
        filter = WhiteningFilter.from_image(image, pixel_size=pixel_size, target_pixel_size=target)
        return filter.preserving_variance(shape, pixel_size=target).transfer(frequencies(shape, target))

    return transfer, (jnp.asarray(np.random.default_rng(0).normal(size=shape)), 1.3, 1.6)


@case(rounding=1e-13)
def noise_spectrum(shape):
    return lambda image: noise_power(image, pixel_size=1.5)[1], (
        jnp.asarray(np.random.default_rng(0).normal(size=shape)),
    )
