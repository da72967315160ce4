"""How good a judge is: against the labels of people, and against itself without knowing the person.

judge.json   an `Assessment` of each judge, with the line by which its certainty is calibrated
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from usermind.errors import InvalidInputError
from usermind.evals.at_once import at_once
from usermind.evals.benchmarks.intervals import wilson
from usermind.evals.benchmarks.recording import Recording
from usermind.evals.certainty import Certainty, calibrate
from usermind.evals.judging import Judgement, PersonalJudge, Question
from usermind.evals.probabilities import Bin, ece, reliability
from usermind.evals.results import write_whole

ASSESSMENT = "judge.json"
FOLDS = 5
"""Parts of the labels; each is calibrated by the line of the others, to be scored by."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with what a person chose."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    question: Question
    label: Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class Point:
    """What a judge is worth when it decides only what it is surest of."""

    certainty: float
    """The least that counts, as it is stated, in [1, 100]."""
    coverage: float
    """Share of all questions that are then decided."""
    accuracy: float
    """Share of those that are decided as labelled."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What labels tell of a judge. None stands where nothing was there to divide by."""

    judge: str
    """Name of the model that judges; one of it is kept, the latest."""
    questions: int
    rubbish: int
    """Answers that were no verdict, of two a question. Such a question is not decided."""
    decided: int
    """Questions in which the judge neither abstained nor chose by place."""
    agreed: int
    """Of those, as labelled."""
    accuracy: float | None
    """Share of single votes that are as labelled, each order for itself and however unsure."""
    order_consistency: float | None
    """Share of the questions answered in both orders whose orders agree."""
    control_accuracy: float | None
    """As `accuracy`, when nothing is known of the person: what the judge knows without them."""
    control_decided: int
    control_agreed: int
    ece_stated: float | None
    """Calibration error of stated certainty, in [0, 1], over questions whose orders agree."""
    ece_calibrated: float | None
    """After calibration, each fifth of the labels by the line that the others draw."""
    calibrated_decided: int | None
    """As `decided`, after such calibration; None where labels are too few for it."""
    calibrated_agreed: int | None
    curve: tuple[Point, ...]
    """From the surest to all whose orders agree."""
    stated: tuple[Bin, ...]
    calibrated: tuple[Bin, ...]
    certainty: Certainty
    """The line of all labels; pass it to `PersonalJudge`."""
    by_place: tuple[int, int] | None = None
    """In how many questions it chose what stood first in both orders, and what stood second; None:
    an earlier version did not count."""

    @property
    def coverage(self) -> float:
        """Share of the questions that are decided."""
        return self.decided / self.questions

    @property
    def abstained(self) -> int:
        """Questions that it left open, where it did not choose by place: unsure, or no verdict."""
        return self.questions - self.decided - sum(self.by_place or ())

    @property
    def leaning(self) -> Literal["first", "second"] | None:
        """Which place it leans on, where it chose by place too often on one side for chance.

        That is where one half lies below the 95 % interval of that side's share.
        """
        first, second = self.by_place or (0, 0)
        if wilson(max(first, second), first + second)[0] <= 0.5:
            return None
        return "first" if first > second else "second"

    @property
    def agreement(self) -> float | None:
        """Share of the decided questions that are as labelled."""
        return self.agreed / self.decided if self.decided else None

    @property
    def agreement_interval(self) -> tuple[float, float]:
        """Where the agreement lies with 95 % confidence."""
        return wilson(self.agreed, self.decided)


def assess(judge: PersonalJudge, cases: Sequence[Labelled], *, jobs: int = 1) -> Assessment:
    """Return how far a judge agrees with labels. Four calls of its model a question.

    Args:
        judge: With the certainty and the bound by which it is to be used.
        cases: At least one.
        jobs: Questions at once.

    Raises:
        InvalidInputError: There are no cases; or the judge is a recording without a model, and
            lacks answers.
        ModelError: The model could not be asked. What it answers raises nothing.
    """
    if not cases:
        raise InvalidInputError("There are no labelled questions. Nothing was judged.")
    asked = [each.question for each in cases]
    asked += [question.anonymous() for question in asked]
    if isinstance(judge.reasoner, Recording):
        judge.reasoner.check(
            [each.prompt(swapped=turn) for each in asked for turn in (False, True)]
        )
    made = dict(at_once(lambda at: judge.judge(asked[at]), range(len(asked)), jobs=jobs))
    judged = [made[at] for at in range(len(asked))]
    found, control = judged[: len(cases)], judged[len(cases) :]
    labels = [each.label == "first" for each in cases]
    both = [each.consistent for each in found if each.consistent is not None]
    sure = [(s, each.votes[0].first == label) for each, label in zip(found, labels, strict=True)
            if (s := each.stated) is not None and each.votes[0] is not None]  # fmt: skip
    stated, right = [s for s, _ in sure], [r for _, r in sure]
    places = [each.place for each in found]
    crossed = _crossed(stated, right)
    decided = (
        [r for p, r in zip(crossed, right, strict=True) if p >= judge.least] if crossed else None
    )
    plain = [each / 100 for each in stated]
    return Assessment(
        judge=judge.reasoner.name,
        questions=len(cases),
        rubbish=sum(vote is None for each in found for vote in each.votes),
        decided=sum(each.first is not None for each in found),
        agreed=_agreed(found, labels),
        accuracy=_votes(found, labels),
        order_consistency=sum(both) / len(both) if both else None,
        control_accuracy=_votes(control, labels),
        control_decided=sum(each.first is not None for each in control),
        control_agreed=_agreed(control, labels),
        ece_stated=ece(plain, right) if sure else None,
        ece_calibrated=ece(crossed, right) if crossed else None,
        calibrated_decided=None if decided is None else len(decided),
        calibrated_agreed=None if decided is None else sum(decided),
        curve=tuple(_curve(stated, right, len(cases))),
        stated=tuple(reliability(plain, right)) if sure else (),
        calibrated=tuple(reliability(crossed, right)) if crossed else (),
        certainty=calibrate(stated, right),
        by_place=(places.count("first"), places.count("second")),
    )


def _agreed(found: Sequence[Judgement], labels: Sequence[bool]) -> int:
    return sum(each.first is label for each, label in zip(found, labels, strict=True))


def _votes(found: Sequence[Judgement], labels: Sequence[bool]) -> float | None:
    """Return the share of votes that are as labelled; each order is one vote."""
    right = [
        vote.first == label
        for each, label in zip(found, labels, strict=True)
        for vote in each.votes
        if vote is not None
    ]
    return sum(right) / len(right) if right else None


def _crossed(stated: Sequence[float], right: Sequence[bool]) -> list[float]:
    """Return probabilities that owe nothing to their own labels; none where labels are too few."""
    if len(stated) < 2 * FOLDS:
        return []
    lines = [
        calibrate(
            [s for place, s in enumerate(stated) if place % FOLDS != fold],
            [r for place, r in enumerate(right) if place % FOLDS != fold],
        )
        for fold in range(FOLDS)
    ]
    return [lines[place % FOLDS].probability(s) for place, s in enumerate(stated)]


def _curve(stated: Sequence[float], right: Sequence[bool], questions: int) -> Iterator[Point]:
    for least in sorted(set(stated), reverse=True):
        taken = [r for s, r in zip(stated, right, strict=True) if s >= least]
        yield Point(least, len(taken) / questions, sum(taken) / len(taken))


# -- files ----------------------------------------------------------------------------------

_LABELLED = TypeAdapter(Labelled)
_ASSESSMENTS = TypeAdapter(tuple[Assessment, ...])


def read_labelled(path: Path) -> list[Labelled]:
    """Return labelled questions from a file with one a line, as JSON.

    A line is such as `{"question": {"persona": {"name": "Ana", "facts": ["…"]}, "first": "…",
    "second": "…"}, "label": "first"}`.

    Raises:
        InvalidInputError: It cannot be read, is empty, or a line is no labelled question; the
            first ten such lines are named.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise InvalidInputError(f"{path} is no file. Nothing was judged.")  # a pipe may wait
        lines = path.read_text("utf-8").split("\n")  # others may stand within a JSON text
    except InvalidInputError:
        raise
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{path} cannot be read: it is not UTF-8. Nothing was judged."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: it can be no path
        why = getattr(error, "strerror", None) or "there can be no file of this name"
        raise InvalidInputError(f"{path} cannot be read: {why}. Nothing was judged.") from error
    found: list[Labelled] = []
    faults: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(_LABELLED.validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            faults.append(f"{path}:{number}: {f'{where}: ' if where else ''}{first['msg']}")
    if faults:
        raise InvalidInputError("\n".join([*faults[:10], "Nothing was judged. Mend these lines."]))
    if not found:
        raise InvalidInputError(f"{path} holds no labelled questions. Nothing was judged.")
    return found


def save_assessment(assessment: Assessment, folder: Path) -> Path:
    """Write `judge.json` into a folder; return where it is.

    What it says of other judges stays; of this one the new assessment takes the place of another.

    Raises:
        InvalidInputError: There is one that cannot be read.
    """
    path = folder / ASSESSMENT
    known = load_assessments(folder) | {assessment.judge: assessment}
    write_whole(path, _ASSESSMENTS.dump_json(tuple(known.values()), indent=1) + b"\n")
    return path


def load_assessments(folder: Path) -> dict[str, Assessment]:
    """Return what `save_assessment` wrote into a folder, by the name of the judge.

    Raises:
        InvalidInputError: It cannot be read.
    """
    path = folder / ASSESSMENT
    try:
        return {each.judge: each for each in _ASSESSMENTS.validate_json(path.read_bytes())}
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise InvalidInputError(
            f"{path} holds no assessments that this version can read. Take the file away, and "
            "assess the judge again."
        ) from error
