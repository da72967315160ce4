"""Reading LaMP's files: questions with profiles, and gold answers; what is wrong is named by place.

[{"id": …, "input": …, "profile": [{"id": …, …, "date": …}]}]     questions
{"task": "LaMP_3", "golds": [{"id": …, "output": …}]}             outputs
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.lamp_metrics import HIGHEST, LOWEST
from usermind.evals.benchmarks.lamp_tasks import Item, Question, Span, Task, known_then, span
from usermind.evals.benchmarks.reading import DONE, fault, json_of, listed, mapping
from usermind.evals.benchmarks.reading import field as field_of


@dataclass(slots=True)
class Faults:
    """What a pair of files holds, and what of it is not scored."""

    questions: int = 0
    answered: int = 0
    """Questions that have one gold answer."""
    no_gold: list[str] = field(default_factory=list)
    """Ids of questions without a gold answer: not asked."""
    no_question: list[str] = field(default_factory=list)
    """Ids of gold answers without a question."""
    twice: list[str] = field(default_factory=list)
    """Ids of questions that came a second time: the first is asked."""
    gold_twice: list[str] = field(default_factory=list)
    """Ids of gold answers that came again; where they differ, the question is not asked."""
    empty: list[str] = field(default_factory=list)
    """Ids of questions with an empty profile: asked without memory."""
    item_twice: int = 0
    """Items whose id another one of the profile has: all are kept."""
    blank: int = 0
    """Items without a word to search: left out."""
    withheld: int = 0
    """Items that may be younger than their question: left out."""
    same: int = 0
    """Items given whose text is the one that is asked about."""

    def lines(self) -> Iterator[str]:
        """Yield what is worth saying, a line each."""
        named = {
            "without a gold answer, not asked": self.no_gold,
            "gold answers without a question": self.no_question,
            "questions that came twice, the first is asked": self.twice,
            "gold answers that came twice": self.gold_twice,
            "with an empty profile, asked without memory": self.empty,
        }
        for what, ids in named.items():
            if ids:
                shown = ", ".join(ids[:5]) + (", and more" if len(ids) > 5 else "")
                yield f"{len(ids)} {what}: {shown}."
        counted = {
            "items share their id with another one of the profile": self.item_twice,
            "items have no words and are left out": self.blank,
            "items may be younger than their question and are left out": self.withheld,
            "items have the very text that is asked about": self.same,
        }
        yield from (f"{count} {what}." for what, count in counted.items() if count)


@dataclass(frozen=True, slots=True)
class Case:
    """A question that is scored."""

    question: Question
    items: tuple[Item, ...]
    """What of the profile may be given."""
    query: str
    gold: str


def cases(task: Task, questions: Path, outputs: Path) -> tuple[list[Case], Faults]:
    """Return the questions that have one gold answer, in the order of the file, and what has none.

    Raises:
        InvalidInputError: A file cannot be read, is malformed (the row and the id are named) or of
            another task, or no question has an answer.
    """
    golds, faults = _golds(task, outputs)
    found: list[Case] = []
    seen: set[str] = set()
    for question in _questions(task, questions):
        faults.questions += 1
        if question.id in seen:
            faults.twice.append(question.id)
            continue
        seen.add(question.id)
        if not question.profile:
            faults.empty.append(question.id)
        ids = [item.id for item in question.profile]
        faults.item_twice += len(ids) - len(set(ids))
        gold = golds.get(question.id)
        if gold is None:
            faults.no_gold.append(question.id)
            continue
        query = _query(task, questions, question)
        known = known_then(question)
        faults.withheld += len(question.profile) - len(known)
        items = tuple(item for item in known if task.searched(item))
        faults.blank += len(known) - len(items)
        faults.same += sum(task.searched(item) == query for item in items)
        found.append(Case(question, items, query, gold))
    faults.answered = len(found)
    faults.no_question = [id_ for id_ in golds if id_ not in seen]
    if not found:
        raise InvalidInputError(
            f"No question of {questions} has a gold answer in {outputs}. {DONE} "
            "Give the questions and outputs of one split."
        )
    return found, faults


def _query(task: Task, path: Path, question: Question) -> str:
    query = task.query(question.input)
    if query is None:
        raise fault(
            f"{path}, question {question.row} (id {question.id!r}): the input",
            f"lacks what {task.name} searches for",
        )
    return query


def _golds(task: Task, path: Path) -> tuple[dict[str, str], Faults]:
    data, faults = json_of(path, what=f"the outputs of {task.name}"), Faults()
    golds = data.get("golds") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(golds, list):
        raise fault(str(path), 'must be an object {"task": …, "golds": […]}')
    named = str(data.get("task", "")).replace("_", "-")
    if named != task.name:
        raise InvalidInputError(
            f"{path} says that its task is {data.get('task')!r}; {task.name} was asked for. "
            f"{DONE} Pass the outputs of this task, or another `--task`."
        )
    found: dict[str, str] = {}
    torn = set()
    for row, each in enumerate(golds, 1):
        place = f"{path}, gold {row}"
        each = mapping(each, at=place)
        id_ = _text(each, "id", place)
        place += f" (id {id_!r})"
        output = _answer(task, _text(each, "output", place), place)
        if task.form in ("choice", "label") and output not in task.labels:
            raise _unfit(place, output, f"one of {list(task.labels)}")
        if id_ in found:
            faults.gold_twice.append(id_)
            torn |= {id_} if found[id_] != output else set()
        found.setdefault(id_, output)
    return {id_: output for id_, output in found.items() if id_ not in torn}, faults


def _answer(task: Task, written: str, place: str) -> str:
    """Return a gold answer, or what an item has in its place, as all are compared."""
    output = written.strip()
    if task.form != "rating":
        if not output:
            raise _unfit(place, output, "a text")
        return output
    try:
        value = float(output)
    except ValueError:
        value = LOWEST - 1
    if not LOWEST <= value <= HIGHEST:
        raise _unfit(place, output, f"a rating from {LOWEST:g} to {HIGHEST:g}")
    return f"{value:g}"


def _unfit(place: str, output: str, wanted: str) -> InvalidInputError:
    return fault(f"{place}: the answer {output[:40]!r}", f"must be {wanted}")


def _questions(task: Task, path: Path) -> Iterator[Question]:
    data = json_of(path, what=f"the questions of {task.name}")
    if not isinstance(data, list):
        raise fault(str(path), "must be a list of questions")
    for row, each in enumerate(data, 1):
        place = f"{path}, question {row}"
        each = mapping(each, at=place)
        id_ = _text(each, "id", place)
        place += f" (id {id_!r})"
        profile = listed(field_of(each, "profile", at=place), at=f"{place}: `profile`")
        items = tuple(_items(task, profile, place))
        yield Question(row, id_, _text(each, "input", place), items, _date(each, place))


def _items(task: Task, profile: Sequence[object], place: str) -> Iterator[Item]:
    for row, each in enumerate(profile, 1):
        here = f"{place}, item {row}"
        each = mapping(each, at=here)
        id_ = _text(each, "id", here)
        here += f" (id {id_!r})"
        fields = {name: _text(each, name, here) for name in task.fields}
        if task.form in ("label", "rating"):
            fields[task.answer] = _answer(task, fields[task.answer], here)
        yield Item(row, id_, fields, _date(each, here))


def _date(each: Mapping[str, object], place: str) -> Span | None:
    if each.get("date") is None:
        return None
    written = _text(each, "date", place)
    try:
        return span(written)
    except ValueError as error:
        raise fault(
            f"{place}: the date {written[:40]!r}",
            "must be YYYY, YYYY-MM, YYYY-MM-DD, or ISO 8601 with a time",
        ) from error


def _text(item: Mapping[str, object], name: str, place: str) -> str:
    """Return a field as text; numbers are written out."""
    value = field_of(item, name, at=place)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise fault(f"{place}: `{name}`", "must be a text")
    return str(value)
