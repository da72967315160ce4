"""What a conversation costs in model calls, tokens and prefix-cache hits.

Run from the root: `USERMIND_VLLM_PYTHON=… python -m benchmarks.cost [--json FILE]`, which serves
the tiny random model of `tests/vllm` on this machine's CPU, or with `--model URL` against an
endpoint that runs already.

One synthetic person (`personas.py`) talks for 60 turns in 6 threads, with reflection in the
background as an assistant does it by default; then 200 observations of another are read in. The
ledger counts calls and tokens by purpose, the server's own counters the prefix cache. A random
model calls tools and gives unusable answers, so the same is also counted for the offline engine
behind the batching of a chat model: calls that a model without failures would get.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

from benchmarks.personas import Persona, Utterance, persona
from langchain_core.messages import AIMessageChunk

from usermind import Assistant, Draft, MemoryStore
from usermind.models import (
    ChatReasoner,
    Ledger,
    LedgerEntry,
    LedgerTotal,
    Offline,
    Reasoner,
    ReplyRequest,
    connect,
    serve_command,
    vllm_python,
)
from usermind.prompts import StructuredPrompt
from usermind.prompts._base import Output
from usermind.testing import StoppedClock
from usermind.types import ModelPlace

SEEDS = (300, 301)
"""Of the person who talks and of the one who is read in."""
TURNS, THREADS, READ = 60, 6, 200
PATIENCE = 300.0
"""Seconds for the server's start."""
CALLS_A_TURN, CALLS_AN_OBSERVATION = 1.0, 0.25
"""Targets: on the critical path, and in the background."""
ROOT = Path(__file__).resolve().parents[1]


class Counted:
    """The offline engine, batched as a chat model is; counts what it is asked."""

    name = "counted"
    recipient: ModelPlace = "offline"

    def __init__(self, ledger: Ledger) -> None:
        self._engine = Offline()
        self._ledger = ledger
        self.batch = ChatReasoner.batch

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        """Return the engine's answer."""
        self._note(prompt.name)
        return self._engine.complete(prompt)

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Yield the engine's reply."""
        self._note("turn")
        return self._engine.reply(request)

    def _note(self, purpose: str) -> None:
        self._ledger.record(LedgerEntry(purpose, self.name, "ok", 0.0))


@dataclass(frozen=True, slots=True)
class Phase:
    """What one part of the script cost."""

    name: str
    units: int
    """Turns, or observations."""
    unit: str
    totals: dict[str, LedgerTotal]
    """By purpose."""
    outcomes: dict[str, int]
    """Calls by `purpose outcome`."""
    seconds: float
    queries: float | None
    """Prompt tokens that the server looked up in its prefix cache; None: it does not tell."""
    hits: float | None
    """Part of them that it found there."""
    left: int
    """Observations still in the queue."""
    single: float | None = None
    """Share of turns with exactly one call; None where there are no turns."""
    failed_turns: int = 0
    cached_by_place: tuple[float, ...] = ()
    """Share of a turn's prompt that was in the prefix cache, by the turn's place in its thread."""


def messages(of: Persona, count: int) -> list[Utterance]:
    """Return the first utterances of the person's own."""
    return [said for said in of.utterances if said.author == "user"][:count]


def talk(
    assistant: Assistant, clock: StoppedClock, said: Sequence[Utterance], *, url: str | None
) -> Phase:
    """Hold the conversation; reflection runs as it would, but is waited for after each turn."""
    ledger, user = assistant.ledger, "nadia"
    before, start = _counters(url), time.perf_counter()
    single, failed, so_far = 0, 0, LedgerTotal()
    by_place: dict[int, list[LedgerTotal]] = {}
    for number, utterance in enumerate(said):
        clock.now = utterance.at
        thread = number * THREADS // len(said)
        reply = assistant.turn(user, utterance.text, thread_id=f"t{thread}")
        assistant.wait()
        total = ledger.totals().get("turn", LedgerTotal())
        single += total.calls - so_far.calls == 1
        failed += reply.error is not None
        place = number - (thread * len(said) + THREADS - 1) // THREADS
        by_place.setdefault(place, []).append(_since(so_far, total))
        so_far = total
    _work_off(assistant, clock, user)
    phase = _phase("conversation", len(said), "turn", assistant, user, start, url, before)
    shares = [_cached(sum(by_place[place], LedgerTotal())) for place in sorted(by_place)]
    return replace(
        phase, single=single / len(said), failed_turns=failed, cached_by_place=tuple(shares)
    )


def _since(before: LedgerTotal, now: LedgerTotal) -> LedgerTotal:
    return LedgerTotal(
        calls=now.calls - before.calls,
        prompt_tokens=now.prompt_tokens - before.prompt_tokens,
        cached_tokens=now.cached_tokens - before.cached_tokens,
    )


def _cached(total: LedgerTotal) -> float:
    return total.cached_tokens / total.prompt_tokens if total.prompt_tokens else 0.0


def read_in(
    assistant: Assistant, clock: StoppedClock, said: Sequence[Utterance], *, url: str | None
) -> Phase:
    """Store observations and work them off."""
    assistant.ledger.clear()
    before, start, user = _counters(url), time.perf_counter(), "lukas"
    clock.now = said[-1].at
    drafts = [
        Draft(text=one.text, at=one.at, author=one.author, session=one.session, external_id=one.id)
        for one in said
    ]
    assistant.store.user(user).observe_many(drafts)
    _work_off(assistant, clock, user)
    return _phase("reading in", len(said), "observation", assistant, user, start, url, before)


def _work_off(assistant: Assistant, clock: StoppedClock, user: str) -> None:
    """Reflect until nothing is due; the back-off of what failed passes on the store's clock."""
    while assistant.reflect(user).pending:
        queue = assistant.store.user(user).queue()
        if not queue.ready + queue.waiting + queue.leased:
            return  # what is left was given up after its last attempt
        clock.advance(timedelta(hours=6))


def _phase(
    name: str,
    units: int,
    unit: str,
    assistant: Assistant,
    user: str,
    start: float,
    url: str | None,
    before: tuple[float, float] | None,
) -> Phase:
    queue = assistant.store.user(user).queue()
    after = _counters(url)
    found = (
        None if before is None or after is None else (after[0] - before[0], after[1] - before[1])
    )
    return Phase(
        name=name,
        units=units,
        unit=unit,
        totals=assistant.ledger.totals(),
        outcomes=dict(
            sorted(Counter(f"{e.purpose} {e.outcome}" for e in assistant.ledger.entries).items())
        ),
        seconds=time.perf_counter() - start,
        queries=found[0] if found else None,
        hits=found[1] if found else None,
        left=queue.ready + queue.waiting + queue.leased + queue.dead,
    )


def run(reasoner: Reasoner, ledger: Ledger, *, url: str | None, options: argparse.Namespace
        ) -> list[Phase]:  # fmt: skip
    """Run both parts with one model."""
    talker, other = (persona(seed, held_out=True) for seed in SEEDS)
    said, read = messages(talker, options.turns), list(other.utterances)[: options.observations]
    clock = StoppedClock(said[0].at)
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=options.embedder, clock=clock) as store,
        Assistant(store=store, model=reasoner, ledger=ledger) as assistant,
    ):
        return [talk(assistant, clock, said, url=url), read_in(assistant, clock, read, url=url)]


def show(title: str, phases: Sequence[Phase]) -> None:
    """Print one table."""
    print(f"\n{title}\n{'':<26}{'calls':>7}{'failed':>8}{'a unit':>8}{'prompt':>9}{'answer':>8}"
          f"{'cached':>8}  (tokens a unit; cached: share of the prompt)")  # fmt: skip
    for phase in phases:
        for purpose, total in phase.totals.items():
            label = f"{phase.name}, {purpose}"
            print(f"{label:<26}{total.calls:>7}{total.failed:>8}{total.calls / phase.units:>8.3f}"
                  f"{total.prompt_tokens / phase.units:>9.0f}"
                  f"{total.completion_tokens / phase.units:>8.0f}"
                  f"{_cached(total):>8.3f}")  # fmt: skip
        if phase.queries:
            print(f"{'':<26}the server's prefix cache: {(phase.hits or 0) / phase.queries:.3f} of "
                  f"{phase.queries:.0f} tokens")  # fmt: skip
        if any(phase.cached_by_place):
            print(f"{'':<26}cached, by turn of a thread: "
                  + " ".join(f"{share:.2f}" for share in phase.cached_by_place))  # fmt: skip
        if phase.single is not None:
            print(f"{'':<26}turns with one call: {phase.single:.3f}; turns that failed: "
                  f"{phase.failed_turns}")  # fmt: skip
        print(f"{'':<26}{phase.units} {phase.unit}s in {phase.seconds:.0f} s, {phase.left} left; "
              f"{phase.outcomes}")  # fmt: skip


# -- the server ---------------------------------------------------------------------------


def _counters(url: str | None) -> tuple[float, float] | None:
    """Return prompt tokens looked up and found in vLLM's prefix cache since it started."""
    if url is None:
        return None
    try:
        with urllib.request.urlopen(f"{url.removesuffix('/v1')}/metrics", timeout=10) as got:
            text = got.read().decode()
    except OSError as failure:
        print(f"{url} has no /metrics ({failure}); its prefix cache is not counted.")
        return None
    sums = [
        re.findall(rf"^vllm:prefix_cache_{name}_total(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        for name in ("queries", "hits")
    ]
    return (sum(map(float, sums[0])), sum(map(float, sums[1]))) if all(sums) else None


@contextmanager
def tiny_server(python: Path) -> Iterator[str]:
    """Serve the tiny random model on a free port; yield its URL."""
    folder = _tiny_model(python)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    command = serve_command(
        str(folder),
        port=port,
        name="tiny",
        context=8192,
        cpu=True,
        cpu_cache_gib=1,
        python=python,
        extra=("--dtype", "float32", "--enforce-eager"),
    )
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command.argv,
            env={**os.environ, **command.env, "HF_HUB_OFFLINE": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the engine is a process of its own: they end together
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}/health")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(address, timeout=2) as got:
            if got.status == 200:
                return
        time.sleep(0.5)
    raise SystemExit(f"vLLM did not start within {PATIENCE:.0f} s. Try its command by hand.")


def _tiny_model(python: Path) -> Path:
    """Return the folder of the tiny model, made once for each version of its script."""
    script = ROOT / "tests/vllm/tiny_model.py"
    version = hashlib.sha256(script.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "usermind-tests" / f"tiny-{version}"
    if not (folder / "complete").exists():
        subprocess.run(
            [python, "-P", script, folder], check=True, env={**os.environ, "HF_HUB_OFFLINE": "1"}
        )
        (folder / "complete").touch()
    return folder


def measured(url: str, options: argparse.Namespace) -> list[Phase]:
    """Return the cost with the model at an endpoint."""
    ledger = Ledger()
    return run(connect(url, ledger=ledger, timeout=120.0), ledger, url=url, options=options)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--observations", type=int, default=READ)
    parser.add_argument("--model", help="URL of an endpoint; else a tiny vLLM is started")
    parser.add_argument("--no-model", action="store_true", help="count calls only")
    parser.add_argument("--embedder", help="URL, folder or name; else MiniLM")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found: dict[str, list[Phase]] = {}
    python = None if options.no_model else vllm_python()
    if options.model:
        found[options.model] = measured(options.model, options)
    elif python is not None:
        with tiny_server(python) as url:
            found["tiny vLLM, random weights"] = measured(url, options)
    elif not options.no_model:
        print("No model: name an endpoint with --model, or a python that has vLLM in "
              "USERMIND_VLLM_PYTHON (tests/vllm/install.sh makes one).")  # fmt: skip
    ledger = Ledger()
    found["calls without failures"] = run(Counted(ledger), ledger, url=None, options=options)
    for title, phases in found.items():
        show(title, phases)
    print(f"\ntargets: {CALLS_A_TURN:.0f} call a turn on the critical path, "
          f"≤ {CALLS_AN_OBSERVATION} calls an observation in the background")  # fmt: skip
    if options.json:
        made = {
            "machine": f"{platform.machine()}, {platform.system()}, {os.cpu_count()} cores",
            "runs": {title: [asdict(phase) for phase in phases] for title, phases in found.items()},
        }
        options.json.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
