"""Marker files of Chimera and ChimeraX."""

import pytest

from vitreous._core import InputError
from vitreous.io import read_markers

CHIMERA = """<?xml version="1.0" encoding="UTF-8"?>
<marker_set name="marker set 1">
<marker id="1" x="-12.5" y="3e1" z="60.25" r="1" g="0.7" b="1" radius="1.4"/>
<marker id="2" x="0" y="1" z="2" r="1" g="0.7" b="1" radius="3"/>
<link id1="1" id2="2" r="1" g="1" b="0" radius="0.5"/>
</marker_set>
"""


def test_positions_and_radii_of_markers_and_not_of_links(tmp_path):
    path = tmp_path / "a.cmm"
    path.write_text(CHIMERA)
    markers = read_markers(path)
    assert markers.positions.tolist() == [[-12.5, 30.0, 60.25], [0.0, 1.0, 2.0]]
    assert markers.radii.tolist() == [1.4, 3.0]


def test_several_sets_in_one_file(tmp_path):
    path = tmp_path / "a.cmm"
    inner = '<marker_set name="a"><marker id="1" x="1" y="2" z="3" radius="1"/></marker_set>'
    path.write_text(f"<marker_sets>{inner}{inner}</marker_sets>")
    assert len(read_markers(path).radii) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('<!DOCTYPE a [<!ENTITY x "1">]><marker_set><marker x="&x;"/></marker_set>', "document type or entities"),
        ("<marker_set>", "is not a marker file"),
        ("HEADER    PROTEIN", "is not a marker file"),
        ("<marker_set></marker_set>", "holds no marker"),
        ('<marker_set><marker id="7" x="1" y="2" radius="1"/></marker_set>', "marker 7 has z=None"),
        ('<marker_set><marker id="7" x="1" y="nan" z="1" radius="1"/></marker_set>', "marker 7 has y='nan'"),
        (b"\xff\xfe\x00", "is no text"),
    ],
)
def test_other_content_is_refused(tmp_path, content, message):
    path = tmp_path / "a.cmm"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message):
        read_markers(path)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_markers(tmp_path / "none.cmm")
