"""RELION's two tables as one: what belongs to an optics group, per particle."""

import numpy as np

from vitreous._core import InputError
from vitreous.io import Table


class RelionJoin:
    """A label's values per particle, from the particles' table or else, by optics group, from the optics table."""

    def __init__(self, particles: Table, optics: Table | None):
        self.particles = particles
        self.optics = optics
        self.groups = np.ones(len(particles), np.int64)
        self._rows = np.zeros(len(particles), np.int64)
        if optics is None:
            if "rlnOpticsGroup" in particles:
                self.groups = particles.column("rlnOpticsGroup", int)
            return
        known = optics.column("rlnOpticsGroup", int) if "rlnOpticsGroup" in optics else np.arange(1, len(optics) + 1)
        if len(set(known.tolist())) < len(known) or len(known) == 0:
            raise InputError(
                f"{optics.source}: each optics group needs one row, but the groups are {known.tolist()}.",
                hint="Give each row of the optics table its own rlnOpticsGroup.",
            )
        if "rlnOpticsGroup" in particles:
            self.groups = particles.column("rlnOpticsGroup", int)
        elif len(optics) == 1:
            self.groups = np.full(len(particles), known[0])
        else:
            raise InputError(
                f"{particles.source}: has no column rlnOpticsGroup, and the optics table has {len(optics)} groups.",
                hint="Add the column rlnOpticsGroup to the particles.",
            )
        order = np.argsort(known)
        place = np.minimum(np.searchsorted(known[order], self.groups), len(known) - 1)
        self._rows = order[place]
        lost = np.flatnonzero(known[self._rows] != self.groups)
        if len(lost):
            raise InputError(
                f"{particles.source}: row {lost[0] + 1} is of optics group {self.groups[lost[0]]}, which the optics "
                f"table lacks; it has {known.tolist()}.",
                hint="Add the group to the optics table, or correct rlnOpticsGroup.",
            )

    def __contains__(self, name: str) -> bool:
        return name in self.particles or (self.optics is not None and name in self.optics)

    def number(self, name: str) -> np.ndarray | None:
        """A label's numbers per particle, `None` where no table has it."""
        if name in self.particles:
            return self.particles.column(name)
        if self.optics is not None and name in self.optics:
            return self.optics.column(name)[self._rows]
        return None

    def text(self, name: str) -> np.ndarray | None:
        """A label's text per particle, `None` where no table has it."""
        if name in self.particles:
            return self.particles[name]
        return self.optics[name][self._rows] if self.optics is not None and name in self.optics else None
