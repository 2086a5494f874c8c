"""The rungs of the ladder: the phase alone, filtered and masked images, and likelihoods of any of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.constants import interaction_constant
from vitreous.detector import PoissonDetector
from vitreous.filters import CircularMask, LowPassFilter, filter_image
from vitreous.grids import ImageConfig, irfftn, rfftn
from vitreous.ice import EmpiricalIce
from vitreous.imaging import (
    CountingLikelihood,
    GaussianLikelihood,
    ProjectionModel,
    WhiteNoise,
    make_image_model,
    with_parameters,
)
from vitreous.imaging._base import key_for
from vitreous.optics import CTF, Contrast
from vitreous.poses import EulerAnglePose
from vitreous.projection import GaussianMixtureProjection
from vitreous.volumes import GaussianMixtureVolume

ATOMS = GaussianMixtureVolume(np.random.default_rng(0).uniform(-8, 8, (6, 3)), 300.0, 9.0)
CONFIG = ImageConfig((16, 15), 2.0)
POSE = EulerAnglePose(10.0, 50.0, -20.0, offset_x=4.0, offset_y=-2.0)
FILTER, MASK = LowPassFilter(12.0, 0.02), CircularMask(6.0, 2.0)


def test_the_first_rung_is_the_phase_of_the_projection_moved_by_the_offset():
    image = ProjectionModel(ATOMS, CONFIG, pose=POSE, voltage_kv=200.0).simulate()
    moved = ATOMS.rotate_to_pose(POSE).translate_to_pose(POSE)
    projection = GaussianMixtureProjection().integrate(moved, CONFIG, outputs_real_space=True)
    np.testing.assert_allclose(image, interaction_constant(200.0) * projection, atol=1e-12)  # rounding
    dark = ProjectionModel(ATOMS, CONFIG, pose=POSE, voltage_kv=200.0, contrast=Contrast.DARK).simulate()
    np.testing.assert_array_equal(dark, -image)


@pytest.mark.parametrize("build", [make_image_model, ProjectionModel])
def test_the_filter_acts_on_the_spectrum_and_the_mask_on_the_image(build):
    plain, both = build(ATOMS, CONFIG), build(ATOMS, CONFIG, filter=FILTER, mask=MASK)
    expected = MASK(filter_image(plain.simulate(), FILTER, pixel_size=2.0))
    np.testing.assert_allclose(both.simulate(), expected, atol=1e-13)  # rounding of one more transform
    np.testing.assert_allclose(irfftn(both.spectrum(), (16, 15)) * MASK.values((16, 15)), expected, atol=1e-13)


def test_parameters_of_filters_have_names_and_gradients():
    model = make_image_model(ATOMS, CONFIG, filter=FILTER)

    def power(cutoff):
        return (with_parameters(model, {"filter.cutoff_a": cutoff}).simulate() ** 2).sum()

    step = 1e-4
    numeric = (power(12.0 + step) - power(12.0 - step)) / (2 * step)
    np.testing.assert_allclose(jax.grad(power)(12.0), numeric, rtol=1e-5)  # central difference


@pytest.mark.parametrize("model", [ProjectionModel(ATOMS, CONFIG), make_image_model(ATOMS, CONFIG, mask=MASK)])
def test_every_rung_is_scored(model):
    likelihood = GaussianLikelihood(model, WhiteNoise(1e-4))
    image = likelihood(key=jax.random.key(0))
    assert float(likelihood(image)) > float(likelihood(image + 0.1))


def test_counts_stand_on_any_dark_model():
    likelihood = CountingLikelihood(
        make_image_model(ATOMS, CONFIG, filter=FILTER), PoissonDetector(jnp.float32(30.0), jnp.float32(2.0))
    )
    assert float(likelihood(key=jax.random.key(1)).mean()) == pytest.approx(120, rel=0.02)  # 240 pixels: 0.6 %


class TestIce:
    ICE = EmpiricalIce(jnp.array([0.0, 0.1]), jnp.array([4.0, 1.0]))
    MODEL = make_image_model(ATOMS, CONFIG, pose=POSE, optics=CTF(8000.0), ice=ICE, contrast=Contrast.BRIGHT)

    def test_it_is_added_to_the_contrast_through_the_optics(self):
        key = jax.random.key(3)
        plain = make_image_model(ATOMS, CONFIG, pose=POSE, optics=CTF(8000.0), contrast=Contrast.BRIGHT)
        added = rfftn(self.MODEL.simulate(rng_key=key) - plain.simulate())
        layer = self.ICE.sample_spectrum(CONFIG, key=key_for("ice", key))
        expected = -CTF(8000.0)(CONFIG.frequencies) * interaction_constant(300.0) * layer
        np.testing.assert_allclose(added, expected, atol=1e-12)  # rounding

    def test_its_key_is_nobody_elses(self):
        # A mixture of volumes splits the key that it is given; the ice must not follow its choice.
        key = jax.random.key(3)
        others = jax.random.key_data(jax.random.split(key, 64))
        for purpose in ("ice", "image"):
            assert not np.any(np.all(jax.random.key_data(key_for(purpose, key)) == others, axis=-1))

    def test_it_is_drawn_anew_and_never_forgotten(self):
        one, other = (self.MODEL.simulate(rng_key=jax.random.key(i)) for i in (0, 1))
        assert not np.allclose(one, other)
        with pytest.raises(InputError, match="no key"):
            self.MODEL.simulate()

    def test_likelihoods_draw_it_but_do_not_guess_it(self):
        likelihood = GaussianLikelihood(self.MODEL, WhiteNoise(1e-8))
        a, b = (likelihood(key=jax.random.key(i)) for i in (0, 1))
        assert np.abs(a - b).max() > 100 * 1e-4
        with pytest.raises(InputError, match="no key"):
            likelihood(a)
