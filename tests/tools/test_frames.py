"""What sentences make of views and conditions: facts are kept, and nothing is turned around.

Each sentence stands for a class: a view that is denied, doubted, wished, reported, past or of a
part of a work is no verdict; a condition that is denied is refused or said not to count.
"""

from collections.abc import Iterator
from itertools import count

import pytest

from usermind import MemoryStore, UserMemory
from usermind.tools import Catalogue, Item
from usermind.tools.advisor import Advisor
from usermind.tools.interactions import Interaction
from usermind.tools.mentions import Mentions
from usermind.tools.taste import taste

FILMS = (
    ("frost", "Frost (1995)", ("Crime",), 1995, 170, "English", "USA"),
    ("kestrel", "Kestrel (1979)", ("Horror", "Sci-Fi"), 1979, 117, "English", "USA"),
    ("lantern", "Lantern Keeper, The (1999)", ("Sci-Fi",), 1999, 136, "English", "USA"),
    ("otter", "Otter Bay (1975)", ("Horror",), 1975, 124, "English", "USA"),
    ("marine", "Marine Blue (1997)", ("Romance",), 1997, 194, "English", "USA"),
    ("lune", "Lune (2001)", ("Comedy", "Romance"), 2001, 122, "French", "France"),
    ("lauf", "Lauf (1998)", ("Thriller",), 1998, 81, "German", "Germany"),
    ("glee", "Glee Street (1978)", ("Musical",), 1978, 110, "English", "USA"),
    ("ghoul", "Ghoul Party (2004)", ("Comedy", "Horror"), 2004, 99, "English", "UK"),
    ("pie", "Pie Thrower (2017)", ("Comedy",), 2017, 94, "English", "USA"),
    ("tower", "Tower City (1927)", ("Sci-Fi",), 1927, 153, "German", "Germany"),
    ("unknown", "Mossy (2010)", ("Drama",), None, None, "English", "USA"),
)
ALL = frozenset(id_ for id_, *_ in FILMS)


def _of(*genres: str) -> frozenset[str]:
    return frozenset(id_ for id_, _, of, *_ in FILMS if set(of) & set(genres))


def _years(first: int, last: int) -> frozenset[str]:
    return frozenset(id_ for id_, *_, year, _, _, _ in FILMS if year and first <= year <= last)


def _minutes(least: int, most: int) -> frozenset[str]:
    return frozenset(id_ for id_, *_, long, _, _ in FILMS if long and least <= long <= most)


@pytest.fixture(scope="module")
def advisor(tmp_path_factory: pytest.TempPathFactory) -> Advisor:
    catalogue = Catalogue(tmp_path_factory.mktemp("films"), embedder="lexical")
    catalogue.add(
        [
            Item(
                id_,
                title,
                f"A {genres[0].lower()} film.",
                {"genre": genres, "language": (language,), "country": (country,)}
                | ({"year": float(year)} if year else {})
                | ({"runtime": float(long)} if long else {}),
            )
            for id_, title, genres, year, long, language, country in FILMS
        ]
    )
    catalogue.add_interactions(
        [
            Interaction(f"p{person}", FILMS[(3 * person + step) % len(FILMS)][0], 1.0, 60.0 * step)
            for person in range(40)
            for step in range(4)
        ]
    )
    catalogue.things = ("film", "films", "movie", "movies", "watch")
    return Advisor(catalogue)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryStore]:
    with MemoryStore(tmp_path_factory.mktemp("memory"), embedder="lexical") as store:
        yield store


_NUMBERS = count()


@pytest.fixture
def ana(store: MemoryStore) -> UserMemory:
    """Return a user of whom nothing is known."""
    return store.user(f"ana{next(_NUMBERS)}")


def kept(advisor: Advisor, ana: UserMemory, text: str) -> dict[str, float]:
    observation = ana.observe(text).id
    assert observation is not None
    events = advisor.listen(ana, text, observation=observation)
    assert {each.item_id for each in events} == {each.item_id for each in ana.feedback.list()}
    return {each.item_id: each.weight for each in events}


@pytest.mark.parametrize(
    "text",
    [
        # denied, doubted, left open
        "I can't say I liked Kestrel.",
        "I can’t say that I liked Kestrel.",
        "I'm not sure I liked Kestrel.",
        "I doubt I liked Kestrel.",
        "I doubt, to be honest, that I liked Kestrel.",
        "I don't know if I liked Kestrel.",
        "I don't think I liked Kestrel.",
        "I never said I liked Kestrel.",
        "It's not true that I hated Kestrel.",
        "It is not that I hated Kestrel.",
        "It would be wrong to say I hated Kestrel.",
        "It's possible that I liked Kestrel.",
        "Maybe I loved Kestrel.",
        "I don't exactly love Kestrel.",
        "I hardly liked Kestrel.",
        "I almost loved Kestrel.",
        "I haven't liked Kestrel.",
        "My favourite film is not Kestrel.",
        "I'm not convinced Kestrel is great.",
        # wished, pretended, tried
        "I wish I had liked Kestrel.",
        "I wish I had watched Kestrel and loved it.",
        "I can't pretend I loved Kestrel.",
        "I pretended I loved Kestrel.",
        "I tried to like Kestrel.",
        "I'm supposed to love Kestrel.",
        "I hope I love Kestrel.",
        "Imagine I loved Kestrel.",
        "Had I loved Kestrel, I would have told you.",
        # still to come
        "I will probably love Kestrel.",
        "I would hate Kestrel.",
        "I'd hate to see Kestrel.",
        "I might have loved Kestrel.",
        "Kestrel would be great.",
        "Kestrel sounds boring.",
        # of others, and asked
        "My friend thinks I hate Kestrel.",
        "People assume I love Kestrel.",
        "My brother made me say I loved Kestrel.",
        "I am told I loved Kestrel.",
        "Why did I love Kestrel so much",
        "Did I love Kestrel",
        # over
        "I thought I loved Kestrel, but I don't any more.",
        "I thought Kestrel was great, but now I don't.",
        "I once loved Kestrel.",
        "I no longer love Kestrel.",
        "There was a time I loved Kestrel.",
        # of something else, or of a part
        "I love that you recommended Kestrel.",
        "I hated how Kestrel ended.",
        "I love when Kestrel is on TV.",
        "The poster of Kestrel is great.",
        "The second half of Kestrel was boring.",
        "The sequel to Kestrel was great.",
        "I loved the soundtrack of Kestrel.",
        "I loved Kestrel's soundtrack.",
        "I hated the Kestrel poster.",
        "I love arguing about Kestrel.",
        "I watched the trailer of Kestrel.",
        "I walked out of the Kestrel remake.",
        # taken back
        "I loved Kestrel, just kidding.",
        "I loved Kestrel, said no one.",
        # not seen
        "I should have seen Kestrel by now.",
        "I may have seen Kestrel.",
    ],
)
def test_a_view_that_is_no_fact_is_not_kept(advisor: Advisor, ana: UserMemory, text: str) -> None:
    assert kept(advisor, ana, text) == {}


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("I have to say I loved Kestrel.", 1.0),
        ("I must admit that I hated Kestrel.", -1.0),
        ("I'm happy to say I loved Kestrel.", 1.0),
        ("I hate to say it, but I loved Kestrel.", 1.0),
        ("I can't deny I loved Kestrel.", 1.0),
        ("I can't believe how much I loved Kestrel.", 1.0),
        ("As you know, I love Kestrel.", 1.0),
        ("I know I loved Kestrel.", 1.0),
        ("I'm sure I hated Kestrel.", -1.0),
        ("Honestly I hated Kestrel.", -1.0),
        ("I've come to love Kestrel.", 1.0),
        ("I couldn't help but love Kestrel.", 1.0),
        ("I really did love Kestrel.", 1.0),
        ("I love that film Kestrel.", 1.0),
        ("I loved the film Kestrel.", 1.0),
        ("I loved watching Kestrel.", 1.0),
        ("Everything about Kestrel was great.", 1.0),
        ("I didn't love Kestrel, I adored it.", 1.0),
        ("I didn't think I would like Kestrel, but I loved it.", 1.0),
        ("I hated Kestrel as a kid but love it now.", 1.0),
        ("My wife loves Kestrel but I hated it.", -1.0),
        ("Yesterday I watched Kestrel and loved it.", 1.0),
        ("I thought Kestrel was great.", 1.0),
        ("I think Kestrel is overrated.", -1.0),
        ("I love the film Kestrel, which my friend hated.", 1.0),
        ("I gave Kestrel 8/10.", 0.6),
        # hedged: it counts half
        ("I think I loved Kestrel.", 0.5),
        ("I loved Kestrel, I think.", 0.5),
        ("I'd say I loved Kestrel.", 0.5),
        ("I loved Kestrel as a kid.", 0.5),
        ("I loved Kestrel until the end.", 0.5),
        # of those, one is meant
        ("I liked Kestrel more than Marine Blue.", 1.0),
    ],
)
def test_a_view_that_is_a_fact_is_kept(
    advisor: Advisor, ana: UserMemory, text: str, weight: float
) -> None:
    assert kept(advisor, ana, text) == {"kestrel": pytest.approx(weight)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # years
        ("a film that isn't from the 90s", ALL - _years(1990, 1999)),
        ("a film not made in the nineties", ALL - _years(1990, 1999)),
        ("a film that was never made in the 90s", ALL - _years(1990, 1999)),
        ("it shouldn't be from the 90s. A film please", ALL - _years(1990, 1999)),
        ("a film made neither in the 90s nor in the 70s",
         ALL - _years(1990, 1999) - _years(1970, 1979)),
        ("don't show me anything that's not from the 90s", _years(1990, 1999)),
        ("a film not older than 2010", _years(2010, 2100)),
        ("a film that isn't newer than 1980", _years(0, 1980)),
        ("something that wasn't made before 1990", _years(1990, 2100)),
        ("a film not from after 2000", _years(0, 2000)),
        ("a film, no westerns, not older than 2000", _years(2000, 2100)),
        # lengths
        ("a film that isn't longer than 100 minutes", _minutes(0, 100)),
        ("recommend a film that doesn't last longer than 100 minutes", _minutes(0, 100)),
        ("a film no longer than 100 minutes", _minutes(0, 100)),
        ("a film that isn't shorter than 2 hours", _minutes(120, 999)),
        # kinds
        ("Musicals make me vomit. Recommend a film", ALL - _of("Musical")),
        ("Horror films freak me out. Recommend a film", ALL - _of("Horror")),
        ("comedies aren't what I want. A film please", ALL - _of("Comedy")),
        ("I refuse to watch comedies. A film please", ALL - _of("Comedy")),
        ("Forget horror, recommend a comedy", _of("Comedy") - _of("Horror")),
        ("a film that isn't a musical", ALL - _of("Musical")),
        ("recommend a film that doesn't have horror in it", ALL - _of("Horror")),
        ("a film which is not a comedy, a musical or a romance",
         ALL - _of("Comedy", "Musical", "Romance")),
        ("recommend a film, I'd hate a horror film tonight", ALL - _of("Horror")),
        ("a film with neither horror nor romance", ALL - _of("Horror", "Romance")),
        ("a film from the 90s that isn't a romance", _years(1990, 1999) - _of("Romance")),
        # nations
        ("a film that is neither German nor French", ALL - {"lauf", "tower", "lune"}),
        ("a film that isn't in French or German", ALL - {"lauf", "tower", "lune"}),
        ("no films that aren't in French", {"lune"}),
        # what must still be heard
        ("a film from the 90s", _years(1990, 1999)),
        ("a film older than 1980", _years(0, 1979)),
        ("a film longer than 2 hours", _minutes(121, 999)),
        ("not only comedies, any film", _of("Comedy")),
        ("I don't know, a comedy maybe", _of("Comedy")),
        ("recommend a comedy to cheer me up", _of("Comedy")),
        ("a film, it should be from the 90s", _years(1990, 1999)),
        # beside a film that the message names
        ("a film older than Otter Bay", _years(0, 1974)),
        ("a film that isn't older than Otter Bay", _years(1975, 2100)),
        ("nothing older than Otter Bay, a film please", _years(1975, 2100)),
        ("a film shorter than Otter Bay", _minutes(0, 123)),
        ("a film no longer than “Otter Bay”", _minutes(0, 124)),
        ("a film released after Marine Blue", _years(1998, 2100)),
        ("something like The Lantern Keeper but older", _years(0, 1998)),
        ("something like The Lantern Keeper but a bit shorter", _minutes(0, 135)),
    ],
)  # fmt: skip
def test_a_condition_is_heard_as_it_is_meant(
    advisor: Advisor, ana: UserMemory, text: str, expected: frozenset[str]
) -> None:
    advice = advisor.advise(ana, text, k=len(FILMS))
    came = {each.item.id for each in advice.recommendations}
    undated = {"unknown"}  # of what is not told, a list may be silent

    assert came - undated == set(expected) - undated
    assert not any("did not count" in note.text for note in advice.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a film that doesn't remind me of horror", "remind me of horror"),
        ("a film that wouldn't be called horror", "horror"),
        ("a film, not necessarily a comedy", "comedy"),
        ("a film, doesn't have to be a comedy", "comedy"),
        ("Not that I want a comedy. A film please", "comedy"),
        ("nothing that isn't older than 2000, a film", "older than 2000"),
        ("a film older than Mossy", "older than Mossy"),
        ("a film shorter than Mossy", "shorter than Mossy"),
        ("a film older than Zorblax", "older than Zorblax"),
        ("something better than Otter Bay", "better than Otter Bay"),
        ("a film as long as Marine Blue", "as long as Marine Blue"),
    ],
)
def test_a_condition_of_unclear_sense_makes_none_and_is_told(
    advisor: Advisor, ana: UserMemory, text: str, words: str
) -> None:
    advice = advisor.advise(ana, text, k=len(FILMS))

    assert [n.text for n in advice.notes if words in n.text and "did not count" in n.text]
    assert len(advice.recommendations) >= len(ALL) - len(_of("Comedy"))


@pytest.mark.parametrize(
    "text",
    ["Otter Bay is older than Kestrel. Recommend a film",
     "I liked Kestrel more than Otter Bay. Recommend a film"],
    ids=["told", "liked"],
)  # fmt: skip
def test_a_comparison_that_is_told_asks_for_nothing(
    advisor: Advisor, ana: UserMemory, text: str
) -> None:
    advice = advisor.advise(ana, text, k=len(FILMS))

    assert {each.item.id for each in advice.recommendations} >= ALL - {"kestrel", "otter"}
    assert not any("did not count" in note.text for note in advice.notes)


@pytest.mark.parametrize(
    "text",
    ["I pretended I loved musicals. A film please", "I can't say I like musicals. A film please",
     "I'm not sure I hate musicals. A film please"],
)  # fmt: skip
def test_a_taste_that_is_no_fact_moves_no_list(
    advisor: Advisor, ana: UserMemory, text: str
) -> None:
    def listed(message: str) -> list[str]:
        found = advisor.advise(ana, message, k=len(FILMS)).recommendations
        return [each.item.id for each in found]

    assert listed(text) == listed("A film please")


@pytest.mark.parametrize(
    ("said", "polarity"),
    [("hardly likes", 0), ("tried to like", 0), ("pretended they loved", 0), ("loves", 1),
     ("has come to love", 1), ("cannot stand", -1)],
)  # fmt: skip
def test_a_claim_tells_a_taste_only_where_it_says_one(
    advisor: Advisor, ana: UserMemory, said: str, polarity: int
) -> None:
    ana.observe("I love horror films.")
    ana.reflect()
    (claim,) = ana.propositions.list()
    ana.propositions.correct(claim.id, f"{ana.display_name} {said} horror films.")

    mentions = Mentions(advisor.catalogue.snapshot().items, ("film",))
    told = [each.polarity for each in taste(ana, mentions, "").query.preferences]

    assert told == ([polarity] if polarity else [])


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("I pretended I loved horror films.", 0),
        ("I tried to like horror films.", 0),
        ("I can't say I like horror films.", 0),
        ("I'm not sure I like horror films.", 0),
        ("I doubt that I like horror films.", 0),
        ("I have to say I love horror films.", 1),
    ],
)
def test_claims_are_made_of_facts_alone(ana: UserMemory, text: str, claims: int) -> None:
    ana.observe(text)
    ana.reflect()

    assert len(ana.propositions.list()) == claims
