"""Metadata as cryoSPARC's rows: what comes back, what moves, what has no place, and what cryosparc-tools reads."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from cryosparc.dataset import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.datasets.particle_samples import write_aberrated, write_sample
from vitreous._core import InputError
from vitreous.datasets import (
    ConversionOptions,
    ConversionWarning,
    ParticleDataset,
    compare_particle_files,
    convert_particles,
    cryosparc_table,
)
from vitreous.optics import Contrast


def there(source, target):
    """The converted particles, read again."""
    convert_particles(source, target, ConversionOptions(overwrite=True))
    return ParticleDataset.load(target)


def test_star_to_cryosparc_and_back(tmp_path):
    star = ParticleDataset.load(write_aberrated(tmp_path / "a.star"))
    back = there(tmp_path / "a.star", tmp_path / "a.cs")
    cs = back.metadata
    assert cs.stacks == ("stack_0.mrcs", "stack_1.mrcs")
    np.testing.assert_array_equal(cs.index_in_stack, star.metadata.index_in_stack)  # counted from 0 in both
    np.testing.assert_array_equal(back.column("blob/idx"), np.arange(16) // 2)  # and in the file, where RELION has 1
    for name in ("optics_groups", "half_sets", "class_numbers", "box_sizes", "pixel_sizes"):
        np.testing.assert_array_equal(getattr(cs, name), getattr(star.metadata, name))
    for name, values in star.metadata.ctf_parameters.items():
        np.testing.assert_allclose(cs.ctf_parameters[name], values, rtol=2e-7)  # single precision
    np.testing.assert_allclose(cs.offsets, star.metadata.offsets, rtol=3e-7)
    np.testing.assert_allclose(cs.ctf_scales, star.metadata.ctf_scales, rtol=1e-7)
    np.testing.assert_allclose(cs.magnification, star.metadata.magnification, atol=1e-9)
    # The beam tilt is in the odd coefficients now, which those of the sample are otherwise.
    np.testing.assert_allclose(cs.even_zernike, star.metadata.even_zernike, atol=1e-6)
    assert np.abs(cs.odd_zernike - star.metadata.odd_zernike).max() > 0.01
    assert compare_particle_files(star, back).agrees
    assert compare_particle_files(star, there(tmp_path / "a.cs", tmp_path / "b.star")).agrees


def test_cryosparc_tools_read_it(tmp_path):
    write_aberrated(tmp_path / "a.star")
    rows = there(tmp_path / "a.star", tmp_path / "a.cs").table.rows
    dataset = Dataset.load(tmp_path / "a.cs")
    assert sorted(dataset.prefixes()) == sorted(["blob", "ctf", "location", "alignments3D"])
    assert dataset["blob/path"].tolist() == ["stack_0.mrcs", "stack_1.mrcs"] * 8
    np.testing.assert_array_equal(dataset["uid"], rows["uid"])
    np.testing.assert_array_equal(dataset["alignments3D/pose"], rows["alignments3D/pose"])


def test_uids_are_kept_made_and_unique(tmp_path):
    uids = np.arange(16, dtype=np.uint64) + np.uint64(2**63)
    write_sample(tmp_path / "kept.star", particles={"cryosparcUid": [str(uid) for uid in uids]})
    assert there(tmp_path / "kept.star", tmp_path / "kept.cs").metadata.uids.tolist() == uids.tolist()
    write_sample(tmp_path / "made.star")
    made = there(tmp_path / "made.star", tmp_path / "made.cs").metadata.uids
    assert len(set(made.tolist())) == 16
    # Of the image, not of the row: a subset has the same.
    ParticleDataset.load(tmp_path / "made.star")[5:].write(tmp_path / "part.star")
    assert there(tmp_path / "part.star", tmp_path / "part.cs").metadata.uids.tolist() == made[5:].tolist()
    write_sample(tmp_path / "twice.star", particles={"rlnImageName": ["1@a.mrcs"] * 16})
    assert len(set(there(tmp_path / "twice.star", tmp_path / "twice.cs").metadata.uids.tolist())) == 16
    write_sample(tmp_path / "wrong.star", particles={"cryosparcUid": ["7"] * 16})
    with pytest.raises(InputError, match="15 particles would have the uid of another"):
        there(tmp_path / "wrong.star", tmp_path / "wrong.cs")


coefficient = st.floats(-2, 2, width=16)


@pytest.fixture(scope="module")
def star(tmp_path_factory):
    return ParticleDataset.load(write_sample(tmp_path_factory.mktemp("sample") / "a.star"))


@settings(max_examples=10)
@given(even=st.lists(coefficient, max_size=9), odd=st.lists(coefficient, max_size=6))
def test_every_coefficient_up_to_fourth_order_has_a_place(star, even, odd):
    """Any of them: the images are the same, though defoci, Cs, phase shifts and shifts are not."""
    metadata = replace(
        star.metadata,
        even_zernike=np.tile(np.pad(even, (0, 9 - len(even))), (16, 1)),
        odd_zernike=np.tile(np.pad(odd, (0, 6 - len(odd))), (16, 1)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", ConversionWarning)
        table = cryosparc_table(metadata, source=star.source)
    agreement = compare_particle_files(replace(star, metadata=metadata), replace(star, metadata=table.metadata(None)))
    # Single precision of the columns: 1e-7 of phases of a hundred radians.
    assert agreement.worst < 1e-4, agreement.describe()


def test_coefficients_of_higher_order_are_named(star):
    even = np.zeros((16, 12))
    even[:, 11] = 0.25
    with pytest.warns(
        ConversionWarning, match=r"no column for even Zernike .*: number 11 \(0.25 rad\), which are left out"
    ):
        cryosparc_table(replace(star.metadata, even_zernike=even), source=star.source)


def test_linear_terms_are_shifts_under_an_anisotropic_magnification_too(star):
    matrix = np.tile([[1.02, 0.01], [-0.005, 0.97]], (16, 1, 1))
    metadata = replace(star.metadata, odd_zernike=np.tile([2.0, -1.0], (16, 1)), magnification=matrix)
    with pytest.warns(UserWarning, match="first order, which are shifts"):
        table = cryosparc_table(metadata, source=star.source)
    agreement = compare_particle_files(replace(star, metadata=metadata), replace(star, metadata=table.metadata(None)))
    assert agreement.worst < 1e-4, agreement.describe()
    assert np.abs(table.metadata(None).offsets - metadata.offsets).max() > 0.1


def test_linear_terms_without_poses_have_no_place(star):
    metadata = replace(star.metadata, odd_zernike=np.tile([2.0, -1.0], (16, 1)), euler_angles_deg=None, offsets=None)
    with pytest.warns(ConversionWarning, match="first order, which are shifts, of particles without poses"):
        cryosparc_table(metadata, source=star.source)


def test_offsets_along_the_beam_go_into_the_defocus(star):
    offsets = star.metadata.offsets + np.array([0, 0, 150.0])
    with pytest.warns(UserWarning, match="offsets along the beam went into the defoci"):
        table = cryosparc_table(replace(star.metadata, offsets=offsets), source=star.source)
    found = table.metadata(None).ctf_parameters
    for name in ("defocus_u", "defocus_v"):
        np.testing.assert_allclose(found[name], star.metadata.ctf_parameters[name] + 150, rtol=1e-7)


@given(
    vectors=st.lists(st.tuples(*[st.floats(-180, 180, width=32)] * 3), min_size=16, max_size=16),
    contrast=st.sampled_from([None, *Contrast]),
    half=st.booleans(),
)
def test_any_poses_come_back(star, vectors, contrast, half):
    metadata = replace(
        star.metadata,
        euler_angles_deg=np.array(vectors, float),
        contrast=contrast,
        half_sets=star.metadata.half_sets if half else None,
    )
    table = cryosparc_table(metadata, source=star.source)
    again = table.metadata(None)
    assert again.contrast is (contrast or Contrast.BRIGHT)
    assert (again.half_sets is None) == (not half)
    first, second = (rotations(m.euler_angles_deg) for m in (metadata, again))
    # A rotation vector in single precision: 2e-7 of up to π, in three components.
    np.testing.assert_allclose(second, first, atol=2e-6)


def rotations(angles):
    return Rotation.from_euler("ZYZ", angles[:, ::-1], degrees=True).as_matrix()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ctf_premultiplied": np.ones(16, bool)}, "cannot say that images were multiplied by their CTF"),
        ({}, "coordinates are left out"),
        ({"euler_angles_deg": np.full((16, 3), np.nan)}, "16 of 16 particles have no pose"),
        ({"box_sizes": np.zeros(16, int)}, "size of the images is unknown"),
        ({"ctf_parameters": None, "offsets": np.ones((16, 3))}, "beam are left out: there is no CTF"),
    ],
)
def test_what_has_no_place_is_said(star, changes, message):
    with pytest.warns(UserWarning, match=message):
        table = cryosparc_table(replace(star.metadata, **changes), source=star.source)
    assert len(table.metadata(None)) == 16


def test_coordinates_need_the_shapes_of_micrographs(star):
    shapes = np.full((16, 2), (2000, 3000))
    table = cryosparc_table(replace(star.metadata, micrograph_shapes=shapes), source=star.source)
    again = table.metadata(None)
    np.testing.assert_allclose(again.coordinates, star.metadata.coordinates, rtol=1e-6)
    assert again.micrographs == star.metadata.micrographs
    np.testing.assert_array_equal(again.micrograph_of, star.metadata.micrograph_of)


def test_group_numbers_that_do_not_fit(star):
    for number in (-1, 2**32):
        with pytest.raises(InputError, match=f"an optics group has the number {number}"):
            cryosparc_table(replace(star.metadata, optics_groups=np.full(16, number)), source=star.source)
