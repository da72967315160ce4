"""How right an answer is, and the faults of published scorers that must not come back."""

import pytest

from usermind.evals.benchmarks.answers import (
    abstains,
    exact,
    f1,
    multi_f1,
    named_briefly,
    parts,
    words,
)

NOTHING = ["", " ", "the", "A an the", ".", "…"]


@pytest.mark.parametrize("said", NOTHING)
@pytest.mark.parametrize("gold", ["Oslo", "7 May 2023", "the cat", "B"])
def test_an_answer_of_nothing_or_of_articles_scores_nothing(said: str, gold: str) -> None:
    assert f1(words(said), words(gold)) == 0
    assert multi_f1(said, gold) == 0
    assert not exact(said, [gold])
    assert not named_briefly(said, [gold])


@pytest.mark.parametrize("said", ["A", "a.", "(A)", '"A"'])
def test_the_option_a_is_an_answer_and_no_article(said: str) -> None:
    assert f1(words(said), words("A")) == 1
    assert exact(said, ["A"])
    assert not exact("B", ["A"])
    assert not exact("", ["A"])
    assert exact("C, a, B", ["A", "B", "C"])


def test_an_article_beside_another_word_says_nothing() -> None:
    assert words("A cat and the dog") == ["cat", "dog"]
    assert exact("the dog, a cat", ["cat", "dog"])


@pytest.mark.parametrize(
    ("said", "gold"),
    [
        ("2023-05-07", "7 May 2023"),
        ("May 7th, 2023", "7 May 2023"),
        ("1,200 km", "1200 km"),
        ("Melanie’s  BOWL!", "melanie's bowl"),
        ("self employed", "Self-Employed"),
        ("café", "CAFÉ"),
    ],
)
def test_the_same_written_otherwise_is_the_same(said: str, gold: str) -> None:
    assert f1(words(said), words(gold)) == pytest.approx(1)


def test_a_number_is_no_other_number() -> None:
    assert f1(words("2023"), words("2022")) == 0
    assert words("3.5") == ["3.5"]
    assert words("2023-13-45") == ["2023", "13", "45"]


def test_f1_falls_with_what_is_said_besides() -> None:
    gold = words("green tea")
    assert f1(gold, gold) == 1
    assert f1(words("green tea"), words("green tea, espresso")) == pytest.approx(0.8)
    long = words("She may like green tea or coffee or juice or water or milk or wine")
    assert f1(long, gold) < 0.3 < 1.0  # their recall would be 1
    assert f1(words("tea tea tea"), words("tea")) == pytest.approx(0.5)


def test_locomo_takes_the_best_part_for_each_part_and_averages() -> None:
    assert multi_f1("espresso, green tea", "green tea, espresso") == 1
    assert multi_f1("espresso", "green tea, espresso") == 0.5
    assert multi_f1("hot green tea", "green tea, espresso") == pytest.approx(0.4)
    assert multi_f1("tea; coffee", "x") == 0


def test_telling_all_is_neither_exact_nor_brief() -> None:
    everything = ", ".join(f"thing {number}" for number in range(30)) + ", green tea, espresso"
    gold = ["green tea", "espresso"]
    assert multi_f1(everything, "green tea, espresso") == 1  # the paper's score lets it win
    assert not named_briefly(everything, gold)
    assert not exact(everything, gold)
    assert named_briefly("She drinks green tea and espresso", gold)
    assert not named_briefly("green tea", gold)


@pytest.mark.parametrize(
    "said",
    [
        "not mentioned",
        "Not mentioned.",
        "It is not mentioned in the conversation what Ana's cat is called",
        "Unknown",
        "I don't know.",
        "No information available",
        "This wasn't mentioned; I do not know",
        "Polly's owner is not specified",
    ],
)
def test_who_says_that_it_was_not_said_abstains(said: str) -> None:
    assert abstains(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Polly",
        "She mentioned it was Polly",
        "no",
        "An unknown painter's boat",
        "Not mentioned, but probably Polly",
        "Polly. Her name is not mentioned elsewhere",
        "not mentioned " + "but it could be anything at all " * 8,
    ],
)
def test_who_answers_or_says_nothing_does_not_abstain(said: str) -> None:
    assert not abstains(said, fooled="Polly")


def test_naming_what_is_asked_for_while_denying_it_is_a_denial() -> None:
    assert abstains("A necklace from grandpa is not mentioned.", fooled="necklace")


def test_a_list_has_parts_and_a_decimal_is_none() -> None:
    assert parts("tea, an apple and 3.5 pears;\nB") == [
        ("tea",),
        ("apple",),
        ("3.5", "pears"),
        ("b",),
    ]
    assert parts("") == []
    assert parts("?!") == [("?!",)]
