import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.poses import PointGroup, point_group

GOLDEN = (1 + np.sqrt(5)) / 2
ORDERS = {"C1": 1, "C2": 2, "C3": 3, "C4": 4, "C7": 7, "C60": 60, "D1": 2, "D2": 4, "D3": 6, "D7": 14, "D30": 60}
ORDERS |= {"T": 12, "O": 24, "I": 60, "I1": 60, "I2": 60, "I3": 60, "I4": 60}
EXACT = 1e-14  # a few roundings of numbers near one
names = pytest.mark.parametrize("name", ORDERS)


def turn(fold, axis):
    """Rotation by 360° / fold, from its definition: the axis stays, vectors across it turn right-handed."""
    axis = np.asarray(axis, float) / np.linalg.norm(axis)
    across = np.cross(axis, [0.3, 0.5, 0.8])
    across /= np.linalg.norm(across)
    frame = np.stack([across, np.cross(axis, across), axis], axis=1)
    c, s = np.cos(2 * np.pi / fold), np.sin(2 * np.pi / fold)
    return frame @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ frame.T


def distance(group, matrix):
    return np.abs(group.matrices - matrix).max(axis=(1, 2)).min()


def holds(group, fold, axis):
    return distance(group, turn(fold, axis)) < 10 * EXACT


@names
def test_order_and_identity(name):
    group = point_group(name)
    assert group.order == len(group.matrices) == ORDERS[name]
    np.testing.assert_array_equal(group.matrices[0], np.eye(3))


@names
def test_they_are_rotations(name):
    matrices = point_group(name).matrices
    np.testing.assert_allclose(np.linalg.det(matrices), 1, rtol=0, atol=EXACT)
    identity = np.broadcast_to(np.eye(3), matrices.shape)
    np.testing.assert_allclose(matrices @ np.swapaxes(matrices, 1, 2), identity, rtol=0, atol=EXACT)
    # No rounding dust beside the exact entries.
    for value in (0, 0.5, 1):
        near = np.abs(np.abs(matrices) - value) < 1e-6
        np.testing.assert_array_equal(np.abs(matrices)[near], value)
    assert not np.any(np.signbit(matrices) & (matrices == 0))


@names
def test_closure_and_inverses(name):
    group = point_group(name)
    products = np.einsum("aij,bjk->abik", group.matrices, group.matrices).reshape(-1, 9)
    flat = group.matrices.reshape(-1, 9)
    index = np.argmax(products @ flat.T, axis=1)
    np.testing.assert_allclose(products, flat[index], rtol=0, atol=10 * EXACT)
    for row in index.reshape(group.order, group.order):
        assert sorted(row) == list(range(group.order))
    assert all(distance(group, matrix.T) < 10 * EXACT for matrix in group.matrices)


@pytest.mark.parametrize(
    ("name", "fold", "axis"),
    [
        ("C7", 7, (0, 0, 1)),
        ("D7", 7, (0, 0, 1)),
        ("D7", 2, (1, 0, 0)),
        ("D2", 2, (0, 1, 0)),
        ("T", 3, (0, 0, 1)),
        ("T", 2, (0, 0.816496580927726, 0.5773502691896258)),
        ("O", 4, (0, 0, 1)),
        ("O", 4, (1, 0, 0)),
        ("O", 4, (0, 1, 0)),
        ("O", 3, (1, 1, 1)),
        ("O", 2, (1, 1, 0)),
        *[(name, 2, axis) for name in ("I1", "I2") for axis in np.eye(3).tolist()],
        ("I1", 5, (0, 1, GOLDEN)),  # front-most fivefolds in the yz plane
        ("I1", 5, (0, -1, GOLDEN)),
        ("I1", 3, (1, 0, GOLDEN**2)),  # front-most threefolds in the xz plane
        ("I1", 5, (0.85065080702670, 0, -0.5257311142635)),  # as RELION lists them, to the digits it gives
        ("I2", 5, (1, 0, GOLDEN)),  # front-most fivefolds in the xz plane
        ("I2", 5, (-1, 0, GOLDEN)),
        ("I2", 3, (0, 1, GOLDEN**2)),  # front-most threefolds in the yz plane
        ("I3", 5, (0, 0, 1)),
        ("I3", 2, (0, 1, 0)),
        ("I3", 5, (-2, 0, 1)),  # the next fivefold: xz plane, negative x
        ("I3", 2, (-1, 0, GOLDEN)),
        ("I4", 5, (0, 0, 1)),
        ("I4", 2, (0, 1, 0)),
        ("I4", 5, (2, 0, 1)),  # the next fivefold: xz plane, positive x
        ("I4", 2, (1, 0, GOLDEN)),
    ],
)
def test_axes(name, fold, axis):
    axis = np.asarray(axis, float)
    # RELION's own digits end at 1e-9.
    assert distance(point_group(name), turn(fold, axis)) < 1e-8


@pytest.mark.parametrize(
    ("name", "fold", "axis"),
    [
        ("D3", 2, (0, 1, 0)),
        ("I1", 5, (1, 0, GOLDEN)),
        ("I2", 5, (0, 1, GOLDEN)),
        ("I3", 5, (2, 0, 1)),
        ("T", 2, (0, 0, 1)),
    ],
)
def test_axes_of_other_settings_are_absent(name, fold, axis):
    assert not holds(point_group(name), fold, axis)


def test_i_means_i2():
    assert point_group("I") == point_group("i2") == point_group("I2")
    assert point_group("I").name == "I2"
    assert point_group("I1") != point_group("I2")
    assert hash(point_group("I")) == hash(point_group("I2"))


@names
def test_lattice_cosets(name):
    group = point_group(name)
    lattice, cosets = group.lattice_subgroup_cosets()
    assert np.issubdtype(lattice.dtype, np.integer) and np.issubdtype(cosets.dtype, np.floating)
    assert len(lattice) * len(cosets) == group.order
    # Signed permutations: one entry ±1 in each row and column.
    np.testing.assert_array_equal(np.abs(lattice).sum(axis=1), 1)
    np.testing.assert_array_equal(np.abs(lattice).sum(axis=2), 1)
    products = np.einsum("cij,hjk->chik", cosets, lattice).reshape(-1, 9)
    index = np.argmax(products @ group.matrices.reshape(-1, 9).T, axis=1)
    assert sorted(index) == list(range(group.order))
    np.testing.assert_allclose(products, group.matrices.reshape(-1, 9)[index], rtol=0, atol=10 * EXACT)
    np.testing.assert_array_equal(lattice[0], np.eye(3))
    np.testing.assert_array_equal(cosets[0], np.eye(3))


@pytest.mark.parametrize(
    ("name", "lattice"),
    [("C1", 1), ("C6", 2), ("C8", 4), ("D2", 4), ("T", 1), ("O", 24), ("I1", 12), ("I2", 12), ("I3", 2)],
)
def test_size_of_the_lattice_subgroup(name, lattice):
    assert len(point_group(name).lattice_subgroup_cosets()[0]) == lattice


@pytest.mark.parametrize("name", ["", "C", "C0", "C-1", "D01", "Oh", "Td", "C4v", "I5", "X3", "C4.5"])
def test_unknown_names(name):
    with pytest.raises(InputError, match=r"not a point group of rotations.*\n.*C1, C2"):
        point_group(name)


@pytest.mark.parametrize(
    ("matrices", "why"),
    [
        (np.eye(3)[None] * 2, "first is not the identity"),
        (np.stack([np.eye(3), -np.eye(3)]), "determinant"),
        (np.stack([np.eye(3), np.diag([1.0, -1.0, -2.0])]), "orthogonal"),
        (np.stack([np.eye(3), turn(3, (0, 0, 1))]), "missing"),
        (np.stack([np.eye(3), np.eye(3)]), "twice"),
        (np.zeros((0, 3, 3)), "shape"),
    ],
)
def test_matrices_that_are_no_group(matrices, why):
    with pytest.raises(InputError, match=why):
        PointGroup("mine", matrices)


def test_a_group_keeps_its_own_copy():
    mine = np.stack([np.eye(3), np.diag([1.0, -1.0, -1.0])])
    group = PointGroup("mine", mine)
    mine[1] = 7
    assert group.matrices[1, 0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        group.matrices[0] = 0
