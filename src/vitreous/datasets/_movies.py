"""Movies of RELION's STAR files."""

from dataclasses import dataclass
from pathlib import Path

from vitreous.io import ImageFile, open_images

from ._micrographs_base import AbstractRecordings, read_recordings
from ._relion_table import RelionTable


@dataclass(frozen=True, eq=False, kw_only=True)
class MovieDataset(AbstractRecordings):
    r"""Movies of a STAR file: all columns in memory, frames read when asked for.

    Make one with `MovieDataset.load`.

    Arguments:
        table: The rows, with the optics table and whatever else the file has.
        project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "movies.star"
        >>> _ = path.write_text(
        ...     "data_optics\nloop_\n_rlnOpticsGroup #1\n_rlnMicrographOriginalPixelSize #2\n1 0.885\n"
        ...     "data_movies\nloop_\n_rlnMicrographMovieName #1\n_rlnOpticsGroup #2\nMovies/a.tiff 1\n"
        ... )
        >>> movies = MovieDataset.load(path)
        >>> movies.pixel_size, movies.paths[0].name
        (0.885, 'a.tiff')
    """

    table: RelionTable
    project: Path | None = None

    @classmethod
    def load(cls, path: str | Path, *, project: str | Path | None = None) -> "MovieDataset":
        """Read what a STAR file says about movies; frames are not touched.

        Arguments:
            path: A STAR file of RELION 3.0 or later, such as `movies.star`, with a column `rlnMicrographMovieName`.
            project: The folder to which paths are relative, in place of the rule of `vitreous.io.resolve_image_name`.

        Raises:
            InputError: The file is no STAR file or lists no movies.
        """
        table = read_recordings(Path(path), column="rlnMicrographMovieName", block="movies", what="movies")
        return cls(table=table, project=None if project is None else Path(project))

    @property
    def image_column(self) -> str:
        """The column that names the files: `rlnMicrographMovieName`."""
        return "rlnMicrographMovieName"

    def frames(self, row: int) -> ImageFile:
        """The frames of a movie, read from disk where they are asked for.

        Arguments:
            row: Which, counted from 0.

        Raises:
            InputError: The file is missing or damaged.
        """
        return open_images(self[row].paths[0])
