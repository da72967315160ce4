"""Profiles: cited, cached while they stand, and gone with what they rest on."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from usermind import UserMemory
from usermind.errors import InvalidInputError, PrivateTopicError, UnknownUserError
from usermind.memory.leanings import ByRules
from usermind.memory.profiles import REFRESH_AFTER
from usermind.memory.summary import MOST_WORDS, Sketch, barred


def _is_database(file: Path) -> bool:
    return file.is_file() and file.read_bytes().startswith(b"SQLite format 3")


class Counting(ByRules):
    """The rules, counting how often they are asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def summarise(self, memory: UserMemory, task: str, *, as_of: datetime | None = None) -> Sketch:
        self.calls += 1
        return super().summarise(memory, task, as_of=as_of)


def test_a_profile_groups_what_is_believed_and_cites_it(ana: UserMemory) -> None:
    ana.remember("Ana lives in Oslo.")
    ana.remember("Ana runs every morning.")
    ana.remember("Ana likes green tea.")
    profile = ana.profile()
    assert profile.text == "Ana likes green tea.\nAna runs every morning.\nAna lives in Oslo."
    assert {c.text: c.kind for c in profile.claims} == {
        "Ana likes green tea.": "preference",
        "Ana runs every morning.": "routine",
        "Ana lives in Oslo.": "fact",
    }
    for claim in profile.claims:
        assert claim.cites
        assert [ana.observation(cite).text for cite in claim.cites] == [claim.text]
    assert (profile.made_by, profile.task, profile.items) == ("rules", "conversation", 6)


def test_where_nothing_is_known_the_profile_is_empty_and_not_kept(ana: UserMemory) -> None:
    ana.observe("Hello!")
    profile = ana.profile()
    assert (profile.id, profile.text, profile.claims) == ("f0", "", ())
    assert ana.profiles.list() == []


def test_a_user_without_a_memory_has_no_profile(ana: UserMemory) -> None:
    with pytest.raises(UnknownUserError):
        ana.profile()


@pytest.mark.parametrize("task", [" ", "x" * 201], ids=["blank", "too long"])
def test_a_task_that_names_nothing_is_refused(ana: UserMemory, task: str) -> None:
    ana.remember("Ana likes tea.")
    with pytest.raises(InvalidInputError):
        ana.profile(task=task)


def test_a_cached_profile_is_not_computed_again(ana: UserMemory) -> None:
    ana.remember("Ana likes tea.")
    rules = Counting()
    first = ana.profiles.get("cooking", summariser=rules)
    assert ana.profiles.get("cooking", summariser=rules) == first
    assert rules.calls == 1
    assert ana.profiles.get("travel", summariser=rules).id != first.id
    assert rules.calls == 2


def test_a_profile_is_made_again_after_enough_new_observations(ana: UserMemory) -> None:
    ana.remember("Ana likes tea.")
    rules = Counting()
    ana.profiles.get(summariser=rules)
    for turn in range(REFRESH_AFTER - 1):
        ana.observe(f"Message number {turn}.")
        ana.observe(f"Of somebody else, {turn}.", author="Bob")
    ana.profiles.get(summariser=rules)
    assert rules.calls == 1
    ana.observe("One more.")
    ana.profiles.get(summariser=rules)
    assert rules.calls == 2
    assert len(ana.profiles.list()) == 1


def test_a_profile_is_made_again_once_something_new_is_believed(ana: UserMemory) -> None:
    ana.observe("I love opera.")
    ana.reflect()
    rules = Counting()
    assert ana.profiles.get(summariser=rules).text == "Ana loves opera."
    ana.observe("I am allergic to peanuts.")
    assert ana.profiles.get(summariser=rules).text == "Ana loves opera."
    assert rules.calls == 1  # nothing is learnt from it yet
    ana.reflect()
    assert "peanuts" in ana.profiles.get(summariser=rules).text
    assert "peanuts" in ana.profiles.get(summariser=rules).text
    assert rules.calls == 2


def test_what_was_in_doubt_makes_a_profile_anew_once_it_is_believed(ana: UserMemory) -> None:
    ana.remember("Ana loves opera.")
    doubted = ana.remember("Ana hates rain.")
    assert doubted is not None
    ana.propositions.deny(doubted.id)
    rules = Counting()
    ana.profiles.get(summariser=rules)
    ana.propositions.confirm(doubted.id)
    assert "rain" in ana.profiles.get(summariser=rules).text
    assert rules.calls == 2


def test_a_claim_that_is_believed_already_makes_no_profile_anew(ana: UserMemory) -> None:
    ana.remember("Ana loves opera.")
    rules = Counting()
    first = ana.profiles.get(summariser=rules)
    ana.remember("Ana loves opera.")
    assert ana.profiles.get(summariser=rules) == first
    assert rules.calls == 1


def test_what_was_denied_is_not_served_from_the_cache(ana: UserMemory) -> None:
    claim = ana.remember("Ana likes tea.")
    ana.remember("Ana hates rain.")
    assert claim is not None
    assert "tea" in ana.profile().text
    ana.propositions.deny(claim.id)
    assert ana.profile().text == "Ana hates rain."


def test_what_became_private_is_not_served_from_the_cache(ana: UserMemory) -> None:
    ana.remember("Ana likes tea.")
    ana.remember("Ana hates rain.")
    ana.profile()
    ana.private.add("tea")
    assert ana.profile().text == "Ana hates rain."
    with pytest.raises(PrivateTopicError):
        ana.profile(task="buying tea")


def test_the_words_of_a_forgotten_observation_are_in_no_profile(
    ana: UserMemory, folder: Path
) -> None:
    ana.remember("Ana adores marzipan.")
    ana.remember("Ana hates rain.")
    for task in ("conversation", "baking"):
        assert "marzipan" in ana.profile(task=task).text
    (cite,) = next(c.cites for c in ana.profile().claims if "marzipan" in c.text)

    receipt = ana.forget(observations=[cite])

    assert receipt.verified
    assert ana.profiles.list() == []
    path = next(file for file in (folder / "users").rglob("*") if _is_database(file))
    with closing(sqlite3.connect(path)) as connection:
        for table in ("profile", "profile_basis"):
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)
    assert b"marzipan" not in path.read_bytes()
    assert ana.profile().text == "Ana hates rain."


@pytest.mark.parametrize(
    "text",
    [
        "Ana is 34 years old.",
        "Ana is a woman.",
        "Ana is Catholic.",
        "Ana is introverted.",
        "Ana is gay.",
        "Ana is middle-class.",
    ],
)
def test_demographics_and_personality_are_left_out_unless_pinned(
    ana: UserMemory, text: str
) -> None:
    claim = ana.remember(text)
    assert claim is not None
    ana.propositions.unpin(claim.id)
    assert ana.profile().text == ""
    ana.propositions.pin(claim.id)
    assert ana.profile().text == text


@pytest.mark.parametrize(
    "text",
    ["Ana lives in Oslo.", "Ana's race bike is red.", "Ana avoids nuts.", "Ana owns 34 records."],
)
def test_plain_claims_are_not_taken_for_demographics(text: str) -> None:
    assert not barred(text)


def test_what_fits_the_task_comes_first_and_the_text_stays_short(ana: UserMemory) -> None:
    for place in range(30):
        ana.remember(f"Ana keeps a very long list of things number {place} in a drawer.")
    ana.remember("Ana likes short emails.")
    profile = ana.profile(task="writing emails")
    assert profile.claims[0].text == "Ana likes short emails."
    assert len(profile.text.split()) <= MOST_WORDS


async def _twin(ana: UserMemory) -> bool:
    return await ana.aprofile() == ana.profile()


def test_the_twin_for_event_loops_gives_the_same(ana: UserMemory) -> None:
    ana.remember("Ana likes tea.")
    assert "tea" in ana.profile().text
    assert asyncio.run(_twin(ana))


def test_what_only_others_say_is_in_no_profile(ana: UserMemory) -> None:
    ana.observe("I love opera.")
    for source in ("email", "letter", "call"):
        ana.observe("Ana loves karaoke!", author="Tobias", source=source)
    ana.reflect()
    assert any("karaoke" in claim.text for claim in ana.propositions.list())
    assert [claim.text for claim in ana.profile(task="evenings").claims] == ["Ana loves opera."]
