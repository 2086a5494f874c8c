"""Zernike moments fitted to images: by least squares through the likelihood's gradient, and its derivative in poses."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.sparse.linalg import cg

from tests.transforms.checks import check_derivatives
from vitreous.grids import ImageConfig
from vitreous.harmonics import moment_count, moment_labels
from vitreous.imaging import GaussianLikelihood, WhiteNoise, make_image_model
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.volumes import ZernikeVolume

ORDER, RADIUS, N_IMAGES = 6, 24.0, 20
CONFIG = ImageConfig((16, 17), 4.0)
RNG = np.random.default_rng(3)
# m = 0 has no imaginary part, which would change nothing.
FREE = np.stack([np.ones(moment_count(ORDER)), moment_labels(ORDER)[2] > 0])
TRUTH = jnp.asarray(RNG.normal(size=FREE.shape) * FREE)
# Angles and offsets, and a defocus that fills other images' zeros.
POSES = jnp.asarray(
    np.concatenate([RNG.uniform(-180, 180, (3, N_IMAGES)), RNG.uniform(-4, 4, (2, N_IMAGES))]).T * [1, 0.5, 1, 1, 1]
)
DEFOCUS = jnp.asarray(RNG.uniform(8e3, 2e4, N_IMAGES))
NOISE = WhiteNoise(jnp.asarray(0.2))  # a tenth of the power of an image


def likelihood(parameters, pose, defocus):
    volume = ZernikeVolume(jax.lax.complex(*parameters), RADIUS, voxel_size=4.0)
    phi, theta, psi, x, y = pose
    model = make_image_model(
        volume, CONFIG, pose=EulerAnglePose(phi, theta, psi, offset_x=x, offset_y=y), optics=CTF(defocus)
    )
    return GaussianLikelihood(model, NOISE)


def misfit(parameters, images):
    terms = jax.vmap(lambda image, *of: likelihood(parameters, *of).log_likelihood(image))(images, POSES, DEFOCUS)
    return -jnp.sum(terms)


@jax.jit
def simulated(keys):
    return jax.vmap(lambda key, *of: likelihood(TRUTH, *of).simulate(key=key))(keys, POSES, DEFOCUS)


@jax.jit
def fitted(images):
    """The least-squares solution, and the product of the normal matrix with its error."""
    gradient = jax.grad(misfit)
    start = jnp.zeros_like(TRUTH)

    def curvature(direction):
        return jax.jvp(lambda x: gradient(x, images), (start,), (direction,))[1]

    # As many steps as there are unknowns, and as many again for rounding.
    solution, _ = cg(curvature, -gradient(start, images), tol=1e-6, maxiter=2 * int(FREE.sum()))
    return solution, curvature(solution - TRUTH)


def test_moments_are_recovered_from_noisy_images_as_well_as_their_noise_allows():
    images = simulated(jax.random.split(jax.random.key(0), N_IMAGES))
    solution, product = fitted(images)
    error = np.asarray(solution - TRUTH)
    # The error is normal with the inverse of the normal matrix as its covariance, so this is χ² distributed with the
    # unknowns as degrees of freedom: within five standard deviations.
    unknowns = FREE.sum()
    assert abs(np.sum(error * np.asarray(product)) - unknowns) < 5 * np.sqrt(2 * unknowns)
    # Measured: 6 % of the norm.
    assert np.linalg.norm(error) < 0.1 * np.linalg.norm(TRUTH)
    assert not np.any(error[FREE == 0])


def test_the_likelihood_differentiates_in_the_pose():
    image = simulated(jax.random.split(jax.random.key(0), N_IMAGES))[0]

    def of_pose(pose, parameters):
        return likelihood(parameters, pose, DEFOCUS[0]).log_likelihood(image)[None]

    # Quadratic in the moments; central differences of a degree's hundredth in the pose, h² against rounding over h.
    check_derivatives(of_pose, POSES[0] + 1.0, TRUTH, steps={"[0]": 1e-3, "[1]": 1e-2}, rtol=1e-6)
