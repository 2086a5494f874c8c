import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from tests.grids.precision import EPS, FFT
from vitreous._core import InputError
from vitreous.grids import (
    FourierCorrelation,
    coordinates,
    fourier_pad,
    fourier_ring_correlation,
    fourier_shell_correlation,
    irfftn,
    radius,
    rfftn,
    shell_index,
)


def noise(shape, seed):
    return np.random.default_rng(seed).normal(size=shape)


def full_fsc(a, b):
    """The definition, written with numpy's full transforms and integer shells."""
    fa, fb = np.fft.fftn(a), np.fft.fftn(b)
    axes = np.meshgrid(*[np.fft.fftfreq(n) for n in a.shape], indexing="ij")
    n = min(a.shape)
    index = np.floor(np.sqrt(sum(axis**2 for axis in axes)) * n + 0.5).astype(int)
    curve = []
    for s in range(n // 2 + 1):
        x, y = fa[index == s], fb[index == s]
        curve.append(np.sum(x * y.conj()).real / np.sqrt(np.sum(np.abs(x) ** 2) * np.sum(np.abs(y) ** 2)))
    return np.array(curve)


@pytest.mark.parametrize("shape", [(8, 8, 8), (6, 8, 7)])
def test_shell_correlation_is_its_definition(shape):
    a = noise(shape, 0)
    b = a + noise(shape, 1)
    curve = fourier_shell_correlation(a, b, voxel_size=1.3)
    np.testing.assert_allclose(curve.correlation, full_fsc(a, b), atol=FFT)
    np.testing.assert_array_equal(curve.shell, np.arange(min(shape) // 2 + 1))
    np.testing.assert_allclose(curve.frequency, np.arange(min(shape) // 2 + 1) / (min(shape) * 1.3), rtol=4 * EPS)
    assert not curve.masked


@pytest.mark.parametrize("shape", [(9, 9), (8, 8)])
def test_ring_correlation_is_its_definition(shape):
    a = noise(shape, 0)
    b = a + noise(shape, 1)
    np.testing.assert_allclose(fourier_ring_correlation(a, b, pixel_size=2.0).correlation, full_fsc(a, b), atol=FFT)


def orthogonal_pair(n):
    """White noise x, and other noise of the same power orthogonal to it in every shell."""
    x, y = noise((n, n, n), 2), noise((n, n, n), 3)
    fx, fy = np.fft.fftn(x), np.fft.fftn(y)
    k = np.stack(np.meshgrid(*[np.fft.fftfreq(n, 1 / n)] * 3, indexing="ij"))
    index = np.floor(np.sqrt(np.sum(k**2, 0)) + 0.5).astype(int)
    for s in range(index.max() + 1):
        own = index == s
        power = np.sum(np.abs(fx[own]) ** 2)
        fy[own] -= fx[own] * np.sum(fy[own] * fx[own].conj()).real / power
        left = np.sum(np.abs(fy[own]) ** 2)
        fy[own] *= np.sqrt(power / left) if left > 1e-9 * power else 0
    return x, np.fft.ifftn(fy).real


def test_a_map_with_its_equally_strong_noise_is_one_over_root_two():
    x, n = orthogonal_pair(12)
    curve = np.asarray(fourier_shell_correlation(x, x + n, voxel_size=1.0).correlation)
    # Exact by construction but for the zero shell, which holds one mode.
    np.testing.assert_allclose(curve[1:], 1 / np.sqrt(2), atol=FFT)


def test_the_mean_of_phase_cosines_is_not_it():
    """The known trap: averaging cos(phase difference) over the voxels gives another curve, well away from 1/√2."""
    x, n = orthogonal_pair(12)
    fx, fy = np.asarray(rfftn(x)), np.asarray(rfftn(x + n))
    cosines = (fx * fy.conj()).real / np.abs(fx * fy)
    index = np.asarray(shell_index(x.shape))
    trap = np.array([cosines[index == s].mean() for s in range(7)])
    curve = np.asarray(fourier_shell_correlation(x, x + n, voxel_size=1.0).correlation)
    # For Gaussian modes of coherence 0.71 the mean cosine is 0.60.
    assert trap[4:].mean() < curve[4:].mean() - 0.08


@pytest.mark.parametrize("factor", [1e-30, 1e25])
def test_scale_and_sign(factor):
    a = noise((8, 8, 8), 0).astype(np.float32)
    for sign in (1, -1):
        curve = fourier_shell_correlation(a, a * np.float32(sign * factor), voxel_size=1.0)
        assert curve.correlation.dtype == jnp.float32
        # float32 rounding of sums over the shells, whose squares would leave float32's range unscaled.
        np.testing.assert_allclose(curve.correlation, sign, atol=1e-5)


def test_no_power_is_no_correlation():
    a = noise((8, 8, 8), 0)
    curve = fourier_shell_correlation(a, np.zeros((8, 8, 8)), voxel_size=1.0)
    assert np.all(curve.correlation == 0)
    blurred = irfftn(jnp.where(shell_index((8, 8, 8)) <= 1, rfftn(a), 0), (8, 8, 8))
    correlation = fourier_shell_correlation(blurred, np.ones((8, 8, 8)), voxel_size=1.0).correlation
    assert np.all(np.isfinite(correlation))


def test_the_mask_multiplies_both_and_is_recorded():
    a, b = noise((8, 8, 8), 0), noise((8, 8, 8), 1)
    mask = np.asarray(radius(coordinates((8, 8, 8))) < 3)
    curve = fourier_shell_correlation(a, b, voxel_size=1.0, mask=mask)
    assert curve.masked
    np.testing.assert_allclose(curve.correlation, full_fsc(a * mask, b * mask), atol=FFT)


def curve_of(values):
    n = len(values)
    return FourierCorrelation(jnp.arange(n), jnp.arange(n) / 100.0, jnp.asarray(values), masked=False)


@pytest.mark.parametrize(
    ("values", "threshold", "frequency"),
    [
        ([1.0, 1.0, 0.8, 0.4, 0.9, 0.1], 0.5, 0.0275),  # the first crossing, not the last; interpolated
        ([0.0, 1.0, 0.6, 0.4], 0.5, 0.025),  # the zero shell is left out
        ([1.0, 1.0, 0.5, 0.3], 0.5, 0.02),  # exactly on the threshold
        ([1.0, 1.0, 0.5, 0.8, 0.2], 0.5, 0.035),  # touching it is not crossing it
        ([1.0, 0.1, 0.9, 0.9], 0.5, 0.01),  # below from the first shell on: the whole box
    ],
)
def test_first_crossing(values, threshold, frequency):
    # float32 rounding in the single-precision leg.
    np.testing.assert_allclose(curve_of(values).resolution(threshold), 1 / frequency, rtol=1e-6)


def test_a_curve_that_never_crosses_says_so():
    assert curve_of([1.0, 0.9, 0.8, 0.6]).resolution(0.5) is None


def test_resolutions_of_the_shells():
    curve = curve_of([1.0, 0.9, 0.8])
    assert np.isinf(curve.resolution_a[0])
    np.testing.assert_allclose(curve.resolution_a[1:], [100, 50], rtol=4 * EPS)


def test_differing_shapes_and_nan_are_refused():
    a = noise((8, 8, 8), 0)
    with pytest.raises(InputError, match=r"\(8, 8, 8\).*\(7, 7, 7\)"):
        fourier_shell_correlation(a, noise((7, 7, 7), 0), voxel_size=1.0)
    with pytest.raises(InputError, match="mask"):
        fourier_shell_correlation(a, a, voxel_size=1.0, mask=np.ones((5, 5, 5)))
    with pytest.raises(InputError, match="1 values are NaN"):
        fourier_shell_correlation(a, np.where(a == a.max(), np.nan, a), voxel_size=1.0)
    with pytest.raises(InputError, match="voxel_size"):
        fourier_shell_correlation(a, a, voxel_size=0.0)


def test_gradients_are_finite_where_there_is_no_power():
    def loss(a):
        return jnp.sum(fourier_shell_correlation(a, jnp.zeros((8, 8, 8)), voxel_size=1.0).correlation)

    for a in (jnp.zeros((8, 8, 8)), jnp.asarray(noise((8, 8, 8), 0))):
        assert np.all(np.isfinite(jax.grad(loss)(a)))


def test_a_real_map_with_its_noisy_copy():
    """White noise of known strength: FSC = √(P / (P + N)) shell by shell."""
    import mrcfile

    with mrcfile.open(shared_data("maps/emd_1832.map"), permissive=True) as file:
        volume = np.array(file.data, dtype=float)
        voxel_size = float(file.voxel_size.x)
    volume = volume[tuple(slice(n // 2 - 24, n // 2 + 24) for n in volume.shape)]
    sigma = volume.std()
    noisy = volume + sigma * noise(volume.shape, 7)
    curve = fourier_shell_correlation(volume, noisy, voxel_size=voxel_size)
    power = full_power(volume)
    expected = np.sqrt(power / (power + sigma**2 * volume.size))
    # 4 standard deviations of a correlation over the shell's modes: (1 - c²) / √(modes / 2).
    modes = np.maximum(4 * np.pi * np.arange(25) ** 2, 1)
    deviation = np.abs(np.asarray(curve.correlation) - expected)[1:]
    assert np.all(deviation < 4 * ((1 - expected**2) / np.sqrt(modes / 2))[1:] + 0.01)
    np.testing.assert_allclose(curve.resolution_a[-1], 2 * voxel_size, rtol=1e-6)


def full_power(volume):
    k = np.stack(np.meshgrid(*[np.fft.fftfreq(n, 1 / n) for n in volume.shape], indexing="ij"))
    index = np.floor(np.sqrt(np.sum(k**2, 0)) + 0.5).astype(int).ravel()
    power = np.abs(np.fft.fftn(volume)).ravel() ** 2
    return (np.bincount(index, power) / np.bincount(index))[: volume.shape[0] // 2 + 1]


def test_correlation_does_not_see_finer_sampling():
    """The same fields on a finer grid have the same curve, up to the old Nyquist."""
    a = noise((8, 8), 0)
    b = a + noise((8, 8), 1)
    coarse = fourier_ring_correlation(a, b, pixel_size=2.0)
    fine = fourier_ring_correlation(fourier_pad(a, (16, 16)), fourier_pad(b, (16, 16)), pixel_size=1.0)
    # Below Nyquist, where both hold the same modes.
    np.testing.assert_allclose(fine.correlation[:4], coarse.correlation[:4], atol=FFT)
    np.testing.assert_allclose(fine.frequency[:5], coarse.frequency, rtol=4 * EPS)
