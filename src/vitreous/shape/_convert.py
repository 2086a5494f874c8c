"""Files of moments for other programs."""

import csv
from enum import StrEnum
from pathlib import Path

import numpy as np

from vitreous._core import InputError, atomic_path, check_outputs
from vitreous.harmonics import moment_labels

from ._biozernike import to_biozernike
from ._moment_data import MomentData
from ._moment_file import moments_path
from ._moments import Moments
from ._novotni_klein import descriptor_3dzd, to_novotni_klein
from ._zernike3d_moments import write_zernike3d


class Convention(StrEnum):
    """Whose moments, and in what file."""

    VITREOUS = "vitreous"
    ZERNIKE3D = "zernike3d"
    NOVOTNI_KLEIN = "novotni-klein"
    BIOZERNIKE = "biozernike"


def convert_moments(source: str | Path, output: str | Path, to: Convention, *, overwrite: bool = False) -> Path:
    """Write a file of moments in another program's convention.

    | to | file |
    |---|---|
    | `VITREOUS` | a file of ours, such as of one of zernike3d |
    | `ZERNIKE3D` | a file that zernike3d reads; moments must be in its ball, that about the map's voxel centres |
    | `NOVOTNI_KLEIN` | `.inv`: the 3DZD descriptor, its length first and a number on each line; else their moments |
    | `BIOZERNIKE` | BioZernike's "original" moments |

    Moments of the last two are a table in CSV, with the columns volume, n, l, m, real and imaginary.

    Arguments:
        source: A file of moments, of vitreous or zernike3d.
        output: The file to write; `.npz` is added for the first two where it is missing.
        to: The convention.
        overwrite: Replace an existing file.

    Returns:
        The path written.

    Raises:
        InputError: The source is no file of moments, or its ball not that of zernike3d; a descriptor of several
            volumes; an output that exists or cannot be written.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> path = Moments.from_arrays(np.array([1.0, 2.0, 1j]), radius=40.0).save(folder / "a.npz")
        >>> print(convert_moments(path, folder / "a.csv", Convention.NOVOTNI_KLEIN).read_text().splitlines()[0])
        volume,n,l,m,real,imaginary
    """
    output = Path(output)
    archive = to in (Convention.VITREOUS, Convention.ZERNIKE3D)
    path = moments_path(output) if archive else output
    check_outputs([path], overwrite=overwrite, what="file of moments")
    moments = Moments()
    moments.load(source, quiet=True)
    if to is Convention.VITREOUS:
        return moments.save(path)
    if to is Convention.ZERNIKE3D:
        return write_zernike3d(path, moments)
    if path.suffix.lower() == ".inv":
        _write_descriptor(path, moments.data, to)
    elif to is Convention.NOVOTNI_KLEIN:
        _write_table(path, np.asarray(to_novotni_klein(moments.array)))
    else:
        parts = np.asarray(to_biozernike(moments.array))
        _write_table(path, parts[:, 0::2] + 1j * parts[:, 1::2])
    return path


def _write_descriptor(path: Path, data: MomentData, to: Convention) -> None:
    if to is not Convention.NOVOTNI_KLEIN or len(data.moments) > 1:
        raise InputError(
            f"{path}: holds the descriptor of Novotni and Klein of one map, and not {to.value} of "
            f"{len(data.moments)} volumes.",
            hint="Give a name that ends with .csv.",
        )
    numbers = np.asarray(descriptor_3dzd(data.moments[0]))
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join([str(len(numbers)), *(f"{number:.8g}" for number in numbers), ""]))


def _write_table(path: Path, moments: np.ndarray) -> None:
    labels = moment_labels(Moments.from_arrays(moments).order).T.tolist()
    with atomic_path(path) as temporary, temporary.open("w", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["volume", "n", "l", "m", "real", "imaginary"])
        for volume, row in enumerate(moments):
            # Nine digits keep what single precision holds.
            table.writerows(
                [volume, *label, f"{value.real:.9g}", f"{value.imag:.9g}"]
                for label, value in zip(labels, row.tolist(), strict=True)
            )
