"""Irony: sentences that mean the opposite of what they say, as far as marks tell. English.

    "I love Titanic, not."    "Yeah right, a masterpiece."    "Best film ever /s"

What such a sentence means instead would be a guess: it is heard as nothing.
"""

import re

_SENTENCE = re.compile(r"[^.!?…\n]+(?:\.(?=\d)[^.!?…\n]*)*[.!?…]*")
_MARKED = re.compile(
    r"(?:,|\s[-–—])\s*not\W*$"
    r"|(?-i:[a-z])(?<!\bor)(?<!\bwhy)(?<!hope)(?<!course)(?<!ly)(?<!maybe)(?<!perhaps)(?<!think)"
    r"(?<!guess)(?<!\bdo)(?<!\bdid)(?<!\bam)(?<!\bis)(?<!\bare)(?<!\bwas)(?<!\bif) (?-i:NOT)\W*$"
    r"|(?:^|\s)/s\W*$|#sarcasm\b|\bsaid (?:nobody|no[ -]one),? ever\b"
    r"|^\W*(?:oh,? |ha,? )?(?:yeah,? right|as if)\b"
    r"|^\W*(?:oh|ah),? (?:great|joy|good(?:y|ie)?|wonderful|lovely|fantastic)[,!]? (?:just )?"
    r"(?:what (?:i|we) needed|(?:yet )?another)\b",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(r"\W*not\W*", re.IGNORECASE)
"""A sentence that takes back the one before it: "I love Titanic. Not!" """


def sincere(text: str) -> str:
    """Return a text with spaces in place of its ironic sentences; places stay as they were.

    >>> sincere("I love Titanic, not. I like Heat.")
    '                     I like Heat.'
    """
    spans: set[tuple[int, int]] = set()
    before = (0, 0)
    for match in _SENTENCE.finditer(text):
        if _TAKES_BACK.fullmatch(match[0]):
            spans |= {before, match.span()}
        elif _MARKED.search(match[0]):
            spans.add(match.span())
        before = match.span()
    kept, at = [], 0
    for start, end in sorted(spans):
        kept += [text[at:start], " " * (end - start)]
        at = end
    return "".join((*kept, text[at:]))
