"""Figures of the curves that STAR files hold: FSC, Guinier, MTF."""

from collections.abc import Mapping

import numpy as np

from vitreous._core import InputError
from vitreous.io import Table
from vitreous.report import Curve, Figure, drawable, fsc_curves

from ._charts import AbstractChart, CurveChart

# RELION's labels of correlations, in postprocess.star (data_fsc) and model.star (data_model_class_…).
_FSC = {
    "rlnFourierShellCorrelationCorrected": "corrected for the mask",
    "rlnFourierShellCorrelationUnmaskedMaps": "unmasked",
    "rlnFourierShellCorrelationMaskedMaps": "masked",
    "rlnCorrectedFourierShellCorrelationPhaseRandomizedMaskedMaps": "masked, random phases",
    "rlnFourierShellCorrelationParticleMaskFraction": "corrected by the fraction of the mask",
    "rlnFourierShellCorrelation": "FSC",
    "rlnGoldStandardFsc": "half-maps",
}
_GUINIER = {
    "rlnLogAmplitudesOriginal": "original",
    "rlnLogAmplitudesMTFCorrected": "MTF corrected",
    "rlnLogAmplitudesWeighted": "weighted by the FSC",
    "rlnLogAmplitudesSharpened": "sharpened",
    "rlnLogAmplitudesIntercept": "fit",
}
_NO_VALUE = -99.0  # what RELION writes for the logarithm of nothing


def fsc_figure(blocks: Mapping[str, Table]) -> Figure:
    """The Fourier shell correlations of a STAR file, such as RELION's `postprocess.star`.

    Arguments:
        blocks: The tables of the file, as `vitreous.io.read_star` gives them.

    Returns:
        The curves against frequency, with 0.143 and 0.5 marked.

    Raises:
        InputError: No table has correlations (`rlnFourierShellCorrelation…`, `rlnGoldStandardFsc`) with `rlnResolution`
            or `rlnAngstromResolution`.
    """
    return fsc_chart(blocks).figure()


def fsc_chart(blocks: Mapping[str, Table]) -> AbstractChart:
    """`fsc_figure`, to be drawn."""
    found = {name: table for name, table in blocks.items() if has_fsc(table)}
    if not found:
        raise _absent(blocks, "Fourier shell correlations (rlnFourierShellCorrelation… with rlnResolution)")
    curves: list[Curve] = []
    for block, table in found.items():
        frequency = _frequency(table)
        order = np.argsort(frequency)
        order = order[np.isfinite(frequency[order]) & (frequency[order] >= 0)]
        for column, name in _FSC.items():
            if column not in table or not drawable(table.column(column)[order[1:]]).any():
                continue
            values = table.column(column)[order]
            label = name if len(found) == 1 else f"{block}: {name}"
            curves.append((label, frequency[order], np.where(drawable(values), values, np.nan)))
    if not any((frequency > 0).any() for _, frequency, _ in curves):
        raise _absent(blocks, "a correlation at a frequency above zero")
    return CurveChart(
        curves=curves,
        x_label="spatial frequency (Å⁻¹)",
        y_label="correlation",
        drawing=fsc_curves(curves),
    )


def has_fsc(table: Table) -> bool:
    """Whether a table holds correlations and their frequencies."""
    return any(name in table for name in _FSC) and ("rlnResolution" in table or "rlnAngstromResolution" in table)


def _frequency(table: Table) -> np.ndarray:
    if "rlnResolution" in table:  # in Å⁻¹, for all its name
        return table.column("rlnResolution")
    resolution = table.column("rlnAngstromResolution")
    with np.errstate(divide="ignore"):
        # The zero shell has a resolution that RELION writes as 999.
        return np.where(resolution >= 999, 0.0, 1 / resolution)


def guinier_chart(blocks: Mapping[str, Table]) -> AbstractChart:
    """The logarithm of the amplitudes against the squared frequency, of `postprocess.star`, to be drawn."""
    table = next((table for table in blocks.values() if has_guinier(table)), None)
    if table is None:
        raise _absent(blocks, "amplitudes (rlnResolutionSquared with rlnLogAmplitudesOriginal)")
    squared = table.column("rlnResolutionSquared")
    curves = []
    for column, name in _GUINIER.items():
        if column in table:
            values = table.column(column)
            curves.append((name, squared, np.where(values <= _NO_VALUE, np.nan, values)))
    return CurveChart(curves=curves, x_label="squared frequency (Å⁻²)", y_label="ln amplitude")


def has_guinier(table: Table) -> bool:
    """Whether a table holds amplitudes and their squared frequencies."""
    return "rlnResolutionSquared" in table and any(name in table for name in _GUINIER)


def mtf_figure(blocks: Mapping[str, Table]) -> Figure:
    """The modulation transfer function of a detector, from a STAR file as camera makers give it.

    Arguments:
        blocks: The tables of the file, as `vitreous.io.read_star` gives them.

    Returns:
        The curve against cycles per pixel.

    Raises:
        InputError: No table has `rlnResolutionInversePixel` and `rlnMtfValue`.
    """
    return mtf_chart(blocks).figure()


def mtf_chart(blocks: Mapping[str, Table]) -> AbstractChart:
    """`mtf_figure`, to be drawn."""
    curves = [
        (name, table.column("rlnResolutionInversePixel"), table.column("rlnMtfValue"))
        for name, table in blocks.items()
        if has_mtf(table)
    ]
    if not curves:
        raise _absent(blocks, "a modulation transfer function (rlnResolutionInversePixel with rlnMtfValue)")
    return CurveChart(curves=curves, x_label="spatial frequency (cycles per pixel)", y_label="MTF")


def has_mtf(table: Table) -> bool:
    """Whether a table holds a transfer function and its frequencies."""
    return "rlnResolutionInversePixel" in table and "rlnMtfValue" in table


def _absent(blocks: Mapping[str, Table], what: str) -> InputError:
    source = next((table.source.rpartition(", block")[0] for table in blocks.values()), "STAR file")
    return InputError(
        f"{source}: no table has {what}. Its tables are: {', '.join(f'data_{name}' for name in blocks) or 'none'}.",
        hint="Plot something else of it, or give another file.",
    )
