"""Every class of the library at work, room by room: what the transformations are tried on."""

import importlib
import pkgutil

from tests.transforms.catalogue._case import CASES as CASES
from tests.transforms.catalogue._case import EVEN as EVEN
from tests.transforms.catalogue._case import ODD as ODD
from tests.transforms.catalogue._case import RECTANGULAR as RECTANGULAR
from tests.transforms.catalogue._case import Case as Case

for _room in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_room.name}")
