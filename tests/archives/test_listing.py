"""Names, paths and listings that a stranger wrote: understood, or refused, and never an error of another kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.archives import Archive, parse_identifier
from vitreous.archives._listing import ListedName, parse_listing
from vitreous.archives._names import check_inside, check_name, path_below, safe_parts

# As Apache 2.4 writes it with and without tables, and nginx.
TABLE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /empiar/world_availability/10028</title></head><body><h1>Index of /empiar</h1><table>
<tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a></th></tr>
<tr><td></td><td><a href="/empiar/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>
<tr><td></td><td><a href="10028.xml">10028.xml</a></td><td align="right">2015-01-07 15:35  </td><td> 17K</td></tr>
<tr><td></td><td><a href="a%20%26%20b.mrc">a &amp; b.mrc</a></td><td align="right">2015-01-07 15:35  </td>
<td align="right">1.5G</td><td>&nbsp;</td></tr>
<tr><td></td><td><a href="data/">data/</a></td><td align="right">2015-01-07 15:35  </td><td align="right">  - </td></tr>
</table></body></html>"""
PREFORMATTED = """<html><head><title>Index of /x</title></head><body><pre><a href="?C=N;O=D">Name</a> <hr>
<a href="/">Parent Directory</a>                             -
<a href="10028.xml">10028.xml</a>               2015-01-07 15:35   17K
<a href="a%20%26%20b.mrc">a &amp; b.mrc</a>     2015-01-07 15:35  1.5G
<a href="data/">data/</a>                       2015-01-07 15:35    -
</pre></body></html>"""
NGINX = """<html><head><title>Index of /x/</title></head><body><h1>Index of /x/</h1><hr><pre><a href="../">../</a>
<a href="10028.xml">10028.xml</a>               07-Jan-2015 15:35               17408
<a href="a%20%26%20b.mrc">a &amp; b.mrc</a>     07-Jan-2015 15:35          1610612736
<a href="data/">data/</a>                       07-Jan-2015 15:35                   -
</pre><hr></body></html>"""


@pytest.mark.parametrize("page", [TABLE, PREFORMATTED, NGINX], ids=["table", "pre", "nginx"])
def test_listings_of_common_servers(page):
    assert parse_listing(page, of="10028") == (
        ListedName("10028.xml", False, 17 * 1024),
        ListedName("a & b.mrc", False, 3 * 2**29),
        ListedName("data", True, None),
    )


@pytest.mark.parametrize("page", ["", "<html>", "<title>Maintenance</title><a href='x'>x</a>", "\x00\xff" * 99])
def test_pages_that_list_nothing(page):
    with pytest.raises(InputError, match="no listing"):
        parse_listing(page, of="10028")


@pytest.mark.parametrize(
    "link", ["../x", "/x", "//h/x", "http://h/x", "a/b", "?C=N", "#top", "..", "./", "", "http://["]
)
def test_links_elsewhere_are_no_entries(link):
    assert parse_listing(f'<title>Index of</title><a href="{link}">x</a>', of="x") == ()


pieces = st.lists(
    st.sampled_from([TABLE[:400], TABLE[400:], "<a href=", '"', ">", "&#x", "%2e%2e/", "12:00 9", "<!", "\0"])
)


@given(st.lists(st.one_of(st.text(max_size=20), pieces.map("".join)), max_size=6).map("".join))
def test_any_page_lists_safe_names_or_is_refused(page):
    try:
        names = parse_listing(f"<title>Index of /</title>{page}", of="x")
    except InputError:
        return
    for entry in names:
        assert check_inside(entry.name, of="x") == entry.name and (entry.size or 0) >= 0


@given(st.text(max_size=40))
def test_parts_of_any_path_stay_below(path):
    try:
        parts = safe_parts(path, of="x")
    except InputError:
        return
    assert not set(parts) & {"", ".", ".."} and not any(set(part) & set("/\\\0") for part in parts)
    assert "/".join(parts) == path.removesuffix("/")


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "a/b", "a\\b", "C:x", "a\x00", "a\x1b[2J", "a\x85", "\udcff", "NUL", "com1.mrc", "x.", "x "),
        *("é" * 125, "x.partial", "x.partial.json"),
    ],
)
def test_names_that_are_refused(name):
    with pytest.raises(InputError, match=r"^here: the name .* so nothing of that name is touched"):
        check_name(name, of="here")


def test_a_path_below_a_folder_that_is_a_link_itself(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert path_below(tmp_path / "link", ["a", "b"], of="x") == tmp_path / "link/a/b"


@pytest.mark.parametrize(
    ("text", "archive", "accession", "path"),
    [
        ("pdb:6Z6U", Archive.PDB, "6z6u", ""),
        (" EMDB:emd-1832 ", Archive.EMDB, "1832", ""),
        ("empiar:EMPIAR-10028/data/Particles/", Archive.EMPIAR, "10028", "data/Particles"),
        ("osf:f3szh", Archive.OSF, "f3szh", ""),
        ("OSF:F3szh/Maps/Half 1.mrc", Archive.OSF, "f3szh", "Maps/Half 1.mrc"),
    ],
)
def test_identifiers(text, archive, accession, path):
    entry = parse_identifier(text)
    assert (entry.archive, entry.accession, entry.path) == (archive, accession, path)
    assert parse_identifier(str(entry)) == entry


@given(st.one_of(st.text(max_size=30), st.text(max_size=20).map("osf:".__add__)))
def test_any_identifier_is_understood_or_refused(text):
    try:
        entry = parse_identifier(text)
    except InputError as error:
        assert error.hint
    else:
        assert parse_identifier(str(entry)) == entry
