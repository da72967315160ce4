"""Four processes on the memories of two hundred users: no leak, no loss, nothing doubled."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind import MemoryStore
from usermind.memory.store import utc_now

OpenStore = Callable[..., MemoryStore]
StartPython = Callable[..., Any]

PROCESSES = 4
USERS = 200
MARK = re.compile(rb"qz\d{3}qz")
"""Stands in every text of a user, and in nobody else's."""

WORK = """
import json, random, sys
from usermind import MemoryStore

folder, me, users = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
draw = random.Random(me)
store = MemoryStore(folder, embedder="lexical", open_files=16)
held = {}

def tell(what, user, **more):
    print(json.dumps({"what": what, "user": user, **more}))

def observe(user, text, **more):
    receipt = store.user(f"user {user}").observe(text, **more)
    tell("observe", user, text=text, outcome=receipt.outcome, id=receipt.id)
    return receipt

print("ready", flush=True)
sys.stdin.readline()
order = list(range(users))
draw.shuffle(order)
for turn, user in enumerate(order):
    memory, mark = store.user(f"user {user}"), f"qz{user:03}qz"
    text = f"I like the town of {mark} p{me}t{turn}p."
    held[user] = observe(user, text).id
    observe(user, f"I own a boat called {mark} s{user}s.", external_id="same")
    # Somebody that this process or another one has written to.
    user = draw.choice(order[: turn + 1])
    memory = store.user(f"user {user}")
    match draw.choices(["recall", "reflect", "forget", "remember"], [4, 3, 2, 1])[0]:
        case "recall":
            hits = memory.recall(draw.choice(["which town?", "boat", ""]), k=20)
            tell("recall", user, texts=[hit.text for hit in hits])
        case "reflect":
            report = memory.reflect()
            tell("reflect", user, failed=report.failed, errors=report.errors)
        case "forget" if held.get(user):
            receipt = memory.forget(observations=[held.pop(user)])
            tell("forget", user, observations=receipt.observations, of=receipt.user_id)
        case "remember":
            text = f"The dog of qz{user:03}qz is called r{me}t{turn}r."
            claim = memory.remember(text)
            tell("remember", user, text=text, id=claim and claim.id)
print("done", flush=True)
"""


@pytest.fixture
def events(python: StartPython, folder: Path) -> list[dict[str, Any]]:
    """Let the processes loose on one store; return what they were told, process by process."""
    workers = [python(WORK, folder, me, USERS) for me in range(PROCESSES)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = []
    for worker in workers:
        said, errors = worker.communicate(timeout=300)
        assert worker.returncode == 0, errors
        *lines, last = said.splitlines()
        assert last == "done"
        told += [json.loads(line) for line in lines]
    return told


def of(events: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    found = [event for event in events if event["what"] == what]
    assert found, f"nobody happened to {what}"
    return found


def mark(user: int) -> str:
    return f"qz{user:03}qz"


def test_four_processes_and_two_hundred_users_neither_leak_nor_lose_nor_double(
    events: list[dict[str, Any]], folder: Path, open_store: OpenStore
) -> None:
    # What every process was told while the others were at work.
    for event in of(events, "recall"):
        assert all(mark(event["user"]) in text for text in event["texts"])
    assert not any(event["failed"] or event["errors"] for event in of(events, "reflect"))
    for event in of(events, "forget"):
        assert event["of"] == f"user {event['user']}"
        assert len(event["observations"]) == 1
    same = Counter(e["user"] for e in of(events, "observe")
                   if e["outcome"] == "stored" and "boat" in e["text"])  # fmt: skip
    assert same == dict.fromkeys(range(USERS), 1)

    # What must be there now: everything acknowledged and not forgotten, under its id.
    expected: dict[int, dict[str, str]] = {user: {} for user in range(USERS)}
    gone = {(e["user"], id_) for e in of(events, "forget") for id_ in e["observations"]}
    for event in of(events, "observe"):
        assert event["outcome"] in ("stored", "known")
        if (event["user"], event["id"]) not in gone:
            expected[event["user"]][event["id"]] = event["text"]
    store = open_store(clock=utc_now)
    remembered = Counter((e["user"], e["text"]) for e in of(events, "remember"))
    for user in range(USERS):
        memory = store.user(f"user {user}")
        assert memory.reflect().pending == 0
        observed = {o.id: o.text for o in memory.observations(limit=1_000)}
        own = {id_: text for id_, text in observed.items() if "The dog" not in text}
        assert own == expected[user]
        asked = {text for of_user, text in remembered if of_user == user}
        assert asked == {text for text in observed.values() if "The dog" in text}
        assert set(observed) == {hit.id for hit in memory.recall("", k=99, kinds=["observation"])}
        claims = memory.propositions.list(status=None)
        assert all(mark(user) in claim.text for claim in claims)
        texts = Counter(claim.text.casefold() for claim in claims)
        assert texts.most_common(1)[0][1] == 1
        assert len(texts) >= len(observed), "reflection has skipped an observation"
        for claim in claims:
            evidence = [e.observation.id for e in memory.propositions.explain(claim.id).evidence]
            assert len(evidence) == len(set(evidence)) >= 1
            assert set(evidence) <= set(observed)
    assert store.due() == []
    store.close()

    # Every byte: one user a file, and none of what was forgotten.
    forgotten = {
        re.findall(r"p\d+t\d+p", e["text"])[0].encode()
        for e in of(events, "observe")
        if (e["user"], e["id"]) in gone
    }
    assert len(forgotten) == len(of(events, "forget")) > 10
    seen: list[bytes] = []
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        seen += set(MARK.findall(data))
        assert not forgotten & set(re.findall(rb"p\d+t\d+p", data))
    assert sorted(seen) == [mark(user).encode() for user in range(USERS)]
