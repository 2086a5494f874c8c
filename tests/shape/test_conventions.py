"""Other people's conventions: from their published formula, and from what their program computes."""

from math import comb, factorial
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from tests.harmonics.densities import gaussian
from vitreous._core import InputError
from vitreous.harmonics import BallQuadrature, moment_count, moment_labels, zernike_functions
from vitreous.shape import (
    descriptor_3dzd,
    from_biozernike,
    from_novotni_klein,
    invariants,
    to_biozernike,
    to_novotni_klein,
)

ORDER = 6
pytestmark = pytest.mark.x64


def harmonic_polynomial(l, m, x, y, z):
    """Of Novotni & Klein 2003, eq. 11, multiplied out so that z = 0 is allowed."""
    c = np.sqrt((2 * l + 1) * factorial(l + m) * factorial(l - m)) / factorial(l)
    total = sum(
        comb(l, mu) * comb(l - mu, m + mu) * (-(x**2 + y**2) / 4) ** mu * z ** (l - m - 2 * mu)
        for mu in range((l - m) // 2 + 1)
    )
    return c * ((1j * x - y) / 2) ** m * total


def published_function(n, l, m, points):
    """Of Novotni & Klein 2003, eqs. 10 and 12: radial coefficients times the harmonic polynomial."""
    x, y, z = np.moveaxis(points, -1, 0)
    k = (n - l) // 2
    radial = sum(
        (-1) ** (k + nu)
        / 4**k
        * np.sqrt((2 * l + 4 * k + 3) / 3)
        * (comb(2 * k, k) * comb(k, nu) * comb(2 * (k + l + nu) + 1, 2 * k) / comb(k + l + nu, k))
        * (x**2 + y**2 + z**2) ** nu
        for nu in range(k + 1)
    )
    return radial * harmonic_polynomial(l, m, x, y, z)


def test_novotni_and_kleins_formula():
    quadrature = BallQuadrature(ORDER, 24)
    points, weights = np.asarray(quadrature.points), np.asarray(quadrature.weights)
    density = gaussian(points, np.array([0.2, -0.1, 0.15]), 0.4)
    omega = [
        3 / (4 * np.pi) * np.sum(weights * density * np.conj(published_function(n, l, m, points)))
        for n, l, m in moment_labels(ORDER).T.tolist()
    ]
    ours = to_novotni_klein(quadrature.moments(density))
    # Both are the same sum over points, but for the order of operations.
    np.testing.assert_allclose(ours, omega, atol=1e-14)
    np.testing.assert_allclose(descriptor_3dzd(quadrature.moments(density))[0], abs(omega[0]), rtol=1e-13)
    np.testing.assert_allclose(from_novotni_klein(jnp.asarray(omega)), quadrature.moments(density), atol=1e-14)


@pytest.fixture(scope="module")
def golden():
    with np.load(Path(__file__).parent.parent / "golden" / "zmpy3d_moments.npz", allow_pickle=False) as archive:
        return dict(archive)


@pytest.fixture(scope="module")
def moments(golden):
    """Of the golden density, constant in each voxel: four Gauss nodes on each axis integrate order 6 exactly."""
    nodes, weights = np.polynomial.legendre.leggauss(4)
    nodes, weights = (nodes + 1) / 2, weights / 2
    density, radius = golden["density"], float(golden["radius"])
    axes = [(np.arange(size)[:, None] + nodes).ravel() for size in density.shape]
    points = (np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1) - golden["center"]) / radius
    for axis in range(3):
        shape = [1] * 3
        shape[axis] = -1
        density = np.repeat(density, 4, axis) * np.tile(weights, density.shape[axis]).reshape(shape)
    functions = np.asarray(zernike_functions(ORDER, points.reshape(-1, 3)))
    return density.ravel() @ functions.conj() / radius**3


def of_zmpy3d(table):
    n, l, m = moment_labels(ORDER)
    return table[n, l, m]


def test_zmpy3d_gives_biozernikes_moments(golden, moments):
    """Equal to the rounding of ZMPY3D's monomials, which cancel more the higher the order."""
    assert np.abs(of_zmpy3d(golden["original"])).max() > 1e-3
    for name, orthonormal in (("original", True), ("unscaled", False)):
        theirs = of_zmpy3d(golden[name])
        ours = np.asarray(to_biozernike(moments, orthonormal=orthonormal)).reshape(-1, 2)
        np.testing.assert_allclose(ours[:, 0] + 1j * ours[:, 1], theirs, atol=1e-12)
        flat = np.stack([theirs.real, theirs.imag], axis=-1).ravel()
        np.testing.assert_allclose(from_biozernike(flat, orthonormal=orthonormal), moments, atol=1e-11)


def test_zmpy3d_gives_the_descriptor(golden, moments):
    table = golden["descriptor"]
    n, l = np.nonzero(~np.isnan(table))
    np.testing.assert_allclose(descriptor_3dzd(moments), table[n, l], atol=1e-12)


def test_conversions_undo_each_other_in_any_batch():
    rng = np.random.default_rng(0)
    batch = rng.normal(size=(2, 3, moment_count(9))) + 1j * rng.normal(size=(2, 3, moment_count(9)))
    for there, back in ((to_novotni_klein, from_novotni_klein), (to_biozernike, from_biozernike)):
        np.testing.assert_allclose(back(there(batch)), batch, rtol=1e-13)  # two roundings of a factor
    # Single precision: a few roundings of a factor.
    single = to_biozernike(batch.astype(np.complex64), orthonormal=False)
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, to_biozernike(batch, orthonormal=False), rtol=1e-5)


def test_the_descriptor_is_the_invariants_in_another_unit():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(2, moment_count(5))) + 0j
    np.testing.assert_allclose(descriptor_3dzd(values), np.sqrt(3 / (4 * np.pi)) * np.asarray(invariants(values)))


def test_what_is_not_pairs_is_refused():
    with pytest.raises(InputError, match="7 numbers are not pairs"):
        from_biozernike(np.zeros(7))
    with pytest.raises(InputError, match="not those of any order"):
        to_novotni_klein(np.zeros(5, complex))
