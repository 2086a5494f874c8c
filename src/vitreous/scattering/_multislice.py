"""Multislice: multiple scattering in depth."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError
from vitreous.grids import ImageConfig
from vitreous.optics import AbstractOptics
from vitreous.projection import AbstractVolumeIntegrator
from vitreous.volumes import AbstractVolumeRepresentation

from ._interaction import complex_strength, paraxial_angle, stretched_area
from ._propagation import scatter_through_slices
from ._slices import slice_potential
from ._wave import AbstractWaveScattering
from ._wave_grid import OVERSAMPLING, WaveGrid, check_oversampling


class MultisliceScattering(AbstractWaveScattering):
    r"""The wave followed through slices of the specimen: scattering of all orders, each at its own depth.

    Between −`depth`/2 and `depth`/2 the potential is cut into slices of `slice_thickness`, the last one holding what
    remains; each acts in its middle as $\exp(i\lambda\gamma(\sqrt{1 - w^2} + i w)\int U\,dz)$, and free space between
    the middles as $e^{-i\pi\lambda\,dz\,q^2}$ (see `multislice_exit_wave`). The exit wave is at $z_e =$ `depth`/2.

    It is what the other theories are measured by. It fails where free space is no longer paraxial, far beyond protein,
    and where slices are thick: the error grows with the square of their thickness, $(\pi\lambda q^2 \Delta z / 2)^2/6$
    of what is scattered to $q$, which at 300 kV, 2 Å resolution and slices of 4 Å is 2e-4. With one slice it is the
    phase object.

    Potential beyond `depth` is not lost but counted to the outer slices, as if it were in their planes: a depth that is
    too small costs accuracy and nothing else. A voxel volume must fit into a cube of its longest side.

    Memory is that of all projected slices and a wave for each; in the gradient, too.

    Arguments:
        slice_thickness: Å; any, also more than the depth.
        depth: How far the specimen reaches along the beam in Å, centred on z = 0, in every pose.
        oversampling: How much finer the waves' grid is than the image (see `AbstractWaveScattering`).

    Raises:
        InputError: A length is not positive, or `oversampling` is below 1.

    Examples:
        >>> multislice = MultisliceScattering(4.0, depth=10.0)
        >>> multislice.slice_edges.tolist()
        [-5.0, -1.0, 3.0, 5.0]
    """

    slice_thickness: float = eqx.field(static=True)
    depth: float = eqx.field(static=True)
    oversampling: float = eqx.field(static=True)

    def __init__(self, slice_thickness: float, *, depth: float, oversampling: float = OVERSAMPLING):
        if not (0 < slice_thickness < np.inf and 0 < depth < np.inf):
            raise InputError(
                f"slice_thickness={slice_thickness} Å and depth={depth} Å must be positive.",
                hint="Use slices of 2 to 5 Å, and the depth of the specimen in Å.",
            )
        self.slice_thickness = float(slice_thickness)
        self.depth = float(depth)
        self.oversampling = check_oversampling(oversampling)

    @property
    def slice_edges(self) -> Float[np.ndarray, " edges"]:
        """Where the slices begin and end, in Å from the plane z = 0."""
        # A remainder that is only rounding makes no slice of its own.
        whole = np.arange(np.ceil(self.depth / self.slice_thickness - 1e-6)) * self.slice_thickness
        return np.append(whole, self.depth) - self.depth / 2

    @property
    def exit_plane(self) -> float:
        """The far face of the last slice."""
        return self.depth / 2

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
            InputError: The volume cannot be cut into slices (see `slice_potential`).
        """
        grid = WaveGrid.around(image_config, self.oversampling)
        edges = self.slice_edges
        slices = slice_potential(volume, image_config, edges, optics=optics, integrator=integrator)
        return scatter_through_slices(
            slices,
            jnp.asarray(np.diff(edges), grid.frequencies.dtype),
            strength=complex_strength(optics) * stretched_area(optics),
            angle=paraxial_angle(optics, grid.frequencies),
            window=grid.window,
            to_field=grid.from_half_spectrum,
        )
