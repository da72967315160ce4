"""Text cut into sentences and clauses; every piece is an exact part of the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_END = re.compile(r"(?:(?<![.!?…])[.!?…]+[)\"”'’]*|[\U0001F300-\U0001FAFF☀-➿❤️]+)(?=\s|$)|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|St|vs|e\.g|i\.e|a\.m|p\.m|etc|approx|no|nr)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_LONGEST = 8
"""More characters than any of them has."""
_QUOTED = re.compile(r"[“\"«][^“”\"«»]{3,}[”\"»]")
_SUBJECT = r"(?:I|i|we|We|We['’]\w+|we['’]\w+|I['’]\w+|i['’]\w+|[Ii]m|[Ii]ve)\b"
_OWN = r"(?:my|our|My|Our)\b"
_OTHER = r"(?:he|she|they|it|there|that)\b(?:['’]\w+)?"
_RUN = r"(?<!\s)\s+"
"""Blanks from the first one on: begun at each of a long run, a search would read it that often."""
_CUT = re.compile(
    rf"(?:{_RUN})?;\s+|{_RUN}[-–—]+\s+|—|:\s+(?={_SUBJECT}|{_OWN}|[A-Z])|"
    rf"(?:,\s+|{_RUN})(?:and|but|so|because|cause|"
    r"cos|since|while|whereas|though|although|cuz)\s+(?=(?:(?:now|then|also|recently|honestly|"
    rf"sometimes|usually|yes|no)\s+)?(?:{_SUBJECT}|{_OWN}))|,\s+(?:(?:and|but|so|because|while|"
    rf"though|although|which is why)\s+)?(?={_OTHER})|,\s+(?:and|but|so|because)\s+(?=[A-Z])|"
    rf"{_RUN}(?:and|but|so|because)\s+(?=(?:he|she)\s+[a-z])|"
    rf",\s+(?={_SUBJECT})|{_RUN}[(](?={_SUBJECT}|{_OWN})|[)]\s+"
)


_COUPLE = re.compile(r"(?:[\w']+, )?(?:[Mm]y [\w-]+ ?)?(?:[A-ZÀ-Þ][\w-]+)?")
_PART = re.compile(
    r"I (?:(?:have|are|just|recently|finally|got|are now) )*(?:divorced|separated|broke|broken|"
    r"split)\b"
)
"""What takes two: "Julia and I" stay together in it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a text."""

    text: str
    """An exact part of the text."""
    question: bool
    clauses: tuple[str, ...]
    """Exact parts of the sentence, in order; quoted speech is left out."""


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text in order."""
    start = 0
    for end in _END.finditer(text):
        if end[0] == "." and _ABBREVIATION.search(
            text, max(start, end.start() - _LONGEST), end.end()
        ):
            continue
        yield from _sentence(text[start : end.end()])
        start = end.end()
    yield from _sentence(text[start:])


def _sentence(text: str) -> Iterator[Sentence]:
    text = text.strip()
    if any(c.isalnum() for c in text):
        yield Sentence(text=text, question="?" in text[-4:], clauses=tuple(_clauses(text)))


def _clauses(sentence: str) -> Iterator[str]:
    # A quotation is somebody's words, even inside a sentence of the user's own.
    for part in _QUOTED.split(sentence):
        start = 0
        for cut in _CUT.finditer(part):
            if _COUPLE.fullmatch(part[start : cut.start()].strip()) and _PART.match(
                part, cut.end()
            ):
                continue
            yield from _trimmed(part[start : cut.start()])
            start = cut.end()
        yield from _trimmed(part[start:])


def _trimmed(clause: str) -> Iterator[str]:
    clause = clause.strip(" \t\r\n,;:()[]*_~\"“”'‘’-–—.!?…")
    if any(c.isalnum() for c in clause):
        yield clause
