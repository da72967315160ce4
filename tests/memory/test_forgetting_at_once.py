"""Forgetting beside everything else that goes on: no byte is left in any file of the store."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from usermind import Assistant, MemoryStore, UserMemory
from usermind.agents import Worker
from usermind.errors import UnknownItemError
from usermind.graphs.checkpoints import LatestSaver
from usermind.memory.receipt import DeletionReceipt
from usermind.testing import ScriptedReasoner

Open = Callable[..., MemoryStore]
CANARIES = ("Zwiebelfischquark", "Grottenolmkugel", "Quastenflosserbrot", "Tintenfischtorte")
"""Words that stand nowhere else; the index keeps their beginnings."""


def traces(folder: Path, *words: str) -> list[str]:
    """Return which words stand in which files, logs and Chroma's among them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        f"{word} in {path.name}"
        for path in files
        for data in (path.read_bytes().lower(),)
        for word in words
        if word.lower()[:13].encode() in data
    ]


def noted(ana: UserMemory, *words: str) -> list[str]:
    """Have the user say each word, and learn what there is to learn; return the messages' ids."""
    ids = [str(ana.observe(f"My sister is called {word}.").id) for word in words]
    ana.reflect()
    ana.embed()
    return ids


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Begin all calls at one moment; return what each returned, or the error that it raised."""
    barrier = threading.Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except UnknownItemError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))


def test_several_forget_several_things_at_once(open_store: Open, folder: Path) -> None:
    stores = [open_store() for _ in CANARIES]
    ids = noted(stores[0].user("ana"), *CANARIES)
    assert len(traces(folder, *CANARIES)) >= len(CANARIES)

    def forget(place: int) -> tuple[DeletionReceipt, list[str]]:
        receipt = stores[place].user("ana").forget(observations=[ids[place]])
        return receipt, traces(folder, CANARIES[place])

    for receipt, left in at_once(*[lambda n=n: forget(n) for n in range(len(ids))]):
        assert left == []
        assert receipt.verified
    assert traces(folder, *CANARIES) == []
    assert stores[0].user("ana").observations() == []


def test_two_forget_the_same_at_once(open_store: Open, folder: Path) -> None:
    stores = [open_store(), open_store()]
    [note] = noted(stores[0].user("ana"), CANARIES[0])
    done = at_once(*[lambda s=s: s.user("ana").forget(observations=[note]) for s in stores])
    assert traces(folder, CANARIES[0]) == []
    receipts = [each for each in done if isinstance(each, DeletionReceipt)]
    assert len(receipts) == 1, "who comes second is told that there is nothing"
    assert receipts[0].verified


FORGET = """
import sys
from pathlib import Path
from usermind import MemoryStore
folder, note, word = sys.argv[1:]
ana = MemoryStore(folder, embedder="lexical").user("ana")
ana.recall(word)
print("ready", flush=True)
sys.stdin.readline()
receipt = ana.forget(observations=[note])
left = [p.name for p in Path(folder).rglob("*") if p.is_file()
        and word[:13].lower().encode() in p.read_bytes().lower()]
print(receipt.verified, left, flush=True)
"""


def test_processes_forget_at_once(
    open_store: Open, folder: Path, python: Callable[..., "Popen[str]"]
) -> None:
    ids = noted(open_store().user("ana"), *CANARIES[:2])
    started = [python(FORGET, folder, *each) for each in zip(ids, CANARIES[:2], strict=True)]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        out, errors = process.communicate(timeout=60)
        assert out == "True []\n", errors
    assert traces(folder, *CANARIES) == []


@pytest.fixture
def busy(open_store: Open) -> Iterator[Callable[[], None]]:
    """Turns, a worker, profiles and recalls on a user, over and over; call it to have them end."""
    store, ended, errors = open_store(), threading.Event(), list[BaseException]()
    assistant = Assistant(store=store, reflect="manual")
    other = open_store()
    other.user("ana").observe("I like tea.")

    def turns() -> None:
        assistant.turn("ana", "What is my sister called?", thread_id="t")

    def work() -> None:
        other.user("ana").observe("I like tea.")
        Worker(store=other).run(once=True)

    def reads() -> None:
        ana = other.user("ana")
        ana.profile(task="family")
        ana.recall("sister")
        ana.embed()

    def repeat(call: Callable[[], None]) -> None:
        while not ended.is_set():
            try:
                call()
            except BaseException as error:  # noqa: BLE001  # told by the test's own thread
                errors.append(error)
                return

    threads = [threading.Thread(target=repeat, args=(call,)) for call in (turns, work, reads)]
    for thread in threads:
        thread.start()

    def end() -> None:
        ended.set()
        for thread in threads:
            thread.join()
        assistant.close()
        assert errors == []

    yield end
    end()


def test_what_is_forgotten_beside_turns_a_worker_and_profiles_is_in_no_file(
    open_store: Open, folder: Path, busy: Callable[[], None]
) -> None:
    ana = open_store().user("ana")
    for word in CANARIES:
        note = str(ana.observe(f"My sister is called {word}.").id)
        ana.reflect()
        receipt = ana.forget(observations=[note])
        assert traces(folder, word) == []
        assert receipt.verified
    busy()
    assert traces(folder, *CANARIES) == []


def test_what_is_forgotten_at_the_end_of_a_turn_is_in_no_checkpoint_for_a_moment(
    store: MemoryStore, ana: UserMemory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the reply is kept and before LangGraph saves the state, which holds what was recalled.

    Whatever is killed then has written nothing.
    """
    [note] = noted(ana, CANARIES[0])
    ana.observe("I like tea.")
    seen: list[str] = []
    put = LatestSaver.put

    def late(*given: Any) -> Any:
        if ana.observations(limit=1)[0].author == "assistant" and not seen:
            assert ana.forget(observations=[note]).verified
            seen.append("forgotten")
        saved = put(*given)
        seen.extend(traces(folder, CANARIES[0]))
        return saved

    monkeypatch.setattr(LatestSaver, "put", late)
    model = ScriptedReasoner(replies=[f"She is called {CANARIES[0]}."])
    with Assistant(store=store, model=model, reflect="manual") as assistant:
        assistant.turn("ana", "What is my sister called?", thread_id="t")
    assert "forgotten" in seen
    assert seen[-1] == "forgotten"
    assert traces(folder, CANARIES[0]) == []
