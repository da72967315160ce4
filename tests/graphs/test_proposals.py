"""Proposals are judged and settled by code alone."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from usermind.graphs.excerpts import SHOWN, Excerpt, excerpts, unread
from usermind.graphs.proposals import changing, components, located, settle, validated
from usermind.memory import Observation
from usermind.memory.changes import Change
from usermind.prompts import Citation, Operation
from usermind.prompts.reflect import Op
from usermind.types import ObservationId, PropositionId

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def observation(text: str, *, author: str = "user") -> Observation:
    return Observation(
        ObservationId("o1"), text, "chat", author, "first_party", None, None, NOON, NOON
    )


def change(
    op: Op, *, target: str | None = None, slot: str | None = None, at: float = 0.0
) -> Change:
    return Change(
        op=op,
        statement="",
        evidence=(),
        said_at=at,
        vouched=True,
        confidence=0.9,
        durability="year",
        slot=slot,
        target=None if target is None else PropositionId(target),
    )


@pytest.mark.parametrize("text", ["Hi. " * 4_000, "word " * 5_000, "x" * 20_000, "a\nb" * 5_000])
def test_excerpts_make_up_the_text_and_their_starts_are_true(text: str) -> None:
    item = observation(text)
    shown = excerpts([item])
    assert "".join(excerpt.text for excerpt in shown) == text
    assert all(text[e.start : e.start + len(e.text)] == e.text for e in shown)
    assert all(0 < len(excerpt.text) <= SHOWN for excerpt in shown)
    assert unread([item], shown) == 0
    (beginning,) = excerpts([item], most=1)
    assert unread([item], [beginning]) == len(text) - len(beginning.text)


@pytest.mark.parametrize("text", ["One line.\n" * 900, "One sentence. " * 900, "word " * 2_000])
def test_excerpts_begin_where_something_begins(text: str) -> None:
    assert all(excerpt.text[0] in "Ow" for excerpt in excerpts([observation(text)]))


def test_a_quote_is_found_in_its_excerpt_first_and_then_in_the_whole_text() -> None:
    item = observation("I like tea. Later. I like Tea, they say.")
    for start, quote, expected in (
        (0, "like tea", 2),
        (12, "like tea", 21),
        (30, "like tea", 2),
        (0, "LIKE  TEA", 2),
    ):
        place = located(quote, Excerpt(item, start, item.text[start:]))
        assert place is not None
        assert (place.start, place.end) == (expected, expected + 8)
    whole = Excerpt(item, 0, item.text)
    assert located("coffee", whole) is located("  ", whole) is None
    assert located("tea", Excerpt(observation("tea", author="assistant"), 0, "tea")) is None


def test_the_day_of_a_recorded_entry_is_no_evidence() -> None:
    text = "Yoga\nSunday 29 November 2026, 10:15–11:00"
    proposal = Operation(
        op="add",
        target=None,
        statement="Ana does yoga.",
        evidence=[Citation(observation=1, quote=text.splitlines()[1])],
        confidence=0.8,
        durability="year",
        slot=None,
    )
    said = observation(text)
    entry = replace(said, tier="observed")
    assert validated(proposal, [Excerpt(entry, 0, text)], ()) is None
    assert validated(proposal, [Excerpt(said, 0, text)], ()) is not None
    title = proposal.model_copy(update={"evidence": [Citation(observation=1, quote="Yoga")]})
    assert validated(title, [Excerpt(entry, 0, text)], ()) is not None


def test_changes_of_one_target_or_slot_belong_together_in_order_of_time() -> None:
    late, early = change("revise", target="p1", at=2.0), change("reinforce", target="p1", at=1.0)
    slots = [change("add", slot="home", at=at) for at in (4.0, 3.0)]
    alone = [change("add"), change("add")]
    groups = components([late, early, *slots, *alone])
    assert groups == [[early, late], slots[::-1], *([one] for one in alone)]


def test_the_last_word_on_a_target_counts_and_all_its_support() -> None:
    ops: list[Op] = ["reinforce", "revise", "contradict", "reinforce", "supersede"]
    group = [change(op, target="p1", at=float(place)) for place, op in enumerate(ops)]
    kept = settle(group)
    assert [item.op for item in kept] == ["reinforce", "supersede"]
    assert changing(group) - changing(kept) == 2
    untargeted = [change("add", slot="home") for _ in range(2)]
    assert settle(untargeted) == untargeted
    assert all(len(settle(list(pair))) <= 2 for pair in itertools.permutations(group, 2))
