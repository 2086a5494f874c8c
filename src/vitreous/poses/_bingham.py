"""Bingham's law of quaternions, which is the matrix Fisher law of rotations."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import i0e, i1e, logsumexp
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import InputError

from ._base import as_vector, check_matrix
from ._law import AbstractOrientationLaw
from ._quaternion import davenport_matrix, quaternion_from_rotation, rotation_from_quaternion
from ._sampling import check_number

# Trapezoids in the logit s of v = 1 / (1 + e⁻ˢ): every scale of v and of 1 − v has as many nodes, so the error does
# not depend on the concentration. The integrand is analytic for |Im s| < π/2: e^(−π² / 0.33) = 1e-13.
_LOGITS = np.arange(-42, 42.001, 0.33)
_NEAR_ONE, _NEAR_ZERO = 1 / (1 + np.exp(-_LOGITS)), 1 / (1 + np.exp(_LOGITS))
_LOG_WEIGHTS = np.log(0.33 * _NEAR_ONE * _NEAR_ZERO)


class BinghamOrientations(AbstractOrientationLaw):
    r"""Orientations around one or several, spread differently about each axis.

    $$p(R) = \frac{e^{q^\mathsf{T} A q}}{c(A)}$$

    relative to the uniform law, with $q$ either unit quaternion of $R$ (Bingham, *Ann. Statist.* 1974, 2, 1201). The
    matrix Fisher law $e^{\mathrm{tr}(F^\mathsf{T} R)}$ is the same family (Prentice, *J. R. Stat. Soc. B* 1986, 48,
    214). The normalisation is exact: in pairs of eigenvalues $\lambda$ of $A$,

    $$c(A) = \int_0^1 e^{v \frac{\lambda_1 + \lambda_2}{2} + (1 - v) \frac{\lambda_3 + \lambda_4}{2}} \,
    I_0\!\left(v \tfrac{\lambda_1 - \lambda_2}{2}\right) I_0\!\left((1 - v) \tfrac{\lambda_3 - \lambda_4}{2}\right) dv$$

    (as $v = q_1^2 + q_2^2$ is uniform on the sphere, and the two angles left give the Bessel functions), integrated
    numerically to 1e-12.

    Arguments:
        parameter: $A$; its antisymmetric part has no effect, and adding a multiple of 1 neither.

    Raises:
        InputError: `parameter` is not 4 × 4.

    Examples:
        >>> law = BinghamOrientations(jnp.diag(jnp.array([0.0, -9.0, -9.0, -1.0])))
        >>> bool(law.log_prob(jnp.eye(3)) > law.log_prob(jnp.diag(jnp.array([-1.0, -1.0, 1.0]))) > 0)
        True
    """

    parameter: Float[Array, "4 4"]

    def __init__(self, parameter: Float[Array, "4 4"]):
        self.parameter = jnp.asarray(parameter)
        if self.parameter.shape != (4, 4):
            raise InputError(
                f"parameter has shape {self.parameter.shape}, but quaternions need a 4 × 4 matrix.",
                hint="Use BinghamOrientations.around(rotation, spread_deg=(5.0, 5.0, 5.0)), or jax.vmap for a batch.",
            )

    @classmethod
    def around(
        cls, rotation: Float[Array, "3 3"], *, spread_deg: Float[Array, "3"] | tuple[float, float, float]
    ) -> "BinghamOrientations":
        r"""The law around one orientation, with a spread about each axis of the image.

        $A = -\sum_i \frac{2}{\sigma_i^2} q_i q_i^\mathsf{T}$ with $q_i$ half a turn from the mean about axis $i$. For
        small spreads $R = e^{\omega} \bar R$ with normal $\omega_i$ of standard deviation $\sigma_i$.

        Arguments:
            rotation: $\bar R$.
            spread_deg: $\sigma$ in degrees about $x$, $y$ and $z$ (in the plane of the image). Infinity is allowed.

        Returns:
            The law.

        Examples:
            >>> law = BinghamOrientations.around(jnp.eye(3), spread_deg=(1.0, 1.0, jnp.inf))
            >>> rotations = jax.jit(lambda key: law.sample(200, key=key))(jax.random.key(0))
            >>> bool(rotations[:, 2, 2].min() > 0.99), bool(rotations[:, 0, 0].min() < -0.5)
            (True, True)
        """
        w, x, y, z = quaternion_from_rotation(check_matrix(rotation))
        across = jnp.stack([jnp.stack(row) for row in ([-x, w, -z, y], [-y, z, w, -x], [-z, -y, x, w])])
        precision = 2 / jnp.deg2rad(as_vector(spread_deg, name="spread_deg", length=3)) ** 2
        return cls(-jnp.einsum("ip,i,iq->pq", across, precision, across, precision=lax.Precision.HIGHEST))

    @classmethod
    def from_matrix_fisher(cls, parameter: Float[Array, "3 3"]) -> "BinghamOrientations":
        r"""The matrix Fisher law $p(R) \propto e^{\mathrm{tr}(F^\mathsf{T} R)}$.

        Arguments:
            parameter: $F$.

        Returns:
            The same law of the quaternions.

        Examples:
            >>> law = BinghamOrientations.from_matrix_fisher(10 * jnp.eye(3))
            >>> bool(law.log_prob(jnp.eye(3)) > law.log_prob(jnp.diag(jnp.array([1.0, -1.0, -1.0]))))
            True
        """
        return cls(davenport_matrix(check_matrix(parameter)))

    @property
    def log_normaliser(self) -> Float[Array, ""]:
        r"""$\log c(A)$, smooth in the parameter where its eigenvalues coincide too."""
        return _log_normaliser(jnp.linalg.eigvalsh(self._symmetric()))

    def log_prob(self, rotation: Float[Array, "3 3"]) -> Float[Array, ""]:
        """The logarithm of the density at one orientation, relative to the uniform law.

        Arguments:
            rotation: An active rotation.

        Returns:
            The log-density, differentiable in the parameter.
        """
        # q qᵀ = (1 + K(R)) / 4, so no quaternion and no choice of its sign is needed.
        outer = (jnp.eye(4, dtype=rotation.dtype) + davenport_matrix(rotation)) / 4
        return jnp.sum(self.parameter * outer) - self.log_normaliser

    def sample(self, n: int, *, key: PRNGKeyArray) -> Float[Array, "n 3 3"]:
        """`n` independent orientations, as active rotation matrices.

        Exact, by rejection from the angular central Gaussian law (Kent, Ganeiban & Mardia, arXiv:1310.8110, 2013),
        which accepts about half of the tries or more whatever the parameter.

        Arguments:
            n: How many.
            key: A JAX random key.

        Returns:
            The rotations. They have no derivative in the parameter.

        Raises:
            InputError: `n` is negative.
        """
        check_number(n)
        eigenvalues, vectors = jnp.linalg.eigh(lax.stop_gradient(self._symmetric()))
        decays = eigenvalues[-1] - eigenvalues
        width = _envelope(decays)
        draw = jax.vmap(lambda key: _draw(decays, width, key))
        quaternions = jnp.matmul(draw(jax.random.split(key, n)), vectors.T, precision="highest")
        return jax.vmap(rotation_from_quaternion)(quaternions)

    def _symmetric(self) -> Array:
        return (self.parameter + self.parameter.T) / 2


def _log_normaliser(eigenvalues: Array) -> Array:
    d, c, b, a = eigenvalues
    near, far, weights = (jnp.asarray(x, eigenvalues.dtype) for x in (_NEAR_ONE, _NEAR_ZERO, _LOG_WEIGHTS))
    # Relative to the largest, so that nothing overflows or cancels.
    exponents = near * (b - a) / 2 + far * ((c - a) + (d - a)) / 2
    return a + logsumexp(weights + exponents + _log_i0(near * (a - b) / 2) + _log_i0(far * (c - d) / 2))


@jax.custom_jvp
def _log_i0(x: Array) -> Array:
    """The logarithm of I₀, even and smooth; JAX's own derivative of the scaled function is wrong at 0."""
    return jnp.log(i0e(x)) + jnp.abs(x)


@_log_i0.defjvp
def _log_i0_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    x, dx = primals[0], tangents[0]
    return _log_i0(x), i1e(x) / i0e(x) * dx


def _envelope(decays: Array) -> Array:
    """The b of Kent et al. with Σ 1/(b + 2λ) = 1: convex and falling, so Newton from the left, b = 1, is safe."""

    def newton(_: Array | int, b: Array) -> Array:
        terms = 1 / (b + 2 * decays)
        return b + (jnp.sum(terms) - 1) / jnp.sum(terms**2)

    return lax.fori_loop(0, 30, newton, jnp.ones((), decays.dtype))


def _draw(decays: Array, width: Array, key: PRNGKeyArray) -> Array:
    """One unit vector with density exp(−Σ decays x²), by rejection."""
    tightness = 1 + 2 * decays / width
    log_bound = 2 * jnp.log(4 / width) - (4 - width) / 2

    def attempt(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        key, propose, accept = jax.random.split(state[0], 3)
        x = jax.random.normal(propose, (4,), decays.dtype) / jnp.sqrt(tightness)
        squares = x**2 / jnp.sum(x**2)
        log_ratio = 2 * jnp.log(jnp.sum(squares * tightness)) - jnp.sum(squares * decays) - log_bound
        rejected = jnp.log(jax.random.uniform(accept, (), decays.dtype)) > log_ratio
        return key, x / jnp.sqrt(jnp.sum(x**2)), rejected

    start = (key, jnp.zeros(4, decays.dtype), jnp.ones((), bool))
    return lax.while_loop(lambda state: state[2], attempt, start)[1]
