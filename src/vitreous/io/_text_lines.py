"""Lines of the small text files of other programs."""

from pathlib import Path

from vitreous._core import InputError


def read_text_lines(path: str | Path) -> list[str]:
    """The lines of a text file without their ends, which may be those of Unix or of Windows.

    UTF-8, with or without a byte order mark, or else Latin-1: Windows programs write names of files in the code page of
    their computer.

    Raises:
        InputError: The file cannot be read, or holds zero bytes, which no text has.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    if b"\0" in content:
        raise InputError(
            f"{path}: is not a text file: byte {content.index(0)} is zero.", hint="Check that it is the file you mean."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    # Not str.splitlines, which also splits at form feeds and other characters that values may hold.
    return [line.removesuffix("\r") for line in text.split("\n")]


def numbers(line: str, *, path: str | Path, number: int) -> list[float]:
    """The numbers of a line, with spaces, tabs or commas between them.

    Arguments:
        line: The line.
        path: The file, for the error.
        number: The line's number from 1, for the error.

    Raises:
        InputError: One of its words is no finite number.
    """
    values = []
    for word in line.replace(",", " ").split():
        try:
            value = float(word)
        except ValueError:
            value = float("nan")
        if not abs(value) < float("inf"):
            raise InputError(
                f"{path}: line {number} holds {word[:40]!r}, which is no number.", hint="Correct the line."
            )
        values.append(value)
    return values
