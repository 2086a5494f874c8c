"""The job: a structure to a stack of particles, its STAR files and the volume beside them."""

import dataclasses
from pathlib import Path

import jax
import numpy as np
import pytest

from tests.interruption import Interrupting
from tests.reconstruct.exact import (
    PIXEL_SIZE,
    blobs,
    correlation,
    disc,
    particle_images,
    relative_error,
    rotations_of,
)
from vitreous._core import InputError
from vitreous.constants import interaction_constant
from vitreous.datasets import ParticleDataset, load_volume, write_particles_star
from vitreous.io import AtomTable, inspect_mrc, read_mrc, read_star, write_mrc
from vitreous.optics import Contrast
from vitreous.runs import Run, RunState, read_run
from vitreous.simulate import SimulationOptions, _particles, _signal, _stack, load_specimen, simulate_particles
from vitreous.simulate._draw import draw_particles

BOX, N = 16, 60
DATA = ("particles.mrcs", "particles.star", "truth.star", "volume.mrc")
OPTIONS = SimulationOptions(n=N, box=BOX, pixel_size=PIXEL_SIZE, defocus=(3000.0, 6000.0), snr=0.5)
# These boxes are small on purpose; that they alias the CTF is told, and tested in the optics.
pytestmark = pytest.mark.filterwarnings("ignore:a box of .* pixels is too small for the CTF:UserWarning")


def cluster():
    """Thirty carbon atoms in a ball of 11 Å, without symmetry."""
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(30, 3))
    positions *= 11 * rng.uniform(0.2, 1, (30, 1)) ** (1 / 3) / np.linalg.norm(positions, axis=1, keepdims=True)
    return AtomTable.from_positions(positions, np.full(30, 6), b_factors=np.full(30, 80.0), source="cluster")


@pytest.fixture(scope="module", autouse=True)
def no_report():
    """Figures take longer than these simulations; `done` has one all the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_particles, "write_report", lambda *arguments: None)
        yield patch


@pytest.fixture(scope="module")
def done(tmp_path_factory, no_report):
    """The job itself, report and all."""
    with pytest.MonkeyPatch.context() as patch:
        from vitreous.simulate._simulation_report import write_report

        patch.setattr(_particles, "write_report", write_report)
        return simulate_particles(cluster(), tmp_path_factory.mktemp("done") / "run", OPTIONS)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """The same particles, hardly any noise."""
    folder = tmp_path_factory.mktemp("quiet") / "run"
    return simulate_particles(cluster(), folder, dataclasses.replace(OPTIONS, snr=1e10))


def images(result):
    return np.asarray(read_mrc(result.folder / "particles.mrcs")[0], np.float64)


def contents(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def data(folder):
    return {name: (folder / name).read_bytes() for name in DATA}


class TestTheRun:
    def test_files(self, done):
        assert contents(done.folder) == sorted([*DATA, "report.html", "run.json"])
        assert (done.folder / "report.html").stat().st_size > 10_000

    def test_stack(self, done):
        header = inspect_mrc(done.folder / "particles.mrcs")
        assert header.shape == (N, BOX, BOX) and header.is_image_stack and header.mode == 2
        assert header.pixel_size == pytest.approx((PIXEL_SIZE,) * 3)

    def test_star(self, done):
        blocks = read_star(done.folder / "particles.star")
        assert set(blocks) == {"optics", "particles"}
        particles, optics = blocks["particles"], blocks["optics"]
        assert len(particles) == N and len(optics) == 1
        expected = {
            "rlnImageName", "rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi", "rlnOriginXAngst", "rlnOriginYAngst",
            "rlnDefocusU", "rlnDefocusV", "rlnDefocusAngle", "rlnPhaseShift", "rlnCtfBfactor", "rlnCtfScalefactor",
            "rlnOpticsGroup", "rlnRandomSubset", "rlnMicrographName",
        }  # fmt: skip
        assert expected <= set(particles.names)
        assert particles["rlnImageName"][0] == "000001@particles.mrcs"
        assert particles["rlnImageName"][-1] == f"{N:06d}@particles.mrcs"
        values = {name: float(optics.column(name)[0]) for name in optics.names if name != "rlnOpticsGroupName"}
        assert values["rlnVoltage"] == 300 and values["rlnSphericalAberration"] == 2.7
        assert values["rlnAmplitudeContrast"] == 0.1 and values["rlnImageSize"] == BOX
        assert values["rlnImagePixelSize"] == PIXEL_SIZE and values["rlnImageDimensionality"] == 2

    def test_truth_has_the_particles_columns_and_more(self, done):
        particles = read_star(done.folder / "particles.star")["particles"]
        truth = read_star(done.folder / "truth.star")["particles"]
        for name in particles.names:
            np.testing.assert_array_equal(truth[name], particles[name])
        assert set(truth.names) - set(particles.names) == {
            "rlnOriginZAngst", "vitreousStructureIndex", "vitreousSignalVariance",
        }  # fmt: skip
        assert not np.any(truth.column("rlnOriginZAngst")) and not np.any(truth.column("vitreousStructureIndex", int))

    def test_what_is_read_back_is_what_was_drawn(self, done):
        drawn, read = draw_particles(OPTIONS), ParticleDataset.load(done.folder / "particles.star")
        np.testing.assert_allclose(rotations_of(read.poses), rotations_of(drawn.poses), atol=1e-12)
        for name in ("offset_x", "offset_y"):
            np.testing.assert_array_equal(getattr(read.poses, name), getattr(drawn.poses, name))
        for ours, theirs in zip(jax.tree.leaves(read.ctf), jax.tree.leaves(drawn.ctf), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(read.half_sets, drawn.half_sets)
        assert read.contrast is Contrast.BRIGHT and read.shape == (BOX, BOX) and read.pixel_size == PIXEL_SIZE

    def test_record(self, done):
        record = read_run(done.folder)
        assert record.verb == "simulate particles" and record.state is RunState.COMPLETE and record.seed == 0
        assert record.options["source"] == "cluster" and record.options["n"] == N
        results = record.results
        assert results["particles"] == N and results["box"] == BOX and results["pixel_size_a"] == PIXEL_SIZE
        np.testing.assert_allclose(results["center_shift_a"], -cluster().positions.mean(axis=0))
        assert results["noise_variance"] == done.noise_variance
        assert results["snr"] == pytest.approx(OPTIONS.snr)

    def test_summary(self, done):
        assert "60 particles" in done.summary[0] and "16 px of 2.5 Å" in done.summary[0]
        assert str(done.folder / "particles.star") in done.summary[1]

    def test_a_complete_run_is_not_replaced_unless_told(self, done):
        before = data(done.folder)
        with pytest.raises(InputError, match="--overwrite"):
            simulate_particles(cluster(), done.folder, OPTIONS)
        assert data(done.folder) == before


class TestTheImages:
    """What the STAR file, the stack and the volume say fits together, by formulas that the library does not share."""

    def test_are_relion_s_ctf_times_projected_sums_of_the_volume(self, quiet):
        particles = ParticleDataset.load(quiet.folder / "particles.star")
        volume, voxel_size = load_volume(quiet.folder / "volume.mrc")
        assert voxel_size == PIXEL_SIZE
        expected = particle_images(volume.astype(np.float64), particles.poses, particles.ctf, pixel_size=PIXEL_SIZE)
        # The slices' window 2e-4, noise 1e-5, single precision.
        assert relative_error(particles.images(), expected) < 5e-4
        each = [relative_error(*pair) for pair in zip(particles.images(), expected, strict=True)]
        assert max(each) < 1e-3

    def test_scale_of_the_volume(self, quiet):
        """λγ p U: the phase that a voxel adds, so that its plain sum along the beam is the phase of the wave."""
        volume, _ = load_volume(quiet.folder / "volume.mrc")
        potential = load_specimen(cluster(), OPTIONS).potential
        factor = float(interaction_constant(300.0)) * PIXEL_SIZE
        np.testing.assert_allclose(volume, potential * factor, rtol=1e-6)

    def test_protein_is_bright(self, quiet):
        """At q = 0 RELION's CTF is +w, so the mean of an image is w times that of the projected (positive) volume."""
        volume, _ = load_volume(quiet.folder / "volume.mrc")
        assert volume.sum() > 0
        np.testing.assert_allclose(images(quiet).sum(axis=(1, 2)), 0.1 * volume.sum(), rtol=1e-3)  # the window

    def test_variances_in_the_truth(self, quiet):
        truth = read_star(quiet.folder / "truth.star")["particles"]
        np.testing.assert_allclose(truth.column("vitreousSignalVariance"), images(quiet).var(axis=(1, 2)), rtol=1e-4)

    def test_nothing_lies_beyond_the_nyquist_circle(self, quiet):
        spectra = np.fft.rfftn(images(quiet), axes=(1, 2))
        assert np.abs(spectra[:, ~disc(BOX)]).max() < 1e-4 * np.abs(spectra).max()  # the noise


@pytest.fixture(scope="module")
def noise(done, quiet):
    return images(done) - images(quiet)


class TestNoise:
    def test_snr(self, done, quiet, noise):
        """Mean over the images of the variance over the whole box, over the noise variance per pixel."""
        signal = images(quiet).var(axis=(1, 2)).mean()
        assert done.signal_variance == pytest.approx(signal, rel=1e-4)
        assert done.noise_variance == pytest.approx(signal / OPTIONS.snr, rel=1e-4)
        # 15 360 pixels: a variance is known to √(2/15360) = 1.1 %, four times that.
        assert noise.var() == pytest.approx(signal / OPTIONS.snr, rel=0.045)

    def test_a_tenth_unless_told(self):
        noise = _stack.noise_for(SimulationOptions(), np.array([1.0, 3.0]), pixel_size=PIXEL_SIZE)
        assert noise.variance == pytest.approx(20)

    def test_it_is_white_and_normal(self, noise):
        sd = noise.std()
        assert abs(noise.mean()) < 4 * sd / np.sqrt(noise.size)
        assert np.mean(np.abs(noise) > 2 * sd) == pytest.approx(0.0455, abs=0.007)  # 4 · √(0.0455/15360)
        power = np.mean(np.abs(np.fft.fft2(noise)) ** 2, axis=0) / (BOX**2 * sd**2)
        # Mean of 60 exponential numbers per mode (χ² of one degree where real): 1 ± 0.18, 256 of them.
        assert power.min() > 0.35 and power.max() < 2
        neighbours = correlation(noise[:, :, 1:], noise[:, :, :-1])
        assert abs(neighbours) < 0.035  # 4/√14400

    def test_it_is_not_point_symmetric(self, noise):
        turned = np.roll(noise[:, ::-1, ::-1], 1, axis=(1, 2))  # about pixel n // 2
        # Half the pixels are the other half again: 4/√(15360/2). It is 1 where the spectrum was drawn real.
        assert abs(correlation(noise, turned)) < 0.046

    def test_images_have_their_own(self, noise):
        first = noise.reshape(N, -1)
        correlations = np.corrcoef(first) - np.eye(N)
        assert np.abs(correlations).max() < 5 / BOX  # standard deviation 1/16, 1770 pairs

    def test_half_sets_are_written(self, done):
        halves = read_star(done.folder / "particles.star")["particles"].column("rlnRandomSubset", int)
        assert sorted(halves) == [1] * (N // 2) + [2] * (N // 2)


DOSE = 2000.0  # so high that the signal of thirty atoms shows
EXPECTED = DOSE * PIXEL_SIZE**2


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dose") / "run"
    return simulate_particles(cluster(), folder, dataclasses.replace(OPTIONS, snr=None, dose_per_a2=DOSE))


class TestDose:
    def test_stored_values_are_those_of_whole_counts(self, counted):
        """(1 - counts/expected)/2, protein bright."""
        counts = EXPECTED * (1 - 2 * images(counted))
        # 12 500 times what single precision leaves of values below a half.
        np.testing.assert_allclose(counts, np.round(counts), atol=3e-3)
        assert counts.min() >= 0

    def test_mean_counts(self, counted, quiet):
        """dose · pixel² · (1 + 2C), with C minus the stored image."""
        counts = EXPECTED * (1 - 2 * images(counted))
        expected = EXPECTED * (1 - 2 * images(quiet))
        # Poisson: standard deviation √12500; of the mean over 15 360 pixels and over each of 60 images.
        assert abs((counts - expected).mean()) < 4 * np.sqrt(EXPECTED / counts.size)
        each = (counts - expected).mean(axis=(1, 2))
        assert np.abs(each).max() < 4.5 * np.sqrt(EXPECTED) / BOX
        low, high = np.quantile(images(quiet), [0.05, 0.95])
        for pixels in (images(quiet) < low, images(quiet) > high):  # the signal has the right sign and size
            signal, error = (expected[pixels] - EXPECTED).mean(), np.sqrt(EXPECTED / pixels.sum())
            assert abs((counts[pixels] - EXPECTED).mean() - signal) < 4 * error < abs(signal)

    def test_variance(self, counted, quiet):
        """σ² ≈ 1/(4 · expected) per pixel of the stored image."""
        noise = images(counted) - images(quiet)
        assert counted.noise_variance == pytest.approx(1 / (4 * EXPECTED))
        assert noise.var() == pytest.approx(1 / (4 * EXPECTED), rel=0.05)  # 4 · √(2/15360), and the contrast's
        assert read_run(counted.folder).results["snr"] == pytest.approx(
            images(quiet).var(axis=(1, 2)).mean() * 4 * EXPECTED, rel=1e-4
        )

    def test_a_contrast_too_strong_for_counts(self, tmp_path):
        """A map that is no potential in Å⁻²."""
        write_mrc(tmp_path / "strong.mrc", 1e4 * blobs(BOX), pixel_size=PIXEL_SIZE)
        options = dataclasses.replace(OPTIONS, snr=None, dose_per_a2=DOSE, box=None, pixel_size=None)
        with pytest.raises(InputError, match="number of electrons is not positive") as caught:
            simulate_particles(tmp_path / "strong.mrc", tmp_path / "run", options)
        assert "--snr" in str(caught.value.hint)
        assert not (tmp_path / "run").exists()


class TestReproducibility:
    def test_the_batch_size_does_not_matter(self, done, tmp_path, monkeypatch):
        monkeypatch.setattr(_signal, "PIXELS_IN_FLIGHT", 13 * BOX**2)
        again = simulate_particles(cluster(), tmp_path / "run", OPTIONS)
        assert data(again.folder) == data(done.folder)

    def test_another_seed_is_another_stack(self, done, tmp_path):
        other = simulate_particles(cluster(), tmp_path / "run", dataclasses.replace(OPTIONS, seed=1))
        assert not np.any(images(other) == images(done))
        ours, theirs = (ParticleDataset.load(result.folder / "particles.star").poses for result in (done, other))
        assert not np.any(np.asarray(ours.phi) == np.asarray(theirs.phi))
        assert (other.folder / "volume.mrc").read_bytes() == (done.folder / "volume.mrc").read_bytes()

    def test_snr_scales_the_same_noise(self, done, quiet, tmp_path):
        noisier = simulate_particles(cluster(), tmp_path / "run", dataclasses.replace(OPTIONS, snr=OPTIONS.snr / 4))
        noise, twice = images(done) - images(quiet), images(noisier) - images(quiet)
        np.testing.assert_allclose(twice, 2 * noise, atol=1e-3 * noise.std())  # float32, and the quiet one's noise


class TestInterruption:
    """Stopped at any moment nothing looks complete, and the same command ends in the same bytes."""

    @pytest.fixture(autouse=True)
    def small_batches(self, monkeypatch):
        monkeypatch.setattr(_signal, "PIXELS_IN_FLIGHT", 13 * BOX**2)  # five batches, the last one of 8
        monkeypatch.setattr(_stack, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)

    def stopped(self, folder, progress=None):
        with pytest.raises(KeyboardInterrupt):
            simulate_particles(cluster(), folder, OPTIONS, progress=progress or Interrupting())
        assert read_run(folder).state is RunState.INTERRUPTED
        assert {path.name for path in folder.iterdir()} == {"run.json", ".partial"}

    def resumed(self, folder, done):
        progress = Interrupting()
        simulate_particles(cluster(), folder, OPTIONS, progress=progress)
        assert data(folder) == data(done.folder)
        assert contents(folder) == sorted([*DATA, "run.json"])
        return progress.passed

    @pytest.mark.parametrize("passed", [0, 1, 3, 5, 7, 9])
    def test_between_batches(self, done, tmp_path, passed):
        """Five batches of projections, then five of noise."""
        self.stopped(tmp_path / "run", Interrupting(after=passed))
        # Those that were under way when the interrupt came, two at most, are done again.
        assert self.resumed(tmp_path / "run", done) - (10 - passed) in (0, 1, 2)

    @pytest.mark.parametrize("calls", [1, 4, 6, 10])
    def test_between_a_batch_and_its_checkpoint(self, done, tmp_path, monkeypatch, calls):
        """The stack holds more than the checkpoint says: the batch is dropped and done again."""
        save, counted = Run.save_checkpoint, []

        def interrupted(self, **values):
            counted.append(values)
            if len(counted) == calls:
                raise KeyboardInterrupt
            save(self, **values)

        with monkeypatch.context() as patch:
            patch.setattr(Run, "save_checkpoint", interrupted)
            self.stopped(tmp_path / "run")
        assert self.resumed(tmp_path / "run", done) == 11 - calls

    @pytest.mark.parametrize("stage", ["_write_tables", "write_mrc", "write_report"])
    def test_after_the_images(self, done, tmp_path, monkeypatch, stage):
        def interrupt(*arguments, **options):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(_particles, stage, interrupt)
            self.stopped(tmp_path / "run")
        assert self.resumed(tmp_path / "run", done) == 0

    def test_twice(self, done, tmp_path):
        self.stopped(tmp_path / "run", Interrupting(after=2))
        self.stopped(tmp_path / "run", Interrupting(after=5))
        assert self.resumed(tmp_path / "run", done) < 10

    def test_an_unfinished_stack_is_refused_by_readers(self, tmp_path):
        self.stopped(tmp_path / "run", Interrupting(after=7))
        with pytest.raises(InputError, match="truncated"):
            read_mrc(tmp_path / "run" / ".partial" / "particles.mrcs")

    def test_other_options_do_not_resume(self, tmp_path):
        self.stopped(tmp_path / "run", Interrupting(after=2))
        with pytest.raises(InputError, match="seed was 0, not 1"):
            simulate_particles(cluster(), tmp_path / "run", dataclasses.replace(OPTIONS, seed=1))

    def test_other_atoms_of_the_same_name_do_not_resume(self, tmp_path):
        self.stopped(tmp_path / "run", Interrupting(after=2))
        for name in ("positions", "b_factors", "occupancies", "atomic_numbers"):
            values = getattr(cluster(), name).copy()
            values[-1] += 1
            with pytest.raises(InputError, match="cannot be resumed, because atoms_sha256 was"):
                simulate_particles(dataclasses.replace(cluster(), **{name: values}), tmp_path / "run", OPTIONS)


class TestSources:
    def test_a_map(self, tmp_path):
        """Box and pixel size are its own; the volume beside the stack is the map times λγp."""
        values = 0.01 * blobs(BOX)
        write_mrc(tmp_path / "map.mrc", values, pixel_size=PIXEL_SIZE)
        options = dataclasses.replace(OPTIONS, box=None, pixel_size=None, snr=1e10)
        result = simulate_particles(str(tmp_path / "map.mrc"), str(tmp_path / "run"), options)
        volume, voxel_size = load_volume(result.folder / "volume.mrc")
        factor = float(interaction_constant(300.0)) * PIXEL_SIZE
        np.testing.assert_allclose(volume, factor * values, rtol=1e-5, atol=1e-12)
        assert voxel_size == PIXEL_SIZE
        particles = ParticleDataset.load(result.folder / "particles.star")
        expected = particle_images(factor * values, particles.poses, particles.ctf, pixel_size=PIXEL_SIZE)
        assert relative_error(particles.images(), expected) < 5e-4  # the slices' window
        record = read_run(result.folder)
        assert record.inputs[0]["path"] == str((tmp_path / "map.mrc").resolve())

    def test_given_poses(self, done, tmp_path):
        """The stack of another run's poses, with optics and noise of this run's seed."""
        path = done.folder / "particles.star"
        options = dataclasses.replace(OPTIONS, poses=path, seed=5, snr=1e10)
        result = simulate_particles(cluster(), tmp_path / "run", options)
        found, given = (ParticleDataset.load(folder / "particles.star") for folder in (result.folder, done.folder))
        np.testing.assert_array_equal(found.poses.phi, given.poses.phi)
        np.testing.assert_array_equal(found.poses.offset_x, given.poses.offset_x)
        assert not np.any(np.asarray(found.ctf.defocus_u) == np.asarray(given.ctf.defocus_u))
        assert str(path.resolve()) in [item["path"] for item in read_run(result.folder).inputs]
        volume, _ = load_volume(result.folder / "volume.mrc")
        expected = particle_images(volume.astype(np.float64), given.poses, found.ctf, pixel_size=PIXEL_SIZE)
        assert relative_error(found.images(), expected) < 5e-4  # the slices' window


class TestWrongInput:
    """Each is refused before there is any output."""

    def refused(self, source, folder, match, **options):
        with pytest.raises(InputError, match=match) as caught:
            simulate_particles(source, folder / "run", dataclasses.replace(OPTIONS, **options))
        assert not (folder / "run").exists()
        return str(caught.value)

    def test_a_box_larger_than_memory(self, tmp_path):
        self.refused(cluster(), tmp_path, "--box 40000 needs about", box=40000)

    def test_atoms_outside_the_box(self, tmp_path):
        assert "--box" in self.refused(cluster(), tmp_path, "cluster: atoms lie up to", box=8)

    def test_an_unknown_element(self, tmp_path):
        table = dataclasses.replace(cluster(), atomic_numbers=np.array([6] * 29 + [0]))
        self.refused(table, tmp_path, r"atom 30 .*\(cluster\)")

    def test_a_map_without_pixel_size(self, tmp_path):
        path = tmp_path / "bare.mrc"
        write_mrc(path, blobs(BOX), pixel_size=1.0)
        content = bytearray(path.read_bytes())
        content[40:52] = bytes(12)  # the cell
        path.write_bytes(content)
        assert "--apix" in self.refused(path, tmp_path, "bare.mrc")

    def test_an_empty_map(self, tmp_path):
        write_mrc(tmp_path / "zero.mrc", np.zeros((BOX,) * 3), pixel_size=PIXEL_SIZE)
        self.refused(tmp_path / "zero.mrc", tmp_path, "zero|constant")

    def test_poses_that_are_none(self, tmp_path):
        path = tmp_path / "none.star"
        write_particles_star(path, image_names=["1@a.mrcs"] * N, image_shape=(8, 8), pixel_size=1.0)
        self.refused(cluster(), tmp_path, "60 of 60 particles have no pose", poses=path)

    def test_unknown_symmetry(self, tmp_path):
        self.refused(cluster(), tmp_path, "symmetry 'Q'", symmetry="Q")

    def test_a_source_that_is_absent(self, tmp_path):
        self.refused(tmp_path / "nowhere.pdb", tmp_path, r"nowhere\.pdb")

    def test_an_earlier_run_survives_a_wrong_command(self, done, tmp_path):
        before = data(done.folder)
        for source, options in ((Path("nowhere.pdb"), {}), (cluster(), {"box": 8}), (cluster(), {"symmetry": "Q"})):
            with pytest.raises(InputError):
                simulate_particles(source, done.folder, dataclasses.replace(OPTIONS, **options), overwrite=True)
        assert data(done.folder) == before and read_run(done.folder).state is RunState.COMPLETE
