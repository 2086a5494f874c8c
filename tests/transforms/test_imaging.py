"""The whole model under transformations: the log-likelihood of an image, of atoms and of voxels.

Difference quotients go through cubic B-splines, which are smooth. The window of the default, Kaiser-Bessel, ends with a
step of 4e-4 that a difference quotient sees and a derivative does not; its gradient is checked against the analytic
one in tests/projection/test_slice_accuracy.py.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.grids import ImageConfig
from vitreous.imaging import ColouredNoise, GaussianLikelihood, WhiteNoise, make_image_model
from vitreous.kernels import cubic_bspline
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureRenderFn, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
SHAPE, PADDED, PIXEL_SIZE = (10, 9), (12, 14), 3.0
RNG = np.random.default_rng(0)
ATOMS = GaussianMixtureVolume(RNG.uniform(-6, 6, (5, 3)), RNG.uniform(200, 400, (5, 2)), RNG.uniform(9, 16, (5, 2)))
VOXEL_SIZE = 2.5
GRID = GaussianMixtureRenderFn((14, 14, 14), VOXEL_SIZE)(ATOMS)
POSE = EulerAnglePose(20.0, 50.0, -70.0, offset_x=2.6, offset_y=-1.5, offset_z=250.0)
OPTICS = CTF(
    9000.0,
    7500.0,
    30.0,
    voltage_kv=200.0,
    cs_mm=2.0,
    amplitude_contrast=0.1,
    phase_shift_deg=20.0,
    b_factor=30.0,
)
POWER = jnp.asarray(RNG.uniform(0.01, 0.02, (SHAPE[0], SHAPE[1] // 2 + 1)), float)
OBSERVED = jnp.asarray(RNG.normal(scale=0.1, size=SHAPE), float)

# Sums of some hundred terms, compiled in another order; the phases of the CTF, up to 50 rad, amplify rounding.
EXACT = 1e-11 if X64 else 1e-4
# Difference quotients of step h err by h² of the scale on which the argument acts, and by 1e-16 / h.
FINITE = 1e-6
STEPS = {
    "phi": 1e-3,
    "theta": 1e-3,
    "psi": 1e-3,
    "offset_x": 1e-5,
    "offset_y": 1e-5,
    "offset_z": 1e-2,
    "defocus_u": 1e-2,
    "defocus_v": 1e-2,
    "astigmatism_angle_deg": 1e-3,
    "voltage_kv": 1e-3,
    "cs_mm": 1e-4,
    "amplitude_contrast": 1e-6,
    "phase_shift_deg": 1e-3,
    "b_factor": 1e-2,
}


@jax.jit
def of_atoms(volume, pose, optics, pixel_size, variance, observed):
    config = ImageConfig(SHAPE, pixel_size, padded_shape=PADDED)
    model = make_image_model(volume, config, pose=pose, optics=optics)
    return GaussianLikelihood(model, WhiteNoise(variance)).log_likelihood(observed)


def of_voxels(grid, voxel_size, pose, optics, pixel_size, power, observed, interpolant=None):
    volume = FourierVoxelGridVolume.from_real_voxel_grid(grid, voxel_size, interpolant=interpolant, pad_scale=1.5)
    config = ImageConfig(SHAPE, pixel_size, padded_shape=PADDED)
    model = make_image_model(volume, config, pose=pose, optics=optics)
    return GaussianLikelihood(model, ColouredNoise(power)).log_likelihood(observed)


@jax.jit
def through_splines(*arguments):
    return of_voxels(*arguments, interpolant=cubic_bspline())


def strong(tree):
    # Python numbers are of weak type, and beside arrays of strong type would be compiled once more.
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, leaf.dtype), tree)


def arguments_of_atoms(pose=POSE, optics=OPTICS):
    return strong((ATOMS, pose, optics, jnp.asarray(PIXEL_SIZE), jnp.asarray(0.01), OBSERVED))


def arguments_of_voxels(pose=POSE, optics=OPTICS):
    return strong((GRID, jnp.asarray(VOXEL_SIZE), pose, optics, jnp.asarray(PIXEL_SIZE), POWER, OBSERVED))


def steps_of(pose, optics, others):
    fields = [(pose, vars(POSE)), (optics, vars(OPTICS))]
    return {f"{path}.{name}": STEPS[name] for path, names in fields for name in names} | others


STEPS_ATOMS = {
    "[0].positions": 1e-4,
    "[0].amplitudes": 1e-2,
    "[0].variances": 1e-3,
    "[3]": 1e-5,
    "[4]": 1e-7,
    "[5]": 1e-4,
}
STEPS_VOXELS = {"[0]": 1e-3, "[1]": 1e-5, "[4]": 1e-5, "[5]": 1e-8, "[6]": 1e-4}
CASES = [
    (of_atoms, arguments_of_atoms, steps_of("[1]", "[2]", STEPS_ATOMS)),
    (through_splines, arguments_of_voxels, steps_of("[2]", "[3]", STEPS_VOXELS)),
]
both = pytest.mark.parametrize(("function", "arguments", "steps"), CASES, ids=["atoms", "voxels"])


@both
def test_derivatives_in_every_argument(function, arguments, steps):
    check_derivatives(function, *arguments(), steps=steps, rtol=FINITE)


@both
def test_derivatives_where_norms_and_angles_are_singular(function, arguments, steps):
    # Trap 7: θ = 0, no offset, no astigmatism, no phase shift, no envelope; and q = 0, which is in every image.
    (angle,) = (path for path in steps if "astigmatism_angle" in path)
    for theta in (0.0, 180.0):
        values = arguments(EulerAnglePose(0.0, theta, 0.0), CTF(8000.0, 8000.0, 0.0))
        check_derivatives(function, *values, steps=steps, rtol=FINITE, vanishing=(angle,))


@both
def test_vmap_over_everything_is_a_loop(function, arguments, steps):
    factors = jnp.array([1.0, 0.93, 0.9])
    batch = jax.tree.map(lambda leaf: jnp.stack([factor * leaf for factor in factors]), arguments())
    check_vmap(function, batch, rtol=EXACT)


@both
def test_float32(function, arguments, steps):
    # Images are exact to 1e-5 in float32 (phases of 50 rad), the log-likelihood is a sum of 90 of their squares.
    check_float32(function, *arguments(), rtol=2e-5)


# Many images of one volume.


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


STACK = jnp.asarray(RNG.normal(scale=0.1, size=(4, *SHAPE)), float)


def test_jit_is_eager():
    volume = FourierVoxelGridVolume.from_real_voxel_grid(GRID, VOXEL_SIZE)
    check_jit(of_one, volume, POSE, OPTICS, OBSERVED, rtol=EXACT)


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
