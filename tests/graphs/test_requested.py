"""What the user asks to be reminded of comes at its time; what they do not ask for never does."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from usermind import Assistant, MemoryStore
from usermind.graphs.proactive import ProactiveContext, considered
from usermind.graphs.requested import Requested, wishes_in
from usermind.memory import Moment, Patience, Suggestion, UserMemory
from usermind.models import Offline
from usermind.testing import ScriptedReasoner, StoppedClock

SUNDAY = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)
CALM = Patience(zone="UTC")
CALL = "Remind me to call Eva tomorrow at 9."
NO_SUCH = "there is no such day or time. Name another one."
OVER = "that time is over. Name one that is to come."


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(SUNDAY)


def reminded(
    ana: UserMemory, patience: Patience = CALM, moment: Moment | None = None
) -> list[Suggestion]:
    found, _ = considered(ProactiveContext(ana, Offline(), patience, moment or Moment()))
    made = [each.suggestion for each in found if each.suggestion is not None]
    return [one for one in made if one.kind == "requested"]


def first(ana: UserMemory, clock: StoppedClock, days: int = 8) -> tuple[str, datetime] | None:
    """Return what is offered first, and when."""
    while clock.now < SUNDAY + timedelta(days=days):
        for one in reminded(ana):
            return one.title, clock.now
        clock.now += timedelta(minutes=30)
    return None


def test_a_wish_comes_at_its_time_once_with_the_words_that_asked(
    ana: UserMemory, clock: StoppedClock
) -> None:
    row = ana.observe(CALL).id
    assert reminded(ana) == []
    clock.now = datetime(2026, 11, 30, 8, 59, tzinfo=UTC)
    assert reminded(ana) == []
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    (one,) = reminded(ana)
    assert (one.title, one.state, one.way) == ("Call Eva", "open", "suggest")
    assert one.text == "You asked on Sunday 29 November to be reminded: call Eva"
    assert dict(ana.suggestions.explain(one.id).evidence) == {row: CALL}
    assert reminded(ana) == []


def test_neither_budget_nor_meeting_nor_night_keeps_it_back(
    ana: UserMemory, clock: StoppedClock
) -> None:
    none = Patience(per_day=0, quiet=(time(0), time(23)), zone="UTC")
    ana.observe(CALL)
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    (one,) = reminded(ana, none, Moment(focus=True, meeting=True))
    assert one.state == "open"
    reserve = one.decision.situation.reserve
    assert reserve is None  # it takes nothing of the budget


def test_what_was_missed_comes_in_the_digest_once(ana: UserMemory, clock: StoppedClock) -> None:
    row = ana.observe(CALL).id
    ana.observe("Remind me to water the plants on Monday.")
    ana.observe("Remind me to pay the rent today at 3 pm.")
    clock.now = SUNDAY.replace(hour=15)
    assert [one.title for one in reminded(ana)] == ["Pay the rent"]
    clock.now = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    assert reminded(ana) == []
    waits = ana.suggestions.digest()
    assert sorted((one.title, one.text) for one in waits) == [
        (
            "Missed: call Eva",
            "You asked on Sunday 29 November to be reminded on Monday 30 November at 09:00, and it "
            "was not told then: call Eva",
        ),
        (
            "Missed: water the plants",
            "You asked on Sunday 29 November to be reminded on Monday 30 November, and it was not "
            "told then: water the plants",
        ),
    ]
    eva = next(one for one in waits if "Eva" in one.title)
    assert dict(ana.suggestions.explain(eva.id).evidence) == {row: CALL}
    clock.now += timedelta(minutes=30)
    reminded(ana)
    assert ana.suggestions.digest() == []


def test_what_was_missed_and_taken_back_or_is_long_ago_comes_no_more(
    ana: UserMemory, clock: StoppedClock
) -> None:
    ana.observe(CALL)
    clock.now = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    reminded(ana)
    ana.observe("Don't remind me to call Eva.")
    reminded(ana)
    assert ana.suggestions.digest() == []
    ana.observe("Remind me to water the plants tomorrow at 9.")
    clock.now = datetime(2026, 12, 10, 9, 30, tzinfo=UTC)
    reminded(ana)
    assert ana.suggestions.digest() == []


def test_who_wants_no_reminders_has_missed_none(ana: UserMemory, clock: StoppedClock) -> None:
    ana.observe("Remind me to pay the rent today at 3 pm.")
    ana.observe(CALL)
    clock.now = SUNDAY.replace(hour=15)
    (one,) = reminded(ana)
    ana.suggestions.answer(one.id, "never", whole_kind=True)
    clock.now = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    reminded(ana)
    assert ana.suggestions.digest() == []


def test_a_machine_that_slept_tells_it_when_it_wakes_and_not_days_later(
    ana: UserMemory, clock: StoppedClock
) -> None:
    ana.observe(CALL)
    ana.observe("Remind me to water the plants on Friday at 8 am.")
    clock.now = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)
    assert [one.title for one in reminded(ana)] == ["Call Eva"]
    clock.now = datetime(2026, 12, 5, 13, 0, tzinfo=UTC)
    assert reminded(ana) == []


@pytest.mark.parametrize(
    ("said", "title", "at"),
    [
        ("Remind me to call Eva on 2026-12-03 at 10.", "Call Eva", "12-03 10:00"),
        ("Remind me on 2026-12-04 to call Eva.", "Call Eva", "12-04 09:00"),
        ("Can you remind me to water the plants on Friday at 6 pm?",
         "Water the plants", "12-04 18:00"),
        ("Please remind me tomorrow about the talk on Friday.",
         "The talk on Friday", "11-30 09:00"),
        ("Remind me at 5 to fetch my bike.", "Fetch your bike", "11-29 17:00"),
        ("Remind me at 17:30 that I am on call.", "You are on call", "11-29 17:30"),
        ("Remind me tomorrow at half past 3 to fetch Leo.", "Fetch Leo", "11-30 15:30"),
        ("Remind me tomorrow to pay 9.50 euros to Bo.", "Pay 9.50 euros to Bo", "11-30 09:00"),
        ("Hey, remind me in half an hour to check the oven!", "Check the oven", "11-29 14:30"),
        ("Remind me in 2 hours to stretch.", "Stretch", "11-29 16:00"),
        ("Thanks! Remind me to pay the rent on 1 December.", "Pay the rent", "12-01 09:00"),
        ("Don't let me forget to feed the cat tonight.", "Feed the cat", "11-29 20:00"),
        ("Set a reminder for tomorrow at 10:30 to call the bank.", "Call the bank", "11-30 10:30"),
        ("Remind me tomorrow morning to buy milk.", "Buy milk", "11-30 09:00"),
        ("Don't forget to remind me to call Tom at 4 pm.", "Call Tom", "11-29 16:00"),
        ("Actually, remind me to pay Al tomorrow at 9", "Pay Al", "11-30 09:00"),
        ("Don't forget to remind me: gym at 7pm", "Gym", "11-29 19:00"),
        ("I need to be reminded to send my parcel tomorrow at 8.",
         "Send your parcel", "11-30 08:00"),
        ("I'd like a reminder to call Bo tomorrow at half past nine.", "Call Bo", "11-30 09:30"),
        ("Remind me the day after tomorrow to buy milk.", "Buy milk", "12-01 09:00"),
        ("Remind me on Dec 3 at 9 am about the visa.", "The visa", "12-03 09:00"),
        ("Remind me an hour before the meeting at 17:00.", "The meeting", "11-29 16:00"),
        ("I see Kim tomorrow at 10, so please remind me at 9.",
         "You see Kim tomorrow at 10", "11-30 09:00"),
        ("Remind me tomorrow at 9 to ask Eva if she comes.",
         "Ask Eva if she comes", "11-30 09:00"),
        ("Remind me to pay Al on Thursday, not tomorrow.", "Pay Al", "12-03 09:00"),
        ("I am off. Could you please remind me to ring my mother in two days?",
         "Ring your mother", "12-01 09:00"),
    ],
)  # fmt: skip
def test_wishes_are_understood(
    ana: UserMemory, clock: StoppedClock, said: str, title: str, at: str
) -> None:
    ana.observe(said)
    found = first(ana, clock)
    assert found is not None
    assert (found[0], f"{found[1]:%m-%d %H:%M}") == (title, at)


def wished(said: str) -> list[tuple[str, str]]:
    """Return what a message asks for and when, or what it lacks."""
    return [
        (one.what, f"{one.at:%m-%d %H:%M}" if isinstance(one, Requested) else one.missing)
        for one in wishes_in(said, SUNDAY)
    ]


@pytest.mark.parametrize(
    ("said", "what", "at"),
    [
        ("Remind me tomorrow at 9 not to drink coffee.", "not to drink coffee", "11-30 09:00"),
        ("Remind me not to forget the keys tomorrow.", "not to forget the keys", "11-30 09:00"),
        ("Remind me tomorrow at 9 never to trust Bo.", "never to trust Bo", "11-30 09:00"),
        ("Remind me on the 3rd of December at noon to pay rent.", "pay rent", "12-03 12:00"),
        ("Remind me on the third of December at noon to pay rent.", "pay rent", "12-03 12:00"),
        ("Remind me to pay rent on the 5th at 10am.", "pay rent", "12-05 10:00"),
        ("Remind me on Thursday the 17th to pay rent.", "pay rent", "12-17 09:00"),
        ("Remind me on Thursday, 17 December, at 9 to pay rent.", "pay rent", "12-17 09:00"),
        ("Remind me tomorrow, at 9, to pay rent.", "pay rent", "11-30 09:00"),
        ("Remind me at twenty past four in the afternoon to call Dad.", "call Dad", "11-29 16:20"),
        ("Remind me at ten to nine tomorrow to phone Dad.", "phone Dad", "11-30 08:50"),
        ("Remind me to leave again at five to nine.", "leave", "11-29 20:55"),
        ("Remind me at about nine thirty tomorrow to sit.", "sit", "11-30 09:30"),
        ("Remind me to sit tomorrow, nine o'clock.", "sit", "11-30 09:00"),
        ("Remind me Tuesday week at 10 to call Eva.", "call Eva", "12-08 10:00"),
        ("Remind me to call Eva a week on Tuesday.", "call Eva", "12-08 09:00"),
        ("Remind me to call Eva next week on Friday at 10.", "call Eva", "12-04 10:00"),
        ("Remind me to call Ben tomorrow at 9 and I love sailing.", "call Ben", "11-30 09:00"),
        ("Remind me to call Ben tomorrow at 9, that would be great.", "call Ben", "11-30 09:00"),
        ("Remind me to tell Ben that I'm off tomorrow and I miss him.",
         "tell Ben that you’re off and you miss him", "11-30 09:00"),
        ("Remind me that Tom's birthday is on Saturday.",
         "Tom's birthday is on Saturday 5 December 2026", "12-05 09:00"),
        ("Remind me to book a table for two on Friday at 5.",
         "book a table for two", "12-04 17:00"),
        ("Remind me tomorrow to look at ten houses.", "look at ten houses", "11-30 09:00"),
        ("Remind me to plan the week tomorrow at 9.", "plan the week", "11-30 09:00"),
        ("I owe Al money, so please remind me of it tomorrow.", "you owe Al money", "11-30 09:00"),
    ],
)  # fmt: skip
def test_spoken_times_and_farther_days_are_read_as_a_whole(said: str, what: str, at: str) -> None:
    assert wished(said) == [(what, at)]


@pytest.mark.parametrize(
    "said",
    [
        "Remind me tomorrow at half nine to call Eva.",
        "Remind me to call Eva tomorrow at half nine.",
        "Remind me tomorrow at 9 or 10 to call Eva.",
        "Remind me to take my pills at 9 and 5.",
        "Remind me at 5 to 9 tomorrow to call Eva.",
        "Remind me tomorrow between 9 and 10 to call Eva.",
        "Remind me to call Eva tomorrow between nine and ten.",
        "Remind me on Friday in two weeks to call Eva.",
        "Remind me to call Eva the Friday after next.",
        "Remind me to call Eva at 9 next week.",
        "Remind me to pay rent on the 5th of next month at 9.",
        "Remind me two weeks from Monday to call Eva.",
        "Remind me on Fri at 9 to call Eva.",
        "Remind me to call Eva on 3/12 at 9.",
        "Remind me to call Eva on Tuesday about the trip on Monday.",
        "Remind me tomorrow at 9ish to call Eva.",
        "Remind me tomorrow at lunchtime to call Eva.",
        "Remind me to take a pill before breakfast tomorrow.",
        "Remind me this time tomorrow to call Eva.",
        "Remind me tomorrow at 9 London time to call Eva.",
    ],
)
def test_a_time_that_is_not_read_as_a_whole_is_asked_for(said: str) -> None:
    assert [missing for _, missing in wished(said)] == ["time"]


def test_what_is_over_or_about_nothing_is_asked_for_in_words(store: MemoryStore) -> None:
    assert wished("Remind me yesterday at 5 to call Eva.") == [("call Eva", "past")]
    assert wished("Remind me on Thursday 4 December to call Eva.") == [("call Eva", "none")]
    assert wished("Remind me about it on Friday.") == [("", "what")]
    with Assistant(store=store, reflect="manual") as assistant:
        text = assistant.turn("ana", "Remind me about it on Friday.").text
    assert text == "I cannot remind you yet: of what? Say it in one sentence with its day or time."


def test_what_is_to_be_done_at_two_times_is_named_at_both() -> None:
    assert wished("Remind me tomorrow at 9 and at 17:00 to take my pills.") == [
        ("take your pills", "11-30 09:00"),
        ("take your pills", "11-30 17:00"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Don't remind me to call Eva tomorrow at 9.",
        "You need not remind me to call Eva tomorrow at 9.",
        "Tom said: “Remind me to call Eva tomorrow at 9.”",
        "She reminds me of my sister, who comes tomorrow at 9.",
        "Remind me what Eva said about tomorrow at 9.",
        "Can you remind me when the train leaves tomorrow?",
        "I will remind Tom to call Eva tomorrow at 9.",
        "If it rains, remind me to call Eva tomorrow at 9.",
        "Remind me to call Eva tomorrow at 9 if it rains.",
        "Remind me to take the pill every day at 9.",
        "Remind me to call Eva.",
        "Did you remind me to call Eva today at 9?",
        "Eva asked me to remind her tomorrow at 9.",
        "Tom said, please remind me to call Eva tomorrow at 9.",
        "If Tom comes at 8, please remind me to call Eva tomorrow at 9.",
        "Remind me: did I call Eva today at 9?",
        "Remind me to call Eva tomorrow at 25:00.",
        "Remind me to call Eva today at 9 am.",
        "Remind me the day before Mum's birthday.",
        "I hate it when you remind me to call Eva tomorrow at 9.",
    ],
)
def test_what_is_no_wish_comes_never(ana: UserMemory, clock: StoppedClock, said: str) -> None:
    ana.observe(said)
    assert first(ana, clock, days=3) is None


def test_nobody_else_can_ask_for_it(ana: UserMemory, clock: StoppedClock) -> None:
    ana.observe(CALL, author="Mallory", source="mail:inbox")
    ana.observe(CALL, author="assistant")
    assert first(ana, clock, days=3) is None


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Don't remind me to call Eva.", ["Buy milk"]),
        ("Cancel the reminder.", ["Call Eva"]),
        ("Cancel the reminder to buy milk, please.", ["Call Eva"]),
        ("You don't need to remind me to call Tom.", ["Call Eva", "Buy milk"]),
        ("Should I cancel the reminder?", ["Call Eva", "Buy milk"]),
        ("Don't forget to remind me.", ["Call Eva", "Buy milk"]),
    ],
)
def test_a_wish_can_be_taken_back(
    ana: UserMemory, clock: StoppedClock, said: str, left: list[str]
) -> None:
    ana.observe(CALL)
    ana.observe("Remind me to buy milk tomorrow at 9.")
    clock.advance(timedelta(hours=1))
    ana.observe(said)
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    assert [one.title for one in reminded(ana)] == left


def test_what_is_said_twice_comes_once(ana: UserMemory, clock: StoppedClock) -> None:
    ana.observe(CALL)
    ana.observe(f"Please {CALL}", source="notes:todo.md")
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    assert [one.title for one in reminded(ana)] == ["Call Eva"]
    ana.observe("I have a new bike.")
    assert reminded(ana) == []


def test_two_wishes_of_one_message_and_a_forgotten_one(
    ana: UserMemory, clock: StoppedClock
) -> None:
    row = ana.observe(f"{CALL} And remind me at 9 tomorrow to buy milk.").id
    assert row is not None
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    assert {one.title for one in reminded(ana)} == {"Call Eva", "Buy milk"}
    ana.forget(observations=[row])
    assert ana.suggestions.list() == []


def test_days_and_times_are_those_of_the_user(ana: UserMemory, clock: StoppedClock) -> None:
    ana.observe(CALL)
    tokyo = Patience(zone="Asia/Tokyo")
    clock.now = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    assert reminded(ana, tokyo) == []
    clock.now = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)  # nine o'clock in Tokyo
    assert [one.title for one in reminded(ana, tokyo)] == ["Call Eva"]


def test_who_asks_again_after_never_is_reminded_again(ana: UserMemory, clock: StoppedClock) -> None:
    ana.observe(CALL)
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    (one,) = reminded(ana)
    ana.suggestions.answer(one.id, "never")
    ana.observe(f"Please {CALL}")
    clock.now = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    (again,) = reminded(ana)
    ana.suggestions.answer(again.id, "snooze")
    clock.now = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
    strict = Patience(per_day=0, zone="UTC")
    considered(ProactiveContext(ana, Offline(), strict))
    assert ana.suggestions.get(again.id).state == "open"
    ana.suggestions.answer(again.id, "never", whole_kind=True)
    ana.observe(f"Hey, {CALL}")
    clock.now = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
    assert reminded(ana) == []


def told(ana: UserMemory, clock: StoppedClock, until: datetime) -> list[tuple[str, str]]:
    """Return what is told until a moment, each with its time."""
    found = []
    while clock.now <= until:
        found += [(one.title, f"{clock.now:%m-%d %H:%M}") for one in reminded(ana)]
        clock.now += timedelta(minutes=30)
    return found


@pytest.mark.parametrize(
    "said",
    [
        "Please remind me at 5pm to water the plants, and at 6pm to feed Bo.",
        "Remind me to water the plants at 5pm and feed Bo at 6pm.",
        "Remind me to water the plants at 5pm, and remind me to feed Bo at 6pm.",
    ],
)
def test_two_wishes_of_one_sentence_come_each_at_its_time(
    ana: UserMemory, clock: StoppedClock, said: str
) -> None:
    ana.observe(said)
    both = [("Water the plants", "11-29 17:00"), ("Feed Bo", "11-29 18:00")]
    assert told(ana, clock, SUNDAY + timedelta(days=1)) == both


def test_what_is_told_at_a_time_may_name_others(ana: UserMemory, clock: StoppedClock) -> None:
    ana.observe("Remind me tomorrow to tell Eva that we meet at 5 and eat at 6.")
    assert told(ana, clock, SUNDAY + timedelta(days=2)) == [
        ("Tell Eva that we meet at 5 and eat at 6", "11-30 09:00")
    ]


@pytest.mark.parametrize(
    ("said", "comes"),
    [
        ("Remind me to pay Al on Thursday at 9 instead.", [("Pay Al", "12-03 09:00")]),
        ("Actually, remind me to pay Al on Thursday at 9.", [("Pay Al", "12-03 09:00")]),
        ("Instead, remind me on Thursday.", [("Pay Al", "12-03 10:00")]),
        ("Sorry, remind me of that at 11 am instead.", [("Pay Al", "11-30 11:00")]),
        ("Please move the reminder to pay Al to Thursday.", [("Pay Al", "12-03 10:00")]),
        ("Remind me to pay Al again on Thursday at 9.",
         [("Pay Al", "11-30 10:00"), ("Pay Al", "12-03 09:00")]),
        ("Actually, remind me to pay Zoe on Thursday at 9.",
         [("Pay Al", "11-30 10:00"), ("Pay Zoe", "12-03 09:00")]),
        ("Should I pay Al on Thursday instead?", [("Pay Al", "11-30 10:00")]),
        ("Actually, remind me to pay Al some time.", [("Pay Al", "11-30 10:00")]),
    ],
)  # fmt: skip
def test_a_changed_wish_comes_at_its_new_time_alone(
    ana: UserMemory, clock: StoppedClock, said: str, comes: list[tuple[str, str]]
) -> None:
    ana.observe("Remind me to pay Al tomorrow at 10.")
    clock.advance(timedelta(hours=1))
    ana.observe(said)
    assert told(ana, clock, SUNDAY + timedelta(days=5)) == comes


def test_forgetting_the_first_words_forgets_what_was_changed(
    ana: UserMemory, clock: StoppedClock
) -> None:
    row = ana.observe("Remind me to pay Al tomorrow at 10.").id
    assert row is not None
    ana.observe("Instead, remind me on Thursday.")
    clock.now = datetime(2026, 12, 3, 10, 0, tzinfo=UTC)
    assert [one.title for one in reminded(ana)] == ["Pay Al"]
    ana.forget(observations=[row])
    assert ana.suggestions.list() == []


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("I already called Kim.", []),
        ("I've just called Kim!", []),
        ("Thanks, I have called Kim already.", []),
        ("I already called Kim's mother.", ["Call Kim"]),
        ("I already paid Kim.", ["Call Kim"]),
        ("I have to call Kim.", ["Call Kim"]),
        ("I have not called Kim.", ["Call Kim"]),
        ("I already called Kim, but nobody answered.", ["Call Kim"]),
        ("Have I already called Kim?", ["Call Kim"]),
        ("Tom said “I already called Kim.”", ["Call Kim"]),
        ("If I have called Kim by then, fine.", ["Call Kim"]),
        ("Tom already called Kim.", ["Call Kim"]),
    ],
)
def test_what_is_done_is_not_told_any_more(
    ana: UserMemory, clock: StoppedClock, said: str, left: list[str]
) -> None:
    ana.observe("Remind me to call Kim tomorrow at 9.")
    clock.advance(timedelta(hours=1))
    ana.observe(said)
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    assert [one.title for one in reminded(ana)] == left


@pytest.mark.parametrize(
    ("said", "what", "answer"),
    [
        ("Remind me to buy milk.", "buy milk", "on which day, or at what time?"),
        ("Remind me at 25:00 to buy milk.", "buy milk", NO_SUCH),
        ("Remind me to buy milk tomorrow at 25:00.", "buy milk", NO_SUCH),
        (
            "Remind me to buy milk every day at 9.",
            "buy milk every day",
            "I can remind you once, not again and again. Name one day or time.",
        ),
        ("Can you remind me to buy milk on 31 November?", "buy milk", NO_SUCH),
        ("Remind me yesterday to buy milk.", "buy milk", OVER),
        ("Remind me at 9 yesterday to buy milk.", "buy milk", OVER),
        ("Remind me last Friday at 9 to buy milk.", "buy milk", OVER),
        ("Remind me this morning at 9 to buy milk.", "buy milk", OVER),
        (
            "Remind me to buy milk at 8 if it rains.",
            "buy milk if it rains",
            "I cannot tell when that is so. Name a day or a time instead.",
        ),
    ],
)
def test_a_reply_says_what_a_wish_lacks(
    store: MemoryStore, said: str, what: str, answer: str
) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        reply = assistant.turn("ana", said).text
    assert reply == f"I cannot remind you of “{what}” yet: {answer}"


@pytest.mark.parametrize(
    ("said", "at", "what"),
    [
        ("Remind me tomorrow at 9 about what I did yesterday.", (30, 9), "what you did yesterday"),
        ("Remind me at 6 pm to answer the mail of last week.", (29, 18), "answer the mail of last"),
        (
            "Remind me to send what I wrote yesterday to Bo at 6 pm.",
            (29, 18),
            "send what you wrote",
        ),
        ("Remind me in two hours to call who rang an hour ago.", (29, 16), "call who rang an hour"),
    ],
)
def test_what_was_before_is_no_time_of_a_wish(said: str, at: tuple[int, int], what: str) -> None:
    (one,) = wishes_in(said, SUNDAY)
    assert isinstance(one, Requested)
    assert one.at == datetime(2026, 11, *at, tzinfo=UTC)
    assert one.what.startswith(what)


def test_what_is_to_come_can_be_asked_for(store: MemoryStore) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        assert "No reminder is to come" in assistant.turn("ana", "Any reminders?").text
        assistant.turn("ana", "Remind me to call Eva tomorrow at 9 am.")
        reply = assistant.turn("ana", "What reminders do I have?")
        assert reply.text == "I am to remind you:\n- on Monday 30 November at 09:00: call Eva"
        other = assistant.turn("ana", "What reminders does Tom have?").text
        assert "I am to remind you" not in other


@pytest.mark.parametrize(
    "said",
    [
        "Remind me to call Eva on Tuesday at 9.",
        "I need to be reminded to call Eva on Tuesday at 9.",
        "I'll remind you on Tuesday at 9.",
    ],
)
def test_a_wish_is_no_plan_of_its_own(ana: UserMemory, clock: StoppedClock, said: str) -> None:
    ana.observe(said)
    ana.reflect()
    assert ana.propositions.list() == []
    ana.remember("Remind Ana to call Eva on 1 December 2026 at 9.")
    clock.now = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    found, _ = considered(ProactiveContext(ana, Offline(), CALM, Moment()))
    assert [each.suggestion.kind for each in found if each.suggestion] == []


def test_a_model_is_told_what_is_to_come_and_nothing_where_no_reminder_is_meant(
    tmp_path: Path, clock: StoppedClock
) -> None:
    model = ScriptedReasoner(replies=["Fine.", "One.", "Hello."])
    with (
        MemoryStore(tmp_path / "own", embedder="lexical", clock=clock) as store,
        Assistant(store=store, model=model, reflect="manual") as assistant,
    ):
        assistant.turn("ana", "Remind me to call Eva, and remind me at 6:30 pm to feed Bo.")
        assistant.turn("ana", "Which reminders do I have?")
        assistant.turn("ana", "Hello!")
    asked, listed, plain = (request.turn.render() for request in model.requests)
    assert "- ⟦call Eva⟧ at no time yet. Say so: on which day, or at what time?" in asked
    assert "- ⟦feed Bo⟧ on Sunday 29 November at 18:30" in asked
    assert "- ⟦feed Bo⟧ on Sunday 29 November at 18:30" in listed
    assert "- ⟦call Eva⟧" not in listed
    assert "remind" not in plain


@pytest.mark.parametrize(
    ("said", "answer", "title", "at"),
    [
        ("Remind me to call Eva.", "Tomorrow at 9.", "Call Eva", (30, 9, 0)),
        (
            "Remind me to call my mother",
            "at half past four, please",
            "Call your mother",
            (29, 16, 30),
        ),
        ("Please remind me to pay the rent.", "Tomorrow", "Pay the rent", (30, 9, 0)),
        ("Remind me to water the plants.", "17:30", "Water the plants", (29, 17, 30)),
        ("Remind me about the talk on 31 February.", "OK, Monday at noon", "The talk", (30, 12, 0)),
        ("Remind me yesterday to call Bo.", "Tomorrow morning then", "Call Bo", (30, 9, 0)),
        ("Remind me to feed Bo.", "in two hours", "Feed Bo", (29, 16, 0)),
    ],
)
def test_a_time_alone_answers_what_a_wish_lacks(
    ana: UserMemory,
    clock: StoppedClock,
    said: str,
    answer: str,
    title: str,
    at: tuple[int, int, int],
) -> None:
    wish = ana.observe(said, session="t").id
    clock.now += timedelta(minutes=1)
    told = ana.observe(answer, session="t").id
    due = datetime(2026, 11, *at, tzinfo=UTC)
    clock.now = due - timedelta(minutes=1)
    assert reminded(ana) == []
    clock.now = due + timedelta(minutes=1)
    (one,) = reminded(ana)
    assert (one.title, set(one.basis)) == (title, {wish, told})
    assert reminded(ana) == []
    ana.forget(observations=[str(told)])
    assert ana.suggestions.list() == []


@pytest.mark.parametrize(
    "between",
    [
        [("t", "I like tea."), ("t", "Tomorrow at 9.")],
        [("other", "Tomorrow at 9.")],
        [("t", "Tomorrow at 9?")],
        [("t", "Tomorrow at 9 I see Eva.")],
        [("t", "Not tomorrow at 9.")],
        [("t", "“Tomorrow at 9.”")],
    ],
    ids=["something else first", "another thread", "asked", "a plan", "refused", "quoted"],
)
def test_what_answers_no_question_sets_no_reminder(
    ana: UserMemory, clock: StoppedClock, between: list[tuple[str, str]]
) -> None:
    ana.observe("Remind me to call Kim.", session="t")
    for thread, text in between:
        clock.now += timedelta(minutes=1)
        ana.observe(text, session=thread)
    assert first(ana, clock, days=2) is None


def test_a_time_that_comes_long_after_answers_nothing(ana: UserMemory, clock: StoppedClock) -> None:
    ana.observe("Remind me to call Kim.", session="t")
    clock.now += timedelta(hours=3)
    ana.observe("Tomorrow at 9.", session="t")
    ana.observe("Remind me to call Eva tomorrow at 10.", session="t")
    ana.observe("At noon.", session="t")  # nothing was lacking
    assert first(ana, clock, days=2) == ("Call Eva", datetime(2026, 11, 30, 10, tzinfo=UTC))


def test_the_reply_to_a_time_alone_says_what_it_is_for(store: MemoryStore) -> None:
    with Assistant(store=store, reflect="manual") as assistant:
        assert "at what time?" in assistant.turn("ana", "Remind me to call Eva.").text
        said = assistant.turn("ana", "Tomorrow at 9.").text
        assert "call Eva" in said
        assert "Monday 30 November at 09:00" in said
