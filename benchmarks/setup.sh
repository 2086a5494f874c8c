#!/usr/bin/env bash
# The peers, each in a virtual environment of its own: their pins clash with each other and with ours.
set -euo pipefail
cd "$(dirname "$0")/.."

install() { # name, requirement
    local venv=".venv-$1"
    [ -e "$venv/.installed-$2" ] && return
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet "$2"
    touch "$venv/.installed-$2"
}

install cryojax "cryojax==0.6.0"
install aspire "aspire==0.14.3"
