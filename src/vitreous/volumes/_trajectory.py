"""The frames of a trajectory as conformations."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from vitreous._core import InputError, as_float
from vitreous.io import Trajectory

from ._atoms import move_atoms
from ._base import AbstractAtomVolume, AbstractVolumeParametrization
from ._gaussian_mixture import GaussianMixtureVolume


class TrajectoryVolume(AbstractVolumeParametrization):
    """Atoms in one of many frames: a molecular dynamics ensemble.

    `get_representation(rng_key)` draws a frame, all being equally probable; without a key it gives `frame`, which
    `at_frame` sets (and `jax.vmap` over frames lists).

    Arguments:
        atoms: The atoms, wherever they are.
        positions: (x, y, z) in Å, of each frame and atom.
        frame: The frame that is shown when none is drawn.

    Raises:
        InputError: The frames have another number of atoms.

    Examples:
        >>> atoms = GaussianMixtureVolume(np.zeros((2, 3)), 1.0, 1.0)
        >>> frames = np.arange(18.0).reshape(3, 2, 3)
        >>> TrajectoryVolume(atoms, frames).at_frame(2).get_representation().positions[0].tolist()
        [12.0, 13.0, 14.0]
    """

    atoms: AbstractAtomVolume
    positions: Float[Array, "f n 3"]
    frame: Int[Array, ""]

    def __init__(
        self,
        atoms: AbstractAtomVolume,
        positions: Float[Array | np.ndarray, "f n 3"],
        frame: int | Int[Array, ""] = 0,
    ):
        self.atoms = atoms
        self.positions = as_float(positions)
        self.frame = jnp.asarray(frame)
        move_atoms(atoms, self._fitting)

    @classmethod
    def from_trajectory(cls, trajectory: Trajectory, *, superpose: bool = True) -> "TrajectoryVolume":
        """Frames that `vitreous.io.read_trajectory` read, with the scattering factors of their elements.

        Arguments:
            trajectory: Atoms and frames; the atoms' B-factors and occupancies are used.
            superpose: Rotate and move each frame onto the first, which is centred: a simulated molecule tumbles, and
                here that is what poses are for. Otherwise positions are taken as they are.

        Raises:
            InputError: An element has no scattering factor.
        """
        positions = _superposed(trajectory.positions) if superpose else trajectory.positions
        return cls(GaussianMixtureVolume.from_atoms(trajectory.atoms), jnp.asarray(positions, float))

    @classmethod
    def from_universe(
        cls,
        universe: Any,
        *,
        select: str = "all",
        frames: slice | Sequence[int] = slice(None),
        superpose: bool = True,
    ) -> "TrajectoryVolume":
        """The frames of an MDAnalysis universe.

        Arguments:
            universe: An `MDAnalysis.Universe`, see `vitreous.io.Trajectory.from_universe`.
            select: Which atoms, in MDAnalysis' language.
            frames: Which frames.
            superpose: As in `from_trajectory`.

        Raises:
            InputError: No atom or frame is selected, or an element is not named or has no scattering factor.
        """
        trajectory = Trajectory.from_universe(universe, select=select, frames=frames)
        return cls.from_trajectory(trajectory, superpose=superpose)

    def at_frame(self, frame: int | Int[Array, ""]) -> "TrajectoryVolume":
        """The same ensemble, another frame of which is shown; the frame may be traced.

        Arguments:
            frame: From 0.
        """
        return eqx.tree_at(lambda volume: volume.frame, self, jnp.asarray(frame))

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> AbstractAtomVolume:
        """The atoms in a frame.

        Arguments:
            rng_key: What to draw the frame with. Without one, it is `frame`.
        """
        count = self.positions.shape[0]
        frame = self.frame if rng_key is None else jax.random.randint(rng_key, (), 0, count)
        return move_atoms(self.atoms, lambda _: self.positions[frame])

    def _fitting(self, positions: Float[Array, "n 3"]) -> Float[Array, "n 3"]:
        if self.positions.shape[1:] != positions.shape:
            raise InputError(
                f"frames of shape {self.positions.shape} do not hold positions of shape {positions.shape}.",
                hint="Give positions (frames, atoms, 3) of exactly these atoms.",
            )
        return positions


def _superposed(positions: Float[np.ndarray, "f n 3"]) -> Float[np.ndarray, "f n 3"]:
    """Each frame centred and rotated onto the first with the least sum of squares (Kabsch 1976, Acta Cryst. A32)."""
    centred = positions.astype(np.float64) - positions.mean(axis=1, keepdims=True, dtype=np.float64)
    left, _, right = np.linalg.svd(np.einsum("fni,nj->fij", centred, centred[0]))
    handedness = np.ones((len(centred), 3))
    handedness[:, 2] = np.linalg.det(left) * np.linalg.det(right)  # a rotation, never a mirror
    return np.einsum("fni,fik,fk,fkj->fnj", centred, left, handedness, right)
