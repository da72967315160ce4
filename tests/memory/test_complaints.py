"""What people complain of in memory stores, and the tests that show that it does not happen here.

The complaints were collected from the trackers of the memory frameworks in use. One that concerns
models, prompts or suggestions alone is not among them.
"""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

import usermind.memory
from usermind import Draft, MemoryStore, UserMemory
from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory import journal

OpenStore = Callable[..., MemoryStore]

HERE = "memory/test_complaints.py::"
COMPLAINTS = {
    # -- lost, doubled, wrong -------------------------------------------------------------
    "what was recalled is learnt again, hundreds of times": [
        "graphs/test_echo.py::test_the_mem0_loop_of_recall_and_extraction_learns_nothing",
        "graphs/test_reflection.py::test_replies_of_the_assistant_never_become_evidence",
        "graphs/test_turn.py::test_both_sides_are_journaled_and_only_the_users_is_due",
    ],
    "an old value still comes back after it has changed": [
        "graphs/test_reflection.py::test_a_new_value_of_a_slot_takes_the_place_of_the_old_one",
        "graphs/test_turn.py::test_the_words_behind_an_old_value_are_offered_only_when_the_past_is_"
        "asked_for",
    ],
    "a contradiction deletes both facts, or is not seen at all": [
        "graphs/test_reflection.py::test_superseding_links_the_old_claim_to_the_new_one",
        "graphs/test_reflection.py::test_contradiction_takes_confidence_and_at_last_the_claim",
        "memory/test_timeline.py::test_one_claim_can_be_read_as_it_stood",
    ],
    "the same thing is stored several times": [
        "memory/test_observe.py::test_the_same_arriving_twice_is_stored_once",
        "memory/test_propositions.py::test_case_and_punctuation_make_no_other_claim",
        "graphs/test_reflection.py::test_the_same_claim_twice_is_one_claim_with_two_pieces_of_"
        "evidence",
    ],
    "it says that it was stored, and nothing is": [
        "memory/test_processes.py::test_what_observe_returned_for_survives_a_kill",
        HERE + "test_an_observation_that_teaches_nothing_is_done_and_still_found",
    ],
    "parts of long documents are dropped": [
        "memory/test_recall.py::test_a_sentence_in_the_middle_of_a_million_characters_is_found",
        "memory/test_recall.py::test_long_texts_get_a_bounded_number_of_vectors_from_end_to_end",
        "graphs/test_reflection.py::test_what_is_too_long_to_be_shown_is_counted",
    ],
    "writes at the same time lose some of them": [
        "memory/test_many_users.py::test_four_processes_and_two_hundred_users_neither_leak_nor_lose"
        "_nor_double",
        "memory/test_observe.py::test_threads_lose_and_double_nothing",
    ],
    "an addition takes the place of what was there": [
        "memory/test_observe.py::test_an_external_id_with_other_words_is_a_conflict_and_the_first_"
        "is_kept",
    ],
    "a text without facts gives no sign of what became of it": [
        HERE + "test_an_observation_that_teaches_nothing_is_done_and_still_found",
        "graphs/test_reflection.py::test_a_failing_reasoner_leaves_the_items_due_and_says_why",
    ],
    "memory lags one message behind": [
        HERE + "test_what_was_just_said_is_found_before_any_reflection",
    ],
    # -- latency and cost -----------------------------------------------------------------
    "a question scans the memories of everybody": [
        HERE + "test_a_question_opens_the_file_of_its_user_alone",
        "memory/test_recall.py::test_scores_do_not_depend_on_other_users",
    ],
    "what is stored is computed again with each addition": [
        "memory/test_recall.py::test_vectors_are_made_once",
        "graphs/test_familiar.py::test_only_the_news_of_a_batch_is_shown_and_all_of_it_is_done",
    ],
    "one request computes without bound": [
        "memory/test_recall.py::test_a_recall_embeds_no_more_than_it_may_and_the_rest_is_found_by_"
        "words",
        "graphs/test_reflection.py::test_endless_conflicts_end_and_leave_the_items_due",
    ],
    "it spends without end": [
        "memory/test_spend.py::test_processes_never_exceed_a_budget_together",
        "agents/test_worker.py::test_while_everything_fails_the_model_is_asked_once_a_pause",
    ],
    "what was said before is sent to the model again and again": [
        "graphs/test_familiar.py::test_a_repeat_asks_nobody_and_supports_what_it_repeats",
    ],
    "nobody can see what it costs": [
        "models/test_ledger.py::test_totals_are_kept_by_purpose",
        "cli/test_work.py::test_what_was_asked_of_a_model_is_told",
    ],
    "main memory and open files grow with the number of users": [
        "memory/test_files.py::test_few_open_files_serve_many_users_and_threads",
    ],
    # -- concurrency and durability -------------------------------------------------------
    "one process locks the store for all others": [
        "memory/test_processes.py::test_processes_at_once_lose_and_double_nothing_on_a_store_that_"
        "none_has_made",
        "memory/test_processes.py::test_a_change_by_another_process_is_seen_at_once",
    ],
    "a crash between two writes leaves half of them": [
        "memory/test_crashes.py::test_an_operation_that_was_killed_at_any_step_can_be_done_again_as"
        "_if_for_the_first_time",
    ],
    "a retry does it twice": [
        "memory/test_crashes.py::test_an_operation_that_was_killed_at_any_step_can_be_done_again_as"
        "_if_for_the_first_time",
        "graphs/test_reflection.py::test_a_worker_killed_at_any_step_loses_and_doubles_nothing",
    ],
    "work is accepted and never done": [
        "memory/test_files.py::test_who_has_work_is_known_to_every_process_and_after_a_restart",
        "memory/test_work.py::test_failures_wait_longer_and_longer_and_end_among_the_dead",
    ],
    "a worker that died, or one bad item, stops the rest for ever": [
        "memory/test_work.py::test_an_item_that_kills_its_workers_is_taken_alone_and_ends_among_the"
        "_dead",
        "memory/test_work.py::test_a_poison_item_does_not_drag_others_down",
    ],
    "workers wait for each other for ever": [
        "memory/test_files.py::test_forgetting_everything_beside_other_threads_breaks_none_of_them",
        "memory/test_files.py::test_a_file_that_another_process_holds_too_long_is_busy_and_nothing_"
        "is_stored",
    ],
    # -- several users and security -------------------------------------------------------
    "metadata takes the place of the user's id": [
        HERE + "test_no_field_of_an_observation_moves_it_to_another_user",
    ],
    "ids and filters are run as part of a query": [
        HERE + "test_an_id_is_never_run_as_a_query",
        HERE + "test_a_question_is_never_run_as_a_query",
        "memory/test_user_ids.py::test_every_id_is_a_user_of_its_own_inside_the_folder",
    ],
    "opening a store runs code that was put into it": [
        HERE + "test_nothing_in_the_memory_turns_data_into_code",
    ],
    "messages of one user turn up with another": [
        "memory/test_isolation.py::TestIsolation",
        "memory/test_many_users.py::test_four_processes_and_two_hundred_users_neither_leak_nor_lose"
        "_nor_double",
        "agents/test_assistant.py::test_many_async_turns_at_once_keep_users_apart",
    ],
    "secrets are stored, above all those beside text without spaces": [
        "memory/privacy/test_detectors.py::test_no_neighbour_hides_a_secret",
        "memory/privacy/test_gate.py::test_secrets_reach_neither_store_nor_log_nor_prompt",
    ],
    "a policy that is malformed, or fails, lets everything pass": [
        "memory/privacy/test_gate.py::test_a_detector_that_breaks_lets_nothing_be_stored",
        "memory/privacy/test_gate.py::test_an_unknown_policy_is_refused",
    ],
    "texts of others plant facts": [
        "redteam/test_redteam.py::test_no_attack_succeeds",
        "graphs/test_echo.py::test_a_hundred_who_tell_the_same_lie_are_not_believed",
        "graphs/test_reflection.py::test_hearsay_neither_replaces_nor_rewrites",
        "memory/test_propositions.py::test_hearsay_stays_below_one_half_however_often_it_is_told",
    ],
    # -- models that answer badly ---------------------------------------------------------
    "an answer that cannot be read becomes an empty memory in silence": [
        "graphs/test_reflection.py::test_a_failing_reasoner_leaves_the_items_due_and_says_why",
        "memory/test_recall.py::test_vectors_that_cannot_be_right_are_not_stored",
        "models/test_chat.py::test_invalid_twice_is_an_error_without_the_text",
    ],
    "pieces of a streamed answer are lost": [
        "models/test_chat.py::test_pieces_arrive_and_the_last_chunk_sums_up",
        "models/test_chat.py::test_a_stream_that_breaks_off_passes_on_what_came_and_says_so",
    ],
    "another embedding model mixes its vectors in": [
        "memory/test_recall.py::test_vectors_of_another_model_are_refused_until_all_are_made_anew",
    ],
    # -- installation ---------------------------------------------------------------------
    "importing it loads half the world": [
        "test_imports.py::test_importing_usermind_loads_no_heavy_library",
        "test_imports.py::test_a_store_needs_no_langchain_until_a_turn",
    ],
    "it needs a SQLite that can load extensions": [
        HERE + "test_no_extension_of_sqlite_is_loaded",
    ],
    "the first example of the documentation does not run": [
        "test_readme.py::test_a_block_runs_and_prints_what_it_says",
    ],
    # -- deletion and control -------------------------------------------------------------
    "deleting everything deletes the first page": [
        HERE + "test_however_much_there_is_all_of_it_is_forgotten",
    ],
    "what was deleted is still served from a cache": [
        HERE + "test_what_was_found_before_is_not_found_once_it_is_forgotten",
        "memory/test_processes.py::test_a_change_by_another_process_is_seen_at_once",
    ],
    "what was deleted lives on in summaries, histories and raw messages": [
        "memory/test_forgetting.py::test_no_byte_of_a_forgotten_observation_is_left",
        "memory/test_forgetting.py::test_no_byte_of_a_user_is_left_when_everything_is_forgotten",
        "graphs/test_turn.py::test_a_reply_is_forgotten_with_what_it_was_made_from",
    ],
    "what was deleted is learnt again": [
        "graphs/test_reflection.py::test_words_that_were_forgotten_are_not_learnt_again_by_any_"
        "operation",
        "memory/test_forgetting.py::test_a_forgotten_observation_is_not_ingested_again",
    ],
    "there is no way to see, correct or take away what is stored": [
        "cli/test_memory.py::test_an_explanation_quotes_the_evidence_and_shows_the_sum",
        "cli/test_memory.py::test_a_correction_keeps_the_id_and_the_history",
        "memory/test_export.py::test_an_export_holds_everything_one_object_a_line",
    ],
    "it reports home": [
        "graphs/test_tracing.py::test_a_turn_and_a_reflection_send_nothing_unless_asked_to",
    ],
}


def test_every_complaint_is_met_by_tests_that_exist(
    missing: Callable[[Mapping[str, Iterable[str]]], list[str]],
) -> None:
    assert missing(COMPLAINTS) == []


def test_an_observation_that_teaches_nothing_is_done_and_still_found(ana: UserMemory) -> None:
    ana.observe("Well, well, the zeppelin.")
    report = ana.reflect()
    assert (report.processed, report.changed, report.failed, report.pending) == (1, 0, 0, 0)
    assert [hit.text for hit in ana.recall("zeppelin")] == ["Well, well, the zeppelin."]


def test_what_was_just_said_is_found_before_any_reflection(ana: UserMemory) -> None:
    ana.observe("I moved to Oslo.")
    ana.recall("Oslo")
    ana.observe("My new address is 5 Harbour Road.")
    assert ana.recall("new address", k=1)[0].text == "My new address is 5 Harbour Road."
    assert ana.queue().ready == 2


def test_a_question_opens_the_file_of_its_user_alone(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    for number in range(8):
        store.user(f"user {number}").observe("I moved to Oslo.")
    store.close()
    again = open_store()
    with again.user("user 3").open() as file:
        own = file.database.path
    again.close()

    opened = []
    connect = usermind.memory.database.connect

    def noted(path: Path, **given: object) -> object:
        opened.append(path)
        return connect(path, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(usermind.memory.database, "connect", noted)
    assert open_store().user("user 3").recall("Oslo")
    assert opened == [own]


def test_no_field_of_an_observation_moves_it_to_another_user(store: MemoryStore) -> None:
    ana, bob = store.user("ana"), store.user("bob")
    bob.observe("I am Bob.")
    ana.observe("I am Ana.", source="bob", author="bob", session="bob", external_id="bob")
    with pytest.raises(TypeError):
        ana.observe("I am Ana.", user_id="bob")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Draft(text="I am Ana.", user_id="bob")  # type: ignore[call-arg]
    assert [o.text for o in bob.observations()] == ["I am Bob."]
    assert [o.text for o in ana.observations()] == ["I am Ana."]


INJECTIONS = (
    "o1 OR 1=1",
    "o1; DROP TABLE observation",
    "o1' UNION SELECT text FROM observation --",
    "o*",
    "o%",
    "",
    "1",
)


@pytest.mark.parametrize("item", INJECTIONS)
def test_an_id_is_never_run_as_a_query(item: str, ana: UserMemory) -> None:
    ana.observe("I moved to Oslo.")
    ana.remember("Ana lives in Oslo.")
    with pytest.raises(UnknownItemError):
        ana.forget(observations=[item])
    with pytest.raises(UnknownItemError):
        ana.propositions.get(item.replace("o", "p"))
    assert ana.observations(source=item) == ana.observations(session=item or "x") == []
    assert len(ana.observations()) == 2
    assert len(ana.propositions.list()) == 1


@pytest.mark.parametrize(
    "query", ["text:*", '"', "a NEAR b", "NOT oslo", "' OR 1=1 --", "{text}: x", "^oslo", "rowid:1"]
)
def test_a_question_is_never_run_as_a_query(query: str, store: MemoryStore) -> None:
    store.user("bob").observe("I am Bob.")
    store.user("ana").observe("I moved to Oslo.")
    assert [hit.text for hit in store.user("ana").recall(query)] == ["I moved to Oslo."]
    with pytest.raises(InvalidInputError):
        store.user("ana").recall("Oslo", kinds=[f"observation {query}"])  # type: ignore[list-item]


def test_nothing_in_the_memory_turns_data_into_code() -> None:
    makers = {"pickle", "marshal", "shelve", "dill", "eval", "exec", "compile", "__import__"}
    used = set()
    for path in Path(journal.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                used |= {alias.name for alias in node.names} | {getattr(node, "module", None)}
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                used.add(node.func.id)
    assert "sqlite3" in used
    assert not used & makers


def test_no_extension_of_sqlite_is_loaded() -> None:
    script = (
        "import sys, tempfile; events = []; "
        "sys.addaudithook(lambda event, args: events.append(event)); "
        "from usermind import MemoryStore; "
        "ana = MemoryStore(tempfile.mkdtemp(), embedder='lexical').user('ana'); "
        "ana.observe('I moved to Oslo.'); assert ana.recall('Oslo'); "
        "assert 'sqlite3.connect' in events; "
        "print([event for event in events if 'extension' in event])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_however_much_there_is_all_of_it_is_forgotten(store: MemoryStore, folder: Path) -> None:
    ana = store.user("ana")
    ana.observe_many([Draft(text=f"Note {number} zq.") for number in range(3_000)])
    some = [o.id for o in ana.observations(limit=10_000) if int(o.id[1:]) % 2]
    receipt = ana.forget(observations=some)
    assert sorted(receipt.observations) == sorted(some)
    assert len(ana.observations(limit=10_000)) == 3_000 - len(some) == 1_500
    assert len(ana.forget_everything().observations) == 1_500
    assert not ana.exists
    assert not any(b"zq" in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_was_found_before_is_not_found_once_it_is_forgotten(open_store: OpenStore) -> None:
    here, there = open_store().user("ana"), open_store().user("ana")
    note = str(here.observe("The zeppelin landed in Oslo.").id)
    here.observe("I like tea.")
    for memory in (here, there):
        assert memory.recall("zeppelin", k=1)[0].id == note
        assert memory.recollect([note])
    here.forget(observations=[note])
    for memory in (here, there):
        assert [hit.text for hit in memory.recall("zeppelin")] == ["I like tea."]
        assert memory.recollect([note]) == []
        with pytest.raises(UnknownItemError):
            memory.observation(note)
