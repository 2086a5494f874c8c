"""What there is to see of a file of particles, latents, curves, or of any table."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Shaped

from vitreous._core import InputError
from vitreous.datasets import LatentBundle, ParticleDataset
from vitreous.io import Table
from vitreous.report import orthogonal_slices

from ._charts import AbstractChart, HistogramChart, PictureChart
from ._columns import Columns, column_label, dataset_columns, table_columns
from ._curve_figures import fsc_chart, guinier_chart, has_fsc, has_guinier, has_mtf, mtf_chart
from ._group_figures import class_chart, half_set_chart, optics_group_chart
from ._kinds import PlotKind
from ._latent_figures import latent_charts, loading_chart
from ._map_figures import particle_montage_chart
from ._merit_figures import column_chart, merit_charts
from ._optics_figures import astigmatism_chart, defocus_chart, micrograph_chart
from ._pose_figures import orientation_chart, shift_chart

_MOST_COLUMNS = 12  # of a table that nothing is known about
_LATENT = re.compile(r"components_mode_(\d+)/value")


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One kind of figure of a file.

    Arguments:
        kind: Which kind.
        charts: Makes what is drawn, or raises `InputError` where the file does not hold it.
    """

    kind: PlotKind
    charts: Callable[[], Sequence[AbstractChart]]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A file and all that can be seen of it.

    Arguments:
        path: The file.
        what: What it holds, for the head of the sheet.
        panels: Its figures, in the order to show them.
        columns: Its columns, if it is a table.
        dataset: Its particles, if it lists some.
    """

    path: Path
    what: str
    panels: Sequence[Panel]
    columns: Columns | None = None
    dataset: ParticleDataset | None = None


def one(kind: PlotKind, chart: Callable[[], AbstractChart]) -> Panel:
    """A kind that is a single figure."""
    return Panel(kind=kind, charts=lambda: [chart()])


def particle_subject(dataset: ParticleDataset) -> Subject:
    """What can be seen of particles."""
    columns = dataset_columns(dataset)
    return Subject(
        path=dataset.source,
        what=count_of(len(dataset), "particle"),
        panels=[
            one(PlotKind.DEFOCUS, lambda: defocus_chart(dataset)),
            one(PlotKind.ASTIGMATISM, lambda: astigmatism_chart(dataset)),
            one(PlotKind.MICROGRAPHS, lambda: micrograph_chart(dataset)),
            one(PlotKind.ORIENTATIONS, lambda: orientation_chart(dataset)),
            one(PlotKind.SHIFTS, lambda: shift_chart(dataset)),
            Panel(kind=PlotKind.FIGURE_OF_MERIT, charts=lambda: merit_charts(dataset)),
            *latent_panels(columns),
            one(PlotKind.CLASSES, lambda: class_chart(dataset)),
            one(PlotKind.HALF_SETS, lambda: half_set_chart(dataset)),
            one(PlotKind.OPTICS_GROUPS, lambda: optics_group_chart(dataset)),
            one(PlotKind.IMAGES, lambda: particle_montage_chart(dataset)),
        ],
        columns=columns,
        dataset=dataset,
    )


def latent_panels(columns: Columns) -> list[Panel]:
    """The latent coordinates of a table that has such columns; most have none, and nobody misses them there."""
    found = sorted((int(match[1]), name) for name in columns.names if (match := _LATENT.fullmatch(name)))
    if not found:
        return []

    def charts() -> list[AbstractChart]:
        latents = np.stack([columns.numbers(name) for _, name in found], axis=1)
        return latent_charts(latents, [str(number) for number, _ in found])

    return [Panel(kind=PlotKind.LATENTS, charts=charts)]


def bundle_subject(bundle: LatentBundle, path: Path) -> Subject:
    """What can be seen of a latent bundle."""

    def latents() -> list[AbstractChart]:
        if bundle.latents is None:
            raise InputError(f"{path}: it has no latents of particles.", hint="Bundle the particles too.")
        return latent_charts(bundle.latents, [str(k) for k in range(bundle.component_count)])

    def slices() -> AbstractChart:
        return PictureChart(picture=orthogonal_slices(bundle.consensus, voxel_size=bundle.voxel_size))

    return Subject(
        path=path,
        what=f"{count_of(bundle.component_count, 'component')}, {count_of(bundle.particle_count, 'particle')}",
        panels=[Panel(kind=PlotKind.LATENTS, charts=latents), one(PlotKind.SLICES, slices)],
        columns=None if bundle.latents is None else _latent_columns(bundle.latents, path),
    )


def _latent_columns(latents: Float[np.ndarray, "particles k"], path: Path) -> Columns:
    columns = {f"component_{k}": latents[:, k] for k in range(latents.shape[1])}
    return Columns(source=str(path), names=tuple(columns), read=columns.__getitem__, thing="particle")


def multibody_subject(table: Table, path: Path) -> Subject:
    """What can be seen of a file of RELION's multibody analysis: eigenvectors, or particles along them."""
    values = np.stack([table.column(name) for name in table.names], axis=1)
    columns = table_columns(table)
    if any("-body-" in name for name in table.names):
        panels = [one(PlotKind.LOADINGS, lambda: loading_chart(values, table.names))]
        return Subject(path=path, what=count_of(len(values), "component"), panels=panels)
    if len(table.names) == 1:
        return table_subject(columns, path, len(values))
    panels = [Panel(kind=PlotKind.LATENTS, charts=lambda: latent_charts(values, table.names))]
    what = f"{count_of(len(values), 'particle')} along {count_of(len(table.names), 'component')}"
    return Subject(path=path, what=what, panels=panels, columns=columns)


def star_subject(blocks: Mapping[str, Table], path: Path) -> Subject:
    """What can be seen of a STAR file that lists no particles: its curves, or else the columns of its largest table."""
    panels = []
    for kind, holds, chart in (
        (PlotKind.FSC, has_fsc, fsc_chart),
        (PlotKind.GUINIER, has_guinier, guinier_chart),
        (PlotKind.MTF, has_mtf, mtf_chart),
    ):
        if any(holds(table) for table in blocks.values()):
            panels.append(one(kind, lambda chart=chart: chart(blocks)))
    largest = max(blocks.values(), key=len)
    table = table_subject(table_columns(largest), path, len(largest))
    if not panels:
        return table
    return replace(table, panels=panels, what=", ".join(f"data_{name}" for name in blocks))


def count_of(number: int, thing: str) -> str:
    """How many there are, in words: `1 particle`, `100 000 particles`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}".replace(",", "\u202f")


def table_subject(columns: Columns, path: Path, count: int) -> Subject:
    """What can be seen of any table: latent coordinates, or how often the values of its numeric columns occur."""

    def charts() -> list[AbstractChart]:
        values = {name: columns.column(name) for name in columns.names}
        names = [name for name, column in values.items() if _varies(column)]
        if not names:
            raise InputError(
                f"{path}: no column of its table holds numbers that differ.", hint="Give a file of measurements."
            )
        drawn, left = names[:_MOST_COLUMNS], names[_MOST_COLUMNS:]
        remarks = (f"{len(left)} more columns are not drawn ({', '.join(left)}); --x draws one",) if left else ()
        return [
            HistogramChart(
                values=values[name].astype(np.float64),
                label=column_label(name),
                thing=columns.thing,
                remarks=remarks if name == drawn[-1] else (),
            )
            for name in drawn
        ]

    return Subject(
        path=path,
        what=f"{count_of(count, 'row')}, {count_of(len(columns.names), 'column')}",
        panels=latent_panels(columns) or [Panel(kind=PlotKind.COLUMNS, charts=charts)],
        columns=columns,
    )


def _varies(values: Shaped[np.ndarray, " n"]) -> bool:
    return values.dtype.kind in "fiub" and np.unique(values).size > 1


def column_panel(subject: Subject, x: str, y: str | None, colour: str | None) -> Panel:
    """The figure of one column or of two, that was asked for by name.

    Raises:
        InputError: The file is no table.
    """
    columns = subject.columns
    if columns is None:
        raise InputError(f"{subject.path}: has no columns.", hint="Leave out --x, --y and --colour.")
    return one(PlotKind.COLUMNS, lambda: column_chart(columns, x, y, colour=colour, dataset=subject.dataset))


def panel_titles(panel: Panel, charts: Sequence[AbstractChart]) -> list[str]:
    """A title for each figure of a kind."""
    title = panel.kind.title
    return [title if len(charts) == 1 else f"{title} ({k} of {len(charts)})" for k in range(1, len(charts) + 1)]
