import jax.numpy as jnp
import pytest
from jaxtyping import Array, Float

from vitreous._core import InputError
from vitreous.grids import ImageConfig
from vitreous.projection import (
    AbstractVolumeIntegrator,
    GaussianMixtureProjection,
    _registry,
    integrator_for,
    register_integrator,
)
from vitreous.volumes import AbstractVolumeRepresentation, GaussianMixtureVolume


class AbstractBall(AbstractVolumeRepresentation):
    pass


class Ball(AbstractBall):
    radius: Float[Array, ""]

    def get_representation(self, rng_key=None) -> "Ball":
        return self

    def rotate_to_pose(self, pose, inverse: bool = False) -> "Ball":
        return self


class BallProjection(AbstractVolumeIntegrator[Ball]):
    def integrate(self, volume_representation: Ball, image_config: ImageConfig, outputs_real_space: bool = False):
        squares = jnp.sum(image_config.padded_coordinates**2, axis=-1)
        image = 2 * jnp.sqrt(jnp.maximum(volume_representation.radius**2 - squares, 0))
        return image if outputs_real_space else jnp.fft.rfftn(image)


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(_registry, "_FACTORIES", dict(_registry._FACTORIES))


def test_gaussian_mixtures_are_known():
    volume = GaussianMixtureVolume(jnp.zeros((1, 3)), 1.0, 1.0)
    assert isinstance(integrator_for(volume), GaussianMixtureProjection)


def test_an_unknown_volume_says_what_to_register():
    with pytest.raises(InputError, match=r"Ball.*GaussianMixtureVolume") as error:
        integrator_for(Ball(jnp.asarray(3.0)))
    assert error.value.hint is not None and "register_integrator(Ball" in error.value.hint


@pytest.mark.parametrize("registered", [Ball, AbstractBall])
def test_a_users_own_volume_is_projected(table, registered):
    register_integrator(registered, BallProjection)
    ball = Ball(jnp.asarray(3.0))
    image = integrator_for(ball).integrate(ball, ImageConfig((9, 9), 1.0), outputs_real_space=True)
    assert float(image[4, 4]) == 6
