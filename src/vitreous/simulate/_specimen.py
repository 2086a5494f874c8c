"""The embedded specimen: a protein cage like apoferritin, built from ideal geometry."""

from string import ascii_uppercase

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from vitreous.io import AtomTable
from vitreous.poses import point_group

from ._ideal_geometry import ALANINE_ATOMIC_NUMBERS, ALANINE_NAMES, ideal_alpha_helix

# One subunit: residues, centre in Å, Euler angles (φ, θ, ψ) in degrees. Four antiparallel helices some 9 Å apart, which
# lean 10° around each other to a left-handed coil, and a short fifth one across their end, beside the fourfold axis.
# Found by simulated annealing and rounded: atoms between 36 and 60 Å from the centre, heavy atoms of different helices
# at least 3.6 Å apart (any atoms 2.1 Å), the subunits in contact; of the best, one whose map is least like its mirror
# image at 6 to 14 Å.
_SUBUNIT = (
    (27, (-9.5, 32.4, -20.9), (7, 58, 38)),
    (25, (-4.0, 31.5, -27.6), (236, 126, 208)),
    (27, (-7.7, 38.3, -32.2), (80, 68, 22)),
    (25, (-12.4, 41.8, -24.7), (62, 109, 213)),
    (14, (12.5, 47.1, -8.1), (0, 50, 110)),
)


def embedded_specimen() -> AtomTable:
    r"""A protein cage with the shape of apoferritin, as an atom table: the specimen of the demo and of many tests.

    24 subunits of five right-handed ideal α-helices (φ −57°, ψ −47°) of poly-alanine, 118 residues each, stand around
    a hollow with octahedral symmetry: fourfold axes on x, y, z and a threefold on (1, 1, 1). The cage is 120 Å across,
    has 14 160 heavy atoms and as many hydrogens, is centred on the origin, and has no mirror plane, so that the hand
    of a reconstruction can be told. The atoms come chain by chain (A to X, one for each rotation of the group); in a
    chain the helices start at residues 1, 31, 61, 91 and 121, and the loops between them are left out.

    The B-factors are those of a rigid body with loose ends: in Å², $B = 15 + 10 u^2 + 10 v^2$, and 5 more for the
    methyl groups, where $u$ runs from 0 at the middle of a helix to 1 at its ends and $v$ from 0 at the inner surface
    to 1 at the outer.

    Nothing is read from a file, and nothing is random.

    Returns:
        Atoms: positions in Å, occupancies 1.

    Examples:
        >>> atoms = embedded_specimen()
        >>> len(atoms), int((atoms.atomic_numbers > 1).sum()), len(set(atoms.chains.tolist()))
        (28320, 14160, 24)
        >>> atoms.describe(0)
        "atom 1 'N' of ALA 1, chain A (embedded specimen)"
    """
    helices = [_placed_helix(*helix) for helix in _SUBUNIT]
    subunit = np.concatenate([helix.reshape(-1, 3) for helix in helices])
    numbers = np.concatenate([np.arange(len(helix)) + 30 * i + 1 for i, helix in enumerate(helices)])
    b_factors = _b_factors(helices)

    group = point_group("O").matrices
    n_residues, n_copies = len(numbers), len(group)
    n_atoms = n_copies * n_residues * len(ALANINE_NAMES)
    return AtomTable(
        # The matrices are signed permutations, so the symmetry is exact to the last bit.
        positions=np.einsum("gij,aj->gai", group, subunit).reshape(-1, 3),
        atomic_numbers=np.tile(ALANINE_ATOMIC_NUMBERS, n_copies * n_residues),
        b_factors=np.tile(b_factors, n_copies),
        occupancies=np.ones(n_atoms),
        names=np.tile(ALANINE_NAMES, n_copies * n_residues),
        residue_names=np.full(n_atoms, "ALA"),
        residue_numbers=np.tile(np.repeat(numbers, len(ALANINE_NAMES)), n_copies),
        chains=np.repeat(list(ascii_uppercase[:n_copies]), n_residues * len(ALANINE_NAMES)),
        alternates=np.full(n_atoms, ""),
        source="embedded specimen",
    )


def _placed_helix(
    n_residues: int, centre: tuple[float, float, float], euler: tuple[int, int, int]
) -> Float[np.ndarray, "residue atom 3"]:
    # Lower-case axes stay fixed: Rz(ψ) Ry(θ) Rz(φ), as everywhere.
    turn = Rotation.from_euler("zyz", euler, degrees=True).as_matrix()
    return ideal_alpha_helix(n_residues) @ turn.T + np.array(centre)


def _b_factors(helices: list[np.ndarray]) -> Float[np.ndarray, " atom"]:
    ends = np.concatenate([np.repeat(np.linspace(-1, 1, len(helix)), len(ALANINE_NAMES)) for helix in helices])
    radius = np.linalg.norm(np.concatenate([helix.reshape(-1, 3) for helix in helices]), axis=1)
    outward = (radius - radius.min()) / (radius.max() - radius.min())
    methyl = np.char.find(np.resize(ALANINE_NAMES, len(radius)), "B") > 0
    return np.round(15.0 + 10.0 * ends**2 + 10.0 * outward**2 + 5.0 * methyl, 2)
