"""Names in text of any script: whole words, told where they stand in the text as it was given."""

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind import Concept, MemoryStore, UserMemory
from usermind.memory.naming import READ, folded
from usermind.memory.words import characters, cuts, words

MARKED = (
    "".join(map(chr, range(0x0905, 0x0910)))  # Devanagari
    + "रामकलनू्ािीुे"
    + "தமிழ்கோ"  # Tamil
    + "שָׁלוֹם"  # pointed Hebrew
    + "مُحَمَّد"  # Arabic with its vowels
    + "Zoe\u0308a\u0301z"  # Latin, its accents apart
    + "и\u0306е\u0308"  # Cyrillic, the same
)
"""Letters and marks of scripts with spaces between words."""


def listed(text: str) -> list[str]:
    return text.split(";")


def named(memory: UserMemory, text: str) -> list[tuple[str, ...]]:
    return [mention.keys for mention in memory.concepts.named_in(text)]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("राम", "रामू"),
        ("राम", "रामा जी"),
        ("कम", "कमी"),
        ("தமிழ", "தமிழ்"),
        ("שלום", "שלוםָ"),
        ("สมชา", "สมชา\u0e48"),
        ("か", "か\u3099"),
    ],
)
def test_a_name_ends_at_no_mark(ana: UserMemory, name: str, other: str) -> None:
    ana.concepts["it"] = Concept(name)
    ana.entities.record(name, extract=listed)
    both = f"{other}, {name}."
    assert named(ana, other) == []
    assert ana.entities.mentioned_in(other) == []
    assert named(ana, both) == [("it",)]
    assert [each.name for each in ana.entities.mentioned_in(both)] == [name]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_how_an_accent_is_written_tells_no_names_apart(ana: UserMemory, form: str) -> None:
    ana.concepts["plain"] = Concept("Zoe")
    ana.concepts["accent"] = Concept("Zoë")
    text = unicodedata.normalize(form, "Is it Zoë’s? No, Zoe's.")  # type: ignore[arg-type]
    first, second = ana.concepts.named_in(text)
    assert (first.keys, second.keys) == (("accent",), ("plain",))
    assert first.text == text[first.start : first.end] == unicodedata.normalize(form, "Zoë")  # type: ignore[arg-type]
    assert second.text == text[second.start : second.end] == "Zoe"


@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        ("パン", "これはﾊﾟﾝです", "ﾊﾟﾝ"),
        ("ガク", "カ\u3099クと", "カ\u3099ク"),
        ("小白", "ﬁne, 小白!", "小白"),
        ("보리", "오늘 보리는 잔다", "보리"),
        ("สมชาย ใจดี", "คุณสมชาย  ใจดีครับ", "สมชาย  ใจดี"),
        ("🐙", "İ 🐙", "🐙"),
        ("❤", "with ❤\ufe0f to you", "❤"),
    ],
)
def test_a_name_inside_text_is_told_where_it_stands(
    ana: UserMemory, name: str, text: str, there: str
) -> None:
    ana.concepts["it"] = Concept(name)
    [mention] = ana.concepts.named_in(text)
    assert (mention.text, text[mention.start : mention.end]) == (there, there)


def test_names_are_looked_for_at_both_ends_of_a_long_message(ana: UserMemory) -> None:
    ana.concepts["bo"] = Concept("Bo")
    ana.concepts["mia"] = Concept("Mia")
    ana.concepts["pat"] = Concept("Patrick")
    filler = "this was pasted " * (READ // 8)
    text = f"Bo is ill. {filler}Patrick wrote. {filler}What should Mia do?"
    found = ana.concepts.named_in(text)
    assert [mention.keys for mention in found] == [("bo",), ("mia",)]
    assert [text[mention.start : mention.end] for mention in found] == ["Bo", "Mia"]
    # Up to where both stretches meet, all of it is read.
    assert named(ana, f"{filler[: READ - 1]} Mia {filler[: READ - 9]}") == [("mia",)]


@pytest.mark.parametrize("cut", [READ, READ + 2])
def test_a_word_that_a_stretch_ends_in_is_no_name(ana: UserMemory, cut: int) -> None:
    ana.concepts["bo"] = Concept("Bo")
    text = f"{'.' * (cut - 2)}Bobsleigh{'.' * (2 * READ)}"
    assert named(ana, text) == []
    assert named(ana, text[::-1].replace("hgielsboB", "elBo")) == []


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryStore]:
    with MemoryStore(tmp_path_factory.mktemp("many"), embedder="lexical") as store:
        yield store


@settings(max_examples=60, deadline=None)
@given(st.text(MARKED, min_size=1, max_size=6), st.text(MARKED, max_size=3), st.text(MARKED + " "))
def test_a_name_of_any_script_is_found_as_itself_alone(
    many: MemoryStore, name: str, more: str, around: str
) -> None:
    if words(name) != [(0, len(name))]:
        return
    ana = many.user("ana")
    ana.concepts["it"] = Concept(name)
    for form in ("NFC", "NFD"):
        said = unicodedata.normalize(form, name)
        text = f"{around} | {said.title() if said.isascii() else said} | {around}"
        mentions = ana.concepts.named_in(text)
        assert ("it",) in [mention.keys for mention in mentions]
        for mention in mentions:
            assert text[mention.start : mention.end] == mention.text
    if more and folded(name + more) != folded(name):
        longer = ana.concepts.named_in(f"| {name}{more} |")
        assert [m for m in longer if folded(m.text) == folded(name)] == []


@given(st.text(MARKED + "ab_9 .京都กา่한🐙\u200d\ufe0f"))
def test_words_and_characters_are_in_order_and_cut_nothing(text: str) -> None:
    spans = words(text)
    assert spans == sorted(spans)
    assert all(any(char.isalnum() for char in text[start:end]) for start, end in spans)
    assert "".join(text[start:end] for start, end in characters(text)) == text
    told = {char for start, end in spans for char in text[start:end]}
    assert {char for char in text if char.isalnum()} <= told
    for start, end in spans:
        assert not cuts(text, start) or unicodedata.category(text[start])[0] == "M"
        assert not cuts(text, end)
