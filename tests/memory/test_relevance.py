"""Texts are compared with a question by themselves: what else a file holds plays no part."""

from collections.abc import Callable, Sequence

import pytest

from usermind import MemoryStore, UserMemory
from usermind.errors import ModelUnavailableError, UnknownUserError
from usermind.memory.relevance import Passage
from usermind.memory.vectors import DegradedRecallWarning
from usermind.types import ModelPlace

CLAIMS = ("Ana writes short emails.", "Ana hates rain.", "Ana plays chess on Mondays.")


class Watched:
    """An embedder elsewhere: vectors of two numbers; what it was sent is kept."""

    model_id = "watched"

    def __init__(self, recipient: ModelPlace = "remote model") -> None:
        self.recipient: ModelPlace = recipient
        self.seen: list[str] = []
        self.down = False

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        if self.down:
            raise ModelUnavailableError("down")
        self.seen += texts
        return [[1.0, float("chess" in text)] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def passages(memory: UserMemory) -> list[Passage]:
    return [Passage(claim.id, claim.text) for claim in memory.propositions.list()]


def test_the_text_that_shares_words_fits_best_and_others_do_not_change_it(
    ana: UserMemory,
) -> None:
    ana.observe("Hello.")
    texts = [Passage(f"o{number}", text) for number, text in enumerate(CLAIMS, 50)]
    (before,) = ana.relevance(["writing emails"], texts)
    assert before.argmax() == 0
    assert ((before >= 0.0) & (before <= 1.0)).all()
    for number in range(20):
        ana.observe(f"I write emails about emails, number {number}.")
    ana.remember("Ana writes emails.")
    (after,) = ana.relevance(["writing emails"], texts)
    assert after.tolist() == before.tolist()


def test_there_may_be_nothing_to_compare(ana: UserMemory) -> None:
    ana.observe("Hello.")
    assert ana.relevance([], [Passage("o1", "Hello.")]).shape == (0, 1)
    assert ana.relevance(["hello", "again"], []).shape == (2, 0)


def test_an_unknown_user_has_nothing_to_compare_with(ana: UserMemory) -> None:
    with pytest.raises(UnknownUserError):
        ana.relevance(["hello"], [Passage("o1", "Hello.")])


def test_vectors_that_are_kept_are_used_and_words_that_changed_get_their_own(
    open_store: Callable[..., MemoryStore],
) -> None:
    embedder = Watched("offline")
    ana = open_store(embedder=embedder).user("ana")
    for text in CLAIMS:
        ana.remember(text)
    ana.embed()
    embedder.seen.clear()
    ana.relevance(["chess"], passages(ana))
    assert embedder.seen == ["chess"]
    earlier = [Passage(each.id, each.text.replace("chess", "go")) for each in passages(ana)]
    embedder.seen.clear()
    ana.relevance(["chess"], earlier)
    assert embedder.seen == ["Ana plays go on Mondays.", "chess"]


def test_while_the_embedder_is_down_words_decide(open_store: Callable[..., MemoryStore]) -> None:
    embedder = Watched("offline")
    ana = open_store(embedder=embedder).user("ana")
    for text in CLAIMS:
        ana.remember(text)
    embedder.down = True
    with pytest.warns(DegradedRecallWarning):
        (found,) = ana.relevance(["rain"], passages(ana))
    assert passages(ana)[int(found.argmax())].text == "Ana hates rain."
    with pytest.warns(DegradedRecallWarning):
        assert ana.profile(task="rain").claims[0].text == "Ana hates rain."


def test_an_embedder_elsewhere_is_not_sent_what_is_private(
    open_store: Callable[..., MemoryStore],
) -> None:
    embedder = Watched()
    ana = open_store(embedder=embedder).user("ana")
    for text in CLAIMS:
        ana.remember(text)
    ana.private.add("rain")
    ana.relevance(["weather"], [*passages(ana), Passage("o1", "Rain again!", "Bob")])
    assert embedder.seen
    assert not any("rain" in text.lower() for text in embedder.seen)
    ana.relevance(["Ana hates rain."], passages(ana), written_by="user")
    assert not any("rain" in text.lower() for text in embedder.seen)


def test_texts_are_likest_to_themselves_and_liker_the_more_they_share(
    open_store: Callable[..., MemoryStore],
) -> None:
    embedder = Watched("offline")
    words = (*CLAIMS, "Ana plays chess on Tuesdays.")
    for store in (open_store(), open_store(embedder=embedder)):
        ana = store.user("ana")
        if not ana.exists:
            ana.observe("Hello.")
        embedder.down = store.embedder() is embedder  # then the words that they share decide
        alike = ana.likeness(words)
        assert alike.shape == (4, 4)
        assert abs(alike - alike.T).max() < 1e-6
        assert alike.diagonal().tolist() == pytest.approx([1.0] * 4)
        assert alike[2, 3] > max(alike[2, 0], alike[2, 1])
        assert ((alike >= -1.0) & (alike <= 1.0)).all()


def test_likeness_needs_a_user_who_is_known(store: MemoryStore) -> None:
    with pytest.raises(UnknownUserError):
        store.user("nobody").likeness(CLAIMS)
