"""From a structure or a map in a file to the potential on the grid of the images."""

import gzip

import numpy as np
import pytest

from tests.reconstruct.exact import blobs, correlation, in_ball, relative_error
from vitreous._core import InputError
from vitreous.io import AtomTable, write_mrc
from vitreous.simulate import SimulationOptions, load_specimen

BOX, PIXEL_SIZE = 16, 2.0


def atoms(positions, numbers=None, b=400.0, source="positions"):
    """Carbon unless told; so wide (σ = 2.3 Å) that the band limit hardly shows."""
    positions = np.asarray(positions, float)
    numbers = np.full(len(positions), 6) if numbers is None else np.asarray(numbers)
    return AtomTable.from_positions(positions, numbers, b_factors=np.full(len(positions), b), source=source)


def loaded(source, **options):
    return load_specimen(source, SimulationOptions(**{"box": BOX, "pixel_size": PIXEL_SIZE} | options))


def centre_of_mass(potential, voxel_size):
    """(x, y, z) in Å from voxel n // 2."""
    c = (np.arange(len(potential)) - len(potential) // 2) * voxel_size
    return np.array([np.tensordot(c, potential.sum(axes), 1) for axes in ((0, 1), (0, 2), (1, 2))]) / potential.sum()


class TestAtoms:
    def test_their_mean_goes_to_the_box_centre(self):
        specimen = loaded(atoms([[50, 20, 30], [50, 24, 30], [54, 22, 30], [50, 22, 33]]), solvent=False)
        np.testing.assert_allclose(specimen.shift, (-51, -22, -30.75))
        # All of one element, so the mean of the atoms is that of the potential; it leaks a little over the edges.
        np.testing.assert_allclose(centre_of_mass(specimen.potential, PIXEL_SIZE), 0, atol=0.02)

    def test_the_frame_of_the_file_is_kept_where_asked(self):
        specimen = loaded(atoms([[6.0, -4.0, 2.0]]), center=False, solvent=False)
        assert specimen.shift == (0, 0, 0)
        np.testing.assert_allclose(centre_of_mass(specimen.potential, PIXEL_SIZE), (6, -4, 2), atol=0.05)
        z, y, x = np.unravel_index(specimen.potential.argmax(), specimen.potential.shape)
        assert (x, y, z) == (8 + 3, 8 - 2, 8 + 1)

    def test_potential(self):
        """∫U = Σ f(0): 2.5088 Å for carbon (Peng 1996), no 4π."""
        specimen = loaded(atoms(np.zeros((1, 3))), solvent=False)
        assert specimen.potential.dtype == np.float32 and specimen.potential.shape == (BOX,) * 3
        np.testing.assert_allclose(specimen.potential.sum() * PIXEL_SIZE**3, 2.5088, rtol=2e-3)  # four digits of f(0)
        assert specimen.voxel_size == PIXEL_SIZE

    def test_displaced_solvent_is_subtracted_unless_told(self):
        table = atoms(np.zeros((1, 3)))
        with_solvent, without = loaded(table), loaded(table, solvent=False)
        assert 0 < with_solvent.potential.sum() < 0.8 * without.potential.sum()

    def test_box_and_pixel_size_have_defaults(self):
        specimen = load_specimen(atoms(np.zeros((1, 3))), SimulationOptions(box=10))
        assert specimen.potential.shape == (10,) * 3 and specimen.voxel_size == 1.5

    def test_the_diameter_holds_every_atom(self):
        specimen = loaded(atoms([[3, 0, 0], [-3, 0, 0], [0, 4, 3], [0, -4, -3]]))
        assert specimen.diameter == pytest.approx(10)

    def test_a_file(self, tmp_path):
        path = tmp_path / "one.pdb"
        path.write_text(
            "ATOM      1  CA  GLY A   1      10.000   5.000   5.000  1.00400.00           C\n"
            "ATOM      2  CA  GLY A   2      14.000   5.000   5.000  1.00400.00           C\nEND\n"
        )
        specimen = loaded(path)
        np.testing.assert_allclose(specimen.shift, (-12, -5, -5))
        assert "one.pdb" in specimen.description and "2 atoms" in specimen.description
        np.testing.assert_array_equal(specimen.potential, loaded(atoms([[10, 5, 5], [14, 5, 5]])).potential)

    def test_outside_the_box(self):
        table = atoms([[0, 0, 0], [40.0, 0, 0]], source="long.pdb")
        with pytest.raises(
            InputError, match=r"long\.pdb: atoms lie up to 20 Å from the centre, outside a box"
        ) as caught:
            loaded(table)
        asked = int(str(caught.value.hint).split("--box ")[1].rstrip("."))
        assert loaded(table, box=asked).potential.shape == (asked,) * 3  # what the hint says works
        with pytest.raises(InputError, match="40 Å from the centre") as caught:
            loaded(table, center=False)
        assert "--no-center" in str(caught.value.hint)

    def test_an_element_without_scattering_factor_is_named(self):
        with pytest.raises(InputError, match=r"atom 2 'X' .*\(odd\.pdb\)"):
            loaded(atoms(np.zeros((2, 3)), [6, 0], source="odd.pdb"))

    def test_no_atoms(self):
        with pytest.raises(InputError, match=r"empty\.pdb: holds no atoms"):
            loaded(atoms(np.zeros((1, 3)), source="empty.pdb").select(np.zeros(1, bool)))


class TestMaps:
    @pytest.fixture
    def write(self, tmp_path):
        def make(values, pixel_size=PIXEL_SIZE, name="map.mrc"):
            write_mrc(tmp_path / name, values, pixel_size=pixel_size)
            return tmp_path / name

        return make

    def test_box_and_pixel_size_default_to_the_map_s_own(self, write):
        volume = blobs(13).astype(np.float32)
        specimen = load_specimen(write(volume, pixel_size=3.3), SimulationOptions())
        np.testing.assert_array_equal(specimen.potential, volume)
        assert specimen.voxel_size == pytest.approx(3.3, rel=1e-6)  # the header's float32
        assert specimen.shift == (0, 0, 0) and "map.mrc" in specimen.description

    @pytest.mark.parametrize("box", [12, 13, 21, 24])
    def test_a_given_box_crops_or_pads_about_the_centre(self, write, box):
        volume = blobs(16).astype(np.float32)
        found = load_specimen(write(volume), SimulationOptions(box=box)).potential
        assert found.shape == (box,) * 3
        low = min(16 // 2, box // 2)
        high = min(16 - 16 // 2, box - box // 2)
        ours, theirs = (v[(slice(len(v) // 2 - low, len(v) // 2 + high),) * 3] for v in (found, volume))
        np.testing.assert_array_equal(ours, theirs)
        assert abs(found.sum() - ours.sum()) < 1e-6  # zeros around

    def test_another_pixel_size_rescales(self, write):
        """The same blobs in Å: twice the pixel size, half the box, the same density at the same places."""
        volume = in_ball(blobs(24, sigma=2.5), 0.45)
        specimen = load_specimen(write(volume), SimulationOptions(pixel_size=2 * PIXEL_SIZE))
        assert specimen.potential.shape == (12,) * 3 and specimen.voxel_size == 2 * PIXEL_SIZE
        # Below both Nyquists resampling is exact: every second voxel, float32.
        assert relative_error(specimen.potential, volume[::2, ::2, ::2]) < 1e-5

    def test_a_pixel_size_that_divides_nothing(self, write):
        volume = in_ball(blobs(24, sigma=2.5), 0.45)
        specimen = load_specimen(write(volume), SimulationOptions(pixel_size=1.3, box=36))
        integral = specimen.potential.sum() * 1.3**3
        # 36 · 1.3 Å = 46.8 of 48 Å are seen, with the blobs well inside.
        np.testing.assert_allclose(integral, volume.sum() * PIXEL_SIZE**3, rtol=5e-3)
        np.testing.assert_allclose(
            centre_of_mass(specimen.potential, 1.3), centre_of_mass(volume, PIXEL_SIZE), atol=0.05
        )

    def test_a_map_that_is_no_cube_is_padded_to_one(self, write):
        volume = blobs(16)[2:14, :, 1:]
        found = load_specimen(write(volume), SimulationOptions()).potential
        assert found.shape == (16,) * 3
        assert correlation(found, blobs(16)) > 0.95 and found.sum() == pytest.approx(volume.sum(), rel=1e-5)

    def test_without_pixel_size(self, write):
        path = write(blobs(12))
        content = bytearray(path.read_bytes())
        content[40:52] = bytes(12)  # the cell
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"map\.mrc: its header has no voxel size") as caught:
            load_specimen(path, SimulationOptions(pixel_size=2.0))  # that is the images', not the map's
        assert "--apix" in str(caught.value.hint)
        specimen = load_specimen(path, SimulationOptions(apix=2.0))
        assert specimen.voxel_size == 2.0 and specimen.potential.shape == (12,) * 3

    @pytest.mark.parametrize("suffix", [".mrc", ".map", ".ccp4", ".MRC"])
    def test_names_of_maps(self, write, suffix):
        assert load_specimen(write(blobs(12), name=f"a{suffix}"), SimulationOptions()).voxel_size == PIXEL_SIZE

    @pytest.mark.parametrize("name", ["map", "map.dat", "a.map.1"])
    @pytest.mark.parametrize("stored", [bytes, gzip.compress])
    def test_a_map_is_known_by_its_content_too(self, write, tmp_path, name, stored):
        content = stored(write(blobs(12)).read_bytes())
        (tmp_path / name).write_bytes(content)
        assert load_specimen(tmp_path / name, SimulationOptions()).potential.shape == (12,) * 3

    def test_any_other_content_is_a_structure(self, tmp_path):
        line = "ATOM      1  CA  GLY A   1      10.000   5.000   5.000  1.00400.00           C\n"
        remark = "REMARK   3".ljust(80) + "\n"
        text = remark * 2 + "REMARK".ljust(208 - 162) + "MAP CALCULATION\n" + line  # a mark like that of maps
        assert text[208:212] == "MAP "
        for name in ("atoms", "atoms.txt"):
            (tmp_path / name).write_text(text)
            assert "1 atoms" in loaded(tmp_path / name).description
        (tmp_path / "noise.dat").write_bytes(np.random.default_rng(0).bytes(2000))
        with pytest.raises(InputError, match=r"noise\.dat: is not a structure|noise\.dat: holds no atoms"):
            loaded(tmp_path / "noise.dat")

    def test_no_such_file(self, tmp_path):
        for name in ("nowhere.mrc", "nowhere.pdb"):
            with pytest.raises(InputError, match=name):
                load_specimen(tmp_path / name, SimulationOptions())


def test_a_box_larger_than_memory(monkeypatch):
    monkeypatch.setenv("VITREOUS_MEMORY", "1GB")
    with pytest.raises(InputError, match="--box 2000 needs about") as caught:
        loaded(atoms(np.zeros((1, 3))), box=2000)
    assert "--pixel-size" in str(caught.value.hint)


def test_a_box_that_no_machine_holds():
    with pytest.raises(InputError, match="--box 40000 needs about"):
        loaded(atoms(np.zeros((1, 3))), box=40000)
