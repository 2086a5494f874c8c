"""Atoms as sums of Gaussians."""

import math

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_float, is_concrete, sum_batches
from vitreous.constants import HEAVIEST_TABULATED, PengScatteringFactorParameters, element_symbol
from vitreous.io import AtomTable
from vitreous.poses import AbstractPose

from ._base import AbstractAtomVolume

_B_TO_VARIANCE = 1 / (8 * math.pi**2)
_TERMS_AT_A_TIME = 2**22  # of a transform: 16 MB in single precision

# Of any shape, because `_as_positions` and `_as_columns` check it and say what is wrong: (n, 3), and one number, one
# per position (n), or one per Gaussian (n, g).
_Positions = Float[Array | np.ndarray, "..."]
_Values = FloatLike | Float[Array | np.ndarray, "..."]


class GaussianMixtureVolume(AbstractAtomVolume):
    r"""A volume that is a sum of isotropic Gaussians, several of them at each position.

    $$ U(\mathbf r) = \sum_{i} \sum_{j} \frac{a_{ij}}{(2\pi\sigma_{ij}^2)^{3/2}}
       \exp\!\left(-\frac{|\mathbf r - \mathbf r_i|^2}{2\sigma_{ij}^2}\right), \qquad
       \tilde U(\boldsymbol\xi) = \sum_{i,j} a_{ij} \, e^{-2\pi^2\sigma_{ij}^2 |\boldsymbol\xi|^2}
       e^{-2\pi i \boldsymbol\xi\cdot\mathbf r_i}. $$

    This is the form of the tabulated elastic scattering factors of Peng, Ren, Dudarev & Whelan (*Acta Cryst.* A52,
    1996): with their $a$ and $b$, and a B-factor $B$, $\sigma^2 = (b + B) / 8\pi^2$, so that each term is
    $a \exp(-(b + B)\, q^2/4)$ at $q = |\boldsymbol\xi|$.

    Arguments:
        positions: Positions (x, y, z) in Å, from the centre of the box, of shape (n, 3).
        amplitudes: Integral of each Gaussian in Å, of any sign: one number, one per position (n), or
            one per Gaussian (n, g).
        variances: Variance of each Gaussian in Å², of the same shapes.

    Raises:
        InputError: The shapes do not fit together, or a variance is negative or not a number (checked outside
            `jax.jit`).

    Examples:
        >>> volume = GaussianMixtureVolume(np.zeros((2, 3)), amplitudes=1.5, variances=np.array([0.5, 1.0]))
        >>> volume.amplitudes.shape
        (2, 1)
    """

    positions: Float[Array, "n 3"]
    amplitudes: Float[Array, "n g"]
    variances: Float[Array, "n g"]

    def __init__(self, positions: _Positions, amplitudes: _Values, variances: _Values):
        positions = _as_positions(positions)
        amplitudes, variances = _as_columns(positions.shape[0], amplitudes=amplitudes, variances=variances)
        dtype = jnp.result_type(positions, amplitudes, variances)
        self.positions = positions.astype(dtype)
        self.amplitudes = amplitudes.astype(dtype)
        self.variances = variances.astype(dtype)
        _check_variances(self.variances)

    @classmethod
    def from_tabulated_parameters(
        cls,
        atom_positions: _Positions,
        parameters: PengScatteringFactorParameters,
        extra_b_factors: _Values | None = None,
    ) -> "GaussianMixtureVolume":
        r"""Atoms with tabulated elastic scattering factors.

        Arguments:
            atom_positions: Positions (x, y, z) in Å.
            parameters: The table's rows for these atoms, $a$ (Å) and $b$ (Å²) of shape (n, 5).
            extra_b_factors: B-factors in Å² of the whole structure or of each atom, added to $b$. None adds nothing.

        Raises:
            InputError: The shapes do not fit together, or a B-factor is so negative that a Gaussian has no width, or
                is not a number.
        """
        extra = 0.0 if extra_b_factors is None else extra_b_factors
        b, extra = _as_columns(len(atom_positions), b=parameters.b, extra_b_factors=extra)
        return cls(atom_positions, parameters.a, (b + extra) * _B_TO_VARIANCE)

    @classmethod
    def from_atoms(cls, table: AtomTable) -> "GaussianMixtureVolume":
        r"""The potential of a structure, with its B-factors (blur) and occupancies (weight).

        Arguments:
            table: The atoms, as `vitreous.io.read_atoms` returns them; positions are taken as they are, so centre
                the table first.

        Raises:
            InputError: An element has no scattering factor, or a B-factor is too negative or not a number.
        """
        _check_elements(table)
        parameters = PengScatteringFactorParameters(table.atomic_numbers)
        _check_b_factors(table, np.asarray(parameters.b))
        volume = cls.from_tabulated_parameters(
            jnp.asarray(table.positions, dtype=float), parameters, jnp.asarray(table.b_factors, dtype=float)
        )
        occupancies = jnp.asarray(table.occupancies, dtype=float)
        return eqx.tree_at(lambda v: v.amplitudes, volume, volume.amplitudes * occupancies[:, None])

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> "GaussianMixtureVolume":
        """The volume itself; the key is not used."""
        return self

    def rotate_to_pose(self, pose: AbstractPose, inverse: bool = False) -> "GaussianMixtureVolume":
        """The volume with its positions rotated by the pose about the origin (or by the inverse rotation)."""
        return eqx.tree_at(lambda v: v.positions, self, pose.rotate(self.positions, inverse=inverse))

    def translate_to_pose(self, pose: AbstractPose) -> "GaussianMixtureVolume":
        """The volume with its positions moved by the pose's offset in Å."""
        return eqx.tree_at(lambda v: v.positions, self, self.positions + pose.offset)

    def values_at(self, frequencies: Float[Array, "*points 3"]) -> Complex[Array, "*points"]:
        r"""The Fourier transform $\tilde U(\boldsymbol\xi)$ in Å (see the class), summed atom by atom.

        Time grows as points · n · g; memory stays bounded, in the gradient too.

        Arguments:
            frequencies: (x, y, z) in Å⁻¹, of any magnitude.

        Examples:
            >>> volume = GaussianMixtureVolume(np.zeros((1, 3)), amplitudes=2.0, variances=1.0)
            >>> round(float(volume.values_at(jnp.zeros(3)).real), 6)
            2.0
        """
        points = frequencies.reshape(-1, 3)
        squares = jnp.sum(points**2, axis=-1)

        def batch_sum(atoms: tuple[Array, Array, Array]) -> Complex[Array, " p"]:
            positions, amplitudes, variances = atoms
            turns = jnp.einsum("pd,nd->pn", points, positions, precision=lax.Precision.HIGHEST)
            # Whole turns are dropped first: float32 then keeps its digits for the part of the phase that matters.
            phase = -2 * math.pi * (turns - lax.stop_gradient(jnp.round(turns)))
            weight = jnp.sum(amplitudes * jnp.exp(-2 * math.pi**2 * variances * squares[:, None, None]), axis=-1)
            return jnp.sum(lax.complex(weight * jnp.cos(phase), weight * jnp.sin(phase)), axis=-1)

        batch_size = max(1, _TERMS_AT_A_TIME // max(1, self.amplitudes.shape[1] * points.shape[0]))
        atoms = (self.positions, self.amplitudes, self.variances)
        return sum_batches(batch_sum, atoms, batch_size=batch_size).reshape(frequencies.shape[:-1])


def join(a: GaussianMixtureVolume, b: GaussianMixtureVolume) -> GaussianMixtureVolume:
    """The sum of two Gaussian mixtures.

    Where both have the same positions (as a molecule and the solvent that it displaces), their Gaussians are put side
    by side at them, which costs less to image than positions that are listed twice; positions that are being traced
    count as different unless they are one and the same array. The volume is the same either way.

    Arguments:
        a: A mixture of n positions with g Gaussians each.
        b: A mixture of m positions with h Gaussians each.

    Returns:
        A mixture of n positions with g + h Gaussians where positions are shared; otherwise of n + m positions with
        max(g, h) Gaussians, the missing ones of amplitude zero.

    Examples:
        >>> atom = GaussianMixtureVolume(np.zeros((1, 3)), 1.0, 0.5)
        >>> join(atom, atom).amplitudes.tolist()
        [[1.0, 1.0]]
        >>> join(atom, GaussianMixtureVolume(np.ones((1, 3)), 2.0, 0.5)).amplitudes.tolist()
        [[1.0], [2.0]]
    """
    if _same(a.positions, b.positions):
        amplitudes = jnp.concatenate([a.amplitudes, b.amplitudes], axis=1)
        return GaussianMixtureVolume(a.positions, amplitudes, jnp.concatenate([a.variances, b.variances], axis=1))
    g = max(a.amplitudes.shape[1], b.amplitudes.shape[1])

    def widen(values: Float[Array, "n g"], fill: float) -> Float[Array, "n h"]:
        return jnp.pad(values, ((0, 0), (0, g - values.shape[1])), constant_values=fill)

    return GaussianMixtureVolume(
        jnp.concatenate([a.positions, b.positions]),
        jnp.concatenate([widen(a.amplitudes, 0.0), widen(b.amplitudes, 0.0)]),
        # Any width would do for a Gaussian of amplitude zero; that of another leaves the largest as it is.
        jnp.concatenate([_repeat_first(a.variances, g), _repeat_first(b.variances, g)]),
    )


def _repeat_first(values: Float[Array, "n g"], g: int) -> Float[Array, "n h"]:
    return jnp.concatenate([values, jnp.repeat(values[:, :1], g - values.shape[1], axis=1)], axis=1)


def _same(a: Array, b: Array) -> bool:
    if a is b:
        return True
    if a.shape != b.shape or not (is_concrete(a) and is_concrete(b)):
        return False
    return bool(np.array_equal(a, b))  # under jit, jnp would trace it


def _as_positions(positions: _Positions) -> Float[Array, "n 3"]:
    array = jnp.asarray(positions)
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(
            f"positions have shape {array.shape}, not (n, 3).", hint="Give (x, y, z) in Å for each; jax.vmap a batch."
        )
    return array


def _as_columns(n: int, **values: _Values) -> list[Float[Array, "n g"]]:
    """The values as arrays of one shape (n, g)."""
    arrays = {name: as_float(value) for name, value in values.items()}
    for name, array in arrays.items():
        if array.ndim > 2 or (array.ndim > 0 and array.shape[0] != n):
            raise InputError(
                f"{name} of shape {array.shape} were given for {n} positions.",
                hint="Give one number, one per position (n,), or one per Gaussian (n, g).",
            )
    columns = [array[:, None] if array.ndim == 1 else array for array in arrays.values()]
    sizes = {array.shape[1] for array in columns if array.ndim == 2} - {1}
    if len(sizes) > 1:
        shapes = " and ".join(f"{name} of shape {array.shape}" for name, array in arrays.items())
        raise InputError(
            f"{shapes} differ in the number of Gaussians at a position.",
            hint="Give both (n, g) with the same g, or one of them as a number or one per position.",
        )
    return [jnp.broadcast_to(array, (n, *sizes) if sizes else (n, 1)) for array in columns]


def _check_elements(table: AtomTable) -> None:
    wrong = np.flatnonzero((table.atomic_numbers < 1) | (table.atomic_numbers > HEAVIEST_TABULATED))
    if wrong.size:
        number = int(table.atomic_numbers[wrong[0]])
        element = element_symbol(number) if 1 <= number <= 118 else "X, which is unknown"
        raise InputError(
            f"{table.describe(int(wrong[0]))}: has no tabulated scattering factor (element {element}; {wrong.size} of "
            f"{len(table)} atoms have none; the table holds H to Cf).",
            hint="Name their elements in the file, or leave these atoms out (in Python AtomTable.select).",
        )


def _check_b_factors(table: AtomTable, b: Float[np.ndarray, "n 5"]) -> None:
    wrong = np.flatnonzero(~(b.min(axis=1, initial=np.inf) + table.b_factors > 0) | ~np.isfinite(table.b_factors))
    if wrong.size:
        raise InputError(
            f"{table.describe(int(wrong[0]))}: a B-factor of {table.b_factors[wrong[0]]} Å² leaves the atom no width "
            f"({wrong.size} of {len(table)} atoms are so).",
            hint="Correct these B-factors in the file, or leave these atoms out with AtomTable.select.",
        )


def _check_variances(variances: Float[Array, "n g"]) -> None:
    if not is_concrete(variances) or variances.size == 0:
        return
    known = np.asarray(variances)
    wrong = ~(known >= 0)
    if wrong.any():
        atom, gaussian = np.argwhere(wrong)[0]
        raise InputError(
            f"variance {known[atom, gaussian]} Å² of Gaussian {gaussian} at position {atom} is no width "
            f"({wrong.any(axis=1).sum()} positions of {len(known)} are so).",
            hint="Variances are B / 8π² and not negative: check the structure's B-factors for negative or missing "
            "values.",
        )
