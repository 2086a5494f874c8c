"""SerialEM's .mdoc files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import Mdoc, MdocSection, read_mdoc, write_mdoc

VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=12)
KEYS = VALUES.filter(lambda key: key == key.strip() and key and "=" not in key and key[0] not in "#[\ufeff")
ENTRIES = st.lists(st.tuples(KEYS, VALUES), max_size=4).map(tuple)
SECTIONS = st.lists(st.tuples(KEYS, VALUES, ENTRIES), max_size=3)


@pytest.mark.parametrize("name", ["tilt_series.mdoc", "frame_set_single.mdoc"])
def test_real_files_are_written_back_byte_for_byte(name, tmp_path):
    path = shared_data(f"tomo/{name}")
    write_mdoc(tmp_path / name, read_mdoc(path))
    # SerialEM may end the file with one empty line more or less.
    content = path.read_bytes().replace(b"\r\n", b"\n")
    assert (tmp_path / name).read_bytes().rstrip(b"\n") == content.rstrip(b"\n")


def test_a_real_tilt_series():
    mdoc = read_mdoc(shared_data("tomo/tilt_series.mdoc"))
    assert mdoc.get("ImageSize") == "924 958" and mdoc.get("Voltage") is None
    assert mdoc.titles[1] == "Tilt axis angle = 85.3, binning = 4  spot = 8  camera = 2"
    table = mdoc.table()
    assert table.names[0] == "ZValue" and table.column("ZValue", int).tolist() == list(range(len(table)))
    assert table.column("TiltAngle")[:2].tolist() == [0.000999877, 3.00113]
    assert table["SubFramePath"][0] == r"D:\DATA\Flo\HGK149_20151130\frames\TS_01_000_0.0.mrc"


def test_a_real_movie_of_windows():
    mdoc = read_mdoc(shared_data("tomo/frame_set_single.mdoc"))
    assert [section.kind for section in mdoc.images] == ["FrameSet"]
    assert mdoc.titles == ("SerialEM: UMass_Krios Camera -> 0:Ceta 1:GIF-K3         08-Oct-21  07:38:24",)
    assert mdoc.images[0].get("FrameDosesAndNumber") == "0.63824 12"


@given(entries=ENTRIES, sections=SECTIONS)
def test_what_is_written_is_read_back(tmp_path_factory, entries, sections):
    mdoc = Mdoc(entries=entries, sections=tuple(MdocSection(*section) for section in sections))
    path = tmp_path_factory.mktemp("mdoc") / "a.mdoc"
    write_mdoc(path, mdoc)
    found = read_mdoc(path)
    assert (found.entries, found.sections) == (mdoc.entries, mdoc.sections)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_mdoc(path).sections == mdoc.sections, "lines that end as on Windows"


def test_keys_may_be_there_twice_or_be_missing(tmp_path):
    path = tmp_path / "a.mdoc"
    path.write_bytes(b"# made by hand\n[ZValue = 0]\nNote = a=b\nNote = c\n\n[ZValue = 1]\nOther = \xe4\n")
    mdoc = read_mdoc(path)
    assert mdoc.images[0].entries == (("Note", "a=b"), ("Note", "c"))
    table = mdoc.table()
    assert table["Note"].tolist() == ["a=b", ""] and table["Other"].tolist() == ["", "ä"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"TiltAngle 3\n", "line 1 is neither"),
        (b"A = 1\n[ZValue]\n", "line 2 is neither"),
        (b" = 3\n", "line 1 is neither"),
        (b"A = 1\n\0\0", "byte 6 is zero"),
    ],
)
def test_other_content_is_refused(tmp_path, content, message):
    path = tmp_path / "a.mdoc"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_mdoc(path)
    assert str(path) in error.value.message


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="of 0 kinds: none"):
        Mdoc().table()
    with pytest.raises(InputError, match="of 2 kinds: ZValue, FrameSet"):
        Mdoc(sections=(MdocSection("ZValue", "0"), MdocSection("FrameSet", "0"))).table()
    with pytest.raises(InputError, match="No such file"):
        read_mdoc(tmp_path / "none.mdoc")


@pytest.mark.parametrize("entry", [("a=b", "1"), ("[a", "1"), ("#a", "1"), ("a", "1\n2"), ("", "1"), (" a", "1")])
def test_what_would_be_read_as_something_else_is_not_written(tmp_path, entry):
    with pytest.raises(InputError, match="cannot hold"):
        write_mdoc(tmp_path / "a.mdoc", Mdoc(entries=(entry,)))
    assert not list(tmp_path.iterdir())
