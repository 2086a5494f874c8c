"""The map is the minimiser it claims to be, and gives back what was imaged."""

from functools import lru_cache

import jax.numpy as jnp
import numpy as np
import pytest

from tests.reconstruct.exact import (
    PIXEL_SIZE,
    blobs,
    centred_index,
    correlation,
    disc,
    images_of,
    in_ball,
    modes_of,
    moved,
    plane,
    random_ctf,
    random_poses,
    relative_error,
    relion_ctf,
    rotations_of,
    slices,
)
from tests.reconstruct.test_accumulator import inserted, total
from vitreous.grids import fourier_shell_correlation
from vitreous.reconstruct import half_maps, shell_weight, wiener_map

# Few images against a weak prior: noise-free data decide every mode that they cover.
WEAK = 1e-4


class Data:
    """Noise-free particles of blobs, what was accumulated of them, and the mean weight of each shell."""

    def __init__(self, box, n, *, seed=0, at_a_time=None):
        self.box, self.volume = box, blobs(box, seed=seed, sigma=0.8)
        self.rotations = rotations_of(random_poses(n, seed=seed))
        self.offsets = np.random.default_rng(seed).uniform(-2.5, 2.5, (n, 2))
        self.transfer = relion_ctf(random_ctf(n, seed=seed), box=box, pixel_size=PIXEL_SIZE)
        self.images = images_of(moved(slices(self.volume, self.rotations) * self.transfer, self.offsets))
        self.spectra, self.weight, self.window = self.accumulated(self.images, at_a_time=at_a_time)

    def accumulated(self, images, share=1.0, *, at_a_time=None):
        transfer, step = self.transfer * share, at_a_time or len(images)
        parts = (slice(start, start + step) for start in range(0, len(images), step))
        accumulator = total(
            [inserted(images[i], transfer[i], self.rotations[i], offsets=self.offsets[i]) for i in parts]
        )
        spectra = accumulator.spectra()
        return spectra, shell_weight(spectra[1], box=self.box), accumulator.interpolant

    def map(self, prior, **options):
        options = {"box": self.box, "interpolant": self.window} | options
        return np.asarray(wiener_map(*self.spectra, np.asarray(prior), **options), np.float64)


@lru_cache
def densely_viewed(box):
    """Enough views to fill every shell several times over."""
    return Data(box, 150)


@pytest.fixture(params=[16, 17], ids=["even", "odd"])
def dense(request):
    return densely_viewed(request.param)


def test_noise_free_particles_give_back_their_volume(dense):
    box, found = dense.box, dense.map(WEAK * dense.weight)
    truth = in_ball(dense.volume)
    # Modes near Nyquist are only partly measured; below, what the finite iterations and the window leave.
    assert relative_error(in_ball(found, 0.8), in_ball(truth, 0.8)) < 0.015
    curve = fourier_shell_correlation(found, truth, voxel_size=PIXEL_SIZE)
    inside = slice(0, box // 2)  # all shells but the last
    assert np.min(curve.correlation[inside]) > 0.999
    ours, radius = modes_of(found)
    theirs, _ = modes_of(truth)
    for shell in range(inside.stop):
        here = np.abs(radius - shell) < 0.5
        gain = np.vdot(theirs[here], ours[here]).real / np.vdot(theirs[here], theirs[here]).real
        assert abs(gain - 1) < 0.02, shell


def test_the_hand_and_the_frame_are_kept(dense):
    found = dense.map(WEAK * dense.weight)
    assert correlation(found, dense.volume) > 0.99
    mirrored = dense.volume[::-1] if dense.box % 2 else np.roll(dense.volume[::-1], 1, axis=0)
    inverted = np.flip(dense.volume) if dense.box % 2 else np.roll(np.flip(dense.volume), 1, axis=(0, 1, 2))
    for other in (mirrored, inverted, dense.volume.transpose(2, 1, 0), np.roll(dense.volume, 1, axis=2)):
        # Blobs of σ 0.8 voxels that are one voxel off still overlap by exp(-1/4σ²) = 0.68.
        assert correlation(found, other) < 0.8


def test_offsets_are_undone_and_not_doubled(dense):
    wrong = inserted(dense.images, dense.transfer, dense.rotations, offsets=-dense.offsets).spectra()
    found = wiener_map(*wrong, WEAK * dense.weight, box=dense.box, interpolant=dense.window)
    assert correlation(found, dense.volume) < 0.8  # so the sign is what the test above saw


def test_the_direct_quotient_is_close_and_iterations_better():
    dense = densely_viewed(16)
    quotient, two, six, solution = (in_ball(dense.map(WEAK * dense.weight, iterations=i), 0.8) for i in (0, 2, 6, 20))
    errors = [relative_error(found, solution) for found in (quotient, two, six)]
    # With W + π alone for a preconditioner they stay at 0.12.
    assert errors[0] < 0.2
    assert errors[1] < 0.03
    assert errors[2] < 0.006


def test_a_strong_prior_leaves_nothing(dense):
    weak, strong, all_prior = (np.linalg.norm(dense.map(factor * dense.weight)) for factor in (WEAK, 1.0, 1e6))
    assert strong < weak
    assert all_prior < 1e-5 * weak  # the direct quotient says W/π = 1e-6


def test_the_map_is_linear_in_the_images(dense):
    prior = 0.1 * dense.weight
    double = dense.map(prior, box=dense.box)
    numerator, weight = dense.spectra
    scaled = wiener_map(-3 * numerator, weight, prior, box=dense.box, interpolant=dense.window)
    # Conjugate gradients are linear in the right-hand side for a fixed number of steps; float32 rounding.
    assert relative_error(scaled, -3 * double) < 1e-3


def test_the_map_minimises_its_objective():
    """Against a dense solution of Σ|y - cV|² + Σ π|V|² over every mode, in a box of 8."""
    box = 8
    data = Data(box, 40, seed=4, at_a_time=2)  # the shapes of other tests, so that one compilation serves them
    noisy = data.images + np.random.default_rng(0).normal(size=data.images.shape) * data.images.std()
    spectra, weight, _ = data.accumulated(noisy, at_a_time=2)
    prior = weight * np.linspace(0.2, 1.0, box // 2 + 1)
    found = wiener_map(*spectra, prior, box=box, interpolant=data.window, iterations=40)

    c = centred_index(box)
    grid = np.stack(np.meshgrid(c, c, c, indexing="ij")[::-1], axis=-1).reshape(-1, 3)  # (x, y, z) of each voxel
    inside = disc(box)
    counts = (np.where(plane(box)[..., 0] > 0, 2, 1) * inside)[inside]  # multiplicity; Nyquist is outside
    modes = np.einsum("pa,nab->npb", plane(box)[inside], data.rotations).reshape(-1, 3)
    # Each measured mode and its mate are one row with the weight 2.
    rows = np.exp(-2j * np.pi / box * modes @ grid.T) * data.transfer[:, inside].reshape(-1, 1)
    centred = np.fft.rfftn(np.fft.ifftshift(noisy, axes=(1, 2)), axes=(1, 2)) * moved(
        np.ones_like(data.transfer, complex), -data.offsets
    )
    measured = centred[:, inside].reshape(-1)
    share = np.tile(counts, len(noisy))
    padded = spectra[0].shape[0]
    k = np.fft.fftfreq(padded) * padded
    fine = np.stack(np.meshgrid(k, k, k, indexing="ij")[::-1], axis=-1).reshape(-1, 3) / padded
    ridge = np.interp(np.linalg.norm(fine, axis=1) * box, np.arange(len(prior)), prior)
    waves = np.exp(-2j * np.pi * fine @ grid.T)
    normal = (rows.conj().T @ (rows * share[:, None])).real + (waves.conj().T @ (waves * ridge[:, None])).real
    exact = np.linalg.solve(normal, (rows.conj().T @ (measured * share)).real)
    # The library keeps only the ball of measured modes, on the padded grid.
    ball = np.linalg.norm(fine, axis=1) * box < box / 2
    exact = ((waves.conj().T @ (waves * ball[:, None])).real / padded**3 @ exact).reshape((box,) * 3)
    # N and W are good to the window's aliasing, 1e-3 where the window's transform is flat. It falls off towards the
    # edges, and for W, whose box is twice as large, with the distance between two voxels: worst between far corners.
    centre = (np.linalg.norm(grid, axis=1) <= 3).reshape(exact.shape)
    assert relative_error(np.asarray(found)[centre], exact[centre]) < 5e-3
    assert relative_error(found, exact) < 0.03


def test_nothing_lies_beyond_nyquist(dense):
    spectrum, radius = modes_of(dense.map(WEAK * dense.weight))
    beyond = radius > dense.box / 2 + 1
    # The cut is sharp on the padded grid, and cropping the box leaks through it by sinc².
    assert (np.abs(spectrum[beyond]) ** 2).sum() < 1e-4 * (np.abs(spectrum) ** 2).sum()


def test_few_views_give_finite_maps():
    data = densely_viewed(16)
    single, _, _ = data.accumulated(data.images, share=np.eye(150)[0][:, None, None])
    blank = (jnp.zeros_like(single[0]), single[1])
    for first, second in ((single, single), (single, blank), (blank, blank)):
        maps = half_maps(first, second, box=16, voxel_size=PIXEL_SIZE, interpolant=data.window)
        for values in (maps.half1, maps.half2, maps.map, maps.fsc.correlation):
            assert np.isfinite(values).all()
    assert not np.any(maps.map)


def test_half_maps_that_agree_are_hardly_filtered():
    """The prior is W (1 - FSC)/FSC, so equal halves give the map that noise-free data give."""
    data = densely_viewed(16)
    maps = half_maps(data.spectra, data.spectra, box=16, voxel_size=PIXEL_SIZE, interpolant=data.window)
    assert relative_error(in_ball(maps.map, 0.8), in_ball(data.volume, 0.8)) < 0.015
    assert np.array_equal(maps.half1, maps.half2)
    np.testing.assert_allclose(maps.fsc.correlation, 1, atol=1e-6)
    # Both halves together have twice the data of one, and the same prior.
    assert relative_error(maps.half1, maps.map) < 0.01


def test_a_mask_is_applied_to_the_correlation_only():
    data = densely_viewed(16)
    rng = np.random.default_rng(1)
    halves = [data.accumulated(data.images + 0.5 * rng.normal(size=data.images.shape))[0] for _ in range(2)]
    options = {"box": 16, "voxel_size": PIXEL_SIZE, "interpolant": data.window}
    c = centred_index(16)
    mask = (c[:, None, None] ** 2 + c[:, None] ** 2 + c**2 < 7**2).astype(np.float32)
    plain, masked = half_maps(*halves, **options), half_maps(*halves, mask=mask, **options)
    assert masked.fsc.masked and not plain.fsc.masked
    expected = fourier_shell_correlation(masked.half1, masked.half2, voxel_size=PIXEL_SIZE, mask=mask)
    np.testing.assert_array_equal(masked.fsc.correlation, expected.correlation)
    assert np.abs(masked.map[mask == 0]).max() > 0
