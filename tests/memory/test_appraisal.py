"""What answers say of benefits and of interruptions: bounded, monotone, and nearest to its like."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind import MemoryStore
from usermind.memory import Candidate, Moment, Patience, Suggestion, UserMemory
from usermind.memory.appraisal import (
    SPAN,
    Answer,
    Answered,
    Appraisal,
    Group,
    Outcome,
    appraise,
    groups,
)
from usermind.memory.utility import LOUD, WAYS, Device, Situation, Stakes, decide, worth
from usermind.testing import StoppedClock

kinds, contexts = st.sampled_from(["reminder", "idea"]), st.sampled_from(["free", "focus"])
devices: st.SearchStrategy[Device] = st.sampled_from(["unknown", "desktop", "phone"])
chains = st.builds(groups, kinds, contexts, devices, st.sampled_from([0.0, 0.9]))
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(
    ["accept", "dismiss", "snooze", "never", "up", "down", "unanswered"]
)
answers = st.lists(st.builds(Answered, chains, outcomes, st.booleans()), max_size=30)
portion, amount = st.floats(0.0, 1.0), st.floats(0.0, 20.0)

YES: tuple[Outcome, ...] = ("accept", "up")
NO: tuple[Outcome, ...] = ("dismiss", "snooze", "never", "down", "unanswered")


@given(answers, chains)
def test_a_constant_at_most_doubles_or_halves_and_stands_where_nobody_answered(
    said: list[Answered], chain: Sequence[Group]
) -> None:
    found = appraise(said, chain)
    for factor in (found.valued, found.strain):
        assert 1 / SPAN < factor < SPAN
    silent = appraise([], chain)
    assert (silent.valued, silent.strain) == (1.0, 1.0)


@given(answers, chains, chains, outcomes, st.booleans())
def test_praise_never_lowers_and_blame_never_raises_what_any_offer_is_worth(
    said: list[Answered],
    chain: Sequence[Group],
    of: tuple[Group, ...],
    outcome: Outcome,
    interrupted: bool,
) -> None:
    before = appraise(said, chain)
    after = appraise([*said, Answered(of, outcome, interrupted)], chain)
    if outcome in YES:
        assert after.valued >= before.valued - 1e-12
        assert after.strain <= before.strain + 1e-12
    else:
        assert after.valued <= before.valued + 1e-12
        assert after.strain >= before.strain - 1e-12


@given(answers, chains, st.sampled_from(NO), portion, amount, amount, amount, st.booleans())
def test_no_answer_against_makes_louder_what_was_quiet(
    said: list[Answered],
    chain: tuple[Group, ...],
    outcome: Outcome,
    useful: float,
    benefit: float,
    cost: float,
    missed: float,
    focus: bool,
) -> None:
    def weighed(found: Appraisal) -> tuple[Stakes, Situation]:
        stakes = Stakes(useful, benefit, cost, missed, valued=found.valued)
        return stakes, Situation(focus=focus, strain=found.strain)

    before = weighed(appraise(said, chain))
    after = weighed(appraise([*said, Answered(chain, outcome, interrupted=True)], chain))
    for way in WAYS:
        assert worth(way, *after) <= worth(way, *before) + 1e-9
    if decide(*before).way == "silent":
        # What a digest costs does not hang on the moment, so only the loud ways lose by it.
        assert decide(*after).way not in LOUD


@given(st.permutations([("accept", True), ("down", True), ("never", False), ("dismiss", True)]))
def test_the_order_of_answers_does_not_matter(order: list[tuple[Outcome, bool]]) -> None:
    chain = groups("idea", "focus", "phone", 0.9)
    said = [Answered(chain, outcome, interrupted) for outcome, interrupted in order]
    found, same = appraise(said, chain), appraise(sorted(said, key=str), chain)
    assert found.valued == pytest.approx(same.valued)
    assert found.strain == pytest.approx(same.strain)


def test_an_answer_counts_most_where_it_was_given_and_not_for_another_kind() -> None:
    there = groups("reminder", "focus", "phone", 0.0)
    said = [Answered(there, "dismiss", interrupted=True)] * 4
    places = [
        there,
        groups("reminder", "focus", "desktop", 0.0),
        groups("reminder", "free", "unknown", 0.0),
        groups("idea", "focus", "phone", 0.0),
    ]
    strains = [appraise(said, place).strain for place in places]
    assert strains == sorted(strains, reverse=True)
    assert len(set(strains)) == 4
    assert strains[-1] == 1.0


def test_a_snooze_speaks_of_such_moments_alone() -> None:
    focus, free = (groups("reminder", context, "unknown", 0.0) for context in ("focus", "free"))
    said = [Answered(focus, "snooze", interrupted=True)]
    assert appraise(said, focus).strain > 1.0
    assert appraise(said, free).strain == 1.0


@pytest.mark.parametrize(
    ("said", "context", "lately", "costs"),
    [
        ("dismiss", "free", 0.0, False),
        ("dismiss", "focus", 0.0, True),
        ("dismiss", "meeting", 0.0, True),
        ("dismiss", "free", 0.9, True),
        ("snooze", "free", 0.0, False),
        ("down", "free", 0.0, True),
        ("never", "free", 0.0, True),
        ("unanswered", "focus", 0.0, False),
    ],
)
def test_what_is_waved_away_costs_where_attention_was_worth_more(
    said: Outcome, context: str, lately: float, costs: bool
) -> None:
    chain = groups("reminder", context, "unknown", lately)
    assert (appraise([Answered(chain, said, interrupted=True)], chain).strain > 1.0) is costs
    assert appraise([Answered(chain, said, interrupted=False)], chain).strain == 1.0


# -- through the door -----------------------------------------------------------------------

MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
CALM = Patience(per_day=100, burst=100, every=timedelta(seconds=1), quiet=None, zone="UTC")
WORDS = ("zebra", "quilt", "violin", "train", "harbour", "mustard", "pepper", "lantern")


@pytest.fixture
def watch() -> StoppedClock:
    return StoppedClock(MONDAY)


@pytest.fixture
def ana(tmp_path: Path, watch: StoppedClock) -> Iterator[UserMemory]:
    with MemoryStore(tmp_path / "store", embedder="lexical", clock=watch) as store:
        memory = store.user("ana")
        memory.observe("My dentist appointment is on Thursday at 10.")
        memory.observe("Bo is allergic to nuts.")
        yield memory


def offered(ana: UserMemory, matter: str, moment: Moment, **changes: Any) -> Suggestion:
    made = Candidate(
        kind="reminder",
        title=matter.capitalize(),
        text=f"Do not forget the {matter}.",
        basis=(ana.observations()[-1].id,),
        matter=matter,
        useful=0.95,
        benefit=20.0,
        expires=ana.now() + timedelta(days=2),
    )
    found = ana.suggestions.consider(replace(made, **changes), patience=CALM, moment=moment)
    assert found.suggestion is not None, found.passed
    return found.suggestion


def answered(
    ana: UserMemory, watch: StoppedClock, answer: Answer, moment: Moment, words: Sequence[str]
) -> None:
    for word in words:
        one = offered(ana, word, moment)
        assert one.state == "open"
        ana.suggestions.answer(one.id, answer)
        watch.advance(timedelta(hours=6))  # so that none comes on top of another


def test_offers_dismissed_in_focus_make_focus_dearer_for_their_kind(
    ana: UserMemory, watch: StoppedClock
) -> None:
    focus, free = Moment(focus=True, device="phone"), Moment()
    answered(ana, watch, "dismiss", focus, WORDS[:3])
    dear, calm, other = (
        offered(ana, "finish", focus),
        offered(ana, "compass", free),
        offered(ana, "telescope", focus, kind="idea"),
    )
    strains = [one.decision.situation.strain for one in (dear, calm, other)]
    assert strains[0] > strains[1] > strains[2] == 1.0
    told = ana.suggestions.explain(dear.id).appraisal
    assert [(each.group[-1], each.yes, each.no) for each in told.cost] == [
        ("reminder", 3.0, 0.0),
        ("focus", 3.0, 0.0),
        ("phone", 3.0, 0.0),
    ]
    assert told.strain == pytest.approx(dear.decision.situation.strain, abs=1e-6)
    assert told.valued == dear.decision.stakes.valued == 1.0


@pytest.mark.parametrize("answer", ["accept", "up"])
def test_offers_that_were_taken_bring_more(
    ana: UserMemory, watch: StoppedClock, answer: Answer
) -> None:
    answered(ana, watch, answer, Moment(), WORDS[:4])
    one = offered(ana, "finish", Moment())
    assert one.decision.stakes.valued > 1.0 > one.decision.situation.strain
    assert one.decision.stakes.benefit == 20.0  # what was stated stays beside it
    answered(ana, watch, "down", Moment(), WORDS[4:7])
    assert offered(ana, "compass", Moment()).decision.stakes.valued < one.decision.stakes.valued


def test_the_last_word_on_an_offer_counts(ana: UserMemory) -> None:
    one = offered(ana, "zebra", Moment())
    for answer in ("up", "down", "up"):
        ana.suggestions.answer(one.id, answer)
    (kind, _) = ana.suggestions.explain(one.id).appraisal.benefit
    assert (kind.yes, kind.no) == (1.0, 0.0)


def test_what_came_in_the_digest_says_nothing_of_interruptions(ana: UserMemory) -> None:
    one = offered(ana, "zebra", Moment(meeting=True), useful=0.6, benefit=1.0)
    assert one.state == "digest"
    ana.suggestions.digest()
    ana.suggestions.answer(one.id, "dismiss")
    assert ana.suggestions.explain(one.id).appraisal.strain == 1.0


def test_a_snoozed_offer_is_weighed_again_from_what_was_stated(
    ana: UserMemory, watch: StoppedClock
) -> None:
    answered(ana, watch, "accept", Moment(), WORDS[:4])
    one = offered(ana, "finish", Moment())
    ana.suggestions.answer(one.id, "snooze", until=ana.now() + timedelta(hours=2))
    watch.advance(timedelta(hours=3))
    again = ana.suggestions.weigh_again(one.id, patience=CALM).suggestion
    assert again is not None
    assert again.decision.stakes.benefit == 20.0
    assert again.decision.stakes.valued == pytest.approx(one.decision.stakes.valued)


def test_a_wish_is_as_dear_as_it_was_said(ana: UserMemory, watch: StoppedClock) -> None:
    focus = Moment(focus=True)
    for word in WORDS:
        one = offered(ana, word, focus, kind="requested", benefit=8.0)
        ana.suggestions.answer(one.id, "down")
        watch.advance(timedelta(hours=6))
    one = offered(ana, "finish", focus, kind="requested", benefit=8.0)
    assert (one.decision.situation.strain, one.decision.stakes.valued) == (1.0, 1.0)


def test_what_was_said_of_an_offer_is_exported_and_goes_with_what_it_rests_on(
    ana: UserMemory, watch: StoppedClock, tmp_path: Path
) -> None:
    answered(ana, watch, "dismiss", Moment(focus=True), WORDS[:2])
    ana.export(tmp_path / "ana.jsonl")
    text = (tmp_path / "ana.jsonl").read_text("utf-8")
    assert text.count('"outcome": "dismiss"') == 2
    assert '"title": "Zebra"' in text
    stays = offered(ana, "finish", Moment(focus=True), basis=(ana.observations()[0].id,))
    assert stays.decision.situation.strain > 1.0
    ana.forget(observations=[ana.observations()[-1].id])
    found = ana.suggestions.explain(stays.id)
    assert found.appraisal.strain == 1.0
    assert {value for _, value in found.shifts} == {0.0}
    ana.export(tmp_path / "later.jsonl")
    assert "outcome" not in (tmp_path / "later.jsonl").read_text("utf-8")
