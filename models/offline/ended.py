"""Sentences that say a plan is off or a duty done: what they end, and which claims that may be."""

import re
from dataclasses import dataclass
from typing import Final

from usermind.models.offline.clauses import Sentence
from usermind.models.offline.framing import MARKERS, UNREAL
from usermind.models.offline.grammar import expanded

_SOFT: Final = r"(?:(?:just|now|finally|already|all|sadly|unfortunately|officially) )*"
_OFF: Final = re.compile(
    r"(?:the|my|our|that|this) (?P<what>[\w'’ -]{3,60}?) (?:was|were|is|are|has been|"
    r"have been|got) "
    rf"{_SOFT}(?:cancelled|canceled|called off|scrapped)(?P<rest>\b.*)$",
    re.IGNORECASE,
)
_I_OFF: Final = re.compile(
    rf"(?:I|we) (?:have )?{_SOFT}(?:cancelled|canceled|called off) (?:the|my|our|that|this) "
    r"(?P<what>[\w'’ -]{3,60})(?P<rest>)$",
    re.IGNORECASE,
)
_DONE: Final = re.compile(
    r"(?:the|my|our|that|this) (?P<what>[\w'’ -]{3,60}?) (?:is|are|has been|have been|was|were) "
    rf"{_SOFT}(?:done|finished|handed in|turned in|submitted|completed?|paid)(?P<rest>\b.*)$",
    re.IGNORECASE,
)
_I_DONE: Final = re.compile(
    rf"(?:I|we) (?:have )?{_SOFT}(?:done|finished|handed in|turned in|submitted|completed|paid) "
    r"(?:the|my|our|that|this) (?P<what>[\w'’ -]{3,60})(?P<rest>)$",
    re.IGNORECASE,
)
_BARE_REST: Final = re.compile(
    r"(?:,? (?:today|yesterday|now|again|by \w+|at last|at the last minute|sadly|this (?:morning|"
    r"afternoon|evening|week)|last (?:week|night)|at (?:short notice|once)))*$",
    re.IGNORECASE,
)
_UNSURE: Final = re.compile(
    r"\b(?:not|never|almost|nearly|half|partly|may|might|if|will|would|should|soon|until|till|by "
    r"tomorrow)\b|n['’]t\b",
    re.IGNORECASE,
)
_DUTY: Final = re.compile(
    r"\b(?:has to|have to|needs? to|must|should|will|is going to|wants? to|plans? to|hopes to|"
    r"is (?:still )?(?:working on|writing|finishing))\b"
)
_EVENT: Final = re.compile(
    r"\b(?:has|have|will|is (?:meeting|going|seeing|flying|travelling|having|attending)|meets|goes|"
    r"is on|are on|starts|takes place|plans)\b"
)


@dataclass(frozen=True, slots=True)
class Over:
    """What a sentence ends."""

    what: str
    """"meeting with Eva", as it is called."""
    done: bool
    """Whether it is a duty that is done; else a plan that is off."""

    def may_end(self, known: str) -> bool:
        """Tell whether a claim is of the sort that this ends: a duty, or something planned."""
        return bool((_DUTY if self.done else _EVENT).search(known))


def over(sentence: Sentence) -> Over | None:
    """Return what a sentence says is off or done, or None."""
    plain = MARKERS.sub("", expanded(sentence.text)).strip(" .!")
    if sentence.question or UNREAL.search(plain) or _UNSURE.search(plain):
        return None
    for pattern, done in ((_OFF, False), (_I_OFF, False), (_DONE, True), (_I_DONE, True)):
        found = pattern.match(plain)
        if found and _BARE_REST.match(found["rest"]):
            return Over(found["what"], done)
    return None
