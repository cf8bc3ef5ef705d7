#!/bin/sh
# Makes the virtual environment named by the first argument, for this checkout, with Python 3.11 or newer.
# What is missing it says in one line; as root on Debian it installs the package that brings pip to a new environment.
set -eu
venv=$1

fail() {
    echo "klantbeeld: $*" >&2
    exit 1
}

new_enough() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is missing (on Debian: apt-get install python3 python3-venv)"
}

can_make_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

bring_ensurepip() {
    package="$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        fail "this Python cannot make virtual environments; install the package $package"
    fi
    echo "Installing the system package $package"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package"; } >/dev/null \
        || fail "apt-get could not install $package"
}

python=$(find_python)
can_make_venv "$python" || bring_ensurepip "$python"

clear=
if [ -e "$venv" ]; then
    # Made elsewhere, or its Python is gone: nothing in it can be trusted.
    if [ -e "$venv/.made" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
        clear=--clear
    fi
fi
"$python" -m venv $clear "$venv"
pwd -P > "$venv/.made"
