"""Make `abtem_exit_wave.npz`: a plane wave through slices of a few atoms, by abTEM.

In an environment of its own (abTEM is no dependency of this project):

    python -m pip install abtem==1.0.11
    python tests/golden/make_abtem_exit_wave.py

abTEM slices the potential of independent atoms (Lobato & Van Dyck), transmits a slice and then propagates through it,
and limits both to 2/3 of the Nyquist frequency with a cosine taper of 0.01 per pixel. The sampled potential is stored
with the waves, so that nothing but the propagation is compared.
"""

from pathlib import Path

import numpy as np

VOLTAGE_KV = 300.0
SLICE_THICKNESS = 2.0  # Å
SHAPE = (40, 36)
BOX = (16.0, 14.4, 20.0)  # Å: pixels of 0.4 Å
DEFOCUS = 600.0  # Å, underfocus
CS_MM = 2.7


def main() -> None:
    import abtem  # here, so that this file can be imported without it
    import ase

    abtem.config.set({"precision": "float64"})
    rng = np.random.default_rng(7)
    numbers = [6, 7, 8, 15, 16, 26, 79] * 3  # up to gold, so that scattering is strong and multiple
    positions = rng.uniform((1, 1, 2), np.subtract(BOX, (1, 1, 2)), (len(numbers), 3))
    atoms = ase.Atoms(numbers, positions=positions, cell=BOX, pbc=True)
    built = abtem.Potential(
        atoms, gpts=SHAPE, slice_thickness=SLICE_THICKNESS, parametrization="lobato", projection="finite"
    ).build(lazy=False)
    slices = built.array.astype(np.float32)  # V Å, as it is stored

    potential = abtem.PotentialArray(
        slices.astype(np.float64), slice_thickness=SLICE_THICKNESS, sampling=tuple(np.divide(BOX[:2], SHAPE))
    )
    wave = abtem.PlaneWave(energy=VOLTAGE_KV * 1e3).multislice(potential, lazy=False)
    lens = abtem.CTF(defocus=DEFOCUS, Cs=CS_MM * 1e7, energy=VOLTAGE_KV * 1e3)
    image = wave.apply_ctf(lens).intensity()

    np.savez_compressed(
        Path(__file__).with_name("abtem_exit_wave.npz"),
        projections=slices,
        slice_thickness=SLICE_THICKNESS,
        pixel_size=BOX[0] / SHAPE[0],
        voltage_kv=VOLTAGE_KV,
        taper=abtem.config.get("antialias.taper"),
        exit_wave=wave.array.astype(np.complex64),
        defocus=DEFOCUS,
        cs_mm=CS_MM,
        image=image.array.astype(np.float32),
        abtem_version=abtem.__version__,
    )


if __name__ == "__main__":
    main()
