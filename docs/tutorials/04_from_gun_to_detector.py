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
# # Image formation in depth: from gun to detector
#
# [From atoms to a noisy image](../01_image_formation/) goes through image formation once. This page goes again and asks
# why: why the wave is turned by so little, why the lens must be out of focus, why it then spreads every point, where
# the noise comes from, and what the camera and the beam's damage take away. Where the text makes a claim, an `assert`
# beside it checks the claim.

# %%
# %matplotlib inline
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from vitreous import report
from vitreous.constants import interaction_constant, lorentz_factor, wavelength
from vitreous.detector import DetectorCurves, DirectDetector, Gain, InelasticLoss, PoissonDetector, sample_frames
from vitreous.grids import ImageConfig, crop, frequencies, irfftn, pad, radius, rfftn, shell_average
from vitreous.ice import inelastic_mean_free_path
from vitreous.imaging import make_image_model
from vitreous.optics import (
    CTF,
    Aberrations,
    DamageEnvelope,
    DoseFilter,
    Microscope,
    SpatialEnvelope,
    TemporalEnvelope,
    aliasing_box,
    critical_exposure,
    dose_weights,
    optimal_exposure,
)
from vitreous.poses import EulerAnglePose
from vitreous.projection import GaussianMixtureProjection
from vitreous.simulate import embedded_specimen
from vitreous.volumes import GaussianMixtureVolume, displaced_solvent, join


def panels(*labels, height=2.8):
    """A figure with a row of axes, each with a label for x and one for y."""
    figure = Figure(figsize=(9.2, height), layout="constrained")
    for axes, (x, y) in zip(figure.subplots(1, len(labels), squeeze=False)[0], labels, strict=True):
        axes.set(xlabel=x, ylabel=y)
    return figure, figure.axes


FREQUENCY = "spatial frequency (Å⁻¹)"

# %% [markdown]
# ## The gun
#
# An electron that has fallen through 300 kV moves at three quarters of the speed of light. Its wavelength $\lambda$ is
# fifty times finer than an atom, so it is not the wavelength that limits the resolution. What the specimen does to the
# wave is measured by the interaction constant $\lambda\gamma$, with the Lorentz factor $\gamma$: it equals
# $\lambda_C/\beta$, the Compton wavelength over the speed in units of light's. A faster electron has less time in the
# specimen, and is turned by less.

# %%
voltages = np.array([100.0, 200.0, 300.0])
beta = np.sqrt(1 - 1 / np.asarray(lorentz_factor(voltages)) ** 2)
strength = np.asarray(interaction_constant(voltages))
for row in zip(voltages, np.asarray(wavelength(voltages)), beta, strength, strict=True):
    print("{:.0f} kV: wavelength {:.5f} Å, v/c {:.3f}, interaction constant {:.5f} Å".format(*row))
assert np.allclose(strength * beta, 0.0242631, rtol=1e-5)  # the Compton wavelength h/m₀c in Å, at every voltage

# %% [markdown]
# ## The specimen
#
# Each atom is a peak of potential whose integral over space is its scattering factor at zero angle, $a$, and a thin
# specimen acts by its projection. Whatever the pose, the projection integrates to $\int U\,d^3r = \sum a$. The specimen
# is the protein cage of the first tutorial, its displaced water subtracted.

# %%
atoms = embedded_specimen()
volume = join(GaussianMixtureVolume.from_atoms(atoms), displaced_solvent(atoms))
config = ImageConfig((192, 192), 1.5)
pose = EulerAnglePose(20.0, 70.0, 30.0)
projector = GaussianMixtureProjection(shape=(100, 100))  # the rest of the image is empty
projection = jax.jit(lambda pose: projector.integrate(volume.rotate_to_pose(pose), config, True))(pose)
integral, total = float(projection.sum()) * config.pixel_size**2, float(volume.amplitudes.sum())
print(f"the projection integrates to {integral:.0f} Å; the scattering factors sum to {total:.0f} Å")
assert abs(integral / total - 1) < 1e-4  # float32 sums of 37 000 pixels

# %% [markdown]
# The wave behind the specimen is $\psi = e^{i\phi}$ with $\phi = \lambda\gamma\int U\,dz$. For a weak phase it is
# $1 + i\phi$, and the part left out is $\phi^2/2$ at most.

# %%
phase = interaction_constant(300.0) * projection
left_out = jnp.abs(jnp.exp(1j * phase) - 1 - 1j * phase)
print(f"phase: at most {float(phase.max()):.3f} rad; left out by the weak-phase theory: {float(left_out.max()):.4f}")
assert bool(jnp.all(left_out <= phase**2 / 2 + 1e-6))

# %% [markdown]
# ## Why out of focus
#
# A perfect lens in focus would show $|\psi|^2 = |e^{i\phi}|^2 = 1$: nothing. A real lens turns the scattered wave of
# frequency $q$ against the unscattered one by
#
# $$\chi(q) = \pi\lambda\,\Delta f\,q^2 - \tfrac12\pi C_s\lambda^3 q^4, \qquad
# |\psi|^2 = \left|1 + i\,\mathcal F^{-1}\bigl[e^{i\chi}\tilde\phi\bigr]\right|^2
# \approx 1 - 2\,\mathcal F^{-1}\bigl[\sin\chi\;\tilde\phi\bigr]$$
#
# because $\phi$ is real and $\chi$ even. With $|\psi|^2 = 1 + 2C$ the contrast $C$ is the phase times
# $\mathrm{CTF} = -\sin\chi$. The fraction $w$ of the scattering that removes electrons (amplitude contrast) adds
# $\arcsin w$ to $\chi$, and so does a phase plate its phase. Here is the exact wave, in focus and out of it, beside the
# linear formula. What that leaves out is quadratic, so a specimen half as strong is imaged with half the error.
# (`vitreous.scattering` has the theories that leave out less.)

# %%
q = config.frequencies
all_q = jnp.stack(jnp.meshgrid(*[jnp.fft.fftfreq(192, config.pixel_size)] * 2), axis=-1)
perfect, defocused = (CTF(focus, cs_mm=cs, amplitude_contrast=0.0) for focus, cs in ((0.0, 0.0), (12_000.0, 2.7)))


@jax.jit
def exact_and_linear(optics, phase, all_q):
    wave = jnp.fft.ifft2(jnp.fft.fft2(jnp.exp(1j * phase)) * optics.wave_transfer(all_q))
    return (jnp.abs(wave) ** 2 - 1) / 2, irfftn(optics(q) * rfftn(phase), config.shape)


in_focus = np.abs(exact_and_linear(perfect, phase, all_q)[0]).max()
print(f"in focus: the contrast is {in_focus:.0e} at most")
errors = []
for part in (0.5, 1.0):
    exact, linear = exact_and_linear(defocused, part * phase, all_q)
    errors.append(float(jnp.linalg.norm(exact - linear) / jnp.linalg.norm(linear)))
    print(f"1.2 µm underfocus, phase × {part}: up to {float(jnp.abs(exact).max()):.3f}; linear off by {errors[-1]:.3f}")
assert in_focus < 1e-5 and abs(errors[1] / errors[0] - 2) < 0.2
shown = [phase, exact, linear]
report.image_grid(jnp.stack(shown), pixel_size=config.pixel_size, titles=["phase", "exact contrast", "linear contrast"])

# %% [markdown]
# ## The transfer function and its envelopes
#
# In focus only the spherical aberration $C_s$ gives contrast, and only at high frequency. Defocus brings it to low
# frequency at the price of more zeros; a phase plate turns the sine into a cosine and brings it to zero frequency.
#
# Nothing oscillates up to Nyquist in practice, since the image is a sum over electrons that saw different lenses.
# Electrons of another energy have another focus (`TemporalEnvelope`: chromatic aberration and energy spread). Electrons
# of another direction see $\chi$ shifted, which hurts where $\chi$ is steep, so far from focus (`SpatialEnvelope`:
# source angle). And damage fades the specimen during the exposure (`DamageEnvelope`). Of these, damage is the worst.

# %%
line = np.linspace(0, 0.4, 800)
along_x = jnp.stack([line, 0 * line], axis=-1)
lenses = {"in focus": CTF(0.0), "0.8 µm": CTF(8_000.0), "0.8 µm, phase plate": CTF(8_000.0, phase_shift_deg=90.0)}
envelopes = {
    "energy 0.7 eV": (TemporalEnvelope(2.7, 0.7), 8_000.0),
    "energy 0.3 eV": (TemporalEnvelope(2.7, 0.3), 8_000.0),
    "source 0.02 mrad, 0.8 µm": (SpatialEnvelope(0.02), 8_000.0),
    "source 0.02 mrad, 2.5 µm": (SpatialEnvelope(0.02), 25_000.0),
    "damage of 40 e/Å²": (DamageEnvelope(40.0), 8_000.0),
}
figure, (left, right) = panels((FREQUENCY, "contrast transfer"), (FREQUENCY, "envelope"))
transfer = jax.jit(lambda optics, q: optics(q))
damping = jax.jit(lambda envelope, defocus: envelope.damping(along_x, CTF(defocus).phase, voltage_kv=300.0))
for name, lens in lenses.items():
    left.plot(line, transfer(lens, along_x), lw=1, label=name)
at_3 = {}
for name, (envelope, defocus) in envelopes.items():
    values = np.asarray(damping(envelope, defocus))
    right.plot(line, values, label=name)
    at_3[name] = np.interp(1 / 3, line, values)
    print(f"{name}: {at_3[name]:.3f} left at 3 Å")
left.legend(fontsize=7, loc="lower left"), right.legend(fontsize=7)
print(f"0.7 eV is a spread of the defocus by {float(TemporalEnvelope(2.7, 0.7).defocus_spread(300.0)):.0f} Å")
assert min(at_3, key=at_3.get) == "damage of 40 e/Å²"
figure

# %% [markdown]
# ## The image of a point
#
# Near the frequency $q$ the transfer goes like $\sin 2\pi r q$ with $2\pi r = |\nabla\chi|$: it moves the signal of
# that frequency by $r = |\lambda\,\Delta f\,q - C_s\lambda^3 q^3|$ to all sides. A point becomes a disc. With the
# same power at each frequency vector and $r \propto q$, the disc is even: half its radius holds a quarter of the power.
#
# A two-dimensional transfer and the image of a point, for four lenses. Astigmatism squeezes the rings. The odd
# aberrations, the coma of a tilted beam and trefoil, shift the disc to one side or pull out three corners; they do not
# show in the power spectrum $|T|^2$ at all, so they cannot be seen in one image's Thon rings. (Both are exaggerated
# here.)

# %%
coma = Aberrations.from_beam_tilt(5.0, 0.0, voltage_kv=300.0, cs_mm=2.7)
trefoil = Aberrations.from_trefoil(4e5, voltage_kv=300.0)
none = Aberrations(odd=jnp.zeros(6))
microscopes = {
    "round, 0.8 µm": Microscope(CTF(8_000.0), aberrations=none),
    "astigmatic, 1.1 and 0.5 µm": Microscope(CTF(11_000.0, 5_000.0, 30.0), aberrations=none),
    "beam tilt 5 mrad": Microscope(CTF(8_000.0), aberrations=coma),
    "trefoil 40 µm": Microscope(CTF(8_000.0), aberrations=trefoil),
}
edge = 1 / (2 * config.pixel_size)
plane = jnp.stack(jnp.meshgrid(*[jnp.linspace(-edge, edge, 301)] * 2), axis=-1)
passed = radius(q) < edge  # a round limit, so that a point's image is round
power = [np.abs(transfer(m, plane)) ** 2 for m in microscopes.values()]
to_image = jax.jit(lambda spectrum: irfftn(spectrum, config.shape))
points = [np.asarray(to_image(transfer(m, q) * passed)) for m in microscopes.values()]

figure = Figure(figsize=(9.2, 4.8), layout="constrained")
shown = slice(96 - 48, 96 + 48)
pictures = power + [image[shown, shown] for image in points]
for index, (axes, image) in enumerate(zip(figure.subplots(2, 4).flat, pictures, strict=True)):
    size, unit = (edge, "Å⁻¹") if index < 4 else (48 * config.pixel_size, "Å")
    axes.imshow(image, cmap="gray", extent=(-size, size, size, -size))
    axes.set(title=list(microscopes)[index] if index < 4 else None, xlabel=f"x ({unit})", ylabel=f"y ({unit})")
    axes.title.set_fontsize(9)
assert np.allclose(power[0], power[2], atol=1e-5) and np.allclose(power[0], power[3], atol=1e-5)
figure

# %%
x, y = np.meshgrid(*[(np.arange(192) - 96) * config.pixel_size] * 2)
reach = float(wavelength(300.0)) * 8_000 * edge - 2.7e7 * float(wavelength(300.0)) ** 3 * edge**3
inside = [float((points[0] ** 2)[np.hypot(x, y) < r].sum() / (points[0] ** 2).sum()) for r in (reach / 2, reach + 5)]
print(f"r = {reach:.0f} Å; power within half of it {inside[0]:.2f}, within all of it and 5 Å more {inside[1]:.2f}")
assert 0.2 < inside[0] < 0.3 and inside[1] > 0.95

# %% [markdown]
# A box that is too small wraps the disc around. In Fourier space the same happens as aliasing: samples $1/Np$ apart are
# too coarse for the oscillation. A particle of diameter $D$ needs $Np \ge D + 2\max r$, which `aliasing_box` computes.
# The error against a box of 384 pixels falls off where it says.

# %%
lens = CTF(12_000.0)
needed = aliasing_box(lens, config.pixel_size, 120.0)
sizes = [96, 128, 192]


@partial(jax.jit, static_argnums=0)
def imaged(n):
    box = (n, n)
    return irfftn(lens(frequencies(box, config.pixel_size)) * rfftn((crop if n < 192 else pad)(phase, box)), box)


reference = np.asarray(imaged(384))
central = [reference[192 - n // 2 : 192 + n // 2, 192 - n // 2 : 192 + n // 2] for n in sizes]
errors = [np.linalg.norm(imaged(n) - c) / np.linalg.norm(reference) for n, c in zip(sizes, central, strict=True)]
print(f"needed: {needed} pixels;", ", ".join(f"{n}: {100 * e:.2f} %" for n, e in zip(sizes, errors, strict=True)))
assert errors[0] > 0.1 and all(e < 0.02 for n, e in zip(sizes, errors, strict=True) if n >= needed)

# %% [markdown]
# ## Counts
#
# The beam brings $D$ electrons per Å², independent of each other, so that a pixel of size $p$ counts a Poisson
# variable of mean $\mu = Dp^2(1 + 2C)$. This is the noise: its variance is its mean, and a perfect camera has it too.
# In units of the contrast it is $1/4Dp^2$. With many counts it is Gaussian; the distribution functions differ by
# $1/(6\sqrt{2\pi\mu})$ at most, between whole numbers.

# %%
figure, axes = panels(*[("electrons in a pixel", "probability")] * 3, height=2.3)
for mean, ax in zip([1.0, 10.0, 90.0], axes, strict=True):
    n = np.arange(int(mean + 4.5 * mean**0.5) + 1)
    ax.bar(n, stats.poisson.pmf(n, mean), color="0.75", width=1.0)
    ax.plot(n, stats.norm.pdf(n, mean, mean**0.5))
    ax.set_title(f"{mean:.0f} on average", fontsize=9)
    difference = abs(stats.poisson.cdf(n, mean) - stats.norm.cdf(n + 0.5, mean, mean**0.5)).max()
    print(f"{mean:.0f} electrons: off by {difference:.4f} at most; formula {1 / (6 * np.sqrt(2 * np.pi * mean)):.4f}")
    assert mean < 10 or abs(difference * 6 * np.sqrt(2 * np.pi * mean) - 1) < 0.1
figure

# %% [markdown]
# In ice of thickness $t$ the fraction $z = e^{-t/\Lambda}$ of the electrons loses no energy and carries the contrast.
# The others are stopped by an energy filter, or else arrive as a background with noise of its own. The signal is
# $2zDp^2C$ in both cases and the noise $zDp^2$ or $Dp^2$, so the signal-to-noise ratio falls by $z$ with the filter and
# by $z^2$ without.

# %%
vacuum, faint = jnp.zeros(()), jnp.asarray(-0.01)
path = float(inelastic_mean_free_path(300.0))


def signal_to_noise(loss):
    expected = PoissonDetector(40.0, config.pixel_size, loss=loss).expected_counts
    return float((expected(faint) - expected(vacuum)) ** 2 / expected(vacuum))


for thickness in (300.0, 1000.0):
    losses = [InelasticLoss(thickness, path, energy_filter=filtered) for filtered in (True, False)]
    ratios = [signal_to_noise(loss) / signal_to_noise(None) for loss in losses]
    z = float(losses[0].zero_loss_fraction)
    print(f"{thickness:.0f} Å: {z:.3f} pass; signal to noise × {ratios[0]:.3f} filtered, × {ratios[1]:.3f} not")
    assert np.allclose(ratios, [z, z**2], rtol=1e-3)

# %% [markdown]
# ## The camera
#
# A camera records each electron with a spread. The mean image is thereby blurred: the signal's spectrum is multiplied
# by the *modulation transfer function* MTF. What it does to the noise is another question. Arrivals have white noise of
# power $N\mu$ in $N$ pixels, and the camera makes of it $N\mu\,\mathrm{NTF}^2/\mathrm{DQE}(0)$: the *noise transfer
# function* gives it a colour, and electrons that are missed or weighed differently raise it. A modulation with the
# spectrum $\tilde a$ comes in with the signal-to-noise ratio $|\tilde a|^2/N\mu$ and leaves with
#
# $$\frac{\mathrm{MTF}^2\,|\tilde a|^2}{N\mu\,\mathrm{NTF}^2/\mathrm{DQE}(0)}
# = \mathrm{DQE}(q)\,\frac{|\tilde a|^2}{N\mu}, \qquad
# \mathrm{DQE}(q) = \mathrm{DQE}(0)\,\frac{\mathrm{MTF}^2}{\mathrm{NTF}^2}.$$
#
# Two cameras of one MTF: the first puts each electron into one pixel near its place, and its noise is white; the second
# spreads each one over pixels, and blurs the noise like the signal. We measure them as one would, with frames of the
# empty beam and frames of a known pattern (here one with power at all frequencies).

# %%
per_pixel = np.linspace(0, 0.5, 9)
mtf = np.array([1.0, 0.95, 0.84, 0.70, 0.53, 0.38, 0.25, 0.15, 0.10])
cameras = {
    "counts": DetectorCurves(per_pixel, mtf, dqe_zero=0.85),
    "integrates": DetectorCurves(per_pixel, mtf, mtf, dqe_zero=0.5),
}
shape, n_frames = (128, 128), 32
pattern = 0.08 * jax.random.normal(jax.random.key(0), shape)


@jax.jit
def measured(curves, pattern):
    detector = DirectDetector(40.0, config.pixel_size, curves)
    keys = jax.random.split(jax.random.key(1), n_frames)
    contrasts = jnp.stack([0 * pattern, pattern])
    frames = jax.vmap(lambda key: jax.vmap(lambda c: detector.sample(c, key=key))(contrasts))(keys)
    empty, seen = jax.vmap(rfftn)(frames[:, 0]), rfftn(frames[:, 1].mean(0))
    sent = rfftn(detector.arrivals(pattern))
    noise = shell_average(jnp.var(empty, axis=0, ddof=1), shape) / (pattern.size * detector.expected_vacuum)
    signal = shell_average((seen * sent.conj()).real, shape) / shell_average(jnp.abs(sent) ** 2, shape)
    return signal, noise


shells = np.arange(65) / 128
along = jnp.stack([shells, 0 * shells], axis=-1)
figure, axes = panels(*[("cycles per pixel", "")] * 2)
for ax, (name, curves) in zip(axes, cameras.items(), strict=True):
    signal, noise = map(np.asarray, measured(curves, pattern))
    noise_curve = np.asarray(curves.ntf(along)) ** 2 / float(curves.dqe_zero)
    for points, line_, label in [
        (signal**2, curves.mtf(along) ** 2, "MTF²"),
        (noise, noise_curve, "noise power: NTF²/DQE(0)"),
        (signal**2 / noise, curves.dqe(along), "DQE"),
    ]:
        (drawn,) = ax.plot(shells[1:], points[1:], ".", ms=3)
        ax.plot(shells, line_, color=drawn.get_color(), lw=1, label=label)
    ax.legend(fontsize=7), ax.set_title(f"a camera that {name}", fontsize=9)
    # From the fifth shell on, each has 16 modes or more in 32 frames: 4.5 % of the noise power, four times over.
    assert np.allclose(noise[5:], noise_curve[5:], rtol=0.18)
    assert np.allclose((signal**2 / noise)[5:], curves.dqe(along)[5:], atol=0.15)
figure

# %% [markdown]
# Pixels also differ in gain. The pattern of the gain is the same in all frames, so unlike noise it does not average
# out; the mean of frames of the empty beam measures it.

# %%
rng = np.random.default_rng(2)
true_gain = 1 + 0.1 * rng.normal(size=shape)
raw = (rng.poisson(90.0, (64, *shape)) / true_gain).astype(np.float32)
corrected = np.asarray(Gain.from_flat_images(raw[:48]).correct(raw[48:].mean(0)))
limit = np.sqrt(1 / (90 * 16) + 1 / (90 * 48))  # counts of these frames, and of those that measured the gain
spread = [float(image.std() / image.mean()) for image in (raw[48:].mean(0), corrected)]
print(f"mean of 16 empty frames: varies by {spread[0]:.3f} raw, {spread[1]:.3f} corrected; counting alone {limit:.3f}")
assert abs(spread[1] / limit - 1) < 0.03  # 16 384 pixels: 0.6 %, five times over

# %% [markdown]
# ## Damage, frame by frame
#
# The same electrons destroy what they show. At the frequency $q$ the amplitude fades as $e^{-N/2N_e(q)}$ with the
# exposure $N$, fast at high frequency (Grant & Grigorieff 2015). So an exposure is taken as a movie, and the frames are
# summed with the weights that give the best ratio: the amplitude that is left, normalised to leave the noise as it is.
# Here are 20 frames of 2.5 electrons per Å² on the camera that counts.

# %%
lens, dose, n_frames = CTF(12_000.0), 50.0, 20
exposed = dose / n_frames * np.arange(1, n_frames + 1)
detector = DirectDetector(dose, config.pixel_size, cameras["counts"], gaussian=True)
spectrum = jax.jit(lambda phase: lens(q) * rfftn(phase))(phase)
fade = jax.jit(jax.vmap(lambda n: DoseFilter(n).transfer(q)))(exposed - dose / n_frames / 2)
weights = jax.jit(lambda n: dose_weights(n, q, voltage_kv=300.0))(jnp.asarray(exposed, jnp.float32))
contrasts = jax.jit(jax.vmap(lambda left, whole: irfftn(left * whole, config.shape), (0, None)))(fade, spectrum)
blur = detector.curves.mtf(frequencies(config.shape))


@jax.jit
def sums(keys, contrasts, weights):
    def of_movie(key):
        frames = jax.vmap(rfftn)(sample_frames(detector, contrasts, key=key))
        return frames.sum(0), (weights * frames).sum(0)

    return jax.lax.map(of_movie, keys)


averaged = jax.jit(lambda values: shell_average(values, config.shape))
plain_sums, weighted_sums = sums(jax.random.split(jax.random.key(3), 8), contrasts, weights)
vacuum_counts = float(detector.expected_vacuum)
known = 2 * vacuum_counts * blur * spectrum  # the signal if nothing faded, behind the camera
signal_power = np.asarray(averaged(jnp.abs(known) ** 2))
noise_power = phase.size * vacuum_counts / float(detector.curves.dqe_zero)
shells = np.arange(97) / (192 * config.pixel_size)
figure, (left, right) = panels((FREQUENCY, "SSNR of a movie"), ("exposure (electrons per Å²)", "SSNR"))
for name, stack, kept in [
    ("plain sum", plain_sums, fade.mean(0)),
    ("dose weighted", weighted_sums, (weights * fade).mean(0)),
]:
    amplitude = np.asarray(averaged(jnp.real(stack.mean(0) * known.conj()))) / signal_power
    noise = np.asarray(averaged(jnp.var(stack, axis=0, ddof=1)))
    expected, found = (
        np.asarray(averaged(jnp.abs(known * kept) ** 2)) / noise_power,
        amplitude**2 * signal_power / noise,
    )
    (drawn,) = left.semilogy(shells[2:], found[2:], ".", ms=3)
    left.semilogy(shells[2:], expected[2:], color=drawn.get_color(), lw=1, label=name)
    assert np.allclose(noise[5:], noise_power, rtol=0.35)  # 8 movies × 16 modes and more: 9 %, four times over
    strong = np.flatnonzero(expected > 0.02)[2:]  # some twenty shells, each to a fifth or so
    assert abs(np.median(found[strong] / expected[strong]) - 1) < 0.15
left.set_ylim(1e-4, 4)
left.legend(fontsize=7)

# %% [markdown]
# The *spectral* signal-to-noise ratio on the left, points measured over eight movies (too few below
# some $10^{-3}$) and lines expected, is
#
# $$\mathrm{SSNR}(q) = \frac{4p^2\,\langle|\tilde C|^2\rangle}{N}\,\mathrm{DQE}(q)\; \times
# \begin{cases} N_d\,\bigl[(1 - e^{-x})/x\bigr]^2, \quad x = N_d/2N_e & \text{plain sum} \\
# N_e\,(1 - e^{-N_d/N_e}) & \text{weighted}\end{cases}$$
#
# at the exposure $N_d$. The plain sum is best at $N_d \approx 2.5\,N_e(q)$ and gets worse from there; the weighted one
# only gets better. Since $N_e$ falls with $q$, no exposure is right for all frequencies, and the weights make it so.

# %%
exposures = np.linspace(0.25, 120, 480)
for resolution in (20.0, 8.0, 4.0):
    k = round(192 * config.pixel_size / resolution)
    at = jnp.array([shells[k], 0.0])
    critical = float(critical_exposure(at, 300.0))
    per_dose = signal_power[k] / noise_power / dose
    x = exposures / (2 * critical)
    plain = exposures * ((1 - np.exp(-x)) / x) ** 2
    weighted = critical * (1 - np.exp(-exposures / critical))
    (drawn,) = right.semilogy(exposures, per_dose * weighted, label=f"{resolution:.0f} Å")
    right.semilogy(exposures, per_dose * plain, "--", color=drawn.get_color(), lw=1)
    best = exposures[plain.argmax()]
    print(f"{resolution:.0f} Å: the plain sum is best at {best:.1f} electrons per Å², {best / critical:.2f} critical")
    assert abs(best - min(float(optimal_exposure(at, 300.0)), 120)) < 0.5 and np.all(weighted >= plain * (1 - 1e-9))
right.legend(fontsize=7, title="dashed: plain sum", title_fontsize=7)
figure

# %% [markdown]
# ## Derivatives of the image
#
# All of this, from the potential to the expected counts behind the camera, is one differentiable function. Below are
# the derivatives of the expected image in the defocus, the tilt of the beam, an angle of the pose, and the position.

# %%
values = {"defocus": 12_000.0, "beam tilt": 0.0, "theta": 70.0, "x": 0.0}


def expected_image(values):
    tilt = Aberrations.from_beam_tilt(values["beam tilt"], 0.0, voltage_kv=300.0, cs_mm=2.7)
    image_model = make_image_model(
        volume,
        config,
        pose=EulerAnglePose(20.0, values["theta"], 30.0, offset_x=values["x"]),
        optics=Microscope(CTF(values["defocus"]), aberrations=tilt, envelopes=(DamageEnvelope(dose),)),
        integrator=projector,
    )
    return detector.expected_counts(image_model.simulate())


derivative = jax.jit(jax.jacfwd(expected_image))(values)
higher, lower = (jax.jit(expected_image)(values | {"defocus": d}) for d in (12_050.0, 11_950.0))
difference = (higher - lower) / 100
assert jnp.linalg.norm(difference - derivative["defocus"]) < 0.02 * jnp.linalg.norm(difference)  # float32 differences
pictures = [crop(derivative[name], (128, 128)) for name in values]
report.image_grid(jnp.stack(pictures), pixel_size=config.pixel_size, titles=[f"∂/∂ {name}" for name in values])

# %% [markdown]
# These pictures say what one image can tell. With noise of variance $\mu/\mathrm{DQE}(0)$ in each pixel, the
# information about two parameters is the product of their pictures, summed and divided by that variance, and no
# unbiased estimate varies by less than the inverse of that matrix allows (Cramér and Rao). One particle tells its own
# position to a fraction of a pixel, but its defocus only roughly and the tilt of the beam hardly at all; these are
# found from many particles together.

# %%
flat = np.stack([np.asarray(derivative[name]).ravel() for name in values]).astype(float)
information = flat @ flat.T * float(detector.curves.dqe_zero) / vacuum_counts
bounds = dict(zip(values, np.sqrt(np.diag(np.linalg.inv(information))), strict=True))
for (name, bound), unit in zip(bounds.items(), ("Å", "mrad", "°", "Å"), strict=True):
    print(f"{name}: at best ± {bound:.2g} {unit} from one image")
assert bounds["x"] < config.pixel_size and bounds["defocus"] > 50
