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
# # When the weak-phase approximation fails
#
# Nearly all of cryo-EM rests on one line: the image is linear in the projected potential. That line drops two things.
# The specimen has a *depth*, and different depths are at different defocus; and it has a *strength*, so that a part of
# the beam is scattered twice. The library has five theories, which keep the one, the other, both or neither:
#
# | theory | exit wave | depth | strength |
# | --- | --- | --- | --- |
# | `WeakPhaseScattering` | $1 + i\lambda\gamma\int U\,dz$ | no | no |
# | `PhaseObjectScattering` | $\exp(i\lambda\gamma\int U\,dz)$ | no | yes |
# | `EwaldSphereScattering` | $1 + \Phi$, $\tilde\Phi(q) = i\lambda\gamma\,\tilde U(q, -\lambda q^2/2)$ | yes | no |
# | `RytovScattering` | $\exp\Phi$ | yes | nearly |
# | `MultisliceScattering` | slice by slice | yes | yes |
#
# This page shows where they agree, what each gets wrong, and from which thickness on. It is at 100 kV, where all of
# this comes sooner than at 300 kV. `benchmarks/scattering_theories.py` makes the comparison at both voltages and up to
# 3 Å, with its figures in `benchmarks/RESULTS.md`.

# %%
# %matplotlib inline
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from vitreous.constants import interaction_constant, wavelength
from vitreous.grids import ImageConfig, mode_multiplicity, radius
from vitreous.imaging import make_image_model
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.projection import FourierSliceExtraction
from vitreous.scattering import (
    EwaldSphereScattering,
    EwaldSurface,
    MultisliceScattering,
    PhaseObjectScattering,
    RytovScattering,
    WeakPhaseScattering,
    propagate_wave,
)
from vitreous.simulate import embedded_specimen
from vitreous.volumes import (
    FourierVoxelGridVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    displaced_solvent,
    join,
)

BOX, DEPTH, VOXEL_SIZE, KV = 64, 175, 2.0, 100.0  # voxels, voxels, Å, kV
optics = CTF(5_000.0, voltage_kv=KV, cs_mm=2.7, amplitude_contrast=0.07)
theories = {
    "weak phase": WeakPhaseScattering(),
    "phase object": PhaseObjectScattering(),
    "Ewald sphere": EwaldSphereScattering(),
    "Rytov": RytovScattering(),
    "multislice": MultisliceScattering(4.0, depth=DEPTH * VOXEL_SIZE),
}


@eqx.filter_jit
def contrast(theory, volume, optics):
    """The half spectrum of the image's contrast, on pixels as large as the voxels."""
    config = ImageConfig((BOX, BOX), volume.voxel_size)
    return theory.contrast_spectrum(volume, optics, config, integrator=FourierSliceExtraction())


as_volume = eqx.filter_jit(FourierVoxelGridVolume.from_real_voxel_grid)
weight = np.asarray(mode_multiplicity((BOX, BOX)))
frequency = np.asarray(radius(ImageConfig((BOX, BOX), VOXEL_SIZE).frequencies))
# Modes at the Nyquist frequency and beyond are left out.
within = frequency < 0.98 / (2 * VOXEL_SIZE)


def deviation(one, other, where=within):
    """The relative root mean square difference of two spectra."""
    difference = np.abs(np.asarray(one) - np.asarray(other)) ** 2
    return float(np.sqrt((weight * difference)[where].sum() / (weight * np.abs(np.asarray(other)) ** 2)[where].sum()))


# %% [markdown]
# ## A specimen of any thickness
#
# Protein in ice: three cages of the embedded specimen, one behind the other along the beam, against the water that they
# displace. What is farther than half the thickness from the plane z = 0 is cut away.

# %%
atoms = embedded_specimen()
cage = join(GaussianMixtureVolume.from_atoms(atoms), displaced_solvent(atoms))
render = GaussianMixtureRenderFn((58, BOX, BOX), VOXEL_SIZE)
turns = [EulerAnglePose(*angles) for angles in ((10, 50, 70), (0, 0, 20), (80, 25, 130))]
pile = np.concatenate([np.asarray(render(cage.rotate_to_pose(turn))) for turn in turns] + [np.zeros((1, BOX, BOX))])
height = VOXEL_SIZE * (np.arange(DEPTH) - DEPTH // 2)  # z of each plane of voxels


def cut(thickness):
    return np.where((np.abs(height) < thickness / 2)[:, None, None], pile, 0).astype(np.float32)


phase = float(interaction_constant(KV)) * VOXEL_SIZE * pile.sum(0)
print(f"wavelength {float(wavelength(KV)):.4f} Å; phase behind all of it: {phase.min():.2f} to {phase.max():.2f} rad")
half = BOX * VOXEL_SIZE / 2
figure = Figure(figsize=(7, 2.6), layout="constrained")
side, front = figure.subplots(1, 2, width_ratios=(2.7, 1))
side.imshow(pile[:, BOX // 2].T, cmap="gray", extent=(height[0], height[-1], half, -half))
side.set(xlabel="z (Å), along the beam", ylabel="x (Å)", title="slice of the potential")
front.imshow(phase, cmap="gray", extent=(-half, half, half, -half))
front.set(xlabel="x (Å)", title="projection")
figure

# %% [markdown]
# ## Where all agree
#
# Press the whole specimen into one plane and take a thousandth of its potential: it is thin and weak, and the five
# theories give one image.

# %%
flat = np.zeros_like(pile, np.float32)
flat[DEPTH // 2] = 1e-3 * pile.sum(0)
images = {name: contrast(theory, as_volume(flat, VOXEL_SIZE), optics) for name, theory in theories.items()}
for name, image in images.items():
    off = deviation(image, images["weak phase"])
    print(f"{name:13s}{off:.1e}")
    assert off < 2e-3  # terms of second order are a thousandth of the phase; the rest is interpolation

# %% [markdown]
# ## Higher is more defocus
#
# The beam travels along +z, and defocus refers to the plane z = 0. An object at +z is imaged at the defocus plus z. The
# theories that see depth do so by themselves when the object is moved; the other two see only its projection, and for
# all of them the pose's `offset_z` does it.

# %%
slab, moved = as_volume(cut(96.0), VOXEL_SIZE), as_volume(np.roll(cut(96.0), 16, axis=0), VOXEL_SIZE)  # by 32 Å
more_defocus = CTF(5_032.0, voltage_kv=KV, cs_mm=2.7, amplitude_contrast=0.07)
for name in ("Ewald sphere", "Rytov", "multislice"):
    # Rytov's plane belongs into the middle of the object.
    theory = RytovScattering(exit_plane=32.0) if name == "Rytov" else theories[name]
    off = deviation(contrast(theory, moved, optics), contrast(theories[name], slab, more_defocus))
    without = deviation(contrast(theories[name], slab, optics), contrast(theories[name], slab, more_defocus))
    print(f"{name:13s}moved against refocused: {off:.1e}; if the move is ignored: {without:.2f}")
    assert off < 0.005 < 0.05 < without  # what is left is interpolation, and waves cut at the band limit
for name in ("weak phase", "phase object"):
    assert deviation(contrast(theories[name], moved, optics), contrast(theories[name], slab, optics)) < 1e-3


@eqx.filter_jit
def image_at(theory, volume, optics, pose):
    config = ImageConfig((BOX, BOX), VOXEL_SIZE)
    return make_image_model(volume, config, scattering=theory, optics=optics, pose=pose).simulate()


for name in ("weak phase", "phase object"):
    posed = image_at(theories[name], slab, optics, EulerAnglePose(offset_z=32.0))
    refocused = image_at(theories[name], slab, more_defocus, EulerAnglePose())
    assert float(jnp.abs(posed - refocused).max()) < 1e-3 * float(refocused.std())  # rounding


# %% [markdown]
# ## Exit waves
#
# Behind 320 Å of protein the phase object has changed only the phase of the wave; multislice, carried back to the
# middle plane, has structure in the modulus as well. (Amplitude contrast, which absorbs a little, is left out
# here.) What was scattered at the top has spread by the time it leaves.

# %%
thick = as_volume(cut(320.0), VOXEL_SIZE)
no_absorption = CTF(5_000.0, voltage_kv=KV, amplitude_contrast=0.0)


@eqx.filter_jit
def exit_wave(theory, volume):
    config = ImageConfig((BOX, BOX), volume.voxel_size)
    wave = theory.exit_wave(volume, no_absorption, config, integrator=FourierSliceExtraction())
    return propagate_wave(wave, -theory.exit_plane, pixel_size=VOXEL_SIZE, voltage_kv=KV)


waves = {name: np.asarray(exit_wave(theories[name], thick)) for name in ("phase object", "Rytov", "multislice")}
figure = Figure(figsize=(7.5, 4.2), layout="constrained")
for axes, (name, wave) in zip(figure.subplots(2, 3, sharex=True, sharey=True).T, waves.items(), strict=True):
    for row, (values, limits) in enumerate(((np.angle(wave), (-0.1, 0.7)), (np.abs(wave), (0.95, 1.05)))):
        shown = axes[row].imshow(values, cmap="gray", vmin=limits[0], vmax=limits[1], extent=(-half, half, half, -half))
        figure.colorbar(shown, ax=axes[row], label="modulus" if row else "phase (rad)", shrink=0.8)
    axes[0].set_title(name)
    axes[1].set_xlabel("x (Å)")
print({name: f"modulus varies by {np.abs(wave).std():.3f}" for name, wave in waves.items()})
assert np.abs(waves["multislice"]).std() > 2 * np.abs(waves["phase object"]).std()
figure

# %% [markdown]
# ## How far off, and from when on
#
# Each theory against multislice: the relative root mean square difference of the contrast in bands of resolution, for
# five thicknesses. (The cages are hollow; solid protein is stronger. A band that holds a zero of the CTF, as that at
# 6 Å does, has little contrast to compare with and parts sooner.)

# %%
thicknesses = np.array([24.0, 48.0, 96.0, 192.0, 320.0])
resolutions = (20.0, 10.0, 6.0, 4.5)
bands = [within & (frequency > 1 / (1.15 * d)) & (frequency < 1 / (0.85 * d)) for d in resolutions]
simple = [name for name in theories if name != "multislice"]
errors = {name: np.zeros((len(thicknesses), len(bands))) for name in simple}
rings = {}
for i, thickness in enumerate(thicknesses):
    volume = as_volume(cut(thickness), VOXEL_SIZE)
    images = {name: contrast(theory, volume, optics) for name, theory in theories.items()}
    for name in simple:
        errors[name][i] = [deviation(images[name], images["multislice"], where) for where in bands]
        ring = [np.abs(frequency * BOX * VOXEL_SIZE - k) < 1.5 for k in range(3, 31)]
        rings[name] = [deviation(images[name], images["multislice"], within & where) for where in ring]


def limit(of_band):
    """The thickness at which the deviation reaches 10 %, interpolated in logarithms."""
    if of_band.max() < 0.1:
        return np.inf
    last = int(np.argmax(of_band >= 0.1))
    if last == 0:
        return thicknesses[0]
    pair = slice(last - 1, last + 1)
    return np.exp(np.interp(np.log(0.1), np.log(of_band[pair]), np.log(thicknesses[pair])))


limits = {name: [limit(errors[name][:, band]) for band in range(len(bands))] for name in simple}
print("10 % off at (Å):", *(f"{d:>7g} Å" for d in resolutions))
for name in simple:
    print(f"{name:16s}", *(f"{t:9.0f}" for t in limits[name]))

figure = Figure(figsize=(9, 5.6), layout="constrained")
panels = figure.add_gridspec(2, len(resolutions))
bottom = figure.add_subplot(panels[1, :])
for band, d in enumerate(resolutions):
    axes = figure.add_subplot(panels[0, band])
    for name in simple:
        axes.loglog(thicknesses, errors[name][:, band], ".-", label=name)
    axes.axhline(0.1, color="0.5", lw=1, ls=":")
    axes.minorticks_off()
    axes.set_xticks([30, 100, 300], ["30", "100", "300"])
    axes.set(title=f"at {d:g} Å", xlabel="thickness (Å)", ylim=(1e-3, 2))
    if band == 0:
        axes.set_ylabel("deviation")
for name in simple:
    bottom.semilogy(np.arange(3, 31) / (BOX * VOXEL_SIZE), rings[name], label=name)
bottom.set(
    xlabel="spatial frequency (Å$^{-1}$)", ylabel="deviation", title="320 Å thick, by resolution", ylim=(3e-3, 3)
)
bottom.axhline(0.1, color="0.5", lw=1, ls=":")
bottom.legend(ncols=4)
figure

# %% [markdown]
# Weak phase and the phase object miss the depth and part from multislice the sooner, the finer the detail; the phase
# object is better only at low resolution, where strength is what counts. The Ewald sphere has the depth, and parts at
# low resolution with weak phase. Rytov has both and stays close.

# %%
assert limits["weak phase"][3] < limits["weak phase"][1] and limits["phase object"][3] < limits["phase object"][1]
assert limits["Ewald sphere"][3] > limits["weak phase"][3] and limits["phase object"][0] > limits["weak phase"][0]
assert errors["Rytov"].max() < 0.1

# %% [markdown]
# ## Depth of field
#
# How deep may a specimen be before its depth shows? A detail at height $z$ is imaged at the defocus $\Delta f + z$: its
# contrast is not $\sin\chi$ but $\sin(\chi + \pi\lambda q^2 z)$. Weak phase expects $\sin\chi$. For matter spread
# evenly over a thickness $t$, the correlation of what is there with what is expected, over many $\chi$, is
#
# $$ \frac1t \int_{-t/2}^{t/2} \cos(\pi\lambda q^2 z)\,dz = \operatorname{sinc}\left(\tfrac12 \lambda q^2 t\right). $$
#
# The common rule for the depth of field, $t = 2 \cdot 0.7\, q^{-2}/\lambda$ (DeRosier 2000), is where this has fallen
# to $\operatorname{sinc}(0.7) = 0.37$. Here it is on a specimen without any structure of its own, white noise 120 Å
# deep on voxels of 0.75 Å, as the ring correlation of the Ewald sphere's image with that of weak phase.

# %%
fine, deep = 0.75, 120.0
q_fine = frequency * VOXEL_SIZE / fine
ring_of = np.rint(q_fine * BOX * fine).astype(int)
rng = np.random.default_rng(0)
sums = np.zeros((3, BOX // 2))
for defocus in (5_000.0, 5_300.0, 5_700.0, 6_200.0):
    noise = 1e-3 * rng.normal(size=pile.shape).astype(np.float32)
    noise *= (np.abs(height) * fine / VOXEL_SIZE < deep / 2)[:, None, None]
    volume = as_volume(noise, fine)
    lens = CTF(defocus, voltage_kv=KV, cs_mm=2.7, amplitude_contrast=0.07)
    there, expected = (np.asarray(contrast(theories[n], volume, lens)) for n in ("Ewald sphere", "weak phase"))
    for row, product in enumerate(((there * expected.conj()).real, np.abs(there) ** 2, np.abs(expected) ** 2)):
        sums[row] += np.bincount(ring_of.ravel(), (weight * product).ravel(), BOX)[: BOX // 2]
correlation = sums[0, 4:] / np.sqrt(sums[1, 4:] * sums[2, 4:])
q = np.arange(4, BOX // 2) / (BOX * fine)
predicted = np.sinc(float(wavelength(KV)) * q**2 * deep / 2)
# Rings beyond the tenth hold 30 independent modes or more in each of four images: a standard error of 0.09.
assert np.abs(correlation - predicted)[6:].max() < 0.3 and np.abs((correlation - predicted)[6:].mean()) < 0.05
rule = np.sqrt(2 * 0.7 / (deep * float(wavelength(KV))))
print(f"120 Å are the depth of field at {1 / rule:.2f} Å")
figure = Figure(figsize=(7, 3), layout="constrained")
axes = figure.add_subplot()
axes.plot(q, predicted, label=r"sinc$(\lambda q^2 t/2)$")
axes.plot(q, correlation, "o", ms=3, label="Ewald sphere with weak phase")
axes.axvline(rule, color="0.5", lw=1, ls=":", label="the rule")
axes.set(xlabel="spatial frequency (Å$^{-1}$)", ylabel="ring correlation", ylim=(-0.3, 1.05))
axes.legend()
figure

# %% [markdown]
# ## Which way the sphere is curved
#
# In a projection the two sides of the spectrum belong together, $\tilde U(-q, 0) = \tilde U(q, 0)^*$: that is Friedel's
# symmetry, and by it an object and its mirror image behind the plane z = 0 cast the same projection. On a curved slice
# the partner of $\tilde U(q, q_z)$ is $\tilde U(-q, -q_z)$, which lies on the sphere curved the other way, so the two
# sides are independent and the hand shows. `reverse_curvature` is for maps of the wrong hand: it gives what the mirror
# image would give.

# %%
mirrored = as_volume(cut(320.0)[::-1], VOXEL_SIZE)  # an odd number of planes: z = 0 stays in place
twins = {
    name: deviation(contrast(theories[name], mirrored, optics), contrast(theories[name], thick, optics))
    for name in theories
}
for name, off in twins.items():
    print(f"{name:13s}the mirror image differs by {off:.4f}")
assert twins["weak phase"] < 1e-3 and twins["phase object"] < 1e-3  # rounding
assert min(twins["Ewald sphere"], twins["Rytov"], twins["multislice"]) > 0.1
ewald = contrast(theories["Ewald sphere"], thick, optics)
reversed_ = contrast(EwaldSphereScattering(reverse_curvature=True), mirrored, optics)
paraboloid = contrast(EwaldSphereScattering(EwaldSurface.PARABOLOID), thick, optics)
print(f"the mirror image on the reversed sphere: {deviation(reversed_, ewald):.1e}")
print(f"paraboloid against sphere: {deviation(paraboloid, ewald):.1e}")
assert deviation(reversed_, ewald) < 1e-3 and deviation(paraboloid, ewald) < 1e-4

lambda_ = float(wavelength(KV))
plane = ImageConfig((BOX, BOX), VOXEL_SIZE).frequencies


@jax.jit
def on_sphere(volume, sign):
    """The spectrum at +q (sign 1), or that at −q as its Friedel mate would have it (sign −1)."""
    points = jnp.concatenate([plane, -sign * lambda_ / 2 * jnp.sum(plane**2, -1, keepdims=True)], axis=-1)
    return volume.values_at(points)


figure = Figure(figsize=(7, 3), layout="constrained")
axes = figure.add_subplot()
ring_of = np.rint(frequency * BOX * VOXEL_SIZE).astype(int).ravel()
q = np.arange(BOX // 2) / (BOX * VOXEL_SIZE)
for thickness in (48.0, 96.0, 320.0):
    volume = as_volume(cut(thickness), VOXEL_SIZE)
    plus, minus = (np.asarray(on_sphere(volume, sign)) for sign in (1.0, -1.0))
    products = ((plus * minus.conj()).real, np.abs(plus) ** 2, np.abs(minus) ** 2)
    both, one, other = (np.bincount(ring_of, (weight * p).ravel(), BOX)[: BOX // 2] for p in products)
    axes.plot(q[1:], (both / np.sqrt(one * other))[1:], label=f"{thickness:.0f} Å thick")
axes.set(xlabel="spatial frequency (Å$^{-1}$)", ylabel="correlation of Friedel mates", ylim=(-0.4, 1.05))
axes.legend()
figure

# %% [markdown]
# To use the sphere in place of weak phase, give `make_image_model(..., scattering=EwaldSphereScattering())`; every
# theory is differentiable in the volume, the pose and the optics like the rest.
