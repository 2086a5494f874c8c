"""Which triple products of moments tell a density but for a rotation."""

from functools import cache

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import qr

from vitreous.harmonics import invariant_labels

from ._clebsch_gordan import clebsch_gordan

# To this order every triple is taken: 64 products for the 35 real moments less three angles.
BASE_ORDER = 4
# Candidates beyond the 2l + 1 that are needed, so that well conditioned ones can be chosen.
SPARE = 3

Pair = tuple[int, int]


@cache
def bispectrum_labels(order: int) -> Int[np.ndarray, "6 triples"]:
    r"""The (n₁, l₁), (n₂, l₂) and (n, l) of the products that `bispectrum` takes.

    All triples number about order⁶ / 500; most say nothing new. To order 4 all are taken. Beyond, each (n, l) gets as
    many as it has unknowns, 2l + 1: where all moments before it are known, its products with pairs of those are
    linear equations for it, $\sum_m c_m \overline{M_{nlm}} = B$, so that one (n, l) after the other follows
    (frequency marching; Bandeira et al. 2017, arXiv:1712.10163). Which pairs: those of the lowest orders, where maps
    have most power, of which a QR decomposition with pivoting takes the most independent at a fixed random density.
    Independent there, they are independent at almost every density. The mean, $M_{000}$, is a factor only to order 4,
    so that maps without a mean are told apart too.

    Arguments:
        order: The largest n.

    Returns:
        Rows n₁, l₁, n₂, l₂, n, l. The array is shared, and so not writable.

    Raises:
        InputError: The order is negative.

    Examples:
        >>> bispectrum_labels(1).T.tolist()  # M₀₀₀³, and M₀₀₀ |M₁₁|²
        [[0, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1]]
    """
    pairs: list[Pair] = [(n, degree) for n, degree in invariant_labels(order).T.tolist()]
    base = [pair for pair in pairs if pair[0] <= BASE_ORDER]
    triples = [
        (*first, *second, *third)
        for k, third in enumerate(base)
        for j, second in enumerate(base[: k + 1])
        for first in base[: j + 1]
        if _couples(first, second, third)
    ]
    factors, example = _factors(pairs), _example_density(pairs)
    for k in range(len(base), len(pairs)):
        chosen = _most_independent(_equations_for(pairs, k, factors), pairs[k][1], example)
        triples += [(*first, *second, *pairs[k]) for first, second in chosen]
    labels = np.array(triples).T
    labels.flags.writeable = False
    return labels


def _couples(first: Pair, second: Pair, third: Pair) -> bool:
    """Whether the product of three degrees has a part that no rotation changes, and that is not zero by symmetry."""
    degrees = first[1], second[1], third[1]
    triangle = 2 * max(degrees) <= sum(degrees)
    return triangle and not (sum(degrees) % 2 and len({first, second, third}) < 3)


def _example_density(pairs: list[Pair]) -> dict[Pair, np.ndarray]:
    """Random moments of a real density, all m from −l to l, whose power falls with the order as that of maps does."""
    rng = np.random.default_rng(0)
    example = {}
    for n, degree in pairs:
        positive = (rng.normal(size=degree) + 1j * rng.normal(size=degree)) * np.sqrt(0.5)
        sign = (-1.0) ** np.arange(degree, 0, -1)
        mirrored = sign * np.conj(positive[::-1])
        example[n, degree] = np.concatenate([mirrored, rng.normal(size=1), positive]) / (n + 1)
    return example


def _factors(pairs: list[Pair]) -> Int[np.ndarray, "2 products"]:
    """Which two (n, l) can be multiplied, but for the mean, those of the lowest orders and degrees first."""
    first, second = np.triu_indices(len(pairs) - 1) + np.array(1)
    n, degree = np.array(pairs).T
    lowest = np.lexsort((np.minimum(degree[first], degree[second]), n[first] + n[second]))
    return np.stack([first, second])[:, lowest]


def _equations_for(pairs: list[Pair], target: int, factors: Int[np.ndarray, "2 products"]) -> list[tuple[Pair, Pair]]:
    """The first products of what stands before the target that have its degree, some more than it has unknowns."""
    (first, second), wanted = factors, pairs[target][1]
    degree = np.array(pairs)[:, 1]
    l1, l2 = degree[first], degree[second]
    couples = (np.abs(l1 - l2) <= wanted) & (wanted <= l1 + l2) & (second < target)
    couples &= (first != second) | ((l1 + l2 + wanted) % 2 == 0)
    return [(pairs[first[i]], pairs[second[i]]) for i in np.flatnonzero(couples)[: SPARE * (2 * wanted + 1)]]


def _most_independent(
    coupled: list[tuple[Pair, Pair]], degree: int, example: dict[Pair, np.ndarray]
) -> list[tuple[Pair, Pair]]:
    """As many of the products as the degree has unknowns, as independent as can be."""
    equations = np.stack([_equation(example, *factors, degree=degree) for factors in coupled])
    *_, ranking = qr(equations.T, mode="r", pivoting=True)
    return [coupled[i] for i in sorted(ranking[: 2 * degree + 1])]


def _equation(
    example: dict[Pair, np.ndarray], first: Pair, second: Pair, *, degree: int
) -> Float[np.ndarray, " unknowns"]:
    """What multiplies the real unknowns of a degree: m = 0, and real and imaginary parts of m > 0."""
    (l1, l2), table = (first[1], second[1]), clebsch_gordan_cached(first[1], second[1], degree)
    m, m1 = np.arange(degree + 1)[:, None], np.arange(-l1, l1 + 1)
    partner = m - m1 + l2
    inside = (partner >= 0) & (partner <= 2 * l2)
    product = np.sum(table * example[first] * np.where(inside, example[second][partner * inside], 0), axis=1)
    if (l1 + l2 + degree) % 2:
        product = product / 1j  # of an odd sum the product is imaginary
    return np.concatenate([product.real, product.imag[1:]])


clebsch_gordan_cached = cache(clebsch_gordan)
