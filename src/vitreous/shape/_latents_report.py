"""The report of an analysis of a latent space."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from vitreous.report import Figure, Report, histogram, image_grid, save_figure
from vitreous.runs import Run

from ._latent_components import LatentComponents
from ._latent_path import LatentPath

_SHOWN = 10  # maps of a way
_BINS = 48


def write_report(
    run: Run,
    scores: Float[np.ndarray, "particles components"],
    components: LatentComponents,
    slices: Mapping[str, Sequence[Float[np.ndarray, "y x"]]],
    ways: Mapping[str, LatentPath],
    *,
    voxel_size: float,
) -> None:
    """Write `report.html` and `figures/`: what the components explain, where particles lie, and slices of the maps."""
    space = components.space
    report = Report("Latent space", subtitle=f"{len(scores)} particles, {len(space.moments) - 1} components")
    report.key_result("Particles", f"{len(scores)}", note=f"{space.latents.shape[1]} latent coordinates each")
    report.key_result("Invariants", f"{len(components.mean)}", note=f"to order {space.order}")
    for k, part in enumerate(components.explained[:2]):
        report.key_result(f"Component {k + 1}", f"{100 * part:.1f} %", note="of the variance of the invariants")
    report.heading("What varies")
    rows = [(k + 1, float(part), float(spread)) for k, (part, spread) in enumerate(_explained(components))]
    report.table(rows, columns=("component", "part of the variance", "standard deviation"))
    for k in range(min(2, scores.shape[1])):
        figure = histogram(scores[:, k], label=f"score along component {k + 1}")
        save_figure(figure, run.partial(f"figures/scores_{k + 1}.svg"))
        report.figure(figure, caption=f"Particles along component {k + 1} of the invariants.")
    if scores.shape[1] > 1:
        figure = _scatter(scores)
        save_figure(figure, run.partial("figures/scores.svg"))
        report.figure(figure, caption="Particles by their scores: component 1 to the right, component 2 upwards.")
    for name, images in slices.items():
        title = name.replace("_", " ").capitalize()
        figure = _slices(images, ways[name], voxel_size)
        save_figure(figure, run.partial(f"figures/{name}.svg"))
        report.heading(title)
        report.figure(figure, caption="Central slices ⊥ z of the maps, from the first to the last.")
    report.write(run.partial("report.html"))


def _explained(components: LatentComponents) -> list[tuple[float, float]]:
    return list(zip(components.explained, np.sqrt(components.variance), strict=True))


def _scatter(scores: Float[np.ndarray, "particles components"]) -> Figure:
    """How many particles lie where, on a scale of square roots, so that single ones are seen."""
    counts, _, _ = np.histogram2d(scores[:, 1], scores[:, 0], bins=_BINS)
    return image_grid(np.sqrt(counts)[None, ::-1], columns=1)


def _slices(images: Sequence[Float[np.ndarray, "y x"]], way: LatentPath, voxel_size: float) -> Figure:
    shown = np.unique(np.linspace(0, len(images) - 1, min(_SHOWN, len(images))).round().astype(int))
    titles = [f"{way.position[k]:.3g}" for k in shown]
    return image_grid(np.stack([images[k] for k in shown]), pixel_size=voxel_size, titles=titles, columns=5)
