"""What is asked of items beyond their kind: who, which language, how long, what first, and why not.

Two catalogues: the plain one tells genres and years alone; the telling one names people,
languages, countries, lengths and ratings, each in another way of writing it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.films import THINGS, filled, films

from usermind import Assistant, MemoryStore, UserMemory
from usermind.tools import Advice, Advisor, Catalogue, Condition, Item
from usermind.tools.durations import minutes
from usermind.tools.interactions import Interaction
from usermind.tools.item_filter import ItemFilter

MAKERS = ("Ottoline Marsh", "Greta Lund", "Ida Moor", "Sam Kite")
LANGUAGES = ("fr", "en", "ko", "English", "German")
COUNTRIES = ("France", "USA", "South Korea", "United Kingdom", "Germany")


def telling() -> list[Item]:
    """Return the films with more attributes; the n-th of twenty is 80 + 5n minutes long."""
    return [
        replace(film, attributes={
            **film.attributes,
            "Directors": (MAKERS[n % 4],),
            "cast": ("Tom Hanks",) if n % 5 == 0 else ("Ana Bell", "Jo King"),
            "original_language": LANGUAGES[n % 5],
            "country": COUNTRIES[n % 5],
            "runtime": f"{1 + (20 + 5 * n) // 60}h {(20 + 5 * n) % 60}m" if n % 2 else 80.0 + 5 * n,
            "imdb rating": 5 + n * 7 % 20 / 10,
        })
        for n, film in enumerate(films())
    ]  # fmt: skip


@pytest.fixture(scope="module")
def advisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advisor]:
    with Catalogue(tmp_path_factory.mktemp("telling"), embedder="lexical") as made:
        made.add(telling())
        made.add_interactions(
            [Interaction(f"p{person}", film.id, 1.0, 1.0)
             for n, film in enumerate(films()) for person in range(n + 1)]
        )  # fmt: skip
        made.things = THINGS
        yield Advisor(made)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advisor]:
    with filled(tmp_path_factory.mktemp("plain")) as made:
        yield Advisor(made)


def values(advice: Advice, name: str) -> set[object]:
    return {each.item.attributes[name] for each in advice.recommendations}


def lengths(advice: Advice) -> list[float]:
    found = (each.item.attributes["runtime"] for each in advice.recommendations)
    return [minutes(each) or 0 if isinstance(each, str) else float(each) for each in found]  # type: ignore[arg-type]  # a number


def notes(advice: Advice) -> list[str]:
    return [note.text for note in advice.notes]


# -- what an attribute answers --------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "name", "allowed"),
    [
        ("something by Marsh", "Directors", {("Ottoline Marsh",)}),
        ("Recommend me a film directed by Greta Lund", "Directors", {("Greta Lund",)}),
        ("films by Lund or Moor, please", "Directors", {("Greta Lund",), ("Ida Moor",)}),
        ("a Kite film", "Directors", {("Sam Kite",)}),
        ("anything not by Marsh", "Directors", {(each,) for each in MAKERS[1:]}),
        ("a film with Tom Hanks", "cast", {("Tom Hanks",)}),
        ("nothing with Tom Hanks", "cast", {("Ana Bell", "Jo King")}),
        ("films of Tom Hanks", "cast", {("Tom Hanks",)}),
        ("something starring King", "cast", {("Ana Bell", "Jo King")}),
        ("a film in French", "original_language", {"fr"}),
        ("something in English, please", "original_language", {"en", "English"}),
        ("a French-language film", "original_language", {"fr"}),
        ("a Korean film", "country", {"South Korea"}),
        ("any Korean comedies?", "country", {"South Korea"}),
        ("a film from Germany", "country", {"Germany"}),
        ("a British horror film", "country", {"United Kingdom"}),
        ("a film from the USA", "country", {"USA"}),
    ],
)
def test_names_and_nations_are_conditions(
    advisor: Advisor, ana: UserMemory, message: str, name: str, allowed: set[object]
) -> None:
    found = advisor.advise(ana, message, k=20)

    assert values(found, name) == allowed
    assert not any("did not count" in note for note in notes(found))


@pytest.mark.parametrize(
    ("message", "least", "most"),
    [
        ("a film under two hours", 0, 119),
        ("Recommend me a film shorter than an hour and a half", 0, 89),
        ("something no longer than 100 minutes", 0, 100),
        ("100 minutes or less, please", 0, 100),
        ("nothing longer than two hours", 0, 120),
        ("a film over 2.5 hours", 151, 999),
        ("a 100-minute film", 90, 110),
        ("a film between 1 and 2 hours", 60, 120),
        ("I have 90 minutes, what should I watch?", 0, 90),
        ("a horror film, at least 90 minutes long", 90, 999),
    ],
)
def test_a_length_is_a_condition_in_minutes(
    advisor: Advisor, ana: UserMemory, message: str, least: int, most: int
) -> None:
    found = lengths(advisor.advise(ana, message, k=20))
    every = [80 + 5 * n for n in range(5 if "horror" in message else 20)]

    assert sorted(found) == [each for each in every if least <= each <= most]


@pytest.mark.parametrize(
    ("message", "name", "falls"),
    [
        ("the newest films, please", "year", True),
        ("newest first", "year", True),
        ("the oldest", "year", False),
        ("best rated", "imdb rating", True),
        ("What are the top-rated films?", "imdb rating", True),
    ],
)
def test_a_superlative_is_the_order_of_the_list(
    advisor: Advisor, ana: UserMemory, message: str, name: str, falls: bool
) -> None:
    found = advisor.advise(ana, message, k=20).recommendations
    numbers = [each.item.attributes[name] for each in found]

    assert numbers == sorted(numbers, key=float, reverse=falls)  # type: ignore[arg-type]  # numbers
    assert [each.rank for each in found] == list(range(1, 21))


def test_who_how_long_and_what_first_can_be_asked_at_once(
    advisor: Advisor, ana: UserMemory
) -> None:
    found = advisor.advise(ana, "the newest films with Tom Hanks under 2 hours, not by Kite", k=20)

    assert [each.item.id for each in found.recommendations] == ["c0", "h0"]
    assert notes(found) == ["left out: Sam Kite", "newest first"]


def test_what_cannot_be_stood_does_not_come_in_any_order(advisor: Advisor, ana: UserMemory) -> None:
    ana.remember("Ana cannot stand horror films.", evidence=None, author="user")

    found = advisor.advise(ana, "the newest films", k=20)

    assert len(found.recommendations) == 15
    assert ("Horror",) not in values(found, "genre")


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("something popular", {"r0", "r1", "r2", "r3", "r4", "s4"}),
        ("something obscure", {"h0", "h1", "h2", "h3", "h4", "c0"}),
        ("a short film", {"h0", "h1", "h2", "h3", "h4", "c0"}),
        ("a recent comedy", {"c3", "c4"}),
        ("an old horror film", {"h0", "h1"}),
    ],
)
def test_a_plain_word_asks_for_the_quarter_at_its_end_of_what_fits(
    advisor: Advisor, ana: UserMemory, message: str, ids: set[str]
) -> None:
    found = advisor.advise(ana, message, k=20)

    assert {each.item.id for each in found.recommendations} == ids
    assert any("quarter of what fits" in note for note in notes(found))


MIXED = {
    "rc": ("Romance", "Comedy"), "c": ("Comedy",), "r": ("Romance",), "d": ("Drama",),
    "st": ("Sci-Fi", "Thriller"), "s": ("Sci-Fi",), "t": ("Thriller",), "ch": ("Comedy", "Horror"),
    "h": ("Horror",), "rd": ("Romance", "Drama"),
}  # fmt: skip


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advisor]:
    with Catalogue(tmp_path_factory.mktemp("mixed"), embedder="lexical") as made:
        made.add([
            Item(id_, f"Film Number {n}", attributes={"genre": genres, "country": lands})
            for n, (id_, genres) in enumerate(MIXED.items())
            for lands in [("France", "Japan")[n % 2]]
        ])  # fmt: skip
        made.things = THINGS
        yield Advisor(made)


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("recommend a romantic comedy", "rc"),
        ("Any romantic comedies?", "rc"),
        ("I'm looking for a sci-fi thriller", "st"),
        ("a funny horror film, please", "ch"),
        ("a comedy or a drama", "rc c d ch rd"),
        ("comedies and thrillers, please", "rc c st t ch"),
        ("a romantic comedy or a thriller", "rc st t"),
        ("a thriller or a romantic comedy", "rc st t"),
        ("a romantic comedy or a romantic drama", "rc rd"),
        ("a sci-fi thriller or a funny horror film", "st ch"),
        ("a French romantic comedy", "rc"),
        ("I like romance. Recommend a comedy", "rc c ch"),
        ("I had some romantic drama with Bo. Recommend a film", "rc c r d st s t ch h rd"),
        ("We had a romantic evening. Recommend a comedy", "rc c ch"),
    ],
)
def test_what_one_thing_is_said_to_be_it_is_all_of(
    mixed: Advisor, ana: UserMemory, message: str, ids: str
) -> None:
    found = mixed.advise(ana, message, k=20)

    assert {each.item.id for each in found.recommendations} == set(ids.split())
    assert not any("at once" in note for note in notes(found))


@pytest.mark.parametrize(
    ("message", "ids", "note"),
    [
        ("a sci-fi drama", "st s d rd",
         "nothing here is Sci-Fi and Drama at once: one of them was enough"),
        ("a sci-fi drama or a horror film", "st s d rd ch h",
         "nothing here is Sci-Fi and Drama at once: one of them was enough"),
        ("a Japanese sci-fi drama", "s d rd",
         "nothing here is Sci-Fi and Drama at once: one of them was enough"),
    ],
)  # fmt: skip
def test_where_nothing_is_both_one_is_enough_and_that_is_said(
    mixed: Advisor, ana: UserMemory, message: str, ids: str, note: str
) -> None:
    found = mixed.advise(ana, message, k=20)

    assert {each.item.id for each in found.recommendations} == set(ids.split())
    assert note in notes(found)


def test_a_hidden_gem_is_little_known_and_well_rated(advisor: Advisor, ana: UserMemory) -> None:
    found = advisor.advise(ana, "any hidden gems?", k=20)

    # Of the ten least known those that are rated best: from 5.9 on.
    assert {each.item.id for each in found.recommendations} == {"h2", "c0", "c2", "c3"}
    assert notes(found) == [
        "“hidden gems”: the best rated quarter of the less known half of what fits"
    ]


def test_nothing_too_long_leaves_the_longest_quarter_out(advisor: Advisor, ana: UserMemory) -> None:
    found = lengths(advisor.advise(ana, "Recommend me a film, but nothing too long", k=20))

    assert max(found) < 150
    assert min(found) == 80


@pytest.mark.parametrize(
    "message",
    [
        "I was in Korea. Recommend me a film.",
        "My friend Tom Hanks works at the bank. Recommend me a film.",
        "I like French fries. Recommend me a film.",
        "I am learning German. Recommend me a film.",
        "Recommend me a film, I live in Germany.",
        "Hi! Recommend us a film, it is no hurry.",
        "I slept under two hours. Recommend me a film.",
        "Recommend me a film after my nap of under an hour.",
        "Recommend me a film, it took me over an hour to get home.",
        "My flight takes over two hours. Recommend me a film.",
        "I have two hours of homework. Recommend me a film.",
        "I had a long day. Recommend me a film.",
        "Recent events made me sad. Recommend me a film.",
        "My latest film flopped. Recommend me a film.",
        "The newest film was bad. Recommend me a film.",
        "An old friend came by. Recommend me a film.",
        "Recommend me a film to watch with King.",
        "Recommend me a film by Friday.",
    ],
)
@pytest.mark.parametrize("which", ["telling", "plain"])
def test_what_is_said_of_other_things_is_no_condition(
    advisor: Advisor, plain: Advisor, ana: UserMemory, message: str, which: str
) -> None:
    found = (advisor if which == "telling" else plain).advise(ana, message, k=20)

    assert len(found.recommendations) == 20
    assert found.notes == ()


def test_ratings_are_taken_from_people_where_no_attribute_tells_them(
    tmp_path: Path, ana: UserMemory
) -> None:
    weights = {"c0": 0.2, "c1": 0.9, "c2": -0.5}
    with Catalogue(tmp_path / "rated", embedder="lexical") as rated:
        rated.add([film for film in films() if film.id in weights])
        rated.add_interactions(
            [Interaction(f"p{n}", id_, weight, 1.0) for id_, weight in weights.items()
             for n in range(9)]
        )  # fmt: skip
        rated.things = THINGS
        found = Advisor(rated).advise(ana, "the best rated films").recommendations

    assert [each.item.id for each in found] == ["c1", "c0", "c2"]


def test_a_title_that_is_a_land_stays_a_title(tmp_path: Path, ana: UserMemory) -> None:
    with Catalogue(tmp_path / "lands", embedder="lexical") as lands:
        lands.add([
            Item("1", "Brazil (1985)", attributes={"country": "Poland", "cast": ("Jo Up",)}),
            Item("2", "Far Lamp (2001)", attributes={"country": "Brazil", "cast": ("Ida Lamp",)}),
        ])  # fmt: skip
        lands.things = THINGS
        advisor = Advisor(lands)
        loved = ana.observe("I loved Brazil.")
        assert loved.id is not None
        heard = advisor.listen(ana, "I loved Brazil.", observation=loved.id)
        asked = advisor.advise(ana, "a film from Brazil")

    assert [event.item_id for event in heard] == ["1"]
    assert [each.item.id for each in asked.recommendations] == ["2"]


# -- what none answers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("something by Marsh", "“by Marsh” did not count: nothing here tells who made it"),
        ("something by marsh please", "“by marsh” did not count: nothing here tells who made it"),
        ("directed by Nolan", "“directed by Nolan” did not count: nothing here tells who made it"),
        ("a film with Tom Hanks",
         "“with Tom Hanks” did not count: nothing here tells who plays in it"),
        ("a film under two hours",
         "“under two hours” did not count: nothing here tells how long it is"),
        ("a film in French",
         "“French” did not count: nothing here tells in which language it is"),
        ("a Korean film", "“Korean” did not count: nothing here tells where it is from"),
        ("best rated", "“best rated” did not count: nothing here tells how well it is rated"),
        ("something popular", "“popular” did not count: nothing here tells how well it is known"),
    ],
)  # fmt: skip
def test_what_the_catalogue_cannot_tell_is_said(
    plain: Advisor, ana: UserMemory, message: str, told: str
) -> None:
    found = plain.advise(ana, message)

    assert found.recommendations
    assert notes(found) == [told]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("something by Spielberg", "“by Spielberg” did not count: nothing here is by anybody of"),
        ("a film with Robert De Niro", "“with Robert De Niro” did not count: nobody of that name"),
        ("a film in Japanese", "“Japanese” did not count: nothing here is in that language"),
        ("a film from Japan", "“Japan” did not count: nothing here is from there"),
    ],
)
def test_a_name_that_no_item_has_is_said(
    advisor: Advisor, ana: UserMemory, message: str, told: str
) -> None:
    [note] = notes(advisor.advise(ana, message))

    assert note.startswith(told)


def test_years_are_said_not_to_count_where_none_is_known(tmp_path: Path, ana: UserMemory) -> None:
    with Catalogue(tmp_path / "bare", embedder="lexical") as bare:
        bare.add([Item("1", "Loud Ladies"), Item("2", "Far Lamp")])
        bare.things = THINGS
        advisor = Advisor(bare)
        found = [advisor.advise(ana, each) for each in ("a film from the 90s", "the newest films")]

    assert [notes(each) for each in found] == [
        ["“90s” did not count: nothing here tells how old it is"],
        ["“newest” did not count: nothing here tells how old it is"],
    ]


@pytest.mark.parametrize(
    "message",
    [
        "I loved the film directed by Nolan. Recommend me another film.",
        "A film starring Bob Hill was on. Recommend me a film.",
        "Recommend me a film for a date with Bob Hill.",
        "Recommend me a film. Something by the sea would be nice for lunch.",
    ],
)
def test_nothing_is_said_not_to_count_that_was_not_asked(
    plain: Advisor, ana: UserMemory, message: str
) -> None:
    assert not any("did not count" in note for note in notes(plain.advise(ana, message)))


# -- asking ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    ["something by Marsh", "a film under two hours", "Recommend me something under two hours",
     "the newest films, please", "something popular", "any hidden gems?", "a Korean film",
     "What are the newest films?"],
)  # fmt: skip
@pytest.mark.parametrize("which", ["telling", "plain"])
def test_such_a_message_is_a_request(
    advisor: Advisor, plain: Advisor, ana: UserMemory, message: str, which: str
) -> None:
    assert (advisor if which == "telling" else plain).is_asked(ana, message)


@pytest.mark.parametrize(
    "message",
    ["I was in Korea", "My friend Tom Hanks works at the bank", "I like French fries",
     "Something by Friday would be great", "The newest film was bad", "I slept under two hours",
     "My flight is under two hours", "Recent events made me sad", "Bob is a hidden gem",
     "What was his latest film?", "What is the longest film ever made?",
     "Most people I know hate horror films", "The latest film by Nolan bored me",
     "Best wishes for your film!"],
)  # fmt: skip
@pytest.mark.parametrize("which", ["telling", "plain"])
def test_other_talk_is_none(
    advisor: Advisor, plain: Advisor, ana: UserMemory, message: str, which: str
) -> None:
    assert not (advisor if which == "telling" else plain).is_asked(ana, message)


# -- why nothing is left --------------------------------------------------------------------


def test_each_cause_is_counted_and_what_it_would_bring(plain: Advisor, ana: UserMemory) -> None:
    found = plain.advise(ana, "a comedy from before 1970")

    assert found.recommendations == ()
    assert notes(found) == [
        "20 of 20 are not from 1969 or before; without that, 5 would fit",
        "15 of 20 are not Comedy",
    ]


def test_what_memory_rules_out_and_what_is_known_are_told_apart(
    plain: Advisor, ana: UserMemory
) -> None:
    claim = ana.remember("Ana cannot stand horror films.", evidence=None, author="user")
    for film in films():
        if film.id[0] != "h":
            ana.feedback.record(film.id, film.title, 1.0)

    assert claim is not None
    found = plain.advise(ana, "Recommend me a film.")

    assert [(note.text, note.memory) for note in found.notes] == [
        ("15 of 20 are known to you already; with those, 15 would fit", None),
        ("5 of 20 are Horror, which you rule out; with those, 5 would fit", claim.id),
    ]


def test_causes_speak_of_people_and_lands_as_people_do(advisor: Advisor, ana: UserMemory) -> None:
    found = notes(advisor.advise(ana, "a Korean film by Moor under 80 minutes, not with King"))

    assert set(found[1:]) <= {
        "20 of 20 are not of runtime 79 or less", "16 of 20 are with Jo King, which you rule out",
        "16 of 20 are not from South Korea", "15 of 20 are not by Ida Moor",
        "16 of 20 are with Ana Bell, which you rule out",
    }  # fmt: skip
    assert len(found) == 5


@pytest.mark.parametrize(
    ("message", "shorter"),
    [("shorter ones, please", True), ("not that long", True), ("too long", True),
     ("something longer than that", False), ("No, longer!", False), ("even longer", False)],
)  # fmt: skip
def test_shorter_and_longer_are_so_than_the_middle_of_the_last_list(
    advisor: Advisor, store: MemoryStore, message: str, shorter: bool
) -> None:
    with Assistant(store=store, catalogue=advisor, reflect="manual") as assistant:
        first = assistant.turn("ana", "Recommend me films between 100 and 150 minutes.")
        second = assistant.turn("ana", message)
        third = assistant.turn("ana", "Others, please.")

    middle = sorted(lengths(Advice(first.recommended)))[2]
    replies = [second, third] if shorter else [second]
    for reply in replies:
        found = lengths(Advice(reply.recommended))
        assert found
        assert all(each < middle if shorter else each > middle for each in found)
    if not shorter:  # they are used up by then
        assert third.recommended == ()


def test_where_no_cause_alone_is_to_blame_that_is_said(plain: Advisor, ana: UserMemory) -> None:
    for film in films():
        ana.feedback.record(film.id, film.title, 1.0)

    found = notes(plain.advise(ana, "a comedy from before 1970"))

    assert found[0] == "no single condition is to blame: let go of more than one"
    assert set(found[1:]) == {
        "20 of 20 are not from 1969 or before", "20 of 20 are known to you already",
        "15 of 20 are not Comedy",
    }  # fmt: skip


def test_conditions_of_the_caller_are_among_the_causes(plain: Advisor, ana: UserMemory) -> None:
    where = ItemFilter((Condition("genre", ("Romance",)),))

    assert notes(plain.advise(ana, "a comedy", where=where)) == [
        "15 of 20 are not Comedy; without that, 5 would fit",
        "15 of 20 are not Romance; without that, 5 would fit",
    ]


def test_numbers_of_a_shortage_are_true(advisor: Advisor, store: MemoryStore) -> None:
    """What a note says would fit does fit, once the condition is gone."""
    bo = store.user("bo")
    [first, *_] = notes(advisor.advise(bo, "a comedy under 100 minutes"))
    without = advisor.advise(bo, "a comedy", k=20)

    assert first == "16 of 20 are not of runtime 99 or less; without that, 5 would fit"
    assert len(without.recommendations) == 5


def test_ids_of_the_caller_that_let_nothing_pass_let_nothing_pass(
    advisor: Advisor, ana: UserMemory
) -> None:
    nothing = ItemFilter(only=frozenset())

    assert advisor.advise(ana, "something popular", where=nothing).recommendations == ()
    assert advisor.advise(ana, "a film", where=nothing).recommendations == ()


def test_what_is_compared_with_is_the_last_list_alone_where_replies_were_forgotten(
    advisor: Advisor, ana: UserMemory
) -> None:
    every = telling()
    for at, some in enumerate([every[:3], every[-1:]]):
        ana.feedback.shown(
            [(film.id, film.title) for film in some],
            thread="t",
            at=ana.now() - timedelta(hours=2 - at),
        )

    # The last list is Slow Waltz, of 175 minutes; the one before had films of 80.
    found = lengths(advisor.advise(ana, "shorter ones, please", k=20, thread="t"))

    assert max(found) > 150
