"""`usermind eval`: play scripted scenarios, and say whether the assistant did what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args
from urllib.parse import urlsplit

import typer

from usermind.cli.cost import note_cost
from usermind.cli.flags import (
    EmbedderFlag,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    TimeoutFlag,
    example,
    given,
)
from usermind.cli.opening import connected, loaded
from usermind.cli.opening import embedder as embedder_of
from usermind.cli.progress import bar
from usermind.cli.screen import count, emit, flat, note, say, shown_url
from usermind.cli.troubles import troubles

if TYPE_CHECKING:
    from usermind.evals.judging import PersonalJudge
    from usermind.evals.results import Ablation, Results, Run, Verdict
    from usermind.evals.running import Engine
    from usermind.models.chat import ChatReasoner
    from usermind.models.ledger import Ledger
    from usermind.models.reasoner import Reasoner
    from usermind.settings import Settings

MARKS = {"passed": "PASS", "failed": "FAIL", "error": "BROKE", "unjudged": "OPEN"}
TOLD_WHY = 600
"""Characters of why a scenario failed."""

app = typer.Typer(
    no_args_is_help=True,
    help="Play scripted scenarios, and check what the assistant does in them.",
    epilog=example(
        "usermind eval run examples/scenarios",
        "usermind eval run scenarios --model http://localhost:8000/v1 --repeat 3 --out results",
    ),
)

PathsArgument = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Files, or folders with files *.scenario.yaml."),
]

FilesFlag = Annotated[
    Path | None,
    typer.Option(
        "--files",
        metavar="FOLDER",
        help="Folder whose files scenarios may name; none: for each the one that it stands in.",
    ),
]


@app.command(
    epilog=example(
        "usermind eval run examples/scenarios",
        "usermind eval run scenarios --model http://localhost:8000/v1 --repeat 3 "
        "--ablate memory,profile,concepts --jobs 8 --out results",
    )
)
def run(
    ctx: typer.Context,
    paths: PathsArgument,
    repeat: Annotated[
        int, typer.Option("--repeat", "-r", min=1, help="How often to play each scenario.")
    ] = 1,
    ablate: Annotated[
        str | None,
        typer.Option(
            "--ablate",
            metavar="WHAT",
            help="Play also without memory, profile, concepts; or none. If not told: without what "
            "a scenario says it needs.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="Keep the runs there, with report.html, results.json and junit.xml; a run that is "
            "there is not played again.",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Play also what is kept there already.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Runs at once.")] = 1,
    pass_rate: Annotated[
        float,
        typer.Option(
            "--pass-rate",
            metavar="SHARE",
            help="Share of a scenario's runs that must pass, 1 for all.",
        ),
    ] = 1.0,
    judge: Annotated[
        str | None,
        typer.Option(
            "--judge",
            metavar="URL[#MODEL]",
            help="Endpoint that decides what rules cannot; none: it is left open.",
        ),
    ] = None,
    simulator: Annotated[
        str | None,
        typer.Option(
            "--simulator",
            metavar="URL[#MODEL]",
            help="Endpoint that words what simulated users say; none: a script.",
        ),
    ] = None,
    files: FilesFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Play scenarios, each in a memory of its own, and check what was expected.

    Your own store is neither read nor written. What is stopped goes on where it was when the same
    command is run again with --out.

    The exit status is 0 where all hold, and 1 where one fails or breaks, or passes without what it
    says it needs. What only a judge could tell is told as open, and does not count.
    """
    flags = given(ctx)
    taken = _ablations(ablate)
    settings, _ = loaded(flags)
    from usermind.evals.assessing import load_assessments
    from usermind.evals.running import evaluate
    from usermind.evals.scenario_files import load_scenarios, scenario_paths
    from usermind.models.ledger import Ledger

    scenarios = load_scenarios(scenario_paths(paths), files=files)
    if out is not None:
        load_assessments(out)  # the report tells of them: what is wrong there is told before
    helpers, made = Ledger(), list[str]()
    with troubles() as found, _told_if_stopped(made, out), bar("Playing") as advance:

        def told(run: Run, done: int, total: int) -> None:
            made.append(run.key)
            found.place(run.scenario if jobs == 1 else None)
            advance(done, total)

        results = evaluate(
            scenarios,
            engine=_engine(settings, judge, simulator, helpers, out),
            repeats=repeat,
            ablations=taken,
            jobs=jobs,
            folder=out,
            again=again,
            pass_rate=pass_rate,
            progress=told,
        )
    if out is not None:
        _keep(results, out)
    for line in found.lines():
        note(line)
    _tell(results, as_json=flags.as_json)
    note_cost(helpers, of="Judge and simulated users" if simulator else "Judge")
    if out is not None and not flags.as_json:
        if kept := len(results.runs) - len(made):
            verb = "was" if kept == 1 else "were"
            note(f"{count(kept, 'run')} {verb} there already; --again plays them anew.")
        note(f"Report: {out / 'report.html'}", whole=True)
    if not results.passed:
        raise typer.Exit(1)


@contextmanager
def _told_if_stopped(made: list[str], out: Path | None) -> Iterator[None]:
    """Say at a Ctrl-C what is kept, of the runs that were made."""
    try:
        yield
    except KeyboardInterrupt:
        verb = "is" if len(made) == 1 else "are"
        raise KeyboardInterrupt(
            "Runs are kept by `--out FOLDER` alone. The same command begins anew."
            if out is None
            else f"{count(len(made), 'new run')} {verb} kept in {out}; the same command plays the "
            "rest."
        ) from None


@app.command(epilog=example("usermind eval check examples/scenarios"))
def check(
    ctx: typer.Context,
    paths: PathsArgument,
    files: FilesFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Say whether scenarios are well-formed, and play none; faults come with their lines."""
    flags = given(ctx)
    from usermind.evals.scenario_files import load_scenarios, scenario_paths

    scenarios = load_scenarios(scenario_paths(paths), files=files)
    if flags.as_json:
        emit([{"scenario": each.scenario.name, "file": each.path} for each in scenarios])
        return
    expected = sum(len(list(each.scenario.expectations())) for each in scenarios)
    verb = "is" if len(scenarios) == 1 else "are"
    say(
        f"{count(len(scenarios), 'scenario')} with {count(expected, 'expectation')} {verb} "
        "well-formed."
    )


@app.command(epilog=example("usermind eval report results"))
def report(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="What --out named in `usermind eval run`.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Tell what an evaluation came to, and write report.html and junit.xml anew.

    The exit status is that of its run.
    """
    flags = given(ctx)
    from usermind.evals.results import load

    results = load(folder)
    _keep(results, folder)
    _tell(results, as_json=flags.as_json)
    if not flags.as_json:
        note(f"Report: {folder / 'report.html'}", whole=True)
    if not results.passed:
        raise typer.Exit(1)


def _keep(results: Results, folder: Path) -> None:
    """Write what a folder tells of results."""
    from usermind.evals.junit import save_junit
    from usermind.evals.reporting import save_report
    from usermind.evals.results import save

    for write in (save, save_junit, save_report):
        write(results, folder)


def _ablations(text: str | None) -> tuple[Ablation, ...] | None:
    if text is None:
        return None
    from usermind.evals.results import Ablation

    known: tuple[Ablation, ...] = get_args(Ablation)
    words = [word.strip() for word in text.split(",")]
    if words == ["none"]:
        return ()
    for word in words:
        if word not in known:
            raise typer.BadParameter(
                f"{word!r} cannot be taken away. Expected some of {', '.join(known)}, parted by "
                "commas; or none.",
                param_hint="--ablate",
            )
    return tuple(each for each in known if each in words)


def _engine(
    settings: Settings,
    judge: str | None,
    simulator: str | None,
    helpers: Ledger,
    folder: Path | None,
) -> Engine:
    """Return what plays, judges and simulates; what the last two cost goes to `helpers`."""
    from usermind.evals.running import Engine
    from usermind.models.ledger import Ledger

    # What is kept goes by the names of the models: at an address others may be served tomorrow.
    name = None
    if url := settings.model:
        settings = settings.model_copy(
            update={"model_name": _connected(settings, Ledger()).settled().name}
        )
        name = f"{shown_url(url)}#{settings.model_name}"

    return Engine(
        reasoner=(lambda ledger: _connected(settings, ledger)) if settings.model else None,
        model=name,
        embedder=embedder_of(settings),
        judge=None if judge is None else _judge(helper(settings, judge, helpers), folder),
        simulator=None if simulator is None else helper(settings, simulator, helpers),
    )


def _judge(reasoner: Reasoner, folder: Path | None) -> PersonalJudge:
    """Return a judge, calibrated where a folder holds labels of this very one."""
    from usermind.evals.assessing import load_assessments
    from usermind.evals.judging import PersonalJudge

    known = {} if folder is None else load_assessments(folder)
    if reasoner.name in known:
        return PersonalJudge(reasoner, certainty=known[reasoner.name].certainty)
    if known:
        note(
            f"{folder} holds labels of {', '.join(known)} and none of {reasoner.name}, whose "
            "certainty is taken as it states it. `usermind eval judge` calibrates it."
        )
    return PersonalJudge(reasoner)


def helper(settings: Settings, address: str, ledger: Ledger) -> Reasoner:
    """Return what speaks to an endpoint that is told as URL or URL#MODEL."""
    url, _, name = address.partition("#")
    # The model's own key is for whoever serves the model, and for nobody else.
    same = settings.model is not None and urlsplit(url).netloc == urlsplit(settings.model).netloc
    key = settings.judge_api_key or (settings.api_key if same else None)
    return _connected(
        settings.model_copy(update={"model": url, "model_name": name, "api_key": key}), ledger
    ).settled()


def _connected(settings: Settings, ledger: Ledger) -> ChatReasoner:
    reasoner = connected(settings, ledger)
    assert reasoner is not None, "a model is set"
    return reasoner


def _tell(results: Results, *, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "passed": results.passed,
                "model": results.model,
                "embedder": results.embedder,
                "verdicts": results.verdicts,
            }
        )
        return
    for verdict in results.verdicts:
        say(_line(verdict))
        if verdict.why:
            say(f"      {flat(verdict.why, width=TOLD_WHY)}")
    say(_sum(results))


def _line(verdict: Verdict) -> str:
    facts = [] if verdict.repeats == 1 else [f"{verdict.passed} of {verdict.repeats} runs pass"]
    for ablation, passed, of in verdict.without:
        if of == 1:
            facts.append(f"{'passes' if passed else 'fails'} without {ablation}")
        else:
            facts.append(f"{passed} of {of} pass without {ablation}")
    told = f"  ({'; '.join(facts)})" if facts else ""
    return f"{MARKS[verdict.outcome]:<5} {flat(verdict.scenario)}{told}"


def _sum(results: Results) -> str:
    counts = results.counts
    parts = [
        f"{counts[outcome]} {word}"
        for outcome, word in (
            ("passed", "passed"),
            ("failed", "failed"),
            ("error", "broke"),
            ("unjudged", "not judged"),
        )
        if counts[outcome]
    ]
    tokens = sum(run.cost.prompt_tokens + run.cost.completion_tokens for run in results.runs)
    cost = f", {count(tokens, 'token')}" if tokens else ""
    seconds = sum(run.cost.seconds for run in results.runs)
    return (
        f"{count(len(results.verdicts), 'scenario')}: {', '.join(parts)}. "
        f"{count(len(results.runs), 'run')} of {seconds:.1f} s in all{cost}."
    )
