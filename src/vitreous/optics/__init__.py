"""What the lens does to the image: the contrast transfer function, its sign, and the box it needs.

Positive defocus is underfocus, every length is in Å, and protein is dark, as on a micrograph.
"""

from ._aliasing import aliasing_box as aliasing_box
from ._aliasing import warn_if_aliased as warn_if_aliased
from ._contrast import Contrast as Contrast
from ._ctf import CTF as CTF
