"""The command line, run inside the test process."""

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.cli import main
from vitreous.datasets import write_particles_star
from vitreous.io import write_mrc
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose

BOX, PIXEL_SIZE, N = 16, 3.0, 24  # of every stack here, so that few programs are compiled


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys, monkeypatch) -> Callable[..., Outcome]:
    """Run `vitreous` with these arguments."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: object) -> Outcome:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return call


@pytest.fixture
def refused(run) -> Callable[..., str]:
    """Run `vitreous`, which must refuse with status 2 and one short message; returns that message."""

    def call(*arguments: object) -> str:
        outcome = run(*arguments)
        assert outcome.status == 2, outcome
        assert outcome.out == ""
        assert outcome.err.startswith("error: ") and "Traceback" not in outcome.err
        assert outcome.err.count("error: ") == 1 and outcome.err.count("hint: ") == 1
        return outcome.err

    return call


@pytest.fixture
def map_file(tmp_path) -> Callable[..., Path]:
    """A small map of noise in a file."""

    def make(name: str, *, box: int = 8, pixel_size: float = 2.0, seed: int = 0) -> Path:
        path = tmp_path / name
        write_mrc(path, np.random.default_rng(seed).normal(size=(box, box, box)), pixel_size=pixel_size)
        return path

    return make


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder with what it holds, and every folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }


@pytest.fixture
def refused_without_trace(refused, tmp_path) -> Callable[..., str]:
    """As `refused`, and nothing in `tmp_path` may have changed."""

    def call(*arguments: object) -> str:
        before = contents(tmp_path)
        message = refused(*arguments)
        assert contents(tmp_path) == before
        return message

    return call


class Optics(NamedTuple):
    """What `write_particles` writes beside image names."""

    poses: EulerAnglePose | None
    ctf: CTF | None


@pytest.fixture(scope="session")
def optics() -> Optics:
    """Poses and CTFs of six particles."""
    n = 6
    poses = jax.vmap(EulerAnglePose)(*(jnp.linspace(0, angle, n) for angle in (300.0, 150.0, 90.0)))
    return Optics(poses, jax.vmap(CTF)(jnp.full(n, 10_000.0)))


@pytest.fixture
def particles_file(tmp_path, optics) -> Callable[..., Path]:
    """Six particles in a STAR file; their stack of noise unless it is there or not wanted."""

    def make(name: str = "particles.star", *, stack: str = "stack.mrcs", has_stack: bool = True, **changes) -> Path:
        if has_stack and not (tmp_path / stack).exists():
            images = np.random.default_rng(0).normal(size=(6, BOX, BOX))
            write_mrc(tmp_path / stack, images, pixel_size=PIXEL_SIZE, image_stack=True)
        columns = {"poses": optics.poses, "ctf": optics.ctf, "half_sets": np.arange(6) % 2 + 1} | changes
        write_particles_star(
            tmp_path / name,
            image_names=[f"{i + 1}@{stack}" for i in range(6)],
            image_shape=(BOX, BOX),
            pixel_size=PIXEL_SIZE,
            **columns,
        )
        return tmp_path / name

    return make


@pytest.fixture(scope="session")
def blob(tmp_path_factory) -> Path:
    """A map of a few smooth blobs without symmetry."""
    z, y, x = (np.indices((BOX,) * 3) - BOX // 2).astype(float)
    centres = ((3.0, 0, 1), (-2, 2.5, 0), (0, -3, -2.5), (1, 1, 3))
    values = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) / 3) for a, b, c in centres)
    path = tmp_path_factory.mktemp("map") / "blob.mrc"
    write_mrc(path, values / 1000, pixel_size=PIXEL_SIZE)
    return path


@dataclass(frozen=True)
class Made:
    """A run folder, and what the command that made it said."""

    folder: Path
    outcome: Outcome


def make(folder: Path, *arguments: object) -> Made:
    """Run `vitreous` once for many tests."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([str(word) for word in (*arguments, "-o", folder)])
    return Made(folder, Outcome(status, out.getvalue(), err.getvalue()))


QUICK = ("--n", N, "--snr", 2, "--defocus", 3000, 5000)


@pytest.fixture(scope="session")
def simulated(blob, tmp_path_factory) -> Made:
    """A small simulation of `blob`."""
    return make(tmp_path_factory.mktemp("simulated") / "new" / "run", "simulate", "particles", blob, *QUICK)


@pytest.fixture(scope="session")
def reconstructed(simulated, tmp_path_factory) -> Made:
    """The reconstruction of `simulated`, compared with the truth."""
    folder, source = tmp_path_factory.mktemp("reconstructed") / "run", simulated.folder
    return make(folder, "reconstruct", source / "particles.star", "--truth", source / "volume.mrc")


@pytest.fixture
def structure_file(tmp_path) -> Callable[..., Path]:
    """Two atoms, 12 Å apart, in a PDB file."""

    def make(name: str = "pair.pdb", *, element: str = "O") -> Path:
        line = "ATOM  {:5d}  {:<3s} GLY A   1    {:8.3f}{:8.3f}{:8.3f}  1.00 20.00          {:>2s}\n"
        path = tmp_path / name
        path.write_text(line.format(1, "CA", 10, 5, 5, "C") + line.format(2, "O", 22, 5, 5, element) + "END\n")
        return path

    return make
