import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.filters import (
    BFactorFilter,
    CircularMask,
    HighPassFilter,
    LowPassFilter,
    ProductFilter,
    SphericalMask,
    WhiteningFilter,
    filter_image,
)
from vitreous.grids import frequencies

SHAPE = (6, 7)
Q = frequencies(SHAPE, 1.5)
IMAGE = jnp.asarray(np.random.default_rng(11).normal(size=SHAPE))
# The cut-offs lie between the frequencies, so that no mode sits on a kink.
FILTERS = {
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
MASKS = {
    "CircularMask": (CircularMask(1.3, 2.1, pixel_size=1.3), SHAPE, "pixel_size"),
    "SphericalMask": (SphericalMask(1.3, 2.1, voxel_size=1.3), (4, 4, 5), "voxel_size"),
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
    mask, shape, size = MASKS[name]

    def values(mask):
        return mask.values(shape)

    check_jit(values, mask, rtol=EXACT)
    check_vmap(values, (jax.tree.map(lambda leaf: jnp.stack([leaf, 1.01 * leaf]), mask),), rtol=EXACT)
    check_float32(values, mask, rtol=5e-6)
    # As above.
    steps = {"[0].radius": 1e-5, "[0].soft_edge": 1e-5, f"[0].{size}": 1e-6}
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
