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
# # Graphing
#
# What is in this file, and is it any good? `vitreous plot FILE -o sheet.png` answers for particles, maps, image
# stacks and the curves in STAR files. This page shows the same figures in a notebook, one by one, on data that it
# makes: what each tells, how it is changed, and how it becomes a picture or an interactive page.

# %%
# %matplotlib inline
import re
import tempfile
from pathlib import Path

import numpy as np

from vitreous import plots, report
from vitreous.datasets import ParticleDataset
from vitreous.io import read_mrc, read_star, write_star
from vitreous.plots import PlotKind, PlotOptions, plot_file
from vitreous.simulate import SimulationOptions, embedded_specimen, simulate_particles

folder = Path(tempfile.mkdtemp())
options = SimulationOptions(n=400, box=56, pixel_size=4.0, snr=0.1, shift=12.0, seed=1)
simulate_particles(embedded_specimen(), folder / "job", options)

# %% [markdown]
# Real files say more of each particle than a simulation needs. We add what processing would: the micrograph, the
# resolution to which its CTF was fitted, a figure of merit, and the class. Thin ice, so far as this page is
# concerned, gives good fits.

# %%
random = np.random.default_rng(0)
blocks = read_star(folder / "job" / "particles.star")
micrograph = np.sort(random.integers(0, 20, 400))
quality = random.uniform(0, 1, 20)[micrograph]
fit = 4 + 4 * (1 - quality) + random.gamma(2.0, 0.3, 400)
blocks["particles"] = blocks["particles"].with_columns(
    {
        "rlnMicrographName": [f"micrographs/grid1_{number:03d}.mrc" for number in micrograph],
        "rlnCtfMaxResolution": fit.round(3),
        "rlnCtfFigureOfMerit": (0.05 + 0.1 * quality + random.normal(0, 0.01, 400)).round(4),
        "rlnClassNumber": random.choice([1, 2, 3], 400, p=[0.6, 0.3, 0.1]),
    }
)
write_star(folder / "job" / "run_data.star", blocks)
particles = ParticleDataset.load(folder / "job" / "run_data.star")
print(len(particles), "particles of", len(set(micrograph)), "micrographs")

# %% [markdown]
# ## Particles
#
# Each kind of figure is a function of a dataset. Defoci should cover a range without gaps, since zeros of one CTF are
# filled by another.

# %%
plots.defocus_figure(particles)

# %% [markdown]
# Directions of view, on a map of the sphere where equal areas are equal. The colour is the density relative to that
# of a uniform cover; a preferred orientation would be yellow far above 2. The simulation draws rotations uniformly,
# and the unevenness is that of 400 random ones.

# %%
figure = plots.orientation_figure(particles)
figure

# %% [markdown]
# Where particles lie in their boxes. A cloud that does not decrease towards the edges of the search range, like this
# uniform one, would mean in a real refinement that the range is too small.

# %%
shifts = plots.shift_figure(particles)
# The first axes are those of the dots, then the histogram above and that at the right.
dots, above, right = shifts.axes
assert all(abs(limit) < 13.5 for limit in dots.x_limits)
shifts

# %% [markdown]
# ## Any two columns
#
# `column_figure` takes columns under the names of the file. Histograms at the margins show each alone. A colour may
# be a number, on a scale, or a category.

# %%
plots.column_figure(particles, "rlnCtfMaxResolution", "rlnCtfFigureOfMerit", colour="rlnClassNumber")

# %% [markdown]
# The two ratings agree, and classes have nothing to do with them. Which micrographs are to blame?

# %%
plots.column_figure(particles, "rlnCtfMaxResolution", "rlnDefocusU", colour="rlnMicrographName")

# %% [markdown]
# Twenty micrographs have more colours than anybody can tell apart, so the five with the most particles keep theirs. A
# figure of a selection is a figure of a smaller dataset:

# %%
bad = particles["rlnCtfMaxResolution > 7"]
print(f"{len(bad)} of {len(particles)} particles, of {len(set(bad.column('rlnMicrographName').tolist()))} micrographs")
plots.micrograph_figure(bad)

# %% [markdown]
# A misspelt column is answered with those that were perhaps meant.

# %%
try:
    plots.column_figure(particles, "rlnCtfMaxResoluton")
except ValueError as error:
    print(str(error).replace(str(folder), "…"))
    assert "rlnCtfMaxResolution" in str(error)

# %% [markdown]
# ## Images and maps
#
# The mean of the images' power spectra, with frequencies below and resolutions above. The noise of these images is
# white: the curve ends level, and what rises above it at low frequencies is the specimen, with the zeros of many CTFs
# washed out.

# %%
images = particles.images()
plots.image_spectrum_figure(images[:100], particles.pixel_size)

# %%
volume, header = read_mrc(folder / "job" / "volume.mrc")
report.orthogonal_slices(volume, voxel_size=header.pixel_size[0])

# %%
plots.spectrum_figure(volume, header.pixel_size[0])

# %% [markdown]
# ## Latent spaces
#
# Three-dimensional variability and multibody analyses give each particle a few coordinates. Pairs of them, with a
# histogram of each, show whether there are states (clumps) or a motion (a band). Here is a band with a bend.

# %%
along = random.normal(size=2000)
latents = np.stack([along, 0.5 * along**2 + 0.2 * random.normal(size=2000), 0.3 * random.normal(size=2000)], axis=1)
plots.latent_figure(latents, 0, 1, colours=latents[:, 2], colour_label="component 2")

# %% [markdown]
# Beyond 4 000 dots each would hide others. Cells then show how many there are, on a logarithmic scale, and every one
# is still seen.

# %%
many = random.normal(size=(100_000, 2)) @ np.array([[1.0, 0.6], [0.0, 0.5]])
many[:20] += 4.0
plots.latent_figure(many)

# %% [markdown]
# ## Files: sheets and pages
#
# `plot_file` does all of that for a file, and `vitreous plot` is the same on the command line:
#
# ```sh
# vitreous plot run_data.star -o sheet.png
# vitreous plot run_data.star -o page.html --kind astigmatism --kind shifts
# ```
#
# It says what the file does not hold.

# %%
made = plot_file(folder / "job" / "run_data.star", folder / "sheet.png")
print("\n".join(made.summary).replace(str(folder), "…"))
assert PlotKind.IMAGES in made.kinds and (folder / "sheet.png").read_bytes()[1:4] == b"PNG"

# %% [markdown]
# An `.html` is a page that needs no network. One can zoom in it, and a dot that is pointed at tells the number of its
# particle, its micrograph and its values.

# %%
page = plot_file(
    folder / "job" / "run_data.star",
    folder / "page.html",
    PlotOptions(x="rlnCtfMaxResolution", y="rlnCtfFigureOfMerit", colour="rlnClassNumber"),
)
text = page.output.read_text(encoding="utf-8")
print(f"{len(text) / 1e6:.1f} MB, most of it the program that draws")
assert "micrographs/grid1_000.mrc" in text and not re.search(r'<(script|link|img)[^>]+(src|href)="http', text)

# %% [markdown]
# ## Changing a figure
#
# A figure is a list of marks in points. To put some side by side, make a sheet; to save one, `save_figure` knows
# `.png`, `.svg` and `.pdf`. What our options do not offer, Matplotlib does: `figure.matplotlib()` is the same drawing
# as one of its figures, whose axes measure points from the upper left corner.

# %%
both = [("Classes", plots.class_figure(particles)), ("Half-sets", plots.half_set_figure(particles))]
sheet = report.figure_sheet(both, title="How particles are grouped")
report.save_figure(sheet, folder / "groups.pdf")
sheet

# %%
changed = shifts.matplotlib()
middle = dots.points(0.0, 0.0)
beside = middle + np.array([70, -70])
arrow = {"arrowstyle": "->", "zorder": 1000}
changed.axes[0].annotate(
    "the middle of the box", middle, beside, arrowprops=arrow, backgroundcolor="white", zorder=1000
)
changed
