"""Files as pictures and pages: what is drawn of each kind, what is left out, what is refused."""

import re
import warnings
import xml.etree.ElementTree
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import LatentBundle, write_latent_bundle
from vitreous.io import Table, write_mrc, write_star
from vitreous.plots import PlotKind, PlotOptions, PlotReport, column_label, plot_file

RANDOM = np.random.default_rng(0)
BOX = 16


def kinds(report: PlotReport) -> set[str]:
    return {kind.value for kind in report.kinds}


def test_a_sheet_of_particles(star_file, tmp_path):
    report = plot_file(star_file(), tmp_path / "a.svg")
    assert kinds(report) == {
        *("defocus", "micrographs", "astigmatism", "orientations", "shifts", "figure-of-merit"),
        *("classes", "half-sets", "optics-groups"),
    }
    assert "stack.mrcs, which does not exist" in report.left_out[PlotKind.IMAGES]
    root = xml.etree.ElementTree.fromstring((tmp_path / "a.svg").read_text(encoding="utf-8"))
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "particles.star: 40 particles" and {"Defocus", "Shifts", "Half-sets"} <= set(texts)
    assert any(text.startswith("Left out: images (names the image stack") for text in texts)
    assert report.summary[0].startswith(f"{tmp_path / 'a.svg'}: defocus, ")


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG\r\n\x1a\n"), (".pdf", b"%PDF"), (".svg", b"<svg")])
def test_pictures(star_file, tmp_path, suffix, start):
    report = plot_file(star_file(5), tmp_path / f"a{suffix}", PlotOptions(kinds=(PlotKind.CLASSES,)))
    assert report.output.read_bytes().startswith(start) and kinds(report) == {"classes"}
    assert not list(tmp_path.glob(".*"))


def test_a_page_holds_the_data_and_needs_no_network(star_file, tmp_path):
    report = plot_file(star_file(), tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert {"defocus", "shifts"} <= kinds(report) and "movies/mic_3.mrc" in page
    outside = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)  # Plotly's program names sites of map tiles
    assert not re.search(
        r"(src|href)\s*=|https?:|@import|url\(",
        outside.replace('xmlns="http://www.w3.org/2000/svg"', "").replace('href="data:image/png;base64,', ""),
    )
    assert "<h2>Not drawn</h2>" in page and "stack.mrcs" in page
    assert page.count('<div class="interactive"') == 8  # all but the map of directions


def test_a_map(tmp_path):
    write_mrc(tmp_path / "map.mrc", RANDOM.normal(size=(BOX,) * 3), pixel_size=1.5)
    report = plot_file(tmp_path / "map.mrc", tmp_path / "a.svg")
    assert kinds(report) == {"slices", "projections", "spectrum", "densities"} and not report.left_out
    data = bytearray((tmp_path / "map.mrc").read_bytes())
    data[40:52] = bytes(12)  # the cell's lengths
    (tmp_path / "bare.mrc").write_bytes(data)
    report = plot_file(tmp_path / "bare.mrc", tmp_path / "b.svg")
    assert "no pixel size" in report.left_out[PlotKind.SPECTRUM]
    spectrum = PlotOptions(kinds=(PlotKind.SPECTRUM,))
    with pytest.raises(InputError, match="no pixel size") as caught:
        plot_file(tmp_path / "bare.mrc", tmp_path / "c.svg", spectrum)
    assert "--apix 1.2" in str(caught.value) and not (tmp_path / "c.svg").exists()
    told = plot_file(tmp_path / "bare.mrc", tmp_path / "d.svg", PlotOptions(apix=1.5))
    assert (tmp_path / "d.svg").read_text().partition("spatial")[2] == (tmp_path / "a.svg").read_text().partition(
        "spatial"
    )[2]
    assert not told.left_out


def test_images(tmp_path):
    write_mrc(tmp_path / "a.mrcs", RANDOM.normal(size=(3, BOX, BOX)), pixel_size=1.5, image_stack=True)
    report = plot_file(tmp_path / "a.mrcs", tmp_path / "a.html")
    assert kinds(report) == {"images", "spectrum", "densities"}


def test_curves_and_tables(tmp_path):
    curve = {"rlnResolution": [0.0, 0.1, 0.2], "rlnFourierShellCorrelationUnmaskedMaps": [1.0, 0.5, 0.1]}
    write_star(tmp_path / "postprocess.star", {"general": Table({"a": ["1"]}, is_loop=False), "fsc": Table(curve)})
    assert kinds(plot_file(tmp_path / "postprocess.star", tmp_path / "a.svg")) == {"fsc"}
    columns = {"rlnMicrographName": ["a", "b", "c"], "rlnDefocusU": [1.0, 2.0, 4.0], "rlnDefocusV": [1.0, 1.0, 1.0]}
    write_star(tmp_path / "micrographs.star", {"micrographs": Table(columns)})
    assert kinds(plot_file(tmp_path / "micrographs.star", tmp_path / "b.svg")) == {"columns"}
    picture = (tmp_path / "b.svg").read_text()
    assert "rlnDefocusU (Å)" in picture and "rlnDefocusV" not in picture  # a single value is no distribution
    both = PlotOptions(x="rlnDefocusU", y="rlnDefocusV", colour="rlnMicrographName")
    assert kinds(plot_file(tmp_path / "micrographs.star", tmp_path / "c.svg", both)) == {"columns"}
    write_star(tmp_path / "text.star", {"": Table({"rlnMicrographName": ["a", "b"]})})
    with pytest.raises(InputError, match=r"holds nothing to draw \(columns: no column of its table holds numbers"):
        plot_file(tmp_path / "text.star", tmp_path / "d.svg")


def test_latents(tmp_path):
    maps = RANDOM.normal(size=(3, 8, 8, 8)).astype(np.float32)
    bundle = LatentBundle(consensus=maps[0], components=maps[1:], latents=RANDOM.normal(size=(20, 2)))
    write_latent_bundle(tmp_path / "job.wgl", bundle)
    assert kinds(plot_file(tmp_path / "job.wgl", tmp_path / "a.svg")) == {"latents", "slices"}
    pair = PlotOptions(x="component_1", y="component_0")
    assert kinds(plot_file(tmp_path / "job.wgl", tmp_path / "pair.svg", pair)) == {"columns"}
    names = [f"components_mode_{k}/value" for k in range(3)]
    rows = np.zeros(9, [("uid", "u8"), *((name, "f4") for name in names)])
    rows[names[1]] = np.arange(9)
    with (tmp_path / "particles.cs").open("wb") as stream:
        np.save(stream, rows)
    assert kinds(plot_file(tmp_path / "particles.cs", tmp_path / "b.svg")) == {"latents"}


def test_a_selection(star_file, tmp_path):
    where = PlotOptions(kinds=(PlotKind.CLASSES,), where="rlnClassNumber == 2")
    plot_file(star_file(), tmp_path / "a.svg", where)
    picture = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "13 (100.0 %)" in picture and "13 particles" in picture
    write_mrc(tmp_path / "map.mrc", RANDOM.normal(size=(8, 8, 8)), pixel_size=1.5)
    with pytest.raises(InputError, match="lists no particles"):
        plot_file(tmp_path / "map.mrc", tmp_path / "b.svg", where)


def test_what_was_asked_for_and_is_not_there(star_file, tmp_path):
    path = star_file(rlnClassNumber=None)
    with pytest.raises(InputError, match="it assigns no classes"):
        plot_file(path, tmp_path / "a.svg", PlotOptions(kinds=(PlotKind.CLASSES,)))
    with pytest.raises(InputError, match="has no slices to draw") as caught:
        plot_file(path, tmp_path / "a.svg", PlotOptions(kinds=(PlotKind.SLICES,)))
    assert "defocus, " in str(caught.value)
    with pytest.raises(InputError, match="has no columns to draw") as caught:
        plot_file(path, tmp_path / "a.svg", PlotOptions(kinds=(PlotKind.COLUMNS,)))
    assert "--x COLUMN" in str(caught.value)
    with pytest.raises(InputError, match="similar names: rlnDefocus"):
        plot_file(path, tmp_path / "a.svg", PlotOptions(x="rlnDefocusX"))
    assert not (tmp_path / "a.svg").exists()


def test_options_that_do_not_belong_together():
    with pytest.raises(InputError, match="to the right"):
        PlotOptions(y="rlnDefocusU")
    with pytest.raises(InputError, match="one column alone"):
        PlotOptions(x="rlnDefocusU", colour="rlnClassNumber")
    with pytest.raises(InputError, match="must be positive"):
        PlotOptions(apix=0.0)


def test_outputs_that_are_refused(star_file, tmp_path):
    path, only = star_file(3), PlotOptions(kinds=(PlotKind.CLASSES,))
    with pytest.raises(InputError, match="ending names no kind"):
        plot_file(path, tmp_path / "a.jpg", only)
    (tmp_path / "a.svg").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        plot_file(path, tmp_path / "a.svg", only)
    assert (tmp_path / "a.svg").read_text() == "mine"
    plot_file(path, tmp_path / "a.svg", only, overwrite=True)
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    with pytest.raises(InputError, match="folder does not exist"):
        plot_file(path, tmp_path / "none" / "a.svg", only)


@pytest.mark.parametrize(
    "suffix", [".star", ".cs", ".mrc", ".mrcs", ".npz", ".tif", ".h5", ".hdf", ".lst", ".dat", ".txt"]
)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_refused_or_drawn(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            plot_file(path, tmp_path / "a.svg", overwrite=True)
        except InputError as error:
            assert str(path) in str(error)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        plot_file(tmp_path / "none.star", tmp_path / "a.svg")
    with pytest.raises(InputError, match="no such file"):
        plot_file(tmp_path, tmp_path / "a.svg")


def test_units_of_columns():
    assert column_label("rlnAnglePsi") == "rlnAnglePsi (°)" and column_label("ctf/accel_kv") == "ctf/accel_kv (kV)"
    assert column_label("rlnNoSuchThing") == "rlnNoSuchThing"


REAL = {
    "metadata/relion5.star": {"defocus", "astigmatism", "micrographs", "orientations", "shifts", "figure-of-merit"},
    "metadata/ribosome_4ug0_particles.star": {"defocus", "astigmatism", "micrographs", "figure-of-merit"},
    "metadata/cryosparc_P12_J24_001_particles.cs": {"defocus", "orientations", "shifts", "classes", "half-sets"},
    "particles/empiar_10076_7.cs": {"defocus", "astigmatism", "images"},
    "detectors/mtf_k2_300kV.star": {"mtf"},
    "metadata/analyse_eigenvectors.dat": {"loadings"},
    "particles/aspire_sample.mrcs": {"images", "densities"},
    "micrographs/KLH.tif": {"images", "densities"},
}


@pytest.mark.parametrize("name", REAL)
def test_real_files(tmp_path, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = plot_file(shared_data(name), tmp_path / "a.svg")
    assert REAL[name] <= kinds(report)
    picture = Path(report.output).read_text(encoding="utf-8")
    assert not re.search(r"\bnan\b", re.sub(r"base64,[^\"]*", "", picture), re.IGNORECASE)
    xml.etree.ElementTree.fromstring(picture)


def test_many_columns_say_which_are_not_drawn(tmp_path):
    write_star(tmp_path / "wide.star", {"": Table({f"rlnColumn{k:02d}": [1.0, 2.0] for k in range(14)})})
    report = plot_file(tmp_path / "wide.star", tmp_path / "a.svg")
    assert report.notes == (
        "Columns (12 of 12): 2 more columns are not drawn (rlnColumn12, rlnColumn13); --x draws one",
    )
