"""What an evaluation came to: the checks of each run, the verdict on each scenario; as JSON.

results.json   one `Results`, written whole at the end
runs.jsonl     one `Run` a line, each written when it is finished
"""

import json
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from usermind.errors import InvalidInputError, StoreNotWritableError
from usermind.evals.transcript import Transcript

FORMAT = 1
"""Of the files; what has another number was written by another version."""
RESULTS = "results.json"
RUNS = "runs.jsonl"
JUNIT = "junit.xml"
WORKS = "works"
"""Kind of the check that fails where a model got something wrong in a step."""

Ablation = Literal["memory", "profile", "concepts"]
"""What is taken from the assistant. memory: all that was learnt before the conversation, and all
that would be learnt in it. profile: the user summed up. concepts: people, pets and things by name,
with their pictures."""
CheckOutcome = Literal["passed", "failed", "unjudged"]
"""unjudged: it takes a judge, and there was none, or the judge would not say."""
RunOutcome = Literal["passed", "failed", "unjudged", "error"]
"""error: the run broke; unjudged: nothing failed, and something was not judged; or a part was taken
away, and a model got something wrong before anything else could fail."""


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one expectation."""

    kind: str
    """Such as `"uses"`; what a report groups by."""
    wanted: str
    """The expectation in words."""
    outcome: CheckOutcome
    why: str
    """What was found; never empty where it did not pass."""
    step: int | None
    """Of the transcript; None: it is about the memory at the end."""
    line: int
    """Of the scenario's file."""
    certainty: float | None = None
    """Of the judge, in [0, 1]; None: a rule decided."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took; all that differs from one offline run to the next."""

    seconds: float = 0.0
    turns: tuple[float, ...] = ()
    """Seconds of each turn, in order."""
    calls: int = 0
    """Requests to the model; 0 with the offline engine."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One playing of one scenario."""

    key: str
    """A digest of all that decides how it goes: it is not played again where that is the same."""
    scenario: str
    """Name of it."""
    file: str
    ablation: Ablation | None
    """What was taken away; None: nothing."""
    repeat: int
    """1 for the first."""
    outcome: RunOutcome
    checks: tuple[Check, ...] = ()
    error: str | None = None
    """Why it broke, where it did."""
    transcript: Transcript = field(default_factory=Transcript)
    """What had happened until then, where it broke."""
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a scenario holds, by all of its runs."""

    scenario: str
    file: str
    about: str
    tags: tuple[str, ...]
    fails_without: tuple[Ablation, ...]
    outcome: RunOutcome
    why: str
    """In words; empty where it passed."""
    passed: int
    """Runs with everything that passed, of `repeats`."""
    repeats: int
    without: tuple[tuple[Ablation, int, int], ...] = ()
    """By what was taken away: runs that passed all the same, of how many."""


@dataclass(frozen=True, slots=True)
class Results:
    """All of one evaluation."""

    usermind: str
    """Its version."""
    model: str | None
    """Name of the model; None: the offline engine."""
    embedder: str
    judge: str | None
    """Name of the model that judged; None: rules alone."""
    started: datetime
    finished: datetime
    repeats: int
    ablations: tuple[Ablation, ...]
    pass_rate: float
    """Share of a scenario's runs that must pass, in [0, 1]."""
    verdicts: tuple[Verdict, ...]
    runs: tuple[Run, ...]
    """In the order of scenarios, ablations and repeats."""
    format: int = FORMAT

    @property
    def passed(self) -> bool:
        """Whether every scenario holds; one that was not judged does not count against it."""
        return all(each.outcome in ("passed", "unjudged") for each in self.verdicts)

    @property
    def counts(self) -> Counter[str]:
        """How many scenarios there are of each outcome."""
        return Counter(each.outcome for each in self.verdicts)


def outcome_of(
    checks: Sequence[Check], error: str | None = None, *, ablation: Ablation | None = None
) -> RunOutcome:
    """Return what the checks of a run come to.

    A run without a part has failed by an expectation that the model had not yet got in the way
    of: what a model gets wrong, and all that comes after it, says nothing of the part.

    Args:
        checks: Those of the kind `WORKS` tell in which steps a model got something wrong.
        error: Why the run broke, where it did.
        ablation: What was taken away.
    """
    if error is not None:
        return "error"
    wrong = [each.step for each in checks if each.kind == WORKS and each.step is not None]
    if ablation is not None and wrong:
        sound = [each for each in checks if each.step is not None and each.step < min(wrong)]
        return "failed" if any(each.outcome == "failed" for each in sound) else "unjudged"
    found = {check.outcome for check in checks}
    return "failed" if "failed" in found else "unjudged" if "unjudged" in found else "passed"


# -- files ----------------------------------------------------------------------------------

_RUN = TypeAdapter(Run)
_RESULTS = TypeAdapter(Results)


def run_line(run: Run) -> bytes:
    """Return a run as a line of `runs.jsonl`."""
    return _RUN.dump_json(run) + b"\n"


def read_run(line: bytes) -> Run | None:
    """Return the run of such a line; None where it was cut off or is of another version."""
    try:
        return _RUN.validate_json(line)
    except ValidationError:
        return None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever finds half of it.

    Raises:
        StoreNotWritableError: It cannot be written; what was there before still is.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.unlink(missing_ok=True)
        with beside.open("xb") as file:  # never through a link that somebody has laid there
            file.write(content)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):  # what is told is why it could not be written
            beside.unlink(missing_ok=True)
        raise StoreNotWritableError(
            f"{path} cannot be written: {error.strerror}. The runs that its folder holds are kept. "
            "Make room or mend its rights, and call again, or name another folder with `--out`."
        ) from error


def make_ready(folder: Path, *, of: Literal["evaluation", "benchmark"]) -> None:
    """Make a folder for results, so that nothing is done or paid for that could not be kept.

    Args:
        folder: Where they are to be.
        of: What they are of. A benchmark takes no folder with other results; an evaluation takes
            all but that of a benchmark, since it mends its own where they cannot be read.

    Raises:
        InvalidInputError: It holds the results of something else.
        StoreNotWritableError: It cannot be made or written.
    """
    path = folder / RESULTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = path.exists() and _of_benchmark(path.read_bytes()) != (of == "benchmark")
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StoreNotWritableError(
            f"{folder} cannot be used for results: {error.strerror}. Nothing was done, and what it "
            "holds is kept. Name another folder with `--out`."
        ) from error
    if taken:
        theirs = "`usermind eval run`" if of == "benchmark" else "`usermind eval benchmark`"
        raise InvalidInputError(
            f"{path} is of another kind, such as {theirs} writes. It was kept. Name another folder "
            "with `--out`."
        )


def _of_benchmark(content: bytes) -> bool:
    try:
        found = json.loads(content)
    except ValueError:
        return False
    return isinstance(found, dict) and "benchmark" in found


def save(results: Results, folder: Path) -> Path:
    """Write `results.json` into a folder; return where it is."""
    path = folder / RESULTS
    write_whole(path, _RESULTS.dump_json(results, indent=1) + b"\n")
    return path


def load(folder: Path) -> Results:
    """Return the results that `save` wrote.

    Raises:
        InvalidInputError: There are none, or they cannot be read.
    """
    path = folder / RESULTS
    try:
        return _RESULTS.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InvalidInputError(
            f"There are no results in {folder}. Nothing was read. Make some with "
            "`usermind eval run SCENARIOS --out FOLDER`."
        ) from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError:
        raise InvalidInputError(
            f"{path} holds no results that this version can read. Run the evaluation again; its "
            "finished runs are kept."
        ) from None
