"""Particles and maps with their meaning: arrays, poses, optics and units, from the plain tables of `vitreous.io`.

RELION's labels, signs and units end here; nothing below this room knows them.
"""

from ._agreement import Agreement as Agreement
from ._agreement import compare_particle_files as compare_particle_files
from ._batch import ParticleBatch as ParticleBatch
from ._bodies import Body as Body
from ._bodies import BodyParticles as BodyParticles
from ._bodies import load_bodies as load_bodies
from ._cloud import load_grid_as_cloud as load_grid_as_cloud
from ._convert import ConversionOptions as ConversionOptions
from ._convert import convert_particles as convert_particles
from ._convert_warning import ConversionWarning as ConversionWarning
from ._cryosparc_table import CryosparcTable as CryosparcTable
from ._cryosparc_write import cryosparc_table as cryosparc_table
from ._describe import FileDescription as FileDescription
from ._describe import describe_file as describe_file
from ._groups import GroupBy as GroupBy
from ._hdf5_write import write_hdf5_particles as write_hdf5_particles
from ._latent_bundle import LatentBundle as LatentBundle
from ._latent_bundle import read_latent_bundle as read_latent_bundle
from ._latent_bundle import write_latent_bundle as write_latent_bundle
from ._latent_bundle_cryosparc import bundle_from_cryosparc as bundle_from_cryosparc
from ._latent_columns import component_latents as component_latents
from ._latent_columns import latent_rows as latent_rows
from ._loader import ParticleLoader as ParticleLoader
from ._metadata import ParticleMetadata as ParticleMetadata
from ._micrographs import MicrographDataset as MicrographDataset
from ._micrographs_base import AbstractRecordings as AbstractRecordings
from ._movies import MovieDataset as MovieDataset
from ._multibody import MultibodyAnalysis as MultibodyAnalysis
from ._particle_formats import in_format_of as in_format_of
from ._particle_table import AbstractParticleTable as AbstractParticleTable
from ._particles import ParticleDataset as ParticleDataset
from ._picks import Picks as Picks
from ._picks_files import load_picks as load_picks
from ._picks_files import write_pick_list as write_pick_list
from ._picks_files import write_picks as write_picks
from ._relion_table import RelionTable as RelionTable
from ._relion_versions import RelionVersion as RelionVersion
from ._relion_versions import as_relion_version as as_relion_version
from ._relion_write import relion_table as relion_table
from ._tilt_series import TiltSeries as TiltSeries
from ._tilt_series_dataset import TiltSeriesDataset as TiltSeriesDataset
from ._tilt_series_geometry import projection_matrices as projection_matrices
from ._tilt_series_geometry import tilt_angles as tilt_angles
from ._tilt_series_geometry import tilt_rotations as tilt_rotations
from ._tilt_series_mdoc import tilt_series_from_mdoc as tilt_series_from_mdoc
from ._tilt_series_particles import TomogramParticles as TomogramParticles
from ._volumes import load_volume as load_volume
from ._write import write_particles_star as write_particles_star
