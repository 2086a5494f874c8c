"""The whole optics of particles: aberrations, magnification, scale and premultiplication as RELION's files say them."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.optics import CTF, Aberrations
from vitreous.poses import EulerAnglePose

PARTICLES = """
data_particles
loop_
_rlnImageName #1
_rlnDefocusU #2
_rlnCtfScalefactor #3
_rlnOpticsGroup #4
1@a.mrcs 10000 1.0 1
2@a.mrcs 12000 0.8 2
3@a.mrcs 14000 1.1 1
"""
MICROSCOPE = "300 2.7 0.1 1.2 8"


def load(folder, labels="", values=("", "")):
    names = ["rlnVoltage", "rlnSphericalAberration", "rlnAmplitudeContrast", "rlnImagePixelSize", "rlnImageSize"]
    header = "\n".join(f"_{name}" for name in ["rlnOpticsGroup", *names, *labels.split()])
    rows = "\n".join(f"{number} {MICROSCOPE} {value}" for number, value in enumerate(values, 1))
    path = folder / "particles.star"
    path.write_text(f"data_optics\nloop_\n{header}\n{rows}\n{PARTICLES}")
    return ParticleDataset.load(path)


def test_zernike_coefficients_of_each_group(tmp_path):
    particles = load(tmp_path, "rlnOddZernike rlnEvenZernike", ("[0.1,0.2,0.3] [1,2,3]", "[] [4]"))
    optics = particles.optics
    np.testing.assert_allclose(optics.aberrations.odd, [[0.1, 0.2, 0.3], [0, 0, 0], [0.1, 0.2, 0.3]], rtol=1e-6)
    np.testing.assert_allclose(optics.aberrations.even, [[1, 2, 3], [4, 0, 0], [1, 2, 3]])
    np.testing.assert_allclose(optics.scale, [1.0, 0.8, 1.1], rtol=1e-6)
    assert optics.magnification is None
    assert not optics.premultiplied
    assert particles[1].optics.aberrations.even.tolist() == [[4, 0, 0]]


def test_beam_tilt_adds_to_the_odd_coefficients(tmp_path):
    optics = load(tmp_path, "rlnBeamTiltX rlnBeamTiltY rlnOddZernike", ("0.5 -0.2 [0.1,0.2,0.3]", "0 0 [0,0,0]")).optics
    coma = Aberrations.from_beam_tilt(0.5, -0.2, voltage_kv=300.0, cs_mm=2.7)
    expected = (coma + Aberrations(odd=[0.1, 0.2, 0.3])).odd
    np.testing.assert_allclose(optics.aberrations.odd[2], expected, rtol=1e-6)
    np.testing.assert_allclose(optics.aberrations.odd[1], 0)


def test_magnification_of_each_group(tmp_path):
    labels = "rlnMagMat00 rlnMagMat01 rlnMagMat10 rlnMagMat11"
    optics = load(tmp_path, labels, ("1.01 0.02 0.03 0.99", "1 0 0 1")).optics
    np.testing.assert_allclose(optics.magnification[0], [[1.01, 0.02], [0.03, 0.99]], rtol=1e-6)
    q = jnp.array([0.1, 0.2])
    true = jax.vmap(lambda one: one.true_frequencies(q))(optics)
    np.testing.assert_allclose(true, [[0.105, 0.201], [0.1, 0.2], [0.105, 0.201]], rtol=1e-6)


def test_plain_optics_are_the_ctf_alone(tmp_path):
    # Zeros and identities cost nothing, as if they were not there.
    labels = "rlnBeamTiltX rlnEvenZernike rlnMagMat00 rlnMagMat11"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        particles = load(tmp_path, labels, ("0 [0,0] 1 1", "0 [0] 1 1"))
        optics, ctf = particles.optics, particles.ctf
    assert isinstance(optics.ctf, CTF)
    assert optics.aberrations is None
    assert optics.magnification is None
    assert optics.ctf.defocus_u.tolist() == ctf.defocus_u.tolist() == [10_000, 12_000, 14_000]


def test_the_microscope_does_not_warn_of_what_it_holds():
    particles = ParticleDataset.load(shared_data("metadata/relion5.star"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optics = particles.optics
    assert optics.aberrations.even.shape == (len(particles), 9)
    assert optics.aberrations.odd.shape == (len(particles), 6)
    np.testing.assert_allclose(optics.magnification[0, 1], [-8.23335e-04, 1.000381], rtol=1e-6)
    with pytest.warns(UserWarning, match="negative rlnCtfBfactor"):
        _ = ParticleDataset.load(shared_data("particles/sta_testing_bin8.star")).optics


def test_premultiplied(tmp_path):
    label = "rlnCtfDataAreCtfPremultiplied"
    assert load(tmp_path, label, ("1", "1")).optics.premultiplied
    mixed = load(tmp_path, label, ("1", "0"))
    with pytest.raises(InputError, match=r"2 of 3 images were multiplied by their CTF.*\n.*ctf_premultiplied"):
        _ = mixed.optics
    assert mixed[mixed.metadata.ctf_premultiplied].optics.premultiplied


def test_a_list_that_is_none(tmp_path):
    with pytest.raises(InputError, match=r"rlnEvenZernike of \[1,x\] is no list of numbers"):
        load(tmp_path, "rlnEvenZernike", ("[1,x]", "[1]"))


def test_poses_and_optics_go_together(tmp_path):
    # A batch of microscopes is a pytree like any other, to be mapped over beside poses.
    optics = load(tmp_path, "rlnEvenZernike", ("[0.1]", "[0.2]")).optics
    poses = jax.vmap(EulerAnglePose)(jnp.zeros(3), jnp.zeros(3), jnp.zeros(3))
    values = jax.vmap(lambda pose, one: one(jnp.ones(2)) + 0 * pose.phi)(poses, optics)
    assert values.shape == (3,)
