"""Gaussians spread into a volume, against exact sums."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import Sampling, frequencies, irfftn
from vitreous.kernels import Backend, gaussian_half_width, spread_gaussians_3d, sum_gaussians_3d

X64 = jax.config.jax_enable_x64
VOXEL = 1.5
RNG = np.random.default_rng(0)
POSITIONS = 4 * RNG.normal(size=(20, 3))
AMPLITUDES = RNG.normal(size=(20, 3))
VARIANCES = RNG.uniform(0.1, 3, size=(20, 3))
ATOMS = tuple(jnp.asarray(x, float) for x in (POSITIONS, AMPLITUDES, VARIANCES))
# Few shapes: each is compiled.
EVEN, MIXED = {"shape": (12, 12, 12), "voxel_size": VOXEL}, {"shape": (13, 12, 15), "voxel_size": VOXEL}
samplings = pytest.mark.parametrize("sampling", Sampling)


def relative(ours, expected):
    return float(np.linalg.norm(np.ravel(ours - expected)) / np.linalg.norm(np.ravel(expected)))


def test_the_oracle_is_the_direct_fourier_sum():
    shape = (5, 7, 9)
    k = np.asarray(frequencies(shape, VOXEL), float)
    envelope = np.exp(-2 * np.pi**2 * VARIANCES[:, None, None, None] * np.sum(k**2, -1)[..., None])
    waves = np.exp(-2j * np.pi * np.einsum("zyxd,nd->nzyx", k, POSITIONS))
    expected = np.einsum("ng,nzyxg,nzyx->zyx", AMPLITUDES, envelope, waves) / VOXEL**3
    ours = sum_gaussians_3d(*ATOMS, shape=shape, voxel_size=VOXEL)
    # Rounding, of phases too in float32.
    assert relative(ours, expected) < (1e-13 if X64 else 1e-5)


@pytest.mark.parametrize("options", [EVEN, pytest.param(MIXED, marks=pytest.mark.full)], ids=["even", "mixed"])
@samplings
def test_spreading_is_the_exact_sum(options, sampling):
    options = options | {"sampling": sampling}
    ours, exact = spread_gaussians_3d(*ATOMS, **options), sum_gaussians_3d(*ATOMS, **options)
    # The default accuracy of 1e-5 is that of each window's edge; measured 9e-7 and 1e-7 (3e-7 in float32).
    assert relative(ours, exact) < 3e-6


@samplings
def test_a_few_wide_gaussians_among_many(sampling):
    """Their windows are worked through in several blocks of the width of the others."""
    rng = np.random.default_rng(1)
    variances = np.full((2000, 1), 0.5)
    variances[7] = 30.0
    many = tuple(jnp.asarray(x, float) for x in (4 * rng.normal(size=(2000, 3)), rng.normal(size=(2000, 1)), variances))
    options = EVEN | {"sampling": sampling, "backend": Backend.JAX}
    # As above, of amplitudes that cancel.
    assert relative(spread_gaussians_3d(*many, **options), sum_gaussians_3d(*many, **EVEN, sampling=sampling)) < 1e-5


def test_accuracy_is_kept():
    # What is asked for; float32 rounding is 4e-7.
    assert relative(spread_gaussians_3d(*ATOMS, accuracy=1e-8, **EVEN), sum_gaussians_3d(*ATOMS, **EVEN)) < (
        1e-8 if X64 else 2e-6
    )


@samplings
def test_float32_in_float32_out(sampling):
    options = EVEN | {"sampling": sampling}
    single = spread_gaussians_3d(*(x.astype(jnp.float32) for x in ATOMS), **options)
    assert single.dtype in (jnp.float32, jnp.complex64)
    # 1e-4 is what is asked for; rounding gives 4e-7, and the window 9e-7.
    assert relative(single, sum_gaussians_3d(*ATOMS, **options)) < 3e-6


def test_windows_wider_than_the_box_wrap_more_than_once():
    wide = (ATOMS[0], ATOMS[1], ATOMS[2] + 20)
    options = {"shape": (6, 5, 4), "voxel_size": VOXEL}
    # The default accuracy, beside amplitudes that cancel to a tenth.
    assert relative(spread_gaussians_3d(*wide, **options), sum_gaussians_3d(*wide, **options)) < 1e-5


def test_a_given_width_serves_traced_variances():
    width = gaussian_half_width(VARIANCES, voxel_size=VOXEL)
    spread = jax.jit(lambda *atoms: spread_gaussians_3d(*atoms, half_width=width, **EVEN))
    # As without.
    assert relative(spread(*ATOMS), sum_gaussians_3d(*ATOMS, **EVEN)) < 3e-6


def test_traced_variances_without_a_width_say_what_to_pass():
    with pytest.raises(InputError, match=r"half_width=half_width"):
        jax.jit(lambda *atoms: spread_gaussians_3d(*atoms, shape=(8, 8, 8), voxel_size=VOXEL))(*ATOMS)


def test_a_width_that_cuts_is_refused():
    with pytest.raises(InputError, match="half_width=2 would cut the widest Gaussian short; it needs"):
        spread_gaussians_3d(*ATOMS, shape=(8, 8, 8), voxel_size=VOXEL, half_width=2)


def test_options_out_of_range_are_refused():
    with pytest.raises(InputError, match="no voxels"):
        spread_gaussians_3d(*ATOMS, shape=(8, 0, 8), voxel_size=VOXEL)
    with pytest.raises(InputError, match=r"accuracy=0\.0"):
        spread_gaussians_3d(*ATOMS, shape=(8, 8, 8), voxel_size=VOXEL, accuracy=0.0)


@samplings
def test_no_gaussians_give_an_empty_volume(sampling):
    nothing = (jnp.zeros((0, 3)), jnp.zeros((0, 2)), jnp.zeros((0, 2)))
    assert not spread_gaussians_3d(*nothing, shape=(4, 5, 6), voxel_size=VOXEL, sampling=sampling).any()


def test_outside_the_box_band_limited_wraps_and_average_loses():
    one, inside, box = jnp.ones((1, 1)), jnp.asarray([[2.0, 3.0, -1.0]]), 12 * VOXEL

    def average(position):
        return spread_gaussians_3d(position, one, one, sampling=Sampling.AVERAGE, **EVEN)

    # Three boxes away: rounding of the position only.
    ours = spread_gaussians_3d(inside + 3 * box, one, one, **EVEN)
    assert relative(ours, spread_gaussians_3d(inside, one, one, **EVEN)) < (1e-12 if X64 else 1e-5)
    assert not average(inside + 3 * box).any()
    # Half of a Gaussian centred on the box's first face is in it; the windows leave out 1e-6.
    on_the_face = average(jnp.asarray([[-6.5 * VOXEL, 0, 0]]))
    assert float(on_the_face.sum()) * VOXEL**3 == pytest.approx(0.5, abs=1e-5)


@samplings
def test_positions_that_are_no_numbers_show(sampling):
    atoms = (ATOMS[0].at[3, 1].set(jnp.nan), *ATOMS[1:])
    assert jnp.isnan(spread_gaussians_3d(*atoms, sampling=sampling, **EVEN)).any()


def test_the_spectrum_is_that_of_a_real_volume():
    spectrum = spread_gaussians_3d(*ATOMS, **EVEN)
    again = np.fft.rfftn(np.fft.ifftshift(np.asarray(irfftn(spectrum, (12, 12, 12)), float)))
    # Rounding of a transform there and back.
    assert relative(spectrum, again) < (1e-13 if X64 else 1e-5)


def test_memory_of_the_gradient_does_not_hold_every_batch():
    def memory(n):
        def loss(positions, amplitudes, variances):
            volume = spread_gaussians_3d(positions, amplitudes, variances, half_width=5, batch_size=16, **EVEN)
            return jnp.sum(jnp.abs(volume) ** 2)

        sizes = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in ((n, 3), (n, 5), (n, 5))]
        analysis = jax.jit(jax.grad(loss, argnums=(0, 1, 2))).lower(*sizes).compile().memory_analysis()
        return analysis.temp_size_in_bytes, analysis.argument_size_in_bytes

    (small, small_atoms), (large, large_atoms) = memory(160), memory(3200)
    # A grid for each batch would add 190 grids; the windows of all atoms 11³ numbers each. Atoms may be copied a few
    # times (padded, split into batches, their derivatives, their windows' corners).
    assert large - small < 5 * (large_atoms - small_atoms)
