"""Archives of structures, maps, raw data and projects: PDB, EMDB, EMPIAR and OSF, fetched from and uploaded to.

Downloads resume, are checked, and appear whole or not at all. Servers are not trusted: their names never lead out of
the folder, and a token goes to nobody but its own archive. This room never loads JAX.
"""

from ._download import Arrival as Arrival
from ._download import FetchedFile as FetchedFile
from ._empiar import EmpiarEntry as EmpiarEntry
from ._empiar import EmpiarImageSet as EmpiarImageSet
from ._empiar import read_empiar_entry as read_empiar_entry
from ._entry import Archive as Archive
from ._entry import ArchiveEntry as ArchiveEntry
from ._entry import parse_identifier as parse_identifier
from ._fetch import FetchReport as FetchReport
from ._fetch import fetch_files as fetch_files
from ._list import FileListing as FileListing
from ._list import list_files as list_files
from ._options import FetchOptions as FetchOptions
from ._options import StructureFormat as StructureFormat
from ._sites import ArchiveSites as ArchiveSites
from ._tree import RemoteFile as RemoteFile
from ._tree import RemoteFolder as RemoteFolder
from ._upload import Departure as Departure
from ._upload import UploadedFile as UploadedFile
from ._upload import UploadReport as UploadReport
from ._upload import upload_files as upload_files
from ._verify import IntegrityCheck as IntegrityCheck
