"""A resolution in words."""

from vitreous.grids import FourierCorrelation


def describe_resolution(curve: FourierCorrelation, threshold: float) -> str:
    """Where a correlation first falls below a threshold, in words; a curve that does not cross it has no such place.

    Arguments:
        curve: A correlation of two maps.
        threshold: Such as 0.143 for half-maps.

    Returns:
        The resolution in Å; that of the last shell, "or better", where the curve stays above the threshold; "none"
        where it lies below from the first shell on (the zero shell left out), so that the maps agree nowhere.

    Examples:
        >>> import jax.numpy as jnp
        >>> def curve(*values):
        ...     return FourierCorrelation(jnp.arange(3), jnp.arange(3) / 10, jnp.array([1.0, *values]), masked=False)
        >>> describe_resolution(curve(0.9, 0.1), 0.5)
        '6.67 Å'
        >>> describe_resolution(curve(0.9, 0.8), 0.5)
        '5.00 Å or better (never crossed)'
        >>> describe_resolution(curve(0.1, 0.9), 0.5)
        'none (below from the first shell on)'
    """
    if float(curve.correlation[1]) < threshold:
        return "none (below from the first shell on)"
    resolution = curve.resolution(threshold)
    if resolution is None:
        return f"{float(curve.resolution_a[-1]):.2f} Å or better (never crossed)"
    return f"{resolution:.2f} Å"
