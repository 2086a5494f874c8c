"""Clebsch–Gordan coefficients, to rounding at any degree."""

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import eigh_tridiagonal


def clebsch_gordan(l1: int, l2: int, l: int) -> Float[np.ndarray, "m first"]:
    r"""The coefficients $\langle l_1 m_1\, l_2\, (m - m_1) | l m \rangle$ of every $m \ge 0$ and $m_1$.

    For one m they are the eigenvector of $(L_1 + L_2)^2$ to $l(l+1)$ in the basis of $m_1$, where that operator is
    tridiagonal with well separated eigenvalues, so that no recurrence loses digits. Its sign follows from that of
    $m + 1$ by $L_-$, and at m = l the coefficient of $m_1 = l_1$ is positive. (Edmonds 1957, *Angular Momentum in
    Quantum Mechanics*, 3.5–3.6.)

    Arguments:
        l1: Degree of the first factor.
        l2: Degree of the second.
        l: Degree of their product, from $|l_1 - l_2|$ to $l_1 + l_2$.

    Returns:
        Row m, column $m_1 + l_1$; zero where $|m - m_1| > l_2$.
    """
    table = np.zeros((l + 1, 2 * l1 + 1))
    above = np.zeros(2 * l1 + 1)
    for m in range(l, -1, -1):
        m1 = np.arange(max(-l1, m - l2), min(l1, m + l2) + 1)
        m2 = m - m1
        squared = l1 * (l1 + 1.0) + l2 * (l2 + 1) + 2 * m1 * m2
        exchange = _ladder(l1, m1[:-1]) * _ladder(l2, m2[1:])  # m1 up by one, m2 down by one
        rank = l - max(abs(l1 - l2), m)  # degrees from the smallest that has this m, rising
        vector = eigh_tridiagonal(squared, exchange, select="i", select_range=(rank, rank))[1][:, 0]
        expected = vector[-1] if m == l else np.sum(vector * _lowered(above, l1, l2, m1, m2))
        table[m, m1 + l1] = np.copysign(1.0, expected) * vector
        above = table[m]
    return table


def _lowered(
    above: Float[np.ndarray, " first"], l1: int, l2: int, m1: Int[np.ndarray, " k"], m2: Int[np.ndarray, " k"]
) -> Float[np.ndarray, " k"]:
    """L₋ on the vector of m + 1, but for a positive factor."""
    padded = np.append(above, 0)  # column m1 + 1 may lie beyond l1
    return _ladder(l1, m1) * padded[m1 + 1 + l1] + _ladder(l2, m2) * padded[m1 + l1]


def _ladder(degree: int, m: Int[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """The matrix element √(l(l + 1) − m(m + 1)) between m and m + 1."""
    return np.sqrt(degree * (degree + 1.0) - m * (m + 1))
