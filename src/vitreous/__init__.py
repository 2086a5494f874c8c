"""vitreous: cryo-EM image simulation and analysis on JAX.

Each room of the library is a package of its own, imported when it is first used:
`vitreous.optics`, `vitreous.volumes`, `vitreous.imaging`, … Importing `vitreous` itself imports nothing else.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS = (
    "archives",
    "constants",
    "datasets",
    "detector",
    "filters",
    "grids",
    "harmonics",
    "ice",
    "imaging",
    "io",
    "kernels",
    "optics",
    "plots",
    "poses",
    "projection",
    "reconstruct",
    "report",
    "runs",
    "scattering",
    "shape",
    "simulate",
    "stacks",
    "volumes",
    "workflow",
)

__all__ = ["__version__", *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"vitreous.{name}")
    raise AttributeError(f"module 'vitreous' has no attribute {name!r}. Its rooms are: {', '.join(_ROOMS)}.")


def __dir__() -> list[str]:
    return sorted(__all__)
