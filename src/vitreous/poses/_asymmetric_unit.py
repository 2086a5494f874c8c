"""One orientation for each set that a symmetric particle cannot tell apart."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from ._groups import PointGroup
from ._sampling import uniform_rotations

# Ten degrees from z towards x, and as far or farther from every axis of every group of `point_group`: none of their
# rotations leaves it where it is. The others serve groups in settings of their own, with an axis there.
_SEEDS = np.array(
    [
        [np.sin(np.deg2rad(10)), 0.0, np.cos(np.deg2rad(10))],
        [0.48, 0.36, 0.80],
        [0.64, -0.60, 0.48],
        [-0.36, 0.80, 0.48],
    ]
)
_TOO_NEAR = 1e-3
# Breaks ties where the beam runs along a symmetry axis: nearest to the identity, then by a small skew part.
_TIE_BREAK = np.eye(3) + 1e-2 * np.array([[0.0, 3.0, -2.0], [-3.0, 0.0, 1.0], [2.0, -1.0, 0.0]])


def reduce_to_asymmetric_unit(rotations: Float[Array, "*batch 3 3"], group: PointGroup) -> Float[Array, "*batch 3 3"]:
    r"""The one of the equivalent orientations $\{R g\}$ that lies in the asymmetric unit.

    For a volume with $gV = V$ the poses $R$ and $Rg$ give the same image. Of them the one is taken whose viewing
    direction $d = (Rg)^\mathsf{T} \hat z$ is nearest to a fixed direction $s$ ten degrees from $z$ towards $x$: the
    Dirichlet cell of $s$ on the sphere of directions. For C$n$ that is the azimuth of $d$ within ±180°/n, and for
    D$n$ the upper half of it. Where several have the same $d$ (it lies on a symmetry axis) or are equally near (it
    lies on the cell's border), the one nearest to the identity is taken. A group of your own whose axis lies too near
    to $s$ gets another $s$.

    Arguments:
        rotations: Active rotations, one or a batch of any shape; under `jax.vmap` and `jax.jit` too.
        group: The symmetry, one of `point_group` or any other `PointGroup`. (Hashable: a static argument.)

    Returns:
        $R g$ for each $R$: the same for every member of a set, and unchanged if applied again.

    Examples:
        >>> from vitreous.poses import point_group, rotation_from_euler
        >>> turned = rotation_from_euler(100.0, 30.0, 0.0)[None]
        >>> same = rotation_from_euler(10.0, 30.0, 0.0)[None]
        >>> four = point_group("C4")
        >>> bool(jnp.allclose(reduce_to_asymmetric_unit(turned, four), reduce_to_asymmetric_unit(same, four)))
        True
    """
    dtype = rotations.dtype
    matrices = jnp.asarray(group.matrices, dtype)
    directions = jnp.asarray(group.matrices @ _seed(group), dtype)
    ties = jnp.asarray(group.matrices @ _TIE_BREAK, dtype)
    # (Rg)ᵀz · s = (row z of R) · (g s), and tr(R g B) is a sum over the entries of R.
    nearness = jnp.matmul(rotations[..., 2, :], directions.T, precision=lax.Precision.HIGHEST)
    tie_break = jnp.einsum("...ij,gji->...g", rotations, ties, precision=lax.Precision.HIGHEST)
    nearest = nearness >= nearness.max(axis=-1, keepdims=True) - 100 * jnp.finfo(dtype).eps
    chosen = jnp.argmax(jnp.where(nearest, tie_break, -jnp.inf), axis=-1)
    return jnp.matmul(rotations, matrices[chosen], precision=lax.Precision.HIGHEST)


def random_asymmetric_unit(n: int, group: PointGroup, *, key: PRNGKeyArray) -> Float[Array, "n 3 3"]:
    """Orientations drawn uniformly from a group's asymmetric unit.

    Arguments:
        n: How many.
        group: The symmetry.
        key: A JAX random key.

    Returns:
        Uniform rotations, each reduced by `reduce_to_asymmetric_unit`.

    Raises:
        InputError: `n` is negative.

    Examples:
        >>> import jax
        >>> from vitreous.poses import point_group
        >>> random_asymmetric_unit(5, point_group("O"), key=jax.random.key(0)).shape
        (5, 3, 3)
    """
    return reduce_to_asymmetric_unit(uniform_rotations(n, key=key), group)


def border_distance(directions: Float[np.ndarray, "n 3"], group: PointGroup) -> Float[np.ndarray, "n"]:
    """How far viewing directions lie inside the borders of the asymmetric unit, in radians; negative outside.

    A border lies halfway between the seed of the unit and one of its images: the distance is to the nearest of these
    great circles (outside, to the farthest on the wrong side, so a bound on that to the unit).
    """
    seed = _seed(group)
    apart = seed - group.matrices[1:] @ seed
    normals = apart / np.linalg.norm(apart, axis=1, keepdims=True)
    return np.arcsin(np.clip(directions @ normals.T, -1, 1)).min(axis=1, initial=np.pi)


def _seed(group: PointGroup) -> np.ndarray:
    """The first seed that the group moves, or the one that it moves most."""
    moved = np.linalg.norm(_SEEDS - np.einsum("gij,sj->gsi", group.matrices[1:], _SEEDS), axis=2)
    nearest = moved.min(axis=0, initial=np.inf)
    return _SEEDS[np.argmax(nearest >= _TOO_NEAR) if np.any(nearest >= _TOO_NEAR) else np.argmax(nearest)]
