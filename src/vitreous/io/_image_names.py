"""Where the images are that a STAR file names."""

import os
from pathlib import Path, PurePosixPath

from vitreous._core import InputError

_ANCESTORS = 3
_DIGITS = 12


def split_image_name(name: str) -> tuple[int | None, str]:
    """Split RELION's `number@stack` into a number counted from 0 and a path.

    Arguments:
        name: Such as `000001@stack.mrcs`; a bare path names a file of one image.

    Returns:
        The index of the image counted from 0 (`None` for a bare path) and the path as written.

    Raises:
        InputError: The part before `@` is no number from 1, or there is no path.

    Examples:
        >>> split_image_name("000012@job/stack.mrcs")
        (11, 'job/stack.mrcs')
    """
    number, at, path = name.partition("@")
    if not at:
        number, path = "", name
    if not path or (at and not is_image_number(number)):
        raise InputError(f"{name!r} does not name an image.", hint="Names look like 000001@stack.mrcs, counted from 1.")
    return (int(number) - 1 if at else None), path


def is_image_number(text: str) -> bool:
    """Whether text is a number of an image, from 1; more digits than a stack can need are none.

    Examples:
        >>> [is_image_number(text) for text in ("000012", "0", "1e3", "-1", 30 * "9")]
        [True, False, False, False, False]
    """
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) > 0


def resolve_image_name(
    name: str, star_path: str | Path, *, project: str | Path | None = None
) -> tuple[int | None, Path]:
    """The image and the file that a name in a STAR file means.

    The rule: a relative path is looked for in the folder of the STAR file and then in the folders above it, at most
    three and never the root of the file system, because RELION writes paths relative to its project folder and STAR
    files into job folders below that. A STAR file cannot reach elsewhere: absolute paths and `..` are refused. With
    `project`, that folder alone is searched, and an absolute path is accepted if it lies inside. Symbolic links, which
    a STAR file cannot make, are followed.

    Arguments:
        name: `000001@stack.mrcs` or a bare path.
        star_path: The STAR file that holds the name.
        project: The folder to which paths are relative.

    Returns:
        The index of the image counted from 0 (`None` for a bare path), and the file; where no file exists, its path in
        the first folder searched.

    Raises:
        InputError: A malformed name, an absolute path, or one with `..`.

    Examples:
        >>> resolve_image_name("000003@stack.mrcs", "/data/particles.star")
        (2, PosixPath('/data/stack.mrcs'))
    """
    index, path = split_image_name(name)
    written = PurePosixPath(path)
    if project is not None:
        root = Path(os.path.abspath(project))
        resolved = Path(os.path.normpath(root / written))
        if not resolved.is_relative_to(root) or ".." in written.parts:
            raise InputError(
                f"{star_path}: names {path}, outside of the project folder {root}.",
                hint="Give the folder that contains the images as the project.",
            )
        return index, resolved
    if written.is_absolute() or ".." in written.parts:
        raise InputError(
            f"{star_path}: names {path}, and paths that lead away from the file's own folder are not followed.",
            hint="Give the folder that contains the images, --project FOLDER (in Python project=…), or make the paths "
            "relative to the file that names them.",
        )
    folder = Path(os.path.abspath(star_path)).parent
    for root in (folder, *folder.parents[:_ANCESTORS]):
        # Unlike `Path.is_file`, this answers for names that are no possible ones too.
        if root != Path(root.anchor) and os.path.isfile(root / written):
            return index, root / written
    return index, folder / written
