"""Input that cannot be used: every verb refuses it with one message that names it, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import BOX, PIXEL_SIZE, contents
from tests.data import shared_data
from vitreous.io import write_mrc

SIMULATE = ("simulate", "particles")


def mrc_bytes(path: Path, *, pixel_size: float = PIXEL_SIZE) -> bytearray:
    write_mrc(path, np.random.default_rng(0).normal(size=(BOX,) * 3), pixel_size=pixel_size)
    data = bytearray(path.read_bytes())
    path.unlink()
    return data


def truncated(path: Path) -> bytes:
    return bytes(mrc_bytes(path)[:-100])


def only_a_header(path: Path) -> bytes:
    return bytes(mrc_bytes(path)[:1000])


def without_pixel_size(path: Path) -> bytes:
    data = mrc_bytes(path)
    data[40:52] = bytes(12)  # the cell's lengths
    return bytes(data)


def with_nan(path: Path) -> bytes:
    data = mrc_bytes(path)
    data[2000:2004] = np.float32(np.nan).tobytes()
    return bytes(data)


def stack_of_volumes(path: Path) -> bytes:
    write_mrc(path, np.random.default_rng(0).normal(size=(4 * BOX, BOX, BOX)), pixel_size=PIXEL_SIZE)
    data = bytearray(path.read_bytes())
    data[88:92] = np.int32(401).tobytes()  # space group: a stack of volumes
    data[36:40] = np.int32(BOX).tobytes()  # of so many sections each
    data[48:52] = np.float32(BOX * PIXEL_SIZE).tobytes()
    return bytes(data)


def stack_of_images(path: Path) -> bytes:
    write_mrc(path, np.random.default_rng(0).normal(size=(3, BOX, BOX)), pixel_size=PIXEL_SIZE, image_stack=True)
    return path.read_bytes()


def all_zero(path: Path) -> bytes:
    write_mrc(path, np.zeros((BOX,) * 3), pixel_size=PIXEL_SIZE)
    return path.read_bytes()


def empty(path: Path) -> bytes:
    return b""


def text(path: Path) -> bytes:
    return b"This is neither a map nor a structure nor a table.\n" * 50


def binary(path: Path) -> bytes:
    return bytes(range(256)) * 20


def pickled(path: Path) -> bytes:
    with path.open("wb") as stream:  # np.savez would add a suffix
        np.savez(stream, map=np.array([{"harm": print}], dtype=object), filler=np.zeros(200))
    return path.read_bytes()


MAPS = (truncated, only_a_header, without_pixel_size, with_nan, stack_of_volumes, stack_of_images, all_zero)
NO_FILES = (empty, text, binary, pickled)


@pytest.fixture
def bad(tmp_path) -> Callable[..., Path]:
    """A broken file of this kind and name."""

    def make(kind: Callable[[Path], bytes], name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(kind(path))
        return path

    return make


def named(kind: object) -> str:
    return getattr(kind, "__name__", "")


@pytest.mark.parametrize("kind", MAPS + NO_FILES, ids=named)
def test_maps(refused_without_trace, bad, map_file, particles_file, tmp_path, kind):
    path = bad(kind, "bad.mrc")
    good = map_file("good.mrc", box=BOX, pixel_size=PIXEL_SIZE)
    particles, output = particles_file(), tmp_path / "new" / "run"
    commands = [
        ("fsc", good, path),
        ("fsc", path, good),
        ("fsc", good, good, "--mask", path),
        (*SIMULATE, path, "-o", output, "--n", 2),
        ("reconstruct", particles, "-o", output, "--truth", path),
        ("reconstruct", particles, "-o", output, "--mask", path),
    ]
    if kind is without_pixel_size:  # a mask needs none beside maps that have one
        commands.pop(2)
    for command in commands:
        assert f"error: {path}: " in refused_without_trace(*command), command


@pytest.mark.parametrize("kind", MAPS + NO_FILES, ids=named)
def test_info_warns_of_what_it_can_read_and_fails_at_the_rest(run, bad, kind):
    path = bad(kind, "bad.mrc")
    outcome = run("info", path)
    if kind in (without_pixel_size, with_nan, all_zero):
        assert outcome.status == 0 and outcome.out.count("  warning: ") == 1 and outcome.err == ""
    elif kind in (stack_of_volumes, stack_of_images):
        assert outcome.status == 0 and "stack" in outcome.out.splitlines()[0]
    else:
        assert outcome.status == 2 and outcome.out == "" and outcome.err.startswith(f"error: {path}: ")


ATOM = "ATOM  {:5d}  {:<3s} GLY A   1    {:8s}{:8.3f}{:8.3f}  1.00 20.00          {:>2s}\n"


def pdb(element: str = "O", x: str = "  12.000") -> str:
    return ATOM.format(1, "CA", "  10.000", 5, 5, "C") + ATOM.format(2, "O", x, 5, 5, element) + "END\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("unknown.pdb", pdb("X"), "element X"),
        ("einsteinium.pdb", pdb("ES"), "element Es"),
        ("nowhere.pdb", pdb(x="     nan"), "atom 2 'O' of GLY 1, chain A"),
        ("far.pdb", pdb(x=" 900.000"), "445 Å from the "),
        ("headers.pdb", "HEADER    NOTHING\nEND\n", "no atoms"),
        ("headers.cif", "data_x\n_cell.length_a 1\n", "no atoms"),
        ("cut.cif", "data_x\nloop_\n_atom_site.id\n_atom_site.type_symbol\n1 C 2\n", "cut.cif"),
        ("empty.pdb", b"", "empty"),
        ("empty.cif", b"", "empty"),
        ("text.pdb", text(Path()), "structure"),
        ("text.cif", text(Path()), "structure"),
        ("binary.pdb", binary(Path()), "structure"),
        ("binary.cif", binary(Path()), "structure"),
        ("table.star", "data_\n_rlnAngleRot 1\n", "structure"),
        ("array.npz", binary(Path()), "structure"),
        ("absent.pdb", None, "No such file"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and "\n" not in value else "",
)
def test_structures(refused_without_trace, tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    simulated = refused_without_trace(*SIMULATE, path, "-o", tmp_path / "run", "--n", 2, "--box", BOX)
    assert str(path) in simulated and message in simulated
    rendered = refused_without_trace("render", path, "-o", tmp_path / "map.mrc", "--box", BOX)
    assert str(path) in rendered and message in rendered


def replaced(old: str, new: str) -> Callable[[str], str]:
    def edit(star: str) -> str:
        assert old in star
        return star.replace(old, new, 1)

    return edit


def without_particles(star: str) -> str:
    return "".join(line for line in star.splitlines(keepends=True) if "@" not in line)


def cut_short(star: str) -> str:
    return star.rstrip().rsplit(" ", 3)[0] + "\n"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (replaced(" 60.0 ", " tilt "), "row 3 (counted from 1) holds 'tilt', which is no number"),
        (replaced(" 300.0 2.7", " high 2.7"), "column rlnVoltage"),
        (replaced("rlnAngleTilt", "rlnNoTilt"), "no column rlnAngleTilt"),
        (replaced("rlnDefocusU", "rlnNoDefocus"), "no column rlnDefocusU"),
        (replaced("rlnImagePixelSize", "rlnNoPixelSize"), "no pixel size"),
        (replaced("6@stack.mrcs", "7@stack.mrcs"), "names number 7"),
        (replaced("6@stack.mrcs", "6@other.mrcs"), "other.mrcs"),
        (replaced(" 16 0 2", " 20 0 2"), "20 × 20"),
        (without_particles, "lists no particles (0 rows)"),
        (cut_short, "values, but the loop that begins in line"),
        (lambda star: "", "no STAR block"),
    ],
    ids=["angle", "kV", "no-tilt", "no-defocus", "no-pixel-size", "number", "stack", "size", "none", "cut", "empty"],
)
def test_particles(refused_without_trace, particles_file, tmp_path, edit, message):
    path = particles_file()
    path.write_text(edit(path.read_text()))
    error = refused_without_trace("reconstruct", path, "-o", tmp_path / "run")
    assert str(path) in error and message in error


@pytest.mark.parametrize("kind", (*NO_FILES, truncated), ids=named)
def test_what_is_no_star_file(refused_without_trace, bad, structure_file, tmp_path, kind):
    path, structure, output = bad(kind, "bad.star"), structure_file(), tmp_path / "run"
    for command in (
        ("reconstruct", path, "-o", output),
        (*SIMULATE, structure, "-o", output, "--n", 2, "--box", BOX, "--poses", path),
        ("info", path),
    ):
        assert f"error: {path}: " in refused_without_trace(*command), command


@pytest.mark.parametrize("kind", [truncated, empty, text, only_a_header], ids=named)
def test_a_broken_stack(refused_without_trace, bad, particles_file, tmp_path, kind):
    stack = bad(kind, "stack.mrcs")
    error = refused_without_trace("reconstruct", particles_file(), "-o", tmp_path / "run")
    assert f"error: {stack}: " in error


def test_a_stack_with_a_value_that_is_not_finite(run, particles_file, tmp_path):
    source = particles_file()
    stack = tmp_path / "stack.mrcs"
    data = bytearray(stack.read_bytes())
    data[-40:-36] = np.float32(np.inf).tobytes()
    stack.write_bytes(data)
    before = contents(tmp_path)
    outcome = run("reconstruct", source, "-o", tmp_path / "run")  # finds it when it gets there
    assert outcome.status == 2 and outcome.out == "" and contents(tmp_path) == before
    assert f"error: {stack}: " in outcome.err and "Traceback" not in outcome.err


def test_a_missing_stack_stops_only_what_reads_pixels(run, refused_without_trace, particles_file, tmp_path):
    source = particles_file(has_stack=False)
    error = refused_without_trace("reconstruct", source, "-o", tmp_path / "run")
    assert f"{source}: names the image stack {tmp_path / 'stack.mrcs'}, which does not exist" in error
    assert run("info", source).status == 0


def test_real_particles_without_poses(refused_without_trace, run, structure_file, tmp_path):
    source = shared_data("metadata/ribosome_4ug0_particles.star")
    error = refused_without_trace("reconstruct", source, "-o", tmp_path / "run")
    assert f"{source}: names the image stack" in error
    poses = (*SIMULATE, structure_file(), "-o", tmp_path / "run", "--n", 2, "--box", BOX, "--poses", source)
    assert "no column rlnAngleRot, rlnAngleTilt" in refused_without_trace(*poses)
    outcome = run("info", source)
    assert outcome.status == 0 and "warning: no pose" in outcome.out and "missing image stack" in outcome.out


def test_real_particles_with_images_but_no_poses(refused_without_trace, tmp_path):
    source = shared_data("particles/empiar_10076_7.star")
    error = refused_without_trace("reconstruct", source, "-o", tmp_path / "run")
    assert f"error: {source}: 7 of 7 particles have no pose" in error


def test_one_half_set(refused, particles_file, tmp_path):
    source = particles_file(half_sets=np.ones(6, int))
    assert f"error: {source}: half-maps need" in refused("reconstruct", source, "-o", tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["file", "file/below", "foreign", "/proc/run"])
def test_folders_that_cannot_be_used(refused_without_trace, structure_file, particles_file, tmp_path, name):
    (tmp_path / "file").write_text("a file")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "notes.txt").write_text("not ours")
    output = tmp_path / name
    for command in (
        (*SIMULATE, structure_file(), "--n", 2, "--box", BOX),
        ("reconstruct", particles_file()),
        ("demo", "--n", 2),
    ):
        # With --overwrite too, since nothing that vitreous did not make is removed.
        for option in ((), ("--overwrite",)):
            assert f"error: {output}: " in refused_without_trace(*command, "-o", output, *option)


def test_a_folder_of_another_run(refused_without_trace, reconstructed, structure_file, tmp_path):
    (tmp_path / "run").mkdir()
    for name in ("run.json", "map.mrc"):
        (tmp_path / "run" / name).write_bytes((reconstructed.folder / name).read_bytes())
    command = (*SIMULATE, structure_file(), "-o", tmp_path / "run", "--n", 2, "--box", BOX)
    error = refused_without_trace(*command)
    assert "complete run of `reconstruct`" in error and "--overwrite" in error
