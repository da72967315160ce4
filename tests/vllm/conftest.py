"""Real vLLM servers on the CPU: a tiny chat model with random weights, and MiniLM for vectors.

The python that has vLLM is `.venv-vllm/bin/python` (tests/vllm/install.sh makes it) or the one
USERMIND_VLLM_PYTHON names. Without it the fixtures fail: a skipped test proves nothing.
"""

import hashlib
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from usermind.models import ServeCommand, find_minilm, serve_command
from usermind.models.minilm import INSTALL

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0
"""Seconds for a start; 20 to 40 are usual."""


class VllmServer:
    """A vLLM process that tests may kill and start again on the same port."""

    def __init__(self, command: ServeCommand, *, port: int, log: Path) -> None:
        self.command, self.port, self.log = command, port, log
        self.url = f"http://127.0.0.1:{port}/v1"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until `/health` answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command.argv,
                env={**os.environ, **self.command.env, "HF_HUB_OFFLINE": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the engine is a process of its own: they die together
            )
        deadline = time.monotonic() + PATIENCE
        while not self.healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                pytest.fail(f"vLLM did not start.\n{self.command.shell}\n{self.tail()}")
            time.sleep(0.25)

    def kill(self) -> None:
        """End it and its engine at once (SIGKILL), as a crash would."""
        if self._process is not None:
            with suppress(ProcessLookupError):  # it ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill and start again; the address stays."""
        self.kill()
        self.start()

    def healthy(self) -> bool:
        """Say whether it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as got:
                return bool(got.status == 200)
        except OSError:
            return False

    def counter(self, name: str) -> float:
        """Return the sum of a counter on `/metrics`, e.g. `vllm:prefix_cache_hits_total`."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as got:
            text = got.read().decode()
        values = re.findall(rf"^{re.escape(name)}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        assert values, f"/metrics has no {name}"
        return sum(map(float, values))

    def tail(self, lines: int = 40) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def vllm_python_path() -> Path:
    """The interpreter that has vLLM."""
    path = Path(os.environ.get("USERMIND_VLLM_PYTHON") or ROOT / ".venv-vllm/bin/python")
    if not path.is_file():
        pytest.fail(
            f"{path} is missing. Make it with `tests/vllm/install.sh` (two minutes, 3.5 GB), "
            "or set USERMIND_VLLM_PYTHON to a python that has vLLM."
        )
    return path


def made_by(script: str, python: Path) -> Path:
    """Return the folder of a model that a script makes, once for each version of the scripts."""
    here = Path(__file__).parent
    sources = b"".join(path.read_bytes() for path in sorted(here.glob("tiny_*.py")))
    version = hashlib.sha256(sources).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "usermind-tests" / f"{script.removesuffix('.py')}-{version}"
    if not (folder / "complete").exists():
        made = subprocess.run(
            [python, "-P", here / script, folder],
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
        )
        if made.returncode:
            pytest.fail(f"{script} failed:\n{made.stderr[-2_000:]}")
        (folder / "complete").touch()
    return folder


@pytest.fixture(scope="session")
def tiny_model(vllm_python_path: Path) -> Path:
    """The folder of the tiny chat model."""
    return made_by("tiny_model.py", vllm_python_path)


@pytest.fixture(scope="session")
def tiny_vision_model(vllm_python_path: Path) -> Path:
    """The folder of the tiny chat model that takes pictures."""
    return made_by("tiny_vision_model.py", vllm_python_path)


@pytest.fixture(scope="session")
def vllm_server(
    vllm_python_path: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VllmServer]:
    """A chat server with the flags of `serve_command`."""
    yield from serving(tiny_model, vllm_python_path, tmp_path_factory, context=8192)


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """MiniLM's weights."""
    folder = find_minilm()
    if folder is None:
        pytest.fail(f"MiniLM's weights are missing: {INSTALL}")
    return folder


@pytest.fixture(scope="session")
def vllm_embeddings(
    vllm_python_path: Path, minilm_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VllmServer]:
    """A pooling server over MiniLM's own weights."""
    yield from serving(
        minilm_folder, vllm_python_path, tmp_path_factory, name="minilm", embeddings=True
    )


@pytest.fixture(scope="module")
def vllm_vision(
    vllm_python_path: Path, tiny_vision_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VllmServer]:
    """A chat server whose model takes pictures."""
    yield from serving(tiny_vision_model, vllm_python_path, tmp_path_factory, context=4096)


@pytest.fixture(scope="module")
def vllm_image_embeddings(
    vllm_python_path: Path, tiny_vision_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VllmServer]:
    """A pooling server that makes vectors of pictures: the same model, its last state pooled."""
    pooling = ("--runner", "pooling", "--convert", "embed")
    yield from serving(
        tiny_vision_model, vllm_python_path, tmp_path_factory, *pooling, context=4096
    )


def serving(
    model: Path,
    python: Path,
    temporary: pytest.TempPathFactory,
    *extra: str,
    name: str = "tiny",
    **options: Any,
) -> Iterator[VllmServer]:
    """Serve a model until the generator goes on.

    Args:
        model: Its folder.
        python: The interpreter that has vLLM.
        temporary: Makes the folder of the log.
        extra: More flags.
        name: Under which it is served.
        options: Further arguments of `serve_command`.
    """
    port = free_port()
    command = serve_command(
        str(model),
        port=port,
        name=name,
        cpu=True,
        cpu_cache_gib=1,
        python=python,
        extra=("--dtype", "float32", "--enforce-eager", *extra),
        **options,
    )
    server = VllmServer(command, port=port, log=temporary.mktemp("vllm") / "server.log")
    server.start()
    yield server
    server.kill()
