import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer.main

from usermind.cli import app


def _commands() -> Iterator[tuple[str, Any]]:
    root = typer.main.get_command(app)
    stack: list[tuple[str, Any]] = [("usermind", root)]
    while stack:
        name, command = stack.pop()
        yield name, command
        stack += [(f"{name} {key}", sub) for key, sub in getattr(command, "commands", {}).items()]


COMMANDS = dict(_commands())


def test_there_are_all_commands() -> None:
    assert {name.removeprefix("usermind ") for name in COMMANDS} == {
        "usermind",
        *("chat", "ingest", "reflect", "reembed", "status", "users", "config", "worker"),
        *("memory", "memory list", "memory show", "memory explain", "memory correct"),
        *("memory confirm", "memory deny", "memory forget", "memory export", "memory search"),
        *("memory pin", "memory unpin"),
        *("model", "model check", "model serve"),
        *("quarantine", "quarantine list", "quarantine release"),
        *("concept", "concept list", "concept show", "concept add", "concept edit"),
        *("concept rename", "concept merge", "concept split", "concept delete", "concept undo"),
        *(
            "concept picture",
            "concept denied",
            "concept recognise",
            "concept forget",
            "entities",
            "entities list",
            "entities add",
            "entities forget",
            "entities load",
            "entities link",
        ),
        *("feedback", "feedback add", "feedback list", "feedback shown", "feedback forget"),
        *("catalogue", "catalogue load", "catalogue search", "catalogue show"),
        *("catalogue delete", "catalogue status", "catalogue fit", "recommend"),
        *("watch", "suggestions", "suggestions list", "suggestions explain", "suggestions digest"),
        "suggestions reminders",
        *("suggestions accept", "suggestions dismiss", "suggestions snooze", "suggestions never"),
        *(
            "suggestions rate",
            "suggestions muted",
            "suggestions unmute",
            "suggestions busy",
            "suggestions free",
        ),
        *("actions", "actions list", "actions refuse", "actions stop", "actions resume"),
        *("interview", "profile", "profile best", "profile list", "profile show"),
        *("profile style", "profile refresh", "profile delete"),
        *("eval", "eval run", "eval check", "eval report", "eval judge"),
        *("eval benchmark", "eval benchmark limit", "eval benchmark locomo"),
        *("eval benchmark personabench", "eval benchmark lamp", "eval benchmark proactivebench"),
        "eval benchmark uqa",
        *("privacy", "private", "private add", "private list", "private remove"),
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_by_an_example(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.epilog.startswith("Example: ")
    assert "usermind " in command.epilog
    assert all(parameter.help for parameter in command.params if parameter.name != "help")


def test_every_command_but_the_interview_answers_in_json_too() -> None:
    ends = {name: each for name, each in COMMANDS.items() if not getattr(each, "commands", None)}
    flags = {name: {flag for p in each.params for flag in p.opts} for name, each in ends.items()}
    assert [name for name in flags if "--json" not in flags[name]] == ["usermind interview"]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_names_no_types_of_python(
    name: str, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    told = cli(*name.split()[1:], "--help").stdout
    assert not re.search(r"<(str|int|float|bool|path|list)\b", told)


def test_a_narrow_help_cuts_no_flag_and_no_choice(
    cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    told = cli("chat", "--help").stdout
    assert "--suggestions <rules|model|none>" in told
    assert "--daily-tokens N" in told
    assert "…" not in told


@pytest.mark.parametrize("name", COMMANDS)
def test_help_works_on_a_narrow_terminal(
    name: str, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    result = cli(*name.split()[1:], "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_flag_takes_no_value_and_help_asks_for_none(name: str, cli: Callable[..., Any]) -> None:
    told = cli(*name.split()[1:], "--help").stdout
    assert "--help" in told
    assert "bool" not in told


def test_the_version_is_told(cli: Callable[..., Any]) -> None:
    assert cli("--version").stdout.startswith("usermind 0.")


def test_a_wrong_option_is_a_usage_error(cli: Callable[..., Any]) -> None:
    assert cli("memory", "list", "--nonsense").exit_code == 2
    assert cli("memroy").exit_code == 2


def test_importing_the_command_line_loads_no_heavy_library() -> None:
    script = (
        "import sys, usermind.cli; "
        "heavy = {'numpy', 'langgraph', 'langchain_core', 'openai', 'pydantic', 'tokenizers'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "usermind", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usermind ")


def test_help_is_quick_and_colours_can_be_switched_off() -> None:
    env = os.environ | {"NO_COLOR": "1", "FORCE_COLOR": "1", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "usermind", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )
    assert "\x1b[3" not in done.stdout
    for heavy in ("numpy", "langgraph", "langchain_core", "openai", "usermind.memory"):
        assert f" {heavy}\n" not in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_only_the_terminal_breaks_the_lines_of_a_paragraph(name: str) -> None:
    assert "\n" not in COMMANDS[name].help.replace("\n\n", "")
