"""Verdicts in a sentence of their own, and what is asked to be like what was just named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.films import filled

from usermind.tools.afterthoughts import with_afterthoughts, with_examples
from usermind.tools.mentions import Mentions


@pytest.fixture(scope="module")
def mentions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mentions]:
    folder: Path = tmp_path_factory.mktemp("films")
    with filled(folder) as made:
        yield Mentions(made.items, made.things)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("I watched Hollow Moon yesterday. Boring.", "“Hollow Moon (1980)” was boring."),
        ("Saw Hollow Moon last night. Loved it!", "Loved “Hollow Moon (1980)”!"),
        ("I've seen Hollow Moon. What a masterpiece!", "“Hollow Moon (1980)” was a masterpiece!"),
        ("I've seen Hollow Moon. Not my thing.", "“Hollow Moon (1980)” was not my thing."),
        ("I saw Hollow Moon. It was awful.", "“Hollow Moon (1980)” was awful."),
    ],
)
def test_a_verdict_of_its_own_is_said_of_what_was_just_seen(
    mentions: Mentions, message: str, said: str
) -> None:
    assert with_afterthoughts(mentions, message).endswith(said)


@pytest.mark.parametrize(
    "message",
    [
        "I saw Hollow Moon. Great weather today.",
        "I saw Hollow Moon and went to a party. Boring.",
        "I saw Hollow Moon with Bob. Bob loved it.",
        "I saw Hollow Moon and Orbit Nine. Boring.",
        "I loved Hollow Moon. Boring.",
        "Have you seen Hollow Moon? Boring.",
        "I haven't seen Hollow Moon. Boring.",
        "I saw Hollow Moon. Is it good?",
        "Work was long. Boring.",
    ],
)
def test_what_may_speak_of_something_else_is_left_alone(mentions: Mentions, message: str) -> None:
    assert with_afterthoughts(mentions, message) == message


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("I loved Hollow Moon. Recommend something similar", "something like “Hollow Moon (1980)”"),
        ("I loved Hollow Moon, more like that", "more like “Hollow Moon (1980)”"),
        ("I loved Hollow Moon and Orbit Nine. Find something similar", "Find something similar"),
        ("I hated Hollow Moon. Find something similar", "Find something similar"),
        ("I loved Hollow Moon. Find something similar to Heat", "something similar to Heat"),
    ],
)
def test_something_similar_is_like_the_one_item_that_was_named(
    mentions: Mentions, message: str, said: str
) -> None:
    assert with_examples(mentions, message).endswith(said)
