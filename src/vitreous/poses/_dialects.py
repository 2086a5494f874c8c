"""How other programs write an orientation."""

from enum import Enum

import jax.numpy as jnp
from jaxtyping import Array, Float

from ._axis_angle import rotation_from_vector, vector_from_rotation
from ._euler_sequence import angles_from_rotation, rotation_from_angles


class PoseDialect(Enum):
    r"""The three numbers by which a program writes an orientation.

    | dialect | the numbers, in this order | they describe |
    |---|---|---|
    | `RELION` (and `XMIPP`) | rot, tilt, psi in degrees | $R^{-1}$ as intrinsic ZYZ |
    | `SPIDER` (and `CISTEM`, `FREALIGN`) | phi, theta, psi in degrees | the same |
    | `EMAN2` | az, alt, phi in degrees | $R^{-1}$ as intrinsic ZXZ |
    | `DYNAMO` | tdrot, tilt, narot in degrees | $R^{-1}$ as extrinsic zxz |
    | `CRYOSPARC` | the three of `alignments3D/pose`, in radians | $R^{-1}$ as a rotation vector |

    $R$ is our active rotation, from the reference to what is seen in the image (or in the tomogram). The dialects
    speak of rotating the coordinate system, hence the inverse. The order is that of the rotations, which need not be
    that of a file's columns: SPIDER's documents and FREALIGN's parameter files list psi, theta, phi.

    Sources: Heymann, Chagoyen & Belnap, *J. Struct. Biol.* 2005, 151, 196 (the common convention, and EMAN's);
    Baldwin & Penczek, *J. Struct. Biol.* 2007, 157, 250 ($az = \varphi + 90°$, $alt = \theta$, $phi = \psi - 90°$ of
    SPIDER's angles); the page on Euler angles of SPIDER's manual; cisTEM's `AnglesAndShifts`; for Dynamo a pair of
    angles that give the same average there and in RELION (the tests of Burt's `eulerangles`).

    Examples:
        >>> PoseDialect.FREALIGN is PoseDialect.CISTEM
        True
        >>> PoseDialect.EMAN2.numbers
        ('az', 'alt', 'phi')
    """

    RELION = ("ZYZ", "rot", "tilt", "psi")
    XMIPP = RELION
    SPIDER = ("ZYZ", "phi", "theta", "psi")
    CISTEM = SPIDER
    FREALIGN = SPIDER
    EMAN2 = ("ZXZ", "az", "alt", "phi")
    DYNAMO = ("zxz", "tdrot", "tilt", "narot")
    CRYOSPARC = ("", "x", "y", "z")

    @property
    def numbers(self) -> tuple[str, str, str]:
        """What the program calls the three numbers."""
        return self.value[1:]

    @property
    def sequence(self) -> str | None:
        """The axes of the inverse rotation, as `rotation_from_angles` takes them; none for a rotation vector."""
        return self.value[0] or None


def rotation_from_dialect(numbers: Float[Array, "3"], dialect: PoseDialect) -> Float[Array, "3 3"]:
    """The active rotation that another program's three numbers mean.

    Arguments:
        numbers: The numbers, in the order and the unit of the table of `PoseDialect`.
        dialect: The program.

    Returns:
        Our active rotation; `EulerAnglePose.from_rotation_matrix` makes a pose of it. (Shifts have signs of their own:
        RELION's origins are minus our offsets.)

    Examples:
        >>> from vitreous.poses import rotation_from_euler
        >>> theirs = rotation_from_dialect(jnp.array([10.0, 20.0, 30.0]), PoseDialect.RELION)
        >>> bool(jnp.allclose(theirs, rotation_from_euler(-10.0, -20.0, -30.0), atol=1e-6))
        True
    """
    if dialect.sequence is None:
        return rotation_from_vector(-jnp.rad2deg(numbers))
    return rotation_from_angles(numbers, dialect.sequence).T


def dialect_from_rotation(matrix: Float[Array, "3 3"], dialect: PoseDialect) -> Float[Array, "3"]:
    """The three numbers by which another program writes a rotation, the inverse of `rotation_from_dialect`.

    Arguments:
        matrix: Our active rotation.
        dialect: The program.

    Returns:
        The numbers, in the order and the unit of the table of `PoseDialect`; angles in the ranges of
        `angles_from_rotation`, finite with finite derivatives at the gimbal lock too.

    Examples:
        >>> matrix = rotation_from_dialect(jnp.array([10.0, 20.0, 30.0]), PoseDialect.RELION)
        >>> dialect_from_rotation(matrix, PoseDialect.EMAN2).round(4).tolist()
        [100.0, 20.0, -60.0]
    """
    if dialect.sequence is None:
        return -jnp.deg2rad(vector_from_rotation(matrix))
    return angles_from_rotation(matrix.T, dialect.sequence)
