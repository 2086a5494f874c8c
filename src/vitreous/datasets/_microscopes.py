"""The whole optics of particles, from their metadata."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError
from vitreous.optics import CTF, Aberrations, Microscope

from ._metadata import ParticleMetadata


def count_without_ctf(metadata: ParticleMetadata) -> int:
    """How many particles have no CTF."""
    parameters = metadata.ctf_parameters
    if parameters is None:
        return len(metadata)
    return int((~np.isfinite(np.stack([*parameters.values()], axis=-1))).any(axis=-1).sum())


def ctf_of(metadata: ParticleMetadata, *, source: Path) -> CTF:
    """The CTF of each particle, batched.

    Arguments:
        metadata: Of n particles.
        source: Where they come from, for errors.

    Raises:
        InputError: The particles, or some of them, have no CTF.
    """
    lost, parameters = count_without_ctf(metadata), metadata.ctf_parameters
    if lost or parameters is None:
        raise InputError(
            f"{source}: {lost} of {len(metadata)} particles have no CTF: {metadata.ctf_problem}.",
            hint="Use a file with defocus, voltage, Cs and amplitude contrast, or leave these out.",
        )
    return jax.vmap(lambda fields: CTF(**fields))({name: jnp.asarray(values) for name, values in parameters.items()})


def microscopes(metadata: ParticleMetadata, ctf: CTF, *, source: str) -> Microscope:
    """Each particle's CTF with what else the metadata say: aberrations, magnification, scale, premultiplication.

    Arguments:
        metadata: Of n particles.
        ctf: Their CTFs, batched.
        source: Where they come from, for errors.

    Returns:
        A batch of n.

    Raises:
        InputError: Some of the images, but not all of them, were multiplied by their CTF.
    """
    premultiplied = metadata.ctf_premultiplied
    if premultiplied.any() and not premultiplied.all():
        raise InputError(
            f"{source}: {int(premultiplied.sum())} of {len(premultiplied)} images were multiplied by their CTF, and "
            "the others were not, so no one microscope describes them.",
            hint="Work on them apart: dataset[dataset.metadata.ctf_premultiplied] and the rest.",
        )

    def microscope(
        ctf: CTF,
        even: Float[Array, " even"] | None,
        odd: Float[Array, " odd"] | None,
        tilt: Float[Array, "2"] | None,
        magnification: Float[Array, "2 2"] | None,
        scale: Float[Array, ""],
    ) -> Microscope:
        aberrations = None
        if even is not None or odd is not None:
            aberrations = Aberrations(() if even is None else even, () if odd is None else odd)
        if tilt is not None:
            coma = Aberrations.from_beam_tilt(tilt[0], tilt[1], voltage_kv=ctf.voltage_kv, cs_mm=ctf.cs_mm)
            aberrations = coma if aberrations is None else aberrations + coma
        return Microscope(
            ctf,
            aberrations=aberrations,
            magnification=magnification,
            scale=scale,
            premultiplied=bool(premultiplied.any()),
        )

    def array(values: np.ndarray | None) -> Array | None:
        return None if values is None else jnp.asarray(values)

    return jax.vmap(microscope)(
        ctf,
        array(metadata.even_zernike),
        array(metadata.odd_zernike),
        array(metadata.beam_tilt_mrad),
        array(metadata.magnification),
        jnp.asarray(metadata.ctf_scales),
    )
