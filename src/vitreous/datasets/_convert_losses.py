"""What a format of particles has no place for, said as warnings."""

import re
import warnings
from pathlib import Path

import numpy as np

from ._convert_warning import ConversionWarning
from ._cryosparc_table import CryosparcTable
from ._metadata import ParticleMetadata
from ._particle_table import AbstractParticleTable
from ._relion_versions import RelionVersion

# What `metadata_from_cryosparc` understands, and what says nothing more.
_CRYOSPARC = re.compile(
    r"uid|blob/(path|idx|shape|psize_A|sign|import_sig)"
    r"|ctf/(type|exp_group_id|accel_kv|cs_mm|amp_contrast|df1_A|df2_A|df_angle_rad|phase_shift_rad|bfactor|scale|"
    r"scale_const|shift_A|tilt_A|trefoil_A|tetra_A|anisomag)"
    r"|alignments[23]D/(pose|shift|psize_A|split|class)"
    r"|location/(micrograph_path|micrograph_uid|exp_group_id|center_x_frac|center_y_frac|micrograph_shape)"
)
# What `metadata_from_relion` understands.
_RELION = re.compile(
    r"rln(ImageName|ImageSize|ImageDimensionality|ImagePixelSize|PixelSize|DetectorPixelSize|Magnification|OpticsGroup|"
    r"OpticsGroupName|Angle(Rot|Tilt|Psi)|Origin[XYZ](Angst)?|DefocusU|DefocusV|DefocusAngle|PhaseShift|CtfBfactor|"
    r"CtfScalefactor|Voltage|SphericalAberration|AmplitudeContrast|BeamTilt[XY]|OddZernike|EvenZernike|MagMat[01][01]|"
    r"CtfDataAreCtfPremultiplied|RandomSubset|ClassNumber|MicrographName|Coordinate[XY])|cryosparc(Uid|Sign)"
)


def unplaced_columns(table: AbstractParticleTable, target: Path) -> None:
    """Warn of the columns that stay behind.

    A column of cryoSPARC's that is the same for all particles, as those that a job has not filled in, is not missed.
    """
    if isinstance(table, CryosparcTable):
        unplaced = [
            name for name in table.names if not _CRYOSPARC.fullmatch(name) and len(np.unique(table.rows[name])) > 1
        ]
    else:
        unplaced = [name for name in table.names if not _RELION.fullmatch(name)]
    if unplaced:
        warnings.warn(
            f"{target}: without the columns of {table.source} that have no place in its format: "
            f"{', '.join(unplaced[:8])}{f' and {len(unplaced) - 8} more' if len(unplaced) > 8 else ''}.",
            UserWarning,
            stacklevel=2,
        )


def unread_by_relion(metadata: ParticleMetadata, version: RelionVersion, target: Path) -> None:
    """Warn of columns that an old RELION does not understand."""
    if version is not RelionVersion.V3_0:
        return
    new = {
        "rlnOddZernike": metadata.odd_zernike is not None,
        "rlnEvenZernike": metadata.even_zernike is not None,
        "rlnMagMat00 to rlnMagMat11": metadata.magnification is not None,
        "rlnCtfDataAreCtfPremultiplied": bool(metadata.ctf_premultiplied.any()),
    }
    if any(new.values()):
        names = ", ".join(name for name, is_said in new.items() if is_said)
        warnings.warn(
            f"{target}: RELION 3.0 ignores the columns {names}, which change the images.",
            ConversionWarning,
            stacklevel=2,
        )
