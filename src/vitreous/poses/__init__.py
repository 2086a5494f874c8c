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
from ._bingham import BinghamOrientations as BinghamOrientations
from ._dialects import PoseDialect as PoseDialect
from ._dialects import dialect_from_rotation as dialect_from_rotation
from ._dialects import rotation_from_dialect as rotation_from_dialect
from ._distance import angular_distance_deg as angular_distance_deg
from ._euler import EulerAnglePose as EulerAnglePose
from ._euler import euler_from_rotation as euler_from_rotation
from ._euler import rotation_from_euler as rotation_from_euler
from ._euler_sequence import angles_from_rotation as angles_from_rotation
from ._euler_sequence import rotation_from_angles as rotation_from_angles
from ._grid import RotationGrid as RotationGrid
from ._groups import PointGroup as PointGroup
from ._groups import point_group as point_group
from ._helix import helical_operations as helical_operations
from ._isotropic_gaussian import IsotropicGaussianOrientations as IsotropicGaussianOrientations
from ._law import AbstractOrientationLaw as AbstractOrientationLaw
from ._law import UniformOrientations as UniformOrientations
from ._quaternion import QuaternionPose as QuaternionPose
from ._quaternion import quaternion_from_rotation as quaternion_from_rotation
from ._quaternion import rotation_from_quaternion as rotation_from_quaternion
from ._sampling import uniform_rotations as uniform_rotations
from ._se3 import adjoint_se3 as adjoint_se3
from ._se3 import exp_se3 as exp_se3
from ._se3 import log_se3 as log_se3
from ._tangent_gradient import left_gradient as left_gradient
from ._tangent_gradient import retract_left as retract_left
from ._tangent_gradient import retract_right as retract_right
from ._tangent_gradient import right_gradient as right_gradient
from ._tangent_pose import TangentPose as TangentPose
from ._view import rotation_to_beam as rotation_to_beam
from ._von_mises_fisher import VonMisesFisherOrientations as VonMisesFisherOrientations
