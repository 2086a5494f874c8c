"""Which program computes a kernel. None of them changes the result or its derivatives.

Every kernel has a form in pure JAX, which says what it means. The package `vitreous_native` holds forms in C++ for
processors; some kernels have one in Pallas for graphics processors.
"""

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import ModuleType

import jax
from jaxtyping import Array

from vitreous._core import InputError, settings

_INTERFACE = 2  # of vitreous_native: the operands and attributes of its handlers
_COMPILED_TYPES = ("float32", "float64", "complex64", "complex128")
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


def resolve(backend: Backend, *, in_pallas: bool = True) -> Backend:
    """The backend to compile for: `AUTO` only where nothing else was asked for.

    Arguments:
        backend: The caller's choice.
        in_pallas: Whether the kernel has a form in Pallas; one that has none does not heed `VITREOUS_KERNELS=pallas`.

    Raises:
        InputError: The one that was asked for is not installed, or `VITREOUS_KERNELS` names none.
    """
    if backend is Backend.AUTO:
        asked_for = Backend(settings().kernels)
        backend = asked_for if in_pallas or asked_for is not Backend.PALLAS else Backend.AUTO
    if backend is Backend.NATIVE and isinstance(problem := _load(), str):
        raise InputError(f"the native kernels cannot be used: {problem}", hint=_INSTALL)
    return backend


def platform_forms(
    pure: Callable, *, native: Callable, pallas: Callable | None = None, pallas_gains: bool = False
) -> Mapping[str | None, Callable]:
    """The forms of a kernel, each `f(*operands, backend, **parameters)` without `backend`, by platform.

    `None` stands for any other platform than those named. `AUTO` takes the form in Pallas where it gains, which only
    a measurement on a graphics processor can tell (`benchmarks/pallas.py`).
    """

    def on_cpu(*operands, backend: Backend, **parameters):
        if backend in (Backend.JAX, Backend.PALLAS) or isinstance(_load(), str):
            return elsewhere(*operands, backend=backend, **parameters)
        compiled = native if _compute_in(operands, asked_for=backend is Backend.NATIVE) else pure
        return compiled(*operands, **parameters)

    def on_cuda(*operands, backend: Backend, **parameters):
        asked_for = backend is Backend.PALLAS
        if not asked_for and not (pallas_gains and backend is Backend.AUTO):
            return elsewhere(*operands, backend=backend, **parameters)
        if pallas is None:
            raise InputError("this kernel has no form in Pallas.", hint="Use VITREOUS_KERNELS=auto.")
        compiled = pallas if _compute_in(operands, asked_for=asked_for) else pure
        return compiled(*operands, **parameters)

    def elsewhere(*operands, backend: Backend, **parameters):
        if backend is Backend.NATIVE:
            raise InputError("the native kernels run on processors only.", hint="Use VITREOUS_KERNELS=auto.")
        if backend is Backend.PALLAS:
            raise InputError("the Pallas kernels need a graphics processor (CUDA).", hint="Use VITREOUS_KERNELS=auto.")
        return pure(*operands, **parameters)

    return {None: elsewhere, "cpu": on_cpu, "cuda": on_cuda}


def _compute_in(operands: Sequence[Array], *, asked_for: bool) -> bool:
    """Whether the native and Pallas kernels take operands of these types; raises where one of them was asked for."""
    other = [str(operand.dtype) for operand in operands if operand.dtype not in _COMPILED_TYPES]
    if other and asked_for:
        raise InputError(
            f"the native and Pallas kernels do not compute in {other[0]}.",
            hint="Use float32 or float64, or VITREOUS_KERNELS=jax.",
        )
    return not other


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
            return f"vitreous-native cannot be loaded ({error})."
        return "vitreous-native is not installed."
    except ImportError as error:
        return f"vitreous-native cannot be loaded ({error})."
    found = getattr(native, "INTERFACE", None)
    return native if found == _INTERFACE else f"vitreous-native has interface {found}, and {_INTERFACE} is needed."
