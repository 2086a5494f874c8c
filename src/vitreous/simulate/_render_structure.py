"""A structure as a potential map."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError, check_outputs, require_memory
from vitreous.grids import Sampling
from vitreous.io import AtomTable, read_atoms, write_mrc
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume, displaced_solvent, join

_MARGIN_A = 5.0  # beyond the outermost atom on each side: three standard deviations at B = 200 Å²
BYTES_PER_VOXEL = 130  # the twofold finer grid of the band-limited renderer, its spectrum and a copy


@dataclass(frozen=True)
class RenderOptions:
    """Options of `render_structure`, the same as those of `vitreous render`.

    Arguments:
        box: Edge of the map in voxels; the smallest convenient one that holds the structure unless given.
        pixel_size: Voxel size in Å.
        sampling: What a voxel means: the potential without the frequencies beyond Nyquist, or its mean over the voxel.
        assembly: Biological assembly to build, such as `"1"`; as deposited unless given.
        center: Move the mean of the atoms to the box centre.
        solvent: Subtract the solvent that the structure displaces: the potential against ice, not in vacuum.

    Raises:
        InputError: A value outside its range.

    Examples:
        >>> RenderOptions(pixel_size=2.0).sampling.name
        'BANDLIMITED'
    """

    box: int | None = None
    pixel_size: float = 1.5
    sampling: Sampling = Sampling.BANDLIMITED
    assembly: str | None = None
    center: bool = True
    solvent: bool = False

    def __post_init__(self):
        if not 0 < self.pixel_size < float("inf"):
            raise InputError(f"--pixel-size {self.pixel_size:g} must be a positive number.", hint="Use 1.5, in Å.")
        if self.box is not None and self.box < 2:
            raise InputError(f"--box {self.box} holds no map.", hint="Leave it out, or use 128.")


@dataclass(frozen=True)
class RenderedMap:
    """What `render_structure` wrote.

    Arguments:
        path: The map.
        box: Its edge in voxels.
        pixel_size: Å.
        atoms: How many atoms it shows.
        shift: By how much they were moved (x, y, z), Å.
        integral: Of the potential, Å; without solvent, the sum of the scattering factors at q = 0.
        solvent: Whether the solvent that they displace is subtracted.

    Examples:
        >>> RenderedMap(Path("map.mrc"), box=64, pixel_size=1.5, atoms=3, shift=(0.0, 0.0, 0.0), integral=9.0).summary
        ('map.mrc: 3 atoms in 64³ voxels of 1.5 Å, potential in Å⁻², integral 9 Å',)
    """

    path: Path
    box: int
    pixel_size: float
    atoms: int
    shift: tuple[float, float, float]
    integral: float
    solvent: bool = False

    @property
    def summary(self) -> tuple[str, ...]:
        """Lines for a reader."""
        potential = "potential against ice" if self.solvent else "potential"
        lines = [
            f"{self.path}: {self.atoms} atoms in {self.box}³ voxels of {self.pixel_size:g} Å, "
            f"{potential} in Å⁻², integral {self.integral:.4g} Å"
        ]
        if any(self.shift):
            moved = ", ".join(f"{value:.3f}" for value in self.shift)
            lines.append(f"atoms moved by ({moved}) Å to the box centre; the header's origin undoes it")
        return tuple(lines)


def render_structure(
    source: str | Path, output: str | Path, options: RenderOptions | None = None, *, overwrite: bool = False
) -> RenderedMap:
    r"""Write the electrostatic potential of a structure as an MRC map.

    Voxels hold the rescaled potential $U = (m_0 e / 2πħ^2) V$ in Å⁻², from tabulated elastic scattering factors,
    B-factors and occupancies: $\int U\,dV = \sum a$. Where `options.solvent` asks for it, the potential of the water
    that the structure displaces is subtracted (`vitreous.volumes.displaced_solvent`). The origin in the header is such
    that the map lies on the structure as deposited.

    Arguments:
        source: A PDB or mmCIF file.
        output: The map to write.
        options: Box, voxel size and treatment of the structure.
        overwrite: Replace an existing file.

    Returns:
        What was written.

    Raises:
        InputError: The source is no structure, or has an element without scattering factors or atoms outside the
            box; the box does not fit in memory; the output exists or cannot be written.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> line = "ATOM      1  CA  GLY A   1       1.000   2.000   3.000  1.00 20.00           C"
        >>> _ = (folder / "a.pdb").write_text(line)
        >>> rendered = render_structure(folder / "a.pdb", folder / "a.mrc")
        >>> rendered.box, round(rendered.integral, 2)  # the scattering factor of carbon at q = 0
        (8, 2.51)
    """
    output, options = Path(output), options or RenderOptions()
    check_outputs([output], overwrite=overwrite, what="map", reading=[Path(source)])
    atoms, shift = read_atoms(source, assembly=options.assembly), np.zeros(3)
    if options.center:
        atoms, shift = atoms.centred()
    box = _box(atoms, options)
    potential = np.asarray(
        render_map(
            atoms,
            shape=(box, box, box),
            voxel_size=options.pixel_size,
            sampling=options.sampling,
            solvent=options.solvent,
        )
    )
    first_voxel = -(box // 2) * options.pixel_size - shift
    x, y, z = (float(value) for value in first_voxel)
    write_mrc(output, potential, pixel_size=options.pixel_size, origin=(x, y, z))
    return RenderedMap(
        path=output,
        box=box,
        pixel_size=options.pixel_size,
        atoms=len(atoms),
        shift=(float(shift[0]), float(shift[1]), float(shift[2])),
        integral=float(potential.sum(dtype=np.float64)) * options.pixel_size**3,
        solvent=options.solvent,
    )


def render_map(
    atoms: AtomTable,
    *,
    shape: tuple[int, int, int],
    voxel_size: float,
    sampling: Sampling = Sampling.BANDLIMITED,
    solvent: bool = False,
) -> Float[Array, "z y x"]:
    """The potential of atoms on voxels, in Å⁻².

    Arguments:
        atoms: With positions measured from the centre of the box, voxel n // 2 of each axis.
        shape: Number of voxels (z, y, x).
        voxel_size: Å.
        sampling: What a voxel means.
        solvent: Subtract the solvent that the atoms displace (`vitreous.volumes.displaced_solvent`).

    Raises:
        InputError: An element has no scattering factor, or the shape no voxels.

    Examples:
        >>> atoms = AtomTable.from_positions(np.zeros((1, 3)), np.array([6]), b_factors=np.array([50.0]))
        >>> potential = render_map(atoms, shape=(16, 16, 16), voxel_size=1.0)
        >>> round(float(potential.sum()), 2)
        2.51
    """
    with errors_name(atoms.source):
        volume = GaussianMixtureVolume.from_atoms(atoms)
        if solvent:
            volume = join(volume, displaced_solvent(atoms))
    potential = GaussianMixtureRenderFn(shape, voxel_size, sampling=sampling)(volume)
    return potential  # pyright: ignore[reportReturnType]  # real space was asked for


@contextmanager
def errors_name(source: str) -> Iterator[None]:
    """Let what is wrong with an input name it, where the block does not know it."""
    try:
        yield
    except InputError as error:
        if source in error.message:
            raise
        raise InputError(f"{source}: {error.message}", hint=error.hint) from error


def _box(atoms: AtomTable, options: RenderOptions) -> int:
    extent = float(np.abs(atoms.positions).max())
    needed = max(8, int(np.ceil(2 * (extent + _MARGIN_A) / options.pixel_size)))
    enough = next(size for size in count(needed + needed % 2, 2) if _has_small_factors(size))
    box = enough if options.box is None else options.box
    if extent > box * options.pixel_size / 2:
        raise InputError(
            f"{atoms.source}: atoms lie up to {extent:.0f} Å from the box centre, outside {box} voxels of "
            f"{options.pixel_size:g} Å.",
            hint=f"Use --box {enough}, or leave it out.",
        )
    require_memory(
        BYTES_PER_VOXEL * float(box) ** 3,
        what=f"a map of {box}³ voxels",
        hint="Use a larger --pixel-size or a smaller --box.",
    )
    return box


def _has_small_factors(size: int) -> bool:
    """Whether a Fourier transform of this size is fast."""
    for factor in (2, 3, 5):
        while size % factor == 0:
            size //= factor
    return size == 1
