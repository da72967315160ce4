"""LoCoMo's JSON: every conversation a user, every turn an observation, and what is asked of them.

Source: Maharana et al., 2024, "Evaluating Very Long-Term Conversational Memory of LLM Agents";
the format is that of the released `locomo10.json`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.corpora import Corpus, Question
from usermind.evals.benchmarks.reading import (
    DONE,
    fault,
    field,
    json_of,
    listed,
    mapping,
    text,
    written,
)
from usermind.memory import Draft
from usermind.memory.lines import BadLine, Line

SOURCE = "locomo"
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
"""Kinds of questions by the number in the file."""
ADVERSARIAL = 5
"""Asks for what nobody said; whoever says that it was not mentioned is right."""
STEP = timedelta(seconds=1)
"""Between two turns of a session: the file gives a time for the session alone."""
# Month names by hand: strptime's depend on the language that the machine is set to.
MONTHS = {
    "january": 1,
    "february": 2,
    "march": 3,
    "april": 4,
    "may": 5,
    "june": 6,
    "july": 7,
    "august": 8,
    "september": 9,
    "october": 10,
    "november": 11,
    "december": 12,
}
_TIME = re.compile(r"(\d{1,2}):(\d{2})\s*([ap])\.?m\.?\s+on\s+(\d{1,2})\s+([a-z]+),?\s+(\d{4})")
_SESSION = re.compile(r"session_(\d+)")


@dataclass(frozen=True, slots=True)
class Sample:
    """One conversation."""

    user: str
    """Its `sample_id`."""
    lines: tuple[Line | BadLine, ...]
    """`end` counts the turns."""


def read_samples(file: BinaryIO) -> list[Sample]:
    """Return the conversations of a file.

    Raises:
        InvalidInputError: It is not LoCoMo's JSON.
    """
    try:
        data = json.load(file)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(
            "The file is not JSON. Nothing was stored. LoCoMo is one JSON document; for a JSON "
            "object a line use `--format jsonl`."
        ) from error
    samples = data if isinstance(data, list) else [data]
    if not samples:
        raise InvalidInputError("The file holds no conversation. Nothing was stored.")
    return [_sample(item, number) for number, item in enumerate(samples, 1)]


def read_locomo(path: Path) -> list[Corpus]:
    """Return the conversations of a LoCoMo file with their questions; a unit is a turn.

    Questions whose evidence the file does not name are asked, and not searched for. Where the file
    has `evidence_corrected` or `answer_corrected`, it stands in for the original, even when it is
    empty; a correction that is null says that there is no answer.

    Raises:
        InvalidInputError: It is not LoCoMo's JSON; the conversation and its turn or question are
            named.
    """
    data = json_of(path, what="LoCoMo's JSON")
    items = data if isinstance(data, list) else [data]
    if not items:
        raise InvalidInputError(f"{path} holds no conversation. {DONE}")
    found = [_corpus(item, number, path) for number, item in enumerate(items, 1)]
    if not any(corpus.asked for corpus in found):
        raise InvalidInputError(f"{path} holds no questions. {DONE} Its `qa` are empty.")
    return found


def _corpus(value: object, number: int, path: Path) -> Corpus:
    at = f"{path}: conversation {number}"
    item = mapping(value, at=at)
    mapping(field(item, "conversation", at=at), at=f"{at}, `conversation`")
    sample = _sample(item, number)
    at = f"{at} ({sample.user})"
    drafts = []
    for line in sample.lines:
        if isinstance(line, BadLine):
            raise fault(f"{path}: {line.place}", f"cannot be read, since {line.reason}")
        if line.draft.text.strip():  # a turn without words or caption tells nobody anything
            drafts.append(line.draft)
    if not drafts:
        raise fault(at, "holds no turn")
    units = tuple(str(draft.external_id) for draft in drafts)
    if len(set(units)) < len(units):
        raise fault(at, "names a turn (`dia_id`) twice")
    asked = [
        _question(each, set(units), at=f"{at}, question {place}", id_=f"{sample.user}:{place}")
        for place, each in enumerate(listed(field(item, "qa", at=at), at=f"{at}, `qa`"), 1)
    ]
    return Corpus(
        data=SOURCE,
        user=sample.user,
        drafts=tuple(drafts),
        units=units,
        questions=tuple(question for question in asked if question.labelled),
        more=tuple(question for question in asked if not question.labelled),
    )


def _question(value: object, turns: set[str], *, at: str, id_: str) -> Question:
    item = mapping(value, at=at)
    named = field(item, "evidence_corrected" if "evidence_corrected" in item else "evidence", at=at)
    ids = {
        found
        for each in listed([] if named is None else named, at=f"{at}, its evidence")
        for found in re.findall(r"D\d+:\d+", str(each))
    }
    held = sorted(ids & turns)
    category = field(item, "category", at=at)
    if not isinstance(category, int) or category not in CATEGORIES:
        raise fault(f"{at}, `category`", f"must be one of {', '.join(map(str, CATEGORIES))}")
    return Question(
        text=text(item, "question", at=at),
        category=CATEGORIES[category],
        answers=tuple(frozenset([turn]) for turn in held),
        missing=len(ids) - len(held),
        id=id_,
        gold=_denial(item, at=at) if category == ADVERSARIAL else _gold(item, at=at),
        fooled=_fooled(item, at=at),
    )


def _gold(item: Mapping[str, object], *, at: str) -> tuple[str, ...]:
    """Return the right answer as the file has it: a text, a number, or a list of them."""
    right = field(item, "answer_corrected" if "answer_corrected" in item else "answer", at=at)
    values = right if isinstance(right, list) else [right]
    found = tuple(written(value, at=at) for value in values if value is not None)
    return tuple(value for value in found if value.strip())


def spoken_at(text: str) -> datetime:
    """Return the time that LoCoMo writes like `1:56 pm on 8 May, 2023`, in UTC.

    >>> spoken_at("12:05 am on 8 May, 2023").isoformat()
    '2023-05-08T00:05:00+00:00'

    Raises:
        ValueError: It is not written like that.
    """
    found = _TIME.search(text.lower())
    if found is None or found[5] not in MONTHS:
        raise ValueError(text)
    hour, minute, half, day, month, year = found.groups()
    return datetime(
        int(year),
        MONTHS[month],
        int(day),
        int(hour) % 12 + (12 if half == "p" else 0),
        int(minute),
        tzinfo=UTC,
    )


def _fooled(item: Mapping[str, object], *, at: str) -> str:
    found = item.get("adversarial_answer")
    return "" if found is None else written(found, at=at)


def _denial(item: Mapping[str, object], *, at: str) -> tuple[str, ...]:
    """Return the right answer to an adversarial question, where it has one besides denying it.

    Alone, `answer` is what somebody says who was taken in, in some editions of the file.
    """
    if item.get("answer") is None or not _fooled(item, at=at):
        return ()
    right = written(item["answer"], at=at)
    return () if right == _fooled(item, at=at) else (right,)


def _sample(item: object, number: int) -> Sample:
    conversation = item.get("conversation") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(conversation, dict):
        raise InvalidInputError(
            f"Conversation {number} has no object `conversation`. Nothing was stored. "
            "Give LoCoMo's own file, a list of samples or one of them."
        )
    user = str(item.get("sample_id") or f"sample-{number}")
    return Sample(user, tuple(_lines(user, conversation)))


def _lines(user: str, conversation: Mapping[str, object]) -> Iterator[Line | BadLine]:
    found = [match for key in conversation if (match := _SESSION.fullmatch(key))]
    end = 0
    for match in sorted(found, key=lambda match: int(match[1])):
        session = match[0]
        turns = conversation[session]
        try:
            start = spoken_at(str(conversation.get(f"{session}_date_time")))
        except ValueError:
            end += 1
            reason = f"`{session}_date_time` is not a time like '1:56 pm on 8 May, 2023'"
            yield BadLine(f"{user} {session}", end, reason)
            continue
        for place, turn in enumerate(turns if isinstance(turns, list) else [turns]):
            end += 1
            where = f"{user} {session} turn {place + 1}"
            yield _line(turn, where, end, session=session, at=start + place * STEP)


def _line(turn: object, place: str, end: int, *, session: str, at: datetime) -> Line | BadLine:
    if not isinstance(turn, dict):
        return BadLine(place, end, "a turn must be an object with speaker, dia_id and text")
    speaker, dia_id, text = turn.get("speaker"), turn.get("dia_id"), turn.get("text") or ""
    caption = turn.get("blip_caption")
    if not isinstance(speaker, str) or not isinstance(dia_id, str) or not isinstance(text, str):
        return BadLine(place, end, "`speaker`, `dia_id` and `text` must be strings")
    if isinstance(caption, str) and caption:
        text = f"{text} [image: {caption}]".lstrip()
    draft = Draft(
        text=text, at=at, source=SOURCE, author=speaker, session=session, external_id=dia_id
    )
    return Line(place, end, draft)
