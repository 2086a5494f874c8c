"""Noise whose law depends on the group of the image."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import ImageConfig, mode_multiplicity
from vitreous.imaging import (
    ColouredNoise,
    GaussianLikelihood,
    GroupedNoise,
    WhiteNoise,
    load_model,
    make_image_model,
    noise_of_groups,
    save_model,
)
from vitreous.volumes import GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
ROUNDING = 1e-12 if X64 else 2e-5  # of sums of some hundred terms
SHAPE, PIXEL_SIZE = (12, 15), 2.0
RNG = np.random.default_rng(0)
RADII = jnp.array([0.0, 0.1, 0.25])
SHELLS = jnp.array([[4.0, 2.0, 1.0], [0.5, 0.7, 0.9], [9.0, 3.0, 0.1]])
LAWS = [ColouredNoise.from_shells(power, RADII, shape=SHAPE, pixel_size=PIXEL_SIZE) for power in SHELLS]
STACKED = GroupedNoise.from_laws(LAWS, group=0).laws
TRUE_POWER = np.stack([law.power for law in LAWS])
RESIDUALS = jnp.asarray(RNG.normal(size=(5, *SHAPE)), float)
GROUPS = jnp.array([2, 0, 1, 1, 2])


def test_each_image_is_scored_by_the_law_of_its_group():
    model = make_image_model(GaussianMixtureVolume(jnp.zeros((1, 3)), 100.0, 9.0), ImageConfig(SHAPE, PIXEL_SIZE))

    @jax.jit
    @jax.vmap
    def score(group, observed):
        return GaussianLikelihood(model, GroupedNoise(STACKED, group)).log_likelihood(observed)

    score_alone = jax.jit(lambda law, observed: GaussianLikelihood(model, law).log_likelihood(observed))
    alone = [score_alone(LAWS[int(group)], image) for group, image in zip(GROUPS, RESIDUALS, strict=True)]
    np.testing.assert_allclose(score(GROUPS, RESIDUALS), alone, rtol=10 * ROUNDING)


def test_inner_products_and_draws_are_those_of_the_law():
    a, b, key = RESIDUALS[0], RESIDUALS[1], jax.random.key(3)
    for group, law in enumerate(LAWS):
        noise = GroupedNoise(STACKED, group)
        np.testing.assert_allclose(noise.inner(a, b), law.inner(a, b), rtol=10 * ROUNDING)
        np.testing.assert_array_equal(noise.sample(SHAPE, key=key), law.sample(SHAPE, key=key))


def test_spectra_of_groups_can_be_learnt():
    """The score by a group's power: that of its own images, and nothing from others'."""

    @jax.jit
    @jax.grad
    def gradient(power):
        laws = jax.vmap(lambda p: ColouredNoise.from_shells(p, RADII, shape=SHAPE, pixel_size=PIXEL_SIZE))(power)
        return jax.vmap(lambda g, r: GroupedNoise(laws, g).log_likelihood(r))(jnp.array([2, 0, 2]), RESIDUALS[:3]).sum()

    slopes = gradient(SHELLS)
    assert np.all(slopes[1] == 0) and np.all(slopes[0] != 0) and np.all(slopes[2] != 0)


def test_groups_of_white_noise():
    noise = GroupedNoise.from_laws([WhiteNoise(1.0), WhiteNoise(4.0)], group=jnp.asarray(1))
    assert float(noise.log_likelihood(RESIDUALS[0])) == float(WhiteNoise(4.0).log_likelihood(RESIDUALS[0]))


def test_a_traced_group_that_is_none_is_never_another():
    """Indexing would clamp it to the last group, or count it from the end."""
    score = jax.jit(lambda group: GroupedNoise(STACKED, group).log_likelihood(RESIDUALS[0]))
    assert np.isnan(score(3)) and np.isnan(score(-1)) and np.isfinite(score(2))


@pytest.mark.parametrize("group", [3, -1])
def test_a_known_group_that_is_none_is_refused(group):
    with pytest.raises(InputError, match=f"group {group} is none of the 3"):
        GroupedNoise(STACKED, group)


def test_laws_need_an_axis_of_groups():
    with pytest.raises(InputError, match="no common leading axis"):
        GroupedNoise(WhiteNoise(1.0), 0)
    with pytest.raises(InputError, match="do not stack"):
        GroupedNoise.from_laws([WhiteNoise(1.0), LAWS[0]], group=0)


def test_it_can_be_saved(tmp_path):
    save_model(tmp_path / "noise.json", GroupedNoise(STACKED, 2))
    loaded = load_model(tmp_path / "noise.json")
    np.testing.assert_array_equal(loaded.law.power, TRUE_POWER[2])


@pytest.fixture(scope="module")
def measured():
    """Spectra measured on 900 draws of the three laws, a third each, in random order."""
    groups = RNG.permutation(np.repeat([0, 1, 2], 300))
    keys = jax.random.split(jax.random.key(1), len(groups))
    draw = jax.jit(jax.vmap(lambda g, key: GroupedNoise(STACKED, g).sample(SHAPE, key=key)))
    return noise_of_groups(draw(jnp.asarray(groups), keys), groups, pixel_size=PIXEL_SIZE)


def test_measured_spectra_are_those_of_the_groups(measured):
    # Shells of a 12-pixel box are coarse, and interpolation between them smooths a straight spectrum by little: compare
    # where the truth is straight. The innermost shell has 4 real numbers, so 300 images measure it to 4 %: five times.
    radius = np.hypot(*np.moveaxis(np.asarray(ImageConfig(SHAPE, PIXEL_SIZE).frequencies), -1, 0))
    straight = (radius > 0.11) & (radius < 0.2)
    ratio = np.asarray(measured.power) / TRUE_POWER
    assert np.abs(ratio[:, straight] - 1).max() < 5 * np.sqrt(2 / (300 * 4))
    # The variance per pixel is the mean of the power. Five standard errors: 300 · 180 numbers of unequal weight.
    counts = np.asarray(mode_multiplicity(SHAPE))
    found, true = ((power * counts).sum((1, 2)) / counts.sum() for power in (np.asarray(measured.power), TRUE_POWER))
    assert np.abs(found / true - 1).max() < 0.06


def test_the_measured_law_serves_as_the_noise(measured):
    noise = GroupedNoise(measured, 1)
    assert measured.power.shape == (3, 12, 8) and bool(jnp.isfinite(noise.log_likelihood(RESIDUALS[0])))


@pytest.mark.parametrize(
    ("groups", "message"),
    [([0, 0, 2, 2], "group 1 has no image"), ([0, 1], "do not number 4 images"), ([0, 0, -1, 1], "do not number 4")],
)
def test_groups_must_be_numbered_without_gaps(groups, message):
    with pytest.raises(InputError, match=message) as error:
        noise_of_groups(RESIDUALS[:4], groups, pixel_size=PIXEL_SIZE)
    assert "return_inverse" in (error.value.hint or "")


def test_empty_images_have_no_noise():
    images = RESIDUALS[:2].at[1].set(3.0)
    with pytest.raises(InputError, match="images of group 1 have no power"):
        noise_of_groups(images, [0, 1], pixel_size=PIXEL_SIZE)
