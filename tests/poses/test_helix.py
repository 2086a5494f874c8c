import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.poses import helical_operations

EXACT = 1e-12 if jax.config.jax_enable_x64 else 1e-4  # rounding of angles of up to 700°, times radii of 30 Å

RISE, TWIST = 1.408, 22.03  # tobacco mosaic virus


def apply(operations, point):
    rotations, translations = operations
    return np.asarray(rotations) @ point + np.asarray(translations)


def sorted_rows(points):
    return points[np.lexsort(np.round(points, 6).T)]


@pytest.mark.parametrize("n", [1, 4, 7])
def test_points_lie_on_a_right_handed_helix(n):
    points = apply(helical_operations(RISE, TWIST, n), np.array([30.0, 0.0, 5.0]))
    steps = np.arange(n) - n // 2
    angle = np.deg2rad(TWIST * steps)
    expected = np.stack([30 * np.cos(angle), 30 * np.sin(angle), 5 + RISE * steps], axis=1)
    np.testing.assert_allclose(points, expected, atol=EXACT)


@pytest.mark.parametrize(("starts", "dihedral"), [(1, False), (3, False), (1, True), (2, True)])
def test_the_assembly_is_symmetric(starts, dihedral):
    n, point = 9, np.array([30.0, 4.0, 1.0])
    operations = helical_operations(RISE, TWIST, n, starts=starts, dihedral=dihedral)
    points = apply(operations, point)
    assert len(points) == n * starts * (2 if dihedral else 1)
    distance = np.linalg.norm(points[:, None] - points, axis=-1) + 1e9 * np.eye(len(points))
    assert distance.min() > 1  # no copy twice
    # One step up: all but the copies of the last are there again.
    c, s = np.cos(np.deg2rad(TWIST)), np.sin(np.deg2rad(TWIST))
    stepped = points @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T + [0, 0, RISE]
    found = np.linalg.norm(stepped[:, None] - points, axis=-1).min(axis=1) < 30 * EXACT
    assert found.sum() == len(points) - len(points) // n
    # The rotational symmetry, and the twofold across, are exact.
    turn = 2 * np.pi / starts
    c, s = np.cos(turn), np.sin(turn)
    turned = points @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
    np.testing.assert_allclose(sorted_rows(turned), sorted_rows(points), atol=30 * EXACT)
    if dihedral:
        np.testing.assert_allclose(sorted_rows(points * [1, -1, -1]), sorted_rows(points), atol=30 * EXACT)


def test_the_identity_is_among_them_and_numbers_keep_their_type():
    rotations, translations = helical_operations(jnp.float32(RISE), jnp.float32(TWIST), 6, starts=2)
    assert rotations.dtype == translations.dtype == jnp.float32
    np.testing.assert_array_equal(rotations[6], np.eye(3))
    np.testing.assert_array_equal(translations[6], 0)


@pytest.mark.parametrize(("n", "starts"), [(0, 1), (3, 0), (-2, 1)])
def test_helices_without_subunits(n, starts):
    with pytest.raises(InputError, match="has no subunit"):
        helical_operations(RISE, TWIST, n, starts=starts)
