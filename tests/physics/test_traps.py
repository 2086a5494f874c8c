"""The known traps of the field: mistakes that have reached releases, each with the test that would see it again.

1. Noise drawn with a real spectrum, so that every image is point-symmetric:
   `imaging/test_noise.py::test_samples_are_not_point_symmetric`,
   `imaging/test_noise.py::test_samples_have_the_spectrum_and_the_variance`.
2. An astigmatism angle from +y: `optics/test_ctf.py::test_closed_form_with_strong_astigmatism`,
   `optics/test_ctf.py::test_an_angle_from_y_would_be_seen`, and in a whole image here.
3. A coloured log-likelihood divided by the number of pixels:
   `imaging/test_noise.py::test_the_log_likelihood_is_not_divided_by_the_number_of_pixels`,
   `imaging/test_noise.py::test_coloured_noise_is_the_multivariate_normal_of_its_covariance`.
4. A mean of phase cosines called FSC: `grids/test_correlation.py::test_the_mean_of_phase_cosines_is_not_it`.
5. Multislice. Slices that sum the wrong voxels: `scattering/test_slices.py::test_slices_of_voxels_are_those_of_atoms`.
   A remainder that is dropped: `scattering/test_slices.py::test_the_remainder_is_a_slice`,
   `scattering/test_slices.py::test_slices_add_up_to_the_projection`. A propagator at odds with the lens:
   `scattering/test_propagation.py::test_free_space_has_the_sign_of_the_lens`,
   `golden/test_abtem_exit_wave.py::test_underfocused_image`. Defocus not carried from the exit plane:
   `scattering/test_theories.py::test_an_object_higher_in_the_beam_is_more_underfocused`,
   `scattering/test_theories.py::test_the_image_is_the_intensity_of_the_exit_wave_behind_the_lens`. No band limit at
   two thirds of Nyquist: `scattering/test_propagation.py::test_slices_are_crossed_in_order`,
   `golden/test_abtem_exit_wave.py::test_exit_wave`.
6. NaN for elements outside a table:
   `constants/test_scattering_factors.py::test_missing_elements_are_named_and_counted`,
   `volumes/test_gaussian_mixture.py::test_an_unknown_element_is_named`. Negative amplitudes, and options that the
   callee changes: here.
7. NaN gradients at q = 0 and θ = 0: `transforms/test_singular.py::test_an_image_without_tilt_offset_and_astigmatism`,
   `transforms/test_singular.py::test_the_ctf_at_zero_frequency`,
   `transforms/test_singular.py::test_second_derivatives_of_a_pose_at_the_identity`,
   `poses/test_rotations.py::test_gimbal_lock_gives_finite_angles_and_gradients`,
   `transforms/test_singular.py::test_lengths_of_frequencies_and_shifts_by_nothing`.
8. A missing γ: `constants/test_electron.py::test_interaction_constant_has_gamma`,
   `scattering/test_weak_phase.py::test_the_unit_is_lambda_gamma_per_angstrom`. A stray 4π:
   `physics/test_gaussian_volumes.py::test_the_integral_of_the_potential_is_the_sum_of_scattering_factors`. nm for Å:
   `constants/test_electron.py::test_wavelengths_are_the_pinned_ones`. One sinc instead of two for linear
   interpolation: `kernels/test_fourier_pair.py::test_transform_is_the_windows_fourier_integral`,
   `projection/test_slice_accuracy.py::test_each_interpolant_has_its_accuracy`.
9. A pixel size dropped in projection: `imaging/test_image_model.py::test_the_pixel_size_is_carried`.
10. Batches that bound the memory of the image but not of its gradient:
    `core/test_batching.py::test_memory_is_that_of_a_batch_in_the_gradient_too`,
    `kernels/test_gaussians_2d.py::test_memory_of_the_gradient_does_not_hold_every_batch`,
    `kernels/test_gaussians_3d.py::test_memory_of_the_gradient_does_not_hold_every_batch`,
    `kernels/test_fourier_pair.py::test_gradient_of_a_batch_holds_one_grid`,
    `transforms/test_composition.py::test_the_gradient_of_a_batch_holds_few_volumes`.
11. Uniform rotations written in one Euler convention and read back in another:
    `poses/test_sampling.py::test_written_as_euler_angles_and_read_back_they_are_the_same`,
    `datasets/test_particles.py::test_what_is_written_is_read_back`.
12. Optics tables lost: `datasets/test_particles.py::test_optics_groups_are_joined_and_several_stacks_read`. Stacks
    opened once per particle: `datasets/test_particles.py::test_each_stack_is_opened_once`.
"""

import copy
import dataclasses
import importlib

import gemmi
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import vitreous
from vitreous.grids import ImageConfig, rfftn
from vitreous.imaging import make_image_model
from vitreous.io import AtomTable, Table, write_star
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.projection import integrator_for
from vitreous.runs import open_run
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume


@pytest.mark.parametrize("angle", [0.0, 30.0, 120.0])
def test_an_image_is_astigmatic_along_its_angle(angle):
    # Trap 2, through the whole model. A point is imaged as the transfer function itself; along the direction of
    # defocus_u, from +x towards +y, its first zero is that of 16 000 Å, and across it that of 12 000 Å.
    point = GaussianMixtureVolume(jnp.zeros((1, 3)), 1000.0, 0.0)
    optics = CTF(16_000.0, 12_000.0, angle, cs_mm=0.0, amplitude_contrast=0.0)
    image = make_image_model(point, ImageConfig((256, 256), 4.0), optics=optics).simulate()
    spectrum = np.fft.fft2(np.fft.ifftshift(np.asarray(image))).real
    for direction, defocus in ((angle, 16_000.0), (angle + 90, 12_000.0)):
        turn = np.deg2rad(direction)
        index = np.arange(10, 80)
        column, row = np.rint(index * np.cos(turn)).astype(int), np.rint(index * np.sin(turn)).astype(int)
        q = np.hypot(row, column) / (256 * 4.0)
        # The phase reaches π where λ Δf q² = 1. To find it on whole modes costs 3 %; the other axis is 15 % away.
        first = np.flatnonzero(spectrum[row, column] > 0)[0]
        assert q[first] == pytest.approx(1 / np.sqrt(0.019687 * defocus), rel=0.04)


@pytest.mark.parametrize("element", ["Rb", "Np"])
def test_negative_amplitudes_go_through_everything(element):
    # Trap 6: a square root of an amplitude would be NaN for these elements.
    b_factor = 150.0
    table = AtomTable.from_positions(
        np.array([[1.0, -2.0, 0.5]]), np.array([gemmi.Element(element).atomic_number]), b_factors=np.array([b_factor])
    )
    volume = GaussianMixtureVolume.from_atoms(table)
    assert float(volume.amplitudes.min()) < 0
    config = ImageConfig((16, 16), 1.0)

    @jax.jit
    def everything(volume):
        model = make_image_model(volume, config, pose=EulerAnglePose(10.0, 20.0, 30.0))
        gradient = jax.grad(lambda v: jnp.sum(make_image_model(v, config).simulate() ** 2))(volume)
        projection = integrator_for(volume).integrate(volume, config)
        return projection, model.simulate(), gradient

    projection, image, gradient = everything(volume)
    grid = GaussianMixtureRenderFn((16, 16, 16), 1.0)(volume)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((grid, image, gradient)))

    q2 = np.sum(np.asarray(config.frequencies, float) ** 2, axis=-1)
    factor = np.vectorize(lambda q2: gemmi.Element(element).c4322.calculate_sf(q2 / 4))(q2) * np.exp(-b_factor * q2 / 4)
    # gemmi rounds its table to float32 here and there.
    np.testing.assert_allclose(np.abs(projection), np.abs(factor), atol=1e-5 * factor.max())
    summed = np.asarray(rfftn(jnp.sum(grid, axis=0)))
    # What is cut off beyond the Nyquist frequency along z: exp(−150 / 16) of it, 1e-4.
    np.testing.assert_allclose(np.abs(summed), np.abs(factor), atol=2e-4 * factor.max())


# Options that say nothing unless they are told something.
NEEDED = {
    "BinOptions": {"factor": 2.0},
    "SelectOptions": {"classes": (1,)},
    "SplitOptions": {"parts": 2},
    "SubsetOptions": {"where": "rlnDefocusU < 15000"},
}


def public_options():
    rooms = [importlib.import_module(f"vitreous.{room}") for room in vitreous._ROOMS]
    return {name: value for room in rooms for name, value in vars(room).items() if name.endswith("Options")}


def test_options_cannot_be_changed_by_the_callee(tmp_path):
    # Trap 6: options are frozen, and the mappings that are taken come back as they went in.
    options = public_options()
    assert {"SimulationOptions", "ReconstructionOptions", "RenderOptions"} <= set(options)
    for name, value in options.items():
        assert dataclasses.is_dataclass(value) and value.__dataclass_params__.frozen
        assert isinstance(hash(value(**NEEDED.get(name, {}))), int)  # so that nothing inside can be changed either

    given = {"seed": 3, "defocus": [8000.0, 20_000.0], "nested": {"box": 64}}
    kept = copy.deepcopy(given)
    with open_run(tmp_path / "run", verb="trap", options=given) as run:
        run.results["fsc"] = 0.5
    assert given == kept

    columns = {"rlnVoltage": np.array([300.0]), "rlnImageName": ["1@a.mrcs"]}
    table = Table(columns)
    blocks = {"particles": table}
    write_star(tmp_path / "a.star", blocks)
    assert blocks == {"particles": table} and list(columns) == ["rlnVoltage", "rlnImageName"]
