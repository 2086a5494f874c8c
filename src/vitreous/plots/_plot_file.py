"""A file as a picture or a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vitreous._core import InputError, check_outputs
from vitreous.report import InteractiveFigure, Report, figure_sheet, save_figure

from ._charts import AbstractChart
from ._kinds import PlotKind
from ._open import open_subject
from ._panels import Panel, Subject, column_panel, panel_titles, particle_subject

_PICTURES = (".png", ".svg", ".pdf")
_PAGES = (".html", ".htm")


@dataclass(frozen=True, kw_only=True)
class PlotOptions:
    """What to draw of a file.

    Arguments:
        kinds: Kinds of figures; all that the file supports, unless given.
        x: A column, under the file's own name, to be drawn alone or to the right (alignments3D/shift[0] is the first
            of several numbers).
        y: The column upwards.
        colour: The column that colours the dots of `x` and `y`: numbers or text.
        where: Draw only particles for which this holds, such as rlnDefocusU < 15000 and rlnClassNumber == 2.
        apix: Pixel or voxel size in Å, in place of what the file says.

    Raises:
        InputError: `y` or `colour` without what they go with, or a pixel size that is not positive.

    Examples:
        >>> PlotOptions(kinds=(PlotKind.DEFOCUS,)).kinds[0].title
        'Defocus'
    """

    kinds: tuple[PlotKind, ...] = ()
    x: str | None = None
    y: str | None = None
    colour: str | None = None
    where: str | None = None
    apix: float | None = None

    def __post_init__(self):
        if self.x is None and (self.y is not None or self.colour is not None):
            raise InputError("which column goes to the right is not said.", hint="Name it: --x rlnDefocusU.")
        if self.y is None and self.colour is not None:
            raise InputError(
                f"colour={self.colour} colours dots, and one column alone has none.", hint="Name a second one with --y."
            )
        if self.apix is not None and not 0 < self.apix < float("inf"):
            raise InputError(f"apix={self.apix:g} Å must be positive.", hint="Give it in Å, such as --apix 1.2.")


@dataclass(frozen=True, kw_only=True)
class PlotReport:
    """What was drawn.

    Arguments:
        output: The file that was written.
        kinds: The kinds of figures in it.
        left_out: Kinds that were not drawn, and why.
        notes: What to know about the drawing.
    """

    output: Path
    kinds: tuple[PlotKind, ...]
    left_out: Mapping[PlotKind, str]
    notes: tuple[str, ...]

    @property
    def summary(self) -> tuple[str, ...]:
        """The report as lines of text."""
        return (
            f"{self.output}: {', '.join(self.kinds)}",
            *(f"left out: {kind} ({reason})" for kind, reason in self.left_out.items()),
            *self.notes,
        )


def plot_file(
    path: str | Path, output: str | Path, options: PlotOptions | None = None, *, overwrite: bool = False
) -> PlotReport:
    """Draw what a person wants to see of a file, as a picture or as an interactive page.

    - Particles (STAR, `.cs`, `.csg`, HDF5): defocus, also of each micrograph, astigmatism, directions of view, shifts,
      figures of merit, latent coordinates, classes, half-sets, optics groups, images; any two columns.
    - A map (MRC): slices, projections, radial power spectrum, densities.
    - A stack of images (MRCS, TIFF, EMAN2): images, mean of their radial power spectra, values.
    - Curves (STAR): Fourier shell correlations, Guinier plot, modulation transfer function of a detector.
    - A latent bundle (`.npz`, `.wgl`): pairs of latent coordinates, slices of the consensus map.
    - RELION's multibody analysis (`.dat`): what components are made of, particles along them.
    - Any other table (STAR, `.cs`): its columns.

    A `.png`, `.svg` or `.pdf` is one sheet. An `.html` is a page that needs no network, in which dots and bars tell
    what they are, and which can be zoomed.

    Arguments:
        path: The file.
        output: The file to make; its ending says the format.
        options: What to draw.
        overwrite: Replace an existing file.

    Returns:
        What was drawn, and what not.

    Raises:
        InputError: The file cannot be read or drawn, a kind that was asked for is not in it, a column is not there, or
            the output exists or cannot be written.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from vitreous.io import write_mrc
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_mrc(folder / "map.mrc", np.random.default_rng(0).normal(size=(8, 8, 8)), pixel_size=2.0)
        >>> report = plot_file(folder / "map.mrc", folder / "map.svg", PlotOptions(kinds=(PlotKind.SLICES,)))
        >>> [kind.value for kind in report.kinds], report.output.name
        (['slices'], 'map.svg')
    """
    options, output = options or PlotOptions(), Path(output)
    if output.suffix.lower() not in (*_PICTURES, *_PAGES):
        raise InputError(
            f"{output}: its ending names no kind of picture or page.",
            hint=f"Use {', '.join(_PICTURES)} or, for an interactive page, .html.",
        )
    check_outputs([output], overwrite=overwrite, what="picture", reading=[Path(path)])
    subject = _selected(open_subject(Path(path), pixel_size=options.apix), options.where)
    drawn, left_out = _draw(subject, options)
    if output.suffix.lower() in _PAGES:
        notes = _write_page(output, subject, drawn, left_out)
    else:
        notes = _write_picture(output, subject, drawn, left_out)
    kinds = tuple(dict.fromkeys(kind for kind, _, _ in drawn))
    return PlotReport(output=output, kinds=kinds, left_out=left_out, notes=notes)


def _selected(subject: Subject, where: str | None) -> Subject:
    if where is None:
        return subject
    if subject.dataset is None:
        raise InputError(f"{subject.path}: lists no particles to select from.", hint="Leave out --where.")
    return particle_subject(subject.dataset[where])


_Drawn = list[tuple[PlotKind, str, AbstractChart]]


def _draw(subject: Subject, options: PlotOptions) -> tuple[_Drawn, dict[PlotKind, str]]:
    """Kind, title and chart of each figure, and the kinds that the file does not hold, unless they were asked for."""
    drawn: _Drawn = []
    left_out: dict[PlotKind, str] = {}
    for panel in _chosen(subject, options):
        try:
            charts = panel.charts()
        except InputError as error:
            if options.kinds or options.x:
                raise
            left_out[panel.kind] = error.message.removeprefix(f"{subject.path}: ").rstrip(".")
            continue
        titles = panel_titles(panel, charts)
        drawn += [(panel.kind, title, chart) for title, chart in zip(titles, charts, strict=True)]
    if not drawn:
        reasons = "; ".join(f"{kind}: {reason}" for kind, reason in left_out.items())
        raise InputError(f"{subject.path}: holds nothing to draw ({reasons}).", hint="Give another file.")
    return drawn, left_out


def _chosen(subject: Subject, options: PlotOptions) -> list[Panel]:
    if options.x is None and not options.kinds:
        return list(subject.panels)
    named = [] if options.x is None else [column_panel(subject, options.x, options.y, options.colour)]
    known = {panel.kind: panel for panel in subject.panels}
    for kind in dict.fromkeys(options.kinds):
        if kind is PlotKind.COLUMNS and options.x is not None:
            continue  # there already
        if kind not in known:
            raise InputError(
                f"{subject.path}: has no {kind} to draw.",
                hint=f"Of such a file there are: {', '.join(known)}; of a table also --x COLUMN.",
            )
        named.append(known[kind])
    return named


def _write_picture(output: Path, subject: Subject, drawn: _Drawn, left_out: Mapping[PlotKind, str]) -> tuple[str, ...]:
    notes = tuple(f"{title}: {note}" for _, title, chart in drawn for note in chart.notes)
    lines = [*(f"Left out: {kind} ({reason})." for kind, reason in left_out.items()), *(f"{note}." for note in notes)]
    figures = [(title, chart.figure()) for _, title, chart in drawn]
    save_figure(figure_sheet(figures, title=f"{subject.path.name}: {subject.what}", notes=lines), output)
    return notes


def _write_page(output: Path, subject: Subject, drawn: _Drawn, left_out: Mapping[PlotKind, str]) -> tuple[str, ...]:
    report = Report(subject.path.name, subtitle=subject.what)
    notes = []
    for _, title, chart in drawn:
        figure = chart.interactive()
        mine = [*chart.notes, *([figure.note] if isinstance(figure, InteractiveFigure) and figure.note else [])]
        notes += [f"{title}: {note}" for note in mine]
        report.heading(title)
        report.figure(figure, caption="".join(f"{note[0].upper()}{note[1:]}. " for note in mine).strip())
    if left_out:
        report.heading("Not drawn")
        report.table(list(left_out.items()), columns=("figure", "why"))
    report.write(output)
    return tuple(notes)
