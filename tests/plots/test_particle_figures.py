"""Figures of particles show what their file says."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from tests.plots.conftest import N, particle_columns
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.io import read_cs
from vitreous.plots import (
    astigmatism_figure,
    class_figure,
    column_figure,
    defocus_figure,
    figure_of_merit_figure,
    half_set_figure,
    micrograph_figure,
    optics_group_figure,
    orientation_figure,
    shift_figure,
)
from vitreous.plots._pose_figures import viewing_directions
from vitreous.poses import rotation_from_euler
from vitreous.report import Area, Dots
from vitreous.report._orientations import direction_density

COLUMNS = particle_columns()


def counts(figure):
    return [int(mark.label) for mark in figure.marks if isinstance(mark, Area) and mark.label.isdigit()]


def dots(figure):
    """The dots' values, in the order of drawing."""
    points = np.concatenate([mark.points for mark in figure.marks if isinstance(mark, Dots)])
    axes = figure.axes[0]
    across = (points[:, 0] - axes.left) / axes.width
    up = 1 - (points[:, 1] - axes.top) / axes.height
    (x0, x1), (y0, y1) = axes.x_limits, axes.y_limits
    return np.stack([x0 + across * (x1 - x0), y0 + up * (y1 - y0)], axis=-1)


def bars(figure):
    return dict(mark.label.rsplit(": ", 1) for mark in figure.marks if isinstance(mark, Area))


def test_defocus(particles):
    mean = (COLUMNS["rlnDefocusU"] + COLUMNS["rlnDefocusV"]) / 2
    shown = counts(defocus_figure(particles()))
    assert shown == np.histogram(mean, bins=len(shown))[0].tolist() and sum(shown) == N


def test_micrographs(particles):
    mean = (COLUMNS["rlnDefocusU"] + COLUMNS["rlnDefocusV"]) / 2
    expected = [(k + 1, mean[np.arange(N) % 4 == k].mean()) for k in range(4)]
    np.testing.assert_allclose(dots(micrograph_figure(particles())), expected)
    missing = np.where(np.arange(N) % 4 == 2, -999.0, COLUMNS["rlnDefocusU"])  # none: left out with its micrograph
    np.testing.assert_allclose(
        dots(micrograph_figure(particles(rlnDefocusU=missing))), [expected[k] for k in (0, 1, 3)]
    )


def test_astigmatism(particles):
    u, v, angle = (COLUMNS[f"rlnDefocus{name}"] for name in ("U", "V", "Angle"))
    np.testing.assert_allclose(dots(astigmatism_figure(particles())), np.stack([angle % 180, u - v], axis=-1))
    # The same optics with u and v exchanged, and the angle turned by 90°.
    other = particles(rlnDefocusU=v, rlnDefocusV=u, rlnDefocusAngle=angle + 90)
    np.testing.assert_allclose(dots(astigmatism_figure(other)), np.stack([angle % 180, u - v], axis=-1), atol=1e-9)


def test_directions_are_those_of_the_rotation():
    angles = np.random.default_rng(1).uniform(-180, 180, (5, 3))
    rotations = jax.vmap(rotation_from_euler)(*jnp.asarray(angles).T)
    # Single precision where JAX has no other.
    np.testing.assert_allclose(viewing_directions(angles), np.asarray(rotations)[:, 2], atol=1e-6)


def test_orientations(particles):
    dataset = particles()
    figure = orientation_figure(dataset)
    density = direction_density(viewing_directions(dataset.metadata.euler_angles_deg))
    top = max(float(text) for text in figure.texts if text.replace(".", "").isdigit())
    assert 0.7 * density.max() < top <= max(2, density.max())


def test_particles_without_a_pose_are_left_out(particles):
    some = np.where(np.arange(N) < 3, -999.0, COLUMNS["rlnAngleRot"])
    every = particles()
    without = orientation_figure(particles(rlnAngleRot=some))
    assert without.svg() == orientation_figure(every[np.arange(3, N)]).svg()


def test_shifts(particles):
    expected = -np.stack([COLUMNS["rlnOriginXAngst"], COLUMNS["rlnOriginYAngst"]], axis=-1)
    np.testing.assert_allclose(dots(shift_figure(particles())), expected, atol=1e-9)


def test_groups(particles):
    dataset = particles()
    assert bars(class_figure(dataset)) == {"class 1": "14", "class 2": "13", "class 3": "13"}
    assert bars(half_set_figure(dataset)) == {"half-set 1": "20", "half-set 2": "20"}
    assert bars(optics_group_figure(dataset)) == {"1: first": "20", "2: second": "20"}


def test_figures_of_merit(particles):
    expected = np.stack([COLUMNS["rlnCtfMaxResolution"], COLUMNS["rlnCtfFigureOfMerit"]], axis=-1)
    np.testing.assert_allclose(dots(figure_of_merit_figure(particles())), expected)
    some = np.where(np.arange(N) < 5, -999.0, COLUMNS["rlnCtfFigureOfMerit"])
    np.testing.assert_allclose(dots(figure_of_merit_figure(particles(rlnCtfFigureOfMerit=some))), expected[5:])


def test_any_two_columns_coloured_by_text(particles):
    figure = column_figure(particles(), "rlnDefocusU", "rlnAngleTilt", colour="rlnMicrographName")
    assert {"rlnDefocusU (Å)", "rlnAngleTilt (°)", "rlnMicrographName", "mic_0.mrc"} <= set(figure.texts)
    # Drawn category by category.
    order = np.argsort(np.arange(N) % 4, kind="stable")
    expected = np.stack([COLUMNS["rlnDefocusU"], COLUMNS["rlnAngleTilt"]], axis=-1)[order]
    np.testing.assert_allclose(dots(figure), expected)
    assert sum(counts(column_figure(particles(), "rlnClassNumber"))) == N


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("rlnDefocus", "rlnDefocusU"),
        ("defocusu", "rlnDefocusU"),
        ("rlnCtfMaxResolutoin", "rlnCtfMaxResolution"),
        ("_rlnClassNumber", "rlnClassNumber"),
    ],
)
def test_wrong_names_name_similar_ones(particles, name, meant):
    with pytest.raises(InputError, match=f"has no column {name}; similar names: .*{meant}"):
        column_figure(particles(), name)


def test_columns_that_cannot_be_drawn(particles):
    with pytest.raises(InputError, match="has no column q; its columns: rlnImageName, "):
        column_figure(particles(), "q")
    with pytest.raises(InputError, match="rlnMicrographName holds text, such as 'movies/mic_0") as caught:
        column_figure(particles(), "rlnMicrographName")
    assert "--colour rlnMicrographName" in str(caught.value)


@pytest.mark.parametrize(
    ("figure", "lost", "why"),
    [
        (defocus_figure, ("rlnDefocusU",), "it has no CTF: it has no column rlnDefocusU"),
        (micrograph_figure, ("rlnMicrographName",), "it names no micrographs"),
        (astigmatism_figure, ("rlnDefocusU",), "it has no CTF"),
        (orientation_figure, ("rlnAngleRot",), "it has no poses: it has no column rlnAngleRot"),
        (shift_figure, ("rlnAngleRot",), "it has no shifts"),
        (class_figure, ("rlnClassNumber",), "it assigns no classes"),
        (half_set_figure, ("rlnRandomSubset",), "it assigns no half-sets"),
        (figure_of_merit_figure, ("rlnCtfMaxResolution", "rlnCtfFigureOfMerit"), "it has no column that rates"),
    ],
)
def test_what_a_file_lacks(particles, figure, lost, why):
    with pytest.raises(InputError, match=why):
        figure(particles(**dict.fromkeys(lost)))


def test_a_single_particle_and_constant_columns(particles):
    one = particles(1)
    assert isinstance(one, ParticleDataset)
    for figure in (defocus_figure, micrograph_figure, astigmatism_figure, orientation_figure, shift_figure):
        assert "<svg" in figure(one).svg()
    still = particles(rlnDefocusU=np.full(N, 1e4), rlnDefocusV=np.full(N, 1e4), rlnOriginXAngst=np.zeros(N))
    for figure in (defocus_figure, micrograph_figure, astigmatism_figure, shift_figure):
        drawn = figure(still)
        assert all(np.isfinite(axes.x_limits).all() for axes in drawn.axes) and "nan" not in drawn.svg()


def test_several_numbers_in_a_column(tmp_path):
    rows = np.zeros(6, [("uid", "u8"), ("blob/path", "S20"), ("alignments3D/shift", "f4", (2,))])
    rows["alignments3D/shift"][:, 1] = np.arange(6)
    from vitreous.plots._columns import structured_columns

    columns = structured_columns(rows, "a.cs")
    assert columns.numbers("alignments3D/shift[1]").tolist() == [0, 1, 2, 3, 4, 5]
    assert columns.column("blob/path").tolist() == [""] * 6
    with pytest.raises(InputError, match="no column alignments3D/shift; similar names: alignments3D/shift"):
        columns.column("alignments3D/shift")
    with pytest.raises(InputError, match=r"no column alignments3D/shift\[2\]; similar"):
        columns.column("alignments3D/shift[2]")
    assert structured_columns(rows[:0], "a.cs").names == columns.names


def test_several_numbers_in_a_column_of_particles():
    dataset = ParticleDataset.load(shared_data("metadata/cryosparc_P12_J24_001_particles.cs"))
    shift = dots(column_figure(dataset, "alignments3D/shift[0]", "alignments3D/shift[1]", colour="alignments3D/split"))
    expected = read_cs(dataset.source)["alignments3D/shift"].astype(float)
    np.testing.assert_allclose(np.sort(shift, axis=0), np.sort(expected, axis=0), atol=1e-9)
    with pytest.raises(InputError, match="2 numbers for each particle"):
        column_figure(dataset, "alignments3D/shift")
