"""Multi-body refinements: bodies, their particles, and their principal motions."""

import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import BodyParticles, MultibodyAnalysis, component_latents, latent_rows, load_bodies
from vitreous.io import Table, read_named_rows, read_star, write_dat, write_star

NAMES = tuple(f"{number}-body-{body}" for body in (1, 2) for number in ("rot", "tilt", "psi", "x", "y", "z"))
BODIES = {
    "rlnBodyMaskName": ["masks/a.mrc", "masks/b.mrc", "masks/c.mrc"],
    "rlnBodyRotateRelativeTo": [2, 1, 1],
    "rlnBodySigmaAngles": [10.0, 20.0, 5.0],
    "rlnBodySigmaOffset": [2.0, 2.0, 3.0],
}


@pytest.fixture
def analysis(tmp_path):
    """A folder of an analysis of two bodies and 40 particles, with its vectors and amplitudes."""
    generator = np.random.default_rng(0)
    vectors = np.linalg.qr(generator.normal(size=(12, 12)))[0]
    amplitudes = generator.normal(size=(40, 12)) * np.arange(12, 0, -1)
    write_dat(tmp_path / "analyse_eigenvectors.dat", Table(dict(zip(NAMES, vectors.T, strict=True))))
    rows = [f"{n:06d}@a.mrcs {' '.join(map(repr, row))}\n" for n, row in enumerate(amplitudes.tolist(), start=1)]
    (tmp_path / "analyse_projections_along_eigenvectors_all_particles.txt").write_text("".join(rows))
    return tmp_path, vectors, amplitudes


def test_real_eigenvectors():
    analysis = MultibodyAnalysis.load(shared_data("metadata/analyse_eigenvectors.dat"))
    assert analysis.body_count == 3 and analysis.component_count == 18
    assert analysis.names[:2] == ("rot-body-1", "tilt-body-1") and analysis.names[-1] == "z-body-3"
    assert analysis.eigenvectors[0, 0] == 2.696736e-01 and analysis.eigenvectors[2, 4] == 9.331149e-01
    assert analysis.projections is None and analysis.eigenvalues is None
    with pytest.raises(InputError, match="the variance along the motions is not known"):
        _ = analysis.explained_variance


def test_a_folder_of_an_analysis(analysis):
    folder, vectors, amplitudes = analysis
    found = MultibodyAnalysis.load(folder)
    np.testing.assert_array_equal(found.eigenvectors, vectors)
    np.testing.assert_array_equal(found.projections, amplitudes)
    assert found.images[1] == "000002@a.mrcs" and found.body_count == 2
    np.testing.assert_allclose(found.eigenvalues, amplitudes.var(axis=0))
    assert found.explained_variance.sum() == pytest.approx(1)
    latents, modes = component_latents(latent_rows(found.projections))
    assert modes == tuple(range(12))
    np.testing.assert_allclose(latents, amplitudes, rtol=1e-6)  # a latent bundle is in single precision


def test_files_of_an_analysis(analysis):
    folder, _, amplitudes = analysis
    write_dat(folder / "p.dat", Table({str(k + 1): amplitudes[:, k] for k in range(12)}))
    write_dat(folder / "v.dat", Table({"1": np.arange(12.0, 0, -1)}))
    vectors = folder / "analyse_eigenvectors.dat"
    found = MultibodyAnalysis.load(vectors, projections=folder / "p.dat", eigenvalues=folder / "v.dat")
    np.testing.assert_array_equal(found.projections, amplitudes)
    assert found.images == () and found.eigenvalues[0] == 12.0


def test_files_that_do_not_belong_together(analysis):
    folder, vectors, _ = analysis
    path = folder / "analyse_eigenvectors.dat"
    (folder / "p.dat").write_text("1 2 3\n")
    (folder / "v.dat").write_text("-1 2 3\n")
    for options, message in [
        ({"projections": folder / "p.dat"}, "has 3 amplitudes per particle"),
        ({"eigenvalues": folder / "v.dat"}, "not the variances along 12 motions"),
        ({"projections": folder / "none"}, "No such file"),
    ]:
        with pytest.raises(InputError, match=message):
            MultibodyAnalysis.load(path, **options)
    (folder / "b_projections_along_eigenvectors_all_particles.dat").write_text("1\n")
    with pytest.raises(InputError, match="which is meant is not said"):
        MultibodyAnalysis.load(folder)
    write_dat(path, Table(dict(zip(NAMES, 2 * vectors, strict=True))))
    with pytest.raises(InputError, match="are not orthonormal"):
        MultibodyAnalysis.load(path)
    path.write_text(" ".join(NAMES))
    with pytest.raises(InputError, match="are not orthonormal"):
        MultibodyAnalysis.load(path)
    write_dat(path, Table({"1": [1.0], "2": [0.0]}))
    with pytest.raises(InputError, match="has 2 columns, and each body has 6"):
        MultibodyAnalysis.load(path)
    path.unlink()
    with pytest.raises(InputError, match=r"holds no analyse_eigenvectors\.dat"):
        MultibodyAnalysis.load(folder, projections=folder / "p.dat")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"1@a 1 2\n2@a 1\n", "line 2 holds 1 numbers"),
        (b"1@a\n", "line 1 holds 0 numbers"),
        (b"1@a 1\n2@a x\n", "line 2 holds 'x'"),
        (b"1@a 1\0", "is zero"),
    ],
)
def test_rows_of_other_content_are_refused(tmp_path, content, message):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_named_rows(tmp_path / "a.txt")
    assert str(tmp_path / "a.txt") in error.value.message


def test_bodies(tmp_path):
    write_star(tmp_path / "bodies.star", {"": Table(BODIES)})
    bodies = load_bodies(tmp_path / "bodies.star")
    assert [body.rotates_relative_to for body in bodies] == [1, 0, 0]
    assert bodies[0].mask == tmp_path / "masks" / "a.mrc" and bodies[2].sigma_offset == 3.0
    assert bodies[1].sigma_angles_deg == 20.0 and bodies[0].is_in_pixels


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"rlnBodyRotateRelativeTo": [4, 1, 1]}, "relative to body 4, and there are 3"),
        ({"rlnBodySigmaAngles": [-1.0, 1.0, 1.0]}, "not from 0 up"),
        ({"rlnBodySigmaOffset": ["x", "1", "1"]}, "is not numeric"),
        ({"rlnBodyMaskName": ["../a.mrc", "b", "c"]}, "not followed"),
    ],
)
def test_bodies_that_cannot_be(tmp_path, columns, message):
    write_star(tmp_path / "bodies.star", {"": Table({**BODIES, **columns})})
    with pytest.raises(InputError, match=message):
        load_bodies(tmp_path / "bodies.star")


def body_table(offset):
    angles = {"rlnAngleRot": [0.0, 1.0, 2.0], "rlnAngleTilt": [90.0, 91.0, 92.0], "rlnAnglePsi": [0.0, 3.0, 4.0]}
    return Table({**angles, "rlnOriginXAngst": np.arange(3) + offset, "rlnOriginYAngst": np.arange(3) - offset})


def test_particles_of_bodies(tmp_path):
    path = tmp_path / "run_data.star"
    optics = Table({"rlnOpticsGroup": [1], "rlnImagePixelSize": [1.5]})
    particles = Table(
        {"rlnImageName": ["1@a", "2@a", "3@a"], "rlnOpticsGroup": [1, 1, 1], "rlnAngleRot": [5.0, 6.0, 7.0]}
    )
    bodies = {"images_body_1": body_table(10.0), "images_body_2": body_table(20.0)}
    write_star(path, {"optics": optics, "particles": particles, **bodies})
    found = BodyParticles.load(path)
    assert found.angles_deg.shape == (2, 3, 3) and found.origins.shape == (2, 3, 2)
    assert found.angles_deg[0, 1].tolist() == [1.0, 91.0, 3.0] and found.origins[1, 2].tolist() == [22.0, -18.0]
    some = found["rlnAngleRot > 5.5"]
    some.write(tmp_path / "b.star")
    assert sorted(read_star(tmp_path / "b.star")) == ["images_body_1", "images_body_2", "optics", "particles"]
    again = BodyParticles.load(tmp_path / "b.star")
    np.testing.assert_array_equal(again.origins, found.origins[:, 1:])
    assert again.particles.column("rlnAngleRot").tolist() == [6.0, 7.0]
    write_star(path, {"particles": particles})
    with pytest.raises(InputError, match="has tables of the bodies none"):
        BodyParticles.load(path)
    write_star(path, {"particles": particles, "images_body_1": body_table(1.0).select([0])})
    with pytest.raises(InputError, match="body 1 has 1 rows, and there are 3 particles"):
        BodyParticles.load(path)
