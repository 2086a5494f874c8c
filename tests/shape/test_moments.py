"""The table of moments: look-ups, building, latent spaces, and what it prints."""

import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.harmonics import invariant_labels, moment_count, moment_labels
from vitreous.shape import Moments, invariants, moments_at

ORDER = 5
RNG = np.random.default_rng(6)
COUNT = moment_count(ORDER)
MOMENTS = RNG.normal(size=(3, COUNT)) + 1j * np.where(moment_labels(ORDER)[2] > 0, RNG.normal(size=(3, COUNT)), 0)
LATENTS = RNG.normal(size=(7, 2))


@pytest.fixture
def table():
    return Moments.from_arrays(MOMENTS, radius=40.0, voxel_size=1.5, box=64, latents=LATENTS)


def test_facts(table):
    assert (table.order, table.get_order(), table.dimensions, table.get_moment_size()) == (5, 5, 3, COUNT)
    assert table.get_size() == MOMENTS.nbytes
    assert (table.apix, table.voxdim, table.radius, table.center) == (1.5, 64, 40.0, (0.0, 0.0, 0.0))
    table.apix, table.center = 2.0, (1.0, 2.0, 3.0)
    assert (table.apix, table.center) == (2.0, (1.0, 2.0, 3.0))
    with pytest.raises(InputError, match="voxel_size=-2 must be positive"):
        table.apix = -2.0


def test_moments_by_label_and_as_arrays(table):
    np.testing.assert_array_equal(table.array, MOMENTS)
    np.testing.assert_array_equal(table.ndmoments.array, MOMENTS)
    for dimension, row in table.ndmoments.items():
        assert list(row) == list(map(tuple, moment_labels(ORDER).T.tolist()))
        np.testing.assert_array_equal(list(row.values()), MOMENTS[dimension])
        np.testing.assert_array_equal(row.array, MOMENTS[dimension])
    assert table.moments[3, 3, 2] == MOMENTS[0, list(table.moments).index((3, 3, 2))]
    assert (3, 3, 4) not in table.moments and (3, 3) not in table.moments and (6, 0, 0) not in table.moments
    assert 3 not in table.ndmoments and -1 not in table.ndmoments
    with pytest.raises(ValueError, match="read-only"):
        table.array[0, 0] = 1


def test_what_was_given_is_not_shared():
    given = MOMENTS.copy()
    table = Moments.from_arrays(given)
    given[:] = 0
    np.testing.assert_array_equal(table.array, MOMENTS)


def test_a_moment_of_any_m(table):
    for dimension in range(3):
        for (n, l, m), value in table.ndmoments[dimension].items():
            assert table.get_moment(n, l, m, latent_dim=dimension) == value
            assert table.get_moment(n, l, -m, latent_dim=dimension) == pytest.approx((-1) ** m * np.conj(value))


def test_invariants_by_label_and_as_arrays(table):
    expected = np.asarray(invariants(MOMENTS))
    np.testing.assert_array_equal(table.ndinvariants.array, expected)
    np.testing.assert_array_equal(table.calculate_invariants(), expected)
    assert list(table.invariants) == list(map(tuple, invariant_labels(ORDER).T.tolist()))
    for (n, l), value in table.ndinvariants[1].items():
        assert table.get_invariant(n, l, latent_dim=1) == value
    by_hand = np.sqrt(sum(abs(table.get_moment(4, 2, m)) ** 2 for m in range(-2, 3)))
    assert table.get_invariant(4, 2) == pytest.approx(by_hand)


def test_invariant_labels_of_every_order():
    for order in (0, 1, 6, 7):
        table = Moments.from_arrays(np.ones(moment_count(order), complex))
        assert table.invariants[order, order] == pytest.approx(np.sqrt(2 * order + 1))
        assert list(table.invariants)[-1] == (order, order)


def test_built_moment_by_moment(table):
    built = Moments()
    for row in table.ndmoments.values():
        for (n, l, m), value in row.items():
            # Every other one through its partner of negative m.
            if m % 2:
                built.set_moment(n, l, -m, moment=(-1) ** m * np.conj(value))
            else:
                built.set_moment(n, l, m, moment=value)
        assert built.moments[5, 5, 5] == row[5, 5, 5]
        built.add_dimension()
    np.testing.assert_array_equal(built.array, MOMENTS)
    assert built.order == ORDER


def test_what_is_not_set_is_zero_and_precision_is_kept():
    built = Moments()
    assert (built.order, built.dimensions, built.get_moment_size()) == (0, 0, 1)
    built.set_moment(2, 0, 0, moment=np.complex64(3))
    assert built.get_moment(2, 0, 0) == 3 and built.get_moment(1, 1, 1) == 0
    built.add_dimension()
    assert built.array.dtype == np.complex64 and built.array.tolist() == [[0, 0, 0, 3, 0, 0, 0]]
    built.set_moment(2, 2, 2, moment=1e-30 + 1j)
    built.add_dimension()
    assert built.array.dtype == np.complex128 and built.dimensions == 2


def test_a_place_of_the_latent_space(table):
    at = table.apply_scaling(z_ind=3)
    # Sums of three terms of order 1, in the precision that JAX runs in.
    tolerance = 10 * np.finfo(at.array.dtype).eps
    np.testing.assert_allclose(at.array, MOMENTS[0] + LATENTS[3] @ MOMENTS[1:], atol=tolerance)
    assert table.scaled_moments is at
    table.apply_scaling(scales=(0.5, -2.0))
    np.testing.assert_array_equal(table.scaled_moments.array, moments_at(MOMENTS, np.array([0.5, -2.0])))
    assert Moments.from_arrays(MOMENTS).scaled_moments is None


def test_latents_of_a_table_of_particles(table):
    rows = np.zeros(4, [("uid", "u8"), ("components_mode_0/value", "f4"), ("components_mode_1/value", "f4")])
    rows["components_mode_1/value"] = [1, 2, 3, 4]
    table.set_latents(rows)
    assert table.latents.tolist() == [[0, 1], [0, 2], [0, 3], [0, 4]]
    table.set_latents(np.ones((3, 4)), 2)
    assert table.latents.shape == (3, 2)


def test_wrong_questions(table):
    for ask, message in (
        (lambda: table.get_moment(3, 2, 0), r"no moment \(n, l, m\) = \(3, 2, 0\)"),
        (lambda: table.get_moment(6, 0, 0), "n=6 is beyond the order 5"),
        (lambda: table.get_moment(0, 0, 0, latent_dim=3), "only 3 dimensions, and dimension 3"),
        (lambda: table.get_invariant(6, 0), "n=6 is beyond the order 5"),
        (lambda: table.get_invariant(2, 1), "no moment"),
        (lambda: table.display_moments(-1), "dimension -1 was asked for"),
        (lambda: table.set_moment(2, 2, 3, moment=1.0), "no moment"),
        (lambda: table.add_dimension(), "no moment was set"),
        (lambda: table.apply_scaling(), "neither of them"),
        (lambda: table.apply_scaling(z_ind=0, scales=(1.0, 2.0)), "both of them"),
        (lambda: table.apply_scaling(z_ind=7), "latents of 7 particles"),
        (lambda: table.apply_scaling(scales=(1.0,)), "component"),
        (lambda: table.set_latents(np.ones((3, 1))), "1 latents for each particle"),
        (lambda: table.set_latents(np.zeros(3, [("uid", "u8")])), "no column components_mode_0/value"),
        (lambda: Moments().calculate_invariants(), "there are no moments"),
        (lambda: Moments().apply_scaling(z_ind=0), "there are no moments"),
        (lambda: Moments.from_arrays(MOMENTS[None]), "neither one set nor a row"),
        (lambda: Moments.from_arrays(MOMENTS[:, :-1]), "not those of any order"),
        (lambda: Moments.from_arrays(np.full(4, np.nan + 0j)[:3]), "3 of the moments are NaN"),
    ):
        with pytest.raises(InputError, match=message):
            ask()


def test_volumes_of_another_order_are_refused(table):
    table.set_moment(2, 2, 2, moment=1.0)
    with pytest.raises(InputError, match="reach order 2, and those of the volumes before 5"):
        table.add_dimension()


@pytest.fixture
def small():
    """Of the document's own example, in its precision."""
    values = [0.001322321, 9.049198e-06, 9.950537e-06 + 1.2573148e-05j, -0.0038312061]
    return Moments.from_arrays(np.array([*values, 6.18744e-05, -8.5120555e-05 + 0.000100565776j, 2e-5], np.complex64))


def test_prints_as_the_document_does(small, capsys):
    small.display_moments(n_max=1)
    assert capsys.readouterr().out.splitlines() == [
        "(0, 0, 0) (0.001322321+0j)",
        "(1, 1, 0) (9.049198e-06+0j)",
        "(1, 1, 1) (9.950537e-06+1.2573148e-05j)",
    ]
    small.display_moments(nlm=(1, 1, 1))
    small.display_moments(nlm=(1, 1, -1))
    assert capsys.readouterr().out.splitlines() == [
        "(9.950537e-06+1.2573148e-05j)",
        "(-9.950537e-06+1.2573148e-05j)",
    ]
    small.display_invariants(nl=(0, 0))
    small.display_invariants(n_max=1)
    assert capsys.readouterr().out.splitlines() == ["0.001322321", "(0, 0) 0.001322321", "(1, 1) 2.44148e-05"]
    small.display_moments()
    assert len(capsys.readouterr().out.splitlines()) == 7


def test_statistics_as_the_document_prints_them(small, table, capsys):
    small.stats()
    edge = "+-------------------------------------------------------+"
    expected = [
        edge,
        "|Moment statistics                                      |",
        "|   Dimensions: 1                                       |",
        "|   Moments: 7                                          |",
        "|   Order: 2                                            |",
        "|   nbytes: 56                                          |",
        "|   type: complex64                                     |",
        "|                                                       |",
        "|   Invariants: False                                   |",
        edge,
    ]
    assert capsys.readouterr().out.splitlines() == expected
    table.calculate_invariants()
    table.stats()
    lines = capsys.readouterr().out.splitlines()
    assert "|   Invariants: True                                    |" in lines
    assert "|   Total: 12                                           |" in lines
    assert "|   particles: (7, 2)                                   |" in lines


def test_looking_up_makes_no_copy(table):
    assert np.shares_memory(table.ndmoments[1].array, table.array)
    assert np.shares_memory(table.moments.array, table.array)
