"""cryoSPARC's particle tables in this library's conventions: the one place that knows most of their columns."""

from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int, Shaped, UInt64

from vitreous._core import InputError
from vitreous.optics import Contrast

from ._cryosparc_columns import CryosparcColumns
from ._cryosparc_optics import cryosparc_optics
from ._cryosparc_poses import cryosparc_poses
from ._metadata import ParticleMetadata


def metadata_from_cryosparc(
    rows: Shaped[np.ndarray, " n"], *, source: Path, pixel_size: float | None = None
) -> ParticleMetadata:
    """CryoSPARC's columns as plain metadata.

    Images are `blob/path` and `blob/idx`, counted from 0. `blob/sign` is −1 where protein is dark in the stored image
    and 1 where it is bright: it is what turns the image into one with bright protein. (In the seven 50S ribosomes of
    EMPIAR-10076 that the tests use, all with −1, the middle of each image is darker than its rim.) Coordinates are
    `location/center_x_frac` and `center_y_frac` times the columns and rows of `location/micrograph_shape`, which is
    (rows, columns). What is fitted to the images, as `alignments3D/alpha`, and latent coordinates stay columns.

    Arguments:
        rows: One row per particle, as `vitreous.io.read_cs` gives them.
        source: The file, for messages.
        pixel_size: Å, in place of what the table says.

    Raises:
        InputError: There are no rows, a column holds something else than it should, or a pixel size is not positive.
    """
    if len(rows) == 0:
        raise InputError(
            f"{source}: lists no particles (0 rows), so there is nothing to do.",
            hint="Check the selection that made the file.",
        )
    columns = CryosparcColumns(rows, source)
    pixel_sizes = _pixel_sizes(columns, pixel_size)
    poses = cryosparc_poses(columns, pixel_sizes)
    stacks, stack_of = columns.paths("blob/path")
    index = columns.integers("blob/idx")
    contrast, doubts = _contrast(columns)
    groups = columns.integers("ctf/exp_group_id")
    micrographs, micrograph_of = columns.paths("location/micrograph_path")
    shapes = columns.numbers("location/micrograph_shape", (2,))
    return ParticleMetadata(
        stacks=stacks,
        stack_of=stack_of,
        index_in_stack=np.full(len(rows), -1) if index is None and stack_of is not None else index,
        pixel_sizes=pixel_sizes,
        box_sizes=_box_sizes(columns),
        optics_groups=np.ones(len(rows), np.int64) if groups is None else groups,
        euler_angles_deg=poses.euler_angles_deg,
        offsets=poses.offsets,
        pose_problem=poses.problem,
        half_sets=poses.half_sets,
        class_numbers=poses.class_numbers,
        warnings=(*doubts, *poses.warnings),
        ctf_premultiplied=np.zeros(len(rows), bool),
        **cryosparc_optics(columns)._asdict(),
        contrast=contrast,
        micrographs=micrographs,
        micrograph_of=micrograph_of,
        micrograph_shapes=None if shapes is None else shapes.astype(np.int64),
        coordinates=_coordinates(columns, shapes),
        uids=_uids(columns),
    )


def _pixel_sizes(columns: CryosparcColumns, given: float | None) -> Float64[np.ndarray, " n"]:
    sizes = np.full(len(columns), given, float) if given is not None else columns.decimals("blob/psize_A")
    if sizes is None:
        return np.full(len(columns), np.nan)
    bad = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)))
    if len(bad):
        raise InputError(
            f"{columns.source}: row {bad[0] + 1} has a pixel size of {sizes[bad[0]]:g} Å, which must be positive.",
            hint="Correct the file, or give pixel_size=… in Å.",
        )
    return sizes


def _box_sizes(columns: CryosparcColumns) -> Int[np.ndarray, " n"]:
    """Sides of square images, 0 for those that are not or of which nothing is said."""
    shapes = columns.numbers("blob/shape", (2,))
    if shapes is None:
        return np.zeros(len(columns), np.int64)
    return np.where(shapes[:, 0] == shapes[:, 1], shapes[:, 0], 0).astype(np.int64)


def _contrast(columns: CryosparcColumns) -> tuple[Contrast | None, tuple[str, ...]]:
    signs = columns.numbers("blob/sign")
    if signs is None:
        return None, ()
    if (signs == -1).all() or (signs == 1).all():
        return (Contrast.DARK if signs[0] == -1 else Contrast.BRIGHT), ()
    dark = int((signs == -1).sum())
    return None, (
        f"blob/sign is −1 (protein is dark) for {dark} of {len(signs)} images and something else for the others, so "
        "their contrast is taken as unknown",
    )


def _coordinates(
    columns: CryosparcColumns, shapes: Float64[np.ndarray, "n 2"] | None
) -> Float64[np.ndarray, "n 2"] | None:
    x, y = columns.numbers("location/center_x_frac"), columns.numbers("location/center_y_frac")
    if x is None or y is None or shapes is None:
        return None
    return np.stack([x * shapes[:, 1], y * shapes[:, 0]], axis=-1)


def _uids(columns: CryosparcColumns) -> UInt64[np.ndarray, " n"] | None:
    if "uid" not in columns:
        return None
    columns.numbers("uid")  # raises where they are no numbers
    return columns.rows["uid"].astype(np.uint64)
