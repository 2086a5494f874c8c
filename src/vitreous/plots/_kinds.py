"""What can be seen of a file."""

from enum import StrEnum


class PlotKind(StrEnum):
    """A kind of figure, by the name that the command line gives it.

    Examples:
        >>> PlotKind("half-sets").title
        'Half-sets'
    """

    COLUMNS = "columns"
    """One column of the file, or two against each other."""
    DEFOCUS = "defocus"
    """How often each defocus occurs."""
    MICROGRAPHS = "micrographs"
    """The mean defocus of each micrograph."""
    ASTIGMATISM = "astigmatism"
    """The difference of the two defoci against its direction."""
    ORIENTATIONS = "orientations"
    """How densely directions of view cover the sphere."""
    SHIFTS = "shifts"
    """Where particles lie relative to the middle of their images."""
    FIGURE_OF_MERIT = "figure-of-merit"
    """What the program that made the file thinks of each particle."""
    CLASSES = "classes"
    """How many particles each class has."""
    HALF_SETS = "half-sets"
    """How many particles each half-set has."""
    OPTICS_GROUPS = "optics-groups"
    """How many particles each optics group has."""
    LATENTS = "latents"
    """Pairs of latent coordinates against each other."""
    LOADINGS = "loadings"
    """What each component of a multibody analysis is made of."""
    IMAGES = "images"
    """Some of the images."""
    SLICES = "slices"
    """The central slices of a map."""
    PROJECTIONS = "projections"
    """The sums of a map along its axes."""
    SPECTRUM = "spectrum"
    """The radial power spectrum of a map, or the mean of those of images."""
    DENSITIES = "densities"
    """How often each value occurs in a map or in images."""
    FSC = "fsc"
    """Fourier shell correlations."""
    GUINIER = "guinier"
    """The logarithm of the amplitudes against the squared frequency."""
    MTF = "mtf"
    """The modulation transfer function of a detector."""

    @property
    def title(self) -> str:
        """The title above a figure of this kind."""
        return _TITLES[self]


_TITLES = {
    PlotKind.COLUMNS: "Columns",
    PlotKind.DEFOCUS: "Defocus",
    PlotKind.MICROGRAPHS: "Defocus of micrographs",
    PlotKind.ASTIGMATISM: "Astigmatism",
    PlotKind.ORIENTATIONS: "Directions of view",
    PlotKind.SHIFTS: "Shifts",
    PlotKind.FIGURE_OF_MERIT: "Figures of merit",
    PlotKind.CLASSES: "Classes",
    PlotKind.HALF_SETS: "Half-sets",
    PlotKind.OPTICS_GROUPS: "Optics groups",
    PlotKind.LATENTS: "Latent coordinates",
    PlotKind.LOADINGS: "Components",
    PlotKind.IMAGES: "Images",
    PlotKind.SLICES: "Central slices",
    PlotKind.PROJECTIONS: "Projections",
    PlotKind.SPECTRUM: "Power spectrum",
    PlotKind.DENSITIES: "Values",
    PlotKind.FSC: "Fourier shell correlation",
    PlotKind.GUINIER: "Guinier plot",
    PlotKind.MTF: "Modulation transfer function",
}
