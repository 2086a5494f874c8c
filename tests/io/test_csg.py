"""cryoSPARC's groups: as its jobs write them, and paths that lead elsewhere."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.io import CsGroup, read_csg, write_csg

# As an export of cryoSPARC 4.4 has it: PyYAML breaks long text, quotes what begins with `>`, and leaves dates bare.
GROUP = """\
created: 2024-05-06 07:08:09.123456
group:
  description: All particles that were processed, including those that another job
    had aligned, and "more"
  name: particles
  title: 'All of the job''s
    particles'
  type: particle
results:
  alignments3D:
    metafile: '>J350_005_particles.cs'
    num_items: 456024
    type: particle.alignments3D
  blob:
    metafile: '>J350_005_particles.cs'
    num_items: 456024
    type: particle.blob
  location:
    metafile: '>J350_passthrough_particles.cs'
    num_items: 456024
    type: particle.location
version: v4.4.1
"""


@pytest.fixture
def csg(tmp_path):
    def write(text):
        path = tmp_path / "J350_particles.csg"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_group_of_a_job(csg, tmp_path):
    group = read_csg(csg(GROUP))
    assert (group.name, group.kind) == ("particles", "particle")
    assert list(group.metafiles) == ["alignments3D", "blob", "location"]
    assert group.files == (tmp_path / "J350_005_particles.cs", tmp_path / "J350_passthrough_particles.cs")


def test_passed_through_files_come_last(csg):
    swapped = GROUP.replace("passthrough_", "x_").replace("005", "passthrough").replace("J350_x_", "J350_005_")
    assert [path.name for path in read_csg(csg(swapped)).files] == [
        "J350_005_particles.cs",
        "J350_passthrough_particles.cs",
    ]


@given(name=st.text("abc ':#>*-", min_size=1, max_size=120).map(str.strip).filter(bool))
def test_texts_as_pyyaml_writes_them(tmp_path_factory, name):
    path = tmp_path_factory.mktemp("group") / "a.csg"
    text = yaml.safe_dump({"group": {"name": name}, "results": {"blob": {"metafile": ">a.cs"}}})
    path.write_text(text)
    # A long text with many blanks in a row is the one that PyYAML escapes with backslashes; cryoSPARC has none such.
    if "\\" in text:
        with pytest.raises(InputError, match="backslash"):
            read_csg(path)
    else:
        assert " ".join(read_csg(path).name.split()) == " ".join(name.split())


@pytest.mark.parametrize("name", [">../secret.cs", ">/etc/passwd", ">J1/../../x.cs", "..", ">a\\b.cs"])
def test_no_path_leads_out_of_the_folder(csg, name):
    with pytest.raises(InputError, match="out of the group's folder"):
        read_csg(csg(GROUP.replace(">J350_005_particles.cs", name)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lists no results"),
        ("results:\n", "lists no results"),
        ("results: many\n", "lists no results"),
        ("results:\n  blob:\n    num_items: 3\n", "names no metafile"),
        ("results:\n  - blob\n", "line 2 is '  - blob', not a key"),
        ("results: !!python/object/apply:os.system ['ls']\n", "begins with '!'"),
        ("results: &anchor\n", "begins with '&'"),
        ("group: 'open\n", "not closed"),
        ('group: "a\\tb"\n', "backslash"),
        ("a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h:\n        i:\n         j:\n", "mappings deep"),
        ("group: a\ngroup: b\n", "has the key 'group' again"),
        ("group: '" + "it''\n" * 200_000, "has more than 100 lines"),
        (b"\xff\xfe", "can't decode"),
        (b"#" * (1 << 20) + b"##", "more than 1048576 bytes"),
    ],
)
def test_what_is_no_group_is_refused(csg, text, message):
    with pytest.raises(InputError, match=message):
        read_csg(csg(text))


def test_an_absent_group(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_csg(tmp_path / "none.csg")


@given(place=st.floats(0, 0.999), piece=st.binary(min_size=1, max_size=6))
def test_damaged_bytes_raise_nothing_else(tmp_path_factory, place, piece):
    content = bytearray(GROUP.encode())
    start = int(place * len(content))
    content[start : start + len(piece)] = piece
    path = tmp_path_factory.mktemp("damaged") / "a.csg"
    path.write_bytes(content)
    try:
        group = read_csg(path)
    except InputError as error:
        assert str(path) in error.message
    else:
        assert all(file.is_relative_to(path.parent) for file in group.files)


@given(name=st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40), count=st.integers(0, 9))
def test_written_and_read_again(tmp_path_factory, name, count):
    folder = tmp_path_factory.mktemp("written")
    files = {"blob": folder / "a.cs", "location": folder / "J1" / "b.cs"}
    group = CsGroup(source=folder / "a.csg", name=name, kind="particle", metafiles=files)
    if not name.isprintable():  # such as blanks of other widths than one
        with pytest.raises(InputError, match=r"cannot be written into a .csg file"):
            write_csg(group, num_items=count)
        return
    write_csg(group, num_items=count)
    assert read_csg(folder / "a.csg") == group


def test_files_elsewhere_are_not_named(tmp_path):
    group = CsGroup(source=tmp_path / "J1" / "a.csg", name="a", kind="particle", metafiles={"blob": tmp_path / "a.cs"})
    with pytest.raises(InputError, match=r"cannot name .*, which is not in its folder"):
        write_csg(group, num_items=1)


def test_pyyaml_reads_what_is_written(tmp_path):
    files = {"blob": tmp_path / "it's.cs"}
    group = CsGroup(source=tmp_path / "a.csg", name="all: 'of' them", kind="particle", metafiles=files)
    write_csg(group, num_items=3)
    theirs = yaml.safe_load((tmp_path / "a.csg").read_text())
    assert theirs["group"]["name"] == group.name
    assert theirs["results"]["blob"] == {"metafile": ">it's.cs", "num_items": 3, "type": "particle.blob"}
