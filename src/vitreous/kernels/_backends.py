"""Which program computes a kernel. None of them changes the result or its derivatives.

Every kernel has a form in pure JAX, which says what it means. The package `vitreous_native` holds forms in C++ for
processors; some kernels have one in Pallas for graphics processors.
"""

import functools
import importlib
from collections.abc import Callable, Mapping
from enum import Enum
from types import ModuleType

import jax

from vitreous._core import InputError, settings

_INTERFACE = 1  # of vitreous_native: the operands and attributes of its handlers
_NATIVE_TYPES = ("float32", "float64", "complex64", "complex128")
_INSTALL = "pip install vitreous-native (from a checkout: pip install ./kernels-native; it needs a C++ compiler)"


class Backend(Enum):
    """Which program computes a kernel.

    Examples:
        >>> Backend("jax")
        <Backend.JAX: 'jax'>
    """

    AUTO = "auto"
    """What `VITREOUS_KERNELS` says; without it the fastest there is."""
    JAX = "jax"
    """Pure JAX, on any device."""
    NATIVE = "native"
    """C++, on processors."""
    PALLAS = "pallas"
    """Pallas, on graphics processors."""


def resolve(backend: Backend) -> Backend:
    """The backend to compile for: `AUTO` only where nothing else was asked for.

    Raises:
        InputError: The one that was asked for is not installed, or `VITREOUS_KERNELS` names none.
    """
    if backend is Backend.AUTO:
        backend = Backend(settings().kernels)
    if backend is Backend.NATIVE and isinstance(problem := _load(), str):
        raise InputError(f"the native kernels cannot be used: {problem}", hint=_INSTALL)
    return backend


def platform_forms(
    pure: Callable, *, native: Callable, pallas: Callable | None = None
) -> Mapping[str | None, Callable]:
    """The forms of a kernel, each `f(*operands, backend, **parameters)` without `backend`, by platform.

    `None` stands for any other platform than those named.
    """

    def on_cpu(*operands, backend: Backend, **parameters):
        if backend is Backend.PALLAS:
            raise InputError("the Pallas kernels need a graphics processor.", hint="Use VITREOUS_KERNELS=auto.")
        if backend is Backend.JAX or isinstance(_load(), str):
            return pure(*operands, **parameters)
        if all(operand.dtype in _NATIVE_TYPES for operand in operands):
            return native(*operands, **parameters)
        if backend is Backend.NATIVE:
            raise InputError(
                f"the native kernels do not compute in {operands[0].dtype}.",
                hint="Use float32 or float64.",
            )
        return pure(*operands, **parameters)

    def elsewhere(*operands, backend: Backend, **parameters):
        if backend is Backend.NATIVE:
            raise InputError("the native kernels run on processors only.", hint="Use VITREOUS_KERNELS=auto.")
        return pure(*operands, **parameters)

    def on_cuda(*operands, backend: Backend, **parameters):
        if backend is not Backend.PALLAS:
            return elsewhere(*operands, backend=backend, **parameters)
        if pallas is None:
            raise InputError("this kernel has no form in Pallas.", hint="Use VITREOUS_KERNELS=auto.")
        return pallas(*operands, **parameters)

    return {None: elsewhere, "cpu": on_cpu, "cuda": on_cuda}


def kernels_in_use() -> str:
    """Which kernels `Backend.AUTO` takes here, and why, in a line.

    Examples:
        >>> kernels_in_use().split()[0].rstrip(":") in ("jax", "native", "pallas")
        True
    """
    backend = resolve(Backend.AUTO)
    if backend is not Backend.AUTO:
        return f"{backend.value}: asked for by VITREOUS_KERNELS"
    if jax.default_backend() != "cpu":
        return f"jax: what is compiled for {jax.default_backend()}"
    native = _load()
    return f"jax: {native}" if isinstance(native, str) else f"native: C++ for {native.instruction_set()}"


@functools.cache
def _load() -> ModuleType | str:
    """The native package, or why there is none."""
    try:
        native = importlib.import_module("vitreous_native")
    except ModuleNotFoundError as error:
        if error.name != "vitreous_native":
            return f"vitreous-native is broken ({error})."
        return "vitreous-native is not installed."
    except ImportError as error:
        return f"vitreous-native is broken ({error})."
    found = getattr(native, "INTERFACE", None)
    return native if found == _INTERFACE else f"vitreous-native has interface {found}, and {_INTERFACE} is needed."
