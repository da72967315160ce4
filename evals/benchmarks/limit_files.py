"""LIMIT's three files: documents that list what people like, questions, and which answer them.

Source: Weller et al., 2025, "On the Theoretical Limitations of Embedding-Based Retrieval"; the
files are `corpus.jsonl`, `queries.jsonl` and `qrels.jsonl` of one of its two sizes.
"""

from datetime import UTC, datetime
from pathlib import Path

from usermind.errors import InvalidInputError
from usermind.evals.benchmarks.corpora import Corpus, Question
from usermind.evals.benchmarks.reading import DONE, fault, folder, json_lines, text
from usermind.memory import Draft

FILES = ("corpus.jsonl", "queries.jsonl", "qrels.jsonl")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Time of documents that have none."""
_WHAT = "LIMIT's corpus.jsonl, queries.jsonl and qrels.jsonl"


def read_limit(path: Path) -> Corpus:
    """Return LIMIT, one memory; a unit is a document, which has no time and stands alone.

    Args:
        path: The folder of the three files.

    Raises:
        InvalidInputError: They are not there, or one is malformed; the line is named.
    """
    folder(path, what=_WHAT)
    documents, queries, labels = (json_lines(path / name, what=f"LIMIT's {name}") for name in FILES)
    drafts = tuple(
        Draft(
            text=text(item, "text", at=f"{path / FILES[0]}:{line}"),
            at=LONG_AGO,
            source="document",
            session=text(item, "_id", at=f"{path / FILES[0]}:{line}"),
            external_id=text(item, "_id", at=f"{path / FILES[0]}:{line}"),
        )
        for line, item in documents
    )
    units = tuple(str(draft.external_id) for draft in drafts)
    held = set(units)
    if len(held) < len(units):
        raise fault(str(path / FILES[0]), "names a document twice")
    answers: dict[str, list[str]] = {}
    for line, item in labels:
        at = f"{path / FILES[2]}:{line}"
        unit = text(item, "corpus-id", at=at)
        if unit not in held:
            raise fault(at, f"names the document {unit!r}, which {FILES[0]} does not hold")
        query = text(item, "query-id", at=at)
        if item.get("score", 1):  # 0: it does not answer it
            answers.setdefault(query, []).append(unit)
    questions = []
    for line, item in queries:
        at = f"{path / FILES[1]}:{line}"
        id_ = text(item, "_id", at=at)
        if id_ not in answers:
            raise fault(at, f"is the question {id_!r}, for which {FILES[2]} names no document")
        parts = tuple(frozenset([unit]) for unit in answers[id_])
        questions.append(Question(text(item, "text", at=at), "all", parts, id=id_))
    if not questions or not drafts:
        raise InvalidInputError(f"{path} holds no questions, or no documents. {DONE}")
    return Corpus("limit", "limit", drafts, units, tuple(questions))
