"""Kill a process at each of its steps on the disk, again and again: for `test_crashes.py`.

A script that is started once and reads one line a request, the name of an operation and a folder.
For each of the operation's steps it forks a child that works on a copy of the same store and kills
itself right before that step: a statement that writes, the begin or end of a transaction, the
making or removing of a file. Another child then opens what is left, looks, does the same operation
again and looks once more. Forks of one warm process make hundreds of deaths cheap.
"""

import json
import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from usermind import Assistant, Concept, Draft, MemoryStore, UserMemory
from usermind.errors import StoreDamagedError, UnknownItemError, UnknownUserError
from usermind.memory.work import LEASE
from usermind.models import Offline
from usermind.testing import StoppedClock

CANARY = "Zwiebelfisch"
"""Stands in what the operations that forget are to forget."""
NEW = "I bought a green bicycle."
SAID = (
    "My name is Ana and I live in Oslo.",
    "I have a cat called Bo.",
    "I am a vegetarian.",
    f"My sister is called {CANARY}.",
)


# -- operations ---------------------------------------------------------------------------


def unless_gone(call: Callable[[], object]) -> None:
    """Do what may have been done already by the process that was killed."""
    try:
        call()
    except (UnknownItemError, UnknownUserError):
        return


def observe_many(ana: UserMemory) -> None:
    ana.observe_many([Draft(text=f"{NEW} {part}", external_id=part) for part in "abc"])


def claims(ana: UserMemory, words: str) -> list[str]:
    return [p.id for p in ana.propositions.list(status=None) if words in p.text]


def correct(ana: UserMemory) -> None:
    ana.propositions.correct(claims(ana, "piano")[0], "Ana plays the piano very well.")


def forget_observation(ana: UserMemory) -> None:
    # As a caller does who keeps the id: the second time it may be gone.
    unless_gone(lambda: ana.forget(observations=["o4"]))
    ana.forget()  # finishes what a killed one left, see `Database.scrub`


def forget_claim(ana: UserMemory) -> None:
    for item in claims(ana, CANARY):
        ana.propositions.forget(item)
    ana.forget()


def merge_concepts(ana: UserMemory) -> None:
    unless_gone(lambda: ana.concepts.merge("bo", "cat"))


def name_concept(ana: UserMemory) -> None:
    ana.concepts["oslo"] = Concept("Oslo", category="city", aliases=("home",))


def search(ana: UserMemory) -> None:
    ana.entities.record("night train to Vienna", external_id="s1")


def rate(ana: UserMemory) -> None:
    ana.feedback.record("1214", "Alien (1979)", 1.0, external_id="r1")


def show_items(ana: UserMemory) -> None:
    [reply] = [item.id for item in ana.observations() if item.author == "assistant"]
    ana.feedback.shown([("1214", "Alien (1979)"), ("6", "Heat (1995)")], observation=reply)


def forget_item(ana: UserMemory) -> None:
    unless_gone(lambda: ana.feedback.forget(CANARY))
    forget_observation(ana)  # the sister's name is the title


OPERATIONS: dict[str, Callable[[UserMemory], object]] = {
    "observe in a new store": lambda ana: ana.observe(NEW),
    "observe": lambda ana: ana.observe(NEW),
    "observe many": observe_many,
    "observe what was forgotten": lambda ana: ana.observe("My pin is 1234."),
    "embed": lambda ana: ana.embed(),
    "remember": lambda ana: ana.remember("Ana owns a green bicycle."),
    "remember what was forgotten": lambda ana: ana.remember("Ana has a pin."),
    "confirm": lambda ana: ana.propositions.confirm(claims(ana, "piano")[0]),
    "deny": lambda ana: ana.propositions.deny(claims(ana, "piano")[0]),
    "correct": correct,
    "name a concept": name_concept,
    "merge concepts": merge_concepts,
    "search": search,
    "say of an item": rate,
    "show items": show_items,
    "reflect": lambda ana: ana.reflect(),
    "forget an observation": forget_observation,
    "forget a claim": forget_claim,
    "forget an item": forget_item,
    "forget everything": lambda ana: unless_gone(ana.forget_everything),
}


def prepare(store: MemoryStore, operation: str) -> None:
    """Fill a store with what the operation needs to have something to lose."""
    if operation == "observe in a new store":
        return
    bob = store.user("bob")
    bob.observe("I am Bob and I play chess.")
    bob.reflect()
    ana = store.user("ana")
    for day, text in enumerate(SAID):
        at = store.clock() - timedelta(days=9 - day)
        ana.observe(text, at=at, session=str(day), external_id=str(day))
    if operation != "reflect":
        ana.reflect()
    ana.remember("Ana plays the piano.")
    ana.observe("My pin is 1234.")
    pin = ana.remember("Ana has a pin.", evidence="o6")
    assert pin is not None
    ana.propositions.forget(pin.id)
    ana.concepts["bo"] = Concept("Bo", attributes={"eats": "salmon"})
    ana.concepts["cat"] = Concept("Bobo", category="cat")
    with Assistant(store=store, model=Offline(), reflect="manual") as assistant:
        assistant.turn("ana", "Who is my sister?", thread_id="t")  # leaves checkpoints
    if operation == "forget an item":
        ana.feedback.record(CANARY, f"{CANARY} (1979)", 1.0, external_id="r1")
        ana.feedback.shown([(CANARY, f"{CANARY} (1979)"), ("6", "Heat (1995)")], thread="t")
        ana.reflect()
    if operation not in ("embed", "reflect"):
        ana.embed()
    if operation == "reflect":
        ana.observe("I moved to Bergen.", external_id="moved")


# -- looking ------------------------------------------------------------------------------

VOLATILE = frozenset({"lease", "lease_until", "attempts", "last_error", "held_from", "embedded"})
"""Columns that say when or how often, not what; times are left out too."""
UNCOMPARED = ("sqlite_", "observation_fts_", "proposition_fts_", "checkpoints", "writes", "event",
              "observation_tf", "proposition_tf")  # fmt: skip


def look(folder: Path, user: str) -> dict[str, Any] | None:
    """Return what the file of a user holds, by table; None where there is no such user."""
    store = MemoryStore(folder, embedder="lexical", clock=StoppedClock())
    try:
        if not store.user(user).exists:
            return None
        with store.user(user).open() as file:
            path = file.database.path
    except StoreDamagedError:
        return None  # known, and without a file: on the way out
    finally:
        store.close()
    connection = sqlite3.connect(path)
    try:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
        for table in ("observation", "proposition"):
            connection.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('integrity-check')")
            ids, indexed = (
                connection.execute(f"SELECT {column} FROM {name} ORDER BY 1").fetchall()
                for column, name in (("id", table), ("rowid", f"{table}_fts"))
            )
            assert ids == indexed, f"{table}: rows {ids}, full text {indexed}"
        assert (sound, dangling) == ("ok", []), (sound, dangling)
        return {name: rows(connection, name) for name in tables(connection)}
    finally:
        connection.close()


def tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    return [name for (name,) in found if not name.startswith(UNCOMPARED)]


def rows(connection: sqlite3.Connection, table: str) -> list[str]:
    cursor = connection.execute(f"SELECT * FROM {table}")
    kept = [
        place
        for place, (name, *_) in enumerate(cursor.description)
        if name not in VOLATILE and name != "at" and not name.endswith("_at")
    ]
    found = [
        repr([row[place] for place in kept])
        for row in cursor
        # Counters by which caches see that they are old, and what no two files have the same.
        if not (table == "meta" and (isinstance(row[1], int) or row[0] == "born"))
    ]
    return sorted(found)


def whole(folder: Path) -> dict[str, Any]:
    """Return everything that can be seen of a store, and whether the canary is in its bytes."""
    store = MemoryStore(folder, embedder="lexical", clock=StoppedClock())
    users, due = store.users(), store.due()
    store.close()
    found = {user: look(folder, user) for user in ("ana", "bob")}
    data = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return {"users": users, "due": due, "canary": CANARY.lower().encode() in data.lower(), **found}


# -- dying --------------------------------------------------------------------------------

UNSEEN = (
    "SELECT", "ROLLBACK", "PRAGMA SYNCHRONOUS", "PRAGMA FOREIGN_KEYS", "PRAGMA SECURE_DELETE",
    "PRAGMA TEMP_STORE", "PRAGMA DATA_VERSION", "PRAGMA TABLE_INFO",
)  # fmt: skip
"""Statements that leave no trace in a file: a death before one is a death before the next step."""
STRIDE = 6
"""Between two deaths inside one transaction: none of its statements reaches the file alone."""


class Steps:
    """Counts the steps of this process, and ends it before one of them."""

    def __init__(self, last: int, note: Path) -> None:
        self.last = last
        self.note = note
        self.done = 0
        self.inside = -1
        """Statements since a transaction began; −1 outside of any."""

    def take(self, what: str) -> None:
        words = " ".join(what.split()).upper()
        if words in ("BEGIN", "PRAGMA USER_VERSION") or words.startswith(UNSEEN):
            return
        if words.startswith("BEGIN"):
            self.inside = 0
        elif words.startswith("COMMIT"):
            self.inside = -1
        elif self.inside >= 0:
            self.inside += 1
            if self.inside % STRIDE != 1:
                return
        self.done += 1
        if self.done == self.last:
            self.note.write_text(what)
            os.kill(os.getpid(), signal.SIGKILL)


def mortal(steps: Steps) -> None:
    """Let every step of this process go through `steps`."""

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *values: Any) -> Any:
            steps.take(sql)
            return super().execute(sql, *values)

        def executemany(self, sql: str, *values: Any) -> Any:
            steps.take(sql)
            return super().executemany(sql, *values)

        def executescript(self, sql: str) -> Any:
            steps.take(sql)
            return super().executescript(sql)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, sql: str, *values: Any) -> Any:
            return self.cursor().execute(sql, *values)

        def executemany(self, sql: str, *values: Any) -> Any:
            return self.cursor().executemany(sql, *values)

        def executescript(self, sql: str) -> Any:
            return self.cursor().executescript(sql)

        def commit(self) -> None:
            steps.take("commit()")
            super().commit()

    original = sqlite3.connect

    def connect(path: Any, **given: Any) -> sqlite3.Connection:
        if path == ":memory:":  # dies with the process anyhow
            return original(path, **given)  # type: ignore[no-any-return]
        steps.take("connect")
        return original(path, factory=Connection, **given)

    sqlite3.connect = connect  # type: ignore[assignment]
    events = ("os.remove", "os.rename", "os.mkdir")
    sys.addaudithook(lambda event, args: steps.take(event) if event in events else None)


def child(work: Callable[[], object]) -> tuple[int, Any]:
    """Do some work in a fork; return how it ended and what it returned."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        code = 1
        try:
            with os.fdopen(writer, "w") as out:
                out.write(json.dumps(work()))
            code = 0
        except BaseException:  # noqa: BLE001  # a fork must not go on as if it were its parent
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status), json.loads(said) if said else None


def operate(folder: Path, operation: str, *, later: bool) -> None:
    """Do the operation, in time for leases to have run out if it is the later one."""
    clock = StoppedClock()
    if later:
        clock.advance(LEASE + timedelta(minutes=1))
    store = MemoryStore(folder, embedder="lexical", clock=clock)
    OPERATIONS[operation](store.user("ana"))
    store.close()


def doomed(folder: Path, operation: str, steps: Steps) -> int:
    mortal(steps)
    operate(folder, operation, later=False)
    return steps.done


def again(folder: Path, operation: str) -> dict[str, Any]:
    """Return how a store stands, and how it stands once the operation was done (again)."""
    left = whole(folder)
    operate(folder, operation, later=True)
    return {"left": left, "repeated": whole(folder)}


def request(operation: str, folder: Path) -> dict[str, Any]:
    """Kill an operation at each of its steps; return what was seen."""

    def prepared() -> dict[str, Any]:
        clock = StoppedClock()
        clock.advance(timedelta(hours=-1))
        store = MemoryStore(folder / "template", embedder="lexical", clock=clock)
        prepare(store, operation)
        store.close()
        return whole(folder / "template")

    code, before = child(prepared)
    assert code == 0, f"preparing {operation!r} failed"
    shutil.copytree(folder / "template", folder / "unharmed")
    code, once = child(lambda: again(folder / "unharmed", operation))
    assert code == 0, f"{operation!r} fails without any harm"
    code, twice = child(lambda: again(folder / "unharmed", operation))
    assert code == 0, f"{operation!r} fails when done once more"
    deaths = []
    for last in count(1):
        place = folder / "dying"
        shutil.copytree(folder / "template", place)
        steps = Steps(last, folder / "note")
        code, _ = child(partial(doomed, place, operation, steps))
        if code == 0:
            break
        assert code == -signal.SIGKILL, f"step {last} of {operation!r} ended with {code}"
        code, seen = child(partial(again, place, operation))
        note = " ".join((folder / "note").read_text().split())[:70]
        assert code == 0, f"after a death at step {last} of {operation!r} ({note}): {code}"
        deaths.append({"step": last, "at": note, **seen})
        shutil.rmtree(place)
    return {
        "before": before,
        "once": once["repeated"],
        "twice": twice["repeated"],
        "deaths": deaths,
    }


def main() -> None:
    import usermind.graphs.reflection
    import usermind.models.embeddings

    usermind.graphs.reflection.build_reflection_graph()  # once, for all forks
    print("ready", flush=True)
    for line in sys.stdin:
        operation, folder = json.loads(line)
        try:
            answer = request(operation, Path(folder))
        except Exception:  # noqa: BLE001  # the test that asked shows it
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
