"""Sensitive facts: which kind, and about whom; and how often the lexicon is right."""

import pytest

from usermind.memory.privacy.findings import SENSITIVE
from usermind.memory.privacy.sensitive import LEXICON, find

OWN = [
    "I have diabetes.",
    "I came out as gay last year.",
    "I was diagnosed with ADHD.",
    "Allergic to nuts here.",
    "My therapist is on holiday.",
    "My wife knows that I am bipolar.",
    "My salary is 50000.",
    "I voted green.",
    "I am Catholic.",
    "I go to church on Sundays.",
    "I got divorced in 2020.",
    "The doctor says I have asthma.",
    "In May I had a miscarriage.",
    "We owe the bank a mortgage, and I pay it.",
    "I use face id on my phone.",
]
OF_OTHERS = [
    "My sister has diabetes.",
    "My brother Tom was diagnosed with cancer.",
    "Tom is gay.",
    "She is in therapy.",
    "My mother's surgery is on Monday.",
    "I take care of my father, who has dementia.",
    "He owes me a loan.",
    "Anna's salary is higher than mine.",
    "My neighbour voted for the far right.",
    "My boss is Jewish.",
    "My friend Lea is getting divorced.",
    "Peter was arrested.",
    "They are going bankrupt.",
    "My son is in kindergarten.",
    "I drove my dad to the hospital.",
    "Yesterday Maria told me about her abortion.",
]
ORDINARY = [
    "I moved to Oslo in May.",
    "My dog is called Bo.",
    "We watched a film about space.",
    "The meeting is at ten in room 4111.",
    "I love hiking and strong coffee.",
    "She plays the violin in an orchestra.",
    "Tom is learning Spanish.",
    "The train was late again.",
    "I work at a bakery.",
    "My sister lives in Bergen.",
    "He likes chess.",
    "I need a new laptop.",
]


def test_every_kind_has_words() -> None:
    assert set(LEXICON) == set(SENSITIVE)


def test_it_is_told_about_whom_a_fact_is() -> None:
    wrong = [text for text in OWN if {f.subject for f in find(text)} != {"user"}]
    wrong += [text for text in OF_OTHERS if "other" not in {f.subject for f in find(text)}]
    print(f"wrong about whom: {len(wrong)} of {len(OWN) + len(OF_OTHERS)} {wrong}")
    assert len(wrong) <= 2
    # To take another's fact for the user's own is the worse mistake.
    assert not set(wrong) & set(OF_OTHERS)


def test_ordinary_sentences_hold_nothing_sensitive() -> None:
    assert [text for text in ORDINARY if find(text)] == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Ana is allergic to walnuts.", "user"),
        ("Ana's salary is 50000.", "user"),
        ("The user has asthma.", "user"),
        ("Ana's brother has diabetes.", "other"),
        ("Bob has asthma.", "other"),
    ],
)
def test_claims_speak_of_the_user_by_name(text: str, who: str) -> None:
    assert [finding.subject for finding in find(text, name="Ana")] == [who]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("You have asthma.", "user"),
        ("I have asthma.", "other"),
        ("Your brother has asthma.", "other"),
        ("Asthma is on the rise.", "other"),
    ],
)
def test_in_the_words_of_others_you_is_the_user(text: str, who: str) -> None:
    assert [finding.subject for finding in find(text, speaker_is_user=False)] == [who]


def test_only_the_sentence_that_tells_it_is_found() -> None:
    text = "I like tea. My sister has diabetes! It rains."
    (finding,) = find(text)
    assert text[finding.start : finding.end] == "My sister has diabetes!"
