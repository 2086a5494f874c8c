"""Aberrations beyond defocus, astigmatism and spherical aberration."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float
from vitreous.constants import wavelength

from ._zernike import even_mode, odd_mode, zernike_sum

_ANGSTROM_PER_MM = 1e7


class Aberrations(eqx.Module):
    r"""Phases of any aberrations, as Zernike polynomials of the true frequency.

    With the even coefficients $e_i$ and the odd ones $o_i$, in radians, a lens turns a wave by

    $$e^{i\left(\chi(q) - \sum_i e_i Z_i(q) + \sum_i o_i Z_i(q)\right)}$$

    so the even ones shift the oscillation of the contrast transfer function, and the odd ones multiply the spectrum
    of the image by $\exp(i \sum o_i Z_i)$ (Zivanov et al. 2020, *IUCrJ* 7, 253). The polynomials are those of RELION's
    `rlnEvenZernike` and `rlnOddZernike`, in the same order and with the same sign:

    $$Z_n^m = R_n^{|m|}(\rho) \begin{cases}\cos m\varphi & m \ge 0\\ \sin |m|\varphi & m < 0\end{cases}$$

    where $\rho$ is $|q|$ in Å⁻¹ (it is not scaled to a unit disc), with (n, m) = (0,0), (2,−2), (2,0), (2,2), (4,−4),
    (4,−2), (4,0), … for the even, and (1,−1), (1,1), (3,−3), (3,−1), (3,1), (3,3), (5,−5), … for the odd ones.

    Order, polynomials, the unscaled radius, the sign of the odd phase and the coefficients of a beam tilt were compared
    with RELION 5's source (`Zernike.cpp`, `obs_model.cpp`, `tilt_helper.cpp`); the even ones also with its projections.

    Aberrations add: `Aberrations.from_beam_tilt(…) + Aberrations.from_trefoil(…)`.

    Arguments:
        even: Coefficients of the even polynomials, any number of them.
        odd: Coefficients of the odd polynomials, any number of them.

    Raises:
        InputError: Coefficients that are no list of numbers.

    Examples:
        >>> aberrations = Aberrations(even=[0.5])  # Z_0^0 = 1: a constant
        >>> float(aberrations.even_phase(jnp.array([0.1, 0.2])))
        0.5
    """

    even: Float[Array, " even"]
    odd: Float[Array, " odd"]

    def __init__(self, even: Any = (), odd: Any = ()):
        self.even, self.odd = _coefficients(even, "even"), _coefficients(odd, "odd")

    @classmethod
    def from_beam_tilt(
        cls, x_mrad: FloatLike, y_mrad: FloatLike, *, voltage_kv: FloatLike, cs_mm: FloatLike
    ) -> "Aberrations":
        r"""The coma of a tilted beam: the odd phase $-2\pi C_s \lambda^2 q^2\,(t \cdot q)$.

        (Glaeser et al. 2011, *J. Struct. Biol.* 174, 1; with the sign of RELION's `rlnBeamTiltX` and `rlnBeamTiltY`,
        which it adds to `rlnOddZernike` in the same way.)

        Arguments:
            x_mrad: $t_x$ in mrad.
            y_mrad: $t_y$ in mrad.
            voltage_kv: Acceleration voltage in kV.
            cs_mm: Spherical aberration in mm.

        Examples:
            >>> coma = Aberrations.from_beam_tilt(1.0, 0.0, voltage_kv=300.0, cs_mm=2.7)
            >>> round(float(coma.odd_phase(jnp.array([0.2, 0.0]))), 4)  # −2π 2.7e7 λ² 0.2³ 1e-3
            -0.526
        """
        scale = -2 * jnp.pi * as_float(cs_mm) * _ANGSTROM_PER_MM * wavelength(voltage_kv) ** 2 * 1e-3
        return cls(odd=_coma(scale * as_float(x_mrad), scale * as_float(y_mrad)))

    @classmethod
    def from_trefoil(cls, a2: FloatLike, angle_deg: FloatLike = 0.0, *, voltage_kv: FloatLike) -> "Aberrations":
        r"""Threefold astigmatism: the odd phase $-\tfrac{2\pi}{3}\lambda^2 A_2\, q^3 \cos 3(\alpha - \alpha_2)$.

        The wave aberration $\tfrac13 A_2 \theta^3 \cos 3(\alpha - \alpha_2)$ at the angle $\theta = \lambda q$
        (Uhlemann & Haider 1998, *Ultramicroscopy* 72, 109), which a lens subtracts from the phase.

        Arguments:
            a2: $A_2$ in Å.
            angle_deg: $\alpha_2$ in degrees from $+x$ towards $+y$.
            voltage_kv: Acceleration voltage in kV.

        Examples:
            >>> trefoil = Aberrations.from_trefoil(1000.0, voltage_kv=300.0)
            >>> round(float(trefoil.odd_phase(jnp.array([0.3, 0.0]))), 4)
            -0.0219
        """
        size = -2 * jnp.pi / 3 * wavelength(voltage_kv) ** 2 * as_float(a2)
        angle = 3 * jnp.deg2rad(as_float(angle_deg))
        return cls(odd=_place(6, {2: size * jnp.sin(angle), 5: size * jnp.cos(angle)}))

    @classmethod
    def from_tetrafoil(cls, a3: FloatLike, angle_deg: FloatLike = 0.0, *, voltage_kv: FloatLike) -> "Aberrations":
        r"""Fourfold astigmatism: $\chi$ falls by $\tfrac{\pi}{2}\lambda^3 A_3\, q^4 \cos 4(\alpha - \alpha_3)$.

        The wave aberration $\tfrac14 A_3 \theta^4 \cos 4(\alpha - \alpha_3)$; spherical aberration is the same
        without the cosine (Uhlemann & Haider 1998).

        Arguments:
            a3: $A_3$ in Å.
            angle_deg: $\alpha_3$ in degrees from $+x$ towards $+y$.
            voltage_kv: Acceleration voltage in kV.

        Examples:
            >>> tetrafoil = Aberrations.from_tetrafoil(1e5, voltage_kv=300.0)
            >>> round(float(tetrafoil.even_phase(jnp.array([0.0, 0.3]))), 4)
            0.0097
        """
        size = jnp.pi / 2 * wavelength(voltage_kv) ** 3 * as_float(a3)
        angle = 4 * jnp.deg2rad(as_float(angle_deg))
        return cls(even=_place(9, {4: size * jnp.sin(angle), 8: size * jnp.cos(angle)}))

    @classmethod
    def from_star_aberration(cls, s3: FloatLike, angle_deg: FloatLike = 0.0, *, voltage_kv: FloatLike) -> "Aberrations":
        r"""Astigmatism of fourth order: $\chi$ falls by $2\pi\lambda^3 S_3\, q^4 \cos 2(\alpha - \alpha_s)$.

        The wave aberration $S_3 \theta^4 \cos 2(\alpha - \alpha_s)$ (Uhlemann & Haider 1998).

        Arguments:
            s3: $S_3$ in Å.
            angle_deg: $\alpha_s$ in degrees from $+x$ towards $+y$.
            voltage_kv: Acceleration voltage in kV.

        Examples:
            >>> star = Aberrations.from_star_aberration(1e5, voltage_kv=300.0)
            >>> round(float(star.even_phase(jnp.array([0.3, 0.0]))), 4)
            0.0388
        """
        size = 2 * jnp.pi * wavelength(voltage_kv) ** 3 * as_float(s3)
        angle = 2 * jnp.deg2rad(as_float(angle_deg))
        return cls(even=_fourth_order(size * jnp.cos(angle), size * jnp.sin(angle)))

    @classmethod
    def from_lengths(
        cls,
        *,
        tilt_a: Any = (0.0, 0.0),
        trefoil_a: Any = (0.0, 0.0),
        tetra_a: Any = (0.0, 0.0, 0.0, 0.0),
        voltage_kv: FloatLike,
    ) -> "Aberrations":
        r"""Aberrations given as lengths, as cryoSPARC's `ctf/tilt_A`, `ctf/trefoil_A` and `ctf/tetra_A` are.

        With $t$, $f$ and $s$ for the three, and $\alpha$ from $+x$ towards $+y$ as everywhere,

        $$\text{odd} = -2\pi\lambda^2 q^2 (t \cdot q) - \tfrac{2\pi}{3}\lambda^2 q^3 (f_0 \cos 3\alpha
        + f_1 \sin 3\alpha)$$

        $$\sum e Z = 2\pi\lambda^3 q^4 (s_0 \cos 2\alpha + s_1 \sin 2\alpha)
        + \tfrac{\pi}{2}\lambda^3 q^4 (s_2 \cos 4\alpha + s_3 \sin 4\alpha)$$

        so $t = C_s \sin(\text{beam tilt})$, and the pairs are the axes of `from_trefoil`, `from_star_aberration` and
        `from_tetrafoil`.

        cryoSPARC publishes no definition. These sizes and components are those that the program specter uses for
        cryoSPARC's files. It measures angles from $+y$ towards $+x$ (its astigmatism says so: in that frame it is the
        usual one), and where it has signs $(+, +)$ and $(-, +, +, -)$, there is one sign in ours. The even ones have
        their sign from spherical aberration. The odd ones have that with which pyem hands the tilt to RELION; specter
        applies all of them with the opposite one, and which is right is not checked here against cryoSPARC's images.

        Arguments:
            tilt_a: $t$, two numbers in Å.
            trefoil_a: $f$, two numbers in Å.
            tetra_a: $s$, four numbers in Å.
            voltage_kv: Acceleration voltage in kV.

        Examples:
            >>> tilted = Aberrations.from_lengths(tilt_a=[2.7e4, 0.0], voltage_kv=300.0)  # 1 mrad at 2.7 mm
            >>> same = Aberrations.from_beam_tilt(1.0, 0.0, voltage_kv=300.0, cs_mm=2.7)
            >>> bool(jnp.allclose(tilted.odd, same.odd))
            True
        """
        tilt, trefoil, tetra = (
            _of_length(values, n, name)
            for values, n, name in ((tilt_a, 2, "tilt_a"), (trefoil_a, 2, "trefoil_a"), (tetra_a, 4, "tetra_a"))
        )
        square, cube = wavelength(voltage_kv) ** 2, wavelength(voltage_kv) ** 3
        coma = _coma(*(-2 * jnp.pi * square * tilt))
        third = -2 * jnp.pi / 3 * square * trefoil
        second, fourth = 2 * jnp.pi * cube * tetra, jnp.pi / 2 * cube * tetra
        return cls(
            even=_fourth_order(second[0], second[1]) + _place(9, {4: fourth[3], 8: fourth[2]}),
            odd=coma + _place(6, {2: third[1], 5: third[0]}),
        )

    def even_phase(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        r"""$\sum_i e_i Z_i$, what the even aberrations subtract from $\chi$.

        Arguments:
            frequencies: True frequencies $(q_x, q_y)$ in Å⁻¹.

        Returns:
            Radians.
        """
        return zernike_sum(self.even, tuple(map(even_mode, range(self.even.size))), frequencies)

    def odd_phase(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        r"""$\sum_i o_i Z_i$, by which the odd aberrations turn the spectrum of the image.

        Arguments:
            frequencies: True frequencies $(q_x, q_y)$ in Å⁻¹.

        Returns:
            Radians.
        """
        return zernike_sum(self.odd, tuple(map(odd_mode, range(self.odd.size))), frequencies)

    def __add__(self, other: "Aberrations") -> "Aberrations":
        """Both aberrations together."""
        return Aberrations(_sum(self.even, other.even), _sum(self.odd, other.odd))


def _coefficients(values: Any, name: str) -> Float[Array, " n"]:
    array = jnp.asarray(values, float) if isinstance(values, Sequence) else as_float(values)
    if array.ndim != 1:
        raise InputError(
            f"the {name} coefficients have the shape {array.shape}, but they are a list of numbers.",
            hint="Use Aberrations(even=[…], odd=[…]); for a batch, jax.vmap over the constructor.",
        )
    return array


def _of_length(values: Any, n: int, name: str) -> Float[Array, " n"]:
    array = _coefficients(values, name)
    if array.size != n:
        raise InputError(f"{name} has {array.size} numbers, not {n}.", hint=f"Give {n} lengths in Å.")
    return array


def _place(size: int, values: dict[int, Array]) -> Float[Array, " n"]:
    return jnp.stack([values.get(i, jnp.zeros_like(next(iter(values.values())))) for i in range(size)])


def _coma(x: Array, y: Array) -> Float[Array, " n"]:
    r"""Coefficients of $\rho^2 (x q_x + y q_y)$: $\rho^3\cos\varphi = (Z_3^1 + 2 Z_1^1)/3$."""
    return _place(6, {0: 2 * y / 3, 1: 2 * x / 3, 3: y / 3, 4: x / 3})


def _fourth_order(cosine: Array, sine: Array) -> Float[Array, " n"]:
    r"""Coefficients of $\rho^4 (c \cos 2\varphi + s \sin 2\varphi)$: $\rho^4\cos 2\varphi = (Z_4^2 + 3 Z_2^2)/4$."""
    return _place(9, {1: 3 * sine / 4, 3: 3 * cosine / 4, 5: sine / 4, 7: cosine / 4})


def _sum(a: Array, b: Array) -> Array:
    size = max(a.size, b.size)
    return jnp.pad(a, (0, size - a.size)) + jnp.pad(b, (0, size - b.size))
