import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind import MemoryStore

Cli = Callable[..., Any]
DOWN = "http://127.0.0.1:9/v1"
SECRET = "I am allergic to walnuts."
SAID = json.dumps({"text": SECRET}) + "\n"
LEARNT = '{"operations": []}'
WORKER = [sys.executable, "-m", "usermind", "worker"]


def test_each_batch_is_one_line_without_a_word_of_the_user(cli: Cli) -> None:
    for user in ("ana", "bob"):
        cli("ingest", "-", "--user", user, said=SAID)
    result = cli("worker", "--once")

    assert result.exit_code == 0
    assert result.stdout == ""
    first, second, last = result.stderr.splitlines()
    assert "user=ana read=1 changed=1 failed=0 postponed=0 pending=0 calls=1 seconds=" in first
    assert "user=bob" in second
    assert last == ("Stopped after 2 batches of 2 users: 2 messages read, 2 claims new or changed.")
    assert "walnuts" not in result.stderr


def test_json_is_one_object_a_batch_and_one_for_all(cli: Cli, endpoint: Any) -> None:
    endpoint.learning = LEARNT
    cli("ingest", "-", said=SAID)
    result = cli("worker", "--once", "--json", "--model", endpoint.url)
    batch, last = map(json.loads, result.stdout.splitlines())
    assert (batch["user"], batch["processed"], batch["problem"]) == ("ana", 1, None)
    assert last["worked"]["report"]["processed"] == 1
    assert last["model"]["calls"] == 1
    assert result.stderr == ""


def test_with_nothing_due_it_ends_at_once(known: Cli) -> None:
    assert known("worker", "--once").exit_code == 0


def test_a_store_that_is_not_there_is_told(cli: Cli) -> None:
    assert "There is no store" in cli("worker", "--once").stderr


def test_what_failed_is_told_by_line_and_status(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERMIND_TIMEOUT", "0.5")
    for number in range(8):
        cli("ingest", "-", "--user", f"user{number}", said=SAID)
    result = cli("worker", "--once", "--model", DOWN)
    assert result.exit_code == 1
    assert result.stderr.count("failed=1") == 5
    assert "cannot be reached" in result.stderr
    assert "Gave up because one batch after the other failed" in result.stderr


def test_a_spent_budget_is_no_failure(cli: Cli, endpoint: Any) -> None:
    endpoint.learning = LEARNT
    cli("ingest", "-", said=SAID)
    result = cli("worker", "--once", "--model", endpoint.url, "--daily-calls", "0")
    # No day has room for the call, so the rules do it.
    assert "read=1" in result.stderr
    cli("ingest", "-", said='{"text": "I live in Oslo."}\n')
    assert "read=1" in cli("worker", "--once", "--model", endpoint.url).stderr
    cli("ingest", "-", said='{"text": "I like tea."}\n')
    late = cli("worker", "--once", "--model", endpoint.url, "--daily-calls", "1")
    assert late.exit_code == 0
    assert "postponed=1" in late.stderr
    reflected = cli("reflect", "--model", endpoint.url, "--daily-calls", "1")
    assert reflected.exit_code == 0


def test_status_shows_what_was_spent_and_of_how_much(cli: Cli, endpoint: Any) -> None:
    endpoint.learning = LEARNT
    cli("ingest", "-", said=SAID)
    assert "Spent today" not in cli("status").stdout
    cli("worker", "--once", "--model", endpoint.url)

    told = cli("status", "--daily-tokens", "7300").stdout
    assert "Spent today (UTC): 1 call, 730 tokens" in told
    assert "10%" in told
    assert "no limit" in cli("status").stdout
    record = json.loads(cli("status", "--json", "--daily-calls", "4").stdout)
    assert record["spent_today"]["calls"] == 1
    (ana,) = record["looked_at"]
    assert (ana["today"]["prompt_tokens"], ana["today"]["completion_tokens"]) == (700, 30)
    assert (ana["budget"], ana["share"]) == ({"tokens_per_day": None, "calls_per_day": 4}, 0.25)


def test_a_chat_without_budget_is_answered_and_says_so(known: Cli, endpoint: Any) -> None:
    endpoint.mode = "streams"
    asks = ("chat", "--model", endpoint.url, "--daily-calls", "0")
    result = known(*asks, said="Where do I live?\n")
    assert result.exit_code == 0
    assert "Oslo" in result.stdout
    assert "answered without the model: The budget of user 'ana'" in result.stderr
    first = json.loads(known(*asks, "--json", said="Where do I live?\n").stdout.splitlines()[0])
    assert "is spent" in first["degraded"]
    assert not endpoint.asked.is_set()


@pytest.mark.parametrize("name", ["daily_tokens", "daily_calls"])
def test_budgets_are_settings(name: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"USERMIND_{name.upper()}", "500")
    told = json.loads(cli("config", "--json").stdout)["settings"][name]
    assert told == {"value": 500, "from": "environment"}
    monkeypatch.setenv(f"USERMIND_{name.upper()}", "-1")
    result = cli("config")
    assert result.exit_code == 1
    assert "expected a whole number, 0 or more" in result.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_gives_back_what_is_under_way_and_ends_well(
    how: signal.Signals, cli: Cli, endpoint: Any, folder: Path, heeding_ctrl_c: Callable[[], None]
) -> None:
    endpoint.learning = "hangs"
    cli("ingest", "-", said=SAID)
    with subprocess.Popen(
        [*WORKER, "--model", endpoint.url, "--linger", "0", "--grace", "0"],
        stderr=subprocess.PIPE,
        preexec_fn=heeding_ctrl_c,
        text=True,
    ) as process:
        try:
            assert endpoint.learns.wait(60)
            process.send_signal(how)
            _, told = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0, told
    assert "Given back unfinished: 1 batch." in told
    assert "Traceback" not in told
    with MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        assert (ana.queue().ready, ana.failures()) == (1, [])


def test_a_second_signal_ends_it_at_once_and_loses_nothing(
    cli: Cli, endpoint: Any, folder: Path, heeding_ctrl_c: Callable[[], None]
) -> None:
    endpoint.learning = "hangs"
    cli("ingest", "-", said=SAID)
    with subprocess.Popen(
        [*WORKER, "--model", endpoint.url, "--linger", "0", "--grace", "60"],
        stderr=subprocess.PIPE,
        preexec_fn=heeding_ctrl_c,
        text=True,
    ) as process:
        try:
            assert endpoint.learns.wait(60)
            while process.poll() is None:  # until both were heard: the first may still be handled
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(0.2)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
    assert process.returncode == 128 + signal.SIGTERM
    with MemoryStore(folder, embedder="lexical") as store:
        assert store.user("ana").queue().ready == 1
