"""Files from the public archives."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from vitreous._core import NO_PROGRESS, InputError, Progress

from ._download import MEBIBYTE, Download, FetchedFile
from ._names import path_below, readable_size, safe_parts
from ._options import FetchOptions
from ._request import require_room
from ._select import Selection, count_and_size
from ._sites import ArchiveSites
from ._tree import RemoteFile


@dataclass(frozen=True)
class FetchReport:
    """What `fetch_files` did.

    Arguments:
        files: Each file, in the order of the archive.
    """

    files: tuple[FetchedFile, ...]

    @property
    def summary(self) -> list[str]:
        """A line for each file: where it is, its size, how it came, and the check that it passed."""
        return [f"{file.path}  {readable_size(file.size)}  {file.arrival}, {file.check}" for file in self.files]


def fetch_files(
    identifier: str,
    paths: Sequence[str] = (),
    *,
    output: str | Path,
    options: FetchOptions | None = None,
    sites: ArchiveSites | None = None,
    progress: Progress = NO_PROGRESS,
    pause: Callable[[float], None] = time.sleep,
) -> FetchReport:
    """Files of an entry of the PDB, EMDB, EMPIAR or OSF, each whole and checked.

    A file gets its name when it is complete and on the disk, and its hash is right where the archive publishes one
    (OSF: SHA-256 and MD5); otherwise its length, and the checksums in it if its name ends in `.gz`. Files are kept as
    they come, compressed. Until then what came is in `NAME.partial`, and the same call goes on from there, unless the
    file has changed in the archive. A file that is there already is checked and not fetched again.

    Private projects of OSF need an access token, from the environment (`OSF_TOKEN`) or the keyring (service `osf.io`,
    user `token`).

    Arguments:
        identifier: `pdb:6z6u`, `emdb:1832`, `empiar:10028` or `osf:PROJECT`; see `parse_identifier`.
        paths: For EMPIAR and OSF, what to fetch: files, folders and patterns such as `data/Micrographs/*_1?.mrc`, from
            the entry's own folder; they keep their folders below `output`.
        output: The folder to put them in; it is made if it is absent.
        options: Formats, half-maps and masks, and whether to replace other files of the same names.
        sites: Where the archives are; themselves, or the mirror of `VITREOUS_ARCHIVES`, unless given.
        progress: Told of each mebibyte.
        pause: Waits for so many seconds before a request that failed is sent again.

    Raises:
        InputError: An entry or path does not exist, cannot be reached, is not allowed, leads elsewhere, does not fit on
            the disk, or came wrong; or another file has its name.

    Examples:
        >>> try:
        ...     fetch_files("emdb:1832", ["map"], output="maps")
        ... except ValueError as error:
        ...     print(error)
        emdb:1832 has no paths to choose from.
        hint: Leave them out; --half-maps and --masks (in Python FetchOptions) ask for more.
    """
    options, output = options or FetchOptions(), Path(output)
    selection = Selection.of(identifier, paths, sites=sites, pause=pause)
    files = selection.files(options)
    targets = _targets(files, output, identifier)
    require_room(output, _bytes_to_come(files, targets), what=identifier)
    downloads = [
        Download(selection.session, file, target, overwrite=options.overwrite)
        for file, target in zip(files, targets, strict=True)
    ]
    described = f"Fetching {identifier}, {count_and_size(files)} (MiB)"
    # Closed at once when the listener raises: an interrupted download lets go of its files.
    with closing(_all_steps(downloads, files)) as steps:
        for _ in progress.track(steps, description=described, total=sum(map(_mebibytes, files))):
            pass
    return FetchReport(tuple(download.fetched for download in downloads))


def _targets(files: Sequence[RemoteFile], output: Path, identifier: str) -> list[Path]:
    """Where each file goes, no two to the same place on a disk that ignores case."""
    targets, taken = [], set()
    for file in files:
        target = path_below(output, safe_parts(file.path, of=identifier), of=file.path)
        folded = file.path.casefold()
        if folded in taken:
            raise InputError(
                f"{identifier}: two files are called {file.path} but for capitals.", hint="Fetch them into two folders."
            )
        taken.add(folded)
        targets.append(target)
    return targets


def _bytes_to_come(files: Sequence[RemoteFile], targets: Sequence[Path]) -> int:
    """What the files that are not there yet will need, as far as the archive says."""
    return sum(file.size or 0 for file, target in zip(files, targets, strict=True) if not target.exists())


def _mebibytes(file: RemoteFile) -> int:
    """How many steps are announced for a file; one where its size is not known."""
    return max(1, -(-(file.size or 0) // MEBIBYTE))


def _all_steps(downloads: Sequence[Download], files: Sequence[RemoteFile]) -> Generator[int, None, None]:
    """The steps of all downloads: as many as were announced, though the sizes of listings are rounded, or more where
    nothing was known to announce.
    """
    for download, file in zip(downloads, files, strict=True):
        announced, done = _mebibytes(file), 0
        with closing(download.steps()) as steps:
            for step in steps:
                if done < announced or file.size is None:
                    done += 1
                    yield step
        yield from [1] * (announced - done)
