"""What a dataset may lack, and names that it may have."""

import numpy as np
from jaxtyping import Int

from vitreous._core import InputError
from vitreous.datasets import ParticleDataset


def micrograph_names(dataset: ParticleDataset) -> tuple[tuple[str, ...], Int[np.ndarray, " n"] | None]:
    """The micrographs' names, and which of them each particle has, if the file says so."""
    return dataset.metadata.micrographs, dataset.metadata.micrograph_of


def lacks(dataset: ParticleDataset, what: str) -> InputError:
    """The error of a figure for which a dataset does not hold what is drawn."""
    return InputError(f"{dataset.source}: {what}.", hint="Plot something else, or another file of the same particles.")
