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
# # Ice and detectors
#
# Two kinds of noise hide a particle. The water around it has a structure of its own, which the beam sees as well as it
# sees the protein: that is *structural* noise. And electrons are counted, a few to a pixel: that is *shot* noise. More
# electrons help against the second and not against the first. This page draws both, measures their spectra on the
# drawn images, finds the dose at which one exceeds the other, and then puts a real camera behind them.
#
# Lengths are in Å and doses in electrons per Å². Each number in the text is printed or asserted by the code.

# %%
# %matplotlib inline
import tempfile
from functools import partial
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from vitreous import report
from vitreous.constants import interaction_constant
from vitreous.detector import (
    DetectorCurves,
    DirectDetector,
    Gain,
    GaussianDetector,
    IdealPixel,
    InelasticLoss,
    PoissonDetector,
    sample_frames,
    split_counts,
)
from vitreous.filters import noise_power
from vitreous.grids import ImageConfig, irfftn
from vitreous.ice import (
    EmpiricalIce,
    ExplicitWater,
    ExponentialNoiseIce,
    GaussianRandomFieldIce,
    WaterBox,
    ice_thickness,
    inelastic_mean_free_path,
)
from vitreous.imaging import make_image_model
from vitreous.optics import CTF
from vitreous.simulate import embedded_specimen
from vitreous.volumes import (
    FourierVoxelGridVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    displaced_solvent,
    join,
)


def along_x(frequency):
    """Frequency vectors (x, y) of the given lengths."""
    return jnp.stack([jnp.asarray(frequency), jnp.zeros_like(jnp.asarray(frequency))], axis=-1)


def mean_power(images, pixel_size):
    """The radial spectrum of noise, averaged over images: frequencies (Å⁻¹) and variances per pixel."""
    frequency, power = spectra_of(images, pixel_size)
    return np.asarray(frequency[0]), np.asarray(power.mean(0))


@jax.jit
def spectra_of(images, pixel_size):
    return jax.vmap(lambda image: noise_power(image, pixel_size=pixel_size))(images)


# %% [markdown]
# ## Ice as a random field
#
# A layer of ice is, for the beam, its projected potential less the mean, $V(x, y) = \int U\,dz - \langle\cdot\rangle$
# in Å⁻¹. Amorphous ice has no order that could show in an image, so a Gaussian random field describes it, and such a
# field is known by its spectral density $S(q)$. `GaussianRandomFieldIce` takes that of water molecule by molecule,
# $S(q) = n\,t\,s(q)$ for $n$ molecules per Å³ and a thickness $t$, with the form of Parkhurst and others (2024).
# `ExponentialNoiseIce` is noise whose correlations decay as $e^{-r/\ell}$, handy when all one wants is some colour.

# %%
config = ImageConfig((128, 128), 1.0)
water = GaussianRandomFieldIce(300.0)
exponential = ExponentialNoiseIce(variance=8.0, correlation_length=6.0)


@partial(jax.jit, static_argnums=1)
def draw(ice, images, key):
    return jax.vmap(lambda key: ice.sample(config, key=key))(jax.random.split(key, images))


layers = {"water": draw(water, 8, jax.random.key(0)), "exponential": draw(exponential, 8, jax.random.key(1))}
report.image_grid([sample[0] for sample in layers.values()], pixel_size=1.0, titles=list(layers))

# %% [markdown]
# `EmpiricalIce` has a spectrum that was measured: here on eight of these samples, in a microscope on images of empty
# ice. The lines below are the models, the dots what eight drawn images have. On pixels of size $p$ the variance per
# pixel is $S/p^2$.

# %%
measured_ice = EmpiricalIce.from_micrographs(layers["water"], pixel_size=1.0)
layers["measured on the first"] = draw(measured_ice, 8, jax.random.key(2))
figure = Figure(figsize=(7, 3.2), layout="constrained")
axes = figure.add_subplot()
for ice, (name, sample), marker in zip((water, exponential, measured_ice), layers.items(), "o^.", strict=True):
    frequency, power = mean_power(sample, 1.0)
    expected = np.asarray(ice.spectral_density(along_x(frequency)))
    (line,) = axes.semilogy(frequency, expected, lw=1)
    axes.semilogy(frequency[2::3], power[2::3], marker, ms=3, color=line.get_color(), label=name)
    # Shells beyond the 12th hold 37 independent modes or more in each of 8 images: the ratio's standard error is
    # below 6 %, and that of the mean over all shells below 1 %.
    ratio = power[12:] / expected[12:]
    assert abs(ratio - 1).max() < 0.25 and abs(ratio.mean() - 1) < 0.02, name
axes.set(xlabel="spatial frequency (Å$^{-1}$)", ylabel="power $S/p^2$ (Å$^{-2}$)", ylim=(0.1, 3e3))
axes.legend()
figure

# %% [markdown]
# ## Water, molecule by molecule
#
# `ExplicitWater` fills the field of view with molecules from a box that was relaxed by molecular dynamics. One usually
# has such a file (`WaterBox.from_atoms(read_atoms("water.pdb"), side)`). To have one here, we let 125 molecules relax
# in the coarse-grained potential of Molinero & Moore (2009), in which a molecule is a point that likes four neighbours
# at tetrahedral angles. Its three-body term $(\cos\vartheta + \frac13)^2$, summed over pairs of neighbours, is a sum
# of squares of moments, so that it costs no more than the pairs. `jax.grad` gives the forces.

# %%
COUNT, STEPS = 125, 800
SIDE = float((COUNT * 18.01528 / 0.602214076 / 0.94) ** (1 / 3))  # Å, at 0.94 g/cm³
SIGMA, WELL_KCAL = 2.3925, 6.189  # Å, kcal/mol


def energy(points):
    """In units of the well's depth."""
    r = points[:, None] - points
    r = (r - SIDE * jnp.round(r / SIDE)) / SIGMA
    squares = jnp.sum(r**2, axis=-1) + 99 * jnp.eye(COUNT)
    near = squares < 1.799**2
    d = jnp.sqrt(jnp.where(near, squares, 1.0))
    tail = jnp.where(near, jnp.exp(1 / (d - 1.8)), 0.0)
    pairs = 7.049556277 * (0.6022245584 / d**4 - 1) * tail
    weight, direction = tail**1.2, r / d[..., None]
    weighted = weight[..., None] * direction
    moments = weight.sum(1) / 3, weighted.sum(1) * (2 / 3) ** 0.5, jnp.einsum("ijx,ijy->ixy", weighted, direction)
    angles = sum(jnp.sum(moment**2) for moment in moments) - 16 / 9 * jnp.sum(weight**2)
    return pairs.sum() / 2 + 23.15 * angles / 2


@jax.jit
def cooled(points, key):
    """Brownian motion while the temperature falls from 500 to 100 K."""

    def step(i, points):
        temperature = 0.0019872 / WELL_KCAL * (500 - 400 * i / STEPS)
        push = jnp.clip(-0.002 * jax.grad(energy)(points), -0.05, 0.05)  # Å; at first molecules overlap
        kick = jnp.sqrt(0.004 * temperature) * jax.random.normal(jax.random.fold_in(key, i), points.shape)
        return points + push + kick

    return jax.lax.fori_loop(0, STEPS, step, points)


oxygens = cooled(SIDE * jax.random.uniform(jax.random.key(3), (COUNT, 3)), jax.random.key(4))
per_molecule = float(energy(oxygens)) * WELL_KCAL / COUNT
print(f"energy: {per_molecule:.1f} kcal/mol for each molecule")
assert per_molecule < -9.3  # liquid water in this model has about −10; molecules that overlap, more than 0

# %% [markdown]
# Each oxygen gets two hydrogens, towards two of its nearest neighbours that do not point back at it.

# %%
centres = np.asarray(oxygens, np.float64)
apart = centres[None] - centres[:, None]
apart -= SIDE * np.round(apart / SIDE)
distance = np.linalg.norm(apart, axis=-1) + 99 * np.eye(COUNT)
bonds = {}
for i in range(COUNT):
    free = [int(j) for j in np.argsort(distance[i]) if i not in bonds.get(int(j), ())]
    bonds[i] = free[:2]
hydrogens = [[centres[i] + 0.957 * apart[i, j] / distance[i, j] for j in bonds[i]] for i in range(COUNT)]
box = WaterBox(np.concatenate([centres[:, None], hydrogens], axis=1), SIDE)

field = ImageConfig((56, 56), 1.0)
explicit, same_thickness = ExplicitWater(box, 90.0), GaussianRandomFieldIce(90.0)


@jax.jit
def molecules_drawn(keys):
    return jax.lax.map(lambda key: explicit.sample(field, key=key), keys)


samples = molecules_drawn(jax.random.split(jax.random.key(5), 8))
frequency, power = mean_power(samples, 1.0)
model = np.asarray(same_thickness.spectral_density(along_x(frequency)))

# %% [markdown]
# The box is 16 Å wide and repeats, so the power stands in rings at multiples of $1/16$ Å⁻¹; averaged over bands of that
# width it compares with the field, whose numbers come from other simulations of water (a larger box has no such
# rings). Below 0.16 Å⁻¹ layers that do not know each other add power, and are left out.

# %%
band = np.floor(frequency * SIDE + 0.5).astype(int)  # one ring in each
bands = [np.flatnonzero(band == k) for k in range(3, 8)]
centre, of_molecules, of_field = (np.array([a[b].mean() for b in bands]) for a in (frequency, power, model))
for values in zip(centre, of_molecules, of_field, strict=True):
    print("{:.2f} Å⁻¹: {:5.1f} Å⁻² of molecules, {:5.1f} of the field".format(*values))
all_bands = of_molecules.sum() / of_field.sum()
print(f"all bands: {all_bands:.2f} of the field's power")
# One box of 125 molecules: some ten independent peaks to a ring, which give it to a third; all rings to a tenth or so.
assert abs(all_bands - 1) < 0.25 and np.all(abs(np.log(of_molecules / of_field)) < np.log(2))
figure = Figure(figsize=(7, 3.2), layout="constrained")
picture, axes = figure.subplots(1, 2, width_ratios=(1, 1.7))
picture.imshow(samples[0], cmap="gray", extent=(-28, 28, 28, -28))
picture.set(xlabel="x (Å)", ylabel="y (Å)", title="90 Å of molecules")
axes.plot(frequency[1:], model[1:], label="random field")
axes.plot(frequency[1:], power[1:], ".", ms=3, color="0.6", label="molecules")
axes.plot(centre, of_molecules, "o", label="molecules, in bands")
axes.set(xlabel="spatial frequency (Å$^{-1}$)", ylabel="power (Å$^{-2}$)", ylim=(0, None))
axes.legend()
figure

# %% [markdown]
# What explicit molecules can do and a field cannot is to make room. Given the atoms of a specimen, here one subunit of
# the embedded cage, those whose oxygen is within a `clearance` of one of them are left out, and two samples of one key
# differ by exactly these. With 2.4 Å the first molecules are where they are found around proteins. But the hole is then
# larger than the protein, of which `displaced_solvent` knows the volume from tables: water that relaxes around one
# crowds at its surface, and water that was cut does not. A hole of the right mass has 1.7 Å, the default.

# %%
cage = embedded_specimen()
subunit, _ = cage.select(cage.chains == "A").centred()
filled = ExplicitWater(box, 60.0)
cleared = ExplicitWater(box, 60.0, specimen=subunit.positions)
key = jax.random.key(6)


@jax.jit
def around(clearance):
    return eqx.tree_at(lambda ice: ice.clearance, cleared, clearance).sample(field, key=key)


whole = jax.jit(lambda: filled.sample(field, key=key))()
displaced = float(displaced_solvent(subunit).amplitudes.sum())
holes = {clearance: around(clearance) - whole for clearance in (1.7, 2.4)}
for clearance, hole in holes.items():
    print(f"clearance {clearance} Å: {float(hole.sum()):.0f} Å missing; displaced_solvent: {displaced:.0f} Å")
# Some 300 molecules are missing, and their number is known to a few per cent.
assert abs(float(holes[1.7].sum()) / displaced - 1) < 0.15 and float(holes[2.4].sum()) / displaced > 1.3
pictures = {"water": whole, "around a protein": around(1.7), "difference": holes[1.7]}
report.image_grid(list(pictures.values()), pixel_size=1.0, titles=list(pictures))

# %% [markdown]
# ## Ice in an image
#
# `make_image_model` takes an ice, draws it anew for each key, and images it with the particle: the projection of the
# ice, times $\lambda\gamma$, is a phase that the lens turns into contrast. Below is the whole cage, without noise of
# counting: in vacuum, in 300 Å of ice that stands still, and in ice that moves as molecules do in the beam, a mean
# square of 1.1 Å² for each electron per Å², which averages the finest of its structure away during the exposure.

# %%
DOSE = 40.0
volume = join(GaussianMixtureVolume.from_atoms(cage), displaced_solvent(cage))
grid = GaussianMixtureRenderFn((72, 72, 72), 2.0)(volume)
particle = FourierVoxelGridVolume.from_real_voxel_grid(grid, 2.0)
frame, optics = ImageConfig((128, 128), 2.0), CTF(12_000.0)
ices = {"vacuum": None, "still ice": water, "moving ice": GaussianRandomFieldIce(300.0, dose_per_a2=DOSE)}
simulate = eqx.filter_jit(lambda model, key: model.simulate(rng_key=key))
models = {name: make_image_model(particle, frame, optics=optics, ice=ice) for name, ice in ices.items()}
seen = {name: simulate(model, jax.random.key(7)) for name, model in models.items()}
report.image_grid(jnp.stack(list(seen.values())), pixel_size=2.0, titles=list(seen))

# %% [markdown]
# ## Structural noise against shot noise
#
# A pixel of $p$ Å receives $\mu = D p^2 (1 + 2C)$ electrons at the dose $D$. Counting them gives $C$ an error of
# variance $1/(4 D p^2)$, whose spectral density is $1/(4D)$ at every frequency. That of the ice is
# $(\lambda\gamma)^2\,\mathrm{CTF}^2(q)\,S(q)$. The two are equal at the dose
#
# $$ D^*(q) = \frac{1}{4\, (\lambda\gamma)^2\, \mathrm{CTF}^2(q)\, S(q)}, $$
#
# whatever the pixel size. Where the water moves, $S$ itself falls with the dose, and the question becomes how far it
# exceeds $1/(4D)$ at the dose that is used. First the check, on counted images of still ice at the dose of equality at
# 1/2.88 Å⁻¹ for a full transfer. `GaussianDetector` draws normal variables of the variance that counts have, which for
# a spectrum is as good and quicker.

# %%
coupling = float(interaction_constant(300.0))


def structural(ice, frequency, transfer=1.0):
    return coupling**2 * np.asarray(transfer) ** 2 * np.asarray(ice.spectral_density(along_x(frequency)))


peak = np.array([1 / 2.88])
dose_at_peak, dose_at_low = (float(1 / (4 * structural(water, q)[0])) for q in (peak, np.array([0.02])))
print(f"300 Å of still ice exceeds shot noise above {dose_at_peak:.1f} e/Å² at 2.88 Å, {dose_at_low:.0f} e/Å² at 50 Å")
assert dose_at_peak < 10 < dose_at_low < DOSE

lens = CTF(5_000.0)
transfer = lens(config.frequencies)
camera = GaussianDetector(dose_at_peak, 1.0)


@jax.jit
def counted_ice(keys):
    def one(key):
        drawn, counting = jax.random.split(key)
        phase = coupling * water.sample_spectrum(config, key=drawn)
        contrast = irfftn(transfer * phase, config.shape)
        return camera.contrast_from_counts(camera.sample(contrast, key=counting))

    return jax.vmap(one)(keys)


frequency, power = mean_power(counted_ice(jax.random.split(jax.random.key(8), 12)), 1.0)
shot = 1 / (4 * dose_at_peak)
expected = shot + structural(water, frequency, lens(along_x(frequency)))
# 12 images, 60 independent modes or more in each shell beyond the 20th: 4 %; the CTF is taken at the shell's middle.
assert abs(power[20:50].mean() / expected[20:50].mean() - 1) < 0.05

figure = Figure(figsize=(9, 3.3), layout="constrained")
left, right = figure.subplots(1, 2)
left.plot(frequency, expected, lw=1, label="shot noise + ice")
left.plot(frequency[1:], power[1:], ".", ms=3, label="counted images")
left.axhline(shot, color="k", lw=1, ls=":", label="shot noise")
left.set(title=f"still ice, {dose_at_peak:.1f} e/Å²", ylabel="power of the contrast (Å²)", ylim=(0, None))
q = np.linspace(0.005, 0.5, 200)
for dose in (10.0, 40.0, 160.0):
    moving = GaussianRandomFieldIce(300.0, dose_per_a2=dose)
    right.semilogy(q, 4 * dose * structural(moving, q), label=f"moving, {dose:.0f} e/Å²")
right.semilogy(q, 4 * DOSE * structural(water, q), "k:", label="still, 40 e/Å²")
right.axhline(1, color="0.5", lw=1)
right.set(title="ice over shot noise, full transfer", ylabel="ratio", ylim=(0.03, 30))
for axes in (left, right):
    axes.set(xlabel="spatial frequency (Å$^{-1}$)")
    axes.legend(fontsize=8)
figure

# %% [markdown]
# Still ice would drown everything near 2.88 Å. Moving ice does not: the faster water moves past a detail, the more of
# its patterns one exposure averages, and for a large dose the ratio tends to a constant below 1 there. At low frequency
# motion does not help, and beyond some 30 electrons per Å² more dose shows more of the ice and no more of the particle.

# %%
ends = np.array([0.02, 1 / 2.88])
ratio = {dose: 4 * dose * structural(GaussianRandomFieldIce(300.0, dose_per_a2=dose), ends) for dose in (DOSE, 1e4)}
print(f"ice over shot noise at 40 e/Å²: {ratio[DOSE][0]:.2f} at 50 Å, {ratio[DOSE][1]:.2f} at 2.88 Å")
print(f"at 2.88 Å it stays below {ratio[1e4][1]:.2f} at any dose")
assert ratio[DOSE][0] > 1 > ratio[1e4][1] > ratio[DOSE][1]  # the dose helps only where water moves away

# %% [markdown]
# ## Electrons that are lost
#
# Ice also takes electrons away. The fraction $e^{-t/\Lambda}$ passes without loss of energy and carries the contrast;
# an energy filter stops the rest, and without one it arrives as a background. From an image of each kind the thickness
# follows, $t = \Lambda \ln(I/I_\mathrm{zlp})$.

# %%
for kv in (100.0, 200.0, 300.0):
    path = inelastic_mean_free_path(kv)
    passed = [float(InelasticLoss(t, path).zero_loss_fraction) for t in (300.0, 1000.0)]
    print(f"{kv:.0f} kV: Λ = {float(path):.0f} Å; {passed[0]:.0%} pass 300 Å, {passed[1]:.0%} pass 1000 Å")

blank = jnp.zeros(config.shape)
with_filter, without_filter = (
    PoissonDetector(DOSE, 1.0, loss=InelasticLoss(600.0, energy_filter=slit)).sample(blank, key=jax.random.key(9))
    for slit in (True, False)
)
thickness = float(ice_thickness(without_filter.mean(), with_filter.mean()))
print(f"thickness from the counts: {thickness:.0f} Å; true: 600 Å")
# Each mean is known to 1/√(40 · 128²) = 0.12 %, so the thickness to 0.0018 · 3950 Å = 7 Å.
assert abs(thickness - 600) < 30

# %% [markdown]
# ## Cameras
#
# `PoissonDetector` counts every electron once, in its own pixel. `GaussianDetector` is its limit for many counts, and
# its samples have derivatives. A real camera spreads the electrons and loses some, which three numbers at each
# frequency describe: the MTF multiplies the signal's spectrum, the NTF squared the noise's power, and
#
# $$ \mathrm{DQE}(q) = \mathrm{DQE}(0)\, \mathrm{MTF}^2(q) / \mathrm{NTF}^2(q) $$
#
# is what is left of the squared signal-to-noise ratio. Camera makers and RELION give the MTF as a STAR file. Here is a
# made-up one, and two cameras that share it. One counts, and its noise stays white; one integrates what each electron
# leaves in several pixels, so that its noise is blurred like the signal. The file cannot tell them apart: you must.

# %%
cycles = np.linspace(0, 0.5, 11)
rows = "\n".join(f"{x:.2f} {np.sinc(x) * np.exp(-((x / 0.55) ** 2)):.4f}" for x in cycles)
star = Path(tempfile.mkdtemp()) / "mtf_example.star"
star.write_text(f"data_mtf\n\nloop_\n_rlnResolutionInversePixel\n_rlnMtfValue\n{rows}\n")
cameras = {
    "counting": DetectorCurves.from_star(star, dqe_zero=0.9),
    "integrating": DetectorCurves.from_star(star, blurs_noise=True, dqe_zero=0.6),
    "ideal pixel": IdealPixel(),
}
# A weak wave of a quarter of a cycle per pixel.
wave = jnp.broadcast_to(0.02 * jnp.cos(2 * jnp.pi * 0.25 * jnp.arange(128)), (128, 128))
figure = Figure(figsize=(9, 3.3), layout="constrained")
left, right = figure.subplots(1, 2)
for name, curves in cameras.items():
    detector = DirectDetector(DOSE, 1.0, curves, gaussian=True)  # many counts: quicker, and of the same spectrum
    flats = jax.jit(jax.vmap(lambda key, d=detector: d.sample(blank, key=key)))(jax.random.split(jax.random.key(10), 8))
    frequency, power = mean_power(flats, 1.0)
    expected = DOSE * np.asarray(curves.ntf(along_x(frequency))) ** 2 / float(curves.dqe_zero)
    # Shells beyond the 12th, as above: 6 % each, 1 % together.
    assert abs((power[12:] / expected[12:]).mean() - 1) < 0.03, name
    shown = np.ptp(detector.expected_counts(wave)) / np.ptp(PoissonDetector(DOSE, 1.0).expected_counts(wave))
    assert abs(shown - float(curves.mtf(jnp.array([0.25, 0.0])))) < 1e-3  # the MTF, to rounding in single precision
    (line,) = left.plot(frequency, expected, lw=1)
    left.plot(frequency[1:], power[1:], ".", ms=3, color=line.get_color(), label=name)
    right.plot(frequency, curves.dqe(along_x(frequency)), color=line.get_color(), label=name)
left.set(title="noise of empty images, 40 e/pixel", ylabel="power (electrons$^2$ per pixel)", ylim=(0, None))
right.set(title="what is left of SNR$^2$", ylabel="DQE", ylim=(0, 1.02))
for axes in (left, right):
    axes.set(xlabel="cycles per pixel")
    axes.legend(fontsize=8)
figure

# %% [markdown]
# ## Gain and frames
#
# Pixels do not count alike. `Gain` is measured on images of the empty beam and corrects raw ones; a dead pixel stays 0.

# %%
rng = np.random.default_rng(0)
unlike = rng.normal(1.0, 0.1, (64, 64)).astype(np.float32)
unlike[40, 60] = 0.0
true_gain = Gain(unlike)
poisson = PoissonDetector(DOSE, 1.0)
flats = jax.vmap(lambda key: true_gain.apply(poisson.sample(jnp.zeros((64, 64)), key=key)))(
    jax.random.split(jax.random.key(11), 100)
)
gain = Gain.from_flat_images(flats)
alive = unlike > 0
off = np.std(np.asarray(gain.reference)[alive] / unlike[alive])
print(f"relative error of the gain from 100 images: {off:.4f}; 1/√counts: {1 / np.sqrt(100 * DOSE):.4f}")
assert abs(off * np.sqrt(100 * DOSE) - 1) < 0.05 and gain.reference[40, 60] == 0

# %% [markdown]
# A movie divides the dose. `sample_frames` takes the contrast in each frame, so a specimen may drift; `split_counts`
# divides an exposure that has been counted, electron by electron. Summed without alignment, a drift blurs.

# %%
still = seen["moving ice"]
drifting = jnp.stack([jnp.roll(still, 2 * i, axis=1) for i in range(8)])  # 4 Å from frame to frame
detector = PoissonDetector(DOSE, 2.0)
movie = jax.jit(lambda contrasts: sample_frames(detector, contrasts, key=jax.random.key(12)))(drifting)
aligned = sum(jnp.roll(one, -2 * i, axis=1) for i, one in enumerate(movie))
exposure = detector.sample(still, key=jax.random.key(13))
parts = jax.jit(lambda counts: split_counts(counts, 4, key=jax.random.key(14)))(exposure)
assert jnp.array_equal(parts.sum(0), exposure)  # each electron is in one frame
report.image_grid(
    [movie[0], movie.sum(0), aligned], pixel_size=2.0, titles=["one frame of eight", "sum", "sum, aligned"]
)

# %% [markdown]
# ## All of it
#
# The cage in moving ice, with electrons lost in it, and counted by the three cameras.

# %%
loss = InelasticLoss(300.0)
micrographs = [DirectDetector(DOSE, 2.0, c, loss=loss).sample(still, key=jax.random.key(15)) for c in cameras.values()]
report.image_grid(jnp.stack(micrographs), pixel_size=2.0, titles=list(cameras))
