"""The CTF, aberrations and magnification of cryoSPARC's tables."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float64

from vitreous.optics import Aberrations, magnification_from_offsets

from ._cryosparc_columns import CryosparcColumns

_MICROSCOPE = {"voltage_kv": "ctf/accel_kv", "cs_mm": "ctf/cs_mm", "amplitude_contrast": "ctf/amp_contrast"}
_DEFOCUS = {"defocus_u": "ctf/df1_A", "defocus_v": "ctf/df2_A", "b_factor": "ctf/bfactor"}
_ANGLES = {"astigmatism_angle_deg": "ctf/df_angle_rad", "phase_shift_deg": "ctf/phase_shift_rad"}


class CryosparcOptics(NamedTuple):
    """Per particle; `None` where the table does not say, or where it is trivial for all of them."""

    ctf_parameters: dict[str, Float64[np.ndarray, " n"]] | None
    ctf_problem: str
    ctf_warnings: tuple[str, ...]
    optics_warnings: tuple[str, ...]
    ctf_scales: Float64[np.ndarray, " n"]
    even_zernike: Float64[np.ndarray, "n even"] | None
    odd_zernike: Float64[np.ndarray, "n odd"] | None
    magnification: Float64[np.ndarray, "n 2 2"] | None


def cryosparc_optics(columns: CryosparcColumns) -> CryosparcOptics:
    """What the columns `ctf/…` say.

    Defoci are in Å and positive under focus, and `df_angle_rad` is measured from +x: a real pair of files made of one
    data set (EMPIAR-10076) has the same numbers there as `rlnDefocusU`, `rlnDefocusV` and `rlnDefocusAngle`.
    `tilt_A`, `trefoil_A` and `tetra_A` are those of `Aberrations.from_lengths`, and `anisomag` is that of
    `magnification_from_offsets`; both say what is known of them. `shift_A` has no published meaning, and
    `scale_const` none that changes an image.
    """
    n = len(columns)
    ctf, problem = _ctf(columns)
    scales = columns.numbers("ctf/scale")
    even, odd = _aberrations(columns, ctf)
    magnification = _magnification(columns)
    held = {"ctf/tilt_A, ctf/trefoil_A": odd, "ctf/tetra_A": even, "ctf/anisomag": magnification}
    labels = [name for name, values in held.items() if values is not None]
    ignored = (f"aberrations that the CTF does not hold are ignored: {', '.join(labels)}",) if labels else ()
    unknown = ()
    if _lengths(columns, "ctf/shift_A", 2).any():
        unknown = ("ctf/shift_A, whose meaning cryoSPARC does not publish, is ignored",)
    return CryosparcOptics(
        ctf_parameters=ctf,
        ctf_problem=problem,
        ctf_warnings=() if ctf is None else (*ignored, *unknown),
        optics_warnings=() if ctf is None else unknown,
        ctf_scales=np.ones(n) if scales is None else scales,
        even_zernike=even,
        odd_zernike=odd,
        magnification=magnification,
    )


def _ctf(columns: CryosparcColumns) -> tuple[dict[str, np.ndarray] | None, str]:
    missing = [name for name in ("ctf/df1_A", "ctf/df2_A", *_MICROSCOPE.values()) if name not in columns]
    if missing:
        return None, f"it has no column {', '.join(missing)}"
    held = {argument: columns.decimals(name) for argument, name in _MICROSCOPE.items()}
    held |= {argument: columns.numbers(name) for argument, name in (_DEFOCUS | _ANGLES).items()}
    complete = {name: np.zeros(len(columns)) if values is None else values for name, values in held.items()}
    complete |= {argument: np.rad2deg(complete[argument]) for argument in _ANGLES}
    problem = ""
    for name, values in complete.items():
        usable = np.isfinite(values)
        if name == "voltage_kv":
            usable &= values > 0
        if name == "amplitude_contrast":
            usable &= (values >= 0) & (values < 1)
        if not usable.all():
            problem = f"{name} of {values[np.argmin(usable)]:g} is none"
            complete[name] = np.where(usable, values, np.nan)
    return complete, problem


def _aberrations(
    columns: CryosparcColumns, ctf: dict[str, np.ndarray] | None
) -> tuple[Float64[np.ndarray, "n even"] | None, Float64[np.ndarray, "n odd"] | None]:
    """Zernike coefficients, even and odd."""
    lengths = np.hstack(
        [_lengths(columns, f"ctf/{name}_A", k) for name, k in (("tilt", 2), ("trefoil", 2), ("tetra", 4))]
    )
    if ctf is None or not lengths.any():
        return None, None

    def coefficients(row: np.ndarray) -> np.ndarray:
        tilt, trefoil, tetra, voltage = (jnp.asarray(part) for part in np.split(row, (2, 4, 8)))
        aberrations = Aberrations.from_lengths(tilt_a=tilt, trefoil_a=trefoil, tetra_a=tetra, voltage_kv=voltage[0])
        return np.concatenate([aberrations.even, aberrations.odd])

    # Without a voltage there is no CTF either, so what stands in for it here does not matter.
    voltage = np.nan_to_num(ctf["voltage_kv"], nan=300.0)
    values = _of_each_kind(coefficients, np.column_stack([lengths, voltage]))
    even, odd = values[:, :-6], values[:, -6:]
    return even if even.any() else None, odd if odd.any() else None


def _magnification(columns: CryosparcColumns) -> Float64[np.ndarray, "n 2 2"] | None:
    offsets = _lengths(columns, "ctf/anisomag", 4)
    if not offsets.any():
        return None
    return _of_each_kind(lambda row: np.asarray(magnification_from_offsets(row)), offsets)


def _lengths(columns: CryosparcColumns, name: str, k: int) -> Float64[np.ndarray, "n k"]:
    values = columns.numbers(name, (k,))
    return np.zeros((len(columns), k)) if values is None else values


def _of_each_kind(
    function: Callable[[np.ndarray], Any], rows: Float64[np.ndarray, "n k"]
) -> Float64[np.ndarray, "..."]:
    """A function of each row, called once for rows that are the same, as those of an exposure group are."""
    kinds, kind_of = np.unique(rows, axis=0, return_inverse=True)
    return np.stack([np.asarray(function(row), np.float64) for row in kinds])[kind_of.reshape(-1)]
