"""Particles and maps with their meaning: arrays, poses, optics and units, from the plain tables of `vitreous.io`.

RELION's labels, signs and units end here; nothing below this room knows them.
"""

from ._batch import ParticleBatch as ParticleBatch
from ._cloud import load_grid_as_cloud as load_grid_as_cloud
from ._describe import FileDescription as FileDescription
from ._describe import describe_file as describe_file
from ._groups import GroupBy as GroupBy
from ._latent_bundle import LatentBundle as LatentBundle
from ._latent_bundle import read_latent_bundle as read_latent_bundle
from ._latent_bundle import write_latent_bundle as write_latent_bundle
from ._latent_bundle_cryosparc import bundle_from_cryosparc as bundle_from_cryosparc
from ._latent_columns import component_latents as component_latents
from ._latent_columns import latent_rows as latent_rows
from ._loader import ParticleLoader as ParticleLoader
from ._metadata import ParticleMetadata as ParticleMetadata
from ._particle_table import AbstractParticleTable as AbstractParticleTable
from ._particles import ParticleDataset as ParticleDataset
from ._picks import Picks as Picks
from ._picks_files import load_picks as load_picks
from ._picks_files import write_pick_list as write_pick_list
from ._picks_files import write_picks as write_picks
from ._relion_table import RelionTable as RelionTable
from ._relion_versions import RelionVersion as RelionVersion
from ._relion_versions import as_relion_version as as_relion_version
from ._volumes import load_volume as load_volume
from ._write import write_particles_star as write_particles_star
