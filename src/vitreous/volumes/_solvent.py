"""The water that is not there because the molecule is."""

import math

import jax.numpy as jnp

from vitreous.constants import displaced_volume, water_potential
from vitreous.io import AtomTable

from ._gaussian_mixture import GaussianMixtureVolume


def displaced_solvent(table: AtomTable, *, water_density_g_cm3: float = 0.94) -> GaussianMixtureVolume:
    r"""The potential of the solvent that a molecule displaces, as a volume to add to the molecule's own.

    Each atom displaces a volume $v$ (Fraser, MacRae & Suzuki, *J. Appl. Cryst.* 11, 1978, 693), blurred to a Gaussian
    whose height at the atom is the mean potential $\rho$ of water:

    $$ U(\mathbf r) = -\rho \sum_i o_i \exp\!\left(-\pi \frac{|\mathbf r - \mathbf r_i|^2}{v_i^{2/3}}\right), $$

    that is amplitude $-\rho\, o_i v_i$ and variance $v_i^{2/3} / 2\pi$, with occupancies $o$. Ice is then zero and
    the molecule is seen against it. The volumes are those of single atoms, hydrogens included: a structure without
    hydrogens displaces too little.

    Arguments:
        table: The atoms.
        water_density_g_cm3: Density of the solvent; 0.94 g/cm³ is that of vitreous ice.

    Returns:
        One Gaussian of negative amplitude at each atom; `join` it to the molecule's volume.

    Raises:
        InputError: An element has no volume in the table.
    """
    volumes = jnp.asarray(displaced_volume(table.atomic_numbers), dtype=float)
    occupancies = jnp.asarray(table.occupancies, dtype=float)
    return GaussianMixtureVolume(
        jnp.asarray(table.positions, dtype=float),
        -water_potential(water_density_g_cm3) * occupancies * volumes,
        volumes ** (2 / 3) / (2 * math.pi),
    )
