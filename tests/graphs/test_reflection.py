"""The model proposes, the code disposes: what each proposal does, and what failures leave."""

import signal
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from usermind import MemoryStore, UserMemory
from usermind.errors import (
    EmbedderMismatchError,
    InvalidModelOutputError,
    ModelUnavailableError,
    PromptTooLongError,
)
from usermind.graphs import reflect
from usermind.graphs.excerpts import MOST, SHOWN
from usermind.memory import ReflectionReport
from usermind.memory.work import LEASE, LONGEST_DELAY, MAX_ATTEMPTS
from usermind.models import Offline
from usermind.prompts import Citation, Operation, Operations, ReflectPrompt
from usermind.prompts.reflect import Op
from usermind.testing import ScriptedReasoner, StoppedClock
from usermind.types import Durability, PropositionId

OpenStore = Callable[..., MemoryStore]
StartPython = Callable[..., Any]
NOTHING = Operations(operations=[])


def operation(
    op: Op,
    quote: str,
    statement: str = "",
    *,
    on: int = 1,
    target: int | None = None,
    confidence: float = 0.9,
    durability: Durability = "year",
    slot: str | None = None,
) -> Operation:
    return Operation(
        op=op,
        target=target,
        statement=statement,
        evidence=[Citation(observation=on, quote=quote)],
        confidence=confidence,
        durability=durability,
        slot=slot,
    )


def run(memory: UserMemory, *operations: Operation) -> ReflectionReport:
    return reflect(memory, ScriptedReasoner([Operations(operations=list(operations))]))


def learn(memory: UserMemory, text: str, *, slot: str | None = None) -> str:
    """Store a message and the claim of the same words; return the claim's id."""
    memory.observe(text)
    run(memory, operation("add", text, text, slot=slot))
    return found(memory, text)


def found(memory: UserMemory, text: str) -> str:
    return next(p.id for p in memory.propositions.list(status=None) if p.text == text)


def active(memory: UserMemory) -> list[str]:
    return sorted(p.text for p in memory.propositions.list())


def causes(memory: UserMemory, proposition: str) -> list[str]:
    return [version.cause for version in memory.propositions.history(proposition)]


# -- the effects of operations ------------------------------------------------------------


def test_an_added_claim_has_its_quote_author_and_calibrated_confidence(ana: UserMemory) -> None:
    ana.observe("Hi! I moved to Oslo in May.")
    report = run(ana, operation("add", "moved to Oslo", "Ana lives in Oslo.", slot="home"))

    assert (report.processed, report.changed, report.rejected) == (1, 1, 0)
    assert (report.calls, report.pending, report.errors) == (1, 0, ())
    (claim,) = ana.propositions.list()
    assert (claim.text, claim.slot, claim.status) == ("Ana lives in Oslo.", "home", "active")
    explained = ana.propositions.explain(claim.id)
    assert [e.quote for e in explained.evidence] == ["moved to Oslo"]
    assert explained.prior == pytest.approx(0.877)
    # It is what the model said of it: the evidence is not counted again.
    assert claim.confidence == pytest.approx(explained.prior)
    (version,) = ana.propositions.history(claim.id)
    assert (version.cause, version.author) == ("add", "scripted")


def test_reinforcing_adds_evidence_confidence_and_freshness(
    ana: UserMemory, clock: StoppedClock
) -> None:
    tea = learn(ana, "Ana likes tea.")
    before = ana.propositions.get(tea)
    clock.advance(timedelta(days=100))
    ana.observe("Tea again, lovely.")
    run(ana, operation("reinforce", "Tea", target=1))

    after = ana.propositions.get(tea)
    assert after.confidence > before.confidence
    assert after.supported_at == clock.now
    assert causes(ana, tea) == ["add", "reinforce"]
    assert [e.quote for e in ana.propositions.explain(tea).evidence] == ["Ana likes tea.", "Tea"]


def test_all_support_of_one_batch_is_kept(ana: UserMemory) -> None:
    tea = learn(ana, "Ana likes tea.")
    for number in range(3):
        ana.observe(f"Tea, cup {number}.", session=str(number))
    report = run(ana, *(operation("reinforce", f"cup {n}", on=n + 1, target=1) for n in range(3)))

    assert report.rejected == 0
    assert len(ana.propositions.explain(tea).evidence) == 4


def test_revising_sharpens_the_words_and_keeps_the_old_ones_in_the_history(
    ana: UserMemory,
) -> None:
    violin = learn(ana, "Ana makes music.")
    ana.observe("I play the violin.")
    run(ana, operation("revise", "violin", "Ana plays the violin.", target=1))

    assert ana.propositions.get(violin).text == "Ana plays the violin."
    assert [v.text for v in ana.propositions.history(violin)] == [
        "Ana makes music.",
        "Ana plays the violin.",
    ]
    assert causes(ana, violin) == ["add", "revise"]
    assert ana.recall("violin", kinds=["proposition"])[0].text == "Ana plays the violin."


def test_contradiction_takes_confidence_and_at_last_the_claim(ana: UserMemory) -> None:
    tea = learn(ana, "Ana likes tea.")
    beliefs = [ana.propositions.get(tea).confidence]
    for number in range(3):
        if ana.propositions.get(tea).status != "active":
            break
        ana.observe(f"No tea for me, {number}.", session=str(number))
        run(ana, operation("contradict", "No tea", target=1))
        beliefs.append(ana.propositions.get(tea).confidence)

    gone = ana.propositions.get(tea)
    assert beliefs == sorted(beliefs, reverse=True)
    assert gone.status == "contradicted"
    assert gone.confidence < 0.5
    assert active(ana) == []
    assert causes(ana, tea)[:2] == ["add", "contradict"]
    assert {e.polarity for e in ana.propositions.explain(tea).evidence} == {1, -1}


def test_retiring_ends_a_claim_at_once(ana: UserMemory) -> None:
    tea = learn(ana, "Ana likes tea.")
    ana.observe("I was joking about the tea.")
    run(ana, operation("retire", "joking", target=1))
    assert ana.propositions.get(tea).status == "contradicted"
    assert causes(ana, tea) == ["add", "retire"]


def test_superseding_links_the_old_claim_to_the_new_one(ana: UserMemory) -> None:
    oslo = learn(ana, "Ana lives in Oslo.", slot="home")
    ana.observe("I moved to Bergen.")
    run(ana, operation("supersede", "Bergen", "Ana lives in Bergen.", target=1, slot="home"))

    bergen = found(ana, "Ana lives in Bergen.")
    old = ana.propositions.get(oslo)
    assert active(ana) == ["Ana lives in Bergen."]
    assert (old.status, old.superseded_by) == ("superseded", bergen)
    assert causes(ana, oslo) == ["add", "supersede"]
    assert causes(ana, bergen) == ["supersede"]
    assert [e.polarity for e in ana.propositions.explain(oslo).evidence] == [1, -1]
    assert all(hit.id != oslo for hit in ana.recall("Where do I live?", kinds=["proposition"]))


def test_superseding_by_the_same_words_is_support(ana: UserMemory) -> None:
    oslo = learn(ana, "Ana lives in Oslo.", slot="home")
    ana.observe("I still live in Oslo.")
    run(ana, operation("supersede", "Oslo", "Ana lives in Oslo", target=1, slot="home"))
    assert ana.propositions.get(oslo).status == "active"
    assert causes(ana, oslo) == ["add", "reinforce"]


def test_generalising_adds_a_claim_beside_the_one_it_sums_up(ana: UserMemory) -> None:
    learn(ana, "Ana plays the violin.")
    ana.observe("And I started the cello.")
    run(ana, operation("generalise", "cello", "Ana plays string instruments.", target=1))
    assert active(ana) == ["Ana plays string instruments.", "Ana plays the violin."]


def test_the_same_claim_twice_is_one_claim_with_two_pieces_of_evidence(ana: UserMemory) -> None:
    for text in ("I like tea.", "Tea is what I like."):
        ana.observe(text)
        run(ana, operation("add", text, "Ana likes tea."))
    (claim,) = ana.propositions.list()
    assert len(ana.propositions.explain(claim.id).evidence) == 2
    assert causes(ana, claim.id) == ["add", "reinforce"]


def test_the_same_proposal_twice_in_one_answer_counts_once(ana: UserMemory) -> None:
    ana.observe("I like tea.")
    same = operation("add", "tea", "Ana likes tea.")
    report = run(ana, same, same)
    (claim,) = ana.propositions.list()
    assert len(ana.propositions.explain(claim.id).evidence) == 1
    assert (report.changed, report.rejected) == (1, 1)


# -- slots --------------------------------------------------------------------------------


def test_a_new_value_of_a_slot_takes_the_place_of_the_old_one(
    ana: UserMemory, clock: StoppedClock
) -> None:
    oslo = learn(ana, "Ana lives in Oslo.", slot="home")
    clock.advance(timedelta(days=1))
    bergen = learn(ana, "Ana lives in Bergen.", slot="home")
    assert active(ana) == ["Ana lives in Bergen."]
    assert ana.propositions.get(oslo).superseded_by == bergen


@pytest.mark.parametrize("op", ["add", "supersede"])
def test_a_value_told_late_does_not_displace_a_later_one(
    op: Op, ana: UserMemory, clock: StoppedClock
) -> None:
    oslo = learn(ana, "Ana lives in Oslo.", slot="home")
    ana.observe("I live in Bergen.", at=clock.now - timedelta(days=400))
    run(ana, operation(op, "Bergen", "Ana lives in Bergen.", target=1, slot="home"))

    assert active(ana) == ["Ana lives in Oslo."]
    bergen = ana.propositions.get(found(ana, "Ana lives in Bergen."))
    assert (bergen.status, bergen.superseded_by) == ("superseded", oslo)
    assert causes(ana, oslo) == ["add"]


def test_hearsay_fills_no_slot_and_displaces_nothing_told_late(
    ana: UserMemory, clock: StoppedClock
) -> None:
    learn(ana, "Ana lives in Oslo.", slot="home")
    clock.advance(timedelta(days=1))
    ana.observe("Ana lives in Rome.", author="Bob")
    run(ana, operation("add", "Rome", "Ana lives in Rome.", slot="home"))
    assert active(ana) == ["Ana lives in Oslo.", "Ana lives in Rome."]

    ana.observe("I lived in Bergen then.", at=clock.now - timedelta(days=9))
    run(ana, operation("add", "Bergen", "Ana lives in Bergen.", slot="home"))
    bergen = ana.propositions.get(found(ana, "Ana lives in Bergen."))
    assert bergen.superseded_by == found(ana, "Ana lives in Oslo.")


def test_hearsay_that_the_user_bears_out_takes_the_slot(
    ana: UserMemory, clock: StoppedClock
) -> None:
    learn(ana, "Ana lives in Oslo.", slot="home")
    ana.observe("Ana lives in Rome.", author="Bob")
    run(ana, operation("add", "Rome", "Ana lives in Rome.", slot="home"))
    clock.advance(timedelta(days=1))
    ana.observe("Right, I live in Rome now.")
    run(ana, operation("add", "Rome", "Ana lives in Rome.", slot="home"))
    assert active(ana) == ["Ana lives in Rome."]


def test_a_plan_whose_parts_touch_the_same_claim_does_not_conflict_with_itself(
    ana: UserMemory, clock: StoppedClock
) -> None:
    learn(ana, "Ana lives in Oslo.", slot="home")
    clock.advance(timedelta(days=1))
    ana.observe("Oslo was nice. Now I live in Bergen.")
    report = run(
        ana,
        operation("add", "Bergen", "Ana lives in Bergen.", slot="home"),
        operation("reinforce", "Oslo was nice", target=1),
    )
    assert (report.conflicts, report.processed) == (0, 1)
    assert active(ana) == ["Ana lives in Bergen."]


@pytest.mark.parametrize("verdict", ["confirm", "correct"])
def test_the_users_verdict_on_an_old_value_gives_it_the_slot_back(
    verdict: str, ana: UserMemory, clock: StoppedClock
) -> None:
    oslo = learn(ana, "Ana lives in Oslo.", slot="home")
    clock.advance(timedelta(days=1))
    bergen = learn(ana, "Ana lives in Bergen.", slot="home")
    if verdict == "confirm":
        ana.propositions.confirm(oslo)
    else:
        ana.propositions.correct(oslo, "Ana lives in Oslo.")
    assert active(ana) == ["Ana lives in Oslo."]
    assert ana.propositions.get(bergen).superseded_by == oslo
    assert ana.propositions.get(oslo).superseded_by is None


def test_a_slot_that_is_not_single_valued_displaces_nothing(ana: UserMemory) -> None:
    learn(ana, "Ana likes tea.", slot="drink")
    learn(ana, "Ana likes coffee.", slot="drink")
    assert active(ana) == ["Ana likes coffee.", "Ana likes tea."]


# -- what validation throws away ----------------------------------------------------------


@pytest.mark.parametrize(
    "proposal",
    [
        operation("add", "I moved to Bergen", "Ana lives in Bergen."),
        operation("add", "Oslo", "Ana lives in Oslo.", on=2),
        operation("add", "Oslo", "Ana lives in Oslo.", on=999),
        operation("add", "  ", "Ana lives in Oslo."),
        operation("add", "Oslo", "   "),
        operation("reinforce", "Oslo", target=7),
        operation("contradict", "Oslo", "Ana lives in Oslo.", target=7),
        operation("retire", "Oslo", "Ana lives in Oslo.", target=7),
        operation("supersede", "Oslo", target=1),
    ],
    ids=[
        "a quote that is not there",
        "an observation that is not there",
        "an alias far off",
        "a blank quote",
        "no words",
        "support of an unknown claim",
        "contradiction of an unknown claim",
        "retirement of an unknown claim",
        "replacement without words",
    ],
)
def test_a_proposal_that_does_not_hold_is_rejected(proposal: Operation, ana: UserMemory) -> None:
    ana.observe("I moved to Oslo.")
    report = run(ana, proposal)
    assert (report.rejected, report.changed, report.processed) == (1, 0, 1)
    assert ana.propositions.list(status=None) == []
    assert ana.queue().ready == 0


def test_one_bad_proposal_does_not_spoil_the_others(ana: UserMemory) -> None:
    ana.observe("I moved to Oslo.")
    report = run(
        ana,
        operation("add", "not there", "Ana is a spy."),
        operation("add", "Oslo", "Ana lives in Oslo."),
    )
    assert (report.rejected, report.changed) == (1, 1)
    assert active(ana) == ["Ana lives in Oslo."]


def test_a_quote_may_differ_in_case_and_space(ana: UserMemory) -> None:
    ana.observe("I  moved\nto Oslo.")
    run(ana, operation("add", "i moved to oslo", "Ana lives in Oslo."))
    (claim,) = ana.propositions.list()
    assert ana.propositions.explain(claim.id).evidence[0].quote == "I  moved\nto Oslo"


@pytest.mark.parametrize("op", ["supersede", "revise"])
def test_hearsay_neither_replaces_nor_rewrites(op: Op, ana: UserMemory) -> None:
    oslo = learn(ana, "Ana lives in Oslo.")
    ana.observe("Ana lives in Rome.", author="Bob")
    run(ana, operation(op, "Rome", "Ana lives in Rome.", target=1, confidence=1.0))

    assert ana.propositions.get(oslo).text == "Ana lives in Oslo."
    assert ana.propositions.get(oslo).status == "active"
    assert ana.propositions.get(found(ana, "Ana lives in Rome.")).confidence <= 0.5


@pytest.mark.parametrize("statement", ["", "Ana lives in Oslo."])
def test_hearsay_retires_nothing_but_counts_against(statement: str, ana: UserMemory) -> None:
    oslo = learn(ana, "Ana lives in Oslo.")
    before = ana.propositions.get(oslo).confidence
    ana.observe("Ana never lived in Oslo.", author="Bob")
    run(ana, operation("retire", "never", statement, target=1))

    after = ana.propositions.get(oslo)
    assert after.status == "active"
    assert after.confidence < before
    assert causes(ana, oslo) == ["add", "contradict"]


def test_a_confirmed_claim_survives_contrary_hearsay(ana: UserMemory, clock: StoppedClock) -> None:
    oslo = learn(ana, "Ana lives in Oslo.")
    ana.propositions.confirm(oslo)
    confirmed = ana.propositions.get(oslo)
    for number in range(8):
        clock.advance(timedelta(days=1))
        ana.observe(f"Ana never lived in Oslo, {number}.", author="Bob", session=str(number))
        run(ana, operation("contradict", "never", target=1))
    after = ana.propositions.get(oslo)
    assert (after.status, after.confidence, after.version) == (
        "active",
        confirmed.confidence,
        confirmed.version,
    )


def test_what_the_user_said_survives_any_number_of_contrary_emails(
    ana: UserMemory, clock: StoppedClock
) -> None:
    vegan = learn(ana, "I am vegan.")
    for number in range(8):
        clock.advance(timedelta(days=1))
        ana.observe(f"Ana is no vegan, {number}.", author="Bob", session=str(number))
        run(ana, operation("contradict", "no vegan", target=1))
    doubted = ana.propositions.get(vegan)
    assert (doubted.status, doubted.confidence) == ("active", 0.5)

    for text in ("I am not vegan any more.", "I said I am not vegan."):
        clock.advance(timedelta(days=1))
        ana.observe(text)
        run(ana, operation("contradict", "not vegan", target=1))
    assert ana.propositions.get(vegan).status == "contradicted"


def test_hearsay_does_not_end_a_claim_of_the_user_that_was_unlikely_before(
    ana: UserMemory,
) -> None:
    ana.observe("Maybe I am a poet, who knows.")
    run(ana, operation("add", "poet", "Ana is a poet.", confidence=0.0))
    poet = found(ana, "Ana is a poet.")
    assert ana.propositions.get(poet).confidence < 0.5
    ana.observe("Ana is no poet.", author="Bob")
    run(ana, operation("contradict", "no poet", target=1))
    assert ana.propositions.get(poet).status == "active"


def test_contrary_hearsay_ends_hearsay(ana: UserMemory) -> None:
    ana.observe("Ana is rich.", author="Bob")
    run(ana, operation("add", "rich", "Ana is rich."))
    rich = found(ana, "Ana is rich.")
    for number in range(4):
        ana.observe(f"Ana is not rich, {number}.", author="Cy", session=str(number))
        if ana.propositions.get(rich).status == "active":
            run(ana, operation("contradict", "not rich", target=1))
    assert ana.propositions.get(rich).status == "contradicted"


def test_a_denied_claim_is_not_learnt_again_by_any_operation(ana: UserMemory) -> None:
    rich = learn(ana, "Ana is rich.")
    ana.propositions.deny(rich)
    music = learn(ana, "Ana makes music.")
    ana.observe("I am rich, she sang.")
    for op, target in (("add", None), ("revise", 1), ("supersede", 1), ("generalise", 1)):
        ana.observe(f"I am rich, {op}.")
        run(ana, operation(op, "rich", "Ana is rich!", target=target))  # type: ignore[arg-type]
    assert active(ana) == ["Ana makes music."]
    assert ana.propositions.get(music).status == "active"


def test_replies_of_the_assistant_never_become_evidence(ana: UserMemory) -> None:
    ana.observe("You are rich, Ana.", author="assistant")
    assert reflect(ana, ScriptedReasoner()).calls == 0
    ana.observe("Thanks, how kind of you to say.")
    reasoner = ScriptedReasoner(
        [Operations(operations=[operation("add", "rich", "Ana is rich.", on=n) for n in (1, 2)])]
    )
    assert reflect(ana, reasoner).rejected == 2
    (prompt,) = reasoner.prompts
    assert isinstance(prompt, ReflectPrompt)
    assert [line.text for line in prompt.observations] == ["Thanks, how kind of you to say."]
    assert ana.propositions.list(status=None) == []


# -- batches --------------------------------------------------------------------------------


def sizes(memory: UserMemory) -> list[list[str]]:
    """Reflect without proposals; return the sessions of each batch."""
    sessions = {o.text: str(o.session) for o in memory.observations(limit=1_000)}
    batches: list[list[str]] = []

    def answer(prompt: ReflectPrompt) -> Operations:
        batches.append([sessions[line.text] for line in prompt.observations])
        return NOTHING

    reflect(memory, ScriptedReasoner([answer] * 99))
    return batches


def test_a_batch_ends_with_a_session_where_that_is_near(ana: UserMemory) -> None:
    for number in range(40):
        ana.observe(f"Note {number}", session="ab"[number >= 20])
    assert sizes(ana) == [["a"] * 20, ["b"] * 20]


def test_a_batch_that_ends_with_a_session_is_left_whole(ana: UserMemory) -> None:
    for number in range(34):
        ana.observe(f"Note {number}", session="abc"[(number >= 20) + (number >= 24)])
    assert sizes(ana) == [["a"] * 20 + ["b"] * 4, ["c"] * 10]


def test_a_long_session_is_cut_and_no_observation_is_left_out(ana: UserMemory) -> None:
    for number in range(50):
        ana.observe(f"Note {number}", session="a")
    assert [len(batch) for batch in sizes(ana)] == [24, 24, 2]


def test_long_texts_make_small_batches(ana: UserMemory) -> None:
    for number in range(5):
        ana.observe(f"{number} " + "x" * 3_990, session="a")
    assert [len(batch) for batch in sizes(ana)] == [2, 2, 1]


def test_a_long_text_is_shown_in_parts_and_quotes_of_each_are_found(ana: UserMemory) -> None:
    filler = "Nothing much happened on that day, and I went to bed. " * 130
    ana.observe(f"I like tea. {filler} I like coffee. {filler} I  like\nmate.")

    def answer(prompt: ReflectPrompt) -> Operations:
        assert all(len(line.text) <= SHOWN for line in prompt.observations)
        assert all(line.text.startswith(("I ", "Nothing ")) for line in prompt.observations)
        return Operations(
            operations=[
                operation("add", quote, f"Ana likes {drink}.", on=line.alias)
                for line in prompt.observations
                for drink, quote in (("tea", "like tea"), ("coffee", "like coffee"),
                                     ("mate", "I like mate"))
                if drink in line.text
            ]
        )  # fmt: skip

    report = reflect(ana, ScriptedReasoner([answer]))
    assert (report.processed, report.unread, report.rejected) == (1, 0, 0)
    assert active(ana) == ["Ana likes coffee.", "Ana likes mate.", "Ana likes tea."]
    quotes = [ana.propositions.explain(p.id).evidence[0].quote for p in ana.propositions.list()]
    assert sorted(quotes) == ["I  like\nmate", "like coffee", "like tea"]


def test_what_is_too_long_to_be_shown_is_counted(ana: UserMemory) -> None:
    text = "x" * (MOST * SHOWN + 123)
    ana.observe(text)
    report = reflect(ana, ScriptedReasoner([NOTHING]))
    assert (report.processed, report.unread) == (1, 123)


def test_a_model_with_little_room_is_shown_the_beginnings(ana: UserMemory) -> None:
    ana.observe("I like tea. " * 1_000)
    too_long = PromptTooLongError("The prompt is too long.")
    reasoner = ScriptedReasoner([too_long, NOTHING])
    report = reflect(ana, reasoner)
    assert (report.processed, report.calls, report.unread) == (1, 2, 12_000 - 3_996)

    ana.observe("I like coffee.")
    short = reflect(ana, ScriptedReasoner([too_long]))
    assert (short.failed, short.calls) == (1, 1)


# -- failures -----------------------------------------------------------------------------


def test_a_failing_reasoner_leaves_the_items_due_and_says_why(
    ana: UserMemory, clock: StoppedClock
) -> None:
    for number in range(30):
        ana.observe(f"Note {number}")
    down = ScriptedReasoner([ModelUnavailableError("The endpoint is down.")] * 9)
    report = reflect(ana, down)

    assert report.errors == ("The endpoint is down.",)
    assert (report.calls, report.processed) == (1, 0)
    assert report.pending == 30
    assert {failed.error for failed in ana.failures()} == {"The endpoint is down."}
    assert ana.queue().waiting == report.failed
    assert ana.exists

    clock.advance(LONGEST_DELAY)
    mended = reflect(ana, ScriptedReasoner([NOTHING] * 2))
    assert (mended.processed, mended.pending) == (30, 0)
    assert ana.failures() == []


def test_an_item_that_always_fails_ends_among_the_dead_and_no_other_does(
    ana: UserMemory, clock: StoppedClock
) -> None:
    for number in range(6):
        ana.observe("poison" if number == 3 else f"I like tea {number}.")

    def answer(prompt: ReflectPrompt) -> Operations:
        if any(line.text == "poison" for line in prompt.observations):
            raise InvalidModelOutputError("The model answered nonsense.")
        return NOTHING

    reasoner = ScriptedReasoner([answer] * 60)
    for _ in range(3 * MAX_ATTEMPTS):
        reflect(ana, reasoner)
        clock.advance(LONGEST_DELAY)

    assert [(f.observation, f.state) for f in ana.failures()] == [("o4", "dead")]
    assert ana.queue().dead == 1
    assert len(reasoner.prompts) <= 6 + MAX_ATTEMPTS + 2


def test_a_defect_of_the_reasoner_is_raised_and_its_items_back_off(ana: UserMemory) -> None:
    ana.observe("My secret is 1234.")
    with pytest.raises(ZeroDivisionError):
        reflect(ana, ScriptedReasoner([ZeroDivisionError("1234")]))
    (failed,) = ana.failures()
    assert failed.error == "ZeroDivisionError"  # somebody else's message may hold the user's text


@pytest.mark.parametrize("crash", [KeyboardInterrupt, SystemExit])
def test_an_interruption_gives_the_items_back_untouched(
    crash: type[BaseException], ana: UserMemory
) -> None:
    ana.observe("I moved to Oslo.")
    with pytest.raises(crash):
        reflect(ana, ScriptedReasoner([crash()]))
    assert ana.failures() == []
    assert ana.queue().ready == 1


def test_a_store_that_cannot_be_read_is_raised_and_costs_no_attempt(
    open_store: OpenStore,
) -> None:
    class Other:
        model_id = "other"

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[1.0, 0.0] for _ in texts]

        def embed_query(self, text: str) -> list[float]:
            return [1.0, 0.0]

    ana = open_store().user("ana")
    ana.observe("I moved to Oslo.")
    ana.recall("Oslo")
    again = open_store(embedder=Other()).user("ana")
    with pytest.raises(EmbedderMismatchError):
        reflect(again, ScriptedReasoner())
    assert ana.failures() == []
    assert ana.queue().ready == 1


def test_what_was_forgotten_while_the_model_was_thinking_leaves_no_trace(
    ana: UserMemory, folder: Any
) -> None:
    note = str(ana.observe("My canary is Zwiebelfisch.").id)
    ana.observe("I like tea.")

    def answer(prompt: ReflectPrompt) -> Operations:
        ana.forget(observations=[note])
        return Operations(
            operations=[
                operation("add", "Zwiebelfisch", "Ana has Zwiebelfisch."),
                operation("add", "tea", "Ana likes tea.", on=2),
            ]
        )

    report = reflect(ana, ScriptedReasoner([answer]))
    assert (report.changed, report.rejected, report.pending) == (1, 1, 0)
    assert active(ana) == ["Ana likes tea."]
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"zwiebelfisch" not in stored.lower()


def test_words_that_were_forgotten_are_not_learnt_again_by_any_operation(ana: UserMemory) -> None:
    rich = learn(ana, "Ana is rich.")
    ana.propositions.forget(rich)
    learn(ana, "Ana makes music.")
    for op, target in (("add", None), ("revise", 1), ("supersede", 1), ("generalise", 1)):
        ana.observe(f"I am rich, {op}.")
        report = run(ana, operation(op, "rich", "ANA IS RICH", target=target))  # type: ignore[arg-type]
        assert report.rejected == 1
    assert active(ana) == ["Ana makes music."]


# -- at once ------------------------------------------------------------------------------


def test_a_claim_that_changed_while_the_model_was_thinking_is_asked_about_again(
    ana: UserMemory,
) -> None:
    tea = learn(ana, "Ana likes tea.")
    ana.observe("Green tea above all.")

    def outdated(prompt: ReflectPrompt) -> Operations:
        ana.propositions.confirm(tea)
        return Operations(
            operations=[operation("revise", "Green", "Ana likes green tea.", target=1)]
        )

    reasoner = ScriptedReasoner([outdated, NOTHING])
    report = reflect(ana, reasoner)
    assert (report.conflicts, report.calls, report.processed, report.pending) == (1, 2, 1, 0)
    assert active(ana) == ["Ana likes tea."]


def test_endless_conflicts_end_and_leave_the_items_due(ana: UserMemory) -> None:
    tea = learn(ana, "Ana likes tea.")
    ana.observe("Green tea above all.")

    def outdated(prompt: ReflectPrompt) -> Operations:
        ana.propositions.confirm(tea)
        return Operations(operations=[operation("reinforce", "Green", target=1)])

    reasoner = ScriptedReasoner([outdated] * 20)
    report = reflect(ana, reasoner)
    assert report.pending == 1
    assert len(reasoner.prompts) <= 5


def test_two_workers_at_once_double_nothing(open_store: OpenStore) -> None:
    one, other = open_store().user("ana"), open_store().user("ana")
    for number in range(60):
        one.observe(f"I like tea number {number}.", session=str(number))
    meet = threading.Barrier(2, timeout=30)

    def answer(prompt: ReflectPrompt) -> Operations:
        with suppress(threading.BrokenBarrierError):  # once one worker has finished
            meet.wait(timeout=2)
        return Operations(
            operations=[
                operation("add", line.text, f"Ana says: {line.text}", on=line.alias)
                for line in prompt.observations
            ]
        )

    reports: list[ReflectionReport] = []
    workers = [
        threading.Thread(
            target=lambda memory=memory: reports.append(
                reflect(memory, ScriptedReasoner([answer] * 20))
            )
        )
        for memory in (one, other)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(report.processed for report in reports) == 60
    claims = one.propositions.list()
    assert len({claim.text for claim in claims}) == len(claims) == 60
    assert all(len(one.propositions.explain(claim.id).evidence) == 1 for claim in claims)
    assert one.settle_due() == 0


def test_a_worker_that_lost_its_lease_writes_nothing(
    open_store: OpenStore, clock: StoppedClock
) -> None:
    slow, quick = open_store().user("ana"), open_store().user("ana")
    slow.observe("I like tea.")
    answer = Operations(operations=[operation("add", "tea", "Ana likes tea.")])

    def overtaken(prompt: ReflectPrompt) -> Operations:
        clock.advance(LEASE)
        assert reflect(quick, ScriptedReasoner([answer])).processed == 1
        return answer

    report = reflect(slow, ScriptedReasoner([overtaken]))
    assert (report.conflicts, report.processed) == (1, 0)
    (claim,) = slow.propositions.list()
    assert len(slow.propositions.explain(claim.id).evidence) == 1
    assert claim.version == 1


# -- death --------------------------------------------------------------------------------

REFLECT_AND_DIE = """
import os, signal, sys
import usermind.graphs.reflection as steps
from usermind import MemoryStore
from usermind.memory import changes, work
from usermind.models import Offline

folder, step = sys.argv[1:]

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

class Dying(Offline):
    def complete(self, prompt):
        return die()

# Deaths between the nodes, and between the statements of the one transaction.
if step in ("lease", "relate", "revise", "apply"):
    setattr(steps, step, die)
elif step == "before commit":
    changes._supported = die
elif step == "after the queue":
    changes._known = die
elif step == "after commit":
    steps.UserMemory.settle_due = die
store = MemoryStore(folder, embedder="lexical")
steps.reflect(store.user("ana"), Dying() if step == "propose" else Offline())
"""
SAID = [
    "My name is Ana and I live in Oslo.",
    "I have a cat called Bo.",
    "I am a vegetarian.",
    "I moved to Bergen.",
]


@pytest.mark.parametrize(
    "step",
    ["lease", "propose", "relate", "revise", "apply", "after the queue", "before commit",
     "after commit"],
)  # fmt: skip
def test_a_worker_killed_at_any_step_loses_and_doubles_nothing(
    step: str, open_store: OpenStore, python: StartPython, clock: StoppedClock
) -> None:
    clock.now = datetime.now(UTC)
    for user in ("ana", "undisturbed"):
        memory = open_store().user(user)
        for day, text in enumerate(SAID):
            memory.observe(text, at=clock.now - timedelta(days=9 - day), external_id=str(day))

    killed = python(REFLECT_AND_DIE, memory._store.path, step)
    _, errors = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, errors
    clock.advance(LEASE + timedelta(minutes=1))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = [reflect(open_store().user(user), Offline()) for user in ("ana", "undisturbed")]
    assert [report.pending for report in again] == [0, 0]
    after = [known(open_store().user(user)) for user in ("ana", "undisturbed")]
    assert str(after[0]).replace("Undisturbed", "Ana") == str(after[1]).replace(
        "Undisturbed", "Ana"
    )
    assert len(after[0]) >= 3


def known(memory: UserMemory) -> list[object]:
    return [
        (
            claim.text,
            claim.status,
            claim.slot,
            round(claim.confidence, 9),
            [e.quote for e in memory.propositions.explain(claim.id).evidence],
            causes(memory, PropositionId(claim.id)),
        )
        for claim in sorted(memory.propositions.list(status=None), key=lambda p: p.id)
    ]


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        ("I don't like horror movies.", "My favourite genre is film noir.", True),
        ("I never watch animated movies.", "I watched a good film yesterday.", True),
        ("I don't like horror movies.", "I love horror movies now.", False),
    ],
)
def test_who_does_not_like_one_kind_of_film_may_like_another(
    ana: UserMemory, first: str, then: str, stands: bool
) -> None:
    ana.observe(first)
    ana.reflect()
    [denial] = ana.propositions.list()
    ana.observe(then)
    ana.reflect()

    assert (ana.propositions.get(denial.id).status == "active") == stands
