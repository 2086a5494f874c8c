"""How much memory a job of its own takes."""

import subprocess
import sys

# On Linux `ru_maxrss` is handed down by the process that started this one, which may have been larger.
REPORT = """
import re, resource, sys
if sys.platform == "linux":
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_memory(script: str, *arguments: object) -> int:
    """The peak of resident memory, in bytes, of a Python script run with these arguments."""
    command = [sys.executable, "-W", "ignore", "-c", script + REPORT, *map(str, arguments)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def peak_growth(first: str, then: str, *arguments: object) -> int:
    """By how many bytes a second script raises the peak of the process in which the first one ran."""
    command = [sys.executable, "-W", "ignore", "-c", first + REPORT + then + REPORT, *map(str, arguments)]
    before, after = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-2:]
    return int(after) - int(before)
