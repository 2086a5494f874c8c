#!/usr/bin/env bash
# The peers, each in a virtual environment of its own: their pins clash with each other and with ours. One that cannot be
# installed is left out of the benchmarks, with a message. ONLY="cryojax aspire" installs only these.
set -uo pipefail
cd "$(dirname "$0")/.."

chosen() { [[ " ${ONLY:-cryojax aspire torch-fourier-slice cryodrgn relion zmpy3d} " == *" $1 "* ]]; }

install() { # name, requirements
    local name="$1" venv=".venv-$1"
    shift
    chosen "$name" || return 0
    local mark="$venv/.installed-${*//[^[:alnum:].=-]/_}"
    [ -e "$mark" ] && return
    "${PYTHON:-python3}" -m venv "$venv" &&
        "$venv/bin/python" -m pip install --quiet "$@" &&
        touch "$mark" ||
        echo "$name could not be installed: it is left out." >&2
}

install cryojax "cryojax==0.6.0"
install aspire "aspire==0.14.3"
# Version 0.6.0 needs torch-ctf without saying so. TORCH="torch==2.13.0+cpu" takes a wheel without CUDA, where one is.
install torch-fourier-slice "${TORCH:-torch}" "torch-fourier-slice==0.6.0" "torch-ctf==0.6.0"
install zmpy3d "ZMPY3D==0.0.2"
install cryodrgn "cryodrgn==4.3.0" # 8 GB, since its torch brings CUDA

if chosen relion && ! command -v relion_project >/dev/null; then
    echo "relion is not installed: it is left out. On Debian, as root: apt-get install relion" >&2
fi
