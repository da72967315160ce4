"""Works named in quotation marks, and whether the user likes them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.models.offline.comparing import relation
from usermind.models.offline.extraction import extract
from usermind.models.offline.titles import View, parted

AT = datetime(2026, 3, 4, 9, tzinfo=UTC)


def claims(text: str) -> list[str]:
    return [claim.statement for claim in extract(text, at=AT, name="Ana")]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("I liked “Alien (1979)”.", "Ana likes “Alien (1979)”."),
        ('I really loved "Alien"!', "Ana loves “Alien”."),
        ("I don't like the film “Am I OK? (2022)”.", "Ana does not like “Am I OK? (2022)”."),
        ("I hated “Never. Again (2001)”", "Ana hates “Never. Again (2001)”."),
        ("I enjoyed “雪国”.", "Ana likes “雪国”."),
    ],
)
def test_a_liking_of_a_work_is_a_claim_with_its_whole_title(text: str, claim: str) -> None:
    assert claims(text) == [claim]


def test_what_stands_around_it_is_read_as_ever_and_in_order() -> None:
    text = "I live in Oslo. I did not like “Heat (1995)”. I am a vegetarian."
    assert claims(text) == [
        "Ana lives in Oslo.",
        "Ana does not like “Heat (1995)”.",
        "Ana is vegetarian.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I neither liked nor disliked “Alien (1979)”.",
        "I liked “Alien (1979)” more before I saw it again.",
        'My sister said "I liked “Alien (1979)”."',
        'I like "he is always late".',
        "If only I liked “Alien (1979)”.",
    ],
)
def test_nothing_is_made_of_what_does_not_say_it(text: str) -> None:
    assert not any("likes “" in claim or "likes he" in claim for claim in claims(text))


@pytest.mark.parametrize(
    ("known", "draft"),
    [
        ("Ana likes “Alien (1979)”.", "Ana does not like “Aliens (1986)”."),
        ("Ana likes “Alien”.", "Ana likes “Aliens”."),
        ("Ana likes “Never Let Me Go (2010)”.", "Ana likes “Let Me In (2010)”."),
    ],
)
def test_claims_about_works_of_different_titles_have_nothing_to_do_with_each_other(
    known: str, draft: str
) -> None:
    assert relation(draft, known, user="Ana") == "unrelated"


def test_a_title_that_denies_does_not_make_a_claim_deny() -> None:
    known, draft = "Ana likes “Never Let Me Go (2010)”.", "Ana loves “Never Let Me Go (2010)”."
    assert relation(draft, known, user="Ana") != "contradictory"


@given(st.lists(st.sampled_from(["I liked “A (1)”.", " ", "I am ", "\n", '"', "“", "”", "Oslo. "])))
def test_a_text_is_parted_without_losing_a_character(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert "".join(part.text if isinstance(part, View) else part for part in parted(text)) == text
