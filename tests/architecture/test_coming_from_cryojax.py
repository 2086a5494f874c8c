"""The page "Coming from cryoJAX" maps every name, and what it calls the same is public here under that name."""

import importlib
import re

import vitreous
from tests.data import ROOT

PAGE = (ROOT / "docs" / "coming-from-cryojax.md").read_text()
ROWS = [line.strip("| ").split(" | ", 1) for line in PAGE.splitlines() if line.startswith("| `")]

# What the pages of cryoJAX print on volumes and on their integration, and those of its first release: classes and
# functions, methods, and options that are not arguments of another name's row.
VOLUMES = """
AbstractVolumeParametrization get_representation rng_key AbstractVolumeRepresentation rotate_to_pose inverse
AbstractAtomVolume translate_to_pose GaussianMixtureVolume from_tabulated_parameters extra_b_factors
IndependentAtomVolume position_pytree scattering_factor_pytree positions_by_element b_factor_by_element
FourierVoxelGridVolume fourier_voxel_grid frequency_slice_in_pixels from_real_voxel_grid pad_scale pad_mode filter shape
FourierVoxelSplineVolume spline_coefficients RealVoxelGridVolume coordinate_grid_in_pixels crop_scale
AbstractVolumeRenderFn outputs_real_space outputs_rfft fftshifted GaussianMixtureRenderFn batch_options batch_size
n_batches FFTAtomRenderFn frequency_grid antialias eps opts voxel_size AbstractFourierOperator AbstractFilter
AbstractPose PengScatteringFactorParameters read_atoms_from_pdb make_frequency_grid make_frequency_slice
compute_spline_coefficients
"""
INTEGRATION = """
AbstractVolumeIntegrator integrate AbstractImageConfig pixel_size padded_shape FourierSliceExtraction outputs_integral
correction_mask out_of_bounds_mode fill_value InverseSincMask extract_fourier_slice_from_spline
extract_fourier_slice_from_grid map_coordinates map_coordinates_spline RealVoxelProjection GaussianMixtureProjection
upsampling_factor use_error_functions n_batches FFTAtomProjection upsample_factor block_reduce_downsample Opts rfftn
"""
FIRST_RELEASE = """
EulerPose CTFOptics NufftScattering ParameterState Cloud GaussianImage ScatteringImage OpticsImage DetectorImage
WhiteNoiseDetector load_grid_as_cloud view_phi alpha observed AntiAliasingFilter cutoff WhiteningFilter CircularMask
radius EmpiricalIce ExponentialNoiseIce fft irfft fftfreqs freqs coords filters masks specimen state pmap
"""


def test_every_name_is_mapped():
    left = set(re.findall(r"\w+", " ".join(" ".join(row) for row in ROWS)))
    assert sorted(set(f"{VOLUMES} {INTEGRATION} {FIRST_RELEASE}".split()) - left) == []


def test_the_same_is_the_same():
    public = {name for room in vitreous._ROOMS for name in vars(importlib.import_module(f"vitreous.{room}"))}
    same = [name for theirs, ours in ROWS if ours.startswith("the same") for name in re.findall(r"`([A-Z]\w+)", theirs)]
    assert len(same) > 20
    assert sorted(set(same) - public) == []


def test_names_that_are_given_exist():
    for room, name in re.findall(r"`vitreous\.(\w+)\.(\w+)", PAGE):
        assert hasattr(importlib.import_module(f"vitreous.{room}"), name), f"vitreous.{room}.{name}"
