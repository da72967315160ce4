"""What is observed is kept once, as it arrived, or refused as a whole."""

import asyncio
import sqlite3
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usermind import Concept, Draft, MemoryStore, UserMemory
from usermind.errors import (
    ConflictingObservationError,
    InvalidInputError,
    UnknownItemError,
    UsermindError,
)
from usermind.memory.journal import OWN, OWN_WORDS, Observation, instant, is_own, is_own_words
from usermind.testing import StoppedClock
from usermind.types import ObservationId, Tier


def test_an_observation_comes_back_as_it_arrived(ana: UserMemory, clock: StoppedClock) -> None:
    at = datetime(2026, 5, 4, 9, 30, tzinfo=ZoneInfo("Asia/Kolkata"))
    receipt = ana.observe(
        "I moved to Oslo.\n\tIn May.",
        at=at,
        source="email",
        author="user",
        session="s1",
        external_id="D1:3",
    )

    assert receipt.outcome == "stored"
    stored = ana.observation(str(receipt.id))
    assert stored.text == "I moved to Oslo.\n\tIn May."
    assert (stored.source, stored.author, stored.session) == ("email", "user", "s1")
    assert (stored.external_id, stored.tier) == ("D1:3", "first_party")
    assert stored.at == at
    assert stored.at.utcoffset() == timedelta(hours=5, minutes=30)
    assert stored.ingested_at == clock.now


@pytest.mark.parametrize("named", [True, False], ids=["by external id", "by content"])
def test_the_same_arriving_twice_is_stored_once(named: bool, ana: UserMemory) -> None:
    draft = Draft(text="I moved to Oslo.", external_id="D1:3" if named else None)
    first, again = ana.observe_many([draft, draft])

    assert (first.outcome, again.outcome) == ("stored", "known")
    assert first.id == again.id
    assert ana.observe_many([draft])[0].outcome == "known"
    assert len(ana.observations()) == 1
    assert ana.queue().ready == 1


def test_the_same_words_at_another_stated_time_are_another_event(ana: UserMemory) -> None:
    for day in (1, 2):
        ana.observe("I went running.", at=datetime(2026, 5, day, tzinfo=UTC))
    assert len(ana.observations()) == 2


def test_the_same_instant_in_another_zone_is_the_same_event(ana: UserMemory) -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    ana.observe("I went running.", at=at)
    assert (
        ana.observe("I went running.", at=at.astimezone(ZoneInfo("Asia/Tokyo"))).outcome == "known"
    )


@pytest.mark.parametrize(
    "other",
    [{"source": "email"}, {"author": "Bob"}, {"text": "I went running!"}],
    ids=["source", "author", "words"],
)
def test_what_differs_is_another_observation(other: dict[str, Any], ana: UserMemory) -> None:
    ana.observe("I went running.")
    ana.observe(**({"text": "I went running."} | other))
    assert len(ana.observations()) == 2


def test_composed_and_decomposed_letters_are_the_same_words(ana: UserMemory) -> None:
    text = "I love café crème."
    first = ana.observe(unicodedata.normalize("NFD", text))
    assert ana.observe(text).id == first.id
    assert ana.observations()[0].text == text


def test_an_external_id_with_other_words_is_a_conflict_and_the_first_is_kept(
    ana: UserMemory,
) -> None:
    stored = ana.observe("I moved to Oslo.", external_id="D1:3")
    with pytest.raises(ConflictingObservationError) as caught:
        ana.observe("I moved to Bergen.", external_id="D1:3")

    assert caught.value.stored_id == stored.id
    assert "Bergen" not in str(caught.value)
    assert [o.text for o in ana.observations()] == ["I moved to Oslo."]
    assert ana.observe("I moved to Bergen.", external_id="D1:3", source="email").outcome == "stored"


def test_many_are_stored_all_or_none(ana: UserMemory) -> None:
    ana.observe("I moved to Oslo.", external_id="a")
    with pytest.raises(ConflictingObservationError):
        ana.observe_many([Draft(text="I like tea."), Draft(text="Other.", external_id="a")])
    with pytest.raises(InvalidInputError):
        ana.observe_many([Draft(text="I like tea."), Draft(text="")])

    assert [o.text for o in ana.observations()] == ["I moved to Oslo."]
    assert not ana.recall("tea", min_score=0.5)
    assert ana.queue().ready == 1


@pytest.mark.parametrize(
    "look",
    [
        lambda ana: ana.concepts["\udc80"],
        lambda ana: ana.observations(session="\ud800"),
        lambda ana: ana.feedback.exposures(thread="\udfff"),
        lambda ana: ana.observations(limit=10**30),
        lambda ana: ana.observation(f"o{10**30}"),
    ],
    ids=["concept", "session", "thread", "limit", "id"],
)
def test_what_no_file_can_hold_is_told_where_it_is_looked_for(
    look: Callable[[UserMemory], object], ana: UserMemory
) -> None:
    ana.observe("I live in Oslo.")
    with pytest.raises(UsermindError):
        look(ana)


def test_observing_nothing_stores_nothing(ana: UserMemory) -> None:
    assert ana.observe_many([]) == []
    assert not ana.exists


# -- time ---------------------------------------------------------------------------------


def test_a_naive_time_is_local_time(ana: UserMemory) -> None:
    naive = datetime(2026, 1, 5, 7, 30)
    ana.observe("I went running.", at=naive)
    stored = ana.observations()[0].at
    assert stored == naive.astimezone()
    assert stored.replace(tzinfo=None) == naive


@pytest.mark.parametrize("hours", [-12, -3.5, 0, 5.75, 14], ids=str)
def test_the_zone_is_kept(hours: float, ana: UserMemory) -> None:
    at = datetime(2026, 5, 1, 23, 30, tzinfo=timezone(timedelta(hours=hours)))
    ana.observe("I went running.", at=at)
    assert ana.observations()[0].at.isoformat() == at.isoformat()
    assert ana.recall("running")[0].at.isoformat() == at.isoformat()


def test_without_a_time_it_happened_now(ana: UserMemory, clock: StoppedClock) -> None:
    ana.observe("I went running.")
    assert ana.observations()[0].at == clock.now


def test_the_future_is_refused_but_a_clock_ahead_is_not(
    ana: UserMemory, clock: StoppedClock
) -> None:
    ana.observe("I went running.", at=clock.now + timedelta(hours=23))
    with pytest.raises(InvalidInputError, match="future"):
        ana.observe("I went swimming.", at=clock.now + timedelta(days=2))


@pytest.mark.parametrize(
    "at",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 7, 20, 20, 17, tzinfo=UTC),
        datetime(1848, 3, 13, tzinfo=timezone(timedelta(hours=1))),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=-5))),
    ],
    ids=["the epoch", "before it", "before zones", "year one", "year one, behind UTC"],
)
def test_what_happened_long_ago_is_kept_and_recalled(at: datetime, ana: UserMemory) -> None:
    ana.observe("I went running.", at=at)
    assert ana.recall("running")[0].at == at
    assert ana.recall("")[0].at == at
    assert ana.observations()[0].at == at


@pytest.mark.parametrize(
    "at",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))),
        datetime.max,
        "2026-05-01",
        1_777_777_777,
    ],
    ids=["before year one", "after year 9999", "naive maximum", "text", "number"],
)
def test_a_time_that_is_none_is_refused(at: Any, ana: UserMemory) -> None:
    with pytest.raises(InvalidInputError):
        ana.observe("I went running.", at=at)
    assert not ana.exists


# -- text ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    ["", " \n\t", "a\0b", "\ud83d", "caf\udce9", b"bytes", 7, "x" * 1_000_001],
    ids=["empty", "blank", "NUL", "half an emoji", "latin-1", "bytes", "int", "too long"],
)
@pytest.mark.parametrize("field", ["text", "source", "author", "session", "external_id"])
def test_what_cannot_be_stored_is_refused_without_repeating_it(
    bad: Any, field: str, ana: UserMemory
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        ana.observe(**({"text": "I went running."} | {field: bad}))
    assert len(str(caught.value)) < 300
    assert not ana.exists


def test_an_unknown_tier_is_refused(ana: UserMemory) -> None:
    with pytest.raises(InvalidInputError, match="tier"):
        ana.observe("I went running.", tier="hearsay")  # type: ignore[arg-type]
    assert not ana.exists


@pytest.mark.parametrize("letter", ["x", "語", "😀"], ids=["ASCII", "CJK", "emoji"])
def test_a_million_characters_are_kept(letter: str, ana: UserMemory) -> None:
    ana.observe(letter * 1_000_000)
    assert ana.observations()[0].text == letter * 1_000_000


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=200))
def test_any_text_is_kept_in_normal_form_or_refused(ana: UserMemory, text: str) -> None:
    try:
        receipt = ana.observe(text)
    except InvalidInputError:
        assert not text.strip() or "\0" in text
        return
    assert ana.observation(str(receipt.id)).text == unicodedata.normalize("NFC", text)
    assert len(ana.recall(text, k=1)) == 1


# -- who said it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("author", "tier"),
    [("user", "first_party"), ("Bob", "third_party"), ("User", "third_party")],
)
def test_only_the_user_is_first_party(author: str, tier: str, ana: UserMemory) -> None:
    ana.observe("We met in Oslo.", author=author)
    assert ana.observations()[0].tier == tier


def test_replies_of_the_assistant_are_kept_but_not_reflected_on(ana: UserMemory) -> None:
    ana.observe("You live in Oslo.", author="assistant")
    assert ana.queue().ready == 0
    assert ana.recall("Oslo")[0].author == "assistant"


# -- reading ------------------------------------------------------------------------------


def test_observations_are_listed_newest_first(ana: UserMemory, clock: StoppedClock) -> None:
    for day in (2, 3, 1):
        ana.observe(f"Day {day}.", at=datetime(2026, 5, day, tzinfo=UTC), session=f"s{day % 2}")

    assert [o.text for o in ana.observations()] == ["Day 3.", "Day 2.", "Day 1."]
    assert [o.text for o in ana.observations(limit=1)] == ["Day 3."]
    assert [o.text for o in ana.observations(session="s1")] == ["Day 1.", "Day 3."]
    assert ana.observations(source="email") == []


@pytest.mark.parametrize("wrong", ["o99", "p1", "1", "o", "", "o-1", "o1 ", "o١", "o" + "9" * 30])
def test_an_id_of_no_observation_is_refused(wrong: str, ana: UserMemory) -> None:
    ana.observe("I went running.")
    with pytest.raises(UnknownItemError):
        ana.observation(wrong)


def test_ids_are_never_used_twice(ana: UserMemory) -> None:
    first = ana.observe("I went running.").id
    ana.forget(observations=[str(first)])
    assert ana.observe("I went swimming.").id == "o2"


# -- at once ------------------------------------------------------------------------------


def test_threads_lose_and_double_nothing(ana: UserMemory) -> None:
    def write(thread: int) -> None:
        for number in range(25):
            ana.observe(f"Own {thread}.{number}", external_id=f"own {thread}.{number}")
            ana.observe(f"Shared {number}", external_id=f"shared {number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))

    texts = [o.text for o in ana.observations(limit=1_000)]
    assert len(texts) == len(set(texts)) == 6 * 25 + 25
    assert ana.queue().ready == len(texts)


def test_the_twins_for_event_loops_do_the_same(store: MemoryStore) -> None:
    async def use() -> list[str]:
        bob = store.user("bob")
        await bob.aobserve("I moved to Oslo.", source="email")
        await bob.aobserve_many([Draft(text=f"Note {n}") for n in range(3)])
        hits = await asyncio.gather(*(bob.arecall("Oslo", k=1) for _ in range(5)))
        return [hit[0].text for hit in hits]

    assert asyncio.run(use()) == ["I moved to Oslo."] * 5
    assert store.user("bob").observations(source="email")[0].text == "I moved to Oslo."


@given(
    st.sampled_from(["user", "assistant", "Maria", "strava", "User"]),
    st.sampled_from(["first_party", "observed", "third_party"]),
)
def test_what_is_the_users_own_is_the_same_in_sql(author: str, tier: Tier) -> None:
    item = Observation(
        ObservationId("o1"), "", "", author, tier, None, None, instant(0), instant(0)
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        row = connection.execute(
            f"SELECT {OWN}, {OWN_WORDS} FROM (SELECT ? AS author, ? AS tier)", (author, tier)
        ).fetchone()
    assert (is_own(item), is_own_words(item)) == tuple(map(bool, row))
    assert is_own(item) or not is_own_words(item)


def test_who_else_wrote_is_told_by_name(ana: UserMemory) -> None:
    ana.observe("I moved to Oslo.")
    ana.observe("Noted.", author="assistant")
    for name in ("Tobias", "Eva", "Tobias"):
        ana.observe(f"Dinner? {name}", author=name, source="email", external_id=None)
    assert ana.authors() == ("Eva", "Tobias")


def test_which_kinds_hold_anything_is_told(ana: UserMemory) -> None:
    ana.observe("I moved to Oslo.")
    assert ana.kinds() == ()
    ana.concepts["bo"] = Concept("Bo")
    ana.entities.record("flights to Lisbon", external_id="1")
    assert set(ana.kinds()) == {"concept", "entity"}
    ana.concepts.forget("bo")
    assert ana.kinds() == ("entity",)
