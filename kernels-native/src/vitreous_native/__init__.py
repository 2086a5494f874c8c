"""Compiled kernels that `vitreous` calls through JAX's foreign function interface; not for use by themselves."""

import jax

try:
    import vitreous_native._native as _native
except ModuleNotFoundError as error:
    raise ImportError(
        "it was installed without its compiled part; with a C++17 compiler at hand, "
        "pip install --force-reinstall --no-deps --no-cache-dir vitreous-native"
    ) from error

INTERFACE = 2
"""Counts the changes to the operands and attributes of the handlers."""

instruction_set = _native.instruction_set
use_instruction_set = _native.use_instruction_set
set_max_threads = _native.set_max_threads

for _name, _handler in _native.handlers().items():
    jax.ffi.register_ffi_target(_name, _handler, platform="cpu")
