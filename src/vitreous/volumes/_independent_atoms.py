"""Atoms of a few kinds, each kind with its own scattering factor."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray, PyTree

from vitreous._core import FloatLike, InputError, as_float
from vitreous.constants import LobatoScatteringFactorParameters, PengScatteringFactorParameters
from vitreous.filters import AbstractFilter
from vitreous.grids import frequencies as grid_frequencies
from vitreous.kernels import NufftOptions, nufft_type1
from vitreous.poses import AbstractPose

from ._base import AbstractAtomVolume
from ._scattering_factors import tabulated_factors
from ._structure_factor import structure_factor


class IndependentAtomVolume(AbstractAtomVolume):
    r"""A sum of atoms, whose potential depends on their kind alone.

    $$ \tilde U(\mathbf k) = \sum_{t} f_t(\mathbf k) \sum_{i \in t} e^{-2\pi i\,\mathbf k\cdot\mathbf r_i} $$

    over the kinds t (elements, residues, beads) with positions $\mathbf r_i$ and the scattering factor $f_t$ in Å.
    Where `GaussianMixtureVolume` is evaluated atom by atom, this is one NUFFT and one product for each kind, which is
    cheaper for large structures, and the factor may be of any form: every `vitreous.filters.AbstractFilter` is one. It
    must be radially symmetric, since poses turn the positions only.

    Arguments:
        position_pytree: Positions (x, y, z) in Å from the centre of the box, of each kind of shape (n, 3), in any tree:
            a tuple, a dictionary of elements.
        scattering_factor_pytree: The scattering factor of each kind, in the same tree: something with
            `transfer(frequencies)` in Å, such as `GaussianScatteringFactor` or a product of filters.

    Raises:
        InputError: The trees differ, or positions are not of shape (n, 3).

    Examples:
        >>> from vitreous.volumes import GaussianScatteringFactor
        >>> carbon = GaussianScatteringFactor([2.5], [20.0])
        >>> volume = IndependentAtomVolume({"C": jnp.zeros((4, 3))}, {"C": carbon})
        >>> round(float(volume.values_at(jnp.zeros(3)).real), 6)  # the sum of the factors at zero
        10.0
    """

    position_pytree: PyTree[Float[Array, "_ 3"], "T"]
    scattering_factor_pytree: PyTree[AbstractFilter]

    def __init__(
        self,
        position_pytree: PyTree[Float[Array | np.ndarray, "..."]],
        scattering_factor_pytree: PyTree[AbstractFilter],
    ):
        self.position_pytree = jax.tree.map(_as_positions, position_pytree)
        self.scattering_factor_pytree = scattering_factor_pytree
        kinds = jax.tree.structure(position_pytree)
        factors = jax.tree.structure(scattering_factor_pytree, is_leaf=_is_filter)
        if kinds != factors or not all(map(_is_filter, self._factors)):
            raise InputError(
                f"positions in the tree {kinds} and scattering factors in the tree {factors} do not go together.",
                hint="Give one scattering factor (a filter with `transfer`) for each array of positions, such as "
                'IndependentAtomVolume({"C": carbons, "O": oxygens}, {"C": factor_c, "O": factor_o}).',
            )

    @classmethod
    def from_tabulated_parameters(
        cls,
        positions_by_element: tuple[Float[Array | np.ndarray, "_ 3"], ...],
        parameters: PengScatteringFactorParameters | LobatoScatteringFactorParameters,
        *,
        b_factor_by_element: tuple[FloatLike, ...] | FloatLike | None = None,
    ) -> "IndependentAtomVolume":
        """Elements with tabulated elastic scattering factors.

        A structure of `vitreous.io.read_atoms` is split into its elements by
        `numbers = np.unique(table.atomic_numbers)` and
        `tuple(table.positions[table.atomic_numbers == z] for z in numbers)`.

        Arguments:
            positions_by_element: Positions (x, y, z) in Å of the atoms of each element.
            parameters: The table's row of each element, such as `PengScatteringFactorParameters([6, 7, 8])`.
            b_factor_by_element: B-factor in Å² of each element, or one for all. None adds nothing.

        Raises:
            InputError: There is not one row, and one B-factor, for each element.

        Examples:
            >>> carbons, oxygens = jnp.zeros((3, 3)), jnp.ones((2, 3))
            >>> volume = IndependentAtomVolume.from_tabulated_parameters(
            ...     (carbons, oxygens), PengScatteringFactorParameters([6, 8]), b_factor_by_element=20.0
            ... )
            >>> round(float(volume.values_at(jnp.zeros(3)).real), 2)  # 3 C and 2 O
            11.49
        """
        n = len(positions_by_element)
        given = 0.0 if b_factor_by_element is None else b_factor_by_element
        b_factors = tuple(given) if isinstance(given, tuple | list) else (given,) * n
        if not n == len(parameters.a) == len(b_factors):
            raise InputError(
                f"{n} arrays of positions, {len(parameters.a)} rows of scattering factors and {len(b_factors)} "
                "B-factors do not go together.",
                hint="Give one of each for every element, or a single B-factor.",
            )
        return cls(tuple(positions_by_element), tabulated_factors(parameters, b_factors))

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> "IndependentAtomVolume":
        """The volume itself; the key is not used."""
        return self

    def rotate_to_pose(self, pose: AbstractPose, inverse: bool = False) -> "IndependentAtomVolume":
        """The volume with its positions rotated by the pose about the origin (or by the inverse rotation)."""
        return self._moved(lambda positions: pose.rotate(positions, inverse=inverse))

    def translate_to_pose(self, pose: AbstractPose) -> "IndependentAtomVolume":
        """The volume with its positions moved by the pose's offset in Å."""
        return self._moved(lambda positions: positions + pose.offset)

    def values_at(self, frequencies: Float[Array, "*points 3"]) -> Complex[Array, "*points"]:
        r"""The continuous Fourier transform $\int U e^{-2\pi i k\cdot r} d^3r$ (Å), summed atom by atom.

        Arguments:
            frequencies: (x, y, z) in Å⁻¹.
        """
        total = jnp.zeros(frequencies.shape[:-1], jnp.result_type(jnp.complex64, frequencies))
        for positions, factor in self._kinds:
            ones = jnp.ones(len(positions), positions.dtype)
            total = total + factor(structure_factor(positions, ones, frequencies), frequencies)
        return total

    def half_spectrum(
        self,
        shape: tuple[int, ...],
        spacing: FloatLike,
        *,
        frequencies: Float[Array, "*nh d"] | None = None,
        eps: float = 1e-6,
        options: NufftOptions | None = None,
    ) -> Complex[Array, "*nh"]:
        r"""The spectrum of the atoms on voxels, or of their projection along z on pixels.

        $$ F_k = \frac1{p^d} \sum_t f_t(k) \sum_{i\in t} e^{-2\pi i\,k\cdot r_i} $$

        exactly up to Nyquist and nothing beyond: `Sampling.BANDLIMITED`. Atoms beyond the box are wrapped around.

        Arguments:
            shape: Voxels (z, y, x), or pixels (y, x) for the projection.
            spacing: Their size p in Å.
            frequencies: The frequencies of the half spectrum in Å⁻¹, if they are at hand.
            eps: Relative accuracy of the NUFFT, see `vitreous.kernels.nufft_type1`.
            options: How the NUFFT is computed.

        Returns:
            The half spectrum of the potential in Å⁻², or of its projection in Å⁻¹, as `vitreous.grids.rfftn`.
        """
        grid = grid_frequencies(shape, spacing) if frequencies is None else frequencies
        d = len(shape)
        total = jnp.zeros((*shape[:-1], shape[-1] // 2 + 1), jnp.result_type(jnp.complex64, *self._positions))
        for positions, factor in self._kinds:
            step = jnp.asarray(spacing, positions.dtype)
            points = positions[:, :d] / (jnp.asarray(shape[::-1], positions.dtype) * step)
            ones = jnp.ones(len(positions), positions.dtype)
            sums = nufft_type1(ones, points, shape=shape, eps=eps, options=options)
            total = total + factor(sums, grid) / step**d
        return total

    @property
    def _positions(self) -> list[Float[Array, "_ 3"]]:
        return jax.tree.leaves(self.position_pytree)

    @property
    def _factors(self) -> list[AbstractFilter]:
        return jax.tree.leaves(self.scattering_factor_pytree, is_leaf=_is_filter)

    @property
    def _kinds(self) -> list[tuple[Float[Array, "_ 3"], AbstractFilter]]:
        return list(zip(self._positions, self._factors, strict=True))

    def _moved(self, move) -> "IndependentAtomVolume":
        return eqx.tree_at(lambda v: v.position_pytree, self, jax.tree.map(move, self.position_pytree))


def _is_filter(node: object) -> bool:
    return isinstance(node, AbstractFilter)


def _as_positions(positions: Float[Array | np.ndarray, "..."]) -> Float[Array, "n 3"]:
    array = as_float(jnp.asarray(positions))
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(
            f"positions of shape {array.shape} are no points in space.", hint="Give (x, y, z) of each atom: (n, 3)."
        )
    return array
