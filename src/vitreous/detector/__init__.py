"""What the camera counts: electrons, and how probable the counts are for a given contrast.

The electrons that reach a pixel are $D p^2 (1 + 2C)$ on average, with $D$ the dose in electrons per Å², $p$ the pixel
size and $C$ the contrast (protein dark). Ice takes some away (`InelasticLoss`); a camera blurs them and colours their
noise (`DirectDetector`), in frames (`sample_frames`) and with a gain for each pixel (`Gain`).
"""

from ._base import AbstractDetector as AbstractDetector
from ._curves import AbstractDetectorCurves as AbstractDetectorCurves
from ._curves import DetectorCurves as DetectorCurves
from ._curves import IdealPixel as IdealPixel
from ._direct import DirectDetector as DirectDetector
from ._fractions import sample_frames as sample_frames
from ._fractions import split_counts as split_counts
from ._gain import Gain as Gain
from ._gaussian import GaussianDetector as GaussianDetector
from ._inelastic import InelasticLoss as InelasticLoss
from ._poisson import PoissonDetector as PoissonDetector
