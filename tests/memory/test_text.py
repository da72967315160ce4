"""When two texts say the same, and how scripts are cut for the index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.memory.text import digest, fingerprint, index_terms


@pytest.mark.parametrize(
    "other",
    [
        "ana likes tea",
        "ANA LIKES TEA!",
        "  Ana\tlikes\n“tea”. ",
        "Ana likes tea …",
        "Ana, likes: (tea)",
    ],
)
def test_case_space_and_punctuation_make_no_other_claim(other: str) -> None:
    assert fingerprint(other) == fingerprint("Ana likes tea.")


def test_an_apostrophe_is_one_in_either_shape() -> None:
    assert fingerprint("Ana’s cat") == fingerprint("Ana's cat")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana likes tea.", "Ana likes coffee."),
        ("Ana codes in C++.", "Ana codes in C#."),
        ("Ana weighs 3.5 kg.", "Ana weighs 35 kg."),
        ("It was -5 degrees.", "It was 5 degrees."),
        ("Ana's sign is ♈.", "Ana's sign is ♉."),
        ("Ana likes 🎸.", "Ana likes 🎹."),
        ("कि", "की"),
        ("Ana likes tea", "tea likes Ana"),
    ],
)
def test_other_words_are_another_claim(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@given(st.text(), st.text())
def test_where_two_parts_meet_counts(one: str, other: str) -> None:
    assert digest(one, other) != digest(one + other)
    if one:
        assert digest(one, other) != digest("", one + other)


def test_runs_without_spaces_are_cut_into_pairs_and_letters() -> None:
    assert index_terms("東京都").split() == ["東京", "京都", "東", "京", "都"]
    assert index_terms("東京都", query=True).split() == ["東京", "京都"]
    assert index_terms("猫", query=True).split() == ["猫"]
