"""The judge of claims: told by words, against a life that is written out here."""

from datetime import UTC, datetime

import pytest
from benchmarks.judging import asserts, canonical, judged, readings
from benchmarks.lives import Fact
from benchmarks.personas import Persona
from benchmarks.wordings import KINDS, VALUES

NOW = datetime(2025, 6, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SPRING = datetime(2025, 3, 1, tzinfo=UTC)
NADIA = Persona(
    "Nadia",
    (
        Fact("home", "Graz", LONG_AGO, SPRING),
        Fact("home", "Leeds", SPRING),
        Fact("employer", "Quillon", LONG_AGO, SPRING),
        Fact("diet", "vegetarian", LONG_AGO),
        Fact("age", "41", LONG_AGO),
        Fact("birthday", "7 May", LONG_AGO),
        Fact("likes", "jazz", LONG_AGO, SPRING),
        Fact("likes", "ramen", LONG_AGO),
        Fact("dislikes", "olives", LONG_AGO),
        Fact("dislikes", "karaoke", LONG_AGO, SPRING),
        Fact("pet", "Momo", LONG_AGO, SPRING, "cat"),
        Fact("phone", "Xperia", LONG_AGO),
        Fact("allergy", "pollen", LONG_AGO),
        Fact("trip", "Kyoto", SPRING, datetime(2025, 4, 11, tzinfo=UTC),
             due=datetime(2025, 4, 10, tzinfo=UTC)),
        Fact("trip", "Naples", SPRING, datetime(2025, 4, 1, tzinfo=UTC),
             due=datetime(2025, 4, 20, tzinfo=UTC), cancelled=True),
        Fact("mood", "grumpy", SPRING, datetime(2025, 3, 2, tzinfo=UTC)),
    ),
    (),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Nadia lives in Leeds.", "true"),
        ("Nadia lives in Graz.", "ended"),
        ("Nadia lives in Porto.", "false"),
        ("Nadia moved from Graz to Leeds.", "true"),
        ("Nadia moved from Leeds to Graz.", "ended"),
        ("Nadia no longer lives in Graz.", "true"),
        ("Nadia used to live in Graz.", "true"),
        ("Nadia handed in their notice at Quillon.", "true"),
        ("Nadia left Quillon.", "true"),
        ("Nadia does not eat meat, they are vegetarian.", "true"),
        ("Nadia gave up being vegetarian.", "ended"),
        ("Nadia is 41 years old.", "true"),
        ("Nadia is 40 years old.", "false"),
        ("Nadia's birthday is on 7 May.", "true"),
        ("Nadia was born on Wednesday 7 May 2025.", "false"),
        ("Nadia loves ramen.", "true"),
        ("Nadia does not like ramen.", "ended"),
        ("Nadia loves jazz and ramen.", "ended"),
        ("Nadia hates olives.", "true"),
        ("Nadia does not like olives at all.", "true"),
        ("Nadia likes olives.", "ended"),
        ("Nadia does not mind karaoke any more.", "true"),
        ("Nadia's cat is called Momo.", "ended"),
        ("Nadia's cat Momo died.", "true"),
        ("Nadia dropped their Xperia again.", "true"),
        ("Nadia cannot have pollen, they swell up.", "true"),
        ("Nadia is going to Kyoto.", "ended"),
        ("Nadia is flying to Kyoto on Thursday 10 April 2025.", "true"),
        ("Nadia is flying to Kyoto on 12 April.", "false"),
        ("Nadia is flying to Naples on 20 April.", "ended"),
        ("Nadia cancelled Naples.", "true"),
        ("Nadia is grumpy.", "ended"),
        ("Nadia was grumpy on Saturday 1 March 2025.", "true"),
        ("Bea Holm says that Nadia lives in Porto.", "false"),
        ("Bea Holm says that Alba is allergic to pollen.", "false"),
        ("Nadia might move to Leeds.", "unjudged"),
        ("Nadia lives in Leeds, if the form needs it.", "true"),
        ("Nadia has a lovely view.", "unjudged"),
    ],
)
def test_a_claim_is_judged_as_a_reader_would(text: str, verdict: str) -> None:
    assert judged(text, NADIA, NOW) == verdict


def test_a_claim_is_judged_as_of_its_time() -> None:
    assert judged("Nadia lives in Graz.", NADIA, datetime(2025, 2, 1, tzinfo=UTC)) == "true"
    assert judged("Nadia lives in Leeds.", NADIA, datetime(2025, 2, 1, tzinfo=UTC)) == "false"


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_put_into_words_is_read_back(kind: str) -> None:
    for value in VALUES[kind]:  # type: ignore[index]  # its keys
        fact = Fact(kind, value, LONG_AGO)  # type: ignore[arg-type]  # same
        assert asserts(canonical(fact, "Nadia"), fact), canonical(fact, "Nadia")


def test_what_names_no_value_reads_as_nothing() -> None:
    assert readings("Nadia had a lovely day.") == []
