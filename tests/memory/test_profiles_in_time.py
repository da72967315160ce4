"""A profile as of a moment knows nothing of what came later."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind import MemoryStore, UserMemory
from usermind.errors import InvalidInputError
from usermind.graphs.profiling import Profiler, make_profile
from usermind.memory.profiles import Profile
from usermind.prompts import ProfileAnswer, ProfilePrompt, SaidClaim
from usermind.testing import ScriptedReasoner, StoppedClock

START = datetime(2025, 1, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SAID = (
    "I love opera.",
    "I hate opera now.",
    "I live in Lima.",
    "I moved to Oslo.",
    "I live in Bergen these days.",
    "I usually get up at six.",
    "I play the violin every evening.",
    "I stopped playing the violin.",
    "My sister Nora writes long emails.",
    "I like short emails.",
    "I no longer like short emails.",
    "I am allergic to walnuts.",
    "My dog is called Bo.",
    "What is the weather like?",
    "I do not eat meat.",
    "I work as a nurse.",
    "I work as a teacher.",
)
AUTHORS = st.sampled_from(["user", "user", "user", "Bob"])
messages = st.lists(st.sampled_from(SAID), min_size=1, max_size=4, unique=True).flatmap(
    lambda some: st.lists(
        st.tuples(
            st.sampled_from([*some, *SAID]),
            st.integers(1, 40),
            AUTHORS,
        ),
        min_size=2,
        max_size=9,
    )
)
"""Words, days since the message before, author; some are said again and again."""
tasks = st.sampled_from(["conversation", "writing emails", "a concert", "where to live"])


@contextmanager
def opened(clock: StoppedClock) -> Iterator[UserMemory]:
    with (
        TemporaryDirectory() as folder,
        MemoryStore(folder, embedder="lexical", clock=clock) as store,
    ):
        yield store.user("ana")


def live(memory: UserMemory, clock: StoppedClock, said: Sequence[tuple[str, int, str]]) -> None:
    """Tell it message by message, each reflected on at its time."""
    clock.now = START
    for number, (text, days, author) in enumerate(said):
        clock.advance(days * DAY)
        memory.observe(text, author=author, external_id=f"m{number}")
        memory.reflect()


def content(profile: Profile) -> object:
    return (profile.text, profile.claims, profile.items, profile.made_by)


@settings(max_examples=40, deadline=None)
@given(said=messages, task=tasks, data=st.data())
def test_a_profile_as_of_a_day_is_the_one_of_a_store_that_ended_then(
    said: list[tuple[str, int, str]], task: str, data: st.DataObject
) -> None:
    kept = data.draw(st.integers(1, len(said)), label="messages by then")
    then = START + sum(days for _, days, _ in said[:kept]) * DAY
    clock, earlier_clock = StoppedClock(), StoppedClock()
    with opened(clock) as whole, opened(earlier_clock) as part:
        live(whole, clock, said)
        live(part, earlier_clock, said[:kept])
        assert earlier_clock.now == then

        found = whole.profile(task=task, as_of=then)

        assert content(found) == content(part.profile(task=task))
        assert content(found) == content(part.profile(task=task, as_of=then))
        assert (found.id, found.at) == ("f0", then)


@settings(max_examples=40, deadline=None)
@given(said=messages, task=tasks, data=st.data())
def test_a_profile_as_of_a_day_says_nothing_of_later_messages(
    said: list[tuple[str, int, str]], task: str, data: st.DataObject
) -> None:
    """An import in any order, reflected on at once: time tells apart what one batch learns."""
    order = data.draw(st.permutations(said), label="order of arrival")
    clock = StoppedClock()
    with opened(clock) as memory:
        times = {}
        for number, (text, days, author) in enumerate(order):
            at = START + (days + number) * DAY
            receipt = memory.observe(text, author=author, at=at, external_id=f"m{number}")
            times[receipt.id] = at
        memory.reflect()
        then = data.draw(st.sampled_from(sorted(times.values())), label="as of")

        found = memory.profile(task=task, as_of=then)

        assert all(times[cite] <= then for claim in found.claims for cite in claim.cites)
        stood = {claim.text for claim in memory.propositions.list(as_of=then)}
        assert all(claim.text in stood for claim in found.claims)
        assert found.items <= sum(at <= then for at in times.values()) + len(stood)


def test_a_claim_cites_what_spoke_for_it_by_then(ana: UserMemory, clock: StoppedClock) -> None:
    cites = []
    for number in range(3):
        cites.append(ana.observe("I love opera.", external_id=f"m{number}").id)
        ana.reflect()
        then = clock.now
        clock.advance(DAY)
        found = [ana.profile(as_of=then - (number - day) * DAY) for day in range(number + 1)]
        assert [list(each.claims[0].cites) for each in found] == [
            cites[: day + 1] for day in range(number + 1)
        ]


def test_words_that_a_claim_got_later_do_not_move_it(ana: UserMemory, clock: StoppedClock) -> None:
    ana.remember("Ana likes rain.")
    walks = ana.remember("Ana goes for walks.")
    assert walks is not None
    clock.advance(DAY)
    then = clock.now
    clock.advance(DAY)
    ana.propositions.correct(walks.id, "Ana writes emails about walks.")
    before = ana.profile(task="writing emails", as_of=then)
    now = ana.profile(task="writing emails")
    assert [claim.text for claim in before.claims] == ["Ana likes rain.", "Ana goes for walks."]
    assert now.claims[0].text == "Ana writes emails about walks."


def test_it_is_neither_kept_nor_taken_from_the_cache(ana: UserMemory, clock: StoppedClock) -> None:
    ana.remember("Ana likes tea.")
    then = clock.now
    clock.advance(DAY)
    ana.remember("Ana hates rain.")
    assert ana.profile(as_of=then).text == "Ana likes tea."
    assert ana.profiles.list() == []
    assert "rain" in ana.profile().text
    assert ana.profile(as_of=then).text == "Ana likes tea."
    assert [profile.text for profile in ana.profiles.list()] == [ana.profile().text]


def test_before_anything_was_known_it_is_empty(ana: UserMemory, clock: StoppedClock) -> None:
    ana.remember("Ana likes tea.")
    found = ana.profile(as_of=clock.now - DAY)
    assert (found.text, found.items) == ("", 0)


def test_a_moment_to_come_is_refused(ana: UserMemory, clock: StoppedClock) -> None:
    ana.remember("Ana likes tea.")
    with pytest.raises(InvalidInputError, match="future"):
        ana.profile(as_of=clock.now + DAY)


def test_what_was_forgotten_or_became_private_is_gone_from_the_past_too(
    ana: UserMemory, clock: StoppedClock
) -> None:
    for text in ("Ana likes tea.", "Ana hates rain.", "Ana plays chess."):
        ana.remember(text)
    then = clock.now
    clock.advance(DAY)
    ana.private.add("chess")
    (tea,) = (claim.cites for claim in ana.profile().claims if "tea" in claim.text)
    ana.forget(observations=tea)
    assert ana.profile(as_of=then).text == "Ana hates rain."


def test_a_model_is_shown_only_what_was_written_by_then(
    ana: UserMemory, clock: StoppedClock
) -> None:
    ana.remember("Ana likes tea.")
    ana.observe("The kettle broke.")
    clock.advance(DAY)
    then = clock.now
    clock.advance(DAY)
    ana.remember("Ana hates rain.")
    ana.observe("The umbrella broke.")
    answer = ProfileAnswer(claims=[SaidClaim(text="Ana likes tea.", kind="preference", cites=[1])])
    model = ScriptedReasoner([answer, answer])

    found = ana.profile(as_of=then, reasoner=Profiler(model))

    assert (found.text, found.made_by) == ("Ana likes tea.", "scripted")
    (prompt,) = model.prompts
    assert isinstance(prompt, ProfilePrompt)
    assert "kettle" in prompt.render()
    assert not any(word in prompt.render() for word in ("rain", "umbrella"))
    assert make_profile(ana, model).id != "f0"  # it was asked again: nothing had been kept
