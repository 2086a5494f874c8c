"""Ideal peptide geometry: atoms placed by bond lengths, bond angles and dihedral angles."""

import numpy as np
from jaxtyping import Float

# Bond lengths in Å: Engh & Huber, Acta Cryst. A 1991, 47, 392; X-H from neutron diffraction, because electrons see
# the nucleus. Their backbone angles stretch the helix to 1.56 Å a residue; with these, at most 1.9° smaller, φ -57° and
# ψ -47° give the 1.50 Å and the 100° that α-helices have.
_N_CA, _CA_C, _C_N, _C_O, _CA_CB = 1.458, 1.525, 1.329, 1.231, 1.521
_N_H, _C_H = 1.010, 1.090
_N_CA_C, _CA_C_N, _C_N_CA, _CA_C_O = 109.9, 115.4, 121.0, 121.0
_N_CA_CB, _N_CA_HA, _TETRAHEDRAL = 110.4, 108.3, 109.5
_PHI, _PSI, _OMEGA = -57.0, -47.0, 180.0
# Seen along N-CA, CB stands 122° anticlockwise of C and HA 118° clockwise: an L amino acid. For D, swap the signs.
_CB_FROM_C, _HA_FROM_C = -122.0, 118.0

ALANINE_NAMES = ("N", "H", "CA", "HA", "CB", "HB1", "HB2", "HB3", "C", "O")
ALANINE_ATOMIC_NUMBERS = (7, 1, 6, 1, 6, 1, 1, 1, 6, 8)


def place_atom(
    a: Float[np.ndarray, "*n 3"],
    b: Float[np.ndarray, "*n 3"],
    c: Float[np.ndarray, "*n 3"],
    *,
    bond: float,
    angle_deg: float,
    dihedral_deg: float,
) -> Float[np.ndarray, "*n 3"]:
    r"""The atom d bonded to c, with the angle b-c-d and the dihedral angle a-b-c-d.

    With $\hat u$ along b → c, $\hat n \parallel (b - a) \times \hat u$ and $\hat m = \hat n \times \hat u$,
    $d = c + \ell\,(-\hat u \cos\theta + \hat m \sin\theta \cos\chi + \hat n \sin\theta \sin\chi)$
    (Parsons et al., *J. Comput. Chem.* 2005, 26, 1063, "natural extension reference frame").

    Arguments:
        a: First atom of the dihedral, Å.
        b: Second atom, Å.
        c: Third atom, which the new one is bonded to, Å.
        bond: Length $\ell$ of the bond c-d, Å.
        angle_deg: Bond angle $\theta$ at c.
        dihedral_deg: Dihedral angle $\chi$, IUPAC sign.

    Returns:
        Position of d, Å.
    """
    theta, chi = np.deg2rad(angle_deg), np.deg2rad(dihedral_deg)
    along = _unit(c - b)
    normal = _unit(np.cross(b - a, along))
    across = np.cross(normal, along)
    sideways = across * np.cos(chi) + normal * np.sin(chi)
    return c + bond * (sideways * np.sin(theta) - along * np.cos(theta))


def ideal_alpha_helix(n_residues: int) -> Float[np.ndarray, "n_residues 10 3"]:
    """A right-handed poly-alanine α-helix: φ -57°, ψ -47°, ω 180°.

    The axis is z, the chain runs from N to C along +z, the Cα atoms are centred on z = 0 and the first lies at
    azimuth 0. The atoms of each residue are `ALANINE_NAMES`: the backbone with its hydrogens, and the methyl group,
    staggered. The ends are as they would be in the middle of a chain.

    Arguments:
        n_residues: Number of residues, at least 4: fewer do not define an axis.

    Returns:
        Positions, Å.
    """
    n, ca, c = _backbone(n_residues)
    # Each of these takes its place from its own residue alone: the neighbour opposite to it is φ or ψ away.
    h = place_atom(c, ca, n, bond=_N_H, angle_deg=180 - _C_N_CA / 2, dihedral_deg=_PHI + 180)
    o = place_atom(n, ca, c, bond=_C_O, angle_deg=_CA_C_O, dihedral_deg=_PSI + 180)
    before = place_atom(c, ca, n, bond=_C_N, angle_deg=_C_N_CA, dihedral_deg=_PHI)  # C of the residue before
    cb = place_atom(before, n, ca, bond=_CA_CB, angle_deg=_N_CA_CB, dihedral_deg=_PHI + _CB_FROM_C)
    ha = place_atom(before, n, ca, bond=_C_H, angle_deg=_N_CA_HA, dihedral_deg=_PHI + _HA_FROM_C)
    methyl = [
        place_atom(n, ca, cb, bond=_C_H, angle_deg=_TETRAHEDRAL, dihedral_deg=chi) for chi in (180.0, -60.0, 60.0)
    ]
    residues = np.stack([n, h, ca, ha, cb, *methyl, c, o], axis=1)
    return _along_z(residues, ca)


def _backbone(n_residues: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    atoms = [np.array([0.0, 1.0, 0.0]), np.zeros(3), np.array([_N_CA, 0.0, 0.0])]  # a C to start from, N, CA
    internal = ((_CA_C, _N_CA_C, _PHI), (_C_N, _CA_C_N, _PSI), (_N_CA, _C_N_CA, _OMEGA))
    for index in range(3 * n_residues - 2):
        bond, angle, dihedral = internal[index % 3]
        atoms.append(place_atom(*atoms[-3:], bond=bond, angle_deg=angle, dihedral_deg=dihedral))
    chain = np.array(atoms[1:])
    return chain[0::3], chain[1::3], chain[2::3]


def _along_z(atoms: np.ndarray, ca: np.ndarray) -> np.ndarray:
    """Turn a helix onto z. Second differences of a helix's points look at its axis (Kahn, Comput. Chem. 1989)."""
    bend = ca[:-2] - 2 * ca[1:-1] + ca[2:]
    axis = _unit(np.cross(bend[0], bend[1]))
    turn = np.arccos(_unit(bend[0]) @ _unit(bend[1]))
    on_axis = ca[1] + bend[0] / (2 * (1 - np.cos(turn)))
    origin = on_axis + axis * ((ca.mean(axis=0) - on_axis) @ axis)
    x = _unit(ca[0] - origin - axis * ((ca[0] - origin) @ axis))
    return (atoms - origin) @ np.stack([x, np.cross(axis, x), axis], axis=1)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)
