"""Projection: a volume integrated along the beam, onto the plane of an image.

Each integrator knows one kind of volume; `integrator_for` finds it, and `register_integrator` teaches it new kinds.
"""

from ._base import AbstractVolumeIntegrator as AbstractVolumeIntegrator
from ._cloud import PointCloudProjection as PointCloudProjection
from ._fft_atoms import FFTAtomProjection as FFTAtomProjection
from ._fourier_slice import FourierSliceExtraction as FourierSliceExtraction
from ._gaussian import GaussianMixtureProjection as GaussianMixtureProjection
from ._magnified import project_magnified as project_magnified
from ._real_voxels import RealVoxelProjection as RealVoxelProjection
from ._registry import integrator_for as integrator_for
from ._registry import register_integrator as register_integrator
