"""Plays many scenarios, several times and without parts of the assistant, and sums them up.

Each run is appended to a file when it is finished, in one write. Whoever is killed loses the runs
that were under way; the same call later plays those and no others.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from usermind.errors import InvalidInputError, ModelError, StoreNotWritableError
from usermind.evals.agent import AgentMaker, assistant
from usermind.evals.at_once import at_once
from usermind.evals.expectations import Judge, check
from usermind.evals.extras import installed
from usermind.evals.playing import Played, play
from usermind.evals.results import (
    FORMAT,
    RUNS,
    WORKS,
    Ablation,
    Check,
    Cost,
    Results,
    Run,
    RunOutcome,
    Verdict,
    make_ready,
    outcome_of,
    read_run,
    run_line,
)
from usermind.evals.scenario_files import Loaded
from usermind.models.embeddings import open_embedder
from usermind.models.ledger import Ledger
from usermind.types import Embedder

if TYPE_CHECKING:
    from usermind.models.reasoner import Reasoner
    from usermind.tools.catalogue import Catalogue


class Progress(Protocol):
    """Is told of each finished run."""

    def __call__(self, run: Run, done: int, total: int) -> None:
        """Take note.

        Args:
            run: What is finished.
            done: How many are, those of an earlier call included.
            total: Of how many.
        """
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """A run to be made."""

    loaded: Loaded
    ablation: Ablation | None
    repeat: int
    key: str


@dataclass(frozen=True, slots=True)
class Engine:
    """What plays the assistant.

    Args:
        reasoner: Makes what replies and learns, with the ledger that its calls go to; None: the
            offline engine.
        model: Its name, which tells its runs from those of another; None: the offline engine.
        embedder: Makes the vectors; shared by all runs.
        judge: Decides what rules cannot; None: that is left unjudged.
        simulator: Words what simulated users say; None: a script does.
        agent: Makes what is evaluated, for each run; the `model` should name it too.
    """

    reasoner: Callable[[Ledger], Reasoner] | None = None
    model: str | None = None
    embedder: Embedder | str | None = None
    judge: Judge | None = None
    simulator: Reasoner | None = None
    agent: AgentMaker = assistant

    @property
    def nameless(self) -> bool:
        """Whether its runs could not be told from those of the offline engine."""
        return self.model is None and not (self.reasoner is None and self.agent is assistant)


def evaluate(
    scenarios: Sequence[Loaded],
    *,
    engine: Engine | None = None,
    repeats: int = 1,
    ablations: Sequence[Ablation] | None = None,
    jobs: int = 1,
    folder: Path | None = None,
    again: bool = False,
    pass_rate: float = 1.0,
    progress: Progress | None = None,
) -> Results:
    """Play scenarios and return what they came to.

    Args:
        scenarios: What to play.
        engine: What plays the assistant; None: the offline engine.
        repeats: How often each is played, at least once.
        ablations: What is taken from the assistant, one at a time, in runs beside those with all
            of it; None: of each scenario what it says that it fails without.
        jobs: Runs at once.
        folder: Keeps finished runs, and those that are there are not played again; None: nothing.
        again: Play also what the folder keeps, since something changed that no run can know of,
            such as the code of an agent.
        pass_rate: Share of a scenario's runs that must pass, in (0, 1], and of those without what
            it needs that must fail.
        progress: Is told of each finished run, in this thread.

    Raises:
        InvalidInputError: A number is out of range, or the items of a catalogue cannot be read.
        MissingExtraError: A scenario has a catalogue or pictures, and what they need is not
            installed. Nothing was played.
        StoreNotWritableError: The folder cannot be written.
    """
    _check(repeats, jobs, pass_rate)
    engine, started = engine or Engine(), datetime.now(UTC)
    if folder is not None and engine.nameless:
        raise InvalidInputError(
            "The engine's `model` has no name, so that its runs could not be told from those of "
            "another. Nothing was played. Pass `Engine(model=…)`, or leave out `folder`."
        )
    embedder = _opened(engine)
    wanted = _jobs(scenarios, engine, embedder, repeats, ablations)
    done = {} if folder is None or again else finished_runs(folder)
    found = {job.key: done[job.key] for job in wanted if job.key in done}
    todo = [job for job in wanted if job.key not in found]
    installed([job.loaded for job in todo], shown=engine.agent is assistant)
    with ExitStack() as stack:
        keep = stack.enter_context(_keeping(folder))
        shelf = stack.enter_context(_catalogues([job.loaded for job in todo], embedder))
        for run in _played(todo, engine, embedder, shelf, jobs):
            keep(run)
            found[run.key] = run
            if progress is not None:
                progress(run, len(found), len(wanted))
    runs = tuple(found[job.key] for job in wanted)
    from usermind import __version__

    return Results(
        usermind=__version__,
        model=engine.model,
        embedder=_name(embedder),
        judge=None if engine.judge is None else engine.judge.name,
        started=started,
        finished=datetime.now(UTC),
        repeats=repeats,
        ablations=tuple(dict.fromkeys(run.ablation for run in runs if run.ablation is not None)),
        pass_rate=pass_rate,
        verdicts=tuple(verdict(each, runs, pass_rate=pass_rate) for each in scenarios),
        runs=runs,
    )


def evaluate_one(
    loaded: Loaded, *, engine: Engine | None = None, ablation: Ablation | None = None
) -> Run:
    """Play one scenario once and return how it went; raises what `evaluate` does."""
    engine = engine or Engine()
    installed([loaded], shown=engine.agent is assistant)
    embedder = _opened(engine)
    job = Job(loaded, ablation, 1, _key(loaded, ablation, 1, engine, embedder))
    with _catalogues([loaded], embedder) as shelf:
        return run_one(job, engine, embedder, shelf.get(loaded.digest))


def _check(repeats: int, jobs: int, pass_rate: float) -> None:
    for name, number in (("repeats", repeats), ("jobs", jobs)):
        if number < 1:
            raise InvalidInputError(
                f"`{name}` is {number}. Expected 1 or more. Nothing was played."
            )
    if not 0 < pass_rate <= 1:
        raise InvalidInputError(
            f"`pass_rate` is {pass_rate}. Expected a share above 0, and 1 at most. Nothing was "
            "played."
        )


def _jobs(
    scenarios: Sequence[Loaded],
    engine: Engine,
    embedder: Embedder,
    repeats: int,
    ablations: Sequence[Ablation] | None,
) -> list[Job]:
    return [
        Job(loaded, ablation, repeat, _key(loaded, ablation, repeat, engine, embedder))
        for loaded in scenarios
        for ablation in dict.fromkeys(
            (None, *(loaded.scenario.fails_without if ablations is None else ablations))
        )
        for repeat in range(1, repeats + 1)
    ]


def _key(
    loaded: Loaded, ablation: Ablation | None, repeat: int, engine: Engine, embedder: Embedder
) -> str:
    """Return a digest of all that decides how a run goes, chance aside."""
    from usermind import __version__

    judge = None if engine.judge is None else engine.judge.name
    simulator = None if engine.simulator is None else engine.simulator.name
    how = [FORMAT, __version__, engine.model, _name(embedder), judge, simulator]
    parts = [*how, loaded.scenario.name, loaded.digest, ablation, repeat]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _opened(engine: Engine) -> Embedder:
    given = engine.embedder
    return open_embedder(given) if given is None or isinstance(given, str) else given


def _name(embedder: Embedder) -> str:
    return str(getattr(embedder, "model_id", type(embedder).__name__))


# -- playing --------------------------------------------------------------------------------


def _played(
    todo: Sequence[Job],
    engine: Engine,
    embedder: Embedder,
    shelf: Mapping[str, Catalogue],
    jobs: int,
) -> Iterator[Run]:
    """Yield the runs as they are finished; who stops listening waits for none of those to come."""

    def made(job: Job) -> Run:
        return run_one(job, engine, embedder, shelf.get(job.loaded.digest))

    for _, run in at_once(made, todo, jobs=jobs):
        yield run


def run_one(
    job: Job, engine: Engine, embedder: Embedder, catalogue: Catalogue | None = None
) -> Run:
    """Make one run."""
    ledger, make = Ledger(), engine.reasoner
    began = time.perf_counter()
    played = play(
        job.loaded,
        ablation=job.ablation,
        reasoner=None if make is None else lambda _: make(ledger),
        embedder=embedder,
        catalogue=catalogue,
        simulator=engine.simulator,
        agent=engine.agent,
    )
    checks: tuple[Check, ...] = ()
    error = played.error
    if error is None:
        try:
            checks = tuple(checked(job, played, engine.judge))
        except ModelError as failure:  # to be made again: it says nothing of the reply
            error = f"the judge could not be asked: {failure}"
    total = ledger.total()
    return Run(
        key=job.key,
        scenario=job.loaded.scenario.name,
        file=str(job.loaded.path),
        ablation=job.ablation,
        repeat=job.repeat,
        outcome=outcome_of(checks, error, ablation=job.ablation),
        checks=checks,
        error=error,
        transcript=played.transcript,
        cost=Cost(
            time.perf_counter() - began,
            played.turns,
            total.calls,
            total.prompt_tokens,
            total.completion_tokens,
            total.cached_tokens,
        ),
    )


def checked(job: Job, played: Played, judge: Judge | None) -> Iterator[Check]:
    """Yield what became of each expectation.

    Without memory nothing is expected of the memory: that it holds nothing shows nothing.

    Raises:
        ModelError: The judge could not be asked.
    """
    loaded, transcript = job.loaded, played.transcript
    last = {step.turn - 1: step for step in transcript.steps}
    for step in transcript.steps:
        if step.trouble:
            line, why = loaded.line("turns", step.turn - 1), "; ".join(step.trouble)
            yield Check(WORKS, WORKS, "failed", why, step.number, line)
    for turn, number, each in loaded.scenario.expectations():
        where = ("after", number) if turn is None else ("turns", turn, "expect", number)
        if turn is None and job.ablation == "memory":
            continue
        yield check(
            each,
            line=loaded.line(*where),
            transcript=transcript,
            step=None if turn is None else last[turn],
            persona=loaded.scenario.persona,
            judge=judge,
        )


@contextmanager
def _catalogues(scenarios: Sequence[Loaded], embedder: Embedder) -> Iterator[dict[str, Catalogue]]:
    """Hold the catalogues of scenarios, by the scenarios' digests; those of like files are one."""
    shelf: dict[str, Catalogue] = {}
    with ExitStack() as stack:
        made: dict[tuple[object, ...], Catalogue] = {}
        for loaded in scenarios:
            goods = loaded.scenario.catalogue
            if goods is None:
                continue
            events = goods.interactions
            items = loaded.file(goods.items).resolve()
            beside = None if events is None else loaded.file(events).resolve()
            like = (items, beside, goods.things)
            if like not in made:
                folder = stack.enter_context(
                    TemporaryDirectory(prefix="usermind-eval-", ignore_cleanup_errors=True)
                )
                made[like] = stack.enter_context(_catalogue(Path(folder), embedder))
                made[like].load(items, interactions=beside)
                if goods.things:
                    made[like].things = goods.things
            shelf[loaded.digest] = made[like]
        yield shelf


def _catalogue(folder: Path, embedder: Embedder) -> Catalogue:
    from usermind.tools.catalogue import Catalogue

    return Catalogue(folder, embedder=embedder)


# -- what is finished -----------------------------------------------------------------------


def finished_runs(folder: Path) -> dict[str, Run]:
    """Return the runs that a folder keeps, by key; those that broke are to be made again.

    A line that was cut off by a kill counts for nothing.

    Raises:
        StoreNotWritableError: The file cannot be read.
    """
    try:
        lines = (folder / RUNS).read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unusable(folder, error) from error
    runs = (read_run(line) for line in lines)
    return {run.key: run for run in runs if run is not None and run.outcome != "error"}


@contextmanager
def _keeping(folder: Path | None) -> Iterator[Callable[[Run], None]]:
    """Hold the file of finished runs open; yields what appends one to it."""
    if folder is None:
        yield lambda run: None
        return
    make_ready(folder, of="evaluation")
    path = folder / RUNS
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        if not _ends_a_line(path):  # whoever wrote it was killed
            os.write(file, b"\n")

        def keep(run: Run) -> None:
            line = run_line(run)
            try:
                written = os.write(file, line)
                os.fsync(file)
            except OSError as error:
                raise _unusable(folder, error) from error
            if written < len(line):
                raise _unusable(folder, OSError(0, "its disk is full"))

        yield keep
    finally:
        os.close(file)


def _ends_a_line(path: Path) -> bool:
    content = path.read_bytes()
    return not content or content.endswith(b"\n")


def _unusable(folder: Path, error: OSError) -> StoreNotWritableError:
    return StoreNotWritableError(
        f"{folder} cannot be used for results: {error.strerror}. The runs that it holds are kept. "
        "Name another folder with `--out`."
    )


# -- verdicts -------------------------------------------------------------------------------


def verdict(loaded: Loaded, runs: Sequence[Run], *, pass_rate: float = 1.0) -> Verdict:
    """Return whether a scenario holds: passes as often as it must, and fails without what it needs.

    What was taken away that it does not say it needs shows in `without`, and decides nothing.
    """
    scenario = loaded.scenario
    mine = [run for run in runs if run.scenario == scenario.name]
    whole = [run for run in mine if run.ablation is None]
    passed = sum(run.outcome == "passed" for run in whole)
    outcome, why = _whole(whole, pass_rate)
    without: list[tuple[Ablation, int, int]] = []
    for ablation in dict.fromkeys(run.ablation for run in mine if run.ablation is not None):
        lesser = [run for run in mine if run.ablation == ablation]
        without.append((ablation, sum(run.outcome == "passed" for run in lesser), len(lesser)))
        if outcome == "passed" and ablation in scenario.fails_without:
            outcome, why = _lesser(lesser, ablation, pass_rate)
    return Verdict(
        scenario=scenario.name,
        file=str(loaded.path),
        about=scenario.about,
        tags=scenario.tags,
        fails_without=scenario.fails_without,
        outcome=outcome,
        why=why,
        passed=passed,
        repeats=len(whole),
        without=tuple(without),
    )


def _whole(runs: Sequence[Run], pass_rate: float) -> tuple[RunOutcome, str]:
    for run in runs:
        if run.error is not None:
            return "error", run.error
    bad = [run for run in runs if run.outcome == "failed"]
    if (len(runs) - len(bad)) / len(runs) < pass_rate:
        (first, *_) = [each for each in bad[0].checks if each.outcome == "failed"]
        often = "" if len(runs) == 1 else f" ({len(bad)} of {len(runs)} runs fail)"
        return "failed", f"{bad[0].file}:{first.line}: {first.wanted}: {first.why}{often}"
    for run in runs:
        for each in run.checks:
            if each.outcome == "unjudged":
                return "unjudged", f"{run.file}:{each.line}: {each.wanted}: {each.why}"
    return "passed", ""


def _lesser(runs: Sequence[Run], ablation: Ablation, pass_rate: float) -> tuple[RunOutcome, str]:
    for run in runs:
        if run.error is not None:
            return "error", f"without {ablation}: {run.error}"
    bad = sum(run.outcome == "failed" for run in runs)
    if bad / len(runs) >= pass_rate:
        return "passed", ""
    for run in runs:
        if run.outcome == "unjudged":
            wrong = next((f": {each.why}" for each in run.checks if each.kind == WORKS), "")
            return "unjudged", f"whether it fails without {ablation} was not judged{wrong}"
    often = "" if len(runs) == 1 else f" in {len(runs) - bad} of {len(runs)} runs"
    return "failed", f"it passes without {ablation} too{often}, so that it shows nothing of it"
