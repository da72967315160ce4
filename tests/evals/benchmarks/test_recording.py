"""A model's answers in a file: kept, found again, and never taken for another model's."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from usermind.errors import (
    CallError,
    InvalidInputError,
    InvalidModelOutputError,
    ModelUnavailableError,
    PromptTooLongError,
    StoreNotWritableError,
    TruncatedOutputError,
)
from usermind.evals.benchmarks import Asker, Recording
from usermind.evals.benchmarks.asking import WrittenPrompt
from usermind.models import LedgerEntry
from usermind.models.ledger import Ledger
from usermind.prompts import AnswerQuestionAnswer
from usermind.testing import ScriptedReasoner

PROMPTS = [WrittenPrompt(f"What is {number}?") for number in range(5)]


def answers(*said: str | BaseException) -> list[Any]:
    return [
        each if isinstance(each, BaseException) else AnswerQuestionAnswer(answer=each)
        for each in said
    ]


def recording(
    path: Path, *said: str | BaseException, name: str = "scripted"
) -> tuple[Recording, ScriptedReasoner]:
    model = ScriptedReasoner(answers(*said), name=name)
    return Recording(path, lambda ledger: model), model


def texts(found: list[AnswerQuestionAnswer | None]) -> list[str | None]:
    return [None if each is None else each.answer for each in found]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


def test_what_was_answered_is_not_asked_again_and_needs_no_model(path: Path) -> None:
    first, model = recording(path, "a", "b", "c")
    assert texts(Asker(first).all(PROMPTS[:3])) == ["a", "b", "c"]
    second, other = recording(path, "d")
    assert texts(Asker(second).all(PROMPTS[:4])) == ["a", "b", "c", "d"]
    assert len(other.prompts) == 1
    alone = Recording(path)
    assert texts(Asker(alone).all(PROMPTS[:4])) == ["a", "b", "c", "d"]
    assert (alone.name, len(alone), len(model.prompts)) == ("scripted", 4, 3)


def test_a_line_holds_what_was_answered_by_whom_to_what(path: Path) -> None:
    class Counting(ScriptedReasoner):
        def __init__(self, ledger: Ledger) -> None:
            super().__init__(answers("Ørsta"))
            self.ledger = ledger

        def complete(self, prompt: Any) -> Any:
            for tokens in (10, 20):  # a repair is a second call
                entry = LedgerEntry("benchmark", "x", "ok", 0.1, tokens, 3)
                self.ledger.record(entry)
            return super().complete(prompt)

    Asker(Recording(path, Counting)).all(PROMPTS[:1])
    line = json.loads(path.read_text("utf-8"))
    assert line.pop("key")
    assert line == {
        "prompt": "benchmark",
        "model": "scripted",
        "answer": {"answer": "Ørsta"},
        "failure": None,
        "tokens": [30, 6],
    }


def test_the_same_prompt_is_asked_once(path: Path) -> None:
    kept, model = recording(path, "a", "b")
    asker = Asker(kept)
    assert texts(asker.all([PROMPTS[0], PROMPTS[1], PROMPTS[0]])) == ["a", "b", "a"]
    assert (len(model.prompts), asker.asked) == (2, 3)


def test_answers_that_are_none_are_kept_and_stay_none(path: Path) -> None:
    faults = (InvalidModelOutputError("x"), TruncatedOutputError("x"), PromptTooLongError("x"))
    kept, _ = recording(path, *faults, "d")
    assert texts(Asker(kept).all(PROMPTS[:4])) == [None, None, None, "d"]
    again = Asker(Recording(path))
    assert texts(again.all(PROMPTS[:4])) == [None, None, None, "d"]
    assert again.unusable == 3
    for prompt, fault in zip(PROMPTS, faults, strict=False):
        with pytest.raises(type(fault)):
            Recording(path).complete(prompt)


def test_a_model_that_goes_down_ends_the_run_and_what_it_said_stays(path: Path) -> None:
    kept, _ = recording(path, "a", "b", ModelUnavailableError("down"))
    with pytest.raises(ModelUnavailableError):
        Asker(kept).all(PROMPTS)
    rest, model = recording(path, "c", "d", "e")
    assert texts(Asker(rest, jobs=1).all(PROMPTS)) == ["a", "b", "c", "d", "e"]
    assert len(model.prompts) == 3


def test_several_threads_answer_in_the_order_of_the_prompts(path: Path) -> None:
    prompts = [WrittenPrompt(f"{number}") for number in range(40)]

    def said(prompt: WrittenPrompt) -> AnswerQuestionAnswer:
        return AnswerQuestionAnswer(answer=prompt.text)

    model = ScriptedReasoner([said] * 40)
    heard: list[tuple[int, int]] = []
    asker = Asker(Recording(path, lambda _: model), jobs=8)
    found = asker.all(prompts, progress=lambda done, total: heard.append((done, total)))
    assert texts(found) == [prompt.text for prompt in prompts]
    assert heard == [(number, 40) for number in range(1, 41)]
    assert texts(Asker(Recording(path)).all(prompts)) == [prompt.text for prompt in prompts]


def test_without_a_model_missing_answers_are_counted_before_anything_is_asked(path: Path) -> None:
    Asker(recording(path, "a", "b")[0]).all(PROMPTS[:2])
    with pytest.raises(InvalidInputError, match=r"lacks 3 of the 5 answers .* `--model`"):
        Asker(Recording(path)).all(PROMPTS)
    with pytest.raises(InvalidInputError, match="lacks 1 of the 1 answers"):
        Recording(path).complete(PROMPTS[4])


def test_another_models_answers_are_not_taken(path: Path) -> None:
    Asker(recording(path, "a")[0]).all(PROMPTS[:1])
    other, model = recording(path, "b", name="other")
    with pytest.raises(InvalidInputError, match=r"holds the answers of 'scripted'.*'other'"):
        Asker(other).all(PROMPTS[:2])
    assert not model.prompts
    with pytest.raises(InvalidInputError, match="'scripted'"):
        Recording(path, lambda _: model, model="other")
    lines = path.read_text() + path.read_text().replace("scripted", "other")
    path.write_text(lines)
    with pytest.raises(InvalidInputError, match="'other'"):
        Recording(path)


def test_a_line_that_a_killed_run_left_unfinished_is_mended(path: Path) -> None:
    Asker(recording(path, "a", "b")[0]).all(PROMPTS[:2])
    path.write_bytes(path.read_bytes()[:-30])
    alone = Recording(path)
    assert (len(alone), alone.torn) == (1, 1)
    before = path.read_bytes()
    kept, model = recording(path, "b", "c")
    assert kept.torn == 1
    assert texts(Asker(kept).all(PROMPTS[:3])) == ["a", "b", "c"]
    assert path.read_bytes().startswith(before)
    again = Recording(path)
    assert (len(again), again.torn) == (3, 0)
    assert len(model.prompts) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "answers.jsonl:2: "),
        ('{"key": "k"}', "answers.jsonl:2: prompt: "),
        ("[]", "answers.jsonl:2: "),
        (
            '{"key":"k","prompt":"p","model":"scripted","answer":null,"failure":null,"tokens":null}',
            "answers.jsonl:2: one of `answer` and `failure`",
        ),
        (
            '{"key":"k","prompt":"p","model":"m","answer":null,"failure":"bored","tokens":null}',
            "answers.jsonl:2: failure: ",
        ),
    ],
)
def test_a_corrupt_line_is_named(path: Path, line: str, words: str) -> None:
    Asker(recording(path, "a")[0]).all(PROMPTS[:1])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InvalidInputError) as caught:
        Recording(path)
    assert words in str(caught.value)


def test_an_answer_that_its_prompt_does_not_take_is_an_error(path: Path) -> None:
    Asker(recording(path, "a")[0]).all(PROMPTS[:1])
    path.write_text(path.read_text().replace('{"answer":"a"}', '{"reply":"a"}'))
    with pytest.raises(InvalidInputError, match="does not fit the prompt 'benchmark'"):
        Asker(Recording(path)).all(PROMPTS[:1])


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="There is no recording"):
        Recording(tmp_path / "absent.jsonl")
    with pytest.raises(InvalidInputError, match="cannot be read: Is a directory"):
        Recording(tmp_path)
    for path in (tmp_path, tmp_path / "no" / "such" / "folder.jsonl"):
        with pytest.raises(StoreNotWritableError, match="cannot be written"):
            recording(path)


def test_replies_are_not_recorded(path: Path) -> None:
    kept, _ = recording(path)
    with pytest.raises(CallError):
        kept.reply(None)  # type: ignore[arg-type]  # it is not looked at


# -- processes --------------------------------------------------------------------------------

ASKS = """
import sys, time
from pathlib import Path
from usermind.evals.benchmarks import Asker, Recording
from usermind.evals.benchmarks.asking import WrittenPrompt
from usermind.prompts import AnswerQuestionAnswer
from usermind.testing import ScriptedReasoner

path, who, start, end, pause = Path(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:])
def said(prompt):
    time.sleep(pause)
    return AnswerQuestionAnswer(answer=f"{who} {prompt.text} " + "x" * 300)
prompts = [WrittenPrompt(str(n)) for n in range(int(start), int(end))]
model = ScriptedReasoner([said] * len(prompts))
print("ready", flush=True)
sys.stdin.readline()
found = Asker(Recording(path, lambda _: model), jobs=2).all(prompts)
print("\\n".join(each.answer for each in found))
"""


def start(path: Path, who: str, first: int, last: int, pause: float) -> "subprocess.Popen[str]":
    arguments = [str(path), who, str(first), str(last), str(pause)]
    found = subprocess.Popen(
        [sys.executable, "-c", ASKS, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert found.stdout is not None
    assert found.stdout.readline() == "ready\n"
    return found


def test_two_processes_lose_nothing_and_agree(path: Path) -> None:
    both = [start(path, "one", 0, 150, 0.001), start(path, "two", 100, 250, 0.001)]
    for each in both:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [each.communicate(timeout=120)[0].splitlines() for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert said[0][100:] == said[1][:50]
    prompts = [WrittenPrompt(str(number)) for number in range(250)]
    kept = Recording(path)
    assert (len(kept), kept.torn) == (250, 0)
    assert texts(Asker(kept).all(prompts)) == said[0][:100] + said[1]


def test_a_killed_run_goes_on_where_it_was(path: Path) -> None:
    running = start(path, "one", 0, 400, 0.02)
    assert running.stdin is not None
    running.stdin.write("go\n")
    running.stdin.flush()
    until = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < 5:
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    held = path.read_bytes().count(b"\n")
    assert 5 <= held < 400
    kept = Recording(path, lambda _: ScriptedReasoner(answers(*["more"] * (400 - held))))
    prompts = [WrittenPrompt(str(number)) for number in range(400)]
    found = texts(Asker(kept).all(prompts))
    assert sum(each == "more" for each in found) == 400 - held
    assert len(Recording(path)) == 400
