import jax.numpy as jnp
import numpy as np

from vitreous.filters import BFactorFilter, WhiteningFilter, filter_image
from vitreous.grids import power_spectrum


def test_an_image_whitened_by_itself_is_flat():
    noise = np.random.default_rng(0).normal(size=(48, 48))
    coloured = filter_image(noise, BFactorFilter(30.0), pixel_size=1.5)
    white = filter_image(coloured, WhiteningFilter.from_image(coloured, pixel_size=1.5), pixel_size=1.5)
    power = np.asarray(power_spectrum(white)) / white.size
    # Modes at radii between shell centres see an interpolated power: a few per cent, more where shells hold few modes.
    np.testing.assert_allclose(power[4:-1], 1, atol=0.15)
    assert abs(power[4:-1].mean() - 1) < 0.03


def test_constant_beyond_its_samples():
    filter = WhiteningFilter(jnp.array([0.0, 0.1]), jnp.array([4.0, 1.0]))
    np.testing.assert_array_equal(filter.transfer(jnp.array([[0.3, 0.0]])), [1.0])


def test_no_power_is_removed():
    filter = WhiteningFilter(jnp.array([0.0, 0.1]), jnp.zeros(2))
    assert np.all(filter.transfer(jnp.array([[0.0, 0.0], [0.3, 0.0]])) == 0)
