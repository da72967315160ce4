"""What texts name of a catalogue: titles as people write them, attributes, years; and what not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.tools.folded_text import Spoken
from usermind.tools.items import Item, ItemTable
from usermind.tools.mentions import END, PLACES, READ, SEAM, Mentions, shortened
from usermind.tools.titles import MANY, Titles, letters_apart, spellings
from usermind.tools.wishes import wishes

FILMS = [
    ("m1", "Lantern, The (1999)", ("Sci-Fi", "Action"), 90),
    ("m2", "Salt Harbour: Episode IV - A Distant Shore (1977)", ("Adventure",), 80),
    ("m3", "Salt Harbour: Episode V - The Tide Returns (1980)", ("Adventure",), 60),
    ("m4", "Frost (1995)", ("Crime", "Thriller"), 40),
    ("m5", "Frost (1972)", ("Drama",), 5),
    ("m6", "It (1990)", ("Horror",), 30),
    ("m7", "Up (2009)", ("Animation", "Children"), 70),
    ("m8", "Quiet Miller (2001)", ("Comedy",), 20),
    ("m9", "Amaranthe (Conte d'Amaranthe, Le) (2001)", ("Romance",), 40),
    ("m10", "Miller's Crossing Point (1990)", ("Crime", "Film-Noir"), 25),
    ("m11", "Moth-Man 2 (2004)", ("Action",), 45),
    ("m12", "300 (2007)", ("War",), 10),
    ("m13", "Now and Then (1995)", ("Drama",), 10),
    ("m14", "Valparaiso (1942)", ("War", "Romance"), 35),
    ("m15", "Eternal Garden of the Silent Clock (2004)", ("Drama",), 20),
    ("m16", "Comedy, The (2012)", ("Drama",), 3),
    ("m17", "Kestrel (1979)", ("Horror", "Sci-Fi"), 85),
    ("m18", "Kestrels (1986)", ("Sci-Fi",), 75),
    ("m19", "Fast & Reckless (2001)", ("Action",), 15),
    ("m20", "Dr. Oddlove or: How I Came to Like Rain (1964)", ("Comedy", "War"), 55),
]
TABLE = ItemTable(
    Item(id_, title, attributes={"genre": genres, "year": float(title[-5:-1])})
    for id_, title, genres, _ in FILMS
)
MENTIONS = Mentions(TABLE, ("film", "movie", "watch"), [count for *_, count in FILMS])


def named(text: str) -> list[str]:
    return [item.item_id for item in MENTIONS.find(text).items]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("I loved The Lantern.", ["m1"]),
        ("Lantern was great", ["m1"]),
        ("Have you seen The Lantern (1999)?", ["m1"]),
        ("i liked the lantern and kestrel", ["m1", "m17"]),
        ("I LOVED KESTREL", ["m17"]),
        ("I saw Frost, Up and Kestrel.", ["m4", "m7", "m17"]),
        ("Frost and Kestrel are great.", ["m4", "m17"]),
        ("My favourite film is Frost.", ["m4"]),
        ("Ana's favourite movie of all time is kestrel.", ["m17"]),
        ("I liked Frost (1972).", ["m5"]),
        ("the 1972 film Frost is slow", ["m5"]),
        ("I watched The Tide Returns.", ["m3"]),
        ("I adore Salt Harbour.", ["m2"]),
        ("I liked Amaranthe and its music.", ["m9"]),
        ("I loved Le conte d'Amaranthe", ["m9"]),
        ("Millers Crossing Point is brilliant", ["m10"]),
        ("Did you like Mothman 2?", ["m11"]),
        ("I liked Moth-Man II", ["m11"]),
        ("I adored Kestrel's ending.", ["m17"]),
        ("Something like Fast and Reckless, please.", ["m19"]),
        ("I watched 300.", ["m12"]),
        ('I saw "It" again.', ["m6"]),
        ("I watched It when I was ten.", ["m6"]),
        ("Have you seen Up?", ["m7"]),
        ("eternal garden of the silent clock made me cry", ["m15"]),
        ("Dr. Oddlove is hilarious.", ["m20"]),
        ("Valparaiso is a classic.", ["m14"]),
        ("Now and Then was sweet.", ["m13"]),
    ],
)  # fmt: skip
def test_a_title_is_found_as_people_write_it(text: str, ids: list[str]) -> None:
    assert named(text) == ids


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it was really good, thanks",
        "What's up?",
        "The frost came early this year.",
        "I go to the cinema now and then.",
        "There were 300 people.",
        "I have watched 300 films.",
        "I live in Valparaiso.",
        "I moved from Valparaiso to Oslo.",
        "My sister Kestrel sings.",
        "Ana has a cat called Kestrel.",
        "My name is Kestrel.",
        "I met Kestrel Watson.",
        "I carried a lantern.",
        "I want a comedy.",
        "We saw the comedy together.",
        "I liked Frost (1986).",
    ],
)
def test_ordinary_words_name_nothing(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("I loved The Lantern and Kestrel.", {"m1", "m17"}),
        ("Kestrel and The Lantern are great.", {"m1", "m17"}),
        ("The Lantern, Kestrel and Valparaiso are my favourites.", {"m1", "m14", "m17"}),
        ("Kestrel: 9/10", {"m17"}),
        ("Kestrel is a masterpiece.", {"m17"}),
        ("I walked out of Kestrel.", {"m17"}),
        ("The Lantern, Frost and Kestrel are great.", {"m1", "m17"}),
        ("Kestrel was great.", set[str]()),
        ("I saw The Lantern and Kestrel came over.", {"m1"}),
    ],
)
def test_a_single_word_is_sure_in_a_list_with_a_sure_title_or_judged_as_a_work(
    text: str, sure: set[str]
) -> None:
    assert {item.item_id for item in MENTIONS.find(text).items if item.sure} == sure


@pytest.mark.parametrize(
    ("text", "ids"), [("kestrel was great", ["m17"]), ("kestrel was great this summer", [])]
)
def test_what_comes_with_the_days_is_no_title_in_small_letters(text: str, ids: list[str]) -> None:
    assert named(text) == ids


def test_the_last_word_of_a_part_is_not_taken_for_another_film() -> None:
    assert named("I loved Kestrels.") == ["m18"]
    assert named("I loved Kestrel.") == ["m17"]


def test_of_two_films_of_one_name_the_more_popular_is_meant_and_reported_as_unsure() -> None:
    (frost,) = MENTIONS.find("I liked Frost.").items

    assert (frost.item_id, frost.sure, frost.others) == ("m4", False, ("m5",))


def test_the_year_says_which_of_two_films_is_meant() -> None:
    (frost,) = MENTIONS.find("I liked Frost from 1972.").items

    assert (frost.item_id, frost.sure, frost.others) == ("m5", True, ())


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("I loved Kestral", "m17"),
        ("I liked Amarantha", "m9"),
        ("have you seen qiuet miller?", "m8"),
        ("valpariaso", "m14"),
        ("Ana loves Eternal Garden of the Silent Cloock.", "m15"),
    ],
)
def test_a_mistyped_title_is_found_and_reported_as_unsure(text: str, id_: str) -> None:
    (found,) = MENTIONS.find(text).items

    assert (found.item_id, found.sure) == (id_, False)


def test_the_place_of_a_mention_is_that_of_the_text() -> None:
    text = "Ach — I’ve seen “The Lantern”, and Millers Crossing Point’s end."
    for item in MENTIONS.find(text).items:
        assert text[item.start : item.end] == item.text
    assert [item.text for item in MENTIONS.find(text).items] == [
        "The Lantern", "Millers Crossing Point",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("no horror tonight", ["Horror"]),
        ("I like comedies and sci-fi.", ["Comedy", "Sci-Fi"]),
        ("science fiction films", ["Sci-Fi"]),
        ("scifi or film noir", ["Sci-Fi", "Film-Noir"]),
        ("something scary", ["Horror"]),
        ("animated movies for kids", ["Animation", "Children"]),
        ("anything but war films", ["War"]),
        ("thrillers", ["Thriller"]),
        ("nothing of that", []),
    ],
)
def test_words_of_attributes_are_found_as_people_say_them(text: str, values: list[str]) -> None:
    assert [each.value for each in MENTIONS.find(text).values] == values


DIRECTED = Mentions(
    ItemTable(
        Item(title, title, attributes={"director": (director,), "genre": ("Drama",)})
        for title, director in [
            ("Long Orbit", "Vera Castellane"),
            ("Grey Tide", "Vera Castellane"),
            ("Pale Hill", "Ines Marlowe"),
            ("Wide Hill", "Otto Marlowe"),
        ]
    ),
    ("film", "movie"),
)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Please no more Castellane.", ["Vera Castellane"]),
        ("I love Castellane films.", ["Vera Castellane"]),
        ("Something by Castellane?", ["Vera Castellane"]),
        ("I'm not a fan of Castellane.", ["Vera Castellane"]),
        ("No more Vera Castellane.", ["Vera Castellane"]),
        ("I love Castellane.", []),  # who may be a friend
        ("My friend Castellane hates films.", []),
        ("Another Anna Castellane joined us.", []),
        ("no more castellane", []),
        ("Please no more Marlowe.", []),  # there are two
    ],
)
def test_a_surname_names_its_only_bearer_where_works_are_meant(
    text: str, people: list[str]
) -> None:
    assert [each.value for each in DIRECTED.find(text).values] == people


NAMED_AS_WORDS = Mentions(
    ItemTable(
        Item(name, f"Film {n}", attributes={"director": (name,), "genre": ("Drama",)})
        for n, name in enumerate(
            ["Oliver Stone", "Terence Young", "John Ford", "Chan-wook Park", "David Lean",
             "Stephen King", "Nia Long", "Ari Kubrova"]
        )
    ),
    ("film", "movie"),
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "I want a Ford Mustang",
        "I had a Stone in my shoe. Recommend a film",
        "We bought an old Stone house",
        "Any Young actors?",
        "I need some Park time",
        "I need a new Ford for work",
        "Enough Park for today, we go home",
        "I have no more Ford to sell.",
        "No more Young people came.",
        "My letter was written by King. Recommend a film",
        "I got a film from King",
        "I met a friend of Stone. Recommend a film",
        "We drove by Stone. Recommend a film",
        "Recommend a film I can see with King",
        "I had lunch with King. Recommend a film",
        "The film was recommended by Stone",
        "films by young directors",
        "films by Young People, please",
        "any young films?",
        "a long movie",
        "Long films, please",
        "Young film makers are great",
        "I want a Ford film camera",
        "Something by Friday",
        "a film for a Young friend",
        "something from Park Avenue",
        "one of Ford's trucks",
        "I'm a fan of Ford trucks",
        "Something by Anna King",
    ],
)
def test_a_last_name_that_says_something_else_names_nobody(text: str) -> None:
    assert [each.text for each in NAMED_AS_WORDS.find(text).values] == []


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("a Stone film", "Oliver Stone"),
        ("Any Young movies?", "Terence Young"),
        ("I want to see an old Ford movie", "John Ford"),
        ("something by Park", "Chan-wook Park"),
        ("a film from Lean, please", "David Lean"),
        ("Recommend a film directed by Young", "Terence Young"),
        ("a drama for tonight by Lean", "David Lean"),
        ("Recommend a drama, but not by Lean", "David Lean"),
        ("Enough Stone, please", "Oliver Stone"),
        ("No more Ford, recommend something else", "John Ford"),
        ("I'd like to watch a Kubrova tonight", "Ari Kubrova"),
        ("Recommend anything but Kubrova", "Ari Kubrova"),
        ("a kubrova film", "Ari Kubrova"),
        ("anything by kubrova?", "Ari Kubrova"),
        ("Kubrova's films", "Ari Kubrova"),
        ("a film by the director Lean", "David Lean"),
    ],
)
def test_a_last_name_that_is_also_a_word_is_heard_where_it_makes_a_thing_somebodys(
    text: str, person: str
) -> None:
    found = NAMED_AS_WORDS.find(text).values

    assert [each.value for each in found if each.attribute == "director"] == [person]


def test_a_word_that_says_other_things_is_unsure_unless_the_thing_follows() -> None:
    sure = [MENTIONS.find(text).values[0].sure for text in ("war", "war films", "horror")]

    assert sure == [False, True, True]


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("a film from the 90s", 1990, 1999),
        ("films of the nineties", 1990, 1999),
        ("a 1980s film", 1980, 1989),
        ("older than 2000", None, 1999),
        ("before 1990", None, 1989),
        ("after 2010", 2011, None),
        ("after the 90s", 2000, None),
        ("since 2010", 2010, None),
        ("between 1980 and 1995", 1980, 1995),
        ("a film from 1994", 1994, 1994),
        ("from 1990 on", 1990, None),
    ],
)
def test_spans_of_years_are_read(text: str, least: float | None, most: float | None) -> None:
    (span,) = MENTIONS.find(text).years

    assert (span.attribute, span.least, span.most) == ("year", least, most)


def test_years_of_a_life_are_none_of_a_film() -> None:
    assert MENTIONS.find("My gran is in her nineties.").years == ()


def test_a_catalogue_without_years_or_items_names_nothing() -> None:
    assert Mentions(ItemTable([Item("a", "Alba")])).find("Alba from the 90s").years == ()
    assert Mentions(ItemTable(())).find("I loved Alba, no horror").all == ()


def test_a_title_is_written_in_several_ways() -> None:
    told = [each.text for each in spellings("Ring of Fire: The Long Walk, The (2001)")]

    assert told == [
        "the ring of fire the long walk", "ring of fire the long walk",
        "ring of fire the long walk the", "the ring of fire", "ring of fire", "the long walk",
        "long walk",
    ]  # fmt: skip


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_letters_apart_is_a_distance(left: str, right: str) -> None:
    apart = letters_apart(left, right)

    assert apart == letters_apart(right, left)
    assert (apart == 0) == (left == right)
    assert abs(len(left) - len(right)) <= apart <= max(len(left), len(right))


@given(st.text(alphabet="abc", max_size=8), st.text(alphabet="abc", max_size=8), st.integers(0, 3))
def test_letters_apart_stops_where_more_are_wrong(left: str, right: str, most: int) -> None:
    apart = letters_apart(left, right)

    assert letters_apart(left, right, most) == (apart if apart <= most else MANY)


def test_a_long_message_is_answered_by_its_beginning_and_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried, words_read = list[str](), list[int]()
    like, read = Titles.like, Spoken.__init__

    def counted_like(self: Titles, spelling: str, most: int) -> tuple[str, ...]:
        tried.append(spelling)
        return like(self, spelling, most)

    def counted_read(self: Spoken, text: str) -> None:
        read(self, text)
        words_read.append(len(text))

    monkeypatch.setattr(Titles, "like", counted_like)
    monkeypatch.setattr(Spoken, "__init__", counted_read)
    begin, end = "I loved Frost from 1972. No war films. ", " Something like Kestrel, from the 90s."
    pasted = "Yesterday Anna Told me that she saw Gardening and likes Pottery " * 800

    said = wishes(MENTIONS, begin + pasted + end)

    assert len(begin + pasted + end) > 50_000
    told = (*said.items, *said.values, *said.years)
    assert [(each.kind, each.mention.text) for each in told] == [
        ("like", "Frost"), ("example", "Kestrel"), ("refuse", "war"), ("example", "90s"),
    ]  # fmt: skip
    assert max(words_read) <= READ
    assert len(words_read) == 2  # once, and once more without what is refused
    assert 0 < len(tried) <= 2 * PLACES * 6


def test_places_are_those_of_the_whole_of_a_long_text() -> None:
    text = "I loved Frost. " + "So it goes. " * 4_000 + "No horror, but Kestrel from the 90s."

    found = MENTIONS.find(text).all

    assert [each.text for each in found] == ["Frost", "horror", "Kestrel", "90s"]
    assert all(text[each.start : each.end] == each.text for each in found)


@pytest.mark.parametrize("word", ["word ", "no", "word\n", "語"])
def test_a_long_text_is_cut_between_words_once(word: str) -> None:
    text = word * 20_000

    cut = shortened(text)

    assert len(cut) <= READ
    assert shortened(cut) == cut
    head, tail = cut.split(SEAM)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert min(len(head), len(tail)) > END - 50
    assert {each.strip() for each in cut.replace(SEAM, " ").split()} <= {"word", head, tail}


@given(
    st.lists(
        st.one_of(st.sampled_from([*FILMS]).map(lambda film: film[1]), st.text(max_size=9)),
        max_size=8,
    ).map(" ".join)
)
def test_any_text_is_read_and_places_are_inside_it(text: str) -> None:
    for each in MENTIONS.find(text).all:
        assert 0 <= each.start < each.end <= len(text)
        assert text[each.start : each.end] == each.text


@given(st.integers(0, len(FILMS) - 1), st.sampled_from(["I loved “{}”.", "“{}”", "See {}!"]))
def test_every_title_is_found_as_the_catalogue_shows_it(row: int, frame: str) -> None:
    found = MENTIONS.find(frame.format(TABLE[row].title)).items

    assert [item.item_id for item in found] == [TABLE.ids[row]]
