"""The tilt series of a tomography project."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vitreous._core import FloatLike, InputError
from vitreous.io import Table, read_star, resolve_image_name, write_star

from ._picked_rows import Rows, picked_rows
from ._tilt_series import TiltSeries
from ._tilt_series_relion import series_from_relion

_FILE = "rlnTomoTiltSeriesStarFile"
_TILTS = ("rlnTomoNominalStageTiltAngle", "rlnTomoYTilt", "rlnTomoProjX")


@dataclass(frozen=True, eq=False, kw_only=True)
class TiltSeriesDataset:
    """The tilt series of a STAR file of RELION 4 or 5; each is read when it is asked for.

    Make one with `TiltSeriesDataset.load`. RELION 4 keeps all of a project in one file, `tomograms.star`; RELION 5
    lists the series in one, such as `aligned_tilt_series.star`, and the images of each in a file of its own.

    Arguments:
        source: The file.
        settings: One row per series: its name, the microscope, the tomogram's size.
        blocks: The tables of the series' images, by name, where the file holds them itself.
        block_name: What the table of `settings` is called; `None` in a file of the images of one series alone.
        project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.
        pixel_size: Å, in place of what the file says.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "TS_01.star"
        >>> tilts = Table({"rlnTomoNominalStageTiltAngle": [0.0, 3.0], "rlnMicrographPreExposure": [0.0, 2.5]})
        >>> write_star(path, {"TS_01": tilts})
        >>> series = TiltSeriesDataset.load(path)[0]
        >>> series.name, len(series), series.pre_exposures.tolist()
        ('TS_01', 2, [0.0, 2.5])
    """

    source: Path
    settings: Table
    blocks: Mapping[str, Table]
    block_name: str | None
    project: Path | None = None
    pixel_size: float | None = None

    @classmethod
    def load(
        cls, path: str | Path, *, pixel_size: FloatLike | None = None, project: str | Path | None = None
    ) -> "TiltSeriesDataset":
        """Read which tilt series a STAR file lists.

        Arguments:
            path: A `tomograms.star` of RELION 4, a list of tilt series of RELION 5, or the file of one of them alone,
                which says nothing about the microscope. A SerialEM `.mdoc` is read by `tilt_series_from_mdoc`.
            pixel_size: Å, where the file has none or a wrong one.
            project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.

        Raises:
            InputError: The file is no STAR file, or lists no tilt series.
        """
        path = Path(path)
        if path.suffix.lower() == ".mdoc":
            raise InputError(f"{path}: is one tilt series.", hint="Load it with tilt_series_from_mdoc(path).")
        blocks = read_star(path)
        lists = [name for name, table in blocks.items() if "rlnTomoName" in table and _lists(table, blocks)]
        alone = [name for name, table in blocks.items() if any(column in table for column in _TILTS)]
        if lists:
            name = lists[0]
            settings, others = blocks[name], {other: table for other, table in blocks.items() if other != name}
        elif len(alone) == 1 and len(blocks) == 1:
            name, others = None, blocks
            settings = Table({"rlnTomoName": [alone[0] or path.stem]}, str(path))
            others = {alone[0] or path.stem: blocks[alone[0]]}
        else:
            raise InputError(
                f"{path}: lists no tilt series: no block has rlnTomoName with {_FILE} or with a block for each. Its "
                f"blocks are: {', '.join(f'data_{block}' for block in blocks)}.",
                hint="Give tomograms.star (RELION 4), tilt_series.star (RELION 5), or the file of one series.",
            )
        if len(settings) == 0:
            raise InputError(f"{path}: lists no tilt series (0 rows).", hint="Check the job that made it.")
        return cls(
            source=path,
            settings=settings,
            blocks=others,
            block_name=name,
            project=None if project is None else Path(project),
            pixel_size=None if pixel_size is None else float(pixel_size),
        )

    def __len__(self) -> int:
        return len(self.settings)

    def __iter__(self) -> Iterator[TiltSeries]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, row: int | str) -> TiltSeries:
        """The tilt series of a row, counted from 0, or of a name.

        Raises:
            InputError: There is no such series, its file is missing, or what it says cannot be used.
        """
        names = self.names
        if isinstance(row, str):
            if row not in names:
                raise InputError(
                    f"{self.source}: has no tilt series {row}; it has {', '.join(names[:5])}"
                    f"{', …' if len(names) > 5 else ''}.",
                    hint="Give a name as rlnTomoName has it.",
                )
            row = names.index(row)
        row = range(len(self))[row]  # raises an IndexError, which ends a loop over a sequence
        name = names[row]
        tilts, source = self._tilts(row, name)
        settings = Table() if self.block_name is None else self.settings.select([row])
        return series_from_relion(
            name, tilts, settings, source=source, project=self.project, pixel_size=self.pixel_size
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tilt series."""
        return tuple(self.settings["rlnTomoName"].tolist())

    def select(self, rows: Rows) -> "TiltSeriesDataset":
        """The tilt series of an index, a slice, indices, a mask, or an expression such as `"rlnVoltage == 300"`.

        Raises:
            InputError: Nothing is selected, or an expression that cannot be evaluated.
        """
        columns = self.settings.names
        picked = picked_rows(rows, len(self), names=columns, column=self._column, source=self.source)
        settings = self.settings.select(picked)
        dropped = set(self.names) - set(settings["rlnTomoName"].tolist())
        kept = {name: table for name, table in self.blocks.items() if name not in dropped}
        return replace(self, settings=settings, blocks=kept)

    def write(self, path: str | Path) -> None:
        """Write the list with all its columns; the file appears whole or not at all.

        The files of RELION 5 that hold the images of each series stay where they are, so the new list belongs into the
        same project.

        Arguments:
            path: The file to write, replaced if it exists.

        Raises:
            InputError: A folder that cannot be written.
        """
        settings = {} if self.block_name is None else {self.block_name: self.settings}
        write_star(path, {**settings, **self.blocks})

    def _column(self, name: str) -> np.ndarray:
        try:
            return self.settings.column(name)
        except InputError:
            return self.settings[name]  # raises for a column that is not there

    def _tilts(self, row: int, name: str) -> tuple[Table, Path]:
        """The images of a series, and the file that lists them."""
        if name in self.blocks and _FILE not in self.settings:
            return self.blocks[name], self.source
        file = resolve_image_name(str(self.settings[_FILE][row]), self.source, project=self.project)[1]
        found = [table for table in read_star(file).values() if any(column in table for column in _TILTS)]
        if len(found) != 1:
            raise InputError(
                f"{file}: holds the images of {len(found)} tilt series, and {self.source} wants those of {name}.",
                hint="Give each series a file of its own.",
            )
        return found[0], file


def _lists(table: Table, blocks: Mapping[str, Table]) -> bool:
    return _FILE in table or all(name in blocks for name in table["rlnTomoName"].tolist())
