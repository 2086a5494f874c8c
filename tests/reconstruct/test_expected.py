"""The correlation that theory expects, against its formula and against reconstructions of noise."""

import numpy as np
import pytest

from tests.reconstruct.exact import (
    PIXEL_SIZE,
    blobs,
    images_of,
    modes_of,
    moved,
    random_ctf,
    random_poses,
    relion_ctf,
    rotations_of,
    slices,
)
from tests.reconstruct.test_accumulator import inserted
from vitreous.grids import shell_average
from vitreous.reconstruct import expected_fsc, half_maps, spectral_snr

BOX, N = 16, 150


def test_the_formula():
    """SSNR = (N g / 2r) ⟨c²⟩ P / σ² and FSC = SSNR/(1 + SSNR), away from Nyquist."""
    shells = 33
    r = np.arange(shells)
    power, ctf_squared = np.exp(-r / 8.0), 0.5 + 0.1 * np.cos(r)
    found = expected_fsc(power, 3.0, ctf_squared, n_images=50, symmetry_order=24)
    ssnr = 50 * 24 / (2 * np.maximum(r, 1)) * ctf_squared * power / 3.0
    # The share of sinc² beyond Nyquist, 1/(2π² d) at a distance of d shells, is under 1 % for d > 6.
    np.testing.assert_allclose(found[1:26], (ssnr / (1 + ssnr))[1:26], atol=0.01)
    assert found[0] == 1


def test_the_last_shells_have_less():
    low, high = (expected_fsc(np.ones(17), 1.0, np.ones(17), n_images=n) for n in (10, 1000))
    assert np.all(high >= low) and np.all(low <= 1) and np.all(low > 0)
    ssnr = 10 / (2 * 16.0)
    assert 0.6 * ssnr < low[16] / (1 - low[16]) < 0.8 * ssnr  # 0.7 of the whole in the last shell
    plain = expected_fsc(np.ones(17), 1.0, np.ones(17), n_images=10, edge_correction=False)
    assert plain[16] == pytest.approx(ssnr / (1 + ssnr), rel=1e-12)


@pytest.mark.parametrize("fsc", [0.001, 0.143, 0.5, 0.9])
def test_snr_of_a_correlation_is_its_inverse(fsc):
    snr = spectral_snr(np.array([fsc]))
    np.testing.assert_allclose(snr / (1 + snr), fsc, rtol=1e-12)


def test_the_snr_of_a_correlation_is_bounded():
    np.testing.assert_allclose(
        spectral_snr(np.array([-1.0, 0.0, 1.0])), [0.001 / 0.999, 0.001 / 0.999, 9999], rtol=1e-9
    )


def test_measured_half_maps_have_it():
    """White noise on exact images, two half-sets; the mean of four draws."""
    # Nearly points: of a spectrum that falls steeply within a shell the Wiener filter favours the inner side.
    volume = blobs(BOX, sigma=0.45)
    ctf = relion_ctf(random_ctf(N, low=4000.0, high=20000.0), box=BOX, pixel_size=PIXEL_SIZE)
    offsets = np.random.default_rng(0).uniform(-2, 2, (N, 2))
    variance, curves = 0.15, []
    for draw in range(4):
        rng, halves = np.random.default_rng(draw), []
        for half in range(2):
            rotations = rotations_of(random_poses(N, seed=10 * draw + half))
            images = images_of(moved(slices(volume, rotations) * ctf, offsets))
            noisy = images + rng.normal(scale=np.sqrt(variance), size=images.shape)
            accumulator = inserted(noisy, ctf, rotations, offsets=offsets)
            halves.append(accumulator.spectra())
        maps = half_maps(*halves, box=BOX, voxel_size=PIXEL_SIZE, interpolant=accumulator.interpolant)
        curves.append(np.asarray(maps.fsc.correlation))
    spectrum, radius = modes_of(volume)
    shells = np.floor(radius + 0.5).astype(int)
    power = np.array([np.mean(np.abs(spectrum[shells == r]) ** 2) for r in range(BOX // 2 + 1)]) / BOX**2
    mean_ctf_squared = np.asarray(shell_average((ctf**2).mean(0), (BOX, BOX)))
    expected = expected_fsc(power, variance, mean_ctf_squared, n_images=N)
    assert expected[4] > 0.7 and expected[8] < 0.4  # neither all signal nor all noise
    # A shell of radius r has 2πr² independent modes, and an FSC of one draw a standard deviation of (1 - FSC²)/√(2πr²):
    # 0.05 at r = 5, half of that for the mean of four.
    deviation = np.mean(curves, axis=0) - expected
    assert np.abs(deviation[2:]).max() < 0.07
    assert np.abs(deviation[2:].mean()) < 0.03
