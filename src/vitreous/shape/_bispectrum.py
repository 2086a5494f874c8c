"""Numbers that no rotation changes and that tell a map completely, its hand included."""

from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from vitreous._core import map_batches
from vitreous.harmonics import moment_count, moment_index, moment_order

from ._bispectrum_labels import bispectrum_labels, clebsch_gordan_cached

# Terms in flight: 2¹⁶ of them take about 4 MB, in the gradient too, whatever the order.
TERMS = 2**16


def bispectrum(moments: Complex[Array | np.ndarray, " moments"]) -> Float[Array, " triples"]:
    r"""Triple products of moments, which no rotation changes and which together tell a map but for its orientation.

    $$B = \sum_{m m_1} \langle l_1 m_1\, l_2\, (m - m_1) | l m \rangle\,
    M_{n_1 l_1 m_1} M_{n_2 l_2 (m - m_1)} \overline{M_{n l m}}$$

    with Clebsch–Gordan coefficients. (Kondor 2007, arXiv:cs/0701127.) For a real density B is real where
    $l_1 + l_2 + l$ is even, and imaginary where it is odd; there the imaginary part is returned. The mirror image of
    a map has the odd ones with the other sign, so that they tell its hand. A complete set of `bispectrum_labels` is
    taken, about as many products as there are real moments.

    Arguments:
        moments: Moments with $m \ge 0$ of a real density; `jax.vmap` for batches.

    Returns:
        Products in the order of `bispectrum_labels`, in the cubed unit of the moments: polynomials, whose gradients
        are finite everywhere.

    Raises:
        InputError: The number of moments is not that of any order.

    Examples:
        >>> bispectrum(jnp.array([2.0, 1.0, 2j])).round(4).tolist()  # 2³, and 2 (1² + 2 · 2²)
        [8.0, 18.0]
    """
    moments = jnp.asarray(moments)
    terms = _terms(moment_order(moments.shape[-1]))
    return _products(moments, terms.factors, terms.coefficient, terms.triple, terms.odd)[terms.place]


@dataclass(frozen=True)
class _Terms:
    """The sum over m and m₁ of all products as one table, cut into chunks of whole triples.

    Attributes:
        factors: Where the three moments of each term stand in the moments and, behind them, their conjugates.
        coefficient: What multiplies them; zero in what fills the chunks up.
        triple: The triple of each term, counted from the first of its chunk.
        odd: Whether $l_1 + l_2 + l$ is odd, of each triple of each chunk.
        place: Where each triple stands in the results of the chunks, one behind the other.
    """

    factors: Int[np.ndarray, "chunks 3 terms"]
    coefficient: Float[np.ndarray, "chunks terms"]
    triple: Int[np.ndarray, "chunks terms"]
    odd: Int[np.ndarray, "chunks slots"]
    place: Int[np.ndarray, " triples"]


@jax.jit
def _products(
    moments: Complex[Array, " moments"],
    factors: Int[Array | np.ndarray, "chunks 3 terms"],
    coefficient: Float[Array | np.ndarray, "chunks terms"],
    triple: Int[Array | np.ndarray, "chunks terms"],
    odd: Int[Array | np.ndarray, "chunks slots"],
) -> Float[Array, " results"]:
    all_m = jnp.concatenate([moments, jnp.conj(moments)])

    def of_chunk(chunk: tuple[Array, Array, Array, Array]) -> Float[Array, " slots"]:
        index, weight, slot, imaginary = chunk
        first, second, third = all_m[index]
        products = weight.astype(moments.real.dtype) * first * second * third
        total = jax.ops.segment_sum(products, slot, imaginary.size, indices_are_sorted=True)
        return jnp.where(imaginary > 0, total.imag, total.real)

    return map_batches(of_chunk, (factors, coefficient, triple, odd), batch_size=1).ravel()


@cache
def _terms(order: int) -> _Terms:
    labels = bispectrum_labels(order)
    tables = [_terms_of_triple(triple, moments=moment_count(order)) for triple in labels.T.tolist()]
    sizes = np.array([coefficient.size for _, coefficient in tables])
    chunk = _chunks(sizes)
    chunks = int(chunk[-1]) + 1
    slot = np.arange(sizes.size) - np.searchsorted(chunk, chunk)  # chunks rise with the triples
    slots, longest = int(slot.max()) + 1, int(np.bincount(chunk, sizes).max())
    factors, coefficient = np.zeros((chunks, 3, longest), np.int32), np.zeros((chunks, longest))
    # What fills a chunk up has coefficient 0 and belongs to the last slot, so that slots never fall.
    triple = np.full((chunks, longest), slots - 1, np.int32)
    end = np.zeros(chunks, int)
    for (index, weight), c, s in zip(tables, chunk, slot, strict=True):
        part = slice(end[c], end[c] + weight.size)
        factors[c, :, part], coefficient[c, part], triple[c, part] = index, weight, s
        end[c] = part.stop
    odd = np.zeros((chunks, slots), np.int32)
    odd[chunk, slot] = labels[1::2].sum(axis=0) % 2
    return _Terms(factors, coefficient, triple, odd, chunk * slots + slot)


def _chunks(sizes: Int[np.ndarray, " triples"]) -> Int[np.ndarray, " triples"]:
    """The chunk of each triple: as many in a row as have at most `TERMS` terms together, or one that has more."""
    chunk, filled, chunks = 0, 0, []
    for size in sizes.tolist():
        if filled and filled + size > TERMS:
            chunk, filled = chunk + 1, 0
        filled += size
        chunks.append(chunk)
    return np.array(chunks)


def _terms_of_triple(
    triple: list[int], *, moments: int
) -> tuple[Int[np.ndarray, "3 terms"], Float[np.ndarray, " terms"]]:
    n1, l1, n2, l2, n, degree = triple
    table = clebsch_gordan_cached(l1, l2, degree)
    m, m1 = np.nonzero(table)
    coefficient = table[m, m1] * np.where(m > 0, 2, 1)  # m < 0 adds the conjugate
    m1 = m1 - l1
    first, sign_first = _with_negative_m(moment_index(n1, l1, 0), m1, moments)
    second, sign_second = _with_negative_m(moment_index(n2, l2, 0), m - m1, moments)
    third = moments + moment_index(n, degree, 0) + m  # conjugated
    return np.stack([first, second, third]), coefficient * sign_first * sign_second


def _with_negative_m(
    start: int, m: Int[np.ndarray, " terms"], moments: int
) -> tuple[Int[np.ndarray, " terms"], Int[np.ndarray, " terms"]]:
    """Where moments of any m stand among the moments and their conjugates, and the sign they take there."""
    return start + np.abs(m) + np.where(m < 0, moments, 0), np.where((m < 0) & (m % 2 > 0), -1, 1)
