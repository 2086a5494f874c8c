"""Indices of shapes, and what is found in them."""

import json

import numpy as np
import pytest

from tests.cli.conftest import contents
from tests.cli.test_zernike_align import ROTATION, SPOTS, off_by, spots
from vitreous.io import write_mrc
from vitreous.shape import DescriptorOptions, ShapeIndex, read_index, search_file, search_index, write_index

SEARCH = ("zernike", "search")


@pytest.fixture
def library(tmp_path):
    """Two shapes and a mirror image of one, on voxels of two sizes, and a file that is none."""
    folder = tmp_path / "maps"
    (folder / "more").mkdir(parents=True)
    for name, places in (("a.mrc", SPOTS), ("mirror.mrc", -SPOTS), ("more/line.mrc", SPOTS * (0.1, 1.4, 0.1))):
        write_mrc(folder / name, spots(places), pixel_size=2.0)
    (folder / "broken.mrc").write_bytes(b"nothing")
    return folder


@pytest.fixture
def index(run, library, tmp_path):
    path = tmp_path / "shapes.index"
    outcome = run("zernike", "index", library, "-o", path, "--order", 8)
    assert outcome.status == 0 and outcome.out.startswith(f"{path}: 3 shapes in 24 numbers, to order 8")
    assert "left out" in outcome.err and "broken.mrc" in outcome.err
    return path


def test_a_shape_is_found_and_laid_on(run, index, library, tmp_path):
    wanted = tmp_path / "turned.mrc"
    write_mrc(wanted, spots(SPOTS @ ROTATION.T) * 3 + 1, pixel_size=2.0)
    table = run(*SEARCH, wanted, "--index", index, "-k", 9)
    assert table.status == 0 and len(table.out.splitlines()) == 4
    assert table.out.splitlines()[-1].startswith("more/line.mrc")
    outcome = run(*SEARCH, wanted, "--index", index, "-k", 2, "--align", "--no-mirror", "--json")
    best, other = json.loads(outcome.out)
    assert (best["name"], other["name"]) == ("a.mrc", "mirror.mrc")
    # A cubic spline on 8 voxels a radius.
    assert best["correlation"] > 0.99 > other["correlation"] + 0.1 and off_by(best["rotation"], ROTATION) < 2
    # The densities turn about the middles of their boxes: to a tenth of a voxel of 2 Å, as frames are.
    np.testing.assert_allclose(best["shift_a"], 0, atol=0.2)
    both = search_file(wanted, read_index(index), k=2, align=True)
    hands = {found.match.name: found.alignment.mirrored for found in both if found.alignment is not None}
    assert hands == {"a.mrc": False, "mirror.mrc": True}
    assert "mirrored" in run(*SEARCH, wanted, "--index", index, "-k", 2, "--align").out
    (library / "a.mrc").unlink()
    gone = run(*SEARCH, wanted, "--index", index, "--align")
    assert gone.status == 2 and gone.out == "" and "a.mrc: cannot be read" in gone.err
    assert run(*SEARCH, wanted, "--index", index).status == 0


def test_what_cannot_be_searched(refused, index, library, tmp_path):
    (tmp_path / "maps" / "a.mrc").rename(tmp_path / "a.mrc")
    before = contents(tmp_path)
    for arguments, said in (
        (("zernike", "index", tmp_path / "none", "-o", tmp_path / "new"), "is no folder"),
        (("zernike", "index", library, "-o", index), "exists already"),
        (("zernike", "index", library, "-o", tmp_path / "new", "--order", 0), "order=0"),
        ((*SEARCH, tmp_path / "a.mrc", "--index", tmp_path / "a.mrc"), "is not an .npz archive"),
        ((*SEARCH, tmp_path / "a.mrc", "--index", tmp_path / "none"), "none"),
        ((*SEARCH, tmp_path / "a.mrc", "--index", index, "-k", 0), "k=0"),
        ((*SEARCH, library / "broken.mrc", "--index", index), "broken.mrc"),
    ):
        assert said in refused(*arguments)
    assert contents(tmp_path) == before


def test_ten_thousand_entries_are_read_and_searched(tmp_path):
    rows = np.random.default_rng(0).normal(size=(10_000, 24)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    names = tuple(f"entry {k}" for k in range(len(rows)))
    paths = tuple(tmp_path / f"{k}.mrc" for k in range(len(rows)))
    write_index(tmp_path / "many.index", ShapeIndex(names, paths, rows, np.ones(len(rows)), DescriptorOptions(order=8)))
    index = read_index(tmp_path / "many.index")
    for wanted in rows[[0, 5000]] + 0.3 * rows[[1, 5001]]:
        found = search_index(index, wanted, k=5)
        best = np.argsort(-np.dot(rows, wanted))[:5]
        assert [match.name for match in found] == [names[k] for k in best]
        assert found[0].path == paths[best[0]]
