"""Proactive offers: weighed in one transaction, offered once, paid for, answered, forgotten."""

import json
import threading
import time as time_module
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from usermind import MemoryStore
from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import (
    Candidate,
    Considered,
    Moment,
    Patience,
    Suggestion,
    UserMemory,
    suggestion_rows,
)
from usermind.testing import StoppedClock

MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
CALM = Patience(per_day=100, burst=100, every=timedelta(seconds=1), quiet=None, zone="UTC")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(MONDAY)


@pytest.fixture
def ana(ana: UserMemory) -> UserMemory:
    ana.observe("My dentist appointment is on Thursday at 10.")
    ana.observe("Bo is allergic to nuts.")
    ana.reflect()
    return ana


def offer(ana: UserMemory, matter: str = "dentist", **changes: Any) -> Candidate:
    made = Candidate(
        kind="reminder",
        title=matter.capitalize(),
        text=f"Do not forget the {matter}.",
        basis=(ana.observations()[-1].id,),
        matter=matter,
        useful=0.9,
        expires=ana.now() + timedelta(days=2),
    )
    return replace(made, **changes)


def shown(considered: Considered) -> Suggestion:
    assert considered.suggestion is not None, considered.passed
    return considered.suggestion


def test_a_likely_offer_is_shown_with_its_arithmetic(ana: UserMemory) -> None:
    one = shown(ana.suggestions.consider(offer(ana), patience=CALM))
    assert (one.state, one.way) == ("open", "suggest")
    told = ana.suggestions.explain(one.id)
    assert told.suggestion == one
    assert told.evidence == ((one.basis[0], "My dentist appointment is on Thursday at 10."),)
    assert [name for name, _ in told.shifts] == ["all offers", "reminder", "reminder, free"]
    assert one.decision.worths["suggest"] == max(one.decision.worths.values())
    assert one.decision.stakes.useful == pytest.approx(0.9)
    assert ana.suggestions.get(one.id) == one


def test_an_unlikely_one_is_kept_silent_and_not_listed(ana: UserMemory) -> None:
    one = shown(ana.suggestions.consider(offer(ana, useful=0.02), patience=CALM))
    assert (one.state, one.way, one.shown) == ("silent", "silent", None)
    assert ana.suggestions.list() == []
    assert ana.suggestions.list(states=["silent"]) == [one]


def test_nothing_is_offered_twice(ana: UserMemory, clock: StoppedClock) -> None:
    shown(ana.suggestions.consider(offer(ana), patience=CALM))
    assert ana.suggestions.consider(offer(ana), patience=CALM).passed == "it was offered before"
    reworded = offer(ana, "other", title="Dentist", text="Do not forget that dentist.")
    assert "much the same" in str(ana.suggestions.consider(reworded, patience=CALM).passed)
    clock.advance(timedelta(days=40))  # much the same may come again, the same matter never
    assert ana.suggestions.consider(offer(ana), patience=CALM).passed == "it was offered before"
    again = offer(ana, "other", title="Dentist", text="Do not forget that dentist.")
    shown(ana.suggestions.consider(again, patience=CALM))


def test_a_silent_one_is_weighed_again_after_a_while(ana: UserMemory, clock: StoppedClock) -> None:
    shown(ana.suggestions.consider(offer(ana, useful=0.02), patience=CALM))
    again = offer(ana, useful=0.9)
    assert ana.suggestions.consider(again, patience=CALM).passed == "it was weighed just now"
    clock.advance(timedelta(hours=1))
    assert shown(ana.suggestions.consider(again, patience=CALM)).state == "open"


def test_focus_meetings_and_quiet_hours_put_it_off(ana: UserMemory, clock: StoppedClock) -> None:
    ways = [
        shown(
            ana.suggestions.consider(offer(ana, name, useful=0.75), patience=CALM, moment=moment)
        ).way
        for name, moment in (("zebra", Moment(focus=True)), ("quilt", Moment(meeting=True)))
    ]
    assert ways == ["digest", "digest"]
    clock.now = MONDAY.replace(hour=23)
    quiet = replace(CALM, quiet=(time(22), time(8)))
    one = shown(ana.suggestions.consider(offer(ana, "violin"), patience=quiet))
    assert one.decision.situation.quiet
    assert (one.way, one.context) == ("digest", "quiet")


def test_in_quiet_hours_nothing_interrupts_but_what_was_asked_for(
    ana: UserMemory, clock: StoppedClock
) -> None:
    night = replace(CALM, quiet=(time(22), time(8)))
    clock.now = MONDAY.replace(hour=22, minute=40)
    soon = clock.now + timedelta(minutes=50)
    urgent = offer(ana, "train", benefit=20.0, useful=0.99, due=soon, expires=soon)
    one = shown(ana.suggestions.consider(urgent, patience=night))
    assert (one.way, one.decision.barred["suggest"]) == ("silent", "these are quiet hours")
    wish = offer(ana, "medicine", kind="requested", due=soon, expires=soon, benefit=8.0)
    assert shown(ana.suggestions.consider(wish, patience=night)).state == "open"
    clock.now = MONDAY.replace(hour=8) + timedelta(days=1)
    urgent = offer(ana, "bus", benefit=20.0, useful=0.99)
    assert shown(ana.suggestions.consider(urgent, patience=night)).way == "suggest"


@pytest.mark.skipif(not hasattr(time_module, "tzset"), reason="this system has one zone")
@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [
        pytest.param("2026-03-28 22:30", "2026-03-29 01:30", True, id="into summer time"),
        pytest.param("2026-03-28 23:30", "2026-03-29 12:00", False, id="on its day"),
        pytest.param("2026-10-24 22:30", "2026-10-25 12:00", False, id="into winter time"),
        pytest.param("2026-10-24 21:30", "2026-10-25 12:00", True, id="before its day"),
    ],
)
def test_a_day_of_the_machines_zone_begins_at_its_midnight_also_when_clocks_change(
    ana: UserMemory,
    clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
    first: str,
    second: str,
    allowed: bool,
) -> None:
    """In Oslo that is 23:00 UTC before 29 March 2026, and 22:00 UTC before 25 October."""
    daily = replace(CALM, per_day=1, zone=None)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Oslo")
        time_module.tzset()
        try:
            states = []
            for number, moment in enumerate((first, second)):
                clock.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
                made = offer(ana, f"matter{'ab'[number]}", exact=True, benefit=9.0)
                states.append(shown(ana.suggestions.consider(made, patience=daily)).state)
            midday = replace(daily, digest=time(12))
            assert midday.last_digest(clock.now.replace(hour=23)).time() == time(12)
            assert midday.next_digest(clock.now.replace(hour=0)).astimezone().time() == time(12)
        finally:
            patch.undo()
            time_module.tzset()
    assert states[0] == "open"
    assert (states[1] == "open") is allowed


def test_what_would_be_too_late_in_the_digest_is_not_put_there(ana: UserMemory) -> None:
    soon = offer(ana, due=ana.now() + timedelta(minutes=30))
    one = shown(ana.suggestions.consider(soon, patience=CALM, moment=Moment(meeting=True)))
    assert one.way in ("silent", "ask", "suggest")
    assert "digest" not in (one.decision.way, one.state)


def test_a_spent_budget_silences_and_says_so(ana: UserMemory, clock: StoppedClock) -> None:
    strict = replace(CALM, per_day=2, urgent=0)
    names = ["zebra", "quilt", "violin"]
    made = [shown(ana.suggestions.consider(offer(ana, n), patience=strict)) for n in names]
    assert [one.state for one in made] == ["open", "open", "digest"]
    assert "no more than 2" in made[2].decision.barred["suggest"]
    worths = made[2].decision.worths
    assert worths["suggest"] == max(worths.values())
    clock.advance(timedelta(days=1))
    assert shown(ana.suggestions.consider(offer(ana, "train"), patience=strict)).state == "open"


def test_what_can_wait_leaves_something_of_the_budget_for_what_cannot(
    ana: UserMemory, clock: StoppedClock
) -> None:
    few = replace(CALM, per_day=4)
    words = ["zebra", "quilt", "violin", "train", "harbour", "mustard", "pepper", "lantern"]
    made = [shown(ana.suggestions.consider(offer(ana, word), patience=few)) for word in words]
    spent = sum(one.state == "open" for one in made)
    assert 0 < spent < 4
    assert made[-1].way == "digest"
    kept = made[-1].decision.situation.reserve
    assert kept is not None
    assert (kept.left, kept.of) == (4 - spent, 4)
    assert kept.price > 0.0
    for hours in (4, 5):  # what comes in the afternoon, and cannot wait, is told
        clock.now = MONDAY + timedelta(hours=hours)
        due = clock.now + timedelta(minutes=30)
        urgent = offer(ana, f"call{hours}", due=due, expires=due, benefit=2.5, missed=1.5)
        assert shown(ana.suggestions.consider(replace(urgent, exact=True), patience=few)).way in (
            "ask",
            "suggest",
        )


def test_the_last_of_the_budget_is_given_out_when_the_day_is_nearly_over(
    ana: UserMemory, clock: StoppedClock
) -> None:
    one = replace(CALM, per_day=1, digest=time(9))
    assert shown(ana.suggestions.consider(offer(ana, "zebra"), patience=one)).way == "digest"
    clock.now = MONDAY.replace(hour=23)
    assert shown(ana.suggestions.consider(offer(ana, "quilt"), patience=one)).way == "suggest"


def test_one_interruption_is_kept_for_each_thing_that_is_known_to_come(ana: UserMemory) -> None:
    few = replace(CALM, per_day=3, urgent=0)
    later = [MONDAY + timedelta(hours=hours) for hours in (3, 4)]
    past, tomorrow = MONDAY - timedelta(hours=1), MONDAY + timedelta(days=1)
    ways = [
        shown(
            ana.suggestions.consider(
                offer(ana, word), patience=few, awaited=[*later, past, tomorrow]
            )
        ).way
        for word in ("zebra", "quilt")
    ]
    assert ways == ["suggest", "digest"]


def test_a_burst_leaves_a_token_for_what_comes_before_the_next_one(
    ana: UserMemory, clock: StoppedClock
) -> None:
    slow = Patience(per_day=100, burst=2, every=timedelta(hours=1), quiet=None, zone="UTC")
    soon = [MONDAY + timedelta(minutes=20)]
    ways = [
        shown(ana.suggestions.consider(offer(ana, word), patience=slow, awaited=soon)).way
        for word in ("zebra", "quilt")
    ]
    assert ways == ["suggest", "digest"]
    clock.advance(timedelta(minutes=20))
    due = clock.now + timedelta(minutes=30)
    urgent = offer(ana, "call", due=due, expires=due, benefit=2.5, missed=1.5)
    assert shown(ana.suggestions.consider(urgent, patience=slow)).way in ("ask", "suggest")


@pytest.mark.parametrize(
    ("quiet", "parts"),
    [
        (None, (1.0, 0.5, 0.0)),
        ((time(22), time(8)), (1.0, 10 / 14, 0.0)),
        ((time(12), time(13)), (1.0, 11 / 23, 0.0)),
        ((time(0), time(0)), (1.0, 0.5, 0.0)),
    ],
    ids=["never", "by night", "at noon", "no time"],
)
def test_the_waking_day_runs_out(
    quiet: tuple[time, time] | None, parts: tuple[float, float, float]
) -> None:
    patience = Patience(quiet=quiet, zone="UTC")
    midnight = MONDAY.replace(hour=0) + timedelta(days=1)
    moments = (MONDAY.replace(hour=0), MONDAY.replace(hour=12), midnight)
    found = tuple(patience.awake(each, midnight) for each in moments)
    assert found == pytest.approx(parts)


@pytest.mark.parametrize("urgent", [-1.0, float("nan"), float("inf")], ids=str)
def test_a_reserve_that_makes_no_sense_is_refused(urgent: float) -> None:
    with pytest.raises(InvalidInputError, match="urgent"):
        Patience(urgent=urgent)


def test_the_digest_shows_what_waits_once(ana: UserMemory) -> None:
    for name in ("zebra", "quilt"):
        ana.suggestions.consider(offer(ana, name), patience=CALM, moment=Moment(meeting=True))
    found = ana.suggestions.digest()
    assert {one.title for one in found} == {"Zebra", "Quilt"}
    assert {one.state for one in found} == {"open"}
    assert ana.suggestions.digest() == []


def test_dismissals_raise_the_bar_and_acceptances_lower_it(ana: UserMemory) -> None:
    words = ["zebra", "quilt", "violin", "train", "harbour", "mustard", "pepper", "lantern"]
    first = shown(ana.suggestions.consider(offer(ana, "start"), patience=CALM))
    assert first.way == "suggest"
    for word in words:
        made = ana.suggestions.consider(offer(ana, word, useful=0.9), patience=CALM)
        ana.suggestions.answer(shown(made).id, "dismiss")
    last = shown(ana.suggestions.consider(offer(ana, "finish"), patience=CALM))
    assert last.way != "suggest"
    assert last.decision.stakes.useful < first.decision.stakes.useful
    other = shown(ana.suggestions.consider(offer(ana, "compass", kind="idea"), patience=CALM))
    # Another kind leans on all verdicts, and less than the kind that was dismissed.
    assert last.decision.stakes.useful < other.decision.stakes.useful < 0.9
    for one in ana.suggestions.list():
        ana.suggestions.answer(one.id, "up")
    again = shown(ana.suggestions.consider(offer(ana, "telescope"), patience=CALM))
    assert again.decision.stakes.useful > 0.9


def test_a_snooze_comes_back_and_counts_for_such_moments_alone(
    ana: UserMemory, clock: StoppedClock
) -> None:
    one = shown(ana.suggestions.consider(offer(ana), patience=CALM))
    ana.suggestions.answer(one.id, "snooze", until=clock.now + timedelta(hours=2))
    assert ana.suggestions.tidy() == []
    levels = dict(ana.suggestions.explain(one.id).shifts)
    assert levels["all offers"] == levels["reminder"] == 0.0 > levels["reminder, free"]
    clock.advance(timedelta(hours=3))
    assert [each.id for each in ana.suggestions.tidy()] == [one.id]
    again = shown(ana.suggestions.weigh_again(one.id, patience=CALM))
    assert again.id == one.id
    assert again.state in ("open", "digest")


def test_never_again_is_for_good(ana: UserMemory, clock: StoppedClock) -> None:
    one = shown(ana.suggestions.consider(offer(ana), patience=CALM))
    ana.suggestions.answer(one.id, "never", whole_kind=True)
    clock.advance(timedelta(days=400))
    passed = ana.suggestions.consider(offer(ana, "violin"), patience=CALM).passed
    assert passed == "the user wants nothing of it any more"
    (mute,) = ana.suggestions.muted()
    assert (mute.key, mute.kind, mute.whole_kind, mute.offer) == (*["reminder"] * 2, True, None)
    assert ana.suggestions.unmute("reminder")
    shown(ana.suggestions.consider(offer(ana, "violin"), patience=CALM))


def test_what_ran_out_unanswered_says_a_little_against_its_kind(
    ana: UserMemory, clock: StoppedClock
) -> None:
    one = shown(ana.suggestions.consider(offer(ana), patience=CALM))
    clock.advance(timedelta(days=3))
    ana.suggestions.tidy()
    assert ana.suggestions.get(one.id).state == "expired"
    assert -0.5 < dict(ana.suggestions.explain(one.id).shifts)["reminder"] < 0.0


def test_a_claim_that_gave_way_withdraws_the_offer(ana: UserMemory) -> None:
    (claim,) = [each for each in ana.propositions.list() if "dentist" in each.text]
    one = shown(ana.suggestions.consider(offer(ana, basis=(claim.id,)), patience=CALM))
    ana.propositions.deny(claim.id)
    ana.suggestions.tidy()
    assert ana.suggestions.get(one.id).state == "withdrawn"
    again = ana.suggestions.consider(offer(ana, "other", basis=(claim.id,)), patience=CALM)
    assert "no longer holds" in str(again.passed)


def test_forgetting_what_it_rests_on_forgets_the_offer(ana: UserMemory, tmp_path: Path) -> None:
    one = shown(ana.suggestions.consider(offer(ana, "xylophone"), patience=CALM))
    ana.suggestions.answer(one.id, "dismiss")
    before = len(ana.suggestions.explain(one.id).shifts)
    receipt = ana.forget(observations=[one.basis[0]])
    assert receipt.suggestions == (one.id,)
    assert receipt.verified
    with pytest.raises(UnknownItemError):
        ana.suggestions.get(one.id)
    assert before == 3
    files = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*.db*"))
    assert b"xylophone" not in files


def test_an_offer_on_a_private_topic_is_not_kept(ana: UserMemory) -> None:
    kept = shown(ana.suggestions.consider(offer(ana, "the dentist"), patience=CALM))
    ana.private.add("dentist")
    passed = ana.suggestions.consider(offer(ana, "my dentist"), patience=CALM).passed
    assert passed == "it touches a private topic, or the privacy policy bars it"
    assert kept.id not in [each.id for each in ana.suggestions.list()]


def test_what_became_private_is_shown_no_more(ana: UserMemory, clock: StoppedClock) -> None:
    waiting = shown(
        ana.suggestions.consider(
            offer(ana, "oncology", useful=0.5), patience=CALM, moment=Moment(meeting=True)
        )
    )
    snoozed = shown(ana.suggestions.consider(offer(ana, "oncologist"), patience=CALM))
    assert waiting.state == "digest"
    ana.suggestions.answer(snoozed.id, "snooze")
    ana.private.add("oncology")
    ana.private.add("oncologist")
    assert ana.suggestions.digest() == []
    clock.advance(timedelta(hours=2))
    assert shown(ana.suggestions.weigh_again(snoozed.id, patience=CALM)).state == "withdrawn"
    assert ana.suggestions.list() == []


def test_never_holds_for_the_next_occurrence_and_takes_back_what_waits(ana: UserMemory) -> None:
    days = [f"Standup on {day} 09:00" for day in ("Monday 30 November", "Tuesday 1 December")]
    one = shown(ana.suggestions.consider(offer(ana, "a", title=days[0], exact=True), patience=CALM))
    waits = shown(
        ana.suggestions.consider(
            offer(ana, "b", title="Standup 09:15", exact=True, useful=0.5),
            patience=CALM,
            moment=Moment(meeting=True),
        )
    )
    ana.suggestions.answer(one.id, "never")
    assert ana.suggestions.get(waits.id).state == "withdrawn"
    again = ana.suggestions.consider(offer(ana, "c", title=days[1], exact=True), patience=CALM)
    assert again.passed == "the user wants nothing of it any more"
    other = offer(ana, "d", title="Review on Monday 30 November 09:00", exact=True)
    shown(ana.suggestions.consider(other, patience=CALM))


def test_never_on_one_matter_is_listed_and_lifted_alone(
    ana: UserMemory, clock: StoppedClock
) -> None:
    made = {
        "a": offer(ana, "a", title="Which of these holds?", text="Tea or coffee?", exact=True),
        "b": offer(ana, "b", title="Which of these holds?", text="Oslo or Rome?", exact=True),
        "c": offer(ana, "c", title="1:1", exact=True),
        "d": offer(ana, "d", title="9-5", exact=True),
    }
    made["a"] = replace(made["a"], subject="Ana likes tea.\nAna likes coffee.")
    made["b"] = replace(made["b"], subject="Ana lives in Oslo.\nAna lives in Rome.")
    first, third = (shown(ana.suggestions.consider(made[n], patience=CALM)) for n in "ac")
    ana.suggestions.answer(first.id, "never")
    clock.advance(timedelta(seconds=1))
    ana.suggestions.answer(third.id, "never")
    tea, one = ana.suggestions.muted()
    assert [(each.kind, each.whole_kind) for each in (tea, one)] == [("reminder", False)] * 2
    assert [each.offer and each.offer.id for each in (tea, one)] == [first.id, third.id]
    for name in "bd":  # in the same words, or in numbers alone, about something else
        shown(ana.suggestions.consider(made[name], patience=CALM))
    again = {name: replace(made[name], matter=f"{name}2") for name in "ac"}
    for each in again.values():
        passed = ana.suggestions.consider(each, patience=CALM).passed
        assert passed == "the user wants nothing of it any more"
    assert not ana.suggestions.unmute("reminder")
    assert ana.suggestions.unmute(first.id)
    assert ana.suggestions.muted() == (one,)
    shown(ana.suggestions.consider(again["a"], patience=CALM))
    assert ana.suggestions.unmute(one.key)
    assert ana.suggestions.muted() == ()


def test_a_mute_keeps_no_word_of_what_was_forgotten_or_is_private(ana: UserMemory) -> None:
    lost = ana.observe("I see an oncologist.").id
    assert lost is not None
    one = shown(ana.suggestions.consider(offer(ana, "oncologist", basis=(lost,)), patience=CALM))
    ana.suggestions.answer(one.id, "never")
    ana.private.add("oncologist")
    assert [each.offer for each in ana.suggestions.muted()] == [None]
    ana.private.remove("oncologist")
    assert [each.offer.id for each in ana.suggestions.muted() if each.offer] == [one.id]
    ana.forget(observations=[lost])
    (left,) = ana.suggestions.muted()
    assert left.offer is None
    assert ana.suggestions.unmute(left.key)


def test_what_was_withdrawn_unseen_is_weighed_anew_when_it_holds_again(
    ana: UserMemory, clock: StoppedClock
) -> None:
    unseen = {"silent": offer(ana, useful=0.02), "digest": offer(ana, useful=0.5)}
    for state, made in unseen.items():
        made = replace(made, matter=state, title=f"Oncology {state}", exact=True)
        busy = Moment(meeting=state == "digest")
        one = shown(ana.suggestions.consider(made, patience=CALM, moment=busy))
        assert one.state == state
        ana.private.add("oncology")
        ana.suggestions.tidy()
        assert ana.suggestions.get(one.id).state == "withdrawn"
        ana.private.remove("oncology")
        likely = replace(made, useful=0.9)
        assert shown(ana.suggestions.consider(likely, patience=CALM)).state == "open"


def test_what_was_answered_goes_with_the_offer_that_came_in_the_place_of_its_own(
    ana: UserMemory, clock: StoppedClock
) -> None:
    made = offer(ana, "oncology", useful=0.5, exact=True)
    one = shown(ana.suggestions.consider(made, patience=CALM, moment=Moment(meeting=True)))
    assert one.state == "digest"
    ana.suggestions.answer(one.id, "down")
    ana.private.add("oncology")
    ana.suggestions.tidy()
    ana.private.remove("oncology")
    again = shown(ana.suggestions.consider(made, patience=CALM, moment=Moment(meeting=True)))
    assert again.id != one.id

    def answered() -> list[str]:
        with ana.open() as file, file.database.read() as connection:
            return [each.outcome for each in suggestion_rows.answers(connection)]

    assert answered() == ["down"]
    ana.forget(observations=[made.basis[0]])
    assert answered() == []


def test_what_was_withdrawn_when_seen_comes_back_where_it_was_and_is_not_shown_again(
    ana: UserMemory, clock: StoppedClock
) -> None:
    claim = next(each for each in ana.propositions.list() if "dentist" in each.text)
    basis = (ana.observations()[-1].id, claim.id)
    opened = offer(ana, "zebra", basis=basis, exact=True)
    asleep = offer(ana, "quilt", basis=basis, exact=True)
    ids = [shown(ana.suggestions.consider(made, patience=CALM)).id for made in (opened, asleep)]
    wakes = clock.now + timedelta(hours=1)
    ana.suggestions.answer(ids[1], "snooze", until=wakes)
    ana.propositions.deny(claim.id)
    ana.suggestions.tidy()
    assert [ana.suggestions.get(id_).state for id_ in ids] == ["withdrawn", "withdrawn"]

    clock.advance(timedelta(minutes=5))
    left = basis[:1]  # what else says so still does
    for made in (opened, asleep):
        again = ana.suggestions.consider(replace(made, basis=left), patience=CALM)
        assert again.passed == "it was offered before, and is back where it was"
    first, second = (ana.suggestions.get(id_) for id_ in ids)
    assert (first.state, second.state, second.wakes) == ("open", "snoozed", wakes)
    assert first.basis == second.basis == left
    assert ana.suggestions.tidy() == []
    clock.advance(timedelta(hours=1))
    assert [each.id for each in ana.suggestions.tidy()] == [ids[1]]


def test_a_snoozed_one_that_is_called_off_and_on_again_comes_at_its_time(
    ana: UserMemory, clock: StoppedClock
) -> None:
    one = shown(ana.suggestions.consider(offer(ana, exact=True), patience=CALM))
    ana.suggestions.answer(one.id, "snooze", until=clock.now + timedelta(minutes=30))
    ana.suggestions.keep_only(["reminder"], [])
    assert ana.suggestions.get(one.id).state == "withdrawn"
    clock.advance(timedelta(minutes=31))
    back = shown(ana.suggestions.consider(offer(ana, exact=True), patience=CALM))
    assert (back.id, back.state) == (one.id, "open")


def test_who_just_goes_there_is_reminded_next_time_too(
    ana: UserMemory, clock: StoppedClock
) -> None:
    for number in range(12):
        soon = clock.now + timedelta(minutes=30)
        one = shown(
            ana.suggestions.consider(
                offer(ana, f"meeting{number}", due=soon, expires=soon, exact=True), patience=CALM
            )
        )
        clock.advance(timedelta(hours=12))
        ana.suggestions.tidy()
        assert ana.suggestions.get(one.id).state == "expired"
    assert dict(ana.suggestions.explain(one.id).shifts)["reminder"] == 0.0


def test_a_snooze_ends_while_the_offer_is_of_use(ana: UserMemory, clock: StoppedClock) -> None:
    soon = clock.now + timedelta(minutes=40)
    one = shown(ana.suggestions.consider(offer(ana, expires=soon), patience=CALM))
    for late in (soon, datetime.max, clock.now):  # too late, out of range, no time at all
        with pytest.raises(InvalidInputError, match=r"expected|range"):
            ana.suggestions.answer(one.id, "snooze", until=late)
    assert ana.suggestions.answer(one.id, "snooze").wakes == clock.now + timedelta(minutes=20)


def test_what_is_over_cannot_be_accepted(ana: UserMemory, clock: StoppedClock) -> None:
    one = shown(ana.suggestions.consider(offer(ana), patience=CALM))
    clock.advance(timedelta(days=3))
    ana.suggestions.tidy()
    with pytest.raises(InvalidInputError, match="is expired"):
        ana.suggestions.answer(one.id, "accept")
    assert ana.suggestions.answer(one.id, "down").state == "expired"


def test_a_clock_that_once_ran_ahead_bars_nothing(ana: UserMemory, clock: StoppedClock) -> None:
    strict = replace(CALM, per_day=1, urgent=0)
    clock.now = MONDAY + timedelta(days=1500)
    shown(ana.suggestions.consider(offer(ana, "zebra"), patience=strict))
    clock.now = MONDAY
    assert shown(ana.suggestions.consider(offer(ana, "quilt"), patience=strict)).state == "open"


def test_a_model_is_asked_where_something_is_new(ana: UserMemory) -> None:
    newest = ana.suggestions.news()
    assert newest is not None
    ana.suggestions.asked(newest)
    assert ana.suggestions.news() is None
    one = shown(ana.suggestions.consider(offer(ana, kind="idea"), patience=CALM))
    assert ana.suggestions.news() is None  # its own offers are no news
    ana.observe("I searched for trains.")
    assert ana.suggestions.news() is not None
    ana.suggestions.answer(one.id, "never", whole_kind=True)
    assert ana.suggestions.news() is None  # nobody wants ideas


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "Not A Kind"},
        {"title": " "},
        {"title": "x" * 201},
        {"basis": ()},
        {"useful": 1.5},
        {"benefit": -1.0},
        {"expires": datetime(2027, 1, 1)},  # naive on purpose
    ],
    ids=lambda each: next(iter(each)),
)
def test_a_bad_offer_is_refused_and_nothing_kept(ana: UserMemory, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        ana.suggestions.consider(offer(ana, **changes), patience=CALM)
    assert ana.suggestions.list(states=["silent", "open", "digest"]) == []


def test_two_at_once_offer_it_once_and_keep_the_budget(ana: UserMemory) -> None:
    strict = replace(CALM, per_day=3, urgent=0)
    names = ["zebra", "quilt", "violin", "train", "harbour", "mustard", "pepper", "lantern"]

    def offer_all() -> None:
        for name in names:
            ana.suggestions.consider(offer(ana, name), patience=strict)

    threads = [threading.Thread(target=offer_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = ana.suggestions.list()
    assert sorted(one.title for one in listed) == sorted(name.capitalize() for name in names)
    assert sum(one.state == "open" for one in listed) == 3


@given(
    gaps=st.lists(st.floats(0.0, 7200.0), min_size=1, max_size=60),
    per_day=st.integers(0, 8),
    burst=st.integers(0, 4),
    minutes=st.integers(1, 180) | st.integers(1_000, 20_000),
    days=st.booleans(),
)
@example(gaps=[3600.0 * 3] * 60, per_day=8, burst=2, minutes=6 * 24 * 60, days=True)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_bursts_never_interrupt_more_often_than_patience_allows(
    tmp_path_factory: pytest.TempPathFactory,
    gaps: list[float],
    per_day: int,
    burst: int,
    minutes: int,
    days: bool,
) -> None:
    clock = StoppedClock(MONDAY)
    patience = Patience(
        per_day=per_day, burst=burst, every=timedelta(minutes=minutes), quiet=None, zone="UTC"
    )
    folder = tmp_path_factory.mktemp("bursts")
    with MemoryStore(folder, embedder="lexical", clock=clock) as store:
        memory = store.user("ana")
        memory.observe("Something happened.")
        times = []
        for place, gap in enumerate(gaps):
            clock.advance(timedelta(seconds=gap * (12 if days else 1)))
            word = "".join(chr(97 + int(digit)) for digit in str(place))
            made = memory.suggestions.consider(
                offer(memory, f"matter{word}", title=f"t{word}", text=f"x{word}", benefit=9.0),
                patience=patience,
            )
            if shown(made).state == "open":
                times.append(clock.now)
    for place, first in enumerate(times):
        for number, last in enumerate(times[place:], start=1):
            allowed = burst + (last - first) / patience.every
            assert number <= allowed + 1e-6
    dates = [time.date() for time in times]
    assert all(dates.count(date) <= per_day for date in dates)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Draft the reply to Bob?", "Draft the reply to Eva?"),
        ("Book a table for 2 at Luigi's?", "Book a table for 4 at Luigi's?"),
        ("Order the tickets for Monday?", "Order the tickets for Friday?"),
        ("Call the bank on 3 December?", "Call the bank on 4 December?"),
        ("Prepare the talk at 9 am?", "Prepare the talk at 9 pm?"),
        ("Bob's reply is due", "Eva's reply is due"),
        ("Book three rooms in the hotel?", "Book four rooms in the hotel?"),
    ],
    ids=lambda each: each,
)
def test_offers_that_name_somebody_or_some_number_else_are_two(
    ana: UserMemory, one: str, other: str
) -> None:
    for place, title in enumerate((one, other)):
        made = offer(ana, f"m{place}", title=title, text="I can do that for you now.")
        assert shown(ana.suggestions.consider(made, patience=CALM)).state == "open"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Draft the reply to Bob?", "Draft a reply for Bob?"),
        ("Draft the reply to Bob?", "Draft Reply To Bob"),
        ("Draft the reply to Bob?", "Draft the reply?"),
        ("Book a table for two at Luigi's?", "Book a table for 2 at Luigi's?"),
        ("Call the bank on 2026-12-03?", "Call the bank on 3 December 2026?"),
        ("Prepare the talk at 3 pm?", "Prepare the talk at 15:00?"),
        ("Compare the hotels in Lisbon?", "Compare Lisbon hotels?"),
        ("Prepare the talk?", "Shall I prepare the talk?"),
    ],
    ids=lambda each: each,
)
def test_other_words_for_one_thing_are_one_offer(ana: UserMemory, one: str, other: str) -> None:
    text = "I can do that for you now, and show the whole draft here before anything is sent."
    shown(ana.suggestions.consider(offer(ana, "m0", title=one, text=text), patience=CALM))
    again = ana.suggestions.consider(offer(ana, "m1", title=other, text=text), patience=CALM)
    assert again.passed == "much the same was offered before"


def test_of_two_who_weigh_a_snoozed_offer_again_one_gets_it(
    ana: UserMemory, clock: StoppedClock
) -> None:
    one = shown(ana.suggestions.consider(offer(ana), patience=CALM))
    ana.suggestions.answer(one.id, "snooze", until=clock.now + timedelta(minutes=30))
    early = ana.suggestions.weigh_again(one.id, patience=CALM)
    assert early == Considered(None, "it is not waiting to be weighed now")
    clock.advance(timedelta(minutes=31))
    for found in (ana.suggestions.tidy(), ana.suggestions.tidy()):  # two who look at once
        assert [each.id for each in found] == [one.id]
    assert shown(ana.suggestions.weigh_again(one.id, patience=CALM)).state == "open"
    assert ana.suggestions.weigh_again(one.id, patience=CALM).suggestion is None


def calling(text: str) -> str:
    return json.dumps({"tool": "mail", "arguments": {"to": ["eva"], "text": {"body": text}}})


@pytest.mark.parametrize(
    "text",
    ["Bo has diabetes.", "Hello\nZürich", "the password: hunter2secret"],
    ids=["a private topic", "one as JSON would not write it", "a secret"],
)
def test_what_would_be_done_passes_the_gate_like_what_is_said(ana: UserMemory, text: str) -> None:
    ana.private.add("diabetes")
    ana.private.add("Zürich")
    bad = offer(ana, effect="reversible", action=calling(text))
    passed = ana.suggestions.consider(bad, patience=CALM).passed
    assert passed == "it touches a private topic, or the privacy policy bars it"
    good = offer(ana, effect="reversible", action=calling("Hello"))
    assert shown(ana.suggestions.consider(good, patience=CALM)).action == good.action


def test_an_offer_that_would_do_what_became_private_is_shown_no_more(
    ana: UserMemory, clock: StoppedClock
) -> None:
    made = offer(ana, effect="reversible", action=calling("about the Zürich trip"))
    one = shown(ana.suggestions.consider(made, patience=CALM))
    assert ana.suggestions.list() == [one]
    ana.private.add("Zürich")
    assert ana.suggestions.list() == []
    ana.suggestions.tidy()
    assert ana.suggestions.get(one.id).state == "withdrawn"


def test_nothing_is_done_unasked_on_words_of_others(ana: UserMemory) -> None:
    mail = str(ana.observe("The dentist wants your answer.", author="Mallory").id)
    ana.reflect()
    (claim,) = [each for each in ana.propositions.list() if "dentist" in each.text]
    own = claim.id
    for matter, basis, way in (
        ("tea", (own,), "act"),
        ("call", (own, mail), "suggest"),
        ("lesson", (mail,), "suggest"),
    ):
        made = offer(
            ana, matter, basis=basis, useful=0.97, benefit=3.0, effect="reversible", exact=True
        )
        one = shown(ana.suggestions.consider(made, patience=CALM, acts=True))
        assert one.way == way, matter
        barred = one.decision.barred.get("act")
        assert (barred == "it rests on more than the user's own words") is (way != "act")


def test_what_a_forgotten_offer_would_do_is_looked_for_too(ana: UserMemory) -> None:
    searched = []
    for place, action in enumerate((None, calling("xylophonists practising counterpoint"))):
        row = str(ana.observe("Something to do.", at=ana.now() - timedelta(days=place)).id)
        made = offer(ana, f"matter{place}", basis=(row,), action=action)
        one = shown(ana.suggestions.consider(made, patience=CALM))
        receipt = ana.forget(observations=[row])
        assert (receipt.suggestions, receipt.residue) == ((one.id,), 0)
        searched.append(receipt.searched)
    assert searched[1] >= searched[0] + 3
