"""Simulated data: what a microscope would record of a known structure."""

from ._specimen import embedded_specimen as embedded_specimen
