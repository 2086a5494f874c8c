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
# # Image formats
#
# Maps and particles travel as MRC, movies as TIFF or EER, and whole stacks with their tables as HDF5. This page writes
# a file of each kind, looks at what is in it, and shows what each format loses and keeps. `vitreous.io` reads them
# to plain arrays and says what the file says; nothing is interpreted, rescaled or turned round on the way.
#
# Everything is made here, in a temporary folder. Each number in the text is printed or asserted by the code.

# %%
import tempfile
from pathlib import Path

import h5py
import numpy as np
import tifffile

from vitreous import report
from vitreous.detector import Gain
from vitreous.io import (
    GainFlip,
    GainOrientation,
    MrcMode,
    MrcStackWriter,
    Table,
    inspect_mrc,
    inspect_tiff,
    open_eer,
    open_images,
    read_defects,
    read_gain,
    read_hdf5_tables,
    read_mrc,
    read_mrc_complex,
    write_hdf5_stack,
    write_mrc,
    write_tiff,
)

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)

# %% [markdown]
# ## MRC: a header and an array
#
# An MRC file (MRC2014, Cheng et al. 2015) is 1024 bytes of header, perhaps an extended header, and the values. A map
# is indexed (z, y, x), and its header gives the edges of the box in Å, from which the voxel size follows.

# %%
z, y, x = np.mgrid[-24:24, -24:24, -24:24] * 2.0
centres = rng.normal(0, 14, (9, 3))
potential = sum(np.exp(-((z - c[0]) ** 2 + (y - c[1]) ** 2 + (x - c[2]) ** 2) / 80) for c in centres)
write_mrc(folder / "map.mrc", potential, pixel_size=2.0, labels=["Nine blobs", "for the tutorial"])

header = inspect_mrc(folder / "map.mrc")
for name in ("shape", "mode_name", "pixel_size", "space_group", "statistics", "labels"):
    print(f"{name:12s} {getattr(header, name)}")
report.orthogonal_slices(read_mrc(folder / "map.mrc")[0], voxel_size=header.pixel_size[0])

# %% [markdown]
# The first 16 bytes are the number of columns, rows and sections, and the *mode*: how a value is stored. Mode 2 is a
# 32-bit float. Whole numbers of 8 or 16 bits take less space and suit counts; 16-bit floats (mode 12) halve a
# particle stack at three digits of precision, which is far below its noise. A value that a mode cannot hold is
# refused: nothing wraps round.

# %%
print(np.frombuffer((folder / "map.mrc").read_bytes(), np.int32, 4))
images = (potential.sum(0) + rng.normal(0, 2, (6, 48, 48))).astype(np.float32)
for mode in (MrcMode.FLOAT32, MrcMode.FLOAT16, MrcMode.INT16, MrcMode.INT8):
    path = folder / f"mode{mode}.mrcs"
    write_mrc(path, images, pixel_size=2.0, image_stack=True, mode=mode)
    error = np.abs(read_mrc(path)[0] - images).max()
    print(f"mode {mode.value:2d}, {mode.title:15s} {path.stat().st_size:6d} bytes, largest error {error:.4f}")
try:
    write_mrc(folder / "wrong.mrc", 100 * images, pixel_size=2.0, mode=MrcMode.INT8)
except ValueError as error:
    print(error)

# %% [markdown]
# A name that ends in `.gz` or `.bz2` is compressed. A transform is stored in mode 4, and is read by a function of its
# own, since an image it is not.

# %%
write_mrc(folder / "map.mrc.gz", potential, pixel_size=2.0)
print(f"compressed to {(folder / 'map.mrc.gz').stat().st_size / (folder / 'map.mrc').stat().st_size:.0%}")
write_mrc(folder / "transform.mrc", np.fft.rfftn(potential), pixel_size=2.0, mode=MrcMode.COMPLEX64)
print(read_mrc_complex(folder / "transform.mrc")[0].shape)

# %% [markdown]
# ## Stacks, a few images at a time
#
# A stack may be larger than memory, so it is written batch by batch, and read by index. `open_images` looks at the
# header only; `read` copies the images asked for, in the order asked for. It does so for every format on this page,
# and thousands of files can be in use at once: the system's files are opened and closed behind the scenes.

# %%
with MrcStackWriter(folder / "stack.mrcs", image_shape=(48, 48), count=600, pixel_size=2.0) as writer:
    for start in range(0, 600, 100):
        turns = np.array([np.rot90(potential.sum(0), start // 100 + n) for n in range(100)])
        writer.append(turns + rng.normal(0, 2, turns.shape))

stack = open_images(folder / "stack.mrcs")
some = stack.read([599, 0, 7, 300, 7, 1])
print(stack.shape, stack.pixel_size, some.shape, some.dtype)
assert np.array_equal(some[2], some[4])
report.image_grid(some, pixel_size=stack.pixel_size, titles=["599", "0", "7", "300", "7", "1"])

# %% [markdown]
# ## Movies in TIFF, the gain reference and defects
#
# A camera counts unevenly. We take 12 frames with one whose columns differ and of which one column is dead. Frames of
# few electrons compress well, so movies come as TIFF, one frame to a page.

# %%
side = 96
rows, columns = np.mgrid[:side, :side]
specimen = 1 + 0.5 * np.cos(np.hypot(rows - 48, columns - 60) / 3)
sensitivity = 1 + 0.3 * np.sin(columns / 2) + 0.1 * rng.normal(size=(side, side))
sensitivity[:, 20] = 0
frames = rng.poisson(4 * specimen * sensitivity, (12, side, side)).astype(np.uint8)
write_tiff(folder / "movie.tif", frames, pixel_size=0.8)
description = inspect_tiff(folder / "movie.tif")
print(description.shape, description.dtype, description.compression, round(description.pixel_size, 6))
print(f"compressed to {(folder / 'movie.tif').stat().st_size / frames.nbytes:.0%}")

# %% [markdown]
# The gain reference is what a raw frame is multiplied by, measured on an even beam, and 0 where a pixel is dead. Ours
# was saved by a program that turned it. RELION and MotionCor2 say how to turn it back with two numbers, the quarter
# turns (`--gain_rot`) and the mirror (`--gain_flip`), and IMOD with one; `GainOrientation` takes either. The list of
# defects is of SerialEM's form; a list of MotionCor2's rectangles or a map would do as well.

# %%
flat = rng.poisson(200 * sensitivity, (50, side, side))
reference = Gain.from_flat_images(flat.astype(np.float32)).reference
write_mrc(folder / "gain.mrc", np.rot90(reference), pixel_size=0.8)  # a quarter turn the other way
orientation = GainOrientation(rotations=1, flip=GainFlip.NONE)
assert orientation == GainOrientation.from_imod(1)
gain = Gain(read_gain(folder / "gain.mrc", orientation=orientation))

(folder / "defects.txt").write_text(f"CameraSizeX {side}\nCameraSizeY {side}\nBadColumns 20\n")
defects = read_defects(folder / "defects.txt", (side, side))
assert np.array_equal(defects, gain.reference == 0)

raw = open_images(folder / "movie.tif").read().sum(0)
corrected = np.array(gain.correct(raw))
corrected[defects] = corrected[~defects].mean()
agreement = [np.corrcoef(image.ravel(), specimen.ravel())[0, 1] for image in (raw, corrected)]
print("correlation with the specimen: raw {:.2f}, corrected {:.2f}".format(*agreement))
assert agreement[0] < 0.8 < 0.9 < agreement[1]
report.image_grid([frames[0], raw, corrected], pixel_size=0.8, titles=["a frame", "12 frames", "corrected"])

# %% [markdown]
# One trap: the first row of a TIFF image is the top of the picture, and the first row of an MRC image its bottom.
# IMOD, MotionCor2 and RELION therefore turn TIFF frames upside down as they read them. Here rows stay in the order of
# the file. Where a gain reference in MRC was made for TIFF frames by such a program, turn one of the two:
# `GainOrientation(flip=GainFlip.UP_DOWN)`.
#
# ## Electron events
#
# The Falcon 4 writes no images at all, but where each electron fell, to a quarter of a pixel (EER). A frame is a run
# of pixels without an electron, 7 bits; the position within the pixel, 4 bits; the next run, and so on. A run of 127
# goes on in the next code. That is soon written:


# %%
def coded(pixels, inside_y, inside_x, pixel_count):
    """The bits of a frame: the lowest of each number first."""
    pieces, reached = [], 0
    for pixel, sub_y, sub_x in [*zip(pixels, inside_y, inside_x, strict=True), (pixel_count, None, None)]:
        run = pixel - reached
        pieces += ["1111111"] * (run // 127) + [f"{run % 127:07b}"[::-1]]
        if sub_x is not None:  # counted from the middle of the pixel, so that the higher bit is inverted
            pieces.append(f"{(sub_x ^ 2) | (sub_y ^ 2) << 2:04b}"[::-1])
        reached = pixel + 1
    data = np.packbits(np.array(list("".join(pieces)), np.uint8), bitorder="little").tobytes()
    return data + bytes(-len(data) % 8)


METADATA = b"""<metadata><item name="exposureTime" unit="s">0.25</item>
<item name="sensorPixelSize.width" unit="m">9.1e-11</item></metadata>"""

# %% [markdown]
# We let the electrons make stripes 1.6 pixels apart, too fine for the pixels of the detector, in 60 frames. (The
# container is a BigTIFF file with a compression number of its own, which we set at the end.)

# %%
detector, frame_count = 64, 60
fine = np.arange(4 * detector) / 4  # quarters of a pixel
stripes = np.tile(1 + np.cos(2 * np.pi * fine / 1.6), (4 * detector, 1))
with tifffile.TiffWriter(folder / "movie.eer", bigtiff=True) as writer:
    for number in range(frame_count):
        places = rng.choice(16 * detector**2, 300, replace=False, p=(stripes / stripes.sum()).ravel())
        row, column = np.divmod(places, 4 * detector)
        pixels, first = np.unique(row // 4 * detector + column // 4, return_index=True)  # one electron to a pixel
        data = coded(pixels.tolist(), (row % 4)[first].tolist(), (column % 4)[first].tolist(), detector**2)
        tags = [(65001, 7, len(METADATA), METADATA, True)] if number == 0 else []
        writer.write(iter([data]), shape=(detector, detector), dtype=np.uint8, compression="zlib", metadata=None,
                     photometric="minisblack", rowsperstrip=detector, extratags=tags)  # fmt: skip
with tifffile.TiffFile(folder / "movie.eer", mode="r+") as file:
    for page in file.pages:
        page.tags["Compression"].overwrite(65001)

movie = open_eer(folder / "movie.eer")
print(movie.shape, movie.exposure_s, "s", round(movie.pixel_size, 3), "Å", movie.electron_counts().sum(), "electrons")

# %% [markdown]
# `render` adds frames up to dose fractions, one at a time, on the detector's pixels or finer. Four fractions look like
# noise. On quarter pixels, the sum of all frames shows the stripes; the detector's own pixels show stripes that are not
# there, since 1/1.6 is beyond their Nyquist frequency of 1/2: they appear at 1 − 1/1.6, every 2.7 pixels.

# %%
fractions = list(movie.render(4))
(coarse,) = movie.render(1)
(quarter,) = movie.render(1, super_resolution=4)
assert sum(fraction.sum() for fraction in fractions) == coarse.sum() == quarter.sum() == movie.electron_counts().sum()
for name, image, pixels in (("detector's pixels", coarse, 1), ("quarter pixels", quarter, 4)):
    power = np.abs(np.fft.rfft(image.sum(0) - image.sum(0).mean()))
    frequency = np.fft.rfftfreq(len(image)) * pixels
    print(f"{name}: stripes every {1 / frequency[power.argmax()]:.2f} pixels of the detector")
crops = [fractions[0][:16, :16], coarse[:16, :16], quarter[:64, :64]]
report.image_grid(
    [np.kron(crop, np.ones((64 // len(crop),) * 2)) for crop in crops],
    pixel_size=movie.pixel_size / 4,
    titles=["a fraction", "all frames", "all frames, quarter pixels"],
)

# %% [markdown]
# ## A stack and its tables in one file
#
# An HDF5 stack keeps the images and the tables of a STAR file together: `/images`, one chunk for each, and a group for
# each table with a dataset for each column. Numbers are stored as numbers.

# %%
names = [f"{n + 1:06d}@stack.h5" for n in range(100)]
particles = Table({"rlnImageName": names, "rlnDefocusU": rng.uniform(1e4, 2e4, 100), "rlnOpticsGroup": [1] * 100})
optics = Table({"rlnOpticsGroup": [1], "rlnImagePixelSize": [2.0], "rlnVoltage": [300.0]})
batches = (stack.read(range(start, start + 25)) for start in range(0, 100, 25))
write_hdf5_stack(folder / "stack.h5", {"optics": optics, "particles": particles}, batches, pixel_size=2.0)

with h5py.File(folder / "stack.h5") as file:
    file.visititems(lambda name, item: print(name, getattr(item, "shape", ""), getattr(item, "dtype", "")))
tables = read_hdf5_tables(folder / "stack.h5")
print(tables["particles"].names, tables["particles"]["rlnDefocusU"][:3].round(1))
assert np.array_equal(open_images(folder / "stack.h5").read([42]), stack.read([42]))

# %% [markdown]
# ## When a file is not what it promises
#
# Sizes in a header are compared with the size of the file before memory is taken, so that a truncated or damaged file
# of any format is told at once, by name, and not read as zeros.

# %%
for name in ("stack.mrcs", "movie.tif", "movie.eer", "stack.h5"):
    broken = folder / f"broken_{name}"
    broken.write_bytes((folder / name).read_bytes()[:-500])
    try:
        open_eer(broken) if name.endswith(".eer") else open_images(broken).read()
    except ValueError as error:
        print(str(error).replace(str(folder), "…"), end="\n\n")
    else:
        raise AssertionError(f"{name} was read although it is truncated")
