import numpy as np
import pytest

from vitreous.constants import PengScatteringFactorParameters, displaced_volume, water_potential
from vitreous.io import read_mrc


def test_a_structure_becomes_a_map_that_overlays_it(run, structure_file, tmp_path):
    source, output = structure_file(), tmp_path / "map.mrc"
    outcome = run("render", source, "-o", output, "--pixel-size", 1.0, "--box", 40)
    assert outcome.status == 0 and outcome.err == ""
    assert outcome.out.startswith(f"{output}: 2 atoms in 40³ voxels of 1 Å, potential in Å⁻², integral 4.492 Å\n")
    values, header = read_mrc(output)
    # The elastic scattering factors of C and O at q = 0, Peng 1996: 2.5089 and 1.9849 Å.
    assert values.sum() == pytest.approx(2.5089 + 1.9849, rel=1e-3)
    assert header.pixel_size == pytest.approx((1, 1, 1))
    # The centre of potential lies between the atoms of the file, nearer to carbon.
    x = np.arange(40) + header.origin[0]
    centre = (values.sum((0, 1)) * x).sum() / values.sum()
    # A band-limited map rings out to the edge of its box, which moves the centre by some hundredths.
    assert centre == pytest.approx((2.5089 * 10 + 1.9849 * 22) / 4.4938, abs=0.05)


def test_the_potential_is_plain_unless_asked_for_against_ice(run, structure_file, tmp_path):
    source, atoms = structure_file(), np.array([6, 8])
    integrals = {}
    for options in ((), ("--solvent", "none"), ("--solvent", "displaced")):
        output = tmp_path / f"{'-'.join(options)}.mrc"
        outcome = run("render", source, "-o", output, "--pixel-size", 1.5, "--box", 40, *options)
        assert outcome.status == 0
        assert ("potential against ice in Å⁻²" in outcome.out) == (options[1:] == ("displaced",))
        integrals[options] = read_mrc(output)[0].sum(dtype=float) * 1.5**3
    plain = float(PengScatteringFactorParameters(atoms).a.sum())
    water = float(water_potential()) * float(np.sum(displaced_volume(atoms)))
    # ∫U dV is the zero frequency of a band-limited map, so the sum is exact but for the map's float32.
    assert integrals[()] == integrals["--solvent", "none"] == pytest.approx(plain, rel=1e-5)
    assert integrals["--solvent", "displaced"] == pytest.approx(plain - water, rel=1e-5)


def test_the_frame_of_the_file_is_kept_on_request(run, structure_file, tmp_path):
    output = tmp_path / "map.mrc"
    arguments = ("render", structure_file(), "-o", output, "--pixel-size", 2.0, "--no-center", "--sampling", "average")
    outcome = run(*arguments, "--box", 24)
    assert outcome.status == 0 and "moved" not in outcome.out
    values, header = read_mrc(output)
    assert header.origin == pytest.approx((-24, -24, -24))
    assert np.unravel_index(values.argmax(), values.shape)[2] == 12 + 5  # carbon at x = 10 Å


def test_what_is_no_structure(refused, tmp_path):
    output = tmp_path / "map.mrc"
    for name, content in (
        ("text.pdb", b"no structure\n" * 50),
        ("binary.pdb", bytes(range(256)) * 20),
        ("binary.cif", bytes(range(256)) * 20),
        ("empty.pdb", b""),
        ("no_atoms.cif", b"data_x\n_cell.length_a 1\n"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert str(path) in refused("render", path, "-o", output)
    assert "absent.pdb" in refused("render", tmp_path / "absent.pdb", "-o", output)
    assert not output.exists()


def test_an_atom_without_scattering_factor_is_named(refused, structure_file, tmp_path):
    message = refused("render", structure_file(element="X"), "-o", tmp_path / "map.mrc")
    assert "pair.pdb" in message and "element X" in message
    assert [path.name for path in tmp_path.iterdir()] == ["pair.pdb"]


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [("--box", "4", "--box 16"), ("--box", "100000", "--pixel-size"), ("--box", "0", "--box 0"),
     ("--pixel-size", "0", "--pixel-size 0"), ("--pixel-size", "nan", "--pixel-size nan"),
     ("--assembly", "7", "assembly")],
)  # fmt: skip
def test_options_out_of_range(refused, structure_file, tmp_path, option, value, hint):
    assert hint in refused("render", structure_file(), "-o", tmp_path / "map.mrc", option, value)
    assert [path.name for path in tmp_path.iterdir()] == ["pair.pdb"]


def test_outputs_that_cannot_be_written(run, refused, structure_file, tmp_path):
    source = structure_file()
    (tmp_path / "file").write_text("")
    for output in (tmp_path / "file" / "map.mrc", tmp_path / "absent" / "map.mrc", "/proc/map.mrc"):
        assert str(output) in refused("render", source, "-o", output)
    assert "--overwrite" in refused("render", source, "-o", tmp_path / "file")
    assert (tmp_path / "file").read_text() == ""
    assert run("render", source, "-o", tmp_path / "file", "--overwrite").status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pair.pdb"]
