"""How other programs write orientations: matrices and pairs of angles from their own manuals and sources."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vitreous.poses import PoseDialect, dialect_from_rotation, rotation_from_dialect, uniform_rotations

EXACT = 1e-12 if jax.config.jax_enable_x64 else 1e-5  # rounding of angles in degrees, in radians
DIALECTS = list(PoseDialect)
dialects = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)

read = jax.jit(rotation_from_dialect, static_argnums=1)
write = jax.jit(dialect_from_rotation, static_argnums=1)


def convert(numbers, source, target):
    return np.asarray(write(read(jnp.asarray(numbers, float), source), target))


def clockwise(axis, degrees):
    """The matrices as SPIDER's and EMAN2's sources print them: of the coordinates, so of the object clockwise."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return {
        "z": np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]),
        "y": np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]),
        "x": np.array([[1, 0, 0], [0, c, s], [0, -s, c]]),
    }[axis]


@pytest.mark.parametrize("dialect", [PoseDialect.RELION, PoseDialect.SPIDER, PoseDialect.FREALIGN, PoseDialect.CISTEM])
def test_the_common_convention(dialect):
    # SPIDER's manual, "Euler angles": v = R(psi) R(theta) R(phi) v', with its example 40, 50, 70.
    expected = clockwise("z", 70) @ clockwise("y", 50) @ clockwise("z", 40)
    np.testing.assert_allclose(read(jnp.array([40.0, 50.0, 70.0]), dialect), expected, atol=EXACT)


def test_cistem_takes_image_coordinates_to_the_reference():
    # AnglesAndShifts::GenerateEulerMatrices: the first column and the last of the matrix that samples the reference.
    phi, theta, psi = np.deg2rad([40.0, 50.0, 70.0])
    first = [
        np.cos(phi) * np.cos(theta) * np.cos(psi) - np.sin(phi) * np.sin(psi),
        np.sin(phi) * np.cos(theta) * np.cos(psi) + np.cos(phi) * np.sin(psi),
        -np.sin(theta) * np.cos(psi),
    ]
    last = [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)]
    inverse = read(jnp.array([40.0, 50.0, 70.0]), PoseDialect.CISTEM).T
    np.testing.assert_allclose(inverse[:, 0], first, atol=EXACT)
    np.testing.assert_allclose(inverse[:, 2], last, atol=EXACT)


def test_eman2():
    # Transform::set_rotation: the matrix of (az, alt, phi), and (az, alt, phi) = (phi + 90, theta, psi − 90) of SPIDER.
    az, alt, phi = 40.0, 50.0, 70.0
    expected = clockwise("z", phi) @ clockwise("x", alt) @ clockwise("z", az)
    np.testing.assert_allclose(read(jnp.array([az, alt, phi]), PoseDialect.EMAN2), expected, atol=EXACT)
    np.testing.assert_allclose(
        convert([10, 20, 30], PoseDialect.SPIDER, PoseDialect.EMAN2), [100, 20, -60], atol=1e3 * EXACT
    )


def test_dynamo():
    # Known to give the same average in both programs; from the tests of the package eulerangles, four decimals.
    dynamo, relion = [-47.2730, 1.1777, -132.3000], [137.7000, 1.1777, 42.7270]
    np.testing.assert_allclose(convert(dynamo, PoseDialect.DYNAMO, PoseDialect.RELION), relion, atol=1e-3)
    np.testing.assert_allclose(convert(relion, PoseDialect.RELION, PoseDialect.DYNAMO), dynamo, atol=1e-3)


def test_cryosparc():
    # CONVENTIONS: RELION's matrix, which is ours, is Rodrigues(pose)ᵀ; radians.
    pose = np.array([2.3386633, -0.25595567, -1.2236784])
    matrix = read(jnp.asarray(pose), PoseDialect.CRYOSPARC)
    np.testing.assert_allclose(matrix, Rotation.from_rotvec(pose).as_matrix().T, atol=EXACT)
    np.testing.assert_allclose(write(matrix, PoseDialect.CRYOSPARC), pose, atol=10 * EXACT)
    rot, tilt, psi = convert(pose, PoseDialect.CRYOSPARC, PoseDialect.RELION)
    relion = Rotation.from_euler("ZYZ", [rot, tilt, psi], degrees=True).inv().as_matrix()
    np.testing.assert_allclose(matrix, relion, atol=EXACT)


# The identity, and half turns: the gimbal locks of all.
LOCKED = jnp.stack([jnp.eye(3), jnp.diag(jnp.array([1.0, -1.0, -1.0])), jnp.diag(jnp.array([-1.0, -1.0, 1.0]))])
MATRICES = jnp.concatenate([LOCKED, uniform_rotations(50, key=jax.random.key(0))])


@jax.jit  # one compilation for all dialects
def everything(matrices):
    def there_and_back(matrix, dialect):
        numbers, jacobian = dialect_from_rotation(matrix, dialect), jax.jacfwd(dialect_from_rotation)(matrix, dialect)
        return rotation_from_dialect(numbers, dialect), jacobian

    return {dialect.name: jax.vmap(lambda m, d=dialect: there_and_back(m, d))(matrices) for dialect in DIALECTS}


@dialects
def test_round_trip_and_gradients_at_the_gimbal_lock_too(dialect):
    back, jacobian = everything(MATRICES)[dialect.name]
    np.testing.assert_allclose(back, MATRICES, atol=EXACT)
    assert np.all(np.isfinite(jacobian))


def test_names():
    assert PoseDialect.XMIPP is PoseDialect.RELION
    assert PoseDialect.RELION.numbers == ("rot", "tilt", "psi")
    assert PoseDialect.CRYOSPARC.sequence is None
