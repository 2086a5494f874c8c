"""Latent spaces of 3D variability: a consensus map, component maps, and each particle's place between them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from vitreous._core import InputError
from vitreous.io import npz_members, read_npz, write_npz

from ._latent_columns import component_latents, latent_rows

_CONVERT = "vitreous zernike bundle map.mrc component_*.mrc --particles particles.cs -o job.npz"


@dataclass(frozen=True, eq=False, kw_only=True)
class LatentBundle:
    r"""The volumes $V_0 + \sum_k z_k V_k$ of a 3D variability job.

    (Punjani & Fleet 2021, *J. Struct. Biol.* 213, 107702.)

    Arguments:
        consensus: $V_0$.
        components: $V_k$.
        latents: $z_k$ of each particle, or `None` where only the maps are known.
        voxel_size: Å, or `None` where the file does not say.
        path: Where it was read from.

    Raises:
        InputError: Components of another shape than the consensus, another number of latents than of components,
            values that are not finite, or a voxel size that is not positive.

    Examples:
        >>> maps = np.ones((3, 4, 4, 4))
        >>> bundle = LatentBundle(consensus=maps[0], components=maps[1:], latents=np.ones((9, 2)))
        >>> bundle.component_count, bundle.particle_count
        (2, 9)
    """

    consensus: Float[np.ndarray, "z y x"]
    # That the axes agree is checked below, with a message for users.
    components: Float[np.ndarray, "k _ _ _"]
    latents: Float[np.ndarray, "particles _"] | None = None
    voxel_size: float | None = None
    path: Path | None = None

    def __post_init__(self):
        where = "latent bundle" if self.path is None else str(self.path)
        if self.components.ndim != 4 or self.components.shape[1:] != self.consensus.shape or not len(self.components):
            raise InputError(
                f"{where}: components of shape {self.components.shape} do not belong to a consensus map of shape "
                f"{self.consensus.shape}.",
                hint="Give one component map or more, in the box of the consensus map.",
            )
        if self.latents is not None and self.latents.shape[1] != len(self.components):
            raise InputError(
                f"{where}: {self.latents.shape[1]} latents for each particle do not go with "
                f"{len(self.components)} component maps.",
                hint="Bundle all the component maps of one job with its own particles.",
            )
        for name in ("consensus", "components", "latents"):
            values = getattr(self, name)
            if values is not None and not np.isfinite(values).all():
                raise InputError(
                    f"{where}: {name}: {np.count_nonzero(~np.isfinite(values))} values are NaN or infinite.",
                    hint="Bundle the job's files again; if they hold them too, run the job again.",
                )
        if self.voxel_size is not None and not (np.isfinite(self.voxel_size) and self.voxel_size > 0):
            raise InputError(f"{where}: voxel_size={self.voxel_size:g} Å must be positive.", hint="Give it in Å.")

    @property
    def component_count(self) -> int:
        """How many component maps there are."""
        return len(self.components)

    @property
    def particle_count(self) -> int:
        """How many particles have a place in the latent space."""
        return 0 if self.latents is None else len(self.latents)

    @property
    def volumes(self) -> Float[np.ndarray, "volumes z y x"]:
        """The consensus map and the components behind it, in one array."""
        return np.concatenate([self.consensus[None], self.components])

    def volume_at(self, latent: Float[np.ndarray, " k"]) -> Float[np.ndarray, "z y x"]:
        r"""The map $V_0 + \sum_k z_k V_k$ at a place of the latent space.

        Arguments:
            latent: $z_k$.

        Raises:
            InputError: Not one number for each component.
        """
        z = np.asarray(latent, self.consensus.dtype)
        if z.shape != (len(self.components),):
            raise InputError(
                f"latent of shape {z.shape}: there are {len(self.components)} components.",
                hint="Give one number for each.",
            )
        return self.consensus + np.tensordot(z, self.components, axes=1)


def read_latent_bundle(
    path: str | Path, *, voxel_size: float | None = None, read_particles: bool = True
) -> LatentBundle:
    """A 3D variability job that WIGGLE bundled, from its `.wgl` or `.npz` file.

    The members are `consensus_map`, `components` and `particles`, the job's table with the columns
    `components_mode_k/value`. The file has no voxel size, unless `write_latent_bundle` wrote it.

    Arguments:
        path: The bundle.
        voxel_size: Å, in place of what the file says.
        read_particles: Read the particles' latents too. The maps of a bundle whose particles are pickled can be had
            without.

    Returns:
        The bundle; its `latents` are `None` where they are not read or the file has no particles.

    Raises:
        InputError: The file is no such bundle, a member that is needed is pickled, or its parts do not belong together.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "job.npz"
        >>> maps = np.ones((3, 4, 4, 4), np.float32)
        >>> write_latent_bundle(path, LatentBundle(consensus=maps[0], components=maps[1:], latents=np.eye(2)))
        >>> read_latent_bundle(path, voxel_size=1.2).latents.shape
        (2, 2)
    """
    path = Path(path)
    members = npz_members(path)
    if "consensus_map" not in members or "components" not in members:
        raise InputError(
            f"{path}: has no members consensus_map and components, so it is no bundle of a 3D variability job. "
            f"Its members are: {', '.join(members) or 'none'}.",
            hint=f"Make one from the job's own files: {_CONVERT}",
        )
    maps = {name: _map(_read(path, name), name, path) for name in ("consensus_map", "components")}
    latents = None
    if read_particles and "particles" in members:
        latents, _ = component_latents(_read(path, "particles"), source=f"{path}, member particles")
    if voxel_size is None and "apix" in members:
        voxel_size = _number(_read(path, "apix"), path)
    return LatentBundle(
        consensus=maps["consensus_map"],
        components=maps["components"],
        latents=latents,
        voxel_size=voxel_size,
        path=path,
    )


def write_latent_bundle(path: str | Path, bundle: LatentBundle) -> None:
    """Write a bundle that WIGGLE reads too; the file appears whole or not at all.

    The members are WIGGLE's own, with `apix` added where the voxel size is known, in single precision. WIGGLE wants
    `particles`, which are left out where the bundle has no latents.

    Arguments:
        path: The file to write, replaced if it exists.
        bundle: What to write.

    Raises:
        InputError: A folder that cannot be written.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import npz_members
        >>> path = Path(tempfile.mkdtemp()) / "job.wgl"
        >>> write_latent_bundle(path, LatentBundle(consensus=np.ones((4, 4, 4)), components=np.ones((1, 4, 4, 4))))
        >>> list(npz_members(path))
        ['consensus_map', 'components']
    """
    members: dict[str, Any] = {
        "consensus_map": bundle.consensus.astype(np.float32),
        "components": bundle.components.astype(np.float32),
    }
    if bundle.latents is not None:
        members["particles"] = latent_rows(bundle.latents)
    if bundle.voxel_size is not None:
        members["apix"] = np.float64(bundle.voxel_size)
    write_npz(path, members)


def _read(path: Path, name: str) -> Shaped[np.ndarray, "..."]:
    if npz_members(path)[name].is_pickled:
        without = " The maps alone: read_latent_bundle(path, read_particles=False)." if name == "particles" else ""
        raise InputError(
            f"{path}: member {name} is pickled, and reading a pickle can run any program that is hidden in it.",
            hint=f"Bundle the job's own files: {_CONVERT}.{without}",
        )
    return read_npz(path, [name])[name]


def _map(array: Shaped[np.ndarray, "..."], name: str, path: Path) -> Float[np.ndarray, "..."]:
    wanted = 4 if name == "components" else 3
    if array.dtype.kind not in "fiu" or array.ndim != wanted:
        raise InputError(
            f"{path}: member {name} is an array of {array.dtype} with {array.ndim} axes, where {wanted} axes of real "
            "numbers are wanted.",
            hint=f"Make the bundle from the job's own files: {_CONVERT}",
        )
    return array.astype(np.float32, copy=False)


def _number(array: Shaped[np.ndarray, "..."], path: Path) -> float:
    if array.size != 1 or array.dtype.kind not in "fiu":
        raise InputError(f"{path}: member apix is not one number.", hint="Give it in Å: --apix 1.2 (voxel_size=1.2).")
    return float(array.reshape(()))
