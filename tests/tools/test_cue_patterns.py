"""What messages say of films: what is a verdict, what is none, and how much each weighs."""

import pytest

from usermind.tools.items import Item, ItemTable
from usermind.tools.mentions import ItemMention, Mentions, ValueMention
from usermind.tools.requests import stated
from usermind.tools.wishes import Wish, wishes

FILMS = [
    ("frost", "Frost (1995)", ("Crime",)),
    ("kestrel", "Kestrel (1979)", ("Horror",)),
    ("lantern", "Lantern Keeper, The (1972)", ("Crime",)),
    ("emma", "Emma (1996)", ("Romance",)),
    ("song", "Frost Song (1952)", ("Musical", "Western")),
]
MENTIONS = Mentions(
    ItemTable(
        Item(id_, title, attributes={"genre": genres, "year": float(title[-5:-1])})
        for id_, title, genres in FILMS
    ),
    ("film", "movie", "watch"),
)
VIEWS = ("like", "dislike", "seen")


def said(text: str) -> dict[str, float]:
    """Return what a message's own statements say of films that are surely meant."""
    found = wishes(MENTIONS, stated(text)).items
    return {
        wish.mention.item_id: _weight(wish)
        for wish in found
        if isinstance(wish.mention, ItemMention) and wish.mention.sure and wish.kind in VIEWS
    }


def heard(text: str) -> dict[str, float]:
    """Return all that a message says of films for its conversation, sure or not."""
    found = wishes(MENTIONS, text).items
    return {
        wish.mention.item_id: _weight(wish)
        for wish in found
        if isinstance(wish.mention, ItemMention) and wish.kind in VIEWS
    }


def kinds(text: str) -> dict[str, str]:
    return {
        wish.mention.value: wish.kind
        for wish in wishes(MENTIONS, text).values
        if isinstance(wish.mention, ValueMention)
    }


def _weight(wish: Wish) -> float:
    if wish.weight is not None:
        return wish.weight
    return {"like": 1.0, "dislike": -1.0, "seen": 0.25}[wish.kind] * (0.5 if wish.mild else 1.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I couldn't finish Frost.", {"frost": -1.0}),
        ("We walked out of Frost after an hour.", {"frost": -1.0}),
        ("I fell asleep during Frost.", {"frost": -1.0}),
        ("I almost walked out of Frost.", {"frost": -0.5}),
        ("I gave up on the film Frost.", {"frost": -1.0}),
        ("2 out of 5 stars for Frost.", {"frost": -0.5}),
        ("Frost: 9/10", {"frost": 0.8}),
        ("Frost (1995) - 3.5/5", {"frost": 0.25}),
        ("Frost 4/5, Kestrel 2/5", {"frost": 0.5, "kestrel": -0.5}),
        ("I give Frost 4 stars.", {"frost": 0.5}),
        ("I'd give Frost 3 out of 5.", {"frost": 0.0}),
        ("I watched Frost last night, 4/5.", {"frost": 0.5}),
        ("My rating for Frost: 7/10", {"frost": 0.4}),
        ("Frost gets two stars from me.", {"frost": -0.5}),
        ("Frost is a masterpiece.", {"frost": 1.0}),
        ("I think Frost is overrated.", {"frost": -1.0}),
        ("I found Frost boring.", {"frost": -1.0}),
        ("We thought Kestrel was a masterpiece.", {"kestrel": 1.0}),
        ("worst film ever: Frost", {"frost": -1.0}),
        ("The best film I've seen this year is Frost.", {"frost": 1.0}),
        ("one of my favourites is Frost", {"frost": 1.0}),
        ("Not a fan of Kestrel.", {"kestrel": -1.0}),
        ("The Lantern Keeper put me to sleep.", {"lantern": -1.0}),
    ],
)
def test_a_verdict_is_heard_however_it_is_put(text: str, expected: dict[str, float]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I loved The Lantern Keeper and Frost.", {"lantern": 1.0, "frost": 1.0}),
        ("The Lantern Keeper, Frost and Kestrel are my favourites.",
         {"lantern": 1.0, "frost": 1.0, "kestrel": 1.0}),
        ("Frost and Kestrel were boring.", {"frost": -1.0, "kestrel": -1.0}),
        ("I loved Kestrel and Frost was boring.", {"kestrel": 1.0, "frost": -1.0}),
        ("I love Frost but not Kestrel.", {"frost": 1.0, "kestrel": -0.5}),
        ("I love Frost, not Kestrel.", {"frost": 1.0, "kestrel": -0.5}),
        ("Yes to Frost, no to Kestrel.", {"frost": 0.5, "kestrel": -0.5}),
        ("My wife says Frost is bad, but I loved it.", {"frost": 1.0}),
        ("I hated Kestrel, but loved Frost.", {"kestrel": -1.0, "frost": 1.0}),
        ("I watched Kestrel and Emma came over.", {"kestrel": 0.25}),
    ],
)  # fmt: skip
def test_a_list_is_heard_name_by_name(text: str, expected: dict[str, float]) -> None:
    assert said(text) == expected


def test_what_may_be_the_weather_counts_in_the_conversation_and_is_not_kept() -> None:
    for text in ("Frost was great.", "Frost yes, Kestrel no."):
        assert "frost" in heard(text)
        assert "frost" not in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "My brother hated Frost.",
        "My brother couldn't finish Frost.",
        "Bob hated Frost.",
        "He walked out of Frost.",
        "Everyone says Frost is overrated.",
        "My wife thinks Frost is a masterpiece.",
        "I heard Frost is a masterpiece.",
        "I was told Kestrel is great.",
        "According to the critics Frost is a masterpiece.",
        "Critics gave Frost 5 stars.",
        "IMDb: Frost 8/10",
        "Frost has 8/10 on IMDb.",
        "“Frost is a masterpiece,” said Bob.",
        'Bob said "Frost is a masterpiece".',
        "Did I like Frost?",
        "Was Frost great?",
        "what's the best film: Frost or Kestrel?",
        "If you loved Frost, watch this.",
        "If I had hated Frost, I would say so.",
        "I don't think Frost is a masterpiece.",
        "Frost is not overrated.",
        "I don't hate Frost.",
        "Not that I love Frost.",
        "I used to love Frost.",
        "I was in Frost.",
        "frost was great this summer",
        "The frost was great this summer.",
        "In Kestrel the crew can't finish the mission.",
        "I couldn't finish my homework, and Frost was on TV.",
        "I couldn't finish Frost tonight, it is too late.",
        "I never watched Frost.",
        "I rate Frost higher than Kestrel.",
        "2 tickets for Frost",
        "Frost: 2 hours 50",
        "Frost: 12/10",
        "I love Frost, not.",
        "I love Frost... NOT!",
        "Yeah right, Frost is a masterpiece.",
        "As if Frost was great.",
    ],
)
def test_no_verdict_is_heard_where_none_is_given(text: str) -> None:
    assert heard(text) == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("No horror please", "Horror"),
        ("Musicals are not my thing.", "Musical"),
        ("Musicals just aren't for me, sorry.", "Musical"),
        ("westerns don't do it for me", "Western"),
        ("I'm tired of horror films.", "Horror"),
        ("I'm done with westerns.", "Western"),
        ("enough horror for a lifetime", "Horror"),
        ("I've had enough of westerns.", "Western"),
        ("I can't get into westerns.", "Western"),
        ("I've never been into musicals.", "Musical"),
        ("I'm not a horror fan.", "Horror"),
        ("I'm no fan of romance.", "Romance"),
        ("Never again a musical.", "Musical"),
        ("I don't do horror.", "Horror"),
    ],
)
def test_a_kind_is_refused_however_it_is_put(text: str, value: str) -> None:
    assert kinds(text).get(value) in ("refuse", "dislike")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I can't get enough of horror.", "Horror"),
        ("I never get tired of westerns.", "Western"),
        ("I'm a huge horror fan.", "Horror"),
        ("I've always been a horror fan.", "Horror"),
    ],
)
def test_what_sounds_like_a_refusal_may_be_praise(text: str, value: str) -> None:
    assert kinds(text) == {value: "like"}


@pytest.mark.parametrize(
    "text",
    [
        "My mum is tired of horror films.",
        "They say westerns bore me.",
        "Musicals are not her thing.",
        "I'm not tired of horror films.",
        "I don't mind horror.",
        "I never watch musicals alone.",
        "There is enough horror in the world.",
        "I'm over the moon about westerns.",
        "I'm tired of work.",
        "I love musicals, not.",
        "Oh great, another musical.",
    ],
)
def test_no_kind_is_refused_or_wanted_where_nobody_says_so(text: str) -> None:
    assert kinds(text) == {}


def test_what_was_said_of_a_film_is_no_part_of_the_words_that_are_looked_for() -> None:
    assert wishes(MENTIONS, "Westerns bore me.").words == ""
    assert wishes(MENTIONS, "I'd give Frost 3 out of 5.").words == ""
