"""Folders as web servers list them in HTML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from vitreous._core import InputError

from ._names import check_inside

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50}
_MODIFIED_AND_SIZE = re.compile(r"\d\d:\d\d(?::\d\d)?\s+(?:([0-9]{1,18}(?:\.[0-9]{1,3})?)\s?([KMGTP]?)\b|-)")


@dataclass(frozen=True)
class ListedName:
    """One line of a listing.

    Arguments:
        name: The name of a file or folder, which does not lead out of the folder that was listed.
        is_folder: Which of the two.
        size: Bytes of a file as the listing says, which rounds to two digits or so; `None` where it does not say.
    """

    name: str
    is_folder: bool
    size: int | None


def parse_listing(html: str, *, of: str) -> tuple[ListedName, ...]:
    """What is in a folder, from the page that Apache's `mod_autoindex` or nginx's `autoindex` makes of it.

    Links that do not lead to something directly in the folder (to its parent, to other orders of the page) are no
    entries.

    Arguments:
        html: The page.
        of: The folder, for messages.

    Raises:
        InputError: It is no such page, or a name in it leads out of the folder.

    Examples:
        >>> page = '<title>Index of /data</title> <a href="a%20b.mrc">a b.mrc</a>  2020-01-31 12:00  1.5M'
        >>> parse_listing(page, of="data")
        (ListedName(name='a b.mrc', is_folder=False, size=1572864),)
    """
    page = _Page()
    page.feed(html)
    page.close()
    if not page.title.strip().lower().startswith(("index of", "directory listing")):
        raise InputError(f"{of}: the server sent no listing of a folder.", hint="Check the path.")
    return tuple(dict.fromkeys(_entries(page, of)))


def _entries(page: "_Page", of: str) -> Iterator[ListedName]:
    for link, text in page.links:
        try:
            parts = urlsplit(link)
        except ValueError:
            continue  # no address, so no entry
        path = parts.path.removeprefix("./")
        is_folder = path.endswith("/")
        path = path.removesuffix("/")
        if parts.scheme or parts.netloc or not path or "/" in path or path in (".", ".."):
            continue
        found = None if is_folder else _MODIFIED_AND_SIZE.search(text)
        size = int(float(found[1]) * _UNITS[found[2]]) if found and found[1] else None
        yield ListedName(check_inside(unquote(path), of=of), is_folder, size)


class _Page(HTMLParser):
    """The title, and each link with the text from it to the next one."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.title = ""
        self._in_title = False
        self._links: list[tuple[str, list[str]]] = []

    @property
    def links(self) -> list[tuple[str, str]]:
        return [(link, " ".join(pieces)) for link, pieces in self._links]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title"
        link = dict(attrs).get("href")
        if tag == "a" and link:
            self._links.append((link, []))

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif self._links:
            self._links[-1][1].append(data)
