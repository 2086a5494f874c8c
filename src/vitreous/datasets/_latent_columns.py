"""The columns of cryoSPARC's tables that hold latent coordinates."""

import re

import numpy as np
from jaxtyping import Float32, Real, Shaped

from vitreous._core import InputError

_VALUE = re.compile(r"components_mode_(\d+)/value")


def component_latents(
    rows: Shaped[np.ndarray, " particles"], *, source: str = "table"
) -> tuple[Float32[np.ndarray, "particles k"], tuple[int, ...]]:
    """Each particle's latent coordinates in a table of a 3D variability job.

    Arguments:
        rows: The table, with the columns `components_mode_k/value`, as `vitreous.io.read_cs` gives it.
        source: Where it comes from, for error messages.

    Returns:
        The coordinates, ordered by k, and the numbers k.

    Raises:
        InputError: There is no such column, or one that does not hold a number for each particle.

    Examples:
        >>> rows = np.zeros(3, [("uid", "u8"), ("components_mode_1/value", "f4"), ("components_mode_0/value", "f4")])
        >>> latents, modes = component_latents(rows)
        >>> latents.shape, modes
        ((3, 2), (0, 1))
    """
    found = {int(match[1]): name for name in rows.dtype.names or () if (match := _VALUE.fullmatch(name))}
    if not found:
        raise InputError(
            f"{source}: has no column components_mode_0/value, so it says nothing about a latent space.",
            hint="Give the particles of a 3D variability job (cryosparc_P…_J…_particles.cs of that job).",
        )
    modes = tuple(sorted(found))
    columns = [rows[found[mode]] for mode in modes]
    for mode, column in zip(modes, columns, strict=True):
        if column.dtype.kind not in "fiu" or column.shape != rows.shape or rows.ndim != 1:
            raise InputError(
                f"{source}: column {found[mode]} does not hold one number for each particle.",
                hint="Copy the file from the job's folder again.",
            )
    return np.stack(columns, axis=1).astype(np.float32), modes


def latent_rows(latents: Real[np.ndarray, "particles k"]) -> Shaped[np.ndarray, " particles"]:
    """Latent coordinates as a table with the columns `components_mode_k/value`.

    Arguments:
        latents: Each particle's coordinates.

    Returns:
        A structured array of single precision.

    Examples:
        >>> latent_rows(np.ones((3, 2))).dtype.names
        ('components_mode_0/value', 'components_mode_1/value')
    """
    rows = np.empty(len(latents), [(f"components_mode_{k}/value", "<f4") for k in range(latents.shape[1])])
    for k, name in enumerate(rows.dtype.names or ()):
        rows[name] = latents[:, k]
    return rows
