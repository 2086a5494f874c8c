"""Make `zmpy3d_moments.npz`: moments of a small density by ZMPY3D, the translation of BioZernike into Python.

In an environment of its own (ZMPY3D is no dependency of this project):

    python -m pip install ZMPY3D==0.0.2
    python tests/golden/make_zmpy3d_moments.py

ZMPY3D takes the density as constant in each voxel and integrates monomials over the voxels exactly. Voxel (i, j, k) of
its array with the axes (x, y, z) reaches from i, j, k to i + 1, j + 1, k + 1, and the first voxels on each axis must be
empty: it leaves out their near faces. Its tables are pickles that come with the
package.
"""

import pickle
from pathlib import Path

import numpy as np

ORDER = 6
SHAPE = (7, 6, 8)  # x, y, z: voxels of a box with no two sides alike
CENTER = (3.4, 2.9, 4.3)  # from the first voxel's corner
RADIUS = 9.0  # voxels; the whole box is in the ball


def main() -> None:
    import ZMPY3D as zmpy3d  # here, so that this file can be imported without it

    density = np.zeros(SHAPE)
    density[1:, 1:, 1:] = np.random.default_rng(11).uniform(0, 1, np.subtract(SHAPE, 1))
    tables = Path(zmpy3d.__file__).parent / "cache_data" / f"LogG_CLMCache_MaxOrder{ORDER:02d}.pkl"
    with tables.open("rb") as stream:
        cache = pickle.load(stream)
    samples = zmpy3d.get_bbox_moment_xyz_sample(np.array(CENTER), RADIUS, SHAPE)
    _, _, geometric = zmpy3d.calculate_bbox_moment(density, ORDER, samples)
    names = ("GCache_complex", "GCache_pqr_linear", "GCache_complex_index", "CLMCache3D")
    original, unscaled = zmpy3d.calculate_bbox_moment_2_zm(ORDER, *(cache[name] for name in names), geometric)
    descriptor = zmpy3d.get_3dzd_121_descriptor(original.copy())
    np.savez_compressed(
        Path(__file__).with_name("zmpy3d_moments.npz"),
        density=density,
        center=CENTER,
        radius=RADIUS,
        original=original,
        unscaled=unscaled,
        descriptor=descriptor,
    )


if __name__ == "__main__":
    main()
