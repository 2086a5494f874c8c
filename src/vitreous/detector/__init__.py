"""What the camera counts: electrons, and how probable the counts are for a given contrast.

The expected count in a pixel is $D p^2 (1 + 2C)$, with $D$ the dose in electrons per Å², $p$ the pixel size and $C$ the
contrast (protein dark).
"""

from ._base import AbstractDetector as AbstractDetector
from ._gaussian import GaussianDetector as GaussianDetector
from ._poisson import PoissonDetector as PoissonDetector
