"""Atoms to images and to a volume, against cryojax's three forms and gemmi.

Five Gaussians an atom (Peng et al. 1996) with B-factors, one positions array for all, float32, all cores but for gemmi
(one thread). Each form is held against float64 without cut-off in its own meaning of a pixel: average, value at the
centre, or band-limited. Pairs are those of one meaning and a like cut-off.
"""

import argparse

import numpy as np
from _atoms import Atoms, below_nyquist
from _common import Outcome, relative_error, require, run
from _tables import ABSENT, COMPARISON, Entry, at_most, comparison, markdown, publish

CUT_AT_4_SIGMA = 3.4e-4  # exp(−4²/2)
IMAGES = ((5_000, (128, 128), 2.0), (200_000, (256, 256), 1.3))
VOLUME = (200_000, (256, 256, 256), 1.3)
PROVED = 200  # atoms of the volume that is held against the sum without cut-off

# Ours and the peer's form; the settings that say it, and what a pixel means.
OURS = {
    "average, 4σ": {"averaged": True, "accuracy": CUT_AT_4_SIGMA},
    "average, 1e-6": {"averaged": True, "accuracy": 1e-6},
    "band-limited, 4σ": {"averaged": False, "accuracy": CUT_AT_4_SIGMA},
    "band-limited, 1e-6 (default)": {"averaged": False, "accuracy": 1e-6},
}
DENSE = "cryojax dense"
CONTESTANTS = {
    "cryojax spread, 4σ": ("cryojax", {"form": "spread"}, "averaged"),
    DENSE: ("cryojax", {"form": "dense"}, "averaged"),
    "cryojax Fourier, eps 1e-6": ("cryojax", {"form": "Fourier"}, "bandlimited"),
    "gemmi, cut-off 1e-5": ("gemmi", {}, "sampled"),
}
PAIRS = (
    ("average, 4σ", "cryojax spread, 4σ"),
    ("average, 1e-6", DENSE),
    ("band-limited, 4σ", None),
    ("band-limited, 1e-6 (default)", "cryojax Fourier, eps 1e-6"),
)
VOLUME_PAIRS = (
    ("average, 4σ", "cryojax spread, 4σ"),
    ("average, 4σ", "gemmi, cut-off 1e-5"),
    ("band-limited, 1e-6 (default)", "cryojax Fourier, eps 1e-6"),
)
# What a form at that cut-off may be off by; float32 sums of 200 000 atoms are good to 1e-6 or so.
TOLERANCE = 2e-3
# Milliseconds and megabytes; of images, value and, where there is such a target, value + gradient.
IMAGE_TARGETS = {5_000: (0.6,), 200_000: (16.0, 50.0)}
VOLUME_TARGET, VOLUME_MEMORY, GRADIENT_MEMORY = 700.0, 512.0, 315.0


class Case:
    """A number of atoms on a grid: runs each contestant once and knows what is right."""

    def __init__(self, count: int, shape: tuple[int, ...], pixel_size: float, *, repetitions: int, proved: int):
        self._atoms, self._shape, self._pixel_size = Atoms.in_ball(count), shape, pixel_size
        self._proved = self._atoms.first(proved)
        self._inputs = {"shape": np.array(shape), "pixel_size": pixel_size, "proved": proved}
        self._repetitions = repetitions
        self._right: dict[str, np.ndarray] = {}
        self._entries: dict[tuple[str, bool], Entry] = {}

    def entry(self, form: str, *, gradient: bool = False) -> Entry:
        if (form, gradient) not in self._entries:
            contestant, options, meaning = CONTESTANTS.get(form) or ("vitreous", OURS[form], None)
            meaning = meaning or ("averaged" if options["averaged"] else "bandlimited")
            inputs = self._inputs | self._atoms.inputs | options
            outcome = run(contestant, "atoms", repetitions=self._repetitions, gradient=gradient, **inputs)
            self._entries[form, gradient] = Entry(form, outcome, self._error(form, meaning, outcome))
        return self._entries[form, gradient]

    def _error(self, form: str, meaning: str, outcome: Outcome | None) -> str:
        if outcome is None:
            return ABSENT
        if meaning not in self._right:
            self._right[meaning] = getattr(self._proved, meaning)(self._shape, self._pixel_size)
        drawn = outcome.arrays["drawn"].astype(np.float64)
        drawn = below_nyquist(drawn) if meaning == "bandlimited" else drawn
        error = relative_error(drawn, self._right[meaning])
        require(f"{form}, {len(self._atoms.elements)} atoms", error, at_most=TOLERANCE)
        return f"{error:.1e}"


def image_rows(
    count: int, shape: tuple[int, ...], pixel_size: float, *, repetitions: int, dense_gradient: bool
) -> list[list[str]]:
    case = Case(count, shape, pixel_size, repetitions=repetitions, proved=count)
    rows = []
    for gradient, limit in zip((False, True), IMAGE_TARGETS[count], strict=False):
        what = f"{count} atoms → {shape[0]}², {pixel_size} Å" + (", value + gradient" if gradient else "")
        for our_form, peer_form in PAIRS:
            ours = case.entry(our_form, gradient=gradient)
            left_out = peer_form is None or (gradient and peer_form == DENSE and not dense_gradient)
            peer = None if left_out else case.entry(peer_form, gradient=gradient)
            targets = []
            if our_form == PAIRS[0][0]:
                targets.append(at_most(1e3 * ours.outcome.seconds, limit, "ms"))
            if gradient:
                targets.append(at_most(ours.outcome.working_mb, GRADIENT_MEMORY, "MB"))
            rows.append(comparison(what, ours, peer, target="; ".join(targets)))
    return rows


def volume_rows(repetitions: int) -> list[list[str]]:
    count, shape, voxel_size = VOLUME
    case = Case(count, shape, voxel_size, repetitions=repetitions, proved=PROVED)
    rows = []
    for our_form, peer_form in VOLUME_PAIRS:
        ours = case.entry(our_form)
        targets = [
            at_most(1e3 * ours.outcome.seconds, VOLUME_TARGET, "ms"),
            at_most(ours.outcome.working_mb, VOLUME_MEMORY, "MB"),
        ]
        what = f"{count} atoms → {shape[0]}³, {voxel_size} Å"
        rows.append(comparison(what, ours, case.entry(peer_form), target="; ".join(targets)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atoms", type=int, nargs="+", default=[case[0] for case in IMAGES], help="of the images")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--no-volume", action="store_true")
    parser.add_argument("--dense-gradient", action="store_true", help="of cryojax, which takes 15 GB and minutes")
    arguments = parser.parse_args()
    options = {"repetitions": arguments.repetitions, "dense_gradient": arguments.dense_gradient}
    images = [row for case in IMAGES if case[0] in arguments.atoms for row in image_rows(*case, **options)]
    volumes = [] if arguments.no_volume else volume_rows(arguments.repetitions)
    publish(
        "Atoms against cryojax and gemmi",
        "Five Gaussians an atom (Peng 1996) with B-factors of 28–40 Å², in a ball of 20 Å³ an atom; float32; all cores "
        "(gemmi: one thread). *4σ*: cut at four standard deviations, ours at those of each atom's widest Gaussian, "
        "cryojax's at each Gaussian's own. The gradient is that of ½Σ image² in every position, amplitude and "
        "variance (cryojax's Fourier form has one amplitude and width for an element, not for an atom). Errors are "
        f"against sums in float64 without cut-off: of all atoms for images, of {PROVED} for volumes; band-limited ones "
        "without the Nyquist modes. Pixels are averages, band-limited, or, with gemmi, values at centres.",
        markdown(COMPARISON, images + volumes),
        peers=("cryojax", "gemmi"),
    )


if __name__ == "__main__":
    main()
