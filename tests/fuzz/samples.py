"""Small sound files of every format."""

from pathlib import Path

import cryosparc.dataset
import numpy as np
import tifffile

from tests.io.eer import random_frame, write_eer
from tests.io.test_eman import write_eman
from tests.io.test_gain import SERIALEM
from tests.io.test_trajectory import write_atoms_of, write_frames
from vitreous import io

_RNG = np.random.default_rng(0)
_IMAGES = _RNG.normal(size=(3, 6, 8))
_PDB = """\
HEADER    TEST                                    01-JAN-20   1ABC
TITLE     A TEST
ATOM      1  N   GLY A   1       1.000   2.000   3.000  1.00 20.00           N
ATOM      2  CA AGLY A   1       2.000   2.000   3.000  0.50 20.00           C
END
"""
PARTICLES = {
    "rlnImageName": ["1@a.mrcs", "000002@a.mrcs"],
    "rlnAngleRot": ["10.0", "-20"],
    "rlnDefocusU": ["15000.000000", "1.6e4"],
    "rlnNote": ["two words", "it's"],
    "rlnOpticsGroup": ["1", "2"],
}


def mrc(folder: Path) -> None:
    io.write_mrc(folder / "map.mrc", _IMAGES, pixel_size=1.5)
    io.write_mrc(folder / "stack.mrcs", _IMAGES, pixel_size=1.5, image_stack=True)


def star(folder: Path) -> None:
    optics = io.Table({"rlnOpticsGroup": [1, 2], "rlnVoltage": [300.0, 200.0], "rlnOddZernike": ["[0.1,0.2]", "[0,1]"]})
    blocks = {"optics": optics, "particles": io.Table(PARTICLES), "general": io.Table({"a": [1]}, is_loop=False)}
    io.write_star(folder / "a.star", blocks)
    lines = [f"{n:06d}@stack.mrcs {n * 1.25:12.6f} {n % 3:4d}" for n in range(1, 40)]
    header = "data_\n\nloop_\n_rlnImageName #1\n_rlnDefocusU #2\n_rlnClassNumber #3\n"
    (folder / "regular.star").write_text(header + "\n".join(lines) + "\n")


def cs(folder: Path) -> None:
    fields = [("uid", "u8"), ("blob/path", "S12"), ("blob/shape", "u4", (2,)), ("alignments3D/pose", "f4", (3,))]
    fields += [("alignments3D/shift", "f4", (2,)), ("alignments3D/psize_A", "f4"), ("blob/psize_A", "f4")]
    rows = np.zeros(5, fields)
    rows["uid"], rows["blob/path"] = np.arange(5), b"J1/a.mrc"
    rows["blob/psize_A"] = rows["alignments3D/psize_A"] = 1.5
    with (folder / "a.cs").open("wb") as stream:
        np.save(stream, rows)


def npz(folder: Path) -> None:
    io.write_npz(folder / "a.npz", {"dim": 64, "values": _IMAGES, "text": np.array(["a", "bc"])})


def pdb(folder: Path) -> None:
    (folder / "a.pdb").write_text(_PDB)


def cif(folder: Path) -> None:
    io.write_atoms(folder / "a.cif", io.AtomTable.from_positions(_IMAGES[0, :, :3], np.full(6, 6)))


def markers(folder: Path) -> None:
    (folder / "a.cmm").write_text('<marker_set name="a"><marker id="1" x="1" y="2" z="3.5" radius="2"/></marker_set>\n')


def hdf5(folder: Path) -> None:
    optics = io.Table({"rlnOpticsGroup": [1, 2], "rlnVoltage": [300.0, 200.0]})
    blocks = {"optics": optics, "particles": io.Table(PARTICLES)}
    io.write_hdf5_stack(folder / "a.h5", blocks, [_IMAGES[:2].astype(np.float32)], pixel_size=1.5)


def eman(folder: Path) -> None:
    write_eman(folder / "a.hdf", _IMAGES.astype(np.float32))


def lst(folder: Path) -> None:
    mrc(folder)
    (folder / "a.lst").write_text("#LST\n0\tstack.mrcs\tfirst\n2\tstack.mrcs\n")
    lines = ["#LSX\n", "# comment\n", "# 24\n", *(f"{n}\tstack.mrcs".ljust(23) + "\n" for n in range(3))]
    (folder / "b.lst").write_text("".join(lines))


def tiff(folder: Path) -> None:
    io.write_tiff(folder / "a.tif", (50 * _IMAGES).astype(np.int16), pixel_size=1.5)
    tifffile.imwrite(folder / "b.tif", _IMAGES.astype(np.float32), compression="lzw", photometric="minisblack")
    tifffile.imwrite(folder / "c.tif", (90 + 10 * _IMAGES).astype(np.uint8), bigtiff=True, photometric="minisblack")


def csg(folder: Path) -> None:
    cs(folder)
    (folder / "a.csg").write_text(
        "created: 2024-01-01 00:00:00\ngroup:\n  description: particles\n  name: particles\n  type: particle\n"
        "results:\n  blob:\n    metafile: '>a.cs'\n    num_items: 5\n    type: particle.blob\nversion: v4.5.1\n"
    )


def cs_compressed(folder: Path) -> None:
    cs(folder)
    rows = cryosparc.dataset.Dataset(np.load(folder / "a.cs", allow_pickle=False))
    rows.save(str(folder / "b.cs"), format=cryosparc.dataset.CSDAT_FORMAT)
    (folder / "a.cs").unlink()


def mdoc(folder: Path) -> None:
    sections = "".join(f"[ZValue = {n}]\r\nTiltAngle = {3 * n}\r\nSubFramePath = D:\\a_{n}.tif\r\n" for n in range(3))
    (folder / "a.mdoc").write_text(f"PixelSpacing = 1.5\r\nImageFile = a.mrc\r\n[T = a title]\r\n{sections}")


def imod(folder: Path) -> None:
    (folder / "a.xf").write_text("   1.0000000   0.0000000   0.0000000   1.0000000       1.500      -2.000\n" * 3)
    (folder / "a.tlt").write_text("  -3.00\n   0.00\n   3.00\n")


def coordinates(folder: Path) -> None:
    (folder / "a.box").write_text("10\t20\t64\t64\n30\t40\t64\t64\n")
    (folder / "a.coords").write_text("10.5 20.5 0\n30.5 40.5 1\n")
    (folder / "a.txt").write_text("image_name\tx_coord\ty_coord\tscore\na\t10\t20\t0.5\nb\t30\t40\t-1.5\n")
    (folder / "a.csv").write_text('name,x,y\n"a, b",1,2\nc,3,4\n')
    (folder / "a.json").write_text('{"boxes": [[10, 20, "manual"], [30.5, 40, "auto", 0.5]]}')


def dat(folder: Path) -> None:
    (folder / "a.dat").write_text("rot-body-1 tilt-body-1 \n2.696736e-01 -2.186187e-01 \n5.750916e-01 -5.03e-01 \n")
    (folder / "b.dat").write_text("0.1 0.2 0.3\n0.4 0.5 0.6\n")


def eer(folder: Path) -> None:
    for compression in (65000, 65001, 65002):
        frames = [random_frame(_RNG, (16, 16), 12) for _ in range(3)]
        write_eer(folder / f"{compression}.eer", frames, (16, 16), compression=compression)


def particles(folder: Path) -> None:
    star(folder)
    cs(folder)
    hdf5(folder)


def mrc_modes(folder: Path) -> None:
    for mode in (io.MrcMode.INT8, io.MrcMode.INT16, io.MrcMode.UINT16, io.MrcMode.FLOAT16):
        path, header = folder / f"{mode.name}.mrc", {"extended_header": b"x" * 160, "extended_type": "MRCO"}
        io.write_mrc(path, np.abs(20 * _IMAGES).astype(int), pixel_size=1.5, mode=mode, **header)


def gain(folder: Path) -> None:
    reference = (1 + 0.1 * np.abs(_IMAGES[0])).astype(np.float32)
    io.write_tiff(folder / "a.gain", reference)
    io.write_mrc(folder / "a.mrc", reference, pixel_size=1.5)


def defects(folder: Path) -> None:
    (folder / "serialem.txt").write_text(SERIALEM)
    (folder / "rectangles.txt").write_text("1 0 2 1\n3 2 1 3\n")


def trajectory(folder: Path) -> None:
    positions = _RNG.normal(size=(3, 40, 3)) * 10
    for suffix in (".dcd", ".xtc", ".trr"):
        write_frames(folder / f"a{suffix}", positions)
    write_atoms_of(folder / "a.pdb", 40)


def tilt_series(folder: Path) -> None:
    columns = {
        "rlnMicrographMovieName": ["a.mrc", "b.mrc"],
        "rlnMicrographName": ["c.mrc", "d.mrc"],
        "rlnTomoNominalStageTiltAngle": ["0.001", "3.0"],
        "rlnTomoNominalTiltAxisAngle": ["85.0", "85.0"],
        "rlnMicrographPreExposure": ["0", "3"],
        "rlnDefocusU": ["40000", "41000"],
        "rlnTomoProjX": ["[1,0,0,0]", "[1,0,0,0]"],
    }
    io.write_star(folder / "series.star", {"TS_01": io.Table(columns)})
    bodies = {"rlnBodyMaskName": ["a.mrc", "b.mrc"], "rlnBodyRotateRelativeTo": ["2", "1"]}
    bodies |= {"rlnBodySigmaAngles": ["10", "20"], "rlnBodySigmaOffset": ["2", "2"]}
    io.write_star(folder / "bodies.star", {"": io.Table(bodies)})
    io.write_star(folder / "micrographs.star", {"micrographs": io.Table({"rlnMicrographName": ["c.mrc", "d.mrc"]})})


def every_kind(folder: Path) -> None:
    for make in (mrc, star, cs, csg, npz, pdb, cif, hdf5, eman, lst, tiff, eer, mdoc, imod, coordinates, dat):
        make(folder)
    for name in ("a.txt", "a.csv", "a.json"):  # of which only their readers know what they are
        (folder / name).unlink()
