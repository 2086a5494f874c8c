"""The analysis of a latent space by its invariants."""

import csv
import json

import numpy as np
import pytest

from tests.cli.conftest import contents
from tests.shape.test_invariants import random_moments
from vitreous.harmonics import ZernikePlan
from vitreous.io import read_mrc, read_npz
from vitreous.shape import LatentSpace as Space
from vitreous.shape import Moments, latent_components, latent_neighbours, latent_path, latent_scores, moments_at

ORDER, BOX, RADIUS, PARTICLES = 5, 12, 12.0, 40
LATENTS = ("zernike", "latents")


def space(seed=0):
    """Two components of unlike strength."""
    moments = random_moments(ORDER, 3, seed=seed) * np.array([1.0, 0.4, 0.1])[:, None]
    return Space(moments.astype(np.complex64), np.random.default_rng(seed).normal(size=(PARTICLES, 2)), radius=RADIUS)


@pytest.fixture
def files(tmp_path):
    """Moments of two latent spaces."""
    paths = []
    for seed in (0, 1):
        made = space(seed)
        table = Moments.from_arrays(made.moments, radius=RADIUS, voxel_size=2.0, box=BOX, latents=made.latents)
        paths.append(table.save(tmp_path / f"{seed}.npz"))
    return paths


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream)
    return names, np.array(rows, float)


def test_what_varies_a_path_and_another_space(run, refused, files, tmp_path):
    folder, z = tmp_path / "run", space().latents
    end = ",".join(map(str, z[17] + 1e-3))
    options = ("--maps", 1, "--steps", 3, "--components", 2, "--path", 3, end, "--compare", files[1], "--nearest", 2)
    outcome = run(*LATENTS, files[0], "-o", folder, *options)
    assert outcome.status == 0 and outcome.out.startswith(f"{PARTICLES} particles; components")
    components = latent_components(space(), count=2)
    names, rows = table(folder / "scores.csv")
    assert names == ["particle", "z_1", "z_2", "score_1", "score_2"]
    # Seven digits are written, of sums in single precision.
    np.testing.assert_allclose(rows[:, 1:3], z, rtol=1e-6)
    np.testing.assert_allclose(rows[:, 3:], latent_scores(components, space()), atol=1e-4)
    stored = read_npz(folder / "components.npz")
    np.testing.assert_allclose(stored["explained"], components.explained, rtol=1e-5)
    assert stored["axes"].shape == (2, len(stored["n"])) and stored["l"][-1] == ORDER
    way = latent_path(space(), 3, 17, neighbours=10)
    names, rows = table(folder / "path.csv")
    assert names == ["step", "particle", "position", "z_1", "z_2"] and rows[:, 1].tolist() == way.particle.tolist()
    names, rows = table(folder / "neighbours.csv")
    near = latent_neighbours(space(), space(1), neighbours=2)
    assert rows[:, 1].tolist() == near.particle.ravel().tolist()
    np.testing.assert_allclose(rows[:, 2], near.distance.ravel(), rtol=1e-3)
    check_maps(folder, way)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["verb"] == "zernike latents" and record["state"] == "complete"
    assert record["results"]["path"] == way.particle.tolist() and len(record["inputs"]) == 2
    assert "Latent space" in (folder / "report.html").read_text(encoding="utf-8")
    assert "--overwrite" in refused(*LATENTS, files[0], "-o", folder, *options)


def check_maps(folder, way):
    """The maps are those of the moments at the latents they stand for."""
    assert {path.stem for path in folder.glob("component_*.mrc")} == {f"component_1_{k}" for k in (1, 2, 3)}
    paths = sorted(folder.glob("path_*.mrc"))
    assert len(paths) == len(way.particle)
    plan = ZernikePlan(ORDER, BOX, radius=RADIUS / 2.0)
    wanted = plan.reconstruct(moments_at(space().moments, way.latents[-1]))
    values, header = read_mrc(paths[-1])
    np.testing.assert_allclose(values, wanted, atol=1e-4 * float(np.abs(wanted).max()))  # single precision
    assert header.pixel_size == pytest.approx((2.0, 2.0, 2.0))


def test_maps_on_other_voxels_and_none(run, files, tmp_path):
    assert run(*LATENTS, files[0], "-o", tmp_path / "none", "--maps", 0).status == 0
    assert not list((tmp_path / "none").glob("*.mrc"))
    outcome = run(*LATENTS, files[0], "-o", tmp_path / "fine", "--maps", 1, "--steps", 1, "--dimensions", 16)
    assert outcome.status == 0
    values, header = read_mrc(tmp_path / "fine" / "component_1_1.mrc")
    assert values.shape == (16,) * 3 and header.pixel_size == pytest.approx((1.5, 1.5, 1.5))


def test_what_is_no_latent_space(refused, files, tmp_path):
    plain = Moments.from_arrays(np.ones(13, complex), radius=RADIUS, voxel_size=2.0, box=BOX).save(tmp_path / "p.npz")
    lower = Moments.from_arrays(
        random_moments(3, 3), radius=RADIUS, latents=np.zeros((4, 2)), voxel_size=2.0, box=BOX
    ).save(tmp_path / "lower.npz")
    before = contents(tmp_path)
    latents = (*LATENTS, files[0], "-o", tmp_path / "run")
    for arguments, said in (
        ((*LATENTS, plain, "-o", tmp_path / "run"), "no latents of particles"),
        ((*LATENTS, tmp_path / "none.npz", "-o", tmp_path / "run"), "none.npz"),
        ((*latents, "--path", 0, PARTICLES), f"among {PARTICLES}"),
        ((*latents, "--path", 0, "1,2,3"), "3 coordinates"),
        ((*latents, "--path", 0, "x"), "no list of numbers"),
        ((*latents, "--compare", lower), "order 3"),
        ((*latents, "--compare", plain), "no latents of particles"),
        ((*latents, "--steps", 0), "--steps 0"),
        ((*latents, "--dimensions", 2), "--dimensions 2"),
        ((*latents, "--apix", -1), "--apix -1"),
    ):
        assert said in refused(*arguments)
        assert contents(tmp_path) == before
