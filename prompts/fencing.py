"""How text of people is written into a prompt: fenced, on one line, without what cannot be seen.

Everything that somebody may have written goes through one of the functions here: `quoted` for
what is data, `named` for who said it, `label` for a name in running text, and `spoken` for the
message that is being answered, which alone may stand outside a fence and has lines of its own.
What a reply says without a model, such as a title, goes through `on_one_line`.
"""

import re

FENCE = "⟦⟧"
"""The pair that encloses text written by people inside a prompt; `quoted` makes it unforgeable."""
LONGEST = 6_000
"""Characters of one quotation, at most; a longer one is cut, so that it cannot fill the prompt."""
LONGEST_LABEL = 80
"""Characters of a name in running text, at most."""

UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that a reader does not see and a model reads, as the inside of a character class.

Soft hyphens, marks and overrides of the writing direction, invisible operators, fillers, tags (a
whole alphabet without a picture) and the supplementary variation selectors, by which bytes can be
carried. The joiners of emoji and of Persian and Indic script (U+200C, U+200D) and the selectors of
emoji (U+FE00 to U+FE0F) stay: names and words are written with them.
"""
_UNSEEN = re.compile(f"[{UNSEEN}]")
# What is left of C0 and C1 after tabs and line breaks; a terminal or a tokenizer may act on it.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]{3,}")
_MARKS = re.compile("([\u0300-\u036f]{3})[\u0300-\u036f]+")


def spoken(text: str) -> str:
    """Return text without characters that cannot be seen and without fence marks; lines stay.

    Runs of joiners and of more than three accents on one letter, which write no language, are
    shortened.
    """
    if text.isascii() and not _CONTROL.search(text):
        return text
    seen = _CONTROL.sub(" ", _UNSEEN.sub("", text))
    seen = _MARKS.sub(r"\1", _JOINERS.sub(lambda run: run[0][:2], seen))
    return seen.replace(FENCE[0], "[[").replace(FENCE[1], "]]")


def quoted(text: str, *, longest: int = LONGEST) -> str:
    """Return people's text on one line between fence marks that it cannot close itself.

    Args:
        text: Whatever they wrote.
        longest: Characters that are shown; what is cut off is marked by an ellipsis.
    """
    return f"{FENCE[0]}{_cut(on_one_line(text), longest)}{FENCE[1]}"


def named(author: str) -> str:
    """Return an author's name as a prompt shows it: fenced, except for our own two words."""
    return author if author in ("user", "assistant") else quoted(author)


def label(name: str) -> str:
    """Return a name for running text: one short line that holds nothing a fence is made of."""
    return _cut(on_one_line(name), LONGEST_LABEL)


def on_one_line(text: str) -> str:
    """Return text on one line, without what cannot be seen: a name as a reply may write it."""
    return " ".join(spoken(text).split())


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 1] + "…"
