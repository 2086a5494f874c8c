"""Maps from files of moments."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import NO_PROGRESS, InputError, Progress, check_outputs
from vitreous.grids import crop
from vitreous.harmonics import ZernikePlan, moment_count, moment_labels, moment_order
from vitreous.io import write_mrc

from ._decompose_options import MomentAlgorithm
from ._descriptor import MAPS
from ._eight_bit import decode_eight_bit, encode_eight_bit
from ._latent_invariants import moments_at
from ._memory_job import BY_MONOMIALS, in_batches, largest_radius, on_device, require_job_memory, strategy
from ._moment_data import MomentData
from ._moment_file import read_moment_data
from ._monomial import reconstruct_monomial
from ._reconstruct_frame import MapFrame, frame_of
from ._reconstruct_options import ReconstructOptions

Rows = Complex[np.ndarray, "maps moments"]


@dataclass(frozen=True, kw_only=True)
class ReconstructedMap:
    """What `reconstruct_map` wrote.

    Arguments:
        paths: The maps.
        order: The largest n.
        box: Their edge in voxels.
        voxel_size: Å.
        radius: Of the ball, Å.
        strategy: Device, plan and batches, in lines for a reader.

    Examples:
        >>> ReconstructedMap(
        ...     paths=(Path("map.mrc"),), order=20, box=64, voxel_size=1.5, radius=48.0, strategy=()
        ... ).summary
        ('map.mrc: 64³ voxels of 1.5 Å, moments to order 20 in a ball of 48 Å',)
    """

    paths: tuple[Path, ...]
    order: int
    box: int
    voxel_size: float
    radius: float
    strategy: tuple[str, ...]

    @property
    def summary(self) -> tuple[str, ...]:
        """Lines for a reader."""
        first, last = self.paths[0], self.paths[-1]
        name = str(first) if len(self.paths) == 1 else f"{first} … {last.name} ({len(self.paths)} maps)"
        return (
            f"{name}: {self.box}³ voxels of {self.voxel_size:.6g} Å, moments to order {self.order} in a ball of "
            f"{self.radius:.6g} Å",
        )


def reconstruct_map(
    source: str | Path,
    output: str | Path,
    options: ReconstructOptions | None = None,
    *,
    memory: int | None = None,
    device: str | None = None,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> ReconstructedMap:
    r"""Write the map $f(Rx) = \sum M_{nlm} Z_{nlm}(x)$ of a file of moments, or all maps of a latent space.

    The map has the density of the one that was decomposed, on any voxels: the middle of the ball is at the voxel at
    index n // 2, and the origin in the header lets the map overlay the other. Outside of the ball it is zero.

    Arguments:
        source: A file of moments.
        output: The map to write; `.mrc` is added where it is no map by its ending. Volumes of a latent space are
            written as `map_0.mrc` (the consensus map), `map_1.mrc`, …, and a series as `map_n000.mrc`,
            `map_n001.mrc`, …
        options: Order, box, and the place in the latent space.
        memory: Bytes that the whole process may use; `VITREOUS_MEMORY` unless given.
        device: Such as `cpu` or `gpu:0`; JAX's first unless given.
        overwrite: Replace existing files.
        progress: Told of every map.

    Returns:
        What was written.

    Raises:
        InputError: The source is no file of moments, has no such order, particle or component, or does not say its
            ball; the box does not fit into the memory allowed; an output exists or cannot be written; there is no
            such device.

    Warns:
        UserWarning: The order is beyond what voxels can follow, or what the algorithm can hold.

    Examples:
        >>> import tempfile
        >>> from vitreous.shape import Moments
        >>> folder = Path(tempfile.mkdtemp())
        >>> table = Moments.from_arrays(np.ones(1, complex), radius=16.0, voxel_size=2.0, box=16)
        >>> path = table.save(folder / "ball.npz")
        >>> reconstruct_map(path, folder / "ball.mrc", ReconstructOptions(dimensions=12)).voxel_size.__round__(3)
        2.667
    """
    options = options or ReconstructOptions()
    data, _ = read_moment_data(source)
    order = _order(data, options.order)
    rows = _rows(data, order, options)
    names = _names(Path(output), rows=len(rows), order=order, step=options.series)
    check_outputs(names, overwrite=overwrite, what="map")
    frame = frame_of(data, dimensions=options.dimensions, apix=options.apix)
    if options.series is not None:
        rows = _growing(rows[0], _steps(order, options.series))
    monomial = options.algorithm is MomentAlgorithm.MONOMIAL
    maps, how = (_by_monomials if monomial else maps_by_plan)(frame, rows, memory=memory, device=device, source=source)
    for path, volume in progress.track(zip(names, maps, strict=True), description="Writing maps", total=len(names)):
        write_mrc(path, volume, pixel_size=frame.voxel_size, origin=frame.origin)
    return ReconstructedMap(
        paths=tuple(names),
        order=order,
        box=frame.box,
        voxel_size=frame.voxel_size,
        radius=frame.radius,
        strategy=how,
    )


def _order(data: MomentData, wanted: int | None) -> int:
    if wanted is not None and wanted > data.order:
        raise InputError(
            f"{data.source}: has moments to order {data.order}, and --order {wanted} is more.",
            hint=f"Use --order {data.order} or less, or decompose the map again.",
        )
    return data.order if wanted is None else wanted


def _rows(data: MomentData, order: int, options: ReconstructOptions) -> Rows:
    """The moments of each map to write."""
    moments = data.moments
    if options.eight_bit:
        moments = decode_eight_bit(*encode_eight_bit(moments))
    if options.z_ind is not None or options.scales is not None:
        latent = np.array(options.scales) if options.z_ind is None else data.latent_of(options.z_ind)
        moments = np.asarray(moments_at(moments, latent))[None]
    if options.series is not None and len(moments) > 1:
        raise InputError(
            f"{data.source}: holds {len(moments)} volumes, and --series shows one.",
            hint="Name one: --z-ind 0, or --scales with zeros for the consensus map.",
        )
    return moments[:, : moment_count(order)]


def _steps(order: int, step: int) -> list[int]:
    return sorted({*range(0, order, step), order})


def _growing(moments: Complex[np.ndarray, " moments"], orders: list[int]) -> Rows:
    """The moments to each of some orders."""
    n = moment_labels(orders[-1])[0]
    return np.where(n <= np.array(orders)[:, None], moments, 0)


def _names(output: Path, *, rows: int, order: int, step: int | None) -> list[Path]:
    if output.suffix.lower() not in MAPS:
        output = output.with_name(f"{output.name}.mrc")
    if step is not None:
        return [output.with_name(f"{output.stem}_n{n:03d}{output.suffix}") for n in _steps(order, step)]
    return [output] if rows == 1 else [output.with_name(f"{output.stem}_{k}{output.suffix}") for k in range(rows)]


def maps_by_plan(
    frame: MapFrame, rows: Rows, *, memory: int | None, device: str | None, source: object
) -> tuple[Iterator[Float[np.ndarray, "z y x"]], tuple[str, ...]]:
    """The maps of rows of moments in a frame, drawn in batches as they are asked for, and how."""
    radius = frame.radius / frame.voxel_size
    # A ball larger than the box about it is drawn in a larger one, and cut.
    order = moment_order(rows.shape[1])
    box = frame.box if radius <= largest_radius(frame.box) else math.ceil(radius / largest_radius(1))
    require_job_memory(box, order=order, radius=radius, volumes=0, memory=memory, source=source)

    def drawn(plan: ZernikePlan, moments: Array) -> Array:
        volumes = plan.reconstruct(moments)
        return crop(volumes, (len(volumes), *[frame.box] * 3))

    with on_device(device) as where:
        plan = ZernikePlan(order, box, radius=radius)
        what = f"{source}: one map of {box}³ to order {order}"
        batches, maps = in_batches(drawn, plan, rows, memory=memory, what=what)
        return maps, strategy(where, plan, batches)


def _by_monomials(
    frame: MapFrame, rows: Rows, *, memory: int | None, device: str | None, source: object
) -> tuple[Iterator[Float[np.ndarray, "z y x"]], tuple[str, ...]]:
    """By NumPy, on the processor, one map at a time."""
    radius = frame.radius / frame.voxel_size
    order = moment_order(rows.shape[1])
    require_job_memory(frame.box, order=order, radius=radius, volumes=1, memory=memory, source=source)
    maps = (reconstruct_monomial(row, frame.box, radius=radius) for row in rows)
    return maps, (BY_MONOMIALS,)
