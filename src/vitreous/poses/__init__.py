"""Where a particle stands: rotations and their parametrisations, ways to draw them, and point-group symmetry.

Every rotation here is active: the image of a pose $R$ shows the object rotated by $R$ and then moved by the offset.
Angles are degrees, offsets Å, coordinate vectors $(x, y, z)$ in the last axis.
"""

from ._asymmetric_unit import random_asymmetric_unit as random_asymmetric_unit
from ._asymmetric_unit import reduce_to_asymmetric_unit as reduce_to_asymmetric_unit
from ._axis_angle import AxisAnglePose as AxisAnglePose
from ._axis_angle import rotation_from_vector as rotation_from_vector
from ._axis_angle import vector_from_rotation as vector_from_rotation
from ._base import AbstractPose as AbstractPose
from ._distance import angular_distance_deg as angular_distance_deg
from ._euler import EulerAnglePose as EulerAnglePose
from ._euler import euler_from_rotation as euler_from_rotation
from ._euler import rotation_from_euler as rotation_from_euler
from ._groups import PointGroup as PointGroup
from ._groups import point_group as point_group
from ._quaternion import QuaternionPose as QuaternionPose
from ._quaternion import quaternion_from_rotation as quaternion_from_rotation
from ._quaternion import rotation_from_quaternion as rotation_from_quaternion
from ._sampling import uniform_rotations as uniform_rotations
