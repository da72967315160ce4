"""What is no claim, what ends one, and which of two answers stands."""

from datetime import UTC, datetime, timedelta

import pytest

from usermind.models import Offline
from usermind.models.offline.extraction import extract
from usermind.models.offline.rewriting import states
from usermind.models.reasoner import CITED, ReplyRequest
from usermind.prompts import (
    KnownLine,
    MemoryLine,
    ObservationLine,
    Operation,
    ReflectPrompt,
    SystemPrompt,
    TurnPrompt,
)
from usermind.types import Durability, Kind

AT = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)


def said(text: str) -> list[str]:
    return [claim.statement for claim in extract(text, at=AT, name="Ana")]


def operations(text: str, *knows: str, durability: Durability = "season") -> list[Operation]:
    known = tuple(
        KnownLine(place, claim, 0.8, durability, None, AT - timedelta(days=3))
        for place, claim in enumerate(knows, 1)
    )
    line = ObservationLine(1, "user", AT, "first_party", text)
    prompt = ReflectPrompt(user_name="Ana", now=AT, known=known, observations=(line,))
    return Offline(heads=False).complete(prompt).operations


@pytest.mark.parametrize(
    "text",
    [
        "I hate the second one.",
        "I like 2 and 4.",
        "I love number 3.",
        "My wife loves number 3.",
        "I want to watch 2 on Monday.",
        "I have seen the first two and loved the third.",
        "I prefer the first one.",
        "I like the other two better.",
        "I want to see the third one with my wife.",
    ],
)
def test_what_is_meant_by_its_number_in_a_list_is_no_claim(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("I have 2 kids.", "Ana has 2 kids."),
        ("I like 2 sugars in my tea.", "Ana likes 2 sugars in their tea."),
        ("I love the second season of Fargo.", "Ana loves the second season of Fargo."),
        ("I love 1984.", "Ana loves 1984."),
        ("I am 42.", "Ana is 42 years old."),
        ("I finished third in the race.", "Ana finished third in the race."),
    ],
)
def test_other_numbers_stay_in_claims(text: str, claim: str) -> None:
    assert said(text) == [claim]


@pytest.mark.parametrize(
    "text",
    [
        "Recommend me some films by Tarantino",
        "Recommend me a few good restaurants near Bern",
        "Please show us films with Tom Hanks.",
        "Give me something light",
        "Play me a song by Bach",
        "before 2005",
        "Only something before 2005",
    ],
)
def test_what_is_asked_of_the_assistant_states_nothing(text: str) -> None:
    assert not states(text)
    assert said(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Find me a hotel in Rome, because my sister moved there",
        "Since 2005 I have lived in a caravan",
        "Play chess every Sunday",
    ],
)
def test_what_states_something_beside_or_without_a_request_does(text: str) -> None:
    assert states(text)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("I read 1984 and 2001 last month.", "Ana read 1984 and 2001 in October 2026."),
        ("I just read Dune.", "Ana just read Dune."),
        ("I read Dune in 2019.", "Ana read Dune in 2019."),
        ("I read the paper every morning.", "Ana reads the paper every morning."),
    ],
)
def test_read_is_past_where_its_time_is(text: str, claim: str) -> None:
    assert said(text) == [claim]


MEETING = "Ana has a meeting with Eva on Monday 30 November 2026 at 10."
THESIS = "Ana has to hand in the thesis on Friday 4 December 2026."


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("The meeting with Eva was cancelled.", MEETING),
        ("The meeting has been called off, sadly.", MEETING),
        ("I cancelled the meeting with Eva.", MEETING),
        ("The thesis is done!", THESIS),
        ("I finally handed in my thesis.", THESIS),
    ],
)
def test_a_plan_that_is_off_and_a_duty_that_is_done_end(text: str, known: str) -> None:
    changes = [op for op in operations(text, "Ana lives in Oslo.", known) if op.target]
    assert [(op.target, op.op in ("retire", "supersede")) for op in changes] == [(2, True)]


@pytest.mark.parametrize(
    ("text", "knows"),
    [
        ("The meeting was cancelled.", [MEETING, MEETING.replace("Eva", "Kim")]),
        ("The meeting with Kim was cancelled.", [MEETING]),
        ("The meeting with Eva was not cancelled.", [MEETING]),
        ("The meeting with Eva might be cancelled.", [MEETING]),
        ("Was the meeting with Eva cancelled?", [MEETING]),
        ("If the meeting with Eva is cancelled, I will swim.", [MEETING]),
        ("The meeting with Eva on Tuesday was cancelled.", [MEETING]),
        ("The thesis is almost done.", [THESIS]),
        ("The thesis is done.", ["Ana likes the thesis of Kim."]),
    ],
)
def test_what_is_unsure_or_unclear_ends_nothing(text: str, knows: list[str]) -> None:
    assert [op for op in operations(text, *knows) if op.target] == []


def test_a_view_that_is_taken_back_is_replaced() -> None:
    [change] = operations(
        "Actually I liked Titanic.", "Ana watched Titanic and hated it.", "Ana hated Alien."
    )
    assert (change.op, change.target, change.statement) == ("supersede", 1, "Ana liked Titanic.")


def test_who_once_liked_something_takes_nothing_back() -> None:
    assert not [op for op in operations("I liked Titanic.", "Ana hated Titanic.") if op.target]


def answered(message: str, *memories: MemoryLine) -> list[str]:
    """Return the ids of what an answer rests on."""
    request = ReplyRequest(
        system=SystemPrompt(user_name="Ana", facts=()),
        history=(),
        turn=TurnPrompt(now=AT, memories=memories, message=message),
        steps=(),
        tools=(),
    )
    return [
        id_ for chunk in Offline().reply(request) for id_ in chunk.response_metadata.get(CITED, ())
    ]


def line(id_: str, text: str, *, day: int, claim: bool = False) -> MemoryLine:
    at = datetime(2026, 11, day, tzinfo=UTC)
    kind: Kind = "proposition" if claim else "observation"
    return MemoryLine(id_, kind, text, "user", at, score=0.6, confidence=0.9 if claim else None)


BASEL = line("p1", "Ana lives in Basel.", day=1, claim=True)


@pytest.mark.parametrize(
    ("message", "used"),
    [
        (line("o2", "Actually I live in Zug.", day=2), "o2"),
        (line("o2", "My sister lives in Zug.", day=2), "p1"),
        (line("o2", "I live in Basel.", day=2), "p1"),
        (line("o0", "I live in Zug.", day=1), "p1"),
        (line("o2", "Maybe I live in Zug.", day=2), "p1"),
    ],
    ids=["later", "of another", "the same", "not later", "unsure"],
)
def test_the_later_own_word_outweighs_the_claim_that_it_will_replace(
    message: MemoryLine, used: str
) -> None:
    assert answered("Where do I live now?", BASEL, message) == [used]


def test_a_request_answers_no_question_but_one_for_requests() -> None:
    asked = line("o1", "Recommend me a movie I would like, such as Heat.", day=1)
    loved = line("o2", "I liked Heat.", day=1)
    assert answered("What did I like?", asked, loved) == ["o2"]
    assert answered("Which movie did I ask you to recommend?", asked) == ["o1"]
