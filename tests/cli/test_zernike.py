"""`vitreous zernike`: maps to moments and back, and what is read from them."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_memory import SCRIPT, least
from tests.cli.test_wrong_input import MAPS, NO_FILES, named, without_pixel_size
from tests.memory import peak_memory
from vitreous.io import read_mrc, read_npz, write_mrc, write_npz
from vitreous.shape import Moments

from .conftest import BOX, PIXEL_SIZE, Made, make

ORDER = 6
MIB = 2**20


@pytest.fixture(scope="session")
def decomposed(blob, tmp_path_factory) -> Made:
    """The moments of `blob`; `folder` is the file."""
    path = tmp_path_factory.mktemp("zernike") / "moments.npz"
    return make(path, "zernike", "decompose", blob, "--order", ORDER, "--verbose")


@pytest.fixture
def table(decomposed) -> Moments:
    found = Moments()
    found.load(decomposed.folder, quiet=True)
    return found


def test_decompose_says_what_it_wrote_and_how(decomposed, blob):
    status, out, err = decomposed.outcome.status, decomposed.outcome.out, decomposed.outcome.err
    assert status == 0
    assert out == (
        f"{decomposed.folder}: 50 moments to order 6 of a map of 16³ voxels of 3 Å, ball of 24 Å; they hold it to "
        "16.3 Å\n"
    )
    assert err.splitlines()[0].startswith("Decomposing: 1 of 1")
    assert [line.split(":")[0] for line in err.splitlines()[1:]] == ["device", "plan", "volumes at once"]
    assert "orders to 25" in err  # π R


def test_a_map_comes_back_over_itself(run, decomposed, blob, tmp_path):
    outcome = run("zernike", "reconstruct", decomposed.folder, "-o", tmp_path / "map", "--parity", "--save")
    assert outcome.status == 0
    assert outcome.out == f"{tmp_path / 'map.mrc'}: 16³ voxels of 3 Å, moments to order 6 in a ball of 24 Å\n"
    assert outcome.err.startswith("Writing maps: 1 of 1") and "device" not in outcome.err
    (values, header), (source, _) = read_mrc(tmp_path / "map.mrc"), read_mrc(blob)
    assert header.pixel_size == pytest.approx((3, 3, 3)) and header.origin == (0, 0, 0)
    # Blobs of 1.2 voxels want order 15 or so; to order 6 most of them is there: 0.82.
    assert np.corrcoef(values.ravel(), source.ravel())[0, 1] > 0.8
    outcome = run("zernike", "compare", tmp_path / "map.mrc", decomposed.folder, "--json")
    found = json.loads(outcome.out)
    # The series of order 6 has these very moments, but for its jump to zero at the surface of the ball.
    assert found["order"] == list(range(ORDER + 1)) and min(found["correlation"]) > 0.99
    assert found["resolution_0.5_a"] is None and found["resolution_a"][0] is None


def test_options_of_both_reach_the_files(run, blob, tmp_path):
    place = ("--com", "25.5,24,24", "--crop-to", 14, "--radius", 18, "--apix", 3.1, "--save-bit8")
    outcome = run("zernike", "decompose", blob, "-o", tmp_path / "m", "--resolution", 20, *place)
    assert outcome.status == 0 and len(outcome.out.splitlines()) == 2
    full, coarse = Moments(), Moments()
    full.load(tmp_path / "m.npz", quiet=True)
    coarse.load(tmp_path / "m.8bit.npz", quiet=True)
    assert (full.voxdim, full.apix, full.radius, full.order) == (14, 3.1, 18.0, coarse.order)
    # Voxel 8 of 3.1 Å is at 24.8 Å.
    assert full.center == pytest.approx((0.7, -0.8, -0.8))
    frame = ("--dimensions", 12, "--apix", 3.5, "--order", 3, "--bit8", "--device", "cpu")
    assert run("zernike", "reconstruct", tmp_path / "m.npz", "-o", tmp_path / "r.mrc", *frame).status == 0
    _, header = read_mrc(tmp_path / "r.mrc")
    assert header.shape == (12,) * 3 and header.pixel_size == pytest.approx((3.5,) * 3)
    assert header.origin == pytest.approx((25.5 - 21, 24 - 21, 24 - 21))


def test_show(run, decomposed, table):
    def shown(*options):
        outcome = run("zernike", "show", decomposed.folder, *options)
        assert outcome.status == 0 and outcome.err == ""
        return outcome.out

    assert "Moments: 50 " in shown() and "Order: 6 " in shown() and "Invariants: False" in shown()
    assert shown("--n-max", 1).splitlines()[2].startswith("(1, 1, 1) (")
    assert complex(shown("--nlm", "3,3,-2")) == pytest.approx(-np.conj(table.get_moment(3, 3, 2)) * -1, rel=1e-6)
    assert [line[:6] for line in shown("--invariants", "--n-max", 2).splitlines()] == [
        "(0, 0)", "(1, 1)", "(2, 0)", "(2, 2)"
    ]  # fmt: skip
    assert float(shown("--nl", "2,2")) == pytest.approx(float(table.get_invariant(2, 2)), rel=1e-6)


def test_invariants_in_three_forms(run, decomposed, table):
    def shown(*options):
        return run("zernike", "invariants", decomposed.folder, *options).out

    values = table.calculate_invariants()[0]
    found = json.loads(shown("--format", "json"))
    assert found["invariants"][0] == pytest.approx(values.tolist(), rel=1e-6)
    rows = [line.split(",") for line in shown("--format", "csv").splitlines()]
    assert rows[0] == ["n", "l", "invariant"]
    assert [float(row[2]) for row in rows[1:]] == found["invariants"][0]
    assert [line.split()[2] for line in shown().splitlines()[1:]] == [f"{x:.7g}" for x in found["invariants"][0]]
    unit = json.loads(shown("--format", "json", "--normalised"))["invariants"][0]
    assert np.linalg.norm(unit) == pytest.approx(1, rel=1e-6)
    assert unit == pytest.approx(values / np.linalg.norm(values), rel=1e-5)


def test_compare_prints_a_table(run, blob, decomposed, tmp_path):
    values, _ = read_mrc(blob)
    # Turned by half a turn about z, for which box and centre must be odd.
    turned = np.roll(values[:, ::-1, ::-1], (1, 1), axis=(1, 2))
    write_mrc(tmp_path / "turned.mrc", turned, pixel_size=PIXEL_SIZE)
    outcome = run("zernike", "compare", blob, tmp_path / "turned.mrc", "--order", 4)
    assert outcome.status == 0 and outcome.err == ""
    lines = outcome.out.splitlines()
    assert lines[0].startswith(f"{blob} and {tmp_path / 'turned.mrc'}, correlation 0.")
    assert lines[1].startswith("correlation 0.5: ") and len(lines) == 5 + 5
    n, resolution, correlation, _ = lines[6].split()
    # Order 1 is the dipole: only its part along z is the same.
    z, x = (abs(complex(decomposed_moment(run, decomposed, f"1,1,{m}"))) for m in (0, 1))
    assert float(correlation) == pytest.approx((z**2 - 2 * x**2) / (z**2 + 2 * x**2), abs=1e-4)
    assert (n, float(resolution)) == ("1", pytest.approx(2 * np.pi * 24 / 2.8, abs=1e-3))


def decomposed_moment(run, decomposed, label):
    return run("zernike", "show", decomposed.folder, "--nlm", label).out


def test_conversions(run, blob, decomposed, table, tmp_path):
    def convert(source, name, to):
        return run("zernike", "convert", source, tmp_path / name, "--to", to)

    assert convert(decomposed.folder, "d.inv", "novotni-klein").status == 0
    count, *numbers = (tmp_path / "d.inv").read_text().split()
    assert int(count) == len(numbers) == 16
    assert float(numbers[0]) == pytest.approx((3 / 4 / np.pi) ** 0.5 * abs(table.get_moment(0, 0, 0)), rel=1e-6)
    for to in ("novotni-klein", "biozernike"):
        assert convert(decomposed.folder, f"{to}.csv", to).status == 0
        rows = np.loadtxt(tmp_path / f"{to}.csv", delimiter=",", skiprows=1)
        assert rows.shape == (50, 6) and rows[-1, :4].tolist() == [0, 6, 6, 6]
    outcome = convert(decomposed.folder, "theirs.npz", "zernike3d")
    assert outcome.status == 2 and "--ball zernike3d" in outcome.err
    own = tmp_path / "own.npz"
    assert run("zernike", "decompose", blob, "-o", own, "--order", ORDER, "--ball", "zernike3d").status == 0
    assert convert(own, "theirs", "zernike3d").status == 0
    assert set(read_npz(tmp_path / "theirs.npz")) == {"dim", "apix", "arr_0"}
    assert convert(tmp_path / "theirs.npz", "ours", "vitreous").status == 0
    back, first = Moments(), Moments()
    back.load(tmp_path / "ours.npz", quiet=True)
    first.load(own, quiet=True)
    np.testing.assert_allclose(back.array, first.array, atol=1e-6 * np.abs(first.array).max())


@pytest.fixture
def job(blob, tmp_path) -> tuple[Path, ...]:
    """cryoSPARC's files of a job with two components, and five particles."""
    values, _ = read_mrc(blob)
    maps = {"J1_map": values, "J1_component_0": values.transpose(2, 1, 0), "J1_component_1": values[::-1]}
    for name, volume in maps.items():
        write_mrc(tmp_path / f"{name}.mrc", volume, pixel_size=PIXEL_SIZE)
    rows = np.zeros(5, [("uid", "u8"), ("components_mode_0/value", "f4"), ("components_mode_1/value", "f4")])
    rows["components_mode_0/value"] = np.arange(5)
    with (tmp_path / "J1_particles.cs").open("wb") as stream:
        np.save(stream, rows)
    return tuple(tmp_path / f"{name}.mrc" for name in maps)


def test_a_latent_space_from_files_to_a_particle(run, job, tmp_path):
    particles = ("--particles", tmp_path / "J1_particles.cs")
    outcome = run("zernike", "bundle", *job, *particles, "-o", tmp_path / "job")
    assert outcome.status == 0
    assert outcome.out == f"{tmp_path / 'job.npz'}: a map and 2 components of 16 × 16 × 16 voxels of 3 Å, 5 particles\n"
    outcome = run("zernike", "decompose", tmp_path / "job.npz", "-o", tmp_path / "m", "--order", ORDER)
    assert outcome.status == 0 and "each of 3 maps, 5 latents, of 16³ voxels" in outcome.out
    assert "Decomposing: 3 of 3" in outcome.err
    outcome = run("zernike", "reconstruct", tmp_path / "m.npz", "-o", tmp_path / "v.mrc")
    assert "v_0.mrc … v_2.mrc (3 maps)" in outcome.out and "Writing maps: 3 of 3" in outcome.err
    run("zernike", "reconstruct", tmp_path / "m.npz", "-o", tmp_path / "p.mrc", "--z-ind", 3)
    run("zernike", "reconstruct", tmp_path / "m.npz", "-o", tmp_path / "s.mrc", "--scales", "3,0")
    particle, place, zero, one = (read_mrc(tmp_path / f"{name}.mrc")[0] for name in ("p", "s", "v_0", "v_1"))
    np.testing.assert_array_equal(particle, place)
    np.testing.assert_allclose(particle, zero + 3 * one, atol=1e-5 * np.abs(particle).max())
    assert "particles: (5, 2)" in run("zernike", "show", tmp_path / "m.npz").out
    described = run("info", tmp_path / "job.npz", tmp_path / "m.npz", tmp_path / "J1_particles.cs")
    assert described.status == 0 and described.err == ""
    assert "3D variability bundle" in described.out and "latents     5 × 2" in described.out


@pytest.mark.parametrize("kind", MAPS + NO_FILES, ids=named)
def test_maps_that_cannot_be_decomposed(refused_without_trace, map_file, decomposed, tmp_path, kind):
    path = tmp_path / "bad.mrc"
    path.write_bytes(kind(path))
    good, output = map_file("good.mrc", box=BOX, pixel_size=PIXEL_SIZE), tmp_path / "m.npz"
    commands = [
        ("decompose", path, "-o", output),
        ("compare", decomposed.folder, path),
        ("bundle", path, map_file("component_0.mrc", box=BOX), "-o", output),
    ]
    if kind is not without_pixel_size:  # which a mask does not need
        commands.append(("decompose", good, "-o", output, "--mask", path))
    for command in commands:
        # A bundle may hold nothing but zeros as its mean.
        if not (kind.__name__ == "all_zero" and command[0] == "bundle"):
            assert f"error: {path}: " in refused_without_trace("zernike", *command), command


@pytest.mark.parametrize("kind", NO_FILES, ids=named)
def test_files_that_hold_no_moments(refused_without_trace, tmp_path, kind):
    path = tmp_path / "bad.npz"
    path.write_bytes(kind(path))
    for command in (
        ("reconstruct", path, "-o", tmp_path / "map.mrc"),
        ("show", path),
        ("invariants", path),
        ("convert", path, tmp_path / "a.csv", "--to", "biozernike"),
    ):
        assert f"error: {path}: " in refused_without_trace("zernike", *command), command


def test_files_of_other_kinds_and_versions(refused_without_trace, decomposed, tmp_path):
    assert "is a file of vitreous, but no bundle of maps" in refused_without_trace(
        "zernike", "decompose", decomposed.folder, "-o", tmp_path / "m"
    )
    newer = tmp_path / "newer.npz"
    write_npz(newer, read_npz(decomposed.folder) | {"version": 99})
    assert f"{newer}: is version 99" in refused_without_trace("zernike", "show", newer)
    bytes_of_another = {"args_0": np.zeros(3, np.uint8), "phases_0": np.zeros(3, np.uint8), "deltas_0": np.ones(2)}
    write_npz(newer, bytes_of_another | {"dim": 64, "apix": 1.0})
    assert "the version known here does not write" in refused_without_trace("zernike", "reconstruct", newer, "-o", "x")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("decompose", "--order", -1), "--order -1 must not be negative"),
        (("decompose", "--order", 5, "--resolution", 8), "--order and --resolution"),
        (("decompose", "--com", "1,2"), "--com '1,2' is not three numbers"),
        (("decompose", "--com", "a,b,c"), "--com 'a,b,c' is no list of numbers"),
        (("decompose", "--com", "absent.cmm"), "absent.cmm: cannot be read"),
        (("decompose", "--radius", 500), "a ball of 500 Å does not fit a box of 16³"),
        (("decompose", "--bit8", "--save-bit8"), "--bit8 stores eight bits alone"),
        (("decompose", "--mode", "fast"), "Invalid value for '--mode'"),
        (("decompose", "--device", "gpu:7"), "--device gpu:7: there is no such device"),
        (("decompose", "--memory", "3X"), "--memory='3X' is not an amount of memory"),
        (("decompose", "--memory", "64M"), "64.0 MiB is allowed by --memory"),
        (("decompose", "--order", 5000), "to order 5000 in one of 16³, needs about"),
        (("reconstruct", "--order", 7), "has moments to order 6, and --order 7 is more"),
        (("reconstruct", "--z-ind", 0), "there are latents of 0 particles"),
        (("reconstruct", "--scales", "1;2"), "--scales '1;2' is no list of numbers"),
        (("reconstruct", "--dimensions", 2), "--dimensions 2 holds no map"),
        (("reconstruct", "--dimensions", 5000), "a box of 5000³ needs about"),
        (("reconstruct", "--memory", "64M"), "64.0 MiB is allowed by --memory"),
        (("show", "--nlm", "3,x"), "--nlm '3,x' is not 3 whole numbers"),
        (("show", "--nlm", "3,5,2"), "there is no moment"),
        (("show", "--nl", "8,8"), "n=8 is beyond the order 6"),
        (("show", "--nl", "2,2", "--nlm", "2,2,0"), "--nlm names a moment"),
        (("show", "--latent-dim", 1, "--n-max", 1), "there are only 1 dimensions"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_options_that_cannot_be(refused_without_trace, monkeypatch, blob, decomposed, tmp_path, command, message):
    monkeypatch.setenv("VITREOUS_MEMORY", "32G")  # so that the refusals do not depend on the machine
    verb, *options = command
    if verb == "decompose":
        options += ["-o", tmp_path / "m"]
    if verb == "reconstruct":
        options += ["-o", tmp_path / "m.mrc"]
    source = blob if verb == "decompose" else decomposed.folder
    assert message in refused_without_trace("zernike", verb, source, *options)


def test_existing_outputs_are_kept(run, refused, blob, decomposed, job, tmp_path):
    output = tmp_path / "out.npz"
    output.write_text("mine")
    commands = (
        ("decompose", blob, "-o", output, "--order", ORDER),
        ("convert", decomposed.folder, output, "--to", "vitreous"),
        ("bundle", *job, "-o", output),
    )
    for command in commands:
        assert f"{output}: exists already" in refused("zernike", *command)
        assert output.read_text() == "mine"
        assert run("zernike", *command, "--overwrite").status == 0 and output.stat().st_size > 100
        output.write_text("mine")
    (tmp_path / "map_1.mrc").write_text("mine")
    assert run("zernike", "bundle", *job, "-o", output, "--overwrite").status == 0
    run("zernike", "decompose", output, "-o", tmp_path / "m", "--order", ORDER)
    # One of three is there: none is written.
    assert "map_1.mrc: exists" in refused("zernike", "reconstruct", tmp_path / "m.npz", "-o", tmp_path / "map.mrc")
    assert not (tmp_path / "map_0.mrc").exists()
    for output in (tmp_path / "absent" / "m.npz", tmp_path / "map_1.mrc" / "m.npz"):
        assert f"{output}: its folder" in refused("zernike", "decompose", blob, "-o", output)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_least_amount_that_is_accepted_holds(tmp_path):
    """Of a bundle of twelve volumes, which would be one batch if it could, and of a map of its own."""
    maps = np.random.default_rng(0).normal(size=(12, 64, 64, 64)).astype(np.float32)
    write_npz(tmp_path / "job.npz", {"consensus_map": maps[0], "components": maps[1:], "apix": 1.5})
    decompose = ("zernike", "decompose", tmp_path / "job.npz", "-o", tmp_path / "m", "--order", 40)
    for arguments in (decompose, ("zernike", "reconstruct", tmp_path / "m.npz", "-o", tmp_path / "map.mrc")):
        amount = least(*arguments) + 8
        peak = peak_memory(SCRIPT, *arguments, "--memory", f"{amount}M")
        print(f"{arguments[1]}: {peak / MIB:.0f} MiB of {amount} MiB declared")
        assert peak <= amount * MIB
