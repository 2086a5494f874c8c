"""Descriptions of files: the kind, the facts and the warnings of each sort."""

import gzip

import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import describe_file
from vitreous.io import write_mrc


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
    with pytest.raises(InputError, match="is neither an MRC, nor a STAR, nor a structure"):
        describe_file(tmp_path / "letter")
    with pytest.raises(InputError, match="cannot be read"):
        describe_file(tmp_path / "absent")


@pytest.mark.parametrize("suffix", [".mrc", ".star", ".pdb", ".cif"])
def test_unreadable_files_raise(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(np.random.default_rng(0).bytes(2000))
    with pytest.raises(InputError) as error:
        describe_file(path)
    assert str(path) in error.value.message
