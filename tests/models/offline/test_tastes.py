"""Tastes in kinds of works: what is said in general lasts, what is said of now does not."""

from datetime import UTC, datetime

import pytest

from usermind.models.offline.extraction import extract

AT = datetime(2026, 3, 4, 9, tzinfo=UTC)


def claims(text: str) -> list[str]:
    return [claim.statement for claim in extract(text, at=AT, name="Ana")]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Musicals are not my thing.", "Ana is not into musicals."),
        ("Musicals just aren't for me, sorry.", "Ana is not into musicals."),
        ("Horror has never been my cup of tea.", "Ana is not into horror."),
        ("Romantic comedies aren't really my thing.",
         "Ana is not really into romantic comedies."),
        ("I think musicals are not for me.", "Ana is not into musicals."),
        ("westerns don't do it for me", "Ana is not into westerns."),
        ("Westerns bore me.", "Ana is not into westerns."),
        ("Superhero movies leave me cold.", "Ana is not into superhero movies."),
        ("Thrillers are right up my alley.", "Ana is into thrillers."),
        ("I'm tired of superhero films.", "Ana is tired of superhero films."),
        ("I'm so sick of war movies and westerns.", "Ana is so sick of war movies and westerns."),
        ("I'm fed up with remakes.", "Ana is fed up with remakes."),
        ("I'm done with superhero films.", "Ana is done with superhero films."),
        ("enough horror for a lifetime", "Ana has had enough horror for a lifetime."),
        ("I've had enough horror for a lifetime.", "Ana has had enough horror for a lifetime."),
        ("I never watch musicals.", "Ana never watches musicals."),
        ("I could never get into musicals.", "Ana could never get into musicals."),
        ("I can't get enough of westerns.", "Ana cannot get enough of westerns."),
        ("I'm no fan of romance.", "Ana is no fan of romance."),
        ("I'm not much of a romance fan.", "Ana is not much of a romance fan."),
        ("Not a fan of horror.", "Ana is not a fan of horror."),
        ("Can't stand musicals.", "Ana cannot stand musicals."),
        ("I don't care for musicals.", "Ana does not care for musicals."),
        ("No horror, ever.", "Ana never wants horror."),
        ("Never again a musical.", "Ana never wants a musical."),
        ("I never want to see a musical again.", "Ana never wants to see a musical again."),
    ],
)  # fmt: skip
def test_a_taste_in_general_makes_a_claim(text: str, claim: str) -> None:
    assert claims(text) == [claim]


@pytest.mark.parametrize(
    "text",
    [
        "No horror please",
        "No horror tonight.",
        "Please no more westerns.",
        "No musicals.",
        "Stop recommending me westerns.",
        "I'm tired of superhero films tonight.",
        "Horror is not my thing right now.",
        "Not into westerns today.",
        "I'm not in the mood for horror.",
    ],
)
def test_a_wish_for_now_makes_none(text: str) -> None:
    assert claims(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Are musicals not my thing?",
        "If musicals are not your thing, skip it.",
        "Musicals are not her thing.",
        "Bob says musicals are not my thing.",
        "She says horror isn't her cup of tea.",
        'He said "musicals are not my thing".',
        "This is not my thing.",
        "The film bored me.",
        "I'm tired of work.",
        "I'm tired of this drama.",
        "I'm done with the film.",
        "I'm not tired of superhero films.",
        "I can't get into my account.",
        "I love horror, not.",
        "Yeah right, I love musicals.",
        "There is enough horror in the world.",
    ],
)
def test_no_taste_is_read_where_none_is_told(text: str) -> None:
    assert claims(text) == []


def test_who_is_tired_of_something_may_like_it_again() -> None:
    (tired,) = extract("I'm tired of westerns.", at=AT, name="Ana")
    (never,) = extract("Westerns are not my thing.", at=AT, name="Ana")

    assert (tired.durability, never.durability) == ("season", "year")


@pytest.mark.parametrize(
    "text",
    [
        "Something like Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb, "
        "please",
        "Something like I Am Legend, please",
        "Can you recommend me a film like I, Robot?",
        "I want something like I Love You, Man",
        "Anything similar to My Big Fat Greek Wedding?",
    ],
)
def test_the_title_of_what_is_asked_for_says_nothing_of_the_user(text: str) -> None:
    assert claims(text) == []


@pytest.mark.parametrize(
    "text",
    ["Something like Alien, but I hate gore.", "A film like My Girl please, I hate gore.",
     "Recommend me something like Alien. I hate gore."],
)  # fmt: skip
def test_what_is_said_beside_a_request_is_still_heard(text: str) -> None:
    assert [each for each in claims(text) if "gore" in str(each)] != []
