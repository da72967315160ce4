"""Which items of the last list a message points at, and what points at none; films and songs."""

import pytest

from usermind.tools.items import Item
from usermind.tools.places import listed, with_titles

FILMS = [
    listed(f"{title} ({year})", Item(title, title, attributes={"director": by, "genre": (kind,)}))
    for title, year, by, kind in (
        ("Heat", 1995, "Michael Mann", "Crime"),
        ("Alien", 1979, "Ridley Scott", "Horror"),
        ("Up", 2009, "Pete Docter", "Animation"),
        ("Blade Runner", 1982, "Ridley Scott", "Sci-Fi"),
        ("Amadeus", 1984, "Milos Forman", "Drama"),
    )
]
SONGS = [
    listed(title, Item(title, title, attributes={"artist": by, "year": float(year)}))
    for title, year, by in (
        ("1984", 1974, "David Bowie"),
        ("Jump", 1984, "Van Halen"),
        ("Hurt", 2002, "Johnny Cash"),
    )
]


def pointed(message: str) -> list[int]:
    """Return the places of the list of films that a message points at, in its order."""
    said = with_titles(message, FILMS)
    found = sorted((said.find(f"“{each.title}”"), place) for place, each in enumerate(FILMS, 1))
    return [place for at, place in found if at >= 0]


@pytest.mark.parametrize(
    ("message", "places"),
    [
        ("I liked the second one.", [2]),
        ("I've seen number 3", [3]),
        ("#1 bored me", [1]),
        ("number two sounds good", [2]),
        ("the last one was great", [5]),
        ("I'd take the 2nd one", [2]),
        ("how about the third?", [3]),
        ("the third is my favourite", [3]),
        ("I've seen 1, 3 and 5", [1, 3, 5]),
        ("Seen 1,3,5 already", [1, 3, 5]),
        ("I've seen 1 3 5", [1, 3, 5]),
        ("I've seen 1, 3 & 5, what else?", [1, 3, 5]),
        ("I've seen 1-3", [1, 2, 3]),
        ("I know 2 to 4", [2, 3, 4]),
        ("I've already seen 1 and 2. More like 3", [1, 2, 3]),
        ("1 and 3 I've seen", [1, 3]),
        ("numbers 1, 3 and 5 I know", [1, 3, 5]),
        ("I liked number 1 and number 4", [1, 4]),
        ("I've seen the first two.", [1, 2]),
        ("I hated the last three films", [3, 4, 5]),
        ("The second one I've seen already, the third I liked.", [2, 3]),
        ("the first and third I've seen", [1, 3]),
        ("I liked the second and the fourth.", [2, 4]),
        ("I've seen them all", [1, 2, 3, 4, 5]),
        ("I know all of these", [1, 2, 3, 4, 5]),
        ("seen all five", [1, 2, 3, 4, 5]),
        ("more like the second one please", [2]),
        ("something like 2", [2]),
        ("why 2?", [2]),
        ("why the last one?", [5]),
        ("not 1 and 2", [1, 2]),
        ("I loved the last one but one", [4]),
        ("the second to last one", [4]),
        ("I liked the last but one", [4]),
        ("I've seen 1, hated 2", [1, 2]),
        ("seen 3, loved 4, hated the last", [3, 4, 5]),
        ("I've seen 1 and 3, hated 4", [1, 3, 4]),
        ("not a fan of 4", [4]),
        ("2 was meh", [2]),
        ("I gave 1 five stars and 2 two stars", [1, 2]),
        ("why did you recommend 2?", [2]),
        ("1st one but with more action", [1]),
        ("the 1984 one", [5]),
        ("the one from 1982", [4]),
        ("the Mann one", [1]),
        ("the one by Pete Docter", [3]),
        ("the Blade Runner one", [4]),
        ("the horror one", [2]),
        ("the first one you suggested", [1]),
        ("number 2 on the list", [2]),
        ("no. 2 please", [2]),
        ("I loved no 3", [3]),
        ("I think number 2 is great", [2]),
        ("number 2 made me cry", [2]),
        ("number 1 and the last one I know", [1, 5]),
        # other things that were counted are told from those of the list
        ("I had two interviews. I liked the second film.", [2]),
        ("I've seen the two films, I liked the second one", [2]),
        ("Give me two films like the second one", [2]),
        ("I love horrors, more like the second one", [2]),
        ("My kids and I have seen 1, 3 and 5", [1, 3, 5]),
        ("I hated the last three films and liked the first", [3, 4, 5, 1]),
        ("I've seen it 3 times, the second one", [2]),
        ("I have two hours. Something like the third one", [3]),
    ],
)
def test_what_points_at_the_list_names_its_items(message: str, places: list[int]) -> None:
    assert pointed(message) == places
    assert with_titles(message, []) == message


@pytest.mark.parametrize(
    "message",
    [
        "I've seen number 9",
        "I've seen 1, 3 and 7",
        "I've seen 3",
        "I've seen 3 of them",
        "I saw 2 films",
        "I saw 2 and 3 year olds",
        "I have 3 kids",
        "I have 3 kids and love them all",
        "My kids are 1, 3 and 5",
        "see you at 5",
        "I woke up at 3",
        "I watched from 1 to 3",
        "It costs 2, 3 or 5",
        "I rated it 4",
        "I know 2 and 3 is 5",
        "I know both",
        "seen all three",
        "I saw it last week, the first time",
        "the last two years were hard",
        "The last film I saw was great",
        "the last one I saw was boring",
        "the first one my sister saw",
        "the last one Bob recommended",
        "The first thing I do is read",
        "I loved the first and only time",
        "I loved the second season",
        "I liked the first one, hated the sequel",
        "I read the first book of the trilogy",
        "It's the second one in the series",
        "she is the second one from the left",
        "I was the last but one in the race",
        "I've seen 3, loved 2",
        "I gave 3 stars",
        "2 is enough",
        "I love The Last One",
        "May the fourth be with you",
        "On the first I move house",
        "I love the first of May",
        "my number one priority",
        "I live at number 3",
        "my room number 2",
        "number 1 in my list of worries",
        "the other one",
        "the Scott one",
        "the 2001 one",
        "the wrong one",
        "I know no one",
        "I love no one but Sue",
        "I've read no one is coming",
        "Why is no one here?",
        "No two films are alike",
        "no 2 films are alike",
        "I like number two pencils",
        "I liked number 2 pencils",
        "I loved chapter number 3",
        "I hated exam number 2",
        "I know page number 4",
        "I'm the #1 fan",
        "I had two interviews today. I liked the second.",
        "I had two interviews today. I liked number 2.",
        "I tried 2 shampoos. I hated the first one",
        "We met several very kind people. I liked the third.",
        "My exams are over. I hated the first.",
        "I saw two films yesterday. I loved the second one.",
        "I read 1, 2 and 3 John in church",
        "I read the first and second Samuel",
    ],
)
def test_numbers_that_mean_something_else_point_at_nothing(message: str) -> None:
    assert with_titles(message, FILMS) == message


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("I know the second track", "I know “Jump”"),
        ("the 1984 one", "“1984”"),  # the title before the year
        ("the Cash one", "“Hurt”"),
        ("I've heard 1 and 3", "I've heard “1984” and “Hurt”"),
        ("I know all three", "I know “1984”, “Jump” and “Hurt”"),
    ],
)
def test_songs_are_pointed_at_like_films(message: str, named: str) -> None:
    assert with_titles(message, SONGS, ("song", "track")) == named
