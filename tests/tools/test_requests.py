"""Which messages ask for something of a catalogue, and for how many."""

from collections.abc import Sequence

import pytest
from tests.films import THINGS, films

from usermind.tools.items import ItemTable
from usermind.tools.mentions import Mentions
from usermind.tools.requests import asks, count_asked, kinds_of, stated
from usermind.tools.wishes import wishes

MENTIONS = Mentions(ItemTable(films()), THINGS)


def asked(message: str, *, after_a_list: bool = False, before: Sequence[str] = ()) -> bool:
    return asks(
        MENTIONS, message, wishes(MENTIONS, message), after_a_list=after_a_list, before=before
    )


@pytest.mark.parametrize(
    "message",
    [
        "Recommend me a film.",
        "Can you suggest a comedy for tonight?",
        "What should I watch tonight?",
        "Which film should I see?",
        "Any good horror films?",
        "I'm in the mood for something funny.",
        "I want to watch a romance.",
        "A comedy from the 90s, please.",
        "ok, something scary then",
        "Something like Orbit Nine, but funnier",
        "We are looking for a movie for the kids",
        "Hi! I had a long day. What's a good film?",
        "Give me three comedies.",
        "pls recommend film",
        "What film do you recommend?",
        "Recommend something",
        "something for tonight?",
        "surprise me",
        "a romance",
        "Which movie do you suggest for tonight?",
        "Do you have a good comedy for tonight?",
        "Have you got a good film for me?",
        "How about a comedy?",
        "Where can I find a good film?",
        "Recommend a film my mother would like",
        "I need a film the kids will love",
        "Find a film Anna might like.",
        "I don't like comedies that are old, recommend something",
        "Forget horror, recommend a comedy",
        "I am tired, please suggest a romance",
        "Give me anything but drama or horror",
        "recommend something, but I'm not in the mood for comedies",
        "I loved Orbit Nine, recommend something",
        "10 films",
        "ok, three comedies",
        "Two funny films for tonight, please",
        "I prefer something scary",
    ],
)
def test_a_request_is_one(message: str) -> None:
    assert asked(message)


@pytest.mark.parametrize(
    "message",
    [
        "I loved Orbit Nine.",
        "I give Orbit Nine 10/10",
        "I watched a good film yesterday.",
        "No more movies, please.",
        "Do not recommend me films.",
        "Please don't suggest any comedies",
        "What movie won the Oscar in 1994?",
        "Remind me to watch Orbit Nine.",
        "Should I watch Orbit Nine again?",
        "Which films did I like?",
        "Who made Hollow Moon?",
        "Recommend me a restaurant.",
        "My favourite film is Hollow Moon.",
        "I can't stand horror films.",
        "I saw a great film yesterday.",
        "I would like to watch the game tonight",
        "Can you recommend a good dentist?",
        "I want to see Orbit Nine",
        "The movie was great",
        "We need a good movie camera.",
        "I want to become a film director.",
        "Thanks!",
        "Recommend someone to film my wedding",
        "Recommend a film camera my mother would like",
        "I'm hungry, recommend something",
        "I hate horror, find something to eat",
        "My boss said, recommend a film",
        "Forget horror.",
        "10/10 film!",
        "3 stars for the film",
        "10 films in one day!",
        "Two films I saw bored me",
        "Three comedies a week keep me sane",
        "I prefer comedies",
        "What do you recommend?",
        "What should I see?",
        "",
    ],
)
def test_what_asks_for_nothing_is_none(message: str) -> None:
    assert not asked(message)


@pytest.mark.parametrize(
    "message", ["something older", "Not these.", "anything newer?", "less scary please",
                "no horror", "maybe a comedy?", "more", "others?", "How about something funnier?",
                "Have you got anything older?", "another one please", "what else?",
                "I prefer something from before 1960"],
)  # fmt: skip
def test_after_a_list_a_few_words_are_enough(message: str) -> None:
    assert asked(message, after_a_list=True)


@pytest.mark.parametrize(
    "message", ["I loved Orbit Nine.", "Thanks, that's great.", "Who made Hollow Moon?",
                "Tell me about Hollow Moon.", "I live in Oslo.", "No more movies, please.",
                "A friend of mine died today.", "An hour ago I burnt my hand.",
                "Another bad day at work.", "More coffee please"],
)  # fmt: skip
def test_after_a_list_other_things_can_be_said(message: str) -> None:
    assert not asked(message, after_a_list=True)


@pytest.mark.parametrize(
    "before",
    [["I loved Orbit Nine."], ["My sister hates horror."], ["I saw a film.", "It was long."]],
)
@pytest.mark.parametrize(
    "message", ["What do you recommend?", "So what would you suggest?", "What should I see next?"]
)
def test_what_do_you_recommend_asks_for_what_was_spoken_of(message: str, before: list[str]) -> None:
    assert asked(message, before=before)
    assert asked(message, after_a_list=True)


@pytest.mark.parametrize(
    ("message", "before"),
    [
        ("What do you recommend?", ["I am hungry."]),
        ("What do you recommend?", ["I loved Orbit Nine.", *["I want to cook."] * 3]),
        ("What do you recommend against a cough?", ["I loved Orbit Nine."]),
        ("What did you recommend?", ["I loved Orbit Nine."]),
    ],
)
def test_it_asks_for_nothing_else(message: str, before: list[str]) -> None:
    assert not asked(message, before=before)


@pytest.mark.parametrize(
    ("message", "count"),
    [
        ("Recommend me three films", 3),
        ("Give me 7 old movies, please", 7),
        ("Recommend me a film", None),
        ("I saw three films", None),
        ("Recommend me 500 films", None),
        ("Find me 99 films", 20),
        ("Show me one film", None),
        ("Recommend a film for two of us", None),
        ("Give me three comedies.", 3),
        ("10 films", 10),
        ("four horrors, please", 4),
        ("Two films I saw bored me", None),
        ("I am 30 and want funny films", None),
        ("I have two scary dogs, recommend a comedy", None),
        ("Recommend a comedy for three kids who love comedies", None),
    ],
)
def test_how_many_are_asked_for(message: str, count: int | None) -> None:
    kinds = kinds_of(MENTIONS, wishes(MENTIONS, message))

    assert count_asked(message, [*THINGS, *kinds]) == count


@pytest.mark.parametrize(
    ("message", "own"),
    [
        ("I loved Heat. Would I like Alien? It bored me!", "I loved Heat. It bored me!"),
        ("From: Bob\nTo: Ana\nSubject: films\n\nI loved Heat and hated Up.", ""),
        ('My friend wrote: "I hated Heat."', ""),
        ("> I hated Heat.", ""),
        ("Translate: 'I hated Heat.'", ""),
        ("If I had hated Heat I would say so.", ""),
        ("Did I love Heat?", ""),
        ("I never said I hated Heat.", ""),
        ("I said it before: I loved Heat", ""),  # rather nothing than what others say
        ("I hated Heat, as my sister did.", "I hated Heat, as my sister did."),
    ],
)
def test_what_is_stated_is_in_the_users_own_words(message: str, own: str) -> None:
    found = stated(message)
    assert found == own if own else "Heat" not in found
