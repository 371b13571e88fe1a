#!/usr/bin/env bash
# Make .venv, or bring it up to date. `make install` calls this when .venv is missing, broken or out of date;
# the stamp that says it is complete is taken away first and put back last.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/.installed
whole=no
[[ -e $stamp ]] && .venv/bin/python -Ic 'import pip' 2>/dev/null && whole=yes
rm -f "$stamp"

recent() { "$1" -Ic 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

fail() {
    echo "$1" >&2
    exit 1
}

if [[ $# -gt 0 ]]; then candidates=("$1"); else candidates=(python3 python3.14 python3.13 python3.12 python3.11); fi
python=
for candidate in "${candidates[@]}"; do
    if recent "$candidate"; then
        python=$candidate
        break
    fi
done
found=$("${candidates[0]}" --version 2>&1) || found="no ${candidates[0]} that runs"
[[ -n $python ]] || fail "p2pchain needs Python 3.11 or newer, found $found; say where one is: make PYTHON=/path/to/python3.11"
"$python" -Ic 'import ensurepip, venv' 2>/dev/null \
    || fail "$python has no venv module; on Debian and Ubuntu: sudo apt install python3-venv"

if [[ $whole == no ]]; then
    echo "making .venv with $("$python" --version) (the first time this takes about a minute)"
    "$python" -m venv --clear .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
touch "$stamp"
echo "installed: .venv/bin/p2pchain"
