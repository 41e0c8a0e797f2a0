#!/bin/sh
# Puts the environment of uv.lock into .venv; arguments (--extra lab, --group dev) add to it.
# Nothing is installed outside .venv. Set PYTHON to choose the Python it is made from.
set -eu
cd "$(dirname "$0")/.."
export UV_PROJECT_ENVIRONMENT=.venv

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! fits .venv/bin/python; then
    rm -rf .venv
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if fits "$python"; then break; fi
        python=
    done
    if [ -z "$python" ]; then
        echo "Python 3.11 or newer is needed and was not found; here is: $(python3 --version 2>&1)." >&2
        echo "Install it, or name one: make PYTHON=/path/to/python3.12 ..." >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version); this is done once." >&2
    if ! "$python" -m venv .venv; then
        echo "Python could not make an environment. On Debian: apt-get install python3-venv" >&2
        rm -rf .venv
        exit 1
    fi
fi

uv=uv
if ! uv --version >/dev/null 2>&1; then
    uv=.venv/bin/uv
    [ -x "$uv" ] || .venv/bin/python -m pip install --quiet "uv>=0.8"
fi

if ! "$uv" sync --frozen --inexact --compile-bytecode --quiet --python .venv/bin/python "$@"; then
    # A network that has only a package mirror: the same versions, with the mirror that pip uses.
    echo "uv could not fetch from the public index; trying the index that pip is set to." >&2
    "$uv" export --frozen --no-emit-project --quiet "$@" --output-file .venv/locked.txt >/dev/null
    .venv/bin/python -m pip install --quiet --require-hashes -r .venv/locked.txt
    .venv/bin/python -m pip install --quiet --no-deps --editable .
fi
