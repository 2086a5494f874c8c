# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Projections four ways
#
# A thin specimen shows the microscope its projection $P(x, y) = \int U\,dz$. There are four ways to compute it:
#
# 1. sum the projections of atoms, which for Gaussians are known in closed form;
# 2. cut a slice out of the Fourier transform of a map (the projection-slice theorem);
# 3. add up the transform of atoms or voxels one by one, with a non-uniform FFT;
# 4. draw the turned specimen on voxels, and sum them along the beam.
#
# This page does all four to one specimen in one pose, says by how much they differ and why, and what each costs. It
# computes in double precision, so that rounding hides nothing.

# %%
# %matplotlib inline
import time

import jax

jax.config.update("jax_enable_x64", True)

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from vitreous import report
from vitreous.constants import PengScatteringFactorParameters
from vitreous.filters import InverseSincMask
from vitreous.grids import ImageConfig, Sampling, frequencies, irfftn, power_spectrum, radius, rfftn, shift_phases
from vitreous.kernels import linear_interpolant
from vitreous.poses import EulerAnglePose
from vitreous.projection import (
    FFTAtomProjection,
    FourierSliceExtraction,
    GaussianMixtureProjection,
    RealVoxelProjection,
    integrator_for,
    register_integrator,
)
from vitreous.simulate import embedded_specimen
from vitreous.volumes import (
    AbstractAtomVolume,
    FFTAtomRenderFn,
    FourierVoxelGridVolume,
    FourierVoxelSplineVolume,
    GaussianMixtureVolume,
    IndependentAtomVolume,
    RealVoxelGridVolume,
)

# %% [markdown]
# ## The specimen
#
# One subunit of the library's own protein cage, all its atoms taken for carbon, to be quick. We take it twice: *sharp*,
# with a B-factor of 25 Å², and *blurred*, with 400 Å². On pixels of 2 Å the sharp one has more detail than the pixels
# can hold, as any atomic model has. The blurred one has almost none beyond their Nyquist frequency, 0.25 Å⁻¹:

# %%
cage = embedded_specimen()
subunit, _ = cage.select((cage.chains == "A") & (cage.atomic_numbers > 1)).centred()
PIXEL, BOX, CONFIG = 2.0, (48, 48, 48), ImageConfig((48, 48), 2.0)
POSE = EulerAnglePose(31.0, 57.0, -108.0, offset_x=2.3, offset_y=-1.7)
B_FACTORS = {"sharp": 25.0, "blurred": 400.0}
CARBON = PengScatteringFactorParameters([6])


def as_gaussians(b_factor):
    parameters = PengScatteringFactorParameters(np.full(len(subunit), 6))
    return GaussianMixtureVolume.from_tabulated_parameters(subunit.positions, parameters, b_factor)


def as_one_kind(b_factor):
    return IndependentAtomVolume.from_tabulated_parameters((subunit.positions,), CARBON, b_factor_by_element=b_factor)


for name, b_factor in B_FACTORS.items():
    print(f"{name}: {np.exp(-b_factor * 0.25**2 / 4):.4f} of the amplitude is left by the B-factor at Nyquist")

# %% [markdown]
# ## Four ways, and variants
#
# Each way is a function of a volume and a pose. Atoms are turned and moved. Volumes that are known by their transform
# are turned, and the shift is a phase $e^{-2\pi i\,k\cdot t}$ of the image.


# %%
def image_of(volume, pose, config=CONFIG, integrator=None):
    turned = volume.rotate_to_pose(pose)
    turned = turned.translate_to_pose(pose) if isinstance(turned, AbstractAtomVolume) else turned
    integrator = integrator_for(turned) if integrator is None else integrator
    spectrum = integrator.integrate(turned, config)
    if not isinstance(turned, AbstractAtomVolume):
        spectrum = spectrum * shift_phases(pose.offset[:2], config.padded_shape, config.pixel_size)
    return irfftn(spectrum, config.padded_shape)


draw = FFTAtomRenderFn(BOX, PIXEL, eps=1e-10)


def rendered_then_summed(volume, pose):
    posed = volume.rotate_to_pose(pose).translate_to_pose(pose)
    return draw(posed).sum(0) * PIXEL


from_map, spline_from_map = FourierVoxelGridVolume.from_real_voxel_grid, FourierVoxelSplineVolume.from_real_voxel_grid
corrected_after = FourierSliceExtraction(correction_mask=InverseSincMask(1, padded_shape=(96, 96)))
linear = {"interpolant": linear_interpolant(), "pad_scale": 2.0}


def ways(b_factor):
    """Name: (volume, function of volume and pose)."""
    gaussians, atoms = as_gaussians(b_factor), as_one_kind(b_factor)
    grid = draw(atoms)
    linear_volume = from_map(grid, PIXEL, deconvolve=False, **linear)
    return {
        "analytic": (gaussians, image_of),
        "NUFFT of atoms": (atoms, lambda v, p: image_of(v, p, integrator=FFTAtomProjection(eps=1e-10))),
        "rendered, summed": (atoms, rendered_then_summed),
        "NUFFT of voxels": (
            RealVoxelGridVolume(grid, PIXEL),
            lambda v, p: image_of(v, p, integrator=RealVoxelProjection(eps=1e-10)),
        ),
        "slice": (from_map(grid, PIXEL), image_of),
        "slice, spline": (spline_from_map(grid, PIXEL), image_of),
        "slice, linear": (linear_volume, image_of),
        "  corrected after": (linear_volume, lambda v, p: image_of(v, p, integrator=corrected_after)),
        "  corrected before": (from_map(grid, PIXEL, **linear), image_of),
    }


programs = {name: eqx.filter_jit(function) for name, (_, function) in ways(B_FACTORS["sharp"]).items()}
images = {
    kind: {name: programs[name](volume, POSE) for name, (volume, _) in ways(b_factor).items()}
    for kind, b_factor in B_FACTORS.items()
}
chosen = ["analytic", "NUFFT of atoms", "rendered, summed", "slice"]
report.image_grid(
    np.stack([images[kind][name] for kind in B_FACTORS for name in chosen]),
    pixel_size=PIXEL,
    titles=[f"{name}, {kind}" for kind in B_FACTORS for name in chosen],
    columns=4,
)

# %% [markdown]
# To the eye all are alike. The table has the relative differences to the analytic projection: of the sharp specimen
# over all frequencies of the image, and of both over those below 0.2 Å⁻¹, that is to 5 Å. Times are those of one image,
# as ratios to the slice, on whatever machine has made this page.


# %%
def difference(image, exact, below=np.inf):
    spectra = rfftn(image), rfftn(exact)
    kept = radius(frequencies(image.shape, PIXEL)) < below
    a, b = (jnp.where(kept, spectrum, 0) for spectrum in spectra)
    return float(jnp.linalg.norm(a - b) / jnp.linalg.norm(b))


def seconds(name, volume, repeats=5):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        programs[name](volume, POSE).block_until_ready()
        times.append(time.perf_counter() - start)
    return min(times)


sharp, blurred = images["sharp"], images["blurred"]
times = {name: seconds(name, volume) for name, (volume, _) in ways(B_FACTORS["blurred"]).items()}
rows = {
    name: (
        difference(sharp[name], sharp["analytic"]),
        difference(sharp[name], sharp["analytic"], 0.2),
        difference(blurred[name], blurred["analytic"], 0.2),
        times[name] / times["slice"],
    )
    for name in programs
}
print(f"{'':20}{'sharp':>10}{'to 5 Å':>10}{'blurred, to 5 Å':>18}{'time':>8}")
for name, (all_of_it, low, smooth, ratio) in rows.items():
    print(f"{name:20}{all_of_it:10.1e}{low:10.1e}{smooth:18.1e}{ratio:8.1f}")

# %% [markdown]
# ## Why they differ
#
# **The two sums over atoms agree to rounding**, as far as the NUFFT was asked to: they are one formula. So does the
# drawn specimen, summed: its voxels are band-limited, and summing them along z keeps the modes with $k_z = 0$.
#
# **A map holds what its voxels hold.** The slice and the voxels' NUFFT start from a map that was drawn once, in the
# frame of the specimen. A slice is a disc up to the Nyquist frequency, the same from every direction; the corners of
# the image's square spectrum are zero. With the sharp atoms that is most of the difference. Below 0.2 Å⁻¹ what remains
# is the map's own: ripples of sharp atoms reach beyond its box, where they are cut off.
#
# **Slices are interpolated**, and how well is seen with the blurred specimen. The default window in a box padded 1.5
# times errs by 2e-4 or less, and so does the cubic spline in a box padded twice. Interpolating linearly in a box padded
# twice is a hundred times worse. Half of that is a darkening towards the edges, which can be corrected in the image
# afterwards (`InverseSincMask`) or in the map before (`deconvolve=True`, the default). The other half no correction
# undoes: these are copies of the map that linear interpolation lets in from outside of its box.

# %%
for kind in images.values():
    assert difference(kind["NUFFT of atoms"], kind["analytic"]) < 1e-8  # eps of 1e-10, and some
    assert difference(kind["rendered, summed"], kind["analytic"]) < 1e-8
assert difference(blurred["NUFFT of voxels"], blurred["analytic"]) < 1e-3  # the blur leaves 2e-3 at Nyquist
errors = {name: row[2] for name, row in rows.items()}
assert max(errors["slice"], errors["slice, spline"]) < 2e-4  # as docs/adr/0004 measured, of a specimen as large
# The window's width tells: 5 points against 2.
assert errors["slice, linear"] > 30 * errors["slice"] and errors["  corrected before"] > 10 * errors["slice"]
assert max(errors["  corrected before"], errors["  corrected after"]) < 0.7 * errors["slice, linear"]

# %% [markdown]
# ## What a pixel means
#
# So far a pixel was the value, at its centre, of the projection without the frequencies beyond Nyquist: *band-limited*.
# A pixel of a detector is instead the *average* over its area. In Fourier space averaging is two things, the product
# with $\mathrm{sinc}(k_x p)\,\mathrm{sinc}(k_y p)$ and the aliases of everything beyond Nyquist, which a sharp specimen
# has plenty of. `Sampling` says which is meant.

# %%
average = GaussianMixtureProjection(sampling=Sampling.AVERAGE)
fine = FFTAtomProjection(upsample_factor=4, antialias=True)
for name, b_factor in B_FACTORS.items():
    gaussians, limited = as_gaussians(b_factor), images[name]["analytic"]
    averaged = image_of(gaussians, POSE, integrator=average)
    by_blocks = image_of(as_one_kind(b_factor), POSE, integrator=fine)
    sincs = jnp.prod(jnp.sinc(CONFIG.frequencies * PIXEL), axis=-1)
    without_aliases = irfftn(rfftn(limited) * sincs, CONFIG.shape)
    print(f"{name}: band-limited differs from the average by {difference(limited, averaged):.1%}, with the sincs but")
    print(f"    without the aliases by {difference(without_aliases, averaged):.2%};")
    print(f"    4 × 4 finer pixels, averaged, by {difference(by_blocks, averaged):.1e}")
    if name == "sharp":
        curves = {"band-limited": limited, "average": averaged, "sincs without aliases": without_aliases}
        # B/p² is 6, far from the 90 at which aliases are nothing; 4 times finer it is 100.
        assert difference(without_aliases, averaged) > 0.05 and difference(by_blocks, averaged) < 1e-3
    else:
        assert difference(without_aliases, averaged) < 2e-3  # B/p² = 100

shells = np.arange(25) / (48 * PIXEL)
report.power_spectrum_plot([(name, shells, power_spectrum(image)) for name, image in curves.items()])

# %% [markdown]
# For physics, take the band-limited meaning: the lens acts on the wave before there are pixels, and the detector's own
# transfer is one of its curves. Take averages to compare with programs that integrate over pixels.
#
# ## Gradients
#
# All ways can be differentiated in everything. Here is the derivative of the overlap with a template (the same specimen
# turned a little), in the five numbers of the pose, for the blurred specimen.

# %%
NAMES = ("phi", "theta", "psi", "offset_x", "offset_y")
start = jnp.array([31.0, 57.0, -108.0, 2.3, -1.7])
blurred_ways = ways(B_FACTORS["blurred"])
template = programs["analytic"](
    blurred_ways["analytic"][0], EulerAnglePose(36.0, 52.0, -104.0, offset_x=3.0, offset_y=-1.0)
)


def gradient_of(name):
    volume, function = blurred_ways[name]

    def overlap(numbers):
        pose = EulerAnglePose(**dict(zip(NAMES, numbers, strict=True)))
        return jnp.vdot(function(volume, pose), template) / jnp.vdot(template, template)

    return jax.jit(jax.grad(overlap))(start)


gradients = {name: gradient_of(name) for name in ("analytic", "NUFFT of atoms", "slice", "rendered, summed")}
print(f"{'':20}" + "".join(f"{name:>11}" for name in NAMES) + f"{'differs by':>12}")
for name, gradient in gradients.items():
    error = float(jnp.linalg.norm(gradient - gradients["analytic"]) / jnp.linalg.norm(gradients["analytic"]))
    print(f"{name:20}" + "".join(f"{float(value):11.6f}" for value in gradient) + f"{error:12.1e}")
    # Of the slice, that of its window (docs/adr/0004: 3e-4); the others are exact.
    assert error < (2e-3 if name == "slice" else 1e-8)

# %% [markdown]
# ## Odd, even, rectangular, and other pixels
#
# The origin is at index `n // 2` of each axis, for even and odd sizes. The image need not have the map's shape nor its
# pixel size: a slice is read at the image's own frequencies. `padded_shape` computes more than is kept.

# %%
odd_map = FFTAtomRenderFn((47, 48, 49), PIXEL, eps=1e-10)(blurred_ways["NUFFT of atoms"][0])
odd_volume = from_map(odd_map, PIXEL)
other_configs = [ImageConfig((45, 52), PIXEL), ImageConfig((33, 60), 1.6, padded_shape=(61, 61))]
for config in other_configs:
    ours, exact = (config.crop(image_of(volume, POSE, config)) for volume in (odd_volume, blurred_ways["analytic"][0]))
    error = float(jnp.linalg.norm(ours - exact) / jnp.linalg.norm(exact))
    print(f"image {config.shape} of {float(config.pixel_size)} Å: slice and analytic differ by {error:.1e}")
    assert error < 2e-3  # as on the even square: the interpolant's, and what the voxels do not hold

# %% [markdown]
# ## Which one is taken
#
# Nobody has to choose: `integrator_for` looks the type of the volume up in a table, and an image model calls it.

# %%
for name in ("analytic", "NUFFT of atoms", "NUFFT of voxels", "slice"):
    volume = blurred_ways[name][0]
    print(f"{type(volume).__name__:25} → {type(integrator_for(volume)).__name__}")

# %% [markdown]
# The table is open. `register_integrator` adds a volume of your own
# ([Writing your own volume](../03_your_own_volume/)), or changes how a type is projected from then on: here every
# Fourier grid is averaged over pixels, until it is registered anew. An abstract type stands for all types derived from
# it that are not registered themselves.

# %%
register_integrator(FourierVoxelGridVolume, lambda: FourierSliceExtraction(sampling=Sampling.AVERAGE))
print(integrator_for(odd_volume).sampling)
register_integrator(FourierVoxelGridVolume, FourierSliceExtraction)
print(integrator_for(odd_volume).sampling)

# %% [markdown]
# ## In short
#
# | way | class | exact up to | time grows with | take it for |
# |---|---|---|---|---|
# | closed form | `GaussianMixtureProjection` | rounding | atoms × pixels | few atoms, gradients in them, reference |
# | NUFFT of atoms | `FFTAtomProjection` | `eps` | atoms + pixels | many atoms |
# | slice | `FourierSliceExtraction` | the interpolant | pixels | many images of one map |
# | NUFFT of voxels | `RealVoxelProjection` | `eps` | voxels | a map that changes with each image |
# | drawn and summed | a render function, `.sum(0)` | its `accuracy` | atoms + voxels | multislice, checks |
