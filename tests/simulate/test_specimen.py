"""The embedded specimen: its chemistry, its fold, its symmetry and its hand."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist

from tests.data import shared_data
from vitreous.io import read_atoms
from vitreous.simulate import embedded_specimen
from vitreous.simulate._ideal_geometry import ALANINE_ATOMIC_NUMBERS, ALANINE_NAMES, ideal_alpha_helix, place_atom

# Coordinates near 60 Å in double precision are good to about 1e-14 Å; sums over a chain to 1e-11.
ROUNDING = 1e-9


@pytest.fixture(scope="module")
def atoms():
    return embedded_specimen()


@pytest.fixture(scope="module")
def heavy(atoms):
    return atoms.select(atoms.atomic_numbers > 1)


def helix_of(table):
    """A number for each atom's helix: its chain and the thirty residues it lies in."""
    chains = np.unique(table.chains, return_inverse=True)[1]
    return 10 * chains + (table.residue_numbers - 1) // 30


def residues_of(table):
    """(helix, residue, atom, 3) for one chain, as a list over helices of arrays (residue, atom, 3)."""
    chain = table.select(table.chains == "A")
    helices = helix_of(chain)
    return [chain.positions[helices == h].reshape(-1, len(ALANINE_NAMES), 3) for h in np.unique(helices)]


def dihedral(a, b, c, d):
    """IUPAC dihedral from the triple product of the bonds; the library places atoms and never measures one."""
    u, v, w = b - a, c - b, d - c
    y = np.linalg.norm(v, axis=-1) * np.sum(u * np.cross(v, w), axis=-1)
    x = np.sum(np.cross(u, v) * np.cross(v, w), axis=-1)
    return np.degrees(np.arctan2(y, x))


def angle(a, b, c):
    u, v = a - b, c - b
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(u, v), axis=-1), np.sum(u * v, axis=-1)))


def atom(residues, name):
    return residues[:, ALANINE_NAMES.index(name)]


def same_set(a, b):
    distance, partner = KDTree(a).query(b)
    return distance.max() < ROUNDING and len(np.unique(partner)) == len(a)


def test_it_is_the_same_every_time(atoms):
    again = embedded_specimen()
    for name in ("positions", "atomic_numbers", "b_factors", "names", "residue_numbers", "chains"):
        assert np.array_equal(getattr(atoms, name), getattr(again, name))


def test_composition(atoms, heavy):
    assert len(heavy) == 14160
    assert {z: int(np.sum(atoms.atomic_numbers == z)) for z in (1, 6, 7, 8)} == {1: 14160, 6: 8496, 7: 2832, 8: 2832}
    assert set(np.unique(atoms.atomic_numbers)) == {1, 6, 7, 8}
    assert len(np.unique(atoms.chains)) == 24
    assert np.all(atoms.occupancies == 1)
    assert np.all(atoms.residue_names == "ALA")
    assert np.all(atoms.alternates == "")
    # Each name starts with the letter of its element.
    letters = np.array(["", "H", "", "", "", "", "C", "N", "O"])[atoms.atomic_numbers]
    assert np.all(np.char.startswith(atoms.names, letters))


def test_no_atom_is_listed_twice(atoms):
    keys = set(zip(atoms.chains.tolist(), atoms.residue_numbers.tolist(), atoms.names.tolist(), strict=True))
    assert len(keys) == len(atoms)


def test_a_hollow_sphere_of_120_angstrom(atoms, heavy):
    radius = np.linalg.norm(heavy.positions, axis=1)
    assert radius.min() > 36
    assert 115 < 2 * radius.max() < 125
    chain = atoms.positions[::7]
    assert 110 < pdist(chain[np.linalg.norm(chain, axis=1) > 57]).max() < 125


def test_centred_on_the_origin(atoms, heavy):
    assert np.abs(atoms.positions.mean(axis=0)).max() < ROUNDING
    assert np.abs(heavy.positions.mean(axis=0)).max() < ROUNDING


def test_the_shell_is_that_of_apoferritin(heavy):
    real = read_atoms(shared_data("structures/6z6u.pdb"), hydrogens=False, waters=False).centred()[0]
    ours, theirs = (np.percentile(np.linalg.norm(t.positions, axis=1), [1, 50, 99]) for t in (heavy, real))
    # The same hollow to a side chain's length; without loops and side chains the shell is thinner on the outside.
    assert abs(ours[0] - theirs[0]) < 3
    assert np.all(theirs[1:] - ours[1:] > 0)
    assert np.all(theirs[1:] - ours[1:] < 10)


def test_helices_and_subunits_keep_their_distance(atoms, heavy):
    for table, least in ((heavy, 3.0), (atoms, 2.0)):
        helices = helix_of(table)
        for h in range(5):
            others = KDTree(table.positions[helices != h])
            assert others.query(table.positions[helices == h])[0].min() >= least


def test_subunits_touch(heavy):
    first = heavy.chains == "A"
    neighbours = KDTree(heavy.positions[first]).query(heavy.positions[~first])[0] < 6
    assert len(np.unique(heavy.chains[~first][neighbours])) >= 3


@pytest.mark.parametrize(
    "turn",
    [[[0, -1, 0], [1, 0, 0], [0, 0, 1]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[-1, 0, 0], [0, -1, 0], [0, 0, 1]]],
    ids=["fourfold on z", "threefold on (1, 1, 1)", "twofold on z"],
)
def test_octahedral(atoms, turn):
    assert same_set(atoms.positions, atoms.positions @ np.array(turn, float).T)


def test_the_symmetry_moves_every_property_along(atoms):
    turned = atoms.positions @ np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]).T
    partner = KDTree(atoms.positions).query(turned)[1]
    for name in ("atomic_numbers", "b_factors", "names", "residue_numbers"):
        assert np.array_equal(getattr(atoms, name), getattr(atoms, name)[partner])


@pytest.mark.parametrize(
    "improper",
    [-np.eye(3), np.diag([1.0, 1, -1]), np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])],
    ids=["inversion", "mirror across z", "mirror across x = y"],
)
def test_no_mirror_image(atoms, improper):
    distance = KDTree(atoms.positions).query(atoms.positions @ improper.T)[0]
    assert np.mean(distance > 0.5) > 0.5


def test_its_hand_is_seen_in_a_map():
    """At the resolution of helices the map differs from its mirror image."""
    table = embedded_specimen()
    density = np.histogramdd(table.positions, bins=64, range=[(-64, 64)] * 3, weights=table.atomic_numbers)[0]
    # Between Gaussians of σ 2 and 4 Å: helices are resolved, atoms are not, and the shell's mean is gone.
    band = gaussian_filter(density, 1) - gaussian_filter(density, 2)
    mirrored = band[::-1, ::-1, ::-1]
    # Turns of the octahedral group leave the map, so the inversion stands for all improper operations on its axes.
    # Measured 0.24; 1 for a map with a mirror plane.
    assert np.corrcoef(band.ravel(), mirrored.ravel())[0, 1] < 0.35


def test_b_factors_grow_to_the_ends_and_outwards(atoms):
    assert atoms.b_factors.min() >= 10
    assert atoms.b_factors.max() <= 50
    chain = atoms.select((atoms.chains == "A") & (atoms.residue_numbers <= 27) & (atoms.names == "CA"))
    assert chain.b_factors[[0, -1]].min() > chain.b_factors[12:15].max()
    radius = np.linalg.norm(atoms.positions, axis=1)
    assert atoms.b_factors[radius > 54].mean() > atoms.b_factors[radius < 42].mean()


def test_phi_psi_omega(atoms):
    for residues in residues_of(atoms):
        n, ca, c = (atom(residues, name) for name in ("N", "CA", "C"))
        assert np.allclose(dihedral(c[:-1], n[1:], ca[1:], c[1:]), -57, atol=1e-6)
        assert np.allclose(dihedral(n[:-1], ca[:-1], c[:-1], n[1:]), -47, atol=1e-6)
        assert np.allclose(np.abs(dihedral(ca[:-1], c[:-1], n[1:], ca[1:])), 180, atol=1e-6)


def test_alpha_helices_are_right_handed(atoms):
    for residues in residues_of(atoms):
        ca = atom(residues, "CA")
        # The axis from the atoms themselves: the direction along which neighbours advance alike.
        axis = np.linalg.svd(np.diff(ca, n=2, axis=0))[2][2]
        axis = axis * np.sign(axis @ (ca[-1] - ca[0]))
        step = np.diff(ca, axis=0)
        rise = step @ axis
        across = step - rise[:, None] * axis
        twist = np.degrees(np.arctan2(np.cross(across[:-1], across[1:]) @ axis, np.sum(across[:-1] * across[1:], -1)))
        # The textbook helix: 1.5 Å and 100° a residue; bond angles move them by a few per mille.
        assert np.allclose(rise, 1.5, atol=0.01)
        assert np.allclose(twist, 100, atol=0.5)


def test_helices_of_a_bundle_run_both_ways(atoms):
    run = np.array([atom(r, "CA")[-1] - atom(r, "CA")[0] for r in residues_of(atoms)[:4]])
    run /= np.linalg.norm(run, axis=1, keepdims=True)
    # Neighbours antiparallel, diagonals parallel, all within the 20° of a coil.
    assert np.all(np.sign(run @ run.T) == [[1, -1, 1, -1], [-1, 1, -1, 1], [1, -1, 1, -1], [-1, 1, -1, 1]])
    assert np.abs(run @ run.T).min() > np.cos(np.deg2rad(25))


def test_hydrogen_bonds_close_every_fourth_residue(atoms):
    for residues in residues_of(atoms):
        o, h, n = atom(residues, "O")[:-4], atom(residues, "H")[4:], atom(residues, "N")[4:]
        assert np.all(np.abs(np.linalg.norm(o - h, axis=1) - 1.9) < 0.2)
        assert np.all(angle(n, h, o) > 150)


def test_amino_acids_are_l(atoms):
    for residues in residues_of(atoms):
        n, ca, c, cb = (atom(residues, name) for name in ("N", "CA", "C", "CB"))
        # "CORN": seen from the hydrogen, CO, R and N go round clockwise, so this triple product is positive.
        assert np.all(np.sum(np.cross(n - ca, c - ca) * (cb - ca), axis=-1) > 0)


@pytest.mark.parametrize(
    ("first", "second", "length"),
    [
        ("N", "CA", 1.458),
        ("CA", "C", 1.525),
        ("C", "O", 1.231),
        ("CA", "CB", 1.521),
        ("N", "H", 1.01),
        ("CA", "HA", 1.09),
        ("CB", "HB1", 1.09),
        ("CB", "HB2", 1.09),
        ("CB", "HB3", 1.09),
    ],
)
def test_bonds_in_a_residue(atoms, first, second, length):
    for residues in residues_of(atoms):
        assert np.allclose(np.linalg.norm(atom(residues, first) - atom(residues, second), axis=1), length, atol=1e-9)


def test_peptide_bonds(atoms):
    for residues in residues_of(atoms):
        assert np.allclose(np.linalg.norm(atom(residues, "C")[:-1] - atom(residues, "N")[1:], axis=1), 1.329, atol=1e-9)


def test_bond_angles_are_those_of_peptides(atoms):
    residues = residues_of(atoms)[0]
    here, following = residues[:-1], residues[1:]
    n, ca, ha, cb, c, o = (atom(here, name) for name in ("N", "CA", "HA", "CB", "C", "O"))
    hb1, hb2, hb3 = (atom(here, name) for name in ("HB1", "HB2", "HB3"))
    next_n, next_h, next_ca = (atom(following, name) for name in ("N", "H", "CA"))
    # Engh & Huber 1991; 3° is what the helix may bend them by, and what a hydrogen's place may differ by.
    for measured, ideal in (
        (angle(n, ca, c), 111.0),
        (angle(ca, c, next_n), 117.2),
        (angle(c, next_n, next_ca), 121.7),
        (angle(ca, c, o), 120.1),
        (angle(o, c, next_n), 123.0),
        (angle(n, ca, cb), 110.1),
        (angle(c, ca, cb), 110.1),
        (angle(n, ca, ha), 109.0),
        (angle(c, ca, ha), 109.0),
        (angle(cb, ca, ha), 109.0),
        (angle(c, next_n, next_h), 119.2),
        *((angle(ca, cb, x), 109.5) for x in (hb1, hb2, hb3)),
        (angle(hb1, cb, hb2), 109.5),
        (angle(hb2, cb, hb3), 109.5),
    ):
        assert np.abs(measured - ideal).max() < 3


def test_a_helix_stands_on_z():
    helix = ideal_alpha_helix(18)
    ca = helix[:, ALANINE_NAMES.index("CA")]
    assert np.all(np.diff(ca[:, 2]) > 1.49)
    assert np.allclose(ca[:, 2].mean(), 0, atol=ROUNDING)
    assert np.allclose(np.hypot(ca[:, 0], ca[:, 1]), np.hypot(*ca[0, :2]), atol=ROUNDING)
    assert np.allclose(ca[0, 1], 0, atol=ROUNDING)
    assert ca[0, 0] > 2


def test_names_and_elements_agree():
    assert len(ALANINE_NAMES) == len(ALANINE_ATOMIC_NUMBERS) == 10


def test_place_atom_gives_what_it_was_asked_for():
    generator = np.random.default_rng(3)
    a, b, c = generator.normal(size=(3, 50, 3))
    d = place_atom(a, b, c, bond=1.4, angle_deg=112.0, dihedral_deg=-73.0)
    assert np.allclose(np.linalg.norm(d - c, axis=1), 1.4)
    assert np.allclose(angle(b, c, d), 112)
    assert np.allclose(dihedral(a, b, c, d), -73)
