"""The thickness at which weak phase, phase object, Ewald sphere and Rytov part from multislice.

The specimen is protein like apoferritin in vitreous ice: cages of the embedded specimen, 120 Å across, one behind the
other along the beam and each in its own orientation, of which the atoms within half the thickness from z = 0 are kept;
the solvent that they displace is taken off. Each theory's contrast is compared with that of multislice in bands of
resolution, and the thickness at which it is 10 % off is interpolated.
"""

import argparse

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from _tables import markdown, publish
from scipy.spatial.transform import Rotation

from vitreous.grids import ImageConfig, mode_multiplicity
from vitreous.optics import CTF
from vitreous.projection import FourierSliceExtraction
from vitreous.scattering import (
    EwaldSphereScattering,
    MultisliceScattering,
    PhaseObjectScattering,
    RytovScattering,
    WeakPhaseScattering,
)
from vitreous.simulate import embedded_specimen
from vitreous.volumes import (
    FourierVoxelGridVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    displaced_solvent,
    join,
)

PIXEL_SIZE, BOX, PADDED = 1.25, 128, 240  # Å, pixels: the CTF moves 3 Å at 100 kV by 60 Å
CAGE = 120.0  # Å
DEFOCUS, SLICE_THICKNESS = 5_000.0, 4.0  # Å
RESOLUTIONS = (20.0, 10.0, 6.0, 4.0, 3.0)  # Å, each a band of 15 % to both sides
LIMIT = 0.1  # relative L2
THEORIES = {
    "weak phase": WeakPhaseScattering(),
    "phase object": PhaseObjectScattering(),
    "Ewald sphere": EwaldSphereScattering(),
    "Rytov": RytovScattering(),
}


def specimen(thickness: float) -> FourierVoxelGridVolume:
    """Protein of that thickness, against ice."""
    table = embedded_specimen()
    cage = join(GaussianMixtureVolume.from_atoms(table), displaced_solvent(table))
    count = 2 * int(np.ceil(max(0.0, thickness / CAGE - 1) / 2)) + 1  # the middle one about the origin
    turns = Rotation.random(count, random_state=0)
    heights = (np.arange(count) - count // 2) * CAGE
    turned = [np.add(turn.apply(cage.positions), (0, 0, z)) for turn, z in zip(turns, heights, strict=True)]
    positions = np.concatenate(turned)
    inside = np.abs(positions[:, 2]) < thickness / 2
    amplitudes, variances = (np.tile(values, (count, 1))[inside] for values in (cage.amplitudes, cage.variances))
    atoms = GaussianMixtureVolume(np.float32(positions[inside]), np.float32(amplitudes), np.float32(variances))
    depth = 2 * int(np.ceil((thickness / 2 + 10) / PIXEL_SIZE))
    voxels = GaussianMixtureRenderFn((depth, BOX, BOX), PIXEL_SIZE)(atoms)
    return FourierVoxelGridVolume.from_real_voxel_grid(voxels, PIXEL_SIZE)


@eqx.filter_jit
def contrast(theory, volume, optics, pixel_size):
    config = ImageConfig((PADDED, PADDED), pixel_size)
    return theory.contrast_spectrum(volume, optics, config, integrator=FourierSliceExtraction())


def errors(thickness: float, optics: CTF) -> dict[str, np.ndarray]:
    """Of each theory, in each band."""
    volume, pixel_size = specimen(thickness), jnp.float32(PIXEL_SIZE)
    truth = np.asarray(
        contrast(MultisliceScattering(SLICE_THICKNESS, depth=thickness + 20), volume, optics, pixel_size)
    )
    frequencies = np.asarray(ImageConfig((PADDED, PADDED), PIXEL_SIZE).frequencies)
    resolution = 1 / np.maximum(np.linalg.norm(frequencies, axis=-1), 1e-9)
    bands = [(resolution > 0.85 * d) & (resolution < 1.15 * d) for d in RESOLUTIONS]
    weight = np.asarray(mode_multiplicity((PADDED, PADDED)))

    def error(theory) -> list[float]:
        difference = np.asarray(contrast(theory, volume, optics, pixel_size)) - truth
        return [np.sqrt((weight * abs(difference) ** 2)[b].sum() / (weight * abs(truth) ** 2)[b].sum()) for b in bands]

    return {name: np.array(error(theory)) for name, theory in THEORIES.items()}


def thickness_at_limit(thicknesses: list[float], of_band: np.ndarray) -> str:
    """Where the error first reaches the limit, interpolated in logarithms."""
    if not (of_band >= LIMIT).any():
        return f"> {thicknesses[-1]:.0f} Å ({100 * of_band[-1]:.1f} %)"
    first = int(np.argmax(of_band >= LIMIT))
    if first == 0:
        return f"< {thicknesses[0]:.0f} Å"
    pair = slice(first - 1, first + 1)
    return f"{np.exp(np.interp(np.log(LIMIT), np.log(of_band[pair]), np.log(thicknesses[pair]))):.0f} Å"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voltages", type=float, nargs="+", default=[300.0, 100.0])
    parser.add_argument("--thicknesses", type=float, nargs="+", default=[15, 30, 60, 120, 240, 480])
    arguments = parser.parse_args()
    tables = []
    for voltage in arguments.voltages:
        optics = CTF(DEFOCUS, voltage_kv=voltage, cs_mm=2.7, amplitude_contrast=0.07)
        measured = [errors(thickness, optics) for thickness in arguments.thicknesses]
        rows = []
        for band, d in enumerate(RESOLUTIONS):
            of_theory = [np.array([m[name][band] for m in measured]) for name in THEORIES]
            rows.append([f"{d:g} Å", *(thickness_at_limit(arguments.thicknesses, of_band) for of_band in of_theory)])
        tables += [f"At {voltage:.0f} kV:", markdown(["resolution", *THEORIES], rows)]
    publish(
        "Thickness at which theories part from multislice",
        f"Protein like apoferritin in ice, {DEFOCUS:.0f} Å underfocus, amplitude contrast 0.07, float32: the thickness "
        f"at which the contrast is {100 * LIMIT:.0f} % (relative L2 within a band of resolution) off that of "
        f"multislice with slices of {SLICE_THICKNESS:.0f} Å; in brackets, what the largest thickness "
        "leaves. A band that holds a zero of the CTF parts sooner.",
        *tables,
    )


if __name__ == "__main__":
    main()
