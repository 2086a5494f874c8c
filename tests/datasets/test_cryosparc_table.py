"""cryoSPARC's files as datasets: the real ones, passthrough files, groups, and what jobs write besides refinements."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import CryosparcTable, GroupBy, ParticleDataset, component_latents, describe_file
from vitreous.io import read_cs, write_cs
from vitreous.optics import Contrast

JOB = "metadata/cryosparc_P12_J24_001_particles.cs"
PAIR = "particles/empiar_10076_7"


def table(n=4, **columns):
    """Rows of a refinement, as few columns as mean something."""
    rng = np.random.default_rng(1)
    columns = {
        "uid": np.arange(1, n + 1, dtype="u8") * 1000,
        "blob/path": np.array([f">J1/stack_{k % 2}.mrc" for k in range(n)], "S"),
        "blob/idx": np.arange(n, dtype="u4"),
        "blob/shape": np.full((n, 2), 32, "u4"),
        "blob/psize_A": np.full(n, 1.3, "f4"),
        "blob/sign": np.full(n, -1, "f4"),
        "ctf/exp_group_id": np.full(n, 7, "u4"),
        "ctf/accel_kv": np.full(n, 300, "f4"),
        "ctf/cs_mm": np.full(n, 2.7, "f4"),
        "ctf/amp_contrast": np.full(n, 0.1, "f4"),
        "ctf/df1_A": rng.uniform(9e3, 1e4, n).astype("f4"),
        "ctf/df2_A": rng.uniform(8e3, 9e3, n).astype("f4"),
        "ctf/df_angle_rad": rng.uniform(-1, 1, n).astype("f4"),
        "alignments3D/pose": rng.normal(size=(n, 3)).astype("f4"),
        "alignments3D/shift": rng.normal(size=(n, 2)).astype("f4"),
        "alignments3D/psize_A": np.full(n, 2.6, "f4"),
        "alignments3D/split": (np.arange(n) % 2).astype("u4"),
        **columns,
    }
    columns = {name: values for name, values in columns.items() if values is not None}
    rows = np.zeros(n, [(name, values.dtype, values.shape[1:]) for name, values in columns.items()])
    for name, values in columns.items():
        rows[name] = values
    return rows


NO_POSES = {f"alignments3D/{name}": None for name in ("pose", "shift", "psize_A", "split")}


@pytest.fixture
def load(tmp_path):
    def call(rows, **options):
        write_cs(tmp_path / "J5_007_particles.cs", rows)
        return ParticleDataset.load(tmp_path / "J5_007_particles.cs", **options)

    return call


# --- the real files -------------------------------------------------------------------------------------------------


def test_the_real_pair_has_the_same_ctf_and_pixel_size():
    cs, star = (ParticleDataset.load(shared_data(f"{PAIR}.{ending}")).metadata for ending in ("cs", "star"))
    for name, values in star.ctf_parameters.items():
        # Single precision: 1e-7 of 15 000 Å, and of 5 degrees.
        np.testing.assert_allclose(cs.ctf_parameters[name], values, rtol=1e-7)
    np.testing.assert_allclose(cs.pixel_sizes, star.pixel_sizes, rtol=1e-7)
    np.testing.assert_array_equal(cs.index_in_stack, star.index_in_stack)
    assert cs.stacks == star.stacks


def test_sign_minus_one_is_dark_protein():
    dataset = ParticleDataset.load(shared_data(f"{PAIR}.cs"))
    assert dataset.contrast is Contrast.DARK
    images = dataset.images()
    y, x = np.indices(images.shape[1:]) - 160
    r = np.hypot(x, y)
    # Ribosomes of 250 Å, so within 95 pixels; each of the seven is darker there than at the rim.
    assert (images[:, r < 70].mean(axis=1) < images[:, r > 130].mean(axis=1)).all()


def test_the_real_job_has_relions_matrix():
    rows = read_cs(shared_data(JOB))
    dataset = ParticleDataset.load(shared_data(JOB))
    rot, tilt, psi = -dataset.metadata.euler_angles_deg.T
    euler = Rotation.from_euler("ZYZ", np.stack([rot, tilt, psi], axis=-1), degrees=True)
    rodrigues = Rotation.from_rotvec(rows["alignments3D/pose"].astype(float))
    # Both are the inverse of what an object is turned by; rounding of double precision.
    np.testing.assert_allclose(euler.as_matrix(), rodrigues.as_matrix(), atol=1e-12)
    origin = rows["alignments3D/shift"].astype(float) * rows["alignments3D/psize_A"][:, None]
    np.testing.assert_allclose(-dataset.metadata.offsets[:, :2], origin, rtol=1e-7)  # 2.95 in single precision
    assert dataset.shape == (180, 180)
    assert set(dataset.half_sets) == {1, 2}
    assert len(dataset["alignments3D/error_min < 1300"]) == int((rows["alignments3D/error_min"] < 1300).sum())


# --- columns --------------------------------------------------------------------------------------------------------


def test_columns_as_numbers_text_and_elements(load):
    rows = table()
    dataset = load(rows)
    assert dataset.names == rows.dtype.names
    assert dataset.column("blob/path").tolist() == [">J1/stack_0.mrc", ">J1/stack_1.mrc"] * 2
    np.testing.assert_array_equal(dataset.column("alignments3D/shift[1]"), rows["alignments3D/shift"][:, 1])
    for name, message in [
        ("blob/none", "has no column blob/none"),
        ("alignments3D/pose", "has 3 numbers for each particle"),
        ("alignments3D/pose[3]", "is no single one"),
        ("uid[0]", "is no single one"),
    ]:
        with pytest.raises(InputError, match=message):
            dataset.column(name)


def test_what_the_columns_mean(load):
    columns = {
        "location/micrograph_path": np.array([">J2/a.mrc", ">J2/b.mrc"] * 2, "S"),
        "location/micrograph_shape": np.full((4, 2), (2000, 3000), "u4"),
        "location/center_x_frac": np.full(4, 0.5, "f4"),
        "location/center_y_frac": np.full(4, 0.25, "f4"),
        "alignments3D/class": np.array([0, 1, 0, 1], "u4"),
        "ctf/phase_shift_rad": np.full(4, np.pi / 2, "f4"),
        "ctf/scale": np.full(4, 0.5, "f4"),
        "ctf/bfactor": np.full(4, 20, "f4"),
    }
    dataset = load(table(**columns))
    metadata = dataset.metadata
    assert metadata.micrographs == ("J2/a.mrc", "J2/b.mrc") and metadata.stacks == ("J1/stack_0.mrc", "J1/stack_1.mrc")
    np.testing.assert_allclose(metadata.coordinates, [[1500, 500]] * 4)  # x of 3000 columns, y of 2000 rows
    assert metadata.class_numbers.tolist() == [1, 2, 1, 2]
    assert metadata.optics_groups.tolist() == [7] * 4
    np.testing.assert_allclose(metadata.ctf_parameters["phase_shift_deg"], 90, rtol=1e-6)
    assert (metadata.ctf_scales == 0.5).all() and (metadata.ctf_parameters["b_factor"] == 20).all()
    assert dataset.pixel_size == 1.3  # the decimals that were meant, not those of single precision
    np.testing.assert_allclose(metadata.offsets[:, :2], -2.6 * table()["alignments3D/shift"], rtol=1e-6)
    assert list(dataset.groups(GroupBy.CLASS)) == [1, 2]


def test_subsets_half_sets_and_columns_are_written_and_read(load, tmp_path):
    dataset = load(table(n=6))[1:5]
    halves = dataset.table.with_half_sets(np.array([2, 2, 1, 1]))
    assert halves.column("alignments3D/split").tolist() == [1, 1, 0, 0]
    moved = dataset.table.with_images(["long/path/to/new.mrc"] * 4, np.array([3, 2, 1, -1]))
    moved.write(tmp_path / "new.cs")
    again = ParticleDataset.load(tmp_path / "new.cs")
    assert again.metadata.stacks == ("long/path/to/new.mrc",)
    assert again.metadata.index_in_stack.tolist() == [3, 2, 1, 0]
    assert again.metadata.uids.tolist() == [2000, 3000, 4000, 5000]
    with pytest.raises(InputError, match="given 2 values for 4 particles"):
        dataset.with_columns({"blob/idx": [1, 2]})
    with pytest.raises(InputError, match=r"holds numbers of type uint32, and is given others, such as -1"):
        dataset.with_columns({"blob/idx": [1, 2, -1, 0]})


def test_written_as_a_group_and_read_through_it(load, tmp_path):
    load(table()).table.write(tmp_path / "out.csg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["J5_007_particles.cs", "out.cs", "out.csg"]
    again = ParticleDataset.load(tmp_path / "out.csg")
    assert again.table.rows.tobytes() == table().tobytes()


# --- other alignments -----------------------------------------------------------------------------------------------


def test_ab_initio_classes_give_the_most_probable_pose(load):
    rng = np.random.default_rng(2)
    groups = {}
    for k, posterior in enumerate(([0.1, 0.9, 0.2, 0.3], [0.6, 0.05, 0.7, 0.3], [0.3, 0.05, 0.1, 0.4])):
        groups |= {
            f"alignments_class_{k}/pose": rng.normal(size=(4, 3)).astype("f4"),
            f"alignments_class_{k}/shift": rng.normal(size=(4, 2)).astype("f4"),
            f"alignments_class_{k}/psize_A": np.full(4, 2.0, "f4"),
            f"alignments_class_{k}/class_posterior": np.array(posterior, "f4"),
        }
    metadata = load(table(**NO_POSES, **groups)).metadata
    assert metadata.class_numbers.tolist() == [2, 1, 2, 3]
    for row, k in enumerate((1, 0, 1, 2)):
        euler = Rotation.from_euler("ZYZ", metadata.euler_angles_deg[row, ::-1], degrees=True)
        rodrigues = Rotation.from_rotvec(groups[f"alignments_class_{k}/pose"][row].astype(float))
        np.testing.assert_allclose(euler.as_matrix(), rodrigues.as_matrix().T, atol=1e-12)
        np.testing.assert_allclose(
            metadata.offsets[row, :2], -2 * groups[f"alignments_class_{k}/shift"][row], rtol=1e-6
        )


def test_heterogeneous_refinement_gives_the_most_probable_pose(load):
    rng = np.random.default_rng(2)
    poses, shifts = rng.normal(size=(4, 3, 3)).astype("f4"), rng.normal(size=(4, 3, 2)).astype("f4")
    columns = {
        "alignments3D_multi/pose": poses,
        "alignments3D_multi/shift": shifts,
        "alignments3D_multi/class_posterior": np.eye(3, dtype="f4")[[2, 0, 1, 2]],
    }
    metadata = load(table(**NO_POSES, **columns)).metadata
    assert metadata.class_numbers.tolist() == [3, 1, 2, 3]
    # Without a psize_A of their own, shifts are in pixels of the image.
    np.testing.assert_allclose(metadata.offsets[:, :2], -1.3 * shifts[range(4), [2, 0, 1, 2]], rtol=1e-6)
    del columns["alignments3D_multi/shift"]
    assert load(table(**NO_POSES, **columns)).metadata.euler_angles_deg is None


def test_2d_classes_are_rotations_in_the_plane(load):
    angles = np.array([0.1, -2.0, 3.0, 0.0], "f4")
    columns = {
        "alignments2D/pose": angles,
        "alignments2D/shift": np.ones((4, 2), "f4"),
        "alignments2D/class": np.arange(4, dtype="u4"),
    }
    with pytest.warns(UserWarning, match="poses are those of 2D classes"):
        metadata = load(table(**NO_POSES, **columns)).metadata
    # RELION's 2D classes have rot and tilt of 0 and this psi, minus our ψ.
    np.testing.assert_allclose(metadata.euler_angles_deg, np.outer(np.rad2deg(angles), [0, 0, -1]), atol=1e-5)
    assert metadata.class_numbers.tolist() == [1, 2, 3, 4]


def test_3d_variability_keeps_its_components(load):
    columns = {f"components_mode_{k}/value": np.arange(4, dtype="f4") + k for k in range(2)}
    dataset = load(table(**columns))[1:]
    assert isinstance(dataset.table, CryosparcTable)
    latents, modes = component_latents(dataset.table.rows)
    assert modes == (0, 1) and latents[:, 0].tolist() == [1, 2, 3]
    assert len(dataset["components_mode_1/value > 2"]) == 2


# --- passthrough files and groups -----------------------------------------------------------------------------------


def passthrough(uids):
    return table(
        n=len(uids),
        uid=np.array(uids, "u8"),
        **{
            "location/micrograph_path": np.array([f"mic_{uid}.mrc" for uid in uids], "S"),
            "ctf/df1_A": np.zeros(len(uids), "f4"),
        },
    )


@pytest.mark.parametrize(
    ("name", "other", "found"),
    [
        ("J5_007_particles.cs", "J5_passthrough_particles.cs", True),
        ("cryosparc_P3_J5_007_particles.cs", "P3_J5_passthrough_particles.cs", True),
        ("cryosparc_P3_J5_particles.cs", "cryosparc_P3_J5_passthrough_particles.cs", True),
        ("particles_selected.cs", "J12_passthrough_particles_selected.cs", True),
        ("J5_007_particles.cs", "J6_passthrough_particles.cs", False),
        ("J5_particles_selected.cs", "J5_passthrough_particles_excluded.cs", False),
        ("particles.cs", "J5_passthrough_particles.cs", False),
        ("mine.cs", "J5_passthrough_particles.cs", False),
    ],
)
def test_the_passthrough_file_beside_is_joined_by_uid(tmp_path, name, other, found):
    write_cs(tmp_path / name, table())
    write_cs(tmp_path / other, passthrough([4000, 5000, 1000, 3000, 2000]))
    dataset = ParticleDataset.load(tmp_path / name)
    assert ("location/micrograph_path" in dataset.names) == found
    if found:
        assert dataset.column("location/micrograph_path").tolist() == [f"mic_{k}000.mrc" for k in (1, 2, 3, 4)]
    assert (dataset.column("ctf/df1_A") > 0).all()  # a column of both is that of the particles
    assert "location/micrograph_path" not in ParticleDataset.load(tmp_path / name, passthrough=[]).names


def test_passthrough_files_that_do_not_fit(tmp_path):
    path, other = tmp_path / "J5_particles.cs", tmp_path / "other.cs"
    write_cs(path, table())
    for rows, message in [
        (passthrough([1000, 9000, 3000]), "lacks 2 of the 4 particles"),
        (passthrough([1000, 2000, 3000, 4000, 4000]), "has 1 particles .uid. twice"),
        (passthrough([]), "lacks 4 of the 4 particles"),
        (table(uid=None), "has no column uid"),
    ]:
        write_cs(other, rows)
        with pytest.raises(InputError, match=message):
            ParticleDataset.load(path, passthrough=[other])
    for name in ("J5_passthrough_particles.cs", "P1_J5_passthrough_particles.cs"):
        write_cs(tmp_path / name, passthrough([1000, 2000, 3000, 4000]))
    with pytest.raises(InputError, match="2 passthrough files lie beside it"):
        ParticleDataset.load(path)


def test_a_group_takes_each_result_from_its_file(tmp_path):
    write_cs(tmp_path / "J5_particles.cs", table())
    write_cs(tmp_path / "J5_passthrough_particles.cs", passthrough([4000, 3000, 2000, 1000]))
    csg = tmp_path / "J5_particles.csg"
    lines = ["group:", "  name: particles", "  type: particle", "results:"]
    for result, file in {"location": "J5_passthrough_", "ctf": "J5_passthrough_", "blob": "J5_"}.items():
        lines += [f"  {result}:", f"    metafile: '>{file}particles.cs'"]
    csg.write_text("\n".join(lines))
    dataset = ParticleDataset.load(csg)
    assert dataset.metadata.uids.tolist() == [1000, 2000, 3000, 4000]
    assert (dataset.column("ctf/df1_A") == 0).all()  # of the file that the group names for it
    assert "alignments3D/pose" not in dataset.names
    csg.write_text(csg.read_text().replace("type: particle", "type: exposure"))
    with pytest.raises(InputError, match="is a group of exposures"):
        ParticleDataset.load(csg)


# --- joins ----------------------------------------------------------------------------------------------------------


def test_joined_tables(load):
    one = load(table())
    two = load(table(uid=np.array([1, 2, 3, 4], "u8"), **{"blob/path": np.array(["a/longer/path.mrc"] * 4, "S")}))
    joined = one.join(two)
    assert len(joined) == 8 and joined.column("blob/path")[-1] == "a/longer/path.mrc"
    assert set(joined.metadata.optics_groups.tolist()) == {7}  # the same microscope: one group
    other = load(table(uid=np.array([5, 6, 7, 8], "u8"), **{"ctf/accel_kv": np.full(4, 200, "f4")}))
    with pytest.warns(UserWarning, match="exposure group 7 became 8"):
        assert one.join(other).metadata.optics_groups.tolist() == [7] * 4 + [8] * 4
    with pytest.raises(InputError, match=r"4 particles .uid. are in more than one"):
        one.join(one)
    fewer = load(table(uid=np.array([5, 6, 7, 8], "u8"), **{"alignments3D/split": None}))
    with pytest.warns(UserWarning, match="joined without the columns alignments3D/split"):
        assert one.join(fewer).half_sets is None


# --- wrong input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"blob/psize_A": np.array([1, 0, 1, 1], "f4")}, "row 2 has a pixel size of 0"),
        ({"blob/path": np.zeros(4, "f4")}, "column blob/path is of type float32"),
        ({"blob/idx": np.zeros((4, 2), "u4")}, "needs one whole number"),
        ({"blob/idx": np.full(4, 2**63, "u8")}, "needs one whole number"),
        ({"alignments3D/pose": np.zeros((4, 2), "f4")}, "needs 3 numbers"),
        ({"alignments3D/shift": None}, "has no column alignments3D/shift"),
        ({"ctf/df1_A": np.zeros(4, "S3")}, "needs numbers"),
        ({"ctf/tilt_A": np.zeros(4, "f4")}, "needs 2 numbers"),
        ({"uid": np.zeros(4, "S3")}, "column uid is of type"),
    ],
)
def test_columns_that_are_something_else(load, columns, message):
    with pytest.raises(InputError, match=message):
        load(table(**columns))


def test_no_rows_no_ctf_and_both_contrasts(load):
    with pytest.raises(InputError, match="lists no particles"):
        load(table()[:0])
    with pytest.raises(InputError, match="it has no column ctf/cs_mm"):
        _ = load(table(**{"ctf/cs_mm": None})).ctf
    with pytest.raises(InputError, match="1 of 4 particles have no CTF: amplitude_contrast of 2 is none"):
        _ = load(table(**{"ctf/amp_contrast": np.array([0.1, 2, 0.1, 0.1], "f4")})).ctf
    with pytest.warns(UserWarning, match="dark. for 2 of 4 images"):
        assert load(table(**{"blob/sign": np.array([-1, 1, 1, -1], "f4")})).metadata.contrast is None
    with pytest.raises(InputError, match="1 of 4 particles have no pose"):
        poses = np.zeros((4, 3), "f4")
        poses[2] = np.nan
        _ = load(table(**{"alignments3D/pose": poses})).poses


# --- vitreous info ----------------------------------------------------------------------------------------------------


def test_what_info_says(load, tmp_path):
    with pytest.warns(UserWarning, match="contrast is taken as unknown"):
        dataset = load(table(**{"blob/sign": np.array([-1, 1, 1, -1], "f4"), "blob/path": np.array([b"x" * 300] * 4)}))
    for name in ("J5_passthrough_particles.cs", "P1_J5_passthrough_particles.cs"):
        write_cs(tmp_path / name, passthrough([1000]))
        description = describe_file(dataset.source)
    facts = dict(description.facts)
    assert facts["contrast"] == "protein dark, protein bright" and facts["poses"] == "of a refinement"
    assert [warning.split(":")[0] for warning in description.warnings] == [
        "protein is dark in some of the images and bright in others (blob/sign)",
        "1 of 1 image stacks are missing",
        "2 passthrough files lie beside it",
    ]
    (tmp_path / "P1_J5_passthrough_particles.cs").unlink()
    assert dict(describe_file(dataset.source).facts)["passthrough"] == "J5_passthrough_particles.cs"


def test_columns_without_numbers_do_not_stop_info(load, tmp_path):
    write_cs(tmp_path / "a.cs", table(**{"blob/psize_A": np.zeros((4, 0), "f4"), "blob/sign": np.zeros((4, 0), "f4")}))
    assert "pixel size" not in dict(describe_file(tmp_path / "a.cs").facts)


def test_what_info_says_of_a_group(load, tmp_path):
    load(table()).table.write(tmp_path / "out.csg")
    description = describe_file(tmp_path / "out.csg")
    assert description.kind == "group of particles (cryoSPARC)" and description.warnings == ()
    assert dict(description.facts)["results"] == "blob, ctf, alignments3D"
    (tmp_path / "out.cs").unlink()
    assert describe_file(tmp_path / "out.csg").warnings == ("its file out.cs is missing",)
