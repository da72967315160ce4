"""The heads: what they add to the rules, what they must not, and that the rules work alone."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from usermind.models import LexicalEmbedder, Offline
from usermind.models.minilm import find_minilm
from usermind.models.offline.comparing import relation
from usermind.models.offline.heads import RELATIONS, WEIGHTS, shipped
from usermind.models.offline.judging import Judge, judge_with
from usermind.prompts import ObservationLine, Operation, ReflectPrompt
from usermind.types import Embedder, Tier

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
minilm = pytest.mark.skipif(find_minilm() is None, reason="MiniLM's weights are not installed")

UNRULED = "I observe a strict fast every Wednesday."


def operations(engine: Offline, *texts: str) -> list[Operation]:
    lines = tuple(
        ObservationLine(i, "user", AT, "first_party", text) for i, text in enumerate(texts, 1)
    )
    prompt = ReflectPrompt(user_name="Ana", now=AT, known=(), observations=lines)
    return engine.complete(prompt).operations


class Counting:
    """An embedder that counts its batches and passes them on."""

    def __init__(self, inner: Embedder) -> None:
        self.inner, self.batches = inner, 0
        self.model_id = getattr(inner, "model_id", "")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.batches += 1
        return self.inner.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return self.inner.embed_query(text)


@minilm
def test_a_fact_that_no_rule_reads_is_kept_in_the_third_person() -> None:
    assert operations(Offline(heads=False), UNRULED) == []
    (one,) = operations(Offline(), UNRULED)
    assert one.statement == "Ana observes a strict fast every Wednesday."
    assert one.evidence[0].quote == UNRULED


@minilm
@pytest.mark.parametrize(
    "text",
    [
        "That's awesome, keep going!",
        "Could you rewrite this, please?",
        "If I won the lottery I'd buy a boat.",
        "So tired today.",
        "What a lovely evening.",
        "I'm so proud of you.",
    ],
)
def test_what_states_nothing_lasting_stays_out(text: str) -> None:
    assert operations(Offline(), text) == []


@minilm
@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("Daily standup\nTuesday 5 January 2027, 09:00–09:15", "observed"),
        ("Call with Eva about the budget\nSunday 29 November 2026, 10:00\nWith: Eva", "observed"),
        ("Tuesday 5 January 2027, 09:00–09:15", "first_party"),
        ("Sat 28 Nov. Slept.", "first_party"),
        ("- [ ] hand in tax return by 1 December", "first_party"),
    ],
    ids=["standup", "call", "date line", "head of a diary", "task"],
)
def test_an_entry_of_a_calendar_or_diary_is_nothing_that_was_said(text: str, tier: Tier) -> None:
    line = ObservationLine(1, "user", AT, tier, text)
    prompt = ReflectPrompt(user_name="Ana", now=AT, known=(), observations=(line,))
    assert Offline().complete(prompt).operations == []


@minilm
def test_the_sentences_of_a_prompt_are_embedded_in_one_batch() -> None:
    from usermind.models.minilm import MiniLM

    folder = find_minilm()
    assert folder is not None
    embedder = Counting(MiniLM(folder))
    engine = Offline(lambda: embedder)
    first = operations(engine, UNRULED, "I love figs. I hold a doctorate.", "Nice day.")
    assert first
    assert embedder.batches <= 1


@minilm
def test_the_same_prompt_gets_the_same_answer_from_another_engine() -> None:
    texts = (UNRULED, "Chess club Thursdays.", "I hold a doctorate from Trinity College.")
    assert operations(Offline(), *texts) == operations(Offline(), *texts)


def test_vectors_of_another_model_leave_the_heads_out() -> None:
    assert judge_with(LexicalEmbedder()) is None
    assert operations(Offline(LexicalEmbedder), UNRULED) == []
    (one,) = operations(Offline(LexicalEmbedder), "I love figs.")
    assert one.statement == "Ana loves figs."


def test_the_weights_are_small_and_whole() -> None:
    assert WEIGHTS.stat().st_size < 1_000_000
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert 0.5 < data["add"] < 1
    assert shipped().relation.classes == RELATIONS


@pytest.mark.parametrize(
    ("draft", "known", "expected"),
    [
        ("Ana lives in Oslo.", "ana lives in oslo", "identical"),
        ("Ana's dog is called Bo.", "Ana has a dog named Bo.", "identical"),
        ("Ana lives in Oslo.", "Ana lives in Bergen.", "contradictory"),
        ("Ana is 31 years old.", "Ana is 30 years old.", "contradictory"),
        ("Ana does not like coffee.", "Ana likes coffee.", "contradictory"),
        ("Ana speaks several languages.", "Ana speaks Greek.", "generalises"),
        ("Ana lives in Oslo.", "Ana is allergic to cats.", "unrelated"),
    ],
)
def test_the_relation_of_two_claims(draft: str, known: str, expected: str) -> None:
    assert relation(draft, known, user="Ana") == expected


@pytest.mark.parametrize(
    ("draft", "known"),
    [
        ("Ana cannot swim.", "Ana's father is a baker."),
        ("Ana never eats breakfast.", "Ana's bike was stolen."),
    ],
)
def test_a_denial_contradicts_nothing_that_speaks_of_another_thing(draft: str, known: str) -> None:
    near = np.ones(4), np.ones(4)
    assert relation(draft, known, user="Ana") != "contradictory"
    assert relation(draft, known, user="Ana", vectors=near) != "contradictory"


@pytest.mark.parametrize(
    ("draft", "known"),
    [
        ("Ana likes coffee.", "Ana does not like coffee."),
        ("Ana has 3 cats.", "Ana has 2 cats."),
        ("Ana's boss is Mia.", "Ana's boss is Lea."),
    ],
)
def test_what_differs_in_a_name_a_number_or_a_denial_is_never_identical(
    draft: str, known: str
) -> None:
    near = np.ones(4), np.ones(4)
    assert relation(draft, known, user="Ana", vectors=near) != "identical"
    assert relation(draft, known, user="Ana") != "identical"


def test_a_judge_keeps_no_words_of_what_it_has_judged() -> None:
    class Counting:
        asked = 0

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            self.asked += len(texts)
            return [[float(len(text)), 1.0] for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    embedder = Counting()
    judge = Judge(embedder)
    first = judge.vectors([UNRULED, "I love figs.", UNRULED])
    again = judge.vectors(["I love figs.", UNRULED])
    assert embedder.asked == 2
    assert first[:2].tolist() == again[::-1].tolist()
    assert not any(isinstance(key, str) for key in judge._vectors)
