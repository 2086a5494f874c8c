"""Zernike moments from geometric ones: the same sums as of the functions themselves, while precision lasts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.harmonics import ZernikePlan, moment_count, moment_labels, zernike_functions
from vitreous.shape import decompose_monomial, reconstruct_monomial
from vitreous.shape._monomial_terms import monomial_terms

X64 = jax.config.jax_enable_x64
RNG = np.random.default_rng(0)
BOX, RADIUS, CENTER = 11, 4.5, (0.5, -1.0, 0.25)


def points(center=(0.0, 0.0, 0.0), *, radius=RADIUS, box=BOX):
    """(x, y, z) of each voxel in units of the ball."""
    return (np.stack(np.mgrid[:box, :box, :box][::-1], axis=-1) - box // 2 - np.array(center)) / radius


def functions(order, at):
    return np.asarray(jax.jit(zernike_functions, static_argnums=0)(order, jnp.asarray(at)))


def norms(moments, order):
    n, _, m = moment_labels(order)
    return np.sqrt(np.bincount(n, np.where(m > 0, 2, 1) * np.abs(moments) ** 2))


def test_moments_are_sums_of_the_functions_over_voxels():
    order = 9
    volume = RNG.normal(size=(BOX, BOX, BOX))
    expected = np.tensordot(volume, functions(order, points(CENTER)).conj(), 3) / RADIUS**3
    ours = decompose_monomial(volume, order, radius=RADIUS, center=CENTER)
    # Cancellation costs a factor (1 + √2)⁹ = 3e3 of rounding; the functions themselves are in JAX's precision.
    np.testing.assert_allclose(ours, expected, rtol=0, atol=(1e-12 if X64 else 2e-6) * np.abs(expected).max())


def test_maps_are_the_series_at_voxels():
    order = 8
    n, _, m = moment_labels(order)
    moments = RNG.normal(size=n.shape) + 1j * RNG.normal(size=n.shape)
    terms = functions(order, points()) * np.where(m > 0, 2, 1) * np.where(m > 0, moments, moments.real)
    expected = terms.sum(axis=-1).real
    ours = reconstruct_monomial(moments, BOX, radius=RADIUS)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=(1e-12 if X64 else 5e-6) * np.abs(expected).max())
    assert ours[0, 0, 0] == 0 and expected[5, 5, 5] != 0
    # The surface belongs to the ball.
    surface = reconstruct_monomial(np.array([1.0 + 0j]), 9, radius=3.0)
    assert surface[4, 4, 7] == surface[4, 4, 4] and surface[3, 2, 6] != 0 and surface[3, 2, 1] == 0


def test_decomposing_and_reconstructing_are_transposes():
    order = 6
    volume = RNG.normal(size=(BOX, BOX, BOX))
    moments = RNG.normal(size=moment_count(order)) + 1j * RNG.normal(size=moment_count(order))
    weights = np.where(moment_labels(order)[2] > 0, 2, 1)
    one = np.sum(weights * decompose_monomial(volume, order) * moments.conj()).real * (BOX // 2) ** 3
    other = np.sum(volume * reconstruct_monomial(moments, BOX))
    # Rounding of some hundred terms, with what cancels: (1 + √2)⁶ = 200.
    np.testing.assert_allclose(one, other, rtol=1e-11)


def test_they_are_near_those_of_the_plan_for_a_density_inside_of_the_ball():
    order, box = 10, 24
    blob = np.exp(-np.sum(points((0.6, -0.4, 0.2), radius=2.0, box=box) ** 2, axis=-1) / 2)
    expected = np.asarray(ZernikePlan(order, box).decompose(jnp.asarray(blob)))
    ours = decompose_monomial(blob.astype(np.float32), order)
    assert ours.dtype == np.complex128
    # The density has 1e-7 left at the surface, where the plan integrates and this sums: 5e-6 of the norm was measured.
    assert np.linalg.norm(ours - expected) < 2e-5 * np.linalg.norm(expected)


def test_precision_lasts_to_order_32_and_beyond_it_one_is_told():
    order, few = 44, 50
    at = points(radius=5.0).reshape(-1, 3)
    places = RNG.choice(np.flatnonzero(np.sum(at**2, axis=-1) <= 1), few, replace=False)
    values = RNG.normal(size=few)
    volume = np.zeros(BOX**3)
    volume[places] = values
    volume = volume.reshape(BOX, BOX, BOX)
    expected = values @ functions(order, at[places]).conj() / 5.0**3
    with pytest.warns(UserWarning, match="order 44 is beyond"):
        ours = decompose_monomial(volume, order)
    error = norms(ours - expected, order) / norms(expected, order)
    # Measured: 3e-6 at order 32, 8e-2 at 44.
    assert np.all(error[:33] < 1e-3) and error[44] > 1e-2
    with pytest.warns(UserWarning, match="order 44 is beyond"):
        reconstruct_monomial(expected, 5)


def test_coefficients_are_exact():
    terms = monomial_terms(4)
    # R₄₀ = (63 r⁴ − 70 r² + 15) / 8, times √11.
    np.testing.assert_allclose(terms.radial[0][2], np.sqrt(11) * np.array([15, -70, 63]) / 8, rtol=1e-15)
    # r² Y₂₀ = √(5 / 16π) (2 z² − x² − y²).
    np.testing.assert_allclose(terms.solid[2][0][0], np.sqrt(5 / (16 * np.pi)) * np.array([2, -1, 0]), rtol=1e-15)
    # (x + w)² (x − w) = x³ + x² w − x w² − w³.
    np.testing.assert_array_equal(terms.planar[3][1], [1, 1, -1, -1])


def test_bad_input_is_refused():
    for match, call in [
        ("not a cube", lambda: decompose_monomial(np.zeros((4, 4, 5)), 2)),
        ("order=-1", lambda: decompose_monomial(np.zeros((4, 4, 4)), -1)),
        ("radius=0", lambda: decompose_monomial(np.zeros((4, 4, 4)), 2, radius=0.0)),
        ("radius=nan", lambda: decompose_monomial(np.zeros((4, 4, 4)), 2, radius=np.nan)),
        ("5 moments", lambda: reconstruct_monomial(np.zeros(5, complex), 8)),
        ("box of 0", lambda: reconstruct_monomial(np.zeros(3, complex), 0)),
    ]:
        with pytest.raises(InputError, match=match):
            call()
