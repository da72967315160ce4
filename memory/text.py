"""How text is normalised: for storage, for the full-text index, and for saying "the same"."""

import hashlib
import re
import unicodedata
from datetime import UTC, datetime

from usermind.errors import InvalidInputError
from usermind.types import MONTHS

MAX_TEXT = 1_000_000
"""Longest text of one observation, in characters."""

_CJK = (
    "\u3040-\u30ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\uac00-\ud7af"  # Hangul syllables
    "\U00020000-\U0003134f"  # Han, supplementary
    "\u0e00-\u0e7f"  # Thai, also written without spaces
)
_CJK_RUN = re.compile(f"[{_CJK}]+")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_WORD = re.compile(r"\w+")
_AROUND_WORDS = ".,;:!?…'\"“”‘„«»()[]{}–—。、，！？「」"


def checked(text: object, *, what: str = "text") -> str:
    """Return text that can be stored, in Unicode normal form C.

    Raises:
        InvalidInputError: It is not a string, is blank, too long, or holds a NUL or a lone
            surrogate (the trace of bytes that were not UTF-8).
    """
    if not isinstance(text, str):
        raise InvalidInputError(
            f"The {what} is of type {type(text).__name__}; a string was expected. "
            "Nothing was stored. Decode bytes with the right encoding first."
        )
    if len(text) > MAX_TEXT:
        raise InvalidInputError(
            f"The {what} has {len(text):,} characters; at most {MAX_TEXT:,} are accepted. "
            "Nothing was stored. Split it into several observations."
        )
    if "\x00" in text:
        raise InvalidInputError(
            f"The {what} holds a NUL character at position {text.index(chr(0))}. "
            "Nothing was stored. Remove it first."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            f"The {what} holds a lone surrogate at position {error.start}: its bytes were not "
            "UTF-8. Nothing was stored. Decode the source with the right encoding."
        ) from None
    if not text.strip():
        raise InvalidInputError(f"The {what} is empty. Nothing was stored.")
    return unicodedata.normalize("NFC", text)


def index_terms(text: str, *, query: bool = False) -> str:
    """Return the text as the full-text index sees it.

    Scripts without spaces are cut into overlapping pairs, so that a part of a run is found, and
    into single characters, which a query asks for only where it has no pair; an emoji, which the
    tokenizer would drop, becomes a word of its own.
    """
    cut = _pairs if query else _pairs_and_letters
    spaced = _EMOJI.sub(lambda m: f" emoji{ord(m[0]):x} ", text)
    return _CJK_RUN.sub(lambda m: f" {cut(m[0])} ", spaced)


def runs_without_spaces(text: str) -> list[str]:
    """Return the runs of a text in scripts that are written without spaces."""
    return _CJK_RUN.findall(text)


def header(author: str, at: float) -> str:
    """Return what is put before an observation's text where it is indexed: `"ana (4 May 2026): "`.

    Args:
        author: Who said it.
        at: Event time, seconds since 1970, UTC.
    """
    day = datetime.fromtimestamp(at, UTC)
    return f"{author} ({day.day} {MONTHS[day.month - 1]} {day.year}): "


def token_count(terms: str) -> int:
    """Return how many words `index_terms` gave."""
    return len(_WORD.findall(terms))


def _pairs(run: str) -> str:
    return run if len(run) == 1 else " ".join(run[i : i + 2] for i in range(len(run) - 1))


def _pairs_and_letters(run: str) -> str:
    return run if len(run) == 1 else f"{_pairs(run)} {' '.join(run)}"


def fingerprint(text: str) -> bytes:
    """Return 16 bytes that are equal for texts of the same words in any case and punctuation.

    Only the marks around words are left out: C++ is not C#, 3.5 is not 35, and an emoji or a
    vowel sign, which a regular expression counts as no part of a word, tells two claims apart.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    words = (word.strip(_AROUND_WORDS) for word in folded.split())
    return hashlib.blake2b(" ".join(filter(None, words)).encode(), digest_size=16).digest()


def digest(*parts: str) -> bytes:
    """Return 32 bytes that differ when any part, or where the parts meet, differs."""
    hasher = hashlib.blake2b(digest_size=32)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hasher.update(len(data).to_bytes(8, "big") + data)
    return hasher.digest()
