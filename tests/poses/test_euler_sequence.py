"""Every sequence of Euler angles against SciPy's."""

import itertools
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vitreous._core import InputError
from vitreous.poses import angles_from_rotation, rotation_from_angles

# Rounding of three products of matrices, and of angles of up to 360° in the float32 leg.
EXACT = 1e-13 if jax.config.jax_enable_x64 else 3e-6

WORDS = ["".join(word) for word in itertools.product("xyz", repeat=3) if word[0] != word[1] != word[2]]
SEQUENCES = WORDS + [word.upper() for word in WORDS]
sequences = pytest.mark.parametrize("sequence", SEQUENCES)

# General angles, and the gimbal locks of both kinds (0 and 180, ±90), exact and nearly so.
RANDOM = np.random.default_rng(0).uniform(-360, 360, size=(20, 3))
LOCKED = np.array(
    [[33.0, middle, -71.0] for middle in (0.0, 180.0, -180.0, 90.0, -90.0, 1e-12, 1e-6, 90 + 1e-7, 180 - 1e-4)]
)
ANGLES = jnp.asarray(np.concatenate([RANDOM, LOCKED, np.zeros((1, 3))]))


def test_there_are_24():
    assert len(SEQUENCES) == 24


@jax.jit  # one compilation for all sequences
def everything(angles):
    def there_and_back(sequence):
        matrices = jax.vmap(lambda three: rotation_from_angles(three, sequence))(angles)
        return matrices, jax.vmap(lambda matrix: angles_from_rotation(matrix, sequence))(matrices)

    return {sequence: there_and_back(sequence) for sequence in SEQUENCES}


@sequences
def test_rotation_and_angles_agree_with_scipy(sequence):
    matrices, angles = everything(ANGLES)[sequence]
    theirs = Rotation.from_euler(sequence, ANGLES, degrees=True)
    np.testing.assert_allclose(matrices, theirs.as_matrix(), atol=EXACT)

    again = Rotation.from_euler(sequence, np.asarray(angles), degrees=True).as_matrix()
    np.testing.assert_allclose(again, matrices, atol=EXACT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the gimbal lock, where the angles are a matter of choice
        expected = theirs.as_euler(sequence, degrees=True)
    # One over the sine of the middle angle (at least 0.02 among these) times rounding; 180° and −180° are one.
    difference = (np.asarray(angles) - expected + 180)[: len(RANDOM)] % 360 - 180
    np.testing.assert_allclose(difference, 0, atol=np.rad2deg(50 * EXACT))


@pytest.mark.parametrize("sequence", ["zyz", "ZXZ", "xyz", "YXZ"])
def test_gradients_are_finite_at_the_lock(sequence):
    matrices = jax.vmap(lambda angles: rotation_from_angles(angles, sequence))(ANGLES)
    jacobians = jax.jit(jax.vmap(jax.jacrev(lambda matrix: angles_from_rotation(matrix, sequence))))(matrices)
    assert np.all(np.isfinite(jacobians))


@pytest.mark.parametrize("sequence", ["", "zy", "zzy", "xyY", "zYz", "abc", "zyzy"])
def test_words_that_are_no_sequence(sequence):
    with pytest.raises(InputError, match=r"names no sequence of Euler angles.*\n.*'ZYZ'"):
        rotation_from_angles(jnp.zeros(3), sequence)
