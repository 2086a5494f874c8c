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
# # From atoms to a noisy image
#
# An electron microscope makes an image in a few steps: atoms deflect electrons, the lens turns the deflection into
# contrast, and a camera counts. This page takes the steps one by one, looks at the image after each, and at the end
# takes the derivative of all of them at once.
#
# Lengths are in Å and angles in degrees. Images are arrays `(y, x)`, volumes `(z, y, x)`, positions `(x, y, z)`.

# %%
# %matplotlib inline
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from vitreous import report
from vitreous.constants import interaction_constant, wavelength
from vitreous.detector import PoissonDetector
from vitreous.grids import ImageConfig, crop, frequencies, irfftn, mode_multiplicity, power_spectrum, radius
from vitreous.imaging import ColouredNoise, GaussianLikelihood, WhiteNoise, make_image_model
from vitreous.optics import CTF, Contrast, aliasing_box
from vitreous.poses import EulerAnglePose
from vitreous.projection import GaussianMixtureProjection
from vitreous.simulate import embedded_specimen
from vitreous.volumes import (
    FourierVoxelGridVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    displaced_solvent,
    join,
)

# %% [markdown]
# ## Atoms
#
# The specimen is a protein cage that the library builds itself: 24 subunits of five α-helices around a hollow, 120 Å
# across, much like apoferritin. It is an atom table, the same that `vitreous.io.read_atoms("6z6u.pdb")` returns for a
# file.

# %%
atoms = embedded_specimen()
print(len(atoms), "atoms,", int((atoms.atomic_numbers > 1).sum()), "of them heavier than hydrogen")
print(atoms.describe(0))

# %% [markdown]
# ## Potential
#
# Electrons are scattered by the electrostatic potential. Each element has a tabulated scattering factor, a sum of five
# Gaussians (Peng and others, 1996), which the B-factor of the atom makes wider. The volume is thus a mixture of
# Gaussians, and its unit is Å⁻²: integrated over space it gives the sum of the scattering factors at zero angle, in Å.
#
# What matters in ice is the difference to the ice. The water that the molecule pushed aside is a second mixture, with
# negative amplitudes, at the same positions.

# %%
protein = GaussianMixtureVolume.from_atoms(atoms)
volume = join(protein, displaced_solvent(atoms))
print(
    "protein:",
    round(float(protein.amplitudes.sum())),
    "Å; seen against ice:",
    round(float(volume.amplitudes.sum())),
    "Å",
)

# %% [markdown]
# Nothing of this has a grid yet. To look at it we render it on voxels of 2 Å. The slices show the hollow, and the
# helices cut across. Each voxel holds the potential limited to the frequencies that such voxels can hold; the faint
# ripples are that limit.

# %%
grid = GaussianMixtureRenderFn((80, 80, 80), 2.0)(volume)
report.orthogonal_slices(grid, voxel_size=2.0)

# %% [markdown]
# ## Pose and projection
#
# A pose turns the object by $R = R_z(\psi) R_y(\theta) R_z(\varphi)$ and then moves it. A thin specimen shows the
# microscope only its projection, the integral $\int U\,dz$ along the beam. For Gaussians that is a sum of
# two-dimensional Gaussians, exact up to Nyquist.
#
# The image is computed in a larger box than we want in the end, for a reason that comes with the lens.

# %%
config = ImageConfig((112, 112), 1.5, padded_shape=(192, 192))
views = [EulerAnglePose(0, 0, 0), EulerAnglePose(45, 54.7, 0), EulerAnglePose(20, 70, 30, offset_x=12, offset_y=-6)]


@jax.jit
def project(pose):
    posed = volume.rotate_to_pose(pose).translate_to_pose(pose)
    spectrum = GaussianMixtureProjection().integrate(posed, config)
    return crop(irfftn(spectrum, config.padded_shape), config.shape)


projections = jnp.stack([project(pose) for pose in views])
report.image_grid(projections, pixel_size=1.5, titles=["along a fourfold axis", "along a threefold axis", "along none"])

# %% [markdown]
# These are in Å⁻¹. Times $\lambda\gamma$, the relativistic wavelength and the Lorentz factor, they
# become the phase by which the electron wave is advanced behind the specimen. It is small, which is why theory may be
# linear, and why images are noisy.

# %%
phase = interaction_constant(300.0) * projections
print(f"wavelength at 300 kV: {float(wavelength(300.0)):.5f} Å")
print(f"phase: at most {float(phase.max()):.2f} rad, standard deviation {float(phase.std()):.3f} rad")

# %% [markdown]
# ## The lens
#
# A phase alone is invisible: the camera sees $|\psi|^2$. The lens, out of focus, mixes phases into amplitudes, and does
# so differently at each spatial frequency. In the weak-phase theory the spectrum of the phase is multiplied by the
# contrast transfer function
#
# $$\mathrm{CTF}(q) = -\sin\left(\pi\lambda\,\Delta f\,q^2 - \tfrac12 \pi C_s\lambda^3 q^4 + \arcsin w\right),$$
#
# with the defocus $\Delta f$ (positive for underfocus), the spherical aberration $C_s$ and the amplitude contrast $w$.

# %%
frequency = np.linspace(0, 0.25, 500)
along_x = jnp.stack([frequency, 0 * frequency], axis=-1)
ctf = CTF(12_000, b_factor=60.0)
report.ctf_curve(frequency, ctf(along_x), envelope=np.exp(-60 * frequency**2 / 4), label="1.2 µm underfocus, B 60 Å²")

# %% [markdown]
# Where the curve crosses zero the image holds nothing. More defocus gives more contrast at low frequency, and more
# zeros. Astigmatism makes the defocus depend on the direction. `make_image_model` composes all steps so far into one
# object; what is not said has a default. Protein is dark, as on a micrograph.

# %%
lenses = {
    "0.5 µm": CTF(5_000),
    "1.2 µm": CTF(12_000),
    "1.2 µm, astigmatic": CTF(14_000, 10_000, 30.0),
    "1.2 µm, phase plate": CTF(12_000, phase_shift_deg=90.0),
}


@jax.jit
def image_of(pose, optics):
    return make_image_model(volume, config, pose=pose, optics=optics).simulate()


images = jnp.stack([image_of(views[2], optics) for optics in lenses.values()])
report.image_grid(images, pixel_size=1.5, titles=list(lenses), columns=4)

# %% [markdown]
# The lens spreads each point over a disc that grows with the defocus. An image that is too small wraps it around. This
# is why we computed in 192 pixels and cut out 112:

# %%
print("smallest safe box:", aliasing_box(CTF(12_000), 1.5, particle_diameter=120.0), "pixels")

# %% [markdown]
# ## Counting
#
# The contrast $C$ says by how much the intensity differs from that of the empty beam, $|\psi|^2 = 1 + 2C$. The camera
# counts electrons, and the counts follow Poisson's law. With 40 electrons per Å², about what a protein survives, the
# particle can just be seen; with a hundred times that, we would have no need of averaging.

# %%
contrast = images[1]
doses = [40, 400, 4000]
counts = [PoissonDetector(float(dose), 1.5).sample(contrast, key=jax.random.key(0)) for dose in doses]
report.image_grid(jnp.stack(counts), pixel_size=1.5, titles=[f"{dose} electrons per Å²" for dose in doses])

# %% [markdown]
# So at 40 electrons the signal-to-noise ratio, the variance of the image over that of the noise, is far below one:

# %%
noise_variance = 1 / (4 * PoissonDetector(40.0, 1.5).expected_vacuum)
print(f"SNR: {float(contrast.var() / noise_variance):.3f}")

# %% [markdown]
# Real images are worse. Missing here are the electrons that lose energy in the ice, the camera's imperfect resolution
# and efficiency, and the structure of the ice itself.
#
# ## Noise of one's own choice
#
# Often one wants Gaussian noise of a given variance instead, or with a given power spectrum. Below, both have the same
# variance, ten times that of the image. The particle is bright, as RELION stores it.

# %%
model = make_image_model(volume, config, pose=views[2], optics=CTF(12_000), contrast=Contrast.BRIGHT)
clean = jax.jit(lambda m: m.simulate())(model)

white = WhiteNoise(10 * clean.var())
shape_of_power = jnp.exp(-radius(frequencies(config.shape, 1.5)) / 0.1)
multiplicity = mode_multiplicity(config.shape)
mean_power = jnp.sum(multiplicity * shape_of_power) / clean.size
coloured = ColouredNoise(10 * clean.var() * shape_of_power / mean_power)
noisy = [clean + noise.sample(config.shape, key=jax.random.key(1)) for noise in (white, coloured)]
report.image_grid(jnp.stack([clean, *noisy]), pixel_size=1.5, titles=["no noise", "white noise", "coloured noise"])

# %% [markdown]
# Radially averaged, the spectra show what is left to find: the rings are the zeros of the CTF, and the signal is below
# the noise at almost every frequency. It takes the average over thousands of particles to see them.

# %%
shells = np.arange(config.shape[0] // 2 + 1) / (config.shape[0] * 1.5)
curves = {"image": clean, "image and white noise": noisy[0], "image and coloured noise": noisy[1]}
report.power_spectrum_plot([(name, shells, power_spectrum(image)) for name, image in curves.items()])

# %% [markdown]
# ## Many particles
#
# Everything is written for one image, and `jax.vmap` makes it many. Sums over 28 000 atoms are exact but not fast; a
# map on voxels gives the same images by slicing its Fourier transform. `make_image_model` sees from the volume how it
# is to be projected.

# %%
voxels = FourierVoxelGridVolume.from_real_voxel_grid(grid, 2.0)
small = ImageConfig((80, 80), 2.0)


def particle(phi, theta, psi, defocus, key):
    pose, optics = EulerAnglePose(phi, theta, psi), CTF(defocus)
    image = make_image_model(voxels, small, pose=pose, optics=optics, contrast=Contrast.BRIGHT).simulate()
    return image, image + WhiteNoise(clean.var() / 0.1).sample(image.shape, key=key)


rng = np.random.default_rng(0)
phi, psi = rng.uniform(0, 360, (2, 12))
theta = np.degrees(np.arccos(rng.uniform(-1, 1, 12)))
defocus = rng.uniform(8_000, 20_000, 12)
clean_stack, noisy_stack = jax.jit(jax.vmap(particle))(
    phi, theta, psi, defocus, jax.random.split(jax.random.key(2), 12)
)
report.image_grid(jnp.concatenate([clean_stack[:6], noisy_stack[:6]]), pixel_size=2.0, columns=6)

# %% [markdown]
# `vitreous simulate particles` does this for as many as you like, and writes them as RELION does.
#
# ## Backwards
#
# The model is one differentiable function of everything in it. `GaussianLikelihood` joins it with a law of noise, and
# gives the logarithm of the probability of an observed image. Here is how it depends on one angle, for an image with
# SNR 0.1, and the slope that `jax.grad` gives.

# %%
truth = EulerAnglePose(20.0, 70.0, 30.0)
observed_model = GaussianLikelihood(
    make_image_model(voxels, small, pose=truth, optics=CTF(12_000)), WhiteNoise(clean.var() / 0.1)
)
observed = observed_model.simulate(key=jax.random.key(3))


def log_likelihood(pose, optics):
    image_model = make_image_model(voxels, small, pose=pose, optics=optics)
    return GaussianLikelihood(image_model, observed_model.noise).log_likelihood(observed)


angles = np.linspace(60, 80, 41)
values = jax.jit(jax.vmap(lambda theta: log_likelihood(EulerAnglePose(20.0, theta, 30.0), CTF(12_000))))(angles)
print(f"most likely: θ = {angles[values.argmax()]}°; true: 70°")

gradient = jax.jit(jax.grad(log_likelihood, argnums=(0, 1)))
pose_gradient, optics_gradient = gradient(EulerAnglePose(20.0, 72.0, 30.0), CTF(12_000))

figure = Figure(figsize=(6, 3), layout="constrained")
axes = figure.subplots()
axes.plot(angles, values - values.max())
tangent = np.array([-2.0, 2.0])
height = np.interp(72.0, angles, values - values.max())
axes.plot(72.0 + tangent, height + tangent * float(pose_gradient.theta), "--")
axes.set(xlabel="θ (degrees)", ylabel="log-likelihood − its maximum")
figure

# %% [markdown]
# That call gave the derivatives in all numbers of the pose and of the microscope at once. With the atoms as the volume
# one gets them in every atom's position: the force with which this one noisy image pulls on it.

# %%
print(f"along θ: {float(pose_gradient.theta):+.2f} per degree")
print(f"along x: {float(pose_gradient.offset_x):+.2f} per Å")
print(f"along the defocus: {float(optics_gradient.defocus_u):+.4f} per Å")


# %%
def log_likelihood_of_atoms(positions):
    moved = eqx.tree_at(lambda v: v.positions, volume, positions)
    image_model = make_image_model(moved, small, pose=truth, optics=CTF(12_000))
    return GaussianLikelihood(image_model, observed_model.noise).log_likelihood(observed)


forces = jax.jit(jax.grad(log_likelihood_of_atoms))(volume.positions)
print("one force per atom:", forces.shape, "of root mean square", f"{float(jnp.sqrt(jnp.mean(forces**2))):.4f} per Å")

# %% [markdown]
# From here: [the conventions](../../conventions/) say which way every angle and sign goes, and the
# [command line](../../cli/) runs the whole way from a structure to a map.
