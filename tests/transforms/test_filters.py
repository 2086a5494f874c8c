import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.filters import (
    AntiAliasingFilter,
    BandPassFilter,
    BFactorFilter,
    CircularMask,
    CylindricalMask,
    HighPassFilter,
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

SHAPE = (6, 7)
Q = frequencies(SHAPE, 1.5)
IMAGE = jnp.asarray(np.random.default_rng(11).normal(size=SHAPE))
# The cut-offs lie between the frequencies, so that no mode sits on a kink.
FILTERS = {
    "AntiAliasingFilter": (
        AntiAliasingFilter(1.4, 0.8, width=0.41),
        {"[0].pixel_size": 1e-5, "[0].cutoff": 1e-5, "[0].width": 1e-5},
    ),
    "BandPassFilter": (
        BandPassFilter(8.3, 4.1, coarse_width=0.07, fine_width=0.11),
        {
            "[0].high_pass.cutoff_a": 1e-4,
            "[0].high_pass.width": 1e-5,
            "[0].low_pass.cutoff_a": 1e-4,
            "[0].low_pass.width": 1e-5,
        },
    ),
    "LowPassFilter": (LowPassFilter(6.3, 0.11), {"[0].cutoff_a": 1e-4, "[0].width": 1e-5}),
    "HighPassFilter": (HighPassFilter(6.3, 0.11), {"[0].cutoff_a": 1e-4, "[0].width": 1e-5}),
    "BFactorFilter": (BFactorFilter(40.0), {"[0].b_factor": 1e-2}),
    "ProductFilter": (
        ProductFilter(LowPassFilter(6.3, 0.11), BFactorFilter(40.0)),
        {"[0].filters[0].cutoff_a": 1e-4, "[0].filters[0].width": 1e-5, "[0].filters[1].b_factor": 1e-2},
    ),
    "WhiteningFilter": (
        WhiteningFilter(jnp.array([0.01, 0.11, 0.23]), jnp.array([2.0, 1.0, 0.7])),
        {"[0].frequency": 1e-6, "[0].power": 1e-5},
    ),
}
# The edges, too, lie between the pixels.
MASKS = {
    "CircularMask": (CircularMask(1.3, 2.1, pixel_size=1.3), SHAPE),
    "SphericalMask": (SphericalMask(1.3, 2.1, voxel_size=1.3), (4, 4, 5)),
    "CylindricalMask": (CylindricalMask(1.4, 3.3, soft_edge=2.1, voxel_size=1.3), (5, 4, 5)),
    "SquareMask": (SquareMask(2.1, 2.2, pixel_size=1.3), SHAPE),
    "RectangularMask": (RectangularMask(3.1, 2.1, soft_edge=2.2, angle_deg=20.0, pixel_size=1.3), SHAPE),
    "ProductMask": (ProductMask(CircularMask(1.3, 2.1, pixel_size=1.3), SquareMask(2.1, 2.2, pixel_size=1.3)), SHAPE),
    "VoxelMask": (VoxelMask(IMAGE), SHAPE),
}
filters = pytest.mark.parametrize("name", FILTERS)
masks = pytest.mark.parametrize("name", MASKS)
# Rounding of a few operations on numbers near one.
EXACT = 1e-13 if jax.config.jax_enable_x64 else 3e-6


def transfer(filter, q):
    return filter.transfer(q)


@filters
def test_filter(name):
    filter, steps = FILTERS[name]
    check_jit(transfer, filter, Q, rtol=EXACT)
    check_vmap(transfer, jax.tree.map(lambda leaf: jnp.stack([leaf, 1.01 * leaf]), (filter, Q)), rtol=EXACT)
    # float32 rounding of 1/cutoff - width/2, divided by the width: a few times 6e-8 · 0.2 / 0.1 · π.
    check_float32(transfer, filter, Q, rtol=5e-6)
    # Differences of step h: h²/6 of the third derivative, (π / width)³ relative to π / width.
    check_derivatives(transfer, filter, Q, steps={**steps, "[1]": 1e-6}, rtol=1e-5)


@masks
def test_mask(name):
    mask, shape = MASKS[name]

    def values(mask):
        return mask.values(shape)

    check_jit(values, mask, rtol=EXACT)
    check_vmap(values, (jax.tree.map(lambda leaf: jnp.stack([leaf, 1.01 * leaf]), mask),), rtol=EXACT)
    check_float32(values, mask, rtol=5e-6)
    # As above.
    steps = {jax.tree_util.keystr(path): 1e-6 for path, _ in jax.tree.leaves_with_path((mask,))}
    check_derivatives(values, mask, steps=steps, rtol=1e-5)


def test_filter_image():
    def filtered(image, cutoff, pixel_size):
        return filter_image(image, LowPassFilter(cutoff, 0.11), pixel_size=pixel_size)

    arguments = IMAGE, jnp.asarray(6.3), jnp.asarray(1.5)
    check_jit(filtered, *arguments, rtol=EXACT)
    check_derivatives(filtered, *arguments, steps={"[0]": 1e-3, "[1]": 1e-4, "[2]": 1e-5}, rtol=1e-5)
    check_float32(filtered, *arguments, rtol=5e-6)


def test_a_hard_edge_has_finite_gradients():
    def loss(filter, mask):
        return jnp.sum(filter.transfer(Q)) + jnp.sum(mask.values(SHAPE))

    gradients = jax.grad(loss, argnums=(0, 1))(LowPassFilter(6.3, 0.0), CircularMask(3.3, 0.0))
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(gradients))


def test_no_power_has_finite_gradients():
    filter = WhiteningFilter(jnp.array([0.0, 0.2]), jnp.zeros(2))
    gradient = jax.grad(lambda filter: jnp.sum(filter.transfer(Q)))(filter)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(gradient))


def test_noise_power():
    def power(image):
        return noise_power(image, pixel_size=1.5)[1]

    check_jit(power, IMAGE, rtol=EXACT)
    check_float32(power, IMAGE, rtol=5e-6)
    check_derivatives(power, IMAGE, steps={"[0]": 1e-5}, rtol=1e-6)


def test_whitening_at_another_pixel_size_and_of_the_old_variance():
    def transfer(image, pixel_size, target):
        filter = WhiteningFilter.from_image(image, pixel_size=pixel_size, target_pixel_size=target)
        return filter.preserving_variance(SHAPE, pixel_size=target).transfer(frequencies(SHAPE, target))

    arguments = IMAGE, jnp.asarray(1.3), jnp.asarray(1.6)
    check_jit(transfer, *arguments, rtol=EXACT)
    check_float32(transfer, *arguments, rtol=2e-5)  # a quotient of sums of squares
    check_derivatives(transfer, *arguments, steps={"[0]": 1e-5, "[1]": 1e-6, "[2]": 1e-6}, rtol=1e-5)
