"""The Rytov approximation: the logarithm of the wave is linear in the potential."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, as_scalar
from vitreous.grids import ImageConfig
from vitreous.kernels import phasor
from vitreous.optics import AbstractOptics
from vitreous.projection import AbstractVolumeIntegrator
from vitreous.volumes import AbstractVolumeRepresentation

from ._ewald_slice import EwaldSurface, ewald_slices
from ._interaction import complex_strength, paraxial_angle, stretched_area
from ._wave import AbstractWaveScattering
from ._wave_grid import OVERSAMPLING, WaveGrid, check_oversampling


class RytovScattering(AbstractWaveScattering):
    r"""The exponential of the singly scattered wave, in depth and of moderate strength.

    $$ \psi_e = \exp \Phi, \qquad \tilde\Phi(q) = i\lambda\gamma\,(\sqrt{1 - w^2} + i w)\,
       \tilde U(q, q_z)\, e^{-i\pi\lambda z_e q^2}, $$

    where $\Phi$ is the relative wave of the first Born approximation at the plane $z_e$, from the curved slice of
    `EwaldSphereScattering` (Tatarskii 1961, *Wave Propagation in a Turbulent Medium*, chapter 7; Devaney 1981, *Opt.
    Lett.* 6, 374; for electrons Krehl & Lubk 2017, *Phys. Rev. B* 95, 245106). Behind that plane the wave is carried to
    the image exactly. For a thin specimen it is the phase object, for a weak one the Ewald sphere.

    What the exponent neglects is $|\nabla\Phi|^2$ along the way to $z_e$, so the plane belongs close to the specimen:
    at its centre the way is shortest, and $z_e = 0$ is right for a centred specimen. For another, give the z of its
    centre: object and plane moved together are the same image at another defocus. It fails where phase gradients and
    depth are both large. Protein like apoferritin, 480 Å thick, is 3 % off multislice at 300 kV and 7 % at 100 kV, at
    any resolution down to 3 Å (`benchmarks/scattering_theories.py`), at the cost of two slices.

    The volume's transform is read where the surface is; `integrator` is not used, and volumes without a method
    `values_at` cannot be imaged so.

    Arguments:
        exit_plane: $z_e$ in Å.
        surface: Ewald sphere or paraboloid.
        oversampling: How much finer the waves' grid is than the image (see `AbstractWaveScattering`).

    Raises:
        InputError: `exit_plane` is no single number, or `oversampling` is below 1.

    Examples:
        >>> RytovScattering(exit_plane=20.0).surface
        <EwaldSurface.SPHERE: 'sphere'>
    """

    exit_plane: Float[Array, ""]
    surface: EwaldSurface = eqx.field(static=True)
    oversampling: float = eqx.field(static=True)

    def __init__(
        self,
        *,
        exit_plane: FloatLike = 0.0,
        surface: EwaldSurface = EwaldSurface.SPHERE,
        oversampling: float = OVERSAMPLING,
    ):
        self.exit_plane = as_scalar(exit_plane, name="exit_plane")
        self.surface = surface
        self.oversampling = check_oversampling(oversampling)

    def scattered_spectrum(
        self,
        volume: AbstractVolumeRepresentation,
        optics: AbstractOptics,
        image_config: ImageConfig,
        *,
        integrator: AbstractVolumeIntegrator,
    ) -> Complex[Array, "y x"]:
        """The full spectrum of the scattered wave (see `AbstractWaveScattering`).

        Raises:
            InputError: The volume does not know its Fourier transform.
        """
        grid = WaveGrid.around(image_config, self.oversampling)
        here, opposite = ewald_slices(volume, optics, image_config, surface=self.surface, reverse_curvature=False)
        carried = phasor(-self.exit_plane * paraxial_angle(optics, image_config.frequencies))
        here, opposite = here * carried, opposite * carried.conj()
        # The spectrum f of a complex field is `here` at +q and `opposite`* at −q: those of its real and imaginary part.
        real = grid.from_half_spectrum((here + opposite) / 2)
        imaginary = grid.from_half_spectrum((here - opposite) / 2j)
        strength = complex_strength(optics) * stretched_area(optics)
        return jnp.fft.fft2(jnp.expm1(1j * strength * (real + 1j * imaginary)))
