r"""Functions on the sphere and in the ball: spherical harmonics, Zernike functions, and how they turn.

The Zernike functions of the unit ball are $Z_{nlm}(x) = \sqrt{2n+3}\, R_{nl}(|x|)\, Y_{lm}(\hat x)$, an
orthonormal basis, with the Condon–Shortley phase in $Y_{lm}$.
"""

from ._functions import zernike_functions as zernike_functions
from ._indices import invariant_labels as invariant_labels
from ._indices import moment_count as moment_count
from ._indices import moment_index as moment_index
from ._indices import moment_labels as moment_labels
from ._indices import moment_order as moment_order
from ._plan import ZernikePlan as ZernikePlan
from ._quadrature import BallQuadrature as BallQuadrature
from ._radial import zernike_radial as zernike_radial
from ._radial_transform import zernike_radial_transform as zernike_radial_transform
from ._rotate import moments_by_degree as moments_by_degree
from ._rotate import rotate_moments as rotate_moments
from ._rotate import rotation_generators as rotation_generators
from ._spherical import spherical_harmonics as spherical_harmonics
from ._wigner import wigner_d as wigner_d
from ._wigner import wigner_matrix as wigner_matrix
from ._wigner_quarter_turn import quarter_turns as quarter_turns
from ._wigner_series import rotation_series as rotation_series
