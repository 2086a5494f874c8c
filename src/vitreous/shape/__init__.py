"""The shape of maps in 3D Zernike moments: decomposition, reconstruction, invariants, alignment and search."""

from ._align import Alignment as Alignment
from ._align import align_moments as align_moments
from ._align import mirror_moments as mirror_moments
from ._bispectrum import bispectrum as bispectrum
from ._bispectrum_labels import bispectrum_labels as bispectrum_labels
from ._compare import MomentCorrelation as MomentCorrelation
from ._compare import compare_moments as compare_moments
from ._invariants import invariants as invariants
from ._invariants import normalised_invariants as normalised_invariants
from ._invariants import power_by_order as power_by_order
from ._latent_components import LatentComponents as LatentComponents
from ._latent_components import latent_components as latent_components
from ._latent_components import latent_scores as latent_scores
from ._latent_invariants import invariant_forms as invariant_forms
from ._latent_invariants import latent_invariants as latent_invariants
from ._latent_invariants import moments_at as moments_at
from ._latent_neighbours import LatentNeighbours as LatentNeighbours
from ._latent_neighbours import latent_distances as latent_distances
from ._latent_neighbours import latent_neighbours as latent_neighbours
from ._latent_path import LatentPath as LatentPath
from ._latent_path import latent_path as latent_path
from ._latent_path import latents_along as latents_along
from ._latent_space import LatentSpace as LatentSpace
from ._resolution_rule import order_for_resolution as order_for_resolution
from ._resolution_rule import resolution_for_order as resolution_for_order
from ._rotations import rotation_correlation as rotation_correlation
