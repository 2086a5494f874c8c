"""Folders of EMDB and EMPIAR, as the EBI's web server lists them."""

from typing import final
from urllib.parse import quote

from ._http import HttpSession
from ._listing import parse_listing
from ._tree import AbstractTree, RemoteFile, RemoteFolder

_MOST_OF_A_PAGE = 2**26  # a folder of 100 000 movies takes some 25 MB


@final
class ListedTree(AbstractTree):
    """The folders below an address, whose server lists each in HTML.

    Arguments:
        session: Who asks.
        address: The address of the entry's folder, without a final `/`.
    """

    def __init__(self, session: HttpSession, address: str):
        self._session = session
        self._address = address

    @property
    def root(self) -> RemoteFolder:
        return RemoteFolder("", f"{self._address}/")

    def children(self, folder: RemoteFolder) -> tuple[RemoteFile | RemoteFolder, ...]:
        page = self._session.read(folder.address, most=_MOST_OF_A_PAGE, accept="text/html")
        listed = parse_listing(page.decode("utf-8", errors="replace"), of=folder.address)
        return tuple(
            RemoteFolder(folder.path_of(line.name), f"{folder.address}{quote(line.name)}/")
            if line.is_folder
            else RemoteFile(folder.path_of(line.name), f"{folder.address}{quote(line.name)}", line.size)
            for line in listed
        )
