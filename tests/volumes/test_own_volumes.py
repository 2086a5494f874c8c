"""Volumes that users write: each of the three interfaces derived from, and imaged."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float

from vitreous.grids import ImageConfig, irfftn, rfftn
from vitreous.imaging import make_image_model
from vitreous.poses import AbstractPose, EulerAnglePose
from vitreous.projection import AbstractVolumeIntegrator, _registry, integrator_for, register_integrator
from vitreous.volumes import (
    AbstractAtomVolume,
    AbstractFourierVolume,
    AbstractVolumeParametrization,
    AbstractVolumeRepresentation,
    AssembledVolume,
    DisplacementModes,
    GaussianMixtureVolume,
)

CONFIG = ImageConfig((16, 17), 2.0)
POSE = EulerAnglePose(20.0, 60.0, -30.0, offset_x=2.0)
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def table(monkeypatch):
    """Registrations of a test stay in it."""
    monkeypatch.setattr(_registry, "_FACTORIES", dict(_registry._FACTORIES))


class Ellipsoid(AbstractVolumeRepresentation):
    """A Gaussian ellipsoid of unit integral: neither atoms nor voxels."""

    covariance: Float[Array, "3 3"]

    def get_representation(self, rng_key=None) -> "Ellipsoid":
        return self

    def rotate_to_pose(self, pose: AbstractPose, inverse: bool = False) -> "Ellipsoid":
        turn = pose.rotation_matrix.T if inverse else pose.rotation_matrix
        return Ellipsoid(turn @ self.covariance @ turn.T)


class EllipsoidProjection(AbstractVolumeIntegrator[Ellipsoid]):
    def integrate(self, volume_representation: Ellipsoid, image_config: ImageConfig, outputs_real_space: bool = False):
        k = image_config.frequencies
        squares = jnp.einsum("...i,ij,...j->...", k, volume_representation.covariance[:2, :2], k)
        spectrum = jnp.exp(-2 * jnp.pi**2 * squares) / image_config.pixel_size**2 + 0j
        return irfftn(spectrum, image_config.padded_shape) if outputs_real_space else spectrum


class Beads(AbstractAtomVolume):
    """Equal balls in a row."""

    positions: Float[Array, "n 3"]
    radius: Float[Array, ""]

    def get_representation(self, rng_key=None) -> "Beads":
        return self

    def rotate_to_pose(self, pose: AbstractPose, inverse: bool = False) -> "Beads":
        return Beads(pose.rotate(self.positions, inverse=inverse), self.radius)

    def translate_to_pose(self, pose: AbstractPose) -> "Beads":
        return Beads(self.positions + pose.offset, self.radius)


class BeadProjection(AbstractVolumeIntegrator[Beads]):
    def integrate(self, volume_representation: Beads, image_config: ImageConfig, outputs_real_space: bool = False):
        beads = volume_representation
        away = image_config.padded_coordinates - beads.positions[:, None, None, :2]
        image = jnp.sum(2 * jnp.sqrt(jnp.maximum(beads.radius**2 - jnp.sum(away**2, -1), 0)), axis=0)
        return image if outputs_real_space else rfftn(image)


class Shell(AbstractFourierVolume):
    """A thin sphere of unit integral, by its transform alone."""

    radius: Float[Array, ""]
    voxel_size: Float[Array, ""]
    rotation: Float[Array, "3 3"]

    def object_values_at(self, frequencies):
        return jnp.sinc(2 * self.radius * jnp.sqrt(jnp.sum(frequencies**2, -1) + 1e-30)) + 0j


class Decoder(AbstractVolumeParametrization):
    """A generative model: a latent vector, drawn from its prior, bends a chain of Gaussians by a network."""

    network: eqx.nn.MLP
    atoms: GaussianMixtureVolume

    def get_representation(self, rng_key=None) -> GaussianMixtureVolume:
        latent = jnp.zeros(2) if rng_key is None else jax.random.normal(rng_key, (2,))
        bend = DisplacementModes(self.network(latent).reshape(1, -1, 3), jnp.ones(1))
        return eqx.tree_at(lambda v: v.positions, self.atoms, self.atoms.positions + bend(self.atoms.positions))


@eqx.filter_jit
def image_of(volume, key=None):
    """Through everything that images volumes."""
    return make_image_model(volume, CONFIG, pose=POSE).simulate(rng_key=key)


def test_a_representation_is_imaged_by_registration():
    register_integrator(Ellipsoid, EllipsoidProjection)
    ellipsoid = Ellipsoid(jnp.diag(jnp.array([9.0, 16.0, 36.0])))
    # A Gaussian mixture of one isotropic Gaussian is the same where the ellipsoid is a ball.
    ball = Ellipsoid(9.0 * jnp.eye(3))
    same = GaussianMixtureVolume(jnp.zeros((1, 3)), 1.0, 9.0)
    expected = image_of(same)
    np.testing.assert_allclose(image_of(ball), expected, rtol=0, atol=1e-9 * float(jnp.abs(expected).max()))
    gradient = jax.grad(lambda c: image_of(Ellipsoid(c)).std())(ellipsoid.covariance)
    assert jnp.all(jnp.isfinite(gradient)) and jnp.any(gradient != 0)


def test_atoms_are_imaged_by_registration():
    register_integrator(AbstractAtomVolume, BeadProjection)
    beads = Beads(jnp.arange(-2.0, 3.0)[:, None] * jnp.array([4.0, 0.0, 0.0]), jnp.asarray(5.0))
    assert isinstance(integrator_for(beads), BeadProjection)
    turned = beads.rotate_to_pose(EulerAnglePose(theta=90.0)).translate_to_pose(EulerAnglePose(offset_x=2.0))
    image = BeadProjection().integrate(turned, CONFIG, outputs_real_space=True)
    assert float(image[8, 9]) == pytest.approx(5 * 10)  # end on, five balls of 10 Å, one pixel to the right
    assert jnp.all(jnp.isfinite(image_of(beads)))


def test_a_volume_that_knows_its_transform_needs_no_registration():
    shell = Shell(jnp.asarray(8.0), jnp.asarray(2.0), jnp.eye(3))
    spectrum = integrator_for(shell).integrate(shell, CONFIG)
    assert float(spectrum[0, 0].real) == pytest.approx(1 / 4)  # its integral over the area of a pixel
    # Nor do copies of it.
    pair = AssembledVolume(shell, jnp.stack([jnp.eye(3)] * 2), jnp.array([[6.0, 0, 0], [-6.0, 0, 0]]))
    assert jnp.all(jnp.isfinite(image_of(pair)))


def test_a_generative_model_draws_a_volume_for_each_image():
    chain = GaussianMixtureVolume(5 * RNG.normal(size=(6, 3)), 1.0, 9.0)

    class _Identity(eqx.Module):
        def __call__(self, x):
            return x

    network = eqx.nn.MLP(2, 18, 8, 1, jnp.tanh, _Identity(), key=jax.random.key(0))
    model = Decoder(network, chain)
    images = [image_of(model, key) for key in jax.random.split(jax.random.key(1))]
    assert images[0].std() != images[1].std()
    gradient = eqx.filter_grad(lambda m: image_of(m, jax.random.key(1)).std())(model)
    assert jnp.any(gradient.network.layers[0].weight != 0)
