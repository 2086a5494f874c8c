"""Picked particles of micrographs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float64, Int

from vitreous._core import InputError
from vitreous.io import Table


@dataclass(frozen=True, eq=False, kw_only=True)
class Picks:
    """Where particles are in micrographs, whatever the file that said so.

    A position is (x, y) in pixels: columns and rows counted from 0 as they are stored in the micrograph's file, so
    that whole numbers are the centres of pixels, and y grows with the row. A box of n pixels cut out around a whole
    number has that pixel at its index n // 2, on even and odd boxes, as every image of this library.

    `load_picks` and `write_picks` translate what the formats hold:

    | format | holds | x here |
    |---|---|---|
    | RELION `.star` | `rlnCoordinateX`, the pixel that gets index n // 2 | the same |
    | EMAN `.box` | the box's first pixel and its size n | plus n // 2 |
    | EMAN2 `.json` | the pixel that gets index n // 2 | the same |
    | IMOD `.coords` | the distance from the first pixel's edge; z from the first section's middle | minus ½; z same |
    | Topaz `.txt`, `.tsv`; `.csv` | the pixel | the same |

    Arguments:
        positions: (x, y) in pixels.
        micrographs: The names of micrographs as the file has them.
        micrograph_of: For each pick, which of `micrographs` it is in.
        scores: How sure the picker is, in its own units; `None` where the file does not say.
        sections: z in pixels, for picks in tomograms, whole numbers at the middle of a section.
        box_sizes: (width, height) of the box around each pick in pixels, where the format has one.
        extras: The file's other columns, by their names there.
        source: Where they come from, for error messages.

    Raises:
        InputError: Positions or scores that are not finite, other columns of another length, or a micrograph
            that is not there.

    Examples:
        >>> picks = Picks(
        ...     positions=np.array([[10.0, 20.0], [3.0, 4.0]]), micrographs=("a.mrc",), micrograph_of=np.zeros(2, int)
        ... )
        >>> len(picks), picks[1].positions.tolist(), picks.of("a.mrc").micrographs
        (2, [[3.0, 4.0]], ('a.mrc',))
    """

    positions: Float64[np.ndarray, "n 2"]
    micrographs: tuple[str, ...]
    micrograph_of: Int[np.ndarray, " n"]
    scores: Float64[np.ndarray, " n"] | None = None
    sections: Float64[np.ndarray, " n"] | None = None
    box_sizes: Int[np.ndarray, "n 2"] | None = None
    extras: Table = field(default_factory=Table)
    source: str = "picks"

    def __post_init__(self):
        columns = {"positions": self.positions, "scores": self.scores, "sections": self.sections}
        for name, values in columns.items():
            if values is not None and not np.isfinite(values).all():
                row = int(np.argmin(np.isfinite(values).reshape(len(values), -1).all(axis=1)))
                raise InputError(
                    f"{self.source}: pick {row + 1} has {name} of {values[row].tolist()}, which are not finite.",
                    hint="Correct the file, or leave the pick out.",
                )
        if self.extras.columns and len(self.extras) != len(self):
            raise InputError(
                f"{self.source}: {len(self.extras)} rows of other columns do not belong to {len(self)} picks.",
                hint="Give one row per pick.",
            )
        if len(self) and not (self.micrograph_of.min() >= 0 and self.micrograph_of.max() < len(self.micrographs)):
            raise InputError(
                f"{self.source}: names micrograph {int(self.micrograph_of.max())} of {len(self.micrographs)}.",
                hint="micrograph_of counts from 0 in micrographs.",
            )

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(
        self, rows: int | slice | Sequence[int] | Int[np.ndarray, " m"] | Bool[np.ndarray, " n"]
    ) -> "Picks":
        """The picks of an index, a slice, indices or a mask, such as `picks[picks.scores > 0.5]`."""
        picked = np.arange(len(self))[[rows] if isinstance(rows, int) else rows]

        def some(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[picked]

        return replace(
            self,
            positions=self.positions[picked],
            micrograph_of=self.micrograph_of[picked],
            scores=some(self.scores),
            sections=some(self.sections),
            box_sizes=some(self.box_sizes),
            extras=self.extras.select(picked) if self.extras.columns else self.extras,
        )

    def of(self, micrograph: str) -> "Picks":
        """The picks of one micrograph.

        Arguments:
            micrograph: Its name, as in `micrographs`.

        Raises:
            InputError: There is no such micrograph.
        """
        if micrograph not in self.micrographs:
            raise InputError(
                f"{self.source}: has no micrograph {micrograph}; its micrographs are {', '.join(self.micrographs[:5])}"
                f"{', …' if len(self.micrographs) > 5 else ''}.",
                hint="Give the name as the file has it.",
            )
        some = self[self.micrograph_of == self.micrographs.index(micrograph)]
        return replace(some, micrographs=(micrograph,), micrograph_of=np.zeros(len(some), np.int64))

    @property
    def counts(self) -> dict[str, int]:
        """How many picks each micrograph has."""
        counts = np.bincount(self.micrograph_of, minlength=len(self.micrographs))
        return dict(zip(self.micrographs, counts.tolist(), strict=True))
