"""Specimens: how a scattering potential is described, and how it is drawn on voxels.

A *parametrization* holds what one knows or fits; it gives a *representation*, which a pose can rotate and which an
integrator of `vitreous.projection` images. Potentials are in Å⁻² and lengths in Å.
"""

from ._assembled_fourier import AssembledFourierVolume as AssembledFourierVolume
from ._assembly import AssembledVolume as AssembledVolume
from ._base import AbstractAtomVolume as AbstractAtomVolume
from ._base import AbstractVolumeParametrization as AbstractVolumeParametrization
from ._base import AbstractVolumeRepresentation as AbstractVolumeRepresentation
from ._cloud import PointCloudVolume as PointCloudVolume
from ._deformation import DeformedAtomVolume as DeformedAtomVolume
from ._deformation import DeformedVoxelVolume as DeformedVoxelVolume
from ._displacement import DisplacementModes as DisplacementModes
from ._displacement import GridDisplacement as GridDisplacement
from ._fft_render import FFTAtomRenderFn as FFTAtomRenderFn
from ._fourier import AbstractFourierVolume as AbstractFourierVolume
from ._fourier_sum import FourierSumVolume as FourierSumVolume
from ._fourier_voxel_grid import FourierVoxelGridVolume as FourierVoxelGridVolume
from ._fourier_voxel_spline import FourierVoxelSplineVolume as FourierVoxelSplineVolume
from ._fourier_voxels import AbstractFourierVoxelVolume as AbstractFourierVoxelVolume
from ._gaussian_mixture import GaussianMixtureVolume as GaussianMixtureVolume
from ._gaussian_mixture import join as join
from ._helix import HelicalVolume as HelicalVolume
from ._independent_atoms import IndependentAtomVolume as IndependentAtomVolume
from ._linear_subspace import LinearSubspaceVolume as LinearSubspaceVolume
from ._mixture import MixtureVolume as MixtureVolume
from ._network import FourierFeatureNetwork as FourierFeatureNetwork
from ._neural_density import NeuralDensityVolume as NeuralDensityVolume
from ._neural_field import NeuralFieldVolume as NeuralFieldVolume
from ._real_voxel_grid import RealVoxelGridVolume as RealVoxelGridVolume
from ._render import GaussianMixtureRenderFn as GaussianMixtureRenderFn
from ._render_fn import AbstractVolumeRenderFn as AbstractVolumeRenderFn
from ._scattering_factors import GaussianScatteringFactor as GaussianScatteringFactor
from ._scattering_factors import LobatoScatteringFactor as LobatoScatteringFactor
from ._solvent import displaced_solvent as displaced_solvent
from ._stack import stack_volumes as stack_volumes
from ._thermal_motion import ThermalMotionVolume as ThermalMotionVolume
from ._trajectory import TrajectoryVolume as TrajectoryVolume
from ._zernike import ZernikeVolume as ZernikeVolume
