"""Irony: what is marked as it is heard as nothing, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.models.irony import sincere


@pytest.mark.parametrize(
    "text",
    [
        "I love Frost, not.",
        "I love Frost - not!",
        "I love Frost... NOT!",
        "I love Frost. Not.",
        "I love Frost NOT!",
        "Yeah right, Frost is a masterpiece.",
        "As if Frost was any good.",
        "Oh great, another musical.",
        "Best film ever /s",
        "Frost was great, said nobody ever.",
    ],
)
def test_what_is_marked_as_ironic_is_left_out(text: str) -> None:
    assert sincere(text).strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I love Frost, not Kestrel.",
        "Do you like it or not.",
        "I'd watch it again, why not!",
        "I love Frost, of course NOT for its ending.",
        "Is it any good? I think NOT.",
        "Oh great, thanks!",
        "It is not bad.",
    ],
)
def test_what_is_meant_stays(text: str) -> None:
    assert sincere(text) == text


@given(st.text("ab .,!?…\nNOTnot", max_size=60))
def test_places_stay_as_they_were(text: str) -> None:
    found = sincere(text)

    assert len(found) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, found, strict=True))


def test_only_the_ironic_sentence_goes() -> None:
    assert sincere("I love Frost, not. I like tea.").strip() == "I like tea."
