"""Words that compare with the last list: which do, and with what."""

import pytest

from usermind.tools.compared import as_a_wish, compared, compares_by
from usermind.tools.orders import By

MIDDLE: dict[By, float] = {"year": 2000.0, "length": 95.5}
KINDS = "films?|comedies|comedy"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("No, older!", "something older than 2000 instead!"),
        ("anything older?", "anything older than 2000 instead?"),
        ("more recent ones", "something newer than 2000 instead"),
        ("something newer than that", "something newer than 2000 instead"),
        ("not that old", "something newer than 2000 instead"),
        ("not so recent, please", "something older than 2000 instead, please"),
        ("these are too old", "something newer than 2000 instead"),
        ("too long", "something shorter than 96 minutes instead"),
        ("a longer one", "something longer than 95 minutes instead"),
        ("older comedies please", "comedies older than 2000 instead please"),
        ("Thanks. Anything newer?", "Thanks. Anything newer than 2000 instead?"),
        ("how about something newer, but funny?",
         "how about something newer than 2000 instead, but funny?"),
    ],
)  # fmt: skip
def test_what_compares_is_said_in_numbers(message: str, said: str) -> None:
    assert compared(message, MIDDLE, KINDS) == said


@pytest.mark.parametrize(
    "message",
    ["I am older.", "my older sister likes them", "She is not that old.", "I'm not that old",
     "I bought something newer yesterday.", "it was not that long", "an older brother of mine",
     "older than 1980", "no longer", "I no longer want that", "maybe later", "It took too long."],
)  # fmt: skip
def test_what_compares_other_things_is_left_alone(message: str) -> None:
    assert compared(message, MIDDLE, KINDS) == message


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("like Heat but shorter", "something like Heat but shorter"),
        ("“Heat” but with more jokes", "something like “Heat” but with more jokes"),
        (
            "ok, “Heat” please, but from the 90s",
            "ok, something like “Heat” please, but from the 90s",
        ),
        ("“Heat” but I was tired", "“Heat” but I was tired"),
        ("“Heat” but never again", "“Heat” but never again"),
        ("I like Heat but shorter films are better", "I like Heat but shorter films are better"),
    ],
)
def test_an_example_that_is_to_be_otherwise_is_a_request(message: str, said: str) -> None:
    assert as_a_wish(message) == said


def test_what_the_list_does_not_tell_is_not_compared() -> None:
    assert compared("older", {}) == "older"
    assert compared("shorter ones", {"year": 2000.0}) == "shorter ones"
    assert compares_by("shorter ones") == "length"
    assert compares_by("funnier ones") is None
