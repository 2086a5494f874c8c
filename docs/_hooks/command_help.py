"""Put what a command prints for `--help` where a page says `<!-- help: simulate particles -->`."""

import os
import re
import subprocess
import sys
from pathlib import Path

MARKER = re.compile(r"<!-- help:([a-z0-9 -]*?) ?-->")


def on_page_markdown(markdown: str, **_) -> str:
    """Replace each marker by the help of its command, as a code block."""
    return MARKER.sub(lambda match: f"```text\n{command_help(match[1].split())}\n```", markdown)


def command_help(verb: list[str]) -> str:
    """What `vitreous VERB --help` prints, 100 columns wide and without colour."""
    command = [str(Path(sys.executable).with_name("vitreous")), *verb, "--help"]
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} exits with {done.returncode}: {done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
