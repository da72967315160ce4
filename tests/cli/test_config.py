import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_every_value_is_shown_with_where_it_came_from(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('model_name = "tiny"\nuser = "bob"\n')
    told = json.loads(cli("config", "--timeout", "7", "--json").stdout)
    assert told["file"] == str(tmp_path / "config.toml")
    settings = {name: (each["value"], each["from"]) for name, each in told["settings"].items()}
    assert settings["user"] == ("ana", "environment")
    assert settings["model_name"] == ("tiny", "file")
    assert settings["timeout"] == (7.0, "flag")
    assert settings["model"] == (None, "default")
    assert "tiny" in cli("config").stdout


def test_secrets_are_never_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERMIND_API_KEY", "s3cret")
    monkeypatch.setenv("USERMIND_MODEL", "http://joe:s3cret@localhost:8000/v1")
    for result in (cli("config"), cli("config", "--json")):
        assert "s3cret" not in result.stdout + result.stderr
        assert "localhost:8000" in result.stdout
    assert json.loads(cli("config", "--json").stdout)["settings"]["api_key"]["value"] == "set"


@pytest.mark.parametrize(
    ("name", "value"), [("TIMEOUT", "soon"), ("TIMEOUT", "-1")], ids=["no_number", "negative"]
)
def test_a_value_that_cannot_be_used_is_told_with_its_origin(
    name: str, value: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"USERMIND_{name}", value)
    result = cli("users")
    assert result.exit_code == 1
    assert "'timeout' from the environment cannot be used" in result.stderr


@pytest.mark.parametrize("text", ["store = ", "colour = 'red'", "\x00"])
def test_a_settings_file_that_cannot_be_used_is_told(text: str, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(text)
    result = cli("config")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_an_embedder_that_is_none_is_told(cli: Cli, known: Cli) -> None:
    result = cli("--embedder", "nonsense", "memory", "search", "Oslo")
    assert result.exit_code == 1
    assert "names no embedder" in result.stderr
