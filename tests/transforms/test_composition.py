"""Transformations of transformations: batches of images of one volume, Hessians, transposes."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.catalogue import CASES
from tests.transforms.catalogue.poses import MATRIX
from vitreous.grids import ImageConfig
from vitreous.imaging import GaussianLikelihood, WhiteNoise, make_image_model
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose, IsotropicGaussianOrientations, VonMisesFisherOrientations
from vitreous.volumes import FourierVoxelGridVolume

SHAPE, PIXEL_SIZE, VOXEL_SIZE = (10, 9), 3.0, 2.5
GRID = jnp.asarray(np.random.default_rng(0).uniform(size=(8, 8, 8)))
STACK = jnp.asarray(np.random.default_rng(1).normal(scale=0.1, size=(4, *SHAPE)))
# Sums of some hundred terms, in another order; the phases of the CTF, up to 50 rad, amplify rounding.
EXACT = 1e-11


def batch_of(n):
    values = jnp.asarray(np.random.default_rng(1).uniform(0, 1, (n, 3)), float)

    def one(a):
        return EulerAnglePose(*(180 * a), offset_x=a[0], offset_y=a[1], offset_z=100 * a[2]), CTF(
            9000 * a[0], 8000 * a[1]
        )

    return jax.vmap(one)(values)


def of_one(volume, pose, optics, image):
    model = make_image_model(volume, ImageConfig(SHAPE, PIXEL_SIZE), pose=pose, optics=optics)
    return GaussianLikelihood(model, WhiteNoise(0.01)).log_likelihood(image)


def mapped(grid, batch, observed):
    """The log-likelihood of a stack; the one volume is prepared outside."""
    volume = FourierVoxelGridVolume.from_real_voxel_grid(grid, VOXEL_SIZE)
    return jnp.sum(jax.vmap(partial(of_one, volume))(*batch, observed))


def scanned(grid, batch, observed):
    volume = FourierVoxelGridVolume.from_real_voxel_grid(grid, VOXEL_SIZE)

    @jax.checkpoint
    def step(total, inputs):
        return total + of_one(volume, *inputs), None

    return jax.lax.scan(step, jnp.zeros(()), (*batch, observed))[0]


def test_scanning_with_checkpoints_is_mapping():
    arguments = (GRID, batch_of(4), STACK)
    (value, gradients), (other, other_gradients) = (
        jax.jit(jax.value_and_grad(function, argnums=(0, 1)))(*arguments) for function in (mapped, scanned)
    )
    np.testing.assert_allclose(other, value, rtol=EXACT)
    for ours, expected in zip(jax.tree.leaves(other_gradients), jax.tree.leaves(gradients), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=0, atol=EXACT * np.abs(expected).max())


def test_second_derivatives_in_the_volume():
    # The log-likelihood is quadratic in the volume: its Hessian times v is the difference of two gradients, is
    # symmetric, and is −‖A v‖²/σ² along v.
    batch = batch_of(4)
    v, w = (jnp.asarray(np.random.default_rng(seed).normal(size=GRID.shape), float) for seed in (1, 2))

    @jax.jit
    def forward_over_reverse(grid, tangent):
        return jax.jvp(jax.grad(lambda g: mapped(g, batch, STACK)), (grid,), (tangent,))

    gradient, hv = forward_over_reverse(GRID, v)
    _, hw = forward_over_reverse(GRID, w)
    moved, _ = forward_over_reverse(GRID + v, v)
    np.testing.assert_allclose(hv, moved - gradient, rtol=0, atol=10 * EXACT * float(jnp.abs(hv).max()))
    assert float(jnp.vdot(w, hv)) == pytest.approx(float(jnp.vdot(v, hw)), rel=100 * EXACT)

    @jax.jit
    @jax.vmap
    def images(pose, optics):
        volume = FourierVoxelGridVolume.from_real_voxel_grid(v, VOXEL_SIZE)
        return make_image_model(volume, ImageConfig(SHAPE, PIXEL_SIZE), pose=pose, optics=optics).simulate()

    power = float(jnp.sum(images(*batch) ** 2))
    assert float(jnp.vdot(v, hv)) == pytest.approx(-power / 0.01, rel=100 * EXACT)


def test_the_gradient_of_a_batch_holds_few_volumes():
    # One volume for each image would take 1 GB; what is held are a few volumes and the taps of one chunk of points.
    grid, n = jnp.zeros((40, 40, 40)), 512
    arguments = grid, batch_of(n), jnp.zeros((n, *SHAPE))
    analysis = jax.jit(jax.grad(mapped)).lower(*arguments).compile().memory_analysis()
    volume_bytes = 60 * 60 * 37 * 2 * grid.dtype.itemsize
    chunk_bytes = 8192 * 5**3 * 2 * grid.dtype.itemsize
    assert analysis.temp_size_in_bytes < 3 * volume_bytes + chunk_bytes


def test_a_slice_and_its_transpose_are_adjoint():
    # ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ from the real map to the real image, through window, padding and apron.
    image, (pose, pixel_size, grid, voxel_size) = CASES["fourier_voxels"].at()

    @jax.jit
    def both(x, y):
        forward = lambda g: image(pose, pixel_size, g, voxel_size)  # noqa: E731
        (back,) = jax.linear_transpose(forward, x)(y)
        return jnp.vdot(forward(x), y), jnp.vdot(x, back)

    left, right = both(grid, jnp.asarray(np.random.default_rng(2).normal(size=64)))
    np.testing.assert_allclose(left, right, rtol=EXACT)


def test_hessian_through_the_nufft():
    # Forward over reverse, against differences of gradients.
    image, (pose, pixel_size, *others) = CASES["real_voxels"].at()

    def loss(angles):
        turned = eqx.tree_at(lambda p: (p.phi, p.theta, p.psi), pose, tuple(angles))
        return jnp.sum(image(turned, pixel_size, *others) ** 2)

    angles, step = jnp.array([20.0, 50.0, 110.0]), 1e-3
    gradient, hessian = jax.jit(jax.grad(loss)), jax.jit(jax.hessian(loss))(angles)
    columns = [(gradient(angles + step * e) - gradient(angles - step * e)) / (2 * step) for e in np.eye(3)]
    # Quotients of step 1e-3 degrees are good to its square.
    np.testing.assert_allclose(hessian, jnp.stack(columns), atol=1e-5 * np.abs(hessian).max())


LAWS = {
    "concentration": VonMisesFisherOrientations((0.3, -0.5, 0.2), 4.0),
    "spread_deg": IsotropicGaussianOrientations(MATRIX.T, 30.0),
}


@pytest.mark.parametrize("leaf", LAWS)
def test_samples_follow_the_spread(leaf):
    # Reparametrised; for this key the quotient crosses no node of the Gaussian's table.
    law = LAWS[leaf]

    @jax.jit
    def sample(value):
        def drawn(value):
            return eqx.tree_at(lambda law: getattr(law, leaf), law, value).sample(3, key=jax.random.key(0))

        return jax.jvp(drawn, (value,), (jnp.ones_like(value),))

    value, step = getattr(law, leaf), 1e-4
    _, derivative = sample(value)
    quotient = (sample(value + step)[0] - sample(value - step)[0]) / (2 * step)
    assert np.abs(derivative).max() > 1e-3
    np.testing.assert_allclose(derivative, quotient, atol=1e-7)
