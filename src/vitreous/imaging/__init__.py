"""Images and how likely they are: the parts of a microscope composed into one differentiable model."""

from ._base import AbstractImageModel as AbstractImageModel
from ._counting import CountingLikelihood as CountingLikelihood
from ._grouped_noise import GroupedNoise as GroupedNoise
from ._grouped_noise import noise_of_groups as noise_of_groups
from ._image_model import ImageModel as ImageModel
from ._image_model import make_image_model as make_image_model
from ._likelihood import AbstractLikelihood as AbstractLikelihood
from ._likelihood import GaussianLikelihood as GaussianLikelihood
from ._marginal import MarginalGaussianLikelihood as MarginalGaussianLikelihood
from ._marginal import ProfileGaussianLikelihood as ProfileGaussianLikelihood
from ._marginal import ScaleAndOffsetPrior as ScaleAndOffsetPrior
from ._noise import AbstractNoise as AbstractNoise
from ._noise import ColouredNoise as ColouredNoise
from ._noise import WhiteNoise as WhiteNoise
from ._parameters import named_parameters as named_parameters
from ._parameters import with_parameters as with_parameters
from ._projection_model import ProjectionModel as ProjectionModel
from ._saving import load_model as load_model
from ._saving import register_saved_class as register_saved_class
from ._saving import save_model as save_model
