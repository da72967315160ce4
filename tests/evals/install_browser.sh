#!/usr/bin/env bash
# What the tests marked `browser` need: playwright in .venv, and a Chromium. Nothing where both are
# there. A Chromium is the program that USERMIND_BROWSER names, one of the system, or one that
# `python -m playwright install chromium` fetched; where there is none, apt installs Debian's.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=.venv/bin/python
export PYTHONSAFEPATH=1 # the root has folders named like packages

if [ ! -x "$python" ]; then
    echo "There is no .venv. Run \`make install\` first." >&2
    exit 1
fi
# Not among the dev tools: it brings a Node of its own, 120 MB.
"$python" -c 'import playwright' 2>/dev/null || "$python" -m pip install --quiet 'playwright>=1.65'

program() { "$python" tests/evals/chromium.py; }

if found=$(program 2>/dev/null); then
    echo "Chromium: $found"
    exit 0
fi
# A wrong name is to be mended; another browser would hide it.
if [ -z "${USERMIND_BROWSER:-}" ] && command -v apt-get >/dev/null; then
    install='apt-get -qq update &&
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium'
    if [ "$(id -u)" -eq 0 ]; then
        bash -c "$install" >/dev/null || echo "apt could not install chromium." >&2
    elif command -v sudo >/dev/null; then
        echo "Installing chromium with apt."
        sudo bash -c "$install" >/dev/null || echo "apt could not install chromium." >&2
    fi
fi
# Where there still is none, it says what to do, and so ends the script.
found=$(program)
echo "Chromium: $found"
