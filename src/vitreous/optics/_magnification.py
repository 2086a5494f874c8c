"""Matrices of anisotropic magnification."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float


def magnification_matrix(major: FloatLike, minor: FloatLike, angle_deg: FloatLike) -> Float[Array, "2 2"]:
    r"""The magnification that is stronger along one direction of the image than across it.

    $$M = R(\alpha) \begin{pmatrix} a & 0 \\ 0 & b \end{pmatrix} R(\alpha)^\mathsf{T}$$

    for `Microscope`. Where the image is magnified $a$ times as much as its pixel size says, a frequency $q$ of the
    image is $q' = a q$ of the specimen.

    Arguments:
        major: $a$, about 1.
        minor: $b$, about 1.
        angle_deg: $\alpha$, the direction of $a$ in degrees from $+x$ towards $+y$.

    Examples:
        >>> [[round(float(m), 3) for m in row] for row in magnification_matrix(1.02, 0.98, 45.0)]
        [[1.0, 0.02], [0.02, 1.0]]
    """
    angle = 2 * jnp.deg2rad(as_float(angle_deg))
    mean, half = (as_float(major) + minor) / 2, (as_float(major) - minor) / 2
    cosine, sine = half * jnp.cos(angle), half * jnp.sin(angle)
    return jnp.stack([jnp.stack([mean + cosine, sine]), jnp.stack([sine, mean - cosine])])


def magnification_from_offsets(offsets: Any) -> Float[Array, "2 2"]:
    r"""The magnification $M = 1 + A$ from the four numbers of $A$, row by row, as cryoSPARC's `ctf/anisomag` has them.

    All zeros are no anisotropy, as in its files. That the matrix acts on frequencies, and that the identity was taken
    off, is how the program specter reads these files; it is not checked against cryoSPARC's images here. (pyem hands
    the four numbers to `rlnMagMat00` … `rlnMagMat11` as they are, which makes a matrix of zeros of no anisotropy.)

    Arguments:
        offsets: $(A_{xx}, A_{xy}, A_{yx}, A_{yy})$.

    Raises:
        InputError: Not four numbers.

    Examples:
        >>> [[round(float(m), 3) for m in row] for row in magnification_from_offsets([0.01, 0.0, 0.002, -0.01])]
        [[1.01, 0.0], [0.002, 0.99]]
    """
    values = as_float(jnp.asarray(offsets))
    if values.shape != (4,):
        raise InputError(f"offsets of shape {values.shape} are not four numbers.", hint="Give (xx, xy, yx, yy).")
    return jnp.eye(2, dtype=values.dtype) + values.reshape(2, 2)
