"""Latent spaces in invariants: closed forms, components, neighbours and paths."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.shape.test_bispectrum import turned
from tests.shape.test_invariants import X64, moments_of_points, random_moments, random_points
from vitreous._core import InputError
from vitreous.shape import (
    LatentSpace,
    invariant_forms,
    invariants,
    latent_components,
    latent_distances,
    latent_invariants,
    latent_neighbours,
    latent_path,
    latent_scores,
    latents_along,
    moments_at,
    normalised_invariants,
)
from vitreous.shape import _latent_components as streaming

EXACT = 1e-11 if X64 else 1e-4  # rounding, of roots of cancelling sums
ORDER = 5


def some_space(particles=40, components=2, *, seed=0, radius=None):
    rng = np.random.default_rng(seed)
    moments = random_moments(ORDER, components + 1) * np.array([1.0] + [0.3] * components)[:, None]
    return LatentSpace(moments, rng.normal(size=(particles, components)), radius=radius)


def test_closed_form_is_that_of_the_moments():
    space = some_space()
    moments = moments_at(space.moments, space.latents)
    z = space.latents[3]
    by_hand = space.moments[0] + z[0] * space.moments[1] + z[1] * space.moments[2]
    np.testing.assert_allclose(moments[3], by_hand, atol=EXACT)
    for normalised, expected in ((False, invariants(moments)), (True, normalised_invariants(moments))):
        found = latent_invariants(space.moments, space.latents, normalised=normalised)
        np.testing.assert_allclose(found, expected, atol=EXACT * float(expected.max()))
    np.testing.assert_allclose(latent_invariants(space.moments, z), invariants(moments[3]), rtol=10 * EXACT)
    forms = np.asarray(invariant_forms(space.moments))
    np.testing.assert_array_equal(forms, forms.transpose(0, 2, 1))


def test_gradients_are_finite_at_zero_and_right_elsewhere():
    space = some_space()
    moments = jnp.asarray(space.moments)

    def whole(latents, scale):
        return jnp.sum(jnp.arange(12) * latent_invariants(scale * moments, latents, normalised=True)[..., :12])

    gradient = jax.jit(jax.grad(whole, argnums=(0, 1)))
    z = jnp.asarray(space.latents[:3])
    assert all(np.all(np.asarray(part) == 0) for part in gradient(z, 0.0))
    direction = np.random.default_rng(1).normal(size=z.shape)
    # Central differences: their error is the step squared, or rounding over the step.
    step, tolerance = (1e-5, 1e-7) if X64 else (1e-2, 1e-2)
    difference = (whole(z + step * direction, 1.0) - whole(z - step * direction, 1.0)) / (2 * step)
    np.testing.assert_allclose(jnp.sum(gradient(z, 1.0)[0] * direction), difference, rtol=tolerance)


@pytest.mark.parametrize("normalised", [False, True])
def test_components_are_those_of_all_invariants_at_once(normalised, monkeypatch):
    monkeypatch.setattr(streaming, "BATCH", 16)
    space = some_space(41)  # two batches and a part of one; no other test traces that number
    rows = np.asarray(latent_invariants(space.moments, space.latents, normalised=normalised), float)
    found = latent_components(space, count=5, normalised=normalised)
    centred = rows - rows.mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(found.mean, rows.mean(axis=0), atol=EXACT * rows.max())
    np.testing.assert_allclose(found.variance, singular[:5] ** 2 / 41, rtol=100 * EXACT)
    np.testing.assert_allclose(found.explained, (singular**2 / (singular**2).sum())[:5], rtol=100 * EXACT)
    # Directions up to their sign; single precision tells them apart as far as their variances differ.
    np.testing.assert_allclose(np.abs(np.sum(found.axes[:3] * axes[:3], axis=1)), 1, rtol=100 * EXACT)
    scores = latent_scores(found, space)
    np.testing.assert_allclose(scores, centred @ found.axes.T, atol=10 * EXACT * np.abs(scores).max())


def test_a_space_in_which_nothing_varies():
    space = LatentSpace(random_moments(ORDER, 1), np.zeros((4, 0)))
    found = latent_components(space, count=2)
    assert np.all(found.explained == 0) and np.all(latent_scores(found, space) == 0)


def test_neighbours_are_found_whatever_the_orientation_and_the_components():
    """The same particles in a space that is turned, scaled, and spanned by other components."""
    rng = np.random.default_rng(2)
    points, _ = random_points(6)
    weights = rng.uniform(0.5, 1, size=(3, 6)) * np.array([[1], [0.2], [0.1]])
    mixing = np.array([[1.0, 0.5], [-0.2, 2.0]])
    latents = rng.normal(size=(30, 2))
    there = LatentSpace(np.stack([moments_of_points(points, w, 8) for w in weights]), latents)
    mixed = np.concatenate([weights[:1], np.linalg.inv(mixing) @ weights[1:]])
    other_moments = np.stack([moments_of_points(turned(points), 3 * w, 8) for w in mixed])
    shuffle = rng.permutation(30)
    other = LatentSpace(other_moments, (latents @ mixing)[shuffle])
    found = latent_neighbours(other, there, neighbours=3)
    np.testing.assert_array_equal(found.particle[:, 0], shuffle)
    assert found.explained > 0.999999
    every = latent_distances(other, there)
    expected = np.linalg.norm(
        latent_invariants(other.moments, other.latents, normalised=True)[:, None]
        - latent_invariants(there.moments, there.latents, normalised=True),
        axis=-1,
    )
    np.testing.assert_allclose(every, expected, atol=1e-3 * expected.max())  # 30 components of 25 pairs, all there are
    np.testing.assert_allclose(found.distance, np.sort(every, axis=1)[:, :3], atol=1e-6)


def test_latents_along_a_component():
    space = some_space(200)
    scores = latent_scores(latent_components(space, count=1), space)[:, 0]
    path = latents_along(scores, space.latents, steps=5)
    groups = np.array_split(np.argsort(scores), 5)
    np.testing.assert_allclose(path.latents[4], space.latents[groups[4]].mean(axis=0))
    assert np.all(np.diff(path.position) > 0)
    spread = space.latents.std(axis=0)
    distances = np.linalg.norm((space.latents - path.latents[2]) / spread, axis=1)
    assert path.particle[2] == np.argmin(distances)


def test_a_path_stays_where_particles_are():
    """Particles along a horseshoe: the way from end to end goes around, not across."""
    angle = np.linspace(-2.5, 2.5, 101)
    latents = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    moments = np.array([[9.0, 0, 0, 9, 0, 0, 0], [0.0, 0, 0, 2, 0, 0, 0], [2.0, 0, 0, 0, 0, 0, 0]], complex)
    path = latent_path(LatentSpace(moments, latents), 0, 100, neighbours=4)
    assert path.particle[0] == 0 and path.particle[-1] == 100
    assert np.all(np.diff(path.particle) > 0) and len(path.particle) > 20
    # The invariants are |9 + 2 z|, so that the path is as long as the arc of radius 2, whose chords are 1e-3 shorter.
    assert path.position[-1] == pytest.approx(2 * 5, rel=2e-3)
    np.testing.assert_array_equal(path.latents, latents[path.particle])


def test_particles_that_are_alike_lie_at_distance_zero():
    space = LatentSpace(some_space().moments, np.zeros((5, 2)))
    assert latent_path(space, 0, 4, neighbours=4).position[-1] == pytest.approx(0, abs=1e-12)


def test_bad_input():
    space = some_space(radius=60.0)
    apart = LatentSpace(space.moments, np.concatenate([space.latents, space.latents + 1000]), radius=60.0)
    coarse = LatentSpace(space.moments[:, :7], space.latents)
    wide = LatentSpace(space.moments, space.latents, radius=70.0)
    for call, match in [
        (
            lambda: LatentSpace(space.moments, space.latents[:, :1]),
            r"latents of shape \(40, 1\) do not go with moments of shape \(3, 34\)",
        ),
        (lambda: LatentSpace(space.moments, space.latents[:0]), r"latents of shape \(0, 2\)"),
        (lambda: LatentSpace(space.moments, space.latents * np.nan), "80 of the latents are NaN"),
        (lambda: LatentSpace(space.moments, space.latents, radius=-1.0), "radius=-1 Å"),
        (lambda: moments_at(space.moments, np.zeros(3)), r"latents of shape \(3,\) do not fit 3 volumes"),
        (lambda: latent_neighbours(space, coarse), "order 5 and those of the other to order 2"),
        (lambda: latent_neighbours(space, wide), "60 Å and that of the other 70 Å"),
        (lambda: latent_scores(latent_components(space), wide), "60 Å and that of the other 70 Å"),
        (lambda: latent_neighbours(space, space, neighbours=41), "neighbours=41"),
        (lambda: latent_components(space, count=0), "count=0"),
        (lambda: latents_along(space.latents[:, 0], space.latents, steps=41), "steps=41"),
        (lambda: latent_path(space, 0, 40), "particles 0 and 40"),
        (lambda: latent_path(space, 0, 1, neighbours=40), "neighbours=40"),
        (lambda: latent_path(apart, 0, 79, neighbours=3), "no way leads from particle 0 to 79"),
    ]:
        with pytest.raises(InputError, match=match):
            call()


def test_a_matrix_beyond_the_memory_is_refused(monkeypatch):
    monkeypatch.setenv("VITREOUS_MEMORY", "1")
    with pytest.raises(InputError, match="the distances of 40 particles to 40"):
        latent_distances(some_space(), some_space())
