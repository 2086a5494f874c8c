"""Anything a run wants to record, as what JSON can hold."""

import dataclasses
import math
from enum import Enum
from pathlib import PurePath
from typing import Any


def plain(value: Any) -> Any:
    """`value` in terms of dictionaries, lists, strings, numbers and `None`.

    Dataclasses become dictionaries, enumerations their names, arrays lists, and numbers that are not finite `None`
    (JSON knows no others).

    Raises:
        TypeError: Something in `value` has no plain form.

    Examples:
        >>> plain({"box": (64, 64), "snr": float("inf"), "poses": PurePath("a.star")})
        {'box': [64, 64], 'snr': None, 'poses': 'a.star'}
    """
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, PurePath):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    to_list = getattr(value, "tolist", None)
    if to_list is not None:  # arrays and array scalars, of NumPy and of JAX
        return plain(to_list())
    raise TypeError(f"a {type(value).__name__} cannot be recorded in run.json: {value!r}")
