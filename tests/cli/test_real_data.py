"""From a deposited structure and a deposited map to particles and back."""

import csv
import json

import numpy as np
import pytest

from tests.data import shared_data

SIMULATE = ("simulate", "particles")


@pytest.mark.parametrize(
    ("source", "options", "symmetry", "least", "resolution"),
    [
        # Found: 0.994 at least up to half Nyquist, and no crossing of 0.5 up to Nyquist.
        pytest.param("structures/6z6u.pdb", ("--box", 64, "--pixel-size", 3), "O", 0.98, None, marks=pytest.mark.full),
        # Without symmetry 200 images are few: 0.82 at half Nyquist, and 0.5 at 19.2 Å. A shell of radius 16 has 2π 16²
        # modes, and this correlation a standard deviation of 0.01 in it; one shell at 19 Å is 1 Å wide.
        ("maps/emd_1832.map", (), "C1", 0.75, 19.2),
    ],
    ids=["6z6u", "emd_1832"],
)
def test_particles_of_what_was_deposited_give_it_back(run, tmp_path, source, options, symmetry, least, resolution):
    particles, maps = tmp_path / "particles", tmp_path / "maps"
    assert run(*SIMULATE, shared_data(source), "-o", particles, "--n", 200, "--snr", 1, *options).status == 0
    truth = ("--symmetry", symmetry, "--truth", particles / "volume.mrc")
    outcome = run("reconstruct", particles / "particles.star", "-o", maps, *truth)
    assert outcome.status == 0 and "Map against truth: " in outcome.out

    with (maps / "fsc.csv").open(newline="") as stream:
        against_truth = np.array([float(row["fsc_truth"]) for row in csv.DictReader(stream)])
    assert len(against_truth) == 33
    assert against_truth[:17].min() > least
    results = json.loads((maps / "run.json").read_text())["results"]
    assert results["symmetry"] == symmetry and results["particles"] == 200
    found = results["resolution_truth_0.5_a"]  # null where the curve never crosses
    assert found is None if resolution is None else found == pytest.approx(resolution, abs=1.0)
