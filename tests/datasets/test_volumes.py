"""Maps: what loads, and what is refused with a way out."""

import warnings

import mrcfile
import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import load_volume
from vitreous.io import inspect_mrc, write_mrc


@pytest.mark.parametrize(
    ("name", "shape", "voxel_size"),
    [
        ("maps/emd_1832.map", (64, 64, 64), 5.7),
        ("maps/EMD-3197.map", (20, 20, 20), 11.4),
        ("maps/3j9g_potential_ps4_4.mrc", (64, 64, 64), 4.4),
    ],
)
def test_shared_maps(name, shape, voxel_size):
    volume, size = load_volume(shared_data(name))
    assert (volume.shape, size, volume.dtype) == (shape, voxel_size, np.float32)


def test_a_map_without_voxel_size_wants_one():
    path = shared_data("maps/clean70SRibosome_vol_65p.mrc")
    with pytest.raises(InputError, match="no voxel size") as error:
        load_volume(path)
    assert "--apix" in str(error.value.hint)
    assert load_volume(path, voxel_size=5)[1] == 5.0
    for wrong in (0.0, -1.0, np.nan):
        with pytest.raises(InputError, match="must be positive"):
            load_volume(path, voxel_size=wrong)


def test_a_stack_of_volumes_is_not_guessed():
    path = shared_data("maps/50S-vol.mrc")
    with pytest.raises(InputError, match=r"a stack of 4 volumes of 32 × 32 × 32 .* \(128 × 32 × 32\)") as error:
        load_volume(path)
    assert "index=0" in str(error.value.hint)
    volumes = [load_volume(path, index=index)[0] for index in range(4)]
    assert {volume.shape for volume in volumes} == {(32, 32, 32)}
    assert np.corrcoef(volumes[0].ravel(), volumes[1].ravel())[0, 1] < 0.999  # they are different volumes
    with pytest.raises(InputError, match="no index 4"):
        load_volume(path, index=4)


def test_images_are_no_volume():
    with pytest.raises(InputError, match="holds 16 images of 64 × 64, not a volume"):
        load_volume(shared_data("golden/plain.mrcs"))


def test_what_is_wrong_with_a_map_is_said(tmp_path):
    path = tmp_path / "a.mrc"
    write_mrc(path, np.ones((3, 4, 4)), pixel_size=1.5)
    assert load_volume(path)[0].shape == (3, 4, 4)
    with pytest.raises(InputError, match="a cube is needed"):
        load_volume(path, require_cube=True)
    with mrcfile.open(path, "r+") as mrc:
        mrc.voxel_size = (1.5, 1.5, 2.0)
    with pytest.raises(InputError, match=r"differs between the axes: 1\.5 × 1\.5 × 2 Å"):
        load_volume(path)
    assert load_volume(path, voxel_size=1.5)[1] == 1.5
    path.write_bytes(path.read_bytes()[:-4] + np.array([np.nan], np.float32).tobytes())
    with pytest.raises(InputError, match="NaN"):
        load_volume(path, voxel_size=1.5)


def test_a_long_map_that_may_be_a_stack_warns(tmp_path):
    path = tmp_path / "a.mrc"
    write_mrc(path, np.ones((8, 4, 4)), pixel_size=1.5)
    assert inspect_mrc(path).cube_count == 2 and inspect_mrc(path).volume_count == 1
    with pytest.warns(UserWarning, match=r"a\.mrc: is taken as the one volume .* shape of 2 volumes of 4³"):
        assert load_volume(path)[0].shape == (8, 4, 4)
    for shape in ((6, 4, 4), (4, 4, 4), (8, 4, 2)):  # no whole number of cubes above 1
        write_mrc(path, np.ones(shape), pixel_size=1.5)
        assert inspect_mrc(path).cube_count == 1
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            load_volume(path)
