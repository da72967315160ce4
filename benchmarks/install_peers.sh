#!/usr/bin/env bash
# Install the systems that benchmarks/peers.py measures beside usermind, into a venv of their own.
#
# Usage: bash benchmarks/install_peers.sh [VENV]    (.venv-peers unless told; about 900 MB)
#
# None of them needs torch here: vectors are computed once, by usermind's MiniLM, and handed over.
set -euo pipefail

cd "$(dirname "$0")/.."
venv=${1:-.venv-peers}

free=$(df -Pm . | awk 'NR == 2 { print $4 }')
if [ "$free" -lt 3000 ]; then
    echo "There are $free MB free on this disk; 3000 MB are wanted. Nothing was installed." >&2
    exit 1
fi

[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
# A constraint that nothing can meet: whatever asks for torch makes the install fail, loudly.
constraints=$(mktemp)
trap 'rm -f "$constraints"' EXIT
echo "torch==0.0.0" >"$constraints"
"$venv/bin/pip" install --quiet --disable-pip-version-check --constraint "$constraints" \
    'chromadb==1.5.9' \
    'langgraph-checkpoint==4.3.2' \
    'langgraph-checkpoint-sqlite==3.1.2' \
    'mem0ai==2.2.1' \
    'numpy>=2' \
    'pysqlite3-binary' \
    'sqlite-vec==0.1.9'
"$venv/bin/pip" list --disable-pip-version-check 2>/dev/null |
    grep -E '^(chromadb|langgraph-checkpoint|langgraph-checkpoint-sqlite|mem0ai|numpy|pysqlite3-binary|qdrant-client|sqlite-vec) '
du -sh "$venv" | awk '{ print "installed: " $1 }'
