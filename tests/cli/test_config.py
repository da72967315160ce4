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
    ("name", "value"),
    [("TIMEOUT", "soon"), ("TIMEOUT", "-1"), ("TIMEOUT", "0")],
    ids=["no_number", "negative", "zero"],
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


def test_a_flag_of_zero_is_a_value_too(cli: Cli) -> None:
    result = cli("config", "--timeout", "0")
    assert result.exit_code == 1
    assert "'timeout' from the flag cannot be used" in result.stderr


@pytest.mark.parametrize("name", ["store", "user"])
@pytest.mark.parametrize("origin", ["flag", "environment"])
def test_an_empty_name_is_told_and_writes_nothing(
    name: str, origin: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    flags = [f"--{name}", ""] if origin == "flag" else []
    if origin == "environment":
        monkeypatch.setenv(f"USERMIND_{name.upper()}", "")
    result = cli("ingest", "-", *flags, said='{"text": "I live in Oslo."}')
    assert result.exit_code == 1
    assert f"'{name}' from the {origin} cannot be used: it is empty" in result.stderr
    assert not list(here.iterdir())


def test_a_mistyped_name_in_the_file_is_told_with_the_right_one(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('stroe = "x"')
    result = cli("users")
    assert result.exit_code == 1
    assert f"{path} sets 'stroe', which is no setting. Did you mean 'store'?" in result.stderr
    path.write_text('zzz = "x"')
    assert "Known are: store, user, " in cli("users").stderr


def test_a_mistyped_variable_is_told_with_the_right_one(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERMIND_STROE", "x")
    result = cli("config")
    assert result.exit_code == 1
    assert "USERMIND_STROE, which is no setting. Did you mean 'USERMIND_STORE'?" in result.stderr


@pytest.mark.parametrize("name", ["TRACING", "VLLM_PYTHON", "UPDATE_SNAPSHOTS"])
def test_our_other_variables_are_no_settings_and_no_mistakes(
    name: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"USERMIND_{name}", "1")
    assert cli("config").exit_code == 0


def test_a_settings_file_that_is_named_must_be_there(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERMIND_CONFIG", str(tmp_path / "none.toml"))
    result = cli("config")
    assert result.exit_code == 1
    assert f"There is no settings file {tmp_path / 'none.toml'}" in result.stderr
    monkeypatch.delenv("USERMIND_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    assert cli("config").exit_code == 0


@pytest.mark.parametrize("installed", [True, False])
def test_what_is_not_set_is_shown_as_what_is_used(
    installed: bool, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("USERMIND_EMBEDDER")
    monkeypatch.setattr(
        "usermind.models.minilm.find_minilm", lambda _=None: tmp_path if installed else None
    )
    result = cli("config")
    assert result.exit_code == 0
    rows = {line.split(maxsplit=2)[0]: line for line in result.stdout.splitlines() if line}
    assert rows["model"].endswith("offline engine")
    assert ("minilm (installed)" if installed else "lexical (") in rows["embedder"]


def test_a_model_or_embedder_that_cannot_be_used_is_told(cli: Cli) -> None:
    result = cli("config", "--embedder", "nonsense", "--model", "bare")
    assert result.exit_code == 1
    assert "nonsense (unusable)" in result.stdout
    assert "'nonsense' names no embedder" in result.stderr
    assert "'bare' is not an endpoint" in result.stderr


def test_a_secret_in_an_address_is_not_shown_when_it_cannot_be_used(cli: Cli) -> None:
    result = cli(
        "config", "--embedder", "ftp://joe:s3cret@host", "--model", "ftp://joe:s3cret@host"
    )
    assert result.exit_code == 1
    assert "s3cret" not in result.stdout + result.stderr


@pytest.mark.parametrize("command", [("chat",), ("memory", "list")], ids=" ".join)
def test_a_file_in_place_of_the_store_is_called_one(
    cli: Callable[..., Any], tmp_path: Path, command: tuple[str, ...]
) -> None:
    place = tmp_path / "a file.txt"
    place.write_text("mine")
    done = cli(*command, "--store", place, said="")
    assert done.exit_code == 1
    assert f"{place} is a file" in done.stderr
    assert place.read_text() == "mine"
