"""Zernike series as volumes: their transform in closed form, against integrals, Gaussians and maps."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from tests.transforms.checks import check_derivatives
from vitreous._core import InputError
from vitreous.grids import ImageConfig, irfftn
from vitreous.harmonics import BallQuadrature, moment_count, moment_labels, zernike_functions
from vitreous.poses import EulerAnglePose, QuaternionPose, uniform_rotations
from vitreous.projection import FourierSliceExtraction, integrator_for
from vitreous.volumes import (
    FourierSumVolume,
    FourierVoxelGridVolume,
    GaussianMixtureVolume,
    LinearSubspaceVolume,
    RealVoxelGridVolume,
    ZernikeVolume,
    _zernike,
    stack_volumes,
)

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(0)
RADIUS = 20.0
POSE = EulerAnglePose(20.0, 50.0, 110.0)
CONFIG = ImageConfig((20, 20), 2.0)
SMOOTH_ORDER = 30
# Wide enough for the series to follow, and away from the surface of the ball.
CENTRES = np.array([[3.0, -2.0, 2.0], [-3.0, 1.0, -3.0]])
ATOMS = GaussianMixtureVolume(CENTRES, np.array([3.0, 2.0]), 9.0)


def random_coefficients(order, *batch, seed=0):
    random = np.random.default_rng(seed)
    shape = (*batch, moment_count(order))
    imaginary = random.normal(size=shape) * (moment_labels(order)[2] > 0)
    return jnp.asarray(random.normal(size=shape) + 1j * imaginary)


@jax.jit
def values_at(volume, frequencies):
    return volume.values_at(frequencies)


@jax.jit
def project(volume):
    turned = volume.get_representation().rotate_to_pose(POSE)
    return integrator_for(turned).integrate(turned, CONFIG)


@pytest.fixture(scope="module")
def smooth():
    """The series of two Gaussians, and the norm of what it leaves of their density: in the ball and outside."""
    quadrature = BallQuadrature(SMOOTH_ORDER, 60)
    density = jax.jit(density_of_atoms)(RADIUS * quadrature.points)
    moments = quadrature.moments(density)
    weights = np.where(moment_labels(SMOOTH_ORDER)[2] > 0, 2, 1)
    # Parseval: the sum of squares is the integral of the square.
    left = float(jnp.sum(quadrature.weights * density**2) - jnp.sum(weights * jnp.abs(moments) ** 2))
    # In single precision the difference drowns: there it is taken to be what double precision finds, and rounding.
    residual = np.sqrt(max(left, 0) * RADIUS**3) if X64 else 1e-5
    return ZernikeVolume(moments, RADIUS, voxel_size=1.0), residual


def density_of_atoms(points):
    squared = jnp.sum((points[..., None, :] - ATOMS.positions) ** 2, axis=-1)
    variances = ATOMS.variances[:, 0]
    return jnp.sum(ATOMS.amplitudes[:, 0] * (2 * jnp.pi * variances) ** -1.5 * jnp.exp(-squared / 2 / variances), -1)


def error_of_transform(residual):
    """Cauchy–Schwarz: an integral over the ball is at most the root of its volume times the norm."""
    return residual * np.sqrt(4 / 3 * np.pi * RADIUS**3)


def test_the_transform_is_the_fourier_integral_of_the_series():
    order = 7
    coefficients = random_coefficients(order)
    quadrature = BallQuadrature(order, 60)
    values = quadrature.values(coefficients) * quadrature.weights
    frequencies = jnp.asarray(np.concatenate([np.zeros((1, 3)), 0.05 * np.eye(3), RNG.uniform(-0.08, 0.08, (8, 3))]))

    def integral(k):
        phases = jnp.exp(-2j * jnp.pi * RADIUS * jnp.tensordot(quadrature.points, k, 1, precision="highest"))
        return RADIUS**3 * jnp.sum(values * phases)

    expected = jax.jit(jax.vmap(integral))(frequencies)
    ours = values_at(ZernikeVolume(coefficients, RADIUS), frequencies)
    # Rounding of sums over 1e4 points; the quadrature is exact for these phases, of up to 17 radians.
    atol = (1e-12 if X64 else 2e-5) * float(jnp.abs(expected).max())
    np.testing.assert_allclose(ours, expected, rtol=0, atol=atol)


def test_images_are_those_of_the_gaussians_that_the_moments_are_of(smooth):
    volume, residual = smooth
    total = float(ATOMS.amplitudes.sum())
    # What lies outside of the ball is less than outside of the largest sphere about each centre inside of it.
    outside = stats.chi.sf((RADIUS - np.linalg.norm(CENTRES, axis=1).max()) / 3.0, 3)
    tolerance = error_of_transform(residual) + outside * total
    assert tolerance < 1e-3 * total
    frequencies = jnp.asarray(RNG.uniform(-0.2, 0.2, size=(40, 3)))
    np.testing.assert_allclose(values_at(volume, frequencies), values_at(ATOMS, frequencies), rtol=0, atol=tolerance)
    ours, expected = project(volume), project(ATOMS)
    inside = np.sum(np.square(CONFIG.frequencies), axis=-1) < 0.24**2
    # From the transform to the image's spectrum: over the area of a pixel, 4 Å².
    np.testing.assert_allclose(np.asarray(ours)[inside], np.asarray(expected)[inside], rtol=0, atol=tolerance / 4)


def test_images_are_slices_of_the_reconstructed_map(smooth):
    volume, residual = smooth
    voxels = volume.to_map(40, 1.0)
    ours = project(volume)
    for cls, reading in ((RealVoxelGridVolume, 0.0), (FourierVoxelGridVolume, 1e-3)):
        expected = project(cls.from_real_voxel_grid(voxels, 1.0))
        # What the series has at the surface is not band-limited, nor are samples of it; and a grid is interpolated.
        atol = 2 * error_of_transform(residual) / 4 + reading * float(jnp.abs(expected).max())
        np.testing.assert_allclose(ours, expected, rtol=0, atol=atol)


def test_an_image_is_the_integral_of_the_series_along_the_beam(smooth):
    volume, residual = smooth
    image = irfftn(jax.jit(lambda v: FourierSliceExtraction().integrate(v, CONFIG))(volume), CONFIG.padded_shape)
    pixels = np.array([[10, 10], [12, 9], [7, 11], [10, 14]])
    x, y = (pixels[:, ::-1] - 10).T * 2.0
    half = np.sqrt(RADIUS**2 - x**2 - y**2)
    nodes, weights = np.polynomial.legendre.leggauss(SMOOTH_ORDER)  # exact for a polynomial in z of this degree
    points = np.stack(np.broadcast_arrays(x[:, None], y[:, None], half[:, None] * nodes), axis=-1) / RADIUS
    functions = jax.jit(lambda p: zernike_functions(SMOOTH_ORDER, p))(points * (1 - 1e-9))
    twice = np.where(moment_labels(SMOOTH_ORDER)[2] > 0, 2, 1)
    series = np.sum(np.asarray(functions) * np.asarray(volume.coefficients) * twice, axis=-1).real
    expected = np.sum(series * weights, axis=1) * half
    # The image lacks frequencies beyond 0.25 Å⁻¹, where Gaussians of 3 Å have e^-11 left and the surface little.
    atol = 2e-4 * expected.max() + error_of_transform(residual) / RADIUS**2
    np.testing.assert_allclose(np.asarray(image)[pixels[:, 0], pixels[:, 1]], expected, rtol=0, atol=atol)


def make(real, imaginary, radius):
    return ZernikeVolume(jax.lax.complex(real, imaginary), radius, voxel_size=2.0)


def test_images_differentiate_in_coefficients_radius_and_pose():
    coefficients = random_coefficients(5)

    def image(real, imaginary, radius, pose):
        turned = make(real, imaginary, radius).rotate_to_pose(pose)
        spectrum = integrator_for(turned).integrate(turned, ImageConfig((8, 9), 3.0))
        return jnp.stack([spectrum.real, spectrum.imag])

    def of_angles(real, imaginary, radius, angles):
        return image(real, imaginary, radius, EulerAnglePose(*angles))

    arguments = (coefficients.real, coefficients.imag, jnp.asarray(RADIUS), jnp.array([20.0, 0.0, 40.0]))
    # Central differences: h² against rounding over h; the tilt of zero is where Euler angles are singular.
    check_derivatives(of_angles, *arguments, steps={"[0]": 1e-2, "[1]": 1e-2, "[2]": 1e-3, "[3]": 1e-2}, rtol=1e-6)


def test_images_are_transposed_in_the_coefficients():
    config = ImageConfig((12, 12), 2.0)

    def image(real):
        volume = ZernikeVolume(jax.lax.complex(real, jnp.zeros_like(real)), 10.0, voxel_size=2.0)
        return FourierSliceExtraction().integrate(volume, config, outputs_real_space=True)

    real = jnp.asarray(np.random.default_rng(0).normal(size=moment_count(4)))
    projected = image(real)
    (transposed,) = jax.linear_transpose(image, real)(projected)
    np.testing.assert_allclose(jnp.vdot(transposed, real), jnp.vdot(projected, projected), rtol=1e-10 if X64 else 1e-5)


def test_derivatives_in_frequency_are_finite_and_right_at_the_origin_and_the_poles():
    volume = ZernikeVolume(random_coefficients(5), RADIUS)
    points = jnp.asarray(np.concatenate([np.zeros((1, 3)), [[0, 0, 0.05], [0, 0, -0.05]], RNG.normal(size=(2, 3))]))

    def parts(frequencies):
        values = volume.values_at(frequencies)
        return jnp.stack([values.real, values.imag])

    check_derivatives(parts, points, steps={"[0]": 1e-6}, rtol=1e-6)
    jacobian = jax.jit(jax.jacfwd(lambda k: parts(k[None])[:, 0]))(jnp.zeros(3))
    # −2πi times the first moment of the density: z R² is R⁵ M₁₁₀ √(4π/15) to all moments with n = 1.
    expected = -2 * np.pi * RADIUS**4 * np.sqrt(4 * np.pi / 15) * float(volume.coefficients[1].real)
    np.testing.assert_allclose(jacobian[1, 2], expected, rtol=1e-12 if X64 else 1e-5)
    # No real part: it is even in k.
    assert not np.any(jacobian[0])


def test_single_precision_stays_and_is_near_double():
    coefficients = random_coefficients(12)
    frequencies = jnp.asarray(RNG.uniform(-0.1, 0.1, size=(30, 3)))
    double = values_at(ZernikeVolume(coefficients, RADIUS), frequencies)
    single = values_at(ZernikeVolume(coefficients.astype(jnp.complex64), jnp.float32(RADIUS)), frequencies)
    assert single.dtype == jnp.complex64
    # Phases of κ ≤ 22 round by 22 · 6e-8.
    np.testing.assert_allclose(single, double, rtol=0, atol=3e-6 * float(jnp.abs(double).max()))
    assert np.all(np.isfinite(values_at(ZernikeVolume(coefficients, RADIUS), 1e3 * frequencies)))


def test_points_in_blocks_have_the_same_values_and_gradients(monkeypatch):
    volume = ZernikeVolume(random_coefficients(4), RADIUS)
    frequencies = jnp.asarray(RNG.uniform(-0.1, 0.1, size=(11, 3)))

    def power(volume, frequencies):
        return jnp.sum(jnp.abs(volume.values_at(frequencies)) ** 2)

    gradient = jax.value_and_grad(power, argnums=(0, 1))
    whole = jax.jit(gradient)(volume, frequencies)
    monkeypatch.setattr(_zernike, "_TERMS_AT_A_TIME", 4 * 25)
    blocks = jax.jit(lambda *arguments: gradient(*arguments))(volume, frequencies)
    for ours, expected in zip(jax.tree.leaves(blocks), jax.tree.leaves(whole), strict=True):
        # Rounding of sums in another order.
        np.testing.assert_allclose(ours, expected, rtol=0, atol=(1e-12 if X64 else 1e-4) * np.abs(expected).max())


def test_poses_are_mapped_and_volumes_stacked_summed_and_combined():
    mean, first, second = (ZernikeVolume(c, RADIUS, voxel_size=2.0) for c in random_coefficients(4, 3))
    whole = project(mean)
    rounding = (1e-12 if X64 else 1e-5) * 3 * float(jnp.abs(whole).max())
    stack = stack_volumes([mean, first])
    np.testing.assert_allclose(jax.jit(jax.vmap(lambda v: project(v)))(stack)[0], whole, rtol=0, atol=rounding)
    combined = LinearSubspaceVolume.from_volumes(mean, [first, second], jnp.array([0.7, -1.3]))
    assert isinstance(combined.get_representation(), ZernikeVolume)
    summed = FourierSumVolume.from_volumes([mean, first, second], jnp.array([1.0, 0.7, -1.3]))
    np.testing.assert_allclose(project(combined), project(summed), rtol=0, atol=rounding)

    def turned(rotation):
        volume = mean.rotate_to_pose(QuaternionPose.from_rotation_matrix(rotation))
        return FourierSliceExtraction().integrate(volume, CONFIG)

    rotations = uniform_rotations(3, key=jax.random.key(0))
    mapped, one = jax.jit(lambda r: (jax.vmap(turned)(r), turned(r[2])))(rotations)
    np.testing.assert_allclose(mapped[2], one, rtol=0, atol=rounding)


def test_a_map_comes_back():
    coordinates = 2.0 * (np.stack(np.mgrid[:16, :16, :16][::-1], axis=-1) - 8)
    voxels = np.exp(-np.sum((coordinates - np.array([1.0, -2.0, 0.5])) ** 2, axis=-1) / (2 * 4.0**2))
    volume = ZernikeVolume.from_map(voxels, 2.0, order=14, radius=15.0)
    assert float(volume.radius) == 15.0 and float(volume.voxel_size) == 2.0 and volume.order == 14
    again = volume.to_map(16, 2.0)
    inside = np.sum(coordinates**2, axis=-1) <= 15.0**2
    # Measured: 2e-3 is what order 14 leaves of a Gaussian of 4 Å in a ball of 15 Å.
    np.testing.assert_allclose(again[inside], voxels[inside], rtol=0, atol=1e-2)
    np.testing.assert_array_equal(again[~inside], 0)
    assert float(ZernikeVolume.from_map(voxels, 2.0, order=3).radius) == 16.0


def test_the_default_voxel_size_goes_with_order_and_radius():
    volume = ZernikeVolume(random_coefficients(10), RADIUS)
    # κ = 1.5 (n + 2) at the Nyquist frequency.
    assert float(2 * np.pi * RADIUS / (2 * volume.voxel_size)) == pytest.approx(18.0)


def test_what_cannot_be_a_series_is_refused():
    fine = ZernikeVolume(random_coefficients(2), RADIUS)
    for match, make_it in [
        ("8 moments", lambda: ZernikeVolume(jnp.zeros(8, complex), RADIUS)),
        ("radius=-1", lambda: ZernikeVolume(jnp.zeros(7, complex), -1.0)),
        ("voxel_size=0", lambda: ZernikeVolume(jnp.zeros(7, complex), 1.0, voxel_size=0.0)),
        ("not a cube", lambda: ZernikeVolume.from_map(jnp.zeros((8, 8, 9)), 1.0, order=2)),
        ("does not fit a box", lambda: fine.to_map(8, 1.0)),
        ("the radius must be known", lambda: eqx.filter_jit(lambda v: v.to_map(40, 1.0))(fine)),
    ]:
        with pytest.raises(InputError, match=match):
            make_it()
