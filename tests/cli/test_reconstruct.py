"""`vitreous reconstruct`, from the outside."""

import csv
import json
import re

import numpy as np
import pytest

from tests.cli.conftest import BOX, PIXEL_SIZE, N
from vitreous.datasets import load_volume
from vitreous.grids import fourier_shell_correlation
from vitreous.io import write_mrc

FILES = ["figures", "fsc.csv", "half1.mrc", "half2.mrc", "map.mrc", "report.html", "run.json"]


def rows(path):
    with path.open() as stream:
        return list(csv.DictReader(stream))


def test_particles_become_maps(reconstructed, simulated):
    folder, outcome = reconstructed.folder, reconstructed.outcome
    assert outcome.status == 0
    halves, truth, report = outcome.out.splitlines()
    assert re.fullmatch(r"Resolution of the half-maps: .* at FSC 0\.143, .* at FSC 0\.5", halves)
    assert re.fullmatch(r"Map against truth: .* at FSC 0\.5", truth)
    assert report == f"Report: {folder}/report.html"
    for half in (1, 2):
        assert re.search(rf"^Inserting half-set {half}: 1 of 1, .* s$", outcome.err, re.MULTILINE)
        assert re.search(rf"^Completing half-set {half}: 2 of 2, .* s$", outcome.err, re.MULTILINE)
    assert re.search(r"^Solving maps: 5 of 5, .* s$", outcome.err, re.MULTILINE)
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert sorted(path.name for path in (folder / "figures").iterdir()) == ["fsc.svg", "slices.svg"]

    table = rows(folder / "fsc.csv")
    assert list(table[0]) == ["shell", "resolution_a", "fsc_halves", "fsc_truth"]
    assert [int(row["shell"]) for row in table] == list(range(BOX // 2 + 1))
    assert float(table[1]["resolution_a"]) == BOX * PIXEL_SIZE
    half1, half2 = (load_volume(folder / f"half{i}.mrc") for i in (1, 2))
    assert half1[0].shape == (BOX,) * 3 and half1[1] == PIXEL_SIZE
    curve = fourier_shell_correlation(half1[0], half2[0], voxel_size=PIXEL_SIZE)
    # The table has six decimals.
    np.testing.assert_allclose([float(row["fsc_halves"]) for row in table][1:], curve.correlation[1:], atol=1e-6)

    record = json.loads((folder / "run.json").read_text())
    assert record["state"] == "complete" and record["verb"] == "reconstruct"
    assert record["results"]["half_sets"] == [N // 2, N // 2] and record["results"]["symmetry"] == "C1"
    assert {item["path"] for item in record["inputs"]} == {
        str(simulated.folder / name) for name in ("particles.star", "particles.mrcs", "volume.mrc")
    }
    assert (folder / "report.html").read_text().count("<svg") == 4


def test_the_map_is_that_of_the_simulation(reconstructed, simulated):
    density, _ = load_volume(reconstructed.folder / "map.mrc")
    truth, _ = load_volume(simulated.folder / "volume.mrc")
    # 24 particles at a ratio of 2 leave noise where the CTF passes little; a map of the wrong hand, turned or
    # shifted by a voxel reaches less than 0.75.
    assert np.corrcoef(density.ravel(), truth.ravel())[0, 1] > 0.9
    # The map has the units of the truth: the slope of one on the other is near 1, a Wiener filter's below.
    assert 0.8 < (density * truth).sum() / (truth**2).sum() < 1.1


def test_a_mask_symmetry_and_half_sets_that_are_assigned(run, refused_without_trace, simulated, tmp_path):
    z, y, x = np.indices((BOX,) * 3) - BOX // 2
    write_mrc(tmp_path / "mask.mrc", (x**2 + y**2 + z**2 < 36).astype(np.float32), pixel_size=PIXEL_SIZE)
    text = (simulated.folder / "particles.star").read_text()
    assert "rlnRandomSubset" in text
    (tmp_path / "particles.star").write_text(text.replace("rlnRandomSubset", "rlnIgnored"))
    (tmp_path / "particles.mrcs").symlink_to(simulated.folder / "particles.mrcs")
    command = ("reconstruct", tmp_path / "particles.star", "-o", tmp_path / "run")
    options = ("--mask", tmp_path / "mask.mrc", "--symmetry", "D2")
    outcome = run(*command, *options)
    assert outcome.status == 0 and "truth" not in outcome.out
    results = json.loads((tmp_path / "run" / "run.json").read_text())["results"]
    assert results["masked"] and (results["symmetry"], results["symmetry_order"]) == ("D2", 4)
    assert results["half_sets"] == [N // 2, N // 2]
    assert list(rows(tmp_path / "run" / "fsc.csv")[0]) == ["shell", "resolution_a", "fsc_halves"]
    density, _ = load_volume(tmp_path / "run" / "map.mrc")
    # Half a turn about z maps index i of x and y to 16 - i. The planes of index 0 have no partner in the box, and the
    # noise in them spoils the symmetry a little; without symmetry, the correlation is below 0.7.
    turned = np.roll(density[:, ::-1, ::-1], 1, axis=(1, 2))
    assert np.corrcoef(density.ravel(), turned.ravel())[0, 1] > 0.98
    message = refused_without_trace(*command, *options)
    assert f"{tmp_path / 'run'}: it holds a complete run" in message and "--overwrite" in message


def test_dark_images_below_a_project_folder(run, reconstructed, simulated, tmp_path):
    """The same stack taken as dark gives minus the map, and is found where --project says."""
    (tmp_path / "particles.star").write_text((simulated.folder / "particles.star").read_text())
    command = ("reconstruct", tmp_path / "particles.star", "-o", tmp_path / "run", "--contrast", "dark")
    assert "--project FOLDER" in run(*command).err
    assert run(*command, "--project", simulated.folder).status == 0
    dark, bright = (load_volume(folder / "map.mrc")[0] for folder in (tmp_path / "run", reconstructed.folder))
    np.testing.assert_array_equal(dark, -bright)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (("--symmetry", "Q7"), "symmetry 'Q7'"),
        (("--symmetry", "C0"), "symmetry 'C0'"),
        (("--apix", -1), "--apix -1"),
        (("--apix", "nan"), "--apix nan"),
        (("--contrast", "grey"), "'grey' is not one of"),
        (("--seed", -1), "--seed -1"),
        (("--seed", 2**32), "--seed 4294967296"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_options_that_cannot_be(refused_without_trace, particles_file, tmp_path, options, hint):
    assert hint in refused_without_trace("reconstruct", particles_file(), "-o", tmp_path / "run", *options)


def test_more_memory_than_is_allowed(refused_without_trace, particles_file, tmp_path, monkeypatch):
    monkeypatch.setenv("VITREOUS_MEMORY", "100K")
    source = particles_file()
    message = refused_without_trace("reconstruct", source, "-o", tmp_path / "run")
    assert f"{source}: a reconstruction in a box of 16 needs about" in message and "VITREOUS_MEMORY" in message


@pytest.mark.parametrize("option", ["--truth", "--mask"])
def test_maps_that_do_not_match(refused_without_trace, particles_file, map_file, tmp_path, option):
    command = ("reconstruct", particles_file(), "-o", tmp_path / "run", option)
    larger, finer = map_file("larger.mrc", box=18, pixel_size=PIXEL_SIZE), map_file("finer.mrc", box=BOX, pixel_size=1)
    assert f"{larger}: a map of 18 × 18 × 18 voxels" in refused_without_trace(*command, larger)
    assert f"{finer}: a map of 16 × 16 × 16 voxels of 1 Å" in refused_without_trace(*command, finer)
    write_mrc(tmp_path / "nothing.mrc", np.zeros((BOX,) * 3), pixel_size=PIXEL_SIZE)
    assert "nothing.mrc: every value is 0" in refused_without_trace(*command, tmp_path / "nothing.mrc")
