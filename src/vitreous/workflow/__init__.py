"""Jobs made of jobs; the demo is the first."""

from ._demo import DemoOptions as DemoOptions
from ._demo import DemoResult as DemoResult
from ._demo import run_demo as run_demo
