"""Run folders: every job leaves one folder that says what made it, and that is either whole or clearly not.

A run works inside `folder/.partial/`; when it ends well its files move into the folder and `run.json` says
`"complete"`, last of all. A run that was interrupted or killed keeps its partial files, and the same command
resumes it.
"""

from ._open import open_run as open_run
from ._record import RunRecord as RunRecord
from ._record import RunState as RunState
from ._record import read_run as read_run
from ._run import Run as Run
from ._system import system_report as system_report
from ._versions import software_versions as software_versions
