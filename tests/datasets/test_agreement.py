"""Files compared by model images: those that mean the same, and each known mistake by its name."""

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.data import shared_data
from tests.datasets.particle_samples import MAGNIFICATION, changed, write_sample
from vitreous._core import InputError
from vitreous.datasets import CryosparcTable, ParticleDataset, compare_particle_files, cryosparc_table
from vitreous.optics import Contrast

PIXEL = 1.5
FEW = 6  # images are enough to see a mistake in


@pytest.fixture(scope="module")
def star(tmp_path_factory):
    return ParticleDataset.load(write_sample(tmp_path_factory.mktemp("sample") / "a.star"))


def test_a_file_agrees_with_itself(star):
    agreement = compare_particle_files(star.source, star.source)
    assert agreement.agrees and agreement.worst == 0 and agreement.causes == agreement.unknown == ()
    assert agreement.counts == (16, 16, 16) and agreement.matched_by == "image"
    assert agreement.describe()[-1] == "the files agree"


def test_the_real_pair_agrees():
    agreement = compare_particle_files(*(shared_data(f"particles/empiar_10076_7.{kind}") for kind in ("star", "cs")))
    assert agreement.agrees and agreement.counts == (7, 7, 7)
    assert agreement.unknown == ("poses", "contrast, which only one of the files tells")
    assert agreement.worst < 1e-5  # df_angle_rad and psize_A are in single precision


@pytest.mark.parametrize(
    ("columns", "cause"),
    [
        ({"rlnDefocusAngle": np.negative}, "astigmatism angle: its sign"),
        ({"rlnDefocusAngle": lambda a: 90 - a}, r"astigmatism angle: measured from another axis"),
        ({"rlnDefocusAngle": np.deg2rad}, "astigmatism angle: radians are written as degrees"),
        ({"rlnAngleTilt": np.negative}, "hand: the poses are those of the mirror image"),
        ({"rlnOriginXAngst": np.negative, "rlnOriginYAngst": np.negative}, "shift sign: shifts point the other way"),
        ({"rlnOriginYAngst": np.negative}, "y flipped: in the shifts alone"),
        ({"rlnOriginXAngst": np.negative}, "x flipped: in the shifts alone"),
        ({"rlnOriginXAngst": lambda x: x / PIXEL, "rlnOriginYAngst": lambda y: y / PIXEL}, "pixels are written as Å"),
        ({"rlnOriginXAngst": lambda x: x * PIXEL, "rlnOriginYAngst": lambda y: y * PIXEL}, "Å are written as pixels"),
        (
            {"rlnOriginXAngst": lambda x: x + PIXEL / 2, "rlnOriginYAngst": lambda y: y + PIXEL / 2},
            r"shift: half a pixel \(-0.5, -0.5\) for all particles",
        ),
        ({"rlnOriginXAngst": lambda x: x - PIXEL}, r"shift: one pixel \(\+1, \+0\) for all particles"),
        ({"rlnOriginXAngst": lambda x: x + 0.3}, r"shift: \(-0.2, \+0\) pixels for all particles"),
        ({"rlnOriginXAngst": np.sort}, "not the same for all particles"),
        (
            {
                "rlnAngleRot": np.negative,
                "rlnAnglePsi": np.negative,
                "rlnOriginYAngst": np.negative,
                "rlnDefocusAngle": np.negative,
            },
            "y flipped: in the poses, shifts and the astigmatism",
        ),
        (
            {"rlnAngleRot": lambda a: 180 - a, "rlnAnglePsi": lambda a: 180 - a, "rlnOriginXAngst": np.negative},
            "x flipped: in the poses and shifts",
        ),
        ({"rlnAnglePsi": lambda a: a + 2}, r"pose: turned by 2° \(median\)"),
        ({"rlnDefocusU": lambda u: u + 100}, "defocus: "),
        ({"rlnDefocusU": np.negative, "rlnDefocusV": np.negative}, "defocus: its sign"),
        ({"rlnPhaseShift": lambda a: a + 5}, "phase shift: "),
        ({"rlnCtfScalefactor": lambda s: 1.1 * s}, "CTF's scale: "),
        ({"rlnCtfBfactor": lambda b: b + 10}, "CTF's B-factor: "),
    ],
)
def test_mistakes_are_named(star, columns, cause):
    agreement = compare_particle_files(star, changed(star, **columns), count=FEW)
    assert not agreement.agrees and agreement.worst > 1e-3
    assert len(agreement.causes) == 1, agreement.causes
    assert re.search(cause, agreement.causes[0]), agreement.causes


def test_inverse_rotations_and_exchanged_defoci_are_named(star):
    rot, tilt, psi = (star.column(f"rlnAngle{name}") for name in ("Rot", "Tilt", "Psi"))
    inverse = star.with_columns({"rlnAngleRot": -psi, "rlnAngleTilt": -tilt, "rlnAnglePsi": -rot})
    assert compare_particle_files(star, inverse, count=FEW).causes == ("poses: each rotation is the inverse",)
    columns = {"rlnDefocusU": star.column("rlnDefocusV"), "rlnDefocusV": star.column("rlnDefocusU")}
    causes = compare_particle_files(star, star.with_columns(columns), count=FEW).causes
    assert causes == ("astigmatism: defocus U and V are exchanged",)


def test_two_mistakes_at_once_are_both_named(star):
    wrong = changed(star, rlnAngleTilt=np.negative, rlnOriginXAngst=lambda x: x + PIXEL / 2)
    assert [cause.split(":")[0] for cause in compare_particle_files(star, wrong, count=FEW).causes] == ["hand", "shift"]


def test_a_mistake_in_some_particles(star):
    def some(angles):
        return np.where(np.arange(16) < 4, -angles, angles)

    (cause,) = compare_particle_files(star, changed(star, rlnDefocusAngle=some)).causes
    assert cause == "astigmatism angle: its sign (in 4 of 16 images)"


def test_optics_that_differ_are_named(tmp_path):
    a = write_sample(tmp_path / "a.star")
    for number, (optics, cause) in enumerate(
        [
            ({"rlnImagePixelSize": 1.51}, "pixel size: 1.5 and 1.51"),
            ({"rlnVoltage": [300.0, 120.0]}, r"voltage: 200 and 120 \(in \d of 6 images\)"),
            ({"rlnSphericalAberration": [2.7, 1.0]}, "spherical aberration: 2 and 1"),
            ({"rlnAmplitudeContrast": 0.2}, "amplitude contrast: "),
            ({**MAGNIFICATION}, "anisotropic magnification: "),
            ({"rlnBeamTiltX": 1.3}, "odd aberrations and beam tilt: "),
            ({"rlnEvenZernike": "[0.0,0.1]"}, "even aberrations: "),
        ]
    ):
        b = write_sample(tmp_path / f"{number}.star", optics=optics)
        causes = compare_particle_files(a, b, count=FEW).causes
        assert causes and re.search(cause, causes[0]), causes


def test_images_counted_from_another_start(star):
    def moved(names):
        return [f"{int(name[:6]) + 1:06d}{name[6:]}" for name in names.tolist()]

    without_uids = compare_particle_files(star, changed(star, rlnImageName=moved))
    assert without_uids.matched_by == "image" and without_uids.counts == (16, 16, 14)
    assert (
        without_uids.causes[-1]
        == "image index: +1 in the second file, so one of them counts from 0 and the other from 1"
    )
    with_uids = star.with_columns({"cryosparcUid": [str(k) for k in range(16)]})
    agreement = compare_particle_files(with_uids, changed(with_uids, rlnImageName=moved))
    assert agreement.matched_by == "uid" and agreement.worst == 0 and not agreement.agrees
    assert agreement.causes == (
        "image index: +1 for all in the second file, so one of them counts from 0 and the other from 1",
    )


def test_order_subsets_and_folders_do_not_matter(star, tmp_path):
    backwards = star[::-1]
    assert compare_particle_files(star, backwards).agrees
    moved = changed(star, rlnImageName=lambda names: [name.replace("@", "@Extract/job7/") for name in names.tolist()])
    assert compare_particle_files(star, moved).agrees
    part = compare_particle_files(star[4:], star)
    assert part.worst == 0 and part.causes == ("particles: 4 of 16 of the second file are not in the other",)
    elsewhere = changed(star, rlnImageName=lambda names: [f"{k + 1}@other.mrcs" for k in range(len(names))])
    assert compare_particle_files(star, elsewhere).matched_by == "row"  # as if they were stacked anew
    with pytest.raises(InputError, match="have no particle in common"):
        compare_particle_files(star, elsewhere[1:])


def test_images_that_are_listed_more_than_once(star):
    """As after a symmetry expansion: each row of an image belongs to another pose."""
    expanded = star.with_columns({"rlnImageName": [f"{k // 4 + 1}@a.mrcs" for k in range(16)]})
    agreement = compare_particle_files(expanded, expanded)
    assert agreement.agrees and agreement.counts == (16, 16, 16)
    assert not compare_particle_files(expanded, expanded[::-1]).agrees


def test_what_one_of_the_files_does_not_say(star):
    bare = replace(star, metadata=replace(star.metadata, euler_angles_deg=None, offsets=None))
    assert compare_particle_files(star, bare).causes == ("poses: only in the first file",)
    bare = replace(star, metadata=replace(star.metadata, ctf_parameters=None))
    assert compare_particle_files(bare, star).causes == ("CTF: only in the second file",)
    flat = replace(star, metadata=replace(star.metadata, ctf_premultiplied=np.ones(16, bool)))
    assert compare_particle_files(star, flat).causes == ("premultiplication by the CTF: in one of the files only",)
    unmeasured = replace(star, metadata=replace(star.metadata, pixel_sizes=np.full(16, np.nan)))
    assert compare_particle_files(star, unmeasured).causes == ("pixel size: only in the first file",)
    assert compare_particle_files(unmeasured, unmeasured).unknown == ("pixel size",)


def test_contrasts_that_differ(star):
    dark, bright = (
        CryosparcTable(
            source=star.source,
            rows=cryosparc_table(replace(star.metadata, contrast=contrast), source=star.source).rows,
        )
        for contrast in (Contrast.DARK, Contrast.BRIGHT)
    )
    one, two = (replace(star, table=table, metadata=table.metadata(None)) for table in (dark, bright))
    agreement = compare_particle_files(one, two)
    assert agreement.causes == ("contrast: dark and bright are exchanged",)
    np.testing.assert_allclose(agreement.differences, 2)


def test_particles_without_poses_agree_with_themselves_alone(star):
    angles = star.metadata.euler_angles_deg.copy()
    angles[3] = np.nan
    lost = replace(star, metadata=replace(star.metadata, euler_angles_deg=angles))
    assert compare_particle_files(lost, lost).agrees
    assert compare_particle_files(star, lost).causes == (
        "pose: some particles have one in one of the files only (in 1 of 16 images)",
    )


def test_samples_are_drawn_and_refused(star):
    one, other = (compare_particle_files(star, star, count=5, seed=seed).rows.tolist() for seed in (0, 1))
    assert len(one) == 5 and one == sorted(one) and one != other
    for options in ({"count": 0}, {"seed": -1}):
        with pytest.raises(InputError):
            compare_particle_files(star, star, **options)
