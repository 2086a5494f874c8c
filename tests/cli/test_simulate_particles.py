"""`vitreous simulate particles`, from the outside."""

import json
import re

import numpy as np
import pytest

from tests.cli.conftest import BOX, PIXEL_SIZE, QUICK, N
from vitreous.datasets import ParticleDataset
from vitreous.io import read_mrc, read_star, write_mrc

FILES = ["particles.mrcs", "particles.star", "report.html", "run.json", "truth.star", "volume.mrc"]
VERB = ("simulate", "particles")
COUNTED = (*QUICK[:2], *QUICK[4:], "--dose", 40)


def test_a_map_becomes_particles(simulated):
    folder, outcome = simulated.folder, simulated.outcome
    assert outcome.status == 0
    assert outcome.out.splitlines() == [
        f"{N} particles of the map blob.mrc, {BOX} px of {PIXEL_SIZE:g} Å, SNR 2",
        f"Particles: {folder}/particles.star",
        f"Report: {folder}/report.html",
    ]
    assert re.search(r"^Projecting: 1 of 1, .* s$", outcome.err, re.MULTILINE)
    assert re.search(r"^Adding noise: 1 of 1, .* s$", outcome.err, re.MULTILINE)
    assert sorted(path.name for path in folder.iterdir()) == FILES

    dataset = ParticleDataset.load(folder / "particles.star")
    assert len(dataset) == N and dataset.shape == (BOX, BOX) and dataset.pixel_size == PIXEL_SIZE
    assert sorted(np.unique(dataset.half_sets)) == [1, 2]
    assert dataset.images().shape == (N, BOX, BOX)
    assert read_mrc(folder / "volume.mrc")[0].shape == (BOX, BOX, BOX)
    truth = read_star(folder / "truth.star")["particles"]
    assert len(truth) == N
    for column in ("rlnOriginZAngst", "vitreousStructureIndex", "vitreousSignalVariance"):
        assert column in truth
    record = json.loads((folder / "run.json").read_text())
    assert record["state"] == "complete" and record["verb"] == "simulate particles"
    assert record["options"]["defocus"] == [3000, 5000] and record["results"]["snr"] == pytest.approx(2)
    assert (folder / "report.html").read_text().count("<svg") == 7


def test_a_structure_becomes_the_same_files(run, structure_file, tmp_path):
    folder = tmp_path / "run"
    outcome = run(*VERB, structure_file(), "-o", folder, *QUICK, "--box", BOX, "--pixel-size", PIXEL_SIZE)
    assert outcome.status == 0
    assert outcome.out.startswith(f"{N} particles of pair.pdb (2 atoms), {BOX} px of {PIXEL_SIZE:g} Å, SNR 2\n")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    # The mean of the atoms, at (16, 5, 5) Å in the file, is the box centre.
    assert json.loads((folder / "run.json").read_text())["results"]["center_shift_a"] == pytest.approx([-16, -5, -5])
    assert "moved by (-16.00, -5.00, -5.00) Å" in (folder / "report.html").read_text()


def test_the_same_command_gives_the_same_particles(run, refused_without_trace, blob, simulated, tmp_path):
    folder = tmp_path / "run"
    assert run(*VERB, blob, "-o", folder, *QUICK).status == 0
    for name in ("particles.mrcs", "particles.star", "truth.star", "volume.mrc"):
        assert (folder / name).read_bytes() == (simulated.folder / name).read_bytes(), name
    message = refused_without_trace(*VERB, blob, "-o", folder, *QUICK)
    assert f"{folder}: it holds a complete run" in message and "--overwrite" in message
    # Another seed and the poses of a file, in place of the run.
    poses = simulated.folder / "particles.star"
    assert run(*VERB, blob, "-o", folder, *QUICK, "--poses", poses, "--seed", 5, "--overwrite").status == 0
    assert (folder / "particles.mrcs").read_bytes() != (simulated.folder / "particles.mrcs").read_bytes()
    before, after = (read_star(path)["particles"] for path in (poses, folder / "particles.star"))
    for column in ("rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi", "rlnOriginXAngst", "rlnOriginYAngst"):
        # Angles are degrees with six decimals.
        np.testing.assert_allclose(after.column(column), before.column(column), atol=2e-6)
    assert not np.allclose(after.column("rlnDefocusU"), before.column("rlnDefocusU"))


def test_apix_stands_in_for_a_header_without_voxel_size(run, blob, refused_without_trace, tmp_path):
    data = bytearray(blob.read_bytes())
    data[40:52] = bytes(12)  # the cell's lengths
    (tmp_path / "bare.mrc").write_bytes(data)
    message = refused_without_trace(*VERB, tmp_path / "bare.mrc", "-o", tmp_path / "run", *QUICK)
    assert f"{tmp_path / 'bare.mrc'}: its header has no voxel size" in message and "--apix" in message
    # At the default defocus, the box is too small for the CTF.
    outcome = run(*VERB, tmp_path / "bare.mrc", "-o", tmp_path / "run", *QUICK[:4], "--apix", PIXEL_SIZE)
    assert outcome.status == 0 and f"{BOX} px of 3 Å" in outcome.out
    warning = outcome.err.splitlines()[0]
    assert warning.startswith("warning: a box of 16 pixels is too small for the CTF") and ".py" not in warning
    assert outcome.err.count("warning: ") == 1


def test_a_dose_in_place_of_a_ratio(run, blob, tmp_path):
    outcome = run(*VERB, blob, "-o", tmp_path / "run", *COUNTED)
    assert outcome.status == 0
    results = json.loads((tmp_path / "run" / "run.json").read_text())["results"]
    # The stored value is half the ratio of Poisson counts to their mean: variance 1/(4 · 40 · 3²).
    assert results["noise_variance"] == pytest.approx(1 / (4 * 40 * 9))
    assert f"SNR {results['snr']:.3g}" in outcome.out
    images = ParticleDataset.load(tmp_path / "run" / "particles.star").images()
    # 6144 pixels: their variance is known to 2 %, 5 % is 2.5 standard deviations.
    assert images.var() == pytest.approx(results["noise_variance"] + results["signal_variance"], rel=0.05)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (("--n", 0), "--n 0"),
        (("--n", -3), "--n -3"),
        (("--n", 10**10), "Simulate fewer"),
        (("--box", 0), "--box 0"),
        (("--box", 4), "--box 4"),
        (("--box", 100_000), "GiB"),
        (("--pixel-size", 0), "--pixel-size 0"),
        (("--pixel-size", -1.5), "--pixel-size -1.5"),
        (("--pixel-size", "nan"), "--pixel-size nan"),
        (("--apix", 0), "--apix 0"),
        (("--voltage", 300_000), "in kV"),
        (("--cs", "inf"), "--cs inf"),
        (("--amplitude-contrast", 10), "--amplitude-contrast 10"),
        (("--defocus", 20_000, 8000), "smaller value first"),
        (("--astigmatism", 500, 0), "smaller value first"),
        (("--shift", -1), "--shift -1"),
        (("--snr", 0), "--snr 0"),
        (("--snr", 2, "--dose", 40), "--snr 2 and --dose 40 both say"),
        (("--seed", -1), "--seed -1"),
        (("--symmetry", "Q7"), "symmetry 'Q7'"),
        (("--poses", "absent.star"), "absent.star"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_options_that_cannot_be(refused_without_trace, blob, tmp_path, options, hint):
    assert hint in refused_without_trace(*VERB, blob, "-o", tmp_path / "run", *QUICK[:2], *options)


def test_an_assembly_that_is_not_there(refused_without_trace, structure_file, tmp_path):
    source = structure_file()
    message = refused_without_trace(*VERB, source, "-o", tmp_path / "run", "--assembly", 9)
    assert f"{source}: defines no assembly '9'" in message


def test_more_memory_than_is_allowed(refused_without_trace, structure_file, blob, tmp_path, monkeypatch):
    monkeypatch.setenv("VITREOUS_MEMORY", "64M")
    for source in (structure_file(), blob):
        message = refused_without_trace(*VERB, source, "-o", tmp_path / "run", "--box", 256)
        assert re.search(r"--box 256 needs about .* GiB, but 64\.0 MiB is allowed by VITREOUS_MEMORY", message)


def test_a_map_too_strong_for_a_dose(run, tmp_path):
    source = tmp_path / "strong.mrc"
    write_mrc(source, np.random.default_rng(0).normal(size=(BOX,) * 3), pixel_size=PIXEL_SIZE)
    outcome = run(*VERB, source, "-o", tmp_path / "run", *COUNTED)
    assert outcome.status == 2 and not (tmp_path / "run").exists()
    assert f"error: {source}: the contrast reaches" in outcome.err and "use --snr" in outcome.err


def test_fewer_poses_than_particles(refused_without_trace, blob, particles_file, tmp_path):
    message = refused_without_trace(*VERB, blob, "-o", tmp_path / "run", "--poses", particles_file(), *QUICK)
    assert "particles.star: holds 6 poses, fewer than the 24" in message and "--n 6" in message
