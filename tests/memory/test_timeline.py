"""Point-in-time reads, staleness and pins: what was believed when, and for how long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usermind import MemoryStore, UserMemory
from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.belief import HALF_LIFE
from usermind.memory.changes import Change, Quote, apply
from usermind.memory.propositions import Proposition
from usermind.prompts.reflect import Op
from usermind.testing import StoppedClock
from usermind.types import Durability, PropositionId

JANUARY, MARCH, JUNE = (datetime(2025, month, 1, 9, tzinfo=UTC) for month in (1, 3, 6))


def tell(
    memory: UserMemory,
    at: datetime,
    statement: str,
    *,
    op: Op = "add",
    slot: str | None = None,
    target: str | None = None,
    durability: Durability = "permanent",
    author: str = "user",
) -> Proposition | None:
    """Observe a statement at a time and carry out one change that rests on it."""
    seen = memory.observe(f"{statement} [{op} {at}]", at=at, author=author)
    assert seen.id is not None
    version = 0 if target is None else memory.propositions.get(target).version
    change = Change(
        op=op,
        statement="" if op in ("contradict", "retire", "reinforce") else statement,
        evidence=(Quote(seen.id, 0, len(statement)),),
        said_at=at.timestamp(),
        vouched=author == "user",
        confidence=0.9,
        durability=durability,
        slot=slot,
        target=None if target is None else PropositionId(target),
        expected_version=version,
    )
    with memory.open() as file:
        applied = apply(file.database, [change], lease="", done=(), author="test", now=memory.now())
    return memory.propositions.get(applied.changed[0]) if applied.changed else None


def believed(memory: UserMemory, at: datetime | None) -> list[str]:
    return sorted(p.text for p in memory.propositions.list(as_of=at))


def test_an_import_of_old_messages_can_be_asked_about_their_own_time(ana: UserMemory) -> None:
    tell(ana, JANUARY, "Ana lives in Lima.", slot="home")
    tell(ana, JUNE, "Ana lives in Oslo.", slot="home")

    assert believed(ana, JANUARY - timedelta(days=1)) == []
    assert believed(ana, MARCH) == ["Ana lives in Lima."]
    assert believed(ana, JUNE) == ["Ana lives in Oslo."]
    assert believed(ana, None) == ["Ana lives in Oslo."]


def test_what_is_told_late_of_an_earlier_time_stood_until_it_was_replaced(ana: UserMemory) -> None:
    tell(ana, JUNE, "Ana lives in Oslo.", slot="home")
    tell(ana, JANUARY, "Ana lives in Lima.", slot="home")

    assert believed(ana, MARCH) == ["Ana lives in Lima."]
    assert believed(ana, None) == ["Ana lives in Oslo."]


def test_one_claim_can_be_read_as_it_stood(ana: UserMemory) -> None:
    claim = tell(ana, JANUARY, "Ana makes music.")
    assert claim is not None
    tell(ana, JUNE, "Ana plays the violin.", op="revise", target=claim.id)

    then = ana.propositions.get(claim.id, as_of=MARCH)
    assert (then.text, then.version) == ("Ana makes music.", 1)
    assert ana.propositions.get(claim.id, as_of=JUNE).text == "Ana plays the violin."
    with pytest.raises(UnknownItemError):
        ana.propositions.get(claim.id, as_of=JANUARY - timedelta(days=1))


def test_earlier_confidence_counts_the_evidence_of_the_time_alone(ana: UserMemory) -> None:
    claim = tell(ana, JANUARY, "Ana likes tea.")
    assert claim is not None
    more = tell(ana, JUNE, "Tea again.", op="reinforce", target=claim.id)
    assert more is not None

    assert more.confidence > claim.confidence
    assert ana.propositions.get(claim.id, as_of=MARCH).confidence == claim.confidence


def test_late_evidence_of_an_earlier_time_lets_a_claim_stand_earlier(ana: UserMemory) -> None:
    claim = tell(ana, JUNE, "Ana likes tea.")
    assert claim is not None
    assert believed(ana, MARCH) == []
    tell(ana, JANUARY, "Tea, as ever.", op="reinforce", target=claim.id)
    assert believed(ana, MARCH) == ["Ana likes tea."]


def test_a_verdict_counts_from_the_day_it_was_given(ana: UserMemory, clock: StoppedClock) -> None:
    claim = tell(ana, JANUARY, "Ana likes tea.")
    assert claim is not None
    before = clock.now
    clock.advance(timedelta(days=1))
    ana.propositions.deny(claim.id)

    assert believed(ana, before) == ["Ana likes tea."]
    assert believed(ana, clock.now) == []
    assert ana.propositions.get(claim.id, as_of=clock.now).status == "retracted"


def test_what_was_forgotten_is_gone_from_the_past_too(ana: UserMemory) -> None:
    tell(ana, JANUARY, "Ana lives in Lima.", slot="home")
    oslo = tell(ana, MARCH, "Ana lives in Oslo.", slot="home")
    assert oslo is not None
    ana.propositions.forget(oslo.id)

    assert believed(ana, JUNE) == ["Ana lives in Lima."]
    assert believed(ana, None) == ["Ana lives in Lima."]


def test_where_a_value_between_two_is_forgotten_the_first_stood_until_the_last(
    ana: UserMemory,
) -> None:
    tell(ana, JANUARY, "Ana lives in Lima.", slot="home")
    rome = tell(ana, MARCH, "Ana lives in Rome.", slot="home")
    tell(ana, JUNE, "Ana lives in Oslo.", slot="home")
    assert rome is not None
    ana.propositions.forget(rome.id)

    assert believed(ana, MARCH + timedelta(days=10)) == ["Ana lives in Lima."]
    assert believed(ana, JUNE) == ["Ana lives in Oslo."]
    assert believed(ana, None) == ["Ana lives in Oslo."]


@pytest.mark.parametrize("op", ["contradict", "retire"])
def test_what_was_said_against_a_claim_before_its_last_support_does_not_end_it(
    ana: UserMemory, op: Op
) -> None:
    tea = tell(ana, JUNE, "Ana likes tea.")
    assert tea is not None
    assert tell(ana, JANUARY, "I never drink tea.", op=op, target=tea.id) is None
    assert ana.propositions.get(tea.id) == tea
    ended = tell(ana, JUNE + timedelta(days=9), "No tea any more.", op="retire", target=tea.id)
    assert ended is not None
    assert believed(ana, JUNE) == ["Ana likes tea."]
    assert believed(ana, None) == []


def test_what_is_kept_or_corrected_by_hand_fills_its_slot(ana: UserMemory) -> None:
    lima = ana.remember("Ana lives in Lima.")
    assert lima is not None
    assert lima.slot == "home"
    assert ana.propositions.correct(lima.id, "Ana lives in Cusco.").slot == "home"
    tell(ana, ana.now(), "Ana lives in Oslo.", slot="home")
    assert believed(ana, None) == ["Ana lives in Oslo."]
    assert ana.propositions.correct(lima.id, "Ana likes Cusco.").slot is None


def test_a_value_that_was_denied_can_come_true_later(ana: UserMemory, clock: StoppedClock) -> None:
    oslo = tell(ana, JUNE, "Ana lives in Oslo.", slot="home")
    assert oslo is not None
    ana.propositions.deny(oslo.id)
    assert tell(ana, JUNE + timedelta(days=1), "Ana lives in Oslo.", slot="home") is None
    clock.advance(timedelta(days=400))
    assert tell(ana, clock.now, "Ana lives in Oslo.", slot="home") is not None
    assert believed(ana, None) == ["Ana lives in Oslo."]
    assert ana.propositions.get(oslo.id).status == "retracted"


def test_recall_as_of_a_time_knows_nothing_later(ana: UserMemory) -> None:
    tell(ana, JANUARY, "Ana lives in Lima.", slot="home")
    tell(ana, JUNE, "Ana lives in Oslo.", slot="home")

    then = ana.recall("Where does Ana live?", as_of=MARCH)
    assert [hit.text for hit in then if hit.kind == "proposition"] == ["Ana lives in Lima."]
    assert all("Oslo" not in hit.text for hit in then)
    assert [hit.text[:18] for hit in ana.recall("", kinds=["observation"], as_of=MARCH)] == [
        "Ana lives in Lima."
    ]
    now = ana.recall("Where does Ana live?", kinds=["proposition"])
    assert [hit.text for hit in now] == ["Ana lives in Oslo."]


def test_the_zone_of_the_question_changes_nothing(ana: UserMemory) -> None:
    from zoneinfo import ZoneInfo

    tell(ana, MARCH, "Ana lives in Lima.", slot="home")
    for zone in ("Asia/Tokyo", "America/Lima", "UTC"):
        local = MARCH.astimezone(ZoneInfo(zone))
        assert believed(ana, local) == ["Ana lives in Lima."]
        assert believed(ana, local - timedelta(seconds=1)) == []


@pytest.mark.parametrize("no_time", ["2025-03-01", 5, MARCH.date()], ids=["text", "number", "date"])
def test_as_of_must_be_a_time(ana: UserMemory, no_time: object) -> None:
    tell(ana, MARCH, "Ana lives in Lima.")
    for call in (
        lambda: ana.propositions.list(as_of=no_time),  # type: ignore[arg-type]
        lambda: ana.recall("Lima", as_of=no_time),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidInputError, match="as_of"):
            call()


def test_the_future_cannot_be_read(ana: UserMemory, clock: StoppedClock) -> None:
    tell(ana, MARCH, "Ana lives in Lima.")
    with pytest.raises(InvalidInputError, match="future"):
        ana.propositions.list(as_of=clock.now + timedelta(seconds=1))


@pytest.mark.parametrize("status", ["all", "bogus", ("active",)])
def test_an_unknown_status_is_refused(ana: UserMemory, status: Any) -> None:
    tell(ana, MARCH, "Ana lives in Lima.")
    with pytest.raises(InvalidInputError, match="None for all"):
        ana.propositions.list(status=status)


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "reinforce", "revise", "contradict", "supersede", "confirm", "deny"]
        ),
        st.integers(0, 30),  # day it was said
        st.integers(0, 3),  # whom it concerns
        st.sampled_from([None, "home"]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_reading_as_of_now_is_reading(
    steps: list[tuple[str, int, int, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = StoppedClock()
    folder = tmp_path_factory.mktemp("store")
    with MemoryStore(folder, embedder="lexical", clock=clock) as store:
        ana = store.user("ana")
        ana.observe("Hello.")
        for number, (op, day, whom, slot) in enumerate(steps):
            clock.advance(timedelta(hours=1))
            claims = ana.propositions.list(status=None)
            target = claims[whom % len(claims)].id if claims else None
            if target and op == "confirm":
                ana.propositions.confirm(target)
            elif target and op == "deny":
                ana.propositions.deny(target)
            elif op == "add" or target is not None:
                at = JANUARY + timedelta(days=day)
                tell(
                    ana,
                    at,
                    f"Ana did thing {number}.",
                    op="add" if target is None or op in ("confirm", "deny") else op,  # type: ignore[arg-type]
                    slot=slot,
                    target=None if op == "add" else target,
                )
            assert ana.propositions.list(status=None, as_of=clock.now) == ana.propositions.list(
                status=None
            )
            for claim in ana.propositions.list(status=None):
                held = [v.held_from for v in ana.propositions.history(claim.id)]
                assert held == sorted(held)


# -- going stale --------------------------------------------------------------------------


@pytest.mark.parametrize("durability", ["momentary", "day", "week", "season", "year"])
def test_a_claim_without_new_support_goes_stale_and_comes_back_with_it(
    ana: UserMemory, clock: StoppedClock, durability: Durability
) -> None:
    claim = tell(ana, clock.now, "Ana is busy.", durability=durability)
    assert claim is not None
    clock.advance(timedelta(seconds=2 * HALF_LIFE[durability]))
    assert ana.propositions.get(claim.id).status == "active"
    clock.advance(timedelta(seconds=2 * HALF_LIFE[durability]))

    assert ana.propositions.get(claim.id).status == "stale"
    assert ana.propositions.list() == []
    assert [p.id for p in ana.propositions.list(status="stale")] == [claim.id]
    assert ana.recall("busy", kinds=["proposition"]) == []
    assert ana.recall("", kinds=["proposition"]) == []

    tell(ana, clock.now, "Ana is busy.", durability=durability)
    assert [p.id for p in ana.propositions.list()] == [claim.id]
    assert [hit.id for hit in ana.recall("busy", kinds=["proposition"])] == [claim.id]


def test_a_permanent_claim_never_goes_stale(ana: UserMemory, clock: StoppedClock) -> None:
    claim = tell(ana, clock.now, "Ana was born in Lima.")
    assert claim is not None
    clock.advance(timedelta(days=60 * 365))
    assert ana.propositions.get(claim.id).status == "active"


def test_a_pinned_claim_does_not_go_stale_until_it_is_unpinned(
    ana: UserMemory, clock: StoppedClock
) -> None:
    claim = tell(ana, clock.now, "Ana is busy.", durability="day")
    assert claim is not None
    assert ana.propositions.pin(claim.id).pinned
    clock.advance(timedelta(days=30))
    assert ana.propositions.get(claim.id).status == "active"
    assert [hit.id for hit in ana.recall("busy", kinds=["proposition"])] == [claim.id]

    assert ana.propositions.unpin(claim.id).status == "stale"
    assert [v.cause for v in ana.propositions.history(claim.id)] == ["add", "pin", "unpin"]
    ana.propositions.unpin(claim.id)
    assert len(ana.propositions.history(claim.id)) == 3
    with pytest.raises(UnknownItemError):
        ana.propositions.pin("p99")


# -- relations ----------------------------------------------------------------------------


def test_relations_are_kept_and_explained_from_both_sides(ana: UserMemory) -> None:
    tea = tell(ana, JANUARY, "Ana drinks oolong.")
    assert tea is not None
    general = tell(ana, MARCH, "Ana likes tea.", op="generalise", target=tea.id)
    assert general is not None
    water = tell(ana, JUNE, "Ana drinks only water.", op="supersede", target=tea.id)
    assert water is not None

    told = {(r.kind, r.id) for r in ana.propositions.explain(tea.id).related}
    assert told == {("generalised by", general.id), ("contradictory", water.id)}
    assert [(r.kind, r.id) for r in ana.propositions.explain(general.id).related] == [
        ("generalises", tea.id)
    ]
    assert ana.propositions.get(tea.id).status == "superseded"
    assert ana.propositions.get(general.id).status == "active"


# -- the outbox ---------------------------------------------------------------------------


def test_every_change_is_announced_once_and_in_order(ana: UserMemory) -> None:
    tea = tell(ana, JANUARY, "Ana likes tea.")
    assert tea is not None
    tell(ana, MARCH, "Tea again.", op="reinforce", target=tea.id)
    ana.propositions.confirm(tea.id)
    told = ana.changes()
    assert [(event.kind, event.item) for event in told] == [
        ("proposition.add", tea.id),
        ("proposition.reinforce", tea.id),
        ("proposition.confirm", tea.id),
    ]
    seen = told[-1].number
    assert ana.changes(after=seen) == []

    ana.propositions.forget(tea.id)
    kinds = [(event.kind, event.item) for event in ana.changes(after=seen)]
    assert ("proposition.forgotten", tea.id) in kinds
    assert sum(kind == "observation.forgotten" for kind, _ in kinds) == 2


def test_a_change_that_failed_is_not_announced(ana: UserMemory) -> None:
    ana.observe("Hello.")
    with pytest.raises(UnknownItemError):
        ana.propositions.confirm("p9")
    assert ana.changes() == []


def test_the_outbox_keeps_the_newest_events(
    ana: UserMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("usermind.memory.outbox.KEPT", 20)
    monkeypatch.setattr("usermind.memory.outbox.SWEEP", 8)
    tea = tell(ana, JANUARY, "Ana likes tea.")
    assert tea is not None
    for _ in range(20):
        ana.propositions.pin(tea.id)
        ana.propositions.unpin(tea.id)
    numbers = [event.number for event in ana.changes()]
    assert numbers[-1] == 41
    assert 20 <= len(numbers) <= 28
    assert numbers == list(range(numbers[0], 42))
