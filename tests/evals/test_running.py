"""Many runs: each is kept when it is finished, none is made twice, and all are summed up."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import Any
from xml.etree import ElementTree

import pytest
from langchain_core.messages import AIMessageChunk

from usermind.errors import (
    InvalidInputError,
    ModelUnavailableError,
    StoreNotWritableError,
    TruncatedOutputError,
)
from usermind.evals import Engine, Loaded, PersonalJudge, Run, evaluate
from usermind.evals.agent import assistant
from usermind.evals.benchmarks import Report
from usermind.evals.benchmarks.intervals import wilson
from usermind.evals.junit import junit, save_junit
from usermind.evals.results import (
    RUNS,
    Ablation,
    Check,
    RunOutcome,
    load,
    read_run,
    run_line,
    save,
)
from usermind.evals.running import finished_runs, verdict
from usermind.models import Ledger, Offline
from usermind.models.reasoner import ReplyRequest
from usermind.prompts import JudgeReplyAnswer
from usermind.testing import ScriptedReasoner

Load = Callable[..., Loaded]

LIVES = """
    name: lives {number}
    seed: [{{say: I live in Oslo., at: -20d}}]
    turns: [{{user: "Where do I live?", expect: [{{says: {says}}}]}}]
    fails_without: [memory]
"""


@pytest.fixture
def four(scenario: Load) -> list[Loaded]:
    return [scenario(LIVES.format(number=n, says="Oslo"), f"s{n}") for n in range(4)]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def told(runs: Sequence[Run]) -> list[tuple[str, str | None, int, str]]:
    return [(run.scenario, run.ablation, run.repeat, run.outcome) for run in runs]


def played(scenarios: Sequence[Loaded], out: Path | None, **given: Any) -> tuple[Any, list[str]]:
    """Evaluate, and return the results with the keys of the runs that were made."""
    made: list[str] = []
    results = evaluate(
        scenarios,
        folder=out,
        progress=lambda run, done, total: made.append(run.key),
        **{"engine": Engine(embedder="lexical"), **given},
    )
    return results, made


# -- what is played -------------------------------------------------------------------------


def test_each_scenario_is_played_as_often_as_told_and_without_what_it_needs(
    four: list[Loaded],
) -> None:
    results, _ = played(four[:2], None, repeats=2)
    assert told(results.runs) == [
        (f"lives {n}", ablation, repeat, "failed" if ablation else "passed")
        for n in range(2)
        for ablation in (None, "memory")
        for repeat in (1, 2)
    ]
    assert results.passed
    assert [each.without for each in results.verdicts] == [(("memory", 0, 2),)] * 2


def test_what_is_taken_away_can_be_told(four: list[Loaded]) -> None:
    none, _ = played(four[:1], None, ablations=())
    two, _ = played(four[:1], None, ablations=("profile", "concepts"))
    assert [run.ablation for run in none.runs] == [None]
    assert [run.ablation for run in two.runs] == [None, "profile", "concepts"]
    assert two.passed  # that it passes without what it does not need decides nothing
    assert two.verdicts[0].without == (("profile", 1, 1), ("concepts", 1, 1))


def test_several_at_once_give_what_one_after_the_other_does(four: list[Loaded]) -> None:
    one, _ = played(four, None)
    many, _ = played(four, None, jobs=4)
    assert [replace(run, cost=one.runs[0].cost) for run in one.runs] == [
        replace(run, cost=one.runs[0].cost) for run in many.runs
    ]


@pytest.mark.parametrize("given", [{"repeats": 0}, {"jobs": 0}, {"pass_rate": 0.0},
                                   {"pass_rate": 1.5}])  # fmt: skip
def test_numbers_out_of_range_are_refused(four: list[Loaded], given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was played"):
        played(four, None, **given)


def test_a_catalogue_that_cannot_be_read_is_told_before_anything_is_played(
    scenario: Load, tmp_path: Path, out: Path
) -> None:
    (tmp_path / "films.jsonl").write_text('{"title": "no id"}\n')
    loaded = scenario("""
        name: films
        catalogue: films.jsonl
        turns: [{user: Recommend me a film., expect: [{recommends: A}]}]
    """)
    with pytest.raises(InvalidInputError, match=r"films\.jsonl"):
        played([loaded], out)
    assert finished_runs(out) == {}


# -- what is kept ---------------------------------------------------------------------------


def test_a_finished_run_is_not_made_again(four: list[Loaded], out: Path) -> None:
    first, made = played(four[:2], out)
    again, none = played(four[:2], out)
    more, new = played(four[:3], out, repeats=2)
    assert len(made) == 4
    assert none == []
    assert again.runs == first.runs
    assert len(new) == len(more.runs) - 4


def test_what_changes_how_a_run_goes_has_it_made_again(
    scenario: Load, four: list[Loaded], out: Path
) -> None:
    played(four[:1], out)
    changed = scenario(LIVES.format(number=0, says="Bergen"), "s0")
    results, made = played([changed], out)
    assert (len(made), results.passed) == (2, False)
    other, made = played(four[:1], out, engine=Engine(lambda _: Offline(), "m", "lexical"))
    assert (len(made), other.model) == (2, "m")


def test_a_run_that_broke_is_made_again(four: list[Loaded], out: Path) -> None:
    def down(_: Ledger) -> ScriptedReasoner:
        return ScriptedReasoner([ModelUnavailableError("It is down.")] * 9)

    broken, _ = played(four[:1], out, engine=Engine(down, "m", "lexical"), ablations=())
    (run,) = broken.runs
    assert (run.outcome, broken.verdicts[0].outcome, broken.passed) == ("error", "error", False)
    assert "It is down." in (run.error or "")
    mended = Engine(lambda _: Offline(), "m", "lexical")
    results, made = played(four[:1], out, engine=mended, ablations=())
    assert (len(made), results.passed) == (1, True)


def test_a_judge_that_is_down_breaks_the_run_which_is_made_again(scenario: Load, out: Path) -> None:
    loaded = scenario("""
        name: judged
        turns: [{user: Hello, expect: [{judge: It is kind.}]}]
    """)

    def judged(*answers: Any) -> tuple[Any, list[str]]:
        judge = PersonalJudge(ScriptedReasoner(answers))
        return played([loaded], out, engine=Engine(embedder="lexical", judge=judge))

    broken, _ = judged(ModelUnavailableError("It is down."))
    assert (broken.verdicts[0].outcome, broken.verdicts[0].why) == (
        "error",
        "the judge could not be asked: It is down.",
    )
    assert broken.runs[0].transcript.steps[0].reply
    kind = [JudgeReplyAnswer(reason="It is.", choice=c, certainty=90) for c in ("A", "B")]
    mended, made = judged(*kind)
    assert (len(made), mended.verdicts[0].outcome) == (1, "passed")
    assert judged()[1] == []


def test_a_line_that_was_cut_off_costs_its_run_alone(four: list[Loaded], out: Path) -> None:
    first, made = played(four, out)
    path = out / RUNS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:100])
    again, anew = played(four, out)
    assert anew == made[3:]
    assert told(again.runs) == told(first.runs)
    assert set(finished_runs(out)) == set(made)  # the new line did not run into the cut one


KILLED = """
import sys, time
from pathlib import Path
from usermind.evals import Engine, evaluate, load_scenarios, scenario_paths
folder = Path(sys.argv[1])

def progress(run, done, total):
    print(done, flush=True)
    if done == 3:
        time.sleep(60)  # runs go on in threads, and are never kept

evaluate(load_scenarios(scenario_paths([folder])), engine=Engine(embedder="lexical"), jobs=2,
         folder=folder / "out", progress=progress)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_an_evaluation_that_is_killed_goes_on_where_it_was(
    four: list[Loaded], out: Path, tmp_path: Path, python: Callable[..., "Popen[str]"]
) -> None:
    process = python(KILLED, tmp_path)
    assert process.stdout is not None
    assert [process.stdout.readline().strip() for _ in range(3)] == ["1", "2", "3"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = finished_runs(out)
    results, made = played(four, out)
    assert len(kept) == 3
    assert len(made) == len(results.runs) - 3
    assert not set(made) & set(kept)
    assert results.passed


def test_runs_of_a_model_without_a_name_are_not_kept(four: list[Loaded], out: Path) -> None:
    model = Engine(lambda _: Offline(), embedder="lexical")
    agent = Engine(agent=lambda given: assistant(given), embedder="lexical")
    for nameless in (model, agent):
        with pytest.raises(InvalidInputError, match="no name"):
            played(four[:1], out, engine=nameless)
        assert played(four[:1], None, engine=nameless)[0].passed


def test_a_folder_that_cannot_be_used_is_told(four: list[Loaded], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreNotWritableError, match="--out"):
        played(four[:1], tmp_path / "file")


def test_a_folder_with_the_results_of_a_benchmark_is_left_alone(
    four: list[Loaded], out: Path
) -> None:
    Report("made up", {}).save(out)
    there = (out / "results.json").read_bytes()
    with pytest.raises(InvalidInputError, match="such as `usermind eval benchmark` writes"):
        played(four[:1], out)
    assert (out / "results.json").read_bytes() == there
    assert not (out / RUNS).exists()


# -- results --------------------------------------------------------------------------------


def test_results_and_runs_come_back_as_they_were_written(four: list[Loaded], out: Path) -> None:
    results, _ = played(four[:1], out)
    save(results, out)
    assert load(out) == results
    assert read_run(run_line(results.runs[0])) == results.runs[0]
    assert read_run(run_line(results.runs[0])[:-20]) is None


@pytest.mark.parametrize("content", [None, "{}", "nonsense"])
def test_results_that_are_not_there_or_no_results_are_told(out: Path, content: str | None) -> None:
    out.mkdir()
    if content is not None:
        (out / "results.json").write_text(content)
    with pytest.raises(InvalidInputError, match=r"no results|Run the evaluation again"):
        load(out)


def run_of(loaded: Loaded, outcome: RunOutcome, ablation: Ablation | None = None) -> Run:
    check = None
    if outcome in ("failed", "unjudged"):
        check = Check("says", 'says "Oslo"', outcome, "it said: “Rome”", 1, 3)
    return Run(
        "k",
        loaded.scenario.name,
        str(loaded.path),
        ablation,
        1,
        outcome,
        (check,) if check else (),
        "It is down." if outcome == "error" else None,
    )


@pytest.mark.parametrize(
    ("whole", "lesser", "rate", "outcome", "why"),
    [
        ("ppp", "fff", 1.0, "passed", ""),
        ("ppf", "fff", 1.0, "failed", "(1 of 3 runs fail)"),
        ("ppf", "fff", 0.6, "passed", ""),
        ("ppp", "ffp", 1.0, "failed", "it passes without memory too in 1 of 3 runs"),
        ("ppp", "ffp", 0.6, "passed", ""),
        ("p", "p", 1.0, "failed", "it passes without memory too, so"),
        ("p", "", 1.0, "passed", ""),
        ("pep", "fff", 1.0, "error", "It is down."),
        ("ppp", "fef", 1.0, "error", "without memory: It is down."),
        ("pup", "fff", 1.0, "unjudged", 'says "Oslo"'),
        ("ppp", "fuf", 1.0, "unjudged", "whether it fails without memory was not judged"),
        ("fup", "fff", 1.0, "failed", "it said: “Rome”"),
    ],
)
def test_a_verdict_is_by_all_runs(
    scenario: Load, whole: str, lesser: str, rate: float, outcome: str, why: str
) -> None:
    loaded = scenario()
    names: dict[str, RunOutcome] = {
        "p": "passed", "f": "failed", "e": "error", "u": "unjudged"
    }  # fmt: skip
    runs = [run_of(loaded, names[each]) for each in whole]
    runs += [run_of(loaded, names[each], "memory") for each in lesser]
    found = verdict(loaded, runs, pass_rate=rate)
    assert found.outcome == outcome
    assert (why in found.why) if why else not found.why
    assert (found.passed, found.repeats) == (whole.count("p"), len(whole))


def test_an_expectation_without_a_judge_is_open_and_no_failure(
    scenario: Load, offline: Engine
) -> None:
    loaded = scenario("""
        name: judged
        turns: [{user: Hello, expect: [{judge: It is kind.}]}]
    """)
    results = evaluate([loaded], engine=offline)
    assert (results.verdicts[0].outcome, results.passed) == ("unjudged", True)
    assert results.verdicts[0].why.endswith(":2: judge: It is kind.: there is no judge")


def test_trouble_of_a_turn_fails_the_run_though_nothing_is_expected_there(
    scenario: Load, offline: Engine
) -> None:
    loaded = scenario("""
        name: trouble
        turns:
          - forget: elephants
          - {user: Hello, expect: [{not_says: elephants}]}
    """)
    (found,) = evaluate([loaded], engine=offline).verdicts
    assert (found.outcome, ":3: works: nothing to forget" in found.why) == ("failed", True)


class CutAfter(Offline):
    """A model whose replies are cut from some turn on."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = turns

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        self.turns -= 1
        if self.turns < 0:
            raise TruncatedOutputError("The reply was cut.")
        yield from super().reply(request)


@pytest.mark.parametrize(
    ("whole_for", "outcome", "why"),
    [
        (0, "unjudged", "whether it fails without memory was not judged: The reply was cut."),
        (1, "passed", ""),
    ],
    ids=["before anything failed", "after it failed for want of memory"],
)
def test_what_a_model_gets_wrong_does_not_show_that_a_part_is_needed(
    scenario: Load, whole_for: int, outcome: str, why: str
) -> None:
    loaded = scenario("""
        name: lives
        seed: [{say: I live in Oslo., at: -20d}]
        turns:
          - {user: "Where do I live?", expect: [{says: Oslo}]}
          - {user: "And where do I live?", expect: [{says: Oslo}]}
        fails_without: [memory]
    """)
    models = iter([Offline(), CutAfter(whole_for)])  # with everything, and without memory
    results = evaluate([loaded], engine=Engine(lambda _: next(models), "m", "lexical"))
    (found,) = results.verdicts
    assert (found.outcome, found.why) == (outcome, why)
    assert results.runs[1].outcome == ("failed" if outcome == "passed" else "unjudged")


@pytest.mark.parametrize("passed", range(11))
def test_an_interval_holds_its_share_and_narrows_with_more_runs(passed: int) -> None:
    low, high = wilson(passed, 10)
    closer_low, closer_high = wilson(10 * passed, 100)
    assert 0 <= low <= closer_low <= passed / 10 <= closer_high <= high <= 1
    assert wilson(0, 0) == (0, 1)


def test_junit_tells_what_failed_broke_and_was_left_open(
    scenario: Load, out: Path, offline: Engine
) -> None:
    loaded = [scenario(LIVES.format(number=n, says="Oslo"), f"s{n}") for n in range(4)]
    results = evaluate(loaded, engine=offline, ablations=())
    outcomes: tuple[RunOutcome, ...] = ("passed", "failed", "error", "unjudged")
    verdicts = tuple(
        replace(each, outcome=outcome, why=f"it is {outcome}\x00 <&>")
        for each, outcome in zip(results.verdicts, outcomes, strict=True)
    )
    out.mkdir()
    path = save_junit(replace(results, verdicts=verdicts), out)
    suite = ElementTree.parse(path).getroot()[0]
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "1", "1"]
    assert [[(inner.tag, inner.get("message")) for inner in case] for case in suite] == [
        [],
        [("failure", "it is failed\ufffd <&>")],
        [("error", "it is error\ufffd <&>")],
        [("skipped", "it is unjudged\ufffd <&>")],
    ]
    assert junit(results).startswith(b"<?xml")


def test_results_that_cannot_be_written_leave_what_was_there_and_the_runs(
    four: list[Loaded], out: Path
) -> None:
    results, _ = played(four[:1], out)
    (out / "results.json").mkdir()
    with pytest.raises(StoreNotWritableError, match=r"results\.json cannot be written"):
        save(results, out)
    assert {path.name for path in out.iterdir()} == {"results.json", RUNS}
    assert len(finished_runs(out)) == 2
