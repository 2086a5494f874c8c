"""Images and how likely they are: the parts of a microscope composed into one differentiable model."""

from ._image_model import ImageModel as ImageModel
from ._image_model import make_image_model as make_image_model
from ._likelihood import GaussianLikelihood as GaussianLikelihood
from ._noise import AbstractNoise as AbstractNoise
from ._noise import ColouredNoise as ColouredNoise
from ._noise import WhiteNoise as WhiteNoise
