"""What an MRC file holds, and what in it will bite."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from vitreous.io import inspect_mrc, map_mrc


def describe_mrc(path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The kind, facts and warnings of an MRC file; its values are read for their statistics."""
    header = inspect_mrc(path)
    warnings = list(header.warnings)
    axes = "n, y, x" if header.is_image_stack else "z, y, x"
    facts = [("shape", f"{_times(header.shape)} ({axes})"), ("mode", f"{header.mode} ({header.mode_name})")]
    if header.pixel_size is not None:
        sizes = header.pixel_size[:2] if header.is_image_stack else header.pixel_size
        if max(sizes) <= min(sizes) * 1.001:
            facts.append(("pixel size", f"{sizes[0]:g} Å"))
        else:
            facts.append(("pixel size", f"{_times(sizes)} Å ({'x, y' if len(sizes) == 2 else 'x, y, z'})"))
        lengths = [size * n for size, n in zip(sizes, header.shape[::-1], strict=False)]
        facts.append(("extent", f"{_times(round(length, 3) for length in lengths)} Å"))
    values, not_finite = _statistics(path)
    if values is None:
        warnings.append("no value is finite")
    else:
        low, high, mean, deviation = values
        facts.append(("values", f"{low:.6g} to {high:.6g}, mean {mean:.6g}, standard deviation {deviation:.6g}"))
        if low == high:
            warnings.append(f"every value is {low:g}")
        stated = header.statistics
        if stated is not None and abs(stated[2] - mean) > 1e-3 * max(deviation, abs(mean), 1e-30):
            warnings.append(f"the header states a mean of {stated[2]:.6g}, which is not that of the values")
    if not_finite:
        warnings.append(f"{not_finite} values are NaN or infinite")
    if any(header.start):
        facts.append(("first voxel", f"{header.start} (x, y, z)"))
    if any(header.origin):
        facts.append(("origin", f"{header.origin} Å (x, y, z)"))
    facts += [("label", label) for label in header.labels]
    if header.is_volume_stack:
        kind = f"stack of {header.volume_count} volumes"
        if header.space_group >= 401:  # declared; otherwise the reader has already warned of its guess
            warnings.append(f"{header.volume_count} volumes in one file: verbs that take one map refuse it")
    elif header.is_image_stack:
        kind = "image" if header.shape[0] == 1 else "image stack"
    else:
        kind = "map"
        if 8 * header.shape[0] <= min(header.shape[1:]):
            warnings.append(f"{header.shape[0]} sections are few for a map: perhaps images, which the header denies")
    return kind, facts, warnings


def _statistics(path: Path) -> tuple[tuple[float, float, float, float] | None, int]:
    """Minimum, maximum, mean and standard deviation of the finite values, and how many others there are."""
    values, _ = map_mrc(path)
    low, high, total, squares, count = np.inf, -np.inf, 0.0, 0.0, 0
    offset = float(
        np.nan_to_num(values[0].astype(np.float64), posinf=0, neginf=0).mean()
    )  # keeps the sum of squares small
    for section in values:
        finite = section[np.isfinite(section)].astype(np.float64)
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
            total += float((finite - offset).sum())
            squares += float(np.square(finite - offset).sum())
            count += finite.size
    if not count:
        return None, values.size
    mean = total / count
    return (low, high, mean + offset, max(0.0, squares / count - mean**2) ** 0.5), values.size - count


def _times(values: Iterable[float | int]) -> str:
    return " × ".join(f"{value:g}" for value in values)
