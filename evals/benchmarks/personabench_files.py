"""PersonaBench's files: conversations, chats and purchases of a few people, asked about by them.

Source: Tan et al., 2025, "PersonaBench: Evaluating AI Models on Understanding Personal Information
through Accessing (Synthetic) Private User Data". A folder holds one community: `questions.json`,
and for each level of noise `documents_noise_0.5.json` and `evidence_noise_0.5.json`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.corpora import Corpus, Question
from usermind.evals.benchmarks.reading import (
    DONE,
    fault,
    field,
    folder,
    json_of,
    listed,
    mapping,
    text,
    written,
)
from usermind.memory import Draft
from usermind.memory.journal import USER
from usermind.types import MONTHS

Noise = Literal["0.0", "0.3", "0.5", "0.7"]
"""Share of sessions that say nothing of what is asked."""
NOISE: tuple[Noise, ...] = get_args(Noise)
KINDS = ("basic information", "preference, easy", "preference, hard", "social")
"""Categories of what is searched for, as the paper's tables name them."""
SUBJECTIVE = "subjective"
"""Asks which letter describes the person; no session is searched for, as in the paper."""
STEP = timedelta(seconds=1)
"""Between two turns of a segment, whose file gives one time for all."""
_TIME = re.compile(r"(\d+)/(\w{3})/(\d+)/(\d+):(\d+) ([AP])M")
_MONTH = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}
_WHAT = "PersonaBench's questions.json, documents_noise_….json and evidence_noise_….json"


def read_personabench(path: Path, noise: Noise = "0.5", *, whole: bool = False) -> list[Corpus]:
    """Return the people of a PersonaBench community; a unit is a segment.

    A segment is one session: a conversation with one person, a chat with an assistant, or what was
    bought at one time. Its turns are given as a chat application gives them, the person's own as
    the user's. "Subjective" questions are asked and not searched for.

    Args:
        path: A community's folder.
        noise: Which of its levels.
        whole: Give every segment as one long document.

    Raises:
        InvalidInputError: A file is missing or malformed; the person, segment or question is named.
    """
    names = files_of(path, noise)
    documents = mapping(json_of(names[0], what=_WHAT), at=str(names[0]))
    evidence = _evidence(names[1])
    people = listed(json_of(names[2], what=_WHAT), at=str(names[2]))
    found = [
        _corpus(value, f"{names[2]}: person {number}", documents, names[0], evidence, whole=whole)
        for number, value in enumerate(people, 1)
    ]
    if not any(corpus.asked for corpus in found):
        raise InvalidInputError(f"{names[2]} holds no questions. {DONE}")
    return found


def files_of(path: Path, noise: Noise) -> tuple[Path, Path, Path]:
    """Return documents, evidence and questions of a level that the folder has.

    Raises:
        InvalidInputError: There is no such folder, or it lacks the level.
    """
    folder(path, what=_WHAT)
    documents = path / f"documents_noise_{noise}.json"
    if not documents.exists():
        there = [each for each in NOISE if (path / f"documents_noise_{each}.json").exists()]
        told = f"It has {', '.join(there)}: `--noise {there[0]}`." if there else f"Expected {_WHAT}"
        raise InvalidInputError(f"{path} has no {documents.name}. {DONE} {told}")
    return documents, path / f"evidence_noise_{noise}.json", path / "questions.json"


def _evidence(path: Path) -> dict[str, tuple[frozenset[str], ...]]:
    """Return by question the segments of each value of its answer, any of which gives it."""
    found: dict[str, tuple[frozenset[str], ...]] = {}
    for number, value in enumerate(listed(json_of(path, what=_WHAT), at=str(path)), 1):
        at = f"{path}: entry {number}"
        item = mapping(value, at=at)
        segments = mapping(field(item, "segment_id", at=at), at=f"{at}, `segment_id`")
        found[text(item, "q_id", at=at)] = tuple(
            frozenset(map(str, listed(ids, at=f"{at}, `segment_id`"))) for ids in segments.values()
        )
    return found


def _corpus(
    value: object,
    at: str,
    documents: Mapping[str, object],
    path: Path,
    evidence: Mapping[str, tuple[frozenset[str], ...]],
    *,
    whole: bool,
) -> Corpus:
    person = mapping(value, at=at)
    name = text(person, "Name", at=at)
    at = f"{at} ({name})"
    info = mapping(field(person, "Eval_Info", at=at), at=f"{at}, `Eval_Info`")
    drafts = [
        draft
        for segment, where in _segments(documents, name, path)
        for draft in _drafts(segment, name, where, whole=whole)
    ]
    units = tuple(str(draft.session) for draft in drafts)
    asked = [
        _question(each, evidence, at=f"{at}, question {number}")
        for number, each in enumerate(listed(field(info, "qa", at=at), at=f"{at}, `qa`"), 1)
    ]
    if not drafts:
        raise fault(at, f"has no data in {path}")
    return Corpus(
        data="personabench",
        user=name,
        drafts=tuple(drafts),
        units=units,
        questions=tuple(question for question in asked if _is_searched(question)),
        more=tuple(question for question in asked if not _is_searched(question)),
        user_name=name,
    )


def _is_searched(question: Question) -> bool:
    return question.labelled and question.category != SUBJECTIVE


def _question(
    value: object,
    evidence: Mapping[str, tuple[frozenset[str], ...]],
    *,
    at: str,
) -> Question:
    item = mapping(value, at=at)
    id_ = text(item, "q_id", at=at)
    if id_ not in evidence:
        raise fault(at, f"has no evidence: {id_!r} is not in the file of evidence")
    right = field(item, "answer", at=at)
    gold = tuple(written(each, at=at) for each in (right if isinstance(right, list) else [right]))
    if not gold or not all(map(str.strip, gold)):
        raise fault(at, "has an empty answer")
    return Question(
        text=text(item, "question", at=at),
        category=_kind(item, at=at),
        answers=tuple(part for part in evidence[id_] if part),
        missing=sum(not part for part in evidence[id_]),
        id=id_,
        gold=gold,
        outdated=_outdated(item, at=at),
    )


def _outdated(item: Mapping[str, object], *, at: str) -> tuple[str, ...]:
    once = item.get("outdated_value")
    values = once if isinstance(once, list) else [once]
    return tuple(written(each, at=at) for each in values if each is not None)


def _kind(item: Mapping[str, object], *, at: str) -> str:
    """Return the category as the paper's tables name it."""
    kind = text(item, "type", at=at).lower()
    return f"{kind}, {text(item, 'difficulty', at=at)}" if kind == "preference" else kind


# -- sessions ---------------------------------------------------------------------------------


def _segments(
    documents: Mapping[str, object], name: str, path: Path
) -> Iterator[tuple[Mapping[str, object], str]]:
    """Yield a person's segments, each with its place in words."""
    for kind, blocks in documents.items():
        for number, block in enumerate(listed(blocks, at=f"{path}: `{kind}`"), 1):
            at = f"{path}: `{kind}`, entry {number}"
            held = mapping(block, at=at)
            if field(held, "Name", at=at) != name:
                continue
            for value in listed(field(held, "Data", at=at), at=f"{at}, `Data`"):
                entry = mapping(value, at=at)
                inner = listed(entry.get("Conversations", [entry]), at=f"{at}, `Conversations`")
                for each in inner:
                    segment = mapping(each, at=at)
                    yield segment, f"{at}, segment {text(segment, 'segment_id', at=at)}"


def _drafts(segment: Mapping[str, object], name: str, at: str, *, whole: bool) -> Iterator[Draft]:
    said, start = _said(segment, at=at), _spoken_at(segment, at=at)
    id_ = text(segment, "segment_id", at=at)
    if whole:
        bought = "purchase_history" in segment
        words = "\n".join(words if bought else f"{who}: {words}" for who, words in said)
        yield Draft(text=words, at=start, source="document", session=id_, external_id=id_)
        return
    for number, (author, words) in enumerate(said):
        yield Draft(
            text=words,
            at=start + number * STEP,
            author=USER if author == name else author,
            session=id_,
            external_id=f"{id_}:{number}",
        )


def _spoken_at(segment: Mapping[str, object], *, at: str) -> datetime:
    found = _TIME.fullmatch(text(segment, "time", at=at))
    month = None if found is None else _MONTH.get(found[2].lower())
    if found is None or month is None:
        raise fault(f"{at}, `time`", "must be a time like 2024/Oct/14/07:44 AM")
    hours = int(found[4]) % 12 + (12 if found[6] == "P" else 0)
    return datetime(int(found[1]), month, int(found[3]), hours, int(found[5]), tzinfo=UTC)


def _said(segment: Mapping[str, object], *, at: str) -> list[tuple[str, str]]:
    """Return (author, words) of what a segment holds."""
    if "purchase_history" in segment:
        bought = listed(segment["purchase_history"], at=f"{at}, `purchase_history`")
        return [(USER, _bought(mapping(each, at=at), at=at)) for each in bought]
    name = "conversation" if "conversation" in segment else "user_ai_interaction"
    turns = listed(field(segment, name, at=at), at=f"{at}, `{name}`")
    return [
        (text(turn, "role", at=at), text(turn, "content", at=at))
        for turn in (mapping(each, at=at) for each in turns)
    ]


def _bought(item: Mapping[str, object], *, at: str) -> str:
    kinds = listed(field(item, "categories", at=at), at=f"{at}, `categories`")
    return (
        f"{text(item, 'title', at=at)}: {text(item, 'description', at=at)} Brand: "
        f"{text(item, 'brand', at=at)}. Categories: {', '.join(map(str, kinds))}."
    )
