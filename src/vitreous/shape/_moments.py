"""Moments to look at, look up and keep in files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Array, Complex, Float, Shaped

from vitreous._core import InputError
from vitreous.datasets import component_latents
from vitreous.harmonics import moment_count, moment_index

from ._invariants import invariants
from ._latent_invariants import moments_at
from ._moment_data import MomentData, moment_rows
from ._moment_file import moments_path, read_moment_data, write_moment_data
from ._moment_table import (
    LabelledArray,
    LabelledRows,
    invariant_index,
    invariants_by_label,
    listing,
    moments_by_label,
    statistics,
)
from ._pending_volume import PendingVolume


def _fact(name: str, description: str) -> property:
    """A property that reads and replaces one field of the data."""

    def read(self: "Moments") -> Any:
        return getattr(self._data, name)

    def write(self: "Moments", value: Any) -> None:
        self._data = replace(self._data, **{name: value})

    return property(read, write, doc=description)


class Moments:
    r"""The moments of a map, or of a latent space's consensus map and components, with the ball they belong to.

    A table to look things up in and to read and write files with; functions such as `invariants` and
    `vitreous.harmonics.rotate_moments` take its `array`. The names follow the tool zernike3d. Its volumes are called
    dimensions: 0 is the map itself or the consensus, and 1, 2, … are the components of a latent space.

    An instance made without arguments is empty: `load` a file, or `set_moment` one by one and `add_dimension`.

    Examples:
        >>> table = Moments.from_arrays(np.array([2.0, 1.0, 2j]), radius=40.0, voxel_size=1.5, box=64)
        >>> print(table.get_moment(1, 1, -1) == 2j, table.order, table.dimensions)
        True 1 1
        >>> table.display_invariants()
        (0, 0) 2.0
        (1, 1) 3.0
    """

    apix = _fact("voxel_size", "Voxel size in Å, or `None` where it is not known.")
    voxdim = _fact("box", "Edge of the map in voxels, or `None` where it is not known.")
    radius = _fact("radius", "Radius of the ball in Å, or `None` where it is not known.")
    center = _fact("center", "(x, y, z) of the ball's centre from index voxdim // 2, in Å.")

    def __init__(self) -> None:
        self._hold(MomentData(moments=np.zeros((0, 1), np.complex64)))

    @classmethod
    def from_arrays(
        cls,
        moments: Complex[Array | np.ndarray, "*dimensions moments"],
        *,
        radius: float | None = None,
        voxel_size: float | None = None,
        box: int | None = None,
        center: tuple[float, float, float] = (0.0, 0.0, 0.0),
        latents: Float[Array | np.ndarray, "particles k"] | None = None,
    ) -> "Moments":
        """A table of moments that are there as arrays.

        Arguments:
            moments: Moments with m ≥ 0 of one map, or a row for each map of a latent space, the consensus map first.
            radius: Of the ball, Å.
            voxel_size: Of the map, Å.
            box: Edge of the map, voxels.
            center: (x, y, z) of the ball's centre from index box // 2, Å.
            latents: Each particle's coordinates, one for each row but the first.

        Returns:
            The table.

        Raises:
            InputError: Values that are not finite, moments of no order, latents that do not go with the rows, or
                lengths that are not positive.
        """
        table = moment_rows(np.asarray(moments))
        latents = None if latents is None else np.array(latents, np.result_type(latents, np.float32))
        data = MomentData(moments=table, radius=radius, voxel_size=voxel_size, box=box, center=center, latents=latents)
        return cls.from_data(data)

    @classmethod
    def from_data(cls, data: MomentData) -> "Moments":
        """A table of what a file holds."""
        made = cls()
        made._hold(data)
        return made

    def load(self, path: str | Path, *, quiet: bool = False) -> None:
        """Read a file of vitreous or of zernike3d, of full precision or of eight bits, in place of what is here.

        The coefficients of zernike3d are converted (`from_zernike3d`).

        Arguments:
            path: The file.
            quiet: Do not print what was found.

        Raises:
            InputError: The file cannot be read, is of another kind or version, or is damaged.
        """
        if not quiet:
            print(f"Loading {path} into Moments object")
        data, eight_bit = read_moment_data(path)
        self._hold(data)
        if not quiet:
            precision = "8 bit" if eight_bit else "full"
            print(f"Detected {precision} precision moments ({'single' if self.dimensions == 1 else 'multiple'}).")

    def save(self, path: str | Path = "moments", *, eight_bit: bool = False) -> Path:
        """Write a file of ours, whole or not at all.

        Arguments:
            path: Where to. `.npz` is added where it is missing; a file of eight bits ends with `.8bit.npz`.
            eight_bit: Store two bytes for each moment: parts are off by at most 0.4 % of the largest of their (n, l).

        Returns:
            The path written.

        Raises:
            InputError: There is nothing to save, moments are set that `add_dimension` has not added, or the folder
                cannot be written.
        """
        path = moments_path(path, eight_bit=eight_bit)
        write_moment_data(path, self.data, eight_bit=eight_bit)
        return path

    @property
    def data(self) -> MomentData:
        """All that a file of ours holds.

        Raises:
            InputError: There are no moments, or some that `add_dimension` has not added.
        """
        if self._pending:
            raise InputError(
                f"{len(self._pending)} moments were set that belong to no volume yet.", hint="Call add_dimension()."
            )
        if not self.dimensions:
            raise InputError("there are no moments here.", hint="Load a file, or set moments and call add_dimension().")
        return self._data

    @property
    def latents(self) -> Float[np.ndarray, "particles k"] | None:
        """Each particle's latent coordinates, or `None`."""
        return self._data.latents

    @property
    def array(self) -> Complex[np.ndarray, "dimensions moments"]:
        """The moments of every volume, which are read-only."""
        return self.ndmoments.array

    @property
    def dimensions(self) -> int:
        """How many volumes there are."""
        return len(self._data.moments)

    @property
    def order(self) -> int:
        """The largest n."""
        return self._data.order if self.dimensions else self._pending.order

    @property
    def moments(self) -> LabelledArray:
        """`{(n, l, m): value}` of the volume that is being set, or else of the first."""
        return moments_by_label(self._pending.row()) if self._pending or not self.dimensions else self.ndmoments[0]

    @property
    def ndmoments(self) -> LabelledRows:
        """`{dimension: {(n, l, m): value}}`; its `array` has them all."""
        return LabelledRows(self._data.moments, moments_by_label)

    @property
    def invariants(self) -> LabelledArray:
        """`{(n, l): value}` of the first volume."""
        return self.ndinvariants[0]

    @property
    def ndinvariants(self) -> LabelledRows:
        """`{dimension: {(n, l): value}}`, which are computed at the first look; its `array` has them all."""
        return LabelledRows(self.calculate_invariants(), invariants_by_label)

    def get_order(self) -> int:
        """The largest n."""
        return self.order

    def get_moment_size(self) -> int:
        """How many moments a volume has."""
        return moment_count(self.order)

    def get_size(self) -> int:
        """Bytes that the moments take, of all volumes."""
        return self.moments.array.nbytes * max(self.dimensions, 1)

    def get_moment(self, n: int, l: int, m: int, *, latent_dim: int = 0) -> np.complexfloating:
        r"""One moment, also of m < 0: $M_{nl,-m} = (-1)^m \overline{M_{nlm}}$.

        Arguments:
            n: Order.
            l: Degree.
            m: Azimuthal number, −l … l.
            latent_dim: Which volume.

        Returns:
            Its value, found without a search.

        Raises:
            InputError: There is no such moment, or no such volume.
        """
        index = moment_index(n, l, abs(m))
        self._require_order(n)
        value = self._volume_or_pending(latent_dim).array[index]
        return value if m >= 0 else (-1) ** m * np.conj(value)

    def set_moment(self, n: int, l: int, m: int, *, moment: complex | np.generic) -> None:
        """Set one moment of the volume that `add_dimension` will add; those that are not set are zero.

        Arguments:
            n: Order.
            l: Degree.
            m: Azimuthal number, −l … l; setting −m sets m too.
            moment: Its value.

        Raises:
            InputError: There is no such moment.
        """
        self._pending.set(n, l, m, moment=moment)

    def add_dimension(self) -> None:
        """Make the moments that were set the next volume.

        Raises:
            InputError: No moment was set, or they reach another order than the volumes that are there.
        """
        if not self._pending:
            raise InputError("no moment was set, so there is no volume to add.", hint="Call set_moment first.")
        if self.dimensions and self._pending.order != self.order:
            raise InputError(
                f"the moments that were set reach order {self._pending.order}, and those of the volumes before "
                f"{self.order}.",
                hint="Give all volumes the same order; set the last moment to zero if need be.",
            )
        row = self._pending.row()
        table = np.vstack([self._data.moments, row]) if self.dimensions else row[None]
        self._data = self._data.with_moments(table)
        self._pending, self._invariants = PendingVolume(), None

    def set_latents(
        self,
        particles: Shaped[np.ndarray, " particles"] | Float[Array | np.ndarray, "particles k"],
        components: int | None = None,
    ) -> None:
        """Give each particle its latent coordinates.

        Arguments:
            particles: A table with the columns `components_mode_k/value` (`vitreous.io.read_cs`), or the numbers.
            components: How many of the first components to take; all where `None`.

        Raises:
            InputError: The table has no such columns, or their number is not that of the components here.
        """
        table = np.asarray(particles)
        latents = np.array(table) if table.dtype.names is None else component_latents(table)[0]
        self._data = replace(self._data, latents=latents[:, :components])

    def apply_scaling(
        self, *, z_ind: int | None = None, scales: Sequence[float] | Float[Array | np.ndarray, " k"] | None = None
    ) -> LabelledArray:
        r"""The moments $M_0 + \sum_k z_k M_k$ of the map at a place of the latent space.

        Arguments:
            z_ind: A particle, whose latents $z_k$ are taken.
            scales: The $z_k$ themselves.

        Returns:
            The moments, which are kept as `scaled_moments` too.

        Raises:
            InputError: Neither or both are given, there is no such particle, or not one number for each component.
        """
        if (z_ind is None) == (scales is None):
            given = "neither" if z_ind is None else "both"
            raise InputError(
                f"z_ind and scales each name a map of the latent space, and {given} of them is given.",
                hint="Give one of them: apply_scaling(z_ind=5537) or apply_scaling(scales=(3.2, 4.5, -0.9)).",
            )
        z = np.asarray(scales, np.float64) if z_ind is None else self.data.latent_of(z_ind)
        self.scaled_moments = moments_by_label(np.asarray(moments_at(self.data.moments, z)))
        return self.scaled_moments

    def calculate_invariants(self) -> Float[np.ndarray, "dimensions pairs"]:
        """Compute the invariants of all volumes, once.

        Returns:
            A row for each volume, in the order of `vitreous.harmonics.invariant_labels`.

        Raises:
            InputError: There are no moments.
        """
        if self._invariants is None:
            self._invariants = np.asarray(invariants(self.data.moments))
        return self._invariants

    def get_invariant(self, n: int, l: int, *, latent_dim: int = 0) -> np.floating:
        """One invariant.

        Arguments:
            n: Order.
            l: Degree.
            latent_dim: Which volume.

        Returns:
            $F_{nl}$.

        Raises:
            InputError: There is no such invariant, or no such volume.
        """
        index = invariant_index(n, l)
        self._require_order(n)
        return self._volume(self.ndinvariants, latent_dim).array[index]

    def display_moments(
        self, latent_dim: int = 0, *, nlm: tuple[int, int, int] | None = None, n_max: int | None = None
    ) -> None:
        """Print moments, a line for each, or the value of one.

        Arguments:
            latent_dim: Which volume.
            nlm: Only this one, which may have m < 0.
            n_max: Only those to this order.

        Raises:
            InputError: There is no such moment or volume.
        """
        if nlm is None:
            print(listing(self._volume_or_pending(latent_dim), n_max))
        else:
            print(self.get_moment(*nlm, latent_dim=latent_dim))

    def display_invariants(
        self, latent_dim: int = 0, *, nl: tuple[int, int] | None = None, n_max: int | None = None
    ) -> None:
        """Print invariants, a line for each, or the value of one.

        Arguments:
            latent_dim: Which volume.
            nl: Only this one.
            n_max: Only those to this order.

        Raises:
            InputError: There is no such invariant, or no such volume.
        """
        if nl is None:
            print(listing(self._volume(self.ndinvariants, latent_dim), n_max))
        else:
            print(self.get_invariant(*nl, latent_dim=latent_dim))

    def stats(self) -> None:
        """Print a table of what is here."""
        print(statistics(self.moments.array, self.dimensions, invariants=self._invariants, latents=self.latents))

    def _volume(self, table: LabelledRows, latent_dim: int) -> LabelledArray:
        if latent_dim not in table:
            raise InputError(
                f"there are only {self.dimensions} dimensions, and dimension {latent_dim} was asked for.",
                hint="Count from 0: the map itself or the consensus is 0, the first component 1.",
            )
        return table[latent_dim]

    def _hold(self, data: MomentData) -> None:
        self._data = data
        self._pending = PendingVolume()
        self._invariants: Float[np.ndarray, "dimensions pairs"] | None = None
        self.scaled_moments: LabelledArray | None = None  # what `apply_scaling` made last

    def _volume_or_pending(self, latent_dim: int) -> LabelledArray:
        return self._volume(self.ndmoments, latent_dim) if self.dimensions else moments_by_label(self._pending.row())

    def _require_order(self, n: int) -> None:
        if n > self.order:
            raise InputError(f"n={n} is beyond the order {self.order}.", hint="Decompose the map to a larger order.")
