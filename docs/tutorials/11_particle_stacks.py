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
# # Particle stacks
#
# A stack of particles is two things: images, and a list that says what each image is. This page makes a stack from
# images on disk, looks at it, cleans, normalises, bins and divides it, and hands it to a computation in shuffled
# batches. [The command line](../../cli/) does the same to files: `vitreous stack`.
#
# Every job of `vitreous.stacks` takes a `ParticleDataset` and writes another: a STAR file (or a `.cs` file) with its
# images in a `.mrcs` beside it, or one HDF5 file with both. Images are read, changed and written a batch at a time, so
# that a stack may be larger than memory, and what is written appears whole or not at all.

# %%
# %matplotlib inline
import tempfile
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from vitreous import report
from vitreous.datasets import GroupBy, ParticleDataset, ParticleLoader, write_particles_star
from vitreous.io import write_mrc
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose
from vitreous.stacks import (
    BinOptions,
    NormaliseOptions,
    SplitOptions,
    SubsetOptions,
    background_mask,
    bin_stack,
    clean_stack,
    create_stack,
    merge_stacks,
    normalise_stack,
    split_stack,
    subset_stack,
)

folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## Images with a list
#
# Two micrographs' worth of particles, as they might come from extraction: blobs on a background that is not flat, with
# noise. Two images are spoilt: one was cut out where the camera saw nothing, and one where ice crystals are.

# %%
BOX, PIXEL_SIZE, N = 64, 2.0, 60
generator = np.random.default_rng(1)
y, x = (np.mgrid[:BOX, :BOX] - BOX // 2) * PIXEL_SIZE


def extracted(n: int) -> np.ndarray:
    """Particles of three Gaussians each, turned in the plane, on a ramp and in noise."""
    angle = generator.uniform(0, 2 * np.pi, (n, 1, 1))
    images = 500 + 0.4 * x + generator.normal(0, 8, (n, BOX, BOX))
    for radius, turn in ((18, 0.0), (22, 2.2), (15, 4.0)):
        centre_x, centre_y = radius * np.cos(angle + turn), radius * np.sin(angle + turn)
        images += 25 * np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / (2 * 9.0**2))
    return images.astype(np.float32)


images = extracted(N)
images[7] = 0
images[31] *= 20
for name, part in (("a", images[: N // 2]), ("b", images[N // 2 :])):
    write_mrc(folder / f"{name}.mrcs", part, pixel_size=PIXEL_SIZE, image_stack=True)

# %% [markdown]
# `create_stack` puts images of any files (MRC, TIFF, HDF5, EMAN2) into one stack, one after the other. With a list that
# exists already, its rows become those of the images; here it is one that a refinement might have written, with poses,
# CTFs and half-sets.

# %%
index = jnp.arange(float(N))
write_particles_star(
    folder / "refined.star",
    image_names=[f"{n}@lost.mrcs" for n in range(1, N + 1)],
    image_shape=(BOX, BOX),
    pixel_size=PIXEL_SIZE,
    poses=jax.vmap(EulerAnglePose)(6 * index, -3 * index, 2 * index),
    ctf=jax.vmap(CTF)(9_000 + 200 * index),
    half_sets=1 + np.arange(N) % 2,
    extra={"rlnMicrographName": np.where(np.arange(N) < N // 2, "mics/a.mrc", "mics/b.mrc")},
)
refined = ParticleDataset.load(folder / "refined.star")
made = create_stack([folder / "a.mrcs", folder / "b.mrcs"], folder / "all.star", metadata=refined)
print("\n".join(made.summary))

particles = ParticleDataset.load(folder / "all.star")
assert particles.has_poses and particles.has_ctf
report.image_grid(particles.images(slice(0, 12)), pixel_size=PIXEL_SIZE, titles=[str(n) for n in range(12)])

# %% [markdown]
# ## Bad particles
#
# `clean_stack` leaves out images that are missing, constant or not finite, and those whose mean or standard deviation
# is many robust standard deviations from the others'. It says which and why.

# %%
cleaned, bad = clean_stack(particles, folder / "good.star")
for particle in bad:
    print(f"row {particle.row}: {particle.reason}")
assert [particle.row for particle in bad] == [7, 31]
good = ParticleDataset.load(folder / "good.star")
assert good.image_files == (folder / "all.mrcs",)  # a new list, of images that stayed where they are

# %% [markdown]
# ## Normalised images
#
# RELION wants a background of mean 0 and standard deviation 1: the pixels outside of a circle, less the plane that fits
# them. The plane takes the ramp of the micrograph away.

# %%
normalise_stack(good, folder / "normalised.star", NormaliseOptions(radius=50.0))
normalised = ParticleDataset.load(folder / "normalised.star")
outside = background_mask((BOX, BOX), 50.0 / PIXEL_SIZE)
background = normalised.images()[:, outside]
print(f"background: mean {background.mean():.1e}, standard deviation {background.std():.6f}")
report.image_grid(normalised.images(slice(0, 6)), pixel_size=PIXEL_SIZE, columns=6)

# %% [markdown]
# ## Larger pixels
#
# Binning crops spectra, so that what is left below the new Nyquist frequency is what was there. The origin pixel stays
# the origin, and the list gets the new pixel size and image size; so CTFs, poses and shifts stay right. At the same
# frequency the CTF has the same value, whatever the box.

# %%
binned_report = bin_stack(normalised, folder / "binned.star", BinOptions(factor=2))
binned = ParticleDataset.load(folder / "binned.star")
print(binned_report.notes[0])
full, half = (np.fft.fft2(np.fft.ifftshift(d.images()[0])) for d in (normalised, binned))
print("a mode of both:", full[3, 5] / full.size, half[3, 5] / half.size)
np.testing.assert_allclose(half[3, 5] / half.size, full[3, 5] / full.size, rtol=1e-3)
frequency = jnp.array([0.03, 0.05])
assert normalised[0].ctf.defocus_u == binned[0].ctf.defocus_u
report.image_grid(binned.images(slice(0, 6)), pixel_size=binned.pixel_size, columns=6)

# %% [markdown]
# ## Choosing and dividing
#
# A dataset is indexed with numbers, masks, and conditions on the columns of its file. Jobs that choose particles write
# a new list and leave the images alone, unless they are told to copy them.

# %%
print(len(binned["rlnDefocusU < 12000 and rlnRandomSubset == 1"]), "near focus in the first half-set")
near = subset_stack(binned, folder / "near.star", SubsetOptions(where="rlnDefocusU < 12000", random=10, seed=0))
print("\n".join(near.summary))
for part in split_stack(binned, folder / "micrograph.star", SplitOptions(by=GroupBy.MICROGRAPH)):
    print("\n".join(part.summary))

# %% [markdown]
# Merging puts lists together again. Optics groups that agree in everything become one; another one keeps its number or,
# where that is taken, gets a free one, and a warning says which. With `.h5` the images come along, in one file.

# %%
parts = [ParticleDataset.load(folder / f"micrograph_micrograph{n}.star") for n in (1, 2)]
with warnings.catch_warnings():
    warnings.simplefilter("error")  # nothing is renumbered here
    merged = merge_stacks(parts, folder / "merged.h5")
print("\n".join(merged.summary))
whole = ParticleDataset.load(folder / "merged.h5")
np.testing.assert_array_equal(whole.images(), binned.images())

# %% [markdown]
# ## Batches
#
# `ParticleLoader` turns a dataset into batches of equal shape, each a pytree of images, poses and optics on JAX's
# device, read in threads while the batch before is used. With a key every epoch has an order of its own, the same
# whenever it is asked for again, and from any batch on. Stacks are read one after the other, from beginning to end, and
# shuffled within a window; one as large as the dataset gives every order with the same probability.

# %%
loader = ParticleLoader(whole, 16, key=jax.random.key(0), window=32)


@jax.jit
def mean_power(batch) -> jax.Array:
    """The mean power of the images that belong to the batch."""
    return jnp.mean(batch.images**2, axis=(1, 2)).mean(where=batch.mask)


for number in range(2):
    rows = [batch.rows[:4].tolist() for batch in loader.epoch(number)]
    print(f"epoch {number}: {len(loader)} batches that begin with", rows)
power = [float(mean_power(batch)) for batch in loader.epoch(0)]
again = [float(mean_power(batch)) for batch in loader.epoch(0, start=2)]
assert power[2:] == again
print("mean power:", np.round(power, 3), "and from the third batch on:", np.round(again, 3))

# %% [markdown]
# The last batch is filled up with copies of its last particle, which `mask` tells apart; `drop_last=True` leaves it
# out. Poses and optics come as `EulerAnglePose` and `Microscope`, batched, so that a likelihood or a reconstruction
# takes them with `jax.vmap`.

# %%
batch = next(iter(loader))
transfer = jax.vmap(lambda optics: optics(frequency))(batch.optics)
print("images", batch.images.shape, "; CTF at one frequency:", np.round(transfer[:4], 3))
