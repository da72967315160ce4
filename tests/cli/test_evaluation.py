"""`usermind eval` from a terminal."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]

LIVES = """
name: lives
seed: [{say: I live in Oslo., at: -20d}]
turns:
  - user: Where do I live?
    expect: [{says: Oslo}]
fails_without: [memory]
"""
IDLE = """
name: idle
turns: [{user: Hello, expect: [{not_says: elephants}]}]
fails_without: [memory]
"""
JUDGED = """
name: judged
turns: [{user: Hello, expect: [{judge: It is kind.}]}]
"""


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.scenario.yaml"
    path.write_text(text)
    return path


def test_scenarios_that_hold_pass(cli: Cli, scenarios: Path, folder: Path) -> None:
    put(scenarios, "lives", LIVES)
    done = cli("eval", "run", scenarios)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[0] == "PASS  lives  (fails without memory)"
    assert "1 scenario: 1 passed. 2 runs" in done.stdout
    assert not folder.exists()  # the user's own store


def test_what_fails_is_told_by_line_and_by_the_exit_status(cli: Cli, scenarios: Path) -> None:
    path = put(scenarios, "lives", LIVES.replace("says: Oslo", "says: Rome"))
    put(scenarios, "idle", IDLE)
    put(scenarios, "judged", JUDGED)
    done = cli("eval", "run", scenarios, "--repeat", 2)
    assert done.exit_code == 1
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "FAIL  idle  (2 of 2 runs pass; 2 of 2 pass without memory)" in lines
    assert "it passes without memory too in 2 of 2 runs, so that it shows nothing of it" in lines
    assert f'{path}:6: says "Rome": it said: “You live in Oslo' in done.stdout
    assert "OPEN  judged  (0 of 2 runs pass)" in lines
    assert lines[-1].startswith("3 scenarios: 2 failed, 1 not judged. 10 runs of ")


def test_what_nobody_could_judge_fails_nothing(cli: Cli, scenarios: Path) -> None:
    put(scenarios, "judged", JUDGED)
    done = cli("eval", "run", scenarios)
    assert done.exit_code == 0
    assert "OPEN  judged" in done.stdout


def test_results_are_kept_and_go_on(cli: Cli, scenarios: Path, tmp_path: Path) -> None:
    put(scenarios, "lives", LIVES)
    out = tmp_path / "out"
    first = cli("eval", "run", scenarios, "--out", out)
    kept = (out / "runs.jsonl").read_bytes()
    again = cli("eval", "run", scenarios, "--out", out)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "there already" not in first.stderr
    assert "2 runs were there already; --again plays them anew." in again.stderr
    assert (out / "runs.jsonl").read_bytes() == kept
    assert {path.name for path in out.iterdir()} == {
        *("results.json", "junit.xml", "runs.jsonl", "report.html")
    }
    (out / "report.html").unlink()
    told = cli("eval", "report", out)
    assert (told.exit_code, told.stdout) == (0, again.stdout)
    assert "lives" in (out / "report.html").read_text("utf-8")
    anew = cli("eval", "run", scenarios, "--out", out, "--again")
    assert (anew.exit_code, "there already" in anew.stderr) == (0, False)
    assert len((out / "runs.jsonl").read_bytes().splitlines()) == 4
    put(scenarios, "idle", IDLE)
    assert cli("eval", "run", scenarios, "--out", out).exit_code == 1
    assert cli("eval", "report", out).exit_code == 1


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "not kept"])
def test_what_is_stopped_says_what_is_kept(
    cli: Cli, scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    put(scenarios, "lives", LIVES)
    put(scenarios, "idle", IDLE)

    @contextmanager
    def bar(doing: str) -> Iterator[Callable[[int, int], None]]:
        def advance(done: int, total: int) -> None:
            raise KeyboardInterrupt

        yield advance

    out = tmp_path / "out"
    where = ("--out", out) if kept else ()
    with monkeypatch.context() as patched:
        patched.setattr("usermind.cli.evaluation.bar", bar)
        stopped = cli("eval", "run", scenarios, *where)
    assert (stopped.exit_code, stopped.stdout) == (130, "")
    if not kept:
        assert "Runs are kept by `--out FOLDER` alone." in stopped.stderr
        return
    told = f"Stopped. 1 new run is kept in {out}; the same command plays the rest."
    assert told in " ".join(stopped.stderr.split())
    assert "1 run was there already" in cli("eval", "run", scenarios, *where).stderr


def test_json_tells_the_same(cli: Cli, scenarios: Path) -> None:
    put(scenarios, "lives", LIVES)
    put(scenarios, "idle", IDLE)
    done = cli("eval", "run", scenarios, "--json")
    data = json.loads(done.stdout)
    assert (done.exit_code, data["passed"], data["model"]) == (1, False, None)
    assert [(each["scenario"], each["outcome"]) for each in data["verdicts"]] == [
        ("idle", "failed"),
        ("lives", "passed"),
    ]


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_malformed_scenario_is_told_by_its_line(cli: Cli, scenarios: Path, command: str) -> None:
    path = put(scenarios, "lives", LIVES.replace("says:", "sais:"))
    done = cli("eval", command, scenarios)
    assert done.exit_code == 1
    assert f"{path}:6: turns 1, expect 1: sais: is unknown; did you mean says?" in done.stderr


def test_well_formed_scenarios_are_counted_and_not_played(cli: Cli, scenarios: Path) -> None:
    path = put(scenarios, "lives", LIVES.replace("Oslo}]", "Rome}]"))
    assert cli("eval", "check", scenarios).stdout == (
        "1 scenario with 1 expectation is well-formed.\n"
    )
    found = json.loads(cli("eval", "check", scenarios, "--json").stdout)
    assert found == [{"scenario": "lives", "file": str(path)}]


def test_parts_can_be_taken_away_or_none(cli: Cli, scenarios: Path) -> None:
    put(scenarios, "idle", IDLE)
    none = cli("eval", "run", scenarios, "--ablate", "none")
    assert (none.exit_code, "PASS  idle\n" in none.stdout) == (0, True)
    all_ = cli("eval", "run", scenarios, "--ablate", "profile, concepts")
    assert "PASS  idle  (passes without profile; passes without concepts)" in all_.stdout


@pytest.mark.parametrize("what", ["memry", "memory,none", ""])
def test_an_unknown_part_is_a_usage_error(cli: Cli, scenarios: Path, what: str) -> None:
    put(scenarios, "lives", LIVES)
    done = cli("eval", "run", scenarios, "--ablate", what)
    assert done.exit_code == 2
    assert "cannot be taken away" in done.stderr.replace("\n", " ")


def test_a_model_that_is_not_there_breaks_the_runs_and_says_so(cli: Cli, scenarios: Path) -> None:
    put(scenarios, "lives", LIVES)
    gone = ["http://127.0.0.1:9/v1", "--timeout", 1]
    done = cli("eval", "run", scenarios, "--model", *gone, "--model-name", "tiny")
    assert done.exit_code == 1
    assert "BROKE lives" in done.stdout
    assert "127.0.0.1:9" in done.stdout


@pytest.mark.parametrize("flag", ["--model", "--judge", "--simulator"])
def test_a_model_that_has_no_name_and_is_not_there_is_told_before_anything_is_played(
    cli: Cli, scenarios: Path, flag: str
) -> None:
    put(scenarios, "lives", LIVES)
    done = cli("eval", "run", scenarios, flag, "http://127.0.0.1:9/v1", "--timeout", 1)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "127.0.0.1:9" in done.stderr


@pytest.mark.parametrize("flag", ["--model", "--judge", "--simulator"])
def test_another_model_at_the_same_address_is_not_taken_for_the_one_before(
    cli: Cli, scenarios: Path, endpoint: Any, flag: str
) -> None:
    endpoint.mode, endpoint.learning = "streams", '{"operations": []}'
    put(scenarios, "idle", IDLE)
    command = ["eval", "run", scenarios, flag, endpoint.url, "--out", scenarios / "out"]
    told = []
    for model in ("tiny", "tiny", "other"):
        endpoint.model = model
        told.append("2 runs were there already" in cli(*command).stderr)
    assert told == [False, True, False]


def test_a_model_plays_several_at_once_and_its_cost_is_told(
    cli: Cli, scenarios: Path, endpoint: Any
) -> None:
    endpoint.mode, endpoint.learning = "streams", '{"operations": []}'
    put(scenarios, "lives", LIVES.replace("says: Oslo", "says: Hello"))
    out = scenarios / "out"
    flags = ["--model", endpoint.url, "--repeat", 3, "--jobs", 3, "--out", out, "--ablate", "none"]
    done = cli("eval", "run", scenarios, *flags)
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "PASS  lives  (3 of 3 runs pass)" in done.stdout
    assert "3 runs of" in done.stdout
    results = json.loads((out / "results.json").read_text())
    assert results["model"] == f"{endpoint.url}#tiny"
    for run in results["runs"]:
        # Before the turn, for it, and after it.
        assert (run["cost"]["calls"], run["cost"]["prompt_tokens"]) == (3, 1400)
        assert run["transcript"]["steps"][0]["reply"] == "Hello \x1b[31mAna."
        assert len(run["cost"]["turns"]) == 1
    again = cli("eval", "run", scenarios, *flags)
    assert again.stdout == done.stdout  # and no model was asked


VERDICT = '{"reason": "It says so.", "choice": "A", "certainty": 90}'


def test_a_judge_that_chooses_by_place_has_not_judged_and_its_cost_is_told(
    cli: Cli, scenarios: Path, endpoint: Any
) -> None:
    endpoint.learning = VERDICT
    put(scenarios, "judged", JUDGED)
    done = cli("eval", "run", scenarios, "--judge", f"{endpoint.url}#tiny")
    assert done.exit_code == 0
    assert "OPEN  judged" in done.stdout
    assert "it chose by place: the first answer in both orders" in done.stdout
    assert "Judge: 2 calls, 1,400 tokens in" in done.stderr


def test_a_judge_is_held_against_labels(
    cli: Cli, scenarios: Path, endpoint: Any, tmp_path: Path
) -> None:
    endpoint.learning = VERDICT
    labels, out = tmp_path / "labels.jsonl", tmp_path / "deep" / "out"
    question = {"question": {"first": "Salmon.", "second": "Chicken."}, "label": "first"}
    labels.write_text("".join(f"{json.dumps(question)}\n" for _ in range(3)))
    done = cli("eval", "judge", labels, "--judge", endpoint.url, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith(
        "The judge decided 0 of 3 questions and abstained from 0. It decided nothing.\n"
        "In 3 it chose by place, whichever answer stood there: 3 times the first, 0 times the "
        "second.\n"
        "Votes as labelled: 0.50\n"
    )
    assert "Judge: 12 calls" in done.stderr
    assert json.loads((out / "judge.json").read_text())[0]["questions"] == 3
    put(scenarios, "judged", JUDGED)
    assert cli("eval", "run", scenarios, "--out", out).exit_code == 0
    assert "judge" in (out / "report.html").read_text("utf-8")


def test_what_a_judge_said_is_kept_and_not_asked_again(
    cli: Cli, endpoint: Any, tmp_path: Path
) -> None:
    endpoint.learning = salmon(90)
    labels, kept = tmp_path / "labels.jsonl", tmp_path / "answers.jsonl"
    lines = [
        {
            "question": {
                "first": "Salmon.",
                "second": f"Dish {number}.",
                "persona": {"name": "Ana", "facts": ["Ana eats fish."]},
            },
            "label": "first",
        }
        for number in range(3)
    ]
    labels.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    command = ("eval", "judge", labels, "--answers", kept)
    first = cli(*command, "--judge", endpoint.url, "--jobs", 2, "--out", tmp_path / "one")
    assert first.exit_code == 0, first.stderr
    assert first.stdout.startswith("The judge decided 3 of 3 questions")
    assert "Judge: 12 calls" in first.stderr
    endpoint.stop()
    again = cli(*command, "--judge", endpoint.url, "--out", tmp_path / "two")
    alone = cli(*command, "--out", tmp_path / "three")
    assert (again.exit_code, alone.exit_code) == (0, 0), again.stderr + alone.stderr
    assert (again.stdout, alone.stdout) == (first.stdout, first.stdout)
    one, two, three = (
        (tmp_path / name / "judge.json").read_bytes() for name in ("one", "two", "three")
    )
    assert one == two == three
    assert "Judge:" not in alone.stderr

    kept.write_bytes(b"".join(kept.read_bytes().splitlines(keepends=True)[:5]))
    down = cli(*command, "--judge", endpoint.url)
    assert (down.exit_code, "5 answers are kept in" in down.stderr) == (1, True)
    lacking = cli(*command)
    assert (lacking.exit_code, lacking.stdout) == (1, "")
    told = " ".join(lacking.stderr.split())
    assert "lacks 7 of the 12 answers" in told
    assert "with `--judge`" in told


def test_nobody_who_judges_is_a_usage_error(cli: Cli, tmp_path: Path) -> None:
    done = cli("eval", "judge", tmp_path / "labels.jsonl")
    assert done.exit_code == 2
    assert "--answers" in done.stderr


def test_a_judge_is_not_asked_where_its_assessment_could_not_be_kept(
    cli: Cli, endpoint: Any, tmp_path: Path
) -> None:
    endpoint.learning = VERDICT
    labels, out = tmp_path / "labels.jsonl", tmp_path / "out"
    question = {"question": {"first": "Salmon.", "second": "Chicken."}, "label": "first"}
    labels.write_text(json.dumps(question))
    out.mkdir()
    (out / "results.json").write_text('{"benchmark": "limit"}')
    done = cli("eval", "judge", labels, "--judge", endpoint.url, "--out", out)
    assert (done.exit_code, endpoint.learns.is_set()) == (1, False)
    assert "Name another folder with `--out`" in " ".join(done.stderr.split())
    assert {path.name for path in out.iterdir()} == {"results.json"}


def salmon(certainty: int) -> Callable[[str], str]:
    """Return a judge that would have salmon, and finds whatever it is asked met."""

    def judge(prompt: str) -> str:
        first, second = prompt.index("\nA: "), prompt.index("\nB: ")
        shown = {"A": prompt[first:second], "B": prompt[second : prompt.index("\nRules")]}
        choice = next((at for at, text in shown.items() if "Salmon" in text), None)
        choice = choice or ("B" if "does not" in shown["A"] else "A")
        return json.dumps({"reason": "So it is.", "choice": choice, "certainty": certainty})

    return judge


def test_a_judge_is_calibrated_by_what_the_folder_holds_of_it_until_it_is_assessed_again(
    cli: Cli, scenarios: Path, endpoint: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    put(scenarios, "judged", JUDGED)

    def labels(right: int, of: int) -> Path:
        """Return labels of which a judge that would have salmon agrees with so many."""
        path = tmp_path / f"{right}of{of}.jsonl"
        lines = [
            {
                "question": {"first": "Salmon.", "second": f"Dish {number}."},
                "label": "first" if number < right else "second",
            }
            for number in range(of)
        ]
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return path

    def assessed(right: int, of: int) -> Any:
        done = cli("eval", "judge", labels(right, of), "--judge", endpoint.url, "--out", out)
        assert done.exit_code == 0, done.stderr
        return done

    def run() -> tuple[str, str]:
        done = cli("eval", "run", scenarios, "--judge", endpoint.url, "--out", out)
        return done.stdout.split()[0], done.stderr

    endpoint.learning = salmon(40)
    assert run()[0] == "OPEN"  # as stated: 0.4, too unsure
    good = assessed(10, 10)
    assert "Calibrated by these labels it decides 10, 10 of them as labelled." in good.stdout
    assert "replaces" not in good.stderr
    assert run()[0] == "PASS"
    again = assessed(10, 10)
    assert "replaces what was kept of tiny: 0 of 10 questions decided" in again.stderr
    assert "calibration is the same" in again.stderr
    assert "1 run was there already" in run()[1]
    bad = assessed(2, 12)
    assert "calibration has changed" in " ".join(bad.stderr.split())
    assert "Calibrated by these labels it decides 0." in bad.stdout
    assert run()[0] == "OPEN"

    endpoint.model = "other"  # of which nothing is known
    told = run()[1]
    assert "holds labels of tiny and none of other" in " ".join(told.split())
    endpoint.learning = salmon(90)
    assessed(10, 10)
    assert run()[0] == "PASS"
    endpoint.model = "tiny"
    assert run()[0] == "OPEN"
    report = (out / "report.html").read_text("utf-8")
    assert report.count("Against labels") == 2


def test_labels_that_are_none_are_told_by_their_line(cli: Cli, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"label": "first"}\n')
    done = cli("eval", "judge", labels, "--judge", "http://127.0.0.1:9/v1")
    assert done.exit_code == 1
    assert f"{labels}:1: question: Field required" in done.stderr


def test_ctrl_c_ends_it_at_once_and_keeps_what_is_finished(
    scenarios: Path, endpoint: Any, heeding_ctrl_c: Callable[[], None]
) -> None:
    endpoint.mode, endpoint.learning = "hangs", '{"operations": []}'
    put(scenarios, "first", "name: a\nturns: [{watch: , expect: [{silent: true}]}]\n")
    put(scenarios, "lives", LIVES)
    out = scenarios / "out"
    command = [sys.executable, "-m", "usermind", "eval", "run", str(scenarios)]
    with subprocess.Popen(
        [*command, "--model", endpoint.url, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heeding_ctrl_c,
    ) as process:
        try:
            assert endpoint.asked.wait(60)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert b"Stopped." in told
    assert b"Traceback" not in told
    (line,) = (out / "runs.jsonl").read_text().splitlines()
    assert json.loads(line)["scenario"] == "a"


def test_a_folder_without_scenarios_or_results_is_told(cli: Cli, scenarios: Path) -> None:
    (scenarios / "notes.yaml").write_text("name: x")
    none = cli("eval", "run", scenarios)
    assert (none.exit_code, ".scenario.yaml" in none.stderr) == (1, True)
    assert "There are no results" in cli("eval", "report", scenarios).stderr


def test_an_endpoint_whose_model_has_no_name_is_told(
    cli: Cli, scenarios: Path, endpoint: Any
) -> None:
    endpoint.model = None
    put(scenarios, "judged", JUDGED)
    done = cli("eval", "run", scenarios, "--judge", endpoint.url)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "not with a list of models" in " ".join(done.stderr.split())


def test_scenarios_name_files_of_their_own_folder_unless_another_is_allowed(
    cli: Cli, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "films.jsonl").write_text('{"id": "a", "title": "Hollow Moon"}\n')
    (scenarios / "a.scenario.yaml").write_text(f"catalogue: ../films.jsonl\n{LIVES}")
    refused = cli("eval", "check", str(scenarios))
    assert refused.exit_code == 1
    assert "a.scenario.yaml:1: ../films.jsonl leads out of" in refused.stderr.replace("\n", " ")
    assert cli("eval", "run", str(scenarios)).exit_code == 1
    allowed = ("--files", str(tmp_path))
    assert cli("eval", "check", str(scenarios), *allowed).exit_code == 0
    played = cli("eval", "run", str(scenarios), *allowed, "--embedder", "lexical")
    assert played.exit_code == 0, played.stdout + played.stderr
