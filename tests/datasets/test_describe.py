"""Descriptions of files: the kind, the facts and the warnings of each sort."""

import gzip

import numpy as np
import pytest

from tests.data import shared_data
from tests.fuzz import samples
from vitreous._core import InputError
from vitreous.datasets import describe_file
from vitreous.io import write_mrc, write_npz


@pytest.mark.parametrize(
    ("name", "kind", "warnings"),
    [
        ("maps/emd_1832.map", "map", []),
        ("maps/clean70SRibosome_vol_65p.mrc", "map", ["no pixel size"]),
        ("maps/50S-vol.mrc", "stack of 4 volumes", ["the header does not say which"]),
        ("particles/empiar_10076_7.mrc", "map", ["no pixel size", "perhaps images"]),
        ("tomo/10076_classD_32_sim.mrcs", "image stack", ["bad machine stamp", "`MAP ` mark"]),
        ("golden/plain.star", "particles (STAR)", []),
        ("metadata/relion5.star", "particles (STAR)", ["aberrations", "missing image stack"]),
        ("metadata/ribosome_4ug0_particles.star", "particles (STAR)", ["no pose", "missing image stack"]),
        ("metadata/cryojax_test_starfile.star", "particles (STAR)", ["12 Å here and 1 Å in the header"]),
        ("tomo/220728_TS_01.star", "table (STAR)", []),
        ("particles/empiar_10076_7.cs", "particles (cryoSPARC)", []),
        ("metadata/cryosparc_P12_J24_001_particles.cs", "particles (cryoSPARC)", ["50 of 50 image stacks are missing"]),
        ("tomo/tilt_series.mdoc", "metadata of images (SerialEM)", []),
        ("tomo/frame_set_single.mdoc", "metadata of images (SerialEM)", []),
        ("micrographs/KLH.tif", "image (TIFF)", ["no pixel size"]),
        ("tomo/13pf_MT.tif", "movie or image stack (TIFF)", []),
        ("metadata/analyse_eigenvectors.dat", "table of numbers (.dat)", []),
        ("structures/8zpm.cif", "structure (mmCIF)", ["no hydrogens"]),
        ("structures/1uao.pdb", "structure (PDB)", ["every B-factor is 0"]),
    ],
)
def test_kind_and_warnings_of_shared_files(name, kind, warnings):
    description = describe_file(shared_data(name))
    assert description.kind == kind
    assert len(description.warnings) == len(warnings)
    for words, warning in zip(warnings, description.warnings, strict=True):
        assert words in warning
    assert all(label and value for label, value in description.facts)


def test_facts_of_a_map(tmp_path):
    array = np.random.default_rng(0).normal(1e3, 2, (4, 6, 8)).astype(np.float32)
    write_mrc(tmp_path / "a.mrc", array, pixel_size=1.5)
    facts = dict(describe_file(tmp_path / "a.mrc").facts)
    assert facts["shape"] == "4 × 6 × 8 (z, y, x)"
    assert facts["pixel size"] == "1.5 Å"
    assert facts["extent"] == "12 × 9 × 6 Å"
    assert facts["mode"] == "2 (32-bit floats)"
    assert f"mean {array.mean(dtype=float):.6g}, standard deviation {array.std(dtype=float):.6g}" in facts["values"]


def test_facts_of_particles():
    facts = dict(describe_file(shared_data("metadata/relion5.star")).facts)
    assert facts["particles"] == "17"
    assert facts["poses"] == "all particles"
    assert facts["half-sets"] == "1: 11, 2: 6"
    assert facts["optics group 1"] == "100 kV, 1.6 mm Cs, 0.1 amplitude contrast, 0.89 Å/pixel, 448 pixels"


def test_values_that_are_not_finite_or_all_the_same_warn(tmp_path):
    path = tmp_path / "a.mrc"
    write_mrc(path, np.ones((2, 4, 4)), pixel_size=1.5)
    assert describe_file(path).warnings == ("every value is 1",)
    path.write_bytes(path.read_bytes()[:-4] + np.array([np.nan], np.float32).tobytes())
    assert "1 values are NaN or infinite" in describe_file(path).warnings
    path.write_bytes(path.read_bytes()[:1024] + np.full(32, np.inf, np.float32).tobytes())
    assert "no value is finite" in describe_file(path).warnings


def test_content_tells_where_the_name_does_not(tmp_path):
    write_mrc(tmp_path / "a.mrc", np.zeros((4, 4, 4)), pixel_size=1.5)
    (tmp_path / "map").write_bytes((tmp_path / "a.mrc").read_bytes())
    (tmp_path / "packed").write_bytes(gzip.compress((tmp_path / "a.mrc").read_bytes()))
    (tmp_path / "table").write_text("data_\nloop_\n_rlnMtfValue\n1.0\n")
    (tmp_path / "atoms").write_text("HEADER\n" + shared_data("structures/1uao.pdb").read_text())
    kinds = [describe_file(tmp_path / name).kind for name in ("map", "packed", "table", "atoms")]
    assert kinds == ["map", "map", "table (STAR)", "structure (PDB)"]
    (tmp_path / "letter").write_text("Dear reader")
    with pytest.raises(InputError, match="is of no kind known here"):
        describe_file(tmp_path / "letter")
    with pytest.raises(InputError, match="cannot be read"):
        describe_file(tmp_path / "absent")


def facts_of(path):
    description = describe_file(path)
    return description.kind, dict(description.facts), description.warnings


def test_archives_are_told_apart_by_their_members(tmp_path):
    row = {"order": 1, "radius": 40.0, "voxel_size": 1.25, "box": 64}
    ours = {"schema": "vitreous.moments", **row, "moments": np.zeros((3, 3), complex), "latents": np.zeros((9, 2))}
    write_npz(tmp_path / "a.npz", ours)
    kind, facts, warnings = facts_of(tmp_path / "a.npz")
    assert kind == "Zernike moments" and warnings == ()
    assert (facts["order"], facts["moments"], facts["ball"]) == ("1", "3 × 3 (volumes, moments)", "40 Å")
    assert facts["stored in"] == "complex128" and facts["latents"].startswith("9 × 2 ")
    del ours["moments"]
    write_npz(tmp_path / "a.npz", ours | {"parts": np.zeros((3, 3, 2), np.int8)})
    facts = facts_of(tmp_path / "a.npz")[1]
    assert (facts["stored in"], facts["moments"]) == ("eight bits", "3 × 3 (volumes, moments)")
    write_npz(tmp_path / "b.npz", {"dim": 64, "apix": 1.4, "arr_0": np.zeros(3), "arr_1": np.zeros(3)})
    kind, facts, _ = facts_of(tmp_path / "b.npz")
    assert kind == "Zernike moments (zernike3d)" and facts == {
        "volumes": "2",
        "box": "64 voxels",
        "voxel size": "1.4 Å",
    }
    write_npz(tmp_path / "c.npz", {"schema": "another", "x": np.zeros((2, 3))})
    assert facts_of(tmp_path / "c.npz")[:2] == ("arrays (another)", {"schema": "<U7 one value", "x": "float64 2 × 3"})


def test_latent_bundles_and_their_particles(tmp_path):
    rows = np.zeros(5, [("uid", "u8"), ("components_mode_0/value", "f4"), ("components_mode_1/value", "f4")])
    with (tmp_path / "a.cs").open("wb") as stream:
        np.save(stream, rows)
    kind, facts, warnings = facts_of(tmp_path / "a.cs")
    assert kind == "particles (cryoSPARC)" and warnings == ()
    assert facts == {
        "rows": "5",
        "columns": "3: components_mode_0, components_mode_1",
        "latents": "2 components (0, 1)",
    }
    maps = {"consensus_map": np.zeros((4, 4, 4)), "components": np.zeros((2, 4, 4, 4))}
    with (tmp_path / "job.wgl").open("wb") as stream:
        np.savez(stream, **maps, particles=np.array([None] * 5, dtype=object))
    kind, facts, warnings = facts_of(tmp_path / "job.wgl")
    assert kind == "3D variability bundle" and warnings == ("member particles is pickled, and is not read",)
    assert (facts["components"], facts["particles"], facts["voxel size"]) == ("2", "5", "not known")


@pytest.mark.parametrize("suffix", [".mrc", ".star", ".pdb", ".cif", ".cs"])
def test_unreadable_files_raise(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(np.random.default_rng(0).bytes(2000))
    with pytest.raises(InputError) as error:
        describe_file(path)
    assert str(path) in error.value.message


KINDS = {
    "a.h5": "particles with their images (HDF5)",
    "a.hdf": "image stack (EMAN2)",
    "a.lst": "image stack (EMAN2)",
    "a.tif": "movie or image stack (TIFF)",
    "65002.eer": "movie of electron events (EER)",
    "a.mdoc": "metadata of images (SerialEM)",
    "a.dat": "table of numbers (.dat)",
    "a.xf": "linear transforms (IMOD)",
    "a.tlt": "tilt angles",
    "a.box": "picked particles",
    "a.coords": "picked particles",
}


def test_every_format_is_told_apart(tmp_path):
    samples.every_kind(tmp_path)
    found = {name: describe_file(tmp_path / name) for name in KINDS}
    assert {name: description.kind for name, description in found.items()} == KINDS
    facts = {name: dict(description.facts) for name, description in found.items()}
    assert facts["a.h5"]["shape"] == "2 × 6 × 8 (n, y, x)" and facts["a.h5"]["particles"] == "2"
    assert facts["65002.eer"]["dose"] == "15.625 electrons per pixel"
    assert facts["a.tlt"]["angles"] == "-3.0 to 3.0°" and facts["a.xf"]["largest shift"] == "2 pixels"
    assert facts["a.box"]["particles"] == "2"


def test_angles_that_are_none_are_named(tmp_path):
    (tmp_path / "a.mdoc").write_text("[ZValue = 0]\nTiltAngle = high\n")
    assert describe_file(tmp_path / "a.mdoc").warnings == ("the TiltAngle of ZValue 0 is 'high', which is no number",)
