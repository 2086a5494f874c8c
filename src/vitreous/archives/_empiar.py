"""What EMPIAR says of an entry."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vitreous._core import InputError

from ._entry import Archive, parse_identifier
from ._http import HttpSession
from ._json import MOST_OF_JSON, parse_object
from ._sites import ArchiveSites, TrustedHosts


@dataclass(frozen=True)
class EmpiarImageSet:
    """One of an entry's sets of images.

    Arguments:
        name: What its authors call it.
        folder: Where it lies in the entry.
        category: What it is: micrographs, movies, picked particles.
        pixel_size: Å, of the first axis; `None` where the entry does not say.
    """

    name: str
    folder: str
    category: str
    pixel_size: float | None


@dataclass(frozen=True)
class EmpiarEntry:
    """The facts of an EMPIAR entry.

    Arguments:
        accession: Its number.
        title: Its title.
        size: How large it is, in the archive's words: `"1.1 TB"`.
        released: The day of its release.
        image_sets: Its sets of images.
    """

    accession: str
    title: str
    size: str
    released: str
    image_sets: tuple[EmpiarImageSet, ...]

    @property
    def summary(self) -> list[str]:
        """A line for the entry, and one for each of its image sets."""
        facts = [self.title, self.size, f"released {self.released}" if self.released else ""]
        lines = [f"EMPIAR-{self.accession}: {', '.join(fact for fact in facts if fact)}"]
        for one in self.image_sets:
            pixels = "" if one.pixel_size is None else f", {one.pixel_size:g} Å pixels"
            lines.append(f"  {one.folder}: {one.name} ({one.category}{pixels})")
        return lines


def read_empiar_entry(
    identifier: str, *, sites: ArchiveSites | None = None, pause: Callable[[float], None] = time.sleep
) -> EmpiarEntry:
    """What an EMPIAR entry is, from the archive's REST API.

    Arguments:
        identifier: `empiar:10028`.
        sites: Where EMPIAR is; the archive itself, or the mirror of `VITREOUS_ARCHIVES`, unless given.
        pause: Waits for so many seconds before a request that failed is sent again.

    Raises:
        InputError: There is no such entry, or the archive cannot be reached.

    Examples:
        >>> try:
        ...     read_empiar_entry("emdb:1832")
        ... except ValueError as error:
        ...     print(error)
        'emdb:1832' is no entry of EMPIAR.
        hint: Such as empiar:10028.
    """
    entry, sites = parse_identifier(identifier), sites or ArchiveSites.from_settings()
    if entry.archive is not Archive.EMPIAR:
        raise InputError(f"{identifier!r} is no entry of EMPIAR.", hint="Such as empiar:10028.")
    return empiar_entry(HttpSession(TrustedHosts.of(Archive.EMPIAR, sites), pause=pause), sites, entry.accession)


def empiar_entry(session: HttpSession, sites: ArchiveSites, accession: str) -> EmpiarEntry:
    """The same, asked in a session."""
    address = f"{sites.empiar_api}/{accession}/"
    content = parse_object(session.read(address, most=MOST_OF_JSON, accept="application/json"), of=address)
    found = content.get(f"EMPIAR-{accession}")
    facts: Mapping[str, Any] = found if isinstance(found, dict) else {}
    if not isinstance(facts.get("title"), str):
        raise InputError(f"{address}: says nothing of EMPIAR-{accession}.", hint="Check the accession.")
    sets = facts.get("imagesets")
    return EmpiarEntry(
        accession=accession,
        title=_text(facts["title"]),
        size=_text(facts.get("dataset_size")),
        released=_text(facts.get("release_date")),
        image_sets=tuple(_image_set(one) for one in sets if isinstance(one, dict)) if isinstance(sets, list) else (),
    )


def _image_set(facts: Mapping[str, Any]) -> EmpiarImageSet:
    pixel = facts.get("pixel_width")
    try:
        pixel_size = float(pixel) if isinstance(pixel, str | int | float) else None
    except (ValueError, OverflowError):
        pixel_size = None  # not a number, so the entry does not say
    return EmpiarImageSet(
        _text(facts.get("name")), _text(facts.get("directory")), _text(facts.get("category")), pixel_size
    )


def _text(value: object) -> str:
    """What is printed on terminals, so without what would steer one."""
    return "".join(letter if letter.isprintable() else " " for letter in value) if isinstance(value, str) else ""
