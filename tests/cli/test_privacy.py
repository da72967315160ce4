import json
from collections.abc import Callable
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_topics_are_made_private_listed_and_made_public_again(known: Cli) -> None:
    made = known("private", "add", "my health")
    assert made.exit_code == 0
    assert "Private from now on: my health" in made.stdout
    assert "usermind memory forget" in made.stderr
    listed = json.loads(known("private", "list", "--json").stdout)
    assert [entry["topic"]["words"] for entry in listed] == ["my health"]
    assert listed[0]["touching"]
    assert "my health" in known("private", "list").stdout

    assert "No longer private" in known("private", "remove", "t1").stdout
    assert "No topic is private" in known("private", "list").stderr
    refused = known("private", "remove", "t1")
    assert refused.exit_code == 1
    assert "no private topic" in refused.stderr


def test_a_topic_can_come_before_any_memory(cli: Cli) -> None:
    assert cli("private", "add", "my health", "--json").exit_code == 0
    line = json.dumps({"text": "Ana has lupus.", "author": "Bob"})
    result = cli("ingest", "-", said=line)
    assert "1 line left out as private" in result.stdout
    assert json.loads(cli("ingest", "-", "--json", said=line).stdout)["private"] == 1


def test_decisions_are_listed_without_a_word_of_the_text(cli: Cli) -> None:
    line = json.dumps({"text": "My password is tr0mboneSolo9."})
    assert cli("ingest", "-", said=line).exit_code == 0
    shown = cli("privacy")
    assert "Policy    standard" in shown.stdout
    assert "secrets-nowhere" in shown.stdout
    assert "tr0mbone" not in shown.stdout
    record = json.loads(cli("privacy", "--json").stdout)
    assert record["decisions"][0]["kind"] == "password"
    assert record["decisions"][0]["item"] == "o1"


def test_nothing_found_is_said(cli: Cli) -> None:
    cli("ingest", "-", said=json.dumps({"text": "I like tea."}))
    done = cli("privacy", "--limit", "1")
    assert done.exit_code == 0
    assert "Policy    standard" in done.stdout
    assert "Nothing was found yet" in done.stderr


@pytest.mark.filterwarnings("default")
def test_the_policy_is_a_setting(cli: Cli, monkeypatch: Any) -> None:
    monkeypatch.setenv("USERMIND_PRIVACY", "off")
    line = json.dumps({"text": "My password is tr0mboneSolo9."})
    result = cli("ingest", "-", said=line)
    assert "privacy gate is off" in result.stderr
    assert json.loads(cli("privacy", "--json").stdout)["policy"] == "off"
    monkeypatch.setenv("USERMIND_PRIVACY", "lax")
    refused = cli("privacy")
    assert refused.exit_code == 1
    assert "'privacy' from the environment" in refused.stderr
    assert cli("config").exit_code == 1


def test_a_claim_in_words_that_are_private_is_refused(known: Cli) -> None:
    known("private", "add", "my health")
    refused = known("memory", "correct", "p1", "Ana has lupus.")
    assert refused.exit_code == 1
    assert "Privacy: The words touch a private topic" in refused.stderr
    assert "lupus" not in refused.stderr
