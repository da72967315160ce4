"""Thousands of turns while everything breaks: what is lost, what is doubled, what grows.

    python -m benchmarks.soak --model URL [--turns 10000] [--users 50] [--processes 4]
        [--serve COMMAND] [--restart-every 60] [--kill-every 20]
        [--store FOLDER --full-every 45] [--json FILE]

So many processes talk for the same users at once. Meanwhile, at moments drawn by `--seed`:

- a process is killed (SIGKILL) and started anew: it says again, under the same id, whatever it has
  no answer for;
- the model's server is killed and started anew when it has served for a while, where `--serve`
  names the command that serves it;
- the disk is full for a second or two, where `--store` is a small file system of its own (at most
  2 GiB, so that filling it harms nobody), such as
  `mount -t tmpfs -o size=1g tmpfs /mnt/soak`.

The first process is never killed: whether memory grows is read off it. What was answered is written
down elsewhere, by the process that got the answer. In the end a worker with the offline engine does
what is left, and then: each message stands once in the memory of its user and of no other, each
answer that was given stands once and word for word, nothing is due, every file passes SQLite's
integrity check. The exit status is 1 where that does not hold.
"""

import argparse
import json
import os
import random
import re
import shlex
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from usermind import Assistant, MemoryStore, Worker
from usermind.errors import StoreError
from usermind.graphs.journaling import reply_id
from usermind.models import connect

THINGS = ("violin", "tent", "kayak", "teapot", "ladder", "camera", "rug", "drill", "globe", "sled")
SAID = (
    "I bought a {thing} today, receipt {token}.",
    "My sister wants my {thing}; her note says {token}.",
    "What do you know about my {thing}? Ticket {token}.",
    "I don't like the {thing} any more, case {token}.",
    "Remind me where the {thing} of order {token} is.",
)
LARGEST = 2 * 1024**3
"""Bytes of a file system that may be filled."""
ROUNDS = 12
"""Of a worker, until nothing is due any more."""
_REMOVED = re.compile(r"\s*\[[\w ]+ removed\]\s*")
START = 240.0
"""Seconds that a server has for its start."""


def user_of(turn: int, *, users: int, processes: int) -> str:
    """Return who says something: those who speak at one time speak for one user."""
    return f"user-{turn // processes % users}"


def said(turn: int) -> str:
    """Return the words of a turn; no two are alike."""
    thing = THINGS[turn % len(THINGS)]
    return SAID[turn % len(SAID)].format(thing=thing, token=f"T{turn:06d}X")


def message_id(turn: int) -> str:
    """Return the id of a turn's message."""
    return f"m{turn}"


# -- one process ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """A turn that came to its end, as the process that took it writes it down."""

    turn: int
    seconds: float
    text: str | None
    """None: the model failed, and the reply said so."""
    resident: int
    """KiB of the process."""
    tries: int
    """Times that the store was not to be written before."""


def read(path: Path) -> list[Answered]:
    """Return what a process wrote down; a line that was cut by its death is no answer."""
    if not path.exists():
        return []
    whole = path.read_text("utf-8").split("\n")[:-1]
    return [Answered(**json.loads(line)) for line in whole if line]


def resident() -> int:
    """Return KiB of this process that are in memory (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def speak(options: argparse.Namespace) -> None:
    """Take the turns of one process, those first that have no answer yet."""
    path: Path = options.answers
    if path.exists():  # a torn line of one that was killed
        whole = path.read_bytes()
        os.truncate(path, whole.rfind(b"\n") + 1)
    done = {answer.turn for answer in read(path)}
    model = connect(options.model, timeout=20.0, max_retries=1)
    with (
        path.open("a", encoding="utf-8") as file,
        MemoryStore(options.store) as store,
        Assistant(store=store, model=model) as assistant,
    ):
        for turn in range(options.speak, options.turns, options.processes):
            if turn in done:
                continue
            user = user_of(turn, users=options.users, processes=options.processes)
            start, tries = time.perf_counter(), 0
            while True:
                try:
                    reply = assistant.turn(user, said(turn), message_id=message_id(turn))
                    break
                except StoreError:  # the disk is full, or somebody is at the file for long
                    tries += 1
                    time.sleep(0.2)
                    start = time.perf_counter()
            answer = Answered(
                turn,
                time.perf_counter() - start,
                None if reply.error else reply.text,
                resident(),
                tries,
            )
            file.write(json.dumps(asdict(answer)) + "\n")
            file.flush()
            os.fsync(file.fileno())


# -- what breaks ------------------------------------------------------------------------------


class Server:
    """The model's server, where this run may kill it."""

    def __init__(self, command: str, url: str, log: Path) -> None:
        parts = urlsplit(url)
        self._command, self._log = shlex.split(command), log
        self._health = urlunsplit((parts.scheme, parts.netloc, "/health", "", ""))
        self._process: subprocess.Popen[bytes] | None = None
        self.up = False
        """Whether it has answered since its last start."""

    def start(self) -> None:
        """Start, and return at once."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.up = False

    def kill(self) -> None:
        """End it and its engine at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def healthy(self) -> bool:
        """Say whether it answers."""
        try:
            with urllib.request.urlopen(self._health, timeout=2) as got:
                return bool(got.status == 200)
        except OSError:
            return False

    def ready(self) -> None:
        """Return when it answers."""
        deadline = time.monotonic() + START
        while not self.healthy():
            if time.monotonic() > deadline:
                raise SystemExit(f"The server did not start within {START:.0f} s; see {self._log}.")
            time.sleep(0.25)
        self.up = True


@dataclass(slots=True)
class Faults:
    """What was broken on purpose."""

    kills: int = 0
    restarts: int = 0
    full: int = 0


@dataclass(slots=True)
class Speakers:
    """The processes that talk."""

    options: argparse.Namespace
    folder: Path
    started: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    written: dict[int, int] = field(default_factory=dict)
    """Bytes that each had written down when it was started."""

    def answers(self, number: int) -> Path:
        """Return where a process writes down what it was answered."""
        return self.folder / f"answers-{number}.jsonl"

    def start(self, number: int) -> None:
        """Start one, or start it anew."""
        given = self.options
        self.written[number] = self._size(number)
        with (self.folder / f"speaker-{number}.log").open("ab") as log:
            self.started[number] = subprocess.Popen(
                [
                    *(sys.executable, "-m", "benchmarks.soak", "--speak", str(number)),
                    *("--answers", self.answers(number), "--store", given.store),
                    *("--model", given.model, "--turns", str(given.turns)),
                    *("--users", str(given.users), "--processes", str(given.processes)),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    def running(self) -> list[int]:
        """Return who still talks; one that ended by a fault of its own ends the run."""
        found = []
        for number, process in self.started.items():
            code = process.poll()
            if code is None:
                found.append(number)
            elif code:
                raise SystemExit(
                    f"Process {number} ended with {code}; see {self.folder}/speaker-{number}.log."
                )
        return found

    def busy(self) -> list[int]:
        """Return who has got an answer since they were started: a start takes its time."""
        return [each for each in self.running() if self._size(each) > self.written[each]]

    def _size(self, number: int) -> int:
        path = self.answers(number)
        return path.stat().st_size if path.exists() else 0

    def kill(self, number: int) -> None:
        """Kill one, and start it anew."""
        self.started[number].kill()
        self.started[number].wait()
        self.start(number)

    def end(self) -> None:
        """Kill all that run."""
        for process in self.started.values():
            process.kill()
            process.wait()


def fill(folder: Path, seconds: float) -> None:
    """Leave a file system without a byte for a while."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0" * 65536)
        time.sleep(seconds)
    finally:
        ballast.unlink(missing_ok=True)


def soak(options: argparse.Namespace, folder: Path, server: Server | None) -> Faults:
    """Let all processes talk to their end while things break; return what broke."""
    drawn = random.Random(options.seed)
    faults, speakers = Faults(), Speakers(options, folder)
    began = time.monotonic()
    due = {
        "kill": began + drawn.uniform(0.5, 1.5) * options.kill_every,
        "restart": began + options.restart_every,  # put off while it starts
        "full": began + drawn.uniform(0.5, 1.5) * options.full_every,
    }
    told = began
    try:
        for number in range(options.processes):
            speakers.start(number)
        while speakers.running():
            now = time.monotonic()
            if now >= due["kill"] and (mortal := [each for each in speakers.busy() if each]):
                speakers.kill(drawn.choice(mortal))
                faults.kills += 1
                due["kill"] = now + drawn.uniform(0.5, 1.5) * options.kill_every
            if server is not None and now >= due["restart"]:
                if server.up:
                    server.kill()
                    server.start()
                    faults.restarts += 1
                    due["restart"] = now
                elif server.healthy():
                    server.up = True
                    due["restart"] = now + options.restart_every
                else:
                    due["restart"] = now + 1
            if options.full_every and now >= due["full"]:
                fill(options.store, drawn.uniform(0.2, 2.0))
                faults.full += 1
                due["full"] = now + drawn.uniform(0.5, 1.5) * options.full_every
            if now - told > 30:
                told = now
                count = sum(len(read(speakers.answers(n))) for n in range(options.processes))
                print(f"{now - began:6.0f} s: {count} of {options.turns} turns", flush=True)
            time.sleep(0.1)
    finally:
        speakers.end()
    return faults


# -- what is left -----------------------------------------------------------------------------


def checked(options: argparse.Namespace, answers: Sequence[Answered]) -> list[str]:
    """Return what is wrong with the memories, in words."""
    wrong: list[str] = []
    of_turn = Counter(answer.turn for answer in answers)
    wrong += [f"turn {turn}: no answer" for turn in range(options.turns) if turn not in of_turn]
    wrong += [f"turn {turn}: {n} answers" for turn, n in of_turn.items() if n > 1]
    given = {message_id(answer.turn): answer for answer in answers}
    wanted: dict[str, set[str]] = {}
    for turn in range(options.turns):
        user = user_of(turn, users=options.users, processes=options.processes)
        wanted.setdefault(user, set()).add(message_id(turn))
    with MemoryStore(options.store) as store:
        for user, ids in wanted.items():
            memory = store.user(user)
            kept = [
                (str(observation.external_id), observation.text)
                for observation in memory.observations(limit=4 * options.turns)
            ]
            found, text = Counter(name for name, _ in kept), dict(kept)
            for name in ids:
                if found[name] != 1:
                    wrong.append(f"{user}, {name}: stands {found[name]} times")
                elif text[name] != said(given[name].turn):
                    wrong.append(f"{user}, {name}: other words than were said")
                reply = reply_id(name)
                if found[reply] > 1:
                    wrong.append(f"{user}, {name}: {found[reply]} replies")
                answer = given[name].text
                if answer and found[reply] != 1:
                    wrong.append(f"{user}, {name}: the reply that was given is not kept")
                elif answer and not kept_as_given(text[reply], answer):
                    wrong.append(f"{user}, {name}: another reply is kept than was given")
            strangers = {each for each in found if each.partition("/")[0] not in ids}
            wrong += [f"{user}: holds {stranger} of another" for stranger in sorted(strangers)]
            if pending := memory.outlook().pending:
                wrong.append(f"{user}: {pending} observations are still due")
    for path in sorted(options.store.rglob("*.db")):
        with sqlite3.connect(path) as connection:
            [(told,)] = connection.execute("PRAGMA integrity_check").fetchall()[:1]
        connection.close()
        if told != "ok":
            wrong.append(f"{path.name}: {told}")
    return wrong


def kept_as_given(kept: str, given: str) -> bool:
    r"""Say whether a reply is kept word for word, but for what the privacy gate takes away.

    What a model of random weights says may look like a key, or hold what no text has.

    >>> kept_as_given("the [key removed] of Bo", "the api_key=3k4\0j of Bo")
    True
    >>> kept_as_given("the key of Bo", "the key of Ana")
    False
    """
    parts = (re.escape(" ".join(part.split())) for part in _REMOVED.split(kept))
    return re.fullmatch(".+?".join(parts), " ".join(given.replace("\0", "").split())) is not None


def settled(options: argparse.Namespace) -> int:
    """Let a worker do what is left, as if hours had gone by; return how often it tried anew."""
    for round_ in range(ROUNDS):
        later = timedelta(hours=6 * (round_ + 1))  # what failed waits longer and longer
        with MemoryStore(options.store, clock=partial(_shifted, later)) as store:
            users = [store.user(each) for each in store.users()]
            for memory in users:
                memory.revive()
            Worker(store=store, jobs=2).run(once=True)
            if not any(memory.outlook().pending for memory in users):
                return round_
    return ROUNDS


def _shifted(by: timedelta) -> datetime:
    return datetime.now(UTC) + by


def figures(options: argparse.Namespace, answers: Sequence[Answered]) -> dict[str, object]:
    """Return how long turns took, and how much memory the process that was never killed needs."""
    ways = {
        "answered": [a.seconds for a in answers if a.text is not None],
        "model down": [a.seconds for a in answers if a.text is None],
    }
    first = [a.resident for a in answers if a.turn % options.processes == 0]
    quarter = max(1, len(first) // 4)
    return {
        **{
            name: {
                "turns": len(seconds),
                "p50_ms": round(statistics.median(seconds) * 1e3),
                "p99_ms": round(sorted(seconds)[int(0.99 * (len(seconds) - 1))] * 1e3),
                "longest_ms": round(max(seconds) * 1e3),
            }
            for name, seconds in ways.items()
            if seconds
        },
        "turns that met a full disk": sum(a.tries > 0 for a in answers),
        "MiB of the process that lived, by quarter": [
            round(statistics.median(first[at : at + quarter]) / 1024)
            for at in range(0, 4 * quarter, quarter)
            if first[at : at + quarter]
        ],
    }


# -- the command line -------------------------------------------------------------------------


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True, help="URL of an OpenAI-compatible endpoint")
    parser.add_argument("--serve", help="command that serves it, to be killed and started anew")
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--restart-every", type=float, default=60.0, help="seconds it serves")
    parser.add_argument("--kill-every", type=float, default=20.0, help="seconds")
    parser.add_argument("--full-every", type=float, default=0.0, help="seconds; 0: never")
    parser.add_argument("--store", type=Path, help="an empty folder; else a temporary one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    parser.add_argument("--speak", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--answers", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.speak is None and options.store and any(options.store.glob("*")):
        parser.error(f"{options.store} is not empty.")
    if options.full_every and (
        options.store is None
        or not options.store.is_mount()
        or shutil.disk_usage(options.store).total > LARGEST
    ):
        parser.error("--full-every fills a disk: give --store a file system of at most 2 GiB.")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Soak, check and print."""
    options = options_of(arguments)
    if options.speak is not None:
        speak(options)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options.store = options.store or folder / "store"
        server = None
        if options.serve:
            server = Server(options.serve, options.model, folder / "server.log")
            server.start()
            server.ready()
        try:
            began = time.monotonic()
            faults = soak(options, folder, server)
            lasted = time.monotonic() - began
            rounds = settled(options)
            answers = [
                answer
                for number in range(options.processes)
                for answer in read(folder / f"answers-{number}.jsonl")
            ]
            wrong = checked(options, answers)
        finally:
            if server is not None:
                server.kill()
    made = {
        "turns": options.turns,
        "seconds": round(lasted),
        **asdict(faults),
        **figures(options, answers),
        "rounds of a worker after it": rounds + 1,
        "wrong": wrong,
    }
    print(json.dumps({**made, "wrong": wrong[:20]}, indent=1))
    if options.json:
        options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    if wrong:
        raise SystemExit(f"{len(wrong)} things are wrong.")


if __name__ == "__main__":
    main()
