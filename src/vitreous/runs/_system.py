"""What this machine offers."""

import os
import platform

import psutil

from vitreous._core import settings

from ._versions import software_versions


def system_report() -> dict[str, dict[str, str]]:
    """The software, processor, memory and devices that jobs would use here, in words.

    Returns:
        Sections (`software`, `machine`, `devices`, `settings`) of names and values.

    Raises:
        InputError: A `VITREOUS_*` variable has a value that cannot be read.

    Examples:
        >>> sorted(system_report())
        ['devices', 'machine', 'settings', 'software']
    """
    import jax  # here, so that the room itself imports without JAX

    from vitreous.kernels import kernels_in_use

    memory = psutil.virtual_memory()
    limit, cache = settings().memory_bytes, settings().cache
    return {
        "software": software_versions(),
        "machine": {
            "system": f"{platform.system()} {platform.release()} ({platform.machine()})",
            "cores": f"{len(os.sched_getaffinity(0))} usable of {os.cpu_count()}"
            if hasattr(os, "sched_getaffinity")
            else str(os.cpu_count()),
            "memory": f"{memory.available / 2**30:.1f} GiB free of {memory.total / 2**30:.1f} GiB",
        },
        "devices": {
            "backend": jax.default_backend(),
            "kernels": kernels_in_use(),
            "precision": "float64" if jax.config.jax_enable_x64 else "float32",  # pyright: ignore[reportAttributeAccessIssue]
            **{str(device): _device(device) for device in jax.devices()},
        },
        "settings": {
            "VITREOUS_MEMORY": "not set" if limit is None else f"{limit / 2**30:.1f} GiB",
            "VITREOUS_CACHE": "off" if cache is None else str(cache),
        },
    }


def _device(device: object) -> str:
    kind = str(getattr(device, "device_kind", "unknown"))
    stats = device.memory_stats() if hasattr(device, "memory_stats") else None  # pyright: ignore[reportAttributeAccessIssue]
    if not stats or "bytes_limit" not in stats:  # the CPU device counts no memory
        return kind
    free = stats["bytes_limit"] - stats.get("bytes_in_use", 0)
    return f"{kind}, {free / 2**30:.1f} GiB free of {stats['bytes_limit'] / 2**30:.1f} GiB"
