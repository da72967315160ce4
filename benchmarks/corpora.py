"""The data sets of the retrieval benchmarks as memories to fill and questions to ask.

A draft is what a store is given, one turn of a chat, one purchase or one document. A unit is what
is scored: the turn itself, or the segment (one whole session) that holds it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from usermind import Draft
from usermind.cli.locomo import MONTHS, read_samples
from usermind.ingest import Line

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
NOISE = ("0.0", "0.3", "0.5", "0.7")
KINDS = ("basic information", "preference, easy", "preference, hard", "social")
STEP = timedelta(seconds=1)
"""Between two turns of a segment, whose file gives one time for all."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Time of documents that have none."""
_TIME = re.compile(r"(\d+)/(\w{3})/(\d+)/(\d+):(\d+) ([AP])M")
_MONTH = {name[:3]: number for name, number in MONTHS.items()}


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what answers it."""

    text: str
    category: str
    answers: tuple[frozenset[str], ...]
    """Ids of units: every set is one part of the answer, any id of a set gives that part."""
    missing: int = 0
    """Parts of the answer whose ids the data does not hold: no system can find them."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """One user's memory and the questions about it."""

    data: str
    """Name of the data set."""
    user: str
    drafts: tuple[Draft, ...]
    units: tuple[str, ...]
    """(drafts,), the unit that each belongs to."""
    questions: tuple[Question, ...]


def locomo(path: Path) -> Iterator[Corpus]:
    """Yield the conversations of a LoCoMo file; a unit is a turn.

    A question without any evidence is left out. `evidence_corrected` stands in for `evidence`
    where the file has it, even when it is empty.
    """
    raw = json.loads(path.read_text("utf-8"))
    with path.open("rb") as file:
        samples = read_samples(file)
    for sample, item in zip(samples, raw if isinstance(raw, list) else [raw], strict=True):
        drafts = tuple(line.draft for line in sample.lines if isinstance(line, Line))
        units = tuple(str(draft.external_id) for draft in drafts)
        yield Corpus("locomo", sample.user, drafts, units, tuple(_asked(item["qa"], set(units))))


def _asked(items: Sequence[Mapping[str, Any]], turns: set[str]) -> Iterator[Question]:
    for item in items:
        named = item["evidence_corrected"] if "evidence_corrected" in item else item["evidence"]
        ids = {found for text in named for found in re.findall(r"D\d+:\d+", str(text))}
        if ids:
            held = sorted(ids & turns)
            answers = tuple(frozenset([id_]) for id_ in held)
            category = CATEGORIES[int(item["category"])]
            yield Question(str(item["question"]), category, answers, len(ids) - len(held))


def personabench(folder: Path, noise: str = "0.5", *, whole: bool = False) -> Iterator[Corpus]:
    """Yield the people of a PersonaBench community; a unit is a segment.

    A segment is one session: a conversation with one person, a chat with an assistant, or what was
    bought at one time. Its turns are given as a chat application gives them, the person's own as
    the user's. "Subjective" questions are left out, as the paper's scorer does.

    Args:
        folder: A community's folder.
        noise: Share of sessions that say nothing, one of `NOISE`.
        whole: Give every segment as one long document.
    """
    documents = json.loads((folder / f"documents_noise_{noise}.json").read_text("utf-8"))
    evidence = json.loads((folder / f"evidence_noise_{noise}.json").read_text("utf-8"))
    answers = {item["q_id"]: item["segment_id"] for item in evidence}
    for person in json.loads((folder / "questions.json").read_text("utf-8")):
        name = str(person["Name"])
        segments = [
            segment
            for blocks in documents.values()
            for block in blocks
            if block["Name"] == name
            for entry in block["Data"]
            for segment in entry.get("Conversations", [entry])
        ]
        drafts = [
            draft
            for segment in segments
            for draft in (_document(segment) if whole else _turns(segment, name))
        ]
        questions = tuple(
            Question(
                str(item["question"]),
                _kind(item),
                tuple(frozenset(ids) for ids in answers[item["q_id"]].values()),
            )
            for item in person["Eval_Info"]["qa"]
            if item["type"] != "Subjective"
        )
        units = tuple(str(draft.session) for draft in drafts)
        yield Corpus("personabench", name, tuple(drafts), units, questions)


def _kind(item: Mapping[str, str]) -> str:
    """Return the category as the paper's tables name it."""
    kind = item["type"].lower()
    return f"{kind}, {item['difficulty']}" if kind == "preference" else kind


def _spoken_at(text: str) -> datetime:
    found = _TIME.fullmatch(text)
    assert found is not None, "PersonaBench writes times like 2024/Oct/14/07:44 AM"
    year, month, day, hour, minute, half = found.groups()
    hours = int(hour) % 12 + (12 if half == "P" else 0)
    return datetime(int(year), _MONTH[month.lower()], int(day), hours, int(minute), tzinfo=UTC)


def _said(segment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (author, text) of what a segment holds."""
    if "purchase_history" in segment:
        return [
            ("user", f"{item['title']}: {item['description']} Brand: {item['brand']}. "
                     f"Categories: {', '.join(item['categories'])}.")
            for item in segment["purchase_history"]
        ]  # fmt: skip
    turns = segment.get("conversation") or segment["user_ai_interaction"]
    return [(str(turn["role"]), str(turn["content"])) for turn in turns]


def _turns(segment: Mapping[str, Any], name: str) -> Iterator[Draft]:
    start, id_ = _spoken_at(segment["time"]), str(segment["segment_id"])
    for number, (author, text) in enumerate(_said(segment)):
        yield Draft(
            text=text,
            at=start + number * STEP,
            author="user" if author == name else author,
            session=id_,
            external_id=f"{id_}:{number}",
        )


def _document(segment: Mapping[str, Any]) -> list[Draft]:
    said = _said(segment)
    text = "\n".join(
        text if "purchase_history" in segment else f"{who}: {text}" for who, text in said
    )
    id_ = str(segment["segment_id"])
    at = _spoken_at(segment["time"])
    return [Draft(text=text, at=at, source="document", session=id_, external_id=id_)]


def limit(folder: Path) -> Iterator[Corpus]:
    """Yield LIMIT, one memory; a unit is a document, which has no time and stands alone."""
    lines = {
        name: [json.loads(line) for line in (folder / f"{name}.jsonl").open(encoding="utf-8")]
        for name in ("corpus", "queries", "qrels")
    }
    drafts = tuple(
        Draft(
            text=item["text"],
            at=LONG_AGO,
            source="document",
            session=item["_id"],
            external_id=item["_id"],
        )
        for item in lines["corpus"]
    )
    answers: dict[str, list[frozenset[str]]] = {}
    for item in lines["qrels"]:
        answers.setdefault(item["query-id"], []).append(frozenset([item["corpus-id"]]))
    questions = tuple(
        Question(item["text"], "all", tuple(answers[item["_id"]])) for item in lines["queries"]
    )
    units = tuple(str(draft.external_id) for draft in drafts)
    yield Corpus("limit", "small", drafts, units, questions)
