"""A sentence that leaves open what it tells of is no plan, in whichever words it does so."""

import re

import pytest

from usermind.models.unsure import UNSURE


@pytest.mark.parametrize(
    "text",
    [
        "If I have lunch with Sue",
        "Unless it rains",
        "Whether I go",
        "Maybe lunch with Sue",
        "We possibly meet",
        "I might go",
        "We could meet",
        "I would go",
        "I guess we meet",
        "I wish I had lunch with Sue",
        "I dreamt of it",
        "Tom said we meet",
        "Eva wrote that we meet",
        "I hope to go",
        "I never go",
        "I used to go",
    ],
)
def test_what_leaves_it_open_is_heard(text: str) -> None:
    assert re.search(rf"\b(?:{UNSURE})\b", text, re.IGNORECASE)


@pytest.mark.parametrize("text", ["I have lunch with Sue", "Iffy's mighty lunch", "I tell Sue"])
def test_a_plain_statement_leaves_nothing_open(text: str) -> None:
    assert not re.search(rf"\b(?:{UNSURE})\b", text, re.IGNORECASE)
