"""Simulated data: what a microscope would record of a known structure."""

from ._options import SimulationOptions as SimulationOptions
from ._particles import SimulationResult as SimulationResult
from ._particles import simulate_particles as simulate_particles
from ._render_structure import RenderedMap as RenderedMap
from ._render_structure import RenderOptions as RenderOptions
from ._render_structure import render_map as render_map
from ._render_structure import render_structure as render_structure
from ._specimen import embedded_specimen as embedded_specimen
from ._specimen_volume import SpecimenVolume as SpecimenVolume
from ._specimen_volume import load_specimen as load_specimen
