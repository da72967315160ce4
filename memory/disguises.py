"""Disguises: the readings of a text that a model may see where a person, or a filter, does not.

A text is read plainly (letters folded to their base form, look-alikes to the Latin letter they
imitate, everything invisible dropped), and again with markup taken out, letters that stand apart
joined, digits read as letters, encoded stretches decoded, and backwards where that is hinted at.
Each reading knows which part of the text it was made from.
"""

import base64
import binascii
import codecs
import html
import quopri
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

from usermind.prompts.fencing import UNSEEN

DEPTH = 3
"""How many encodings within each other are undone."""
MOST = 16
"""Characters that are read for each one of the text, at most, whatever is encoded in it."""
RUNS = 64
"""Encoded stretches of each kind that are looked into, at most."""
LONGEST_RUN = 40_000
"""Characters of an encoded stretch that are decoded, at most."""

# Letters of other scripts that look like a Latin one. A small table on purpose: the whole of
# Unicode's confusables folds digits and punctuation too, and is made to find names that collide.
_LOOK_ALIKES = {
    ord(alike): latin
    for latin, alikes in {
        "a": "аα∂ɑᴀａ", "b": "ьвβЬᏏʙ", "c": "сϲᴄⅽ", "d": "ԁɗᴅⅾ", "e": "еєεҽᴇ℮", "f": "ғƒꜰ",
        "g": "ɡցԍɢ", "h": "һհнʜ", "i": "іιıɩǀӏɪı", "j": "јʝᴊ", "k": "кκᴋ", "l": "ⅼӏʟ", "m": "мⅿᴍ",
        "n": "ոпηɴ", "o": "оοօσᴏ०", "p": "рρᴘ", "q": "ԛգ", "r": "гʀᴦ", "s": "ѕꜱ", "t": "тτᴛ",
        "u": "υսцᴜ", "v": "νѵᴠ", "w": "ԝωшᴡ", "x": "хχ", "y": "уүγʏ", "z": "ᴢʐ",
    }.items()
    for alike in alikes
}  # fmt: skip
_HIDDEN = re.compile(f"[{UNSEEN}\u200c\u200d\ufe00-\ufe0f]")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")


class _Folding(dict[int, str]):
    """Character → what is compared: filled as characters are met."""

    def __init__(self, *, latin: bool) -> None:
        self._latin = latin

    def __missing__(self, point: int) -> str:
        self[point] = found = self._fold(point)
        return found

    def _fold(self, point: int) -> str:
        if _HIDDEN.match(chr(point)):
            return ""
        form = unicodedata.normalize("NFKD" if self._latin else "NFKC", chr(point)).casefold()
        if self._latin:
            form = unicodedata.normalize("NFKD", form)
            form = "".join(char for char in form if not unicodedata.combining(char))
            form = "".join(_LOOK_ALIKES.get(ord(char), char) for char in form)
        return form.replace("’", "'").replace("`", "'")


_LATIN, _OWN_SCRIPT = _Folding(latin=True), _Folding(latin=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text."""

    text: str
    """Folded, in lower case."""
    start: int
    """Where the stretch it was made from begins in the text, in characters."""
    end: int
    decoded: bool = False
    """Whether it had to be decoded, which nobody does to what they want a person to read."""

    def span(self, original: str, match: re.Match[str]) -> tuple[int, int]:
        """Return where a match stands in the original: to the letter in a plain reading."""
        if self.decoded or self.end - self.start != len(original):
            return self.start, self.end
        for table in (_LATIN, _OWN_SCRIPT):
            if original.translate(table) == self.text:
                return _place(original, match.start(), match.end(), table)
        return self.start, self.end


def _place(original: str, start: int, end: int, table: _Folding) -> tuple[int, int]:
    begin, seen = len(original), 0
    for place, char in enumerate(original):
        width = len(table[ord(char)])
        if width and seen <= start < seen + width:
            begin = place
        seen += width
        if seen >= end:
            return begin, place + 1
    return begin, len(original)


def folded(text: str) -> str:
    """Return text in lower case, without accents and what cannot be seen, look-alikes as Latin.

    >>> folded("Ｕѕеr")
    'user'
    """
    return text.translate(_LATIN)


def readings(text: str) -> Iterator[Reading]:
    """Yield the readings of a text, the plain ones first.

    Args:
        text: At most `text.MAX_TEXT` characters; the cost is linear in it.
    """
    left = MOST * len(text) + LONGEST_RUN
    for reading in _readings(text, 0, len(text), depth=0):
        yield reading
        left -= len(reading.text)
        if left < 0:
            return


def hidden(text: str) -> re.Match[str] | None:
    """Return where a text holds writing that no reader can see, or that is shown in another order.

    Tags that spell at least four letters (the flags of England, Scotland and Wales have five and
    follow a black flag), a run of supplementary variation selectors, overrides of direction.
    """
    return None if text.isascii() else _INVISIBLE.search(text)


_INVISIBLE = re.compile(
    "(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0020-\U000e007e]{4,}|[\U000e0100-\U000e01ef]{6,}|[\u202d\u202e]\\S"
)


def _readings(text: str, start: int, end: int, *, depth: int) -> Iterator[Reading]:
    decoded = depth > 0
    plain = text.lower() if text.isascii() else folded(text)
    yield Reading(plain, start, end, decoded)
    if not text.isascii():
        yield Reading(text.translate(_OWN_SCRIPT), start, end, decoded)
        for tags in _TAGS.finditer(text):
            said = "".join(chr(ord(char) - 0xE0000) for char in tags[0])
            place = (start, end) if decoded else (start + tags.start(), start + tags.end())
            yield Reading(said.lower(), *place, decoded=True)
    for reading in (_bare(plain), _joined(plain), _from_leet(plain), _backwards(plain)):
        if reading is not None and reading != plain:
            yield Reading(reading, start, end, decoded)
    if depth < DEPTH:
        for inner, (begin, stop) in _decodings(text):
            place = (start, end) if decoded else (start + begin, start + stop)
            yield from _readings(inner, *place, depth=depth + 1)


# -- without decoding ---------------------------------------------------------------------

_MARKUP = re.compile(
    r"<!--|-->|</?[a-z][^<>]{0,400}>|[*_~`]{1,3}(?=\w)|(?<=\w)[*_~`]{1,3}|\\(?=\w)"
)
_BLOCK = re.compile(r"<(?:br|p|div|li|td|tr|h\d)\b[^<>]*>")


def _bare(plain: str) -> str | None:
    """Return the text without markup, so that no tag or asterisk cuts a word in two."""
    if not any(mark in plain for mark in "<*_~`\\"):
        return None
    return _MARKUP.sub("", _BLOCK.sub(" ", plain))


_APART = re.compile(r"(?<!\w)\w(?:[ .\-_*|/]\w){4,}(?!\w)")
_LETTERS = re.compile(r"(?<!\w)\w(?:[ .\-_*|/]\w)+(?!\w)")


def _joined(plain: str) -> str | None:
    """Return the text with letters that stand apart joined: "i g n o r e" as "ignore"."""
    if not _APART.search(plain):
        return None
    words = re.sub(r" {2,}|\s*[\n\t/|,;:]\s*", "\n", plain)
    return _LETTERS.sub(lambda run: re.sub(r"[ .\-_*|/]", "", run[0]), words).replace("\n", " ")


_LEET = re.compile(r"[a-z][013457@$!][a-z]")
_LEET_LETTERS = str.maketrans("013457@$!", "oieastasi")


def _from_leet(plain: str) -> str | None:
    return plain.translate(_LEET_LETTERS) if _LEET.search(plain) else None


_BACKWARDS = ("snoitcurtsni", "suoiverp", "yromem", "tpmorp", "rebmemer")
_ROT13 = ("vafgehpgvbaf", "cerivbhf", "vtaber", "flfgrz cebzcg", "erzrzore gung", "nffvfgnag")


def _backwards(plain: str) -> str | None:
    if any(word in plain for word in _BACKWARDS):
        return plain[::-1]
    if any(word in plain for word in _ROT13):
        return codecs.encode(plain, "rot13")
    return None


# -- with decoding ------------------------------------------------------------------------

_BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/_-]{4}(?:\r?\n[ \t]*)?){4,}(?:[A-Za-z0-9+/_-]{2,3}={0,2})?={0,2}"
)
_BASE32 = re.compile(r"(?:[A-Z2-7]{8}){3,}(?:[A-Z2-7]{2,7}={0,6})?")
_HEX = re.compile(r"(?:(?:\\x|0x|%)?[0-9a-fA-F]{2}[ :,]?){14,}")
_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}){6,}")
_BINARY = re.compile(r"(?:[01]{8}[ ,]?){8,}")
_DECIMAL = re.compile(r"(?:\b\d{2,3}[ ,]{1,2}){12,}\d{2,3}\b")


def _decodings(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield what encoded stretches say, with their places; only what decodes to readable text."""
    # One after the other and not each by itself: the number of readings stays small.
    plain = _quoted_printable(text) if "=" in text else text
    plain = html.unescape(plain) if "&" in plain else plain
    plain = unquote(plain) if plain.count("%") >= 3 else plain
    if plain != text:
        yield plain, (0, len(text))
    for pattern, decode in (
        (_BASE64, _base64),
        (_BASE32, _base32),
        (_HEX, _hex),
        (_ESCAPED, _escapes),
        (_BINARY, _binary),
        (_DECIMAL, _decimal),
    ):
        for run in islice(pattern.finditer(text), RUNS):
            if (said := _readable(decode(run[0][:LONGEST_RUN]))) is not None:
                yield said, run.span()


def _readable(data: bytes | None) -> str | None:
    if not data or len(data) < 8:
        return None
    for encoding in ("utf-8", "utf-16-le"):
        try:
            plain = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        printable = sum(char.isprintable() or char.isspace() for char in plain)
        spaces = sum(char.isspace() for char in plain)
        if printable >= 0.95 * len(plain) and (spaces or len(plain) >= 12) and "\x00" not in plain:
            return plain
    return None


def _base64(run: str) -> bytes | None:
    bare = re.sub(r"\s", "", run).rstrip("=").replace("-", "+").replace("_", "/")
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _base32(run: str) -> bytes | None:
    bare = run.rstrip("=")
    try:
        return base64.b32decode(bare + "=" * (-len(bare) % 8))
    except (binascii.Error, ValueError):
        return None


def _hex(run: str) -> bytes | None:
    bare = re.sub(r"\\x|0x|[%\s:,]", "", run)
    return bytes.fromhex(bare[: len(bare) // 2 * 2])


def _escapes(run: str) -> bytes:
    points = re.findall(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})", run)
    return "".join(chr(int(wide or narrow, 16)) for wide, narrow in points).encode(
        "utf-8", "replace"
    )


def _binary(run: str) -> bytes:
    return bytes(int(octet, 2) for octet in re.findall(r"[01]{8}", run))


def _decimal(run: str) -> bytes | None:
    values = [int(number) for number in re.findall(r"\d+", run)]
    return bytes(values) if max(values) < 256 else None


_QUOTED_PRINTABLE = re.compile(r"=[0-9A-F]{2}|=\r?\n")


def _quoted_printable(text: str) -> str:
    if len(_QUOTED_PRINTABLE.findall(text, 0, 200_000)) < 2:
        return text
    return quopri.decodestring(text.encode()).decode("utf-8", "replace")
