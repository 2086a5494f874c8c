"""Particle datasets: RELION's dialects, and files made to bite."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset, ParticleMetadata, write_particles_star
from vitreous.io import Table, read_star, write_mrc, write_star
from vitreous.optics import CTF, Contrast
from vitreous.poses import EulerAnglePose

# name: (particles, pixel size, box or None where only the absent stack could tell, poses, images)
SHARED = {
    "particles/empiar_10076_7.star": (7, 5e4 / 38168, (320, 320), False, True),
    "particles/sta_testing_bin8.star": (219, 1.96, (64, 64), True, True),
    "metadata/relion5.star": (17, 0.89, (448, 448), True, False),
    "metadata/cryojax_test_starfile.star": (3, 12.0, (16, 16), True, True),
    "metadata/ribosome_4ug0_particles.star": (5, 4.0, (100, 100), False, False),
    "golden/plain.star": (16, 5.7, (64, 64), True, True),
    "golden/ctf.star": (16, 5.7, (64, 64), True, True),
    "golden/even.star": (4, 5.7, (64, 64), True, True),
    "tomo/10076_classD_32_sim.star": (576, 13.1, None, True, False),
    "tomo/10076_classE_32_sim.star": (720, 13.1, None, True, False),
}


# Poses and optics are in JAX's default precision; in single precision angles up to 540° leave 1e-6 in a matrix.
ROUNDING = 1e-12 if jax.config.jax_enable_x64 else 2e-6
CLOSE = {"rtol": ROUNDING, "atol": ROUNDING}


def load(path, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ParticleDataset.load(path, **options)


@pytest.mark.parametrize("name", SHARED)
def test_shared_files_load(name):
    path = shared_data(name)
    count, pixel_size, shape, has_poses, has_images = SHARED[name]
    dataset = load(path)
    assert len(dataset) == count
    assert dataset.pixel_size == pytest.approx(pixel_size, rel=1e-12)  # arithmetic of doubles
    assert dataset.contrast is Contrast.BRIGHT
    assert dataset.has_poses is has_poses
    assert dataset.has_ctf
    if has_poses:
        assert dataset.poses.phi.shape == (count,)
    else:
        with pytest.raises(InputError, match="no pose: it has no column rlnAngleRot"):
            _ = dataset.poses
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert dataset.ctf.defocus_u.shape == (count,)
    if has_images:
        dataset.check_images()
        assert dataset.images([count - 1, 0]).shape == (2, *shape)
    else:
        for look in (dataset.check_images, dataset.images):
            with pytest.raises(InputError, match="which does not exist"):
                look()
    if shape is not None:
        assert dataset.shape == shape


def test_metadata_are_selected_whole():
    metadata = load(shared_data("golden/ctf.star")).metadata
    assert isinstance(metadata, ParticleMetadata) and len(metadata) == 16
    rows = np.array([5, 2])
    some = metadata.select(rows)
    assert len(some) == 2 and some.stacks == metadata.stacks
    for name in ("stack_of", "index_in_stack", "pixel_sizes", "box_sizes", "optics_groups", "offsets", "ctf_scales"):
        np.testing.assert_array_equal(getattr(some, name), getattr(metadata, name)[rows])
    for name, values in some.ctf_parameters.items():
        np.testing.assert_array_equal(values, metadata.ctf_parameters[name][rows])


def test_poses_are_the_inverse_of_relions_rotation():
    path = shared_data("golden/plain.star")
    dataset, table = load(path), read_star(path)["particles"]

    def z(degrees):
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])

    def y(degrees):
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])

    rot, tilt, psi = (table.column(f"rlnAngle{name}") for name in ("Rot", "Tilt", "Psi"))
    expected = [(z(a) @ y(b) @ z(c)).T for a, b, c in zip(rot, tilt, psi, strict=True)]
    matrices = jax.vmap(lambda pose: pose.rotation_matrix)(dataset.poses)
    np.testing.assert_allclose(matrices, expected, **CLOSE)
    np.testing.assert_allclose(dataset.poses.offset_x, -table.column("rlnOriginXAngst"), **CLOSE)
    np.testing.assert_allclose(dataset.poses.offset_y, -table.column("rlnOriginYAngst"), **CLOSE)


def test_ctf_of_the_older_dialect():
    path = shared_data("particles/empiar_10076_7.star")
    ctf = load(path).ctf
    defocus = [float(ctf.defocus_u[0]), float(ctf.defocus_v[6]), float(ctf.astigmatism_angle_deg[3])]
    np.testing.assert_allclose(defocus, [15301.1, 14792.7, 5.28], **CLOSE)
    microscope = [float(ctf.voltage_kv[0]), float(ctf.cs_mm[0]), float(ctf.amplitude_contrast[0])]
    np.testing.assert_allclose(microscope, [300.0, 2.7, 0.07], **CLOSE)
    assert float(ctf.phase_shift_deg[0]) == float(ctf.b_factor[0]) == 0.0


def test_the_same_particles_from_cryosparc_have_the_same_optics():
    dataset = load(shared_data("particles/empiar_10076_7.star"))
    other = np.load(shared_data("particles/empiar_10076_7.cs"), allow_pickle=False)
    # The .cs file holds single precision.
    np.testing.assert_allclose(dataset.metadata.pixel_sizes, other["blob/psize_A"], rtol=1e-5)
    np.testing.assert_allclose(dataset.ctf.defocus_u, other["ctf/df1_A"], rtol=1e-6)
    np.testing.assert_allclose(dataset.ctf.defocus_v, other["ctf/df2_A"], rtol=1e-6)
    np.testing.assert_allclose(np.deg2rad(dataset.ctf.astigmatism_angle_deg), other["ctf/df_angle_rad"], rtol=1e-5)


def test_half_sets_and_scales_of_relion():
    dataset = load(shared_data("metadata/relion5.star"))
    assert np.bincount(dataset.half_sets).tolist() == [0, 11, 6]
    assert load(shared_data("golden/plain.star")).half_sets is None
    assert load(shared_data("metadata/cryojax_test_starfile.star")).ctf_scale.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("metadata/relion5.star", "rlnBeamTiltX, rlnBeamTiltY, rlnOddZernike, rlnEvenZernike, rlnMagMat00"),
        ("golden/even.star", "ignored: rlnEvenZernike"),
        ("particles/sta_testing_bin8.star", "negative rlnCtfBfactor"),
    ],
)
def test_optics_that_a_ctf_does_not_hold_warn(name, message):
    dataset = load(shared_data(name))
    with pytest.warns(UserWarning, match=message):
        _ = dataset.ctf


def test_plain_optics_do_not_warn():
    dataset = load(shared_data("golden/ctf.star"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _ = dataset.ctf


def test_a_detector_pixel_without_magnification_warns():
    path = shared_data("tomo/10076_classD_32_sim.star")
    with pytest.warns(UserWarning, match=r"13\.1 is taken as Å"):
        dataset = ParticleDataset.load(path)
    # Origins of the older dialect are in pixels.
    expected = -read_star(path)[""].column("rlnOriginX") * 13.1
    np.testing.assert_allclose(dataset.poses.offset_x, expected, **CLOSE)
    with pytest.raises(InputError, match="does not exist") as error:
        dataset.check_images()
    assert "10076_classD_32_sim.mrcs has that name" in str(error.value.hint)


@pytest.mark.parametrize("name", ["tomo/220728_TS_01.star", "detectors/mtf_k2_300kV.star"])
def test_tables_of_something_else_are_no_particles(name):
    with pytest.raises(InputError, match="lists no particles: no block has rlnImageName"):
        load(shared_data(name))


OPTICS = Table(
    {
        "rlnOpticsGroup": ["1", "3"],
        "rlnVoltage": ["300", "200"],
        "rlnSphericalAberration": ["2.7", "2.0"],
        "rlnAmplitudeContrast": ["0.1", "0.07"],
        "rlnImagePixelSize": ["1.5", "1.5"],
        "rlnImageSize": ["4", "4"],
    }
)
PARTICLES = Table(
    {
        "rlnImageName": ["1@a.mrcs", "2@b.mrcs", "2@a.mrcs", "1@b.mrcs"],
        "rlnOpticsGroup": ["3", "1", "1", "3"],
        "rlnAngleRot": ["10", "20", "30", "40"],
        "rlnAngleTilt": ["50", "60", "70", "80"],
        "rlnAnglePsi": ["-10", "-20", "-30", "-40"],
        "rlnDefocusU": ["10000", "11000", "12000", "13000"],
        "rlnDefocusV": ["9000", "9500", "10000", "10500"],
        "rlnDefocusAngle": ["5", "15", "25", "35"],
        "rlnRandomSubset": ["1", "2", "1", "2"],
        "labFreeText": ["x", "two words", "", "ü"],
    }
)


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate("ab"):
        stack = (10 * number + np.arange(1.0, 3.0))[:, None, None] * np.ones((2, 4, 4))
        write_mrc(tmp_path / f"{name}.mrcs", stack, pixel_size=1.5, image_stack=True)
    return tmp_path


def written(folder, particles=PARTICLES, optics=OPTICS):
    blocks = {"particles": particles} if optics is None else {"optics": optics, "particles": particles}
    write_star(folder / "a.star", blocks)
    return folder / "a.star"


def test_optics_groups_are_joined_and_several_stacks_read(folder):
    dataset = load(written(folder))
    ctf = dataset.ctf
    assert ctf.voltage_kv.tolist() == [200, 300, 300, 200]
    np.testing.assert_allclose(ctf.cs_mm, [2.0, 2.7, 2.7, 2.0], **CLOSE)
    assert ctf.defocus_u.tolist() == [10000, 11000, 12000, 13000]
    assert dataset.images()[:, 0, 0].tolist() == [1, 12, 2, 11]
    assert dataset.images([3, 0, 3])[:, 1, 1].tolist() == [11, 1, 11]
    assert dataset.images(slice(1, 3)).dtype == np.float32
    assert dataset.half_sets.tolist() == [1, 2, 1, 2]


def test_each_stack_is_opened_once(folder, monkeypatch):
    from vitreous.datasets import _stacks

    opened = []
    original = _stacks.open_images
    monkeypatch.setattr(_stacks, "open_images", lambda path: opened.append(path.name) or original(path))
    dataset = load(written(folder))
    assert opened == []
    for _ in range(3):
        dataset.images([0, 1])
        dataset[2:].images()
    assert sorted(opened) == ["a.mrcs", "b.mrcs"]


def test_premultiplied_images_warn_where_the_ctf_is_asked_for(folder):
    optics = OPTICS.with_columns({"rlnCtfDataAreCtfPremultiplied": ["0", "1"]})
    dataset = load(written(folder, optics=optics))
    assert dataset.metadata.ctf_premultiplied.tolist() == [True, False, False, True]  # groups 3, 1, 1, 3
    assert dataset[1:].metadata.ctf_premultiplied.tolist() == [False, False, True]
    with pytest.warns(UserWarning, match="multiplied by their CTF already"):
        _ = dataset.ctf
    assert not load(written(folder)).metadata.ctf_premultiplied.any()


def test_subsets(folder):
    dataset = load(written(folder))
    assert dataset[1].images()[:, 0, 0].tolist() == [12]
    assert dataset.image_files == (folder / "a.mrcs", folder / "b.mrcs")
    assert dataset[1].image_files == (folder / "b.mrcs",)
    assert dataset[-1].poses.phi.tolist() == [-40]
    assert dataset[[2, 0]].half_sets.tolist() == [1, 1]
    assert dataset[dataset.half_sets == 2].ctf.defocus_u.tolist() == [11000, 13000]
    assert dataset[np.array([3])][0].column("labFreeText").tolist() == ["ü"]
    assert [len(one) for one in dataset] == [1, 1, 1, 1]
    with pytest.raises(InputError, match="a selection of 0 of 4"):
        dataset[4:]
    with pytest.raises(IndexError):
        dataset[4]


def test_a_written_subset_keeps_every_column(folder):
    dataset = load(written(folder))[[3, 1]].with_columns({"rlnRandomSubset": np.array([2, 1])})
    dataset.write(folder / "b.star")
    again = load(folder / "b.star")
    assert again.table.names == PARTICLES.names
    assert again.column("labFreeText").tolist() == ["ü", "two words"]
    assert again.half_sets.tolist() == [2, 1]
    assert again.images()[:, 0, 0].tolist() == [11, 12]
    assert again.ctf.voltage_kv.tolist() == [200, 300]


def test_writing_where_images_are_lost_warns(folder, tmp_path_factory):
    dataset = load(written(folder))
    with pytest.warns(UserWarning, match="no longer lead to the images"):
        dataset.write(tmp_path_factory.mktemp("elsewhere") / "b.star")
    (folder / "job").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a folder below finds the images above
        dataset.write(folder / "job" / "b.star")
    load(folder / "job" / "b.star").check_images()


def test_missing_poses_of_some_particles(folder):
    particles = PARTICLES.with_columns({"rlnAngleRot": ["10", "-999.00000", "30", "40"]})
    dataset = load(written(folder, particles))
    assert not dataset.has_poses
    with pytest.raises(InputError, match="1 of 4 particles have no pose: an angle of −999"):
        _ = dataset.poses
    assert dataset[[0, 2]].poses.phi.tolist() == [-10, -30]


def test_missing_ctf_of_some_particles(folder):
    dataset = load(written(folder, PARTICLES.with_columns({"rlnDefocusU": ["1e4", "1e4", "-999", "1e4"]})))
    with pytest.raises(InputError, match="1 of 4 particles have no CTF: defocus_u of -999"):
        _ = dataset.ctf
    assert dataset[:2].has_ctf
    dataset = load(written(folder, PARTICLES.without(["rlnDefocusU"])))
    with pytest.raises(InputError, match="4 of 4 particles have no CTF: it has no column rlnDefocusU"):
        _ = dataset.ctf


def test_origins_default_to_zero_and_pixels_need_a_pixel_size(folder):
    assert load(written(folder)).poses.offset_x.tolist() == [0, 0, 0, 0]
    in_pixels = PARTICLES.with_columns({"rlnOriginX": ["1", "2", "3", "4"]})
    assert load(written(folder, in_pixels)).poses.offset_x.tolist() == [-1.5, -3.0, -4.5, -6.0]
    dataset = load(written(folder, in_pixels.without(["rlnOpticsGroup"]), None))
    with pytest.raises(InputError, match="the pixel size is unknown"):
        _ = dataset.poses
    with pytest.raises(InputError, match="has no pixel size") as error:
        _ = dataset.pixel_size
    assert "pixel_size=" in str(error.value.hint)
    given = load(folder / "a.star", pixel_size=2)
    assert given.poses.offset_x.tolist() == [-2, -4, -6, -8]
    assert given.pixel_size == 2.0
    assert given.shape == (4, 4)  # from the stack's header


def test_offsets_along_the_beam_are_minus_the_origin(folder):
    dataset = load(written(folder, PARTICLES.with_columns({"rlnOriginZAngst": ["1", "0", "-300", "4"]})))
    assert dataset.poses.offset_z.tolist() == [-1, 0, 300, -4]
    assert dataset[2].poses.offset_z.tolist() == [300]
    assert dataset.ctf.defocus_u.tolist() == [10000, 11000, 12000, 13000]  # the column, to which the offset adds
    in_pixels = PARTICLES.with_columns({"rlnOriginZ": ["1", "2", "3", "4"]})
    assert load(written(folder, in_pixels)).poses.offset_z.tolist() == [-1.5, -3.0, -4.5, -6.0]
    assert load(written(folder)).poses.offset_z.tolist() == [0, 0, 0, 0]


def test_different_pixel_sizes_are_not_mixed(folder):
    dataset = load(written(folder, optics=OPTICS.with_columns({"rlnImagePixelSize": ["1.5", "2.0"]})))
    with pytest.raises(InputError, match=r"different pixel sizes.*\[1.5, 2.0\]"):
        _ = dataset.pixel_size
    assert dataset[dataset.metadata.optics_groups == 3].pixel_size == 2.0


@pytest.mark.parametrize(
    ("particles", "optics", "message"),
    [
        ({"rlnAngleRot": ["1", "x", "3", "4"]}, {}, "column rlnAngleRot is not numeric: row 2"),
        ({"rlnDefocusU": ["1", "2", "3", "none"]}, {}, "column rlnDefocusU is not numeric: row 4"),
        ({"rlnRandomSubset": ["1", "2", "b", "1"]}, {}, "column rlnRandomSubset is not numeric: row 3"),
        ({"rlnOpticsGroup": ["1", "1", "2", "1"]}, {}, "row 3 is of optics group 2, which the optics table lacks"),
        ({}, {"rlnOpticsGroup": ["1", "1"]}, "each optics group needs one row"),
        ({}, {"rlnImagePixelSize": ["0", "1"]}, "pixel size of 0 Å"),
        ({}, {"rlnImageDimensionality": ["3", "3"]}, "subtomograms"),
        ({"rlnImageName": ["1@a.mrcs", "@a.mrcs", "1@a.mrcs", "1@a.mrcs"]}, {}, "row 2: '@a.mrcs'"),
    ],
)
def test_broken_tables_raise_at_load(folder, particles, optics, message):
    path = written(folder, PARTICLES.with_columns(particles), OPTICS.with_columns(optics))
    with pytest.raises(InputError, match=message) as error:
        load(path)
    assert str(path) in error.value.message


def test_no_particles_and_no_group_column(folder):
    with pytest.raises(InputError, match="lists no particles"):
        load(written(folder, PARTICLES.select([])))
    with pytest.raises(InputError, match="has no column rlnOpticsGroup"):
        load(written(folder, PARTICLES.without(["rlnOpticsGroup"])))
    with pytest.raises(InputError, match=r"a\.cs: cannot be read"):
        load(folder / "a.cs")


def test_half_sets_are_one_and_two(folder):
    dataset = load(written(folder, PARTICLES.with_columns({"rlnRandomSubset": ["1", "0", "1", "2"]})))
    with pytest.raises(InputError, match="particle 2 is 0"):
        _ = dataset.half_sets


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["1@a.mrcs", "1@c.mrcs", "1@d.mrcs", "1@a.mrcs"], r"c\.mrcs, which does not exist \(1 more missing\)"),
        (["1@a.mrcs", "3@a.mrcs", "1@a.mrcs", "1@a.mrcs"], "holds 2 images, and .* names number 3"),
        (["1@a.mrcs", "a.mrcs", "1@a.mrcs", "1@a.mrcs"], "without a number"),
        (["1@a.mrcs", "1@wide.mrcs", "1@a.mrcs", "1@a.mrcs"], "images of 4 × 6 pixels"),
        (["1@a.mrcs", "1@short.mrcs", "1@a.mrcs", "1@a.mrcs"], "truncated"),
        (["1@a.mrcs", "1@/etc/passwd", "1@a.mrcs", "1@a.mrcs"], "not followed"),
    ],
)
def test_images_that_are_not_there_are_found_before_any_work(folder, names, message):
    write_mrc(folder / "wide.mrcs", np.ones((2, 4, 6)), pixel_size=1.5, image_stack=True)
    (folder / "short.mrcs").write_bytes((folder / "a.mrcs").read_bytes()[:-1])
    dataset = load(written(folder, PARTICLES.with_columns({"rlnImageName": names})))
    with pytest.raises(InputError, match=message):
        dataset.check_images()
    with pytest.raises(InputError, match=message):
        dataset.images()


def test_nan_pixels_name_the_image(folder):
    path = folder / "b.mrcs"
    path.write_bytes(path.read_bytes()[:-64] + np.full(16, np.nan, np.float32).tobytes())
    dataset = load(written(folder))
    with pytest.raises(InputError, match=r"b\.mrcs: 16 values of section 2"):
        dataset.images()
    assert dataset.images([0, 2, 3]).shape == (3, 4, 4)


def test_a_dataset_without_images(folder):
    dataset = load(written(folder, PARTICLES.without(["rlnImageName"])))
    assert dataset.poses.phi.shape == (4,)
    with pytest.raises(InputError, match="names no images"):
        dataset.images()


def test_single_image_files(folder):
    write_mrc(folder / "one.mrc", np.full((4, 4), 7.0), pixel_size=1.5)
    dataset = load(written(folder, PARTICLES.with_columns({"rlnImageName": ["one.mrc"] * 4})))
    assert dataset.images([2])[0, 0, 0] == 7


def test_what_is_written_is_read_back(folder):
    rng = np.random.default_rng(0)
    n = 30
    angles = jnp.asarray(rng.uniform(-360, 360, (3, n)))
    offsets = jnp.asarray(rng.uniform(-9, 9, (2, n)))
    poses = jax.vmap(EulerAnglePose)(*angles, offset_x=offsets[0], offset_y=offsets[1])
    values = {
        "defocus_u": rng.uniform(5e3, 2e4, n),
        "defocus_v": rng.uniform(5e3, 2e4, n),
        "astigmatism_angle_deg": rng.uniform(-90, 90, n),
        "voltage_kv": np.where(np.arange(n) % 2, 300.0, 200.0),
        "phase_shift_deg": rng.uniform(0, 180, n),
        "b_factor": rng.uniform(0, 90, n),
    }
    ctf = jax.vmap(lambda fields: CTF(**fields))({name: jnp.asarray(array) for name, array in values.items()})
    write_particles_star(
        folder / "c.star",
        image_names=[f"{1 + i % 2}@a.mrcs" for i in range(n)],
        image_shape=(4, 4),
        pixel_size=1.5,
        poses=poses,
        ctf=ctf,
        half_sets=1 + np.arange(n) % 2,
        extra={"vitreousOffsetZ": np.arange(n)},
    )
    dataset = load(folder / "c.star")
    matrices = jax.vmap(lambda pose: pose.rotation_matrix)
    np.testing.assert_allclose(matrices(dataset.poses), matrices(poses), **CLOSE)
    np.testing.assert_allclose(dataset.poses.offset_x, offsets[0], atol=10 * ROUNDING)  # 12 or 6 decimals
    np.testing.assert_allclose(dataset.poses.offset_y, offsets[1], atol=10 * ROUNDING)  # 12 or 6 decimals
    for name in values:
        np.testing.assert_allclose(getattr(dataset.ctf, name), values[name], **CLOSE)
    tilt = dataset.column("rlnAngleTilt")
    assert tilt.min() >= 0 and tilt.max() <= 180
    assert len(dataset.table.optics) == 2
    assert dataset.column("vitreousOffsetZ").tolist() == list(range(n))
    assert dataset.images().shape == (n, 4, 4)


def test_single_precision_poses_and_rectangles(folder):
    poses = jax.vmap(EulerAnglePose)(*jnp.asarray([[10.1], [-20.2], [0.3]], jnp.float32))
    write_particles_star(
        folder / "c.star", image_names=["1@wide.mrcs"], image_shape=(4, 6), pixel_size=1.5, poses=poses
    )
    table = read_star(folder / "c.star")["particles"]
    assert [table[f"rlnAngle{name}"][0] for name in ("Rot", "Tilt", "Psi")] == ["-10.1", "20.200001", "-0.3"]
    write_mrc(folder / "wide.mrcs", np.ones((2, 4, 6)), pixel_size=1.5, image_stack=True)
    dataset = load(folder / "c.star")
    assert dataset.shape == (4, 6)
    assert dataset.images().shape == (1, 4, 6)


def test_writing_needs_particles_of_one_number(folder):
    with pytest.raises(InputError, match="no particles"):
        write_particles_star(folder / "c.star", image_names=[], image_shape=(4, 4), pixel_size=1.5)
    poses = jax.vmap(EulerAnglePose)(jnp.zeros(3), jnp.zeros(3), jnp.zeros(3))
    with pytest.raises(InputError, match="have one length"):
        write_particles_star(folder / "c.star", image_names=["1@a"], image_shape=(4, 4), pixel_size=1.5, poses=poses)
    assert not (folder / "c.star").exists()
