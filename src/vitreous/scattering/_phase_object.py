"""The phase object: the whole specimen in one plane, however strong."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex

from vitreous.grids import ImageConfig
from vitreous.optics import AbstractOptics
from vitreous.projection import AbstractVolumeIntegrator, project_magnified
from vitreous.volumes import AbstractVolumeRepresentation

from ._interaction import complex_strength, stretched_area
from ._wave import AbstractWaveScattering
from ._wave_grid import OVERSAMPLING, WaveGrid, check_oversampling


class PhaseObjectScattering(AbstractWaveScattering):
    r"""The exit wave of a thin specimen of any strength, which the beam crosses on straight lines:

    $$ \psi_e = \exp\Bigl( i \lambda\gamma\, (\sqrt{1 - w^2} + i w) \int U\,dz \Bigr), \qquad z_e = 0. $$

    Also called strong phase, projection or high-energy (eikonal) approximation, or phase grating (Cowley & Moodie 1957,
    *Acta Cryst.* 10, 609; Vulović et al. 2013, *J. Struct. Biol.* 183, 19; Kirkland 2010, *Advanced Computing in
    Electron Microscopy*, chapter 5).

    It holds all orders of the projected potential, which weak phase cuts after the first, but no depth: all of the
    specimen has the same defocus. It fails like weak phase where $\pi\lambda q^2 t / 2$, the phase by which the faces
    differ from the middle in defocus, is no longer small. Protein like apoferritin at 300 kV is 10 % off multislice at
    a thickness of 53 Å at 3 Å resolution, 111 Å at 4 Å and 227 Å at 6 Å (`benchmarks/scattering_theories.py`).

    Arguments:
        oversampling: How much finer the waves' grid is than the image (see `AbstractWaveScattering`).

    Raises:
        InputError: `oversampling` is below 1.

    Examples:
        >>> PhaseObjectScattering().exit_plane
        0.0
    """

    oversampling: float = eqx.field(static=True)

    def __init__(self, *, oversampling: float = OVERSAMPLING):
        self.oversampling = check_oversampling(oversampling)

    @property
    def exit_plane(self) -> float:
        """The plane of the wave: z = 0."""
        return 0.0

    def scattered_spectrum(
        self,
        volume: AbstractVolumeRepresentation,
        optics: AbstractOptics,
        image_config: ImageConfig,
        *,
        integrator: AbstractVolumeIntegrator,
    ) -> Complex[Array, "y x"]:
        """The full spectrum of the scattered wave (see `AbstractWaveScattering`)."""
        grid = WaveGrid.around(image_config, self.oversampling)
        projection = project_magnified(volume, optics, image_config, integrator=integrator)
        strength = complex_strength(optics) * stretched_area(optics)
        return jnp.fft.fft2(jnp.expm1(1j * strength * grid.from_half_spectrum(projection)))
