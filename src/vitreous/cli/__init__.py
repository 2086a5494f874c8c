"""The command line: one file per verb, each of which parses, calls one library function, and reports.

Nothing here imports JAX until a verb is called.
"""

from ._main import main as main
