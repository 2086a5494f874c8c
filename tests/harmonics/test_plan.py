import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.harmonics.densities import gaussian, gaussian_moments, relative_error, voxel_centers
from vitreous._core import InputError
from vitreous.harmonics import (
    BallQuadrature,
    ZernikePlan,
    moment_count,
    moment_labels,
    rotate_moments,
    zernike_functions,
)
from vitreous.harmonics._fourier_modes import FourierModes

ORDER, BOX = 9, 17
CENTER = np.array([1.5, -0.7, 2.2])


def moments_of(volume, order=ORDER, **options):
    return ZernikePlan(order, volume.shape[-1], **options).decompose(volume)


def random_moments(order, seed=0):
    _, _, m = moment_labels(order)
    real, imaginary = np.random.default_rng(seed).normal(size=(2, moment_count(order)))
    return real + 1j * imaginary * (m > 0)


@pytest.mark.parametrize("box", [32, 33])
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_gaussians_of_sigma_1_3_voxels(box, dtype):
    radius = box // 2
    volume = gaussian(voxel_centers(box), CENTER, 1.3)
    expected = gaussian_moments(20, CENTER / radius, 1.3 / radius)
    error = relative_error(moments_of(jnp.asarray(volume, dtype), order=20), expected)
    assert error < (1e-5 if dtype == jnp.float64 else 1e-4)


def band_limited_noise(box, limit, seed=0):
    """Noise with frequencies up to `limit` times the Nyquist frequency, and its values at points in voxels."""
    k = np.fft.fftfreq(box, 1 / box)
    kz, ky, kx = np.meshgrid(k, k, k, indexing="ij")
    inside = kx**2 + ky**2 + kz**2 < (limit * box / 2) ** 2
    modes = np.fft.fftn(np.random.default_rng(seed).normal(size=(box,) * 3)) / box**3 * inside
    volume = np.fft.fftshift(np.fft.ifftn(modes)).real * box**3

    def values(points):
        waves = np.exp(2j * np.pi / box * (points @ np.stack([kx[inside], ky[inside], kz[inside]])))
        return (waves @ modes[inside]).real

    return volume, values


def test_the_closed_form_is_the_integral_of_the_band_limited_map():
    # To the edge of the ball, where a sum over voxels is off by per cents.
    volume, values = band_limited_noise(9, 1.0)
    quadrature = BallQuadrature(6, band=40)
    points = np.asarray(quadrature.points).reshape(-1, 3) * 4
    expected = quadrature.moments(values(points).reshape(quadrature.points.shape[:-1]))
    found = FourierModes(6, 9, 4.0).moments(jnp.asarray(volume))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_maps_may_reach_the_edge_of_the_ball():
    volume, _ = band_limited_noise(33, 0.4)
    plan = ZernikePlan(30, 33)
    exact = plan.modes.moments(jnp.asarray(volume))
    moments = plan.decompose(volume)
    # The window's product with the noise has 1e-3 of its amplitude beyond the Nyquist frequency.
    assert relative_error(moments, np.asarray(exact)) < 1e-3
    inside = np.linalg.norm(voxel_centers(33), axis=-1) <= 16
    # The order is above the band, 2πqR = 20, so the series is the map; at the surface it is a tenth as precise.
    difference = (plan.reconstruct(moments) - volume)[inside]
    assert np.sqrt(np.mean(difference**2)) < 2e-3 * volume.std()
    assert np.abs(difference).max() < 3e-2 * volume.std()


def test_moments_are_the_sum_over_voxels_of_a_map_that_ends_inside():
    volume = gaussian(voxel_centers(24), CENTER, 1.8)
    functions = zernike_functions(8, voxel_centers(24) / 12)
    expected = np.einsum("zyx,zyxi->i", volume, np.conj(functions)) / 12**3
    assert relative_error(moments_of(volume, 8), expected) < 1e-5  # at the surface, five σ away, a 1e-6 of it


@pytest.mark.parametrize("box", [16, 17])
def test_series_at_voxels_is_the_sum_of_functions(box):
    moments = random_moments(ORDER)
    plan = ZernikePlan(ORDER, box)
    functions = zernike_functions(ORDER, voxel_centers(box) / (box // 2))
    weights = np.where(moment_labels(ORDER)[2] > 0, 2, 1)
    np.testing.assert_allclose(plan.reconstruct(moments), (functions @ (weights * moments)).real, atol=1e-12)


def test_decompose_undoes_reconstruct_of_maps_that_end_inside():
    volume = gaussian(voxel_centers(33), CENTER, 3.0) - 0.5 * gaussian(voxel_centers(33), -CENTER, 2.5)
    plan = ZernikePlan(30, 33)
    moments = plan.decompose(volume)
    again = plan.decompose(plan.reconstruct(moments))
    assert relative_error(again, np.asarray(moments)) < 1e-3
    assert np.linalg.norm(plan.reconstruct(moments) - volume) < 1e-3 * np.linalg.norm(volume)


def test_soft_ball_and_ellipsoid():
    # Volume integrals of smooth profiles, by a quadrature that resolves their edge.
    box, order = 48, 8
    for axes in (np.array([14.0, 14.0, 14.0]), np.array([15.0, 11.0, 8.0])):

        def profile(points, axes=axes):
            distance = np.linalg.norm(np.asarray(points) / axes, axis=-1)
            return 0.5 - 0.5 * np.tanh((distance - 1) * axes.min() / 1.5)

        quadrature = BallQuadrature(order, band=200)
        expected = quadrature.moments(profile(np.asarray(quadrature.points) * (box // 2)))
        assert relative_error(moments_of(profile(voxel_centers(box)), order), np.asarray(expected)) < 1e-3


def test_the_ball_may_be_elsewhere():
    box, offset = 32, np.array([2.3, -1.0, 0.6])
    volume = gaussian(voxel_centers(box), CENTER, 1.6)
    moments = moments_of(volume, 12, radius=11.5, center=offset)
    # Moving by part of a voxel is exact for what is below the Nyquist frequency; of this Gaussian 3e-6 is not.
    assert relative_error(moments, gaussian_moments(12, (CENTER - offset) / 11.5, 1.6 / 11.5)) < 3e-5


def test_the_ball_may_be_about_the_box():
    # A Gaussian in a corner of the cube, where only the circumscribed ball reaches; its copies do not enter.
    box, corner = 24, np.array([8.0, 7.5, 8.0])
    volume = gaussian(voxel_centers(box), corner, 1.3)
    radius = 3**0.5 / 2 * box
    moments = moments_of(volume, 12, radius=radius)
    # The Gaussian ends at the side of the box, three σ away, beyond which is a thousandth of it.
    assert relative_error(moments, gaussian_moments(12, corner / radius, 1.3 / radius)) < 1e-2


def test_moments_turn_with_what_is_drawn():
    rng = np.random.default_rng(5)
    centers, weights = rng.uniform(-5, 5, (6, 3)), rng.uniform(0.5, 1.5, 6)
    rotation = Rotation.random(rng=rng).as_matrix()

    def drawn(points):
        return sum(w * gaussian(voxel_centers(32), c, 1.3) for w, c in zip(weights, points, strict=True))

    plan = ZernikePlan(20, 32)
    turned = rotate_moments(plan.decompose(drawn(centers)), jnp.asarray(rotation))
    # What Gaussians of 1.3 voxels have beyond the Nyquist frequency depends on how they lie.
    assert relative_error(turned, np.asarray(plan.decompose(drawn(centers @ rotation.T)))) < 1e-4


def test_batches_and_compilation_change_nothing():
    volumes = np.random.default_rng(0).normal(size=(2, BOX, BOX, BOX))
    plan = ZernikePlan(ORDER, BOX)
    one_by_one = np.stack([plan.decompose(volume) for volume in volumes])
    np.testing.assert_allclose(plan.decompose(volumes), one_by_one, atol=1e-14)
    np.testing.assert_allclose(jax.jit(lambda maps: plan.decompose(maps))(volumes), one_by_one, atol=1e-14)
    maps = np.stack([plan.reconstruct(moments) for moments in one_by_one])
    np.testing.assert_allclose(jax.vmap(plan.reconstruct)(jnp.asarray(one_by_one)), maps, atol=1e-12)


def test_gradients_are_the_transposes():
    rng = np.random.default_rng(2)
    plan = ZernikePlan(5, 9)
    volume, other = rng.normal(size=(2, 9, 9, 9))
    moments, more = random_moments(5), random_moments(5, seed=1)
    slope = jax.grad(lambda v: jnp.vdot(jnp.asarray(moments), plan.decompose(v)).real)(jnp.asarray(volume))
    forward = np.vdot(moments, plan.decompose(other)).real
    np.testing.assert_allclose(np.vdot(slope, other), forward, rtol=1e-12)
    # A real function of complex numbers: JAX gives the conjugate of its gradient.
    slope = jax.grad(lambda c: jnp.vdot(jnp.asarray(volume), plan.reconstruct(c)))(jnp.asarray(moments))
    np.testing.assert_allclose(np.sum(slope * more).real, np.vdot(volume, plan.reconstruct(more)), rtol=1e-12)


def test_single_precision_is_close_to_double():
    rng = np.random.default_rng(3)
    volume = rng.normal(size=(24, 24, 24))
    plan = ZernikePlan(30, 24)
    double = plan.decompose(volume)
    single = plan.decompose(jnp.asarray(volume, jnp.float32))
    assert single.dtype == jnp.complex64
    assert relative_error(single, np.asarray(double)) < 1e-5  # some n ε
    maps = plan.reconstruct(double), plan.reconstruct(single)
    assert relative_error(maps[1], np.asarray(maps[0])) < 2e-5


def test_moments_of_lower_order_make_the_same_map():
    moments = random_moments(4)
    expected = ZernikePlan(4, 9).reconstruct(moments)
    np.testing.assert_allclose(ZernikePlan(6, 9).reconstruct(moments), expected, atol=1e-12)
    np.testing.assert_allclose(ZernikePlan(4, 9).reconstruct(np.pad(moments, (0, 50))), expected, atol=1e-12)


def test_an_order_beyond_the_sampling_warns():
    with pytest.warns(UserWarning, match="above n = 12 moments"):
        ZernikePlan(13, 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": -1, "box": 8}, "negative"),
        ({"order": 2, "box": 2}, "too small"),
        ({"order": 2, "box": 8, "radius": 7.5}, "does not fit a box"),
        ({"order": 2, "box": 8, "radius": 0.0}, "does not fit a box"),
        ({"order": 2, "box": 8, "center": (1.0, 2.0)}, "not a point"),
    ],
)
def test_what_cannot_be_planned_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        ZernikePlan(**options)


def test_a_map_of_another_box_is_refused():
    with pytest.raises(InputError, match="does not go with a plan"):
        ZernikePlan(2, 8).decompose(np.zeros((8, 8, 9)))
