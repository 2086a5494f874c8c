"""SerialEM's `.mdoc`: what the microscope did for each image of a tilt series or a movie."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vitreous._core import InputError, atomic_path

from ._table import Table
from ._text_lines import read_text_lines

_TITLE = "T"

Entry = tuple[str, str]
"""A key and its value, as text; what surrounds the value is kept, but for the one space behind `=`."""


@dataclass(frozen=True)
class MdocSection:
    """A section of an `.mdoc`, such as `[ZValue = 3]`, with its entries in order.

    Arguments:
        kind: `ZValue` (an image of a stack), `FrameSet` (a movie), `MontSection` (a montage), `Image` (a file of its
            own) or `T` (a title).
        name: What follows the kind: a number, a file's name, or the title itself.
        entries: Key and value of each line. A key may be there twice.

    Examples:
        >>> section = MdocSection("ZValue", "0", (("TiltAngle", "-3.0"), ("StagePosition", "20.8 155.3")))
        >>> section.get("TiltAngle"), section.get("Binning")
        ('-3.0', None)
    """

    kind: str
    name: str
    entries: tuple[Entry, ...] = ()

    def get(self, key: str) -> str | None:
        """The value of the first entry of a key, without the space around it; `None` where there is none."""
        return next((value.strip() for known, value in self.entries if known == key), None)


@dataclass(frozen=True, kw_only=True)
class Mdoc:
    """An `.mdoc` file: entries that hold for all of it, and its sections in order, titles among them.

    Arguments:
        entries: Key and value of each line before the first section.
        sections: The sections.
        source: Where it comes from, for error messages.

    Examples:
        >>> mdoc = Mdoc(sections=(MdocSection("T", "SerialEM: lamella 3"), MdocSection("ZValue", "0")))
        >>> mdoc.titles, len(mdoc.images)
        (('SerialEM: lamella 3',), 1)
    """

    entries: tuple[Entry, ...] = ()
    sections: tuple[MdocSection, ...] = ()
    source: str = "mdoc"

    @property
    def titles(self) -> tuple[str, ...]:
        """What the `[T = …]` sections say, without the space around it; movies have one as an entry `T`."""
        loose = [value for key, value in self.entries if key == _TITLE]
        return tuple(text.strip() for text in [*loose, *(s.name for s in self.sections if s.kind == _TITLE)])

    @property
    def images(self) -> tuple[MdocSection, ...]:
        """The sections that are no titles: one for each image, movie or montage."""
        return tuple(section for section in self.sections if section.kind != _TITLE)

    def get(self, key: str) -> str | None:
        """The value of the first of the entries that hold for the whole file; `None` where there is none."""
        return MdocSection("", "", self.entries).get(key)

    def table(self) -> Table:
        """The images as a table of text: one row for each, one column for each key that any of them has.

        The first column is the kind of the sections and holds their names. Of a key that is there twice the first
        counts, and a section without the key has empty text.

        Raises:
            InputError: There are no images, or they are of several kinds.
        """
        kinds = list(dict.fromkeys(section.kind for section in self.images))
        if len(kinds) != 1:
            raise InputError(
                f"{self.source}: is not one table, but has images of {len(kinds)} kinds: {', '.join(kinds) or 'none'}.",
                hint="Give the .mdoc of a tilt series or of a movie.",
            )
        keys = dict.fromkeys(key for section in self.images for key, _ in section.entries if key != kinds[0])
        rows = [{key: value.strip() for key, value in reversed(section.entries)} for section in self.images]
        columns = {key: [row.get(key, "") for row in rows] for key in keys}
        return Table({kinds[0]: [section.name.strip() for section in self.images], **columns}, self.source)


def read_mdoc(path: str | Path) -> Mdoc:
    r"""What an `.mdoc` file says, every key and value kept.

    The format is that of SerialEM's manual ("Mdoc files" and "Autodoc files"): lines `key = value`, sections
    `[kind = name]`, comments behind `#` at the start of a line. Lines may end as on Windows. Paths in it are those of
    the computer that ran the camera, mostly of Windows, and are text here.

    Arguments:
        path: The file. Its text is UTF-8, or else Latin-1.

    Returns:
        Entries and sections.

    Raises:
        InputError: The file is absent or no text, or a line is none of these.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.mdoc"
        >>> _ = path.write_text("PixelSpacing = 5.4\n\n[ZValue = 0]\nTiltAngle = 3.0\n")
        >>> mdoc = read_mdoc(path)
        >>> mdoc.get("PixelSpacing"), mdoc.table().column("TiltAngle").tolist()
        ('5.4', [3.0])
    """
    entries: list[Entry] = []
    sections: list[tuple[str, str, list[Entry]]] = []
    inside = entries
    for number, line in enumerate(read_text_lines(path), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        heading = text.startswith("[") and text.endswith("]")
        key, equals, value = (text[1:-1] if heading else line).partition("=")
        if not equals or not key.strip():
            raise InputError(
                f"{path}: line {number} is neither `key = value` nor `[kind = name]`: {text[:60]!r}.",
                hint="Check that it is an .mdoc file of SerialEM.",
            )
        key, value = key.strip(), value.removeprefix(" ")
        if heading:
            inside = []
            sections.append((key, value, inside))
        else:
            inside.append((key, value))
    return Mdoc(
        entries=tuple(entries),
        sections=tuple(MdocSection(kind, name, tuple(lines)) for kind, name, lines in sections),
        source=str(path),
    )


def write_mdoc(path: str | Path, mdoc: Mdoc) -> None:
    r"""Write an `.mdoc` as SerialEM lays it out; the file appears whole or not at all.

    Arguments:
        path: The file to write, replaced if it exists.
        mdoc: What to write.

    Raises:
        InputError: A folder that cannot be written, or a key or value that would be read back as something else.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.mdoc"
        >>> write_mdoc(path, Mdoc(sections=(MdocSection("ZValue", "0", (("TiltAngle", "3.0"),)),)))
        >>> path.read_text()
        '[ZValue = 0]\nTiltAngle = 3.0\n\n'
    """
    lines = list(_entry_lines(mdoc.entries, path))
    if mdoc.entries:
        lines.append("")
    for section in mdoc.sections:
        key, value = _checked(section.kind, section.name, path)
        lines += [f"[{key} = {value}]", *_entry_lines(section.entries, path), ""]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in lines)


def _entry_lines(entries: Iterable[Entry], path: str | Path) -> Iterable[str]:
    for key, value in entries:
        yield "{} = {}".format(*_checked(key, value, path))


def _checked(key: str, value: str, path: str | Path) -> Entry:
    if not key or key != key.strip() or "=" in key or key.startswith(("#", "[")) or _breaks(key) or _breaks(value):
        raise InputError(
            f"{path}: an .mdoc cannot hold {key!r} = {value!r}: a key is text without `=` that starts with neither "
            "`#` nor `[`, and both are one line.",
            hint="Rename the key, or replace line breaks.",
        )
    return key, value


def _breaks(text: str) -> bool:
    return "\n" in text or "\r" in text or "\0" in text
