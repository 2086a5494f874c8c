# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Archives and OSF
#
# Structures come from the PDB, maps from EMDB, raw data from EMPIAR, and what belongs to a paper often from the Open
# Science Framework. On the command line that is
#
# ```sh
# vitreous fetch pdb:6z6u -o structures
# vitreous fetch emdb:1832 -o maps --half-maps --masks
# vitreous fetch empiar:10028 --list
# vitreous fetch empiar:10028 'data/Particles/*.star' -o ribosome
# vitreous fetch osf:PROJECT/maps/half1.mrc -o maps
# vitreous upload osf:PROJECT/maps half1.mrc half2.mrc
# ```
#
# and in Python `fetch_files`, `list_files` and `upload_files` of `vitreous.archives`. Data sets are large and
# connections drop, so this page is about what happens then: a file has its name when it is whole, and not before.
#
# This page is made without a network. A server on this machine plays the archive, which is also how one uses a mirror.

# %%
import hashlib
import tempfile
import threading
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from vitreous.archives import ArchiveSites, FetchOptions, fetch_files, list_files, parse_identifier
from vitreous.io import inspect_mrc, write_mrc

parse_identifier("emdb:EMD-1832"), parse_identifier("osf:f3szh/maps/half1.mrc")

# %% [markdown]
# ## An archive of our own
#
# EMPIAR's public folder is a plain folder that a web server lists. Ours has one entry with two particle stacks.
# Python's own server sends files, but no parts of them; two dozen lines add `ETag` and `Range`, which is what EMPIAR's
# server knows too, and a cable that someone pulls out in the middle of the first file.

# %%
workplace = Path(tempfile.mkdtemp())
particles = workplace / "empiar/10028/data/Particles"
particles.mkdir(parents=True)
images = np.random.default_rng(0).normal(size=(200, 128, 128)).astype(np.float32)
write_mrc(particles / "shiny_1.mrcs", images, pixel_size=1.34, image_stack=True)
write_mrc(particles / "shiny_2.mrcs", images[:20], pixel_size=1.34, image_stack=True)

asked, pull_the_cable_at = [], [2**22]


class Archive(SimpleHTTPRequestHandler):
    def __init__(self, *arguments):
        super().__init__(*arguments, directory=workplace)

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            names = [(item.name + "/" * item.is_dir(), item.stat().st_size) for item in sorted(path.iterdir())]
            lines = "".join(f'<a href="{name}">{name}</a> 2026-01-31 12:00 {size}\n' for name, size in names)
            return self.send(200, f"<title>Index of {self.path}</title><pre>{lines}</pre>".encode(), {})
        content = path.read_bytes()
        asked.append((path.name, self.headers["Range"]))
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        goes_on = self.headers["If-Range"] == tag
        start = int(self.headers["Range"].strip("bytes=-")) if goes_on else 0
        part = {"ETag": tag, "Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        self.send(206 if goes_on else 200, content[start:], part)

    def send(self, status, content, headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        cable = pull_the_cable_at.pop() if "ETag" in headers and pull_the_cable_at else None
        with suppress(ConnectionError):  # of a client that has left
            self.wfile.write(content[:cable])


server = ThreadingHTTPServer(("127.0.0.1", 0), Archive)
threading.Thread(target=server.serve_forever, daemon=True).start()
sites = ArchiveSites.mirror(f"http://127.0.0.1:{server.server_port}")
sites.empiar

# %% [markdown]
# ## See first, then fetch
#
# What a pattern names, and how large it would be.

# %%
print("\n".join(list_files("empiar:10028", ["data/Particles/*.mrcs"], sites=sites).summary))

# %% [markdown]
# Now fetch. The cable is pulled once, after four mebibytes: the client waits for two seconds, and asks for the rest.

# %%
report = fetch_files("empiar:10028", ["data/Particles/*.mrcs"], output=workplace / "here", sites=sites)
print("\n".join(report.summary).replace(str(workplace), "…"))
asked

# %%
there, here = particles / "shiny_1.mrcs", workplace / "here/data/Particles/shiny_1.mrcs"
assert here.read_bytes() == there.read_bytes()
assert asked[1] == ("shiny_1.mrcs", f"bytes={2**22}-")
inspect_mrc(here).shape

# %% [markdown]
# The same call again fetches nothing, for the files are there and are what they should be. The check that each passed
# is in the report: the archive's own hash where it publishes one (OSF), the checksum inside a `.gz` file (PDB, EMDB),
# and otherwise the length.

# %%
for file in fetch_files("empiar:10028", ["data/Particles"], output=workplace / "here", sites=sites).files:
    print(file.path.name, "|", file.arrival, "|", file.check)

# %% [markdown]
# ## Interrupted, and resumed
#
# Progress is told to any object with a `track` method; this one loses its patience after seven mebibytes, as someone
# does who presses Ctrl-C. What came stays in `NAME.partial`, with a note of what it is a part of.


# %%
class Impatient:
    def track(self, steps, *, description, total, completed=0):
        for number, step in enumerate(steps, 1):
            if number == 7:
                raise KeyboardInterrupt
            yield step


second = workplace / "second"
try:
    fetch_files("empiar:10028/data/Particles/shiny_1.mrcs", output=second, sites=sites, progress=Impatient())
except KeyboardInterrupt:
    print([(path.name, path.stat().st_size) for path in sorted((second / "data/Particles").iterdir())])

# %% [markdown]
# The same call goes on from there. It asks for the rest on the condition that the file is still the same
# (`If-Range`); had it changed, it would come anew.

# %%
report = fetch_files("empiar:10028/data/Particles/shiny_1.mrcs", output=second, sites=sites)
print(report.files[0].arrival, asked[-1])
assert report.files[0].path.read_bytes() == there.read_bytes()

# %% [markdown]
# ## What is refused
#
# A file of the same name that is not the archive's stays as it is, until one says `overwrite`:

# %%
here.write_bytes(b"my own notes")
try:
    fetch_files("empiar:10028", ["data/Particles/shiny_1.mrcs"], output=workplace / "here", sites=sites)
except ValueError as error:
    print(str(error).replace(str(workplace), "…"))

# %%
report = fetch_files(
    "empiar:10028",
    ["data/Particles/shiny_1.mrcs"],
    output=workplace / "here",
    sites=sites,
    options=FetchOptions(overwrite=True),
)
print(report.files[0].arrival)

# %% [markdown]
# And whatever a path or a server says, nothing is written outside of the output folder:

# %%
try:
    fetch_files("empiar:10028", ["data/../../../etc/passwd"], output=workplace / "here", sites=sites)
except ValueError as error:
    print(error)

server.shutdown()
server.server_close()

# %% [markdown]
# ## OSF
#
# Public projects need nothing. For private ones, and for uploads, make an access token at
# <https://osf.io/settings/tokens>, and set it in the environment or keep it in the system's keyring:
#
# ```sh
# export OSF_TOKEN=…                                   # for this shell
# pip install 'vitreous[keyring]'; keyring set osf.io token   # or for good
# ```
#
# The token is sent to OSF only. It stands in no message, no file and no traceback.
#
# ```python
# from vitreous.archives import upload_files
#
# report = upload_files("osf:PROJECT/maps", ["half1.mrc", "half2.mrc"])
# ```
#
# compares the SHA-256 of what OSF received with the file's own, and skips what is there already, so that an upload
# which was interrupted goes on with the same call.
