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
# # Volumes of every kind
#
# A specimen can be a list of atoms, a map on voxels, a cloud of points, copies of one subunit, a family of
# conformations, or a network. In this library all of these are volumes: a pose turns them, and an integrator projects
# them. This page makes one specimen into each kind and looks at its projection. A table at the end says which kind
# suits what.
#
# Lengths are in Å. A volume is the rescaled potential $U$ in Å⁻², so that $\int U\,d^3r$ is the sum of the atoms'
# scattering factors at zero angle, in Å; a projection is in Å⁻¹.

# %%
# %matplotlib inline
import tempfile
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from vitreous import report
from vitreous.constants import LobatoScatteringFactorParameters, PengScatteringFactorParameters
from vitreous.datasets import load_grid_as_cloud
from vitreous.filters import LowPassFilter, ProductFilter
from vitreous.grids import ImageConfig, coordinates, frequencies, radius, rfftn
from vitreous.io import write_mrc
from vitreous.poses import EulerAnglePose, point_group
from vitreous.projection import integrator_for
from vitreous.simulate import embedded_specimen
from vitreous.volumes import (
    AssembledVolume,
    DeformedAtomVolume,
    DeformedVoxelVolume,
    DisplacementModes,
    FFTAtomRenderFn,
    FourierFeatureNetwork,
    FourierVoxelGridVolume,
    FourierVoxelSplineVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    GaussianScatteringFactor,
    GridDisplacement,
    HelicalVolume,
    IndependentAtomVolume,
    LinearSubspaceVolume,
    MixtureVolume,
    NeuralDensityVolume,
    NeuralFieldVolume,
    RealVoxelGridVolume,
    ThermalMotionVolume,
    TrajectoryVolume,
)

# %% [markdown]
# The specimen is one subunit of the cage that the library builds itself: five helices of poly-alanine. It is seen in
# images of 48 × 48 pixels of 2 Å. `integrator_for` finds by the type of a volume how it is projected, so one function
# serves this whole page. Differences between two images are relative, and taken up to 5 Å, which all kinds hold from
# every direction.

# %%
cage = embedded_specimen()
cage = cage.select(cage.atomic_numbers > 1)  # without hydrogens, for speed
subunit, shift = cage.select(cage.chains == "A").centred()
PIXEL, VIEW = 2.0, EulerAnglePose(-59.0, 37.0, 115.0)
CONFIG = ImageConfig((48, 48), PIXEL)
print(f"{len(subunit)} atoms, at most {np.linalg.norm(subunit.positions, axis=1).max():.0f} Å from their centre")


@eqx.filter_jit
def project(representation, config=CONFIG, pose=VIEW):
    posed = representation.rotate_to_pose(pose)
    return integrator_for(posed).integrate(posed, config, outputs_real_space=True)


def picture(volume, config=CONFIG, *, rng_key=None, pose=VIEW):
    return project(volume.get_representation(rng_key), config, pose)


def show(images, columns=None, pixel_size=PIXEL):
    stack = np.stack([np.asarray(image) for image in images.values()])
    return report.image_grid(stack, pixel_size=pixel_size, titles=list(images), columns=columns or len(images))


def difference(a, b):
    low_pass = LowPassFilter(5.0)
    a, b = (low_pass(rfftn(image), frequencies(image.shape, PIXEL)) for image in (a, b))
    return float(jnp.linalg.norm(a - b) / jnp.linalg.norm(b))


# %% [markdown]
# ## Atoms
#
# `GaussianMixtureVolume` is a sum of Gaussians, several at each position. `from_atoms` takes the table of Peng and
# others, in which an element is five Gaussians, and widens them by each atom's B-factor and weighs them by its
# occupancy. There is no further approximation.
#
# `IndependentAtomVolume` sorts the atoms into kinds, and each kind has one factor in Fourier space. Elements of the
# tables of Peng or of Lobato and Van Dyck are such kinds, with one B-factor for each. So are beads: here one for each
# residue, a wide Gaussian times a low-pass filter. Any filter will do.

# %%
gaussians = GaussianMixtureVolume.from_atoms(subunit)
total = float(gaussians.amplitudes.sum())

elements = np.unique(subunit.atomic_numbers)
members = [subunit.atomic_numbers == number for number in elements]
tabulated = IndependentAtomVolume.from_tabulated_parameters(
    tuple(subunit.positions[rows] for rows in members),
    LobatoScatteringFactorParameters(elements),
    b_factor_by_element=tuple(float(subunit.b_factors[rows].mean()) for rows in members),
)

residues = subunit.positions[subunit.names == "CA"]
bead = ProductFilter(GaussianScatteringFactor([total / len(residues)], [200.0]), LowPassFilter(8.0))
beads = IndependentAtomVolume({"residue": residues}, {"residue": bead})

volumes = {"Gaussians": gaussians, "Lobato's factors": tabulated, "beads": beads}
atom_images = {name: picture(volume) for name, volume in volumes.items()}
exact = atom_images["Gaussians"]
for name, image in atom_images.items():
    print(f"{name:17} ∫U = {float(image.sum()) * PIXEL**2:6.1f} Å, differs by {difference(image, exact):.1%}")
show(atom_images)

# %% [markdown]
# The two tables agree to about a percent; some of the difference is that of one B-factor for each element. The beads
# keep the integral, and lose the detail.

# %%
assert difference(atom_images["Lobato's factors"], exact) < 0.03  # two fits of the same atoms; B-factors averaged
assert abs(float(exact.sum()) * PIXEL**2 / total - 1) < 1e-4  # the zero frequency is the sum, to single precision

# %% [markdown]
# ## Voxels
#
# A render function draws atoms on voxels: `GaussianMixtureRenderFn` spreads each Gaussian over its neighbourhood,
# `FFTAtomRenderFn` adds up the spectrum with a non-uniform FFT. Both give the potential up to the voxels' Nyquist
# frequency and nothing beyond. The box may be odd and need not be a cube.

# %%
BOX = (48, 47, 49)
grid = GaussianMixtureRenderFn(BOX, PIXEL)(gaussians)
grid_of_beads = FFTAtomRenderFn(BOX, PIXEL)(beads)
print("∫U =", [round(float(voxels.sum()) * PIXEL**3, 1) for voxels in (grid, grid_of_beads)], "Å")

# %% [markdown]
# Three classes make a volume of a map, each with `from_real_voxel_grid`:
#
# - `FourierVoxelGridVolume` keeps the map's transform and reads slices of it. The map is padded 1.5 times unless
#   `pad_scale` says otherwise, so that interpolation is good, and a `filter` can be applied on the way.
# - `FourierVoxelSplineVolume` reads the cubic spline through the transform instead. By default it is padded twice.
# - `RealVoxelGridVolume` keeps the voxels, turns each of them and interpolates nothing. Its time grows with the number
#   of voxels, so `crop_scale` cuts margins off that are empty.

# %%
from_map = FourierVoxelGridVolume.from_real_voxel_grid
volumes = {
    "Fourier grid": from_map(grid, PIXEL),
    "Fourier spline": FourierVoxelSplineVolume.from_real_voxel_grid(grid, PIXEL, pad_scale=1.5),
    "real voxels, cropped": RealVoxelGridVolume.from_real_voxel_grid(grid, PIXEL, crop_scale=1.2),
}
voxel_images = {name: picture(volume) for name, volume in volumes.items()}
errors = {name: difference(image, exact) for name, image in voxel_images.items()}
for name, volume in volumes.items():
    print(f"{name:21} of shape {volume.shape} differs from the atoms by {errors[name]:.2%}")
voxel_images["grid, low-pass 10 Å"] = picture(from_map(grid, PIXEL, filter=LowPassFilter(10.0)))
show(voxel_images)

# %%
error_of_beads = difference(picture(from_map(grid_of_beads, PIXEL)), atom_images["beads"])
print(f"beads on voxels differ from beads by {error_of_beads:.3%}")
assert error_of_beads < 0.01  # the ripples of the low-pass filter are cut off at the box's edge
assert max(errors.values()) < 0.01  # atoms are sharper than the voxels: their ripples are cut off at the box's edge

# %% [markdown]
# ## Points
#
# A map that is mostly empty can be a cloud of the voxels that are not. `load_grid_as_cloud` reads an MRC file; the
# cloud's points are weighted, and it is projected by a non-uniform FFT. What the threshold leaves out is lost, the
# ripples around the molecule among it.

# %%
with tempfile.TemporaryDirectory() as folder:
    write_mrc(Path(folder) / "subunit.mrc", np.asarray(grid), pixel_size=PIXEL)
    cloud = load_grid_as_cloud(Path(folder) / "subunit.mrc", threshold=0.1 * float(grid.max()))
print(f"{len(cloud.weights)} points of {grid.size} voxels, {float(cloud.weights.sum()) / total:.0%} of the integral")
cloud_image = picture(cloud)
print(f"differs from the atoms by {difference(cloud_image, exact):.1%}")
show({"cloud": cloud_image, "atoms": exact, "difference": cloud_image - exact})

# %% [markdown]
# ## Assemblies
#
# `AssembledVolume` puts copies of a unit around, here by the octahedral group, which makes the cage again.
# `HelicalVolume` repeats it along a helix with a rise and a twist. `unit_offset` says where the unit sits before it is
# copied. Atoms are copied as atoms; a map is not copied at all, each slice is a sum of slices.

# %%
octahedral = AssembledVolume.from_point_group(gaussians, point_group("O"), unit_offset=-shift)
copies = octahedral.get_representation()
assert np.abs(np.asarray(copies.positions) - cage.positions).max() < 1e-3  # Å; single precision at 60 Å

tube = HelicalVolume(volumes["Fourier grid"], 8.0, 60.0, n=24, unit_offset=np.array([38.0, 0.0, 0.0]))
wide = ImageConfig((52, 88), 3.0)
side = EulerAnglePose(0.0, 90.0, 0.0)  # the axis of the helix, z, turned to x
assemblies = {
    "24 copies of atoms, group O": picture(copies, wide),
    "24 copies of a map, helix": picture(tube, wide, pose=side),
}
show(assemblies, pixel_size=3.0)

# %% [markdown]
# Rise and twist are parameters like any other, and so have derivatives:


# %%
@jax.jit
def power(rise, twist_deg):
    changed = HelicalVolume(beads, rise, twist_deg, n=24, unit_offset=jnp.array([38.0, 0.0, 0.0]))
    return jnp.sum(project(changed.get_representation(), wide, side) ** 2)


slopes = jax.grad(power, argnums=(0, 1))(8.0, 60.0)
by_differences = (power(8.02, 60.0) - power(7.98, 60.0)) / 0.04, (power(8.0, 60.05) - power(8.0, 59.95)) / 0.1
for name, slope, check in zip(("rise", "twist"), slopes, by_differences, strict=True):
    print(f"by the {name}: {float(slope):.1f}, by differences {float(check):.1f}")
# Differences of a sum in single precision: a hundredth, where the gradient itself has five digits.
assert np.allclose(slopes, by_differences, rtol=0.03)

# %% [markdown]
# ## Conformations
#
# A `GridDisplacement` is a smooth field, given on a coarse grid; this one bends the molecule across its long axis.
# `DeformedAtomVolume` applies it to atoms, `DeformedVoxelVolume` to a map. Displacements along given vectors, such as
# normal modes, are `DisplacementModes`.

# %%
knots = np.asarray(coordinates((5, 5, 5), 25.0))
along, across = np.array([0.73, 0.40, 0.55]), np.array([0.61, -0.75, -0.25])  # the molecule's long axis, and another
bend = GridDisplacement(8 * ((knots @ along / 25) ** 2)[..., None] * across, 25.0)
breathing = DisplacementModes(0.15 * subunit.positions[None], np.array([1.0]))
conformations = {
    "at rest": exact,
    "atoms, bent": picture(DeformedAtomVolume(gaussians, bend)),
    "map, bent": picture(DeformedVoxelVolume(grid, PIXEL, bend, iterations=3)),
    "atoms, 15 % larger": picture(DeformedAtomVolume(gaussians, breathing)),
}
show(conformations)

# %%
bent_error = difference(conformations["map, bent"], conformations["atoms, bent"])
print(f"bent map against bent atoms: {bent_error:.1%}; unbent: {difference(exact, conformations['atoms, bent']):.0%}")
assert bent_error < 0.1  # the warp shears atoms too, and reads a map of sharp atoms with cubic splines

# %% [markdown]
# Families of volumes:
#
# - `LinearSubspaceVolume` is a mean and components with coordinates. Here the component is the fifth helix, and the
#   coordinate its occupancy. What varies may also be positions.
# - `MixtureVolume` is one of several volumes, drawn with its probability.
# - `TrajectoryVolume` is a list of frames, one of which is drawn; `from_trajectory` makes it of a simulation.
# - `ThermalMotionVolume` moves each atom at random, as its B-factor says. The mean over many draws is the image with
#   the B-factor.
#
# With a random key, `get_representation` draws; without one, it gives the most probable or the first. An image model
# hands its key on, so that each image of a stack shows another conformation.

# %%
fifth = subunit.select(subunit.residue_numbers > 120)
component = from_map(GaussianMixtureRenderFn(BOX, PIXEL)(GaussianMixtureVolume.from_atoms(fifth)), PIXEL)
occupancy = LinearSubspaceVolume.from_volumes(volumes["Fourier grid"], [component], np.array([-1.0]))

swing = jnp.linspace(-1.0, 1.0, 9)
frames = jax.vmap(lambda t: gaussians.positions + t * bend(gaussians.positions))(swing)
trajectory = TrajectoryVolume(gaussians, frames)
mixture = MixtureVolume.from_volumes([gaussians, DeformedAtomVolume(gaussians, bend).get_representation()], [0.7, 0.3])

still = GaussianMixtureVolume.from_tabulated_parameters(
    gaussians.positions, PengScatteringFactorParameters(subunit.atomic_numbers)
)
shaking = ThermalMotionVolume(still, subunit.b_factors)
keys = jax.random.split(jax.random.key(0), 200)
draws = jax.lax.map(lambda key: picture(shaking, rng_key=key), keys)

families = {
    "without the fifth helix": picture(occupancy),
    "drawn of a mixture": picture(mixture, rng_key=jax.random.key(3)),
    "frame 8 of a trajectory": picture(trajectory.at_frame(8)),
    "drawn of a motion": draws[0],
}
show(families)

# %%
for count in (1, 10, 200):
    print(f"mean of {count:3} draws against B-factors: {difference(draws[:count].mean(0), exact):.2%}")
# Independent errors average out as 1/√200 = 0.07.
assert difference(draws.mean(0), exact) < 0.15 * difference(draws[0], exact)
assert difference(families["frame 8 of a trajectory"], conformations["atoms, bent"]) < 1e-5

# %% [markdown]
# ## Networks
#
# A network of Fourier features is a smooth function of space with a few thousand parameters. `NeuralDensityVolume`
# takes it as the density, `NeuralFieldVolume` as the Fourier transform. Untrained they show nothing, so both learn the
# beads here, from values of the density and of the transform at random points. Some seconds of it give the outline;
# [Writing your own volume](../03_your_own_volume/) learns from images.


# %%
def trained(volume, loss, steps):
    """The volume with its network trained; the loss is of a volume and a key."""
    optimiser = optax.adam(optax.cosine_decay_schedule(1e-2, steps))

    def with_network(network):
        return eqx.tree_at(lambda v: v.network, volume, network)

    def step(carry, key):
        network, state = carry
        slope = jax.grad(lambda network: loss(with_network(network), key))(network)
        update, state = optimiser.update(slope, state)
        return (optax.apply_updates(network, update), state), None

    start = (volume.network, optimiser.init(volume.network))
    keys = jax.random.split(jax.random.key(1), steps)
    return with_network(jax.jit(lambda start: jax.lax.scan(step, start, keys))(start)[0][0])


inside = radius(coordinates(BOX, PIXEL)) < 38.0
places, values = coordinates(BOX, PIXEL)[inside], grid_of_beads[inside]
spread = float(values.std())


def density_loss(volume, key):
    rows = jax.random.choice(key, len(values), (1024,))
    return jnp.mean((volume.scale * volume.network(places[rows], volume.latent) - values[rows]) ** 2) / spread**2


def transform_loss(volume, key):
    points = 0.06 * jax.random.normal(key, (256, 3))
    return jnp.mean(jnp.abs(volume.values_at(points) - beads.values_at(points)) ** 2) / 50**2


network = FourierFeatureNetwork(0.05, n_features=48, width=48, key=jax.random.key(2))
density = trained(NeuralDensityVolume(network, BOX, PIXEL, radius=38.0, scale=4 * spread), density_loss, 300)
field = trained(
    NeuralFieldVolume.initialise(36.0, 4.0, n_features=48, width=48, scale=200.0, key=jax.random.key(3)),
    transform_loss,
    300,
)
networks = {"beads": atom_images["beads"], "density": picture(density), "transform": picture(field)}
for name in ("density", "transform"):
    print(f"{name:9} by a network, differs from the beads by {difference(networks[name], networks['beads']):.0%}")
    assert difference(networks[name], networks["beads"]) < 0.5  # far from the 1 of an empty image
show(networks)

# %% [markdown]
# ## Which class suits what
#
# | class | holds | suits |
# |---|---|---|
# | `GaussianMixtureVolume` | Gaussians, any number at a position | atomic models; gradients in every atom |
# | `IndependentAtomVolume` | positions by kind, a factor for each | large structures; beads; other tables |
# | `FourierVoxelGridVolume` | a map's transform | many images of one map: the usual choice |
# | `FourierVoxelSplineVolume` | its spline coefficients | comparison with programs that use splines |
# | `RealVoxelGridVolume` | voxels | a map that changes with every image; reference |
# | `PointCloudVolume` | weighted points | maps that are mostly empty; points that move |
# | `AssembledVolume` | a unit and operations | point groups; several molecules |
# | `HelicalVolume` | a unit, rise, twist | filaments and tubes, fitted with their parameters |
# | `DeformedAtomVolume` | atoms and a field | normal modes, flexible fitting |
# | `DeformedVoxelVolume` | a map and a field | flexibility without an atomic model |
# | `LinearSubspaceVolume` | a mean, components, coordinates | continuous variation, principal components |
# | `MixtureVolume` | several volumes and weights | classes, discrete conformations |
# | `TrajectoryVolume` | atoms and frames | molecular dynamics |
# | `ThermalMotionVolume` | atoms and B-factors | frozen phonons, for multislice |
# | `NeuralDensityVolume` | a network of the position | priors on the density, such as its extent |
# | `NeuralFieldVolume` | a network of the frequency | learning from many images, with a latent vector |
#
# To draw atoms on voxels, `GaussianMixtureRenderFn` takes the time of the atoms' neighbourhoods, and `FFTAtomRenderFn`
# that of one FFT for each kind. If none of these is your specimen:
# [Writing your own volume](../03_your_own_volume/).
