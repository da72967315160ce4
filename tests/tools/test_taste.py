"""What a recommender is asked for a user: their claims, their verdicts, their words of now."""

from collections.abc import Iterator, Mapping
from typing import Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from usermind import UserMemory
from usermind.tools.interactions import InteractionLog
from usermind.tools.item_filter import Condition
from usermind.tools.items import Item, ItemTable
from usermind.tools.mentions import PLACES, Mentioned, Mentions
from usermind.tools.recommenders import Recommender, UserQuery
from usermind.tools.recommenders.recommender import Progress, Scores
from usermind.tools.taste import BESIDE_AN_EXAMPLE, Taste, taste
from usermind.tools.wishes import Utterance

FILMS = [
    ("kestrel", "Kestrel (1979)", ("Horror", "Sci-Fi")),
    ("frost", "Frost (1995)", ("Crime", "Thriller")),
    ("armada", "Armada (1997)", ("Drama", "Romance")),
    ("miller", "Quiet Miller (2001)", ("Comedy",)),
    ("orbit", "Long Orbit, The (2014)", ("Sci-Fi",)),
    ("trench", "Trench Song (1967)", ("War",)),
    ("lark", "Lark Street (1993)", ("Comedy", "Romance")),
    ("pew", "Empty Pew, The (2004)", ("Religion", "Drama")),
    ("gate", "Gate of Ash (1985)", ("Horror",)),
    ("tango", "Tango in March (1952)", ("Musical",)),
]
TABLE = ItemTable(
    Item(id_, title, attributes={"genre": genres, "year": float(title[-5:-1])})
    for id_, title, genres in FILMS
)
MENTIONS = Mentions(TABLE, ("film", "movie", "watch"))


def told(ana: UserMemory, *messages: str) -> None:
    for text in messages:
        ana.observe(text)
    ana.reflect()


def said(*messages: str) -> list[Utterance]:
    return [Utterance(message) for message in messages]


def passing(found: Taste) -> set[str]:
    return {TABLE.ids[row] for row in np.flatnonzero(found.where.mask(TABLE))} - found.where.exclude


def values(found: Taste, polarity: int = 1) -> set[str | None]:
    return {each.value for each in found.query.preferences if each.polarity == polarity}


def weights(found: Taste) -> dict[str, float]:
    return {event.item_id: event.weight for event in found.query.events}


# -- claims -------------------------------------------------------------------------------


def test_a_claim_is_read_once_and_not_again(
    ana: UserMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    mentions, read = Mentions(TABLE, ("film", "movie", "watch")), list[str]()
    find = Mentions.find

    def counted(self: Mentions, text: str, *, places: int = PLACES) -> Mentioned:
        read.append(text)
        return find(self, text, places=places)

    monkeypatch.setattr(Mentions, "find", counted)
    told(ana, "I love Kestrel.", "I can't stand horror.", "I hate cold coffee.")
    claims = {each.text for each in ana.propositions.list()}

    first = taste(ana, mentions, "")
    assert claims <= set(read)
    read.clear()
    again = taste(ana, mentions, "")

    assert claims.isdisjoint(read)
    assert weights(first).keys() == weights(again).keys() == {"kestrel"}
    assert [(each.text, each.value, each.hard) for each in again.query.preferences] == [
        (each.text, each.value, each.hard) for each in first.query.preferences
    ]


def test_what_the_user_loves_and_cannot_stand_is_linked_to_the_catalogue(ana: UserMemory) -> None:
    told(ana, "I love science fiction but I can't stand horror.")

    found = taste(ana, MENTIONS, "")

    likes, hates = found.query.preferences
    assert (likes.attribute, likes.value, likes.polarity, likes.hard) == (
        "genre", "Sci-Fi", 1, False,
    )  # fmt: skip
    assert (hates.value, hates.polarity, hates.hard) == ("Horror", -1, True)
    assert found.where.conditions == (Condition("genre", none_of=("Horror",)),)
    for each in found.query.preferences:
        assert each.memory is not None
        assert ana.propositions.get(each.memory).text == each.text


@pytest.mark.parametrize(
    ("message", "item", "likes"),
    [
        ("My favourite film is Frost.", "frost", True),
        ("My favorite movies are Frost and Quiet Miller.", "miller", True),
        ("I love The Long Orbit.", "orbit", True),
        ("I'm a huge fan of Kestrel.", "kestrel", True),
        ("I hate Armada.", "armada", False),
        ("I can't stand Armada.", "armada", False),
    ],
)
def test_a_claim_about_an_item_is_an_event_that_cites_it(
    ana: UserMemory, message: str, item: str, likes: bool
) -> None:
    told(ana, message)

    event = next(e for e in taste(ana, MENTIONS, "").query.events if e.item_id == item)

    assert (event.weight > 0) is likes
    assert event.source == "profile"
    assert event.memory in {claim.id for claim in ana.propositions.list()}


@pytest.mark.parametrize(
    "message",
    [
        "My girlfriend loves musicals.",
        "I love hiking.",
        "My favourite colour is Frost.",
        "I love my children.",
        "I used to love horror.",
        "I have a sister called Kestrel.",
        "I moved to Armada in May.",
    ],
)
def test_what_is_not_about_the_catalogues_things_says_nothing(
    ana: UserMemory, message: str
) -> None:
    told(ana, message)

    found = taste(ana, MENTIONS, "")

    assert (found.query.events, found.query.preferences, found.where.conditions) == ((), (), ())


def test_a_comparison_is_a_leaning_and_no_condition(ana: UserMemory) -> None:
    told(ana, "I prefer comedies to dramas.")

    found = taste(ana, MENTIONS, "")

    assert (values(found), values(found, -1)) == ({"Comedy"}, {"Drama"})
    assert found.where.conditions == ()
    assert all(each.confidence < 0.6 for each in found.query.preferences)


def test_a_word_that_says_other_things_makes_no_condition(ana: UserMemory) -> None:
    told(ana, "I hate war.")
    assert taste(ana, MENTIONS, "").where.conditions == ()

    told(ana, "I never watch war films.")
    assert taste(ana, MENTIONS, "").where.conditions == (Condition("genre", none_of=("War",)),)


def test_a_liking_that_links_to_nothing_is_kept_in_words(ana: UserMemory) -> None:
    told(ana, "I enjoy quiet films about the sea.", "I like films from the 90s.")

    words, years = taste(ana, MENTIONS, "").query.preferences

    assert (words.text, words.attribute) == ("Ana enjoys quiet films about the sea.", None)
    assert (years.attribute, years.least, years.most) == ("year", 1990, 1999)
    assert [TABLE.ids[row] for row in np.flatnonzero(years.mask(TABLE))] == [
        "frost", "armada", "lark",
    ]  # fmt: skip


def test_who_cannot_stand_romantic_comedies_may_be_shown_others(ana: UserMemory) -> None:
    told(ana, "I can't stand romantic comedies.")

    found = taste(ana, MENTIONS, "")

    assert passing(found) == set(TABLE.ids) - {"lark"}
    assert [(p.value, p.hard, p.confidence < 0.5) for p in found.query.preferences] == [
        ("Romance", False, True), ("Comedy", False, True),
    ]  # fmt: skip
    assert "lark" in passing(taste(ana, MENTIONS, "a comedy, please"))


def test_a_claim_that_was_given_up_no_longer_counts(ana: UserMemory) -> None:
    told(ana, "I love horror films.")
    assert values(taste(ana, MENTIONS, "")) == {"Horror"}
    (claim,) = ana.propositions.list()

    ana.propositions.correct(claim.id, "Ana hates horror films.")

    found = taste(ana, MENTIONS, "")
    assert (values(found), values(found, -1)) == (set(), {"Horror"})


def test_what_was_forgotten_no_longer_counts(ana: UserMemory) -> None:
    told(ana, "I can't stand horror.")
    (claim,) = ana.propositions.list()

    ana.propositions.forget(claim.id)

    assert taste(ana, MENTIONS, "").query == UserQuery()


def test_a_request_of_its_own_ends_what_was_asked_for_before(ana: UserMemory) -> None:
    earlier = said("Recommend me a comedy from the 90s", "nothing with horror")

    anew = taste(ana, MENTIONS, "Any good thriller films?", earlier=earlier)
    goes_on = taste(ana, MENTIONS, "Any other good films?", earlier=earlier)

    assert {each.attribute for each in anew.where.conditions if each.any_of or each.least} == {
        "genre"
    }
    assert any(each.least for each in goes_on.where.conditions)
    for found in (anew, goes_on):
        assert Condition("genre", none_of=("Horror",)) in found.where.conditions


def test_an_example_counts_more_than_all_else_that_was_liked(ana: UserMemory) -> None:
    ana.feedback.record("armada", "Armada (1997)", 1.0)

    found = taste(ana, MENTIONS, "something like Kestrel")

    assert weights(found) == {"armada": BESIDE_AN_EXAMPLE, "kestrel": 1.0}


def test_what_an_earlier_message_says_cites_it(ana: UserMemory) -> None:
    found = taste(ana, MENTIONS, "a film, please", earlier=[Utterance("I love Kestrel.", "o7")])

    assert [(event.item_id, event.memory) for event in found.query.events] == [("kestrel", "o7")]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Recommend me a film for tonight", ""),
        ("A comedy from the 90s, please", ""),
        ("a comedy about time travel", "a comedy about time travel"),
        ("something slow and melancholic", "something slow and melancholic"),
    ],
)
def test_words_count_where_they_say_more_than_their_names(
    ana: UserMemory, message: str, words: str
) -> None:
    assert taste(ana, MENTIONS, message).query.text == words


def test_an_uncertain_title_weighs_half_and_is_noted(ana: UserMemory) -> None:
    told(ana, "I love Kestral.")

    found = taste(ana, MENTIONS, "")

    assert 0.4 < weights(found)["kestrel"] < 0.5
    assert found.notes == ()  # it was told when it was said
    now = taste(ana, MENTIONS, "something like Kestral")
    assert now.notes == ("“Kestral” was taken for Kestrel (1979)",)


def test_a_user_without_memory_is_asked_about_politely(ana: UserMemory) -> None:
    found = taste(ana, MENTIONS, "a comedy, please")

    assert values(found) == {"Comedy"}
    assert not ana.exists
    assert taste(ana, MENTIONS, "").query == UserQuery()


# -- verdicts -----------------------------------------------------------------------------


def test_a_verdict_counts_before_the_claim_and_cites_its_message(ana: UserMemory) -> None:
    told(ana, "I love Kestrel.")
    verdict = ana.feedback.record("kestrel", "Kestrel (1979)", -0.5)
    assert verdict is not None

    (event,) = taste(ana, MENTIONS, "").query.events

    assert (event.item_id, event.weight, event.source) == ("kestrel", -0.5, "log")
    assert (event.memory, event.at) == (verdict.observation, verdict.at)


def test_the_latest_verdict_counts_and_what_the_catalogue_lost_does_not(ana: UserMemory) -> None:
    ana.feedback.record("frost", "Frost (1995)", -1.0)
    ana.feedback.record("gone", "Gone (1999)", 1.0)
    ana.feedback.record("frost", "Frost (1995)", 1.0)

    assert weights(taste(ana, MENTIONS, "")) == {"frost": 1.0}


def test_a_claim_made_of_a_verdict_counts_no_second_time(ana: UserMemory) -> None:
    ana.feedback.record("kestrel", "Kestrel (1979)", 0.5)
    ana.reflect()
    assert ana.propositions.list()

    found = taste(ana, MENTIONS, "")

    assert (weights(found), found.query.preferences) == ({"kestrel": 0.5}, ())


def test_words_of_now_count_before_verdicts(ana: UserMemory) -> None:
    ana.feedback.record("armada", "Armada (1997)", -1.0)

    again = taste(ana, MENTIONS, "Something like Armada, I loved Armada this time")
    seen = taste(ana, MENTIONS, "I've already seen Armada")

    assert weights(again) == {"armada": 1.0}
    assert "not what you said of it before" in again.notes[0]
    assert weights(seen) == {"armada": -1.0}


@pytest.mark.parametrize(
    ("message", "genre"),
    [
        ("Musicals are not my thing.", "Musical"),
        ("I'm tired of horror films.", "Horror"),
        ("enough horror for a lifetime", "Horror"),
        ("I never watch musicals.", "Musical"),
        ("I can't get into musicals.", "Musical"),
        ("No horror, ever.", "Horror"),
        ("I'm not a horror fan.", "Horror"),
        ("I'm not a fan of romance.", "Romance"),
        ("I'm not into war.", "War"),
    ],
)
def test_a_distaste_in_general_rules_out_in_any_conversation(
    ana: UserMemory, message: str, genre: str
) -> None:
    told(ana, message)

    found = taste(ana, MENTIONS, "a film?")

    assert found.where.conditions == (Condition("genre", none_of=(genre,)),)
    assert values(found, -1) == {genre}


def test_what_is_not_really_liked_is_left_to_the_ranking(ana: UserMemory) -> None:
    told(ana, "Musicals aren't really my thing.")

    found = taste(ana, MENTIONS, "")

    assert (values(found, -1), found.where.conditions) == ({"Musical"}, ())


@pytest.mark.parametrize(
    ("message", "likes"),
    [
        ("No horror please", set[str]()),
        ("I never watch musicals alone.", set()),
        ("I'm not tired of horror films.", set()),
        ("I can't get enough of horror.", {"Horror"}),
        ("I'm a huge horror fan.", {"Horror"}),
    ],
)
def test_what_only_sounds_like_a_distaste_rules_nothing_out(
    ana: UserMemory, message: str, likes: set[str]
) -> None:
    told(ana, message)

    found = taste(ana, MENTIONS, "")

    assert (values(found), values(found, -1), found.where.conditions) == (likes, set(), ())


# -- the message --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("no horror tonight", {id_ for id_, _, of in FILMS if "Horror" not in of}),
        ("anything but war films", {id_ for id_, _, of in FILMS if "War" not in of}),
        ("a comedy from the 90s", {"lark"}),
        ("a romance, but no comedies", {"armada"}),
        ("a comedy or a thriller", {"miller", "lark", "frost"}),
        ("something older than 1960", {"tango"}),
        ("a film between 1980 and 1994", {"lark", "gate"}),
        ("nothing before 1990, please, and no dramas", {"frost", "miller", "orbit", "lark"}),
        ("no films from the 90s", {id_ for id_, title, _ in FILMS if "(199" not in title}),
        ("I'd rather not see a horror film", {id_ for id_, _, of in FILMS if "Horror" not in of}),
        ("anything but a drama from the 90s", set(TABLE.ids) - {"armada"}),
        ("no romantic comedies", set(TABLE.ids) - {"lark"}),
        ("no romances or comedies", set(TABLE.ids) - {"lark", "armada", "miller"}),
        ("My husband hates horror, I like it.", set(TABLE.ids)),
        ("I've already seen Frost", set(TABLE.ids) - {"frost"}),
        ("something like Kestrel but not scary", set(TABLE.ids) - {"kestrel", "gate"}),
        ("what is the weather like?", set(TABLE.ids)),
        ("There was no drama at work today.", set(TABLE.ids)),
        ("My kids hate musicals.", set(TABLE.ids)),
    ],
)  # fmt: skip
def test_words_of_now_are_conditions(ana: UserMemory, message: str, ids: set[str]) -> None:
    assert passing(taste(ana, MENTIONS, message)) == ids


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Something like Kestrel", {"kestrel": 1.0}),
        ("I loved Frost and The Long Orbit, but Armada bored me.",
         {"frost": 1.0, "orbit": 1.0, "armada": -1.0}),
        ("I watched Armada yesterday and hated it.", {"armada": -1.0}),
        ("I've already seen Frost.", {"frost": 0.0}),
        ("Anything but Armada!", {"armada": -0.5}),
        ("How about Frost?", {}),
        ("Armada 2/5, Frost: 9/10", {"armada": -0.5, "frost": 0.8}),
        ("I'd give Armada three stars.", {"armada": 0.0}),
        ("I love Frost but not Armada.", {"frost": 1.0, "armada": -0.5}),
        ("I love Armada, not.", {}),
    ],
)  # fmt: skip
def test_items_that_the_message_names_are_events_of_the_chat(
    ana: UserMemory, message: str, expected: dict[str, float]
) -> None:
    found = taste(ana, MENTIONS, message, observation="o7")

    assert weights(found) == expected
    assert {event.source for event in found.query.events} <= {"chat", "example"}
    assert all(event.memory == "o7" for event in found.query.events)


def test_a_remembered_ban_holds_until_the_user_asks_for_it(ana: UserMemory) -> None:
    told(ana, "I can't stand horror.")

    plain, asked = (taste(ana, MENTIONS, text) for text in ("a film?", "a horror film tonight"))

    assert not {"kestrel", "gate"} & passing(plain)
    assert passing(asked) == {"kestrel", "gate"}
    assert asked.notes == (
        "you ask for Horror now, so “Ana cannot stand horror.” does not count this time",
    )
    assert not {"kestrel", "gate"} & passing(taste(ana, MENTIONS, "a film?"))


def test_what_was_said_earlier_goes_on(ana: UserMemory) -> None:
    earlier = said("a comedy, please", "no, not from before 2000")

    assert passing(taste(ana, MENTIONS, "hm", earlier=earlier)) == {"miller"}
    assert passing(taste(ana, MENTIONS, "a thriller instead", earlier=earlier[:1])) == {"frost"}
    assert passing(taste(ana, MENTIONS, "a horror film after all", earlier=said("no horror"))) == {
        "kestrel", "gate",
    }  # fmt: skip


def test_not_these_leaves_out_what_was_shown(ana: UserMemory) -> None:
    found = taste(ana, MENTIONS, "Not these, something else", earlier=said("a comedy"),
                  shown=["miller"])  # fmt: skip

    assert passing(found) == {"lark"}
    assert found.query.session == ("miller",)


def test_what_is_refused_is_no_part_of_the_words(ana: UserMemory) -> None:
    text = "Something quiet about the sea, but no horror"

    assert taste(ana, MENTIONS, text).query.text == "Something quiet about the sea"


# -- blind --------------------------------------------------------------------------------

TASTE_OF_FILMS = ("I love science fiction.", "I can't stand horror.", "My favourite film is Frost.")
SENSITIVE = (
    "I have diabetes.",
    "I am gay.",
    "I go to church every Sunday.",
    "I love religious films.",
    "I enjoy films about Catholic priests.",
    "I vote for the socialist party.",
    "I was diagnosed with depression.",
)


def _without_ids(query: UserQuery) -> object:
    return (
        [(e.item_id, round(e.weight, 6), e.source) for e in query.events],
        [(p.text, p.polarity, p.attribute, p.value, p.hard) for p in query.preferences],
        query.text,
    )


def test_sensitive_facts_change_neither_query_nor_ranking(ana: UserMemory) -> None:
    told(ana, *TASTE_OF_FILMS)
    before = taste(ana, MENTIONS, "what should I watch?")
    told(ana, *SENSITIVE)
    assert len(ana.propositions.list()) >= 8
    after = taste(ana, MENTIONS, "what should I watch?")

    assert _without_ids(after.query) == _without_ids(before.query)
    assert after.where == before.where
    ranked = [
        [each.item.id for each in ByPreference().fit(_log()).recommend(found.query, 9, found.where)]
        for found in (before, after)
    ]
    assert ranked[0] == ranked[1]
    assert "orbit" in ranked[0][:1]


def test_they_count_where_the_message_speaks_of_them_or_nobody_asked_for_blindness(
    ana: UserMemory,
) -> None:
    told(ana, *SENSITIVE)
    likes = "Ana enjoys films about Catholic priests."

    def texts(message: str, *, blind: bool = True) -> set[str]:
        found = taste(ana, MENTIONS, message, blind=blind)
        return {each.text for each in found.query.preferences}

    assert likes not in texts("a film for tonight")
    assert likes in texts("something that fits my religion")
    assert likes in texts("a film for tonight", blind=False)


def test_a_reason_tells_what_is_liked_and_not_why(ana: UserMemory) -> None:
    told(ana, "I love comedies.")
    (claim,) = ana.propositions.list()
    ana.propositions.correct(claim.id, "Ana loves comedies because of her depression.")

    (likes,) = taste(ana, MENTIONS, "").query.preferences

    assert (likes.value, likes.text, likes.memory) == ("Comedy", "likes comedies", claim.id)


# -- bans ---------------------------------------------------------------------------------


class ByPreference(Recommender):
    """Scores an item by the preferences that speak of it; ties by the table."""

    name = "by preference"

    def __init__(self, noise: NDArray[np.float32] | None = None) -> None:
        self.noise = noise

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        self.items = log.items
        return self

    def scores(self, query: UserQuery) -> Scores:
        found = np.zeros(len(self.items), dtype=np.float32)
        for each in query.preferences:
            found += each.polarity * each.confidence * each.mask(self.items)
        return found if self.noise is None else self.noise

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        return {}

    def settings(self) -> Mapping[str, float | int | str | bool]:
        return {}

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        return cls()


def _log() -> InteractionLog:
    return InteractionLog.of(TABLE, [])


GENRES = {
    "horror films": "Horror", "comedies": "Comedy", "war films": "War", "musicals": "Musical",
    "thrillers": "Thriller", "sci-fi": "Sci-Fi", "drama films": "Drama",
}  # fmt: skip
REFUSALS = st.sampled_from(
    ["no {}", "Nothing with {}, please.", "anything but {}", "I can't stand {}.", "I hate {}",
     "I don't want {}.", "Something good, but not {}", "please don't recommend me {}"]
)  # fmt: skip


@given(
    said=st.sampled_from(sorted(GENRES)),
    refusal=REFUSALS,
    scores=st.lists(st.floats(-1e6, 1e6, width=32), min_size=len(TABLE), max_size=len(TABLE)),
    k=st.integers(1, 12),
)
def test_what_is_refused_never_comes_whatever_the_ranking(
    nobody: UserMemory, said: str, refusal: str, scores: list[float], k: int
) -> None:
    found = taste(nobody, MENTIONS, refusal.format(said))
    ranking = ByPreference(np.array(scores, dtype=np.float32)).fit(_log())

    shown = ranking.recommend(found.query, k, found.where)

    assert shown
    assert all(GENRES[said] not in each.item.words("genre") for each in shown)


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UserMemory]:
    """A user of whom nothing is known, for properties that are tried many times."""
    from usermind import MemoryStore

    with MemoryStore(tmp_path_factory.mktemp("taste") / "store", embedder="lexical") as store:
        yield store.user("nobody")


@given(st.text(max_size=80), st.lists(st.text(max_size=30), max_size=2))
def test_any_message_is_understood_somehow(
    nobody: UserMemory, message: str, earlier: list[str]
) -> None:
    found = taste(nobody, MENTIONS, message, earlier=said(*earlier))

    assert all(-1 <= event.weight <= 1 for event in found.query.events)
    assert found.where.mask(TABLE).shape == (len(TABLE),)
