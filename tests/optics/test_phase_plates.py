"""Phase plates and the aperture."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.optics.closed_forms import wavelength_a
from vitreous._core import InputError
from vitreous.optics import LaserPhasePlate, ObjectiveAperture, VoltaPhasePlate

RNG = np.random.default_rng(0)
POINTS = jnp.asarray(RNG.uniform(-0.2, 0.2, (12, 2)), float)


@jax.jit
def _shift(plate, points):
    return plate.phase_shift(points, voltage_kv=300.0)


def shift(plate, points=POINTS):
    return np.asarray(_shift(plate, points))


def test_a_volta_plate_turns_all_but_the_unscattered_beam():
    np.testing.assert_allclose(shift(VoltaPhasePlate(90.0)), np.pi / 2, rtol=1e-6)
    assert float(VoltaPhasePlate(90.0).phase_shift(jnp.zeros(2), voltage_kv=300.0)) == 0


def test_volta_cut_on():
    q = np.linspace(0, 0.01, 11)
    points = jnp.stack([jnp.zeros(11), jnp.asarray(q)], axis=-1)
    expected = np.deg2rad(70) * (1 - np.exp(-np.log(2) * (q / 0.003) ** 2))
    np.testing.assert_allclose(shift(VoltaPhasePlate(70.0, cut_on=0.003), points), expected, atol=1e-6)


def integrated_intensity(x, y, azimuth_deg, polarisation_deg, *, light=1.064e4, aperture=0.05):
    """A standing Gaussian wave along the electrons' path, by quadrature, relative to the same at the origin."""
    waist = light / (np.pi * aperture)
    rayleigh, k = waist / aperture, 2 * np.pi / light
    beta2 = 1 - (1 + 300 / 510.99895) ** -2
    along = np.cos(azimuth_deg) * x + np.sin(azimuth_deg) * y
    across = -np.sin(azimuth_deg) * x + np.cos(azimuth_deg) * y
    z = np.linspace(-6, 6, 4001) * waist * np.sqrt(1 + (np.max(np.abs(along)) / rayleigh) ** 2)

    def at(u, v):
        width2 = waist**2 * (1 + (u / rayleigh) ** 2)
        curvature = u / (u**2 + rayleigh**2)
        r2 = v**2 + z**2
        fringes = np.cos(2 * k * u + k * r2 * curvature - 2 * np.arctan(u / rayleigh))
        contrast = 1 - 2 * beta2 * np.cos(np.deg2rad(polarisation_deg)) ** 2
        return np.trapezoid(waist**2 / width2 * np.exp(-2 * r2 / width2) * (1 + contrast * fringes), z)

    return np.array([at(u, v) for u, v in zip(along, across, strict=True)]) / at(0.0, 0.0)


@pytest.mark.parametrize("polarisation", [90.0, 50.0, 0.0])
def test_the_laser_plate_is_the_light_that_electrons_cross(polarisation):
    # Its closed formula against the intensity of the mode, integrated along z.
    reach = wavelength_a(300.0) * 20e7
    x, y = np.asarray(POINTS, float).T * reach
    retardation = integrated_intensity(x, y, np.deg2rad(30.0), polarisation)
    ours = shift(LaserPhasePlate(80.0, 30.0, polarisation_deg=polarisation))
    # The fringes' phase 4X/NA² reaches 1 000 rad, and λ agrees to 1e-9; in single precision it keeps four digits.
    tolerance = 1e-5 if jax.config.jax_enable_x64 else 1e-2
    np.testing.assert_allclose(ours, np.deg2rad(80) * (1 - retardation), atol=tolerance)


def test_the_laser_plate_is_even_and_zero_at_zero():
    plate = LaserPhasePlate(90.0, (45.0, 135.0))
    np.testing.assert_allclose(shift(plate), shift(plate, -POINTS), atol=1e-6)
    assert float(plate.phase_shift(jnp.zeros(2), voltage_kv=300.0)) == 0


def test_crossed_lasers_share_the_phase():
    one, other, both = (LaserPhasePlate(90.0, azimuths) for azimuths in (0.0, 90.0, (0.0, 90.0)))
    np.testing.assert_allclose(shift(both), (shift(one) + shift(other)) / 2, atol=1e-6)


def test_relativistic_reversal_has_no_fringes():
    # At cos²θ = 1/2β² nodes and antinodes retard alike (Axelrod et al. 2020): no ripple along the laser.
    beta = np.sqrt(1 - (1 + 300 / 510.99895) ** -2)
    q = np.linspace(0, 0.02, 400)
    along = jnp.stack([jnp.asarray(q), jnp.zeros(400)], axis=-1)
    plate = LaserPhasePlate(90.0, polarisation_deg=np.rad2deg(np.arccos(1 / (beta * np.sqrt(2)))))
    assert np.all(np.diff(shift(plate, along)) >= -1e-6)
    assert np.any(np.diff(shift(LaserPhasePlate(90.0), along)) < -0.01)


def test_aperture():
    q = np.linspace(0, 0.4, 41)
    points = jnp.stack([jnp.asarray(q), jnp.zeros(41)], axis=-1)
    sharp = np.asarray(ObjectiveAperture(0.205).transmission(points))
    np.testing.assert_array_equal(sharp, q <= 0.205)
    soft = np.asarray(ObjectiveAperture(0.2, 0.1).transmission(points))
    np.testing.assert_allclose(soft, (1 + np.cos(np.pi * np.clip((q - 0.15) / 0.1, 0, 1))) / 2, atol=1e-5)
    # 100 µm behind a lens of 3 mm stops scattering beyond 16.7 mrad.
    hole = ObjectiveAperture.from_diameter(100.0, 3.0, voltage_kv=200.0)
    np.testing.assert_allclose(hole.cutoff, 50 / 3000 / 0.025079, rtol=1e-4)  # five digits of λ


@pytest.mark.parametrize(
    "make",
    [
        lambda: VoltaPhasePlate(cut_on=-1.0),
        lambda: LaserPhasePlate(numerical_aperture=0.0),
        lambda: LaserPhasePlate(focal_length_mm=-1.0),
        lambda: ObjectiveAperture(0.0),
        lambda: ObjectiveAperture(0.2, -0.1),
        lambda: ObjectiveAperture(0.2, 0.5),
        lambda: ObjectiveAperture.from_diameter(100.0, 0.0, voltage_kv=300.0),
    ],
)
def test_out_of_range(make):
    with pytest.raises(InputError, match="must"):
        make()
