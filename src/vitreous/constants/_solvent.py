"""The solvent: the volume that atoms displace, and the potential of the water they displace."""

from functools import lru_cache

import gemmi
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float

from ._elements import AtomicNumbers, known_numbers
from ._scattering_factors import PengScatteringFactorParameters

# Volumes of displaced solvent in Å³. H, C, N, O, S: Fraser, MacRae & Suzuki 1978; P: Svergun, Barberato & Koch 1995.
_MEASURED = {1: 5.15, 6: 16.44, 7: 2.49, 8: 9.13, 15: 5.73, 16: 19.86}
_AVOGADRO_PER_A3_CM3 = 0.602214076  # N_A × (1e-8 cm)³
_WATER_G_PER_MOL = 18.01528


def displaced_volume(
    atomic_numbers: AtomicNumbers,
) -> Float[Array, " n"]:
    r"""The volume of solvent that each atom displaces, in Å³.

    H, C, N, O and S as in Fraser, MacRae & Suzuki 1978 (J. Appl. Cryst. 11, 693), P as in Svergun, Barberato & Koch
    1995 (J. Appl. Cryst. 28, 768): volumes fitted so that their sum over a protein or nucleic acid is the volume it
    fills in water, so a nitrogen's is smaller than its size suggests. Every other element: its van der Waals sphere,
    $\tfrac43 \pi r^3$, with gemmi's radius; coarse, and too large for metal ions, of which there are few.

    Arguments:
        atomic_numbers: The atoms' elements, "n"; known before tracing.

    Returns:
        Volumes in Å³, "n".

    Raises:
        InputError: A number is no element's.

    Examples:
        >>> [round(float(v), 2) for v in displaced_volume([1, 6])]
        [5.15, 16.44]
    """
    zs = known_numbers(atomic_numbers)
    unknown = np.unique(zs[(zs < 1) | (zs > 118)])
    if unknown.size:
        raise InputError(
            f"Atomic numbers {unknown.tolist()} are no elements, so the volume they displace is unknown.",
            hint="Remove these atoms, or give them an element in the structure file.",
        )
    return jnp.asarray(_volumes()[zs], dtype=float)


def water_potential(density_g_cm3: FloatLike = 0.94) -> Float[Array, ""]:
    r"""The mean rescaled potential of water as isolated atoms, in Å⁻².

    $$U = \frac{\rho N_A}{M}\,\bigl(2 f_\mathrm{H}(0) + f_\mathrm{O}(0)\bigr)$$

    Arguments:
        density_g_cm3: Mass density in g/cm³; 0.94 is low-density amorphous ice.

    Returns:
        The potential in Å⁻².

    Examples:
        >>> round(float(water_potential()), 4)
        0.0956
    """
    hydrogen, oxygen = PengScatteringFactorParameters([1, 8]).a.sum(-1)
    number_density = as_float(density_g_cm3) * (_AVOGADRO_PER_A3_CM3 / _WATER_G_PER_MOL)
    return number_density * (2 * hydrogen + oxygen).astype(number_density.dtype)


@lru_cache
def _volumes() -> Float[np.ndarray, " z"]:
    """The volume of every element; row 0 is no element."""
    radii = np.array([0.0] + [gemmi.Element(z).vdw_r for z in range(1, 119)])
    volumes = 4 / 3 * np.pi * radii**3
    volumes[list(_MEASURED)] = list(_MEASURED.values())
    volumes.setflags(write=False)
    return volumes
