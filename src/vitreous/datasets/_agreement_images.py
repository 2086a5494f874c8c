"""Model images of particles as their metadata say, of a specimen that shows every error."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64, Shaped

from vitreous.grids import ImageConfig
from vitreous.imaging import make_image_model
from vitreous.optics import CTF, Aberrations, Microscope
from vitreous.poses import EulerAnglePose
from vitreous.volumes import GaussianMixtureVolume

from ._metadata import ParticleMetadata

Ingredients = Mapping[str, Shaped[np.ndarray, "m ..."]]
"""What the image of each particle is made of, by name; arrays with one row per particle."""

BOX = 63
"""Pixels. They are as large as the particle's own, so that the images reach its Nyquist frequency.

The number is odd: at the Nyquist frequency itself a shift and an odd aberration are no longer the same thing."""

# Places as fractions of the box, and weights. No rotation and no mirror brings the set back to itself, and it reaches
# far enough from the centre that a turn by 0.1° moves its rim by a twentieth of a pixel.
_PLACES = np.array(
    [
        [0.00, 0.00, 0.00],
        [0.33, 0.02, -0.05],
        [-0.12, 0.28, 0.10],
        [0.05, -0.21, 0.30],
        [-0.26, -0.17, -0.19],
        [0.19, 0.16, 0.24],
        [-0.07, 0.11, -0.31],
    ]
)
_WEIGHTS = np.array([1.0, 0.9, 1.3, 0.7, 1.1, 0.8, 1.2])
_WIDTH = 0.6  # pixels: a fifth of the contrast is left at the Nyquist frequency


def ingredients(
    metadata: ParticleMetadata, *, even: int, odd: int, sign: int
) -> dict[str, Shaped[np.ndarray, "m ..."]]:
    """What the images of particles are made of; what the metadata do not say is what changes nothing.

    Arguments:
        metadata: Of m particles.
        even: How many even Zernike coefficients there shall be.
        odd: How many odd ones.
        sign: Of the stored contrast.
    """
    n = len(metadata)
    defaults = {name: float(getattr(CTF(), name)) for name in CTF.__dataclass_fields__}
    ctf = metadata.ctf_parameters or {name: np.full(n, value) for name, value in defaults.items()}
    tilt, matrix = metadata.beam_tilt_mrad, metadata.magnification
    offsets = np.zeros((n, 3)) if metadata.offsets is None else metadata.offsets
    # A format without offsets along the beam has them in the defocus, so both are brought to that.
    raised = {name: ctf[name] + offsets[:, 2] for name in ("defocus_u", "defocus_v")}
    return {
        "angles": np.zeros((n, 3)) if metadata.euler_angles_deg is None else metadata.euler_angles_deg,
        "offsets": offsets[:, :2],
        **ctf,
        **raised,
        "scale": metadata.ctf_scales,
        "even": _padded(metadata.even_zernike, n, even),
        "odd": _padded(metadata.odd_zernike, n, odd),
        "tilt": np.zeros((n, 2)) if tilt is None else tilt,
        "magnification": np.tile(np.eye(2), (n, 1, 1)) if matrix is None else matrix,
        "pixel_size": np.where(np.isfinite(metadata.pixel_sizes), metadata.pixel_sizes, 1.0),
        "sign": np.full(n, float(sign)),
    }


def _padded(values: Float64[np.ndarray, "n k"] | None, n: int, size: int) -> Float64[np.ndarray, "n size"]:
    return np.zeros((n, size)) if values is None else np.pad(values, ((0, 0), (0, size - values.shape[1])))


def model_images(
    parts: Ingredients, *, specimen_sizes: Float64[np.ndarray, " m"], magnified: bool
) -> Float[np.ndarray, "m y x"]:
    """Noise-free images of the specimen.

    Arguments:
        parts: What they are made of.
        specimen_sizes: The side in Å of the box that the specimen fills, for each particle: not that of `parts`, so
            that a wrong pixel size shows the specimen in another size.
        magnified: Whether any magnification is not the identity; it takes its time.
    """
    arrays = {name: jnp.asarray(values, float) for name, values in parts.items()}
    return np.asarray(_images(arrays, jnp.asarray(specimen_sizes, float), magnified))


@eqx.filter_jit
def _images(parts: dict[str, Array], sizes: Float[Array, " m"], magnified: bool) -> Float[Array, "m y x"]:
    return jax.vmap(lambda part, size: _image(part, size, magnified))(parts, sizes)


def _image(part: dict[str, Array], size: Float[Array, ""], magnified: bool) -> Float[Array, "y x"]:
    ctf = CTF(**{name: part[name] for name in CTF.__dataclass_fields__})
    coma = Aberrations.from_beam_tilt(part["tilt"][0], part["tilt"][1], voltage_kv=ctf.voltage_kv, cs_mm=ctf.cs_mm)
    optics = Microscope(
        ctf,
        aberrations=Aberrations(part["even"], part["odd"]) + coma,
        magnification=part["magnification"] if magnified else None,
        scale=part["scale"],
    )
    phi, theta, psi = part["angles"]
    x, y = part["offsets"]
    volume = GaussianMixtureVolume(
        _PLACES * size,
        amplitudes=jnp.asarray(_WEIGHTS),
        variances=jnp.full(len(_WEIGHTS), (_WIDTH / BOX) ** 2) * size**2,
    )
    model = make_image_model(
        volume,
        ImageConfig((BOX, BOX), part["pixel_size"]),
        pose=EulerAnglePose(phi, theta, psi, offset_x=x, offset_y=y),
        optics=optics,
    )
    return part["sign"] * model.simulate()
