"""Poses, optics and half-sets: what is drawn, from where, and what the STAR file keeps of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.reconstruct.exact import PIXEL_SIZE, random_poses, rotations_of
from vitreous._core import InputError
from vitreous.datasets import write_particles_star
from vitreous.poses import point_group, reduce_to_asymmetric_unit
from vitreous.simulate import SimulationOptions
from vitreous.simulate._draw import draw_particles

N = 200  # one size: its program is compiled once


def drawn(**options):
    return draw_particles(SimulationOptions(n=N, **options))


def leaves(particles):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(particles)]


def test_the_seed_decides():
    again, other = leaves(drawn(seed=3)), leaves(drawn(seed=4))
    for a, b in zip(leaves(drawn(seed=3)), again, strict=True):
        np.testing.assert_array_equal(a, b)
    changed = [not np.array_equal(a, b) for a, b in zip(again, other, strict=True)]
    assert sum(changed) >= 8  # three angles, two offsets, two defoci, the astigmatism's angle


def test_ranges():
    particles = drawn(shift=4.0, defocus=(10000.0, 12000.0), astigmatism=(100.0, 300.0))
    for offset in (particles.poses.offset_x, particles.poses.offset_y):
        assert np.abs(offset).max() <= 4 and np.ptp(offset) > 7
    assert not np.any(particles.poses.offset_z)
    u, v = np.asarray(particles.ctf.defocus_u), np.asarray(particles.ctf.defocus_v)
    mean, difference = (u + v) / 2, u - v
    # Six decimals are kept, of both.
    assert mean.min() >= 10000 - 1e-6 and mean.max() <= 12000 + 1e-6 and np.ptp(mean) > 1900
    assert difference.min() >= 100 - 2e-6 and difference.max() <= 300 + 2e-6 and np.ptp(difference) > 190
    angle = np.asarray(particles.ctf.astigmatism_angle_deg)
    assert angle.min() >= 0 and angle.max() <= 180 and np.ptp(angle) > 170


def test_what_is_drawn_apart_is_independent():
    particles = drawn()
    poses, ctf = particles.poses, particles.ctf
    pose_numbers = poses.phi, np.cos(np.deg2rad(poses.theta)), poses.psi, poses.offset_x, poses.offset_y
    defocus, astigmatism = ctf.defocus_u + ctf.defocus_v, ctf.defocus_u - ctf.defocus_v
    numbers = np.array([*pose_numbers, defocus, astigmatism, ctf.astigmatism_angle_deg, particles.half_sets])
    correlations = np.corrcoef(numbers) - np.eye(len(numbers))
    # Of 200 pairs: standard deviation 1/√200 = 0.07; the largest of 36 stays below 4 of them.
    assert np.abs(correlations).max() < 0.28


def test_orientations_cover_the_sphere():
    matrices = rotations_of(drawn().poses)
    # Each entry of a uniform rotation has mean 0 and variance 1/3: the mean of 200 stays within 4 · 0.58/√200.
    assert np.abs(matrices.mean(axis=0)).max() < 0.17
    assert np.abs((matrices**2).mean(axis=0) - 1 / 3).max() < 0.09  # 4 · 0.3/√200


def test_the_microscope_is_that_of_the_options():
    ctf = drawn(voltage_kv=200.0, cs_mm=1.4, amplitude_contrast=0.07).ctf
    for values, asked in ((ctf.voltage_kv, 200), (ctf.cs_mm, 1.4), (ctf.amplitude_contrast, 0.07)):
        np.testing.assert_allclose(values, np.full(N, asked), rtol=1e-12)
    assert not np.any(ctf.phase_shift_deg) and not np.any(ctf.b_factor)


@pytest.mark.parametrize("n", [1, 7])
def test_half_sets_are_balanced(n):
    halves = draw_particles(SimulationOptions(n=n)).half_sets
    assert set(halves) <= {1, 2}
    assert 0 <= np.sum(halves == 1) - np.sum(halves == 2) <= 1


def test_numbers_are_those_that_a_star_file_holds():
    particles = drawn()
    for values in leaves((particles.poses, particles.ctf.defocus_u, particles.ctf.defocus_v)):
        np.testing.assert_array_equal(values, np.round(values, 6))


@pytest.mark.parametrize("symmetry", ["C4", "D3", "O"])
def test_symmetry_draws_in_the_asymmetric_unit(symmetry):
    group = point_group(symmetry)
    matrices = jnp.asarray(rotations_of(drawn(symmetry=symmetry).poses))
    reduced = np.asarray(reduce_to_asymmetric_unit(matrices, group))
    np.testing.assert_allclose(matrices, reduced, atol=1e-6)  # six decimals of a degree
    everywhere = jnp.asarray(rotations_of(drawn().poses))
    assert not np.allclose(everywhere, reduce_to_asymmetric_unit(everywhere, group), atol=0.1)
    # Directions of view, which z shows: the unit is 1/g of the sphere, so its mean direction is far from zero.
    directions = matrices[:, 2]
    assert np.linalg.norm(directions.mean(axis=0)) > 0.3


class TestGivenPoses:
    @pytest.fixture
    def star(self, tmp_path):
        poses = random_poses(N + 5, shift=7.0, seed=2)
        write_particles_star(
            tmp_path / "poses.star",
            image_names=[f"{i + 1}@none.mrcs" for i in range(N + 5)],  # images are not asked for
            image_shape=(32, 32),
            pixel_size=PIXEL_SIZE,
            poses=poses,
        )
        return tmp_path / "poses.star", poses

    def test_are_taken_in_order(self, star):
        path, poses = star
        found = drawn(poses=path).poses
        np.testing.assert_allclose(rotations_of(found), rotations_of(poses)[:N], atol=1e-7)  # six decimals of a degree
        np.testing.assert_allclose(found.offset_x, poses.offset_x[:N], atol=1e-6)
        np.testing.assert_allclose(found.offset_y, poses.offset_y[:N], atol=1e-6)

    def test_leave_optics_and_half_sets_as_they_are(self, star):
        path, _ = star
        assert np.ptp(drawn(poses=path).ctf.defocus_u) > 5000
        assert np.sum(drawn(poses=path).half_sets == 1) == N / 2

    def test_too_few(self, star):
        path, _ = star
        with pytest.raises(InputError, match=r"poses\.star: holds 205 poses, fewer than the 206") as caught:
            draw_particles(SimulationOptions(n=N + 6, poses=path))
        assert "--n 205" in str(caught.value.hint)

    def test_none(self, tmp_path):
        path = tmp_path / "bare.star"
        write_particles_star(path, image_names=["1@a.mrcs"] * N, image_shape=(8, 8), pixel_size=1.0)
        with pytest.raises(InputError, match=r"bare\.star: 200 of 200 particles have no pose"):
            drawn(poses=path)

    def test_no_such_file(self, tmp_path):
        with pytest.raises(InputError, match=r"nowhere\.star"):
            drawn(poses=tmp_path / "nowhere.star")


def test_unknown_symmetry():
    with pytest.raises(InputError, match="symmetry 'Q'"):
        drawn(symmetry="Q")
