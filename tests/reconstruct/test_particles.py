"""The job: particles of a STAR file to half-maps, a map and a table."""

import csv
import dataclasses
import re
import warnings
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from tests.interruption import Interrupting
from tests.reconstruct.exact import (
    PIXEL_SIZE,
    blobs,
    correlation,
    in_ball,
    load_particles,
    particle_images,
    random_ctf,
    random_poses,
    relative_error,
    write_particles,
)
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset, load_volume
from vitreous.grids import fourier_shell_correlation
from vitreous.io import read_star, write_mrc, write_star
from vitreous.optics import Contrast
from vitreous.poses import point_group
from vitreous.reconstruct import (
    FourierAccumulator,
    ReconstructionOptions,
    _insert,
    _particles,
    insert_particles,
    reconstruct_particles,
)
from vitreous.runs import RunState, read_run

BOX, N = 16, 80
MAPS = ("half1.mrc", "half2.mrc", "map.mrc")
VOLUME = blobs(BOX, sigma=0.8)
POSES, CTFS = random_poses(N, shift=5.0), random_ctf(N)
HALVES = 1 + np.arange(N) % 2


@pytest.fixture(scope="module")
def images():
    return particle_images(VOLUME, POSES, CTFS, pixel_size=PIXEL_SIZE)


@pytest.fixture(scope="module")
def particles(images, tmp_path_factory):
    """A STAR file of noise-free particles, with the truth beside it."""
    folder = tmp_path_factory.mktemp("particles")
    write_mrc(folder / "volume.mrc", VOLUME, pixel_size=PIXEL_SIZE)
    return write_particles(folder, images, poses=POSES, ctf=CTFS, half_sets=HALVES)


@pytest.fixture(scope="module")
def done(particles, tmp_path_factory):
    """The job itself, report and all."""
    folder = tmp_path_factory.mktemp("done") / "run"
    options = ReconstructionOptions(truth=particles.parent / "volume.mrc")
    return reconstruct_particles(particles, folder, options)


@pytest.fixture
def no_report(monkeypatch):
    """Figures take longer than these reconstructions."""
    monkeypatch.setattr(_particles, "write_report", lambda *arguments: None)


@pytest.fixture
def small_batches(monkeypatch):
    """Seven particles at a time, each batch followed by a checkpoint."""
    monkeypatch.setattr(_insert, "POINTS_IN_FLIGHT", 7 * BOX**2)
    monkeypatch.setattr(_insert, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)


def contents(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def table(folder):
    with (folder / "fsc.csv").open(newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, np.array(rows, float)


def gain(found, truth):
    found, truth = in_ball(found, 0.8), in_ball(truth, 0.8)
    return np.vdot(found, truth) / np.vdot(truth, truth)


class Listening:
    """Remembers what was announced and what came."""

    def __init__(self):
        self.steps = {}

    def track(self, steps, *, description, total, completed=0):
        self.steps[description] = [total, completed]
        for step in steps:
            yield step
            self.steps[description][1] += 1


def test_every_stage_tells_how_far_it_is(particles, tmp_path, no_report):
    progress = Listening()
    reconstruct_particles(particles, tmp_path / "run", ReconstructionOptions(symmetry="C2"), progress=progress)
    stages = [f"{stage} half-set {half}" for half in (1, 2) for stage in ("Inserting", "Completing")]
    assert list(progress.steps) == [*stages, "Solving maps"]
    assert all(total == came for total, came in progress.steps.values())
    assert progress.steps["Solving maps"] == [5, 5]


class TestTheRun:
    def test_files(self, done):
        found = contents(done.folder)
        figures = [name for name in found if name.startswith("figures/")]
        assert sorted({*found} - {*figures}) == sorted([*MAPS, "fsc.csv", "report.html", "run.json"])
        assert "figures/fsc.svg" in figures
        assert (done.folder / "report.html").stat().st_size > 10_000

    def test_maps_are_those_of_the_result(self, done):
        for name, values in zip(MAPS, (done.maps.half1, done.maps.half2, done.maps.map), strict=True):
            written, voxel_size = load_volume(done.folder / name)
            np.testing.assert_array_equal(written, values)
            assert voxel_size == PIXEL_SIZE

    def test_the_map_is_the_truth(self, done):
        # 80 views leave gaps at Nyquist; below 0.8 of it, what the solver and the window leave.
        assert relative_error(in_ball(done.maps.map, 0.8), in_ball(VOLUME, 0.8)) < 0.02
        assert abs(gain(done.maps.map, VOLUME) - 1) < 0.01

    def test_each_half_is_of_its_own_particles(self, done, particles, tmp_path, no_report):
        """Swapping the half-sets swaps the half-maps."""
        swapped = ParticleDataset.load(particles).with_columns({"rlnRandomSubset": 3 - HALVES})
        swapped.write(particles.parent / "swapped.star")
        maps = reconstruct_particles(particles.parent / "swapped.star", tmp_path / "run").maps
        np.testing.assert_array_equal(maps.half1, done.maps.half2)
        np.testing.assert_array_equal(maps.half2, done.maps.half1)
        assert not np.array_equal(maps.half1, maps.half2)

    def test_table(self, done):
        header, rows = table(done.folder)
        assert header == ["shell", "resolution_a", "fsc_halves", "fsc_truth"]
        shell, resolution, halves, truth = rows.T
        np.testing.assert_array_equal(shell, np.arange(BOX // 2 + 1))
        assert resolution[0] == np.inf
        np.testing.assert_allclose(resolution[1:], BOX * PIXEL_SIZE / shell[1:], atol=1e-4)  # four decimals
        (half1, _), (half2, _), (density, _) = (load_volume(done.folder / name) for name in MAPS)
        for column, a, b in ((halves, half1, half2), (truth, density, VOLUME.astype(np.float32))):
            expected = fourier_shell_correlation(a, b, voxel_size=PIXEL_SIZE).correlation
            np.testing.assert_allclose(column, expected, atol=1e-6)  # six decimals

    def test_record(self, done):
        record = read_run(done.folder)
        assert record.verb == "reconstruct" and record.state is RunState.COMPLETE
        names = [item["path"].rsplit("/", 1)[1] for item in record.inputs]
        assert names == ["particles.star", "volume.mrc", "particles.mrcs"]
        assert ["sha256" in item for item in record.inputs] == [True, True, False]  # stacks are not read for that
        results = record.results
        assert results["particles"] == N and results["half_sets"] == [N // 2, N // 2]
        assert results["box"] == BOX and results["pixel_size_a"] == PIXEL_SIZE and not results["masked"]
        assert results["symmetry"] == "C1" and results["symmetry_order"] == 1
        assert results["resolution_0.143_a"] == done.maps.fsc.resolution(0.143)
        assert done.fsc_truth is not None
        assert results["resolution_truth_0.5_a"] == done.fsc_truth.resolution(0.5)

    def test_summary_names_resolution_and_report(self, done):
        assert "FSC 0.143" in done.summary[0] and "truth" in done.summary[1]
        assert str(done.folder / "report.html") in done.summary[-1]

    def test_a_map_that_is_nowhere_like_the_truth_has_no_resolution(self, particles, tmp_path):
        """Its correlation is −1 in every shell: no crossing, and not beyond Nyquist either."""
        write_mrc(tmp_path / "minus.mrc", -VOLUME, pixel_size=PIXEL_SIZE)
        result = reconstruct_particles(particles, tmp_path / "run", ReconstructionOptions(truth=tmp_path / "minus.mrc"))
        none = "none (below from the first shell on)"
        assert result.summary[1] == f"Map against truth: {none} at FSC 0.5"
        assert none in result.report.read_text(encoding="utf-8")

    def test_a_complete_run_is_not_replaced_unless_told(self, done, particles):
        before = (done.folder / "map.mrc").read_bytes()
        with pytest.raises(InputError, match="--overwrite"):
            reconstruct_particles(particles, done.folder)
        assert (done.folder / "map.mrc").read_bytes() == before

    def test_without_truth_the_table_has_three_columns(self, particles, tmp_path, no_report):
        result = reconstruct_particles(str(particles), str(tmp_path / "run"))
        assert table(result.folder)[0] == ["shell", "resolution_a", "fsc_halves"]
        assert result.fsc_truth is None and read_run(result.folder).results["resolution_truth_0.5_a"] is None


def accumulated(dataset):
    """Numerator and weight of all the particles."""
    rows = np.arange(len(dataset))
    result = insert_particles(dataset, rows, FourierAccumulator.empty(BOX), group=point_group("C1"))
    return np.asarray(result.numerator), np.asarray(result.weight)


@pytest.fixture(scope="module")
def plain(particles):
    return accumulated(ParticleDataset.load(particles))


class TestImages:
    """What a stored image may be, and what of it reaches the accumulator."""

    def test_dark_particles_are_turned_over(self, particles, plain):
        dark = ParticleDataset.load(particles, contrast=Contrast.DARK)
        numerator, weight = accumulated(dark)
        np.testing.assert_array_equal(numerator, -plain[0])
        np.testing.assert_array_equal(weight, plain[1])

    def test_scale_factors_multiply_the_ctf(self, images, tmp_path, no_report):
        """rlnCtfScalefactor: particles of different ice, all of one volume."""
        scale = np.random.default_rng(0).uniform(0.5, 2, N)
        path = write_particles(
            tmp_path, images * scale[:, None, None], poses=POSES, ctf=CTFS, half_sets=HALVES, ctf_scale=scale
        )
        assert read_star(path)["particles"].column("rlnCtfScalefactor")[3] == pytest.approx(scale[3], abs=1e-6)
        found = reconstruct_particles(path, tmp_path / "run").maps.map
        # As without, though images of a sixteenth of the weight leave wider gaps; uncorrected it is 0.5.
        assert relative_error(in_ball(found, 0.8), in_ball(VOLUME, 0.8)) < 0.04

    def test_batches_and_their_padding_have_no_effect(self, particles, plain, small_batches):
        numerator, weight = accumulated(ParticleDataset.load(particles))  # eleven batches of 7, and one of 3
        # The order of single-precision sums.
        assert relative_error(numerator, plain[0]) < 1e-5
        assert relative_error(weight, plain[1]) < 1e-5

    def test_no_more_than_a_batch_is_in_memory(self, particles, small_batches, monkeypatch):
        asked = []
        read = ParticleDataset.images

        def counted(self, indices):
            asked.append(len(indices))
            return read(self, indices)

        monkeypatch.setattr(ParticleDataset, "images", counted)
        accumulated(ParticleDataset.load(particles))
        assert max(asked) == 7 and len(asked) == -(-N // 7)

    def test_starting_in_the_middle(self, particles, plain):
        dataset = ParticleDataset.load(particles)
        group, rows = point_group("C1"), np.arange(N)
        first = insert_particles(dataset, rows[:30], FourierAccumulator.empty(BOX), group=group)
        both = insert_particles(dataset, rows, first, group=group, start=30)
        assert relative_error(both.numerator, plain[0]) < 1e-5


def test_dark_images_of_another_folder(images, done, tmp_path, no_report):
    """`contrast` and `project`: neither is where, nor what, a STAR file says by itself."""
    path = write_particles(tmp_path / "project", -images, poses=POSES, ctf=CTFS, half_sets=HALVES)
    (tmp_path / "elsewhere").mkdir()
    moved = path.rename(tmp_path / "elsewhere" / "particles.star")
    options = ReconstructionOptions(contrast=Contrast.DARK, project=tmp_path / "project")
    with pytest.raises(InputError, match=r"particles\.mrcs, which does not exist") as caught:
        reconstruct_particles(moved, tmp_path / "run")
    assert "--project FOLDER" in str(caught.value.hint)
    maps = reconstruct_particles(moved, tmp_path / "run", options).maps
    np.testing.assert_array_equal(maps.map, done.maps.map)  # two signs cancel exactly
    recorded = read_run(tmp_path / "run").options
    assert recorded["contrast"] == "dark" and recorded["project"] == str(tmp_path / "project")


def half_turn(volume, axes):
    """About voxel n // 2 of an even box."""
    return np.roll(np.flip(volume, axes), 1, axes)


class TestSymmetry:
    def test_symmetric_particles_need_fewer_views(self, tmp_path, no_report):
        """A D2 volume from views that are too few without its symmetry."""
        turned = [VOLUME, *(half_turn(VOLUME, axes) for axes in ((0, 1), (0, 2), (1, 2)))]
        volume, n = np.mean(turned, axis=0), 30
        poses, ctfs = random_poses(n, shift=4.0, seed=1), random_ctf(n, seed=1)
        path = write_particles(
            tmp_path,
            particle_images(volume, poses, ctfs, pixel_size=PIXEL_SIZE),
            poses=poses,
            ctf=ctfs,
            half_sets=HALVES[:n],
        )
        errors = {}
        for symmetry in ("C1", "D2"):
            result = reconstruct_particles(path, tmp_path / symmetry, ReconstructionOptions(symmetry=symmetry))
            errors[symmetry] = relative_error(in_ball(result.maps.map, 0.8), in_ball(volume, 0.8))
        assert errors["D2"] < 0.03
        assert errors["D2"] < errors["C1"] / 2
        record = read_run(tmp_path / "D2").results
        assert record["symmetry"] == "D2" and record["symmetry_order"] == 4
        inside = result.maps.map[1:, 1:, 1:]  # the plane -n/2 of an even box has no partner
        # Nor has it in the equations that are solved, which is felt inside a little.
        assert relative_error(inside[::-1, ::-1, :], inside) < 0.01


class TestHalfSets:
    def test_assigned_where_absent(self, images, tmp_path, no_report):
        unassigned = write_particles(tmp_path, images, poses=POSES, ctf=CTFS)
        maps = {
            (seed, name): reconstruct_particles(
                unassigned, tmp_path / f"{seed}{name}", ReconstructionOptions(seed=seed)
            ).maps
            for seed, name in ((0, "a"), (0, "b"), (1, "a"))
        }
        assert read_run(tmp_path / "0a").results["half_sets"] == [N // 2, N // 2]
        np.testing.assert_array_equal(maps[0, "a"].half1, maps[0, "b"].half1)
        assert not np.array_equal(maps[0, "a"].half1, maps[1, "a"].half1)
        assert correlation(maps[0, "a"].half1, VOLUME) > 0.95

    def test_one_half_set_is_too_few(self, images, tmp_path):
        path = write_particles(tmp_path, images, poses=POSES, ctf=CTFS, half_sets=np.ones(N, int))
        with pytest.raises(InputError, match="all 80 are in one"):
            reconstruct_particles(path, tmp_path / "run")
        assert not (tmp_path / "run").exists()

    def test_two_particles_give_finite_maps(self, images, tmp_path, no_report):
        dataset = load_particles(tmp_path, images, poses=POSES, ctf=CTFS, half_sets=HALVES)
        dataset[:2].write(tmp_path / "two.star")
        maps = reconstruct_particles(tmp_path / "two.star", tmp_path / "run").maps
        assert np.isfinite(maps.map).all() and np.any(maps.map)
        assert np.isfinite(maps.fsc.correlation).all()


class TestInterruption:
    """Stopped at any moment, the same command ends in the same bytes."""

    @pytest.fixture
    def reference(self, particles, tmp_path, small_batches, no_report):
        reconstruct_particles(particles, tmp_path / "reference")
        return {name: (tmp_path / "reference" / name).read_bytes() for name in (*MAPS, "fsc.csv")}

    def stopped(self, particles, folder, progress=None):
        with pytest.raises(KeyboardInterrupt):
            reconstruct_particles(particles, folder, progress=progress or Interrupting())
        assert read_run(folder).state is RunState.INTERRUPTED
        assert {path.name for path in folder.iterdir()} == {"run.json", ".partial"}

    def resumed(self, particles, folder, reference):
        progress = Interrupting(within="Inserting")
        reconstruct_particles(particles, folder, progress=progress)
        assert {name: (folder / name).read_bytes() for name in reference} == reference
        assert not (folder / ".partial").exists()
        return progress.passed  # batches

    def test_while_inserting(self, particles, tmp_path, reference):
        each = -(-N // 2 // 7)  # batches of a half-set
        for passed in (2, each + 3):
            folder = tmp_path / str(passed)
            self.stopped(particles, folder, Interrupting(after=passed, within="Inserting"))
            # The batch on whose heels the interrupt came was not yet saved; none is done more than twice.
            assert self.resumed(particles, folder, reference) in (2 * each - passed, 2 * each - passed + 1)

    def test_while_saving(self, particles, tmp_path, reference, monkeypatch):
        """Killed just before and just after an accumulator takes the place of the one before it."""
        save, calls = _particles._save, []

        def interrupted(path, **arrays):
            calls.append(path)
            if len(calls) == 3:
                raise KeyboardInterrupt
            save(path, **arrays)
            if len(calls) == 7:
                raise KeyboardInterrupt

        monkeypatch.setattr(_particles, "_save", interrupted)
        self.stopped(particles, tmp_path / "run")
        self.stopped(particles, tmp_path / "run")
        assert len(calls) == 7
        self.resumed(particles, tmp_path / "run", reference)

    def test_while_solving(self, particles, tmp_path, reference, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(_particles, "half_maps", raise_interrupt)
            self.stopped(particles, tmp_path / "run")
        assert self.resumed(particles, tmp_path / "run", reference) == 0

    def test_between_inserting_and_solving(self, particles, tmp_path, reference):
        """While the symmetry of a half-set is imposed, and in each pass of the solver."""
        for number, (within, after) in enumerate((("Completing", 3), ("Solving", 1), ("Solving", 3))):
            folder = tmp_path / str(number)
            self.stopped(particles, folder, Interrupting(after=after, within=within))
            self.resumed(particles, folder, reference)

    def test_what_took_less_than_a_minute_is_done_again(self, particles, tmp_path, reference, monkeypatch):
        """Short jobs spend no time on saving what is soon made."""
        monkeypatch.setattr(_insert, "SECONDS_BETWEEN_CHECKPOINTS", 60.0)
        with pytest.raises(KeyboardInterrupt):
            reconstruct_particles(particles, tmp_path / "run", progress=Interrupting(after=1, within="Solving"))
        assert contents(tmp_path / "run") == ["run.json"]
        assert self.resumed(particles, tmp_path / "run", reference) == 2 * -(-N // 2 // 7)

    def test_while_writing(self, particles, tmp_path, reference, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(_particles, "write_fsc_table", raise_interrupt)
            self.stopped(particles, tmp_path / "run")
        self.resumed(particles, tmp_path / "run", reference)

    def test_a_stack_that_was_replaced_does_not_resume(self, images, tmp_path, small_batches, no_report):
        path = write_particles(tmp_path, images, poses=POSES, ctf=CTFS, half_sets=HALVES)
        self.stopped(path, tmp_path / "run", Interrupting(after=1))
        write_particles(tmp_path, 2 * images, poses=POSES, ctf=CTFS, half_sets=HALVES)  # the STAR file is the same
        with pytest.raises(InputError, match=r"input files have changed: .*particles\.mrcs"):
            reconstruct_particles(path, tmp_path / "run")

    def test_other_options_do_not_resume(self, particles, tmp_path, small_batches, no_report):
        self.stopped(particles, tmp_path / "run", Interrupting(after=1))
        with pytest.raises(InputError, match=r"symmetry was 'C1', not 'C2'.*"):
            reconstruct_particles(particles, tmp_path / "run", ReconstructionOptions(symmetry="C2"))


def raise_interrupt(*arguments, **options):
    raise KeyboardInterrupt


class TestWrongInput:
    """Each is refused before there is any output."""

    def refused(self, particles, folder, match, **options: Any):
        with pytest.raises(InputError, match=match) as caught:
            reconstruct_particles(particles, folder / "run", ReconstructionOptions(**options))
        assert not (folder / "run").exists()
        return str(caught.value)

    @pytest.mark.parametrize("role", ["truth", "mask"])
    def test_a_map_that_does_not_match(self, particles, tmp_path, role):
        for name, box, pixel_size in (("box", BOX + 2, PIXEL_SIZE), ("size", BOX, 2 * PIXEL_SIZE)):
            path = tmp_path / f"{name}.mrc"
            write_mrc(path, np.ones((box,) * 3), pixel_size=pixel_size)
            self.refused(particles, tmp_path, rf"{name}\.mrc.*does not match images of 16 pixels", **{role: path})

    def test_a_truth_that_is_absent(self, particles, tmp_path):
        self.refused(particles, tmp_path, r"nowhere\.mrc", truth=tmp_path / "nowhere.mrc")

    def test_no_poses(self, images, tmp_path):
        path = write_particles(tmp_path, images, poses=None, ctf=CTFS)
        self.refused(path, tmp_path, "80 of 80 particles have no pose")

    def test_no_ctf(self, images, tmp_path):
        path = write_particles(tmp_path, images, poses=POSES, ctf=None)
        self.refused(path, tmp_path, "80 of 80 particles have no CTF")

    def test_images_multiplied_by_their_ctf(self, particles, tmp_path):
        """Some of them are enough."""
        dataset = ParticleDataset.load(particles)
        dataset.with_columns({"rlnCtfDataAreCtfPremultiplied": np.arange(N) < 30}).write(particles.parent / "pre.star")
        match = r"pre\.star: 30 of 80 particles were multiplied by their CTF already"
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # the refusal says it all
            assert "without premultiplication" in self.refused(particles.parent / "pre.star", tmp_path, match)

    def test_no_stack(self, images, tmp_path):
        path = write_particles(tmp_path, images, poses=POSES, ctf=CTFS)
        (tmp_path / "particles.mrcs").unlink()
        self.refused(path, tmp_path, r"particles\.mrcs")

    def test_images_that_are_not_square(self, tmp_path):
        path = write_particles(tmp_path, np.ones((N, 16, 18)), poses=POSES, ctf=CTFS)
        self.refused(path, tmp_path, "16 × 18 pixels are not square")

    def test_unknown_symmetry(self, particles, tmp_path):
        self.refused(particles, tmp_path, "symmetry 'K9'", symmetry="K9")

    def test_more_memory_than_there_is(self, particles, tmp_path, monkeypatch):
        monkeypatch.setenv("VITREOUS_MEMORY", "1MB")
        assert "Downsample" in self.refused(particles, tmp_path, "box of 16 needs about")

    def test_an_earlier_run_survives_a_wrong_command(self, done, particles, tmp_path):
        before = contents(done.folder)
        for options in (ReconstructionOptions(truth=tmp_path / "nowhere.mrc"), ReconstructionOptions(symmetry="K9")):
            with pytest.raises(InputError):
                reconstruct_particles(particles, done.folder, options, overwrite=True)
        assert contents(done.folder) == before and read_run(done.folder).state is RunState.COMPLETE


def test_apix_where_neither_star_nor_truth_has_a_pixel_size(done, particles, tmp_path, no_report):
    blocks = read_star(particles)
    optics = blocks["optics"]
    kept = {name: optics[name] for name in optics.names if "PixelSize" not in name}
    write_star(tmp_path / "bare.star", {**blocks, "optics": dataclasses.replace(optics, columns=kept)})
    (tmp_path / "particles.mrcs").symlink_to(particles.parent / "particles.mrcs")
    truth = tmp_path / "bare.mrc"
    content = bytearray((particles.parent / "volume.mrc").read_bytes())
    content[40:52] = bytes(12)  # the cell
    truth.write_bytes(content)
    with pytest.raises(InputError, match=re.escape("--apix") + "|pixel size"):
        reconstruct_particles(tmp_path / "bare.star", tmp_path / "run")
    options = ReconstructionOptions(apix=PIXEL_SIZE, truth=truth)
    found = reconstruct_particles(tmp_path / "bare.star", tmp_path / "run", options)
    np.testing.assert_array_equal(found.maps.map, done.maps.map)
    assert found.fsc_truth is not None
    np.testing.assert_allclose(found.fsc_truth.correlation, done.fsc_truth.correlation, atol=1e-6)


def test_a_mask_is_said_and_used(particles, done, tmp_path, no_report):
    mask = np.zeros((BOX,) * 3)
    mask[4:12, 4:12, 4:12] = 1
    write_mrc(tmp_path / "mask.mrc", mask, pixel_size=PIXEL_SIZE)
    result = reconstruct_particles(particles, tmp_path / "run", ReconstructionOptions(mask=tmp_path / "mask.mrc"))
    assert read_run(result.folder).results["masked"] and result.maps.fsc.masked
    expected = fourier_shell_correlation(
        jnp.asarray(result.maps.half1), jnp.asarray(result.maps.half2), voxel_size=PIXEL_SIZE, mask=mask
    )
    np.testing.assert_allclose(table(result.folder)[1][:, 2], expected.correlation, atol=1e-6)
