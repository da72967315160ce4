"""The judge: what it decides, when it abstains, and what labels tell of it."""

import json
import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk

from usermind.errors import (
    InvalidInputError,
    InvalidModelOutputError,
    ModelUnavailableError,
    PromptTooLongError,
)
from usermind.evals.assessing import (
    Labelled,
    assess,
    load_assessments,
    read_labelled,
    save_assessment,
)
from usermind.evals.certainty import ENOUGH, Certainty, calibrate
from usermind.evals.expectations import check
from usermind.evals.judging import Message, PersonalJudge, Question
from usermind.evals.scenario import START, Expectation, Persona
from usermind.evals.transcript import Step, Transcript
from usermind.models.reasoner import ReplyRequest
from usermind.prompts import JudgeReplyAnswer, JudgeReplyPrompt
from usermind.types import ModelPlace

Rule = Callable[[JudgeReplyPrompt], JudgeReplyAnswer]


class Judging:
    """A model that judges by a rule, however often it is asked."""

    name = "stub"
    batch = 1
    recipient: ModelPlace = "local model"

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.prompts: list[JudgeReplyPrompt] = []

    def complete(self, prompt: Any) -> Any:
        self.prompts.append(prompt)
        return self.rule(prompt)

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        raise AssertionError("a judge writes no replies")


def says(choice: str, certainty: int = 90, reason: str = "It fits.") -> JudgeReplyAnswer:
    return JudgeReplyAnswer.model_validate(
        {"reason": reason, "choice": choice, "certainty": certainty}
    )


def always_a(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
    return says("A")


def by_taste(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
    """Choose the reply with a word that stands in what is known of the person; else the first."""
    known = " ".join(each.text for each in prompt.facts).split()
    for choice, answer in (("A", prompt.first), ("B", prompt.second)):
        if any(word in answer.text.split() for word in known):
            return says(choice, 90)
    return says("A", 15)


def rubbish(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
    raise InvalidModelOutputError("The answer did not fit. Nothing was kept.")


def cases(count: int = 20) -> list[Labelled]:
    """Return questions of which the label is the reply with the person's taste."""
    made = []
    for number in range(count):
        taste, other = f"taste{number}", f"other{number}"
        first = number % 2 == 0
        pair = (taste, other) if first else (other, taste)
        question = Question(
            *pair,
            persona=Persona(name="Ana", facts=(taste,)),
            conversation=(Message("user", "What shall I have?"),),
        )
        made.append(Labelled(question, "first" if first else "second"))
    return made


# -- judging --------------------------------------------------------------------------------


def test_a_judge_that_always_chooses_the_first_decides_nothing_and_is_right_by_half() -> None:
    found = assess(PersonalJudge(Judging(always_a)), cases())

    assert (found.order_consistency, found.accuracy) == (0.0, 0.5)
    assert (found.decided, found.coverage, found.agreement, found.curve) == (0, 0.0, None, ())
    assert found.ece_stated is None
    assert (found.by_place, found.abstained, found.leaning) == ((20, 0), 0, "first")


def test_choosing_by_place_is_neither_abstaining_nor_a_leaning_where_both_sides_have_it() -> None:
    def either(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
        told = prompt.first.text + prompt.second.text
        return says("A" if int("".join(filter(str.isdigit, told))) % 3 else "B")

    found = assess(PersonalJudge(Judging(either)), cases(12))
    assert found.by_place is not None
    assert min(found.by_place) > 0
    assert (sum(found.by_place), found.abstained, found.leaning) == (12, 0, None)
    unsure = assess(PersonalJudge(Judging(by_taste), least=0.95), cases(12))
    assert (unsure.by_place, unsure.abstained) == ((0, 0), 12)


def test_a_judge_who_knows_the_person_agrees_and_its_control_is_a_coin() -> None:
    found = assess(PersonalJudge(Judging(by_taste)), cases())

    assert (found.order_consistency, found.accuracy, found.agreement) == (1.0, 1.0, 1.0)
    assert (found.control_accuracy, found.control_decided) == (0.5, 0)
    assert found.agreement_interval[0] > 0.8


def test_the_control_is_told_nothing_of_the_person() -> None:
    model = Judging(by_taste)
    assess(PersonalJudge(model), cases(1))

    told, control = model.prompts[0].render(), model.prompts[2].render()
    assert "⟦taste0⟧\n" in told
    assert "What is true of" in told
    assert "What is true of" not in control
    assert "taste0" in control  # one of the answers still has it


def test_each_question_is_asked_in_both_orders() -> None:
    model = Judging(by_taste)
    verdict = PersonalJudge(model).judge(cases(1)[0].question)

    one, other = model.prompts
    assert (one.first, one.second) == (other.second, other.first)
    assert (verdict.first, verdict.consistent, verdict.stated) == (True, True, 90.0)


def test_rubbish_is_an_abstention_that_shows() -> None:
    found = assess(PersonalJudge(Judging(rubbish)), cases(3))

    assert (found.rubbish, found.decided, found.accuracy, found.agreement) == (6, 0, None, None)
    verdict = PersonalJudge(Judging(rubbish)).judge(cases(1)[0].question)
    assert (verdict.first, verdict.why) == (None, "neither answer was a verdict")


def test_a_question_that_is_too_long_for_the_judge_is_not_decided_and_costs_no_other() -> None:
    def short(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
        if "taste1" in (prompt.first.text, prompt.second.text):
            raise PromptTooLongError("It does not fit.")
        return by_taste(prompt)

    found = assess(PersonalJudge(Judging(short)), cases(5))
    assert (found.rubbish, found.decided, found.agreed) == (2, 4, 4)


def test_one_order_that_is_rubbish_decides_nothing() -> None:
    answers = iter([says("A", 100), None])

    def half(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
        return next(answers) or rubbish(prompt)

    verdict = PersonalJudge(Judging(half)).judge(cases(1)[0].question)
    assert (verdict.first, verdict.consistent) == (None, None)
    assert "one of two answers" in verdict.why


def test_a_judge_that_is_not_sure_enough_abstains() -> None:
    def unsure(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
        return by_taste(prompt).model_copy(update={"certainty": 40})

    [case] = cases(1)
    verdict = PersonalJudge(Judging(unsure), least=0.5).judge(case.question)
    assert (verdict.first, verdict.probability) == (None, 0.4)
    assert "not sure: 0.40" in verdict.why
    assert PersonalJudge(Judging(unsure), least=0.4).judge(case.question).first is True
    worth = Certainty((1, 100), (0.8, 0.8), 100)
    assert PersonalJudge(Judging(unsure), certainty=worth).judge(case.question).first is True


def test_a_name_tells_all_that_decides_a_judgement() -> None:
    model = Judging(always_a)
    lines = [Certainty((1, 100), (0.4, high), 60) for high in (0.7, 0.8)]
    judges = [
        PersonalJudge(model),
        *(PersonalJudge(model, certainty=line) for line in lines),
        PersonalJudge(model, certainty=lines[0], least=0.7),
    ]
    assert judges[0].name == "stub"
    assert judges[1].name.startswith("stub, calibrated on 60 labels")
    assert len({judge.name for judge in judges}) == len(judges)


def test_a_model_that_cannot_be_asked_is_no_abstention() -> None:
    def down(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
        raise ModelUnavailableError("Nothing answers there. Nothing was judged. Start it.")

    with pytest.raises(ModelUnavailableError):
        assess(PersonalJudge(Judging(down)), cases(2))


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_a_bound_that_is_no_probability_is_refused(least: float) -> None:
    with pytest.raises(InvalidInputError, match="from 0 to 1"):
        PersonalJudge(Judging(always_a), least=least)


# -- as the judge of a scenario -------------------------------------------------------------

PERSONA = Persona(name="Ana", facts=("likes it short",))


def steps(reply: str | None) -> Transcript:
    return Transcript(
        steps=(
            Step(1, "user", START, "Hello", reply="Hi!"),
            Step(2, "user", START, "Elsewhere", thread="other", reply="Not of this thread."),
            Step(3, "observe", START, "A mail"),
            Step(4, "user", START, "What now?", reply=reply),
            Step(5, "user", START, "Later", reply="Not yet said."),
        )
    )


def outcome(rule: Rule, reply: str | None = "Tea.") -> tuple[str, str, float | None]:
    transcript = steps(reply)
    found = check(
        Expectation(judge="It is short."),
        line=1,
        transcript=transcript,
        step=transcript.steps[3],
        persona=PERSONA,
        judge=PersonalJudge(Judging(rule)),
    )
    return found.outcome, found.why, found.certainty


def meets(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
    return says("B" if "not" in prompt.first.text else "A", 70)


def test_a_criterion_passes_fails_or_stays_open() -> None:
    def misses(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
        return says("A" if "not" in prompt.first.text else "B", 70, reason="It rambles.")

    assert outcome(meets) == ("passed", "It fits.", 0.7)
    assert outcome(misses) == ("failed", "It rambles.", 0.7)
    assert outcome(always_a)[0] == "unjudged"
    assert outcome(rubbish) == ("unjudged", "neither answer was a verdict", None)


@pytest.mark.parametrize("reply", [None, "", " \n"])
def test_an_empty_reply_meets_nothing_whatever_the_judge_says(reply: str | None) -> None:
    assert outcome(meets, reply)[0] == "failed"


def test_a_judge_sees_the_conversation_up_to_the_reply_and_no_other() -> None:
    model = Judging(meets)
    transcript = steps("Tea.")
    PersonalJudge(model).opinion(
        "It is short.", persona=PERSONA, transcript=transcript, step=transcript.steps[3]
    )

    shown = [each.text for each in model.prompts[0].conversation]
    assert shown == ["Hello", "Hi!", "What now?", "Tea."]
    assert "It is short." in model.prompts[0].question.text


# -- certainty ------------------------------------------------------------------------------

LABELS = st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=150)


@given(LABELS)
@settings(max_examples=200)
def test_a_line_never_falls_and_stays_a_probability(labels: list[tuple[int, bool]]) -> None:
    line = calibrate([s for s, _ in labels], [r for _, r in labels])

    drawn = [line.probability(at) for at in range(1, 101)]
    assert all(0.0 <= value <= 1.0 for value in drawn)
    assert all(low <= high + 1e-12 for low, high in pairwise(drawn))
    if labels:
        assert max(drawn) < 1.0, "no number of labels makes a judge certain"
        assert min(drawn) > 0.0


@pytest.mark.parametrize(("right", "low", "high"), [(True, 0.8, 0.9), (False, 0.1, 0.2)])
def test_two_labels_make_nobody_certain(right: bool, low: float, high: float) -> None:
    line = calibrate([90, 100], [right, right])
    assert low < line.probability(90) < high


def test_without_labels_a_statement_is_taken_for_a_percentage() -> None:
    assert Certainty().probability(80) == 0.8
    assert calibrate([], []) == Certainty()


@pytest.mark.parametrize("count", [20, 400], ids=["few labels", "many labels"])
def test_a_judge_that_boasts_is_taken_for_what_it_is(count: int) -> None:
    rng = np.random.default_rng(3)
    line = calibrate([95] * count, (rng.random(count) < 0.5).tolist())
    assert line.probability(95) == pytest.approx(0.5, abs=0.2 if count < ENOUGH else 0.05)


def test_with_many_labels_the_line_finds_the_truth() -> None:
    rng = np.random.default_rng(5)
    stated = rng.integers(1, 101, 5000)
    right = rng.random(5000) < 0.5 + 0.4 * (stated / 100) ** 2
    line = calibrate(stated.tolist(), right.tolist())
    for at in (20, 50, 80, 95):
        assert line.probability(at) == pytest.approx(0.5 + 0.4 * (at / 100) ** 2, abs=0.05)


def test_labels_that_do_not_match_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="as many"):
        calibrate([1, 2], [True])
    with pytest.raises(InvalidInputError, match="1 to 100"):
        calibrate([0], [True])


# -- what labels tell -----------------------------------------------------------------------


def noisy(seed: int) -> Rule:
    """Return a judge that states any certainty, and is right as often as (1 + it) / 2."""
    drawn: dict[frozenset[str], tuple[int, bool]] = {}
    rng = np.random.default_rng(seed)

    def rule(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
        pair = frozenset((prompt.first.text, prompt.second.text))
        if pair not in drawn:
            certainty = int(rng.integers(1, 101))
            drawn[pair] = certainty, bool(rng.random() < 0.5 + certainty / 200)
        certainty, right = drawn[pair]
        return says("A" if prompt.first.text.startswith("taste") == right else "B", certainty)

    return rule


def test_calibration_lowers_the_error_and_sure_answers_are_better() -> None:
    found = assess(PersonalJudge(Judging(noisy(1))), cases(600))

    assert found.ece_stated is not None
    assert found.ece_calibrated is not None
    assert found.ece_calibrated < 0.08 < 0.2 < found.ece_stated
    assert found.curve[-1].coverage == 1.0
    at_third = next(point for point in found.curve if point.coverage >= 0.3)
    assert at_third.accuracy > found.curve[-1].accuracy + 0.08
    assert [p.coverage for p in found.curve] == sorted(p.coverage for p in found.curve)
    again = assess(
        PersonalJudge(Judging(noisy(1)), certainty=found.certainty, least=0.85), cases(600)
    )
    assert 0.05 < again.coverage < 0.6
    assert again.agreement is not None
    assert again.agreement > 0.85


def test_an_assessment_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert load_assessments(tmp_path) == {}
    found = assess(PersonalJudge(Judging(by_taste)), cases(), jobs=4)
    save_assessment(found, tmp_path)
    assert load_assessments(tmp_path) == {"stub": found}
    (tmp_path / "judge.json").write_text("{}")
    with pytest.raises(InvalidInputError, match=r"judge\.json holds no assessments"):
        load_assessments(tmp_path)
    with pytest.raises(InvalidInputError, match=r"judge\.json holds no assessments"):
        save_assessment(found, tmp_path)


def test_a_new_assessment_takes_the_place_of_that_of_the_same_judge_and_of_no_other(
    tmp_path: Path,
) -> None:
    other = Judging(always_a)
    other.name = "other"
    first = assess(PersonalJudge(Judging(by_taste)), cases())
    # A judge that is calibrated already is the same judge.
    second = assess(PersonalJudge(Judging(by_taste), certainty=first.certainty), cases(8))
    beside = assess(PersonalJudge(other), cases(3))
    for found in (first, beside, second):
        save_assessment(found, tmp_path)

    assert load_assessments(tmp_path) == {"stub": second, "other": beside}


def test_labels_tell_how_it_decides_when_it_is_calibrated_by_others() -> None:
    def boasting(prompt: JudgeReplyPrompt) -> JudgeReplyAnswer:
        rightly = by_taste(prompt)
        wrong = sum(map(ord, prompt.question.text + prompt.first.text + prompt.second.text)) % 3
        flipped = {"A": "B", "B": "A"}[rightly.choice]
        return says(flipped if wrong else rightly.choice, 95)

    found = assess(PersonalJudge(Judging(boasting)), cases(60))
    assert found.agreement is not None
    assert found.agreement < 0.5
    assert found.decided == 60
    assert found.calibrated_decided == 0  # right less often than not, however sure
    few = assess(PersonalJudge(Judging(by_taste)), cases(6))
    assert (few.calibrated_decided, few.calibrated_agreed) == (None, None)
    able = assess(PersonalJudge(Judging(by_taste)), cases(30))
    assert (able.calibrated_decided, able.calibrated_agreed) == (30, 30)


def test_labelled_questions_are_read_and_faults_have_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    good = {
        "question": {"first": "a", "second": "b", "persona": {"facts": ["x"]}},
        "label": "first",
    }
    path.write_text(json.dumps(good) + "\n\n")
    [case] = read_labelled(path)
    assert (case.question.persona.facts, case.label) == (("x",), "first")

    misspelt = {"question": {"first": "a", "second": "b", "person": {}}, "label": "first"}
    path.write_text("\n".join([json.dumps(good), json.dumps(misspelt), '{"label": "maybe"}', "{"]))
    with pytest.raises(InvalidInputError) as caught:
        read_labelled(path)
    assert ":2: question.person" in str(caught.value)
    assert ":3: " in str(caught.value)
    assert ":4: " in str(caught.value)
    path.write_text("\n")
    with pytest.raises(InvalidInputError, match="no labelled questions"):
        read_labelled(path)
    for name in ("absent.jsonl", "half \ud800", "a\x00b"):
        with pytest.raises(InvalidInputError, match="cannot be read"):
            read_labelled(tmp_path / name)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="no file"):
        read_labelled(tmp_path / "pipe")
    path.write_text(json.dumps(good | {"label": "second"}).replace('"x"', '"x\u2028y"'), "utf-8")
    [case] = read_labelled(path)  # where others end a line, JSON does not
    assert case.question.persona.facts == ("x\u2028y",)


def test_nothing_to_judge_is_an_error() -> None:
    with pytest.raises(InvalidInputError, match="no labelled questions"):
        assess(PersonalJudge(Judging(always_a)), [])
