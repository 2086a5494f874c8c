import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.grids import (
    ImageConfig,
    coordinates,
    crop,
    fourier_crop,
    fourier_pad,
    fourier_ring_correlation,
    frequencies,
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

SHAPE = (6, 7)
IMAGE = jnp.asarray(np.random.default_rng(11).normal(size=SHAPE))
OTHER = jnp.asarray(np.random.default_rng(12).normal(size=SHAPE))
SHIFT = jnp.array([0.7, -1.3])


def real(spectrum):
    """A complex result as real numbers."""
    return jnp.stack([spectrum.real, spectrum.imag])


# Each function of floating arrays only, its arguments, and the step of the difference quotient in each.
FUNCTIONS = {
    "coordinates": (lambda p: coordinates(SHAPE, p), (jnp.asarray(1.5),), (1e-3,)),
    "frequencies": (lambda p: frequencies(SHAPE, p), (jnp.asarray(1.5),), (1e-4,)),
    "radius": (radius, (jnp.stack([IMAGE, OTHER], -1),), (1e-5,)),
    "rfftn": (lambda f: real(rfftn(f)), (IMAGE,), (1e-3,)),
    "irfftn": (lambda f: irfftn(rfftn(f) ** 2, SHAPE), (IMAGE,), (1e-4,)),
    "shift_phases": (lambda s, p: real(shift_phases(s, SHAPE, p)), (SHIFT, jnp.asarray(1.2)), (1e-4, 1e-4)),
    "shift_image": (lambda f, s, p: shift_image(f, s, p), (IMAGE, SHIFT, jnp.asarray(1.2)), (1e-3, 1e-4, 1e-4)),
    "crop": (lambda f: crop(f, (4, 5)), (IMAGE,), (1e-3,)),
    "pad": (lambda f, value: pad(f, (8, 8), value=value), (IMAGE, jnp.asarray(0.5)), (1e-3, 1e-3)),
    "fourier_crop": (lambda f: fourier_crop(f, (4, 6)), (IMAGE,), (1e-3,)),
    "fourier_pad": (lambda f: fourier_pad(f, (9, 8)), (IMAGE,), (1e-3,)),
    "rescale": (
        lambda f, old, new: rescale(f, old, new_spacing=new, shape=(5, 5)),
        (IMAGE, jnp.asarray(1.0), jnp.asarray(1.31)),
        (1e-3, 1e-5, 1e-5),
    ),
    "shell_average": (lambda f: shell_average(f[:, :4], SHAPE), (IMAGE,), (1e-3,)),
    "power_spectrum": (power_spectrum, (IMAGE,), (1e-3,)),
    "normalise": (normalise, (IMAGE,), (1e-4,)),
    "correlation": (
        lambda a, b, mask: fourier_ring_correlation(a, b, pixel_size=1.5, mask=mask).correlation,
        (IMAGE, OTHER, jnp.abs(IMAGE * OTHER)),
        (1e-5, 1e-5, 1e-5),
    ),
}
# Everything in all modes of differentiation costs a few seconds of compilation each; jit, vmap and float32 are checked
# for all, derivatives too, with the smallest image that has a Nyquist axis and an axis without.
functions = pytest.mark.parametrize("name", FUNCTIONS)
# Rounding of transforms of 42 numbers near one, compiled in another order.
EXACT = 1e-13 if jax.config.jax_enable_x64 else 3e-6


@functions
def test_jit(name):
    function, arguments, _ = FUNCTIONS[name]
    check_jit(function, *arguments, rtol=EXACT)


@pytest.mark.parametrize("name", ["shift_image", "rescale", "correlation", "fourier_crop"])
def test_vmap(name):
    function, arguments, _ = FUNCTIONS[name]
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 1.1 * leaf]), arguments)
    check_vmap(function, batch, rtol=EXACT)


@functions
def test_derivatives(name):
    function, arguments, steps = FUNCTIONS[name]
    # Differences of step h err by h²/6 times a third derivative of (2π)³ at most, and by rounding 1e-15 / h.
    check_derivatives(function, *arguments, steps={f"[{i}]": h for i, h in enumerate(steps)}, rtol=2e-6)


@functions
def test_float32(name):
    function, arguments, _ = FUNCTIONS[name]
    # float32 rounding of transforms, and of a correlation's ratio of sums.
    check_float32(function, *arguments, rtol=3e-6)


def test_image_config_maps_over_pixel_sizes():
    configs = eqx.filter_vmap(lambda p: ImageConfig((4, 4), p))(jnp.array([1.0, 2.0]))
    stacked = eqx.filter_vmap(lambda config: config.frequencies)(configs)
    np.testing.assert_array_equal(stacked[0], 2 * stacked[1])


def test_no_gradient_is_nan_at_the_origin():
    gradient = jax.grad(lambda p: jnp.sum(radius(frequencies((4, 4), p))))(1.5)
    assert np.isfinite(gradient)
    zero = jax.grad(lambda s: jnp.sum(real(shift_phases(s, (4, 4))) ** 2))(jnp.zeros(2))
    assert np.all(np.isfinite(zero))
