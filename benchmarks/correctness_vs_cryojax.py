"""Known traps of cryo-EM software: the right value, ours, and that of cryojax 0.6.0, side by side.

Each row has a value that follows from a closed formula or from statistics alone; none is what another program gives.
The tests of this library hold our column in place (docs/conventions.md and tests/physics/test_traps.py, by number);
this program prints the table. The sincs of linear interpolation are measured in `slice.py`.
"""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import gemmi
import jax
import jax.numpy as jnp
import numpy as np
from _common import FOLDER, interpreter
from _tables import markdown, publish
from scipy import stats

from vitreous.constants import PengScatteringFactorParameters, interaction_constant, wavelength
from vitreous.datasets import ParticleDataset
from vitreous.grids import ImageConfig, Sampling, fourier_shell_correlation, frequencies
from vitreous.imaging import ColouredNoise, make_image_model
from vitreous.io import Table, write_mrc, write_star
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose, uniform_rotations
from vitreous.projection import GaussianMixtureProjection, integrator_for
from vitreous.scattering import MultisliceScattering
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume, RealVoxelGridVolume

jax.config.update("jax_enable_x64", True)

SHAPE, PIXEL_SIZE, VARIANCE = (64, 64), 2.0, 0.5
ANGLES = np.array([0.0, 30.0, 120.0])
ELEMENTS = np.array([6, 37, 93, 99])
DEFOCUS, THIN = 10_000.0, 32  # Å, and slices of a voxel, in the middle of which the thin object is


def made_inputs() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    density = rng.normal(size=(48, 48, 48))
    x = (np.arange(THIN) - THIN // 2) * PIXEL_SIZE
    thin = np.zeros((THIN, THIN, THIN))
    thin[THIN // 2] = 1e-6 * np.exp(-((x - 6) ** 2 + (x[:, None] + 4) ** 2) / 32)
    return {
        "shape": np.array(SHAPE),
        "pixel_size": np.array(PIXEL_SIZE),
        "positions": rng.uniform(-20, 20, (30, 3)),
        "amplitudes": rng.uniform(2, 8, (30, 1)),
        "variances": rng.uniform(4, 9, (30, 1)),
        "variance": np.array(VARIANCE),
        "observed": rng.normal(scale=np.sqrt(VARIANCE), size=SHAPE),
        "angles": ANGLES,
        "map": density,
        "noisy_map": density + rng.normal(size=density.shape),
        "elements": ELEMENTS,
        "slab": 1e-6 * rng.uniform(size=(24, 24, 24)),
        "thin": thin,
    }


def theirs(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    python = interpreter("cryojax")
    if python is None:
        raise SystemExit(0)  # it was said, and there is nothing to compare
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "inputs.npz"), Path(scratch, "results.npz")
        np.savez(source, **inputs)
        done = subprocess.run(
            [python, FOLDER / "peers" / "cryojax_correctness.py", source, target], capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"cryojax failed:\n{done.stderr[-4000:]}")
        with np.load(target, allow_pickle=False) as results:
            return dict(results)


def ours(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    volume = GaussianMixtureVolume(inputs["positions"], inputs["amplitudes"], inputs["variances"])
    config = ImageConfig(SHAPE, PIXEL_SIZE)
    noise = ColouredNoise(jnp.full((SHAPE[0], SHAPE[1] // 2 + 1), VARIANCE))
    residual = inputs["observed"] - make_image_model(volume, config).simulate()
    projection = GaussianMixtureProjection().integrate(volume, config, outputs_real_space=True)

    def loss(theta):
        return (make_image_model(volume, config, pose=EulerAnglePose(10.0, theta, 20.0)).simulate() ** 2).sum()

    def in_pixel_size(pixel_size):
        return (make_image_model(volume, ImageConfig(SHAPE, pixel_size)).simulate() ** 2).sum()

    return {
        "noise": jnp.stack([noise.sample(SHAPE, key=jax.random.key(i)) for i in range(64)]),
        "residual": residual,
        "log_likelihood": noise.log_likelihood(residual),
        "ctf": np.stack([CTF(14_000.0, 10_000.0, a)(config.frequencies) for a in ANGLES]),
        "fsc": fourier_shell_correlation(inputs["map"], inputs["noisy_map"], voxel_size=1.0).correlation,
        "interaction": interaction_constant(300.0),
        "wavelength": wavelength(300.0),
        "integral": projection.sum() * PIXEL_SIZE**2,
        "gradient_at_zero": jax.grad(loss)(0.0),
        "elements": np.array([_element(int(number)) for number in ELEMENTS]),
        **our_multislice(inputs),
        "gradient_at_zero_frequency": jax.grad(in_pixel_size)(PIXEL_SIZE),
        "memory": np.array([gradient_memory(config, n) for n in (1, 20)]),
        "options": our_options(volume),
        "euler": euler_error(),
        "optics_groups": optics_groups(),
    }


def our_multislice(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    slab, thin = (RealVoxelGridVolume(inputs[name], PIXEL_SIZE) for name in ("slab", "thin"))
    box, thin_box = (ImageConfig(volume.shape[1:], PIXEL_SIZE) for volume in (slab, thin))
    optics = CTF(DEFOCUS, amplitude_contrast=0.0)
    how = {"integrator": integrator_for(slab)}
    five, one = (MultisliceScattering(n * PIXEL_SIZE, depth=depth * PIXEL_SIZE) for n, depth in ((5, 24), (1, THIN)))
    return {
        "slab_phase": five.exit_wave(slab, optics, box, **how).imag.sum(),
        "thin_contrast": one.contrast_spectrum(thin, optics, thin_box, **how),
    }


def gradient_memory(config: ImageConfig, n_batches: int) -> int:
    """Bytes that the gradient of an image of 20 000 atoms needs besides its input and output."""

    def total(positions, amplitudes):
        mixture = GaussianMixtureVolume(positions, amplitudes, jnp.full((20_000, 1), 4.0))
        projection = GaussianMixtureProjection(n_batches=n_batches, sampling=Sampling.AVERAGE)
        return jnp.sum(projection.integrate(mixture, config, outputs_real_space=True) ** 2)

    compiled = jax.jit(jax.grad(total)).lower(jnp.zeros((20_000, 3)), jnp.zeros((20_000, 1))).compile()
    return compiled.memory_analysis().temp_size_in_bytes


def our_options(volume: GaussianMixtureVolume) -> str:
    given = {"n_batches": 2}
    GaussianMixtureRenderFn((16, 16, 16), PIXEL_SIZE, batch_options=given)(volume)
    return "unchanged" if given == {"n_batches": 2} else f"changed to {given}"


def euler_error() -> jax.Array:
    """Of uniform rotations written as Euler angles and read back, the largest in any element."""

    def there_and_back(rotation):
        pose = EulerAnglePose.from_rotation_matrix(rotation)
        return jnp.abs(pose.rotation_matrix - rotation).max()

    return jax.vmap(there_and_back)(uniform_rotations(1000, key=jax.random.key(1))).max()


def optics_groups() -> str:
    """How many voltages are read from two particles of two optics groups."""
    optics = {"rlnOpticsGroup": [1, 2], "rlnVoltage": [300.0, 200.0], "rlnSphericalAberration": [2.7, 2.0]}
    optics |= {"rlnAmplitudeContrast": [0.1, 0.07], "rlnImagePixelSize": [1.5, 1.5], "rlnImageSize": [4, 4]}
    particles = {"rlnImageName": ["1@a.mrcs", "2@a.mrcs"], "rlnOpticsGroup": [2, 1], "rlnDefocusAngle": [0.0, 0.0]}
    particles |= {"rlnDefocusU": [1e4, 1.1e4], "rlnDefocusV": [1e4, 1.1e4]}
    with tempfile.TemporaryDirectory() as folder:
        write_mrc(Path(folder, "a.mrcs"), np.ones((2, 4, 4)), pixel_size=1.5, image_stack=True)
        write_star(Path(folder, "a.star"), {"optics": Table(optics), "particles": Table(particles)})
        voltages = ParticleDataset.load(Path(folder, "a.star")).ctf.voltage_kv
    return str(len(np.unique(voltages)))


def _element(number: int) -> str:
    try:
        parameters = PengScatteringFactorParameters(np.array([number]))
    except ValueError as error:
        return f"raises {type(error).__name__}"
    return f"{float(np.sum(parameters.a)):.4g}"


def exact_ctf(angle_deg: float) -> np.ndarray:
    """The formula of docs/conventions.md, written out with the angle."""
    x, y = np.moveaxis(np.asarray(frequencies(SHAPE, PIXEL_SIZE)), -1, 0)
    square, lambda_ = x**2 + y**2, float(wavelength(300.0))
    defocus = 12_000 + 2000 * np.cos(2 * (np.arctan2(y, x) - np.deg2rad(angle_deg)))
    chi = np.pi * lambda_ * defocus * square - 0.5 * np.pi * 2.7e7 * lambda_**3 * square**2
    return -np.sin(chi + np.arcsin(0.1))


def turned_noise(noise: np.ndarray) -> float:
    """Correlation of each draw with itself turned by 180° about its origin."""
    turned = np.roll(noise[:, ::-1, ::-1], 1, axis=(1, 2))
    return float(np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(noise, turned, strict=True)]))


def ctf_error(result: dict[str, np.ndarray], i: int) -> float:
    """Largest error of a transfer, its global sign left out (a convention)."""
    exact, found = exact_ctf(ANGLES[i]), np.asarray(result["ctf"][i]).real
    return float(min(np.abs(found - exact).max(), np.abs(found + exact).max()))


def likelihood_error(result: dict[str, np.ndarray]) -> float:
    """Of the log-likelihood of flat noise, against the sum of normal log densities of the program's own residual."""
    exact = stats.norm.logpdf(np.asarray(result["residual"]), scale=np.sqrt(VARIANCE)).sum()
    return float(result["log_likelihood"]) / float(exact)


def thin_error(result: dict[str, np.ndarray], thin: np.ndarray, gamma: float) -> float:
    """Of a thin weak object in the plane z = 0, relative to its projection times the CTF, below ⅔ of Nyquist."""
    shape = thin.shape[1:]
    square = np.sum(np.asarray(frequencies(shape, PIXEL_SIZE)) ** 2, axis=-1)
    lambda_ = float(wavelength(300.0))
    chi = np.pi * lambda_ * DEFOCUS * square - 0.5 * np.pi * 2.7e7 * lambda_**3 * square**2
    projection = np.fft.rfft2(thin.sum(0)) * PIXEL_SIZE
    exact = -np.sin(chi) * _strength(gamma) * projection
    inside = square < (1 / (3 * PIXEL_SIZE)) ** 2

    def difference(found: np.ndarray) -> float:
        # Where an image's origin is, and the sign of its contrast, are conventions.
        return min(np.linalg.norm((found - sign * exact)[inside]) for sign in (1, -1))

    found = np.asarray(result["thin_contrast"])
    centred = found * (-1.0) ** np.add.outer(np.arange(shape[0]), np.arange(shape[1] // 2 + 1))
    return float(min(difference(found), difference(centred)) / np.linalg.norm(exact[inside]))


def main() -> None:
    inputs = made_inputs()
    both = ours(inputs), theirs(inputs)
    gamma = 1 + 300e3 / 510_998.95

    def row(trap: str, truth: str, value: Callable[[dict[str, np.ndarray]], str]) -> list[str]:
        return [trap, truth, *map(value, both)]

    total = float(inputs["amplitudes"].sum())
    slab, thin = inputs["slab"], inputs["thin"]
    rows = [
        row(
            "noise: correlation with itself turned by 180°",
            "0 ± 0.006",
            lambda r: f"{turned_noise(r['noise']):.3f}",
        ),
        row(
            "noise: variance at the origin over the mean",
            "1 ± 0.4",
            lambda r: f"{_at_origin(np.asarray(r['noise'])):.2f}",
        ),
        *(
            row(f"CTF, du − dv = 4000 Å at {a:g}°: largest error", "0", lambda r, i=i: f"{ctf_error(r, i):.1e}")
            for i, a in enumerate(ANGLES)
        ),
        row("log-likelihood of flat noise over the normal law's", "1", lambda r: f"{likelihood_error(r):.4g}"),
        row("FSC of a map with its equally noisy copy", f"{2**-0.5:.3f}", lambda r: f"{_mean_fsc(r):.3f}"),
        row(
            "multislice, 24 voxels in slices of 5: phase over λγ∫U",
            "1",
            lambda r: f"{float(r['slab_phase']) / (_strength(gamma) * PIXEL_SIZE * slab.sum()):.4f}",
        ),
        row(
            "multislice of a thin object within 64 Å of vacuum: error of its contrast",
            "0",
            lambda r: f"{thin_error(r, thin, gamma):.1e}",
        ),
        row("wavelength at 300 kV in Å", "0.019687", lambda r: f"{float(r['wavelength']):.6f}"),
        row("interaction constant over λγ at 300 kV", "1", lambda r: f"{_ratio(r, gamma):.4f}"),
        row("∫ of a projection over Σa", "1", lambda r: f"{float(r['integral']) / total:.4f}"),
        row("gradient in θ at θ = 0", "finite", lambda r: _finite(r["gradient_at_zero"])),
        row("gradient in the pixel size, at q = 0 too", "finite", lambda r: _finite(r["gradient_at_zero_frequency"])),
        row("memory of a gradient in 20 batches, in 1", "≲ 0.05 of it, or little", _batched),
        row("a dictionary of options, after the call", "unchanged", lambda r: str(r["options"])),
        row("uniform rotations as Euler angles and back: largest error", "0", lambda r: f"{float(r['euler']):.0e}"),
        row("voltages of two optics groups read from a STAR file", "2", lambda r: str(r["optics_groups"])),
        *(
            row(f"Σa (Å) of {name}", _tabulated(ELEMENTS[i]), lambda r, i=i: str(r["elements"][i]))
            for i, name in enumerate(("carbon", "rubidium, one a < 0", "neptunium, one a < 0", "einsteinium"))
        ),
    ]
    publish(
        "Known traps",
        "What the right value is follows from a closed formula or from statistics. Float64.",
        markdown(["", "right", "ours", "cryojax"], rows),
        peers=("cryojax",),
    )


def _at_origin(noise: np.ndarray) -> float:
    """With a standard error of a fifth: the draws are 64, and their squares vary by √2."""
    return float((noise[:, SHAPE[0] // 2, SHAPE[1] // 2] ** 2).mean() / (noise**2).mean())


def _tabulated(number: int) -> str:
    """The sum of the International Tables' amplitudes, from the table in gemmi."""
    if number > 98:
        return "an error"
    return f"{sum(gemmi.Element(int(number)).c4322.get_coefs()[:5]):.4g}"


def _mean_fsc(result: dict[str, np.ndarray]) -> float:
    return float(np.asarray(result["fsc"])[4:20].mean())


def _ratio(result: dict[str, np.ndarray], gamma: float) -> float:
    return float(result["interaction"]) / (float(result["wavelength"]) * gamma)


def _strength(gamma: float) -> float:
    """λγ at 300 kV."""
    return float(wavelength(300.0)) * gamma


def _batched(result: dict[str, np.ndarray]) -> str:
    one, many = np.asarray(result["memory"], float)
    return f"{many / one:.2f} of {one / 1e6:.0f} MB"


def _finite(value: np.ndarray) -> str:
    return "finite" if np.isfinite(value) else "NaN"


if __name__ == "__main__":
    main()
