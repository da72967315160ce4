"""`usermind interview` from a terminal and through a pipe."""

from collections.abc import Callable
from typing import Any

Cli = Callable[..., Any]


def test_an_interview_is_kept_and_goes_on_later(cli: Cli) -> None:
    first = cli("interview", said="skip\nOslo\n")
    assert first.exit_code == 0
    assert first.stdout.splitlines()[1] == "Where do you live?"
    assert "lives in Oslo" in cli("memory", "list").stdout
    later = cli("interview", said="stop\n")
    assert later.exit_code == 0
    assert "Where do you live?" not in later.stdout
    stopped = cli("interview", said="stop\n")
    assert (stopped.exit_code, stopped.stdout) == (0, "")
    assert "--again" in stopped.stderr
    assert "?" in cli("interview", "--again", said="stop\n").stdout


def test_an_answer_that_cannot_be_stored_is_asked_for_again(cli: Cli) -> None:
    done = cli("interview", said="\nskip\nstop\n")
    assert done.exit_code == 0
    assert done.stdout.count("What shall I call you?") == 2
    assert "empty" in done.stderr


def test_a_question_is_answered_and_the_interview_goes_on(cli: Cli) -> None:
    done = cli("interview", said="skip\nWhy do you ask?\nOslo\n")
    lines = done.stdout.splitlines()
    assert lines[1] == lines[3] == "Where do you live?"
    assert lines[2].startswith("So that what I say of places")
    assert "ask" not in cli("memory", "list").stdout
    assert "lives in Oslo" in cli("memory", "list").stdout


def test_who_is_thanked_has_answered(cli: Cli) -> None:
    for said, told in (("", "goes on with this question"), ("stop\n", "--again")):
        done = cli("interview", said=said)
        assert done.exit_code == 0
        assert "Thank you" not in done.stdout
        assert told in done.stderr
    done = cli("interview", "--again", said="skip\n" * 20)
    assert "Thank you" not in done.stdout
    assert "nothing more to ask" in done.stderr
    assert "Thank you" in cli("interview", "--again", "--user", "ben", said="Ben\n").stdout
