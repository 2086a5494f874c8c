"""Rigid motions, tangent poses, helices, sequences of Euler angles and laws of orientations under JAX's transforms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.poses import (
    BinghamOrientations,
    IsotropicGaussianOrientations,
    PoseDialect,
    TangentPose,
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

# Rounding: a few dozen operations, compiled in another order.
EXACT = 1e-13 if jax.config.jax_enable_x64 else 2e-6
# Dozens of float32 operations on angles of up to 140°.
SINGLE = 5e-6

TWIST = jnp.array([3.0, -1.0, 2.0, 40.0, -60.0, 25.0])
MATRIX = rotation_from_euler(20.0, 70.0, -140.0)
MOTION = exp_se3(TWIST)
NUMBERS = jnp.array([20.0, 70.0, -140.0])

# A function, its argument, and the step of its difference quotient (which errs by h² / 6 third derivatives).
FUNCTIONS = {
    "exp_se3": (exp_se3, TWIST, 1e-3),
    "exp_se3 in its series": (exp_se3, 0.3 * TWIST, 1e-3),
    "log_se3": (log_se3, MOTION, 1e-5),
    "log_se3 in its series": (log_se3, exp_se3(0.3 * TWIST), 1e-5),
    "adjoint_se3": (adjoint_se3, MOTION, 1e-3),
    "rotation_to_beam": (rotation_to_beam, jnp.array([0.6, 0.0, -0.8]), 1e-4),
    "from EMAN2": (lambda numbers: rotation_from_dialect(numbers, PoseDialect.EMAN2), NUMBERS, 1e-3),
    "to EMAN2": (lambda matrix: dialect_from_rotation(matrix, PoseDialect.EMAN2), MATRIX, 1e-5),
    "from cryoSPARC": (lambda numbers: rotation_from_dialect(numbers, PoseDialect.CRYOSPARC), NUMBERS / 60, 1e-4),
}
functions = pytest.mark.parametrize(("function", "argument", "step"), FUNCTIONS.values(), ids=FUNCTIONS)


@functions
def test_functions(function, argument, step):
    function = jax.jit(function)
    check_float32(function, argument, rtol=SINGLE)
    check_vmap(function, (jnp.stack([argument, 1.1 * argument]),), rtol=EXACT)
    check_derivatives(function, argument, steps={"[0]": step}, rtol=1e-7)


def test_jit():
    check_jit(lambda twist: log_se3(exp_se3(twist)), TWIST, rtol=EXACT)
    check_jit(lambda numbers: rotation_from_dialect(numbers, PoseDialect.EMAN2), NUMBERS, rtol=EXACT)


def test_helical_operations():
    def copies(rise, twist):
        rotations, translations = helical_operations(rise, twist, 5, starts=2, dihedral=True)
        return rotations @ jnp.array([3.0, 1.0, 0.5], rotations.dtype) + translations

    rise, twist = jnp.asarray(1.4), jnp.asarray(22.0)
    check_jit(copies, rise, twist, rtol=EXACT)
    check_float32(copies, rise, twist, rtol=SINGLE)
    check_vmap(copies, (jnp.stack([rise, 2 * rise]), jnp.stack([twist, -twist])), rtol=EXACT)
    check_derivatives(copies, rise, twist, steps={"[0]": 1e-2, "[1]": 1e-2}, rtol=1e-7)


POINTS = jnp.asarray(10 * np.random.default_rng(1).normal(size=(4, 3)))


def test_tangent_pose():
    base = TangentPose(TWIST, base_rotation=MATRIX, base_offset=jnp.array([1.0, 2.0, 3.0]))

    def transform(pose, points):
        return pose.transform(points)

    check_float32(transform, base, POINTS, rtol=SINGLE)
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, 0.5 * leaf]), (base, POINTS))
    check_vmap(jax.jit(transform), batch, rtol=EXACT)

    def moved(twist, points):
        pose = TangentPose(twist, base_rotation=base.base_rotation, base_offset=base.base_offset)
        return pose.transform(points)

    check_derivatives(moved, TWIST, POINTS, steps={"[0]": 1e-3, "[1]": 1e-3}, rtol=1e-8)


LAWS = {
    "von Mises-Fisher": VonMisesFisherOrientations((0.3, -0.5, 0.2), 4.0),
    "Bingham": BinghamOrientations(jnp.asarray(np.random.default_rng(2).normal(size=(4, 4)))),
    "Gaussian": IsotropicGaussianOrientations(MATRIX.T, 30.0),
    "Gaussian, wide": IsotropicGaussianOrientations(MATRIX.T, 60.0),
}
STEPS = {
    ".mean_direction": 1e-4,
    ".concentration": 1e-3,
    ".parameter": 1e-4,
    ".mean_rotation": 1e-5,
    ".spread_deg": 1e-3,
}


def log_prob(law, rotation):
    return law.log_prob(rotation)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_log_densities(law):
    compiled = jax.jit(log_prob)
    check_float32(compiled, law, MATRIX, rtol=2e-5)  # log-densities of order one, of numbers of order ten
    batch = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf, leaf]), law), jnp.stack([MATRIX, MATRIX.T, jnp.eye(3)])
    check_vmap(compiled, batch, rtol=10 * EXACT)
    steps = {f"[0]{path}": step for path, step in STEPS.items() if hasattr(law, path[1:])} | {"[1]": 1e-5}
    check_derivatives(log_prob, law, MATRIX, steps=steps, rtol=1e-6)


@pytest.mark.parametrize("name", ["von Mises-Fisher", "Gaussian"])
def test_samples_follow_the_parameters(name):
    # Reparametrised: d sample / d parameters, whose quotient crosses no border of the table for this key.
    law = LAWS[name]

    def sample(law):
        return law.sample(3, key=jax.random.key(0))

    steps = {f"[0]{path}": step for path, step in STEPS.items() if hasattr(law, path[1:])}
    check_derivatives(sample, law, steps=steps, rtol=1e-5)


def test_samples_keep_their_type():
    for law in LAWS.values():
        single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), law)
        assert jax.eval_shape(lambda law: law.sample(3, key=jax.random.key(0)), single).dtype == jnp.float32
