"""A long message costs what its length is worth, and all of it is kept and found."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]  # typeshed leaves it out
from types import FrameType
from typing import Any, Final

import pytest
from tests.films import filled

from usermind import Assistant, MemoryStore
from usermind.graphs.subject import kind_in
from usermind.tools.places import Listed, with_titles

SHORT, LONG = 3_000, 12_000
WORDS: Final = (
    *("river", "green", "house", "number", "table", "cloud"),
    *("stone", "bright", "music", "paper", "garden", "winter"),
)
SHAPES: Final[dict[str, Callable[[int], str]]] = {
    "one sentence": lambda n: " ".join(WORDS * (n // 60))[:n],
    "the same sentence": lambda n: ("I like tea. " * (n // 12))[:n],
    "sentences that differ": lambda n: " ".join(
        f"I love {WORDS[each % 12]} {each}." for each in range(n // 16)
    ),
    "one clause after the other": lambda n: ("my dog is called Bo and " * (n // 24))[:n],
    "names in quotes": lambda n: ('"Yes" "No" ' * (n // 11))[:n],
    "lines": lambda n: ("tea\n" * (n // 4))[:n],
    "blanks": lambda n: f"I like{' ' * n}tea",
}


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the calls that are made meanwhile, of functions of any sort."""
    calls = [0]

    def note(frame: FrameType, event: str, argument: Any) -> None:
        calls[0] += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_grows_no_faster_than_the_message(store: MemoryStore, shape: str) -> None:
    made: list[dict[str, int]] = []
    with Assistant(store=store, reflect="manual") as assistant:
        assistant.turn("ana", "Hello.")  # what is made once is made
        assistant.reflect("ana")
        for size in (SHORT, LONG):
            user, message = f"ana {size}", SHAPES[shape](size)
            with counted() as turn:
                assistant.turn(user, message)
            with counted() as reflection:
                assistant.reflect(user)
            made.append({"turn": turn[0], "reflection": reflection[0]})
    for what, few in made[0].items():
        assert made[1][what] < 1.5 * LONG / SHORT * few, what


@contextmanager
def held(module: str) -> Iterator[list[int]]:
    """Count the characters that the functions of a module hold meanwhile, each when it returns."""
    read = [0]

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "return" and frame.f_code.co_filename.endswith(f"/{module}"):
            texts = (each for each in frame.f_locals.values() if isinstance(each, str))
            read[0] += sum(map(len, texts))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield read
    finally:
        sys.setprofile(before)


POINTING: Final[dict[str, str]] = {
    "numbers": "seen 1 and 2, ",
    "ordinals": "the second one and ",
    "counts": "two bricks and the first. ",
}


@pytest.mark.parametrize("shape", POINTING)
def test_a_long_message_behind_a_list_is_read_once_and_no_longer_by_those_after_it(
    store: MemoryStore, tmp_path: Path, shape: str
) -> None:
    made: list[tuple[int, int]] = []
    with filled(tmp_path) as own:
        for size in (SHORT, LONG):
            user, message = f"ana {size}", (POINTING[shape] * size)[:size]
            with Assistant(store=store, catalogue=own, reflect="manual") as assistant:
                assistant.turn(user, "Recommend me a comedy film.")
                assert store.user(user).feedback.exposures()
                with held("tools/places.py") as turn:
                    assistant.turn(user, message)
                with held("tools/places.py") as next_turn:
                    assistant.turn(user, "Something older.")
            made.append((turn[0], next_turn[0]))
    (few, few_next), (many, many_next) = made
    assert many < 1.5 * LONG / SHORT * few
    assert many_next < 1.5 * few_next


def test_what_points_at_a_list_is_looked_for_near_by() -> None:
    shown = [Listed("Heat"), Listed("Alien")]
    read = []
    for size in (SHORT, LONG):
        with held("tools/places.py") as made:
            with_titles("seen 1 and 2, " * (size // 14), shown)
        read.append(made[0])
    assert read[1] < 1.5 * LONG / SHORT * read[0]


def test_what_is_said_at_the_end_of_a_long_message_is_kept_and_found(store: MemoryStore) -> None:
    message = "It rained all day in the hills. " * 1_500 + "My bicycle is called Rocinante."
    with Assistant(store=store, reflect="manual") as assistant:
        assistant.turn("ana", message)
        ana = store.user("ana")

        [found] = [each for each in ana.recall("Rocinante") if each.author == "user"]

    assert ana.observation(found.id).text == message


def test_the_kind_of_a_name_is_told_by_the_words_right_before_it() -> None:
    assert kind_in("Lisbon", [f"a week in{' ' * 3}Lisbon"]) == "place"
    assert kind_in("Lisbon", [f"a week in{' ' * 1_000}Lisbon"]) is None


READERS: Final = ("models.offline.clauses", "models.offline.wishes", "models.irony")
"""Modules whose patterns are looked for at every place of a whole message."""


def test_no_search_of_a_message_begins_anew_at_each_blank_of_a_run() -> None:
    begun = [
        f"{name}.{pattern}"
        for name in READERS
        for pattern, form in vars(import_module(f"usermind.{name}")).items()
        if isinstance(form, re.Pattern) and _begins_with_a_run(parser.parse(form.pattern))
    ]

    assert begun == []


def _begins_with_a_run(parsed: Any) -> bool:
    """Say whether a pattern begins with any number of blanks that no look back holds."""
    for kind, value in parsed:
        match str(kind):
            case "SUBPATTERN":
                return _begins_with_a_run(value[-1])
            case "BRANCH":
                return any(_begins_with_a_run(each) for each in value[1])
            case "MAX_REPEAT" | "MIN_REPEAT":
                _, most, inner = value
                if most == parser.MAXREPEAT and "CATEGORY_SPACE" in str(inner):
                    return True
                if value[0] > 0 or most == parser.MAXREPEAT:
                    return False
            case _:
                return False
    return False


@pytest.mark.parametrize(
    ("pattern", "begins"),
    [(r"\s+and", True), (r",?\s+and", True), (r"a|\s*;", True), (r"(?<!\s)\s+and", False),
     (r"a\s+b", False), (r"(?:,\s+|(?<!\s)\s+)and", False)],
)  # fmt: skip
def test_the_check_finds_what_it_looks_for(pattern: str, begins: bool) -> None:
    assert _begins_with_a_run(parser.parse(pattern)) is begins
