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
