"""A conversation about a list: what points at it, asks why, narrows it, or judges what is on it.

Each test runs over films and over songs: nothing of it is of one kind of thing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from usermind import Assistant, MemoryStore, Reply, UserMemory
from usermind.testing import ScriptedReasoner
from usermind.tools import Catalogue, Item


@dataclass(frozen=True)
class Domain:
    """What a catalogue is of; items, kinds and makers are named by their places."""

    thing: str
    made: str
    titles: tuple[str, ...]
    kinds: tuple[str, ...]
    makers: tuple[str, ...]

    def said(self, message: str) -> str:
        """Return a message with the words of this domain in it."""
        return message.format(
            thing=self.thing, t=self.titles, k=[kind.lower() for kind in self.kinds],
            full=self.makers, last=[maker.split()[-1] for maker in self.makers],
        )  # fmt: skip


DOMAINS = {
    "films": Domain(
        "film", "director",
        ("Copper Lantern", "Velvet Orchard", "Midnight Gallery", "Paper Cathedral", "Hollow Moon",
         "Stone Carnival", "Winter Passage", "Silver Marlin", "Silver Merlin", "Valdoria"),
        ("Comedy", "Western", "Horror"),
        ("Vera Castellane", "Otto Brannigan", "Ines Quiroga"),
    ),
    "songs": Domain(
        "song", "artist",
        ("Amber Tide", "Broken Compass", "Candle Weather", "Distant Choir", "Electric Meadow",
         "Falling Harbour", "Glass Parade", "Summer Kestrel", "Summer Kistrel", "Montegrande"),
        ("Ballad", "Tango", "Reggae"),
        ("Lena Vaskovic", "Tom Harrowgate", "Mina Dellaqua"),
    ),
}  # fmt: skip
SHAPE = [
    (1971, (0,), 0), (1984, (0, 1), 1), (1993, (0,), 0), (2002, (0,), 2), (2010, (1,), 1),
    (2015, (2,), 0), (1999, (0, 1), 2), (1951, (2,), 1), (1962, (2,), 1), (1948, (2,), 2),
]  # fmt: skip
"""Year, kinds and maker of each item."""


@pytest.fixture(params=DOMAINS, scope="module")
def domain(request: pytest.FixtureRequest) -> Domain:
    return DOMAINS[request.param]


@pytest.fixture(scope="module")
def catalogue(domain: Domain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with Catalogue(tmp_path_factory.mktemp(domain.thing), embedder="lexical") as made:
        made.add(
            Item(
                f"i{place}",
                f"{domain.titles[place]} ({year})",
                attributes={
                    "genre": tuple(domain.kinds[kind] for kind in kinds),
                    "year": float(year),
                    domain.made: domain.makers[maker],
                },
            )
            for place, (year, kinds, maker) in enumerate(SHAPE)
        )
        made.things = (domain.thing,)
        yield made


@pytest.fixture
def say(store: MemoryStore, catalogue: Catalogue, domain: Domain) -> Iterator["Say"]:
    with Assistant(store=store, catalogue=catalogue, reflect="manual") as assistant:
        yield Say(assistant, domain)


@dataclass(frozen=True)
class Say:
    assistant: Assistant
    domain: Domain

    def __call__(self, *messages: str) -> Reply:
        """Say one message after the other, and return the last reply."""
        for message in messages:
            reply = self.assistant.turn("ana", self.domain.said(message), thread_id="main")
            assert reply.error is None
        return reply


LIST = "Recommend me a {k[0]}"
"""Shows items 0, 1, 2, 3 and 6, in this order."""


def places(reply: Reply) -> list[int]:
    return [int(each.item.id[1:]) for each in reply.recommended]


def kept(ana: UserMemory) -> dict[int, float]:
    return {int(event.item_id[1:]): event.weight for event in ana.feedback.events()}


def test_the_list_of_these_tests_is_this(say: Say) -> None:
    assert places(say(LIST)) == [0, 1, 2, 3, 6]


@pytest.mark.parametrize(
    "message",
    ["by {last[2]}", "{last[2]}", "{full[2]}", "only {last[2]} please", "something by {last[2]}",
     "maybe {last[2]}?", "by {full[2]}, please"],
)  # fmt: skip
def test_who_made_it_is_said_alone_to_narrow_a_list(say: Say, message: str) -> None:
    reply = say("Recommend me two {k[0]} {thing}s", message)

    assert places(reply) == [3, 6]


def test_what_was_shown_comes_again_where_nothing_else_is_by_them(say: Say) -> None:
    reply = say(LIST, "by {last[2]}")
    others = say("another one by {last[2]}")

    assert places(reply) == [3, 6]
    assert "Nothing else fits: you were shown this before." in reply.text
    assert 9 not in places(others)  # which is no comedy


def test_what_was_asked_before_gives_way_where_nothing_is_all_of_it(
    say: Say, domain: Domain
) -> None:
    reply = say("Recommend me a {k[1]} by {last[0]}", "a {k[2]} then")

    assert places(reply) == [5]
    reply = say("a {k[1]} then")
    assert set(places(reply)) <= {1, 4, 6}
    assert places(reply)
    assert f"{domain.makers[0]} did not count any more" in reply.text


@pytest.mark.parametrize(
    "message",
    ["more like number 3", "more like 3", "something like the third one", "more like the 1993 one",
     "similar to #3", "More like {t[2]}"],
)  # fmt: skip
def test_more_like_one_of_the_list_goes_by_that_one(say: Say, message: str) -> None:
    reply = say(LIST, message)

    assert places(reply)
    assert 2 not in places(reply)
    liked = [reason.item_id for each in reply.recommended for reason in each.reasons]
    assert set(liked) == {"i2"}


@pytest.mark.parametrize(
    "message",
    ["more like number 3 but older", "like number 3 but older", "the third one but older",
     "3rd one but older", "more like number 3 please, but older"],
)  # fmt: skip
def test_an_example_of_the_list_may_be_otherwise(say: Say, message: str) -> None:
    reply = say(LIST, message)

    assert places(reply)
    assert all(SHAPE[place][0] < SHAPE[2][0] for place in places(reply))


def test_a_number_that_is_too_high_points_at_nothing(say: Say) -> None:
    reply = say(LIST, "19")

    assert reply.recommended == ()
    assert "You may like" not in reply.text
    assert "the catalogue" not in reply.text


@pytest.mark.parametrize("message", ["why?", "Why these?", "how come?", "why did you pick these?"])
def test_why_tells_the_reason_of_each_of_the_list(say: Say, domain: Domain, message: str) -> None:
    say("I loved {t[4]}.")
    reply = say("Recommend me a {k[1]}", message)

    asked = f"you asked for {domain.kinds[1]}"
    assert reply.text.splitlines() == [
        f"1. {domain.titles[1]} (1984): {asked}; you liked {domain.titles[4]} (2010).",
        f"2. {domain.titles[6]} (1999): {asked}.",
    ]
    assert reply.recommended == ()  # nothing new is offered


@pytest.mark.parametrize(
    "message",
    ["why number 1?", "why 1?", "Why the first one?", "why {t[1]}?", "how come number one?",
     "why did you recommend the first one?", "what makes you think I'd like {t[1]}?",
     "Hm. Why would I like the 1984 one?"],
)  # fmt: skip
def test_why_one_of_them_tells_its_reason_and_cites_it(
    say: Say, domain: Domain, message: str
) -> None:
    say("I loved {t[4]}.")
    reply = say("Recommend me a {k[1]}", message)

    assert reply.text == (
        f"{domain.titles[1]} (1984): you asked for {domain.kinds[1]}; "
        f"you liked {domain.titles[4]} (2010)."
    )
    assert {domain.said("I loved {t[4]}."), domain.said("Recommend me a {k[1]}")} <= {
        hit.text for hit in reply.used
    }
    # It is no new list: places are still those of the one that was shown.
    assert domain.titles[6] in say("why number 2?").text


def test_a_reason_that_was_forgotten_since_is_none(
    say: Say, ana: UserMemory, domain: Domain
) -> None:
    say("I loved {t[4]}.", "Recommend me a {k[1]}")
    ana.feedback.forget("i4")
    reply = say("why number 1?")

    assert reply.text.startswith(domain.titles[1])
    assert domain.titles[4] not in reply.text


def test_where_nothing_speaks_for_it_that_is_said(say: Say) -> None:
    reply = say("Recommend me a {thing}", "why number 2?")

    assert reply.text.startswith("Nothing that you told me speaks for it in particular")


@pytest.mark.parametrize(
    "message",
    ["why is the sky blue?", "why not?", "Why did Bob recommend {t[1]}?", "Why is {t[1]} so long?",
     "Why did I like number 2?", "why number 9?", "Why do you ask?", "why are my hands cold?"],
)  # fmt: skip
def test_a_question_about_something_else_is_not_taken_for_it(say: Say, message: str) -> None:
    reply = say(LIST, message)

    assert "you asked for" not in reply.text
    assert "catalogue" not in reply.sources


def test_why_after_other_talk_asks_of_that(say: Say) -> None:
    reply = say(LIST, "I live in Oslo.", "why?")

    assert "catalogue" not in reply.sources


def test_a_model_is_told_why_and_recommends_nothing_new(
    store: MemoryStore, catalogue: Catalogue, domain: Domain
) -> None:
    model = ScriptedReasoner(replies=[f"Try {domain.titles[0]}.", "Because you asked."])
    with Assistant(store=store, model=model, catalogue=catalogue, reflect="manual") as assistant:
        for message in (LIST, "why number 1?"):
            reply = assistant.turn("ana", domain.said(message), thread_id="main")

    offer = model.requests[-1].turn.offer
    assert offer.asks == "why"
    assert [item.title for item in offer.items] == [f"{domain.titles[0]} (1971)"]
    assert "why these were recommended" in offer.render()
    assert reply.recommended == ()


@pytest.mark.parametrize(
    ("message", "known"),
    [
        ("I've seen 1, 3 and 5", [0, 2, 6]),
        ("seen 1,3,5 already", [0, 2, 6]),
        ("I know the first two.", [0, 1]),
        ("The first and the third I know already", [0, 2]),
        ("I've seen number 2 and the last one", [1, 6]),
        ("I've seen the 1984 one", [1]),
        ("I've seen them all", [0, 1, 2, 3, 6]),
        ("I've seen 2-4", [1, 2, 3]),
    ],
)
def test_what_is_known_of_a_list_is_kept_and_comes_no_more(
    say: Say, ana: UserMemory, message: str, known: list[int]
) -> None:
    say(LIST, message)
    assert kept(ana) == dict.fromkeys(known, 0.25)

    anew = say.assistant.turn("ana", say.domain.said("Recommend me ten {thing}s"), thread_id="new")
    assert not set(places(anew)) & set(known)
    assert places(anew)


@pytest.mark.parametrize(
    ("message", "verdicts"),
    [
        ("I hated the first one, loved the third", {0: -1.0, 2: 1.0}),
        ("I liked the second and the fourth", {1: 1.0, 3: 1.0}),
        ("The last one I didn't like", {6: -1.0}),
        ("number 2 was great, number 3 was boring", {1: 1.0, 2: -1.0}),
        ("I loved the {last[1]} one", {1: 1.0}),
        ("The 1971 one I liked, the 2002 one I hated.", {0: 1.0, 3: -1.0}),
    ],
)
def test_verdicts_on_places_of_the_list_are_kept(
    say: Say, ana: UserMemory, message: str, verdicts: dict[int, float]
) -> None:
    say(LIST, message)

    assert kept(ana) == verdicts


@pytest.mark.parametrize(
    "message",
    [
        "I have 3 kids",
        "see you at 5",
        "I've seen 3 of them",
        "My wife has seen 1 and 2",
        "Have I seen 1 and 3?",
        "I haven't seen 1 and 3",
        "If I had seen 1 and 2, I'd say so.",
        "Bob said he hated number 4",
        '"I hated number 4", he said.',
        "Everybody loved the first one",
        "I'd hate the second one",
        "I want number 5",
        "I loved the first and only time",
        "I hated the second season",
        "I loved the last {thing} I got from Bob",
        "I loved the first one, the sequel less",
        "I've seen 1, 3 and 9",
        "My kids are 1, 3 and 5 and I love them",
        "I love the first of May",
        "I hate bus number 2",
    ],
)
def test_numbers_and_others_make_no_verdict(say: Say, ana: UserMemory, message: str) -> None:
    say(LIST, message)

    assert kept(ana) == {}


def test_to_know_it_says_nothing_against_having_loved_it(say: Say, ana: UserMemory) -> None:
    say(LIST, "I loved number 2", "I've seen 1 and 2")

    assert kept(ana) == {0: 0.25, 1: 1.0}


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("the 1984 one", 1),
        ("the one from 1984", 1),
        ("the {last[1]} one", 1),
        ("the {t[1]} one", 1),
        ("I'll take the second", 1),
        ("number 2 sounds good", 1),
        ("ok, let's go with the last one then", 6),
        ("tell me about number 4", 3),
        ("what about the third?", 2),
        ("2", 1),
    ],
)
def test_who_picks_one_of_the_list_is_told_of_it(
    say: Say, ana: UserMemory, domain: Domain, message: str, place: int
) -> None:
    reply = say(LIST, message)

    year, kinds, maker = SHAPE[place]
    assert reply.text.startswith(f"{domain.titles[place]} ({year}): ")
    assert domain.makers[maker] in reply.text
    assert all(domain.kinds[kind] in reply.text for kind in kinds)
    assert kept(ana) == {}  # it is no verdict
    assert reply.recommended == ()


def test_where_several_may_be_meant_each_is_told(say: Say, domain: Domain) -> None:
    lines = say(LIST, "the {last[2]} one").text.splitlines()

    assert [line.partition(":")[0] for line in lines] == [
        f"4. {domain.titles[3]} (2002)",
        f"5. {domain.titles[6]} (1999)",
    ]


@pytest.mark.parametrize(
    ("messages", "verdicts"),
    [
        (("the 1984 one", "loved it"), {1: 1.0}),
        (("why number 2?", "seen it"), {1: 0.25}),
        (("the 1984 one", "why?", "I didn't like it"), {1: -1.0}),
        (("the 1984 one", "I love it when it rains"), {}),
        (("loved it",), {}),
        (("the 1984 one", "I live in Oslo.", "loved it"), {}),
    ],
)
def test_it_is_the_one_that_was_just_spoken_of(
    say: Say, ana: UserMemory, messages: tuple[str, ...], verdicts: dict[int, float]
) -> None:
    say(LIST, *messages)

    assert kept(ana) == verdicts


@pytest.mark.parametrize(
    ("message", "place"),
    [
        (("Coper Lantern", "Ambeer Tide"), 0),
        (("Midnight Galery", "Candle Waether"), 2),
        (("paper cathderal", "distant chior"), 3),
    ],
)
def test_a_verdict_on_a_title_with_a_slip_is_that_of_the_one_title_near_it(
    say: Say, ana: UserMemory, domain: Domain, message: tuple[str, str], place: int
) -> None:
    name = message[0] if domain.thing == "film" else message[1]
    reply = say(f"I loved {name}.")

    assert kept(ana) == {place: 1.0}
    assert domain.titles[place] in reply.text


@pytest.mark.parametrize(
    ("answer", "place"),
    [("the second", 8), ("{t[7]} (1951)", 7), ("the 1962 one", 8), ("I mean {t[8]}", 8),
     ("neither", None), ("why?", None)],
)  # fmt: skip
def test_where_two_titles_are_as_near_it_asks_and_takes_the_answer(
    say: Say, ana: UserMemory, domain: Domain, answer: str, place: int | None
) -> None:
    slip = "Silver Mirlin" if domain.thing == "film" else "Summer Kostrel"
    asked = say(f"I hated {slip}.")

    assert kept(ana) == {}
    assert domain.titles[7] in asked.text
    assert domain.titles[8] in asked.text
    say(answer)
    assert kept(ana) == ({} if place is None else {place: -1.0})


@pytest.mark.parametrize(
    "message",
    [
        "My favourite city is {t[9]}.",
        "{t[9]} is my favourite city",
        "My favourite restaurant of all is {t[9]}.",
        "I love {t[9]} in the spring.",
        "I live in {t[9]} and like it",
    ],
)
def test_what_is_called_like_an_item_and_is_none_is_not_judged(
    say: Say, ana: UserMemory, message: str
) -> None:
    say(message)
    assert kept(ana) == {}

    say.assistant.reflect("ana")
    reasons = {r.item_id for e in say("Recommend me a {thing}").recommended for r in e.reasons}
    assert reasons == set()


@pytest.mark.parametrize(
    "message",
    ["My favourite {thing} is {t[9]}.", "My favourite {k[2]} is {t[9]}", "My favourite is {t[9]}.",
     "{t[9]} is my favourite {thing}", "My favourite of all time is {t[9]}!"],
)  # fmt: skip
def test_a_favourite_of_the_catalogue_is(say: Say, ana: UserMemory, message: str) -> None:
    say(message)

    assert kept(ana) == {9: 1.0}


@pytest.mark.parametrize(
    "message",
    ["a {k[0]}, but no {k[0]} {k[1]}s", "Recommend me a {k[0]}, but no {k[1]} {k[0]}s",
     "a {k[0]} please, just not a {k[1]} {k[0]}"],
)  # fmt: skip
def test_a_kind_without_one_sort_of_it_is_the_rest_of_it(say: Say, message: str) -> None:
    assert places(say(message)) == [0, 2, 3]


@pytest.mark.parametrize(
    "message", ["not 2", "not the first", "I don't like any of these", "none of these"]
)
def test_who_wants_none_of_the_list_gets_others(say: Say, message: str) -> None:
    reply = say("Recommend me two {k[0]} {thing}s", message)

    assert sorted(places(reply)) == [2, 3, 6]
