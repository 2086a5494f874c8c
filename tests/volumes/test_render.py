import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import Sampling
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(0)
VOLUME = GaussianMixtureVolume(3 * RNG.normal(size=(10, 3)), RNG.normal(size=(10, 2)), RNG.uniform(1, 2, (10, 2)))
SHAPE = (10, 11, 12)
ROUNDING = 1e-13 if X64 else 1e-5
samplings = pytest.mark.parametrize("sampling", Sampling)


def close(ours, expected, rtol=ROUNDING):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


@samplings
def test_spectra_are_those_of_the_voxels(sampling):
    render = GaussianMixtureRenderFn(SHAPE, 1.5, sampling=sampling)
    voxels = render(VOLUME)
    assert voxels.shape == SHAPE
    full = np.fft.fftn(np.fft.ifftshift(np.asarray(voxels)))
    close(render(VOLUME, outputs_real_space=False), full[..., :7])
    close(render(VOLUME, outputs_real_space=False, outputs_rfft=False), full)
    centred = render(VOLUME, outputs_real_space=False, outputs_rfft=False, fftshifted=True)
    close(centred, np.fft.fftshift(full))
    half_centred = render(VOLUME, outputs_real_space=False, fftshifted=True)
    close(half_centred, np.fft.fftshift(full[..., :7], axes=(0, 1)))


def test_odd_last_axes_have_full_spectra_too():
    render = GaussianMixtureRenderFn((11, 10, 9), 1.5)
    full = np.fft.fftn(np.fft.ifftshift(np.asarray(render(VOLUME))))
    close(render(VOLUME, outputs_real_space=False, outputs_rfft=False), full)


def test_traced_volumes_need_a_width():
    with pytest.raises(InputError, match="half_width"):
        jax.jit(GaussianMixtureRenderFn(SHAPE, 1.5))(VOLUME)
    wide = GaussianMixtureRenderFn(SHAPE, 1.5, half_width=6)
    # A wider window leaves out less than 1e-5.
    close(jax.jit(wide)(VOLUME), GaussianMixtureRenderFn(SHAPE, 1.5)(VOLUME), rtol=2e-5)


def test_positions_may_be_traced_without_a_width():
    render = GaussianMixtureRenderFn(SHAPE, 1.5)

    @jax.jit
    def at(positions):
        return render(GaussianMixtureVolume(positions, VOLUME.amplitudes, VOLUME.variances))

    close(at(VOLUME.positions), render(VOLUME))


def test_the_renderer_is_a_pytree_whose_voxel_size_may_be_traced():
    @jax.jit
    def total(voxel_size):
        return GaussianMixtureRenderFn(SHAPE, voxel_size, half_width=6)(VOLUME).sum() * voxel_size**3

    # What the windows leave out.
    assert float(total(jnp.asarray(1.5))) == pytest.approx(float(VOLUME.amplitudes.sum()), rel=1e-4)


def test_a_voxel_size_that_is_known_under_jit():
    size = jnp.asarray(1.5)
    jax.eval_shape(lambda volume: GaussianMixtureRenderFn(SHAPE, size, half_width=6)(volume), VOLUME)


@pytest.mark.parametrize("options", [{"batch_size": 3}, {"n_batches": 4}])
def test_batches_do_not_change_the_voxels(options):
    close(
        GaussianMixtureRenderFn(SHAPE, 1.5, batch_options=options)(VOLUME), GaussianMixtureRenderFn(SHAPE, 1.5)(VOLUME)
    )


@pytest.mark.parametrize("options", [{"n_batches": 0}, {"planes": 3}, {"n_batches": 2, "batch_size": 2}])
def test_batch_options_that_say_nothing_are_refused(options):
    with pytest.raises(InputError, match="do not say how to batch"):
        GaussianMixtureRenderFn(SHAPE, 1.5, batch_options=options)


def test_shapes_without_voxels_are_refused():
    with pytest.raises(InputError, match="no shape of a volume"):
        GaussianMixtureRenderFn((8, 8, 0), 1.5)


@pytest.mark.parametrize("wrong", [0.0, -1.5, np.nan, np.inf])
def test_a_voxel_size_that_is_not_positive_is_refused(wrong):
    for size in (wrong, jnp.asarray(wrong)):
        with pytest.raises(InputError, match=f"voxel_size={wrong:g} Å must be positive"):
            GaussianMixtureRenderFn(SHAPE, size)
