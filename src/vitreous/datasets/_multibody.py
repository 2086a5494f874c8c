"""The principal motions of a multi-body refinement."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from vitreous._core import InputError
from vitreous.io import read_dat, read_named_rows

_PER_BODY = 6
_EIGENVECTORS = "*eigenvectors.dat"
_PROJECTIONS = (
    "*projections_along_eigenvectors_all_particles.txt",
    "*projections_along_eigenvectors_all_particles.dat",
)
_EIGENVALUES = "*eigenvalues.dat"
# What is written with seven digits is orthonormal to that, summed over the numbers of a row.
_ORTHONORMAL = 1e-4


@dataclass(frozen=True, eq=False, kw_only=True)
class MultibodyAnalysis:
    r"""The principal motions that `relion_flex_analyse` found in a multi-body refinement.

    The six numbers of each body's motion (rot, tilt, psi, x, y, z), each divided by what it changes in the image, make
    one vector $m$ per particle, and

    $$m = \bar m + \sum_k z_k e_k$$

    with orthonormal $e_k$ in the order of falling variance (Nakane et al., *eLife* 2018, 7, e36861). The amplitudes
    $z_k$ are coordinates of a latent space: `vitreous.datasets.latent_rows(analysis.projections)` makes the table of
    a latent bundle of them.

    Make one with `MultibodyAnalysis.load`.

    Arguments:
        names: What the numbers of a motion are: `rot-body-1`, `tilt-body-1`, …
        eigenvectors: $e_k$.
        eigenvalues: The variance along each; `None` where neither a file nor projections say it.
        projections: $z_k$ of each particle; `None` where they are not loaded.
        images: The particles' images, where the file of projections names them.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> header = " ".join(f"{name}-body-1" for name in ("rot", "tilt", "psi", "x", "y", "z"))
        >>> rows = "\n".join(" ".join(map(str, row)) for row in np.eye(6))
        >>> _ = (folder / "analyse_eigenvectors.dat").write_text(f"{header}\n{rows}\n")
        >>> analysis = MultibodyAnalysis.load(folder)
        >>> analysis.body_count, analysis.component_count, analysis.names[3]
        (1, 6, 'x-body-1')
    """

    names: tuple[str, ...]
    eigenvectors: Float64[np.ndarray, "components numbers"]
    eigenvalues: Float64[np.ndarray, " components"] | None = None
    projections: Float64[np.ndarray, "particles components"] | None = None
    images: tuple[str, ...] = ()

    @classmethod
    def load(
        cls,
        eigenvectors: str | Path,
        *,
        projections: str | Path | None = None,
        eigenvalues: str | Path | None = None,
    ) -> "MultibodyAnalysis":
        """Read the files of `relion_flex_analyse`.

        Arguments:
            eigenvectors: `analyse_eigenvectors.dat`, or the folder that holds it, whose files of projections and
                eigenvalues are then taken too.
            projections: `analyse_projections_along_eigenvectors_all_particles.txt` (or `.dat`): one row per particle.
            eigenvalues: A file with the variance along each. Where there is none, it is that of the projections.

        Raises:
            InputError: A file is absent, damaged or there twice, or files are of different analyses.
        """
        path = Path(eigenvectors)
        if path.is_dir():
            projections = projections or _in_folder(path, *_PROJECTIONS)
            eigenvalues = eigenvalues or _in_folder(path, _EIGENVALUES)
            found = _in_folder(path, _EIGENVECTORS)
            if found is None:
                raise InputError(
                    f"{path}: holds no analyse_eigenvectors.dat.", hint="Give the folder of a flexibility analysis."
                )
            path = found
        table = read_dat(path)
        vectors = np.stack([table.column(name) for name in table.names], axis=-1)
        if len(table.names) % _PER_BODY:
            raise InputError(
                f"{path}: has {len(table.names)} columns, and each body has {_PER_BODY}.",
                hint="Give analyse_eigenvectors.dat of relion_flex_analyse.",
            )
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers that are far from orthonormal
            deviation = np.abs(vectors @ vectors.T - np.eye(len(vectors)))
        if not len(vectors) or not (deviation <= _ORTHONORMAL).all():
            raise InputError(
                f"{path}: its rows are not orthonormal, so they are not the eigenvectors of motions.",
                hint="Give analyse_eigenvectors.dat of relion_flex_analyse.",
            )
        images, amplitudes = ((), None) if projections is None else read_named_rows(projections)
        if amplitudes is not None and amplitudes.shape[1] != len(vectors):
            raise InputError(
                f"{projections}: has {amplitudes.shape[1]} amplitudes per particle, and {path} {len(vectors)} motions.",
                hint="Give the files of one analysis.",
            )
        return cls(
            names=table.names,
            eigenvectors=vectors,
            eigenvalues=_eigenvalues(eigenvalues, amplitudes, len(vectors)),
            projections=amplitudes,
            images=images,
        )

    @property
    def component_count(self) -> int:
        """How many motions there are."""
        return len(self.eigenvectors)

    @property
    def body_count(self) -> int:
        """How many bodies there are."""
        return self.eigenvectors.shape[1] // _PER_BODY

    @property
    def explained_variance(self) -> Float64[np.ndarray, " components"]:
        """The fraction of the variance that each motion explains.

        Raises:
            InputError: The variances are not known.
        """
        if self.eigenvalues is None:
            raise InputError(
                "without projections or eigenvalues, the variance along the motions is not known.",
                hint="Load them too: MultibodyAnalysis.load(…, projections=…).",
            )
        return self.eigenvalues / self.eigenvalues.sum()


def _in_folder(folder: Path, *patterns: str) -> Path | None:
    found = sorted(path for pattern in patterns for path in folder.glob(pattern))
    if len(found) > 1:
        raise InputError(
            f"{folder}: holds {found[0].name} and {found[1].name}, and which is meant is not said.",
            hint="Give the files themselves: MultibodyAnalysis.load(eigenvectors, projections=…).",
        )
    return found[0] if found else None


def _eigenvalues(path: str | Path | None, projections: np.ndarray | None, count: int) -> np.ndarray | None:
    if path is None:
        return None if projections is None else projections.var(axis=0)
    table = read_dat(path)
    values = np.concatenate([table.column(name) for name in table.names])
    if len(values) != count or (values < 0).any() or not values.any():
        raise InputError(
            f"{path}: holds {len(values)} numbers from {values.min():g} to {values.max():g}, not the variances along "
            f"{count} motions.",
            hint="Give the files of one analysis.",
        )
    return values
