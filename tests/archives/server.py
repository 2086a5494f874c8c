"""A server on this machine that speaks as the PDB, EMDB, EMPIAR and OSF do, and fails when it is told to."""

import hashlib
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from vitreous.archives import ArchiveSites

PROJECT = "f3szh"
MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"
PAGE = 2  # files on one page of an OSF listing

Fault = Callable[["Handler", bytes], None]
"""What answers in place of the server, given the file that was asked for."""


@dataclass(frozen=True)
class Request:
    """A request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class ArchiveServer:
    """What the server holds, and what it shall do wrong.

    Arguments:
        address: Its own address.
        files: Content by path: `/emdb/EMD-1832/map/emd_1832.map.gz`. Their folders are listed as Apache does.
        osf: Content by path of the files of the one OSF project; folders are paths with a final `/` and no content.
        faults: By path, what to do with the next requests for it instead of answering.
        token: What a request to OSF must show; nothing if it is `None`.
        validators: Whether files are sent with an `ETag`.
        requests: What was asked, in order.
    """

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    osf: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    token: str | None = None
    validators: bool = True
    requests: list[Request] = field(default_factory=list)

    @property
    def sites(self) -> ArchiveSites:
        return ArchiveSites.mirror(self.address)

    def asked(self, method: str = "GET") -> list[str]:
        """The paths that were asked for."""
        return [request.path for request in self.requests if request.method == method]

    def download(self, path: str) -> str:
        """The path from which a file of the project is downloaded."""
        return f"/osf_files/{PROJECT}/providers/osfstorage/{quote(path)}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms
    archive: ArchiveServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_PUT(self) -> None:
        self.answer()

    def answer(self) -> None:
        archive, path = self.archive, unquote(urlsplit(self.path).path)
        announced = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(announced)
        if len(body) < announced:  # dropped in the middle
            self.close_connection = True
            return
        archive.requests.append(Request(self.command, path, self.headers, body))
        content = archive.files.get(path, b"")
        if path.startswith("/osf_files/"):
            content = archive.osf.get(path.split("/osfstorage/")[1], b"")
        faults = archive.faults.get(path)
        if faults:
            faults.pop(0)(self, content)
        elif path.startswith("/osf"):
            self.answer_osf(path, body)
        elif path in archive.files:
            self.send_file(content)
        elif path.endswith("/") and any(name.startswith(path) for name in archive.files):
            self.send_bytes(200, self.listing(path), {"Content-Type": "text/html;charset=UTF-8"})
        else:
            self.send_bytes(404)

    def send_bytes(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_json(self, status: int, content: object) -> None:
        self.send_bytes(status, json.dumps(content).encode(), {"Content-Type": "application/vnd.api+json"})

    def send_file(self, content: bytes, *, heeds_if_range: bool = True) -> None:
        """The file or the part that was asked for."""
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        headers = {"ETag": tag, "Last-Modified": MODIFIED} if self.archive.validators else {}
        wanted, condition = self.headers.get("Range"), self.headers.get("If-Range")
        if wanted is None or (heeds_if_range and condition not in (tag, MODIFIED)):
            self.send_bytes(200, content, headers)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            self.send_bytes(416, headers={"Content-Range": f"bytes */{len(content)}"})
            return
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.send_bytes(206, content[start:], {**headers, "Content-Range": span})

    def listing(self, folder: str) -> bytes:
        """A folder as Apache's `mod_autoindex` shows it (`IndexOptions FancyIndexing HTMLTable`)."""
        names = {name.removeprefix(folder) for name in self.archive.files if name.startswith(folder)}
        entries = sorted({name.partition("/")[0] + ("/" if "/" in name else "") for name in names})
        rows = [
            f'<tr><td><a href="{quote(name)}">{name[:20]}</a></td><td align="right">2015-10-21 07:28  </td>'
            f'<td align="right">{self.rounded(folder + name)}</td><td>&nbsp;</td></tr>'
            for name in entries
        ]
        head = '<tr><th><a href="?C=N;O=D">Name</a></th></tr><tr><td><a href="/">Parent Directory</a></td></tr>'
        return f"<html><title>Index of {folder}</title><table>{head}{''.join(rows)}</table></html>".encode()

    def rounded(self, path: str) -> str:
        if path.endswith("/"):
            return "  - "
        size = len(self.archive.files[path])
        return str(size) if size < 1024 else f"{size / 1024:.0f}K" if size < 2**20 else f"{size / 2**20:.1f}M"

    def answer_osf(self, path: str, body: bytes) -> None:
        token = self.archive.token
        if token is not None and self.headers.get("Authorization") != f"Bearer {token}":
            self.send_json(401, {"errors": [{"detail": "Authentication credentials were not provided."}]})
            return
        project, _, inside = path.split("/", 2)[2].removeprefix("nodes/").partition("/")
        inside = inside.partition("osfstorage/")[2]
        if project != PROJECT:
            self.send_json(404, {"errors": [{"detail": "Not found."}]})
        elif self.command == "PUT":
            self.put(inside, body)
        elif path.startswith("/osf_files/") and inside in self.archive.osf:
            self.send_file(self.archive.osf[inside])
        elif path.startswith("/osf_api/") and (inside == "" or inside in self.archive.osf):
            self.send_page(inside)
        else:
            self.send_json(404, {"errors": [{"detail": "Not found."}]})

    def send_page(self, folder: str) -> None:
        names = [name for name in self.archive.osf if name.startswith(folder) and name != folder]
        there = [name for name in names if "/" not in name.removeprefix(folder).removesuffix("/")]
        page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
        shown = [self.record(name) for name in there[(page - 1) * PAGE : page * PAGE]]
        more = page * PAGE < len(there)
        here = f"{self.archive.address}{urlsplit(self.path).path}"
        self.send_json(200, {"data": shown, "links": {"next": f"{here}?page={page + 1}" if more else None}})

    def record(self, path: str) -> dict:
        """A file or folder in JSON:API."""
        name, address = path.rstrip("/").rpartition("/")[2], self.archive.address
        attributes: dict = {"name": name, "materialized_path": f"/{path}"}
        links = {"upload": f"{address}{self.archive.download(path)}", "self": f"{address}/osf_api/files/0/"}
        record = {"id": "0", "type": "files", "attributes": attributes, "links": links}
        if path.endswith("/"):
            attributes["kind"], attributes["size"] = "folder", None
            links |= {"upload": f"{links['upload']}?kind=file", "new_folder": f"{links['upload']}?kind=folder"}
            href = f"{address}/osf_api/nodes/{PROJECT}/files/osfstorage/{quote(path)}"
            record["relationships"] = {"files": {"links": {"related": {"href": href, "meta": {}}}}}
            return record
        content = self.archive.osf[path]
        hashes = {"md5": hashlib.md5(content).hexdigest(), "sha256": hashlib.sha256(content).hexdigest()}
        attributes |= {"kind": "file", "size": len(content), "extra": {"hashes": hashes}}
        links["download"] = links["upload"]
        return record

    def put(self, inside: str, body: bytes) -> None:
        query = parse_qs(urlsplit(self.path).query)
        is_folder, is_new = query.get("kind") == ["folder"], "name" in query
        path = inside + query.get("name", [""])[0] + ("/" if is_folder else "")
        if is_new and path in self.archive.osf:
            self.send_json(409, {"message": f"Cannot complete action: file or folder {path} already exists"})
            return
        self.archive.osf[path] = body
        self.send_json(201 if is_new else 200, {"data": self.record(path)})


def drops_after(length: int) -> Fault:
    """Announces the whole and drops the connection in the middle."""

    def fault(handler: Handler, content: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.send_header("ETag", f'"{hashlib.md5(content).hexdigest()}"')
        handler.end_headers()
        handler.wfile.write(content[:length])
        handler.close_connection = True

    return fault


def stalls_after(length: int, until: threading.Event) -> Fault:
    """Sends the beginning, and then nothing until the event."""

    def fault(handler: Handler, content: bytes) -> None:
        drops_after(length)(handler, content)
        until.wait(60.0)

    return fault


def hangs_up(handler: Handler, content: bytes) -> None:
    """Drops the connection without a word."""
    handler.close_connection = True


def says(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Answers with this status; `_` in names of headers stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, content: handler.send_bytes(status, body, named)


def sends(content: bytes, **headers: str) -> Fault:
    """Answers with another content."""
    return says(200, content, **headers)


def ignores_if_range(handler: Handler, content: bytes) -> None:
    """Sends the part that was asked for, whether or not the file has changed."""
    handler.send_file(content, heeds_if_range=False)


def ignores_range(handler: Handler, content: bytes) -> None:
    """Sends the whole, whatever was asked for."""
    handler.send_bytes(200, content, {"ETag": f'"{hashlib.md5(content).hexdigest()}"'})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave in the middle, as the tests let them."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def archive_server() -> Iterator[ArchiveServer]:
    """A server that runs while the block does."""
    server = _Server(("127.0.0.1", 0), type("OneHandler", (Handler,), {}))
    archive = ArchiveServer(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass.archive = archive
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
