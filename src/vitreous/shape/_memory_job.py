"""Where a job of moments runs, in what batches, and how much memory it may take."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Shaped

from vitreous._core import JOB_OVERHEAD, NO_PROGRESS, BatchPlan, InputError, Progress, plan_batches, require_memory
from vitreous.harmonics import ZernikePlan, moment_count

# For each voxel of a plan's padded box: making the tables takes 46 to 61 bytes in boxes of 128 and more, and they stay
# with 21 to 29. In smaller boxes it is more, and nothing beside the rest.
_MAKING_BYTES, _TABLE_BYTES = 64, 30
# The map as read, framed, on the device and as its spectrum.
_VOLUME_BYTES = 24
# Sums by m, parity, l and n stand in tables with six places for each moment, made of real and imaginary parts.
_MOMENT_BYTES = 100
# Bessel functions of every order at each distance of a Fourier mode, in double precision while they are made.
_SHELL_BYTES = 24
# What conjugate gradients hold (map, residual, change, and what they are made of), and compiling them, 40 to 60 MiB.
_REFINED_VOLUMES, _REFINEMENT = 6, 96 * 2**20
BY_MONOMIALS = "device: the processor, in double precision, one volume at a time"


@contextmanager
def on_device(name: str | None) -> Iterator[jax.Device]:
    """Run the block on a device, JAX's first unless named as `cpu` or `gpu:0`.

    Raises:
        InputError: There is no such device.
    """
    device = jax.devices()[0] if name is None else _device(name)
    with jax.default_device(device):
        yield device


def largest_radius(box: int) -> float:
    """Of a ball with a box inside of it, in voxels."""
    return 3**0.5 / 2 * box


def job_bytes(box: int, *, order: int, radius: float, volumes: int, refine: bool = False) -> float:
    """What a job takes beside what is there already; the arguments are those of `require_job_memory`."""
    padded = max(float(box), math.ceil(radius + box / 2))
    volumes += _REFINED_VOLUMES if refine else 0
    arrays = (volumes + 1) * (_VOLUME_BYTES * float(box) ** 3 + _MOMENT_BYTES * moment_count(order))
    shells = _SHELL_BYTES * order * (padded / 2) ** 2
    overhead = JOB_OVERHEAD + (_REFINEMENT if refine else 0)
    return overhead + shells + max(_MAKING_BYTES * padded**3, _TABLE_BYTES * padded**3 + arrays)


def require_job_memory(
    box: int,
    *,
    order: int,
    radius: float,
    volumes: int,
    memory: int | None,
    source: object,
    refine: bool = False,
) -> None:
    """Refuse a job that cannot fit, before a table is made: the plan's tables, and what one volume takes.

    Arguments:
        box: Voxels along a side.
        order: The largest n.
        radius: Of the ball, in voxels.
        volumes: How many others are held at once, beside what is there already.
        memory: Bytes that the whole process may use.
        source: The file, for the message.
        refine: Whether moments are fitted to voxels.

    Raises:
        InputError: There is not enough.
    """
    require_memory(
        job_bytes(box, order=order, radius=radius, volumes=volumes, refine=refine),
        what=f"{source}: order {order} in a ball of {radius:g} voxels and a box of {box}³",
        hint="Use a smaller --order, or fewer voxels.",
        memory=memory,
    )


def in_batches(
    method: Callable[[ZernikePlan, Array], Array],
    plan: ZernikePlan,
    rows: Shaped[np.ndarray, "n *element"],
    *,
    memory: int | None = None,
    what: str = "one volume",
    progress: Progress = NO_PROGRESS,
    description: str = "Volumes",
) -> tuple[BatchPlan, Iterator[Shaped[np.ndarray, "..."]]]:
    """What a plan makes of each row, in batches that fit into the memory allowed.

    Arguments:
        method: Of the plan and a batch, such as `ZernikePlan.decompose`.
        plan: Its tables are shared.
        rows: The batch in full.
        memory: Bytes that the whole process may use.
        what: What one row is, for the error.
        progress: Told of every row.
        description: For the progress.

    Returns:
        How batches are planned, and the results one by one.

    Raises:
        InputError: Not even one row fits.
    """
    arrays, static = eqx.partition(plan, eqx.is_array)
    (device,) = jax.tree.leaves(arrays)[0].devices()

    @jax.jit
    def compute(arrays: Any, batch: Array) -> Array:
        return method(eqx.combine(arrays, static), batch)

    batches = plan_batches(
        compute,
        arrays,
        batch=jax.ShapeDtypeStruct(rows.shape, jnp.asarray(rows[:1]).dtype),
        memory=memory,
        what=what,
        hint="Use a smaller --order, or fewer voxels.",
    )

    def results() -> Iterator[np.ndarray]:
        size = batches.batch_size
        for first in range(0, len(rows), size):
            batch = rows[first : first + size]
            # The last batch is filled up, so that nothing is compiled for it.
            missing = [(0, size - len(batch))] + [(0, 0)] * (batch.ndim - 1)
            with jax.default_device(device):
                found = np.asarray(compute(arrays, np.pad(batch, missing)))
            yield from found[: len(batch)]

    return batches, progress.track(results(), description=description, total=len(rows))


def strategy(device: jax.Device, plan: ZernikePlan, batches: BatchPlan) -> tuple[str, ...]:
    """How a job runs, in lines for a reader."""
    tables = sum(leaf.nbytes for leaf in jax.tree.leaves(plan))
    return (
        f"device: {device.platform}:{device.id} ({device.device_kind})",
        f"plan: order {plan.order} in a ball of {plan.radius:.4g} voxels, box {plan.box}³ (padded to "
        f"{plan.modes.box}³), tables of {tables / 2**20:.1f} MiB; voxels can follow orders to "
        f"{math.floor(math.pi * plan.radius)}",
        f"volumes at once: {batches.batch_size} ({batches.batches} batches), "
        f"{batches.needed / 2**20:.0f} MiB planned of {batches.allowed / 2**20:.0f} MiB that may be used",
    )


def _device(name: str) -> jax.Device:
    platform, _, number = name.partition(":")
    try:
        return jax.devices(platform)[int(number or 0)]
    except (RuntimeError, ValueError, IndexError) as error:
        known = sorted({f"{device.platform}:{device.id}" for device in (*jax.devices(), *jax.devices("cpu"))})
        raise InputError(
            f"--device {name}: there is no such device here.", hint=f"There are: {', '.join(known)}."
        ) from error
