"""Rigid motions, helices, sequences of Euler angles and laws of orientations under JAX's transforms.

Compilation takes most of the time of such tests, so all functions are checked as one, each with its own argument.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.poses import (
    BinghamOrientations,
    IsotropicGaussianOrientations,
    PoseDialect,
    VonMisesFisherOrientations,
    adjoint_se3,
    dialect_from_rotation,
    exp_se3,
    helical_operations,
    log_se3,
    rotation_from_dialect,
    rotation_from_euler,
    rotation_to_beam,
)

DOUBLE = jax.config.jax_enable_x64
# Rounding: a few dozen operations, compiled in another order.
EXACT = 1e-13 if DOUBLE else 2e-6
# Dozens of float32 operations on angles of up to 140°.
SINGLE = 5e-6

MATRIX = rotation_from_euler(20.0, 70.0, -140.0)
# On both sides of the border between power series and closed forms, at one radian.
TWISTS = jnp.array([[3.0, -1.0, 2.0, 40.0, -60.0, 25.0], [1.0, -3.0, 2.0, 10.0, -20.0, 9.0]])


def moves(twists, motions, direction, numbers, matrix, rise, turn):
    rotations, translations = helical_operations(rise, turn, 5, starts=2, dihedral=True)
    return {
        "exp": jax.vmap(exp_se3)(twists),
        "log": jax.vmap(log_se3)(motions),
        "adjoint": adjoint_se3(motions[0]),
        "beam": rotation_to_beam(direction),
        "from EMAN2": rotation_from_dialect(numbers, PoseDialect.EMAN2),
        "to EMAN2": dialect_from_rotation(matrix, PoseDialect.EMAN2),
        "helix": rotations @ jnp.array([3.0, 1.0, 0.5], rotations.dtype) + translations,
    }


ARGUMENTS = (
    TWISTS,
    jax.jit(jax.vmap(exp_se3))(TWISTS),
    jnp.array([0.6, 0.0, -0.8]),
    jnp.array([20.0, 70.0, -140.0]),
    MATRIX,
    jnp.asarray(1.4),
    jnp.asarray(22.0),
)
# The difference quotient errs by h² / 6 third derivatives: of order one per Å, 1e-5 per degree, 1e2 per entry.
MOVE_STEPS = (1e-3, 1e-5, 1e-4, 1e-3, 1e-5, 1e-2, 1e-2)

compiled_moves = jax.jit(moves)


def test_moves_jit_and_float32():
    check_jit(moves, *ARGUMENTS, rtol=EXACT)
    check_float32(compiled_moves, *ARGUMENTS, rtol=SINGLE)


def test_moves_vmap():
    check_vmap(compiled_moves, jax.tree.map(lambda leaf: jnp.stack([leaf, 1.1 * leaf]), ARGUMENTS), rtol=EXACT)


def test_moves_derivatives():
    def flat(*arguments):
        return jnp.concatenate([value.ravel() for value in moves(*arguments).values()])

    steps = {f"[{index}]": step for index, step in enumerate(MOVE_STEPS)}
    check_derivatives(flat, *ARGUMENTS, steps=steps, rtol=1e-7)


LAWS = {
    "fisher": VonMisesFisherOrientations((0.3, -0.5, 0.2), 4.0),
    "bingham": BinghamOrientations(jnp.asarray(np.random.default_rng(2).normal(size=(4, 4)))),
    "gauss": IsotropicGaussianOrientations(MATRIX.T, 30.0),
    "wide": IsotropicGaussianOrientations(MATRIX.T, 60.0),
}
LAW_STEPS = {
    "['fisher'].mean_direction": 1e-4,
    "['fisher'].concentration": 1e-3,
    "['bingham'].parameter": 1e-4,
    "['gauss'].mean_rotation": 1e-5,
    "['gauss'].spread_deg": 1e-3,
    "['wide'].mean_rotation": 1e-5,
    "['wide'].spread_deg": 1e-3,
}


def log_probs(laws, rotation):
    return jnp.stack([laws[name].log_prob(rotation) for name in sorted(laws)])  # as JAX orders a dictionary


compiled_log_probs = jax.jit(log_probs)


def test_log_densities_jit_and_float32():
    check_jit(log_probs, LAWS, MATRIX, rtol=EXACT)
    check_float32(compiled_log_probs, LAWS, MATRIX, rtol=SINGLE)


def test_log_densities_vmap():
    laws = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf, leaf]), LAWS)
    check_vmap(compiled_log_probs, (laws, jnp.stack([MATRIX, MATRIX.T, jnp.eye(3)])), rtol=10 * EXACT)


def test_log_densities_derivatives():
    steps = {f"[0]{path}": step for path, step in LAW_STEPS.items()} | {"[1]": 1e-5}
    check_derivatives(log_probs, LAWS, MATRIX, steps=steps, rtol=1e-6)


@pytest.mark.skipif(not DOUBLE, reason="difference quotients drown in rounding")
@pytest.mark.parametrize(("name", "leaf"), [("fisher", "concentration"), ("gauss", "spread_deg")])
def test_samples_follow_the_spread(name, leaf):
    # Reparametrised; for this key the quotient crosses no node of the Gaussian's table.
    law = LAWS[name]

    @jax.jit
    def sample(value):
        def drawn(value):
            return eqx.tree_at(lambda law: getattr(law, leaf), law, value).sample(3, key=jax.random.key(0))

        return jax.jvp(drawn, (value,), (jnp.ones_like(value),))

    value, step = getattr(law, leaf), 1e-4
    _, derivative = sample(value)
    quotient = (sample(value + step)[0] - sample(value - step)[0]) / (2 * step)
    assert np.abs(derivative).max() > 1e-3
    np.testing.assert_allclose(derivative, quotient, atol=1e-7)


def test_samples_keep_their_type():
    for law in LAWS.values():
        single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), law)
        drawn = jax.eval_shape(lambda law: law.sample(3, key=jax.random.key(0)), single)
        assert drawn.dtype == jnp.float32
