"""The demo: all its files, the claims it makes, the hand of its map, and going on after an interruption."""

import csv
import dataclasses

import jax
import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from tests.interruption import Interrupting
from tests.reconstruct.exact import modes_of, relion_ctf
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset, load_volume
from vitreous.reconstruct import _particles as reconstruct_job
from vitreous.runs import RunState, read_run
from vitreous.simulate import _particles as simulate_job
from vitreous.simulate import embedded_specimen
from vitreous.workflow import DemoOptions, run_demo

SMALL = DemoOptions(n=300, box=32, pixel_size=4.0, snr=0.15)
MAPS = ("half1.mrc", "half2.mrc", "map.mrc")
DATA = ("particles.mrcs", "particles.star", "truth.star", "volume.mrc", *MAPS, "fsc.csv")
FILES = sorted([*DATA, *(f"c1/{name}" for name in (*MAPS, "fsc.csv"))])
SYMMETRY_ORDER = {"": 24, "c1/": 1}


@pytest.fixture(scope="module", autouse=True)
def no_inner_reports():
    """The runs inside the demo draw figures that it does not keep."""
    with pytest.MonkeyPatch.context() as patch:
        for job in (simulate_job, reconstruct_job):
            patch.setattr(job, "write_report", lambda *arguments: None)
        yield


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return run_demo(str(tmp_path_factory.mktemp("demo") / "run"), SMALL)


def contents(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def curves(folder, which):
    """Columns of fsc.csv of the run with symmetry ("") or without ("c1/")."""
    with (folder / which / "fsc.csv").open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["shell", "resolution_a", "fsc_halves", "fsc_truth"]
    return np.array(rows, float).T


def plain_expectation(folder, which):
    """SSNR/(1 + SSNR), SSNR = (N g / 2r) ⟨CTF²⟩ P / σ², from the true volume, the CTFs and the noise."""
    truth, voxel_size = load_volume(folder / "volume.mrc")
    particles = ParticleDataset.load(folder / "particles.star")
    box = len(truth)
    spectrum, radius = modes_of(truth)
    ctf_squared = np.zeros((box, box // 2 + 1))
    for start in range(0, len(particles), 100):
        some = jax.tree.map(lambda leaf, start=start: leaf[start : start + 100], particles.ctf)
        ctf_squared += (relion_ctf(some, box=box, pixel_size=voxel_size) ** 2).sum(0) / len(particles)
    k = np.fft.fftfreq(box) * box
    ring = np.floor(np.hypot(*np.meshgrid(k, np.arange(box // 2 + 1), indexing="ij")) + 0.5)
    shell = np.floor(radius + 0.5)
    r = np.arange(1, box // 2 + 1)
    power = np.array([np.mean(np.abs(spectrum[shell == i]) ** 2) for i in r]) / box**2
    mean_ctf_squared = np.array([ctf_squared[ring == i].mean() for i in r])
    noise_variance = read_run(folder).results["simulation"]["noise_variance"]
    count = len(particles) / 2 * SYMMETRY_ORDER[which]
    ssnr = count / (2 * r) * mean_ctf_squared * power / noise_variance
    return np.concatenate([[1.0], ssnr / (1 + ssnr)])


def density_at(folder, name, positions):
    """Mean of a map at positions (x, y, z) in Å from voxel n // 2, in standard deviations of the map."""
    values, voxel_size = load_volume(folder / name)
    at = positions[:, ::-1].T / voxel_size + len(values) // 2
    return map_coordinates(values, at, order=3).mean() / values.std()


class TestFiles:
    def test_all(self, demo):
        assert contents(demo.folder) == sorted([*FILES, "report.html", "run.json"])

    def test_report(self, demo):
        report = demo.report.read_text(encoding="utf-8")
        assert report.count("<svg") + report.count("<img") >= 7  # particles, two curves, three maps, projections
        assert "expected" in report and "SSNR/(1 + SSNR)" in report and report.count("edge correction") == 2

    def test_maps_share_box_and_voxel_size(self, demo):
        for name in ("volume.mrc", *MAPS, *(f"c1/{name}" for name in MAPS)):
            values, voxel_size = load_volume(demo.folder / name)
            assert values.shape == (32,) * 3 and voxel_size == 4.0

    def test_particles_lead_to_their_images(self, demo):
        particles = ParticleDataset.load(demo.folder / "particles.star")
        particles.check_images()
        assert len(particles) == SMALL.n and particles.images([0]).any()

    @pytest.mark.parametrize("which", SYMMETRY_ORDER)
    def test_tables(self, demo, which):
        shell, resolution, halves, truth = curves(demo.folder, which)
        np.testing.assert_array_equal(shell, np.arange(17))
        np.testing.assert_allclose(resolution[1:], 128 / shell[1:], atol=1e-4)  # four decimals
        assert np.abs([halves, truth]).max() <= 1

    def test_record(self, demo):
        record = read_run(demo.folder)
        assert record.verb == "demo" and record.state is RunState.COMPLETE and record.seed == 0
        assert record.options == dataclasses.asdict(SMALL)
        assert set(record.results) == {"simulation", "O", "C1"}
        assert record.results["simulation"]["snr"] == pytest.approx(SMALL.snr)
        for name in ("O", "C1"):
            numbers = record.results[name]
            assert numbers["nyquist_a"] == 8.0 and 0 < numbers["largest_deviation_from_expected_fsc"] < 0.1
            which = "" if name == "O" else "c1/"
            deviation = np.abs(curves(demo.folder, which)[2] - plain_expectation(demo.folder, which))[4:].max()
            # Rings of CTFs are averaged here over a half plane, whose column kx = 0 counts double.
            assert numbers["largest_deviation_from_plain_ssnr"] == pytest.approx(deviation, abs=1e-3)
            for threshold in ("0.143", "0.5", "truth_0.5"):
                assert numbers[f"resolution_{threshold}_a"] is None or numbers[f"resolution_{threshold}_a"] >= 8

    def test_summary(self, demo):
        assert demo.summary[0].startswith("Resolution reached: ") and "symmetry O" in demo.summary[0]
        assert demo.summary[1] == f"Report: {demo.folder / 'report.html'}"

    def test_a_complete_run_is_not_replaced_unless_told(self, demo):
        before = contents(demo.folder)
        with pytest.raises(InputError) as caught:
            run_demo(demo.folder, SMALL)
        assert "--overwrite" in str(caught.value)
        assert contents(demo.folder) == before


class TestClaims:
    """Those of the full demo, on a scale that takes seconds."""

    def test_half_maps_and_truth_with_symmetry(self, demo):
        shell, _, halves, truth = curves(demo.folder, "")
        inside = shell <= 0.8 * 16
        assert halves[inside].min() >= 0.7 and truth[inside].min() >= 0.5

    @pytest.mark.parametrize("which", SYMMETRY_ORDER)
    def test_half_maps_correlate_as_signal_and_noise_say(self, demo, which):
        shell, _, halves, _ = curves(demo.folder, which)
        expected = plain_expectation(demo.folder, which)
        # A shell of radius r has 2πr² independent modes, 1/g of them with symmetry, and an FSC the standard deviation
        # (1 - FSC²)/√(number); 3.5 of them. The last shell, only partly measured, has 0.7 of this formula's SSNR.
        modes = 2 * np.pi * np.maximum(shell, 1) ** 2 / SYMMETRY_ORDER[which]
        deviation = 3.5 * (1 - expected**2) / np.sqrt(modes)
        assert np.all((np.abs(halves - expected) <= deviation)[4:16])
        assert np.median(deviation[4:16]) < 0.1  # so that it says something
        assert halves[16] <= expected[16] + deviation[16]

    @pytest.mark.parametrize("which", SYMMETRY_ORDER)
    def test_the_hand_of_the_specimen(self, demo, which):
        """From atoms to images to a map: the density stands on the atoms, and not on their mirror image."""
        atoms = embedded_specimen()
        heavy = atoms.positions[atoms.atomic_numbers > 1]
        right = density_at(demo.folder, f"{which}map.mrc", heavy)
        # All improper operations on the axes are one for a body of symmetry O; C1 knows of no symmetry, so three.
        for mirror in ([-1, -1, -1], [-1, 1, 1], [1, 1, -1]):
            wrong = density_at(demo.folder, f"{which}map.mrc", heavy * mirror)
            # The true map has 3.4 and 1.6.
            assert right > 2.8 and wrong < 2.0

    def test_symmetry_helps(self, demo):
        (_, _, with_symmetry, _), (_, _, without, _) = (curves(demo.folder, which) for which in SYMMETRY_ORDER)
        assert np.all(with_symmetry[4:] > without[4:])


class TestInterruption:
    def test_in_every_stage(self, demo, tmp_path):
        """Stopped while simulating, in the reconstruction with symmetry, and in the one without."""
        folder = tmp_path / "run"
        inserting = "Inserting half-set 2"  # once with symmetry, once without
        for stop, reached in (
            (Interrupting(after=1, within="Projecting"), ".simulation"),
            (Interrupting(after=0, within=inserting), ".O"),
            (Interrupting(after=1, within=inserting), ".C1"),
        ):
            with pytest.raises(KeyboardInterrupt):
                run_demo(folder, SMALL, progress=stop)
            assert read_run(folder).state is RunState.INTERRUPTED
            assert {path.name for path in folder.iterdir()} == {"run.json", ".partial"}
            assert read_run(folder / ".partial" / reached).state is RunState.INTERRUPTED
        run_demo(folder, SMALL)
        assert contents(folder) == sorted([*FILES, "report.html", "run.json"])
        for name in FILES:
            assert (folder / name).read_bytes() == (demo.folder / name).read_bytes(), name


class TestWrongInput:
    def test_leaves_nothing(self, tmp_path):
        for options, match in (({"box": 16}, "atoms lie up to"), ({"n": 1}, "n")):
            with pytest.raises(InputError, match=match):
                run_demo(tmp_path / "run", dataclasses.replace(SMALL, **options))
            assert not (tmp_path / "run").exists()


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_the_whole_demo(tmp_path):
    """What the demo promises of its default size, with the plain formula of the expectation."""
    demo = run_demo(tmp_path / "run")
    options = DemoOptions()
    assert options.n >= 1000 and options.snr <= 0.2 and options.box >= 64 and options.pixel_size <= 2
    nyquist = options.box // 2
    for which in SYMMETRY_ORDER:
        shell, _, halves, truth = curves(demo.folder, which)
        deviation = np.abs(halves - plain_expectation(demo.folder, which))[shell > 3]
        worst = int(deviation.argmax()) + 4
        print(
            f"{which or 'O'}: halves {halves[shell <= 0.8 * nyquist].min():.3f} and truth "
            f"{truth[shell <= 0.8 * nyquist].min():.3f} at least up to 0.8 Nyquist; at most {deviation.max():.3f} from "
            f"SSNR/(1 + SSNR), in shell {worst}; in the last, {deviation[-1]:.3f}"
        )
        assert deviation.max() <= 0.05
        if not which:
            assert halves[shell <= 0.8 * nyquist].min() >= 0.7
            assert truth[shell <= 0.8 * nyquist].min() >= 0.5
