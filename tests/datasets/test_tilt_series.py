"""Tilt series of RELION 4 and 5, and of SerialEM and IMOD."""

import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import (
    TiltSeriesDataset,
    TomogramParticles,
    projection_matrices,
    tilt_angles,
    tilt_rotations,
    tilt_series_from_mdoc,
)
from vitreous.io import Table, read_star, read_xf, write_star, write_tilt_angles, write_xf

REAL = ["220728_TS_01", "220728_TS_43"]
SETTINGS = {
    "rlnVoltage": [300.0, 300.0],
    "rlnSphericalAberration": [2.7, 2.7],
    "rlnAmplitudeContrast": [0.1, 0.1],
    "rlnTomoTiltSeriesPixelSize": [1.35, 1.35],
    "rlnTomoHand": [-1.0, -1.0],
    "rlnTomoSizeX": [4000, 4000],
    "rlnTomoSizeY": [4000, 4000],
    "rlnTomoSizeZ": [3000, 3000],
}


@pytest.fixture
def relion_5(tmp_path):
    """A project of RELION 5 with the two real series."""
    job = tmp_path / "AlignTiltSeries" / "job005"
    (job / "tilt_series").mkdir(parents=True)
    for name in REAL:
        shutil.copy(shared_data(f"tomo/{name}.star"), job / "tilt_series")
    files = [f"AlignTiltSeries/job005/tilt_series/{name}.star" for name in REAL]
    table = Table({"rlnTomoName": REAL, **SETTINGS, "rlnTomoTiltSeriesStarFile": files})
    write_star(job / "aligned_tilt_series.star", {"global": table})
    return job / "aligned_tilt_series.star"


@pytest.fixture
def relion_4(tmp_path):
    """The same series in one file, with matrices and defocus alone."""
    kept = ["rlnTomoProjX", "rlnTomoProjY", "rlnTomoProjZ", "rlnTomoProjW", "rlnDefocusU", "rlnDefocusV"]
    kept += ["rlnDefocusAngle", "rlnMicrographPreExposure"]
    blocks = {}
    for name in REAL:
        table = next(iter(read_star(shared_data(f"tomo/{name}.star")).values()))
        blocks[name] = Table({column: table[column] for column in kept})
    stacks = [f"stacks/{name}.mrc:mrc" for name in REAL]
    table = Table({"rlnTomoName": REAL, **SETTINGS, "rlnTomoTiltSeriesName": stacks})
    write_star(tmp_path / "tomograms.star", {"global": table, **blocks})
    return tmp_path / "tomograms.star"


def test_a_project_of_relion_5(relion_5):
    dataset = TiltSeriesDataset.load(relion_5)
    assert dataset.names == tuple(REAL) and [len(series) for series in dataset] == [41, 41]
    series = dataset["220728_TS_01"]
    assert series.is_aligned and series.pixel_size == 1.35 and series.hand == -1.0
    assert series.tomogram_shape == (3000, 4000, 4000)
    assert series.tilt_angles_deg[:2].tolist() == [9.02, 12.02] and series.tilt_axes_deg[0] == 85.267461
    assert series.column("rlnTomoNominalStageTiltAngle")[1] == 3.00113
    assert series.pre_exposures[:3].tolist() == [0.0, 3.0, 6.0]
    assert set(series.nominal_defocus) == {40000.0}, "4 µm of underfocus"
    number, path = series.images[0]
    assert number is None and path.parts[-3:] == ("job002", "frames", "TS_01_000_0_0.mrc")
    assert series.has_ctf
    ctf = series[:2].ctf
    np.testing.assert_allclose(ctf.defocus_u, [39424.761719, 39158.597656], rtol=1e-6)  # of single precision
    np.testing.assert_allclose(ctf.voltage_kv, 300.0)


@pytest.mark.parametrize("name", REAL)
def test_matrices_are_those_of_relion(relion_5, name):
    series = TiltSeriesDataset.load(relion_5)[name]
    # RELION wrote its matrices with twelve digits, but the angles with six: 1e-6 degrees, 2e-8 radians.
    np.testing.assert_allclose(series.rotations, series.projections[:, :3, :3], rtol=0, atol=2e-7)
    made = series.projection_matrices(image_shape=(3838, 3710))
    # 1e-7 over a tomogram of 4000 voxels.
    np.testing.assert_allclose(made, series.projections, rtol=0, atol=1e-3)
    for shape in ((3710, 3838), (3838, 3712)):  # rows for columns; one pixel off
        wrong = series.projection_matrices(image_shape=shape)
        assert np.abs(wrong - series.projections).max() > 0.9


def test_a_project_of_relion_4(relion_4, relion_5):
    dataset, other = TiltSeriesDataset.load(relion_4), TiltSeriesDataset.load(relion_5)
    for old, new in zip(dataset, other, strict=True):
        np.testing.assert_allclose(old.tilt_angles_deg, new.tilt_angles_deg, rtol=0, atol=1e-5)  # of six digits
        np.testing.assert_allclose(old.tilt_axes_deg, new.tilt_axes_deg, rtol=0, atol=1e-5)
        np.testing.assert_array_equal(old.projections, new.projections)
        np.testing.assert_array_equal(old.ctf.defocus_v, new.ctf.defocus_v)
    assert dataset[1].images[40] == (40, relion_4.parent / "stacks" / "220728_TS_43.mrc")
    with pytest.raises(InputError, match="does not say the shifts"):
        dataset[0].projection_matrices(image_shape=(10, 10))


def test_one_series_alone():
    series = TiltSeriesDataset.load(shared_data("tomo/220728_TS_01.star"))[0]
    assert series.name == "220728_TS_01" and len(series) == 41 and series.pixel_size is None
    assert not series.has_ctf
    with pytest.raises(InputError, match="41 of 41 tilts of 220728_TS_01 have no CTF: it has no column rlnVoltage"):
        _ = series.ctf
    with pytest.raises(InputError, match="does not say the pixel size"):
        series.projection_matrices(image_shape=(10, 10), tomogram_shape=(1, 2, 3))
    assert TiltSeriesDataset.load(shared_data("tomo/220728_TS_01.star"), pixel_size=1.35)[0].pixel_size == 1.35


def test_images_are_selected_like_those_of_an_array(relion_5):
    series = TiltSeriesDataset.load(relion_5)[0]
    low = series["abs(rlnTomoNominalStageTiltAngle) < 10"]
    assert sorted(np.round(low.column("rlnTomoNominalStageTiltAngle"))) == [-9, -6, -3, 0, 3, 6, 9]
    assert len(low.projections) == len(low.shifts) == len(low.image_names) == len(low.ctf.defocus_u) == 7
    assert series[-1].pre_exposures.tolist() == [series.pre_exposures[-1]]
    with pytest.raises(InputError, match="a selection of 0 of 41 rows"):
        _ = series[[]]


@pytest.mark.parametrize("project", ["relion_4", "relion_5"])
def test_lists_are_selected_and_written(project, request):
    path = request.getfixturevalue(project)
    dataset = TiltSeriesDataset.load(path)
    target = path.with_name("selected.star")
    dataset.select("rlnTomoName == '220728_TS_43'").write(target)
    found = TiltSeriesDataset.load(target)
    assert found.names == ("220728_TS_43",) and list(found.settings.names) == list(dataset.settings.names)
    np.testing.assert_array_equal(found[0].projections, dataset[1].projections)
    with pytest.raises(InputError, match="a selection of 0 of 2"):
        dataset.select("rlnVoltage < 200")
    with pytest.raises(InputError, match="has no tilt series TS_07; it has 220728_TS_01, 220728_TS_43"):
        _ = dataset["TS_07"]


@given(angles=st.tuples(st.floats(-60, 60), st.floats(-89, 89), st.floats(-179, 179)))
def test_angles_of_rotations(angles):
    rotations = tilt_rotations(np.array([angles]))
    np.testing.assert_allclose(rotations[0] @ rotations[0].T, np.eye(3), atol=1e-14)  # of doubles
    np.testing.assert_allclose(tilt_angles(3.0 * rotations)[0], angles, atol=1e-11)  # 1/cos 89° times that, in degrees


def test_the_tilt_axis_stays_where_it_is():
    """A point on the axis does not move as the tilt grows, and the axis lies at psi from +y, from +x towards +y."""
    for theta in (0.0, 30.0, -60.0):
        axis = tilt_rotations(np.array([[0.0, theta, 30.0]]))[0] @ np.array([0.0, 1.0, 0.0])
        np.testing.assert_allclose(axis, [-0.5, np.sqrt(3) / 2, 0.0], atol=1e-15)


def test_the_middle_of_the_tomogram_is_at_the_shift():
    matrices = projection_matrices(
        np.array([[5.0, 40.0, 85.0]]),
        np.array([[3.0, -6.0]]),
        pixel_size=1.5,
        image_shape=(20, 30),
        tomogram_shape=(8, 40, 60),
    )
    np.testing.assert_allclose(matrices[0] @ [30.0, 20.0, 4.0, 1.0], [15.0 + 2.0, 10.0 - 4.0, 0.0, 1.0], atol=1e-13)


def test_a_real_mdoc():
    series = tilt_series_from_mdoc(shared_data("tomo/tilt_series.mdoc"), dose_per_image=3.0)
    star = TiltSeriesDataset.load(shared_data("tomo/220728_TS_01.star"))[0]
    assert len(series) == 41 and series.pixel_size == 5.4 and series.tilt_axes_deg[0] == 85.3
    # The STAR file was made from this one: same images, in the same order, with angles of six digits.
    np.testing.assert_allclose(
        series.tilt_angles_deg, star.column("rlnTomoNominalStageTiltAngle"), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(series.pre_exposures, star.pre_exposures)
    np.testing.assert_array_equal(series.nominal_defocus, star.nominal_defocus)
    assert series.images[2] == (2, shared_data("tomo/tilt_series.mdoc").parent / "TS_01.mrc")
    assert tilt_series_from_mdoc(shared_data("tomo/tilt_series.mdoc")).pre_exposures.max() == 0.0, "as the file says"


def test_movies_of_an_mdoc():
    series = tilt_series_from_mdoc(shared_data("tomo/frame_set_single.mdoc"))
    assert series.image_names == ("s_mmm_00993_33.0_Oct08_07.39.05.tif",)
    assert series.tilt_axes_deg is None
    with pytest.raises(InputError, match="in which direction the tilt axis"):
        _ = series.rotations


def test_the_alignment_of_imod(tmp_path):
    """A series whose alignment is known, written as IMOD would."""
    angles, axis, middle = np.array([-3.0, 0.0, 3.0]), 85.0, np.array([[10.0, -4.0], [0.0, 0.0], [2.0, 7.0]])
    sections = "".join(f"[ZValue = {z}]\nTiltAngle = {angle + 0.1}\n" for z, angle in enumerate(angles))
    (tmp_path / "a.mdoc").write_text(f"PixelSpacing = 2.0\nImageFile = C:\\data\\a.st\n{sections}")
    cos, sin = np.cos(np.deg2rad(axis)), np.sin(np.deg2rad(axis))
    align = np.array([[cos, sin], [-sin, cos]])  # turns the axis, which is at (−sin, cos), to (0, 1)
    np.testing.assert_allclose(align @ [-sin, cos], [0.0, 1.0], atol=1e-15)
    shifts = -middle @ align.T  # and brings the tomogram's middle to the middle of the image
    write_xf(tmp_path / "a.xf", np.hstack([np.tile(align.reshape(1, 4), (3, 1)), shifts]))
    write_tilt_angles(tmp_path / "a.tlt", angles)
    write_tilt_angles(tmp_path / "a.xtilt", np.full(3, 1.5))
    series = tilt_series_from_mdoc(
        tmp_path / "a.mdoc",
        tilt_angles=tmp_path / "a.tlt",
        transforms=tmp_path / "a.xf",
        x_tilts=tmp_path / "a.xtilt",
    )
    assert series.is_aligned and series.pre_exposures is None and series.name == "a"
    assert series.tilt_angles_deg.tolist() == angles.tolist() and series.x_tilts_deg.tolist() == [1.5] * 3
    # The format has seven decimals of the matrix and three of the shift.
    np.testing.assert_allclose(series.tilt_axes_deg, axis, atol=1e-5)
    np.testing.assert_allclose(series.shifts, 2.0 * middle, atol=2e-3)
    assert len(read_xf(tmp_path / "a.xf")) == 3 and series.image_names[0] == "1@a.st"
    write_tilt_angles(tmp_path / "a.tlt", angles[:2])
    with pytest.raises(InputError, match=r"is of 2 images, and the \.mdoc is of 3"):
        tilt_series_from_mdoc(tmp_path / "a.mdoc", tilt_angles=tmp_path / "a.tlt")
    write_xf(tmp_path / "a.xf", np.zeros((3, 6)))
    with pytest.raises(InputError, match="transform 1 cannot be undone"):
        tilt_series_from_mdoc(tmp_path / "a.mdoc", transforms=tmp_path / "a.xf")


def test_doses_of_a_bidirectional_series(tmp_path):
    sections = [
        ("-3", "30-Nov-15  15:25:00", 4.0),
        ("0", "30-Nov-2015 15:21:00", 2.0),
        ("3", "30-Nov-15  15:22:00", 3.0),
    ]
    text = "".join(
        f"[ZValue = {z}]\nTiltAngle = {angle}\nDateTime = {time}\nExposureDose = {dose}\n"
        for z, (angle, time, dose) in enumerate(sections)
    )
    path = tmp_path / "a.mdoc"
    path.write_text(text)
    assert tilt_series_from_mdoc(path).pre_exposures.tolist() == [5.0, 0.0, 2.0]
    assert tilt_series_from_mdoc(path, dose_per_image=1.0).pre_exposures.tolist() == [2.0, 0.0, 1.0]
    path.write_text(text.replace("ExposureDose", "PriorRecordDose"))
    assert tilt_series_from_mdoc(path).pre_exposures.tolist() == [4.0, 2.0, 3.0]
    for wrong, message in [("30-Foo-15", "DateTime is"), ("31-Feb-15", "DateTime is"), ("x", "DateTime is")]:
        path.write_text(text.replace("30-Nov-15", wrong))
        with pytest.raises(InputError, match=message):
            tilt_series_from_mdoc(path)
    path.write_text(f"PixelSpacing = 0\n{text}")
    with pytest.raises(InputError, match="PixelSpacing is 0 Å"):
        tilt_series_from_mdoc(path)


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ({"particles": Table({"rlnImageName": ["1@a"]})}, "lists no tilt series"),
        ({"global": Table({"rlnTomoName": ["a"]})}, "lists no tilt series"),
        (
            {"global": Table({"rlnTomoName": ["a"], "rlnTomoTiltSeriesStarFile": ["not_there.star"]})},
            r"not_there\.star: cannot be read",
        ),
        ({"global": Table({"rlnTomoName": ["a"], "rlnTomoTiltSeriesStarFile": ["../b.star"]})}, "not followed"),
        ({"global": Table({"rlnTomoName": ["a"], "rlnTomoTiltSeriesStarFile": ["a.star"]})}, "of 0 tilt series"),
        ({"global": Table({"rlnTomoName": ["a"]}), "a": Table({"rlnDefocusU": ["1"]})}, "does not say how the images"),
        ({"a": Table({"rlnTomoNominalStageTiltAngle": ["nan"]})}, "which is not finite"),
        ({"a": Table({f"rlnTomoProj{axis}": ["[1,2,3]"] for axis in "XYZW"})}, "not a list of 4 numbers"),
        ({"a": Table({f"rlnTomoProj{axis}": ["[1,2,3,x]"] for axis in "XYZW"})}, "not a list of 4 numbers"),
    ],
)
def test_other_content_is_refused(tmp_path, blocks, message):
    write_star(tmp_path / "a.star", blocks)
    with pytest.raises(InputError, match=message):
        _ = TiltSeriesDataset.load(tmp_path / "a.star")[0]


def test_what_is_loaded_otherwise_says_how(tmp_path):
    with pytest.raises(InputError, match="tilt_series_from_mdoc"):
        TiltSeriesDataset.load(tmp_path / "a.mdoc")


PARTICLES = {
    "rlnTomoName": ["TS_01", "TS_01", "TS_43"],
    "rlnTomoParticleName": ["TS_01/1", "TS_01/2", "TS_43/1"],
    "rlnCenteredCoordinateXAngst": [0.0, 100.5, -30.0],
    "rlnCenteredCoordinateYAngst": [1.0, 2.0, 3.0],
    "rlnCenteredCoordinateZAngst": [-5.0, 5.0, 0.0],
    "rlnOpticsGroup": [1, 1, 1],
    "rlnImageName": ["E/1_stack2d.mrcs", "E/2_stack2d.mrcs", "E/3_stack2d.mrcs"],
    "rlnTomoVisibleFrames": ["[1,0,1]", "[1,1,1]", "[0,1]"],
    "rlnAngleRot": [10.0, 20.0, 30.0],
    "rlnAngleTilt": [0.0, 90.0, 45.0],
    "rlnAnglePsi": [-10.0, 0.0, 1.0],
    "rlnOriginXAngst": [1.0, 0.0, 0.0],
    "rlnOriginYAngst": [0.0, 2.0, 0.0],
    "rlnOriginZAngst": [0.0, 0.0, -3.0],
}
OPTICS = {"rlnOpticsGroup": [1], "rlnImagePixelSize": [2.7], "rlnImageSize": [64], "rlnImageDimensionality": [2]}


def test_particles_of_tomograms_of_relion_5(tmp_path):
    general = Table({"rlnTomoSubTomosAre2DStacks": ["1"]}, is_loop=False)
    write_star(tmp_path / "a.star", {"general": general, "optics": Table(OPTICS), "particles": Table(PARTICLES)})
    particles = TomogramParticles.load(tmp_path / "a.star")
    assert len(particles) == 3 and particles.is_centred and particles.tomograms[2] == "TS_43"
    assert particles.positions[1].tolist() == [100.5, 2.0, 5.0]
    assert particles.euler_angles_deg[0].tolist() == [-10.0, 0.0, 10.0] and particles.box_euler_angles_deg is None
    assert particles.offsets[2].tolist() == [0.0, 0.0, 3.0]
    assert [row.tolist() for row in particles.visible_images] == [[True, False, True], [True] * 3, [False, True]]
    assert particles.pixel_sizes.tolist() == [2.7] * 3 and particles.paths[0] == tmp_path / "E" / "1_stack2d.mrcs"
    particles["rlnTomoName == 'TS_01' and rlnAngleTilt > 0"].write(tmp_path / "b.star")
    blocks = read_star(tmp_path / "b.star")
    assert sorted(blocks) == ["general", "optics", "particles"]
    assert {name: blocks["particles"][name].tolist() for name in PARTICLES} == {
        name: [str(values[1])] for name, values in PARTICLES.items()
    }


def test_particles_of_tomograms_of_relion_4(tmp_path):
    kept = {name: values for name, values in PARTICLES.items() if name in ("rlnTomoName", "rlnTomoParticleName")}
    corner = {f"rlnCoordinate{axis}": [1.0, 2.0, 3.0] for axis in "XYZ"}
    turned = {f"rlnTomoSubtomogram{angle}": [1.0, 2.0, 3.0] for angle in ("Rot", "Tilt", "Psi")}
    write_star(tmp_path / "a.star", {"particles": Table({**kept, **corner, **turned})})
    particles = TomogramParticles.load(tmp_path / "a.star")
    assert not particles.is_centred and particles.positions[2].tolist() == [3.0, 3.0, 3.0]
    assert particles.box_euler_angles_deg[1].tolist() == [-2.0, -2.0, -2.0]
    assert particles.euler_angles_deg is particles.offsets is particles.visible_images is particles.pixel_sizes is None
    with pytest.raises(InputError, match="no column rlnImageName"):
        _ = particles.paths


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"rlnImageName": ["1@a"]}, "lists no particles of tomograms"),
        ({"rlnTomoName": ["a"]}, "lists no particles of tomograms"),
        ({name: [] for name in PARTICLES}, "0 rows"),
    ],
)
def test_particles_that_are_not_of_tomograms(tmp_path, columns, message):
    write_star(tmp_path / "a.star", {"particles": Table(columns)})
    with pytest.raises(InputError, match=message):
        TomogramParticles.load(tmp_path / "a.star")


def test_cells_that_are_no_lists_are_named(tmp_path):
    columns = {**PARTICLES, "rlnTomoVisibleFrames": ["[1,0,1]", "[1,]", "[1]"]}
    write_star(tmp_path / "a.star", {"particles": Table(columns)})
    with pytest.raises(InputError, match=r"row 2 of rlnTomoVisibleFrames is '\[1,\]'"):
        _ = TomogramParticles.load(tmp_path / "a.star").visible_images
