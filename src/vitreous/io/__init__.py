"""Files at the door, as plain arrays and tables.

Images: MRC of every mode, TIFF, electron-event movies (EER), HDF5, EMAN2's `.hdf` and `.lst`, gain references and
defects. Tables: STAR, cryoSPARC's `.cs` and `.csg`, RELION's `.dat`, NumPy's `.npz`, SerialEM's `.mdoc`, IMOD's
transforms and angles, coordinates of EMAN, IMOD and Topaz, Chimera's `.cmm`. Structures: PDB, mmCIF and trajectories.

This room interprets nothing: poses, optics and units get their meaning in `vitreous.datasets`. It never loads JAX.
"""

from ._atoms import AtomTable as AtomTable
from ._coordinates import read_box as read_box
from ._coordinates import read_coords as read_coords
from ._coordinates import write_box as write_box
from ._coordinates import write_coords as write_coords
from ._coordinates_delimited import read_delimited as read_delimited
from ._coordinates_delimited import write_delimited as write_delimited
from ._coordinates_eman import read_eman_boxes as read_eman_boxes
from ._coordinates_eman import write_eman_boxes as write_eman_boxes
from ._cs import read_cs as read_cs
from ._cs import write_cs as write_cs
from ._csg import CsGroup as CsGroup
from ._csg import read_csg as read_csg
from ._csg_write import write_csg as write_csg
from ._dat import read_dat as read_dat
from ._dat import write_dat as write_dat
from ._defects import read_defects as read_defects
from ._eer import EerItem as EerItem
from ._eer import EerMovie as EerMovie
from ._eer import open_eer as open_eer
from ._eman_lst import read_lst as read_lst
from ._expression import evaluate_expression as evaluate_expression
from ._gain import GainFlip as GainFlip
from ._gain import GainOrientation as GainOrientation
from ._gain import read_gain as read_gain
from ._hdf5_stack import read_hdf5_tables as read_hdf5_tables
from ._hdf5_stack import write_hdf5_stack as write_hdf5_stack
from ._image_names import resolve_image_name as resolve_image_name
from ._image_names import split_image_name as split_image_name
from ._images import ImageFile as ImageFile
from ._images import open_images as open_images
from ._imod import read_tilt_angles as read_tilt_angles
from ._imod import read_xf as read_xf
from ._imod import write_tilt_angles as write_tilt_angles
from ._imod import write_xf as write_xf
from ._markers import Markers as Markers
from ._markers import read_markers as read_markers
from ._mdoc import Mdoc as Mdoc
from ._mdoc import MdocSection as MdocSection
from ._mdoc import read_mdoc as read_mdoc
from ._mdoc import write_mdoc as write_mdoc
from ._mrc_header import MrcFile as MrcFile
from ._mrc_header import inspect_mrc as inspect_mrc
from ._mrc_header import is_mrc as is_mrc
from ._mrc_modes import MrcMode as MrcMode
from ._mrc_read import map_mrc as map_mrc
from ._mrc_read import read_mrc as read_mrc
from ._mrc_read import read_mrc_complex as read_mrc_complex
from ._mrc_write import MrcStackWriter as MrcStackWriter
from ._mrc_write import write_mrc as write_mrc
from ._named_rows import read_named_rows as read_named_rows
from ._npz import NpzMember as NpzMember
from ._npz import npz_members as npz_members
from ._npz import read_npz as read_npz
from ._npz import write_npz as write_npz
from ._star import read_star as read_star
from ._star import write_star as write_star
from ._structures import StructureSummary as StructureSummary
from ._structures import read_atoms as read_atoms
from ._structures import read_structure_summary as read_structure_summary
from ._structures_write import write_atoms as write_atoms
from ._table import Table as Table
from ._tiff import TiffFile as TiffFile
from ._tiff import inspect_tiff as inspect_tiff
from ._tiff import read_tiff as read_tiff
from ._tiff import write_tiff as write_tiff
from ._trajectory import Trajectory as Trajectory
from ._trajectory import iterate_trajectory as iterate_trajectory
from ._trajectory import read_trajectory as read_trajectory
