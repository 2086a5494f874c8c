"""`vitreous upload`."""

from pathlib import Path
from typing import Annotated

import typer

from vitreous.archives import upload_files

from ._progress import console_progress


def upload(
    entry: Annotated[str, typer.Argument(metavar="osf:PROJECT/FOLDER", help="A folder, which is made if absent.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files; they keep their names.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Make new versions of files that are there with another content.")
    ] = False,
) -> None:
    """Files to a project of OSF, checked on arrival.

    The access token is that of the environment, OSF_TOKEN, or of the keyring. Files that are there already with the
    same content are skipped, so the same command goes on after an interruption.

    Example:
    $ vitreous upload osf:f3szh/maps half1.mrc half2.mrc
    """
    with console_progress() as progress:
        report = upload_files(entry, files, overwrite=overwrite, progress=progress)
    print("\n".join(report.summary))
