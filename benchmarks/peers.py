"""Time usermind beside other memory systems, on the same texts with the same MiniLM vectors.

Usage: python -m benchmarks.peers [--users 1000 --memories 100] [--single 10000] [--quick]
                                  [--locomo PATH/locomo.json] [--json FILE]

Install the others first: bash benchmarks/install_peers.sh. What is missing is named and left out.

Two sizes are measured: many users with a few memories each, and one user with many; with --locomo
also recall@10 on those conversations. Each system runs in processes of its own, which get texts
and queries with their vectors made beforehand (`peer_workload.py`), so that no embedding is timed.
The stores are filled, side by side; then rounds follow, and in each round every system, in changing
order, gets a fresh process on its store (`peer_systems.py`). A system that takes longer than
--limit seconds for filling or for a round is stopped and reported as such; nothing is extrapolated.
All times are milliseconds; CPU is the processor time of a warm question, which a busy machine
changes least. Intervals are 95 % bootstrap intervals (2,000 resamples, percentiles) of the median,
or of the mean recall.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
SYSTEMS = {
    "usermind": "usermind (hybrid, header, windows, file a user)",
    "langgraph-sqlite": "LangGraph SqliteStore + sqlite-vec",
    "langgraph-memory": "LangGraph InMemoryStore",
    "chroma-filter": "Chroma, one collection, user filter",
    "chroma-per-user": "Chroma, a collection a user",
    "mem0": "mem0, infer=False, local Qdrant",
}
RESAMPLES = 2_000
Phases = dict[str, Any]
"""What each phase of a process said."""


@dataclass(slots=True)
class Size:
    """One workload and how much is asked of it."""

    name: str
    title: str
    arguments: list[str]
    """Of `peer_workload.py`."""
    rounds: int
    first: int
    """Users asked for the first time, a round."""
    active: int
    warm: int
    writes: int
    """In all rounds together."""
    quality: int
    """Questions asked for recall@10, at most."""


@dataclass(slots=True)
class Result:
    """What is known of one system at one size."""

    system: str
    trouble: str | None = None
    """Why something is missing."""
    first: list[float] = field(default_factory=list)
    """Milliseconds."""
    warm: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Milliseconds of processor time a warm question, in all threads; a mean for each round."""
    writes: dict[str, list[float]] = field(default_factory=dict)
    recall: list[float] = field(default_factory=list)
    """Share of the answers among the first 10, a question."""
    grown_mb: list[float] = field(default_factory=list)
    """What the process grew by from before the system was imported, after questions and writes."""
    disk_mb: float | None = None

    @property
    def written(self) -> list[float]:
        """Milliseconds of each write, its parts together."""
        return [sum(parts) for parts in zip(*self.writes.values(), strict=True)]


def interval(values: Sequence[float], *, mean: bool = False) -> tuple[float, float, float]:
    """Return the median (or mean) and its 95 % bootstrap interval."""
    data = np.asarray(values)
    statistic = np.mean if mean else np.median
    draws = np.random.default_rng(0).integers(0, len(data), (RESAMPLES, len(data)))
    low, high = np.percentile(statistic(data[draws], axis=1), [2.5, 97.5])
    return float(statistic(data)), float(low), float(high)


class Bench:
    """The folder of one run, and how its processes are started."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.workloads = options.workloads or folder / "workloads"
        self.options = options

    def python(self, system: str) -> str:
        """Return the interpreter that a system runs in."""
        return sys.executable if system == "usermind" else str(self.options.peers)

    def versions(self, system: str) -> dict[str, str] | None:
        """Return the versions of a system's libraries, or None where one is missing."""
        if not Path(self.python(system)).exists():
            return None
        command = [self.python(system), str(HERE / "peer_systems.py"), system, "versions", "-", "-"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return None
        found: dict[str, str] = json.loads(done.stdout)
        return found

    def make(self, size: Size) -> None:
        """Write a workload, unless a run before has left it."""
        place = self.workloads / size.name
        arguments = [*size.arguments, "--seed", str(self.options.seed)]
        made = place / "arguments.json"
        if made.exists() and json.loads(made.read_text("utf-8")) == arguments:
            return
        earlier = [str(item.parent) for item in self.workloads.glob("*/workload.json")]
        script = str(HERE / "peer_workload.py")
        command = [sys.executable, script, str(place), *arguments, "--reuse", *earlier]
        subprocess.run(command, check=True)
        made.write_text(json.dumps(arguments), "utf-8")

    def run(self, system: str, mode: str, size: Size, **more: int) -> tuple[Phases, str | None]:
        """Run one process; return what its phases said, and why it ended early, if it did."""
        numbers = {
            "writes": size.writes,
            "first": size.first,
            "warm": size.warm,
            "active": size.active,
            "seconds": self.options.seconds,
            "seed": self.options.seed,
            "rounds": size.rounds,
            **more,
        }
        command = [
            *(self.python(system), str(HERE / "peer_systems.py"), system, mode),
            *(str(self.workloads / size.name), str(self.folder / f"{size.name}-{system}")),
            *(part for name, value in numbers.items() for part in (f"--{name}", str(value))),
        ]
        said, errors = (self.folder / f"{system}.{stream}" for stream in ("said", "errors"))
        trouble = None
        with said.open("w") as out, errors.open("w") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err)
            try:
                if process.wait(timeout=self.options.limit):
                    trouble = "crashed"
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                trouble = f"stopped after {self.options.limit} s"
        phases = {}
        for line in said.read_text("utf-8").splitlines():
            if line.startswith('{"phase"'):
                found = json.loads(line)
                phases[found.pop("phase")] = found
        if trouble == "crashed":
            last = errors.read_text("utf-8").strip().splitlines()[-1:] or ["no message"]
            trouble = f"crashed: {last[0][:200]}"
        return phases, trouble


def measured(bench: Bench, size: Size, systems: Sequence[str]) -> list[Result]:
    """Fill the stores of one size and go through its rounds."""
    bench.make(size)
    results = {system: Result(system) for system in systems}
    report(f"{size.name}: filling")
    # Side by side: what one memory costs is measured later, a write at a time.
    lasting = [system for system in systems if system != "langgraph-memory"]
    with ThreadPoolExecutor(max_workers=len(lasting)) as pool:
        filled = pool.map(lambda system: bench.run(system, "fill", size), lasting)
    for system, (_, trouble) in zip(lasting, filled, strict=True):
        if trouble:
            results[system].trouble = f"filling {trouble}"
    for round_ in range(size.rounds):
        # Turned, so that none always runs behind the same other one.
        for system in [*systems[round_ % len(systems) :], *systems[: round_ % len(systems)]]:
            if results[system].trouble is None:
                report(f"{size.name}: round {round_ + 1} of {size.rounds}, {system}")
                last = round_ == size.rounds - 1
                one_round(bench, size, results[system], round_, quality=size.quality * last)
    return list(results.values())


def one_round(bench: Bench, size: Size, result: Result, round_: int, *, quality: int) -> None:
    """Let one system answer in a fresh process."""
    phases, trouble = bench.run(result.system, "measure", size, round=round_, quality=quality)
    result.first += phases.get("first touch", {}).get("ms", [])
    if "warm" in phases:
        result.warm += phases["warm"]["ms"]
        result.cpu.append(phases["warm"]["cpu"])
    for part, spent in phases.get("write", {}).get("parts", {}).items():
        result.writes.setdefault(part, []).extend(spent)
    if "memory" in phases:
        result.grown_mb.append(phases["memory"]["resident"] - phases["open"]["before"])
    result.recall += phases.get("quality", {}).get("recall", [])
    if "closed" in phases:
        result.disk_mb = phases["closed"]["disk"]
    if trouble:
        result.trouble = f"round {round_ + 1} {trouble}"


def report(what: str) -> None:
    """Say on stderr how far the run is."""
    load = os.getloadavg()[0]
    print(f"{datetime.now(UTC):%H:%M:%S} load {load:.1f}  {what}", file=sys.stderr, flush=True)


# -- the table ----------------------------------------------------------------------------

COLUMNS = (
    "system", "recall warm p50 [95 %]", "p95", "CPU", "first touch p50 [95 %]", "p95",
    "write p50 [95 %]", "p95", "recall@10 [95 %]",
    "RSS + MB", "disk MB",
)  # fmt: skip


def table(size: Size, results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"### {size.title}"
    yield ""
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "| --- " * len(COLUMNS) + "|"
    for result in results:
        cells = [
            SYSTEMS[result.system],
            *spread(result.warm),
            f"{np.median(result.cpu):.2f}" if result.cpu else "–",
            *spread(result.first),
            *spread(result.written),
            share(result.recall),
            f"{np.median(result.grown_mb):.0f}" if result.grown_mb else "–",
            f"{result.disk_mb:.0f}" if result.disk_mb else "–",
        ]
        yield "| " + " | ".join(cells) + " |"
    yield ""
    for result in results:
        if result.trouble:
            yield f"- {SYSTEMS[result.system]}: {result.trouble}."
        if len(result.writes) > 1:
            parts = [f"{name} {np.median(ms):.2f}" for name, ms in result.writes.items()]
            yield f"- {SYSTEMS[result.system]}: a write is {', '.join(parts)} ms (medians)."
    counts = [
        f"{result.system} {len(result.warm)}/{len(result.first)}/{len(result.written)}/"
        f"{len(result.recall)}"
        for result in results
    ]
    yield f"- Samples (warm/first/write/questions): {', '.join(counts)}."
    yield ""


def spread(values: Sequence[float]) -> tuple[str, str]:
    """Return the cells of a median with its interval and of the 95th percentile."""
    if not values:
        return "–", "–"
    middle, low, high = interval(values)
    tail = f"{np.percentile(values, 95):.2f}" if len(values) >= 20 else "–"
    return f"{middle:.2f} [{low:.2f}, {high:.2f}]", tail


def share(values: Sequence[float]) -> str:
    """Return the cell of a mean recall."""
    if not values:
        return "–"
    middle, low, high = interval(values, mean=True)
    return f"{middle:.3f} [{low:.3f}, {high:.3f}]"


def targets(results: Sequence[Result]) -> Iterator[str]:
    """Yield whether the plan's targets for many users are met."""
    by = {result.system: result for result in results}
    mine = by.get("usermind")
    if mine is None or not mine.warm:
        return
    warm, first = float(np.median(mine.warm)), float(np.median(mine.first))
    yield f"- recall warm p50 ≤ 1 ms: {warm:.2f} ms, {'met' if warm <= 1 else 'missed'}"
    yield f"- first touch p50 ≤ 3 ms: {first:.2f} ms, {'met' if first <= 3 else 'missed'}"
    for system, times in (("langgraph-sqlite", 1), ("chroma-filter", 50), ("mem0", 50)):
        other = by.get(system)
        if other is None or not other.warm:
            yield f"- against {system}: not measured"
            continue
        ratio = float(np.median(other.warm)) / warm
        met = "met" if ratio >= times else "missed"
        yield f"- warm at least {times} × as fast as {system}: {ratio:.1f} ×, {met}"


def sizes(options: argparse.Namespace) -> list[Size]:
    """Return what is to be measured."""
    users, memories, single = options.users, options.memories, options.single
    rounds = options.rounds
    found = [
        Size(
            name="many",
            title=f"{users:,} users × {memories} memories",
            arguments=["--users", str(users), "--memories", str(memories)],
            rounds=rounds,
            first=min(users, 1_000 // rounds),
            active=min(users, 100),
            warm=1_500 // rounds,
            writes=200,
            quality=1_000,
        ),
        Size(
            name="single",
            title=f"1 user × {single:,} memories",
            arguments=["--users", "1", "--memories", str(single)],
            rounds=rounds,
            first=1,
            active=1,
            warm=1_000 // rounds,
            writes=200,
            quality=600,
        ),
    ]
    if options.locomo:
        locomo = Size(
            name="locomo",
            title="LoCoMo, a conversation a user",
            arguments=["--locomo", str(options.locomo)],
            rounds=1,
            first=5,
            active=5,
            warm=100,
            writes=20,
            quality=10_000,
        )
        found.append(locomo)
    return found


def machine() -> str:
    """Return what the run depends on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {model[1] if model else platform.machine()}, "
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--memories", type=int, default=100)
    parser.add_argument("--single", type=int, default=10_000, help="memories of the one user")
    parser.add_argument("--quick", action="store_true", help="50 users × 50, 1 × 1,000, 2 rounds")
    parser.add_argument("--locomo", type=Path)
    parser.add_argument("--json", type=Path, help="where every sample is written")
    parser.add_argument("--workloads", type=Path, help="folder that keeps texts and vectors")
    parser.add_argument("--systems", nargs="+", choices=sorted(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=600, help="seconds a process may take")
    parser.add_argument("--seconds", type=int, default=15, help="seconds a phase may ask")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peers", type=Path, default=HERE.parent / ".venv-peers/bin/python")
    options = parser.parse_args()
    if options.quick:
        options.users, options.memories, options.single, options.rounds = 50, 50, 1_000, 2

    started, load = time.monotonic(), os.getloadavg()
    record = {}
    print(machine(), end="\n\n")
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        bench = Bench(Path(folder), options)
        versions = {system: bench.versions(system) for system in options.systems}
        present = [system for system in options.systems if versions[system] is not None]
        for system in options.systems:
            if system not in present:
                print(f"- {SYSTEMS[system]}: not installed (benchmarks/install_peers.sh).")
        for size in sizes(options):
            results = measured(bench, size, present)
            print("\n".join(table(size, results)))
            if size.name == "many":
                print("\n".join(targets(results)), end="\n\n")
            sys.stdout.flush()
            record[size.name] = [asdict(result) for result in results]
    pins = {name: number for found in versions.values() for name, number in (found or {}).items()}
    print("Versions: " + ", ".join(f"{name} {number}" for name, number in pins.items()))
    print(
        f"Load average before {load[0]:.1f}, after {os.getloadavg()[0]:.1f}; "
        f"{(time.monotonic() - started) / 60:.0f} minutes."
    )
    if options.json:
        about = {"machine": machine(), "versions": versions, "seed": options.seed}
        options.json.write_text(json.dumps({**about, "sizes": record}), "utf-8")


if __name__ == "__main__":
    main()
