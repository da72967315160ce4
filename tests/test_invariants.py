"""The invariants that such memories are known to break, each with the tests that hold it."""

import random
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from usermind import MemoryStore, UserMemory
from usermind.graphs import reflect
from usermind.models import Offline
from usermind.prompts import Citation, Operation, Operations, ReflectPrompt
from usermind.prompts.reflect import Op
from usermind.testing import ScriptedReasoner, StoppedClock

INVARIANTS = {
    "1 many sources at once: nothing lost, nothing doubled": [
        "test_invariants.py::test_many_sources_in_any_order_lose_and_double_nothing",
        "memory/test_processes.py::test_processes_at_once_lose_and_double_nothing_on_a_store_that_"
        "none_has_made",
    ],
    "2 killed anywhere: each observation is processed once": [
        "memory/test_crashes.py::test_an_operation_that_was_killed_at_any_step_can_be_done_again_as"
        "_if_for_the_first_time",
        "graphs/test_reflection.py::test_a_worker_killed_at_any_step_loses_and_doubles_nothing",
        "memory/test_processes.py::test_what_observe_returned_for_survives_a_kill",
    ],
    "3 a model that always fails: bounded calls, back-off, dead letter, others unaffected": [
        "graphs/test_reflection.py::test_an_item_that_always_fails_ends_among_the_dead_and_no_other_does",
        "memory/test_work.py::test_failures_wait_longer_and_longer_and_end_among_the_dead",
    ],
    "4 a batch that is rolled back leaves no rows": [
        "memory/test_observe.py::test_many_are_stored_all_or_none",
        "graphs/test_reflection.py::test_a_worker_that_lost_its_lease_writes_nothing",
    ],
    "5 ingesting the same again changes nothing": [
        "memory/test_observe.py::test_the_same_arriving_twice_is_stored_once",
    ],
    "6 an identical draft adds evidence and no claim": [
        "graphs/test_reflection.py::test_the_same_claim_twice_is_one_claim_with_two_pieces_of_evidence",
    ],
    "7 what is unrelated never gains evidence": [
        "test_invariants.py::test_claims_that_no_operation_names_are_left_as_they_are",
    ],
    "8 disjoint clusters stay disjoint": [
        "test_invariants.py::test_what_one_batch_says_of_two_things_is_kept_apart",
    ],
    "9 ids survive revision and the history stays readable": [
        "graphs/test_reflection.py::test_revising_sharpens_the_words_and_keeps_the_old_ones_in_the_"
        "history",
        "memory/test_timeline.py::test_one_claim_can_be_read_as_it_stood",
        "memory/test_timeline.py::test_reading_as_of_now_is_reading",
    ],
    "10 the more durable decays slower; support makes no older": [
        "memory/test_belief.py::test_what_is_more_durable_never_decays_faster",
        "memory/test_propositions.py::test_evidence_of_long_ago_does_not_make_a_claim_older",
    ],
    "11 the score of a hit does not depend on other hits": [
        "memory/test_ranking.py::test_the_score_of_a_row_does_not_depend_on_rows_of_other_sessions",
        "memory/test_recall.py::test_what_is_excluded_changes_no_other_score_and_makes_room",
    ],
    "12 an empty query is strictly by recency": [
        "memory/test_recall.py::test_an_empty_query_lists_the_newest_of_all_kinds_first",
    ],
    "13 the zone of a filter changes no result": [
        "memory/test_timeline.py::test_the_zone_of_the_question_changes_nothing",
        "memory/test_observe.py::test_the_same_instant_in_another_zone_is_the_same_event",
    ],
    "14 any script is found": [
        "memory/test_recall.py::test_words_of_any_script_are_found",
    ],
    "15 the gate is not switched off in silence; secrets reach neither store, log nor prompt": [
        "memory/privacy/test_gate.py::test_the_gate_cannot_be_switched_off_silently",
        "memory/privacy/test_gate.py::test_secrets_reach_neither_store_nor_log_nor_prompt",
    ],
    "16 a user never sees another": [
        "memory/test_isolation.py::TestIsolation",
        "memory/test_recall.py::test_scores_do_not_depend_on_other_users",
    ],
    "17 forgotten is gone from everywhere and not learnt again": [
        "graphs/test_turn.py::test_forget_removes_every_trace_also_while_the_store_is_open",
        "graphs/test_reflection.py::test_words_that_were_forgotten_are_not_learnt_again_by_any_operation",
    ],
    "18 a suggestion never flips the wrong way": [
        "memory/test_utility.py::test_a_likelier_offer_is_never_treated_as_silence_where_a_less_likely"
        "_one_was_shown",
        "memory/test_utility.py::test_more_to_win_or_to_miss_never_silences_what_was_shown",
        "memory/test_utility.py::test_what_stayed_silent_is_not_shown_because_it_is_dearer_or_the_user"
        "_busier",
        "memory/test_utility.py::test_a_yes_never_lowers_and_a_no_never_raises_what_comes_next",
        "memory/test_suggestions.py::test_dismissals_raise_the_bar_and_acceptances_lower_it",
    ],
    "19 no prompt holds a placeholder": [
        "prompts/test_prompts.py::test_a_class_that_differs_from_its_file_names_the_fields",
        "prompts/test_prompts.py::test_no_text_of_a_user_is_taken_for_a_placeholder",
    ],
    "20 a picture that cannot be loaded shifts nothing": [
        "memory/test_images.py::test_a_picture_that_cannot_be_read_moves_no_other_one",
        "memory/test_concept_pictures.py::test_a_picture_that_cannot_be_used_changes_nothing",
    ],
    "21 the unknown is not recognised": [
        "memory/test_sight.py::test_strangers_are_nobody",
        "memory/test_concept_pictures.py::test_a_concept_is_known_again_and_a_stranger_is_nobody",
    ],
    "22 empty answers score no better than chance": [
        "evals/test_expectations.py::test_nothing_is_true_of_an_empty_reply",
        "evals/test_saying_nothing.py::test_who_always_says_the_same_passes_no_scenario_of_a_reply",
        "evals/test_judging.py::test_rubbish_is_an_abstention_that_shows",
        "evals/test_judging.py::test_an_empty_reply_meets_nothing_whatever_the_judge_says",
        "evals/test_judging.py::test_a_judge_that_always_chooses_the_first_decides_nothing_and_is_right"
        "_by_half",
        "evals/test_judging.py::test_two_labels_make_nobody_certain",
    ],
}


def test_every_invariant_is_held_by_tests_that_exist(
    missing: Callable[[Mapping[str, Iterable[str]]], list[str]],
) -> None:
    assert missing(INVARIANTS) == []


def op(kind: Op, on: int, quote: str, statement: str, target: int | None = None) -> Operation:
    return Operation(
        op=kind,
        target=target,
        statement=statement,
        evidence=[Citation(observation=on, quote=quote)],
        confidence=0.9,
        durability="year",
        slot=None,
    )


@pytest.mark.parametrize("seed", range(3))
def test_many_sources_in_any_order_lose_and_double_nothing(store: MemoryStore, seed: int) -> None:
    rng = random.Random(seed)
    events = [(source, n) for source in ("chat", "mail", "notes", "calendar") for n in range(12)]
    told = events + rng.sample(events, 20)  # some arrive twice
    rng.shuffle(told)

    def arrive(event: tuple[str, int]) -> None:
        source, number = event
        store.user("ana").observe(
            f"I like thing {number} of {source}.", source=source, external_id=str(number)
        )

    def learn(_: int) -> None:
        if store.user("ana").exists:
            reflect(store.user("ana"), Offline())

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(arrive, event) for event in told]
        jobs += [pool.submit(learn, number) for number in range(4)]
        for job in jobs:
            job.result()
    ana = store.user("ana")
    ana.revive()
    reflect(ana, Offline())

    seen = [(item.source, int(item.external_id or -1)) for item in ana.observations(limit=1_000)]
    assert sorted(seen) == sorted(events)
    status = ana.queue()
    assert (status.ready, status.waiting, status.leased, status.dead) == (0, 0, 0, 0)
    claims = ana.propositions.list()
    assert len({claim.text for claim in claims}) == len(claims) == len(events)
    assert all(len(ana.propositions.explain(claim.id).evidence) == 1 for claim in claims)


def test_claims_that_no_operation_names_are_left_as_they_are(
    ana: UserMemory, clock: StoppedClock
) -> None:
    for name in ("tea", "coffee", "cocoa"):
        ana.remember(f"Ana likes {name} in the morning.")
    before = {claim.id: claim for claim in ana.propositions.list()}
    clock.advance(timedelta(days=1))
    ana.observe("Tea in the morning, as ever, and no news.")

    def about_tea(prompt: ReflectPrompt) -> Operations:
        assert len(prompt.known) == 3  # all of them were found related, and shown
        (tea,) = [line.alias for line in prompt.known if "tea" in line.text]
        return Operations(operations=[op("reinforce", 1, "Tea", "", tea)])

    reflect(ana, ScriptedReasoner([about_tea]))
    after = {claim.id: claim for claim in ana.propositions.list()}
    changed = [id_ for id_ in before if after[id_].version != before[id_].version]
    assert [after[id_].text for id_ in changed] == ["Ana likes tea in the morning."]
    for id_ in before.keys() - set(changed):
        assert after[id_].updated_at == before[id_].updated_at
        assert len(ana.propositions.explain(id_).evidence) == 1


def test_what_one_batch_says_of_two_things_is_kept_apart(ana: UserMemory) -> None:
    ana.observe("I adopted a beagle called Bo.", session="dogs")
    ana.observe("My new job is at Acme.", session="work")
    answer = Operations(
        operations=[
            op("add", 1, "beagle called Bo", "Ana has a beagle called Bo."),
            op("add", 2, "job is at Acme", "Ana works at Acme."),
        ]
    )
    reflect(ana, ScriptedReasoner([answer]))
    claims = ana.propositions.list()
    assert len(claims) == 2
    for claim in claims:
        (evidence,) = ana.propositions.explain(claim.id).evidence
        assert ("Bo" in claim.text) == ("Bo" in evidence.observation.text)
