"""What an evaluation came to: the checks of each run, the verdict on each scenario; as JSON.

results.json   one `Results`, written whole at the end
runs.jsonl     one `Run` a line, each written when it is finished
"""

import math
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from usermind.errors import InvalidInputError, StoreNotWritableError
from usermind.evals.transcript import Transcript

FORMAT = 1
"""Of the files; what has another number was written by another version."""
RESULTS = "results.json"
RUNS = "runs.jsonl"
JUNIT = "junit.xml"

Ablation = Literal["memory", "profile", "concepts"]
"""What is taken from the assistant. memory: all that was learnt before the conversation, and all
that would be learnt in it. profile: the user summed up. concepts: people, pets and things by name,
with their pictures."""
CheckOutcome = Literal["passed", "failed", "unjudged"]
"""unjudged: it takes a judge, and there was none, or the judge would not say."""
RunOutcome = Literal["passed", "failed", "unjudged", "error"]
"""error: the run broke; unjudged: nothing failed, and something was not judged."""


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


def outcome_of(checks: Sequence[Check], error: str | None = None) -> RunOutcome:
    """Return what the checks of a run come to."""
    if error is not None:
        return "error"
    found = {check.outcome for check in checks}
    return "failed" if "failed" in found else "unjudged" if "unjudged" in found else "passed"


def interval(passed: int, of: int) -> tuple[float, float]:
    """Return where a pass rate lies with 95 % confidence; (0, 1) where nothing was tried.

    Source: Wilson, "Probable inference" (JASA 1927): the score interval.

    >>> low, high = interval(9, 10)
    >>> round(low, 2), round(high, 2)
    (0.6, 0.98)
    """
    if of == 0:
        return 0.0, 1.0
    z = 1.959964
    share, spread = passed / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / spread
    half = z / spread * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    # At the ends one bound is the share itself, which rounding would miss.
    return (middle - half if passed else 0.0), (middle + half if passed < of else 1.0)


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
