"""Networks as volumes: of the transform and of the density, learnt from images."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.example_libraries import optimizers

from vitreous.grids import ImageConfig
from vitreous.poses import QuaternionPose, uniform_rotations
from vitreous.projection import integrator_for
from vitreous.volumes import (
    FourierFeatureNetwork,
    FourierVoxelGridVolume,
    GaussianMixtureVolume,
    NeuralDensityVolume,
    NeuralFieldVolume,
)

RNG = np.random.default_rng(0)
PIXEL = 4.0
CONFIG = ImageConfig((12, 12), PIXEL)
SPECIMEN = GaussianMixtureVolume(RNG.uniform(-8, 8, size=(5, 3)), RNG.uniform(1, 2, size=(5, 1)), 16.0)
TOTAL = float(SPECIMEN.amplitudes.sum())


def project(volume, rotation):
    turned = volume.get_representation().rotate_to_pose(QuaternionPose.from_rotation_matrix(rotation))
    return integrator_for(turned).integrate(turned, CONFIG)


def test_the_volume_is_real_whatever_the_network():
    latent = jnp.array([0.3, -0.1])
    volume = NeuralFieldVolume.initialise(10.0, PIXEL, width=8, n_features=4, latent=latent, key=jax.random.key(0))
    k = jnp.asarray(RNG.uniform(-0.1, 0.1, size=(6, 3)))
    values = jax.jit(lambda volume, k: volume.values_at(k))
    np.testing.assert_allclose(values(volume, -k), jnp.conj(values(volume, k)), rtol=1e-10)
    other = NeuralFieldVolume(volume.network, PIXEL, latent=2 * latent)
    assert jnp.all(values(other, k) != values(volume, k))
    # No other leaves than arrays, so that it passes through jit as it is.
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(volume))


def field():
    return NeuralFieldVolume.initialise(
        12.0, PIXEL, n_features=24, width=24, depth=1, scale=TOTAL, key=jax.random.key(1)
    )


def density():
    network = FourierFeatureNetwork(0.04, n_features=24, width=24, depth=1, key=jax.random.key(1))
    return NeuralDensityVolume(network, (12, 12, 12), PIXEL, radius=18.0, scale=1e-3)


@pytest.mark.parametrize("start", [field, density])
def test_a_network_learns_a_volume_from_its_images(start):
    rotations = uniform_rotations(24, key=jax.random.key(2))
    observed = jax.vmap(lambda rotation: project(SPECIMEN, rotation))(rotations)
    volume = start()
    leaves, structure = jax.tree.flatten(volume)
    trained = [i for i, leaf in enumerate(leaves) if any(leaf is part for part in jax.tree.leaves(volume.network))]
    initialise, update, get = optimizers.adam(5e-3)

    def loss(parameters):
        new = list(leaves)
        for i, value in zip(trained, parameters, strict=True):
            new[i] = value
        model = jax.tree.unflatten(structure, new)
        images = jax.vmap(lambda rotation: project(model, rotation))(rotations)
        return jnp.sum(jnp.abs(images - observed) ** 2) / jnp.sum(jnp.abs(observed) ** 2)

    @jax.jit
    def train(parameters):
        def step(state, i):
            value, gradient = jax.value_and_grad(loss)(get(state))
            return update(i, gradient, state), value

        return jax.lax.scan(step, initialise(parameters), jnp.arange(150))[1]

    losses = train([leaves[i] for i in trained])
    assert jnp.all(jnp.isfinite(losses))
    # Measured: 2 % of the images' power is left of a field, 1 % of a density.
    assert losses[-1] < 0.1 * losses[0] and losses[-1] < 0.1


def test_a_density_ends_where_it_is_told_to():
    volume = density()
    grid = volume.density()
    centre = np.linalg.norm(PIXEL * (np.stack(np.meshgrid(*[np.arange(12) - 6] * 3)) + 0.0), axis=0)
    assert np.all(np.asarray(grid)[centre > 1.2 * 18.0 + 1e-6] == 0)
    assert np.any(np.asarray(grid)[centre < 18.0] != 0)
    assert isinstance(volume.get_representation(), FourierVoxelGridVolume)
