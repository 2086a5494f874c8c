import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, special

from vitreous._core import InputError
from vitreous.grids import ImageConfig, irfftn, mode_multiplicity
from vitreous.ice import EmpiricalIce, ExponentialNoiseIce, GaussianRandomFieldIce, WaterSpectrum

X64 = jax.config.jax_enable_x64
ICES = [
    ExponentialNoiseIce(2.0, 4.0),
    GaussianRandomFieldIce(200.0, dose_per_a2=5.0),
    EmpiricalIce(jnp.array([0.0, 0.2, 0.6]), jnp.array([9.0, 3.0, 0.5])),
]
ices = pytest.mark.parametrize("ice", ICES, ids=lambda ice: type(ice).__name__)


@eqx.filter_jit
def power_of(ice, config):
    return ice.power(config)


def covariance(ice, config):
    """The exact covariance of a sample's pixels with the one at the origin."""
    return np.asarray(irfftn(power_of(ice, config).astype(complex), config.padded_shape))


@eqx.filter_jit
def density(ice, q):
    """The spectral density at lengths of frequencies."""
    return ice.spectral_density(jnp.stack([q, jnp.zeros_like(q)], axis=-1))


def test_the_exponential_spectrum_is_the_hankel_transform_of_the_correlation():
    ice = ExponentialNoiseIce(2.0, 4.0)
    for q in (0.0, 0.03, 0.2):
        # To where e^(-r/4) is 1e-13 of it.
        expected, _ = integrate.quad(
            lambda r, q=q: 2 * np.pi * r * 2 * np.exp(-r / 4) * special.j0(2 * np.pi * q * r), 0, 120, limit=200
        )
        np.testing.assert_allclose(density(ice, jnp.asarray([q])), expected, rtol=1e-6)


def test_correlations_decay_exponentially():
    variance, length, pixel_size, shape = 3.0, 6.0, 0.8, (97, 80)
    config = ImageConfig(shape, pixel_size)
    measured = covariance(ExponentialNoiseIce(variance, length), config)
    lost = variance / np.sqrt(1 + (np.pi * length / pixel_size) ** 2)
    centre = shape[0] // 2, shape[1] // 2
    assert variance - lost <= measured[centre] < variance
    y, x = np.mgrid[-20:21, -20:21]
    r = pixel_size * np.hypot(x, y)
    near = measured[centre[0] - 20 : centre[0] + 21, centre[1] - 20 : centre[1] + 21]
    # What lies beyond Nyquist is felt within two pixels or so; the box, 64 Å wide, wraps correlations of e^(-48/6).
    np.testing.assert_allclose(near[r > 2], (variance * np.exp(-r / length))[r > 2], atol=0.01 * variance)


@pytest.mark.parametrize(("ice", "shape"), list(zip(ICES, [(12, 13), (11, 8), (8, 8)], strict=True)))
def test_samples_have_the_spectrum_and_one_variance_everywhere(ice, shape):
    n = 1000
    config = ImageConfig(shape, 1.2)

    @jax.jit
    def draw(keys):
        return jax.vmap(lambda key: ice.sample_spectrum(config, key=key))(keys)

    spectra = np.asarray(draw(jax.random.split(jax.random.key(0), n)))
    images = np.fft.irfftn(spectra, shape, axes=(1, 2))
    power, expected = np.mean(np.abs(spectra) ** 2, axis=0) / np.prod(shape), np.asarray(power_of(ice, config))
    # Standard errors of 1 / √1000, and √2 of it where the mode is real: five of them.
    np.testing.assert_allclose(power, expected, rtol=5 * np.sqrt(2 / n))
    variance = np.sum(expected * np.asarray(mode_multiplicity(shape))) / np.prod(shape)
    np.testing.assert_allclose(images.var(axis=0), variance, rtol=5 * np.sqrt(2 / n))
    # No point symmetry: a pixel and its mirror image have the covariance of their distance, and not the variance.
    correlation = np.mean(images[:, 3, 2] * images[:, -3, -2]) / variance
    apart = covariance(ice, config)[shape[0] // 2 + 6 - shape[0], shape[1] // 2 + 4 - shape[1]] / variance
    assert correlation == pytest.approx(apart, abs=5 * np.sqrt(2 / n)) and apart < 0.7
    # Hermitian: the spectra are those of real images.
    np.testing.assert_allclose(np.fft.rfftn(images, axes=(1, 2)), spectra, atol=(1e-9 if X64 else 1e-3) * spectra.std())


@ices
def test_the_field_does_not_depend_on_the_box(ice):
    # Its covariance in Å is the same in boxes of 60 and of 90 Å, at pixel sizes that share the points 0 and 3 Å.
    small, large = (covariance(ice, ImageConfig(shape, 1.0)) for shape in ((60, 61), (91, 90)))
    np.testing.assert_allclose(small[30, 30:34], large[45, 45:49], atol=2e-3 * small.max())


def test_padding_is_cropped():
    config = ImageConfig((10, 11), 1.0, padded_shape=(14, 16))
    ice = ICES[0]
    assert ice.sample_spectrum(config, key=jax.random.key(1)).shape == (14, 9)
    image = irfftn(ice.sample_spectrum(config, key=jax.random.key(1)), (14, 16))
    np.testing.assert_array_equal(ice.sample(config, key=jax.random.key(1)), image[2:12, 3:14])


def test_ice_measured_on_micrographs_comes_back():
    truth = ExponentialNoiseIce(2.0, 4.0)
    config = ImageConfig((120, 120), 1.5)

    @jax.jit
    def measure(key):
        images = jax.vmap(lambda key: truth.sample(config, key=key))(jax.random.split(key, 6))
        return EmpiricalIce.from_micrographs(10 + images, pixel_size=1.5, scale=2.0)

    measured = measure(jax.random.key(2))
    q = jnp.linspace(0.06, 0.3, 30)
    ratio = np.asarray(density(measured, q) / density(truth, q))
    # Twice the values; six images with 35 or more independent modes in a shell: standard errors of 7 %.
    np.testing.assert_allclose(ratio, 4, rtol=0.3)
    assert ratio.mean() == pytest.approx(4, rel=0.03)
    # On other pixels, up to what the micrographs hold: the variance up to their Nyquist frequency, and more or less.
    other = ImageConfig((50, 45), 2.0)
    ours, theirs = (covariance(ice, other).max() for ice in (measured, truth))
    assert ours == pytest.approx(4 * theirs, rel=0.1)


def test_a_layer_has_the_spectrum_of_its_molecules():
    q = np.array([0.0, 0.2, 0.35, 0.7])
    form = 0.199 * np.exp(-(q**2) / (2 * 0.731**2)) + 0.801 * np.exp(-((q - 1 / 2.88) ** 2) / (2 * 0.081**2))
    np.testing.assert_allclose(WaterSpectrum()(jnp.asarray(q)), 4.8 * form, rtol=1e-5)
    # 0.0314 molecules in each Å³ of 0.94 g/cm³.
    full = density(GaussianRandomFieldIce(300.0), jnp.asarray(q))
    np.testing.assert_allclose(full, 300 * 0.94 * 0.602214076 / 18.01528 * 4.8 * form, rtol=1e-5)
    thinner = density(GaussianRandomFieldIce(100.0, density_g_cm3=0.47), jnp.asarray(q))
    np.testing.assert_allclose(full, 6 * thinner, rtol=1e-5)
    assert float(GaussianRandomFieldIce(300.0).mean_projected_potential) == pytest.approx(300 * 0.0956, rel=1e-3)


def test_an_exposure_blurs_the_ice():
    snapshot, dose = GaussianRandomFieldIce(300.0), 20.0
    q = np.array([0.0, 0.03, 0.1, 0.3, 0.6])
    exposed = GaussianRandomFieldIce(300.0, dose_per_a2=dose)
    ratio = np.asarray(density(exposed, jnp.asarray(q)) / density(snapshot, jnp.asarray(q)))
    # The correlation of two moments, averaged over pairs of them at the midpoints of a grid.
    time = (np.arange(2000) + 0.5) / 2000 * dose
    apart = np.abs(time[:, None] - time)
    for q_, measured in zip(q, ratio, strict=True):
        expected = np.mean(np.exp(-2 * np.pi**2 * q_**2 * 1.1 / 3 * apart))
        # The kink at equal times costs the grid (κ / 2000)² of it; float32 rounding in the single-precision leg.
        assert measured == pytest.approx(expected, rel=1e-4)
    assert ratio[0] == 1 and np.all(np.diff(ratio) < 0)


@pytest.mark.parametrize("ice", [GaussianRandomFieldIce(0.0), ExponentialNoiseIce(0.0, 3.0)])
def test_no_ice_is_nothing(ice):
    config = ImageConfig((4, 5), 1.0)
    square = jax.jit(jax.value_and_grad(lambda ice: jnp.sum(ice.sample(config, key=jax.random.key(0)) ** 2)))
    value, gradient = square(ice)
    assert value == 0
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize(
    "make",
    [
        lambda: ExponentialNoiseIce(-1.0, 3.0),
        lambda: ExponentialNoiseIce(1.0, 0.0),
        lambda: EmpiricalIce(jnp.zeros(2), jnp.zeros(3)),
        lambda: EmpiricalIce(jnp.arange(2.0), jnp.array([1.0, -1.0])),
        lambda: GaussianRandomFieldIce(-1.0),
        lambda: GaussianRandomFieldIce(1.0, density_g_cm3=np.nan),
        lambda: GaussianRandomFieldIce(1.0, dose_per_a2=-1.0),
    ],
)
def test_nonsense_is_refused(make):
    with pytest.raises(InputError):
        make()
