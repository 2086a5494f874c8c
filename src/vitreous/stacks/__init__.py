"""Jobs on particle stacks: made, joined, divided, resized, normalised and cleaned, image by image.

Every job takes a `ParticleDataset`, or some of its particles, and writes another: a list (`.star`, `.cs`) with its
images in a `.mrcs` beside it, or one `.h5` with both. Images are read, changed and written a batch at a time, so the
memory that a job takes does not depend on how many there are. What is written appears whole or not at all.
"""

from ._bin import BinOptions as BinOptions
from ._bin import bin_stack as bin_stack
from ._clean import BadParticle as BadParticle
from ._clean import CleanOptions as CleanOptions
from ._clean import clean_stack as clean_stack
from ._clean import find_bad_particles as find_bad_particles
from ._create import create_stack as create_stack
from ._invert import invert_stack as invert_stack
from ._merge import append_stack as append_stack
from ._merge import merge_stacks as merge_stacks
from ._montage import MontageOptions as MontageOptions
from ._montage import montage as montage
from ._normalise import NormaliseOptions as NormaliseOptions
from ._normalise import background_mask as background_mask
from ._normalise import normalise_images as normalise_images
from ._normalise import normalise_stack as normalise_stack
from ._outputs import StackReport as StackReport
from ._resize import crop_stack as crop_stack
from ._resize import pad_stack as pad_stack
from ._select import SelectOptions as SelectOptions
from ._select import in_classes as in_classes
from ._select import read_rows as read_rows
from ._select import read_selected_classes as read_selected_classes
from ._select import select_stack as select_stack
from ._split import SplitOptions as SplitOptions
from ._split import split_stack as split_stack
from ._subset import SubsetOptions as SubsetOptions
from ._subset import subset_rows as subset_rows
from ._subset import subset_stack as subset_stack
