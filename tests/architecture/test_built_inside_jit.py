"""Every public module can be built from constants inside a function that JAX traces.

There, operations on constants are traced too (`bool(jnp.sum(constant) > 0)` raises), so that a constructor that checks
its arguments must do it with NumPy (`vitreous._core.may_hold`). Tracing alone is tested: nothing is compiled.
"""

import inspect

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.architecture.test_classes import is_interface
from tests.architecture.walk import public_names
from vitreous import (
    constants,
    datasets,
    detector,
    filters,
    grids,
    harmonics,
    ice,
    imaging,
    optics,
    poses,
    projection,
    reconstruct,
    scattering,
    volumes,
)
from vitreous._core import InputError

# Constants of each kind: made outside, they are known inside, but what JAX computes from them is not.
ONE, TWO, HALF = (jnp.asarray(value) for value in (1.0, 2.0, 0.5))
UP, EYE = jnp.array([0.0, 0.0, 1.0]), jnp.eye(3)
RISING, FALLING = jnp.linspace(0.0, 0.5, 4), jnp.linspace(1.0, 0.5, 4)
POINTS, MAP, IMAGE = jnp.ones((2, 3)), jnp.ones((4, 4, 4)), jnp.ones((4, 4))
KEY = jax.random.key(0)

ATOMS = volumes.GaussianMixtureVolume(POINTS, ONE, TWO)
VOXELS = volumes.FourierVoxelGridVolume.from_real_voxel_grid(MAP, ONE)
NETWORK = volumes.FourierFeatureNetwork(ONE, n_features=2, width=2, depth=1, key=KEY)
CONFIG = grids.ImageConfig((4, 4), ONE)
MODEL = imaging.ProjectionModel(ATOMS, CONFIG, contrast=optics.Contrast.DARK)
WATER = ice.WaterBox(jnp.ones((1, 3, 3)), TWO)

BUILD = {
    datasets.ParticleBatch: lambda: datasets.ParticleBatch(None, None, None, jnp.arange(2), jnp.array([True, False])),
    constants.LobatoScatteringFactorParameters: lambda: constants.LobatoScatteringFactorParameters(np.array([6, 8])),
    constants.PengScatteringFactorParameters: lambda: constants.PengScatteringFactorParameters(np.array([6, 8])),
    detector.DetectorCurves: lambda: detector.DetectorCurves(RISING, FALLING, FALLING, dqe_zero=HALF),
    detector.DirectDetector: lambda: detector.DirectDetector(TWO, ONE, detector.IdealPixel(), detector_pixel_size=ONE),
    detector.Gain: lambda: detector.Gain(IMAGE),
    detector.GaussianDetector: lambda: detector.GaussianDetector(TWO, ONE),
    detector.IdealPixel: detector.IdealPixel,
    detector.InelasticLoss: lambda: detector.InelasticLoss(TWO, ONE),
    detector.PoissonDetector: lambda: detector.PoissonDetector(TWO, ONE, loss=detector.InelasticLoss(TWO, ONE)),
    filters.AntiAliasingFilter: lambda: filters.AntiAliasingFilter(ONE, ONE, width=HALF),
    filters.BFactorFilter: lambda: filters.BFactorFilter(ONE),
    filters.BandPassFilter: lambda: filters.BandPassFilter(TWO, ONE, coarse_width=HALF, fine_width=HALF),
    filters.CircularMask: lambda: filters.CircularMask(TWO, ONE, pixel_size=ONE),
    filters.CylindricalMask: lambda: filters.CylindricalMask(TWO, TWO, soft_edge=ONE, voxel_size=ONE),
    filters.HighPassFilter: lambda: filters.HighPassFilter(TWO, HALF),
    filters.InverseSincMask: lambda: filters.InverseSincMask(1),
    filters.LowPassFilter: lambda: filters.LowPassFilter(TWO, HALF),
    filters.ProductFilter: lambda: filters.ProductFilter(filters.BFactorFilter(ONE), filters.LowPassFilter(TWO, HALF)),
    filters.ProductMask: lambda: filters.ProductMask(filters.SquareMask(TWO), filters.CircularMask(TWO)),
    filters.RectangularMask: lambda: filters.RectangularMask(TWO, TWO, soft_edge=ONE, angle_deg=ONE, pixel_size=ONE),
    filters.SphericalMask: lambda: filters.SphericalMask(TWO, ONE, voxel_size=ONE),
    filters.SquareMask: lambda: filters.SquareMask(TWO, ONE, pixel_size=ONE),
    filters.VoxelMask: lambda: filters.VoxelMask(MAP),
    filters.WhiteningFilter: lambda: filters.WhiteningFilter(RISING, FALLING),
    grids.FourierCorrelation: lambda: grids.FourierCorrelation(jnp.arange(4), RISING, FALLING, masked=False),
    grids.ImageConfig: lambda: grids.ImageConfig((4, 4), ONE),
    harmonics.BallQuadrature: lambda: harmonics.BallQuadrature(2),
    harmonics.ZernikePlan: lambda: harmonics.ZernikePlan(2, 4, center=UP),
    ice.EmpiricalIce: lambda: ice.EmpiricalIce(RISING, FALLING),
    ice.ExplicitWater: lambda: ice.ExplicitWater(WATER, TWO, density_g_cm3=ONE, specimen=POINTS, clearance=ONE),
    ice.ExponentialNoiseIce: lambda: ice.ExponentialNoiseIce(ONE, TWO),
    ice.GaussianRandomFieldIce: lambda: ice.GaussianRandomFieldIce(TWO, density_g_cm3=ONE, dose_per_a2=ONE),
    ice.WaterBox: lambda: ice.WaterBox(jnp.ones((1, 3, 3)), TWO),
    ice.WaterSpectrum: lambda: ice.WaterSpectrum(scale=ONE),
    imaging.ColouredNoise: lambda: imaging.ColouredNoise(jnp.ones((4, 3))),
    imaging.CountingLikelihood: lambda: imaging.CountingLikelihood(MODEL, detector.PoissonDetector(TWO, ONE)),
    imaging.GroupedNoise: lambda: imaging.GroupedNoise.from_laws([imaging.WhiteNoise(ONE)], group=0),
    imaging.GaussianLikelihood: lambda: imaging.GaussianLikelihood(MODEL, imaging.WhiteNoise(ONE)),
    imaging.ImageModel: lambda: imaging.make_image_model(
        ATOMS, CONFIG, pose=poses.EulerAnglePose(), optics=optics.CTF()
    ),
    imaging.MarginalGaussianLikelihood: lambda: imaging.MarginalGaussianLikelihood(
        MODEL, imaging.WhiteNoise(ONE), imaging.ScaleAndOffsetPrior()
    ),
    imaging.ProfileGaussianLikelihood: lambda: imaging.ProfileGaussianLikelihood(MODEL, imaging.WhiteNoise(ONE)),
    imaging.ProjectionModel: lambda: imaging.ProjectionModel(ATOMS, CONFIG, voltage_kv=TWO),
    imaging.ScaleAndOffsetPrior: lambda: imaging.ScaleAndOffsetPrior(
        ONE, ONE, scale_deviation=ONE, offset_deviation=ONE
    ),
    imaging.WhiteNoise: lambda: imaging.WhiteNoise(ONE),
    optics.Aberrations: lambda: optics.Aberrations(RISING, RISING),
    optics.CTF: lambda: optics.CTF(TWO, ONE, voltage_kv=TWO, cs_mm=TWO, amplitude_contrast=HALF),
    optics.DamageEnvelope: lambda: optics.DamageEnvelope(TWO, before_per_a2=ONE),
    optics.DefocusSpreadEnvelope: lambda: optics.DefocusSpreadEnvelope(TWO),
    optics.DoseFilter: lambda: optics.DoseFilter(TWO, TWO),
    optics.LaserPhasePlate: lambda: optics.LaserPhasePlate(TWO, RISING, laser_wavelength_nm=TWO),
    optics.Microscope: lambda: optics.Microscope(
        optics.CTF(TWO), magnification=EYE[:2, :2], aperture=optics.ObjectiveAperture(HALF), scale=ONE
    ),
    optics.ObjectiveAperture: lambda: optics.ObjectiveAperture(ONE, HALF),
    optics.SpatialEnvelope: lambda: optics.SpatialEnvelope(HALF),
    optics.TemporalEnvelope: lambda: optics.TemporalEnvelope(TWO, HALF, voltage_ripple=ONE, current_ripple=ONE),
    optics.VoltaPhasePlate: lambda: optics.VoltaPhasePlate(TWO, cut_on=HALF),
    poses.AxisAnglePose: lambda: poses.AxisAnglePose(UP, offset_x=ONE),
    poses.BinghamOrientations: lambda: poses.BinghamOrientations.around(EYE, spread_deg=(5.0, 5.0, 5.0)),
    poses.EulerAnglePose: lambda: poses.EulerAnglePose(ONE, ONE, ONE, offset_z=ONE),
    poses.IsotropicGaussianOrientations: lambda: poses.IsotropicGaussianOrientations(EYE, TWO),
    poses.QuaternionPose: lambda: poses.QuaternionPose(jnp.eye(4)[0], offset_y=ONE),
    poses.TangentPose: lambda: poses.TangentPose(base_rotation=EYE, base_offset=UP),
    poses.UniformOrientations: poses.UniformOrientations,
    poses.VonMisesFisherOrientations: lambda: poses.VonMisesFisherOrientations(UP, TWO),
    projection.FFTAtomProjection: projection.FFTAtomProjection,
    projection.FourierSliceExtraction: projection.FourierSliceExtraction,
    projection.GaussianMixtureProjection: projection.GaussianMixtureProjection,
    projection.PointCloudProjection: projection.PointCloudProjection,
    projection.RealVoxelProjection: projection.RealVoxelProjection,
    reconstruct.FourierAccumulator: lambda: reconstruct.FourierAccumulator.empty(4),
    scattering.EwaldSphereScattering: scattering.EwaldSphereScattering,
    scattering.MultisliceScattering: lambda: scattering.MultisliceScattering(2.0, depth=4.0),
    scattering.PhaseObjectScattering: scattering.PhaseObjectScattering,
    scattering.RytovScattering: lambda: scattering.RytovScattering(exit_plane=ONE),
    scattering.WaveGrid: lambda: scattering.WaveGrid.around(CONFIG, 1.5),
    scattering.WeakPhaseScattering: scattering.WeakPhaseScattering,
    volumes.AssembledFourierVolume: lambda: volumes.AssembledFourierVolume(VOXELS, EYE[None], POINTS[:1]),
    volumes.AssembledVolume: lambda: volumes.AssembledVolume(ATOMS, EYE[None], POINTS[:1], unit_offset=UP),
    volumes.DeformedAtomVolume: lambda: volumes.DeformedAtomVolume(ATOMS, lambda positions: positions),
    volumes.DeformedVoxelVolume: lambda: volumes.DeformedVoxelVolume(MAP, ONE, lambda positions: positions),
    volumes.DisplacementModes: lambda: volumes.DisplacementModes(POINTS[None], RISING[:1]),
    volumes.FFTAtomRenderFn: lambda: volumes.FFTAtomRenderFn((4, 4, 4), ONE),
    volumes.FourierFeatureNetwork: lambda: volumes.FourierFeatureNetwork(ONE, n_features=2, width=2, depth=1, key=KEY),
    volumes.FourierSumVolume: lambda: volumes.FourierSumVolume.from_volumes([VOXELS, VOXELS], RISING[:2]),
    volumes.FourierVoxelGridVolume: lambda: volumes.FourierVoxelGridVolume.from_real_voxel_grid(MAP, ONE),
    volumes.FourierVoxelSplineVolume: lambda: volumes.FourierVoxelSplineVolume.from_real_voxel_grid(MAP, ONE),
    volumes.GaussianMixtureRenderFn: lambda: volumes.GaussianMixtureRenderFn((4, 4, 4), ONE),
    volumes.GaussianMixtureVolume: lambda: volumes.GaussianMixtureVolume(POINTS, ONE, jnp.ones((2, 1))),
    volumes.GaussianScatteringFactor: lambda: volumes.GaussianScatteringFactor(RISING, RISING),
    volumes.GridDisplacement: lambda: volumes.GridDisplacement(jnp.ones((2, 2, 2, 3)), ONE),
    volumes.HelicalVolume: lambda: volumes.HelicalVolume(ATOMS, ONE, TWO, n=2, unit_offset=UP),
    volumes.IndependentAtomVolume: lambda: volumes.IndependentAtomVolume(
        {"C": POINTS}, {"C": volumes.GaussianScatteringFactor(RISING, RISING)}
    ),
    volumes.LinearSubspaceVolume: lambda: volumes.LinearSubspaceVolume(
        ATOMS, {"positions": jnp.ones((1, 2, 3))}, RISING[:1]
    ),
    volumes.LobatoScatteringFactor: lambda: volumes.LobatoScatteringFactor(RISING, FALLING, b_factor=ONE),
    volumes.MixtureVolume: lambda: volumes.MixtureVolume.from_volumes([ATOMS, ATOMS], weights=FALLING[:2]),
    volumes.NeuralDensityVolume: lambda: volumes.NeuralDensityVolume(NETWORK, (4, 4, 4), ONE, radius=TWO),
    volumes.NeuralFieldVolume: lambda: volumes.NeuralFieldVolume(NETWORK, ONE),
    volumes.PointCloudVolume: lambda: volumes.PointCloudVolume(POINTS, RISING[:2], cutoff_frequency=ONE),
    volumes.RealVoxelGridVolume: lambda: volumes.RealVoxelGridVolume(MAP, ONE, jnp.ones((4, 4, 4, 3))),
    volumes.ThermalMotionVolume: lambda: volumes.ThermalMotionVolume(ATOMS, RISING[:2]),
    volumes.TrajectoryVolume: lambda: volumes.TrajectoryVolume(ATOMS, POINTS[None]),
    volumes.ZernikeVolume: lambda: volumes.ZernikeVolume(jnp.ones(7, complex), TWO, voxel_size=ONE),
}


def test_no_module_is_left_out():
    offered = {value for _, _, value in public_names() if inspect.isclass(value)}
    assert {value for value in offered if issubclass(value, eqx.Module) and not is_interface(value)} == set(BUILD)


@pytest.mark.parametrize("module", BUILD, ids=lambda module: module.__name__)
def test_built_inside_jit(module):
    assert isinstance(eqx.filter_eval_shape(BUILD[module]), module)


@pytest.mark.parametrize(
    "build",
    [
        lambda: poses.QuaternionPose((0.0, 0.0, 0.0, 0.0)),
        lambda: optics.ObjectiveAperture(HALF, 4 * np.ones(())),
        lambda: detector.PoissonDetector(-20.0, ONE),
        lambda: volumes.RealVoxelGridVolume(MAP, 0.0),
    ],
)
def test_wrong_constants_are_refused_inside_jit(build):
    with pytest.raises(InputError):
        eqx.filter_eval_shape(build)


def test_what_is_computed_from_constants_inside_jit():
    """The checks of methods: of what is traced, they are left to run time."""
    camera = detector.PoissonDetector(20.0, 1.5)
    pose = poses.QuaternionPose(jnp.eye(4)[0])
    assert jax.eval_shape(lambda: camera.expected_counts(IMAGE)).shape == (4, 4)
    assert jax.eval_shape(lambda x: pose.rotate(x) + poses.QuaternionPose(jnp.append(x, 1.0)).rotate(UP), UP).shape == (
        3,
    )
