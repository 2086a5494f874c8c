"""Specimens: how a scattering potential is described, and how it is drawn on voxels.

A *parametrization* holds what one knows or fits; it gives a *representation*, which a pose can rotate and which an
integrator of `vitreous.projection` images. Potentials are in Å⁻² and lengths in Å.
"""

from ._base import AbstractAtomVolume as AbstractAtomVolume
from ._base import AbstractVolumeParametrization as AbstractVolumeParametrization
from ._base import AbstractVolumeRepresentation as AbstractVolumeRepresentation
from ._cloud import PointCloudVolume as PointCloudVolume
from ._fft_render import FFTAtomRenderFn as FFTAtomRenderFn
from ._fourier import AbstractFourierVolume as AbstractFourierVolume
from ._fourier_voxel_grid import FourierVoxelGridVolume as FourierVoxelGridVolume
from ._fourier_voxel_spline import FourierVoxelSplineVolume as FourierVoxelSplineVolume
from ._fourier_voxels import AbstractFourierVoxelVolume as AbstractFourierVoxelVolume
from ._gaussian_mixture import GaussianMixtureVolume as GaussianMixtureVolume
from ._gaussian_mixture import join as join
from ._independent_atoms import IndependentAtomVolume as IndependentAtomVolume
from ._real_voxel_grid import RealVoxelGridVolume as RealVoxelGridVolume
from ._render import GaussianMixtureRenderFn as GaussianMixtureRenderFn
from ._render_fn import AbstractVolumeRenderFn as AbstractVolumeRenderFn
from ._scattering_factors import GaussianScatteringFactor as GaussianScatteringFactor
from ._scattering_factors import LobatoScatteringFactor as LobatoScatteringFactor
from ._solvent import displaced_solvent as displaced_solvent
