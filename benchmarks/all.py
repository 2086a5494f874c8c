"""Every benchmark, one after the other; those whose peers are not installed leave them out."""

import argparse
import subprocess
import sys
import time

from _common import FOLDER

PROGRAMS = (
    "operations",
    "atoms",
    "slice",
    "pair",
    "simulate",
    "reconstruct",
    "zernike",
    "star",
    "scaling",
    "correctness_vs_cryojax",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", default=PROGRAMS, help=f"of {', '.join(PROGRAMS)}")
    failed = []
    for name in parser.parse_args().programs:
        start = time.monotonic()
        done = subprocess.run([sys.executable, FOLDER / f"{name}.py"])
        failed += [name] if done.returncode else []
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
