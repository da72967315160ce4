"""Works that a message names in quotation marks and says the user likes: I loved “Alien (1979)”.

Elsewhere a quotation is somebody else's words and is left out. Here it is a name, whatever stands
in it: titles ask questions, hold full stops and speak in the first person.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from usermind.models.offline.verdicts import Verdict

_LONGEST = 200
"""Characters of a title."""
_VIEW = re.compile(
    r"(?:^|(?<=[.!?…\n] )|(?<=\n))I "
    r"(?:(?:really|absolutely|also|just|truly|totally|quite|still|always|actually) )*"
    r"(?:(?P<loves>love|loved|adore|adored)|(?P<likes>like|liked|enjoy|enjoyed)|"
    r"(?P<hates>hate|hated|detest|detested|loathe|loathed)|"
    r"(?P<dislikes>dislike|disliked|(?:do not|did not|don['’]t|didn['’]t) "
    r"(?:really |particularly )?(?:like|enjoy|love))) "
    r"(?:(?:the|this) (?:film|movie|book|series|show|album|song|game) )?"
    rf"(?:“(?P<curly>[^“”]{{1,{_LONGEST}}})”|\"(?P<straight>[^\"a-z][^\"]{{0,{_LONGEST}}})\")"
    r"(?:[.!]+(?=\s|$)|(?=\s*(?:\n|$)))"
)


_CLAIM = re.compile(
    r"(?P<view>.{1,80}? (?:likes|loves|hates|does not like)) “(?P<title>[^“”]+)”\.?$"
)
"""A claim as `View` makes it."""


@dataclass(frozen=True, slots=True)
class View:
    """A sentence that says how the user finds a work."""

    text: str
    """The sentence, an exact part of the message."""
    predicate: str
    """`"likes “Alien (1979)”"`."""

    @property
    def verdict(self) -> Verdict:
        """What it is worth: as much as other likings."""
        return Verdict(0.8, "year")


def parted(text: str) -> Iterator[str | View]:
    """Yield the views in a text, and what stands between them, in order.

    >>> list(parted("Hi. I did not like “Who Am I? (1998)”. Bye."))[1].predicate
    'does not like “Who Am I? (1998)”'
    """
    start = 0
    for found in _VIEW.finditer(text):
        yield text[start : found.start()]
        title = " ".join((found["curly"] or found["straight"]).split())
        yield View(found[0], f"{_verb(found)} “{title}”")
        start = found.end()
    yield text[start:]


def untitled(statement: str) -> str:
    """Return a claim about a work without its title, which says nothing of the user.

    >>> untitled("Ana likes “Never Let Me Go (2010)”."), untitled("Ana lives in Oslo.")
    ('Ana likes', 'Ana lives in Oslo.')
    """
    found = _CLAIM.fullmatch(statement)
    return found["view"] if found else statement


def apart(left: str, right: str) -> bool:
    """Tell whether two claims are about works of different titles, however like these are.

    >>> apart("Ana likes “Alien (1979)”.", "Ana hates “Aliens (1986)”.")
    True
    """
    one, other = _CLAIM.fullmatch(left), _CLAIM.fullmatch(right)
    return bool(one and other and one["title"].casefold() != other["title"].casefold())


def _verb(found: re.Match[str]) -> str:
    verbs = ("loves", "likes", "hates")
    return next((verb for verb in verbs if found[verb]), "does not like")
