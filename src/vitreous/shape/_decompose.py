"""Files of moments from maps and from bundles of a 3D variability job."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Complex

from vitreous._core import NO_PROGRESS, InputError, Progress, check_outputs
from vitreous.harmonics import ZernikePlan, moment_count

from ._decompose_input import FramedVolumes, frame_source, read_source, require_source_memory
from ._decompose_options import BallExtent, DecomposeOptions, MomentAlgorithm, StoredPrecision
from ._decompose_refine import refine_moments
from ._memory_job import BY_MONOMIALS, in_batches, largest_radius, on_device, require_job_memory, strategy
from ._moment_data import MomentData
from ._moment_file import moments_path, write_moment_data
from ._monomial import decompose_monomial
from ._resolution_rule import order_for_resolution, resolution_for_order
from ._zernike3d import zernike3d_ball

DEFAULT_ORDER = 20


@dataclass(frozen=True, kw_only=True)
class DecomposedMap:
    """What `decompose_map` wrote.

    Arguments:
        paths: The files.
        order: The largest n.
        volumes: How many volumes were decomposed.
        particles: How many have latents.
        box: Edge of the cube that was decomposed, in voxels.
        voxel_size: Å.
        radius: Of the ball, Å.
        strategy: Device, plan, batches and refinement, in lines for a reader.

    Examples:
        >>> DecomposedMap(
        ...     paths=(Path("a.npz"),), order=20, volumes=1, particles=0,
        ...     box=64, voxel_size=1.5, radius=48.0, strategy=(),
        ... ).summary
        ('a.npz: 946 moments to order 20 of a map of 64³ voxels of 1.5 Å, ball of 48 Å; they hold it to 12.1 Å',)
    """

    paths: tuple[Path, ...]
    order: int
    volumes: int
    particles: int
    box: int
    voxel_size: float
    radius: float
    strategy: tuple[str, ...]

    @property
    def summary(self) -> tuple[str, ...]:
        """Lines for a reader."""
        many = "a map" if self.volumes == 1 else f"each of {self.volumes} maps, {self.particles} latents,"
        holds = f"; they hold it to {resolution_for_order(self.order, self.radius):.3g} Å" if self.order else ""
        return tuple(
            f"{path}: {moment_count(self.order)} moments to order {self.order} of {many} of {self.box}³ voxels of "
            f"{self.voxel_size:.6g} Å, ball of {self.radius:.6g} Å{holds}"
            for path in self.paths
        )


def decompose_map(
    source: str | Path,
    output: str | Path,
    options: DecomposeOptions | None = None,
    *,
    memory: int | None = None,
    device: str | None = None,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> DecomposedMap:
    """Write the Zernike moments of a map, or of all volumes of a bundle with its latents.

    The map is multiplied by the mask, cut out about the centre, and binned, in this order. The file says the ball, the
    voxel size and where the map stood, so that `reconstruct_map` gives one that overlays it.

    Arguments:
        source: A map (MRC), or a bundle of a 3D variability job (`.wgl`, `.npz`).
        output: The file of moments; `.npz` is added where it is missing, and one of eight bits ends with `.8bit.npz`.
        options: Order, ball and preparation of the map.
        memory: Bytes that the whole process may use; `VITREOUS_MEMORY` unless given.
        device: Such as `cpu` or `gpu:0`; JAX's first unless given.
        overwrite: Replace existing files.
        progress: Told of every volume.

    Returns:
        What was written.

    Raises:
        InputError: The source is no map or bundle, holds values that are not finite or nothing but zeros, is no cube
            and not made one, or is smaller than the ball; it does not fit into the memory allowed; an output exists
            or cannot be written; there is no such device.

    Warns:
        UserWarning: The order is beyond what voxels can follow, or what the algorithm can hold.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> blob = np.exp(-np.sum(np.square(np.mgrid[:16, :16, :16] - 8), axis=0) / 8)
        >>> write_mrc(folder / "blob.mrc", blob, pixel_size=2.0)
        >>> done = decompose_map(folder / "blob.mrc", folder / "blob", DecomposeOptions(order=8))
        >>> done.paths[0].name, done.radius
        ('blob.npz', 16.0)
    """
    options = options or DecomposeOptions()
    paths = _outputs(output, options.precision)
    check_outputs(paths.values(), overwrite=overwrite, what="file of moments")
    require_source_memory(source, options, memory=memory)
    framed = frame_source(read_source(source, voxel_size=options.apix), options)
    ball = _ball(framed, options)
    require_job_memory(
        framed.box,
        order=ball.order,
        radius=ball.radius,
        volumes=0,
        memory=memory,
        source=source,
        refine=options.refine,
    )
    decompose = _by_monomials if options.algorithm is MomentAlgorithm.MONOMIAL else _by_plan
    rows, how = decompose(framed, ball, refine=options.refine, memory=memory, device=device, progress=progress)
    data = _data(framed, ball, rows)
    for eight_bit, path in paths.items():
        write_moment_data(path, data, eight_bit=eight_bit)
    return DecomposedMap(
        paths=tuple(paths.values()),
        order=ball.order,
        volumes=len(rows),
        particles=0 if data.latents is None else len(data.latents),
        box=framed.box,
        voxel_size=framed.source.voxel_size,
        radius=ball.radius * framed.source.voxel_size,
        strategy=how,
    )


@dataclass(frozen=True)
class _Ball:
    """The order, and the radius in voxels."""

    order: int
    radius: float


def _outputs(output: str | Path, precision: StoredPrecision) -> dict[bool, Path]:
    """Where each file goes, by whether it is the one of eight bits."""
    files = {
        StoredPrecision.FULL: (False,),
        StoredPrecision.EIGHT_BIT: (True,),
        StoredPrecision.BOTH: (False, True),
    }
    return {eight_bit: moments_path(output, eight_bit=eight_bit) for eight_bit in files[precision]}


def _ball(framed: FramedVolumes, options: DecomposeOptions) -> _Ball:
    voxel_size, source = framed.source.voxel_size, framed.source.source
    if options.radius is not None:
        radius = options.radius / voxel_size
    elif options.ball is BallExtent.CIRCUMSCRIBED:
        radius = largest_radius(framed.box)
    elif options.ball is BallExtent.ZERNIKE3D:
        radius = zernike3d_ball(framed.box)[0]
    else:  # as far as the nearest side
        radius = framed.box // 2 - max(map(abs, framed.center))
    if not 1 <= radius <= largest_radius(framed.box) * (1 + 1e-6):
        raise InputError(
            f"{source}: a ball of {radius * voxel_size:g} Å does not fit a box of {framed.box}³ voxels of "
            f"{voxel_size:g} Å.",
            hint=f"Give a radius of {voxel_size:g} to {largest_radius(framed.box) * voxel_size:.6g} Å, or a larger box "
            "with --crop-to.",
        )
    if options.resolution is not None:
        return _Ball(order_for_resolution(options.resolution, radius * voxel_size), radius)
    return _Ball(DEFAULT_ORDER if options.order is None else options.order, radius)


def _by_plan(
    framed: FramedVolumes, ball: _Ball, *, refine: bool, memory: int | None, device: str | None, progress: Progress
) -> tuple[Complex[np.ndarray, "volumes moments"], tuple[str, ...]]:
    volumes, source = framed.source.volumes, framed.source.source
    with on_device(device) as where:
        # A centre costs a shift of every volume, which few maps need.
        center = framed.center if any(framed.center) else None
        plan = ZernikePlan(ball.order, framed.box, radius=ball.radius, center=center)
        batches, found = in_batches(
            ZernikePlan.decompose,
            plan,
            volumes,
            memory=memory,
            what=f"{source}: one volume of {framed.box}³ to order {ball.order}",
            progress=progress,
            description="Decomposing",
        )
        rows, how = np.stack(list(found)), strategy(where, plan, batches)
        if not refine:
            return rows, how
        pairs = progress.track(zip(volumes, rows, strict=True), description="Refining", total=len(rows))
        refined = [refine_moments(plan, *pair) for pair in pairs]
    said = (f"refinement: residual {residuals[0]:.4g} → {residuals[-1]:.4g} of the map" for _, residuals in refined)
    return np.stack([np.asarray(row) for row, _ in refined]), (*how, *said)


def _by_monomials(
    framed: FramedVolumes, ball: _Ball, *, refine: bool, memory: int | None, device: str | None, progress: Progress
) -> tuple[Complex[np.ndarray, "volumes moments"], tuple[str, ...]]:
    """By geometric moments, which NumPy sums one volume at a time on the processor."""
    volumes = framed.source.volumes
    steps = progress.track(volumes, description="Decomposing", total=len(volumes))
    rows = [decompose_monomial(v, ball.order, radius=ball.radius, center=framed.center) for v in steps]
    return np.stack(rows).astype(np.complex64), (BY_MONOMIALS,)


def _data(framed: FramedVolumes, ball: _Ball, rows: Complex[np.ndarray, "volumes moments"]) -> MomentData:
    voxel_size = framed.source.voxel_size
    x, y, z = (float(offset * voxel_size) for offset in framed.center)
    first_x, first_y, first_z = framed.source.origin.tolist()
    return MomentData(
        moments=rows,
        radius=float(ball.radius * voxel_size),
        voxel_size=float(voxel_size),
        box=framed.box,
        center=(x, y, z),
        origin=(first_x, first_y, first_z),
        latents=framed.source.latents,
        source=str(framed.source.source),
    )
