"""Maps and files of moments compared in one ball."""

import numpy as np
import pytest

from tests.shape.test_decompose import BOX, ORDER, VOXEL_SIZE, gaussians
from vitreous._core import InputError
from vitreous.io import write_mrc
from vitreous.shape import DecomposeOptions, ReconstructOptions, compare_files, decompose_map, reconstruct_map


@pytest.fixture
def source(tmp_path):
    """A map whose header says where it stands."""
    write_mrc(tmp_path / "map.mrc", gaussians(), pixel_size=VOXEL_SIZE, origin=(7.0, 0.0, -5.0))
    return tmp_path / "map.mrc"


def test_moments_meet_maps_where_they_stood(source, tmp_path):
    """The map itself, and that which is made of moments about a point off its middle."""
    path = decompose_map(source, tmp_path / "m", DecomposeOptions(order=ORDER, com=(24.0, 17.0, 11.0))).paths[0]
    # The same map and the same ball, in single precision.
    assert float(compare_files(path, source).correlation.min()) > 1 - 1e-6
    made = reconstruct_map(path, tmp_path / "r.mrc", ReconstructOptions(dimensions=20)).paths[0]
    # The density is zero at the surface to 2 %, so cutting it there costs little.
    assert float(compare_files(made, path).correlation.min()) > 0.98
    write_mrc(tmp_path / "far.mrc", gaussians(), pixel_size=VOXEL_SIZE, origin=(200.0, 0.0, 0.0))
    with pytest.raises(
        InputError, match=r"far.mrc: a ball of 15 Å at \(-192, .* from its middle is not in its box"
    ) as error:
        compare_files(path, tmp_path / "far.mrc")
    assert "by the origin in the header" in str(error.value.hint)


def test_two_maps_meet_at_their_middles_whatever_their_boxes(source, tmp_path):
    larger = np.zeros((20,) * 3, np.float32)
    larger[2:18, 2:18, 2:18] = gaussians()
    write_mrc(tmp_path / "larger.mrc", larger, pixel_size=VOXEL_SIZE)
    found = compare_files(source, tmp_path / "larger.mrc", order=ORDER)
    # What is beyond the smaller box is a thousandth of the density.
    assert float(found.correlation.min()) > 0.999 and len(found.order) == ORDER + 1
    assert found.resolution_a[1] == pytest.approx(2 * np.pi * BOX / 2 * VOXEL_SIZE / 2.8)


def test_what_does_not_compare(source, tmp_path):
    small, large = (
        decompose_map(source, tmp_path / name, DecomposeOptions(order=ORDER, radius=radius)).paths[0]
        for name, radius in (("small", 12.0), ("large", 16.0))
    )
    with pytest.raises(InputError, match=r"radius of 12 Å, and that of .*large.npz 16 Å"):
        compare_files(small, large)
    with pytest.raises(InputError, match="--radius is for two maps"):
        compare_files(small, source, radius=12.0)
    with pytest.raises(InputError, match="has moments to order 6, and --order 7 is more"):
        compare_files(small, source, order=7)
    with pytest.raises(InputError, match=r"map.mrc: a ball of 40 Å at \(0, 0, 0\) Å"):
        compare_files(source, source, radius=40.0)
