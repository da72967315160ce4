"""Flags of commands that nothing else speaks of, and that there is none that no test gives."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from usermind import MemoryStore
from usermind.cli.app import app
from usermind.memory import Candidate, Patience

Cli = Callable[..., Any]
HERE = Path(__file__).parent
GOAL = """
name: wants to know
seed: [{say: I am allergic to walnuts., at: -20d}]
turns:
  - goal:
      opening: Do you know what this is about?
      facets: [{about: "cook, dinner", says: The cook asks what I cannot eat., wants: walnuts}]
    within: 2
    expect: [{satisfied: true}]
"""


def flags(command: Any) -> Iterator[str]:
    for part in getattr(command, "commands", {}).values():
        yield from flags(part)
    for each in command.params:
        yield from (name for name in each.opts if name.startswith("--"))


def test_every_flag_is_given_by_a_test() -> None:
    given = "\n".join(path.read_text("utf-8") for path in HERE.glob("test_*.py"))
    own = set(flags(typer.main.get_command(app))) - {"--install-completion", "--show-completion"}
    assert {flag for flag in own if not re.search(rf'"{flag}[" =]', given)} == set()


@pytest.fixture
def offered(cli: Cli, folder: Path) -> Cli:
    """The same, where an offer is open that would have a tool called, and one was refused."""
    with MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        for number, title in enumerate(("Pay the rent?", "Call the bank?")):
            row = ana.observe(f"{title} It is due.").id
            ana.suggestions.consider(
                Candidate(
                    "idea",
                    title,
                    "It is due.",
                    (str(row),),
                    title,
                    0.95,
                    datetime.now(UTC) + timedelta(days=3),
                ),
                patience=Patience(quiet=None),
            )
            ana.actions.draft(
                "call", {"number": number}, effect="reversible", suggestion=f"s{number + 1}"
            )
        ana.actions.move("a1", "refused", by="user")
    return cli


def test_an_offer_is_judged_and_left_where_it_is(offered: Cli) -> None:
    state = json.loads(offered("suggestions", "explain", "s1", "--json").stdout)
    before = state["suggestion"]["state"]
    down = offered("suggestions", "rate", "s1", "--down")
    assert (down.exit_code, down.stdout) == (
        0,
        f"s1 is rated as a bad one ({before}): Pay the rent?\n",
    )
    moved = json.loads(offered("suggestions", "explain", "s2", "--json").stdout)["shifts"]
    assert min(value for _, value in moved) < 0
    assert offered("suggestions", "rate", "s1", "--up").exit_code == 0
    for wrong in ([], ["--up", "--down"]):
        refused = offered("suggestions", "rate", "s1", *wrong)
        assert refused.exit_code == 2
        assert "one of --up and --down" in refused.stderr


def test_what_waits_for_a_yes_is_listed_alone(offered: Cli) -> None:
    every = json.loads(offered("actions", "list", "--json").stdout)
    assert {each["id"]: each["state"] for each in every} == {"a1": "refused", "a2": "draft"}
    drafts = json.loads(offered("actions", "list", "--drafts", "--json").stdout)
    assert [each["id"] for each in drafts] == ["a2"]


def test_mail_from_an_address_of_the_user_is_theirs(cli: Cli, tmp_path: Path, folder: Path) -> None:
    box = tmp_path / "sent.mbox"
    box.write_text(
        "From ana Mon May  4 10:00:00 2026\nFrom: ana@example.org\nTo: bo@example.org\n"
        "Date: Mon, 4 May 2026 10:00:00 +0000\nMessage-ID: <1@x>\nSubject: Dinner\n\nI ran.\n\n"
    )
    os.utime(box, (1_777_900_000, 1_777_900_000))  # nobody is still writing the last mail
    assert cli("watch", f"mail:{box}", "--once", "--me", "ana@example.org").exit_code == 0
    with MemoryStore(folder, embedder="lexical") as store:
        (message,) = store.user("ana").observations()
    assert (message.author, message.tier) == ("user", "first_party")


@pytest.mark.parametrize("ideas", [True, False])
def test_a_model_is_asked_for_ideas_unless_that_is_not_wanted(
    known: Cli, endpoint: Any, ideas: bool
) -> None:
    endpoint.learning = json.dumps({"ideas": []})
    flag = "--ideas" if ideas else "--no-ideas"
    done = known("watch", "--once", "--quiet", "never", flag, "--model", endpoint.url)
    assert done.exit_code == 0, done.stderr
    assert endpoint.learns.is_set() is ideas


def test_it_looks_again_until_it_is_ended(tmp_path: Path, folder: Path) -> None:
    events = tmp_path / "events.jsonl"

    def happens(what: str, minutes: int) -> None:
        at = datetime.now().astimezone() + timedelta(minutes=minutes)
        text = f"I have {what} on {at.day} {at:%B} {at.year} at {at:%H:%M}."
        with events.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"text": text, "author": "user"}) + "\n")

    happens("a dentist appointment", 30)
    watching = subprocess.Popen(
        [*(sys.executable, "-m", "usermind", "watch", f"events:{events}", "--every", "1"),
         *("--quiet", "never")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert watching.stdout is not None
        assert "dentist" in watching.stdout.readline()
        happens("a call with Eva", 40)
        assert any("Eva" in line for line in watching.stdout)
        watching.send_signal(signal.SIGTERM)
        _, told = watching.communicate(timeout=60)
        assert "Stopped. What was stored before is kept." in told
        assert watching.returncode == 143
    finally:
        watching.kill()
        watching.communicate()


def test_where_an_entity_was_met_is_kept(cli: Cli, folder: Path) -> None:
    assert cli("entities", "add", "flights to Lisbon", "--source", "mail").exit_code == 0
    with MemoryStore(folder, embedder="lexical") as store:
        (entity,) = store.user("ana").entities.list()
    assert entity.sources == ("mail",)


def test_how_many_runs_must_pass_is_told_by_the_results(cli: Cli, tmp_path: Path) -> None:
    scenario = tmp_path / "idle.scenario.yaml"
    scenario.write_text("name: idle\nturns: [{user: Hello, expect: [{not_says: elephants}]}]\n")
    out = tmp_path / "out"
    assert cli("eval", "run", scenario, "--pass-rate", "0.5", "--out", out).exit_code == 0
    assert json.loads((out / "results.json").read_text("utf-8"))["pass_rate"] == 0.5
    wrong = cli("eval", "run", scenario, "--pass-rate", "1.5")
    assert wrong.exit_code != 0
    assert "pass_rate" in wrong.stderr or "--pass-rate" in wrong.stderr


def test_a_model_words_what_simulated_users_say(cli: Cli, endpoint: Any, tmp_path: Path) -> None:
    scenario = tmp_path / "goal.scenario.yaml"
    scenario.write_text(GOAL)
    endpoint.learning = json.dumps({"message": "The cook asks what I cannot eat."})
    done = cli("eval", "run", scenario, "--simulator", endpoint.url)
    assert endpoint.learns.is_set(), done.stderr
    assert "Judge and simulated users" in done.stderr


def test_what_goes_wrong_again_and_again_is_told_once(
    cli: Cli, endpoint: Any, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        path = tmp_path / f"{name}.scenario.yaml"
        path.write_text(
            f"name: {name}\nseed: [{{say: I live in Oslo., at: -2d}}]\n"
            "turns: [{user: Hello, expect: [{not_says: elk}]}]\n"
        )
    endpoint.learning = "flurble"
    told = cli("eval", "run", tmp_path, "--model", endpoint.url).stderr
    lines = [line for line in told.splitlines() if "Reflection failed" in line]
    assert len(lines) == 1, told
    assert "Try again, or serve a model that follows schemas." in lines[0]
    assert "times, first in one)" in lines[0]


def test_a_server_may_have_another_name_and_parser(cli: Cli) -> None:
    served = cli(
        *("model", "serve", "org/tiny", "--as", "helper", "--tool-parser", "llama3_json"),
        *("--host", "0.0.0.0", "--dry-run"),
    ).stdout
    assert "--served-model-name helper" in served
    assert "--host 0.0.0.0" in served
    assert "--tool-call-parser llama3_json" in served


def test_the_model_is_asked_for_by_its_name(cli: Cli) -> None:
    told = json.loads(cli("config", "--model-name", "tiny", "--json").stdout)
    asked = told["settings"]["model_name"]
    assert (asked["value"], asked["from"]) == ("tiny", "flag")
