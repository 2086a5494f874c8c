"""Zernike functions written out in monomials, with exact coefficients."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb, factorial, pi, sqrt

import numpy as np
from jaxtyping import Complex, Float, Int

from vitreous.harmonics import moment_count, moment_index

_POWERS_OF_MINUS_I = np.array([1, -1j, -1, 1j])


@dataclass(frozen=True)
class MonomialTerms:
    r"""The linear map from geometric moments to Zernike moments, in three factors, and its transpose.

    With $w = -iy$, conjugate Zernike functions are real combinations of products:

    $$ \overline{Z_{nlm}} = \sqrt{2n+3} \sum_k q_{nlk} \sum_p h_{lmkp}\, (x+w)^{m+p} (x-w)^p z^{l+2k-m-2p} $$

    where $(x+w)(x-w) = x^2 + y^2$, q are the coefficients of Jacobi polynomials, and h those of a solid harmonic
    times $r^{2k}$; Novotni & Klein (2003, Proc. 8th ACM Symp. Solid Modeling, 216, sec. 4) have the product of all as
    χ. They are computed as whole numbers and fractions, and rounded once. The terms they multiply cancel all the same.

    Arguments:
        order: The largest n.
        planar: For each degree d, rows p of the coefficients of $x^{d-s} w^s$ in $(x+w)^{d-p} (x-w)^p$.
        solid: For each l and m, rows k of h.
        radial: For each l, rows n = l, l + 2, … of $\sqrt{2n+3}\, q$.
    """

    order: int
    planar: list[Float[np.ndarray, "_ _"]]
    solid: list[list[Float[np.ndarray, "_ _"]]]
    radial: list[Float[np.ndarray, "_ _"]]

    def moments(self, geometric: Float[np.ndarray, "r s t"]) -> Complex[np.ndarray, " moments"]:
        """Zernike moments from geometric ones: sums of the density times $x^r y^s z^t$."""
        products = self._no_products()
        for degree, planar in enumerate(self.planar):
            s = np.arange(degree + 1)
            found = planar @ (_POWERS_OF_MINUS_I[s % 4, None] * geometric[degree - s, s, : self.order - degree + 1])
            for p, row in enumerate(found):
                products[degree - 2 * p][2 * p :, p] = row
        moments = np.empty(moment_count(self.order), complex)
        for l, radial in enumerate(self.radial):
            for m, solid in enumerate(self.solid[l]):
                terms = products[m][l - m :: 2, : solid.shape[1]]
                moments[_places(self.order, l, m)] = radial @ np.sum(solid * terms, axis=1)
        return moments

    def coefficients(self, moments: Complex[np.ndarray, " moments"]) -> Float[np.ndarray, "r s t"]:
        """The coefficients of $x^r y^s z^t$ in the series of moments: the transpose of `moments`."""
        products = self._no_products()
        for l, radial in enumerate(self.radial):
            for m, solid in enumerate(self.solid[l]):
                # Terms with m < 0 are the conjugates of those with m > 0.
                weighted = (2 if m else 1) * moments[_places(self.order, l, m)].conj() @ radial
                products[m][l - m :: 2, : solid.shape[1]] += weighted[:, None] * solid
        geometric = np.zeros((self.order + 1,) * 3)
        for degree, planar in enumerate(self.planar):
            s = np.arange(degree + 1)
            found = np.stack([products[degree - 2 * p][2 * p :, p] for p in range(len(planar))])
            terms = np.real(_POWERS_OF_MINUS_I[s % 4, None] * (planar.T @ found))
            geometric[degree - s, s, : self.order - degree + 1] = terms
        return geometric

    def _no_products(self) -> list[Complex[np.ndarray, "_ _"]]:
        """For each m, zeros for the products of degree m + d with $(x+w)^{m+p} (x-w)^p$."""
        return [np.zeros((self.order - m + 1, self.order // 2 + 1), complex) for m in range(self.order + 1)]


@cache
def monomial_terms(order: int) -> MonomialTerms:
    """The terms of all Zernike functions to an order."""
    degrees = range(order + 1)
    return MonomialTerms(
        order,
        [_planar(degree) for degree in degrees],
        [[_solid(order, l, m) for m in range(l + 1)] for l in degrees],
        [_radial(order, l) for l in degrees],
    )


def _planar(degree: int) -> Float[np.ndarray, "p s"]:
    def coefficient(p: int, s: int) -> int:
        return sum((-1) ** i * comb(p, i) * comb(degree - p, s - i) for i in range(min(p, s) + 1))

    return np.array([[coefficient(p, s) for s in range(degree + 1)] for p in range(degree // 2 + 1)], float)


def _solid(order: int, l: int, m: int) -> Float[np.ndarray, "k p"]:
    r"""$r^{l+2k} \overline{Y_{lm}}$ in powers of x² + y², besides $(x+w)^m$ and powers of z.

    $r^l Y_{lm}$ itself is a sum over $j \le (l-m)/2$ of
    $(-1)^{m+j} (x+iy)^{m+j} (x-iy)^j z^{l-m-2j} / (2^{m+2j} (m+j)!\, j!\, (l-m-2j)!)$ (Biedenharn & Louck 1981,
    Angular Momentum in Quantum Physics, eq. 3.153).
    """
    rows, width = (order - l) // 2 + 1, (order - m) // 2 + 1
    row = [0] * width
    for j in range((l - m) // 2 + 1):
        shared = factorial(l) // (factorial(m + j) * factorial(j) * factorial(l - m - 2 * j))
        row[j] = (-1) ** (m + j) * shared * 2 ** (l - m - 2 * j)
    table = [row]
    for _ in range(rows - 1):
        # Times r² = (x² + y²) + z².
        row = [here + below for here, below in zip(row, [0, *row[:-1]], strict=True)]
        table.append(row)
    squared = Fraction(factorial(l + m) * factorial(l - m), factorial(l) ** 2 * 4**l)
    return np.array(table, float) * sqrt((2 * l + 1) / (4 * pi) * squared)


def _radial(order: int, l: int) -> Float[np.ndarray, "n k"]:
    r"""Rows of $\sqrt{2n+3}\, q_{nlk}$ in $R_{nl}(r) = \sum_k q_{nlk} r^{l+2k}$ (DLMF 18.5.7 with 18.6.1)."""
    size = (order - l) // 2 + 1
    table = np.zeros((size, size))
    for degree in range(size):
        q = Fraction((-1) ** degree)
        for i in range(1, degree + 1):
            q *= Fraction(2 * l + 1 + 2 * i, 2 * i)
        for k in range(degree + 1):
            table[degree, k] = float(q) * sqrt(2 * (l + 2 * degree) + 3)
            q *= -Fraction((degree - k) * (2 * degree + 2 * l + 3 + 2 * k), (2 * l + 3 + 2 * k) * (k + 1))
    return table


def _places(order: int, l: int, m: int) -> Int[np.ndarray, " n"]:
    """Where the moments of one l and m stand."""
    return np.array([moment_index(n, l, m) for n in range(l, order + 1, 2)])
