import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks.concept_images import again, drawing, encoded

from usermind import Concept
from usermind.store import MemoryStore

Cli = Callable[..., Any]
DOWN = "http://127.0.0.1:9/v1"
CHAT = [sys.executable, "-m", "usermind", "chat"]
LEARNT = json.dumps(
    {
        "operations": [
            {
                "op": "add",
                "target": None,
                "slot": None,
                "statement": "Ana's boat is called Siri.",
                "evidence": [{"observation": 1, "quote": "My boat is called Siri"}],
                "confidence": 0.9,
                "durability": "year",
            }
        ]
    }
)


def _said(folder: Path) -> list[str]:
    with MemoryStore(folder, embedder="lexical") as store:
        return [item.text for item in store.user("ana").observations()][::-1]


def test_each_piped_line_is_a_turn_and_shows_what_it_rests_on(known: Cli) -> None:
    result = known("chat", said="Where do I live?\n\nWhat is my dog called?\n")
    assert result.exit_code == 0
    first, source, second, other = result.stdout.splitlines()
    assert "Oslo" in first
    assert source.startswith("  p")
    assert "(you, import, " in source
    assert "Bo" in second
    assert other.startswith("  p")
    assert "you ›" not in result.stdout


def test_json_is_one_object_a_turn(known: Cli) -> None:
    result = known("chat", "--json", "--thread", "t1", said="Where do I live?\n/help\nHello\n")
    first, second = map(json.loads, result.stdout.splitlines())
    assert "Oslo" in first["text"]
    assert first["used"][0]["confidence"] > 0.5
    assert first["used"][0]["external_id"] == "m0"
    assert first["thread"] == "t1"
    assert first["error"] is None
    assert second["used"] == []


def test_a_number_says_what_is_suggested(known: Cli, folder: Path) -> None:
    result = known("chat", said="I'm flying to Lisbon next month.\n/1\n/9\n")
    assert result.exit_code == 0
    assert "  /1 How do I get from Oslo to Lisbon?" in result.stderr
    assert "you say: How do I get from Oslo to Lisbon?" in result.stderr
    assert "Nothing is suggested as /9, and nothing was said." in result.stderr
    assert "/1" not in result.stdout
    assert _said(folder)[-2] == "How do I get from Oslo to Lisbon?"


def test_json_holds_what_is_suggested(known: Cli) -> None:
    result = known("chat", "--json", said="I'm flying to Lisbon next month.\n/1\n/0\n")
    first, _ = map(json.loads, result.stdout.splitlines())
    assert first["suggestions"][0]["text"] == "How do I get from Oslo to Lisbon?"
    assert first["suggestions"][0]["strategy"] == "unfamiliar"
    assert first["unsuggested"] is None


@pytest.fixture
def pictures(cli: Cli, folder: Path, tmp_path: Path) -> Path:
    """A store that knows Bo by a picture, and pictures of Bo and of a stranger."""
    for name, picture in (("bo in the park", again(1)), ("stranger", encoded(drawing(3)))):
        tmp_path.joinpath(f"{name}.png").write_bytes(picture)
    with MemoryStore(folder, embedder="lexical") as store:
        ana = store.user("ana")
        ana.concepts["bo"] = Concept("Bo", category="dog", consent=True)
        ana.pictures.add("bo", encoded(drawing(1)))
    return tmp_path


def test_a_picture_is_shown_with_what_is_said(cli: Cli, pictures: Path, folder: Path) -> None:
    known = f"/picture '{pictures}/bo in the park.png' Who is this?"
    result = cli("chat", said=f"{known}\n/picture {pictures}/stranger.png")
    assert result.exit_code == 0
    told, source, unknown = result.stdout.splitlines()
    assert told == "That is Bo."
    assert source.startswith("  c1")
    assert unknown == "That shows nobody and nothing that I know."
    assert _said(folder)[::2] == ["Who is this?", "What is in this picture?"]


def test_json_says_what_a_picture_shows(cli: Cli, pictures: Path) -> None:
    result = cli("chat", "--json", said=f'/picture "{pictures}/bo in the park.png" Who is this?\n')
    reply = json.loads(result.stdout)
    assert reply["sightings"][0]["seen"][0]["key"] == "bo"
    assert reply["missed"] is None


@pytest.mark.parametrize("line", ["/picture", "/picture nowhere.png Who?", "/picture 'open Who?"])
def test_a_picture_that_cannot_be_used_is_told_and_the_chat_goes_on(
    cli: Cli, pictures: Path, folder: Path, line: str
) -> None:
    result = cli("chat", said=f"{line}\nI live in Oslo.\n")
    assert result.exit_code == 1
    assert "Nothing was stored." in result.stderr
    assert _said(folder)[0] == "I live in Oslo."


@pytest.mark.parametrize("name", ["bo in the park", "no such file"])
def test_a_path_with_spaces_is_to_stand_in_quotation_marks(
    cli: Cli, pictures: Path, name: str
) -> None:
    result = cli("chat", said=f"/picture {pictures}/{name}.png Who is this?\n")
    assert result.exit_code == 1
    assert f"quotation marks: `/picture '{pictures}/{name}.png' Who is this?`" in result.stderr


def test_in_json_there_is_an_object_for_each_line_that_is_said(cli: Cli) -> None:
    lines = ["I live in Oslo.", "/picture nowhere.png Who?", "Where do I live?"]
    said = "\n".join([*lines, "x" * 100_001]).encode() + b"\n\xff\xfe\nThanks!\n"
    result = cli("chat", "--json", "--thread", "t1", said=said)
    assert result.exit_code == 1
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert [reply["error"] and reply["error"]["type"] for reply in replies] == [
        *(None, "InvalidInputError", None, "InvalidInputError", "InvalidInputError", None)
    ]
    assert "nowhere.png" in replies[1]["error"]["message"]
    assert "Line 5 is not UTF-8" in replies[4]["error"]["message"]
    assert {frozenset(reply) for reply in replies} == {frozenset(replies[0])}
    assert (replies[1]["text"], replies[1]["thread"]) == (None, "t1")


def test_what_is_said_is_known_the_next_time(cli: Cli, folder: Path) -> None:
    cli("chat", said="My sister is called Eva.\n")
    assert "Eva" in cli("chat", "--thread", "other", said="What is my sister's name?").stdout
    assert _said(folder)[0] == "My sister is called Eva."


def test_commands_are_not_said_to_the_assistant(known: Cli, folder: Path) -> None:
    before = _said(folder)
    result = known("chat", said="/memory\n/nonsense\n/quit\nI am not read any more.\n")
    assert "Ana lives in Oslo." in result.stdout
    assert "There is no /nonsense" in result.stderr
    assert _said(folder) == before


@pytest.mark.parametrize("word", ["exit", "quit", "Exit", "/QUIT", "/q", "/quit now", "/exit"])
def test_what_people_type_to_leave_leaves(word: str, known: Cli, folder: Path) -> None:
    before = _said(folder)
    result = known("chat", said=f"{word}\nI am not read any more.\n")
    assert (result.exit_code, result.stdout) == (0, "")
    assert _said(folder) == before


@pytest.mark.parametrize("line", ["/nonsense", "/Nonsense please", "/no-such", "/?"])
def test_an_unknown_command_is_told_and_not_said(line: str, known: Cli, folder: Path) -> None:
    before = _said(folder)
    told = known("chat", said=f"{line}\n").stderr
    assert f"There is no {line.split()[0].lower()}" in told
    assert _said(folder) == before


@pytest.mark.parametrize("line", ["I quit smoking.", "/home/ana is my folder.", "quit it"])
def test_what_only_looks_like_a_command_is_said(line: str, cli: Cli, folder: Path) -> None:
    assert cli("chat", said=f"{line}\n").exit_code == 0
    assert _said(folder)[0] == line


def test_an_embedder_that_is_none_is_told_before_the_first_message(cli: Cli, folder: Path) -> None:
    result = cli("chat", "--embedder", "nonsense", said="")
    assert result.exit_code == 1
    assert "names no embedder" in result.stderr
    assert not list(folder.glob("users/*.db"))


def test_the_memory_of_somebody_new_is_empty(cli: Cli) -> None:
    assert "Nothing is known about you yet." in cli("chat", said="/memory\n").stdout


@pytest.mark.parametrize(
    "line",
    [b"caf\xe9", b"a\x00b", b"x" * 100_001],
    ids=["not_utf8", "nul", "too_long"],
)
def test_a_line_that_cannot_be_used_does_not_end_the_rest(
    line: bytes, cli: Cli, folder: Path
) -> None:
    result = cli("chat", said=b"My dog is called Bo.\n" + line + b"\nWhat is my dog called?\n")
    assert result.exit_code == 1
    assert "Nothing was stored" in result.stderr or "nothing was stored" in result.stderr
    assert "Bo" in result.stdout


def test_a_model_that_is_down_is_told_in_the_reply_and_the_message_is_kept(
    cli: Cli, folder: Path
) -> None:
    result = cli("--timeout", "0.5", "chat", "--model", DOWN, said="I moved to Bergen.\n")
    assert result.exit_code == 1
    assert "I could not answer" in result.stdout
    assert "is kept" in result.stdout
    assert _said(folder) == ["I moved to Bergen."]


def test_a_model_that_is_down_is_an_error_in_json(cli: Cli) -> None:
    result = cli("--timeout", "0.5", "chat", "--json", "--model", DOWN, said="Hello there Bo\n")
    assert result.exit_code == 1
    reply, last = map(json.loads, result.stdout.splitlines())
    assert reply["error"]["type"] == "ModelUnavailableError"
    assert last["learnt"]["pending"] == 1


def test_a_reply_is_streamed_and_cannot_steer_the_terminal(cli: Cli, endpoint: Any) -> None:
    endpoint.mode = "streams"
    result = cli("chat", "--model", endpoint.url, said="Hello Bo, how is it?\n")
    assert "Hello \ufffd[31mAna." in result.stdout
    assert result.stdout.count("Ana.") == 1


def test_a_wrong_model_address_is_told(cli: Cli) -> None:
    result = cli("chat", "--model", "nonsense", said="Hi\n")
    assert result.exit_code == 1
    assert "is not an endpoint" in result.stderr


def test_the_model_plans_where_it_is_asked_to(known: Cli, endpoint: Any) -> None:
    endpoint.mode, endpoint.learning = "streams", json.dumps({"plan": "proposition"})
    asked = ("chat", "--json", "--model", endpoint.url)
    by_rules = known(*asked, said="Where do I live?\n")
    by_model = known(*asked, "--planner", "model", said="Where do I live?\n")
    first, second = (json.loads(each.stdout.splitlines()[0]) for each in (by_rules, by_model))
    assert first["sources"] == ["observation", "proposition"]
    assert second["sources"] == ["proposition"]
    assert second["instead"] is None


def test_where_the_model_cannot_plan_the_rules_do_and_it_is_said(known: Cli, endpoint: Any) -> None:
    endpoint.mode, endpoint.learning = "streams", "no JSON"
    result = known("chat", "--model", endpoint.url, "--planner", "model", said="Where do I live?\n")
    assert "(planned by rules: " in result.stderr


@pytest.mark.parametrize(
    ("planner", "told"),
    [("model", "`--planner model` has no model to ask."), ("dice", "'dice' is not one of")],
)
def test_a_planner_that_cannot_plan_is_refused_before_the_first_message(
    cli: Cli, folder: Path, planner: str, told: str
) -> None:
    result = cli("chat", "--planner", planner, said="I live in Oslo.\n")
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    with MemoryStore(folder, embedder="lexical") as store:
        assert not store.user("ana").exists


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill", "ctrl_c"])
def test_a_message_survives_whatever_ends_the_chat(
    how: signal.Signals, endpoint: Any, folder: Path, heeding_ctrl_c: Callable[[], None]
) -> None:
    endpoint.mode = "hangs"
    with subprocess.Popen(
        [*CHAT, "--model", endpoint.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heeding_ctrl_c,
    ) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(b"My boat is called Siri.\n")
            process.stdin.flush()
            assert endpoint.asked.wait(60)
            process.send_signal(how)
            # The endpoint hangs for 30 seconds: nobody waits for it.
            _, told = process.communicate(timeout=20)
        finally:
            process.kill()

    assert process.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    if how is signal.SIGINT:
        assert b"Everything you wrote is kept." in told
        assert b"Traceback" not in told
    assert _said(folder) == ["My boat is called Siri."]


def test_what_a_model_was_told_is_learnt_from_at_the_end(cli: Cli, endpoint: Any) -> None:
    endpoint.mode, endpoint.learning = "streams", LEARNT
    result = cli("chat", "--model", endpoint.url, said="My boat is called Siri.\n")
    assert result.exit_code == 0
    assert "Learnt from 1 message: 1 claim new or changed." in result.stderr
    assert "Model: 2 calls, 700 tokens in, 30 out, " in result.stderr
    assert "Ana's boat is called Siri." in cli("memory", "list").stdout


def test_what_was_learnt_and_spent_is_the_last_object_in_json(cli: Cli, endpoint: Any) -> None:
    endpoint.mode, endpoint.learning = "streams", LEARNT
    result = cli("chat", "--json", "--model", endpoint.url, said="My boat is called Siri.\n")
    _, last = map(json.loads, result.stdout.splitlines())
    assert (last["learnt"]["processed"], last["learnt"]["changed"]) == (1, 1)
    assert (last["model"]["calls"], last["model"]["prompt_tokens"]) == (2, 700)
    assert result.stderr == ""


def test_what_a_model_that_fails_could_not_learn_from_stays_due(cli: Cli, endpoint: Any) -> None:
    endpoint.mode, endpoint.learning = "streams", "no JSON"
    result = cli("chat", "--model", endpoint.url, said="My boat is called Siri.\n")
    assert result.exit_code == 0
    assert "Kept and still to be learnt from: 1 message." in result.stderr
    assert "refuses" in result.stderr
    assert "Learnt" not in result.stderr


def test_a_model_that_is_down_is_not_asked_to_learn(cli: Cli) -> None:
    result = cli("--timeout", "0.5", "chat", "--model", DOWN, said="I moved to Bergen.\n")
    assert "Kept and still to be learnt from: 1 message." in result.stderr
    (ana,) = json.loads(cli("status", "--json").stdout)["looked_at"]
    assert (ana["queue"]["ready"], ana["failures"]) == (1, [])


def test_ctrl_c_leaves_the_learning_at_the_end_for_later(
    endpoint: Any, folder: Path, heeding_ctrl_c: Callable[[], None]
) -> None:
    endpoint.mode, endpoint.learning = "streams", "hangs"
    with subprocess.Popen(
        [*CHAT, "--model", endpoint.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heeding_ctrl_c,
    ) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(b"My boat is called Siri.\n")
            process.stdin.close()
            process.stdin = None
            assert endpoint.learns.wait(60)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=20)
        finally:
            process.kill()

    assert process.returncode == 130
    assert b"Everything you wrote is kept. `usermind reflect` learns" in told
    assert b"Traceback" not in told
    with MemoryStore(folder, embedder="lexical") as store:
        assert store.user("ana").queue().ready == 1


def test_on_a_terminal_one_is_welcomed_and_asked(folder: Path) -> None:
    parent, child = pty.openpty()
    process = subprocess.Popen(
        CHAT,
        stdin=child,
        stdout=child,
        stderr=child,
        close_fds=True,
        env=os.environ | {"TERM": "dumb", "NO_COLOR": "1"},
    )
    os.close(child)
    shown = b""

    def until(words: str, times: int = 1) -> None:
        nonlocal shown
        while shown.count(words.encode()) < times:
            assert select.select([parent], [], [], 60)[0], shown
            shown += os.read(parent, 1024)

    try:
        until("you ›")
        os.write(parent, b"My boat is called Siri.\n")
        until("you ›", times=2)
        os.write(parent, b"/help\n")
        until("/quit")
        until("you ›", times=3)
        os.write(parent, b"\x04")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        os.close(parent)
    assert b"usermind, talking with ana by the offline engine" in shown
    assert b"\x1b[3" not in shown
    assert _said(folder)[0] == "My boat is called Siri."
    assert not list(Path(os.environ["USERMIND_STORE"]).glob("*history*"))
