"""Bundles of 3D variability jobs: WIGGLE's files, ours, and what does not belong together."""

import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.datasets import LatentBundle, bundle_from_cryosparc, read_latent_bundle, write_latent_bundle
from vitreous.io import write_mrc

RNG = np.random.default_rng(3)
CONSENSUS = RNG.normal(size=(6, 6, 6)).astype(np.float32)
COMPONENTS = RNG.normal(size=(3, 6, 6, 6)).astype(np.float32)
LATENTS = RNG.normal(size=(20, 3)).astype(np.float32)


def job_table(modes=(0, 1, 2)):
    """A table such as 3D variability writes: text of fixed length, other columns, and the latents in between."""
    fields = [("uid", "u8"), ("blob/path", "S20"), ("alignments3D/pose", "f4", (3,))]
    for k in modes:
        fields += [(f"components_mode_{k}/component", "u4"), (f"components_mode_{k}/value", "f4")]
    rows = np.zeros(len(LATENTS), fields)
    for column, k in enumerate(modes):
        rows[f"components_mode_{k}/value"] = LATENTS[:, column]
    return rows


@pytest.fixture
def wiggle(tmp_path):
    np.savez_compressed(
        tmp_path / "job.npz", particles=job_table(), consensus_map=CONSENSUS, components=list(COMPONENTS)
    )
    return tmp_path / "job.npz"


def test_wiggles_bundle(wiggle):
    bundle = read_latent_bundle(wiggle)
    np.testing.assert_array_equal(bundle.consensus, CONSENSUS)
    np.testing.assert_array_equal(bundle.components, COMPONENTS)
    np.testing.assert_array_equal(bundle.latents, LATENTS)
    assert bundle.voxel_size is None
    assert read_latent_bundle(wiggle, voxel_size=1.4).voxel_size == 1.4


def test_read_write_read_keeps_all_and_wiggle_finds_its_members(tmp_path):
    bundle = LatentBundle(consensus=CONSENSUS, components=COMPONENTS, latents=LATENTS, voxel_size=1.375)
    write_latent_bundle(tmp_path / "job.wgl", bundle)
    again = read_latent_bundle(tmp_path / "job.wgl")
    for name in ("consensus", "components", "latents"):
        np.testing.assert_array_equal(getattr(again, name), getattr(bundle, name))
    assert again.voxel_size == 1.375
    with np.load(tmp_path / "job.wgl", allow_pickle=False) as theirs:
        particles = theirs["particles"]
        np.testing.assert_array_equal(particles["components_mode_2/value"], LATENTS[:, 2])
        assert {"consensus_map", "components"} <= set(theirs.files)


def test_a_bundle_of_maps_alone(tmp_path):
    write_latent_bundle(tmp_path / "job.npz", LatentBundle(consensus=CONSENSUS, components=COMPONENTS))
    bundle = read_latent_bundle(tmp_path / "job.npz")
    assert bundle.latents is None and bundle.particle_count == 0 and bundle.component_count == 3


def test_volumes_and_the_volume_at_a_place():
    bundle = LatentBundle(consensus=CONSENSUS, components=COMPONENTS, latents=LATENTS)
    assert bundle.volumes.shape == (4, 6, 6, 6)
    by_hand = CONSENSUS + sum(z * component for z, component in zip(LATENTS[7], COMPONENTS, strict=True))
    # Single precision, sums of four terms of order 1.
    np.testing.assert_allclose(bundle.volume_at(LATENTS[7]), by_hand, atol=1e-5)
    with pytest.raises(InputError, match="there are 3 components"):
        bundle.volume_at(LATENTS[7, :2])


def test_pickled_particles_are_refused_and_the_maps_can_be_had(tmp_path):
    rows = np.array([("a.mrc", 1.0)], [("blob/path", "O"), ("components_mode_0/value", "f4")])
    np.savez(tmp_path / "job.npz", particles=rows, consensus_map=CONSENSUS, components=COMPONENTS[:1])
    with pytest.raises(InputError, match="particles is pickled") as error:
        read_latent_bundle(tmp_path / "job.npz")
    assert "vitreous zernike bundle" in str(error.value.hint) and "read_particles=False" in str(error.value.hint)
    assert read_latent_bundle(tmp_path / "job.npz", read_particles=False).latents is None


def test_pickled_maps_are_refused(tmp_path):
    np.savez(tmp_path / "job.npz", consensus_map=CONSENSUS, components=COMPONENTS.astype(object))
    with pytest.raises(InputError, match="components is pickled") as error:
        read_latent_bundle(tmp_path / "job.npz")
    assert "read_particles" not in str(error.value.hint)


def test_what_is_no_bundle_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", arr_0=CONSENSUS)
    with pytest.raises(InputError, match="no bundle of a 3D variability job"):
        read_latent_bundle(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", consensus_map=CONSENSUS, components=COMPONENTS, particles=np.zeros(3, [("uid", "u8")]))
    with pytest.raises(InputError, match="no column components_mode_0/value"):
        read_latent_bundle(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", consensus_map=CONSENSUS[0], components=COMPONENTS)
    with pytest.raises(InputError, match="consensus_map is an array of float32 with 2 axes"):
        read_latent_bundle(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", consensus_map=CONSENSUS, components=COMPONENTS, apix=np.ones(3))
    with pytest.raises(InputError, match="apix is not one number"):
        read_latent_bundle(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"components": COMPONENTS[:, :5]}, "do not belong to a consensus map"),
        ({"components": COMPONENTS[:0]}, "do not belong to a consensus map"),
        ({"latents": LATENTS[:, :2]}, "2 latents for each particle"),
        ({"consensus": np.where(CONSENSUS > 2, np.nan, CONSENSUS)}, "NaN or infinite"),
        ({"latents": np.full_like(LATENTS, np.inf)}, "latents: 60 values are NaN or infinite"),
        ({"voxel_size": 0.0}, "must be positive"),
    ],
)
def test_parts_that_do_not_belong_together(change, message):
    with pytest.raises(InputError, match=message):
        LatentBundle(**{"consensus": CONSENSUS, "components": COMPONENTS, "latents": LATENTS} | change)


@pytest.fixture
def job(tmp_path):
    """Maps in the order in which a shell lists them: 10 before 2."""
    write_mrc(tmp_path / "J7_map.mrc", CONSENSUS, pixel_size=1.4)
    paths = []
    for number, component in zip((0, 10, 2), COMPONENTS[[0, 2, 1]], strict=True):
        paths.append(tmp_path / f"cryosparc_P3_J7_component_{number}.mrc")
        write_mrc(paths[-1], component, pixel_size=1.4)
    with (tmp_path / "particles.cs").open("wb") as stream:
        np.save(stream, job_table((0, 2, 10)))
    return tmp_path / "J7_map.mrc", paths, tmp_path / "particles.cs"


def test_cryosparcs_files_by_the_number_in_their_names(job):
    bundle = bundle_from_cryosparc(*job)
    np.testing.assert_array_equal(bundle.components, COMPONENTS)
    np.testing.assert_array_equal(bundle.latents, LATENTS)
    assert bundle.voxel_size == 1.4


def test_cryosparcs_files_that_do_not_belong_together(job, tmp_path):
    consensus, components, particles = job
    with pytest.raises(InputError, match="latents of the components 0, 2, 10, but maps are given of 0, 10"):
        bundle_from_cryosparc(consensus, components[:2], particles)
    with pytest.raises(InputError, match="are both component 0"):
        bundle_from_cryosparc(consensus, [components[0], *components], particles)
    with pytest.raises(InputError, match="does not say which component"):
        bundle_from_cryosparc(consensus, [consensus], particles)
    with pytest.raises(InputError, match="no component map"):
        bundle_from_cryosparc(consensus, [], particles)
    other = tmp_path / "component_1.mrc"
    write_mrc(other, COMPONENTS[0], pixel_size=1.5)
    with pytest.raises(InputError, match=r"voxels of 1\.5 Å"):
        bundle_from_cryosparc(consensus, [other], None)
    write_mrc(other, COMPONENTS[0, :5, :5, :5], pixel_size=1.4)
    with pytest.raises(InputError, match=r"has the shape \(5, 5, 5\)"):
        bundle_from_cryosparc(consensus, [other], None)
