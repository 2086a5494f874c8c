"""What moments to an order hold of maps: a table and docs/images/zernike-fsc.svg.

    python benchmarks/zernike_resolution.py [MAP.mrc ...]

The maps are beside the embedded specimen's subunit; the first of all is drawn order by order.
"""

import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from vitreous.datasets import load_volume
from vitreous.grids import FourierCorrelation, coordinates, crop, fourier_shell_correlation, radius
from vitreous.harmonics import ZernikePlan, moment_labels
from vitreous.report import save_figure
from vitreous.shape import resolution_for_order
from vitreous.simulate import embedded_specimen
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume

FIGURE = Path(__file__).parent.parent / "docs" / "images" / "zernike-fsc.svg"
ORDERS = (5, 10, 20, 30, 40, 50)


def subunit(box: int, voxel_size: float) -> np.ndarray:
    cage = embedded_specimen()
    atoms, _ = cage.select((cage.chains == "A") & (cage.atomic_numbers > 1)).centred()
    drawn = GaussianMixtureRenderFn((box, box, box), voxel_size)(GaussianMixtureVolume.from_atoms(atoms))
    return np.asarray(drawn, np.float32)


def held(volume: np.ndarray, voxel_size: float) -> dict[int, FourierCorrelation]:
    """The Fourier shell correlation of a map, inside its ball, with its series to each order."""
    box = len(volume)
    plan = ZernikePlan(max(ORDERS), box)
    moments = plan.decompose(volume)
    n = moment_labels(plan.order)[0]
    inside = np.asarray(radius(coordinates((box,) * 3))) <= plan.radius
    return {
        order: fourier_shell_correlation(
            plan.reconstruct(jnp.where(n <= order, moments, 0)), np.where(inside, volume, 0), voxel_size=voxel_size
        )
        for order in ORDERS
    }


def draw(curves: dict[str, tuple[float, dict[int, FourierCorrelation]]]) -> Figure:
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    name, (reach, first) = next(iter(curves.items()))
    for index, (order, curve) in enumerate(first.items()):
        left.plot(curve.frequency, curve.correlation, color=f"C{index}", label=f"n = {order}")
        left.axvline(1 / resolution_for_order(order, reach), color=f"C{index}", ls=":", lw=1)
    left.axhline(0.5, color="0.6", lw=0.8)
    left.set(xlabel="spatial frequency (Å⁻¹)", ylabel="FSC of series and map", ylim=(-0.2, 1.05))
    left.set_title(f"{name}; dotted: the rule for 0.5", fontsize=10)
    left.legend(fontsize=8)

    n = np.arange(1, max(ORDERS) + 3)
    for threshold, color, marker in ((0.5, "C0", "osv^D"), (0.9, "C1", "osv^D")):
        for (label, (reach, of_map)), shape in zip(curves.items(), marker, strict=False):
            crossings = [(order, curve.resolution(threshold)) for order, curve in of_map.items()]
            found = [(order, 2 * np.pi * reach / d) for order, d in crossings if d is not None]
            right.plot(*np.transpose(found), shape, color=color, ms=5, label=label if threshold == 0.5 else None)
        rule = [2 * np.pi / resolution_for_order(int(k), 1.0, correlation=threshold) for k in n]
        right.plot(n, rule, color=color, lw=1, label=f"the rule for {threshold:g}")
    right.set(xlabel="order n", ylabel="κ = 2πR / d at that correlation")
    right.legend(fontsize=8)
    return figure


def main() -> None:
    maps: dict[str, tuple[np.ndarray, float]] = {}
    for path in map(Path, sys.argv[1:]):
        volume, voxel_size = load_volume(path)
        maps[path.stem] = np.asarray(crop(volume, (min(volume.shape),) * 3)), float(voxel_size)
    maps["subunit of the cage"] = subunit(64, 1.5), 1.5
    curves = {}
    for name, (volume, voxel_size) in maps.items():
        reach = len(volume) // 2 * voxel_size
        curves[name] = reach, held(volume, voxel_size)
        for order, curve in curves[name][1].items():
            at = [curve.resolution(threshold) for threshold in (0.5, 0.9)]
            rules = [resolution_for_order(order, reach, correlation=threshold) for threshold in (0.5, 0.9)]
            said = ["never" if d is None else f"{d:.2f} Å" for d in at]
            print(f"{name}, order {order}: 0.5 at {said[0]} ({rules[0]:.2f}), 0.9 at {said[1]} ({rules[1]:.2f})")
    save_figure(draw(curves), FIGURE)


if __name__ == "__main__":
    main()
