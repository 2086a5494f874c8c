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
# # Reading RELION and cryoSPARC projects
#
# A particle is an image in a stack and a row in a table: where the image is, how the lens was set, how the particle
# lies in it. RELION writes the table as a STAR file, cryoSPARC as a `.cs` file, with other names, units, signs and
# starts of counting. Here both are one thing, a `ParticleDataset`: it can be subset, joined, converted and written, and
# two files can be *proved* to mean the same images.
#
# The page makes its own small project of each kind, in a temporary folder, and asserts what it says.

# %%
# %matplotlib inline
import tempfile
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from vitreous import report
from vitreous.datasets import (
    ConversionOptions,
    GroupBy,
    ParticleDataset,
    RelionVersion,
    compare_particle_files,
    convert_particles,
)
from vitreous.grids import ImageConfig
from vitreous.imaging import make_image_model
from vitreous.io import Table, read_cs, read_star, write_cs, write_mrc, write_star
from vitreous.optics import Contrast
from vitreous.volumes import GaussianMixtureVolume

project = Path(tempfile.mkdtemp())
rng = np.random.default_rng(3)
N, BOX, PIXEL = 60, 48, 2.0

# %% [markdown]
# ## A RELION project
#
# RELION keeps paths relative to the project's folder, and each job writes into a folder of its own. Since version 3.1 a
# STAR file of particles has two tables: one row per *optics group* for what a session shares, and one per particle.

# %%
columns = {
    "rlnImageName": [f"{k // 3 + 1:06d}@Extract/job007/mic_{k % 3}.mrcs" for k in range(N)],
    "rlnMicrographName": [f"MotionCorr/job002/mic_{k % 3}.mrc" for k in range(N)],
    "rlnCoordinateX": rng.uniform(100, 3900, N).round(1),
    "rlnCoordinateY": rng.uniform(100, 3900, N).round(1),
    "rlnAngleRot": rng.uniform(-180, 180, N),
    "rlnAngleTilt": np.rad2deg(np.arccos(rng.uniform(-1, 1, N))),
    "rlnAnglePsi": rng.uniform(-180, 180, N),
    "rlnOriginXAngst": rng.normal(0, 4, N),
    "rlnOriginYAngst": rng.normal(0, 4, N),
    "rlnDefocusU": rng.uniform(9_000, 16_000, N),
    "rlnDefocusAngle": rng.uniform(0, 90, N),
    "rlnOpticsGroup": np.where(np.arange(N) % 3 == 2, 2, 1),
    "rlnRandomSubset": 1 + np.arange(N) % 2,
}
columns["rlnDefocusV"] = columns["rlnDefocusU"] - 500
optics = {
    "rlnOpticsGroupName": ["morning", "evening"],
    "rlnOpticsGroup": [1, 2],
    "rlnVoltage": [300.0, 300.0],
    "rlnSphericalAberration": [2.7, 2.7],
    "rlnAmplitudeContrast": [0.1, 0.1],
    "rlnImagePixelSize": [PIXEL, PIXEL],
    "rlnImageSize": [BOX, BOX],
    "rlnImageDimensionality": [2, 2],
    "rlnBeamTiltX": [0.2, -0.4],
    "rlnBeamTiltY": [0.0, 0.1],
}
refine, extract = project / "Refine3D" / "job012", project / "Extract" / "job007"
for folder in (refine, extract):
    folder.mkdir(parents=True)
run_data = refine / "run_data.star"
write_star(run_data, {"optics": Table(optics), "particles": Table(columns)})

particles = ParticleDataset.load(run_data)
print(len(particles), "particles of", particles.shape, "pixels of", particles.pixel_size, "Å")
print(particles.metadata.optics_group_names)
assert particles.has_poses and particles.has_ctf

# %% [markdown]
# Loading reads the table alone; the stacks need not be there. Poses and optics come in this library's terms, whatever
# the file's: an `EulerAnglePose` that turns the object, and a `Microscope` with the beam tilt in it. That is all it
# takes to make the images that the file describes, so here are its stacks: six blobs, seen through that microscope.

# %%
blobs = GaussianMixtureVolume(jnp.asarray(rng.normal(0, 11, (6, 3))), amplitudes=400.0, variances=12.0)
config = ImageConfig((BOX, BOX), PIXEL)


def image(pose, microscope):
    """What RELION would have extracted: protein bright."""
    model = make_image_model(blobs, config, pose=pose, optics=microscope, contrast=Contrast.BRIGHT)
    return model.simulate()


clean = np.asarray(jax.jit(jax.vmap(image))(particles.poses, particles.optics))
images = clean + rng.normal(0, clean.std(), clean.shape)
for k in range(3):
    write_mrc(extract / f"mic_{k}.mrcs", images[k::3], pixel_size=PIXEL, image_stack=True)
report.image_grid(particles.images()[:12], pixel_size=PIXEL, columns=6)

# %% [markdown]
# The stacks were found from `Refine3D/job012` although their paths begin at the project: relative paths are looked for
# in the file's folder and in those above it. They never lead elsewhere; for images outside, name `project=…`.
#
# ## Subsets
#
# A dataset is indexed like an array: by numbers, slices and masks, and by expressions in its columns.

# %%
close = particles["rlnDefocusU < 12000"]
evening = particles[particles.metadata.optics_groups == 2]
by_micrograph = particles.groups(GroupBy.MICROGRAPH)
print(len(close), "close to focus;", len(evening), "of the evening;", {k: len(v) for k, v in by_micrograph.items()})
assert len(close) == (columns["rlnDefocusU"] < 12_000).sum()

close.write(refine / "close.star")  # all columns, and both optics groups under their numbers
assert ParticleDataset.load(refine / "close.star").names == particles.names

# %% [markdown]
# ## A cryoSPARC job
#
# cryoSPARC's tables are structured arrays, whose columns are named `group/what`. Indices in stacks count from 0, angles
# are in radians, orientations are rotation vectors, and shifts are in pixels. `blob/sign` says what STAR files do not:
# −1 means that protein is dark in the images, 1 that it is bright, as RELION's extraction makes it.
#
# What a job only hands on from its input goes into a second file, `…_passthrough_particles.cs`. The rows of both have a
# `uid`, and not the same order. First, a job folder such as a refinement leaves:

# %%
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    convert_particles(run_data, project / "all.cs")
print(*(str(warning.message).split(": ", 1)[1] for warning in said), sep="\n")

rows = read_cs(project / "all.cs")
job = project / "J24"
job.mkdir()
own = ["uid", *(name for name in rows.dtype.names if name.startswith(("alignments3D/", "ctf/")))]
handed_on = ["uid", *(name for name in rows.dtype.names if name.startswith(("blob/", "location/")))]
write_cs(job / "J24_005_particles.cs", rows[own])
write_cs(job / "J24_passthrough_particles.cs", rows[handed_on][rng.permutation(N)])

# %% [markdown]
# The passthrough file is joined by uid, without being named: it has cryoSPARC's name and lies beside. (Where it is
# elsewhere, `passthrough=[…]` says so; a `.csg` file, which names the file of each result, can be loaded as well.)

# %%
refined = ParticleDataset.load(job / "J24_005_particles.cs")
print(len(refined.names), "columns; contrast", refined.contrast.value)
print(refined.column("blob/idx")[:4], refined.column("alignments3D/shift[0]")[:4].round(3))
assert refined.contrast is Contrast.BRIGHT
assert refined.metadata.uids.tolist() == rows["uid"].tolist()
assert len(refined["ctf/df1_A < 12000"]) == len(close)

# %% [markdown]
# ## From one to the other, with proof
#
# `convert_particles` writes what the ending of the new name says; on the command line it is
# `vitreous convert IN OUT --check`. Uids stay in a STAR file as `cryosparcUid`. Whatever moves or has no place is said
# in a warning.

# %%
convert_particles(job / "J24_005_particles.cs", project / "from_cryosparc.star")
convert_particles(run_data, project / "old.star", ConversionOptions(relion=RelionVersion.V3_0))
print(ParticleDataset.load(project / "from_cryosparc.star").names)
print(read_star(project / "old.star")[""].names[-6:])

# %% [markdown]
# A conversion that has a sign wrong looks as good as one that has it right. So the proof is in images: of a sample of
# particles, a lopsided specimen is imaged as either file says, with CTF, beam tilt, pose, shift and pixel size, and the
# two images must be equal. What is left is the rounding of single precision, in which cryoSPARC's columns are.

# %%
agreement = compare_particle_files(job / "J24_005_particles.cs", project / "from_cryosparc.star")
print(*agreement.describe(), sep="\n")
assert agreement.agrees and agreement.worst < 1e-4

# %% [markdown]
# ## What a wrong file looks like
#
# The mistakes that conversions are known for are tried one by one, and the one whose undoing brings the images together
# is named. Here are three of them: the other hand, an angle of astigmatism with the other sign, and half a pixel.

# %%
wrong = {
    "the tilt's sign": {"rlnAngleTilt": -columns["rlnAngleTilt"]},
    "the astigmatism's": {"rlnDefocusAngle": -columns["rlnDefocusAngle"]},
    "half a pixel": {"rlnOriginXAngst": columns["rlnOriginXAngst"] + PIXEL / 2},
}
for name, changes in wrong.items():
    found = compare_particle_files(particles, particles.with_columns(changes))
    print(f"{name}: differences up to {found.worst:.2f}. {found.causes[0]}")
    assert not found.agrees and len(found.causes) == 1

# %% [markdown]
# The other hand gives a map of the other hand, and the other two give a map that is a little worse than it could be,
# which no one notices. That is what the check is for.
